"""What ``invest`` prints."""

from __future__ import annotations

from typing import Any

from aidc_twin.errors import escape
from aidc_twin.report import wording

__all__ = ["text"]

YI = 1e8
_LARGE = 100.0
_MOST = 8
"""Limits that are named; all of them are in the frame `invest_load`."""


def text(found: dict[str, Any]) -> str:
    """An expansion plan in a page of text."""
    gap = f"gap {found['gap']:.3%}" if found["status"] == "optimal" else f"{found['status']}, gap {found['gap']:.3%}"
    lines = [
        f"{escape(found['park'])}: expansion plan {found['from']} to {found['until']}, {gap}",
        f"  present value at {found['discount_share']:.1%} a year: {_yi(found['value_yi'])} 亿元, at most"
        f" {_yi(found['bound_yi'])}; with nothing begun {_yi(found['without_yi'])}, so that it brings"
        f" {_yi(found['gain_yi'])}",
        f"  return on what is put in: {_share(found['irr'])}; paid back {_payback(found['payback_years'])}",
        f"  least money: {_low(found['low'])}; by the expansion alone {_low(found['low_of_expansion'])}",
        "", *_investments(found["investments"]), "", *_years(found), "", *_goals(found["goals"]),
        *_executed(found["executed"]), "",
        *_binds(found["binds"]), *_assumed(found["assumptions"]),
    ]  # fmt: skip
    lines += [f"note: {escape(line)}" for line in found["notices"]]
    lines.append(
        f"  built in {found['build_s']:.1f} s, solved in {found['solve_s']:.1f} s; {found['violations']} violations in"
        f" {len(found['checks'])} checked rules"
    )
    return "\n".join([*lines, f"report       {escape(found['report'])}"])


def _yi(amount: float) -> str:
    """Amount in 亿元, of small parks as well."""
    return wording.figure(amount, 5 if abs(amount) >= _LARGE else 3)


def _share(value: float | None) -> str:
    return "no single rate" if value is None else f"{value:.1%} a year"


def _payback(years: float | None) -> str:
    return "not within these years" if years is None else f"after {years:.1f} years"


def _low(low: dict[str, Any]) -> str:
    return f"{_yi(low['yuan'] / YI)} 亿元 at the end of {low['quarter']}" if low["yuan"] else "never below nothing"


def _investments(rows: list[dict[str, Any]]) -> list[str]:
    """Each investment with the quarters in which units of it are begun."""
    if not rows:
        return ["nothing is begun: what there is serves better"]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_name.setdefault(row["investment"], []).append(row)
    lines = ["begun"]
    for name, own in by_name.items():
        units, cost = sum(row["units"] for row in own), sum(row["once_yuan"] for row in own) / YI
        when = ", ".join(f"{row['begun']} {row['units']:,.4g}" for row in own)
        lines.append(f"  {escape(name):<18}{units:>8,.4g} × {escape(own[0]['unit'])}, {_yi(cost)} 亿元: {when}")
    return lines


def _years(found: dict[str, Any]) -> list[str]:
    names = ("revenue", "capex", "upkeep", "tax", "net", "cumulated")
    lines = [f"{'亿元':<10}" + "".join(f"{name:>12}" for name in names)]
    return lines + [
        f"  {row['year']:<10}" + "".join(f"{_yi(row[f'{name}_yuan'] / YI):>12}" for name in names)
        for row in found["years"]
    ]


def _goals(rows: list[dict[str, Any]]) -> list[str]:
    """Each goal by year."""
    lines: list[str] = []
    for name in dict.fromkeys(row["goal"] for row in rows):
        own = [row for row in rows if row["goal"] == name]
        target = own[0]["target_yuan"] / YI
        lines.append(f"{escape(name)} ({own[0]['ledger']}, {own[0]['basis']}), {target:,.0f} 亿元 asked of each year")
        for row in own:
            planned = f"  {row['year']}  {_yi(row['amount_yuan'] / YI):>10} 亿元, {'met' if row['met'] else 'short':<6}"
            lines += [f"{planned}{_density(row)}", *_band(row)]
    return lines


def _band(row: dict[str, Any]) -> list[str]:
    """What a year comes to in the twin, and how sure its goal is, with and without the expansion."""
    band = row["simulated_yuan"]
    if band is None:
        return []
    mean, low, high = (_yi(band[name] / YI) for name in ("mean", "p10", "p90"))
    chance, alone = (wording.percent(share) for share in (row["probability"], row["without"]["probability"]))
    return [f"        {mean:>10} in the twin ({low} to {high}), P(met) {chance}; with nothing begun {alone}"]


def _executed(found: dict[str, Any] | None) -> list[str]:
    """Of how many futures the probabilities are, and what they do not hold."""
    if found is None:
        return ["no probability is told: the twin has not executed this plan"]
    if found["until"] is None:
        return ["no probability is told: the first year lies beyond the longest horizon of a park"]
    span = f"{found['from']} to {found['until']} in {found['replications']} futures of the twin (P10 to P90)"
    return [span, *(f"  {line}" for line in found["leaves_out"])]


def _density(row: dict[str, Any]) -> str:
    words = (("mu", "yuan_per_mu"), ("m²", "yuan_per_m2"), ("MW", "yuan_per_mw"), ("worker", "yuan_per_worker"))
    return "; ".join(f"{wording.figure(row[key] / 1e4)} 万元/{word}" for word, key in words if row[key] is not None)


def _binds(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["nothing is full: demand alone limits"]
    named = ", ".join(f"{escape(row['name'])} ({row['quarters']} quarters from {row['first']})" for row in rows[:_MOST])
    return [f"what binds   {named}" + (f" and {len(rows) - _MOST} more" if len(rows) > _MOST else "")]


def _assumed(found: dict[str, Any]) -> list[str]:
    share = found["capex_share"]
    guesses = sum(fact["basis"] == "assumption" for fact in found["facts"])
    spent = "" if share is None else f"{wording.percent(share)} of what is spent once has no published price; "
    known = f"{guesses} of the {len(found['facts'])} facts that it rests on are guesses"
    return [f"assumptions  {spent}{known if found['facts'] else 'no figure of it names a source'}"]
