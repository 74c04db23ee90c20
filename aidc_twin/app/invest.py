"""`invest`: an expansion plan of a park, published in the store with its page, and made again from there."""

from __future__ import annotations

import datetime as dt
import platform
import shlex
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidc_twin import __version__
from aidc_twin.app.flow import PAGE, SUMMARY, Case, Request, open_case, profile_of
from aidc_twin.store import Run, RunStore, frame_hash
from aidc_twin.telemetry import SILENT, Progress

if TYPE_CHECKING:
    from aidc_twin.loop.expansion import Planned

KIND = "invest"
REPLICATIONS = 20
"""Futures in which the twin executes an expansion plan if nothing else is asked for."""
_SECONDS = {"build_s": "build_seconds", "solve_s": "solve_seconds"}
"""Measured seconds by their names in the answer and in the store, whose hashes leave the latter out."""


@dataclass(frozen=True)
class Years:
    """First calendar year of the horizon (None: the first whole one after the epoch), how many, and in how many futures
    the twin executes them.
    """

    first: int | None = None
    count: int = 10
    replications: int = REPLICATIONS


def expansion(request: Request, years: Years, store: Path, progress: Progress = SILENT) -> dict[str, Any]:
    """Plan, check and publish."""
    from aidc_twin.report.expansion import render_expansion

    profile_of(request)  # a profile that does not exist is refused before anything is computed or written
    case = open_case(request)
    runs = RunStore(store)
    started = dt.datetime.now()  # noqa: DTZ005  because a run is named by the user's own clock
    with runs.begin(KIND, case.park.head.id, started) as draft:
        made = _made(request, case, years, progress)
        found = {**made.found, "goal_profile": case.profile, "command": command_of(request, years)}
        for name, frame in sorted(made.frames.items()):
            draft.write_frame(name, frame)
        draft.write_json(SUMMARY, {_SECONDS.get(key, key): value for key, value in found.items()})
        found = {"run": draft.id, **found, "report": str(store / draft.id / PAGE)}
        draft.write_text(PAGE, render_expansion(made.frames, found), counts=False)
        draft.publish({
            "status": "done" if made.expansion.replayable else "not_replayable", "request": asdict(request),
            "years": asdict(years), "goal_profile": case.profile, "park_hash": case.park.hash,
            "facts_hash": case.park.facts.hash,
            "frame_hashes": {name: frame_hash(frame) for name, frame in made.frames.items()},
            "versions": {"aidc-twin": __version__, "python": platform.python_version()}, "stages": [],
        })  # fmt: skip
    return found


def _made(request: Request, case: Case, years: Years, progress: Progress) -> Planned:
    from aidc_twin.loop.expansion import plan_expansion

    profile = profile_of(request)
    return plan_expansion(
        case.park, case.announced, profile, request.seed, years.first, years.count, years.replications, progress
    )


def command_of(request: Request, years: Years) -> str:
    """Command line that gives the same result again; what it leaves to the defaults is not named."""
    parts = ["aidc-twin", "invest", request.park]
    for name in request.scenarios:
        parts += ["-s", name]
    usual = Request(request.park)
    for name in ("goals", "seed", "profile", "time_limit", "gap"):
        if getattr(request, name) != getattr(usual, name):
            parts += [f"--{name.replace('_', '-')}", str(getattr(request, name))]
    parts += [] if years.first is None else ["--from", str(years.first)]
    parts += [] if years.count == Years().count else ["--years", str(years.count)]
    parts += [] if years.replications == REPLICATIONS else ["-n", str(years.replications)]
    return shlex.join(parts)


def told(run: Run) -> dict[str, Any]:
    """What was told of a published expansion plan."""
    names = {stored: name for name, stored in _SECONDS.items()}
    stored: dict[str, Any] = run.json(SUMMARY)
    found = {names.get(key, key): value for key, value in stored.items()}
    return {"run": run.id, "kind": run.kind, **found, "report": str(run.path / PAGE)}


def page(run: Run) -> str:
    """Page of a published expansion plan, written again."""
    from aidc_twin.report.expansion import render_expansion

    frames = {Path(name).stem: run.frame(Path(name).stem) for name in run.files if name.endswith(".parquet")}
    return render_expansion(frames, told(run))


def same_expansion(run: Run, progress: Progress = SILENT) -> dict[str, Any]:
    """Check the files of a run, then plan again and compare every frame's hash."""
    damaged = [str(problem) for problem in run.check()]
    asked: dict[str, Any] = dict(run.request)
    request = replace(Request(**asked), scenarios=tuple(asked["scenarios"]))
    case = open_case(request)
    moved = case.park.hash != run.manifest["park_hash"]
    made = _made(request, case, Years(**run.manifest["years"]), progress)
    before: dict[str, str] = run.manifest["frame_hashes"]
    hashes = {name: frame_hash(frame) for name, frame in made.frames.items()}
    differ = sorted(name for name in {*before, *hashes} if before.get(name) != hashes.get(name))
    return {
        "run": run.id, "same": not (damaged or moved or differ), "damaged": damaged, "inputs_moved": moved,
        "frames": len(before), "differ": differ,
    }  # fmt: skip
