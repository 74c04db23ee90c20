"""Small parks, and whole loops on the shipped park that two worker processes play when the other tests are done."""

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
sys.path[:0] = [str(HERE), str(HERE.parent / "twin")]  # worker processes import `shipped_runs` by its name

Played = Callable[[Any], dict[str, Any]]
Playing = Callable[[Any], Future[dict[str, Any]]]
PLAYING = pytest.StashKey[Playing]()


def _cases(item: pytest.Item) -> set[Any]:
    """Whole loops that a test asks for."""
    import shipped_runs

    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return {value for value in values if isinstance(value, shipped_runs.Case)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need whole loops come last: solvers look at the clock, so nothing else is to run beside them."""
    items.sort(key=lambda item: bool(_cases(item)))


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Keep two processes that play all cases of the tests that were chosen once one is asked for, the longest first."""
    import shipped_runs

    wanted = set[Any]().union(*map(_cases, session.items))
    if not wanted or session.config.option.collectonly:
        return (yield)
    first = sorted(wanted, key=lambda case: (case.scenario != "demand-times-ten", case.name))
    futures: dict[Any, Future[dict[str, Any]]] = {}
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:

        def play(case: Any) -> Future[dict[str, Any]]:
            for one in (case,) if futures else (*first, case):
                if one not in futures:
                    futures[one] = pool.submit(shipped_runs.play, one)
            return futures[case]

        session.config.stash[PLAYING] = play
        try:
            return (yield)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@pytest.fixture(scope="session")
def played(pytestconfig: pytest.Config) -> Played:
    """Gives the result of a case."""
    play = pytestconfig.stash[PLAYING]
    return lambda case: play(case).result()


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
