"""The memory of a replication before its first event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aidc_twin.twin.kernel.events import YEAR
from aidc_twin.twin.kernel.layout import (
    AWAITED,
    BUCKET,
    BUCKETS,
    CAL,
    CAP,
    CLASS,
    DAY,
    DRAWN,
    E_BLOCK,
    E_COLUMNS,
    E_HEAD,
    E_NEXT,
    ENTRY,
    FAR,
    FAULTS,
    GR_COLUMNS,
    GROUPS,
    I64,
    J_DUE,
    J_OPENER,
    J_STREAM,
    JOB,
    K_MEANS,
    K_SEED,
    K_SHIFT,
    K_TRACING,
    LEARNING,
    LG_COLUMNS,
    LISTED,
    M_COLUMNS,
    MACHINE,
    MATERIAL,
    N_COLUMNS,
    NEAR,
    NODE,
    PHASE_STREAM,
    PO,
    PT_COLUMNS,
    Q_LEAVES,
    Q_PLACES,
    Q_ROOM,
    Q_RULE,
    Q_TIES,
    Q_TIES_END,
    QUEUES,
    QUOTA_LINE,
    R_ABSENT,
    R_AVAIL,
    R_CAP,
    R_KIND,
    R_ON_ORDER,
    RES,
    ROOM,
    ROUTE,
    RULES,
    SAILING,
    SH_COUNT,
    SH_JOB,
    SH_RES,
    SHARE,
    SHARES,
    SHIFT,
    SOURCE,
    STATE_HEADER,
    STEPS,
    T_STEPS,
    U_COLUMNS,
    V_BLOCK,
    V_CAL,
    V_CLASS,
    V_COLUMNS,
    V_DRAW,
    V_FAULT,
    V_GROUP,
    V_JOB,
    V_LEARN,
    V_LOG,
    V_MACHINE,
    V_MORE,
    V_ORDER,
    V_PHASE,
    V_PORTION,
    V_POSTED,
    V_QUEUE,
    V_RES,
    V_SHARE,
    V_SOURCE,
    V_STEP,
    V_TIES,
    V_USED,
    V_WEEK,
    V_WORK,
    VO_COLUMNS,
    VO_QTY,
    W_COLUMNS,
    W_DONE,
    W_DUE,
    W_GATES,
    W_START,
    W_STREAM,
    WC_COLUMNS,
    WEEKS,
    WG_COLUMNS,
    WK_COLUMNS,
    WR_COLUMNS,
    Y_COLUMNS,
    Z_ABSENT,
    Z_AVAIL,
    Z_CAP,
    Z_COLUMNS,
    Z_ON_ORDER,
    Z_PEAK,
    ParkArrays,
    table,
)
from aidc_twin.twin.memory import Spare, layout

ORDERS = 1024
"""Orders for base stock that can be on their way at once before the memory grows."""


@dataclass(frozen=True)
class Room:
    """Places that a state has for what cannot be foreseen: events, trace rows, orders for base stock."""

    events: int
    trace: int
    orders: int = ORDERS

    def beside(self, other: Room) -> Room:
        """Room for either."""
        return Room(max(self.events, other.events), max(self.trace, other.trace), max(self.orders, other.orders))


def room_of(a: ParkArrays, *, trace: bool) -> Room:
    """Room that a replication is given at first: an event for each step, none for its unit."""
    return Room(steps_of(a) + planned_events(a), 6 * steps_of(a) + 2048 if trace else 0)


class Blank(NamedTuple):
    """What a replication of some arrays begins with: the cells that are written before its first event, and how many
    there are in all.
    """

    arrays: ParkArrays
    room: Room
    cells: I64
    size: int

    @classmethod
    def of(cls, arrays: ParkArrays, room: Room) -> Blank:
        """Cells of arrays and room, without a seed.

        Tables whose rows the kernel writes before it reads them stand behind: they cost nothing until they are used.
        """
        whole = arrays.whole
        count = lambda name: int(whole[name + 2])  # noqa: E731  because it is one look-up
        classes, resources, groups = count(CLASS), count(RES), groups_of(arrays)
        ties = int(np.diff(table(whole, QUEUES)[:, Q_TIES : Q_TIES_END + 1]).max(initial=1)) - 1
        shapes = {
            DAY: (YEAR, 1), V_JOB: (count(JOB), W_COLUMNS), V_CLASS: (classes, Y_COLUMNS),
            V_QUEUE: (count(QUEUES), E_COLUMNS), V_BLOCK: (resources + count(CAL), 1), V_RES: (resources, Z_COLUMNS),
            V_CAL: (count(CAL), 2), V_MACHINE: (count(MACHINE), int(whole[MACHINE + 1])),
            V_FAULT: (count(FAULTS), N_COLUMNS), V_POSTED: (int(whole[RULES] * whole[BUCKETS]), 2),
            V_USED: (resources, int(whole[WEEKS]) + 1), V_PHASE: (count(PHASE_STREAM), 1),
            V_SOURCE: (count(SOURCE), V_COLUMNS), V_GROUP: (groups, GR_COLUMNS), V_LEARN: (count(LEARNING), 1),
            V_ORDER: (room.orders, VO_COLUMNS), V_WORK: (2 * resources, WK_COLUMNS),
            V_WEEK: (int(whole[WEEKS]) + 2, WG_COLUMNS * groups + WC_COLUMNS * classes + WR_COLUMNS * resources),
            V_DRAW: (int(table(whole, ROUTE)[:, T_STEPS].max(initial=0)) + DRAWN, 1),
            V_SHARE: (count(JOB), int(whole[SHARES])), NEAR: (room.events, 2), FAR: (room.events, 2),
            NODE: (room.events, 3), ROOM: (int(table(whole, QUEUES)[:, Q_PLACES].sum()), ENTRY),
            V_STEP: (steps_of(arrays), U_COLUMNS), V_MORE: (steps_of(arrays), M_COLUMNS),
            V_LOG: (room.trace, LG_COLUMNS), V_TIES: (steps_of(arrays) if ties else 0, ties),
            V_PORTION: (steps_of(arrays) if count(BUCKET) else 0, PT_COLUMNS),
        }  # fmt: skip
        head, size = layout(shapes, STATE_HEADER)
        cells = np.zeros(int(head[NEAR]), np.int64)
        cells[:STATE_HEADER] = head
        _fill(arrays, cells)
        table(cells, DAY)[:] = -1
        cells[K_SHIFT] = whole[SHIFT]
        cells[K_TRACING] = room.trace > 0
        return cls(arrays, room, cells, size)


def fresh_state(
    arrays: ParkArrays, room: Room, *, seed: int, means: bool, spare: Spare | None = None, begin: Blank | None = None
) -> I64:
    """Memory of a replication before its first event; see `kernel.layout`.

    In spare cells the memory is there until they are taken again; `begin` is what it begins with, if that is known.
    """
    begin = begin or Blank.of(arrays, room)
    m = (spare or Spare()).take(begin.size)
    m[: len(begin.cells)] = begin.cells
    m[K_SEED] = np.uint64(seed).astype(np.int64)
    m[K_MEANS] = means
    return m


def _fill(arrays: ParkArrays, m: I64) -> None:
    """Write what a fresh state takes from the park."""
    whole = arrays.whole
    jobs, state, resources = table(whole, JOB), table(m, V_JOB), table(whole, RES)
    state[:, [W_GATES, W_DONE]] = -1
    state[:, W_START] = np.where(jobs[:, J_OPENER] >= 0, AWAITED, -1)
    state[:, W_STREAM], state[:, W_DUE] = jobs[:, J_STREAM], jobs[:, J_DUE]
    shared = table(whole, SHARE)
    table(m, V_SHARE)[shared[:, SH_JOB], shared[:, SH_RES]] = shared[:, SH_COUNT]
    queues = table(m, V_QUEUE)
    queues[:, [E_NEXT, E_BLOCK]] = -1
    rooms = table(whole, QUEUES)
    fixed = (rooms[:, Q_RULE] < LISTED) & (rooms[:, Q_LEAVES] == 0)
    queues[:, E_HEAD] = np.where(fixed, m[ROOM] + rooms[:, Q_ROOM] * ENTRY, -1)
    table(m, V_BLOCK)[:] = -1
    table(m, V_MACHINE)[:] = table(whole, MACHINE)
    res = table(m, V_RES)
    res[:, Z_AVAIL], res[:, Z_CAP] = resources[:, R_AVAIL], resources[:, R_CAP]
    res[:, Z_ABSENT], res[:, Z_ON_ORDER] = resources[:, R_ABSENT], resources[:, R_ON_ORDER]
    res[:, Z_PEAK] = np.where(resources[:, R_KIND] == MATERIAL, 0, res[:, Z_CAP] - res[:, Z_AVAIL])
    orders = table(m, V_ORDER)
    orders[:, VO_QTY] = np.arange(1, len(orders) + 1)
    orders[-1, VO_QTY] = -1


def steps_of(arrays: ParkArrays) -> int:
    """Rows of steps: the last of the memory's."""
    return int(arrays.whole[STEPS])


def groups_of(arrays: ParkArrays) -> int:
    """Products of orders, then sources."""
    return int(arrays.whole[GROUPS])


def planned_events(a: ParkArrays) -> int:
    """Events that are there whatever the units do."""
    tables = (PO, CAP, QUOTA_LINE, CAL, SAILING, SOURCE, FAULTS, BUCKET)
    return 1024 + ORDERS + sum(int(a.whole[name + 2]) for name in tables)
