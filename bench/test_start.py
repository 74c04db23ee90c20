"""P13: how long a user waits for help and for the first result, with compiled kernels in the cache and without."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.conftest import Note
from bench.registry import Case, cases_of
from bench.spent import Spent, command

ROUNDS = 5


class Watch:
    """Runs commands and keeps what each took."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.arguments, self.folder, self.environment = arguments, folder, environment
        self.spent: list[Spent] = []

    def __call__(self) -> str:
        """Run once more and give what was printed."""
        self.spent.append(command(self.arguments, self.folder, self.environment))
        return self.spent[-1].out

    @property
    def wall_s(self) -> float:
        """Median wall time."""
        return statistics.median(one.wall_s for one in self.spent)

    @property
    def cpu_s(self) -> float:
        """Median CPU time, which other work on the machine changes less."""
        return statistics.median(one.cpu_s for one in self.spent)


def first_result(case: Case) -> list[str]:
    """One replication of a park, as an object."""
    return ["simulate", case.park, "-n", "1", "--json"]


def test_help(benchmark: Any, note: Note, tmp_path: Path) -> None:
    """Help comes without the heavy imports."""
    watch = Watch(["--help"], tmp_path)
    assert "simulate" in benchmark.pedantic(watch, rounds=ROUNDS, warmup_rounds=1)
    note("help", "wuxi", watch.wall_s)


@pytest.mark.parametrize("case", cases_of("first-result-cached"), ids=lambda case: case.name)
def test_first_result_cached(case: Case, benchmark: Any, note: Note, tmp_path: Path) -> None:
    """With compiled kernels on disk every start gives the same first result."""
    command(first_result(case), tmp_path)
    watch = Watch(first_result(case), tmp_path)
    assert json.loads(benchmark.pedantic(watch, rounds=ROUNDS))["events"] > 0
    assert len({json.loads(one.out)["trace_hash"] for one in watch.spent}) == 1
    note("first-result-cached", case.name, watch.wall_s)
    note("cached-cpu", case.name, watch.cpu_s)


@pytest.mark.parametrize("case", cases_of("first-result-cold"), ids=lambda case: case.name)
def test_first_result_cold(case: Case, benchmark: Any, note: Note, tmp_path: Path) -> None:
    """With an empty cache the kernels are compiled first, and the result is the cached one."""
    cached = json.loads(command(first_result(case), tmp_path).out)["trace_hash"]
    watches: list[Watch] = []

    def cold() -> str:
        empty = tmp_path / f"cache-{len(watches)}"
        empty.mkdir()
        watches.append(Watch(first_result(case), tmp_path, {"XDG_CACHE_HOME": str(empty)}))
        return watches[-1]()

    benchmark.pedantic(cold, rounds=3)
    assert {json.loads(watch.spent[0].out)["trace_hash"] for watch in watches} == {cached}
    note("first-result-cold", case.name, statistics.median(watch.wall_s for watch in watches))
    note("cold-cpu", case.name, statistics.median(watch.cpu_s for watch in watches))
