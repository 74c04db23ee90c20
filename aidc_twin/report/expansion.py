"""The page of an expansion plan: one self-contained HTML file, the same bytes for the same input."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import Any

import polars as pl
from markupsafe import Markup

from aidc_twin.report import wording
from aidc_twin.report.band_svg import draw
from aidc_twin.report.page import TEMPLATES, environment
from aidc_twin.report.tables import Cell, check_table, money, number, share, table, whole, words
from aidc_twin.units.money import YI

__all__ = ["render_expansion"]

_CONTENTS = (
    ("worth", "What it is worth"), ("built", "What is begun"), ("cash", "Cash"), ("goals", "Goals by year"),
    ("binds", "What binds"), ("assumptions", "Assumptions"), ("certificate", "Certificate"),
)  # fmt: skip
_FLOWS = ("revenue", "cost", "overhead", "upkeep", "shifts", "capex", "tied", "tax", "net", "cumulated")
_DENSITY = ("yuan_per_mu", "yuan_per_m2", "yuan_per_mw", "yuan_per_worker")
_CAUTION = (
    "Present value of all cash of the park in these years, in prices of today, before any credit, at capacities that"
    " the twin has measured without congestion."
)
_UNTRIED = "The twin has not executed this plan: no probability is told."


def render_expansion(frames: dict[str, pl.DataFrame], found: dict[str, Any]) -> str:
    """Give the page as text.

    Parameters
    ----------
    frames
        Frames of the run by their published name.
    found
        The JSON object of `aidc-twin invest --json`.
    """
    name = found["title"] or found["park"]
    context = {
        "heading": f"{name}: expansion {found['from']} to {found['until']}",
        "contents": _CONTENTS,
        "style": Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        "facts": [("park", found["park"]), ("scenarios", " + ".join(found["scenarios"]) or "none (base)"),
                  ("run", found["run"]), ("seed", found["seed"])],
        "worth": _worth(found), "caution": _CAUTION, "built_table": _built(found), **_cash(frames, found),
        "goal_table": _goals(found), "futures": _futures(found), "bands": _bands(found),
        "bind_table": _binds(found), "product_table": _products(found),
        **_evidence(found),
    }  # fmt: skip
    return environment().get_template("expansion.html").render(context)


def _yuan(amount_yi: float) -> int:
    return round(amount_yi * YI)


def _worth(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    rate = wording.percent(found["discount_share"])
    amounts = (
        (f"present value at {rate} a year", found["value_yi"]), ("proven bound", found["bound_yi"]),
        ("with nothing begun", found["without_yi"]), ("what the expansion brings", found["gain_yi"]),
    )  # fmt: skip
    rows = [(label, wording.amount(_yuan(yi)), wording.three_forms(_yuan(yi))) for label, yi in amounts]
    back = found["payback_years"]
    rows.append(("gap", wording.gap(found["gap"]), found["status"]))
    rows.append(("return on what is put in", wording.percent(found["irr"]), "a year; none where no single rate is it"))
    rows.append(("paid back", wording.NOTHING if back is None else f"after {wording.figure(back, 2)} years", ""))
    for label, key in (("least money", "low"), ("by the expansion alone", "low_of_expansion")):
        low = found[key]
        rows.append((label, wording.amount(low["yuan"]), f"at the end of {low['quarter']}"))
    return rows


def _built(found: dict[str, Any]) -> Any:
    return table(
        ("investment", "what", "begun", "in use", "#units", "unit", "#paid once"),
        ((words(row["investment"], "mono"), words(row["title"]), words(row["begun"]), words(row["in_use"]),
          number(row["units"]), words(row["unit"]), money(row["once_yuan"])) for row in found["investments"]),
        "Nothing is begun: what there is serves better.",
    )  # fmt: skip


def _cash(frames: dict[str, pl.DataFrame], found: dict[str, Any]) -> dict[str, Any]:
    """Chart of all cash up to each quarter, with and without the investments, and the years."""
    totals = {case: [yuan / YI for yuan in accumulate(_net(frames, case))] for case in ("plan", "without")}
    days = [dt.date(found["from"] + (q + 1) // 4, 3 * ((q + 1) % 4) + 1, 1) - dt.timedelta(days=1)
            for q in range(len(totals["plan"]))]  # fmt: skip
    low, total = found["low"], totals["plan"]
    sentence = f"Least money is there at the end of {low['quarter']}: {wording.amount(low['yuan'])}, nothing at first."
    figure = draw(days, (total, total, total), totals["without"], sentence, ("plan", "without"))
    years = table(
        ("year", *(f"#{name}" for name in _FLOWS)),
        ((words(row["year"]), *(money(row[f"{name}_yuan"]) for name in _FLOWS)) for row in found["years"]),
        "No years.",
    )
    return {"cash_sentence": sentence, "cash_figure": figure, "year_table": years}


def _net(frames: dict[str, pl.DataFrame], case: str) -> list[int]:
    return frames["invest_cash"].filter(pl.col("case") == case).sort("quarter")["net_yuan"].to_list()


def _goals(found: dict[str, Any]) -> Any:
    rows = (
        (words(row["goal"]), words(row["year"]), money(row["target_yuan"]), money(row["amount_yuan"]), _met(row["met"]),
         *(money((row["simulated_yuan"] or {}).get(key)) for key in ("mean", "p10", "p90")), share(row["probability"]),
         share(row["without"]["probability"]), *(number(row[key]) for key in _DENSITY))
        for row in found["goals"]
    )  # fmt: skip
    heads = ("goal", "year", "#goal of a year", "#planned", "", "#in the twin", "#P10", "#P90", "#P(met)",
             "#with nothing begun", "#yuan/mu", "#yuan/m²", "#yuan/MW", "#yuan/worker")  # fmt: skip
    return table(heads, rows, "No goals were asked for.")


def _futures(found: dict[str, Any]) -> str:
    """In how many futures the plan was executed, and what the probabilities do not hold."""
    executed = found["executed"]
    if executed is None or executed["until"] is None:
        return _UNTRIED
    span = f"The twin has executed {executed['from']} to {executed['until']} in {executed['replications']} futures"
    return f"{span}. Not in these figures: {'; '.join(executed['leaves_out'])}."


def _bands(found: dict[str, Any]) -> list[tuple[str, Any]]:
    """A chart of each goal: what its years come to in the twin against what they are planned to."""
    charts: list[tuple[str, Any]] = []
    for name in dict.fromkeys(row["goal"] for row in found["goals"]):
        rows = [row for row in found["goals"] if row["goal"] == name and row["simulated_yuan"] is not None]
        if rows:
            low, middle, high = ([row["simulated_yuan"][key] / YI for row in rows] for key in ("p10", "p50", "p90"))
            days = [dt.date(row["year"], 12, 31) for row in rows]
            planned = [row["amount_yuan"] / YI for row in rows]
            charts.append((name, draw(days, (low, middle, high), planned, f"{name} by year", ("P50", "planned"))))
    return charts


def _met(met: bool) -> Cell:
    return words("met", "good") if met else words("short", "bad")


def _binds(found: dict[str, Any]) -> Any:
    return table(
        ("limit", "kind", "#quarters full", "first", "#one unit more, present value"),
        ((words(row["name"], "mono"), words(row["kind"]), whole(row["quarters"]), words(row["first"]),
          money(row["worth_yuan"])) for row in found["binds"]),
        "Nothing is full: demand alone limits.",
    )  # fmt: skip


def _products(found: dict[str, Any]) -> Any:
    return table(
        ("solution", "#MW made", "#MW that could be sold", "#share"),
        ((words(row["product"], "mono"), number(row["made_mw"]), number(row["demand_mw"]),
          share(row["made_mw"] / row["demand_mw"] if row["demand_mw"] else None)) for row in found["products"]),
        "Nothing is made.",
    )  # fmt: skip


def _evidence(found: dict[str, Any]) -> dict[str, Any]:
    assumed = found["assumptions"]
    facts = table(
        ("fact", "what", "#value", "#low", "#high", "unit", "basis", "source"),
        ((words(row["fact"], "mono"), words(row["quantity"]), number(row["value"]), number(row["low"]),
          number(row["high"]), words(row["unit"]), words(row["basis"]), words(row["source"]))
         for row in assumed["facts"]),
        "The tables of investments refer to no fact.",
    )  # fmt: skip
    unpriced = wording.percent(assumed["capex_share"])
    return {
        "assumption_sentence": f"Of what is paid once, {unpriced} has no published price.",
        "fact_table": facts,
        "certificate_sentence": "A checker that shares no code with what it checks found "
        f"{wording.count(found['violations'])} violations.",
        "check_table": check_table(found["checks"]),
        "replay": f"{found['command']}\naidc-twin runs verify {found['run']}",
    }
