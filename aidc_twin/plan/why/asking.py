"""Questions to a plan whose limits give way; every answer is a linear program.

Shift levels may be fractions here: rounding them up only adds capacity, so what is possible stays so.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import NoPlanError
from aidc_twin.plan.goal import Goal
from aidc_twin.plan.model import Task
from aidc_twin.plan.why.answer import AT_ONCE, Cause, Lot
from aidc_twin.plan.why.limits import Limit, Slackened, slackened
from aidc_twin.solver import Profile
from aidc_twin.solver.arrays import Floats
from aidc_twin.solver.compact import Compact
from aidc_twin.solver.program import Point, Program
from aidc_twin.telemetry import Deadline

__all__ = ["Asking"]

_NEVER = 10**6
_SPARE = 1e-6
"""A column of a limit up to this is not used."""

_ROOM = 1.0 + 1e-6
"""Amounts are told and held a millionth larger, so that tolerances of the solver decide nothing."""

_WARM_COLUMNS = 20_000
"""Up to this size a new objective goes on from the last basis; a larger program begins afresh, by interior points."""


class Asking:
    """One plan, asked again and again.

    Attributes
    ----------
    late_own : shape (I,), weeks that each item is late whatever the park has: by its placement, flow time and due date.
    large : whether a new objective begins afresh, and others move a few weeks only while causes are sought.
    """

    def __init__(self, task: Task, profile: Profile, deadline: Deadline, slack: Slackened | None = None) -> None:
        self.task, self.deadline = task, deadline
        self.slack: Slackened = slackened(task) if slack is None else slack
        arrays = replace(self.slack.arrays, integral=np.zeros(self.slack.arrays.lower.size, dtype=bool))
        self._free = arrays.lower.copy(), arrays.upper.copy()
        self._place = {piece.name: piece.start for piece in arrays.column_pieces}
        self.large = arrays.lower.size > _WARM_COLUMNS
        self.program = Compact(arrays, profile) if self.large else Program(arrays, profile)
        items = task.inputs.items
        self.orders: list[str] = items["order"].to_list()
        self.latest = (items["due_week"] - items["flow_weeks"]).to_numpy().astype(np.int64)
        earliest = items["earliest_week"].to_numpy().astype(np.int64)
        self.late_own = np.maximum(0, earliest - self.latest)
        self.never = (earliest >= task.inputs.weeks) & (task.book.quantity_mw > 0)

    def columns(self, name: str, count: int) -> NDArray[np.int32]:
        """Columns of a variable."""
        start = self._place[name]
        return np.arange(start, start + count, dtype=np.int32)

    def require(self, orders: frozenset[str] | None, goals: bool) -> None:
        """Demand that orders (None: all) are released in time, or as early as their own dates allow, and goals met."""
        lower, upper = self._free[0].copy(), self._free[1].copy()
        book, weeks = self.task.book, self.task.inputs.weeks
        asked = np.array([orders is None or order in orders for order in self.orders], dtype=bool)
        last = np.where(asked, self.latest + self.late_own, _NEVER)
        late = book.week > last[book.item]
        upper[self.columns("release.x", book.item.size)[late]] = 0.0
        whole = asked & ~self.never & (last < weeks)
        upper[self.columns("release.deferred", whole.size)[whole]] = 0.0
        if goals and self.task.contributions:
            upper[self.columns("goals.missing", len(self.task.contributions))] = 0.0
        upper[self.slack.first :] = 0.0
        self.program.bound(np.arange(lower.size, dtype=np.int32), lower, upper)

    def bounds_of(self, name: str, count: int) -> tuple[Floats, Floats]:
        """Lower and upper bounds of a variable's columns as they are now."""
        columns = self.columns(name, count)
        return self.program.arrays.lower[columns].copy(), self.program.arrays.upper[columns].copy()

    def lift(self, limits: list[int] | None, *, given_back: bool = False) -> None:
        """Let some limits give way (None: all) and no others; `given_back`: up to what there usually is only."""
        first, upper = self.slack.first, np.zeros(self.slack.most.size)
        for n in range(len(self.slack.limits)) if limits is None else limits:
            places = self.slack.columns[n] - first
            upper[places] = self.slack.most[places]
        if given_back:
            upper[~self.slack.given_back] = 0.0
        self.program.bound(np.arange(first, first + upper.size, dtype=np.int32), np.zeros(upper.size), upper)

    def least(self, cost: Floats, *, start: Point | None = None, share: float = 1.0) -> Point | None:
        """Point of least cost; None where there is none; takes at most a share of the time that is left.

        A large plan goes on from the basis of `start`, or begins afresh.

        Raises
        ------
        NoPlanError
            Time is up.
        """
        if self.deadline.passed:
            raise NoPlanError("no answer before the limit of time")
        afresh = self.large and start is None
        return self.program.minimise(cost, time_s=share * self.deadline.left_seconds, afresh=afresh, start=start)

    def near(self, orders: frozenset[str], point: Point, weeks: int) -> None:
        """Let all but some orders be released only in weeks that are so near to those of a point."""
        book, horizon = self.task.book, self.task.inputs.weeks
        columns = self.columns("release.x", book.item.size)
        released = np.zeros((book.quantity_mw.size, horizon), dtype=np.int64)
        there = point.x[columns] > _SPARE * np.maximum(1.0, book.quantity_mw[book.item])
        released[book.item[there], book.week[there]] = 1
        before = np.concatenate((np.zeros((released.shape[0], 1), np.int64), np.cumsum(released, axis=1)), axis=1)
        low, high = np.maximum(0, book.week - weeks), np.minimum(horizon, book.week + weeks + 1)
        far = before[book.item, high] == before[book.item, low]
        own = np.array([order in orders for order in self.orders], dtype=bool)
        self.program.bound(columns[far & ~own[book.item]], 0.0, 0.0)

    def cost(self, level: str) -> Floats:
        """Cost of a level's objective, shape (columns,)."""
        return self.program.arrays.aims[level].cost

    def others(self, orders: frozenset[str]) -> Floats:
        """Weighted weeks late of all but some orders, shape (columns,)."""
        own = np.array([order in orders for order in self.orders], dtype=bool)
        cost, book = np.zeros(self.program.arrays.lower.size), self.task.book
        cost[self.columns("release.x", book.item.size)] = np.where(own[book.item], 0.0, book.late_cost)
        cost[self.columns("release.deferred", own.size)] = np.where(own, 0.0, book.never_cost)
        return cost

    def missing_yi(self, goal: str | None, goals: tuple[Goal, ...]) -> Floats:
        """亿元 that one goal misses, or all, shape (columns,)."""
        cost = np.zeros(self.program.arrays.lower.size)
        if goals:
            amounts = [c.target_yi if goal in (None, g.id) else 0.0
                       for c, g in zip(self.task.contributions, goals, strict=True)]  # fmt: skip
            cost[self.columns("goals.missing", len(goals))] = amounts
        return cost

    def hold(self, name: str, cost: Floats, amount: float, way: int) -> None:
        """Keep an amount from getting larger from now on, but for what a column of `slack` gives."""
        own = cost.copy()
        own[way] = -1.0
        self.program.row(name, -np.inf, amount * _ROOM + _SPARE, own)

    def give(self, way: int | None) -> None:
        """Let what is held give way by one column of `slack`, or by none."""
        places = np.array([self.slack.others, self.slack.goals], np.int32)
        self.program.bound(places, 0.0, np.where(places == -1 if way is None else places == way, np.inf, 0.0))

    def late_weeks(self, point: Point) -> dict[str, float]:
        """Weeks late of each order at a point, weighted by the share that is released when."""
        book, weeks = self.task.book, self.task.inputs.weeks
        x = point.x[self.columns("release.x", book.item.size)]
        deferred = point.x[self.columns("release.deferred", book.quantity_mw.size)]
        quantity = np.where(book.quantity_mw > 0, book.quantity_mw, 1.0)
        late = np.maximum(0, book.week - self.latest[book.item]) * x
        never = np.maximum(0, weeks + self.task.formulation.never_weeks - self.latest) * deferred
        by_item = (np.bincount(book.item, weights=late, minlength=quantity.size) + never) / quantity
        found: dict[str, float] = {}
        for order, amount in zip(self.orders, by_item.tolist(), strict=True):
            found[order] = max(found.get(order, 0.0), amount)
        return found

    def used(self, point: Point) -> list[int]:
        """Limits that give way at a point."""
        return [n for n, own in enumerate(self.slack.columns) if point.x[own].max(initial=0.0) > _SPARE]

    def gives_back(self, point: Point) -> bool:
        """Whether no limit gives more at a point than there usually is."""
        places = slice(self.slack.first, self.slack.first + self.slack.most.size)
        return not (point.x[places][~self.slack.given_back] > _SPARE).any()

    def alike(self, n: int) -> list[int]:
        """Limits of the same kind of the same resource or material, itself among them."""
        return [m for m in range(len(self.slack.limits)) if self.name(m) == self.name(n)]

    def name(self, n: int) -> tuple[str, str]:
        """Kind and resource or material of a limit."""
        return self.slack.limits[n].kind, self.slack.limits[n].name

    def cause(self, n: int, point: Point) -> Cause:
        """A limit in words and amounts, as it gives way at a point."""
        limit = self.slack.limits[n]
        weeks = self.weekly(n, point)
        if limit.kind == "early":
            return self._earlier(limit, weeks)
        amount = float(max(weeks.values()) if limit.kind in AT_ONCE else sum(weeks.values()))
        cost = float(self._plain_cost(n) @ point.x[self.slack.columns[n]])
        if limit.kind == "store":
            kept = float(sum(weeks.values()))
            return Cause("store", limit.name, min(weeks), max(weeks), amount, cost, early_unit_weeks=kept)
        if limit.kind != "lead":
            return Cause(limit.kind, limit.name, limit.first, limit.last, amount, cost)
        lead = int(self.task.inputs.lead_weeks[limit.index])
        early = sum(much * (lead - week) for week, much in weeks.items())
        return Cause(limit.kind, limit.name, min(weeks), max(weeks), amount, cost, lead - min(weeks), early)

    def keep(self, n: int, point: Point, x: Floats) -> None:
        """Add to the stock of a plan's columns what a limit of the kind ``store`` lets be kept at a point."""
        limit, weeks = self.slack.limits[n], self.task.inputs.weeks
        if limit.kind == "store":
            start = self._place["materials.stock"] + limit.index * weeks
            x[start : start + len(limit.slacks)] += point.x[self.slack.columns[n]]

    def _earlier(self, limit: Limit, weeks: dict[int, float]) -> Cause:
        """Lots that come earlier, first in, first out."""
        come = [[week, amount] for week, amount in sorted(weeks.items()) if amount > 0]
        due = [[week, -amount] for week, amount in sorted(weeks.items()) if amount < 0]
        lots, least = list[Lot](), _SPARE * sum(amount for _, amount in come)
        while come and due:
            amount = min(come[0][1], due[0][1])
            lots += [Lot(int(due[0][0]), int(come[0][0]), amount)] if amount > least else []
            for row in (come, due):
                row[0][1] -= amount
                if row[0][1] <= least:
                    row.pop(0)
        unit_weeks = sum(lot.amount * (lot.due_week - lot.week) for lot in lots)
        return Cause(
            "early", limit.name, min(lot.week for lot in lots), max(lot.due_week for lot in lots),
            sum(lot.amount for lot in lots), unit_weeks / limit.usual, max(lot.due_week - lot.week for lot in lots),
            unit_weeks, tuple(lots),
        )  # fmt: skip

    def weekly(self, n: int, point: Point) -> dict[int, float]:
        """What a limit is lifted by in each week, in units of its resource or material."""
        limit, found = self.slack.limits[n], dict[int, float]()
        for slack, value in zip(limit.slacks, point.x[self.slack.columns[n]].tolist(), strict=True):
            for week, amount in slack.weeks.items():
                if value > _SPARE:
                    found[week] = found.get(week, 0.0) + amount * value * _ROOM
        return found or {limit.first: 0.0}

    def _plain_cost(self, n: int) -> Floats:
        """Weeks of the usual amount for a unit of each column, whatever its price."""
        limit: Limit = self.slack.limits[n]
        return np.array([sum(slack.weeks.values()) / limit.usual for slack in limit.slacks])
