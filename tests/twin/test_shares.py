"""What machines did with their time, worked out by hand: shares of the small parks' resources, some broken down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from outcomes import PARKS
from small_parks import HOUR, kit_park, need, servers

from aidc_twin.park import load_park
from aidc_twin.twin.compile import Policy, compile_arrays, read_factory
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import run_once
from aidc_twin.twin.trace import operations

WEEK = 168

HOURS = {
    # two bays stop at hour 10 (until 13 and 16, one fitter) and at 113 and 116; three welds of 12 hours
    ("breakdowns", "bay"): {"capacity": 2, "busy": 36, "down": 3 + 6 + 3 + 3},
    ("breakdowns", "fitter"): {"busy": 3 * 2 + 4 * 3},
    # a bay that is served 8-10, 34-36, 60-62, 86-88, 112-130 (the fitters are away from 112 to 128) and 154-156
    ("maintenance", "bay"): {"busy": 24, "down": 5 * 2 + 18},
    # a unit is lost after 3 of 6 hours at hour 5; two more welds; an hour of repair
    ("lose", "bay"): {"busy": 3 + 6 + 6, "down": 1},
    ("lose", "saw"): {"busy": 3 * 2},
    # cuts of 2 hours that end at 2, 4, 6, 9 and leave at 2, 4, 7, 13; welds that end at 7, 12, 18, 24 and leave at
    # 7, 13, 19, 25
    ("blocking", "saw"): {"busy": 4 * 2, "blocked": 1 + 4},
    ("blocking", "bay"): {"busy": 4 * 5, "blocked": 1 + 1 + 1},
    ("blocking", "booth"): {"busy": 4 * 6},
    ("blocking", "place"): {"busy": 3 + 6 + 6},
    # two parts on a rig that they keep while they are reworked: two tests of 3 hours each and 2 hours beside it
    ("attempts", "rig"): {"busy": 2 * (3 + 3), "blocked": 2 * 2},
    # three loads of half an hour, and tests of 3 hours on the rig that the load keeps; a trip of an hour stops one
    ("on_rig", "rig"): {"busy": 3 * (0.5 + 3), "down": 1},
    # two kits of seven hours on the rig, beside which each is painted for three; a trip of two hours
    ("beside", "rig"): {"busy": 2 * (2 + 4 + 1), "down": 2},
    ("beside", "painter"): {"busy": 2 * 3},
    ("on_rig", "fitter"): {"busy": 3 * 0.5},
}


@pytest.mark.parametrize(("name", "resource"), HOURS)
def test_shares_are_those_worked_out_by_hand(name: str, resource: str) -> None:
    """Busy, blocked and down hours are the known ones; all other time the resource is starved."""
    factory = read_factory(load_park(PARKS / name))
    shares = SimResult(factory, [run_once(compile_arrays(factory), 1)]).resource_shares()
    found = shares.filter(shares["resource"] == resource).drop("resource", "kind").row(0, named=True)
    hours = dict(HOURS[name, resource])
    total = hours.pop("capacity", 1) * WEEK
    wanted = {part: hours.get(part, 0) / total for part in ("busy", "blocked", "down", "setup")}
    assert {part: found[part] for part in wanted} == pytest.approx(wanted)
    assert found["closed"] + found["starved"] == pytest.approx(1 - sum(wanted.values()))


def test_a_machine_that_is_down_and_held_is_down() -> None:
    """A wear of ten hours at work stops the bay within its shift; its standstill is not blocking."""
    factory = read_factory(load_park(PARKS / "breakdowns_busy"))
    run = run_once(compile_arrays(factory), 1)
    row = SimResult(factory, [run]).resource_shares().row(0, named=True)
    assert row["down"] == pytest.approx(int(run.down[0]) / factory.horizon)
    assert row["down"] > 0
    assert row["blocked"] == 0


@pytest.mark.parametrize(
    ("name", "peaks"),
    [
        ("buckets", {"saws": (60, "hour"), "welders": (30, "hour"), "hall": (6, "place")}),
        ("cash", {"purse": (6e6, "yuan")}),
        ("breakdowns", {"bay": (2, "each")}),
    ],
)
def test_peaks_are_those_worked_out_by_hand(name: str, peaks: dict[str, tuple[float, str]]) -> None:
    """The most in use at once, or handed out in one period, in the unit of the resource; both bays are down at once."""
    factory = read_factory(load_park(PARKS / name))
    frame = SimResult(factory, [run_once(compile_arrays(factory), 1)]).resource_peaks()
    found = {row["resource"]: row for row in frame.to_dicts()}
    told = {one: (found[one]["mean"], found[one]["unit"]) for one in peaks}
    assert told == peaks
    assert all(row["greatest"] == row["mean"] and row["half_width_95"] is None for row in found.values())


def test_peaks_of_replications() -> None:
    """Their mean with its interval, and the largest: 2, 3 and 7 of a hall have the mean 4 and the variance 7."""
    factory = read_factory(load_park(PARKS / "buckets"))
    run = run_once(compile_arrays(factory), 1)
    hall = [row.resource for row in factory.park.resources].index("hall")
    here = np.arange(len(run.peak)) == hall
    runs = [replace(run, peak=np.where(here, most, run.peak)) for most in (2000, 7000, 3000)]
    row = SimResult(factory, runs).resource_peaks().row(hall, named=True)
    assert (row["mean"], row["greatest"]) == (pytest.approx(4), 7)
    assert row["half_width_95"] == pytest.approx(4.302653 * (7 / 3) ** 0.5)  # t of 2 at 97.5 %


def test_a_pin_changes_no_share() -> None:
    """Further attempts on the only rig, kept while they are reworked, count once where a plan names the rig."""
    park = kit_park(
        {"operation": "soak", "duration": 10, "fail_share": 0.6, "rework": 2},
        orders=3,
        **servers("rig"),
        needs=[need("soak", "rig", until="end")],
    )
    factory = read_factory(park)
    free, fixed = Policy(), Policy(machine={(f"k{i}", "soak"): 1 for i in (1, 2, 3)})
    for seed in range(5):
        one, other = (run_once(compile_arrays(factory, policy), seed) for policy in (free, fixed))
        assert one.elapsed[0] > 3 * 10 * HOUR
        assert (one.work[0], one.elapsed[0]) == (other.work[0], other.elapsed[0])


@pytest.mark.parametrize("attempts", [[], ["later"], ["load", "later"]])
def test_work_on_a_kept_machine_is_work(attempts: list[str]) -> None:
    """A rig works while steps go on that name it, further attempts too, and not while its unit is seen to elsewhere."""
    steps = [
        {"operation": "load", "duration": 2},
        {"operation": "check", "duration": 5},
        {"operation": "later", "duration": 3, "on": "rig"},
    ]
    for step in steps:
        if step["operation"] in attempts:
            step |= {"fail_share": 0.6, "rework": 1}
    rows = [need("load", "rig", until="end"), need("check", "bench")]
    factory = read_factory(kit_park(*steps, orders=4, **servers("rig", "bench"), needs=rows))
    for seed in range(5):
        run = run_once(compile_arrays(factory), seed, trace=True)
        done = operations(factory, run).filter(pl.col("resource") == "rig", pl.col("during") == "operation")
        assert run.work[0] == run.elapsed[0] == done["work_ticks"].sum() >= 4 * (2 + 3) * HOUR
        assert (len(done) > 8) == bool(attempts)
