"""A bound of weighted lateness by material alone: what comes week by week is shared out where it is worth most.

An order has taken all its material when its last operation that takes some has begun, so the orders of which that is
true by a tick have not taken more than has come. Each order chooses the step of supply by which it has; a price on what
is taken by each step makes orders choose alone, and the sum of their choices less what is earned is a bound, whatever
the prices are. These rise where too much is taken and fall elsewhere, by steps after Polyak.
"""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.detailed import Detailed, Whole

Reals = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
STEPS = 120
"""Most steps of supply that are told apart; what comes between two of them is there from the first on."""
ROUNDS = 400
"""Most steps of prices."""
WORK = 20_000_000
"""Choices of all orders that are looked at in all steps of prices together."""
KEEP = 0.6
"""Share of the last direction that stays in the next one."""
PATIENCE = 5
"""Steps without a better bound after which the aim is halved and the best prices are taken up again."""
SURE = 1e-9
"""Share of a sum of real numbers by which it can be wrong."""


def stores_bound(d: Detailed, start: Whole, rest: Whole, alone: Whole) -> float:
    """Largest bound of a store that gets nothing from operations; what all orders have alone where there is none.

    Parameters
    ----------
    start, rest
        Earliest start of each operation, and least ticks from its start to its order's completion.
    alone
        Least weighted lateness of each order by itself.
    """
    inside = set(d.gives.number.items.tolist())
    best = float(alone.sum())
    for q in range(len(d.supply.number)):
        if q not in inside:
            best = max(best, _store(d, q, start, rest, alone))
    return best


def _store(d: Detailed, q: int, start: Whole, rest: Whole, alone: Whole) -> float:
    """Bound of one store."""
    takes = d.takes.number
    mine = (takes.items == q) & (d.fixed_start[takes.owner] < 0) & (d.takes.amount > 0)
    takers, orders = takes.owner[mine], len(d.due)
    if not len(takers):
        return 0.0
    amount, early, left = np.zeros(orders), np.zeros(orders, np.int64), np.full(orders, np.iinfo(np.int64).max)
    np.add.at(amount, d.order[takers], d.takes.amount[mine])
    np.maximum.at(early, d.order[takers], start[takers])
    np.minimum.at(left, d.order[takers], rest[takers])
    own = np.flatnonzero(amount)
    come, total = _steps(d, q)
    late = np.maximum(early[own, None], come[None, :]) + (left[own] - d.due[own])[:, None]
    cost = np.maximum(d.weight[own, None] * np.maximum(0, late), alone[own, None]).astype(np.float64)
    return float(alone.sum() - alone[own].sum()) + _priced(cost, amount[own], total.astype(np.float64))


def _steps(d: Detailed, q: int) -> tuple[Whole, Whole]:
    """Ticks from which on a store has got more, and how much by then and before the next one."""
    come, total = (np.array(column, np.int64) for column in zip(*d.supply.pairs(q), strict=True))
    some = np.unique(np.linspace(0, len(come) - 1, min(STEPS, len(come))).astype(np.int64))
    last = np.append(some[1:], len(come)) - 1
    return come[some], total[last]


def _priced(cost: Reals, amount: Reals, total: Reals) -> float:
    """Best bound of some steps of prices.

    Parameters
    ----------
    cost
        Shape (orders, steps), of each order if it has its material by a step, which never falls from step to step.
    amount, total
        What each order takes, and what there is by each step.
    """
    prices, course = np.zeros(len(total)), np.zeros(len(total))
    best, kept, stale = -np.inf, prices, 0
    aim = float(cost[:, -1].sum() - cost[:, 0].sum())
    rows = np.arange(len(cost))
    for _ in range(min(ROUNDS, 1 + WORK // cost.size)):
        toll = np.cumsum(prices[::-1])[::-1]
        asked = cost + amount[:, None] * toll
        choice = asked.argmin(axis=1)
        earned = float(prices @ total)
        bound = float(asked[rows, choice].sum())
        bound -= earned + SURE * (bound + earned)
        stale = 0 if bound > best else stale + 1
        if bound > best:
            best, kept = bound, prices
        if stale > PATIENCE:
            aim, stale, prices, course = aim / 2, 0, kept, np.zeros(len(total))
            continue
        beyond = np.cumsum(np.bincount(choice, amount, len(total))) - total
        course = np.where((prices > 0) | (beyond > 0), beyond, 0.0) + KEEP * course
        norm = float(course @ course)
        if norm == 0.0:
            break
        prices = np.maximum(0.0, prices + (best + aim - bound) / norm * course)
    return best
