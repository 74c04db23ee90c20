"""The whole suite in two processes: this one takes the files of tests from the first on, another from the last back.

Each says which file it takes next, so that neither need know how long one lasts; what the other one has found is told
here as if it had been found here. Only for the whole suite without options that choose tests, where there are two
cores; ``TESTS_BESIDE=no`` keeps all in one process. Tests that wait for other processes anyway stay here and come last.
"""

from __future__ import annotations

import itertools
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SETTING = "TESTS_BESIDE"
LATE = ("test_shipped.py", "test_uncompiled.py")
PLAIN = ("-q", "-v", "-r", "--durations", "--tb", "--color", "--junit", "-p", "no:cacheprovider")
"""Options with which the suite is still the whole one."""
PATIENCE_S = 1800
Group = list[pytest.Item]


@dataclass(frozen=True)
class Side:
    """One of the two processes: where both say what they take and tell, and the other process in the one that began."""

    folder: Path
    other: subprocess.Popen[bytes] | None = None

    @property
    def reports(self) -> Path:
        """What the process that was begun tells, one report after the other."""
        return self.folder / "reports"

    @property
    def output(self) -> Path:
        """What it prints."""
        return self.folder / "output"

    def claims(self, number: int) -> bool:
        """Take a group, if the other process has not."""
        try:
            os.close(os.open(self.folder / f"{number}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def taken(self, groups: Sequence[Group]) -> Iterator[pytest.Item]:
        """Tests of the groups that this process takes from its end, until it meets the other one."""
        numbered = list(enumerate(groups))
        parent = os.getppid()
        for number, group in numbered if self.other is not None else reversed(numbered):
            if os.getppid() != parent or not self.claims(number):
                return
            yield from group


SIDE, ENDED = pytest.StashKey[Side](), pytest.StashKey[set[str]]()


def _is_shared(config: pytest.Config) -> bool:
    """Whether a second process is to take part."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    plain = all(argument.startswith(PLAIN) for argument in config.invocation_params.args)
    return whole and plain and cores > 1 and SETTING not in os.environ


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin the other process, or be it."""
    config = session.config
    if _is_shared(config):
        folder = Path(tempfile.mkdtemp(prefix="tests-beside-"))
        with open(folder / "output", "wb") as told:
            other = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
                cwd=config.rootpath, env=os.environ | {SETTING: str(folder)},
                stdin=subprocess.DEVNULL, stdout=told, stderr=told,
            )  # fmt: skip
        side = Side(folder, other)
        side.reports.touch()
    elif os.environ.get(SETTING, "no") != "no":
        side = Side(Path(os.environ[SETTING]))
    else:
        return
    os.environ[SETTING] = "no"  # for suites that tests begin
    config.stash[SIDE] = side
    config.pluginmanager.register(Keeper(config, side))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The process that was begun has none of the late tests."""
    side = config.stash.get(SIDE, None)
    if side is not None and side.other is None:
        items[:] = [item for item in items if item.path.name not in LATE]


def pytest_runtestloop(session: pytest.Session) -> object:
    """Run what this process takes, then tell what the other one has found."""
    side = session.config.stash.get(SIDE, None)
    if side is None:
        return None
    if session.testsfailed:
        raise session.Interrupted(f"{session.testsfailed} files of tests cannot be read")
    early = [item for item in session.items if item.path.name not in LATE]
    late = [item for item in session.items if item.path.name in LATE]
    groups = [list(group) for _, group in itertools.groupby(early, lambda item: item.path)]
    mine = itertools.chain(side.taken(groups), late)
    item = next(mine, None)
    while item is not None:
        following = next(mine, None)  # taken before the last test of a file ends, which must know what comes next
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    if side.other is not None:
        _tell(session, side, side.other)
    return True


def _tell(session: pytest.Session, side: Side, other: subprocess.Popen[bytes]) -> None:
    """Wait for the other process and tell its reports; every test must have ended in one of the two."""
    code = other.wait(timeout=PATIENCE_S)
    hook = session.config.hook
    with side.reports.open("rb") as file:
        while file.peek(1):
            report = hook.pytest_report_from_serializable(config=session.config, data=pickle.load(file))
            hook.pytest_runtest_logreport(report=report)
    ended = session.config.stash[ENDED]
    left = [item.nodeid for item in session.items if item.nodeid not in ended]
    if left or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        output = side.output.read_text(encoding="utf-8", errors="replace")[-4000:]
        raise session.Interrupted(f"the other process ended with {code}; not run: {left[:20]}; it wrote:\n{output}")


class Keeper:
    """Keeps which tests have ended, and hands reports over in the process that was begun."""

    def __init__(self, config: pytest.Config, side: Side) -> None:
        self.config, self.side = config, side
        self.ended = config.stash[ENDED] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a report."""
        if report.when == "teardown":
            self.ended.add(report.nodeid)
        if self.side.other is None:
            data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
            with self.side.reports.open("ab") as file:
                pickle.dump(data, file)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the other process, whatever happened, and leave nothing behind."""
    side = session.config.stash.get(SIDE, None)
    if side is not None and side.other is not None:
        side.other.kill()
        side.other.wait()
        shutil.rmtree(side.folder)
