"""What must be true for the goals to be reached: the cheapest moves of the levers, or the proof that none do.

Work under way is taken to use what it uses in the park as it is, when it uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aidc_twin.errors import NoPlanError
from aidc_twin.plan.additions import columns_of, with_room
from aidc_twin.plan.families.levels import shift_cost
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.goal import Contribution, Goal
from aidc_twin.plan.levers import Move
from aidc_twin.plan.model import Task, compiled, make_own_task
from aidc_twin.solver import Profile
from aidc_twin.solver.arrays import Floats
from aidc_twin.solver.program import Point, Program
from aidc_twin.solver.widening import widened
from aidc_twin.telemetry import Deadline
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["Alone", "Sheet", "Step", "what_must_be_true"]

_NOTHING = 1e-6
_ROOM = 1e-6
_SEVERAL, _SHORT_S = 2, 3.0
_LEAST_WORTH_YI = 1e-3


@dataclass(frozen=True)
class Step:
    """One lever of the sheet.

    Attributes
    ----------
    amount : units that are moved; 0: not needed.
    cost_yi : of the amount over the horizon.
    marginal_yi : 亿元 of the goals that the first unit brings to the park as it is.
    further_yi : 亿元 of the goals that a unit beyond the range would bring at the end; 0 where that is not the limit.
    """

    lever: str
    unit: str
    amount: float
    most: float
    cost_yi: float
    marginal_yi: float
    further_yi: float


@dataclass(frozen=True)
class Alone:
    """One goal of the sheet, asked for without the others.

    Attributes
    ----------
    now_yi : what the park as it is can reach of it at most.
    most_yi : the same with every lever where it helps most, prices higher by the sheet's share.
    price_share : share by which prices must be higher for it.
    cost_yi : of the cheapest moves that reach it; 0 where none is needed, None where no moves within the ranges do.
    """

    goal: str
    target_yi: float
    now_yi: float
    most_yi: float
    price_share: float
    cost_yi: float | None


@dataclass(frozen=True)
class Sheet:
    """What must be true for all goals to be reached.

    Attributes
    ----------
    reached : whether levers within their ranges reach every goal.
    missing_yi : 亿元 that the goals miss as the park is.
    short_yi : the same with every lever where it helps most; 0 where they are reached.
    proven_yi : no plan within the ranges of the levers misses less than this, by the multipliers of the linear program.
    price_share : share by which all prices must be higher, in the steps that were tried.
    shifts_yi : cost of shift levels above the first.
    cost_yi : of all moves.
    next_yi : what the last 亿元 of the goals costs; 0 where they are not reached.
    goals : each goal alone, where there are several and the levers must move; fewer where time was up.
    complete : False where time was up before prices were moved as far as they can be, or a goal was asked for alone.
    """

    reached: bool
    missing_yi: float
    short_yi: float
    proven_yi: float
    price_share: float
    shifts_yi: float
    cost_yi: float
    next_yi: float
    steps: tuple[Step, ...]
    goals: tuple[Alone, ...] = ()
    complete: bool = True


def what_must_be_true(
    inputs: PlanInputs, goals: Sequence[Goal], moves: Sequence[Move], *, formulation: Formulation, profile: Profile,
    time_s: float = 300.0,
) -> Sheet:  # fmt: skip
    """Cheapest moves that reach every goal.

    Prices are moved last and in steps, since they multiply what is sold: not at all, half of their range, all of it.

    Raises
    ------
    NoPlanError
        There was no time for the first step.
    """
    deadline = Deadline.after(time_s)
    task = make_own_task(inputs, goals, formulation.without_terms)
    priced = [move for move in moves if move.price > 0]
    most = max((move.price * move.lever.most for move in priced), default=0.0)
    sheet: Sheet | None = None
    for share in (0.0, 0.5 * most, most) if most > 0 else (0.0,):
        try:
            found = _sheet(_Asked(_dearer(task, share), moves, profile, deadline), moves, share)
        except NoPlanError:
            if sheet is None:
                raise
            return replace(sheet, complete=False)
        first = found if sheet is None else sheet
        steps = tuple(_with_price(step, moves, share) for step in found.steps)
        marginal = {step.lever: step.marginal_yi for step in first.steps}
        steps = tuple(replace(step, marginal_yi=marginal[step.lever]) for step in steps)
        sheet = replace(found, missing_yi=first.missing_yi, steps=steps)
        if sheet.reached:
            break
    assert sheet is not None, "one step at least is tried"
    if len(goals) < _SEVERAL or sheet.missing_yi <= _NOTHING * max(1.0, sum(c.target_yi for c in task.contributions)):
        return sheet
    asked = _Asked(_dearer(task, sheet.price_share), moves, profile, deadline)
    alone = tuple(_each_alone(asked, [goal.id for goal in goals], sheet.price_share))
    return replace(sheet, goals=alone, complete=len(alone) == len(goals))


def _each_alone(asked: _Asked, names: Sequence[str], share: float) -> Iterator[Alone]:
    """Each goal without the others, as long as there is time; goals that count the same share their best plans.

    The program counts at prices that are higher by a share; at the park's own all it counts is that much less.
    """
    best: dict[tuple[bytes, ...], tuple[float, float]] = {}
    up = 1.0 + share
    for g, (name, counted) in enumerate(zip(names, asked.task.contributions, strict=True)):
        key = counted.per_mw.tobytes(), counted.base.tobytes(), counted.deferred.tobytes()
        room = (1.0 + _ROOM) * counted.target_yi
        try:
            if key not in best:
                best[key] = asked.largest(g, closed=True), asked.largest(g, closed=False)
            now, most = best[key]
            own = most >= up * room
            cost = 0.0 if now >= up * room else asked.cheapest(g, up * room if own else room) if most >= room else None
        except NoPlanError:
            return
        yield Alone(name, counted.target_yi, now / up, most, 0.0 if own or cost is None else share, cost)


def _dearer(task: Task, share: float) -> Task:
    """The same with every sale, of new work and of work under way, at a higher price."""
    up = 1.0 + share

    def raised(c: Contribution) -> Contribution:
        return Contribution(c.target_yi, c.by_week * up, c.per_mw * up, c.base * up, c.deferred * up)

    return replace(task, contributions=tuple(raised(c) for c in task.contributions))


def _with_price(step: Step, moves: Sequence[Move], share: float) -> Step:
    """The step of the price lever, which is no column."""
    move = next(move for move in moves if move.lever.id == step.lever)
    if move.price <= 0:
        return step
    units = share / move.price
    return replace(step, amount=units, cost_yi=units * move.cost_yi)


def _sheet(asked: _Asked, moves: Sequence[Move], share: float) -> Sheet:
    asked.range(closed=True)
    now = asked.least(asked.missing)
    if now.objective <= _NOTHING * max(1.0, asked.targets):
        idle = tuple(Step(m.lever.id, m.lever.unit, 0.0, m.lever.most, 0.0, 0.0, 0.0) for m in moves)
        return Sheet(True, now.objective, 0.0, 0.0, share, 0.0, 0.0, 0.0, idle)
    marginal = asked.worth(now)
    asked.range(closed=False)
    best = asked.least(asked.missing)
    reached = best.objective <= _NOTHING * max(1.0, asked.targets)
    further = np.zeros(len(moves))
    at, next_yi = best, 0.0
    if reached:
        asked.reach()
        at = asked.least(asked.cost)
        next_yi = asked.last_yi(at)
    else:
        worth = asked.worth(best)
        asked.keep(best)
        at = asked.least(asked.cost)
        full = at.x[asked.columns] >= asked.most * (1 - 1e-6)
        further = np.where(full & (worth > _LEAST_WORTH_YI), worth, 0.0)
    steps = tuple(
        Step(move.lever.id, move.lever.unit, amount, move.lever.most, amount * move.cost_yi, gain, more)
        for move, amount, gain, more in zip(
            moves, asked.amounts(at), marginal.tolist(), further.tolist(), strict=True
        )
    )  # fmt: skip
    shifts = float(asked.shift_cost @ at.x) if reached else 0.0
    cost = sum(step.cost_yi for step in steps) + shifts
    return Sheet(reached, now.objective, 0.0 if reached else best.objective, max(0.0, 0.0 if reached else best.bound),
                 share, shifts, cost, next_yi, steps)  # fmt: skip


class _Asked:
    """The plan with a column for each lever; shift levels may be fractions.

    Attributes
    ----------
    missing : 亿元 that the goals miss; cost : 亿元 of moves and shift levels; each of shape (columns,).
    columns : of the levers; size : the largest effect of one unit, of which a column has one; most : their ranges.
    """

    def __init__(self, task: Task, moves: Sequence[Move], profile: Profile, deadline: Deadline) -> None:
        self.task, self.moves, self.deadline = task, moves, deadline
        model, arrays = compiled(task)
        self.size, entries = columns_of(task, arrays, moves)
        self.most = self.size * [0.0 if move.price > 0 else move.lever.most for move in moves]
        first = arrays.lower.size
        wide = widened(arrays, [f"lever {m.lever.id}" for m in moves], entries, np.zeros(len(moves)), self.most)
        wide = replace(with_room(task, wide, moves, self.size), integral=np.zeros(wide.lower.size, dtype=bool))
        self.columns = np.arange(first, first + len(moves), dtype=np.int32)
        self.program = Program(wide, profile)
        targets = np.array([c.target_yi for c in task.contributions])
        piece = wide.column_piece("goals.missing")
        self.goal_columns = np.arange(piece.start, piece.stop, dtype=np.int32)
        self.targets = float(targets.sum())
        self.planned = wide.column_piece("goals.planned").start
        self.missing, self.cost, self.shift_cost = (np.zeros(wide.lower.size) for _ in range(3))
        self.missing[self.goal_columns] = targets
        self.cost[self.columns] = [move.cost_yi for move in moves] / self.size
        extra = wide.column_piece("shifts.extra")
        self.shift_cost[extra.start : extra.stop] = shift_cost(task.inputs, task.formulation, model)
        self.cost += self.shift_cost

    def range(self, *, closed: bool) -> None:
        """Close all levers, or let each move within its range."""
        self.program.bound(self.columns, 0.0, 0.0 if closed else self.most)

    def reach(self) -> None:
        """Demand that every goal is reached."""
        self.program.bound(self.goal_columns, 0.0, _ROOM)

    def largest(self, goal: int, *, closed: bool) -> float:
        """What a goal alone can reach at most, 亿元, with the levers closed or open."""
        self.range(closed=closed)
        self.program.bound(self.goal_columns, 0.0, np.inf)
        planned = np.zeros(self.missing.size)
        planned[self.planned + goal] = -1.0
        return -self.least(planned).objective

    def cheapest(self, goal: int, amount_yi: float) -> float:
        """Cost of the cheapest moves and shift levels with which a goal alone gets an amount, 亿元."""
        self.range(closed=False)
        self.program.bound(self.goal_columns, 0.0, np.inf)
        own = np.array([self.planned + goal], np.int32)
        self.program.bound(own, amount_yi, np.inf)
        try:
            return self.least(self.cost).objective
        finally:
            self.program.bound(own, -np.inf, np.inf)

    def keep(self, point: Point) -> None:
        """Let the goals miss no more than at a point from now on."""
        amount = point.objective + _ROOM * max(1.0, self.targets)
        self.program.row("goals as good as can be", -np.inf, amount, self.missing)

    def least(self, cost: Floats) -> Point:
        """Point of least cost; there always is one. Raises NoPlanError where hardly any time is left."""
        if self.deadline.left_seconds < _SHORT_S:
            raise NoPlanError("no answer before the limit of time")
        found = self.program.minimise(cost, time_s=self.deadline.left_seconds, afresh=True)
        assert found is not None, "a plan can release nothing"
        return found

    def worth(self, point: Point) -> Floats:
        """What one unit of each lever takes off the objective, shape (levers,); of a price: of what is sold."""
        assert point.duals is not None
        gain = self.program.arrays.transposed(point.duals)[self.columns] * self.size
        sold = point.x[self.planned : self.planned + self.goal_columns.size]
        short = point.x[self.goal_columns] > _NOTHING
        prices = np.array([move.price for move in self.moves])
        return np.where(prices > 0, prices * float(sold[short].sum()), np.maximum(0.0, gain))

    def last_yi(self, point: Point) -> float:
        """What one 亿元 more of every goal would cost, by the multipliers of its rows."""
        assert point.duals is not None
        piece = next(p for p in self.program.arrays.row_pieces if p.name == "goals.reach")
        targets = np.array([c.target_yi for c in self.task.contributions])
        return float((np.maximum(0.0, point.duals[piece.start : piece.stop]) / targets).sum())

    def amounts(self, point: Point) -> list[float]:
        """Units of each lever, none where it is rounding noise."""
        x = point.x[self.columns]
        return (np.where(x > _NOTHING * np.maximum(1.0, self.most), x, 0.0) / self.size).tolist()
