"""P14: `aidc-twin run` from end to end with 200 replications, wall time and peak memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.conftest import Note
from bench.registry import Case, cases_of
from bench.spent import Spent, command


@pytest.mark.parametrize("case", cases_of("run"), ids=lambda case: case.name)
def test_run(case: Case, benchmark: Any, note: Note, tmp_path: Path) -> None:
    """One run: certified without a violation, its report written, both goals evaluated."""
    kept: list[Spent] = []

    def run() -> None:
        kept.append(command(["run", "--park", case.park, "-n", "200", "--json"], tmp_path))

    benchmark.pedantic(run, rounds=1)
    found = json.loads(kept[0].out)
    assert found["certificate"]["violations"] == 0
    assert {goal["ledger"] for goal in found["goals"]} == {"industrial_output", "wholesale_trade"}
    assert (tmp_path / found["report"]).stat().st_size > 50_000
    note("run", case.name, kept[0].wall_s)
    note("run, CPU seconds", case.name, kept[0].cpu_s)
    note("run, peak GiB", case.name, kept[0].peak_gib)
    note("run, rounds of the loop", case.name, max(row["round"] for row in found["loop"]["rounds"]))
