"""What must hold in every run: nothing gets lost, nothing comes from nowhere, and impossible runs end in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from both_twins import compiled
from naive import simulate
from outcomes import NAMES, PARKS
from small_parks import kit_park

from aidc_twin.errors import SimulationFault
from aidc_twin.park import load_park
from aidc_twin.twin import run as running
from aidc_twin.twin.compile import Factory, compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import I64, MATERIAL, NEAR, R_KIND, RES, STORM, ParkArrays, table
from aidc_twin.twin.profiles import consumption
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import run_once
from aidc_twin.twin.trace import operations, postings, supply

HERE = Path(__file__).parent


def traced(name: str, seed: int = 5, *, means: bool = False) -> tuple[Factory, ParkArrays, Replication]:
    """A park, compiled and run."""
    factory = read_factory(load_park(PARKS / name))
    arrays = compile_arrays(factory)
    return factory, arrays, run_once(arrays, seed, means=means, trace=True)


@pytest.mark.parametrize("name", NAMES)
def test_units_are_done_or_in_progress(name: str) -> None:
    """A unit is done at the end of its last step, and only if every step was passed; all others are still open.

    Where ways divide, a unit need not pass every step.
    """
    factory, _, run = traced(name)
    ends: dict[tuple[str, str], int] = {}
    for row in operations(factory, run).sort("end_tick").iter_rows(named=True):
        if row["during"] == "operation" and row["end_tick"] <= factory.horizon:
            ends[row["unit_id"], row["operation"]] = row["end_tick"]
    before = {
        (f"{row.order}/{row.product}/{row.unit}", row.operation)
        for row in factory.park.state_operations
        if row.status == "done"
    }
    before |= {(key.split("/")[0], step) for key, step in before}
    done = 0
    divided = {row.routing for row in factory.park.branches}
    for unit, route, tick in zip(factory.units, factory.unit_route, run.job_done.tolist(), strict=True):
        steps = [(unit.id, step.operation) for step in factory.routes[route].steps]
        if tick >= 0:
            done += 1
            assert factory.routes[route].routing in divided or all(step in ends or step in before for step in steps)
            assert tick == max(ends.get(step, 0) for step in steps)
    assert 0 <= done <= len(factory.units)
    assert done == int((run.job_done >= 0).sum())
    for unit, tick in zip(factory.units, run.job_done.tolist(), strict=True):
        if unit.parent >= 0 and run.job_done[unit.parent] >= 0:
            assert 0 <= tick <= run.job_done[unit.parent] or all(unit.id != key for key, _ in ends)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("means", [True, False])
def test_money_is_that_of_the_steps_that_were_passed(name: str, means: bool) -> None:
    """Yuan of each rule are the sum over the trace's last attempts up to the horizon, owned and consigned."""
    factory, arrays, run = traced(name, means=means)
    frame = postings(factory, arrays, run, factory.horizon + 1)
    for i, rule in enumerate(factory.rules):
        mine = frame.filter(pl.col("sale") == rule)
        assert run.posted[i].sum(axis=0).tolist() == [mine["yuan"].sum(), mine["consigned_yuan"].sum()]


@pytest.mark.parametrize("name", NAMES)
def test_stock_is_never_negative(name: str) -> None:
    """What was consumed up to any instant had come by then, with means and with chance."""
    factory, arrays, run = traced(name, means=True)
    taken = consumption(factory, arrays, run)
    came = supply(factory, arrays, run, factory.horizon + 1)
    for i, material in enumerate(factory.materials):
        mine = taken.what == i
        receipts = came.filter(pl.col("material") == material)
        for tick in np.unique(taken.tick[mine]):
            used = taken.amount[mine & (taken.tick <= tick)].sum() * 1000
            assert used <= receipts.filter(pl.col("tick") <= tick)["quantity"].sum() + 1e-6
    kinds = table(arrays.whole, RES)[:, R_KIND]
    for seed in range(3):
        assert (run_once(arrays, seed).available[kinds == MATERIAL] >= 0).all()
        assert all(least >= 0 for least in simulate(factory.park, seed).least.values())


@pytest.mark.parametrize("name", NAMES)
def test_shares_of_resources_sum_to_one(name: str) -> None:
    """Busy, blocked, starved, down, closed and changeover shares lie between 0 and 1 and are all of it."""
    factory, arrays, run = traced(name)
    shares = SimResult(factory, [run, run_once(arrays, 6)]).resource_shares().drop("resource", "kind")
    parts = np.array(shares.rows()).reshape(-1, 6)
    assert parts.sum(axis=1) == pytest.approx(np.ones(len(parts)), abs=1e-9)
    assert ((parts >= -1e-12) & (parts <= 1 + 1e-12)).all()


@pytest.mark.parametrize("name", ["floor", "rework", "setups", "phases", "midway"])
def test_jobs_on_a_machine_follow_each_other(name: str) -> None:
    """No machine has two rows of a trace at once."""
    factory, _, run = traced(name)
    rows = operations(factory, run).filter(pl.col("machine") > 0).sort("resource", "machine", "start_tick", "end_tick")
    for _, jobs in rows.group_by("resource", "machine", maintain_order=True):
        assert (jobs["start_tick"].to_numpy()[1:] >= jobs["end_tick"].to_numpy()[:-1]).all()


def test_use_of_a_week_is_what_was_held() -> None:
    """The integral of use over all weeks is that of the trace: each weld holds one bay from its start to its end."""
    factory, _, run = traced("setups")
    hours = 3 * 4 + (1 + 6) + (1 + 6)
    assert run.used.sum() == hours * 3600
    assert (run.work.sum(), run.setup.sum(), run.elapsed.sum()) == (24 * 3600, 2 * 3600, 26 * 3600)
    assert run.total.sum() == 2 * factory.horizon


def test_loop_without_time_ends_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step without a duration that always fails goes round for ever; the run says so."""
    del monkeypatch
    park = kit_park({"operation": "test", "duration": 0, "fail_share": 1, "rework": 0})
    arrays = compile_arrays(read_factory(park))
    arrays.whole[STORM] = 5000
    with pytest.raises(SimulationFault, match="loop that takes no time"):
        run_once(arrays, 1)


def test_full_event_list_ends_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event list that is too short is no silent loss of events."""
    arrays = compile_arrays(read_factory(kit_park({"operation": "test", "duration": 1}, orders=30)))
    fresh = running.fresh_state

    def cramped(*args: ParkArrays, **options: Any) -> I64:
        state = fresh(*args, **options)
        state[NEAR + 2] = 4
        return state

    monkeypatch.setattr(running, "fresh_state", cramped)
    with pytest.raises(SimulationFault, match="events are pending"):
        run_once(arrays, 1)


def test_trace_beyond_all_bounds_ends_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace grows up to a limit, then the run says what to do."""
    monkeypatch.setattr(running, "MOST_ROWS", 100)
    park = kit_park({"operation": "test", "duration": "0.01", "fail_share": 0.9999, "rework": "0.01"}, orders=3)
    with pytest.raises(SimulationFault, match="trace has more rows"):
        run_once(compile_arrays(read_factory(park)), 1, trace=True)


def test_peaks_are_within_capacity() -> None:
    """With capacity that only grows nothing ever holds more than there is."""
    park = load_park(PARKS / "crew")
    assert 0 < compiled(park, 1).peaks["welders"] <= 5
