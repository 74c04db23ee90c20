"""Puts the numbers of facts into the cells that refer to them, and refuses a fact in another unit than its column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard, TypeVar, cast

from aidc_twin.errors import Problem
from aidc_twin.facts import Facts
from aidc_twin.park.park import FactUse, Place, row_key
from aidc_twin.park.schema import (
    BomLine,
    Breakdown,
    Capacity,
    InvestmentGain,
    Material,
    Need,
    Operation,
    Output,
    Resource,
    Row,
)
from aidc_twin.park.unit_table import factor_to, fits
from aidc_twin.resources.suggest import cure
from aidc_twin.resources.unread import UnreadCell, without
from aidc_twin.units.quantity import Quantity, QuantityError, When

RowT = TypeVar("RowT", bound=Row)
DATE_UNITS = ("date", "yyyymmdd")


@dataclass(frozen=True)
class Resolver:
    """Resolves the rows of one park.

    Parameters
    ----------
    facts
        What references refer to.
    resources, materials
        Rows by id, whose units decide about amounts of them.
    problems
        Grows by what does not fit.
    unread
        Facts with cells that could not be read; a reference to one is no more readable than they are.
    incomplete
        Tables, ``facts`` among them, of which rows may be missing, so that an unknown name proves nothing.
    """

    facts: Facts
    resources: Mapping[str, Resource]
    materials: Mapping[str, Material]
    problems: list[Problem]
    unread: Collection[str] = ()
    incomplete: Collection[str] = ()

    def row(self, row: RowT, place: Place) -> RowT:
        """The row with numbers in place of references; it lacks those that refer to nothing that fits."""
        values: dict[str, object] = {}
        lacking: list[str] = []
        for column, value in row_values(row).items():
            if not _refers(value):
                continue
            try:
                resolved = self._value(row, column, value, place)
            except UnreadCell:
                resolved = None
            if resolved is None:
                lacking.append(column)
            else:
                values[column] = resolved
        resolved_row = row.model_copy(update=values) if values else row
        return without(resolved_row, lacking) if lacking else resolved_row

    def _value(self, row: Row, column: str, value: Quantity | When, place: Place) -> Quantity | When | None:
        if value.fact in self.unread:
            return None
        if value.fact not in self.facts:
            if "facts" not in self.incomplete:
                fix = cure(value.fact, self.facts)
                self._refuse(place, column, value.text, "the id of a fact", fix, "unknown-fact")
            return None
        unit = self.facts[value.fact].unit
        try:
            if isinstance(value, When):
                return self._when(column, value, unit, place)
            if value.factor == 1.0 and not fits(unit, column_unit(self, row, column)):
                self._wrong_unit(row, column, value, unit, place)
                return None
            return self.facts.resolve(value)
        except QuantityError as error:
            self._refuse(place, column, value.text, "a fact with a usable range", error.fix, error.code)
            return None

    def unit_of(self, table: str, name: str) -> str:
        """Unit of a resource or material; blank for what is a product, or nothing."""
        rows: Mapping[str, Resource | Material] = self.resources if table == "resources" else self.materials
        if name in rows:
            return rows[name].unit
        if table in self.incomplete or (table == "resources" and name):
            raise UnreadCell(name)  # that there is no such resource is told where it is named
        return ""

    def _when(self, column: str, value: When, unit: str, place: Place) -> When | None:
        if unit not in DATE_UNITS:
            fix = "name a fact whose unit is yyyymmdd, or write the date"
            self._refuse(place, column, f"{value.text}, in {unit}", "a date", fix, "wrong-unit")
            return None
        return self.facts.resolve_when(value)

    def _wrong_unit(self, row: Row, column: str, value: Quantity, unit: str, place: Place) -> None:
        wanted = column_unit(self, row, column) or "a plain number"
        factor = factor_to(unit, wanted)
        factor_text = "factor" if factor is None else f"{factor:.6g}"
        fix = f"write fact:{value.fact}*{factor_text}"
        if factor is None:
            fix += f", with the factor that turns {unit} into {wanted}, or name another fact"
        found = f"{value.text}, which is in {unit}"
        self._refuse(
            place, column, found, f"a fact in {wanted}, or one with a *factor that converts it", fix, "wrong-unit"
        )

    def _refuse(self, place: Place, column: str, found: str, allowed: str, fix: str, code: str) -> None:
        self.problems.append(Problem(place.file, place.line, column, found, allowed, fix, code))


def _refers(value: object) -> TypeGuard[Quantity | When]:
    """Whether a value is a reference whose numbers are not filled in yet."""
    return (isinstance(value, Quantity) and value.kind == "fact") or (isinstance(value, When) and not value.known)


def fact_uses(tables: Mapping[str, Sequence[Row]]) -> tuple[FactUse, ...]:
    """Every cell that rests on a fact, in the order of tables and rows."""
    return tuple(
        FactUse(table, "/".join(row_key(row)), column, value.fact)
        for table, rows in tables.items()
        for row in rows
        for column, value in row_values(row).items()
        if isinstance(value, Quantity | When) and value.fact
    )


def row_values(row: Row) -> dict[str, object]:
    """Values of a row by column, not converted, without those that could not be read."""
    return {name: row.__dict__[name] for name in type(row).model_fields if name in row.__dict__}


def column_unit(about: Resolver, row: Row, column: str) -> str:
    """Unit in which the numbers of a cell are, as far as the row says it.

    Raises
    ------
    UnreadCell
        What says it could not be read.
    """
    if isinstance(row, Operation) and column in ("duration", "rework", "fail_share"):
        return "fraction" if column == "fail_share" else getattr(row, f"{column}_unit")
    if isinstance(row, Capacity | Need) and column == "amount":
        return about.unit_of("resources", row.resource)
    if isinstance(row, InvestmentGain) and column == "amount":
        if row.name in about.materials and row.name not in about.resources:
            return f"{about.unit_of('materials', row.name)}/week"
        return about.unit_of("resources", row.name)
    if isinstance(row, Breakdown) and column == "crew_amount":
        return about.unit_of("resources", row.crew)
    if isinstance(row, BomLine | Output) and column == "quantity":
        return about.unit_of("materials", row.item if isinstance(row, BomLine) else row.material)
    if isinstance(row, Material) and column == "base_stock":
        return row.unit
    extra: Any = type(row).model_fields[column].json_schema_extra
    unit = str(cast("dict[str, object]", extra).get("unit", "")) if isinstance(extra, dict) else ""
    return f"{row.unit}/week" if isinstance(row, Material) and column == "weekly_quota" else unit or _share(column)


def _share(column: str) -> str:
    return "fraction" if column in ("share", "consigned_share") else ""
