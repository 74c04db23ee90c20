"""Faults that the plain twin or a reader found in the compiled one, each with the smallest park that shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from both_twins import compiled, parted
from small_parks import DAY, EPOCH, HOUR, kit_park, make_park, need, servers

from aidc_twin.errors import SimulationFault
from aidc_twin.park import Park, load_park
from aidc_twin.park.schema import Sale
from aidc_twin.twin.chance import distribution
from aidc_twin.twin.compile import Policy, compile_arrays, read_factory
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import run_once
from aidc_twin.units.quantity import parse_quantity

MODULE = {"product": "box", "kind": "module", "routing": "box", "maker": "maker"}
BOX = {"parent": "kit", "item": "box", "quantity": 1, "operation": "join"}


def _box_park(*steps: dict[str, Any], **tables: list[dict[str, Any]]) -> Park:
    """A kit that joins one box, whose steps follow each other."""
    rows: list[dict[str, Any]] = []
    for step in steps:
        rows.append(
            {"routing": "box", "stage": "manufacture", "after": (rows[-1]["operation"],) if rows else ()} | step
        )
    base = kit_park({"operation": "join", "duration": 1}, products=[MODULE], bom=[BOX], **tables)
    box = make_park({"operations": rows}).operations
    return replace(base, operations=(*base.operations, *box))


def test_ships_that_sailed_before_the_epoch() -> None:
    """A timetable that began before the epoch goes on with its first departure after it."""
    ship = {"destination": "home", "leg": "ship", "position": 1, "kind": "sailing", "duration_days": 2}
    sailing = {"interval_days": 7, "capacity_units": 1, "first_departure": EPOCH - timedelta(days=5)}
    park = _box_park({"operation": "weld", "duration": 5}, legs=[ship | sailing])
    rows = {row[1]: row for row in compiled(park, 1).trace}
    assert rows["ship"][4:6] == (2 * DAY, 4 * DAY)
    assert parted(park, 1) == ""


def test_rework_on_another_machine_leaves_the_kept_one_alone() -> None:
    """A machine kept through a rework elsewhere is the one that becomes idle at the end, not the other's number."""
    park = kit_park(
        {"operation": "soak", "duration": 10, "fail_share": 0.6, "rework": 2},
        {"operation": "pack", "duration": 1},
        orders=6,
        resources=[{"resource": name, "kind": "servers"} for name in ("rig", "bench")],
        capacity=[{"resource": "rig", "amount": 2}, {"resource": "bench", "amount": 3}],
        needs=[need("soak", "rig", until="pack"), need("soak", "bench", during="rework")],
    )
    for seed in range(5):
        assert parted(park, seed) == ""


def test_second_machine_of_a_step_is_given_back_by_number_only_where_it_has_one() -> None:
    """A step that takes two kinds of servers sits on the first; keeping the second frees no other machine."""
    park = kit_park(
        {"operation": "weld", "duration": 3},
        {"operation": "test", "duration": 4},
        {"operation": "pack", "duration": 1},
        orders=5,
        resources=[{"resource": name, "kind": "servers"} for name in ("bay", "rig")],
        capacity=[{"resource": "bay", "amount": 3}, {"resource": "rig", "amount": 1}],
        needs=[need("weld", "bay"), need("weld", "rig", until="test"), need("pack", "rig")],
    )
    assert parted(park, 1) == ""


def test_later_attempts_stay_on_the_machine_that_was_kept() -> None:
    """A step that keeps its first machine and takes a second kind again sits on the first one in every attempt."""
    park = kit_park(
        {"operation": "soak", "duration": 10, "fail_share": 0.6, "rework": 2},
        {"operation": "pack", "duration": 1},
        orders=6,
        resources=[{"resource": name, "kind": "servers"} for name in ("rig", "bench")],
        capacity=[{"resource": "rig", "amount": 2}, {"resource": "bench", "amount": 3}],
        needs=[need("soak", "rig", until="pack"), need("soak", "bench")],
    )
    for seed in range(5):
        assert parted(park, seed) == ""


def test_unit_on_a_machine_that_is_down() -> None:
    """A state may say that the only machine is down and that a unit is on it: the next one waits for both."""
    park = kit_park(
        {"operation": "weld", "duration": 3},
        orders=2,
        needs=[need("weld", "bay")],
        **servers("bay"),
        state_operations=[
            {
                "order": "k1",
                "product": "kit",
                "unit": 1,
                "operation": "weld",
                "status": "under_way",
                "remaining_hours": 2,
            }
        ],
        state_machines=[{"resource": "bay", "machine": 1, "status": "down", "until": EPOCH + timedelta(days=1)}],
    )
    assert [row[4:6] for row in compiled(park, 1).trace] == [(0, 2 * HOUR), (DAY, DAY + 3 * HOUR)]
    assert parted(park, 1) == ""


def test_state_of_a_step_whose_rework_takes_the_same_machine() -> None:
    """A need of the rework does not say how long the step itself keeps the machine."""
    park = kit_park(
        {"operation": "test", "duration": 3, "fail_share": 0.1, "rework": 1},
        {"operation": "pack", "duration": 2},
        needs=[need("test", "rig", until="pack"), need("test", "rig", during="rework")],
        **servers("rig", count=2),
        state_operations=[{"order": "k1", "product": "kit", "unit": 1, "operation": "test", "status": "done"}],
    )
    assert compiled(park, 1).peaks == {"rig": 1}
    assert parted(park, 1) == ""


def test_need_until_a_leg_of_another_way() -> None:
    """What is kept until a leg that this destination does not have is given back at the end of its own step."""
    park = _box_park(
        {"operation": "weld", "duration": 5},
        {"operation": "pack", "duration": 5},
        legs=[{"destination": "away", "leg": "sea", "position": 1, "duration_days": 9}],
        needs=[{"routing": "box", "operation": "weld", "resource": "crate", "until": "sea"}],
        resources=[{"resource": "crate", "kind": "space"}],
        capacity=[{"resource": "crate", "amount": 1}],
    )
    factory = read_factory(park)
    run = run_once(compile_arrays(factory), 1)
    assert run.available.tolist() == [1000]  # in thousandths of a place
    assert parted(park, 1) == ""


def test_phase_that_opens_after_its_capacity_is_gone() -> None:
    """Capacity that a late phase would have brought takes nothing away from the rest in the meantime."""
    park = kit_park(
        {"operation": "weld", "duration": 30},
        orders=4,
        phases=[{"phase": "late", "opens": EPOCH + timedelta(days=20)}],
        resources=[{"resource": "bay", "kind": "servers"}],
        capacity=[
            {"resource": "bay", "part": "a", "amount": 2},
            {"resource": "bay", "part": "b", "amount": 1, "phase": "late", "end": EPOCH},
        ],
        needs=[need("weld", "bay")],
    )
    assert [row[5] for row in compiled(park, 1).trace] == [30 * HOUR, 30 * HOUR, 60 * HOUR, 60 * HOUR]
    assert parted(park, 1) == ""


def test_delay_of_a_phase_is_sampled() -> None:
    """The opening of a phase is uncertain by its date and by its delay."""
    park = kit_park(
        {"operation": "weld", "duration": 1},
        phases=[{"phase": "hall", "opens": EPOCH, "delay_days": "tri(0,10,60)"}],
        resources=[{"resource": "bay", "kind": "servers"}],
        capacity=[{"resource": "bay", "amount": 1, "phase": "hall"}],
        needs=[need("weld", "bay")],
    )
    arrays = compile_arrays(read_factory(park))
    days = np.array([int(run_once(arrays, seed).phase_open[0]) / DAY for seed in range(300)])
    assert days.min() >= 0
    assert days.max() <= 60
    assert days.mean() == pytest.approx(70 / 3, abs=2.5)  # (0 + 10 + 60) / 3
    assert run_once(arrays, 1, means=True).phase_open[0] == 10 * DAY


def test_changeover_after_what_was_under_way() -> None:
    """The family of a job that is on a machine at the epoch is the one that was made last there."""
    park = _box_park(
        {"operation": "weld", "duration": 5, "setup_family": "red"},
        **servers("bay"),
        setups=[{"resource": "bay", "from_family": "blue", "to_family": "red", "hours": 2}],
        needs=[{"routing": "box", "operation": "weld", "resource": "bay"}, need("cut", "bay")],
        state_operations=[
            {
                "order": "k1",
                "product": "kit",
                "unit": 1,
                "operation": "cut",
                "status": "under_way",
                "remaining_hours": 3,
            }
        ],
    )
    cut = make_park(
        {
            "operations": [
                {"routing": "kit", "operation": "cut", "stage": "design", "setup_family": "blue", "duration": 9}
            ]
        }
    )
    park = replace(park, operations=(*cut.operations, *park.operations))
    rows = {row[1]: row for row in compiled(park, 1).trace}
    assert rows["weld"][4:8] == (3 * HOUR, 10 * HOUR, 2 * HOUR, 5 * HOUR)
    assert parted(park, 1) == ""


def test_peak_counts_what_the_state_holds() -> None:
    """What units in progress hold at the epoch counts for the most that was held."""
    state = {
        "order": "k1",
        "product": "kit",
        "unit": 1,
        "operation": "weld",
        "status": "under_way",
        "remaining_hours": 3,
    }
    park = kit_park(
        {"operation": "weld", "duration": 5}, needs=[need("weld", "bay")], **servers("bay"), state_operations=[state]
    )
    assert compiled(park, 1).peaks == {"bay": 1}


def test_another_order_leaves_the_lead_times_of_other_lots_alone() -> None:
    """A lot's lead time is drawn by its material and week, not by its place in a list."""
    late = {"product": "kit", "quantity_mw": 1, "due": "2026-11-30", "destination": "home"}
    arrivals = []
    for extra in ([], [late | {"order": "k0", "ordered": EPOCH + timedelta(days=7)}]):
        orders = [*extra, late | {"order": "k9", "ordered": EPOCH + timedelta(days=14)}]
        park = kit_park(
            {"operation": "weld", "duration": 5},
            orders=0,
            materials=[{"material": "steel", "lead_weeks": "tri(1,2,5)"}],
            bom=[{"parent": "kit", "item": "steel", "quantity": 1, "operation": "weld"}],
        )
        park = replace(park, orders=make_park({"orders": orders}).orders)
        assert parted(park, 3) == ""
        arrivals.append(compiled(park, 3).done["k9"])
    assert arrivals[0] == arrivals[1]


def test_a_distribution_times_nothing_is_nothing() -> None:
    """A lognormal duration with the factor 0 takes no time."""
    assert distribution(parse_quantity("lognormal(3,0.5)*0"), 3600.0)[1] == (0.0, 0.0, 0.0, 0.0)


def test_sale_of_an_item_whose_last_step_is_named_like_the_joining_one() -> None:
    """A rule for a made item fires at its own step, not at the step of the parent that has the same name."""
    park = _box_park({"operation": "join", "duration": 5})
    rule = {
        "sale": "r",
        "ledger": "industrial_output",
        "seller": "other",
        "buyer": "maker",
        "item": "box",
        "operation": "join",
    }
    park = replace(
        park,
        sales=(Sale.model_validate(rule),),
        products=tuple(row.model_copy(update={"value_yuan": parse_quantity("7")}) for row in park.products),
    )
    assert compiled(park, 1).posted == {("r", 0): (7, 7)}
    assert parted(park, 1) == ""


def test_material_of_a_solution_is_per_megawatt() -> None:
    """A solution's unit is one megawatt: three of them take, and post, three times the material."""
    park = kit_park(
        {"operation": "wire", "duration": 5},
        mw=3,
        materials=[{"material": "cable", "price_yuan": 10, "lead_weeks": 1}],
        bom=[{"parent": "kit", "item": "cable", "quantity": 2, "operation": "wire"}],
        state_stocks=[{"material": "cable", "quantity": 6}],
        sales=[
            {
                "sale": "r",
                "ledger": "wholesale_trade",
                "seller": "other",
                "buyer": "maker",
                "item": "cable",
                "operation": "wire",
            }
        ],
    )
    factory = read_factory(park)
    run = run_once(compile_arrays(factory), 1)
    assert run.available.tolist() == [0]
    assert run.posted.sum(axis=1).tolist() == [[60, 60]]
    assert parted(park, 1) == ""


def test_a_trace_has_room_for_what_happens() -> None:
    """Steps that fail again and again fill the trace; it grows instead of ending the run."""
    park = kit_park({"operation": "test", "duration": "0.01", "fail_share": 0.999, "rework": "0.01"}, orders=3)
    run = run_once(compile_arrays(read_factory(park)), 1, trace=True)
    assert len(run.trace) > 1024 + 3 * 3


def test_shares_of_a_resource_that_shrinks_below_its_use() -> None:
    """Where capacity goes while it is in use it is there until it is given back, so shares stay between 0 and 1."""
    park = kit_park(
        {"operation": "weld", "duration": 24 * 20},
        orders=2,
        resources=[{"resource": "crew", "kind": "crew"}],
        capacity=[{"resource": "crew", "amount": 2, "end": EPOCH}],
        needs=[need("weld", "crew")],
    )
    factory = read_factory(park)
    shares = SimResult(factory, [run_once(compile_arrays(factory), 1)]).resource_shares()
    parts = np.array(shares.drop("resource", "kind").rows())
    assert parts.sum() == pytest.approx(1)
    assert ((parts >= 0) & (parts <= 1)).all()


def test_part_of_a_space_is_a_part() -> None:
    """Half a place is half a place: two fit where one does."""
    park = kit_park(
        {"operation": "weld", "duration": 5},
        orders=3,
        resources=[{"resource": "floor", "kind": "space"}],
        capacity=[{"resource": "floor", "amount": 1}],
        needs=[need("weld", "floor", 0.5)],
    )
    assert [row[4] for row in compiled(park, 1).trace] == [0, 0, 5 * HOUR]


def test_order_that_was_accepted_before_the_epoch_is_not_late() -> None:
    """Tardiness counts orders that are open; one whose every step is done in the state is none."""
    state = {"order": "k1", "product": "kit", "unit": 1, "operation": "weld", "status": "done"}
    park = kit_park({"operation": "weld", "duration": 5}, state_operations=[state])
    late = tuple(
        row.model_copy(update={"due": EPOCH - timedelta(days=9), "ordered": EPOCH - timedelta(days=20)})
        for row in park.orders
    )
    factory = read_factory(replace(park, orders=late))
    kpis = SimResult(factory, [run_once(compile_arrays(factory), seed) for seed in (1, 2)]).kpis([])
    assert kpis.filter(kpis["kpi"] == "order_tardiness")["mean"].item() == 0


def test_a_machine_that_is_not_there_is_refused() -> None:
    """A plan that fixes a step to the second of one machine would let the kernel look at that of another resource."""
    park = kit_park({"operation": "weld", "duration": 5}, needs=[need("weld", "bay")], **servers("bay", "rig"))
    factory = read_factory(park)
    for machine in (0, 2):
        with pytest.raises(SimulationFault, match=f"weld of k1 is fixed to machine {machine} of bay, which has 1"):
            compile_arrays(factory, Policy(machine={("k1", "weld"): machine}))


def test_a_branch_to_a_step_that_others_have_readied_in_part() -> None:
    """A branch into a join whose other steps are passed brings no second token: the kit is done, its place free."""
    park = kit_park(
        {"operation": "cut", "duration": 1},
        {"operation": "weld", "duration": 2, "after": ("cut",)},
        {"operation": "pack", "duration": 1, "after": ("cut", "weld")},
        orders=2,
        resources=[{"resource": "place", "kind": "space"}],
        capacity=[{"resource": "place", "amount": 1}],
        needs=[need("pack", "place", until="end")],
        branches=[{"routing": "kit", "operation": "weld", "next": "pack", "share": 1}],
    )
    assert sorted(row[4] for row in compiled(park, 1).trace if row[1] == "pack") == [3 * HOUR, 4 * HOUR]
    assert parted(park, 1) == ""


def test_later_attempts_of_the_first_step_of_a_way_that_is_kept() -> None:
    """A way is told by the machine that its first attempt takes, whatever later attempts take anew."""
    park = load_park(Path(__file__).parents[1] / "parks" / "same_way")
    fails = {"fail_share": parse_quantity("0.6"), "rework": parse_quantity("1")}
    park = replace(
        park,
        operations=tuple(
            row.model_copy(update=fails) if row.operation == "press-1" else row for row in park.operations
        ),
        needs=tuple(
            row.model_copy(update={"until": "end"}) if row.operation == "press-1" else row for row in park.needs
        ),
    )
    for seed in range(5):
        assert parted(park, seed) == ""
