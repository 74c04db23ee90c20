"""The state of the floor from another folder: what is done, in stock, down and on order, as of a day.

The folder holds a table each as CSV, XLSX or Parquet, or one workbook ``state.xlsx`` with a sheet for each, and may say
its day in ``state.toml``. A park that starts from it is the park of that day: its epoch is moved there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aidc_twin.errors import Problem
from aidc_twin.park.moved import move
from aidc_twin.park.park import TABLE_OF
from aidc_twin.park.patch import Tables
from aidc_twin.park.row import column
from aidc_twin.park.schema import TABLES
from aidc_twin.park.shipped import display_path
from aidc_twin.resources import read_rows, read_toml
from aidc_twin.resources.cells import Id, Text
from aidc_twin.resources.defects import Defects
from aidc_twin.resources.suggest import cure, listed, nearest

__all__ = ["HEAD", "STATE", "StateFolder", "StateHead", "place_state", "tables_of"]

STATE = tuple(name for name in TABLES if name.startswith("state/"))
REPLACED = ("orders", "phases", "accounts")
"""Tables of the park in whose place those of a state's folder come."""
PLACED = (*STATE, *REPLACED)
HEAD, BOOK, PARK = "state.toml", "state.xlsx", "park.toml"
ENDINGS = (".csv", ".parquet", ".xlsx")


class StateHead(BaseModel):
    """The file ``state.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: Annotated[date | None, Field(**column("day at whose beginning the state holds"))] = None
    park: Annotated[Id, Field(**column("id of the park that it is a state of"))] | None = None
    note: Annotated[Text, Field(**column("what a reader should know"))] = ""


@dataclass(frozen=True)
class StateFolder:
    """A folder with a state, and the day of it where the caller says it (None: as ``state.toml`` does)."""

    folder: Path
    at: date | None = None


def place_state(tables: Tables, source: StateFolder, problems: list[Problem], notices: list[str]) -> None:
    """Put the state of a folder into the tables of a park, in place, and move the park to its day.

    State tables that the folder does not have are empty. Without a day the state is that of the park's epoch. Every
    problem of the files is added to `problems`.
    """
    folder = source.folder
    if not folder.is_dir():
        allowed, fix = "a folder with state tables", "name the folder that holds operations.csv and the others"
        problems.append(Problem(str(folder), 0, "--state", "no such folder", allowed, fix, "no-folder"))
        return
    if (folder / PARK).is_file():
        allowed, fix = "a folder with state tables", f"name {folder / 'state'}, or another folder with a state"
        problems.append(Problem(display_path(folder / PARK), 0, "", "the folder of a park", allowed, fix, "no-state"))
        return
    head = read_toml(folder / HEAD, StateHead, problems) if (folder / HEAD).is_file() else StateHead()
    files = _files(folder, problems)
    if not files:
        allowed, fix = _allowed(), "write at least one of them, a head alone where there is nothing to say"
        problems.append(Problem(display_path(folder), 0, "", "no table of a state", allowed, fix, "no-state"))
    for name in STATE:
        tables.rows[name] = []
    tables.strays = [stray for stray in tables.strays if TABLE_OF[type(stray[1])] not in STATE]
    tables.incomplete -= set(STATE) | files.keys()
    for name, (path, sheet) in files.items():
        _read(tables, name, path, sheet, problems, notices)
    if head is None:
        return
    if head.park is not None and head.park != tables.head.id:
        fix = "name that park with --park, or import the state again for this one"
        where = display_path(folder / HEAD)
        problems.append(Problem(where, 0, "park", head.park, tables.head.id, fix, "other-park"))
    day = source.at or head.at
    if day is not None and day != tables.head.epoch:
        where = "command line" if source.at else display_path(folder / HEAD)
        move(tables, day, where, "--at" if source.at else "at", problems)
        known = "" if tables.rows["state/posted"] else "; what came before can stand in state/posted"
        notices.append(f"the park starts on {day}: amounts of goals are what is posted from then on{known}")


def tables_of(folder: Path) -> list[str]:
    """Tables that a folder with a state has, by their names in a park."""
    return list(_files(folder, []))


def _allowed() -> str:
    return listed(sorted(f"{_stem(name)}{ending}" for name in PLACED for ending in ENDINGS[:1])) + f", or {BOOK}"


def _stem(table: str) -> str:
    """File of a table without its ending."""
    return table.rpartition("/")[2]


def _files(folder: Path, problems: list[Problem]) -> dict[str, tuple[Path, str]]:
    """File and sheet of each table that is there; unknown files and tables that are there twice are problems."""
    tables = {_stem(name): name for name in PLACED}
    found: dict[str, tuple[Path, str]] = {}
    for path, sheet in _sheets(folder, problems):
        stem = sheet or path.stem
        shown = display_path(path) + (f"[{sheet}]" if sheet else "")
        if stem not in tables:
            fix = cure(stem, tables) if nearest(stem, tables) else "remove it, or name it after a table"
            problems.append(Problem(shown, 0, "", "no table of a state", _allowed(), fix, "unknown-file"))
        elif tables[stem] in found:
            other = display_path(found[tables[stem]][0])
            text = f"{shown} and {other} for one table"
            problems.append(Problem(shown, 0, "", text, "one of them", "delete one", "two-files"))
        else:
            found[tables[stem]] = (path, sheet)
    return found


def _sheets(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, str]]:
    """Files with tables, and the sheets of the workbook that holds several."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")) or not path.is_file():
            continue
        if path.suffix.lower() not in ENDINGS:
            if path.stem.lower() in (*(_stem(name) for name in PLACED), "state") and path.name != HEAD:
                allowed, fix = f"{path.stem}.csv, .xlsx or .parquet", "save it in one of these forms"
                problems.append(
                    Problem(display_path(path), 0, "", f"a file {path.suffix}", allowed, fix, "wrong-file-kind")
                )
            continue
        if path.name != BOOK:
            yield path, ""
            continue
        from aidc_twin.resources.xlsx import sheets_of

        for sheet in sheets_of(path, Defects(display_path(path), problems)):
            yield path, sheet


def _read(tables: Tables, name: str, path: Path, sheet: str, problems: list[Problem], notices: list[str]) -> None:
    """Put the rows of a table into the tables of a park, with their places."""
    shown = display_path(path) + (f"[{sheet}]" if sheet else "")
    tables.take(name, read_rows(path, TABLES[name], problems, notices, shown, sheet), shown)
