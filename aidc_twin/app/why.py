"""What ``explain`` does and prints: causes and cures in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from aidc_twin.app import flow, worth
from aidc_twin.app.kinds import planned_run
from aidc_twin.app.options import PARK
from aidc_twin.errors import InputError, Problem, escape
from aidc_twin.resources.suggest import cure
from aidc_twin.telemetry import Progress

if TYPE_CHECKING:
    from aidc_twin.store import Run
    from aidc_twin.twin.inputs import PlanInputs

__all__ = ["Question", "explanation", "text"]

_TOLD, _LINES = 6, 16
"""Causes that nothing helps, and resources and materials of a cure, that are listed; the rest is counted."""

_DAY, _LEAST_YI = 0.5 / 7, 0.05
"""Lateness in weeks and a shortfall from which they are told."""

_BESIDE = {
    "rival": "beside the other goals: what one posts the other lacks",
    "timing": "beside orders in time: they are posted outside its year",
}
_SPANS, _LONG = 3, 4
"""Stretches of weeks that are listed; weeks from which an amount is the most that is needed at a time."""


@dataclass(frozen=True)
class Question:
    """What is asked: one of these, or none for everything at once."""

    order: str | None = None
    goal: str | None = None
    sheet: bool = False
    prices: bool = False
    serves: str | None = None

    def check(self) -> None:
        """Refuse two questions at once."""
        given = {f"--{name}": value for name, value in asdict(self).items() if value}
        if len(given) > 1:
            allowed = "one of them, or none for everything at once"
            raise _mistake(" and ".join(given), allowed, "leave the others out")


def explanation(
    request: flow.Request, run: str | None, asked: Question, levers: str, store: Path, progress: Progress
) -> dict[str, Any]:
    """Why an order is late, a goal missed, or not everything possible at once; of a run of the store, or of a park."""
    asked.check()
    if run is not None:
        _alone(request, run)
    if asked.serves is not None:
        return worth.whom(asked.serves, run, store)
    published, inputs = None, None
    if run is not None:
        published = planned_run(run, store, "explain")
        made: dict[str, Any] = dict(published.request)
        search = made["profile"] if request.profile == flow.Request(PARK).profile else request.profile
        request = replace(flow.Request(**made), scenarios=tuple(made["scenarios"]), profile=search)
        inputs = _inputs_of(published)
    case = flow.open_case(request)
    _must_be(asked.order, [row.order for row in case.park.orders], "--order")
    _must_be(asked.goal, [row.id for row in case.goals], "--goal")
    progress.begin(_stage(inputs))
    from aidc_twin.loop.why import must_be_true, why_not
    from aidc_twin.loop.worth import unit_prices
    from aidc_twin.plan.levers import load_levers

    known, options = load_levers(levers), flow.options_of(request)
    if asked.sheet:
        found = must_be_true(case.park, case.goals, options, known, inputs)
    elif asked.prices:
        shifts = None if published is None else published.frame("plan_shifts")
        found = unit_prices(case.park, case.goals, options, inputs=inputs, shifts=shifts)
    else:
        found = why_not(case.park, case.goals, options, known, order=asked.order, goal=asked.goal, inputs=inputs)
    progress.end()
    head = {"park": case.park.head.id, "scenarios": list(case.park.scenarios), "goal_profile": case.profile}
    head |= {"profiles": "free flow" if inputs is None else "run"}
    return head | ({} if published is None else _of_run(published, case.park.hash, asked.order, asked.goal)) | found


def _alone(request: flow.Request, run: str) -> None:
    """Refuse what a run has of its own: its park, scenarios, goals and seed are what is asked about."""
    usual = flow.Request(PARK)
    given = {"--park": request.park != usual.park, "--scenario": bool(request.scenarios),
             "--goals": request.goals is not None, "--seed": request.seed != usual.seed}  # fmt: skip
    if any(given.values()):
        found = " and ".join(option for option, there in given.items() if there)
        allowed = "a run as it is, or a park with scenarios and goals"
        raise _mistake(f"{found} beside {run}", allowed, f"leave {found} out, or leave the run out")


def _stage(inputs: PlanInputs | None) -> str:
    """What is done now: where the park is measured first, the twin may have to be compiled for that."""
    from aidc_twin.twin.machine import ready

    if inputs is not None or ready():
        return "explain"
    return "compile the twin (once, about half a minute of CPU), measure the park, explain"


def _inputs_of(run: Run) -> PlanInputs | None:
    """What the run's plan was made from; None for a run that does not say."""
    from aidc_twin.twin.stored import restored

    return restored(run.json(flow.INPUTS)) if f"{flow.INPUTS}.json" in run.files else None


def _of_run(run: Run, park_hash: str, order: str | None, goal: str | None) -> dict[str, Any]:
    """What the run says of an order or a goal, and whether its park is still the same."""
    found: dict[str, Any] = {"run": run.id, "inputs_moved": run.manifest["park_hash"] != park_hash}
    if order is not None:
        rows = run.frame("plan_orders").filter(pl.col("order") == order).to_dicts()
        found["planned"] = rows[0] if rows else None
        found |= worth.waits(run, order)
    if goal is not None:
        rows = run.frame("goals").filter(pl.col("id") == goal).to_dicts()
        found["simulated"] = rows[0] if rows else None
    return found


def _must_be(name: str | None, allowed: Sequence[str], option: str) -> None:
    if name is not None and name not in allowed:
        few = ", ".join(allowed[:5]) + (f" and {len(allowed) - 5} more" if len(allowed) > 5 else "")
        raise InputError(Problem(option, 0, "", name, few, cure(name, allowed), "unknown-name"))


def _mistake(found: str, allowed: str, fix: str) -> InputError:
    return InputError(Problem("command line", 0, "explain", found, allowed, fix, "what-to-explain"))


def text(found: dict[str, Any]) -> str:
    """An explanation in sentences."""
    told = {"sheet": _sheet, "prices": worth.prices, "serves": worth.served}.get(found["asked"])
    if told is not None:
        return told(found)
    lines = [_head(found), *_standing(found), *worth.waiting(found), *_asked_with(found)]
    if found["asked"] == "begun":
        return "\n".join([*lines, "  nothing of it is left to be released: what is begun goes on as fast as it can"])
    impossible = found["impossible"]
    if impossible:
        lines += ["", "No capacity or material helps here:"]
        lines += [f"  - {_own(row)}" for row in impossible[:_TOLD]] + _more(len(impossible))
    if any(row["kind"] == "goal" for row in impossible):
        lines += ["  More orders, higher prices or another mix may bring it: aidc-twin explain --sheet"]
    if found["possible"]:
        lines += ["", "Nothing stands in the way: a plan as good for all the others has it."]
    for n, one in enumerate(found["cures"]):
        head = "or" if n else "What the rest takes" if impossible else "What it takes"
        lines += ["", head + _price(one) + _proof(one), *_cure(one)]
    if not found["cures"] and impossible and found["complete"]:
        lines += ["", "Beyond that nothing stands in the way."]
    near = found.get("near_weeks")
    if near is not None and found["cures"]:
        lines += ["", f"Other orders were moved by up to {near} weeks from where they are at their best."]
    ended = "there may be cheaper cures" if found["cures"] else "no cure was found in it"
    lines += [] if found["complete"] else ["", f"Time ended the search: {ended}."]
    return "\n".join([*lines, "", f"found in {found['seconds']:.1f} s"])


def _sheet(found: dict[str, Any]) -> str:
    """What must be true, as a table."""
    name = f"{escape(found.get('run') or found['park'])}, goals {escape(found['goal_profile'])}"
    if found["missing_yi"] <= 1e-3:
        return f"{name}: the plan reaches every goal as the park is; nothing more must be true"
    lines = [f"{name}: the plan misses {found['missing_yi']:,.1f} 亿元 as the park is"]
    if found["reached"]:
        cost, shifts = (_some(found[key], 1) for key in ("cost_yi", "shifts_yi"))
        lines += [f"REACHED with these moves, {cost} 亿元 in all (shifts {shifts});"
                  f" the last 亿元 of the goals costs {found['next_yi']:,.2f}"]  # fmt: skip
    else:
        lines += [f"NOT REACHED by any moves within these ranges: {found['short_yi']:,.1f} 亿元 are missing at best,"
                  f" {found['proven_yi']:,.1f} by proof"]  # fmt: skip
    moved = [row for row in found["steps"] if row["amount"] > 0]
    idle = [escape(row["lever"]) for row in found["steps"] if row["amount"] <= 0]
    head = f"{'cost':>9}{'first unit':>12}{'beyond':>9}   (亿元)"
    lines += ["", f"{'lever':<20}{'move':>10}{'of':>8}  {'unit':<26}{head}"] if moved else []
    for row in sorted(moved, key=lambda row: (-row["cost_yi"], row["lever"])):
        beyond = f"{row['further_yi']:>9,.2f}" if row["further_yi"] > 1e-3 else f"{'–':>9}"
        much = f"{_some(row['amount'], 1):>10}{row['most']:>8,.0f}"
        lines.append(f"{escape(row['lever']):<20}{much}  {escape(row['unit']):<26}{_some(row['cost_yi'], 2):>9}"
                     f"{row['marginal_yi']:>12,.2f}{beyond}")  # fmt: skip
    lines += ["", f"not moved: {', '.join(idle)}"] if idle else []
    beyond = [f"{escape(row['lever'])} ({row['further_yi']:,.2f} 亿元 by a unit beyond its range)"
              for row in sorted(found["steps"], key=lambda row: (-row["further_yi"], row["lever"]))
              if row["further_yi"] > 1e-3]  # fmt: skip
    lines += [f"what is missing then: {', '.join(beyond)}"] if beyond else []
    lines += _each_goal(found)
    lines += (
        [] if found["complete"] else ["", "Time ended the search: higher prices, or goals alone, are not all told."]
    )
    assumed = sum(row["assumed"] for row in found["steps"])
    return "\n".join([*lines, "", f"{assumed} of {len(found['steps'])} levers rest on assumed ranges and costs"])


def _some(amount: float, places: int) -> str:
    """An amount with so many places, or two digits of one that would be told as nothing."""
    return f"{amount:,.{places}f}" if amount == 0 or amount >= 10.0 ** (1 - places) / 2 else f"{amount:.2g}"


def _each_goal(found: dict[str, Any]) -> list[str]:
    """Each goal alone: what of it the park reaches as it is, with the levers, and at what cost."""
    rows = found["goals"]
    if not rows:
        return []
    lines = ["", f"{'each goal alone':<24}{'target':>12}{'as it is':>12}{'at most':>12}  cost   (亿元)"]
    for row in rows:
        cost = row["cost_yi"]
        told = "out of reach" if cost is None else "none" if cost <= _LEAST_YI / 10 else f"{cost:,.2f}"
        told += f" and prices {row['price_share']:.0%} higher" if row["price_share"] > 0 else ""
        amounts = "".join(f"{row[key]:>12,.1f}" for key in ("target_yi", "now_yi", "most_yi"))
        lines.append(f"{escape(row['goal']):<24}{amounts}  {told}")
    return lines


def _head(found: dict[str, Any]) -> str:
    where = escape(found.get("run") or found["park"])
    if found["asked"] == "everything":
        return f"{where}: every order on time and every goal reached?"
    what = "goal" if found["asked"] == "goal" else "order"
    when = "reached" if what == "goal" else "on time"
    return f"{where}: {what} {escape(found['name'])} {when}, others no worse?"


def _standing(found: dict[str, Any]) -> list[str]:
    """What the run itself says."""
    row = found.get("planned")
    if row is not None:
        late = row["tardiness_weeks"]
        whole = row["released_mw"] >= row["quantity_mw"] * (1 - 1e-6)
        how = f"{late:g} weeks late" if late else "on time"
        return [f"  planned: {how}" + ("" if whole else f", {row['released_mw']:g} of {row['quantity_mw']:g} MW")]
    row = found.get("simulated")
    if row is not None:
        planned, mean, target = (row[key] / 1e8 for key in ("planned_yuan", "mean_yuan", "target_yuan"))
        return [f"  planned {planned:,.1f}, simulated {mean:,.1f} of {target:,.1f} 亿元"]
    return []


def _asked_with(found: dict[str, Any]) -> list[str]:
    """How the order or goal stands in the best plan, and what the plan was asked with."""
    lines: list[str] = []
    if found.get("late_weeks", 0.0) > _DAY:
        days = 7 * found["late_weeks"]
        lines.append(f"  late by {days:,.0f} day{'s' if days >= 1.5 else ''} in the plan that is best for all")
    if found.get("missing_yi", 0.0) > _LEAST_YI:
        lines.append(f"  {found['missing_yi']:,.1f} 亿元 are missing in the plan that is best for all")
    if found.get("profiles") == "run":
        lines.append("  asked with the profiles of the run, its congestion included")
    elif found.get("run"):
        lines.append("  the run does not keep its profiles: asked with those of an empty park")
    if found.get("inputs_moved"):
        lines.append("  the files of the park are not those of the run any more: names and prices are today's")
    return lines


def _own(row: dict[str, Any]) -> str:
    name = escape(row["name"])
    if row["kind"] == "goal":
        return f"goal {name}: {row['amount']:,.1f} 亿元 more than the order book can post in its year"
    if row["kind"] in _BESIDE:
        lost = f"{row['amount']:,.1f} 亿元 that the order book could post are not there"
        return f"goal {name}: {lost} {_BESIDE[row['kind']]}"
    weeks, takes = (f"{n:g} week{'s' if n > 1 else ''}" for n in (row["amount"], row["takes_weeks"]))
    days = f"({7 * row['amount']:g} days)"
    return f"order {name}: placed {weeks} {days} too late for its due date and the {takes} that it takes to acceptance"


def _cure(one: dict[str, Any]) -> list[str]:
    if one["kind"] == "limits":
        return [f"  - {_limit(row)}" for row in one["groups"][:_LINES]] + _more(len(one["groups"]), _LINES)
    if one["kind"] == "goals":
        return [f"  - the goals give way by {one['goal_yi']:,.2f} 亿元"]
    pushed = ", ".join(f"{escape(row['order'])} by {row['weeks']:.1f} weeks" for row in one["pushed"])
    return [f"  - other orders wait, {one['order_weeks']:,.1f} weighted weeks in all: {pushed or 'each a little'}"]


def _limit(row: dict[str, Any]) -> str:
    """A limit that is lifted, in words."""
    name = escape(row["name"])
    amount = _number(row["amount"]) + ("" if row["unit"] in ("", "each") else f" {escape(row['unit'])}")
    price = (
        " (no lever does that by then)"
        if row.get("price_yi") is None
        else f" ({row['price_yi']:,.3f} 亿元 by {escape(row['lever'])})"
    )
    if row["kind"] == "lead":
        early, lead = row["earlier_weeks"], row["earlier_weeks"] + row["first_week"]
        weeks = f"{early} week{'s' if early > 1 else ''} ({7 * early} days)"
        return f"{name}: {amount} up to {weeks} earlier than its lead time of {lead} weeks{price}"
    if row["kind"] == "early":
        early = row["earlier_weeks"]
        weeks = f"{early} week{'s' if early > 1 else ''} ({7 * early} days)"
        return f"{name}: {amount} of its quota up to {weeks} earlier than their lots come, {_lots(row)}{price}"
    if row["kind"] == "store":
        return f"{name}: {amount} of its quota more to be carried over in {_weeks(row['spans'])}{price}"
    if row["kind"] == "supply":
        return f"{name}: {amount} more by week {row['first_week']}{price}"
    most = "up to " if len(row["spans"]) > 1 or row["last_week"] - row["first_week"] >= _LONG else ""
    return f"{name}: {most}{amount} more in {_weeks(row['spans'])}{price}"


def _lots(row: dict[str, Any]) -> str:
    """Which lots come when: the first few, and how many more."""
    told = [f"{_number(lot['amount'])} of week {lot['due_week']} in week {lot['week']}" for lot in row["lots"][:_SPANS]]
    more = len(row["lots"]) - len(told)
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")


def _weeks(spans: list[list[int]]) -> str:
    """Stretches of weeks: the first few, and how many more."""
    shown = [f"{first} to {last}" if last > first else f"{first}" for first, last in spans[:_SPANS]]
    left = len(spans) - _SPANS
    more = f" and {left} more stretch{'es' if left > 1 else ''} until {spans[-1][1]}" if left > 0 else ""
    one = len(spans) == 1 and spans[0][0] == spans[0][1]
    return f"{'week' if one else 'weeks'} {', '.join(shown)}{more}"


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 1000 else f"{amount:.3g}"


def _price(one: dict[str, Any]) -> str:
    return "" if one.get("price_yi") is None else f", {one['price_yi']:,.2f} 亿元"


def _proof(one: dict[str, Any]) -> str:
    if one["kind"] != "limits":
        return ":"
    enough = "shown to be enough" if one["enough"] else "not shown to be enough"
    return f" ({enough}{', none of it to spare' if one['smallest'] else ', not reduced further in the time'}):"


def _more(count: int, told: int = _TOLD) -> list[str]:
    return [f"  - and {count - told} more"] if count > told else []
