"""What ``sensitivity`` does and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidc_twin.app import flow
from aidc_twin.app.accuracy import refusal
from aidc_twin.app.kinds import PLANNED, refuse_kind
from aidc_twin.errors import InputError, Problem, escape
from aidc_twin.store import RunStore
from aidc_twin.telemetry import Progress

if TYPE_CHECKING:
    from aidc_twin.store import Run
    from aidc_twin.twin.factory import Policy

__all__ = ["found_for", "text"]

_BARS, _WIDTH = 12, 12
"""Bars of a tornado that are printed, and the characters of its widest half."""

_MOST_SAMPLES = 65_536


def found_for(request: flow.Request, run: str | None, samples: int, store: Path, progress: Progress) -> dict[str, Any]:
    """Which assumptions carry the goals of a park, or of a run of the store under its plan."""
    _check(request, run, samples)
    published, case = None, None
    if run is not None:
        published = RunStore(store).get(run)
        request = _asked_by(published, request)
        case = flow.open_case(request)
        if case.park.hash != published.manifest["park_hash"]:
            fix = "make the run again, or leave --run out"
            raise refusal("--run", f"{published.id}, whose park has changed since", "a run of the park as it is", fix)
    case = case or flow.open_case(request)
    if not case.goals or not (request.goals or case.park.orders or case.park.sales):
        found, fix = "a park that sells nothing", "name one with sales, or goals with --goals"
        raise refusal("sensitivity", found, "a park with goals", fix)
    from aidc_twin.loop.sensitivity import sensitivity

    found = sensitivity(
        case.park, case.goals, _policy(case, published), request.seed, request.replications, samples,
        workers=request.workers, progress=progress,
    )  # fmt: skip
    share = None if published is None else published.json(flow.SUMMARY)["assumption_share"]
    return {
        "park": case.park.head.id, "scenarios": list(case.park.scenarios), "goal_profile": case.profile,
        "state": request.state, "today": case.park.head.epoch.isoformat(),
        "run": None if published is None else published.id, "seed": request.seed, "planned_on_guesses": share, **found,
    }  # fmt: skip


def _check(request: flow.Request, run: str | None, samples: int) -> None:
    """Refuse what does not go together, all at once."""
    problems: list[Problem] = []

    def refuse(option: str, found: str, allowed: str, fix: str) -> None:
        problems.extend(refusal(option, found, allowed, fix).problems)

    if run is not None and (request.park or request.scenarios or request.goals or request.state):
        given = [("--park", request.park), ("--scenario", request.scenarios), ("--goals", request.goals),
                 ("--state", request.state)]  # fmt: skip
        names = ", ".join(name for name, value in given if value)
        refuse("--run", f"with {names}", "a run, which brings park, scenarios, goals and state", f"leave {names} out")
    if request.replications < 2:
        fix = "write -n 10: with one future nothing can be said of chance"
        refuse("--replications", f"{request.replications}", "2 or more", fix)
    if samples and (samples < 8 or samples & (samples - 1)):
        near = max(8, 1 << (samples.bit_length() - 1))
        allowed = f"0, or a power of 2 from 8 to {_MOST_SAMPLES:,}"
        refuse("--samples", f"{samples}", allowed, f"write --samples {near} or {2 * near}")
    if problems:
        raise InputError(problems)


def _asked_by(run: Run, request: flow.Request) -> flow.Request:
    """The request of a run, with this one's seed, replications and workers."""
    if run.kind != PLANNED:
        raise refuse_kind(run, "--run")
    made: dict[str, Any] = run.manifest["request"]
    mine = {"seed": request.seed, "replications": request.replications, "workers": request.workers}
    return replace(flow.Request(**made), scenarios=tuple(made["scenarios"]), **mine)


def _policy(case: flow.Case, run: Run | None) -> Policy:
    """Policy of a run's plan; without a run every order as early as it can be."""
    from aidc_twin.loop.policy import policy_of
    from aidc_twin.twin.compile import Policy, read_factory
    from aidc_twin.twin.items import find_items

    if run is None:
        return Policy()
    factory = read_factory(case.park)
    frames = {
        name: run.frame(name) for name in ("plan_releases", "plan_shifts", "plan_purchases", "plan_unit_releases")
    }
    return policy_of(factory, find_items(factory), frames)


def text(found: dict[str, Any]) -> str:
    """The sentence, then each goal's tornado and indices."""
    facts = {row["fact"]: row for row in found["facts"]}
    how = "every order as early as it can be" if found["run"] is None else f"under the plan of {found['run']}"
    park = found["park"] + (f" from {found['today']}" if found["state"] else "")
    lines = [f"{escape(park)}, {escape(how)}, {found['replications']} futures from seed {found['seed']}", ""]
    lines += [_sentence(found), ""]
    for goal in found["goals"]:
        lines += [*_tornado(goal, facts), *_indices(goal), ""]
    lines += _left_out(found)
    return "\n".join(lines)


def _sentence(found: dict[str, Any]) -> str:
    """How much rests on guesses, and which of them matter."""
    share = found["planned_on_guesses"]
    goal = escape(found["goals"][0]["id"])
    head = (
        f"the price of {100 * found['priced_by_guess']:.0f} % of the simulated {goal} is a guess"
        if share is None
        else f"{100 * share:.0f} % of the planned {goal} rests on guesses"
    )
    names = [escape(name) for name in found["matter"]]
    if not names:
        return f"{head}; none of {len(found['facts'])} moves a goal by more than chance does"
    verb = "these matter most" if len(names) > 1 else "this one matters"
    return f"{head}; of {len(found['facts'])} with a range {verb}: {', '.join(names)}"


def _tornado(goal: dict[str, Any], facts: dict[str, dict[str, Any]]) -> list[str]:
    """Bars of a goal, the widest first; what moves nothing is counted."""
    moving = [row for row in goal["tornado"] if row["swing_yuan"] > 0]
    width = f" ± {goal['half_width_95_yuan'] / 1e8:,.1f}" if goal["half_width_95_yuan"] is not None else ""
    lines = [f"{escape(goal['id'])} {goal['year']}: {goal['mean_yuan'] / 1e8:,.1f}{width} 亿元 as it is"]
    if not moving:
        return [*lines, f"  none of {len(facts)} facts moves it"]
    lines.append(
        f"  {'at its low and at its high end':<30}{'low':>9}{'high':>9}  {'at low, 亿元':>16}  {'at high, 亿元':>16}"
    )
    most = max(abs(row[end]["difference_yuan"]) for row in moving for end in ("low", "high") if row[end])
    for row in moving[:_BARS]:
        fact = facts[row["fact"]]
        ends = "".join(f"  {_bar(row[end]):>16}" for end in ("low", "high"))
        drawn = _drawn(row, most)
        lines.append(f"  {escape(row['fact']):<30}{_end(fact['low']):>9}{_end(fact['high']):>9}{ends}  {drawn}")
    rest, still = len(moving) - _BARS, len(goal["tornado"]) - len(moving)
    lines += [f"  and {rest} that move it less"] if rest > 0 else []
    return [*lines, *([f"  {still} move nothing"] if still else [])]


def _end(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.6g}"


def _bar(bar: dict[str, Any] | None) -> str:
    if bar is None:
        return "refused"
    width = "" if bar["half_width_95_yuan"] is None else f" ± {bar['half_width_95_yuan'] / 1e8:.1f}"
    return f"{bar['difference_yuan'] / 1e8:+,.1f}{width}"


def _drawn(row: dict[str, Any], most: float) -> str:
    """The bar of a row: what is lost to the left of the line, what is won to the right."""
    moves = [row[end]["difference_yuan"] for end in ("low", "high") if row[end]]
    left, right = (round(_WIDTH * max(0.0, *(sign * x for x in (*moves, 0.0))) / most) for sign in (-1, 1))
    return f"{'█' * left:>{_WIDTH}}│{'█' * right}"


def _indices(goal: dict[str, Any]) -> list[str]:
    """Indices of a goal, the largest total first, and where its variance comes from."""
    if not goal["indices"]:
        return []
    lines = ["", f"  {'share of the variance by facts':<30}{'alone':>8}{'95 %':>16}{'in all':>8}{'95 %':>16}"]
    for row in sorted(goal["indices"], key=lambda row: (-row["total"], row["fact"])):
        cells = "".join(f"{row[name]:>8.2f}{_span(row, name):>16}" for name in ("first", "total"))
        lines.append(f"  {escape(row['fact']):<30}{cells}")
    parts = goal["variance"]
    return [
        *lines,
        f"  one future of one draw of these facts varies by {parts['sd_yuan'] / 1e8:,.1f} 亿元 (standard deviation):"
        f" {100 * parts['facts']:.0f} % of the variance by the facts, {100 * parts['futures']:.0f} % by chance,"
        f" {100 * parts['both']:.0f} % by both together",
    ]


def _span(row: dict[str, Any], name: str) -> str:
    """Interval of an index."""
    return f"{row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f}"


def _left_out(found: dict[str, Any]) -> list[str]:
    """Facts without a range, and ends that the park cannot have."""
    lines: list[str] = []
    if found["without_range"]:
        names = ", ".join(escape(row["fact"]) for row in found["without_range"])
        lines.append(f"assumed without a range, so not varied: {names}")
    refused: Sequence[dict[str, Any]] = [row for row in found["facts"] if row["refused"]]
    lines += [
        f"{escape(row['fact'])} cannot be at its {end} end: {escape(why)}"
        for row in refused
        for end, why in row["refused"].items()
    ]
    return lines
