"""The run store: a folder of runs, each immutable, and the catalogue of their order."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aidc_twin.errors import EnvironmentFault, InputError, Problem
from aidc_twin.store import manifest as manifests
from aidc_twin.store.catalogue import Catalogue
from aidc_twin.store.disk import faults
from aidc_twin.store.draft import RunDraft, taken
from aidc_twin.store.ids import LATEST, checked_id, made_id
from aidc_twin.store.locks import Lock, can_tell, try_lock
from aidc_twin.store.run import Run

_DRAFTS = ".drafts"
_TRIES = 100
_SHOWN = 10
STATE = "state"
"""Kind of what was not run, but imported."""


class RunStore:
    """Runs in a folder.

    Parameters
    ----------
    root
        The folder; made when the first run begins. Reading needs no right to write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._catalogue = Catalogue(root)

    def begin(self, kind: str, park: str, at: dt.datetime, run_id: str | None = None) -> RunDraft:
        """Open a draft.

        Parameters
        ----------
        kind, park
            What is run, on which park.
        at
            Local time of the beginning, for the manifest and the made id.
        run_id
            An id of the user's own; by default one is made from `at`.

        Raises
        ------
        InputError
            If the id is not allowed or is in use.
        EnvironmentFault
            If the folder cannot be written, or is a store of a newer version.
        """
        wanted = None if run_id is None else checked_id(run_id)
        drafts = self.root / _DRAFTS
        with faults("write", drafts):
            drafts.mkdir(parents=True, exist_ok=True)
        self._catalogue.sequences()  # refuses a newer store before anything is written
        self.sweep()
        lock = self._claim(drafts, at, wanted)
        name = lock.path.stem
        head = {"id": name, "kind": kind, "park": park, "at": at.isoformat(timespec="seconds")}
        return RunDraft(drafts / name, self.root / name, head, lock, self._entered)

    def list(self) -> tuple[Run, ...]:
        """All published runs in order of publication.

        Raises
        ------
        EnvironmentFault
            If the store is of a newer version, or the folder cannot be read.
        """
        sequences = self._catalogue.sequences()  # before the folders: a run is renamed first and entered afterwards
        found = self._folders()
        if sequences is None or not found.keys() <= sequences.keys():
            sequences = self._mended(found, sequences)
        runs = (Run(name, self.root / name, sequences[name], manifest) for name, manifest in found.items())
        return tuple(sorted(runs, key=lambda run: run.sequence))

    def get(self, wanted: str) -> Run:
        """Find a run by its id, the beginning of its id if only one begins so, or ``latest``, which is no state.

        Raises
        ------
        InputError
            If none or several fit.
        """
        runs = self.list()
        made = [run for run in runs if run.kind != STATE]
        if wanted == LATEST and made:
            return made[-1]
        exact = [run for run in runs if run.id == wanted]
        fitting = exact or [run for run in runs if wanted and run.id.startswith(wanted)]
        if len(fitting) == 1:
            return fitting[0]
        raise InputError(self._unclear(wanted, fitting, runs))

    def check(self, wanted: str) -> tuple[Problem, ...]:
        """Compute the hashes of a run again; returns what differs, nothing if it is intact."""
        return self.get(wanted).check()

    def sweep(self) -> None:
        """Remove what killed runs left behind; drafts of living processes stay."""
        drafts = self.root / _DRAFTS
        if not can_tell() or not drafts.is_dir():
            return
        with faults("read", drafts):
            names = sorted({path.name.removesuffix(".lock") for path in drafts.iterdir()})
        for name in names:
            if lock := try_lock(drafts / f"{name}.lock"):
                shutil.rmtree(drafts / name, ignore_errors=True)
                lock.release()

    def _claim(self, drafts: Path, at: dt.datetime, wanted: str | None) -> Lock:
        """Hold an id that no run and no other draft has."""
        for _ in range(_TRIES):
            name = made_id(at, secrets.token_hex(3)) if wanted is None else wanted
            lock = try_lock(drafts / f"{name}.lock")
            if lock and self._make_folder(drafts / name, lock):
                return lock
            if wanted is not None:
                raise InputError(taken(wanted))
        raise EnvironmentFault(f"no free run id in {self.root} after {_TRIES} tries")

    def _make_folder(self, path: Path, lock: Lock) -> bool:
        made = False
        try:
            if not (self.root / path.name).exists() and not path.exists():
                with faults("write", path):
                    path.mkdir()
                made = True
        finally:
            if not made:
                lock.release()
        return made

    def _entered(self, path: Path, manifest: dict[str, Any]) -> Run:
        """Enter a run that is on the disk already; the next reader mends a catalogue that cannot be written now."""
        sequences = self._catalogue.enter([path.name]) or self._mended({**self._folders(), path.name: manifest}, None)
        return Run(path.name, path, sequences[path.name], manifest)

    def _mended(self, found: Mapping[str, Mapping[str, Any]], known: Mapping[str, int] | None) -> Mapping[str, int]:
        ordered = sorted(found, key=lambda name: (str(found[name]["at"]), name))
        entered = (None if known is None else self._catalogue.enter(ordered)) or self._catalogue.rebuild(ordered)
        if entered is not None and found.keys() <= entered.keys():
            return entered
        last = max((known or {}).values(), default=0)  # read-only: number the runs for this reading only
        late = [name for name in ordered if name not in (known or {})]
        return {**(known or {}), **{name: last + place for place, name in enumerate(late, 1)}}

    def _folders(self) -> dict[str, dict[str, Any]]:
        """Manifests of the folders that are runs; other folders and damaged ones are left out."""
        if not self.root.exists():
            return {}
        with faults("read", self.root), os.scandir(self.root) as entries:
            names = sorted(
                entry.name for entry in entries if entry.is_dir(follow_symlinks=False) and entry.name[0] != "."
            )
        found: dict[str, dict[str, Any]] = {}
        for name in names:
            if (self.root / name / manifests.FILE).is_file():
                try:
                    found[name] = manifests.read(self.root / name)
                except InputError:  # someone else's folder, or one damaged by hand: `get` says which
                    continue
        return found

    def _unclear(self, wanted: str, fitting: list[Run], runs: tuple[Run, ...]) -> Problem:
        named = ", ".join(run.id for run in (fitting or runs)[-_SHOWN:]) or "none: the store is empty"
        folder = self.root / wanted
        if not fitting and wanted and Path(wanted).name == wanted and (folder / manifests.FILE).is_file():
            return Problem(
                str(folder),
                0,
                "",
                "a damaged manifest",
                "a manifest written by this program",
                "run again",
                "bad-manifest",
            )
        if fitting:
            return Problem(str(self.root), 0, "run", wanted, f"one of {named}", "write more of the id", "ambiguous-run")
        return Problem(
            str(self.root),
            0,
            "run",
            wanted,
            f"{LATEST} or one of {named}",
            "list them with `aidc-twin runs list`",
            "unknown-run",
        )
