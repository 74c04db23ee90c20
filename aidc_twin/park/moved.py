"""A park on a later day: its epoch is moved, and with it all that counts from the epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

from aidc_twin.errors import InputError, Problem
from aidc_twin.park.check import check_park
from aidc_twin.park.park import Park, attribute, row_key
from aidc_twin.park.patch import Tables
from aidc_twin.park.schema import TABLES, Leg, NotBefore, Resource, Row, Transfer, Window
from aidc_twin.resources.unread import is_whole

HOURS_A_DAY = 24
MOMENT = 1e-7


def move(tables: Tables, day: date, file: str, key: str, problems: list[Problem]) -> None:
    """Make `day` the epoch of a park, in place; the end of its horizon stays, in whole weeks, and nothing warms up.

    `file` and `key` are where the day was named, for messages.
    """
    head = tables.head
    end = head.epoch + timedelta(weeks=head.horizon_weeks)
    if not head.epoch <= day < end:
        allowed = f"{head.epoch} to {end - timedelta(days=1)}, the days of the park"
        fix = "correct the day, or the epoch and the horizon of the park"
        problems.append(Problem(file, 0, key, day.isoformat(), allowed, fix, "day-outside"))
        return
    _refuse(tables, day, file, key, problems)
    hours = (day - head.epoch).days * HOURS_A_DAY
    weeks = math.ceil((end - day).days / 7)
    for name in ("windows", "transfers", "not_before", "legs"):
        _move_rows(tables, name, hours, weeks * 7 * HOURS_A_DAY)
    tables.head = head.model_copy(update={"epoch": day, "horizon_weeks": weeks, "warm_up_weeks": 0})


def _refuse(tables: Tables, day: date, file: str, key: str, problems: list[Problem]) -> None:
    """A state of orders says nothing of what arrives without them, nor of shares of periods."""
    if tables.rows["sources"]:
        found = f"{day}, and a park with sources"
        fix = "describe what comes as orders: a state does not say what its sources have brought"
        problems.append(Problem(file, 0, key, found, f"{tables.head.epoch}, the epoch", fix, "state-of-sources"))
    for row in cast("list[Resource]", tables.rows["resources"]):
        if vars(row).get("kind") == "bucketed":
            found = f"{day}, and {row.resource} of kind bucketed"
            fix = "start at the epoch: a state does not say what was done of a period"
            problems.append(Problem(file, 0, key, found, f"{tables.head.epoch}, the epoch", fix, "state-of-buckets"))


def _move_rows(tables: Tables, name: str, hours: int, end: int) -> None:
    found: list[Row] = []
    for row in tables.rows[name]:
        if not is_whole(row):
            tables.incomplete.add(name)
            continue
        for new in _moved(row, hours, end, tables.head.epoch):
            place = tables.places.get((name, row_key(row)))
            if place is not None:
                tables.places[name, row_key(new)] = place
            found.append(new)
    tables.rows[name] = found


def _moved(row: Row, hours: int, end: int, epoch: date) -> Iterator[Row]:
    """The row as it counts from so many hours later, with `end` hours to the horizon."""
    if isinstance(row, Window):
        yield from _window(row, hours, end)
    elif isinstance(row, Transfer):
        yield row.model_copy(update={"first_hours": _next(row.first_hours, row.every_hours, hours)})
    elif isinstance(row, NotBefore):
        yield row.model_copy(update={"hours": max(0.0, row.hours - hours)})
    elif isinstance(row, Leg) and row.kind == "sailing" and row.first_departure is None:
        yield row.model_copy(update={"first_departure": epoch})
    else:
        yield row


def _next(first: float, every: float, hours: int) -> float:
    """The first of what comes again and again that is not before `hours`, counted from there."""
    return first + max(0, math.ceil((hours - first) / every)) * every - hours


def _window(row: Window, hours: int, end: int) -> Iterator[Window]:
    """What is left of an opening; where one that comes again is open as the day begins, its two parts.

    One that is over stays for what its calendar means: it opens for a moment as the horizon ends.
    """
    opens, closes, every = row.opens_hours, row.closes_hours, row.every_hours
    if not every:
        left = (max(0.0, opens - hours), closes - hours) if closes > hours else (end - MOMENT, float(end))
        yield row.model_copy(update={"opens_hours": left[0], "closes_hours": left[1]})
        return
    first = _next(opens, every, hours)
    rest = first - every + closes - opens  # how long one is still open that has begun before
    if opens >= hours or rest <= 0:
        yield row.model_copy(update={"opens_hours": first, "closes_hours": first + closes - opens})
        return
    yield row.model_copy(update={"opens_hours": first, "closes_hours": every})
    yield row.model_copy(update={"window": f"{row.window}/begun", "opens_hours": 0.0, "closes_hours": rest})


def on_day(park: Park, day: date, tables: Mapping[str, Sequence[Row]]) -> Park:
    """The park on a later day, with these tables in place of its own.

    Raises
    ------
    InputError
        If it is no day of the park, or the tables do not agree with it.
    """
    problems: list[Problem] = []
    rows = {name: list(park.table(name)) for name in TABLES} | {name: list(rows) for name, rows in tables.items()}
    moved = Tables(park.head, rows, dict(park.places), set())
    if day != park.head.epoch:
        move(moved, day, "state", "at", problems)
    found: dict[str, Any] = {attribute(name): tuple(rows) for name, rows in moved.rows.items()}
    result = replace(park, head=moved.head, places={}, **found)
    problems += check_park(result).problems
    if problems:
        raise InputError(problems)
    return result
