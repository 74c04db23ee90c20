"""Small parks, and whole loops on the shipped park that are played once a session by two worker processes."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aidc_twin.loop import LoopOptions, LoopResult, run_loop
from aidc_twin.park import Park, load_goals, load_park
from aidc_twin.park.scaffold import write_scaffold

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]  # worker processes import `shipped_runs` by its name

Played = Callable[[Any], dict[str, Any]]


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest) -> Generator[Played]:
    """Gives the result of a case; all cases of the tests that were chosen begin with the first, the longest first."""
    import shipped_runs

    wanted = {
        value
        for item in request.session.items
        for value in getattr(getattr(item, "callspec", None), "params", {}).values()
        if isinstance(value, shipped_runs.Case)
    }
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        first = sorted(wanted, key=lambda case: (case.scenario != "demand-times-ten", case.name))
        futures: dict[Any, Future[dict[str, Any]]] = {case: pool.submit(shipped_runs.play, case) for case in first}

        def get(case: Any) -> dict[str, Any]:
            if case not in futures:
                futures[case] = pool.submit(shipped_runs.play, case)
            return futures[case].result()

        yield get
        pool.shutdown(wait=False, cancel_futures=True)


@pytest.fixture(scope="session")
def tiny() -> Park:
    """The park that can be worked out by hand."""
    return load_park(str(HERE.parent / "parks" / "tiny"))


@pytest.fixture(scope="session")
def scaffold(tmp_path_factory: pytest.TempPathFactory) -> Park:
    """The park that `init` writes."""
    folder = tmp_path_factory.mktemp("scaffold") / "park"
    write_scaffold(folder)
    return load_park(str(folder))


@pytest.fixture(scope="session")
def tiny_loop(tiny: Park) -> LoopResult:
    """Two rounds on the tiny park with the announced goals."""
    options = LoopOptions(replications=8, rounds=2, workers=2, schedule_weeks=6, traced=4)
    return run_loop(tiny, load_goals("shuang-qianyi").goals, options)
