"""Why an order is late, a goal missed, or not everything possible at once, and what would cure it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from aidc_twin.errors import NoPlanError
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.goal import Goal
from aidc_twin.plan.model import Task, make_own_task
from aidc_twin.plan.why.answer import Answer, Cause, Cure
from aidc_twin.plan.why.asking import Asking
from aidc_twin.plan.why.enough import HELD, factor_of, grown
from aidc_twin.plan.why.missing import NOTHING, why_missing
from aidc_twin.solver import Profile
from aidc_twin.solver.arrays import Floats
from aidc_twin.solver.program import Point
from aidc_twin.telemetry import Deadline, Telemetry
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["explain"]

_ALTERNATIVES = 3
_PUSHED = 5
_NEAR_WEEKS = (8, 26)
"""Weeks by which other orders of a large plan may move from where they are at their best while causes are sought."""

_WORTH = 0.05
"""Share by which limits must give less for others to be moved further."""

_TOLD_WEEKS = 0.05
_FEW, _SEVERAL = 4, 20
"""Of more limits those of one resource or material are tried together, and what else would do is not searched."""

_LAST_SHARE, _STEP_SHARE = 0.3, 0.5
"""Share of the time that is kept for what comes after trials; share of what is left that one trial may take."""

_NO_BASIS = {"solver": "ipm", "run_crossover": "off"}
"""What others keep needs amounts only: half the time."""


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
        task = make_own_task(inputs, goals, formulation.without_terms)
        asking = _Question(task, tuple(goals), profile, deadline, order, goal)
        possible, impossible, cures = asking.answers()
    asked = "order" if order is not None else "goal" if goal is not None else "everything"
    seconds = timing.stages["explain"].wall_seconds
    late = asking.best_late.get(order or "", 0.0)
    return Answer(
        asked, order or goal or "", possible, impossible, cures, asking.complete, seconds, late, asking.own_missing_yi,
        asking.near_weeks,
    )  # fmt: skip


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
        self.best_missing = self.own_missing_yi = 0.0
        self.best: Point | None = None
        self.complete, self.time_s = True, deadline.left_seconds
        self.near_weeks: int | None = None

    def answers(self) -> tuple[bool, tuple[Cause, ...], tuple[Cure, ...]]:
        """Whether it is possible, what of it never is, and the cures."""
        ask, impossible = self.asking, list(self._own_dates())
        if self.orders is not None:
            self._hold_the_others()
        first = self._first(impossible)
        if first is None:
            return False, tuple(impossible), self._given_in_time()
        if not ask.used(first):
            return not impossible, tuple(impossible), ()
        return False, tuple(impossible), self._cures(first)

    def _first(self, impossible: list[Cause]) -> Point | None:
        """The least that limits must give, in a large plan with others near to where they are at their best.

        Goals that no limit helps are added to what is impossible. None where no limit helps what was asked: an order in
        time would be posted too early for a goal, say.
        """
        ask = self.asking
        ways = (*_NEAR_WEEKS, None) if ask.large and self.best is not None else _NEAR_WEEKS[:1]
        first: Point | None = None
        for near in ways:  # that others may move no further is no reason why something is impossible
            self._ask_anew(near)
            first = ask.least(ask.slack.cost)
            if first is not None:
                break
        if first is None:
            impossible += self._beyond_the_book()
            first = ask.least(ask.slack.cost)
        if first is None and self.orders is None:
            raise NoPlanError("what is asked for stays impossible however the limits are lifted")
        if first is None or self.near_weeks != _NEAR_WEEKS[0] or not ask.used(first):
            return first
        return self._from_further_away(first)

    def _from_further_away(self, first: Point) -> Point:
        """The same with others from further away, where that is found in time and takes less."""
        ask = self.asking
        impossible_yi = ask.bounds_of("goals.missing", len(self.goals)) if self.counted else None
        self._ask_anew(_NEAR_WEEKS[1], impossible_yi)
        try:
            found = ask.least(ask.slack.cost, share=_STEP_SHARE)
        except NoPlanError:
            found = None
        if found is not None and found.objective < (1 - _WORTH) * first.objective:
            return found
        self._ask_anew(_NEAR_WEEKS[0], impossible_yi)
        return first

    def _ask_anew(self, near: int | None, missing: tuple[Floats, Floats] | None = None) -> None:
        """Demand what is asked for, let all limits give way, and in a large plan others move some weeks only."""
        ask = self.asking
        self._require()
        if missing is not None:
            ask.program.bound(ask.columns("goals.missing", len(self.goals)), *missing)
        self.near_weeks = near if ask.large and self.best is not None else None
        if self.near_weeks is not None and self.best is not None:
            ask.near(self.orders or frozenset(), self.best, self.near_weeks)
        ask.lift(None)

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
                    takes = int(self.task.inputs.items["flow_weeks"][i])
                    seen[order] = Cause("order", order, -1, -1, late, 0.0, takes_weeks=takes)
        return sorted(seen.values(), key=lambda cause: (-cause.amount, cause.name))

    def _hold_the_others(self) -> None:
        """The best for all goals, then for all orders, is what the others keep."""
        ask, orders = self.asking, self.orders or frozenset[str]()
        rough = ask
        if ask.large:
            profile = self.profile.model_copy(update={"highs": {**self.profile.highs, **_NO_BASIS}})
            rough = Asking(self.task, profile, ask.deadline, ask.slack)
        rough.require(frozenset(), goals=self.counted)
        best = self._best(rough, "tardiness") if self.counted else None
        if self.counted:
            missing = 0.0
            if best is None:  # not every goal can be reached at once
                rough.require(frozenset(), goals=False)
                missing = self._least_missing(rough)
            for one in {id(each): each for each in (rough, ask)}.values():
                one.hold(HELD[0], one.cost("shortfall"), missing, one.slack.goals)
        best = self._best(rough, "tardiness") if best is None else best
        if best is None:
            raise NoPlanError("there is no plan at all")
        self.best, self.best_late = best, ask.late_weeks(best)
        if self.goal is not None:
            place = [g.id for g in self.goals].index(self.goal)
            share = best.x[ask.columns("goals.missing", len(self.goals))[place]]
            self.own_missing_yi = max(0.0, float(share)) * self.task.contributions[place].target_yi
        rest = ask.others(orders)
        ask.hold(HELD[1], rest, float(rest @ best.x), ask.slack.others)

    def _best(self, rough: Asking, level: str) -> Point | None:
        """The best of a level, by whole steps where the solver loses its way without them."""
        ask, arrays = self.asking, rough.program.arrays
        try:
            return rough.least(rough.cost(level))
        except NoPlanError:
            if rough is ask or ask.deadline.passed:
                raise
        ask.program.bound(np.arange(arrays.lower.size, dtype=np.int32), arrays.lower, arrays.upper)
        return ask.least(ask.cost(level))

    def _least_missing(self, rough: Asking) -> float:
        """What the goals miss at least, in shares of their targets."""
        best = self._best(rough, "shortfall")
        if best is None:
            raise NoPlanError("there is no plan at all")
        self.best_missing = self._missing_yi(best)
        return max(0.0, best.objective)

    def _beyond_the_book(self) -> list[Cause]:
        """Goals that are out of reach however much the park had; what they miss is allowed from now on.

        One goal that was asked about is allowed only what the book cannot post: others may give way for the rest.
        """
        ask = self.asking
        columns = ask.columns("goals.missing", len(self.goals))
        ask.program.bound(columns, 0.0, np.inf)
        least = ask.least(ask.cost("shortfall"))
        if least is None:
            return []
        missing = np.where(least.x[columns] > NOTHING, least.x[columns], 0.0)
        targets = [counted.target_yi for counted in self.task.contributions]
        found = list(why_missing(ask, self.goals, targets, missing, self.goal))
        if self.goal is not None:
            place = [goal.id for goal in self.goals].index(self.goal)
            book = sum(cause.amount for cause in found if cause.kind == "goal")
            missing[place] = book / targets[place]
        self._ask_anew(self.near_weeks, (np.zeros(columns.size), missing * (1 + NOTHING) + NOTHING))
        return found

    def _cures(self, first: Point) -> tuple[Cure, ...]:
        """Sets of limits, each without those of the ones before, then what others would have to give.

        Fewest resources and materials first, then what gives back no more than there usually is, then what takes least.
        """
        ask, cures, closed, point = self.asking, list[Cure](), set[int](), first
        try:
            closed |= self._given_back(first, cures)
            for turn in range(_ALTERNATIVES):
                cure, kept = self._smallest(point)
                cures.append(cure)
                closed |= set(kept)
                closed |= self._alone(kept, closed - set(kept), point, cures)
                if turn == 0 and self.orders is not None:
                    cures += self._given()
                if len(kept) > _SEVERAL:
                    break
                ask.lift([n for n in range(len(ask.slack.limits)) if n not in closed])
                found = ask.least(ask.slack.cost, start=point)
                if found is None:
                    break
                point = found
        except NoPlanError:
            self.complete = False
        limits = [cure for cure in cures if cure.kind == "limits"]
        limits.sort(key=lambda cure: (cure.names, not cure.given_back, cure.weight))
        return (*limits[:_ALTERNATIVES], *(cure for cure in cures if cure.kind != "limits"))

    def _given_back(self, first: Point, cures: list[Cure]) -> set[int]:
        """A cure that gives back what was taken away of a few resources and materials, if that is enough: added.

        So what was taken away is told as the cause even where a little of something else would do.
        """
        ask = self.asking
        if ask.gives_back(first):
            return set()
        ask.lift(None, given_back=True)
        try:
            found = ask.least(ask.slack.cost, share=_STEP_SHARE)
        except NoPlanError:  # what is cheapest is still told
            return set()
        if found is None or len({ask.name(n) for n in ask.used(found)}) > _FEW:
            return set()
        cure, kept = self._smallest(found)
        cures.append(cure)
        return set(kept)

    def _alone(self, kept: list[int], closed: set[int], point: Point, cures: list[Cure]) -> set[int]:
        """A cure by one resource or material of several in a cure, if one is enough: added, its limits returned."""
        ask = self.asking
        alike = {ask.name(n): [m for m in ask.alike(n) if m not in closed] for n in kept}
        told = {(cure.causes[0].kind, cure.causes[0].name) for cure in cures if cure.names == 1}
        for own in [own for name, own in alike.items() if name not in told] if 1 < len(alike) <= _FEW else ():
            ask.lift(own)
            found = ask.least(ask.slack.cost, start=point)
            if found is not None:
                cure, used = self._smallest(found)
                cures.append(cure)
                return set(used)
        return set()

    def _given_in_time(self) -> tuple[Cure, ...]:
        """What others would have to give, as far as there is time to ask."""
        try:
            return tuple(self._given())
        except NoPlanError:
            self.complete = False
            return ()

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
        """The limits at a point, less those that are not needed, the dearest kept.

        Of many limits those of one resource or material are left out together; where few are left, one by one.
        """
        ask = self.asking
        kept, proven = ask.used(point), True
        if len(kept) > _SEVERAL:
            kept, point, proven = self._reduced(kept, point, together=True)
        if len(kept) <= _SEVERAL:
            kept, point, one_by_one = self._reduced(kept, point, together=False)
            proven = proven and one_by_one
        factor = factor_of(ask, self.task, self.goals, self.profile, kept, point)
        causes = [grown(ask.cause(n, point), factor or 1.0) for n in kept]
        causes.sort(key=lambda c: (-c.usual_weeks, c.kind, c.name, c.first_week))
        weight = sum(float(ask.slack.cost[ask.slack.columns[n]] @ point.x[ask.slack.columns[n]]) for n in kept)
        back = ask.gives_back(point)
        enough = factor is not None
        return Cure("limits", tuple(causes), enough=enough, smallest=proven, weight=weight, given_back=back), kept

    def _reduced(self, kept: list[int], point: Point, *, together: bool) -> tuple[list[int], Point, bool]:
        """Limits without those that are not needed, the cheapest tried first; False where time ended the trials.

        Together: what stays of a resource or material may give way in any period.
        """
        ask = self.asking
        cost = {n: float(ask.slack.cost[ask.slack.columns[n]] @ point.x[ask.slack.columns[n]]) for n in kept}
        parts = [[n] for n in kept]
        if together:
            parts = [ask.alike(n) for n in kept if n == min(set(ask.alike(n)) & set(kept))]
        parts.sort(key=lambda part: (sum(cost.get(n, 0.0) for n in part), part))
        open_ = sorted({n for part in parts for n in part})
        for part in parts:
            if not set(part) & set(kept):
                continue
            if ask.deadline.left_seconds < _LAST_SHARE * self.time_s:
                return kept, point, False
            rest = [n for n in open_ if n not in part]
            ask.lift(rest)
            try:
                without = ask.least(ask.slack.cost, start=point, share=_STEP_SHARE)
            except NoPlanError:
                return kept, point, False
            if without is not None:
                used, point = set(ask.used(without)), without
                kept = [n for n in rest if n in used]
                open_ = [n for part in parts if used & set(part) for n in part if n in rest]
        return kept, point, True
