"""An expansion plan from the park's own files: measured by the twin, planned, checked, and told as one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.invest.expansion import Expansion, make_expansion
from aidc_twin.invest.finance import irr, payback_years
from aidc_twin.loop.futures import Futures, futures_of
from aidc_twin.park import Goal, Park
from aidc_twin.park.schema import INVESTING
from aidc_twin.solver import Profile
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import read_factory
from aidc_twin.twin.items import find_items
from aidc_twin.twin.run import seeds_of
from aidc_twin.verify.expansion import check_expansion

__all__ = ["Planned", "plan_expansion"]

MEASURED = 4
"""Replications without congestion that measure what a megawatt uses, as for a plan."""
FULL = 0.999
"""Share of what there is from which on a limit is full."""
_CASH = ("revenue", "cost", "overhead", "upkeep", "shifts", "capex", "tax", "net")
_QUARTERS = 4.0


@dataclass(frozen=True)
class Planned:
    """An expansion plan with its frames (the certificate's `checks` among them), and as an object."""

    expansion: Expansion
    frames: dict[str, pl.DataFrame]
    found: dict[str, Any]


def plan_expansion(
    park: Park,
    goals: Sequence[Goal],
    profile: Profile,
    seed: int,
    first: int | None,
    years: int,
    replications: int = 0,
    progress: Progress = SILENT,
) -> Planned:
    """Plan what to build when, let the twin execute it, check it, and say what it comes to.

    Parameters
    ----------
    replications
        Futures in which the twin executes it; 0: none.

    Raises
    ------
    InputError
        The park says nothing of investments, or the years do not fit.
    NoPlanError, SolverFault, EnvironmentFault
        As `aidc_twin.invest.expansion.make_expansion`.
    SimulationFault
        As `aidc_twin.loop.futures.futures_of`.
    """
    factory = read_factory(park)
    inputs = plan_inputs(free_flow(factory, find_items(factory), seeds_of(seed, MEASURED)))
    plan = make_expansion(park, inputs, goals, profile, first=first, years=years, progress=progress)
    values = {"plan": plan.value_yi, "without": plan.without_yi}
    executed: Futures | None = None
    if replications and plan.status != "interrupted":
        try:
            executed = futures_of(park, inputs, plan, goals, seed, replications, progress=progress)
        except KeyboardInterrupt:  # the plan is kept, and nothing is said of how sure it is
            progress.end()
            plan = replace(plan, status="interrupted", stopped_by="interrupt", replayable=False)
    frames = {**plan.frames, **(executed.frames if executed else {})}
    certificate = check_expansion(park, frames, plan.case.quarters[0].year, values)
    found: dict[str, Any] = {
        "park": park.head.id, "title": park.head.title, "scenarios": list(park.scenarios),
        "order_book": park.head.order_book, "seed": seed,
        "from": plan.case.quarters[0].year, "until": plan.case.quarters[-1].year, "status": plan.status,
        "gap": plan.gap, "stopped_by": plan.stopped_by, "value_yi": plan.value_yi, "bound_yi": plan.bound_yi,
        "without_yi": plan.without_yi, "gain_yi": plan.value_yi - plan.without_yi,
        "discount_share": plan.case.terms.discount,
        **_returns(plan), "investments": _investments(plan), "years": _years(plan), "goals": _goals(frames, goals),
        "executed": executed.found if executed else None,
        "binds": _binds(plan), "products": _products(plan), "assumptions": _assumptions(park, plan),
        "notices": list(plan.case.notices), "violations": certificate.violations,
        "checks": certificate.checks.to_dicts(), "build_s": plan.build_s, "solve_s": plan.solve_s,
    }  # fmt: skip
    return Planned(plan, {**frames, "checks": certificate.checks}, found)


def _net(plan: Expansion, case: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return plan.frames["invest_cash"].filter(pl.col("case") == case).sort("quarter")["net_yuan"].to_numpy()


def _returns(plan: Expansion) -> dict[str, Any]:
    """Return of what is put in beyond the park as it is; the quarter in which most of it, and of all cash, is out."""
    more = _net(plan, "plan") - _net(plan, "without")
    quarterly = irr([float(x) for x in more])
    paid = payback_years([float(x) for x in more]) if more.any() else None
    return {
        "irr": None if quarterly is None else (1.0 + quarterly) ** _QUARTERS - 1.0,
        "payback_years": None if paid is None else paid / _QUARTERS,
        "low": _low(plan, _net(plan, "plan")), "low_of_expansion": _low(plan, more),
    }  # fmt: skip


def _low(plan: Expansion, net: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, Any]:
    """Quarter at whose end least money is there, nothing being there at first."""
    total = np.cumsum(net)
    at = int(np.argmin(total))
    return {"quarter": plan.case.quarters[at].label, "yuan": min(0, int(total[at]))}


def _investments(plan: Expansion) -> list[dict[str, Any]]:
    """What is begun, quarter by quarter."""
    options = {option.row.investment: option for option in plan.case.options}
    rows: list[dict[str, Any]] = []
    ordered = plan.frames["invest_begun"].sort("quarter", "investment")
    for name, quarter, units in ordered.select("investment", "quarter", "units").rows():
        option = options[name]
        rows.append({
            "investment": name, "title": option.row.title, "unit": option.row.unit, "units": units,
            "begun": plan.case.quarters[quarter].label, "in_use": plan.case.quarters[quarter + option.lead].label,
            "once_yuan": round(units * (option.once_yi + option.land_yi) * 1e8),
        })  # fmt: skip
    return rows


def _years(plan: Expansion) -> list[dict[str, Any]]:
    """Cash by year with the investments, and all of it up to the end of the year."""
    year = pl.col("quarter") // 4 + plan.case.quarters[0].year
    rows = plan.frames["invest_cash"].filter(pl.col("case") == "plan").sort("quarter")
    sums = rows.group_by(year.alias("year"), maintain_order=True).agg(
        *(pl.col(f"{name}_yuan").sum() for name in _CASH), pl.col("tied_yuan").last(), pl.col("rest_yuan").sum()
    )
    return sums.with_columns(cumulated_yuan=pl.col("net_yuan").cum_sum()).to_dicts()


def _goals(frames: Mapping[str, pl.DataFrame], goals: Sequence[Goal]) -> list[dict[str, Any]]:
    """Each goal by year: met or short as planned, how sure that is, and the amount over land, floor, supply, people."""
    known = {goal.id: goal for goal in goals}
    told = frames["invest_futures"].rows(named=True) if "invest_futures" in frames else []
    futures = {(row["case"], row["goal"], row["year"]): row for row in told}
    rows: list[dict[str, Any]] = []
    for row in frames["invest_goals"].iter_rows(named=True):
        goal = known[row["goal"]]
        plan, without = (_executed(futures.get((case, goal.id, row["year"]))) for case in ("plan", "without"))
        over = {
            f"yuan_per_{word}": row["amount_yuan"] / row[name] if row[name] > 0 else None
            for word, name in (("mu", "land_mu"), ("m2", "floor_m2"), ("mw", "power_mw"), ("worker", "workers"))
        }
        met = row["amount_yuan"] >= row["target_yuan"]
        rows.append({**row, "ledger": goal.ledger, "basis": goal.basis, "payload": goal.payload, "met": met, **over,
                     **plan, "without": without})  # fmt: skip
    return rows


def _executed(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the futures of a goal in a year come to; nulls where the twin has not executed the year."""
    if row is None:
        return {"simulated_yuan": None, "probability": None}
    names = ("mean", "half_width_95", "p10", "p50", "p90")
    return {"simulated_yuan": {name: row[f"{name}_yuan"] for name in names}, "probability": row["probability"]}


def _binds(plan: Expansion) -> list[dict[str, Any]]:
    """Limits that are full, with the quarters in which they are, the longest first."""
    full = pl.col("used") >= FULL * pl.col("available")
    load = plan.frames["invest_load"].filter(full & (pl.col("available") > 0))
    rows = load.group_by("kind", "name", maintain_order=True).agg(
        quarters=pl.len(), first=pl.col("quarter").min(), worth_yuan=pl.col("price_yuan").sum()
    )
    first = pl.col("first").map_elements(lambda q: plan.case.quarters[q].label, return_dtype=pl.String)
    return rows.with_columns(first).sort("quarters", "name", descending=[True, False]).to_dicts()


def _products(plan: Expansion) -> list[dict[str, Any]]:
    """MW of each solution over all years, and what could be sold."""
    rows = plan.frames["invest_made"].filter(pl.col("case") == "plan")
    return rows.group_by("product", maintain_order=True).agg(pl.col("made_mw", "demand_mw").sum()).to_dicts()


def _assumptions(park: Park, plan: Expansion) -> dict[str, Any]:
    """Share of what is spent once whose price nobody has published, and the facts that investments rest on."""
    assumed = total = 0.0
    for option in plan.case.options:
        begun = plan.frames["invest_begun"].filter(pl.col("investment") == option.row.investment)
        spent = float(begun["units"].sum()) * option.once_yi
        total += spent
        assumed += spent if option.row.once_yuan.basis in ("assumption", "value") else 0.0
    names = dict.fromkeys(use.fact for use in park.fact_uses if use.table in INVESTING)
    facts = [park.facts[name] for name in names]
    rows = [
        {
            "fact": fact.id,
            "quantity": fact.quantity,
            "value": fact.value,
            "low": fact.low,
            "high": fact.high,
            "unit": fact.unit,
            "basis": fact.basis,
            "source": fact.source_title or fact.note,
        }
        for fact in facts
    ]
    return {"capex_share": assumed / total if total > 0 else None, "facts": rows}
