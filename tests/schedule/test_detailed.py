"""Detailed schedules: delta decoding is full decoding, bounds hold, and the checker finds every fault."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from aidc_twin.schedule.desk import RULES, Aims, Desk
from aidc_twin.schedule.detailed import Amounts, Detailed, Lists
from aidc_twin.schedule.floor_bound import cost_bound
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop, improve
from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.jit import draw
from aidc_twin.schedule.orders import large_orders, pull_orders, pulled
from aidc_twin.schedule.statement import rows_of, statement
from aidc_twin.verify.floor import check_floor

ALL = 2**64 - 1
AIMS = Aims(tardiness=1.0, makespan=0.5, change=0.01, worth=200.0, switch=60)


def draws(seed: int) -> np.ndarray:
    """State of the random numbers of a search."""
    return np.array([2 * seed + 1], np.int64)


def mixed(operations: int, seed: int) -> Detailed:
    """A generated problem with machines that are down, kept places, a frozen beginning and a published schedule."""
    d = generated(operations, seed)
    first = Desk(d, Aims())
    assert first.dispatch("EDD")
    placed = first.placed()
    cut = int(np.sort(placed.start)[operations // 10])
    held = placed.start < cut
    places = max(3, int(np.ceil(1.5 * len(d.due) / 4)))
    follow = {int(j) for i in range(d.operations) for j in d.before[i]}
    takes = [[*d.takes.pairs(i), *([(1, 1)] if not len(d.before[i]) else [])] for i in range(operations)]
    single = [o for o in range(len(d.due)) if sum(1 for i in d.last[o]) == 1]
    gives = [[(1, 1)] if i not in follow and int(d.order[i]) in single else [] for i in range(operations)]
    roots = np.bincount(d.order[[not len(d.before[i]) for i in range(operations)]], minlength=len(d.due))
    supply = [d.supply.pairs(0), [(0, places), (cut * 2, places + int(roots.sum()))]]
    down = [[(cut + 600, cut + 2_000)] if m % 4 == 0 else [] for m in range(len(d.machine_from))]
    return replace(
        d, takes=Amounts.of(takes), gives=Amounts.of(gives), supply=Amounts.of(supply), down=Amounts.of(down),
        release=np.where(held, d.release, np.maximum(d.release, cut)),
        fixed_start=np.where(held, placed.start, -1), fixed_end=np.where(held, placed.end, -1),
        options=Amounts.of([
            [pair for pair in d.options.pairs(i) if not held[i] or pair[0] == placed.machine[i]]
            for i in range(operations)
        ]),
        wanted_start=placed.start, wanted_machine=placed.machine,
    )  # fmt: skip


def violations(d: Detailed, placed: object) -> dict[str, str]:
    """Rules that a schedule breaks, with the first offence."""
    found = check_floor(statement(d), rows_of(placed), placed.figures[0])
    return {row["rule"]: row["first"] for row in found.checks.iter_rows(named=True) if row["violations"]}


@pytest.mark.parametrize("seed", range(6))
def test_delta_decoding_is_full_decoding(seed: int) -> None:
    """After any accepted moves every time and figure is that of decoding all anew, and the checker agrees."""
    d = mixed(150 + 40 * seed, seed)
    desk, g = Desk(d, AIMS), draws(seed)
    assert desk.dispatch("ATC")
    for _ in range(25):
        desk.anneal(g, 3_000, 50.0)
        quick, cost = desk.placed(), desk.cost
        assert desk.again()
        full = desk.placed()
        for name in ("start", "end", "setup", "done", "machine"):
            assert (getattr(quick, name) == getattr(full, name)).all(), name
        assert quick.figures == full.figures
        assert cost == pytest.approx(full.cost)
        assert not violations(d, full)
    assert desk.floor[C.TAKEN] > 500


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_delta_decoding_of_work_that_takes_no_time(seed: int) -> None:
    """What takes no time needs power and people all the same, and makes room when there are none left."""
    d = generated(400, seed)
    none = d.options.number.owner % 5 == 0
    d = replace(d, options=Amounts(d.options.number, np.where(none, 0, d.options.amount)), family=np.full(400, -1))
    desk, g = Desk(d, Aims()), draws(seed)
    assert desk.dispatch("ATC")
    for _ in range(25):
        desk.anneal(g, 3_000, 50.0)
        quick = desk.placed()
        assert desk.again()
        assert (desk.placed().start == quick.start).all()
    assert not violations(d, desk.placed())


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_gives_a_schedule(rule: str) -> None:
    """Whatever rule decides, the schedule keeps all rules of the floor; decoding it in order makes nothing later."""
    for seed in range(3):
        d = mixed(200, seed)
        desk = Desk(d, AIMS)
        assert desk.dispatch(rule, rank=np.arange(d.operations))
        first = desk.placed()
        assert not violations(d, first)
        assert desk.decode()
        assert (desk.placed().start <= first.start).all()


def test_search_is_the_same_for_a_seed_and_work() -> None:
    """The limit of work, not the clock, decides; another seed gives another schedule."""
    d = generated(300, 3)
    found = [improve(d, Aims(), Stop(lambda: 0.0, 1.0, 200_000), seed=seed) for seed in (5, 5, 6)]
    assert all(one is not None and one.best.cost < min(one.rule_cost.values()) for one in found)
    assert (found[0].best.start == found[1].best.start).all()
    assert (found[0].best.start != found[2].best.start).any()
    assert [cost for _, cost in found[0].trajectory] == sorted((c for _, c in found[0].trajectory), reverse=True)


def test_threads_are_the_same_for_a_seed_and_work() -> None:
    """Two of them do not depend on which is faster; they place as much as one, and their slices make it again."""
    d = mixed(200, 1)
    found = [improve(d, AIMS, Stop(lambda: 0.0, 1.0, 400_000), seed=5, threads=threads) for threads in (2, 2, 1)]
    assert (found[0].best.start == found[1].best.start).all()
    assert (found[0].best.start != found[2].best.start).any()
    assert found[0].work == pytest.approx(found[2].work, rel=0.01)
    assert not violations(d, found[0].best)
    slices = Stop(lambda: 0.0, 1.0, slices=tuple(found[0].slices))
    again = improve(d, AIMS, slices, seed=5, threads=2, rules=tuple(found[0].rule_cost))
    assert (found[0].best.start == again.best.start).all()


def test_two_threads_get_further_than_one_in_the_same_slices() -> None:
    """What each of them does in as many slices is as much as one does alone; they go on from the better schedule."""
    problems = [generated(400, seed) for seed in (1, 3, 7, 8)]
    costs = [sum(improve(d, Aims(), Stop(lambda: 0.0, 1.0, 600_000 * threads), threads=threads).best.cost
                 for d in problems) for threads in (1, 2)]  # fmt: skip
    assert costs[1] < 0.9 * costs[0]


def small(seed: int) -> Detailed:
    """Eight operations of four orders on two centres, always open, without anything shared."""
    rng = np.random.default_rng(seed)
    n = 8
    flat = np.full(n, -1)
    none = Amounts.of([[] for _ in range(n)])
    centre = [[(0, 0), (1, 0)], [(2, 0)]]
    options = []
    for _ in range(n):
        work = int(rng.integers(1, 12))
        options.append([(m, work + extra) for m, extra in centre[int(rng.integers(2))]])
    return Detailed(
        release=rng.integers(0, 8, n), before=Lists.of([[i - 1] if i % 2 else [] for i in range(n)]),
        options=Amounts.of(options), family=flat, starts_in=flat, works_in=flat, uses=none, takes=none, gives=none,
        fixed_start=flat, fixed_end=flat, order=np.arange(n) // 2, tail=np.where(np.arange(n) % 2, 0, -1),
        due=rng.integers(5, 25, 4), weight=rng.integers(1, 5, 4), value=np.ones(4, np.int64), wanted_start=flat,
        wanted_machine=flat, machine_from=np.zeros(3, np.int64), machine_family=np.full(3, -1),
        machine_setup=np.full(3, -1), setup=np.zeros((1, 1, 1), np.int64), down=Amounts.of([[], [], []]), calendars=(),
        capacity=Amounts.of([]), supply=Amounts.of([]),
    )  # fmt: skip


def least(d: Detailed) -> int:
    """Least weighted lateness over all orders of operations and choices of machines."""
    best = 10**9
    seats = [d.options.pairs(i) for i in range(d.operations)]
    for picks in itertools.product(*({0, len(s) - 1} for s in seats)):
        for mix in set(itertools.permutations([0, 0, 1, 1, 2, 2, 3, 3])):
            at, end, free = [0] * 4, [0] * 8, [0] * 3
            cost = 0
            for o in mix:
                i = 2 * o + at[o]
                machine, work = seats[i][picks[i]]
                start = max(int(d.release[i]), free[machine], end[i - 1] if at[o] else 0)
                end[i] = free[machine] = start + work
                at[o] += 1
                if at[o] == 2:
                    cost += int(d.weight[o]) * max(0, end[i] - int(d.due[o]))
                if cost >= best:
                    break
            best = min(best, cost)
    return best


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_is_never_above_the_least_cost(seed: int) -> None:
    """Brute force over eight operations lies between the bound and the search, which comes near it."""
    d = small(seed)
    optimum = least(d)
    found = improve(d, Aims(), Stop(lambda: 0.0, 1.0, 30_000))
    assert cost_bound(d, Aims()) <= optimum <= found.best.cost
    assert found.best.cost <= 1.1 * optimum


def test_the_bound_is_below_every_schedule_and_not_empty() -> None:
    """Of generated problems it lies below what the search reaches, and above 0 where orders must be late."""
    bounds = []
    for seed in range(5):
        d = generated(250, seed)
        found = improve(d, AIMS, Stop(lambda: 0.0, 1.0, 100_000))
        assert found.bound <= found.best.cost
        bounds.append(cost_bound(d, Aims()))
    assert max(bounds) > 0


def mutants(rows: list[tuple[int, int, int, int]], d: Detailed) -> dict[str, list[tuple[int, int, int, int]]]:
    """Schedules with one fault each, by the rule that is broken."""
    found: dict[str, list[tuple[int, int, int, int]]] = {}

    def change(rule: str, i: int, **parts: int) -> None:
        machine, start, end, setup = rows[i]
        row = {"machine": machine, "start": start, "end": end, "setup": setup} | parts
        found[rule] = [*rows[:i], (row["machine"], row["start"], row["end"], row["setup"]), *rows[i + 1 :]]

    free = [i for i in range(d.operations) if d.fixed_start[i] < 0]
    i = next(i for i in free if len(d.before[i]))
    early = max(rows[j][2] for j in d.before[i].tolist()) - 1
    change("an operation starts after its release and those before it", i, start=early)
    change("an operation takes its work in open hours, no longer", free[0], end=rows[free[0]][2] + 1)
    change("an operation runs where it can", free[0], machine=len(d.machine_from) + 3)
    held = next(i for i in range(d.operations) if d.fixed_start[i] >= 0)
    change("what cannot move stays", held, start=rows[held][1] + 1)
    closed = next(i for i in free if d.starts_in[i] == 0)
    change("an operation starts in its hours", closed, start=7 * 1440 * (rows[closed][1] // 10080 + 1) - 60)
    changes = next(i for i in free if rows[i][3] > 0)
    change("changeovers are those of the machine", changes, setup=0)
    found["every operation runs once"] = rows[:-1]
    return found


def test_the_checker_finds_every_fault() -> None:
    """Each rule has a mutant that it refuses; the schedule itself is accepted."""
    d = mixed(200, 1)
    desk = Desk(d, AIMS)
    assert desk.dispatch("ATCS")
    placed = desk.placed()
    plain, rows = json.loads(json.dumps(statement(d))), rows_of(placed)
    for op in plain["operations"]:
        op["choices"] = {int(machine): work for machine, work in op["choices"].items()}
    assert check_floor(plain, rows, placed.figures[0]).ok
    broken = {rule: check_floor(plain, mutant, placed.figures[0]) for rule, mutant in mutants(rows, d).items()}
    for rule, certificate in broken.items():
        assert rule in certificate.checks.filter(certificate.checks["violations"] > 0)["rule"].to_list(), rule
    tight = {
        "shared resources are not used beyond what there is": plain | {"capacity": [[(0, 1)], [(0, 0)]]},
        "stores never hold less than nothing": plain | {"supply": [[(0, 1)], [(0, 1)]]},
        "a machine works while it is there": plain | {
            "machines": [one | {"down": [(0, 10**8)]} for one in plain["machines"]]},
        "a machine does one operation at a time": plain | {
            "machines": [one | {"from": 10**8} for one in plain["machines"]]},
    }  # fmt: skip
    for rule, other in tight.items():
        certificate = check_floor(other, rows, placed.figures[0])
        assert rule in certificate.checks.filter(certificate.checks["violations"] > 0)["rule"].to_list(), rule
    assert not check_floor(plain, rows, placed.figures[0] + 1).ok


def test_what_never_can_start_is_told() -> None:
    """Without supply there is no schedule, and no guess in its place."""
    d = generated(60, 1)
    assert improve(replace(d, supply=Amounts.of([[(0, 1)]])), Aims(), Stop(lambda: 0.0, 1.0, 1_000)) is None


@pytest.mark.parametrize("levels", [("tardiness", "makespan"), ("makespan", "tardiness"), ("change", "worth")])
def test_levels_count_one_after_the_other(levels: tuple[str, ...]) -> None:
    """The first figure is as good as where it counts alone, and the second is better than there by the same work."""
    d = mixed(150, 2)
    work, first = 400_000, (levels[0],)
    alone = improve(d, Aims(levels=first), Stop(lambda: 0.0, 1.0, work // 2))
    found = improve(d, Aims(levels=levels), Stop(lambda: 0.0, 1.0, work))
    both = Aims(levels=levels).rank
    assert both(found.best.figures)[0] <= 1.1 * both(alone.best.figures)[0]
    assert both(found.best.figures) < both(alone.best.figures)
    assert {one.level for one in found.slices} == {0, 1}
    assert not violations(d, found.best)


def test_slices_make_a_search_again() -> None:
    """A search that a clock ended is made again from what it did, part by part."""
    d, ticks = generated(300, 3), itertools.count()
    found = improve(d, Aims(), Stop(lambda: next(ticks) / 100, 1.0))
    again = improve(d, Aims(), Stop(lambda: 0.0, 1.0, slices=tuple(found.slices)), rules=tuple(found.rule_cost))
    assert len(found.slices) > 3
    assert (found.best.start == again.best.start).all()
    assert found.best.cost == again.best.cost < min(found.rule_cost.values())


def test_large_orders_are_pulled_ahead_as_wholes() -> None:
    """An order of many lines is pulled in one go, what stands afterwards is decoded, and never dearer."""
    d = generated(600, 2)
    orders = d.order // 12
    count = int(orders.max()) + 1
    first = np.searchsorted(orders, np.arange(count))
    due, weight = d.due[d.order[first]], d.weight[d.order[first]]
    d = replace(d, order=orders, due=due, weight=weight, value=np.ones(count, np.int64))
    assert large_orders(d)
    assert not large_orders(generated(600, 2))
    desk, g = Desk(d, Aims()), draws(3)
    assert desk.dispatch("EDD")
    before, cost = desk.placed(), desk.cost
    pull_orders(desk, g, 60)
    after = desk.placed()
    assert desk.cost < cost
    assert desk.again()
    assert (desk.placed().start == after.start).all()
    assert not violations(d, after)
    assert pulled(d, before, 0, 2**50) is not None
    found = improve(d, Aims(), Stop(lambda: 0.0, 1.0, 300_000), rules=("EDD",))
    assert {one.pulls > 0 for one in found.slices} == {True}
    assert {one.work > 1 for one in found.slices} == {True, False}
    assert found.best.cost < cost


def test_orders_are_pulled_no_further_than_behind_what_cannot_move() -> None:
    """On each machine what can move stays behind what cannot, where it could have been there before by its release."""
    d = generated(600, 2)
    orders = d.order // 12
    count = int(orders.max()) + 1
    due, weight = np.zeros(count, np.int64), np.ones(count, np.int64)
    d = replace(d, order=orders, due=due, weight=weight, value=weight, release=np.zeros(600, np.int64))
    desk, g = Desk(d, Aims()), draws(3)
    assert desk.dispatch("EDD")
    first = desk.placed()
    held = first.start < np.sort(first.start)[200]
    d = replace(d, fixed_start=np.where(held, first.start, -1), fixed_end=np.where(held, first.end, -1))
    desk = Desk(d, Aims())
    assert desk.take(first)
    before = desk.cost
    pull_orders(desk, g, 60)
    after = desk.placed()
    assert desk.cost < before
    for machine in range(len(d.machine_from)):
        stays, moves = (held & (after.machine == machine)), (~held & (after.machine == machine))
        if stays.any() and moves.any():
            assert after.start[moves].min() >= after.end[stays].max()


def test_random_numbers_are_the_same_without_a_compiler() -> None:
    """Compiled or not, they are those of exact arithmetic, and nothing overflows."""
    compiled, plain = draws(7), draws(7)
    state = int(plain[0])
    for _ in range(500):
        state ^= state << 13 & ALL
        state ^= state >> 7
        state ^= state << 17 & ALL
        wanted = (state * 0x2545F4914F6CDD1D & ALL) >> 33
        assert draw(compiled) == getattr(draw, "py_func", draw)(plain) == wanted
