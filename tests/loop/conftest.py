"""Small parks, and whole loops on the shipped park that two worker processes play while the other tests run."""

from __future__ import annotations

import multiprocessing
import os
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
Playing = tuple[ProcessPoolExecutor, dict[Any, Future[dict[str, Any]]]]
PLAYING = pytest.StashKey[Playing]()


def _cases(item: pytest.Item) -> set[Any]:
    """Whole loops that a test asks for."""
    import shipped_runs

    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return {value for value in values if isinstance(value, shipped_runs.Case)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need whole loops come last: they are played in other processes meanwhile."""
    items.sort(key=lambda item: bool(_cases(item)))


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Begin to play all cases of the tests that were chosen, the longest first."""
    import shipped_runs

    wanted = set[Any]().union(*map(_cases, session.items))
    if not wanted or session.config.option.collectonly:
        return (yield)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, spawn, initializer=os.nice, initargs=(10,)) as pool:  # the other tests come first
        first = sorted(wanted, key=lambda case: (case.scenario != "demand-times-ten", case.name))
        session.config.stash[PLAYING] = (pool, {case: pool.submit(shipped_runs.play, case) for case in first})
        try:
            return (yield)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@pytest.fixture(scope="session")
def played(pytestconfig: pytest.Config) -> Played:
    """Gives the result of a case."""
    import shipped_runs

    pool, futures = pytestconfig.stash[PLAYING]

    def get(case: Any) -> dict[str, Any]:
        if case not in futures:
            futures[case] = pool.submit(shipped_runs.play, case)
        return futures[case].result()

    return get


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
