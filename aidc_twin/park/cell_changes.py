"""Changes of single cells: values read as a table would read them, multiplied, or moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, cast

from aidc_twin.park.scenario import Patch
from aidc_twin.park.schema import Row
from aidc_twin.resources.columns import columns_of
from aidc_twin.units.number import QuantityError, number_text
from aidc_twin.units.quantity import Quantity, When, quantity_of
from aidc_twin.units.when import when_of

MOST_DAYS = 36_525
"""A century: whatever moves a date further is a slip."""


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


def changer(model: type[Row], patch: Patch, column: str) -> Callable[[Any], Any]:
    """Function from the old value of a cell to the new one."""
    if patch.op == "set":
        if patch.value is None:
            raise Refused("no value", "value = …", "add the value that is to be written", "missing-value")
        new = cell_value(model, column, patch.value)
        return lambda old: new
    if patch.op == "scale":
        return lambda old: scaled(old, patch.value)
    return lambda old: shifted(old, patch.value)


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


def scaled(old: Any, given: Any) -> Any:
    """Number or quantity times a factor of at least 0; whole numbers stay whole."""
    factor = _number(given)
    if factor < 0:
        raise Refused(f"factor {number_text(factor)}", "at least 0", "write a factor of at least 0", "bad-value")
    if isinstance(old, Quantity):
        return old.scaled(factor)
    if isinstance(old, int) and not isinstance(old, bool):
        return _whole(old * factor, f"{old} × {number_text(factor)}")
    if isinstance(old, float):
        return old * factor
    raise Refused(f"scale of {cell_text(old)!r}", "a column of numbers", "use set or shift", "not-a-number")


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
    raise Refused(f"shift of {cell_text(old)!r}", "a column of numbers or dates", "use set", "not-a-number")


def _moved(old: When, days: timedelta) -> When:
    return When(old.low + days, old.mode + days, old.high + days, basis=old.basis)


def _whole(value: float, what: str) -> int:
    if not math.isfinite(value) or value != round(value):
        raise Refused(
            f"{what}, which is not whole", "a whole number", "choose a value that gives a whole number", "not-whole"
        )
    return round(value)
