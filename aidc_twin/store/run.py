"""A published run: a folder that never changes again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidc_twin.errors import InputError, Problem
from aidc_twin.store import manifest as manifests
from aidc_twin.store.disk import faults
from aidc_twin.store.hashes import file_hash, frame_hash, json_hash

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the store.

    Attributes
    ----------
    path
        Its folder.
    sequence
        Place in the order of publication, from 1.
    manifest
        Content of ``manifest.json``.
    """

    id: str
    path: Path
    sequence: int
    manifest: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """What was run, such as ``plan``."""
        return str(self.manifest["kind"])

    @property
    def park(self) -> str:
        """The park it was run on."""
        return str(self.manifest["park"])

    @property
    def at(self) -> str:
        """Local date and time of its beginning, ISO 8601."""
        return str(self.manifest["at"])

    @property
    def status(self) -> str:
        """How it ended, in a word."""
        return str(self.manifest["status"])

    @property
    def request(self) -> Mapping[str, Any]:
        """What was asked for; raises InputError where nothing was run, as of a state that was imported."""
        if "request" not in self.manifest:
            fix = "name a run, as `aidc-twin runs list` tells them"
            raise InputError(Problem(self.id, 0, "", f"a {self.kind}", "a run", fix, "no-run"))
        return self.manifest["request"]

    @property
    def content_hash(self) -> str:
        """Fingerprint of its results without measured times; equal for equal inputs and seeds."""
        return str(self.manifest["content_hash"])

    @property
    def files(self) -> tuple[str, ...]:
        """Names of its files, sorted, without the manifest."""
        return tuple(sorted(manifests.entries(self.manifest)))

    def frame(self, name: str) -> pl.DataFrame:
        """Read a frame.

        Raises
        ------
        InputError
            If the run has no such frame, or its file was damaged since.
        """
        import polars as pl

        path = self._file(f"{name}.parquet")
        try:
            with faults("read", path):
                return pl.read_parquet(path)
        except pl.exceptions.PolarsError as error:
            raise InputError(self._problem(path.name, "a file that is no longer Parquet", "altered-file")) from error

    def json(self, name: str) -> Any:
        """Read ``name.json``; raises InputError if the run has none."""
        return json.loads(self.text(f"{name}.json"))

    def text(self, name: str) -> str:
        """Read a text file by its full name; raises InputError if the run has none."""
        with faults("read", path := self._file(name)):
            return path.read_text(encoding="utf-8")

    def check(self) -> tuple[Problem, ...]:
        """Compute all hashes again; returns what differs, nothing if the run is intact."""
        listed = manifests.entries(self.manifest)
        problems = [problem for name, entry in listed.items() for problem in self._check_file(name, entry)]
        for path in sorted(self.path.rglob("*")):
            name = path.relative_to(self.path).as_posix()
            if not path.is_dir() and name != manifests.FILE and name not in listed:
                problems.append(self._problem(name, "a file that is not in the manifest", "extra-file"))
        if manifests.content_hash(listed) != self.content_hash:
            problems.append(
                self._problem(manifests.FILE, "a content hash that its files do not add up to", "altered-manifest")
            )
        return tuple(sorted(problems))

    def _check_file(self, name: str, entry: manifests.FileEntry) -> list[Problem]:
        path = self.path / name
        if not path.resolve().is_relative_to(self.path.resolve()):
            return [self._problem(name, "a file outside the run", "outside-file")]
        if not path.is_file():
            return [self._problem(name, "no such file", "missing-file")]
        with faults("read", path):
            data = path.read_bytes()
        if file_hash(data) != entry.sha256 or len(data) != entry.size_bytes:
            return [self._problem(name, "bytes other than those that were published", "altered-file")]
        if entry.content and self._content(name, data) != entry.content:
            return [self._problem(name, "another content than its content hash says", "altered-manifest")]
        return []

    def _content(self, name: str, data: bytes) -> str:
        if name.endswith(".parquet"):
            return frame_hash(self.frame(name.removesuffix(".parquet")))
        return json_hash(json.loads(data)) if name.endswith(".json") else file_hash(data)

    def _file(self, name: str) -> Path:
        if name in manifests.entries(self.manifest):
            return self.path / name
        raise InputError(self._problem(name, "no such file in this run", "missing-file", ", ".join(self.files)))

    def _problem(self, name: str, found: str, code: str, allowed: str = "what was published") -> Problem:
        return Problem(f"{self.id}/{name}", 0, "", found, allowed, "run again from the same inputs", code)
