"""A run in the making: a folder beside the store that becomes a run by one rename, or vanishes."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from aidc_twin.errors import InputError, Problem
from aidc_twin.store import manifest as manifests
from aidc_twin.store.disk import faults, sync_folder, sync_tree, write_whole
from aidc_twin.store.hashes import file_hash, frame_hash, json_hash
from aidc_twin.store.ids import checked_file
from aidc_twin.store.locks import Lock
from aidc_twin.store.run import Run

if TYPE_CHECKING:
    import polars as pl


class RunDraft:
    """Files of a run that is not published yet.

    As a context manager it discards itself at the end of the block unless it was published.

    Attributes
    ----------
    id
        Name the run will have.
    path
        Temporary folder; write here only through the methods below.
    """

    def __init__(
        self, path: Path, final: Path, head: Mapping[str, str], lock: Lock, enter: Callable[[Path, dict[str, Any]], Run]
    ) -> None:
        self.id = head["id"]
        self.path = path
        self._final = final
        self._head = dict(head)
        self._lock = lock
        self._enter = enter
        self._files: dict[str, manifests.FileEntry] = {}
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:
            self.discard()

    def write_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Write ``name.parquet``."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        self._write(f"{name}.parquet", buffer.getvalue(), frame_hash(frame))

    def write_json(self, name: str, value: Any) -> None:
        """Write ``name.json``; refuses NaN and inf, which are no JSON."""
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
        self._write(f"{name}.json", (text + "\n").encode(), json_hash(json.loads(text)))

    def write_text(self, name: str, text: str, counts: bool = True) -> None:
        """Write a text file by its full name; with `counts` false it stays out of the run's content hash."""
        data = text.encode()
        self._write(name, data, file_hash(data) if counts else "")

    def write_bytes(self, name: str, data: bytes, counts: bool = False) -> None:
        """Write a binary file by its full name, such as a workbook; by default it stays out of the content hash."""
        self._write(name, data, file_hash(data) if counts else "")

    def publish(self, manifest: Mapping[str, Any]) -> Run:
        """Make this the run for good: manifest, force to disk, rename, then enter in the catalogue.

        Parameters
        ----------
        manifest
            What the caller knows: versions, seeds, hashes of inputs, profile, ``status``.

        Raises
        ------
        EnvironmentFault
            If the disk refuses; the store is then as it was.
        InputError
            If another run took the id in the meantime.
        """
        self._must_be_open()
        composed = manifests.compose(self._head, self._files, manifest)
        text = json.dumps(composed, ensure_ascii=False, indent=2, allow_nan=False)
        write_whole(self.path / manifests.FILE, (text + "\n").encode())
        sync_tree(self.path)
        self._rename()
        self._open = False
        self._lock.release()
        sync_folder(self._final.parent)
        return self._enter(self._final, composed)

    def discard(self) -> None:
        """Remove the draft; nothing of it stays."""
        self._must_be_open()
        self._open = False
        shutil.rmtree(self.path, ignore_errors=True)  # what cannot be removed now is swept when the next run begins
        self._lock.release()

    def _rename(self) -> None:
        try:
            if self._final.exists():  # a rename would silently take the place of an empty folder
                raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
            with faults("publish", self._final):
                self.path.rename(self._final)
        except FileExistsError as error:
            raise InputError(taken(self.id)) from error

    def _write(self, name: str, data: bytes, content: str) -> None:
        self._must_be_open()
        if checked_file(name).lower() in {manifests.FILE, *(known.lower() for known in self._files)}:
            raise ValueError(f"run file {name!r} is written already")
        write_whole(self.path / name, data)
        self._files[name] = manifests.FileEntry(file_hash(data), len(data), content)

    def _must_be_open(self) -> None:
        if not self._open:
            raise ValueError(f"draft {self.id} is published or discarded")


def taken(run_id: str) -> Problem:
    """Say that a run id is in use."""
    return Problem(
        "run id",
        0,
        "",
        run_id,
        "an id that no run has",
        "choose another id; runs are never overwritten",
        "taken-run-id",
    )
