"""Why an order is late, a goal missed, or not everything possible at once, and what would cure it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from aidc_twin.errors import NoPlanError
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.goal import Goal
from aidc_twin.plan.model import Task, make_task
from aidc_twin.plan.stocks import served_load
from aidc_twin.plan.why.answer import Answer, Cause, Cure
from aidc_twin.plan.why.asking import Asking
from aidc_twin.solver import Profile
from aidc_twin.solver.program import Point
from aidc_twin.telemetry import Deadline, Telemetry
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["explain", "lifted"]

_NOTHING = 1e-6
_ALTERNATIVES = 3
_PUSHED = 5
_FULL_SHARE = 0.6
"""Share of the time that the first question may take before it is asked with other orders kept as they are."""

_TOLD_WEEKS = 0.05
_SEVERAL = 20
"""A cure of more limits is told as it is; whether each is needed, and what else would do, is not searched."""

_FACTORS = (1.0, 1.5, 3.0)
_HELD = ("goals as good as can be", "other orders as punctual as can be")


def explain(
    inputs: PlanInputs,
    goals: Sequence[Goal],
    *,
    formulation: Formulation,
    profile: Profile,
    order: str | None = None,
    goal: str | None = None,
    time_s: float = 60.0,
) -> Answer:
    """Why a plan cannot have what is asked for: every order on time and every goal reached, or one of them.

    One order or goal is asked for beside the best that the plan can do for the others: other orders no later, other
    goals no worse.

    Parameters
    ----------
    order, goal
        Name of what is asked about; neither: everything at once.

    Raises
    ------
    KeyError
        No such order or goal.
    NoPlanError
        Not even the first answer came in time.
    """
    if order is not None and order not in inputs.items["order"].to_list():
        raise KeyError(order)
    if goal is not None and goal not in [g.id for g in goals]:
        raise KeyError(goal)
    timing, deadline = Telemetry(), Deadline.after(time_s)
    with timing.stage("explain"):
        task = make_task(replace(inputs, base_load=served_load(inputs)), goals, formulation)
        asking = _Question(task, tuple(goals), profile, deadline, order, goal)
        possible, impossible, cures = asking.answers()
    asked = "order" if order is not None else "goal" if goal is not None else "everything"
    seconds = timing.stages["explain"].wall_seconds
    return Answer(asked, order or goal or "", possible, impossible, cures, asking.complete, seconds)


def lifted(inputs: PlanInputs, weekly: Iterable[tuple[str, str, dict[int, float]]]) -> PlanInputs:
    """Inputs with limits lifted: (kind, name, week -> amount) of each."""
    capacity, supply = inputs.capacity.copy(), inputs.supply.copy()
    for kind, name, amounts in weekly:
        table, row = (capacity, inputs.resources.index(name)) if kind == "capacity" else (supply, -1)
        row = row if kind == "capacity" else inputs.materials.index(name)
        for week, amount in amounts.items():
            table[row, week] += amount
    return replace(inputs, capacity=capacity, supply=supply)


class _Question:
    """What is asked for, and how the plan stands to it."""

    def __init__(
        self, task: Task, goals: tuple[Goal, ...], profile: Profile, deadline: Deadline, order: str | None,
        goal: str | None,
    ) -> None:  # fmt: skip
        self.task, self.goals, self.goal, self.profile = task, goals, goal, profile
        self.asking = Asking(task, profile, deadline)
        self.orders = None if order is None and goal is None else frozenset([order] if order is not None else [])
        self.counted = bool(goals) and task.formulation.families.goals
        self.best_late: dict[str, float] = {}
        self.best_missing = 0.0
        self.best: Point | None = None
        self.complete = True

    def answers(self) -> tuple[bool, tuple[Cause, ...], tuple[Cure, ...]]:
        """Whether it is possible, what of it never is, and the cures."""
        ask, impossible = self.asking, list(self._own_dates())
        if self.orders is not None:
            self._hold_the_others()
        self._require()
        ask.lift(None)
        first = self._first(impossible)
        if first is None:
            return False, tuple(impossible), ()
        if not ask.used(first):
            return not impossible, tuple(impossible), ()
        return False, tuple(impossible), self._cures(first)

    def _first(self, impossible: list[Cause]) -> Point | None:
        """The least that limits must give; where time is short, with all other releases as they are; None without time.

        Goals beyond the order book are added to what is impossible.
        """
        ask = self.asking
        try:
            first = ask.least(ask.slack.cost, share=_FULL_SHARE)
            if first is None:
                impossible += self._beyond_the_book()
                first = ask.least(ask.slack.cost)
        except NoPlanError:
            self.complete = False
            if self.best is None or not self.orders:
                return None
            ask.freeze(self.orders, self.best)
            first = ask.least(ask.slack.cost)
        if first is None:
            raise NoPlanError("what is asked for stays impossible however the limits are lifted")
        return first

    def _require(self) -> None:
        self.asking.require(self.orders, goals=self.counted and self.orders is None)
        if self.goal is not None:
            column = self.asking.columns("goals.missing", len(self.goals))
            place = [g.id for g in self.goals].index(self.goal)
            self.asking.program.bound(column[place : place + 1], 0.0, 0.0)

    def _own_dates(self) -> Iterable[Cause]:
        """Orders whose own dates make them late."""
        ask, seen = self.asking, dict[str, Cause]()
        for i, order in enumerate(ask.orders):
            late = float(ask.late_own[i])
            if (self.orders is None or order in self.orders) and late > 0 and self.task.book.quantity_mw[i] > 0:
                known = seen.get(order)
                if known is None or late > known.amount:
                    seen[order] = Cause("order", order, -1, -1, late, 0.0)
        return sorted(seen.values(), key=lambda cause: (-cause.amount, cause.name))

    def _hold_the_others(self) -> None:
        """The best for all goals, then for all orders, is what the others keep."""
        ask, orders = self.asking, self.orders or frozenset[str]()
        ask.require(frozenset(), goals=False)
        if self.counted:
            best = ask.least(ask.cost("shortfall"))
            if best is None:
                raise NoPlanError("there is no plan at all")
            self.best_missing = self._missing_yi(best)
            ask.hold(_HELD[0], ask.cost("shortfall"), best.objective, ask.slack.goals)
        best = ask.least(ask.cost("tardiness"))
        if best is None:
            raise NoPlanError("there is no plan at all")
        self.best, self.best_late = best, ask.late_weeks(best)
        rest = ask.others(orders)
        ask.hold(_HELD[1], rest, float(rest @ best.x), ask.slack.others)

    def _beyond_the_book(self) -> list[Cause]:
        """Goals that the order book cannot post, however much the park had."""
        ask = self.asking
        columns = ask.columns("goals.missing", len(self.goals))
        ask.program.bound(columns, 0.0, np.inf)
        found: list[Cause] = []
        least = ask.least(ask.cost("shortfall"))
        if least is None:
            return found
        missing = np.maximum(0.0, least.x[columns])
        for goal, share, counted in zip(self.goals, missing.tolist(), self.task.contributions, strict=True):
            if share > _NOTHING:
                found.append(Cause("goal", goal.id, -1, -1, share * counted.target_yi, 0.0))
        ask.program.bound(columns, 0.0, missing * (1 + _NOTHING) + _NOTHING)
        return found

    def _cures(self, first: Point) -> tuple[Cure, ...]:
        """Sets of limits, each without those of the ones before, then what others would have to give."""
        ask, cures, closed, point = self.asking, list[Cure](), set[int](), first
        try:
            for _ in range(_ALTERNATIVES):
                cure, kept = self._smallest(point)
                cures.append(cure)
                closed |= set(kept)
                if len(kept) > _SEVERAL:
                    break
                ask.lift([n for n in range(len(ask.slack.limits)) if n not in closed])
                found = ask.least(ask.slack.cost)
                if found is None:
                    break
                point = found
            cures += self._given() if self.orders is not None else []
        except NoPlanError:
            self.complete = False
        return tuple(cures)

    def _given(self) -> list[Cure]:
        """What other orders would have to wait, or goals to miss, if no limit is lifted."""
        ask, cures = self.asking, list[Cure]()
        ask.lift([])
        for kind, way in (("others", ask.slack.others), ("goals", ask.slack.goals)):
            if kind == "goals" and not self.counted:
                continue
            ask.give(way)
            cost = np.zeros(ask.program.arrays.lower.size)
            cost[way] = 1.0
            found = ask.least(cost)
            if found is not None:
                missing = self._missing_yi(found) - self.best_missing
                late = found.objective if kind == "others" else 0.0
                cures.append(Cure(kind, (), late, max(0.0, missing), self._pushed(found), enough=True, smallest=True))
        ask.give(None)
        return cures

    def _pushed(self, point: Point) -> tuple[tuple[str, float], ...]:
        """Other orders that come later than they could."""
        late = self.asking.late_weeks(point)
        own = self.orders or frozenset[str]()
        more = [(name, late[name] - weeks) for name, weeks in self.best_late.items() if name not in own]
        return tuple(sorted((row for row in more if row[1] > _TOLD_WEEKS), key=lambda row: (-row[1], row[0]))[:_PUSHED])

    def _missing_yi(self, point: Point) -> float:
        if not self.counted:
            return 0.0
        missing = point.x[self.asking.columns("goals.missing", len(self.goals))]
        return float(sum(m * c.target_yi for m, c in zip(missing.tolist(), self.task.contributions, strict=True)))

    def _smallest(self, point: Point) -> tuple[Cure, list[int]]:
        """The limits at a point, less those that are not needed, the dearest kept."""
        ask = self.asking
        kept = ask.used(point)
        price = {n: float(ask.slack.cost[ask.slack.columns[n]] @ point.x[ask.slack.columns[n]]) for n in kept}
        proven = len(kept) <= _SEVERAL
        for n in sorted(kept, key=lambda n: (price[n], n)) if proven else ():
            if n not in kept:
                continue
            rest = [other for other in kept if other != n]
            ask.lift(rest)
            try:
                without = ask.least(ask.slack.cost, warm=True)
            except NoPlanError:
                proven = False
                break
            if without is not None:
                kept, point = [m for m in rest if m in ask.used(without)], without
        factor = self._factor(kept, point)
        causes = (ask.cause(n, point) for n in kept)
        grown = [
            replace(c, amount=c.amount * (factor or 1.0), usual_weeks=c.usual_weeks * (factor or 1.0)) for c in causes
        ]
        grown.sort(key=lambda c: (-c.usual_weeks, c.kind, c.name, c.first_week))
        return Cure("limits", tuple(grown), enough=factor is not None, smallest=proven), kept

    def _factor(self, kept: list[int], point: Point) -> float | None:
        """How many times the amounts must be lifted in the plan's own inputs to have what is asked for.

        One as a rule. More where a week that was a stop is one no longer, so that work cannot wait through it.
        """
        ask = self.asking
        weekly = [(ask.slack.limits[n].kind, ask.slack.limits[n].name, ask.weekly(n, point)) for n in kept]
        for factor in _FACTORS:
            grown = [(kind, name, {week: factor * amount for week, amount in weeks.items()})
                     for kind, name, weeks in weekly]  # fmt: skip
            task = make_task(lifted(self.task.inputs, grown), self.goals, self.task.formulation)
            again = Asking(task, self.profile, ask.deadline)
            self._repeat(again)
            try:
                if again.least(np.zeros(again.program.arrays.lower.size)) is not None:
                    return factor
            except NoPlanError:
                return None
        return None

    def _repeat(self, again: Asking) -> None:
        """Ask another plan for the same."""
        mine, other = self.asking.program.arrays, again.program.arrays
        size = self.asking.slack.first
        again.lift([])
        again.program.bound(np.arange(size, dtype=np.int32), mine.lower[:size], mine.upper[:size])
        for held in mine.row_pieces:
            if held.name in _HELD:
                entries = slice(mine.starts[held.start], mine.starts[held.start + 1])
                cost = np.zeros(other.lower.size)
                own = mine.index[entries] < size
                cost[mine.index[entries][own]] = mine.value[entries][own]
                again.program.row(held.name, -np.inf, float(mine.row_upper[held.start]), cost)
