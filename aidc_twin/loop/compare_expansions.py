"""Two expansion plans side by side: what they are worth, begin and make, and what their futures come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.twin.statistics import finite, paired_difference, unpaired_difference

__all__ = ["compare_expansions"]

FIGURES = ("value_yi", "bound_yi", "gap", "without_yi", "gain_yi", "irr", "payback_years")
ASKED = ("park", "scenarios", "goal_profile", "seed", "from", "until")
_MONEY = ("revenue_yuan", "capex_yuan", "upkeep_yuan", "tax_yuan", "net_yuan")

Told = Mapping[str, Any]
Samples = pl.DataFrame | None


def compare_expansions(base: Told, other: Told, samples: Sequence[Samples]) -> dict[str, Any]:
    """What differs between two published expansion plans, as an object.

    Parameters
    ----------
    base, other
        The objects that `aidc-twin invest --json` printed.
    samples
        ``invest_samples`` of both; None where the twin has not executed the plan.
    """
    asked = [{"what": key, "base": base[key], "other": other[key]} for key in ASKED if base[key] != other[key]]
    return {
        "asked": asked, "figures": [_figure(base, other, key) for key in FIGURES],
        "surely": _surely(base, other), "investments": _investments(base, other), "years": _years(base, other),
        "goals": _goals(base, other, samples), "notices": _notices(base, other),
    }  # fmt: skip


def _figure(base: Told, other: Told, key: str) -> dict[str, Any]:
    before, after = base[key], other[key]
    change = None if before is None or after is None else after - before
    return {"figure": key, "base": before, "other": after, "difference": change}


def _surely(base: Told, other: Told) -> str | None:
    """Which of the two is worth more whatever remains of their gaps; None where the gaps leave it open."""
    if other["value_yi"] > base["bound_yi"]:
        return "other"
    return "base" if base["value_yi"] > other["bound_yi"] else None


def _investments(base: Told, other: Told) -> list[dict[str, Any]]:
    """Units of each investment in all, what is paid for them once, and when the first is begun."""
    totals = [_begun(found) for found in (base, other)]
    nothing: dict[str, Any] = {"units": 0.0, "once_yuan": 0, "first": None}
    rows: list[dict[str, Any]] = []
    for name in dict.fromkeys([*totals[0], *totals[1]]):
        pair = [one.get(name, nothing) for one in totals]
        row: dict[str, Any] = {"investment": name}
        for key in nothing:
            row |= {f"base_{key}": pair[0][key], f"other_{key}": pair[1][key]}
        rows.append(row)
    return rows


def _begun(found: Told) -> dict[str, dict[str, Any]]:
    totals: dict[str, dict[str, Any]] = {}
    for row in found["investments"]:  # quarter by quarter, the first of each first
        one = totals.setdefault(row["investment"], {"units": 0.0, "once_yuan": 0, "first": row["begun"]})
        one["units"] += row["units"]
        one["once_yuan"] += row["once_yuan"]
    return totals


def _years(base: Told, other: Told) -> list[dict[str, Any]]:
    """Cash of the years that both plan."""
    before = {row["year"]: row for row in base["years"]}
    rows: list[dict[str, Any]] = []
    for after in other["years"]:
        if (year := after["year"]) in before:
            sides = (("base", before[year]), ("other", after))
            rows.append({"year": year} | {f"{side}_{name}": one[name] for name in _MONEY for side, one in sides})
    return rows


def _goals(base: Told, other: Told, samples: Sequence[Samples]) -> list[dict[str, Any]]:
    """Goals of the years that both plan: planned, and simulated with the interval of the difference."""
    before = {(row["goal"], row["year"]): row for row in base["goals"]}
    yuan = [_yuan(frame) for frame in samples]
    rows: list[dict[str, Any]] = []
    for row in other["goals"]:
        key = (row["goal"], row["year"])
        if key in before:
            sides = (("base", before[key]), ("other", row))
            found: dict[str, Any] = {"goal": row["goal"], "year": row["year"]}
            for name in ("target_yuan", "amount_yuan", "probability"):
                found |= {f"{side}_{name}": one[name] for side, one in sides}
            rows.append(found | _difference(*(one.get(key) for one in yuan), paired=base["seed"] == other["seed"]))
    return rows


def _yuan(frame: Samples) -> dict[tuple[str, int], NDArray[np.float64]]:
    """Samples of each goal and year with the expansion, by replication."""
    if frame is None:
        return {}
    rows = frame.filter(pl.col("case") == "plan").sort("replication")
    return {
        (str(goal), int(year)): part["yuan"].cast(pl.Float64).to_numpy()
        for (goal, year), part in rows.group_by("goal", "year", maintain_order=True)
    }


def _difference(base: NDArray[np.float64] | None, other: NDArray[np.float64] | None, *, paired: bool) -> dict[str, Any]:
    """Means and their difference; the same futures are paired."""
    if base is None or other is None:
        return dict.fromkeys(("base_mean_yuan", "other_mean_yuan", "difference_yuan", "half_width_95_yuan", "paired"))
    alike = paired and len(base) == len(other)
    found = paired_difference(base, other) if alike else unpaired_difference(base, other)
    return {
        "base_mean_yuan": float(base.mean()), "other_mean_yuan": float(other.mean()),
        "difference_yuan": float(other.mean() - base.mean()), "half_width_95_yuan": finite(found.half_width),
        "paired": alike,
    }  # fmt: skip


def _notices(base: Told, other: Told) -> list[str]:
    """What makes figures of the two no figures of the same thing."""
    found: list[str] = []
    if base["park"] != other["park"]:
        found.append(f"they are of different parks: {base['park']} and {other['park']}")
    if (base["from"], base["until"]) != (other["from"], other["until"]):
        spans = " and ".join(f"{one['from']} to {one['until']}" for one in (base, other))
        found.append(f"their years differ ({spans}): present values, returns and units are of different spans")
    if base["discount_share"] != other["discount_share"]:
        rates = " and ".join(f"{one['discount_share']:.1%}" for one in (base, other))
        found.append(f"they discount at {rates} a year")
    return found
