"""Traces of urgent work that stops other work, worked out on paper; by both twins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from both_twins import TWINS, told
from small_parks import EPOCH, did, kit_park, make_park, need

from aidc_twin.park import Park, load_park

PARKS = Path(__file__).parents[1] / "parks"


def _park(mode: str) -> Park:
    """Two presses with two setters, and what becomes of the work that is stopped on a press."""
    park = load_park(PARKS / "preempt")
    rows = tuple(row.model_copy(update={"preempt": mode}) if row.resource == "press" else row for row in park.resources)
    return replace(park, resources=rows)


BEFORE = [did("k1", "form", 0, 30, 1), did("k2", "form", 0, 24, 2)]


@pytest.mark.parametrize("twin", TWINS)
def test_stopped_work_goes_on(twin: str) -> None:
    """A kit is formed for 30 h by one setter, a die is tried for 30 h by two; the priorities are 5 9 0 7 5 6 and 1."""
    # 24: k3 (0) stops k2 (9), the least urgent, and takes its press and setter; k4 (7) stops neither k1 (5) nor k3 (0).
    # 30: k4 goes before the rest of k2, which has 6 h left and starts when k3 is done at 54.
    # 96: d1 (1) would need both setters: stopping k5 or k6 gives it one only, so nothing is stopped; it waits to 102.
    assert told(twin, _park("resume")).trace == [
        *BEFORE,
        did("k3", "form", 24, 54, 2),
        did("k4", "form", 30, 60, 1),
        did("k2", "form", 54, 60, 2),
        did("k5", "form", 72, 102, 1),
        did("k6", "form", 72, 102, 2),
        did("d1", "try", 102, 132, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_stopped_work_begins_anew(twin: str) -> None:
    """The same where the work that was done is lost."""
    # 54: k2 begins anew. 72: k5 takes press 1, k6 (6) stops k2 (9). 102: d1 takes both setters, k2 begins anew at 132.
    assert told(twin, _park("repeat")).trace == [
        *BEFORE,
        did("k3", "form", 24, 54, 2),
        did("k4", "form", 30, 60, 1),
        did("k2", "form", 54, 72, 2),
        did("k5", "form", 72, 102, 1),
        did("k6", "form", 72, 102, 2),
        did("d1", "try", 102, 132, 1),
        did("k2", "form", 132, 162, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_nothing_is_stopped_by_default(twin: str) -> None:
    """Urgent work waits for a press."""
    trace = told(twin, _park("no")).trace
    assert trace[:2] == [did("k1", "form", 0, 30, 1), did("k2", "form", 0, 30, 2)]
    assert did("k3", "form", 30, 60, 1) in trace


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("ties", "rest"),
    [((), [("k2", 54, 84), ("k1", 84, 90)]), (("ordered",), [("k1", 54, 60), ("k2", 60, 90)])],
)
def test_stopped_work_stands_behind_its_like_or_before_what_came_later(
    twin: str, ties: tuple[str, ...], rest: list[tuple[str, int, int]]
) -> None:
    """k1 has 6 of its 30 h left after a day, when k2 comes, and k3, which is urgent."""
    bay = {"resource": "bay", "kind": "servers", "dispatch": "priority", "ties": ties, "preempt": "resume"}
    park = kit_park(
        {"operation": "weld", "duration": 30},
        orders=3,
        resources=[bay],
        capacity=[{"resource": "bay", "amount": 1}],
        needs=[need("weld", "bay")],
    )
    dated = {"k1": (0, 0), "k2": (1, 0), "k3": (1, -5)}
    orders = tuple(
        row.model_copy(update={"ordered": EPOCH + timedelta(days=dated[row.order][0]), "priority": dated[row.order][1]})
        for row in park.orders
    )
    assert told(twin, replace(park, orders=orders)).trace == [
        did("k1", "weld", 0, 24, 1),
        did("k3", "weld", 24, 54, 1),
        *(did(name, "weld", start, end, 1) for name, start, end in rest),
    ]


def _rig_or_bay(ways: str, rows: tuple[str, str], *kits: tuple[int, int]) -> Park:
    """A kit is tested for 24 h on a rig or welded for 30 h in a bay, where urgent work stops other work.

    `kits` are the priority of each and the day on which it comes.
    """
    rig = {"resource": "rig", "kind": "servers", "dispatch": "priority"}
    park = kit_park(
        {"operation": "come", "duration": 0, "ways": ways},
        {"operation": "test", "duration": 24},
        {"operation": "weld", "duration": 30, "after": ("come",)},
        orders=len(kits),
        resources=[rig, rig | {"resource": "bay", "preempt": "resume"}],
        capacity=[{"resource": name, "amount": 1} for name in ("rig", "bay")],
        needs=[need("test", "rig"), need("weld", "bay")],
        branches=[{"routing": "kit", "operation": "come", "next": name, "share": 0.5} for name in rows],
    )
    orders = tuple(
        row.model_copy(update={"priority": priority, "ordered": EPOCH + timedelta(days=day)})
        for row, (priority, day) in zip(park.orders, kits, strict=True)
    )
    return replace(park, orders=orders)


def _work(twin: str, park: Park) -> list[tuple[Any, ...]]:
    return [row for row in told(twin, park).trace if row[1] != "come"]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("ways", "rows"), [("idle_longest", ("weld", "test")), ("idle_longest_last", ("test", "weld"))]
)
def test_an_idle_machine_goes_before_one_on_which_work_is_stopped(twin: str, ways: str, rows: tuple[str, str]) -> None:
    """The bay could be had by stopping work; the rig has been idle for a day."""
    # 0: neither was ever used; k1 (9) takes the bay by the order of the rows. 24: k2 (0) takes the rig; k3 (0) finds it
    # in use and stops k1, which goes on at 54 when k3 is done.
    park = _rig_or_bay(ways, rows, (9, 0), (0, 1), (0, 1))
    assert _work(twin, park) == [
        did("k1", "weld", 0, 24, 1),
        did("k2", "test", 24, 48, 1),
        did("k3", "weld", 24, 54, 1),
        did("k1", "weld", 54, 60, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_stopping_work_is_as_good_as_a_machine_that_was_just_left(twin: str) -> None:
    """The rig is left in the instant in which an urgent kit comes, which could stop work in the bay as well."""
    # 0: k1 (9) takes the bay, the last row, k2 (9) the rig. 24: k2 is done; of the rig and the bay, both as good as
    # left now, k3 (0) takes the last row, and stops k1.
    park = _rig_or_bay("idle_longest_last", ("test", "weld"), (9, 0), (9, 0), (0, 1))
    assert _work(twin, park) == [
        did("k1", "weld", 0, 24, 1),
        did("k2", "test", 0, 24, 1),
        did("k3", "weld", 24, 54, 1),
        did("k1", "weld", 54, 60, 1),
    ]
    # The other way round with the first row before: k1 takes the rig, k2 the bay, and k3 the rig again.
    park = _rig_or_bay("idle_longest", ("test", "weld"), (9, 0), (9, 0), (0, 1))
    assert _work(twin, park) == [
        did("k1", "test", 0, 24, 1),
        did("k2", "weld", 0, 30, 1),
        did("k3", "test", 24, 48, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_work_that_is_stopped_in_the_instant_in_which_it_begins(twin: str) -> None:
    """Each time it has a row of no length; rows that are alike in all are one."""
    # All at 0: k1 starts. d1 comes and stops it, and is tried in no time: k1 goes on. d2 comes after two more steps and
    # does the same; then k1 is formed from 0 to 30.
    park = load_park(PARKS / "preempt")
    steps = {"d1": ("come", "try"), "d2": ("come", "wash", "dry", "try")}
    made = make_park(
        {
            "products": [
                {"product": name, "kind": "solution", "routing": name, "maker": "maker", "value_yuan": 1000}
                for name in steps
            ],
            "operations": [
                {"routing": name, "operation": step, "stage": "manufacture", "after": before, "duration": 0}
                for name, row in steps.items()
                for step, before in zip(row, ((), *((step,) for step in row)), strict=False)
            ],
            "needs": [
                {"routing": name, "operation": "try", "resource": resource, "amount": amount}
                for name in steps
                for resource, amount in (("press", 1), ("setter", 2))
            ],
            "orders": [
                {"order": name, "product": name, "quantity_mw": 1, "ordered": EPOCH, "due": "2026-11-21",
                 "destination": "home", "priority": 1}
                for name in steps
            ],
        }
    )  # fmt: skip
    park = replace(
        park,
        products=(*park.products, *made.products),
        operations=(*park.operations, *made.operations),
        needs=(*park.needs, *made.needs),
        orders=(*park.orders[:1], *made.orders),
    )
    assert told(twin, park).trace == [
        *(did(name, step, 0, 0, int(step == "try")) for name, row in steps.items() for step in sorted(row)),
        did("k1", "form", 0, 0, 1),
        did("k1", "form", 0, 30, 1),
    ]
