"""Whole orders are pulled ahead: a large order is as late as its last operation, and no single move helps it."""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.desk import Desk
from aidc_twin.schedule.detailed import Detailed, Placed, Whole
from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.jit import draw

MANY = 12
"""Mean operations of an order above which orders are pulled as wholes: a move takes no more along."""


def large_orders(d: Detailed) -> bool:
    """Whether the orders of a problem are too large for moves that take a few operations along."""
    return d.operations > MANY * len(np.unique(d.order))


def pull_orders(desk: Desk, draws: Whole, tries: int) -> None:
    """Decode everything with all operations of a late order ahead by as much, and keep what is not dearer.

    Late orders and how far they are pulled come from the random numbers `draws`; `tries` of them.
    """
    d = desk.problem
    kept, best = desk.placed(), desk.cost
    stands = True
    for _ in range(tries):
        late = np.flatnonzero((kept.done > d.due) & (d.weight > 0))
        if not len(late):
            return
        order = int(late[int(draw(draws)) % len(late)])
        way = 1 << int(desk.floor[C.SCALE]) + int(draw(draws)) % int(desk.floor[C.REACH])
        key = pulled(d, kept, order, way)
        if key is None:
            continue
        desk.cell(C.F_KEY, d.operations)[:] = key
        stands = desk.again() and desk.cost <= best
        if stands:
            kept, best = desk.placed(), desk.cost
    if not stands:
        desk.load(kept)


def pulled(d: Detailed, placed: Placed, order: int, way: int) -> Whole | None:
    """Keys with those of an order's operations smaller by `way`, or by what leaves each behind what cannot move on
    its machine; None where one would come before what it waits for.
    """
    key, fixed = placed.key, d.fixed_start >= 0
    mine = (d.order == order) & ~fixed
    if not mine.any():
        return None
    lowest = np.zeros(len(d.machine_from) + 1, np.int64)  # the last one: of those without a machine
    held = fixed & (placed.machine >= 0)
    np.maximum.at(lowest, placed.machine[held], key[held])
    room = int((key[mine] - lowest[placed.machine[mine]]).min()) - 1
    found = np.where(mine, key - min(way, max(0, room)), key)
    waits, follows = d.before.items, d.before.owner
    wrong = (found[waits] >= found[follows]) & ~fixed[waits]
    return None if wrong.any() else found
