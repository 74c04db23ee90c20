"""The page of a schedule: one self-contained HTML file, the same bytes for the same input."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import polars as pl
from markupsafe import Markup

from aidc_twin.report import wording
from aidc_twin.report.chain import MACHINE, Chains
from aidc_twin.report.gantt import gantt
from aidc_twin.report.lists import MOVED
from aidc_twin.report.page import TEMPLATES, environment
from aidc_twin.report.reading import read_run
from aidc_twin.report.tables import check_table, number, table, whole, words

__all__ = ["render_schedule"]

_CONTENTS = (
    ("schedule", "Schedule"), ("orders", "Late orders"), ("moved", "What moved"), ("search", "Search"),
    ("certificate", "Certificate"),
)  # fmt: skip
_WEEK = 7.0
_STEPS = 20
"""Better schedules in the table of the search."""
_MOVES = 200
"""Moves in the table; those of most hours come first."""
_NAMED = 3
"""Orders that another one waits for that are named."""


def render_schedule(frames: Mapping[str, pl.DataFrame], found: Mapping[str, Any]) -> str:
    """Give the page as text.

    Parameters
    ----------
    frames
        Frames of the run by their published name; `schedule_operations` and `checks` are read.
    found
        The JSON object of `aidc-twin schedule --json`.
    """
    operations, script = frames["schedule_operations"], (TEMPLATES / "gantt.js").read_text(encoding="utf-8")
    run = read_run(found)
    chart = gantt(operations, _lateness(found), run, "the twin")
    late, waits = _late(found), Chains(operations)
    context = {
        "heading": f"{run.title}: schedule of {found['weeks']} weeks",
        "contents": _CONTENTS,
        "style": Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "facts": [("park", run.park), ("scenarios", " + ".join(run.scenarios) or "none (base)"), ("run", run.run)],
        "figures": _figures(found), "notices": found["notices"], "gantt": chart,
        "late_sentence": _late_sentence(found, late),
        "late_table": table(
            ("order", "product", "due", "accepted", "#days late", "#weight", "#operations in these weeks",
             "waits for the machines of"),
            ((words(row["order"], "mono"), words(row["product"]), words(row["due"]),
              words((row["accepted"] or "")[:16]), number(row["days_late"]), number(row["weight"]),
              whole(row["operations"]), words(_others(waits, row["order"]))) for row in late),
            "No order is late.",
        ),
        **_moved(found), **_search(found), **_evidence(found),
    }  # fmt: skip
    return environment().get_template("schedule.html").render(context)


def _lateness(found: Mapping[str, Any]) -> pl.DataFrame:
    """Orders as the chart reads them."""
    rows = found["orders"]
    return pl.DataFrame({
        "order": [row["order"] for row in rows],
        "tardiness_weeks": [max(0.0, row["days_late"] or 0.0) / _WEEK for row in rows],
        "finish_week": [-1 if row["accepted"] is None else 0 for row in rows],
    }, schema={"order": pl.String, "tardiness_weeks": pl.Float64, "finish_week": pl.Int64})  # fmt: skip


def _figures(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    rows = [
        ("operations", wording.count(found["operations"]), "that start in these weeks"),
        ("weighted tardiness", f"{wording.figure(found['weighted_tardiness'])} order-weeks", f"rule: {found['rule']}"),
        ("last end", f"{wording.figure(found['makespan_s'] / 86_400)} days", "after the epoch"),
        ("violations", wording.count(found["violations"]), f"in {wording.count(found['checked'])} checks"),
    ]
    if "search" in found:
        search = found["search"]
        rows.insert(2, ("proven gap", wording.percent(search["gap"]), "of the cost to what no schedule can go below"))
    return rows


def _late(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Late orders with an operation in these weeks: those never accepted first, then the latest."""
    rows = [row for row in found["orders"] if row["operations"] and (row["days_late"] is None or row["days_late"] > 0)]
    return sorted(rows, key=lambda row: (row["days_late"] is not None, -(row["days_late"] or 0.0), row["order"]))


def _late_sentence(found: Mapping[str, Any], late: list[Mapping[str, Any]]) -> str:
    near = sum(row["operations"] > 0 for row in found["orders"])
    others = sum(
        not row["operations"] and (row["days_late"] is None or row["days_late"] > 0) for row in found["orders"]
    )
    return (
        f"{len(late):,} of {near:,} orders with work in these weeks are late in the twin, which goes on with mean"
        f" durations after them; so are {others:,} orders without work in them. A click on a bar shows what its order"
        " waits for, as does the choice above the chart."
    )


def _others(chains: Chains, order: str) -> str:
    """Orders whose work the critical chain of an order waits for at machines, those with most links first."""
    count: dict[str, int] = {}
    for before, link in zip(chains.of(order)[1:], chains.of(order), strict=False):
        name = chains.rows[before.row][0]
        if link.why == MACHINE and name and name != order:
            count[name] = count.get(name, 0) + 1
    names = sorted(count, key=lambda name: (-count[name], name))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _moved(found: Mapping[str, Any]) -> dict[str, Any]:
    """What moved since the schedule that holds, or the one that it was made from."""
    rows = found.get("moved", [])
    absent = "Nothing moved." if "moved" in found else "No schedule was published to compare this one with."
    return {"moved_table": table(
        [f"#{name}" if name == "hours" else name.replace("_", " ") for name in MOVED],
        ([number(row[name]) if name == "hours" else words(row[name]) for name in MOVED] for row in rows),
        absent, most=_MOVES,
    )}  # fmt: skip


def _search(found: Mapping[str, Any]) -> dict[str, Any]:
    scores = table(
        ("rule", "#weighted tardiness, order-weeks"),
        ((words(name), number(score, 6)) for name, score in found["scores"].items()), "No rule was tried.",
    )  # fmt: skip
    if "search" not in found:
        return {"rule_table": scores, "search_sentence": "", "step_table": None}
    search = found["search"]
    steps = search["trajectory"]
    shown = (
        steps if len(steps) <= _STEPS else [steps[round(k * (len(steps) - 1) / (_STEPS - 1))] for k in range(_STEPS)]
    )
    said = (
        f"{search['operations']:,} operations were scheduled and {search['work']:,} placed in"
        f" {search['seconds']:.1f} s; no schedule costs less than {search['bound']:,.0f}."
        f" {search['replayed_otherwise']:,} operations of these weeks are executed otherwise by the twin."
    )
    return {
        "rule_table": scores, "search_sentence": said,
        "step_table": table(("#seconds", "#cost"), ((number(at), number(cost, 12)) for at, cost in shown), "None."),
    }  # fmt: skip


def _evidence(found: Mapping[str, Any]) -> dict[str, Any]:
    own = found.get("search", {})
    second = (
        f" A second one checked the search's own model {own['checked']:,} times: {own['violations']:,}." if own else ""
    )
    return {
        "certificate_sentence": "A checker that shares no code with what it checks found"
        f" {wording.count(found['violations'] - own.get('violations', 0))} violations.{second}",
        "check_table": check_table(found["checks"]),
        "replay": f"aidc-twin runs verify {found['run']}",
    }
