"""The state of the floor from another folder: what is done, in stock, down and on order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from aidc_twin.errors import Problem
from aidc_twin.park.park import Park
from aidc_twin.park.schema import TABLES
from aidc_twin.resources import read_table

STATE = tuple(name for name in TABLES if name.startswith("state/"))


def read_state(park: Park, folder: Path, problems: list[Problem]) -> Park:
    """The park with the state tables of `folder`; those that are not there are empty.

    Every problem of the files is added to `problems`.
    """
    if not folder.is_dir():
        allowed, fix = "a folder with state tables", "name the folder that holds operations.csv and the others"
        problems.append(Problem(str(folder), 0, "--state", "no such folder", allowed, fix, "no-folder"))
        return park
    tables: dict[str, Any] = {}
    for name in STATE:
        path = folder / f"{name.partition('/')[2]}.csv"
        rows = read_table(path, TABLES[name], problems, []) if path.is_file() else ()
        tables[name.replace("/", "_")] = tuple(row for _, row in rows)
    return replace(park, **tables)
