"""Why goals are out of reach however much the park had: the order book, the other goals, or orders in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aidc_twin.plan.goal import Goal
from aidc_twin.plan.why.answer import Cause
from aidc_twin.plan.why.asking import Asking
from aidc_twin.solver.arrays import Floats

__all__ = ["NOTHING", "why_missing"]

NOTHING = 1e-6
"""A share of a goal up to this counts as none."""

_NEAR = 1e-5
"""A part of what is missing up to this is not told apart."""


def why_missing(
    ask: Asking, goals: Sequence[Goal], targets: Sequence[float], missing: Floats, only: str | None = None
) -> Iterator[Cause]:
    """What of each goal's missing share the book cannot post at all, what other goals take, and what orders in time.

    Leaves the program asked with every limit open and no order required.

    Parameters
    ----------
    targets
        亿元 of each goal.
    missing
        shape (goals,), shares that are missing with every limit open.
    only
        The goal that is told; None: all of them.
    """
    together: Floats | None = None
    for place, (goal, target) in enumerate(zip(goals, targets, strict=True)):
        if missing[place] <= NOTHING or only not in (None, goal.id):
            continue
        share = float(missing[place])
        alone = _whole(_least(ask, len(goals), place)[place], share)
        parts = {"goal": alone}
        if alone < share:
            together = _least(ask, len(goals), None, missing) if together is None else together
            parts["rival"] = _whole(together[place] - alone, share - alone)
            parts["timing"] = share - alone - parts["rival"]
        yield from (Cause(kind, goal.id, -1, -1, part * target, 0.0) for kind, part in parts.items() if part > 0)


def _whole(part: float, share: float) -> float:
    """A part of a share, which is nothing or all of it where it comes near to that."""
    return 0.0 if part <= _NEAR else share if part >= share - _NEAR else float(part)


def _least(ask: Asking, goals: int, place: int | None, most: Floats | None = None) -> Floats:
    """Shares that goals miss at least if no order has to be in time and every limit gives way, shape (goals,).

    Of one goal, while the others may miss what they like; or (None) of all of them together, none more than `most`.
    """
    ask.require(frozenset(), goals=False)
    ask.lift(None)
    ways = [ask.slack.others] if place is None else [ask.slack.others, ask.slack.goals]
    ask.program.bound(np.array(ways, np.int32), 0.0, np.inf)
    columns, cost = ask.columns("goals.missing", goals), ask.cost("shortfall")
    ask.program.bound(columns, 0.0, np.inf if most is None else most * (1 + NOTHING) + NOTHING)
    if place is not None:
        cost = np.where(np.arange(cost.size) == columns[place], cost, 0.0)
    point = ask.least(cost)
    ask.give(None)
    return np.full(goals, np.inf) if point is None else np.maximum(0.0, point.x[columns])
