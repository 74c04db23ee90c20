"""What has changed since a schedule was published: a TOML file of machines down, late material, rush orders, due dates
and pins.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from aidc_twin.errors import InputError, Problem
from aidc_twin.park import Park
from aidc_twin.park.scenario import Patch
from aidc_twin.park.schema import column
from aidc_twin.resources import Id, Text, check_tree, read_toml_tree
from aidc_twin.units.clock import Clock

_STRICT = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _NoTime(ValueError):
    code, fix = "bad-time", "write 2027-01-15 or 2027-01-15T08:00:00, without quotes"


def _when(value: object) -> object:
    """Refuse what is neither a day nor a time."""
    if not isinstance(value, dt.date):
        raise _NoTime("allowed a day or a time")
    return value


When = Annotated[dt.datetime | dt.date, BeforeValidator(_when)]


class MachineDown(BaseModel):
    """A machine that cannot work for a while."""

    model_config = _STRICT
    resource: Annotated[Id, Field(**column("servers that it belongs to"))]
    machine: Annotated[int, Field(**column("its number from 1", ge=1, le=100_000))]
    since: Annotated[When | None, Field(**column("day or time; now if not given"))] = None
    until: Annotated[When, Field(**column("day or time at which it is back"))]


class LateMaterial(BaseModel):
    """A purchase order that comes on another day."""

    model_config = _STRICT
    purchase_order: Annotated[Id, Field(**column("purchase order of the state"))]
    arrives: Annotated[dt.date, Field(**column("day on which it comes"))]


class RushOrder(BaseModel):
    """An order that is not in the book yet."""

    model_config = _STRICT
    order: Annotated[Id, Field(**column("order number"))]
    product: Annotated[Id, Field(**column("solution that is ordered"))]
    quantity_mw: Annotated[float, Field(**column("IT power that is ordered", unit="MW", gt=0, le=100_000))]
    due: Annotated[dt.date, Field(**column("agreed day of acceptance"))]
    destination: Annotated[Id, Field(**column("where it goes"))]
    weight: Annotated[float, Field(**column("weight of a week of tardiness", ge=0, le=1000))] = 1.0


class DueDate(BaseModel):
    """An order that is due on another day."""

    model_config = _STRICT
    order: Annotated[Id, Field(**column("order number"))]
    due: Annotated[dt.date, Field(**column("agreed day of acceptance"))]


class Pin(BaseModel):
    """An operation that shall be on a machine, or not begin before a time."""

    model_config = _STRICT
    unit: Annotated[Text, Field(**column("unit as in the schedule, such as order/product/1"))]
    operation: Annotated[Id, Field(**column("operation"))]
    machine: Annotated[int | None, Field(**column("number from 1", ge=1, le=100_000))] = None
    start: Annotated[When | None, Field(**column("earliest day or time"))] = None


class Change(BaseModel):
    """The whole file."""

    model_config = _STRICT
    title: Annotated[str, Field(max_length=200)] = ""
    machine_down: Annotated[tuple[MachineDown, ...], Field(max_length=1000)] = ()
    late_material: Annotated[tuple[LateMaterial, ...], Field(max_length=1000)] = ()
    rush_order: Annotated[tuple[RushOrder, ...], Field(max_length=1000)] = ()
    due_date: Annotated[tuple[DueDate, ...], Field(max_length=1000)] = ()
    pin: Annotated[tuple[Pin, ...], Field(max_length=10_000)] = ()


Lines = dict[tuple[str | int, ...], int]


def read_change(path: Path | None) -> tuple[Change, Lines]:
    """Change of a file with the line of each key; nothing where there is no file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    if path is None:
        return Change(), {}
    problems: list[Problem] = []
    read = read_toml_tree(path, problems)
    change = None if read is None else check_tree(read[0], Change, problems, str(path), read[1])
    if change is None or read is None or problems:
        raise InputError(problems)
    return change, dict(read[1])


def patches_of(change: Change, path: Path | None, lines: Lines, today: dt.date) -> list[Patch]:
    """The change of the park's tables; the order book gets rush orders `today`."""
    name = str(path)
    found: list[Patch] = []
    for n, row in enumerate(change.late_material):
        where = f"state/purchase_orders.{row.purchase_order}.arrives"
        found.append(Patch("set", where, str(row.arrives), file=name, line=lines.get(("late_material", n), 0)))
    for n, row in enumerate(change.due_date):
        line = lines.get(("due_date", n), 0)
        found.append(Patch("set", f"orders.{row.order}.due", str(row.due), file=name, line=line))
    for n, row in enumerate(change.rush_order):
        cells = {key: str(value) if isinstance(value, dt.date) else value for key, value in row.model_dump().items()}
        line = lines.get(("rush_order", n), 0)
        found.append(Patch("add", "orders", row=cells | {"ordered": str(today)}, file=name, line=line))
    return found


def check_names(change: Change, path: Path | None, lines: Lines, park: Park, units: dict[str, set[str]],
                machines: dict[str, int]) -> None:  # fmt: skip
    """Refuse machines and operations that the park does not have, all at once.

    Parameters
    ----------
    units
        Operations of each unit.
    machines
        Number of machines of each kind of servers.

    Raises
    ------
    InputError
        With every unknown name.
    """
    problems: list[Problem] = []

    def refuse(table: str, n: int, key: str, found: object, allowed: str, code: str) -> None:
        line = lines.get((table, n, key), lines.get((table, n), 0))
        problems.append(Problem(str(path), line, f"{table}.{key}", str(found), allowed, f"give {allowed}", code))

    for n, row in enumerate(change.machine_down):
        if row.resource not in machines:
            refuse("machine_down", n, "resource", row.resource, f"one of {', '.join(machines)}", "unknown-servers")
        elif row.machine > machines[row.resource]:
            refuse("machine_down", n, "machine", row.machine, f"1 to {machines[row.resource]}", "unknown-machine")
        if row.since is not None and moment(row.since) >= moment(row.until):
            refuse("machine_down", n, "until", row.until, f"later than {row.since}", "empty-stretch")
    for n, row in enumerate(change.pin):
        if row.unit not in units:
            refuse("pin", n, "unit", row.unit, "a unit of the order book", "unknown-unit")
        elif row.operation not in units[row.unit]:
            refuse("pin", n, "operation", row.operation, ", ".join(sorted(units[row.unit])), "unknown-operation")
        elif row.machine is None and row.start is None:
            refuse("pin", n, "machine", "neither machine nor start", "a machine or a start", "empty-pin")
    if problems:
        raise InputError(problems)


def moment(when: When) -> dt.datetime:
    """A day as its beginning; times without a zone are the park's own."""
    if isinstance(when, dt.datetime):
        return when.replace(tzinfo=None)
    return dt.datetime(when.year, when.month, when.day)


def tick_of(when: When, clock: Clock) -> int:
    """Tick of a day or time."""
    since = moment(when) - moment(clock.epoch)
    return (since.days * 86_400 + since.seconds) * 1_000_000 // clock.tick_us


_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def hours_of(text: str, option: str) -> float:
    """Hours of a length of time such as 8h, 3d or 2w.

    Raises
    ------
    InputError
        If it is none.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise InputError(
            Problem("command line", 0, option, text, "hours, days or weeks", "write 12h, 3d or 8w", "length")
        )
    return float(match[1]) * _HOURS[match[2]]


def time_of(text: str, option: str) -> dt.datetime:
    """A day or time of the command line.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return moment(dt.datetime.fromisoformat(text.strip()))
    except ValueError:
        allowed, fix = "a day or time", "write 2026-10-12 or 2026-10-12T06:00"
        raise InputError(Problem("command line", 0, option, text, allowed, fix, "time")) from None
