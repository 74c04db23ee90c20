"""What child processes of the store's tests do: publish, be killed at a given moment, read."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aidc_twin.store import RunStore

AT = dt.datetime(2026, 10, 1, 8)


def publish(root: Path, seed: int, run_id: str | None = None) -> str:
    """Publish one small run."""
    with RunStore(root).begin("simulate", "tiny", AT, run_id) as draft:
        draft.write_json("result", {"seed": seed, "wall_seconds": 1.5})
        draft.write_text("report/page.html", f"<p>{seed}</p>" * 1000)
        return draft.publish({"seed": seed}).id


def on_each_step(act: Callable[[int, str], None]) -> None:
    """Call `act` with a count before each step that touches the disk."""
    steps = 0

    def watched(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **named: Any) -> Any:
            nonlocal steps
            steps += 1
            act(steps, name)
            return original(*args, **named)

        return step

    os.fsync = watched("fsync", os.fsync)
    sqlite3.connect = watched("connect", sqlite3.connect)
    os.replace = watched("replace", os.replace)
    for name in ("open", "mkdir", "rename", "unlink"):
        setattr(Path, name, watched(name, getattr(Path, name)))


def kill_at(step: int) -> None:
    """End this process at a step as kill -9 does."""
    on_each_step(lambda count, _: os.kill(os.getpid(), signal.SIGKILL) if count == step else None)


def read_often(root: Path, times: int) -> None:
    """Read the store again and again; each run seen must be whole, and none may vanish."""
    seen: set[str] = set()
    for _ in range(times):
        runs = RunStore(root).list()
        ids = {run.id for run in runs}
        broken = [problem for run in runs if run.id not in seen for problem in run.check()]
        if broken or not seen <= ids or len({run.sequence for run in runs}) != len(runs):
            sys.exit(f"broken {broken}, lost {seen - ids}")
        seen = ids


if __name__ == "__main__":
    job, folder, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if job == "killed":
        kill_at(number)
        publish(folder, 1)
    elif job == "publish":
        for turn in range(number):
            publish(folder, turn)
    else:
        read_often(folder, number)
