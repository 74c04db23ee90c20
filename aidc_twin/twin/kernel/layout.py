"""What goes into the kernel and what it keeps: tables in three flat memories, and the names of their columns.

Rows are things (jobs, steps, classes), columns are what is known of each. The park is one memory of whole numbers and
one of
real numbers, a replication's state is one of whole numbers: a kernel function takes three arrays, so that calls cost
nothing.
A memory begins with its scalars; then each table has three cells, its offset, width and number of rows, and `row`
finds a row.
Lists are slices of a table by first and end columns. Times are ticks since the epoch, amounts are in the resource's
counting
unit (materials in thousandths), money is yuan.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Int: TypeAlias = int | np.integer[Any]

# Event kinds, in the order in which events of one instant are handled.
END, CAPACITY, RECEIPT, QUOTA, CALENDAR, WEEK, RELEASE, SAIL = range(8)
# Statuses.
OK, EVENTS_FULL, TRACE_FULL, EVENT_STORM = range(4)
# Kinds of resources.
POOL, SERVERS, MATERIAL = range(3)
# States of a job's step at the start.
AHEAD, DONE, UNDER_WAY = range(3)

# The park's memory: scalars, then tables (J jobs, N job steps, S route steps, C classes, R resources with materials
# last)
HORIZON, WEEK_TICKS, WEEKS, BUCKETS, RULES, FAMILIES, STORM, SCALARS = range(8)
(
    JOB, JOB_STEP, GATE, GATE_JOB, ROUTE, ROOT, STEP, SUCC, HOLD, LAST, POST, NEED, CLASS, RES, MACHINE, SETUP, CAP,
    PHASE_STREAM, PO, QUOTA_LINE, CAL, INTERVAL, SAILING, EDGE, CLASS_F, PHASE_F, PO_F, PARK_HEADER,
) = range(SCALARS, SCALARS + 3 * 28, 3)  # fmt: skip
# JOB: route, first job step, stream, value, release tick, releases to wait for, joining job step or -1
J_ROUTE, J_FIRST, J_STREAM, J_VALUE, J_RELEASE, J_GATES, J_JOIN, J_COLUMNS = range(8)
# JOB_STEP: job, route step, things to wait for, state, open work left, machine held or -1, priority, gate or -1
N_JOB, N_STEP, N_WAIT, N_STATE, N_LEFT, N_SLOT, N_KEY, N_GATE, N_COLUMNS = range(9)
# ROUTE
T_STEP, T_ROOT, T_ROOT_END, T_LAST, T_LAST_END, T_COLUMNS = range(6)
# STEP
S_CLASS, S_SUCC, S_SUCC_END, S_HOLD, S_HOLD_END, S_POST, S_POST_END, S_COLUMNS = range(8)
# HOLD and LAST: resource, amount, position of the step whose machine it is or -1
H_RES, H_AMOUNT, H_FROM = range(3)
# POST: rule, parts per million of the value and constant yuan, owned and consigned
P_RULE, P_PPM, P_PPM_CONSIGNED, P_YUAN, P_YUAN_CONSIGNED = range(5)
# NEED: resource, amount, given back at the end of the step itself
D_RES, D_AMOUNT, D_OWN = range(3)
# CLASS
(
    C_DIST, C_CALENDAR, C_RUN, C_REWORK, C_RETRY, C_IS_REWORK, C_REPAIR_DIST, C_RESOAK, C_SAILING, C_SERVER, C_FAMILY,
    C_KEY, C_ROOM, C_NEED, C_NEED_END, C_COLUMNS,
) = range(16)  # fmt: skip
# CLASS_F: work a, b, c, mean; repair a, b, c, mean; probability of failure; faults a tick
F_WORK, F_MEAN, F_REPAIR, F_FAIL, F_FAULT, F_COLUMNS = 0, 3, 4, 8, 9, 10
# RES
R_KIND, R_AVAIL, R_CAP, R_CALENDAR, R_SLOT, R_SETUP, R_COLUMNS = range(7)
# CAP: earliest tick, resource, change, phase before whose opening it does not happen or -1, machine that comes back
# or -1
X_TIME, X_RES, X_DELTA, X_PHASE, X_SLOT = range(5)
# PO: tick, material, quantity, distribution, stream
O_TIME, O_RES, O_QTY, O_DIST, O_STREAM = range(5)
# QUOTA_LINE: material, weekly quantity, most that is kept, first tick
Q_RES, Q_WEEKLY, Q_MOST, Q_FIRST = range(4)
# INTERVAL: start, end, open ticks before
I_START, I_END, I_OPEN = range(3)
# SAILING: first departure, interval, room, class
L_FIRST, L_EVERY, L_ROOM, L_CLASS = range(4)

# The state's memory: counters, then tables
(
    K_SEQ, K_HEAP, K_EVENTS, K_STATUS, K_CANDIDATES, K_BUCKET, K_WEEK, K_TRACE, K_BATCH, K_MEANS, K_TRACING, COUNTERS,
) = range(12)  # fmt: skip
(
    HEAP, QUEUE, V_STEP, V_JOB, V_CLASS, V_BLOCK, V_RES, V_CAL, V_MACHINE, V_POSTED, V_USED, V_PHASE, V_TRACE,
    STATE_HEADER,
) = range(COUNTERS, COUNTERS + 3 * 14, 3)  # fmt: skip
# V_STEP: things still to wait for, attempt, class it runs in, machine or -1, machine of its rework or -1, started
U_WAIT, U_ATTEMPT, U_CLASS, U_SLOT, U_SLOT_REWORK, U_STARTED, U_COLUMNS = range(7)
# V_JOB: releases and steps still open, first start and completion or -1
W_GATES, W_STEPS, W_START, W_DONE, W_COLUMNS = range(5)
# V_CLASS: waiting steps, next class that waits for the same, what it waits for or -1, is candidate, list of candidates
Y_SIZE, Y_NEXT, Y_BLOCK, Y_IS, Y_LIST, Y_COLUMNS = range(6)
# V_RES: available, capacity, instant of the integrals, integrals of availability and capacity (closed, open), peak,
# amount times work, changeover and elapsed time
(
    Z_AVAIL, Z_CAP, Z_SINCE, Z_IDLE, Z_IDLE_OPEN, Z_TOTAL, Z_TOTAL_OPEN, Z_PEAK, Z_WORK, Z_SETUP, Z_ELAPSED, Z_COLUMNS,
) = range(12)  # fmt: skip
# V_TRACE
E_STEP, E_ATTEMPT, E_START, E_END, E_SETUP, E_WORK, E_SLOT, E_COLUMNS = range(8)


class ParkArrays(NamedTuple):
    """A compiled park: its memories of whole and of real numbers."""

    whole: I64
    real: F64


@njit(cache=True, nogil=True)
def row(memory: I64, table: Int, i: Int) -> Int:
    """First cell of row `i` of a table whose header stands in `memory`."""
    return memory[table] + i * memory[table + 1]


def table(memory: I64, name: int) -> I64:
    """A table of whole numbers as a view, shape (rows, width)."""
    offset, width, rows = memory[name : name + 3].tolist()
    return memory[offset : offset + width * rows].reshape(rows, width)


def reals(arrays: ParkArrays, name: int) -> F64:
    """A table of real numbers as a view, shape (rows, width)."""
    offset, width, rows = arrays.whole[name : name + 3].tolist()
    return arrays.real[offset : offset + width * rows].reshape(rows, width)
