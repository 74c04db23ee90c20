"""Replanning when what comes next on a machine would come before what frees it: it waits for its turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from held_parks import held_park
from test_freeze import WEEKS, Names, published, violations

from aidc_twin.park import Park
from aidc_twin.schedule.desk import Aims, Desk
from aidc_twin.schedule.detailed import Amounts, Detailed, Lists, Placed
from aidc_twin.schedule.dispatch import make_schedule
from aidc_twin.schedule.improve import Stop
from aidc_twin.schedule.kernel.cells import OWN_END, STAYS
from aidc_twin.schedule.seat import seated
from aidc_twin.schedule.shop import Shop, Wish, replanned
from aidc_twin.schedule.statement import rows_of, statement
from aidc_twin.twin.compile import Factory, Policy, read_factory
from aidc_twin.verify.floor import check_floor

Down = tuple[tuple[str, int, int, int], ...]
Pins = tuple[tuple[str, str, int, int], ...]


def drawn(seed: int, *, batches: bool, orders: int) -> tuple[Park, Factory, Names]:
    """A drawn park in which machines are kept, and its published schedule."""
    park = held_park(seed, batches=batches, orders=orders)
    factory = read_factory(park)
    return park, factory, published(make_schedule(factory, Policy(), WEEKS))


def around(factory: Factory, before: Names, now: int, frozen: int, down: Down, pins: Pins) -> Shop:
    """A replanning without time to search; times in hours."""
    hour = factory.clock.ticks_per_hour
    stops = tuple((resource, machine, low * hour, high * hour) for resource, machine, low, high in down)
    wanted = tuple((unit, step, machine, hour * tick if tick >= 0 else -1) for unit, step, machine, tick in pins)
    return replanned(factory, Policy(), Wish(before, frozen * hour, now * hour, stops, wanted), WEEKS,
                     Stop(lambda: 0.0, 0.0))  # fmt: skip


@pytest.mark.parametrize(
    ("seed", "batches", "orders", "now", "frozen", "down", "pins"),
    [
        pytest.param(373, True, 20, 35, 107, (("saw", 1, 35, 45),), (), id="kept by what is frozen"),
        pytest.param(319, False, 20, 9, 15, (("oven", 1, 159, 167),),
                     (("o12", "rack-booth", 1, 177), ("o6", "kit-saw", 1, 130)), id="pinned behind one that keeps"),
        pytest.param(38, True, 30, 171, 177, (("dock", 1, 171, 431),),
                     (("o12", "kit-booth", 1, -1), ("o19", "kit-dock", 1, -1)), id="a batch in a circle"),
    ],
)  # fmt: skip
def test_what_is_next_on_a_machine_waits_for_what_frees_it(
    seed: int, batches: bool, orders: int, now: int, frozen: int, down: Down, pins: Pins
) -> None:
    """All of it is scheduled, with its pins, and executed by the twin to the tick; both checkers agree."""
    park, factory, before = drawn(seed, batches=batches, orders=orders)
    shop = around(factory, before, now, frozen, down, pins)
    best = shop.search.best
    assert shop.replayed == 0
    assert check_floor(statement(shop.problem), rows_of(best), best.figures[0]).ok
    assert not violations(park, factory, shop.schedule.frames)
    after = published(shop.schedule)
    assert after.keys() == before.keys()
    assert all(after[unit, step][0] == machine for unit, step, machine, _ in pins)
    hour = factory.clock.ticks_per_hour
    assert all(after[unit, step][1] >= tick * hour for unit, step, _, tick in pins)
    assert any(after[name] == at for name, at in before.items() if at[1] < frozen * hour)


@pytest.mark.parametrize("seed", [0, 1, 15])
def test_units_of_a_batch_that_are_pinned_to_two_machines_part(seed: int) -> None:
    """Each goes on its own machine."""
    park, factory, before = drawn(seed, batches=True, orders=20)
    (one, step, machine, tick), other = next(
        ((*name, *at), mate) for name, at in before.items() for (mate, step), there in before.items()
        if step == name[1] and there == at and mate > name[0] and at[1] > 30 * factory.clock.ticks_per_hour
        and {m for (_, same), (m, _) in before.items() if same == step} == {1, 2}
    )  # fmt: skip
    assert before[other, step] == (machine, tick)
    shop = around(factory, before, 20, 24, (), ((one, step, 1, -1), (other, step, 2, -1)))
    after = published(shop.schedule)
    assert (after[one, step][0], after[other, step][0]) == (1, 2)
    assert shop.replayed == 0
    assert not violations(park, factory, shop.schedule.frames)


def three() -> tuple[Detailed, Placed]:
    """Two operations of a unit, of which the first is frozen, and one of another unit that starts between them."""
    none, n = np.full(3, -1), 3
    d = Detailed(
        release=np.zeros(n, np.int64), before=Lists.of([[], [0], []]),
        options=Amounts.of([[(0, 10)], [(1, 10)], [(0, 10)]]), family=none, starts_in=none, works_in=none,
        uses=Amounts.of([[]] * n), takes=Amounts.of([[]] * n), gives=Amounts.of([[]] * n),
        fixed_start=np.array([0, -1, -1]), fixed_end=np.array([10, -1, -1]), order=np.array([0, 0, 1]),
        tail=np.array([-1, 0, 0]), due=np.zeros(2, np.int64), weight=np.ones(2, np.int64),
        value=np.zeros(2, np.int64), wanted_start=none, wanted_machine=none, machine_from=np.zeros(3, np.int64),
        machine_family=none, machine_setup=none, setup=np.zeros((1, 1, 1), np.int64), down=Amounts.of([[]] * n),
        calendars=(), capacity=Amounts.of([]), supply=Amounts.of([]),
    )  # fmt: skip
    start = np.array([0, 30, 20])
    placed = Placed(np.array([0, 1, 0]), start, start + 10, np.zeros(n, np.int64), np.array([1, 3, 2]), np.arange(n),
                    np.zeros(2, np.int64), (0, 0, 0, 0), 0.0)  # fmt: skip
    return d, placed


def starts(d: Detailed, placed: Placed) -> list[int]:
    """Start of each operation where the schedule is decoded."""
    first, desk = seated(d, placed), Desk(d, Aims())
    assert first is not None
    assert desk.load(first)
    return desk.placed().start.tolist()


def test_an_order_stays_where_it_can() -> None:
    """Nothing is kept: the other unit starts first, as published."""
    d, placed = three()
    assert starts(d, placed) == [0, 10, 10]
    first = seated(d, placed)
    assert first is not None
    assert first.key[2] < first.key[1]


@pytest.mark.parametrize(("code", "start"), [(2, 10), (3, 20)])
def test_a_machine_that_is_kept_is_left_first(code: int, start: int) -> None:
    """With the start, or with the end, of the next operation of its unit."""
    d, placed = three()
    assert starts(replace(d, keeps=np.array([code, OWN_END, OWN_END])), placed) == [0, 10, start]


def test_what_is_given_back_comes_before_who_takes_it() -> None:
    """One place: the frozen operation has taken it, the next one of its unit gives it back as it ends."""
    d, placed = three()
    place = [(0, 1)]
    one = replace(d, options=Amounts.of([[(0, 10)], [(1, 10)], [(2, 10)]]), takes=Amounts.of([place, [], place]),
                  gives=Amounts.of([[], place, []]), supply=Amounts.of([[(0, 1)]]))  # fmt: skip
    assert starts(one, placed) == [0, 10, 20]
    assert seated(replace(one, supply=Amounts.of([[(0, 0)]])), placed) is None


def test_what_never_can_come_is_told() -> None:
    """On a machine that nobody leaves, and in a batch that pins leave too small for ever."""
    d, placed = three()
    assert seated(replace(d, keeps=np.array([STAYS, OWN_END, OWN_END])), placed) is None
    together = replace(placed, machine=np.array([0, 0, 0]), start=np.array([0, 20, 20]), end=np.array([10, 30, 30]))
    kind = np.array([-1, 0, 0])
    assert seated(replace(d, kind=kind, batch=np.array([[2, 2, -1]])), together) is None
    assert seated(replace(d, kind=kind, batch=np.array([[2, 2, 5]])), together) is not None
    assert seated(replace(d, kind=kind, batch=np.array([[2, 2, -1]])), placed) is not None


@pytest.mark.parametrize(
    ("code", "start", "broken"),
    [
        (OWN_END, 5, True),
        (OWN_END, 10, False),
        (2, 10, True),
        (2, 20, False),
        (3, 20, True),
        (3, 30, False),
        (STAYS, 10**6, True),
    ],
)
def test_the_checker_finds_frozen_work_on_a_machine_that_is_busy(code: int, start: int, broken: bool) -> None:
    """With what was moved there: 10 ticks of work, and until a second operation starts at 20, or ends at 30."""
    d, _ = three()
    d = replace(
        d, fixed_start=np.array([-1, -1, start]), fixed_end=np.array([-1, -1, start + 10]),
        keeps=np.array([code, OWN_END, OWN_END]),
    )  # fmt: skip
    rows = [(0, 0, 10, 0), (1, 20, 30, 0), (0, start, start + 10, 0)]
    checks = check_floor(statement(d), rows, 30 + start + 10).checks
    found = checks.filter(checks["violations"] > 0)["rule"].to_list()
    assert found == (["what cannot move finds its machine free"] if broken else [])
