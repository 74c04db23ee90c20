"""Scenario files: a title, a goal profile to use with it, and patches on a park."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import ConfigDict, Field

from aidc_twin.errors import InputError, Problem
from aidc_twin.park.schema import column
from aidc_twin.park.shipped import definition, display_path
from aidc_twin.resources import Id, Text, check_keys, read_toml_tree
from aidc_twin.resources.nested import meant
from aidc_twin.resources.unread import Lacking, unread_of

Operator = Literal["set", "scale", "shift", "add", "remove"]


@dataclass(frozen=True, slots=True)
class Patch:
    """One change of a park.

    Attributes
    ----------
    op
        ``set`` writes `value`; ``scale`` multiplies by it; ``shift`` adds it (days to a date); ``add`` appends `row`;
        ``remove`` deletes rows.
    path
        ``table.key.column``, ``table.key`` for remove, ``table`` for add, ``park.column`` for the head. Parts of a
        composite key are joined by ``/``; ``*`` in a key stands for any text.
    where
        Only rows whose columns have these values (a list: any of them); ``started`` on orders is ``yes`` where the
        state knows a step of the order.
    file, line
        Where it was written, for messages.
    unread
        What of it could not be read, of which there are problems already; nothing is said of that again, nor applied.
    """

    op: Operator
    path: str
    value: Any = None
    where: Mapping[str, Any] = field(default_factory=dict[str, Any])
    row: Mapping[str, Any] = field(default_factory=dict[str, Any])
    file: str = "override"
    line: int = 0
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Patches under one name; `goals` is the profile to use with them, empty for the park's own."""

    id: str
    title: str
    note: str
    goals: str
    patches: tuple[Patch, ...]


class _PatchTable(Lacking):
    model_config = ConfigDict(frozen=True, extra="forbid")
    op: Annotated[Operator, Field(**column("what to do"))]
    path: Annotated[Text, Field(**column("table.key.column"))]
    value: Annotated[Any, Field(**column("what to write, multiply by or add"))] = None
    where: Annotated[dict[str, Any], Field(**column("only rows with these values"))] = Field(
        default_factory=dict[str, Any]
    )
    row: Annotated[dict[str, Any], Field(**column("columns of a row to add"))] = Field(default_factory=dict[str, Any])


class _ScenarioFile(Lacking):
    model_config = ConfigDict(frozen=True, extra="forbid")
    title: Annotated[Text, Field(**column("what it is"))]
    note: Annotated[str, Field(max_length=4000)] = ""
    goals: Annotated[Id | None, Field(**column("goal profile to use with it"))] = None
    patch: Annotated[tuple[_PatchTable, ...], Field(max_length=10_000)] = ()


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Scenario by its shipped name or by the path of a TOML file.

    Raises
    ------
    InputError
        With all problems of the file, or with the known names.
    """
    problems: list[Problem] = []
    scenario = read_scenario(name_or_path, problems)
    if scenario is None or problems:
        raise InputError(problems)
    return scenario


def read_scenario(name_or_path: str | Path, problems: list[Problem]) -> Scenario | None:
    """Scenario with all that can be read of it, and its problems; None where nothing can."""
    path = definition("scenarios", name_or_path, problems)
    name = "" if path is None else display_path(path)
    read = None if path is None else read_toml_tree(path, problems, name)
    if path is None or read is None:
        return None
    tree, lines = read
    file = vars(check_keys(tree, _ScenarioFile, problems, name, lines))
    tables = tree.get("patch", ())
    patches = tuple(
        _patch(cast("dict[str, Any]", table), name, lines.get(("patch", index), 0))
        for index, table in enumerate(cast("list[object]", tables) if isinstance(tables, list) else ())
        if isinstance(table, dict)
    )
    return Scenario(path.stem, file.get("title", ""), file.get("note", ""), file.get("goals") or "", patches)


def _patch(table: dict[str, Any], name: str, line: int) -> Patch:
    """What can be read of a patch, whose problems are told with those of the file."""
    read, sound = check_keys(table, _PatchTable, [], name), meant(table)[0]
    has = vars(read)
    filters, row = (has[key] if key in has else _table(sound.get(key)) for key in ("where", "row"))
    return Patch(has.get("op", "set"), has.get("path", ""), has.get("value"), filters, row, name, line,
                 frozenset(unread_of(read)))  # fmt: skip


def _table(value: object) -> dict[str, Any]:
    """A table of which something could not be read; anything else is an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
