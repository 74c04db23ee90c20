"""Units that wait for each other for good end a run, in words that say who holds what; who can still move does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from generated_parks import generated
from outcomes import LOCKED, PARKS
from small_parks import kit_park, make_park, need, servers

from aidc_twin.errors import SimulationFault
from aidc_twin.park import Park, load_park
from aidc_twin.park.deadlock import possible_deadlocks
from aidc_twin.twin import run as running
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.deadlock import Deadlock, Reduction, find_deadlock
from aidc_twin.twin.kernel.layout import (
    FAULTS,
    G_DOWN,
    G_HOLDER,
    I64,
    R_SLOT,
    RES,
    V_MACHINE,
    V_RES,
    Z_AVAIL,
    Z_CAP,
    ParkArrays,
    table,
)
from aidc_twin.twin.present import Floor
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import run_once
from aidc_twin.twin.standing import Standing, find_waits
from aidc_twin.twin.trace import operations
from aidc_twin.units.quantity import parse_quantity


def final_state(park: Park, seed: int, *, means: bool = False) -> tuple[ParkArrays, I64]:
    """Arrays of a park and the state in which a replication ends, unjudged."""
    arrays = compile_arrays(read_factory(park), None, 16)._replace(grow=None)
    states: list[I64] = []
    result = running._result

    def watched(a: ParkArrays, m: I64, seed: int) -> Replication:
        states.append(m)
        return result(a, m, seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "_result", watched)
        run_once(arrays, seed, means=means)
    return arrays, states[-1]


def found(park: Park, seed: int = 1, *, means: bool = False) -> Deadlock | None:
    """What is locked at the end of a replication."""
    arrays, m = final_state(park, seed, means=means)
    return find_deadlock(read_factory(park), arrays.whole, m)


def test_a_ring_of_two_is_told() -> None:
    """Presses before lathes and lathes before presses, one of each: at hour 3 both are kept for good."""
    park = load_park(PARKS / LOCKED)
    assert possible_deadlocks(park) == [("lathe", "press")]
    with pytest.raises(SimulationFault) as caught:
        run_once(compile_arrays(read_factory(park)), 7)
    assert str(caught.value) == (
        "deadlock with seed 7: unit a holds press and waits for lathe; unit b holds lathe and waits for press; "
        "unit e waits for press: none who holds something can start anything after 2026-10-05 03:00. "
        "Give one of these resources more capacity, keep it for a shorter time, or let all ways take them in the same "
        "order"
    )


def test_it_may_be_a_part_of_the_park() -> None:
    """The orders that go another way are done, and are not named."""
    locked = found(load_park(PARKS / LOCKED))
    assert locked is not None
    assert locked.units == ("unit a", "unit b", "unit e")
    assert locked.since == 3 * 3600


def test_one_more_machine_loosens_it() -> None:
    """With two lathes the ways get past each other."""
    park = load_park(PARKS / LOCKED)
    two = [row.model_copy(update={"amount": parse_quantity("2")}) for row in park.capacity if row.resource == "lathe"]
    rest = [row for row in park.capacity if row.resource != "lathe"]
    assert found(replace(park, capacity=(*rest, *two))) is None


def keeper(amount: int, **more: Any) -> Park:
    """Two orders that take a place, and one place more before they give it back, of `amount` in all."""
    return kit_park(
        {"operation": "load", "duration": 1},
        {"operation": "turn", "duration": 1} | more,
        orders=2,
        resources=[{"resource": "place", "kind": "space"}],
        capacity=[{"resource": "place", "amount": amount}],
        needs=[need("load", "place", until="turn"), need("turn", "place")],
    )


def test_a_ring_of_one_is_told() -> None:
    """Who holds a place and waits for another of two locks with one who does the same; of three there are enough."""
    locked = found(keeper(2))
    assert locked is not None
    assert locked.lines == ("unit k1 holds place and waits for place", "unit k2 holds place and waits for place")
    assert found(keeper(3)) is None


def test_who_loses_patience_is_not_locked() -> None:
    """Units that will leave their queue give back what they hold."""
    assert found(keeper(2, patience_hours=5000)) is None


def test_waiting_for_the_morning_is_no_deadlock() -> None:
    """At the horizon work waits behind work that has not come to its end."""
    park = kit_park({"operation": "weld", "duration": 24 * 50}, orders=3, **servers("bay"), needs=[need("weld", "bay")])
    assert found(park) is None


def test_a_batch_that_never_fills_locks_those_who_would_fill_it() -> None:
    """One part on the only place waits for a second in the oven, which waits for the place."""
    park = make_park(
        {
            "entities": [{"entity": "maker", "kind": "integrator"}],
            "products": [{"product": "part", "kind": "component", "routing": "part", "maker": "maker"}],
            "operations": [
                {"routing": "part", "operation": "load", "stage": "manufacture", "duration": 1},
                {"routing": "part", "operation": "bake", "stage": "manufacture", "duration": 1, "after": ("load",),
                 "batch_min": 2, "batch_max": 2},
            ],
            "resources": [{"resource": "place", "kind": "space"}, {"resource": "oven", "kind": "servers"}],
            "capacity": [{"resource": "place", "amount": 1}, {"resource": "oven", "amount": 1}],
            "needs": [
                {"routing": "part", "operation": "load", "resource": "place", "until": "bake"},
                {"routing": "part", "operation": "bake", "resource": "oven"},
            ],
            "sources": [{"source": "line", "product": "part", "interval_hours": 1, "most": 2}],
        },
        horizon_weeks=1,
    )  # fmt: skip
    locked = found(park)
    assert locked is not None
    assert locked.lines == ("unit line/1 holds place and waits for its turn", "unit line/2 waits for place")


def cards(x: int, *, bought: bool = False, most: int = 0) -> Park:
    """Parts p take a card x, then a card y; parts q a card y, then a card x; both put both back at their end."""
    step = {"stage": "manufacture", "duration": 1}
    return make_park(
        {
            "entities": [{"entity": "maker", "kind": "integrator"}],
            "products": [{"product": p, "kind": "component", "routing": p, "maker": "maker"} for p in "pq"],
            "materials": [{"material": "x"}, {"material": "y", "lead_weeks": 1 if bought else None}],
            "operations": [
                {"routing": p, "operation": name, **step, "after": after}
                for p in "pq"
                for name, after in (("one", ()), ("two", ("one",)))
            ],
            "bom": [
                {"parent": p, "item": item, "quantity": 1, "operation": name}
                for p, items in (("p", "xy"), ("q", "yx"))
                for item, name in zip(items, ("one", "two"), strict=True)
            ],
            "outputs": [{"routing": p, "operation": "two", "material": card} for p in "pq" for card in "xy"],
            "sources": [
                {"source": f"s{p}", "product": p, "interval_hours": 2, "first_hours": 1, "most": most} for p in "pq"
            ],
            "state/stocks": [{"material": "x", "quantity": x}, {"material": "y", "quantity": 1}],
        },
        horizon_weeks=1,
    )  # fmt: skip


def looks(monkeypatch: pytest.MonkeyPatch, units: int, queue: str) -> int:
    """How often a step is looked at for what it misses, where so many units wait for a card that goes round."""
    park = make_park(
        {
            "entities": [{"entity": "maker", "kind": "integrator"}],
            "products": [{"product": "part", "kind": "component", "routing": "part", "maker": "maker"}],
            "materials": [{"material": "card"}],
            "operations": [
                {"routing": "part", "operation": "enter", "stage": "manufacture", "duration": 0},
                {"routing": "part", "operation": "work", "stage": "manufacture", "duration": 1, "after": ("enter",)},
            ],
            "resources": [{"resource": "door", "kind": "space", "queue": queue}],
            "capacity": [{"resource": "door", "amount": 1}],
            "needs": [{"routing": "part", "operation": "enter", "resource": "door"}],
            "bom": [{"parent": "part", "item": "card", "quantity": 1, "operation": "enter"}],
            "outputs": [{"routing": "part", "operation": "work", "material": "card"}],
            "sources": [{"source": "line", "product": "part", "interval_hours": 0, "most": 200 + units}],
            "state/stocks": [{"material": "card", "quantity": 1}],
        },
        horizon_weeks=1,
    )
    arrays, m = final_state(park, 1)
    asked: list[int] = []
    lacking = Reduction._lacking

    def counted(self: Reduction, c: int, js: int) -> list[int]:
        asked.append(js)
        return lacking(self, c, js)

    monkeypatch.setattr(Reduction, "_lacking", counted)
    assert find_waits(read_factory(park), arrays.whole, m) == ()
    monkeypatch.undo()
    return len(asked)


def test_a_long_queue_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work grows with what differs, not with the square of those who wait: ten times as many, the same looks."""
    assert 0 < looks(monkeypatch, 1000, "backfill") == looks(monkeypatch, 100, "backfill")
    assert looks(monkeypatch, 1000, "strict") <= 11 * looks(monkeypatch, 100, "strict")


def test_a_ring_of_stocks_is_told() -> None:
    """At hour 1 two parts take the cards for which the other waits; further parts come, and wait as well."""
    assert possible_deadlocks(cards(1)) == [("stock of x", "stock of y")]
    locked = found(cards(1))
    assert locked is not None
    assert locked.lines[:3] == (
        "unit sp/1 holds x and waits for y", "unit sq/1 holds y and waits for x", "unit sp/2 waits for x",
    )  # fmt: skip
    assert locked.day == datetime(2026, 10, 5, 2, tzinfo=locked.day.tzinfo)  # further parts join the queue for a week
    assert locked.since == 167 * 3600
    assert found(cards(1, most=1)) is not None
    assert found(cards(2, most=1)) is None
    assert found(cards(1, bought=True)) is None
    with pytest.raises(
        SimulationFault, match=r"\. Put more of one of these stocks into the park, keep it for a shorter"
    ):
        run_once(compile_arrays(read_factory(cards(1))), 1)


def test_stock_that_has_run_out_is_no_ring() -> None:
    """Nobody holds the card that all wait for: it was never there."""
    park = cards(0)
    alone = replace(park, sources=tuple(row for row in park.sources if row.product == "p"))
    assert found(alone) is None
    factory, standing = read_factory(alone), Standing()
    run = run_once(standing.watched(compile_arrays(factory)), 1)
    assert standing.notices(factory, [run]) == [
        "p/one: 84 units (sp/1, sp/2, sp/3, sp/4 and 80 more) wait to the end for x, of which no more comes (in 1 of 1"
        " replications)"
    ]


@pytest.mark.parametrize("seed", [21, 53, 81, 170, 178])
def test_what_waits_in_vain_never_starts(seed: int) -> None:
    """Batches that wait for company without an end, and three arrivals of each source: whoever is said to wait in vain
    starts nothing in a run of thrice the time.
    """
    park = generated(seed)
    steps = tuple(row.model_copy(update={"batch_wait_hours": None}) for row in park.operations)
    few = tuple(row.model_copy(update={"most": 3}) for row in park.sources)
    park = replace(park, operations=steps, sources=few)
    arrays, m = final_state(park, seed)
    waits = find_waits(read_factory(park), arrays.whole, m)
    assert "company" in {wait.lacks for wait in waits}
    names = {name.removeprefix("unit ") for wait in waits for name in wait.units}
    factory = read_factory(longer(park))
    rows = operations(factory, run_once(compile_arrays(factory, None, 64)._replace(grow=None), seed, trace=True))
    end = read_factory(park).horizon
    assert rows.filter(rows["unit_id"].is_in(sorted(names)) & (rows["start_tick"] > end)).is_empty()


def longer(park: Park) -> Park:
    """The park with thrice the time."""
    return replace(park, head=park.head.model_copy(update={"horizon_weeks": 3 * park.head.horizon_weeks}))


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_what_is_locked_never_starts_anything(seed: int) -> None:
    """In a run of thrice the time no unit that was called locked starts anything more."""
    park = generated(seed)
    locked = found(park, seed)
    if locked is not None:
        factory = read_factory(longer(park))
        run = run_once(compile_arrays(factory, None, 64)._replace(grow=None), seed, trace=True)
        names = [unit.removeprefix("unit ") for unit in locked.units]
        rows = operations(factory, run)
        assert rows.filter(rows["unit_id"].is_in(names) & (rows["start_tick"] > locked.since)).is_empty()


@pytest.mark.parametrize("seed", range(1, 60, 3))
def test_what_is_in_use_is_held_by_somebody(seed: int) -> None:
    """At the horizon the units in the park, repairs and idle machines that are down hold all that is not available."""
    park = generated(seed)
    arrays, m = final_state(park, seed)
    names = [row.resource for row in park.resources]
    gone = [row for row in park.state_machines if row.status == "down" and row.until is None]
    down = {(names.index(row.resource), row.machine - 1) for row in gone}
    holds = Floor.of(arrays.whole, m).holds
    resources, machines = table(m, V_RES), table(m, V_MACHINE)
    in_use = resources[:, Z_CAP] - resources[:, Z_AVAIL]
    n = int((table(arrays.whole, RES)[:, 0] != 2).sum())
    broken = {(row[0], row[1]) for row in table(arrays.whole, FAULTS).tolist()}
    for r, machine in broken:
        absent = (r, machine - table(arrays.whole, RES)[r, R_SLOT]) in down
        in_use[r] -= machines[machine, G_DOWN] > 0 and machines[machine, G_HOLDER] == 0 and not absent
    held = [int(holds.amount[holds.resource == r].sum()) for r in range(n)]
    assert held == in_use[:n].tolist()
