"""`check_plan`: whether a master plan keeps to the order book, the calendars, the quotas and its own figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from aidc_twin.park.park import Park
from aidc_twin.units.clock import Clock
from aidc_twin.verify.cash import CASH, check_cash
from aidc_twin.verify.certificate import Certificate, Findings
from aidc_twin.verify.structure import readable
from aidc_twin.verify.terms import check_bought, check_terms
from aidc_twin.verify.ticks import clock_of

PLAN = ("plan_releases", "plan_shifts", "plan_purchases", "plan_orders", "plan_levels", "plan_load", "plan_goals")
EXCEPTIONS = "plan_exceptions"
ROOM = 1e-6
"""Relative slack of figures that a solver gives."""
MADE_LARGE = ("margin",)
"""Levels whose objective is made large; the others are made small."""

Frames = Mapping[str, pl.DataFrame]


def check_plan(park: Park, frames: Frames, inputs_frames: Frames | None = None) -> Certificate:
    """Check a plan against the park and its own inputs.

    Parameters
    ----------
    frames
        The plan's frames (`plan_releases`, `plan_shifts`, `plan_purchases`, `plan_orders`, `plan_levels`, `plan_load`,
        `plan_goals`); `goals` beside them, if it is there, must name the same planned amounts. Without
        `plan_exceptions` nothing is refused and nothing split for which that has a price.
    inputs_frames
        What the plan was made from: `items` (order, group, quantity_mw, earliest_week), where it is known; of a park
        with accounts also `income` and `begun`, see `check_cash`.
    """
    findings = Findings()
    told = PLAN + CASH if park.accounts else PLAN
    if not (readable(frames, told, True, findings) & readable(frames, ("goals", EXCEPTIONS), False, findings)):
        return findings.certificate()
    clock = clock_of(park)
    _check_releases(park, clock, frames["plan_releases"], findings)
    _check_items(frames["plan_releases"], (inputs_frames or {}).get("items"), findings)
    _check_orders(park, frames["plan_orders"], findings)
    _check_shifts(park, frames["plan_shifts"], findings)
    _check_purchases(park, frames["plan_purchases"], findings)
    check_terms(park, frames["plan_releases"], frames.get(EXCEPTIONS), findings)
    _check_load(park, clock, frames["plan_load"], findings)
    check_bought(park, frames["plan_load"], frames["plan_purchases"], findings)
    _check_levels(frames["plan_levels"], findings)
    _check_goals(park, frames, findings)
    check_cash(park, frames, inputs_frames or {}, findings)
    return findings.certificate()


def _check_releases(park: Park, clock: Clock, releases: pl.DataFrame, findings: Findings) -> None:
    """Orders and groups of the park, in weeks of the horizon, not before the order is placed, not more than ordered."""
    tally = findings.rule("plan-releases")
    sums: dict[tuple[str, str], float] = {}
    for name, group, week, quantity in releases.select("order", "group", "week", "quantity_mw").rows():
        tally.checked += 1
        words = f"{quantity:g} MW of {name} {group} in week {week}"
        if not park.has("orders", name):
            tally.fail(f"{words}: there is no such order")
            continue
        order = park.order(name)
        sums[name, group] = sums.get((name, group), 0.0) + quantity
        if group not in _groups(park, order.product):
            tally.fail(f"{words}: {order.product} has no such group")
        elif not max(0, clock.week(clock.ticks(order.ordered))) <= week < park.head.horizon_weeks:
            tally.fail(f"{words}: the order is placed {order.ordered}, the horizon has {park.head.horizon_weeks} weeks")
        elif not quantity >= 0:
            tally.fail(f"{words}: not a quantity")
    for (name, group), quantity in sums.items():
        tally.checked += 1
        if not _within(quantity, park.order(name).quantity_mw):
            tally.fail(f"{quantity:g} MW of {name} {group} are released, {park.order(name).quantity_mw:g} are ordered")


def _groups(park: Park, solution: str) -> set[str]:
    """Release groups of a solution; a line without one goes with what it is made for."""
    found: set[str] = set()
    level = [(solution, "")]
    while level:
        product, group = level.pop()
        for line in park.bom_of(product):
            if park.has("products", line.item):
                own = line.group or group
                found.add(own)
                level.append((line.item, own))
    return found


def _check_items(releases: pl.DataFrame, items: pl.DataFrame | None, findings: Findings) -> None:
    """Not more of an item than is still to be released, and not before it can be."""
    tally = findings.rule("plan-items")
    if items is None:
        return
    known = {row[:2]: row[2:] for row in items.select("order", "group", "quantity_mw", "earliest_week").rows()}
    sums: dict[tuple[str, str], float] = {}
    for order, group, week, quantity in releases.select("order", "group", "week", "quantity_mw").rows():
        tally.checked += 1
        if (order, group) not in known:
            tally.fail(f"{order} {group} is not to be released")
            continue
        sums[order, group] = sums.get((order, group), 0.0) + quantity
        still, earliest = known[order, group]
        if week < earliest:
            tally.fail(f"{order} {group} is released in week {week}, not before {earliest}")
        elif not _within(sums[order, group], still):
            tally.fail(f"{sums[order, group]:g} MW of {order} {group} are released by week {week}, {still:g} are left")


def _check_orders(park: Park, orders: pl.DataFrame, findings: Findings) -> None:
    """Orders of the park, each with at most its quantity; lateness is what the weeks say."""
    tally = findings.rule("plan-orders")
    columns = ("order", "quantity_mw", "released_mw", "due_week", "finish_week", "tardiness_weeks")
    for name, quantity, released, due, finish, late in orders.select(columns).rows():
        tally.checked += 1
        if not park.has("orders", name):
            tally.fail(f"there is no order {name}")
        elif not (_within(quantity, park.order(name).quantity_mw) and _within(released, quantity)):
            tally.fail(
                f"{name}: {released:g} of {quantity:g} MW released, {park.order(name).quantity_mw:g} are ordered"
            )
        elif finish >= 0 and not late >= max(0, finish - due) - ROOM:
            tally.fail(f"{name}: due in week {due}, finished in {finish}, but {late:g} weeks late")


def _check_shifts(park: Park, shifts: pl.DataFrame, findings: Findings) -> None:
    """Levels that the calendar has, in weeks of the horizon, raised for as many weeks at a time as it says."""
    tally = findings.rule("plan-shifts")
    blocks: dict[tuple[str, int], int] = {}
    for name, week, level in shifts.select("calendar", "week", "level").rows():
        tally.checked += 1
        most = max((row.level for row in park.shifts_of(name)), default=1 if park.windows_of(name) else 0)
        if not most:
            tally.fail(f"there is no calendar {name}")
        elif not (1 <= level <= most and 0 <= week < park.head.horizon_weeks):
            tally.fail(
                f"level {level} of {name} in week {week}: levels go to {most}, weeks to {park.head.horizon_weeks - 1}"
            )
        elif length := min((row.chosen_weeks for row in park.shifts_of(name) if row.chosen_weeks), default=0):
            other = blocks.setdefault((name, week // length), level)
            if other != level:
                tally.fail(f"level {level} of {name} in week {week}, {other} in the same {length} weeks")


def _check_purchases(park: Park, purchases: pl.DataFrame, findings: Findings) -> None:
    """Materials that can be bought, in amounts that are not negative, within the horizon."""
    tally = findings.rule("plan-purchases")
    for name, week, quantity in purchases.select("material", "week", "quantity").rows():
        tally.checked += 1
        if not park.has("materials", name):
            tally.fail(f"there is no material {name}")
        elif park.material(name).lead_weeks is None:
            tally.fail(f"{name} comes by quota and cannot be ordered")
        elif not (0 <= quantity < math.inf and 0 <= week < park.head.horizon_weeks):
            tally.fail(f"{quantity:g} {name} ordered in week {week}")


def _check_load(park: Park, clock: Clock, load: pl.DataFrame, findings: Findings) -> None:
    """Resources within what there is; quota materials within what can have come."""
    capacity, quota = findings.rule("plan-capacity"), findings.rule("plan-quota")
    used: dict[str, float] = {}
    for kind, name, week, amount, there in load.select("kind", "name", "week", "used", "available").sort("week").rows():
        if kind == "resource":
            capacity.checked += 1
            if not park.has("resources", name):
                capacity.fail(f"there is no resource {name}")
            elif not (0 <= week < park.head.horizon_weeks and _within(amount, there)):
                capacity.fail(f"{name} in week {week}: {amount:g} used, {there:g} there")
        elif not park.has("materials", name):
            quota.fail(f"there is no material {name}")
        elif park.material(name).weekly_quota is not None:
            quota.checked += 1
            used[name] = used.get(name, 0.0) + amount
            given = _given_by(park, clock, name, week)
            if not _within(used[name], given):
                quota.fail(f"{name} up to week {week}: {used[name]:g} used, at most {given:g} can have come")


def _given_by(park: Park, clock: Clock, material: str, week: int) -> float:
    """Units of a quota material that can have come by the end of a week."""
    weekly = park.material(material).weekly_quota
    end = park.head.epoch + timedelta(days=7 * (week + 1))
    stock = sum(row.quantity for row in park.state_stocks if row.material == material)
    orders = sum(
        row.quantity for row in park.state_purchase_orders if row.material == material and row.arrives.low < end
    )
    # each week from the epoch holds one Monday
    return stock + orders + (week + 1) * (weekly.value if weekly else 0.0)


def _check_levels(levels: pl.DataFrame, findings: Findings) -> None:
    """The gap is what objective and bound say, and the bound lies on its side of the objective."""
    gaps, bounds = findings.rule("plan-gap"), findings.rule("plan-bound")
    for name, objective, bound, gap, reference in levels.select(
        "name", "objective", "bound", "gap", "reference"
    ).rows():
        gaps.checked += 1
        bounds.checked += 1
        if not all(map(math.isfinite, (objective, bound, reference))) or reference <= 0:
            bounds.fail(f"{name}: objective {objective:g}, bound {bound:g}, reference {reference:g}")
            continue
        true = abs(objective - bound) / reference
        if not abs(gap - true) <= ROOM * max(1.0, true):
            gaps.fail(f"{name}: gap {gap:g}, but objective {objective:g} and bound {bound:g} leave {true:g}")
        ahead = bound - objective if name not in MADE_LARGE else objective - bound
        if ahead > ROOM * max(reference, abs(objective)):
            bounds.fail(f"{name}: objective {objective:g} is better than its bound {bound:g}")


def _check_goals(park: Park, frames: Frames, findings: Findings) -> None:
    """Weeks of a goal lie in the horizon and sum up to its planned amount."""
    tally = findings.rule("plan-goals")
    sums: dict[str, int] = {}
    for goal, week, yuan in frames["plan_goals"].select("goal", "week", "planned_yuan").rows():
        tally.checked += 1
        sums[goal] = sums.get(goal, 0) + yuan
        if not 0 <= week < park.head.horizon_weeks:
            tally.fail(f"goal {goal}: week {week} is not in the horizon")
    if "goals" not in frames:
        return
    planned = dict(frames["goals"].select("id", "planned_yuan").rows())
    for goal in sorted(sums.keys() | planned.keys()):
        tally.checked += 1
        if sums.get(goal, 0) != planned.get(goal):
            tally.fail(f"goal {goal}: {planned.get(goal)} yuan planned, its weeks sum up to {sums.get(goal, 0)}")


def _within(amount: float, limit: float) -> bool:
    """Whether an amount keeps to a limit, up to the slack of a solver."""
    return amount <= limit + ROOM * max(1.0, abs(limit))
