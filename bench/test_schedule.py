"""P10, P11: job shops, flexible job shops and projects of public sets, one thread, in seconds of CPU."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from aidc_twin.schedule.bounds import lower_bound
from aidc_twin.schedule.instance import read_instance
from bench.conftest import Note
from bench.schedules import (
    CASES,
    FAMILIES,
    LARGE,
    SAMPLE,
    Family,
    by_cp_sat,
    by_engine,
    has_cp_sat,
    instances,
    line,
    warm,
)

pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the instances stand beside the repository")
BRIEF = 0.1
"""Share of the seconds that the default takes."""


def _measure(family: Family, most: int | None, share: float, note: Note) -> None:
    """Every schedule and bound is checked; the table and the means are printed."""
    chosen = instances(family, most)
    warm(chosen[0])
    gaps, bounds = [], []
    for one in chosen:
        found = by_engine(one, share * family.seconds)
        print(line(one, found), flush=True)
        gaps.append(found.makespan / one.best - 1)
        bounds.append(1 - found.bound / one.best)
    case = f"{len(chosen)}"
    note(family.verb, case, statistics.fmean(gaps))
    note(f"{family.verb}, bound", case, statistics.fmean(bounds))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.kind)
@pytest.mark.parametrize(
    ("most", "share"),
    [
        pytest.param(SAMPLE, BRIEF, id="brief"),
        pytest.param(SAMPLE, 1.0, id="sample", marks=pytest.mark.release),
        pytest.param(None, 1.0, id="full", marks=pytest.mark.release),
    ],
)
def test_public_instances(family: Family, most: int | None, share: float, benchmark: Any, note: Note) -> None:
    """Mean gap to the best makespan that is known, and how far below it the bound lies."""
    benchmark.pedantic(lambda: _measure(family, most, share, note), rounds=1)


@pytest.mark.parametrize(
    ("verb", "prefix", "ratio"), [("la bound", "la", 0), ("ta bound", "ta", 0), ("bound, many jobs", "", 3)]
)
def test_bounds(verb: str, prefix: str, ratio: int, benchmark: Any, note: Note) -> None:
    """How far the bound that needs no schedule lies below the best makespan known: la, ta, jobs ≥ 3 × machines."""
    gaps: list[float] = []

    def measure() -> None:
        for one in instances(Family("jobshop", (prefix,), 0.0, verb)):
            problem = read_instance(one.path, one.form)
            if problem.jobs >= ratio * problem.machines:
                gaps.append(1 - lower_bound(problem) / one.best)
        assert min(gaps) >= 0

    benchmark.pedantic(measure, rounds=1)
    note(verb, f"{len(gaps)}", statistics.fmean(gaps))


@pytest.mark.release
@pytest.mark.skipif(not has_cp_sat(), reason="OR-Tools is not installed")
def test_one_second_beside_cp_sat(benchmark: Any, note: Note) -> None:
    """Share of large job shops (no flexible one is) as good after 1 s as CP-SAT's after 60 s with two workers."""
    family = FAMILIES[0]
    chosen = [one for one in instances(family, SAMPLE) if one.operations > LARGE]

    def measure() -> None:
        warm(chosen[0])
        good: list[bool] = []
        gaps: list[float] = []
        for one in chosen:
            found, beside = by_engine(one, 1.0), by_cp_sat(one, 60.0)
            assert found.bound <= beside.makespan or not beside.makespan
            assert beside.bound <= found.makespan
            print(f"{line(one, found)}  CP-SAT {beside.makespan:>6}", flush=True)
            good.append(found.makespan <= beside.makespan or not beside.makespan)
            gaps.append(beside.makespan / one.best - 1)
        note(f"{family.verb}, CP-SAT", f"{len(chosen)}", statistics.fmean(gaps))
        note(f"{family.verb}, as CP-SAT", f"{len(chosen)}", statistics.fmean(good))

    benchmark.pedantic(measure, rounds=1)
