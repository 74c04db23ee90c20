"""Applies patches to the resolved tables of a park; all that a patch does not say definitely is refused at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, cast

from aidc_twin.errors import Problem
from aidc_twin.park.cell_changes import (
    Refused,
    cell_text,
    cell_value,
    changer,
    checked_value,
    head_value,
    refusals,
)
from aidc_twin.park.park import TABLE_OF, Key, Place, row_key
from aidc_twin.park.resolve import Resolver, row_values
from aidc_twin.park.scenario import Patch
from aidc_twin.park.schema import TABLES, OperationState, ParkHead, Row
from aidc_twin.resources.columns import columns_of
from aidc_twin.resources.suggest import cure, listed, nearest
from aidc_twin.resources.tables import TableRead
from aidc_twin.resources.unread import UnreadCell, build, unread_of, without

HEAD = "park"
STARTED = "started"
"""Filter on orders that is no column."""


@dataclass
class Tables:
    """The head and the rows of a park while patches are applied, with the place of each row."""

    head: ParkHead
    rows: dict[str, list[Row]]
    places: dict[tuple[str, Key], Place]
    incomplete: set[str]
    strays: list[tuple[Place, Row]] = field(default_factory=list[tuple[Place, Row]])
    """Rows that are in no table, since their key could not be read or is that of another row."""

    def take(self, table: str, read: TableRead[Row], file: str) -> None:
        """Put what a file holds in the place of the rows of a table."""
        self.rows[table] = [row for _, row in read.rows]
        self.places |= {(table, row_key(row)): Place(file, line) for line, row in read.rows}
        self.strays = [stray for stray in self.strays if TABLE_OF[type(stray[1])] != table]
        self.strays += [(Place(file, line), row) for line, row in read.strays]
        if not read.complete:
            self.incomplete.add(table)


def apply_patches(tables: Tables, patches: Iterable[Patch], resolver: Resolver) -> None:
    """Apply patches in order, in place.

    All that is wrong with a patch is a problem. What it would have written is then not known: its cells are lacking and
    its rows doubtful, so that nothing is said of what follows from that.
    """
    for patch in patches:
        faults: list[Refused] = []
        _apply(tables, patch, resolver, faults)
        for found, allowed, fix, code in dict.fromkeys(fault.parts for fault in faults):
            resolver.problems.append(Problem(patch.file, patch.line, patch.path, found, allowed, fix, code))


def _apply(tables: Tables, patch: Patch, resolver: Resolver, faults: list[Refused]) -> None:
    table, _, rest = patch.path.partition(".")
    unclear = "op" in patch.unread
    if "path" in patch.unread:
        tables.incomplete |= set(TABLES) if unclear or patch.op == "add" else set[str]()
    elif table == HEAD:
        _patch_head(tables, patch, rest, faults)
    elif table not in TABLES:
        known = [*TABLES, HEAD]
        faults.append(Refused(f"no table {table!r}", listed(known), cure(table, known), "unknown-table"))
    elif patch.op == "add" or (unclear and patch.row):
        _add(tables, patch, table, rest, resolver, faults)
    elif unclear and "." not in rest:
        tables.incomplete.add(table)
    elif patch.op == "remove":
        _remove(tables, patch, table, rest, faults)
    else:
        _change(tables, patch, table, rest, resolver, faults)


def _patch_head(tables: Tables, patch: Patch, column: str, faults: list[Refused]) -> None:
    known = [name for name in ParkHead.model_fields if name not in ("schema_version", "id")]
    if column not in known:
        found = f"no key {column!r} that a patch may change"
        faults.append(Refused(found, listed(known), cure(column, known), "unknown-column"))
    if patch.op not in ("set", "shift"):
        faults.append(Refused(patch.op, "set or shift", "write the value with set", "bad-operator"))
    old, lacking = tables.head, set(unread_of(tables.head))
    if column not in known or (patch.op == "shift" and column in lacking):
        return
    tables.head = without(old, (column,))
    if faults or patch.unread:
        return
    try:
        values = {**vars(old), column: head_value(patch, vars(old).get(column))}
    except Refused as refused:
        faults.append(refused)
        return
    tables.head, found = build(ParkHead, values, lacking - {column})
    faults += refusals(ParkHead, values, column, found)


def _add(
    tables: Tables, patch: Patch, table: str, rest: str, resolver: Resolver, faults: list[Refused]
) -> None:  # fmt: skip
    """Append a row; it lacks what is wrong with it, and where that is of its key the table is incomplete."""
    if rest:
        found = f"{rest!r} behind the table"
        faults.append(Refused(found, "the table alone", f"write path = {table!r}", "bad-path"))
    model = TABLES[table]
    values, unread = _cells(model, patch, faults)
    row, told = build(model, values, unread)
    faults += refusals(model, values, "", told)
    if not set(model.__key__) <= vars(row).keys():
        tables.incomplete.add(table)
    elif any(row_key(other) == row_key(row) for other in tables.rows[table]):
        found = f"{'/'.join(row_key(row))}, which is there already"
        faults.append(Refused(found, "a new key", "use set, or another key", "duplicate-id"))
    else:
        place = Place(patch.file, patch.line)
        tables.rows[table].append(resolver.row(row, place))
        tables.places[table, row_key(row)] = place


def _cells(model: type[Row], patch: Patch, faults: list[Refused]) -> tuple[dict[str, Any], set[str]]:
    """Values of a row to add, and the columns of which the value is not known.

    A name that is no column may stand for any that is not there; that the nearest one is missing is not told as well.
    """
    known = {column.name: column for column in columns_of(model)}
    values: dict[str, Any] = {}
    for name, given in patch.row.items():
        if name not in known:
            faults.append(Refused(f"no column {name!r}", listed(known), cure(name, known), "unknown-column"))
            continue
        try:
            values[name] = cell_value(model, name, given)
        except Refused as refused:
            found, *others = refused.parts
            faults.append(Refused(f"{name} = {found}", *others))
    whole = "row" not in patch.unread
    strange = [name for name in patch.row if name not in known]
    absent = [name for name in known if name not in patch.row]
    likely = {one for name in strange for one in nearest(name, absent)}
    missing = [name for name in absent if known[name].required and name not in likely]
    if missing and whole:
        found = f"a row without {listed(missing)}"
        faults.append(Refused(found, listed(known), "add to row = {…}", "missing-column"))
    unread = {name for name in patch.row if name in known and name not in values}
    return values, unread | set(missing if whole and not strange else absent)


def _remove(tables: Tables, patch: Patch, table: str, key: str, faults: list[Refused]) -> None:
    if not key:
        faults.append(Refused("no key", "table.key", f"write {table}.KEY, or {table}.* for all rows", "bad-path"))
        return
    chosen, doubtful = _chosen(tables, patch, table, key, faults)
    gone = {row_key(row) for row in (*chosen, *doubtful)}
    if doubtful:
        tables.incomplete.add(table)
    tables.rows[table] = [row for row in tables.rows[table] if row_key(row) not in gone]


def _change(
    tables: Tables, patch: Patch, table: str, rest: str, resolver: Resolver, faults: list[Refused]
) -> None:  # fmt: skip
    """Write, multiply or move a column of the rows that are meant; they lack it where its new value is not known."""
    model = TABLES[table]
    key, dot, column = rest.rpartition(".")
    if not dot or not key:
        faults.append(Refused("no key or no column", "table.key.column", f"write {table}.KEY.COLUMN", "bad-path"))
        return
    change = _changer(model, patch, column, faults)
    chosen, doubtful = _chosen(tables, patch, table, key, faults)
    if column not in model.model_fields or column in model.__key__:
        return
    if patch.op != "set" and chosen:
        unread = any(column in unread_of(row) for row in chosen)
        chosen = [row for row in chosen if vars(row).get(column) is not None]
        if not (chosen or unread or doubtful) and table not in tables.incomplete:
            faults.append(Refused(f"{column} is blank in every row", "a row with a number", "use set", "no-match"))
    changed = {row_key(row): without(row, (column,)) for row in (*chosen, *doubtful)}
    wrong: dict[tuple[str, ...], Refused] = {}
    if change is not None:
        for row in chosen:
            place = _patched(tables.places.get((table, row_key(row))), patch)
            changed[row_key(row)] = resolver.row(_changed(row, column, change, wrong), place)
            tables.places[table, row_key(row)] = place
    faults += wrong.values()
    tables.rows[table] = [changed.get(row_key(row), row) for row in tables.rows[table]]


def _changer(model: type[Row], patch: Patch, column: str, faults: list[Refused]) -> Callable[[Any], Any] | None:
    """Function from the old value of a cell to the new one, None where there is none; what is wrong is a fault."""
    known = column in model.model_fields and column not in model.__key__
    if column not in model.model_fields:
        names = list(model.model_fields)
        faults.append(Refused(f"no column {column!r}", listed(names), cure(column, names), "unknown-column"))
    elif not known:
        fix = "remove the row and add another"
        faults.append(Refused(f"{column} is part of the key", "a column that is no key", fix, "key-column"))
    if {"op", "value"} & patch.unread:
        return None
    try:
        checked_value(patch)
        return changer(model, patch, column) if known else None
    except Refused as refused:
        faults.append(refused)
        return None


def _changed(row: Row, column: str, change: Callable[[Any], Any], wrong: dict[tuple[str, ...], Refused]) -> Row:
    """The row with a column changed, which it lacks if that cannot be; the first fault of each kind is kept."""
    try:
        values = {**row_values(row), column: change(vars(row).get(column))}
    except Refused as refused:
        wrong.setdefault(refused.parts[1:], refused)
        return without(row, (column,))
    new, found = build(type(row), values, set(unread_of(row)) - {column})
    for fault in refusals(type(row), values, column, found):
        wrong.setdefault(fault.parts[1:], fault)
    return new


def _patched(place: Place | None, patch: Patch) -> Place:
    line = f":{patch.line}" if patch.line else ""
    by = f"{patch.file}{line}"
    if place is None or place.file == patch.file:
        return Place(patch.file, patch.line)
    return replace(place, file=f"{place.file.partition(' (')[0]} (patched by {by})")


def _chosen(
    tables: Tables, patch: Patch, table: str, key: str, faults: list[Refused]
) -> tuple[list[Row], list[Row]]:  # fmt: skip
    """Rows that the key and the filter of a patch match, and those that may, by a cell or a filter that is not read."""
    rows = tables.rows[table]
    matching = [row for row in rows if fnmatchcase("/".join(row_key(row)), key)]
    if not matching and table not in tables.incomplete:
        keys = ["/".join(row_key(row)) for row in rows]
        faults.append(
            Refused(f"no row {key!r} in {table}", listed(keys) or "no row at all", cure(key, keys), "no-match")
        )
    tests = {column: _test(tables, table, column, wanted, faults) for column, wanted in patch.where.items()}
    sound = {column: test for column, test in tests.items() if test is not None}
    verdicts = [(row, _passes(row, list(sound.values()))) for row in matching]
    kept, doubtful = ([row for row, verdict in verdicts if verdict is wanted] for wanted in (True, None))
    if matching and not (kept or doubtful):
        where = ", ".join(f"{name} = {patch.where[name]}" for name in sound)
        fix = "correct the filter"
        faults.append(Refused(f"no row where {where}", "a filter that some row passes", fix, "no-match"))
    if len(sound) < len(tests) or "where" in patch.unread:
        return [], [*kept, *doubtful]
    return kept, doubtful


def _passes(row: Row, tests: Sequence[Callable[[Row], bool]]) -> bool | None:
    """Whether a row passes all filters; None where that depends on a cell that could not be read."""
    verdict: bool | None = True
    for test in tests:
        try:
            if not test(row):
                return False
        except UnreadCell:
            verdict = None
    return verdict


def _test(
    tables: Tables, table: str, column: str, wanted: Any, faults: list[Refused]
) -> Callable[[Row], bool] | None:  # fmt: skip
    """Whether a row passes one filter; None, and a fault, where that is of no column."""
    choices = {cell_text(choice) for choice in (cast("list[object]", wanted) if isinstance(wanted, list) else [wanted])}
    if column == STARTED and table == "orders":
        started = _started(tables)
        return lambda row: ("yes" if row_key(row)[0] in started else "no") in choices
    names = list(TABLES[table].model_fields)
    if column not in names:
        known = [*names, STARTED] if table == "orders" else names
        found = f"no column {column!r} to filter {table} by"
        faults.append(Refused(found, listed(known), cure(column, known), "unknown-column"))
        return None
    return lambda row: cell_text(getattr(row, column)) in choices


def _started(tables: Tables) -> set[str]:
    """Orders of which the state knows a step."""
    return {row.order for row in tables.rows["state/operations"] if isinstance(row, OperationState)}
