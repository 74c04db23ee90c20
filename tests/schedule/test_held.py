"""Machines that are kept, and units that go together: the search decodes what the twin does, and this what it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from held_parks import held_park

from aidc_twin.loop.once import lots_of
from aidc_twin.schedule.batches import groups_of
from aidc_twin.schedule.desk import Aims, Desk
from aidc_twin.schedule.detailed import Detailed, Placed
from aidc_twin.schedule.dispatch import make_schedule
from aidc_twin.schedule.gather import GatherDesk, first_groups
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop, improve
from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.near import Near, near_problem
from aidc_twin.schedule.shop import executed, improved
from aidc_twin.schedule.statement import rows_of, statement
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.run import run_once
from aidc_twin.verify import check_schedule
from aidc_twin.verify.floor import Row, check_floor

WEEKS = 12
CIRCLE = "units do not wait for each other in a circle"
ALONE = "a machine does one operation at a time"


def near_of(seed: int, *, batches: bool, orders: int = 8) -> tuple[Factory, Near]:
    """A drawn park as the twin runs it."""
    factory = read_factory(held_park(seed, batches=batches, orders=orders))
    arrays = compile_arrays(factory, Policy())
    run = run_once(arrays, 0, means=True, trace=True)
    return factory, near_problem(factory, Policy(), arrays, run, factory.horizon)


def broken(d: Detailed, rows: list[Row], tardiness: int) -> set[str]:
    """Rules that a schedule breaks."""
    checks = check_floor(statement(d), rows, tardiness).checks
    return set(checks.filter(checks["violations"] > 0)["rule"])


def same(quick: Placed, full: Placed) -> None:
    """Two schedules are equal in all that counts."""
    for name in ("start", "end", "setup", "done", "machine"):
        assert (getattr(quick, name) == getattr(full, name)).all(), name
    assert quick.figures == full.figures


def keeping(seed: int) -> Detailed:
    """A generated problem in which many machines are kept until the next operation starts, or ends, on a later one."""
    d, rng = generated(200, seed), np.random.default_rng(seed)
    keeps = np.full(d.operations, C.OWN_END)
    for i in range(d.operations):
        j = int(d.after[i][0]) if len(d.after[i]) == 1 else i
        if d.options.number[i][0] < d.options.number[j][0] and rng.random() < 0.6:
            keeps[i] = 2 * j + int(rng.random() < 0.3)
    return replace(d, keeps=keeps)


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_delta_decoding_is_full_decoding(seed: int) -> None:
    """After any accepted moves every time and figure is that of decoding all anew, and the checker agrees."""
    d, g = keeping(seed), np.array([2 * seed + 1], np.int64)
    desk = Desk(d, Aims(makespan=0.5))
    assert (d.keeping >= 0).sum() > 30
    assert desk.dispatch("ATC")
    for _ in range(20):
        desk.anneal(g, 3_000, 50.0)
        quick = desk.placed()
        assert desk.again()
        same(quick, desk.placed())
        assert not broken(d, rows_of(quick), quick.figures[0])
    assert desk.floor[C.TAKEN] > 500


def test_what_frees_a_machine_comes_before_what_is_next_on_it() -> None:
    """An order of keys in which two units would wait for each other is no schedule."""
    d = keeping(0)
    desk = Desk(d, Aims())
    assert desk.dispatch("ATC")
    placed = desk.placed()
    kept = [i for i in np.flatnonzero(d.keeping >= 0).tolist() if desk.cell(C.F_NEXT, d.operations)[i] >= 0]
    i = kept[0]
    frees, behind = int(d.keeping[i]) >> 1, int(desk.cell(C.F_NEXT, d.operations)[i])
    key = placed.key.copy()
    key[behind] = (key[i] + key[frees]) // 2
    assert key[i] < key[behind] < key[frees]
    assert not desk.load(replace(placed, key=key))
    assert desk.load(placed)


@pytest.mark.parametrize("batches", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_the_twin_executes_what_is_found_in_drawn_parks(seed: int, batches: bool) -> None:
    """The twin's order gives the twin's times; what is accepted, and decoded anew, the twin executes to the tick."""
    factory, near = near_of(seed, batches=batches)
    desk_of = GatherDesk if batches else Desk
    desk, g = desk_of(near.problem, Aims(), int(near.first.end.max())), np.array([2 * seed + 1], np.int64)
    assert desk.take(near.first)
    assert (desk.told().start <= near.first.start).all()
    for _ in range(4):
        desk.anneal(g, 2_000, 1e5)
        quick = desk.placed()
        assert desk.again()
        same(quick, desk.placed())
        if isinstance(desk, GatherDesk):
            desk.regather(g, 5)
        assert desk.decode()
        told = desk.told()
        assert not broken(near.problem, rows_of(told), told.figures[0])
        assert executed(factory, Policy(), near, told, WEEKS)[1] == 0


@pytest.mark.parametrize(("seed", "batches"), [(1, False), (6, False), (1, True), (18, True)])
def test_a_search_makes_orders_earlier_and_the_park_agrees(seed: int, batches: bool) -> None:
    """The whole way: dispatching, search, execution by the twin, and the checker of parks."""
    park = held_park(seed, batches=batches)
    factory = read_factory(park)
    first = make_schedule(factory, Policy(), WEEKS, ("first come first served",))
    shop = improved(factory, Policy(), first, Stop(lambda: 0.0, 1.0, 30_000))
    assert shop.search is not None
    assert shop.search.best.cost < shop.search.trajectory[0][1]
    assert shop.replayed == 0
    frames = {**shop.schedule.frames, "plan_purchases": lots_of(factory)}
    assert check_schedule(park, frames, fixed=True).ok


def test_the_checker_finds_a_machine_that_is_taken_too_early() -> None:
    """A start before the machine is left is found, and so is a circle at one instant."""
    d = keeping(0)
    desk = Desk(d, Aims())
    assert desk.dispatch("ATC")
    placed = desk.placed()
    follow = desk.cell(C.F_NEXT, d.operations)
    stated, rows = statement(d), rows_of(placed)
    late = [
        i for i in np.flatnonzero(d.keeping >= 0).tolist()
        if follow[i] >= 0 and placed.start[follow[i]] == placed.start[int(d.keeping[i]) >> 1] > placed.end[i]
    ]  # fmt: skip
    behind = int(follow[late[0]])
    machine, start, end, setup = rows[behind]
    mutant = [*rows[:behind], (machine, start - 1, end - 1, setup), *rows[behind + 1 :]]
    checks = check_floor(stated, mutant, placed.figures[0]).checks
    assert ALONE in checks.filter(checks["violations"] > 0)["rule"].to_list()
    one = {"release": 0, "choices": {0: 5, 1: 5}, "family": -1, "starts_in": -1, "works_in": -1, "uses": [],
           "takes": [], "gives": [], "gives_early": [], "order": 0, "kind": -1, "since": 0, "tail": -1,
           "fixed": (-1, -1)}  # fmt: skip
    swap = {
        "operations": [
            one | {"before": [], "leaves": ("start", 1)}, one | {"before": [0], "leaves": ("own", -1)},
            one | {"before": [], "leaves": ("start", 3)}, one | {"before": [2], "leaves": ("own", -1)},
        ],
        "machines": [{"from": 0, "family": -1, "down": [], "setup": [], "kept": ("own", -1)}] * 2,
        "calendars": [], "capacity": [], "supply": [], "batches": [], "due": [0], "weight": [1],
    }  # fmt: skip
    at_once = [(0, 0, 5, 0), (1, 5, 10, 0), (1, 0, 5, 0), (0, 5, 10, 0)]
    checks = check_floor(swap, at_once, 0).checks
    assert checks.filter(checks["violations"] > 0)["rule"].to_list() == [CIRCLE]


def test_units_change_their_batches() -> None:
    """Exchanges between batches make a schedule better than the batches of the twin's first one can."""
    _, near = near_of(3, batches=True, orders=24)
    desk = GatherDesk(near.problem, Aims(), int(near.first.end.max()))
    assert desk.take(near.first)
    before, cost = groups_of(near.problem, desk.told()), desk.cost
    desk.regather(np.array([5], np.int64), 60)
    after = desk.told()
    assert desk.cost < cost
    assert groups_of(near.problem, after) != before
    assert not broken(near.problem, rows_of(after), after.figures[0])


def test_a_search_with_batches_is_made_again_from_its_slices() -> None:
    """Changes of batches are part of what a search did."""
    _, near = near_of(1, batches=True)
    found = improve(near.problem, Aims(), Stop(lambda: 0.0, 1.0, 20_000), start=near.first, rules=())
    slices = Stop(lambda: 0.0, 1.0, slices=tuple(found.slices))
    again = improve(near.problem, Aims(), slices, start=near.first, rules=())
    assert found.best.cost == again.best.cost < found.trajectory[0][1]
    assert (found.best.start == again.best.start).all()


def gathering(seed: int) -> Detailed:
    """A generated problem in which three work centres take several operations at once."""
    d = generated(200, seed)
    centre = np.array([d.options.number[i][0] for i in range(d.operations)])
    common = np.unique(centre)[:3]
    kind = np.array([common.tolist().index(c) if c in common else -1 for c in centre])
    work = np.where(kind[d.options.number.owner] >= 0, 300, d.options.amount)
    batch = np.array([(1, 3, -1), (2, 4, 240), (2, 2, 600)])
    family = np.where(kind >= 0, -1, d.family)
    return replace(d, kind=kind, batch=batch, family=family, options=replace(d.options, amount=work))


def test_batches_without_a_first_schedule() -> None:
    """Rules schedule batches of what can start about together, and the search changes them."""
    d = gathering(3)
    assert max(map(len, first_groups(d))) > 1
    found = improve(d, Aims(), Stop(lambda: 0.0, 1.0, 200_000))
    assert found.bound <= found.best.cost < min(found.rule_cost.values())
    assert not broken(d, rows_of(found.best), found.best.figures[0])


def test_the_checker_finds_wrong_batches() -> None:
    """Too many, too few, and some that end at another time, each by its rule."""
    rule = "what goes together is of one kind, neither too few nor too many"
    d = gathering(3)
    found = improve(d, Aims(), Stop(lambda: 0.0, 1.0, 20_000)).best
    rows, groups = rows_of(found), groups_of(d, found)
    pair = next(group for group in groups if len(group) > 1)
    machine, start, end, setup = rows[pair[0]]
    late = [*rows[: pair[1]], (machine, start, end + 1, setup), *rows[pair[1] + 1 :]]
    assert rule in broken(d, late, found.figures[0])
    apart = [*rows[: pair[1]], (machine, start + 1, end + 1, setup), *rows[pair[1] + 1 :]]
    assert ALONE in broken(d, apart, found.figures[0])
    for batch in ([(1, 1, -1)] * 3, [(5, 5, -1)] * 3, [(5, 5, 10**6)] * 3):
        assert rule in broken(replace(d, batch=np.array(batch)), rows, found.figures[0])
    assert not broken(d, rows, found.figures[0])
