"""Dispatch lists: what each work centre does in each shift, and what moved since the schedule that held before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from aidc_twin.park import Park
from aidc_twin.park.calendars import weekdays
from aidc_twin.units.clock import Clock

COLUMNS = ("shift", "start", "end", "machine", "order", "unit", "operation", "product", "changeover_h", "work_h")
MOVED = ("unit", "operation", "machine_before", "machine", "start_before", "start", "hours", "why")
List = list[list[str | int | float]]


def dispatch_lists(park: Park, operations: pl.DataFrame) -> dict[str, dict[str, List]]:
    """Rows of each work centre and shift (`COLUMNS`), in the order of their starts.

    A work centre is a kind of servers, or an operation that has none. A shift is a day and the number of its shift;
    work that starts outside of all is listed under the day alone.

    Parameters
    ----------
    operations
        Rows of `ScheduleOperations`.
    """
    clock = Clock(park.head.epoch, park.head.tick_us)
    hours = _hours(park)
    found: dict[str, dict[str, List]] = {}
    for row in operations.sort("start_tick", "resource", "machine", "unit_id", "operation").iter_rows(named=True):
        centre = row["resource"] or row["operation"]
        start = moment(clock, row["start_tick"])
        name = _shift(hours.get(centre, ()), start)
        found.setdefault(centre, {}).setdefault(name, []).append([
            name, said(start), said(moment(clock, row["end_tick"])), row["machine"], row["order"], row["unit_id"],
            row["operation"], row["product"], _in_hours(clock, row["setup_ticks"]), _in_hours(clock, row["work_ticks"]),
        ])  # fmt: skip
    return {centre: dict(sorted(found[centre].items())) for centre in sorted(found)}


def _hours(park: Park) -> dict[str, Sequence[tuple[set[int], int, int, int]]]:
    """(weekdays, first and last minute, number) of the shifts of each work centre."""
    calendars = {row.resource: row.calendar for row in park.resources}
    for row in park.operations:
        calendars.setdefault(row.operation, row.calendar)
    return {
        centre: [(set(weekdays(one.days)), one.start, one.end, one.shift) for one in park.shifts_of(calendar)]
        for centre, calendar in calendars.items()
        if calendar
    }


def _shift(hours: Sequence[tuple[set[int], int, int, int]], start: dt.datetime) -> str:
    minute = 60 * start.hour + start.minute
    for days, first, last, number in hours:
        if start.weekday() in days and first <= minute < last:
            return f"{start.date()} shift {number}"
    return str(start.date())


def moment(clock: Clock, tick: int) -> dt.datetime:
    """Local time of a tick, to the second."""
    begin = dt.datetime(clock.epoch.year, clock.epoch.month, clock.epoch.day)
    return begin + dt.timedelta(seconds=tick * clock.tick_us // 1_000_000)


def said(when: dt.datetime) -> str:
    """A time to the minute."""
    return when.strftime("%Y-%m-%d %H:%M")


def _in_hours(clock: Clock, ticks: int) -> float:
    return round(ticks / clock.ticks_per_hour, 2)


def moves(
    before: pl.DataFrame, after: pl.DataFrame, park: Park, why: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """Operations with another start or machine (`MOVED`), those that moved most first; also new ones and gone ones."""
    clock = Clock(park.head.epoch, park.head.tick_us)
    old, new = _first_starts(before), _first_starts(after)
    last = max((tick for _, tick in old.values()), default=0)
    found: list[tuple[int, dict[str, Any]]] = []
    for name in sorted(set(old) | set(new)):
        if old.get(name) == new.get(name) or (name not in old and new[name][1] > last):
            continue
        machine_before, tick_before = old.get(name, (0, None))
        machine, tick = new.get(name, (0, None))
        by = 0 if tick is None or tick_before is None else tick - tick_before
        reason = "new" if tick_before is None else "later than the horizon" if tick is None else why.get(name, "")
        found.append((-abs(by), {
            "unit": name[0], "operation": name[1], "machine_before": machine_before, "machine": machine,
            "start_before": "" if tick_before is None else said(moment(clock, tick_before)),
            "start": "" if tick is None else said(moment(clock, tick)), "hours": _in_hours(clock, by), "why": reason,
        }))  # fmt: skip
    return [row for _, row in sorted(found, key=lambda item: (item[0], item[1]["unit"], item[1]["operation"]))]


def _first_starts(operations: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """Machine and first start of each operation of the order book."""
    rows = operations.filter((pl.col("during") == "operation") & (pl.col("order") != "")).sort("start_tick")
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for unit, operation, machine, tick in rows.select("unit_id", "operation", "machine", "start_tick").iter_rows():
        found.setdefault((unit, operation), (machine, tick))
    return found
