"""Saved schedules are made again: what was asked for, what the search did, and whether the same comes of it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidc_twin.app.flow import Request
from aidc_twin.app.shop import Ask, Made, made
from aidc_twin.errors import InputError, Problem
from aidc_twin.store import Run, frame_hash

if TYPE_CHECKING:
    from aidc_twin.schedule.improve import Slice

PLACES = ("change", "output")
"""What a command line asks for by its place."""


def notes(result: Made, ask: Ask) -> dict[str, Any]:
    """What a manifest keeps so that a schedule can be made again."""
    asked = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(ask).items()}
    search = result.shop.search
    slices = None if search is None else [list(astuple(one)) for one in search.slices]
    return {"ask": asked, "slices": slices, "change_hash": _hash_of(ask.change)}


def _hash_of(path: Path | None) -> str:
    """Hash of a file's bytes; nothing where there is none."""
    return "" if path is None or not path.is_file() else hashlib.sha256(path.read_bytes()).hexdigest()


def same_schedule(run: Run, store: Path) -> dict[str, Any]:
    """Check the files of a schedule's run, then make the schedule again and compare every frame's hash.

    Raises
    ------
    InputError
        If the run does not say how it was made, as those of earlier versions.
    """
    from aidc_twin.schedule.improve import Slice

    manifest = run.manifest
    if "ask" not in manifest:
        said = "a schedule that does not say how it was made"
        raise InputError(Problem(f"run {run.id}", 0, "", said, "", "schedule again with --save", "no-record"))
    asked: dict[str, Any] = {**manifest["ask"], "aims": tuple(manifest["ask"]["aims"])}
    asked |= {name: Path(asked[name]) for name in PLACES if asked[name] is not None}
    ask = Ask(**asked)
    wanted: dict[str, Any] = {**manifest["request"], "scenarios": tuple(manifest["request"]["scenarios"])}
    request = Request(**wanted)
    slices: tuple[Slice, ...] = tuple(Slice(*one) for one in manifest["slices"] or ())
    again = made(request, ask, store, slices)
    hashes = {name: frame_hash(table) for name, table in again.tables.items()}
    before: dict[str, str] = manifest["frame_hashes"]
    differ = sorted(name for name in {*before, *hashes} if before.get(name) != hashes.get(name))
    moved = again.case.park.hash != manifest["park_hash"] or _hash_of(ask.change) != manifest["change_hash"]
    damaged = [str(problem) for problem in run.check()]
    return {
        "run": run.id, "same": not (damaged or moved or differ), "damaged": damaged, "inputs_moved": moved,
        "frames": len(before), "differ": differ,
    }  # fmt: skip
