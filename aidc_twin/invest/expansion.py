"""From a case to a published expansion plan: investments, cash, goals, density, what binds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.frames_of_invest import INVESTED
from aidc_twin.invest.account import Decisions, cash_rows, net_yi
from aidc_twin.invest.case import Case, make_case
from aidc_twin.invest.density import per_area
from aidc_twin.invest.expanded import expanded
from aidc_twin.invest.finance import npv, quarter_rate
from aidc_twin.invest.model import build, largest
from aidc_twin.park.park import Park
from aidc_twin.plan.goal import YUAN_IN_YI, Goal
from aidc_twin.solver import Profile, SolveResult, solve
from aidc_twin.telemetry import SILENT, Progress, Telemetry
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["Expansion", "decisions", "make_expansion", "units_in_use"]

_LEAST = 1e-6


@dataclass(frozen=True)
class Expansion:
    """An expansion plan.

    Attributes
    ----------
    case : what it was made from.
    frames : see `aidc_twin.frames_of_invest`.
    decided : decisions of the case ``plan``, and of ``without``, where nothing is begun.
    park : the park with what is built.
    status : ``optimal`` (within the profile's gap), ``feasible`` (a limit came first) or ``interrupted``.
    value_yi, bound_yi : present value of all cash, and the proven bound of it.
    without_yi : the same if nothing is begun.
    gap : relative to the present value, at least to 1 亿元.
    """

    case: Case
    frames: Mapping[str, pl.DataFrame]
    decided: Mapping[str, Decisions]
    park: Park
    status: str
    value_yi: float
    bound_yi: float
    without_yi: float
    gap: float
    stopped_by: str
    replayable: bool
    build_s: float
    solve_s: float


def make_expansion(
    park: Park, inputs: PlanInputs, goals: Sequence[Goal], profile: Profile, *, first: int | None = None,
    years: int = 10, progress: Progress = SILENT,
) -> Expansion:  # fmt: skip
    """Plan what to build when, so that the present value of all cash is largest.

    Parameters
    ----------
    first, years
        First calendar year (None: the first whole one after the epoch), and how many.

    Raises
    ------
    InputError
        The park says nothing of investments, or the years do not fit.
    NoPlanError
        A limit came before the first plan.
    SolverFault, EnvironmentFault
        The solver failed, lied, or is not installed.
    """
    timing = Telemetry()
    progress.begin("invest", 3)
    with timing.stage("build"):
        case = make_case(park, inputs, goals, first, years)
        models = [build(case), build(case, expand=False)]
    progress.advance(1, "model")
    found: list[SolveResult] = []
    with timing.stage("solve"):
        for model in models:
            found.append(solve(model, profile))
            progress.advance(1, "plan")
    progress.end()
    plan, without = (decisions(case, model, result) for model, result in zip(models, found, strict=True))
    built = expanded(park, case, plan)
    cash = {"plan": cash_rows(case, plan, "plan"), "without": cash_rows(case, without, "without")}
    tables = {
        "invest_measured": _measured(case), "invest_hours": _hours(case), "invest_begun": _begun(case, plan),
        "invest_levels": pl.concat([_levels(case, plan, "plan"), _levels(case, without, "without")]),
        "invest_made": pl.concat([_made(case, plan, "plan"), _made(case, without, "without")]),
        "invest_load": _load(case, models[0], plan, found[0]), "invest_cash": pl.concat(cash.values()),
        "invest_goals": _goals(case, plan, goals, built),
    }  # fmt: skip
    rate = quarter_rate(case.terms.discount)
    value = npv(rate, net_yi(cash["plan"]).tolist())
    bound = max(found[0].bound, value)
    return Expansion(
        case=case, frames={name: INVESTED[name].validate(table, cast=True) for name, table in tables.items()},
        decided={"plan": plan, "without": without}, park=built,
        status="interrupted" if found[0].stopped_by == "interrupt" else found[0].status,
        value_yi=value, bound_yi=bound, without_yi=npv(rate, net_yi(cash["without"]).tolist()),
        gap=(bound - value) / max(1.0, abs(value)), stopped_by=found[0].stopped_by,
        replayable=all(one.replayable for one in found), build_s=timing.stages["build"].wall_seconds,
        solve_s=timing.stages["solve"].wall_seconds,
    )  # fmt: skip


def decisions(case: Case, model: Any, result: SolveResult) -> Decisions:
    """Decisions of a solution, whole where they are."""
    quarters = len(case.quarters)
    begun = np.zeros((len(case.options), quarters))
    values = result.values.get("building.begun", np.zeros(0))
    for (i, b), units in zip(model.building.IB, values.tolist(), strict=True):
        begun[i, b] = round(units) if case.options[i].row.whole == "yes" else max(0.0, units)
    level = np.zeros((len(case.calendars), quarters))
    on = np.rint(result.values.get("shifts.on", np.zeros(0))).reshape(-1, quarters)
    for (c, _), row in zip(model.shifts.CN, on, strict=True):
        level[c] += row
    made = np.clip(result.values["making.made"].reshape(case.demand.shape), 0.0, case.demand)
    return Decisions(begun, level, np.where(made > _LEAST * case.demand, made, 0.0))


def _measured(case: Case) -> pl.DataFrame:
    rows: list[tuple[str, str, str, float]] = []
    for name, values in (("price", case.price), ("cost", case.cost), ("tied", case.tied)):
        rows += [(name, name, p, value * YUAN_IN_YI) for p, value in zip(case.products, values.tolist(), strict=True)]
    for goal, values in case.posts.items():
        rows += [("post", goal, p, value * YUAN_IN_YI) for p, value in zip(case.products, values.tolist(), strict=True)]
    for limit in case.limits:
        rows += [(limit.kind, limit.name, p, x) for p, x in zip(case.products, limit.per_mw.tolist(), strict=True)]
    return pl.DataFrame(rows, schema=["kind", "name", "product", "value"], orient="row")


def _hours(case: Case) -> pl.DataFrame:
    rows = [(limit.name, limit.hours, limit.step, "" if limit.calendar < 0 else case.calendars[limit.calendar])
            for limit in case.limits if limit.kind == "resource"]  # fmt: skip
    schema = {"name": pl.String, "hours": pl.Float64, "step": pl.Float64, "calendar": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _begun(case: Case, plan: Decisions) -> pl.DataFrame:
    rows = [(case.options[i].row.investment, int(b), float(plan.begun[i, b]))
            for i, b in np.argwhere(plan.begun > _LEAST)]  # fmt: skip
    return pl.DataFrame(rows, schema={"investment": pl.String, "quarter": pl.Int64, "units": pl.Float64}, orient="row")


def _levels(case: Case, plan: Decisions, which: str) -> pl.DataFrame:
    rows = [
        (which, name, q, int(level) + 1)
        for name, levels in zip(case.calendars, plan.level.tolist(), strict=True)
        for q, level in enumerate(levels)
    ]
    schema = {"case": pl.String, "calendar": pl.String, "quarter": pl.Int64, "level": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _made(case: Case, plan: Decisions, which: str) -> pl.DataFrame:
    rows = [(which, product, q, float(plan.made[p, q]), float(case.demand[p, q]))
            for p, product in enumerate(case.products) for q in range(len(case.quarters))]  # fmt: skip
    schema = {"case": pl.String, "product": pl.String, "quarter": pl.Int64, "made_mw": pl.Float64,
              "demand_mw": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _load(case: Case, model: Any, plan: Decisions, result: SolveResult) -> pl.DataFrame:
    """Use and room of every limit and of the land; the price of a unit, of a resource for the weeks of the quarter."""
    weeks = np.array([quarter.weeks for quarter in case.quarters])
    used_units = units_in_use(case, plan.begun)
    shape = (len(case.limits), len(weeks))
    prices = result.duals.get("capacity.there", np.zeros(shape[0] * shape[1])).reshape(shape)
    rows: list[tuple[str, str, int, float, float, float]] = []
    for n, limit in enumerate(case.limits):
        units = limit.base + np.array([option.gains[n] for option in case.options]) @ used_units
        share = limit.hours + (limit.step * plan.level[limit.calendar] if limit.calendar >= 0 else 0.0)
        used, there = limit.per_mw @ plan.made, units * weeks * share
        price = prices[n] / largest(case, limit, n) * YUAN_IN_YI
        rows += [(limit.kind, limit.name, q, float(used[q]), float(there[q]), float(price[q]) + 0.0)
                 for q in range(len(weeks))]  # fmt: skip
    if case.terms.land_mu is not None:
        taken = case.terms.land_used_mu + np.cumsum(plan.begun.T @ np.array([o.land_mu for o in case.options]))
        rows += [("land", "land", q, float(mu), case.terms.land_mu, 0.0) for q, mu in enumerate(taken.tolist())]
    schema = {"kind": pl.String, "name": pl.String, "quarter": pl.Int64, "used": pl.Float64, "available": pl.Float64,
              "price_yuan": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def units_in_use(case: Case, begun: Floats) -> Floats:
    """Units of each investment in use, shape (I, Q), from those begun."""
    found = np.zeros_like(begun)
    for i, option in enumerate(case.options):
        total = np.cumsum(begun[i])
        found[i, option.lead :] = total[: total.size - option.lead]
    return found


def _goals(case: Case, plan: Decisions, goals: Sequence[Goal], built: Park) -> pl.DataFrame:
    """Amounts by year, and what land, floor, power and people there are in the mean of the year."""
    rows: list[tuple[str, int, int, int, float, float, float, float]] = []
    for goal in goals:
        by_quarter = case.posts[goal.id] @ plan.made
        for y, year in enumerate(case.years):
            amount = round(float(by_quarter[4 * y : 4 * y + 4].sum()) * YUAN_IN_YI)
            size = per_area(amount, built, year)
            rows.append((goal.id, year, amount, goal.amount_yuan + goal.increment_over_yuan, size.land_mu,
                         size.floor_m2, size.power_mw, size.workers))  # fmt: skip
    names = ("goal", "year", "amount_yuan", "target_yuan", "land_mu", "floor_m2", "power_mw", "workers")
    return pl.DataFrame(rows, schema=names, orient="row")
