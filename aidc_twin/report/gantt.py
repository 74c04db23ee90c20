"""The near weeks of the schedule as compact data for the page's canvas."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from aidc_twin.errors import escape, shorten
from aidc_twin.report.chain import MACHINE, OTHER, OWN, Chains
from aidc_twin.report.palette import GREY, LATENESS, SERIES
from aidc_twin.report.reading import Run
from aidc_twin.units.clock import Clock

MOST_BARS = 20_000
WEEKS = 13
CRITICAL = ("has slack", "holds its order up", "holds another order up")
LATE = ("on time in", "up to 4 weeks late", "more than 4 weeks late", "not wholly released")
WHYS = (OWN, MACHINE, OTHER)
_LATE_WEEKS = 4
_UNIX = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Gantt:
    """Data block of the page, and what a reader is told of it."""

    block: Markup
    bars: int
    rows: int
    note: str


def gantt(operations: pl.DataFrame, orders: pl.DataFrame, run: Run, told_by: str = "the plan") -> Gantt | None:
    """Pack the machine operations of the near weeks; None where no operation stands on a machine.

    Parameters
    ----------
    operations, orders
        Rows of `ScheduleOperations`, and `order`, `tardiness_weeks` and `finish_week` as in `PlanOrders`.
    told_by
        What says how late orders are.
    """
    clock = run.clock or Clock(_UNIX)
    week = clock.ticks_per_week
    machines = operations.filter((pl.col("machine") > 0) & (pl.col("end_tick") > pl.col("start_tick")))
    ahead = machines.filter(pl.col("end_tick") > 0)
    first = max(0, _least(ahead, "start_tick"))
    near = ahead.filter(pl.col("start_tick") < first + WEEKS * week)
    order = ["start_tick", "resource", "machine", "unit_id", "operation", "attempt", "during"]
    bars = near.sort(order).head(MOST_BARS)
    if bars.is_empty():
        return None
    data = _pack(operations, bars, orders, clock)
    data["late_names"] = [f"{LATE[0]} {told_by}", *LATE[1:-1], LATE[-1] if told_by == "the plan" else "never accepted"]
    data["epoch_ms"] = None if run.clock is None else (run.clock.epoch - _UNIX).days * 86_400_000
    note = _note(len(operations), len(machines), len(bars))
    return Gantt(json_block(data), len(bars), len(data["rows"]), note)


def json_block(data: object) -> Markup:
    """JSON that may stand inside a script element: no `<`, no `>`, no `&`, no line separator, ASCII only."""
    packed = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(packed.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _pack(operations: pl.DataFrame, bars: pl.DataFrame, orders: pl.DataFrame, clock: Clock) -> dict[str, Any]:
    places = bars.select("resource", "machine").unique().sort("resource", "machine")
    row_of = {pair: index for index, pair in enumerate(places.iter_rows())}
    start = [tick * clock.tick_us // 1_000_000 for tick in bars["start_tick"]]
    end = [-(-tick * clock.tick_us // 1_000_000) for tick in bars["end_tick"]]
    products, product = _coded(bars["product"])
    names, order = _coded(bars["order"])
    names_of, operation = _coded(bars["operation"])
    lateness = _lateness(orders)
    return {
        "rows": [f"{_shown(resource)} {machine}" for resource, machine in places.iter_rows()],
        "products": [_shown(name) for name in products],
        "orders": [_shown(name) for name in names],
        "operations": [_shown(name) for name in names_of],
        "late": [lateness.get(name, -1) for name in names],
        "late_colours": list(LATENESS),
        "critical_names": list(CRITICAL),
        "critical_colours": [GREY, LATENESS[2], LATENESS[1]],
        "colours": list(SERIES),
        "other": GREY,
        "row": [row_of[pair] for pair in bars.select("resource", "machine").iter_rows()],
        "start": start,
        "length": [max(1, after - before) for before, after in zip(start, end, strict=True)],
        "setup": [ticks * clock.tick_us // 1_000_000 for ticks in bars["setup_ticks"]],
        "product": product,
        "order": order,
        "operation": operation,
        "unit": bars["unit"].to_list(),
        "attempt": bars["attempt"].to_list(),
        "rework": [int(during == "rework") for during in bars["during"]],
        **_chains(operations, bars, names, clock),
    }


def _chains(operations: pl.DataFrame, bars: pl.DataFrame, orders: list[str], clock: Clock) -> dict[str, Any]:
    """The critical chain of each order that has a bar, its beginning first, and how critical each bar is.

    A link is its bar (-1: none is drawn), where its operation, unit and place stand in `texts`, its start and end in
    seconds, and the number of what it waited for. A bar is 1 on the chain of its own order, 2 on that of another one.
    """
    chains = Chains(operations)
    names = operations.select("unit_id", "operation", "attempt", "start_tick").rows()
    shown = bars.select("unit_id", "operation", "attempt", "start_tick").rows()
    bar_of = {name: bar for bar, name in enumerate(shown)}
    texts: dict[str, int] = {}
    links: dict[str, list[list[int]]] = {}
    critical = [0] * len(shown)
    for order in sorted(chains.order):
        for link in reversed(chains.of(order)):
            of, resource, machine, start, end, unit, operation = chains.rows[link.row]
            bar = bar_of.get(names[link.row], -1)
            if bar >= 0:
                critical[bar] = 1 if of == order else critical[bar] or 2
            place = f"{resource} {machine}" if machine > 0 else ""
            said = [texts.setdefault(_shown(text), len(texts)) for text in (operation, unit, place)]
            seconds = (start * clock.tick_us // 1_000_000, -(-end * clock.tick_us // 1_000_000))
            links.setdefault(order, []).append([bar, *said, *seconds, WHYS.index(link.why)])
    return {
        "critical": critical, "texts": list(texts), "whys": list(WHYS),
        "chains": [links.get(order, []) for order in orders],
    }  # fmt: skip


def _coded(column: pl.Series) -> tuple[list[str], list[int]]:
    names = column.unique().sort().to_list()
    place = {name: index for index, name in enumerate(names)}
    return names, [place[name] for name in column]


def _lateness(orders: pl.DataFrame) -> dict[str, int]:
    classes: dict[str, int] = {}
    for row in orders.iter_rows(named=True):
        late = row["tardiness_weeks"]
        classes[row["order"]] = 3 if row["finish_week"] < 0 else 0 if late <= 0 else 1 if late <= _LATE_WEEKS else 2
    return classes


def _note(total: int, on_machines: int, shown: int) -> str:
    rest = (
        f"; {on_machines - shown:,} later or earlier ones are in the frame schedule_operations"
        if on_machines > shown
        else ""
    )
    return (
        f"{shown:,} of {total:,} scheduled operations: those that stand on a machine in the next {WEEKS} weeks{rest}."
    )


def _least(frame: pl.DataFrame, column: str) -> int:
    return min(frame[column].to_list(), default=0)


def _shown(name: str) -> str:
    return escape(shorten(name, 60))
