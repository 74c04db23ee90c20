"""Units that wait for parts which never come, though nothing stands in a queue: named with the part and the reason."""

from __future__ import annotations

from typing import Any

import pytest
from generated_parks import generated
from small_parks import Table, kit_park, servers
from test_deadlock import final_state, longer

from aidc_twin.park import Park
from aidc_twin.twin.absent import Absence, find_absences
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.run import run_once
from aidc_twin.twin.standing import Standing, find_waits


def absences(park: Park, seed: int = 1) -> tuple[Absence, ...]:
    """Who waits in vain for parts at the end of a replication; nobody does in a queue."""
    arrays, m = final_state(park, seed)
    factory = read_factory(park)
    assert find_waits(factory, arrays.whole, m) == ()
    return find_absences(factory, arrays.whole, m)


def box_park(box: dict[str, Any], *steps: dict[str, Any], orders: int = 1, boxes: int = 2, **tables: Any) -> Park:
    """Kits of a given number of boxes that `fit` joins, each cured in `box`; further steps are the kit's, before."""
    line = {"parent": "kit", "item": "box", "quantity": boxes, "operation": "fit"} | tables.pop("line", {})
    cure = {"routing": "box", "operation": "cure", "stage": "manufacture", "duration": 10} | box
    rows: dict[str, Table] = {
        "products": [{"product": "box", "kind": "module", "routing": "box", "maker": "maker"}],
        "bom": [line],
        "operations": [cure],
        **servers("oven"),
        "needs": [{"routing": "box", "operation": "cure", "resource": "oven"}],
    }
    for name, more in tables.items():
        rows[name] = [*rows.get(name, []), *more]
    return kit_park(*steps, {"operation": "fit", "duration": 1}, orders=orders, **rows)


def test_a_part_that_lost_its_patience_is_waited_for_in_vain() -> None:
    """Of two boxes for one oven one waits 10 h and leaves after 4; the kit waits for it for good."""
    park = box_park({"patience_hours": 4})
    assert absences(park) == (Absence("kit/fit", "box", "lost", ("k1",), ("k1/box/2",)),)
    factory, standing = read_factory(park), Standing()
    runs = [run_once(standing.watched(compile_arrays(factory)), seed) for seed in (1, 2)]
    assert standing.notices(factory, runs) == [
        "kit/fit: 1 unit (k1) waits to the end for box (k1/box/2), which was lost as its patience was over"
        " (patience_hours of box/cure): an order's part is not made again; write a longer one, or leave it blank (in 2"
        " of 2 replications)"
    ]


def test_who_waits_for_a_part_that_waits_in_vain_is_named() -> None:
    """Three boxes and an oven for two at once, which starts with no fewer: one box has no company, its kit no box."""
    park = box_park({"batch_min": 2, "batch_max": 2}, boxes=3)
    factory, standing = read_factory(park), Standing()
    runs = [run_once(standing.watched(compile_arrays(factory)), seed) for seed in (1, 2)]
    queued, parted = standing.notices(factory, runs)
    assert queued.startswith("box/cure: 1 unit (k1/box/3) waits to the end for company")
    assert parted == (
        "kit/fit: 1 unit (k1) waits to the end for box (k1/box/3), which waits in vain itself (in 2 of 2 replications)"
    )


def test_who_is_patient_enough_is_not_named() -> None:
    """The second box waits 10 h, and would have waited for 11."""
    assert absences(box_park({"patience_hours": 11})) == ()
    assert absences(box_park({})) == ()


def test_a_kit_that_is_not_there_yet_is_not_named() -> None:
    """A plan of 60 days goes on at the end of the eight weeks: the kit does not wait for the box that is lost."""
    plan = {"operation": "plan", "duration": 60 * 24}
    assert absences(box_park({"patience_hours": 4}, plan)) == ()


def test_many_are_counted() -> None:
    """Six kits with three boxes each for one oven, 10 h a box and 4 h of patience: the first box of all is cured."""
    (found,) = absences(box_park({"patience_hours": 4}, orders=6, boxes=3))
    assert found.units == ("k1", "k2", "k3", "k4", "k5", "k6")
    assert len(found.parts) == 6 * 3 - 1
    factory, standing = read_factory(box_park({"patience_hours": 4}, orders=6, boxes=3)), Standing()
    (told,) = standing.notices(factory, [run_once(standing.watched(compile_arrays(factory)), 1)])
    assert told.startswith("kit/fit: 6 units (k1, k2, k3, k4 and 2 more) wait to the end for box (k1/box/2, k1/box/3,")
    assert " and 13 more), which was lost" in told


def ways(**line: Any) -> Park:
    """A kit goes to `skip`, never to `make` which releases its box; both lead to `fit`, which joins the box."""
    steps = (
        {"operation": "plan", "duration": 2},
        {"operation": "make", "duration": 2, "after": ("plan",)},
        {"operation": "skip", "duration": 2, "after": ()},
        {"operation": "see", "duration": 2, "after": ("make",)},
    )
    branches = [
        {"routing": "kit", "operation": "plan", "next": to, "share": share} for to, share in (("make", 0), ("skip", 1))
    ] + [{"routing": "kit", "operation": "skip", "next": "fit", "share": 1}]
    return box_park({}, *steps, boxes=1, line={"released_by": "make"} | line, branches=branches)


def test_a_part_that_nobody_releases_is_named() -> None:
    """After 4 h the kit is at its last step, past the one that would have released its box."""
    park = ways()
    assert absences(park) == (Absence("kit/fit", "box", "unreleased", ("k1",), ("k1/box/1",)),)
    factory, standing = read_factory(park), Standing()
    assert standing.notices(factory, [run_once(standing.watched(compile_arrays(factory)), 1)]) == [
        "kit/fit: 1 unit (k1) waits to the end for box (k1/box/1), which never begins: its unit went a way without make"
        " (released_by in bom.csv) (in 1 of 1 replications)"
    ]


def test_a_part_that_is_released_with_its_unit_comes() -> None:
    """The same ways, and the box begins with the kit."""
    assert absences(ways(released_by="")) == ()


def test_who_waits_for_one_that_waits_in_vain_is_named_too() -> None:
    """The box needs two pumps that lose their patience for one lathe: the kit waits for the box, the box for a pump."""
    pump = {"routing": "pump", "operation": "turn", "stage": "manufacture", "duration": 10, "patience_hours": 4}
    park = box_park(
        {},
        boxes=1,
        products=[{"product": "pump", "kind": "component", "routing": "pump", "maker": "maker"}],
        bom=[{"parent": "box", "item": "pump", "quantity": 2, "operation": "cure"}],
        operations=[pump],
        resources=[{"resource": "lathe", "kind": "servers"}],
        capacity=[{"resource": "lathe", "amount": 1}],
        needs=[{"routing": "pump", "operation": "turn", "resource": "lathe"}],
    )
    assert absences(park) == (
        Absence("box/cure", "pump", "lost", ("k1/box/1",), ("k1/pump/2",)),
        Absence("kit/fit", "box", "stuck", ("k1",), ("k1/box/1",)),
    )


@pytest.mark.parametrize("seed", [22, 30, 74, 93])
def test_who_waits_in_vain_is_never_done(seed: int) -> None:
    """In a run of thrice the time neither those that are named nor the parts for which they wait are ever complete."""
    park = generated(seed)
    arrays, m = final_state(park, seed)
    found = find_absences(read_factory(park), arrays.whole, m)
    assert found
    factory = read_factory(longer(park))
    run = run_once(compile_arrays(factory, None, 64)._replace(grow=None), seed)
    done = {unit.id for unit, tick in zip(factory.units, run.job_done, strict=True) if tick >= 0}
    assert not done & {name for one in found for name in (*one.units, *one.parts)}
