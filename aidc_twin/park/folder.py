"""The files of a park folder: which table is in which, and everything that does not belong there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aidc_twin.errors import Problem
from aidc_twin.park.schema import ORDERED, REQUIRED, TABLES
from aidc_twin.resources.suggest import cure, nearest

HEAD = "park.toml"
FACTS = "facts.csv"
ENDINGS = (".csv", ".parquet")
IGNORED = ("readme", "license", "licence")
"""Files with these stems may stand in a park folder for people to read."""


@dataclass(frozen=True, slots=True)
class ParkFiles:
    """Paths of what was found; a table without a file is empty.

    `unknown` are the names of files that are none, `doubtful` the tables that stand, as it seems, in files that were
    not read.
    """

    folder: Path
    head: Path | None
    facts: Path | None
    tables: dict[str, Path]
    unknown: tuple[str, ...] = ()
    doubtful: frozenset[str] = frozenset()


def find_files(folder: Path, problems: list[Problem]) -> ParkFiles:
    """Files of a park; unknown, doubled, linked or missing ones are problems."""
    listed = _listed(folder, problems)
    found = {name: path for name, path in listed.items() if _inside(folder, name, path, problems)}
    tables: dict[str, Path] = {}
    known, unread = {HEAD, FACTS}, listed.keys() - found
    for table in TABLES:
        paths = [found[table + ending] for ending in ENDINGS if table + ending in found]
        known.update(table + ending for ending in ENDINGS)
        if len(paths) > 1:
            found_text = f"{paths[0].name} and {paths[1].name} for one table"
            problems.append(
                Problem(_label(folder, f"{table}.csv"), 0, "", found_text, "one of them", "delete one", "two-files")
            )
            unread.add(paths[1].name)
        if paths:
            tables[table] = paths[0]
    unknown = [name for name in found if name not in known]
    for name in unknown:
        _unknown(folder, name, problems)
    wanted = REQUIRED if "sources" in tables else (*REQUIRED, *ORDERED)
    doubtful = frozenset(_tables_meant([*unread, *unknown]))
    files = ParkFiles(folder, found.get(HEAD), found.get(FACTS), tables, tuple(unknown), doubtful)
    missing(files, (HEAD, *(f"{name}.csv" for name in wanted if name not in tables)), problems)
    return files


def _tables_meant(names: Iterable[str]) -> Iterator[str]:
    """Tables that these files are, or are meant for."""
    for name in names:
        stem = name.removesuffix(Path(name).suffix)
        yield from nearest(stem, (*TABLES, FACTS.removesuffix(".csv")))


def _label(folder: Path, name: str) -> str:
    """File as messages call it; a park in the working folder has no name to put before it."""
    return f"{folder.name}/{name}" if folder.name else name


def _listed(folder: Path, problems: list[Problem]) -> dict[str, Path]:
    """Files by their name within the park, those of ``state`` as ``state/NAME``."""
    paths: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.stem.lower() in IGNORED:
            continue
        if path.name == "state" and path.is_dir() and not path.is_symlink():
            paths |= {
                f"state/{below.name}": below for below in sorted(path.iterdir()) if not below.name.startswith(".")
            }
        elif path.is_dir() and not path.is_symlink():
            fix = (
                cure(path.name, ["state"]) if nearest(path.name, ["state"]) else "a park has no other folder than state"
            )
            problems.append(
                Problem(_label(folder, path.name), 0, "", "an unknown folder", "state", fix, "unknown-file")
            )
        else:
            paths[path.name] = path
    return paths


def _inside(folder: Path, name: str, path: Path, problems: list[Problem]) -> bool:
    if not path.is_symlink() and path.resolve().is_relative_to(folder.resolve()):
        return True
    fix = "copy the file into the folder of the park"
    problems.append(
        Problem(_label(folder, name), 0, "", "a link to another place", "a file of the folder", fix, "link")
    )
    return False


def _unknown(folder: Path, name: str, problems: list[Problem]) -> None:
    stem, suffix = name.removesuffix(Path(name).suffix), Path(name).suffix.lower()
    found, allowed = "an unknown file", "park.toml, the tables of docs/park-folder.md, README.md"
    known = [*(f"{table}.csv" for table in TABLES), HEAD]
    fix = (
        cure(name, known)
        if nearest(name, known)
        else "remove it, or name it after a table; notes belong into README.md"
    )
    code = "unknown-file"
    if suffix in (".yaml", ".yml"):
        found, code = "a YAML file", "yaml"
        fix = f"write {stem}{'.csv' if stem in TABLES else '.toml'} (YAML reads 12:30 as 750 and NO as false)"
    elif suffix in (".xlsx", ".xls", ".ods"):
        found, fix = "a workbook", f"save the sheet as {stem}.csv (CSV UTF-8)"
    problems.append(Problem(_label(folder, name), 0, "", found, allowed, fix, code))


def missing(files: ParkFiles, names: Iterable[str], problems: list[Problem]) -> None:
    """Record files that a park must have and does not."""
    for name in names:
        if name == HEAD and files.head is not None:
            continue
        close = nearest(name, files.unknown)
        fix = f"rename {close[0]}" if close else "add it (aidc-twin init DIR writes an example)"
        problems.append(
            Problem(_label(files.folder, name), 0, "", "no such file", "a park has it", fix, "missing-file")
        )
