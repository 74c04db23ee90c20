"""kill -9, full disks and many at once: what was published stays, and no half run appears."""

from __future__ import annotations

import errno
import os
import random
import signal
import sqlite3
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aidc_twin.errors import EnvironmentFault
from aidc_twin.store import RunStore

MOST_STEPS = 80


def assert_whole(store: RunStore, first: str, most: int) -> None:
    """Every run of the store is intact, the first among them, and a new draft sweeps what was left."""
    runs = store.list()
    assert runs[0].id == first
    assert len(runs) <= most
    assert [problem for run in runs for problem in run.check()] == []


def assert_swept(store: RunStore, children: ModuleType) -> None:
    """After the next run nothing of a killed one is left."""
    children.publish(store.root, 3)
    assert list((store.root / ".drafts").iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_kill_at_every_step_leaves_no_half_run(store: RunStore, children: ModuleType, start: Any) -> None:
    """A run killed before any of its steps on the disk is there as a whole or not at all."""
    first = children.publish(store.root, 0)
    counts: list[int] = []
    for step in range(1, MOST_STEPS):
        child = start("killed", step)
        child.communicate()
        code = child.returncode
        counts.append(len(store.list()))
        assert_whole(store, first, counts[-1])
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert code == 0
    assert step > 10
    assert counts[0] == 1
    assert_swept(store, children)


@pytest.mark.release
@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_kill_at_random_moments(store: RunStore, children: ModuleType, start: Any) -> None:
    """500 writers killed at random moments leave a store in which every run is whole."""
    first = children.publish(store.root, 0)
    moments = random.Random(20261001)
    for _ in range(500):
        child = start("publish", 1000)
        time.sleep(moments.uniform(0.05, 0.4))
        child.kill()
        child.communicate()
    assert_whole(store, first, 10**9)
    assert_swept(store, children)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_nth_write_fails_for_every_n(store: RunStore, children: ModuleType, number: int) -> None:
    """Whichever step the disk refuses, the user gets one line, and what was stored stays."""
    first = children.publish(store.root, 0)
    failed = 0
    for step in range(1, MOST_STEPS):
        before = len(store.list())
        with pytest.MonkeyPatch.context() as patch:
            done = _fail_at(patch, step, number)
            try:
                children.publish(store.root, 1)
            except EnvironmentFault as fault:
                failed += 1
                assert "\n" not in str(fault)
                assert str(store.root) in str(fault)
        assert_whole(store, first, before + 1)
        if not done:
            break
    assert not done
    assert failed > 5
    assert_swept(store, children)


def _fail_at(patch: pytest.MonkeyPatch, step: int, number: int) -> list[str]:
    """Let the n-th step that writes fail; returns a list that holds the step once it has failed."""
    count, failed = 0, []

    def failing(name: str, original: Any) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count != step:
                return original(*args, **named)
            failed.append(name)
            if name == "connect":
                raise sqlite3.OperationalError("database or disk is full")
            raise OSError(number, os.strerror(number), str(args[0]))

        return call

    patch.setattr(os, "fsync", failing("fsync", os.fsync))
    patch.setattr(sqlite3, "connect", failing("connect", sqlite3.connect))
    for name in ("open", "mkdir", "rename"):
        patch.setattr(Path, name, failing(name, getattr(Path, name)))
    return failed


@pytest.mark.skipif(os.name != "posix", reason="limits file sizes")
def test_real_write_failure_is_one_line(store: RunStore, children: ModuleType) -> None:
    """A write that the system itself refuses midway leaves no run and no draft."""
    import resource

    first = children.publish(store.root, 0)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
        with pytest.raises(EnvironmentFault, match=r"page\.html"):
            children.publish(store.root, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert [run.id for run in store.list()] == [first]
    assert list((store.root / ".drafts").iterdir()) == []


def test_draft_of_a_living_run_is_not_swept(store: RunStore, children: ModuleType) -> None:
    """Another run that begins meanwhile leaves an open draft alone."""
    with store.begin("plan", "tiny", children.AT) as draft:
        draft.write_json("summary", {})
        children.publish(store.root, 1)
        store.sweep()
        assert draft.path.is_dir()
        run = draft.publish({})
    assert run.check() == ()


@pytest.mark.parametrize(
    ("writers", "readers", "runs"),
    [(2, 2, 25), pytest.param(2, 8, 500, marks=pytest.mark.release)],
)
def test_many_at_once(store: RunStore, start: Any, writers: int, readers: int, runs: int) -> None:
    """Writers and readers at once: no run is lost, seen half, or given a number twice."""
    jobs = [start("publish", runs) for _ in range(writers)] + [start("read", runs) for _ in range(readers)]
    for job in jobs:
        _, complaint = job.communicate(timeout=600)
        assert (job.returncode, complaint) == (0, "")
    assert [run.sequence for run in store.list()] == list(range(1, writers * runs + 1))
