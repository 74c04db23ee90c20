"""Applies patches to the resolved tables of a park; a patch that says nothing definite is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, cast

from pydantic import BaseModel

from aidc_twin.errors import Problem
from aidc_twin.park.cell_changes import Refused, cell_text, cell_value, changer, shifted
from aidc_twin.park.park import TABLE_OF, Key, Place, row_key
from aidc_twin.park.resolve import Resolver, row_values
from aidc_twin.park.scenario import Patch
from aidc_twin.park.schema import TABLES, OperationState, ParkHead, Row
from aidc_twin.resources.columns import columns_of
from aidc_twin.resources.suggest import cure, listed
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
    """Apply patches in order, in place; each that is refused is a problem and changes nothing."""
    for patch in patches:
        try:
            _apply(tables, patch, resolver)
        except Refused as refused:
            found, allowed, fix, code = refused.parts
            resolver.problems.append(Problem(patch.file, patch.line, patch.path, found, allowed, fix, code))


def _apply(tables: Tables, patch: Patch, resolver: Resolver) -> None:
    table, dot, rest = patch.path.partition(".")
    if table == HEAD:
        _patch_head(tables, patch, rest)
        return
    if table not in TABLES:
        known = [*TABLES, HEAD]
        raise Refused(f"no table {table!r}", listed(known), cure(table, known), "unknown-table")
    if patch.op == "add":
        _add(tables, patch, table, rest, resolver)
    elif patch.op == "remove":
        _remove(tables, patch, table, rest)
    else:
        key, dot, column = rest.rpartition(".")
        if not dot or not key:
            raise Refused("no key or no column", "table.key.column", f"write {table}.KEY.COLUMN", "bad-path")
        _change(tables, patch, table, key, column, resolver)


def _patch_head(tables: Tables, patch: Patch, column: str) -> None:
    known = [name for name in ParkHead.model_fields if name not in ("schema_version", "id")]
    if column not in known:
        raise Refused(
            f"no key {column!r} that a patch may change", listed(known), cure(column, known), "unknown-column"
        )
    if patch.op not in ("set", "shift"):
        raise Refused(patch.op, "set or shift", "write the value with set", "bad-operator")
    if patch.op == "shift" and column in unread_of(tables.head):
        return
    old = vars(tables.head).get(column)
    given = patch.value if patch.op == "set" else shifted(old, patch.value)
    lacking = {name for name in unread_of(tables.head) if name != column}
    tables.head = cast("ParkHead", _built(ParkHead, {**vars(tables.head), column: given}, column, lacking))


def _add(tables: Tables, patch: Patch, table: str, rest: str, resolver: Resolver) -> None:
    if rest:
        raise Refused(f"{rest!r} behind the table", "the table alone", f"write path = {table!r}", "bad-path")
    model = TABLES[table]
    known = {column.name: column for column in columns_of(model)}
    values: dict[str, Any] = {}
    for name, given in patch.row.items():
        if name not in known:
            raise Refused(f"no column {name!r}", listed(known), cure(name, known), "unknown-column")
        values[name] = cell_value(model, name, given)
    missing = [column.name for column in known.values() if column.required and column.name not in values]
    if missing:
        raise Refused(f"a row without {listed(missing)}", listed(known), "add to row = {…}", "missing-column")
    row = cast("Row", _built(model, values, ""))
    place = (table, row_key(row))
    if any(row_key(other) == row_key(row) for other in tables.rows[table]):
        found = f"{'/'.join(row_key(row))}, which is there already"
        raise Refused(found, "a new key", "use set, or another key", "duplicate-id")
    tables.rows[table].append(resolver.row(row, Place(patch.file, patch.line)))
    tables.places[place] = Place(patch.file, patch.line)


def _remove(tables: Tables, patch: Patch, table: str, key: str) -> None:
    if not key:
        raise Refused("no key", "table.key", f"write {table}.KEY, or {table}.* for all rows", "bad-path")
    chosen, doubtful = _chosen(tables, patch, table, key)
    gone = {row_key(row) for row in (*chosen, *doubtful)}
    if doubtful:
        tables.incomplete.add(table)
    tables.rows[table] = [row for row in tables.rows[table] if row_key(row) not in gone]


def _change(tables: Tables, patch: Patch, table: str, key: str, column: str, resolver: Resolver) -> None:
    model = TABLES[table]
    if column not in model.model_fields:
        names = list(model.model_fields)
        raise Refused(f"no column {column!r}", listed(names), cure(column, names), "unknown-column")
    if column in model.__key__:
        raise Refused(
            f"{column} is part of the key", "a column that is no key", "remove the row and add another", "key-column"
        )
    change = changer(model, patch, column)
    chosen, doubtful = _chosen(tables, patch, table, key)
    if patch.op != "set":
        unread = any(column in unread_of(row) for row in chosen)
        chosen = [row for row in chosen if vars(row).get(column) is not None]
        if not (chosen or unread or doubtful) and table not in tables.incomplete:
            raise Refused(f"{column} is blank in every row", "a row with a number", "use set", "no-match")
    changed = {row_key(row): without(row, (column,)) for row in doubtful}
    for row in chosen:
        old = vars(row).get(column)
        lacking = {name for name in unread_of(row) if name != column}
        place = _patched(tables.places.get((table, row_key(row))), patch)
        new = cast("Row", _built(model, {**row_values(row), column: change(old)}, column, lacking))
        changed[row_key(row)] = resolver.row(new, place)
        tables.places[table, row_key(row)] = place
    tables.rows[table] = [changed.get(row_key(row), row) for row in tables.rows[table]]


def _patched(place: Place | None, patch: Patch) -> Place:
    line = f":{patch.line}" if patch.line else ""
    by = f"{patch.file}{line}"
    if place is None or place.file == patch.file:
        return Place(patch.file, patch.line)
    return replace(place, file=f"{place.file.partition(' (')[0]} (patched by {by})")


def _chosen(tables: Tables, patch: Patch, table: str, key: str) -> tuple[list[Row], list[Row]]:
    """Rows that the key and the filter of a patch match, and those that may, by a cell that could not be read."""
    rows = tables.rows[table]
    matching = [row for row in rows if fnmatchcase("/".join(row_key(row)), key)]
    if not matching and table not in tables.incomplete:
        keys = ["/".join(row_key(row)) for row in rows]
        raise Refused(f"no row {key!r} in {table}", listed(keys) or "no row at all", cure(key, keys), "no-match")
    tests = [_test(tables, table, column, wanted) for column, wanted in patch.where.items()]
    verdicts = [(row, _passes(row, tests)) for row in matching]
    kept, doubtful = ([row for row, verdict in verdicts if verdict is wanted] for wanted in (True, None))
    if matching and not (kept or doubtful):
        where = ", ".join(f"{name} = {value}" for name, value in patch.where.items())
        raise Refused(f"no row where {where}", "a filter that some row passes", "correct the filter", "no-match")
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


def _test(tables: Tables, table: str, column: str, wanted: Any) -> Callable[[Row], bool]:
    """Whether a row passes one filter."""
    choices = {cell_text(choice) for choice in (cast("list[object]", wanted) if isinstance(wanted, list) else [wanted])}
    if column == STARTED and table == "orders":
        started = _started(tables)
        return lambda row: ("yes" if row_key(row)[0] in started else "no") in choices
    names = list(TABLES[table].model_fields)
    if column not in names:
        known = [*names, STARTED] if table == "orders" else names
        raise Refused(
            f"no column {column!r} to filter {table} by", listed(known), cure(column, known), "unknown-column"
        )
    return lambda row: cell_text(getattr(row, column)) in choices


def _started(tables: Tables) -> set[str]:
    """Orders of which the state knows a step."""
    return {row.order for row in tables.rows["state/operations"] if isinstance(row, OperationState)}


def _built(model: type[BaseModel], values: Mapping[str, Any], column: str, lacking: Collection[str] = ()) -> BaseModel:
    """Row of the values, which may lack some; the first thing wrong with it refuses the patch."""
    row, faults = build(model, values, lacking)
    for fault in faults:
        name = str(fault["loc"][0]) if fault["loc"] else column
        found = f"{name} = {cell_text(values.get(name))}: {fault['msg']}"
        extra = model.model_fields[name].description if name in model.model_fields else ""
        raise Refused(found, extra or "a valid row", "correct the value of the patch", "bad-value")
    return row
