"""Commands that draw replications until they are sure: `simulate`, and `compare --select`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aidc_twin.app.accuracy import Choice, chosen_goal, refusal
from aidc_twin.app.flow import Case, Request, open_case, open_scenarios, options_of
from aidc_twin.app.warm import proposal, warmed
from aidc_twin.park import Goal, load_park
from aidc_twin.telemetry import Progress

if TYPE_CHECKING:
    import polars as pl

    from aidc_twin.loop.simulation import Line
    from aidc_twin.twin.result import SimResult
    from aidc_twin.twin.statistics import Stopped, StopRule


def simulation(
    request: Request,
    rule: StopRule | None,
    progress: Progress,
    figures: Sequence[str] = (),
    warm_up: int | str | None = None,
) -> dict[str, Any]:
    """Replications without a plan: as many as were asked for, or until a rule for goals or figures stops them.

    `warm_up` is a number of weeks, ``auto``, or None: as the park says.
    """
    from aidc_twin.loop import simulate_park, simulate_until
    from aidc_twin.loop.weeks import week_bands
    from aidc_twin.twin.standing import Standing

    case, warm = warmed(open_case(request), request, warm_up, progress)
    goals = _goals(request, case)
    n, workers = request.replications, request.workers
    stopped, standing = None, Standing()
    if rule is None:
        found = simulate_park(case.park, request.seed, n, workers=workers, progress=progress, standing=standing)
    else:
        figures = figures or _of_sources(case, goals, rule)
        found, stopped = simulate_until(
            case.park, goals, request.seed, rule, figures=figures, workers=workers, progress=progress,
            standing=standing,
        )  # fmt: skip
    standstill = standing.notices(found.factory, found.replications)
    return {
        "park": case.park.head.id,
        "orders": len(case.park.orders),
        "scenarios": list(case.park.scenarios),
        "seed": request.seed,
        "replications": len(found.replications),
        "warm_up_weeks": case.park.head.warm_up_weeks,
        "warm_up": warm,
        "notices": [
            *standstill,
            *_piling_up(found),
            *([] if warm else proposal(found)),
            *(case.park.notices if request.state is not None else ()),
        ],
        "kpis": {row.pop("kpi"): row for row in found.kpis(goals).to_dicts()},
        "stopping": _stopping(rule, stopped, goals, figures) if rule and stopped else None,
        "goal_quantiles": [row for goal in goals for row in _goal_quantiles(goal, found)],
        "figure_quantiles": _figure_quantiles(found),
        "weeks": _weeks(week_bands(found, goals)),
        "resources": _resources(found),
        "unit_peaks": _unit_peaks(found),
        "events": found.events,
        "events_per_cpu_second": found.events / found.cpu_seconds if found.cpu_seconds else None,
        "trace_hash": found.trace_hash,
    }


def _piling_up(found: SimResult) -> list[str]:
    """Streams of which more comes than gets done, in words."""
    from aidc_twin.twin.figures import piling_up

    return [
        f"{source}: {share:.1%} ± {100 * width:.1f} of what it brought after the warm-up is left in the park: more"
        " comes than gets done, or the line is still filling up (warm_up_weeks)"
        for source, share, width in piling_up(found.factory, found.replications)
    ]


def _goals(request: Request, case: Case) -> tuple[Goal, ...]:
    """Goals to look at: none, unless they are asked for, where there are neither orders nor sales."""
    park = case.park
    return case.goals if request.goals or park.orders or park.sales else ()


def _of_sources(case: Case, goals: Sequence[Goal], rule: StopRule) -> list[str]:
    """Figures that stand in for the goals of a park that has none; their quotient is the flow time (Little's law)."""
    if goals:
        return []
    if not rule.relative:
        fix = "write --half-width 2%, or name goals with --goals"
        raise refusal("--half-width", "an amount of money, and a park that sells nothing", "a share", fix)
    return [f"{row.source}/{name}" for row in case.park.sources for name in ("throughput", "in_park")]


def _stopping(rule: StopRule, stopped: Stopped, goals: Sequence[Goal], figures: Sequence[str]) -> dict[str, Any]:
    """What was asked for, and what came of it: for goals in yuan, for figures in the unit of each."""
    from aidc_twin.twin.statistics import finite

    widths, allowed = (
        [finite(width) for width in values.tolist()] for values in (stopped.half_widths, stopped.allowed)
    )
    wanted = [] if figures else [goal.id for goal in goals]
    return {
        "half_width": rule.half_width,
        "relative": rule.relative,
        "confidence": rule.confidence,
        "first": rule.first,
        "most": rule.most,
        "reached": stopped.reached,
        "expected": stopped.expected,
        "goals": [
            {"id": name, "half_width_yuan": width, "allowed_yuan": may}
            for name, width, may in zip(wanted, widths, allowed, strict=bool(wanted))
        ],
        "figures": [
            {"id": name, "half_width": width, "allowed": may}
            for name, width, may in zip(figures, widths, allowed, strict=bool(figures))
        ],
    }


QUANTILES = (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))


def _goal_quantiles(goal: Goal, found: SimResult) -> list[dict[str, Any]]:
    """Quantiles of a goal with their 95 % intervals; an end is None where there are too few replications for it."""
    from aidc_twin.twin.statistics import finite, quantile_interval

    rows: list[dict[str, Any]] = []
    for name, p in QUANTILES:
        one = quantile_interval(found.goal_yuan(goal), p)
        ends = {"low_yuan": finite(one.low), "high_yuan": finite(one.high)}
        rows.append({"id": goal.id, "quantile": name, "value_yuan": one.value, **ends, "coverage": one.coverage})
    return rows


def _figure_quantiles(found: SimResult) -> list[dict[str, Any]]:
    """The same of every other figure, in its unit; of the replications that have it."""
    from aidc_twin.twin.statistics import finite, quantile_interval

    rows: list[dict[str, Any]] = []
    for figure, unit, samples in found.samples(()):
        for name, p in QUANTILES:
            one = quantile_interval(samples, p)
            ends = {"low": finite(one.low), "high": finite(one.high)}
            row = {"id": figure, "unit": unit, "quantile": name, "value": one.value}
            rows.append(row | ends | {"coverage": one.coverage})
    return rows


def _weeks(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Bands by week, one object for each series, and the week in which its mean settles (None if it does not)."""
    from aidc_twin.twin.statistics import mser5

    found: list[dict[str, Any]] = []
    for (kind, series, unit), part in frame.group_by("kind", "series", "unit", maintain_order=True):
        columns = part.select("week", "day", "mean", "p10", "p50", "p90").to_dict(as_series=False)
        warm = mser5(columns["mean"])
        settled = columns["week"][warm.cut] if warm.found else None
        found.append({"kind": kind, "series": series, "unit": unit, "settled_week": settled, **columns})
    return found


def _resources(found: SimResult) -> dict[str, dict[str, Any]]:
    """Shares of each resource with their half-widths, and the most of it in use at once: its `peak`, in its unit."""
    widths = found.share_widths()
    peaks = {row.pop("resource"): row for row in found.resource_peaks().to_dicts()}
    rows = {row.pop("resource"): row for row in found.resource_shares().to_dicts()}
    return {name: row | {"half_width_95": widths[name], "peak": peaks[name]} for name, row in rows.items()}


def _unit_peaks(found: SimResult) -> list[dict[str, Any]]:
    """Most units in the park at once, of each product and source."""
    from aidc_twin.twin.statistics import finite

    return [
        {"kind": kind, "id": name, "mean": most.mean, "half_width_95": finite(most.half_width_95), "greatest": largest}
        for kind, name, most, largest in found.unit_peaks()
    ]


def selection(
    request: Request, names: Sequence[str], scenarios: str, asked: Choice, progress: Progress
) -> dict[str, Any]:
    """Select the best of several scenarios, each planned and executed, or without a plan."""
    from aidc_twin.loop.choose import Figure, choose, choose_by_figure

    chosen = _listed(names, scenarios)
    goals = request.goals or load_park(request.park).head.goals
    cases = open_scenarios(request, chosen, goals)
    told, aim = _goals(request, cases[0]), asked.aim
    if not any(_goals(request, case) for case in cases) and (aim is None or asked.planned):
        fix = "select by a figure without a plan: --no-plan --figure NAME --delta LEAD, named as simulate names them"
        raise refusal("--select", "a park that sells nothing", "a park with goals, or a figure without a plan", fix)
    head = {"park": cases[0].park.head.id, "seed": request.seed, "planned": asked.planned}
    parks = [case.park for case in cases]
    if aim is not None:
        figure, rule = Figure(aim.name, aim.unit, aim.more), asked.rule_of_figure(aim)
        figure.sign(told)
        lines = _lines(request, parks, cases[0].goals, asked, progress)
        return head | choose_by_figure(dict(zip(chosen, lines, strict=True)), told, figure, rule, progress)
    goal = chosen_goal(cases[0].goals, asked.goal)
    rule = asked.rule(goal)
    lines = _lines(request, parks, cases[0].goals, asked, progress)
    return head | choose(dict(zip(chosen, lines, strict=True)), goal, rule, progress)


def comparison(request: Request, names: Sequence[str], scenarios: str, progress: Progress) -> dict[str, Any]:
    """All figures of two scenarios without a plan, under the same seeds."""
    from aidc_twin.loop.choose import plain_lines
    from aidc_twin.loop.side_by_side import side_by_side

    if names:
        fix = "leave --no-plan out: runs have plans of their own"
        raise refusal("--no-plan", f"runs {list(names)}", "scenarios", fix)
    chosen = _listed(names, scenarios)
    if len(chosen) != 2:
        fix = "name a base and another, or add --select to find the best of more"
        raise refusal("--scenarios", f"{len(chosen)} names", "two", fix)
    goals = request.goals or load_park(request.park).head.goals
    cases = open_scenarios(request, chosen, goals)
    lines = plain_lines([case.park for case in cases], request.seed, request.workers)
    told = _goals(request, cases[0])
    return {
        "park": cases[0].park.head.id, "seed": request.seed, "replications": request.replications,
        "base": chosen[0], "other": chosen[1],
        "figures": side_by_side(lines[0], lines[1], told, request.replications, progress),
    }  # fmt: skip


def _lines(
    request: Request, parks: Sequence[Any], goals: Sequence[Goal], asked: Choice, progress: Progress
) -> list[Line]:
    from aidc_twin.loop.choose import plain_lines, planned_lines

    if not asked.planned:
        return plain_lines(parks, request.seed, request.workers)
    return planned_lines(parks, goals, options_of(request), progress)


def _listed(names: Sequence[str], scenarios: str) -> list[str]:
    """Scenarios to select from."""
    if names:
        fix = "name them as --scenarios base,quota-halved,third-shift: a selection decides how often each is run"
        raise refusal("--select", f"runs {list(names)}", "scenarios", fix)
    chosen = [part.strip() for part in scenarios.split(",") if part.strip()]
    if len(set(chosen)) < 2 or len(set(chosen)) < len(chosen):
        fix = "name two or more different ones, as --scenarios base,quota-halved,third-shift"
        raise refusal("--scenarios", scenarios or "none", "two or more, each once", fix)
    return chosen
