"""What ``explain --prices`` and ``explain --serves`` print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from aidc_twin.app.kinds import planned_run
from aidc_twin.errors import InputError, Problem, escape
from aidc_twin.resources.suggest import cure

if TYPE_CHECKING:
    from aidc_twin.store import Run

__all__ = ["prices", "served", "waiting", "waits", "whom"]

_COLUMNS = (("goal_yi", "goals, 亿元"), ("late_weeks", "order-weeks"), ("margin_yi", "margin, 亿元"))
_LEAST = 5e-4
_MONEY = "money to pay for "
_LOTS = 30
"""Lots or weeks that are listed."""


def prices(found: dict[str, Any]) -> str:
    """Prices as a table, dearest first."""
    where = escape(found.get("run") or found["park"])
    lines = [
        f"{where}: what one unit more in every week is worth, by planning again with it at the plan's shift levels"
    ]
    lines += ["  (in brackets: if every part of the unit brought as much as the first; never less)"]
    head = "".join(f"{title:>24}" for _, title in _COLUMNS)
    lines += ["", f"{'':<22}{'one more':<18}{head}"]
    told = [row for row in found["prices"] if any((row[key] or 0.0) > _LEAST for key, _ in _COLUMNS)]
    for row in told:
        cells = "".join(f"{_cell(row[key], row['at_most'][key]):>24}" for key, _ in _COLUMNS)
        lines.append(f"{escape(row['name']):<22}{escape(row['unit']):<18}{cells}")
    nothing = [escape(row["name"]) for row in found["prices"] if row not in told and None not in _gains(row)]
    lines += ["", f"worth nothing, since other things bind: {', '.join(nothing)}"] if nothing else []
    lines += [] if found["complete"] else ["", "Time ended the search: – stands for what was not planned again."]
    lines += [
        "",
        "goals: shares of their targets times the mean target; order-weeks: weighted weeks that orders are earlier",
        "with the goals as they are; margin: with both as they are",
    ]
    return "\n".join([*lines, f"found in {found['seconds']:.1f} s"])


def _gains(row: dict[str, Any]) -> list[float | None]:
    return [row[key] for key, _ in _COLUMNS]


def _cell(gain: float | None, at_most: float | None) -> str:
    if gain is None:
        return "–"
    little = f" ({at_most:,.2f})" if at_most is not None and at_most > max(_LEAST, gain * 1.005) else ""
    return f"{gain:,.2f}{little}" if gain > _LEAST or little else "0"


def whom(name: str, run_id: str | None, store: Path) -> dict[str, Any]:
    """Which order each lot of a material, or each week of a resource, serves in the plan of a run."""
    run = planned_run(run_id or "latest", store, "explain --serves")
    frame = run.frame("plan_pegging")
    rows = frame.filter(pl.col("name") == name).drop("name")
    if rows.is_empty():
        known = frame["name"].unique().sort().to_list()
        few = ", ".join(known[:5]) + (f" and {len(known) - 5} more" if len(known) > 5 else "")
        raise InputError(Problem("--serves", 0, "", name, few, cure(name, known), "unknown-name"))
    return {
        "asked": "serves",
        "run": run.id,
        "name": name,
        "lots": rows.sort("source_week", "source", "order").to_dicts(),
    }


def served(found: dict[str, Any]) -> str:
    """Lots or weeks with the orders that they serve."""
    lots: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in found["lots"]:
        lots.setdefault((row["source_week"], row["source"]), []).append(row)
    lines = [f"{escape(found['run'])}: whom {escape(found['name'])} serves in the plan", ""]
    for (week, source), rows in list(lots.items())[:_LOTS]:
        what = {
            "capacity": "week",
            "purchase": "ordered in week",
            "supply": "arriving in week",
            "stock": "stock of week",
        }
        takers = ", ".join(f"{escape(row['order'])} {row['quantity']:,.4g}" for row in rows)
        total = sum(row["quantity"] for row in rows)
        lines.append(f"  {what[source]} {week}, {total:,.4g} in all: {takers}")
    more = len(lots) - _LOTS
    return "\n".join([*lines, *([f"  and {more} more; all are in the frame plan_pegging"] if more > 0 else [])])


def waits(run: Run, order: str) -> dict[str, Any]:
    """What an order of a run waits for, and what serves it."""
    files = run.files
    if not {"plan_waits.parquet", "plan_pegging.parquet"} <= set(files):
        return {}
    lots = run.frame("plan_pegging").filter(pl.col("order") == order).drop("order")
    late = run.frame("plan_waits").filter(pl.col("order") == order).drop("order")
    return {"waits": late.to_dicts(), "served_by": lots.sort("kind", "name", "source_week").to_dicts()}


def waiting(found: dict[str, Any]) -> list[str]:
    """The same in sentences."""
    lines = [
        f"  its {escape(row['group'])} wait {row['weeks_late']} weeks for {_what(row)} of week {row['week']}"
        f" ({row['share']:.0%} of what they wait for)"
        for row in found.get("waits", ())
    ]
    bought: dict[str, list[str]] = {}
    for row in found.get("served_by", ()):
        if row["source"] == "purchase":
            bought.setdefault(row["name"], []).append(f"{row['quantity']:,.4g} ordered in week {row['source_week']}")
    return [*lines, *(f"  gets of {escape(name)}: {', '.join(rows)}" for name, rows in bought.items())]


def _what(row: dict[str, Any]) -> str:
    """What an order waits for: a resource, a material, or the money for it."""
    return (_MONEY if row["kind"] == "cash" else "") + escape(row["name"])
