"""The manifest of a run: what it is, what it was made from, and the hashes of all its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aidc_twin.errors import EnvironmentFault, InputError, Problem
from aidc_twin.store.disk import faults
from aidc_twin.store.hashes import joint_hash
from aidc_twin.store.ids import is_file_name

SCHEMA = 1
"""Version of the store's layout; a store with a higher one is refused."""

FILE = "manifest.json"
OWN_KEYS = ("schema", "id", "kind", "park", "at", "files", "content_hash")
_LARGEST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a run.

    Attributes
    ----------
    sha256
        Of the bytes.
    content
        Of what the file says, without measured times; empty where the file does not count for `content_hash`.
    """

    sha256: str
    size_bytes: int
    content: str = ""


def compose(head: Mapping[str, str], files: Mapping[str, FileEntry], given: Mapping[str, Any]) -> dict[str, Any]:
    """Join what the store knows with what the caller gives; the latter may not overwrite the former.

    Raises
    ------
    ValueError
        If `given` has a key of the store's own.
    """
    if clash := sorted(set(given) & set(OWN_KEYS)):
        raise ValueError(f"manifest keys {clash} belong to the store")
    listed = {
        name: {"sha256": f.sha256, "bytes": f.size_bytes, "content": f.content} for name, f in sorted(files.items())
    }
    content = content_hash(files)
    return {"schema": SCHEMA, **head, "status": "done", **given, "content_hash": content, "files": listed}


def content_hash(files: Mapping[str, FileEntry]) -> str:
    """Fingerprint of a run's results: all files that count, by name."""
    return joint_hash({name: entry.content for name, entry in files.items() if entry.content})


def read(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run's folder.

    Raises
    ------
    EnvironmentFault
        If it cannot be read, or was written by a newer version of this program.
    InputError
        If it is not a manifest.
    """
    path = folder / FILE
    with faults("read", path):
        data = path.read_bytes() if path.stat().st_size <= _LARGEST_BYTES else b""
    try:
        manifest: Any = json.loads(data)
    except (ValueError, RecursionError):
        manifest = None
    return _checked(path, manifest)


def entries(manifest: Mapping[str, Any]) -> dict[str, FileEntry]:
    """Files listed in a manifest that `read` has let through."""
    files = cast("dict[str, dict[str, Any]]", manifest["files"])
    return {name: FileEntry(entry["sha256"], entry["bytes"], entry["content"]) for name, entry in files.items()}


def _checked(path: Path, manifest: Any) -> dict[str, Any]:
    if isinstance(manifest, dict):
        known = cast("dict[str, Any]", manifest)
        schema = known.get("schema")
        if isinstance(schema, int) and schema > SCHEMA:
            raise EnvironmentFault(newer(path, schema))
        if _has_form(path, known):
            return known
    problem = Problem(
        str(path), 0, "", "no valid manifest", "a manifest written by this program", "remove the folder", "bad-manifest"
    )
    raise InputError(problem)


def _has_form(path: Path, manifest: Mapping[str, Any]) -> bool:
    texts = all(isinstance(manifest.get(key), str) for key in ("kind", "park", "at", "status", "content_hash"))
    files: Any = manifest.get("files")
    listed = isinstance(files, dict) and all(_is_entry(*pair) for pair in cast("dict[str, Any]", files).items())
    return texts and listed and manifest.get("schema") == SCHEMA and manifest.get("id") == path.parent.name


def _is_entry(name: str, entry: Any) -> bool:
    if not isinstance(entry, dict) or not is_file_name(name):
        return False
    found = cast("dict[str, Any]", entry)
    return (
        isinstance(found.get("sha256"), str)
        and isinstance(found.get("bytes"), int)
        and isinstance(found.get("content"), str)
    )


def newer(path: Path, schema: int) -> str:
    """Say that a store was written by a newer program."""
    return (
        f"{path} was written by a newer aidc-twin (store schema {schema}, this one knows {SCHEMA}); upgrade aidc-twin"
    )
