"""Changes of single cells: values read as a table would read them, multiplied, or moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

from pydantic import BaseModel

from aidc_twin.park.scenario import Patch
from aidc_twin.park.schema import Row
from aidc_twin.resources.columns import columns_of
from aidc_twin.units.number import QuantityError, number_text
from aidc_twin.units.quantity import Quantity, When, quantity_of
from aidc_twin.units.when import when_of

MOST_DAYS = 36_525
"""A century: whatever moves a date further is a slip."""

WORDS, DATES = ("text", "id", "bool", "choice", "list", "time"), ("date", "moment", "when")
"""Kinds of cells that are neither multiplied nor moved, and those that are moved only."""

_CURES = {"scale": ("a column of numbers", "use set or shift"), "shift": ("a column of numbers or dates", "use set")}


class Refused(Exception):
    """Why one patch cannot be applied: found, allowed, fix, code."""

    def __init__(self, found: str, allowed: str, fix: str, code: str) -> None:
        super().__init__(found)
        self.parts = (found, allowed, fix, code)


def cell_text(value: object) -> str:
    """Cell text of a value, the same for a number however it was written."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Quantity | When):
        return value.text
    if isinstance(value, int | float):
        return number_text(float(value))
    if isinstance(value, list | tuple):
        return ";".join(str(part) for part in cast("Sequence[object]", value))
    return "" if value is None else str(value)


def checked_value(patch: Patch) -> None:
    """Refuse a patch without a value, or with one that nothing can be multiplied by or moved by."""
    if patch.value is None:
        fix = "add what to write, to multiply by or to add"
        raise Refused("no value", "value = …", fix, "missing-value")
    if patch.op == "scale":
        _factor(patch.value)
    elif patch.op == "shift":
        _number(patch.value)


def changer(model: type[Row], patch: Patch, column: str) -> Callable[[Any], Any]:
    """Function from the old value of a cell to the new one; refused where no cell of the column could take it."""
    if patch.op == "set":
        new = cell_value(model, column, patch.value)
        return lambda old: new
    kind = next(one.kind for one in columns_of(model) if one.name == column)
    if kind in (*WORDS, *DATES) if patch.op == "scale" else kind in WORDS:
        allowed, fix = _CURES[patch.op]
        raise Refused(f"{patch.op} of {column}, a column of another kind", allowed, fix, "not-a-number")
    return lambda old: scaled(old, patch.value) if patch.op == "scale" else shifted(old, patch.value)


def head_value(patch: Patch, old: object) -> Any:
    """Value that a patch gives to a key of the head."""
    checked_value(patch)
    return patch.value if patch.op == "set" else shifted(old, patch.value)


def refusals(
    model: type[BaseModel], values: Mapping[str, Any], column: str, found: Sequence[Any]
) -> list[Refused]:  # fmt: skip
    """What pydantic finds wrong with a row, each as a refusal; `column` is meant where it is the row as a whole."""
    told: list[Refused] = []
    for fault in found:
        name = str(fault["loc"][0]) if fault["loc"] else column
        text = f"{name} = {cell_text(values.get(name))}: {fault['msg']}"
        extra = model.model_fields[name].description if name in model.model_fields else ""
        told.append(Refused(text, extra or "a valid row", "correct the value of the patch", "bad-value"))
    return told


def cell_value(model: type[Row], name: str, given: Any) -> Any:
    """Value of a cell as a table would read it; a blank is the column's default."""
    column = next(column for column in columns_of(model) if column.name == name)
    field = model.model_fields[name]
    if isinstance(given, bool):
        raise Refused(f"{str(given).lower()}", column.allowed, f"write {column.allowed}", "bad-value")
    if cell_text(given) == "" and not field.is_required():
        return field.get_default(call_default_factory=True)
    try:
        if isinstance(given, dict):
            return when_of(cast("object", given)) if column.kind == "when" else quantity_of(cast("object", given))
        return column.parse(cell_text(given))
    except QuantityError as error:
        raise Refused(f"{cell_text(given)} ({error})", column.allowed, error.fix, error.code) from error


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise Refused(f"value {given!r}", "a finite number", "write value = 1.5", "bad-value")
    return float(given)


def _factor(given: Any) -> float:
    factor = _number(given)
    if factor < 0:
        raise Refused(f"factor {number_text(factor)}", "at least 0", "write a factor of at least 0", "bad-value")
    return factor


def scaled(old: Any, given: Any) -> Any:
    """Number or quantity times a factor of at least 0; whole numbers stay whole."""
    factor = _factor(given)
    if isinstance(old, Quantity):
        return old.scaled(factor)
    if isinstance(old, int) and not isinstance(old, bool):
        return _whole(old * factor, f"{old} × {number_text(factor)}")
    if isinstance(old, float):
        return old * factor
    raise Refused(f"scale of {cell_text(old)!r}", *_CURES["scale"], "not-a-number")


def shifted(old: Any, given: Any) -> Any:
    """Number or constant plus an amount, or date plus days."""
    amount = _number(given)
    if isinstance(old, When | date):
        if abs(amount) > MOST_DAYS:
            found = f"{cell_text(old)} shifted by {number_text(amount)} days"
            raise Refused(found, f"at most {MOST_DAYS} days", "shift by less", "bad-value")
        days = timedelta(days=_whole(amount, f"a shift by {number_text(amount)} days"))
        # dates of a park lie between 2000 and 2100, so that a century more is still a date
        return _moved(old, days) if isinstance(old, When) else old + days
    if isinstance(old, Quantity):
        if old.kind != "constant":
            found = f"shift of {old.text}, a distribution"
            raise Refused(found, "a constant", "use scale, or set the whole distribution", "shift-of-distribution")
        return Quantity("constant", (old.value + amount,), basis=old.basis, unit=old.unit)
    if isinstance(old, int) and not isinstance(old, bool):
        return _whole(old + amount, f"{old} + {number_text(amount)}")
    if isinstance(old, float):
        return old + amount
    raise Refused(f"shift of {cell_text(old)!r}", *_CURES["shift"], "not-a-number")


def _moved(old: When, days: timedelta) -> When:
    return When(old.low + days, old.mode + days, old.high + days, basis=old.basis)


def _whole(value: float, what: str) -> int:
    if not math.isfinite(value) or value != round(value):
        raise Refused(
            f"{what}, which is not whole", "a whole number", "choose a value that gives a whole number", "not-whole"
        )
    return round(value)
