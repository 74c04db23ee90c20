"""What goes into the kernel and what it keeps: tables in flat memories, and the names of their columns.

Rows are things (jobs, steps, classes), columns are what is known of each. The park is one memory of whole numbers and
one of real numbers, a replication's state is one of whole numbers: a kernel function takes three arrays, so that calls
cost nothing. A memory begins with its scalars; then each table has three cells: its offset, width and number of rows.
The kernel finds row `i` of a table at ``memory[TABLE] + i * COLUMNS``. Lists are slices of a table by first and end
columns. Times are ticks since the epoch, amounts are in the resource's counting unit (materials in thousandths), money
is yuan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Int: TypeAlias = int | np.integer[Any]


class Whole(Protocol):
    """A memory of whole numbers as the kernel sees it: an array, or the address of one."""

    def __getitem__(self, index: Int, /) -> int:
        """A cell."""
        ...

    def __setitem__(self, index: Int, value: Int, /) -> None:
        """Write a cell."""
        ...


class Real(Protocol):
    """A memory of real numbers, which the kernel only reads."""

    def __getitem__(self, index: Int, /) -> float:
        """A cell."""
        ...


# Numbers that are handed to functions: numba compiles a function once more for every number that is written in a call.
ZERO, ONE = 0, 1
# Event kinds, in the order in which events of one instant are handled; work starts before the late ones.
(
    END, FAULT, PAUSE, CAPACITY, RECEIPT, QUOTA, CALENDAR, WEEK, RELEASE, ARRIVAL, EARLIEST, SAIL, TIMER, IMPATIENCE,
    PERIOD,
) = range(15)  # fmt: skip
LATE = TIMER
# More than there are parts of one kind in a unit.
MANY = 1_000_000
# Statuses.
OK, EVENTS_FULL, TRACE_FULL, EVENT_STORM, POOL_FULL, CLOCK_BACK = range(6)
# Kinds of resources, and of needs: a person is one of a crew whose members are named, what is only looked at is not
# taken, what is shared is taken once for a family.
PERSON, POOL, SERVERS, MATERIAL, LOOK, SHARED, BREAK = range(-1, 6)
# What a need is kept for beyond the steps of its own unit.
UNTIL_PARTS, UNTIL_JOINED = 1, 2
# States of a job's step; AHEAD, DONE and UNDER_WAY are those of the opening state.
AHEAD, DONE, UNDER_WAY, QUEUED, STOPPED = range(5)
# Kinds of classes: an operation's attempt, its rework, the repair of a machine, the rest of work that was given back.
WORK, REWORK, REPAIR, RESUME = range(4)
# Rules of queues; those from LISTED on have no heap: LISTED has rules that break ties, the others are asked anew at
# every dispatch, or give shares at the start of each period.
(
    EDD, FIFO, LIFO, PRIORITY, SPT, STEPS_LEFT, WORK_LEFT, LPT, SLACK, ORDERED, LISTED, ATC, CRITICAL_RATIO, SHARED_OUT,
) = range(14)  # fmt: skip
# Which of the heads of all queues goes first.
BY_KEY, BY_TIES, CREWS_LAST = range(3)
# Which idle machine of its servers work takes.
LOWEST, IDLE_LONGEST, IDLE_LONGEST_LAST, FIRST_TO_CALL = range(4)
PICKS = 64
"""Added to the rule of a queue in which not the first, but the first that can start does."""
PREEMPTS = 2
"""Bit of PICKERS: on some machines urgent work stops other work."""
BOUND = -2
"""Pin of a class whose units keep to the machine that the first part of their parent took."""
SKILLED = -3
"""Pin of a class whose work only some people of a crew may do."""
# Where a branch goes that names no step.
TO_END, TO_SCRAP = -1, -2
FREE_WAYS, KEPT_WAYS = -3, -4
"""In place of a first branch: what is free decides among those that follow."""
WAY = -2
"""In place of the resource of a row of MOVE: one of the ways among which what is free decides."""
# What releases a unit: its day, and a step of its parent; a bit each.
BY_TICK, BY_STEP = 1, 2
PARTS = 1 << 20
"""A part that is waited for, in the cell that counts what a step waits for; what comes before it counts 1."""
RULED = 1 << 62
"""Bit of a step's holds: its priority was set by the policy, whatever the rule of its queue."""
ORDERS_OWN = 1 << 40
"""Priority of a class: that of the order or source counts."""
MEMBER = 1 << 61
"""Bit of a step's holds: it goes in another step's batch and holds nothing itself."""

# The park's memory: scalars, then tables (J jobs, N job steps, S route steps, C classes, R resources with materials
# last)
(
    HORIZON, WEEK_TICKS, WEEKS, BUCKETS, RULES, FAMILIES, STORM, JOBS, STEPS, GROUPS, SHIFT, STARTS, PLACES, PICKERS,
    SHARES, WARM_UP, SCALARS,
) = range(17)  # fmt: skip
(
    JOB, EXTRA, GATE, GATE_JOB, RELEASES, ROUTE, ROOT, STEP, SUCC, HOLD, LAST, POST, MOVE, BRANCH, OUTPUT, NEED, CLASS,
    QUEUES, RES, MACHINE, FAULTS, SETUP, CAP, PHASE_STREAM, PO, QUOTA_LINE, CAL, CAL_RES, INTERVAL,
    SAILING, SOURCE,
    LEAVERS, HOST, ON,
    EDGE, CLASS_F, PHASE_F, PO_F, FAULT_F, SOURCE_F, BRANCH_F, BASE_F, QUEUE_F, LEARNING, VALUES, STEP_KEY, TIES,
    SHARE, BUCKET, FEED, FLOW, STEP_FLOW, FEED_F, FAIL_LIMIT, STEP_F, PARK_HEADER,
) = range(SCALARS, SCALARS + 3 * 56, 3)  # fmt: skip
# JOB: route, first job step, stream, value, due tick, releases to wait for, joining job step or -1, its job, extras,
# source or -1, group, for the rule `priority`, in parts per million of weight, key of its steps, 1 if the policy set
# it, tick of its order (of a source's: jobs back to the unit that arrived), job step that waits for its start or -1;
# of a part of a source's unit: a million times the units like it there, and which of them it is
(
    J_ROUTE, J_FIRST, J_STREAM, J_VALUE, J_DUE, J_GATES, J_JOIN, J_PARENT, J_EXTRA, J_EXTRA_END, J_SOURCE, J_GROUP,
    J_PRIORITY, J_WEIGHT, J_KEY, J_RULED, J_ORDERED, J_OPENER, J_ALIKE, J_COLUMNS,
) = range(20)  # fmt: skip
# EXTRA: what one step of a job has beyond its route: position, what, value
X_POSITION, X_WHAT, X_VALUE, X_COLUMNS = range(4)
# kinds of EXTRA: parts to wait for, priority, gate that it opens, state, work left, machine, holds, earliest tick,
# class of its first start, tokens of a unit that has started, place in the queue that parts from before the epoch kept,
# job (counted from its own) of a part that keeps something until it is joined there, parts that it releases and that
# have not started; job, counted likewise, of a part that goes the way of the first of them
(
    EX_PARTS, EX_KEY, EX_GATE, EX_STATE, EX_LEFT, EX_SLOT, EX_HELD, EX_EARLIEST, EX_CLASS, EX_TOKENS, EX_WAIT,
    EX_PLACE, EX_JOINED, EX_UNSTARTED, EX_SIBLING,
) = range(15)  # fmt: skip
# GATE_JOB: units behind a gate, counted from the job of the step that opens it
# ROUTE: first step row, steps, roots, holds that the unit's end gives back, 1 if it has steps with shares of periods
T_STEP, T_STEPS, T_ROOT, T_ROOT_END, T_LAST, T_LAST_END, T_BUCKETED, T_COLUMNS = range(8)
# STEP: class, successors, holds that its passing gives back, sales, tokens to wait for, holds that its start gives
# back, branches, outputs, 1 if it opens gates and 2 more if it keeps something for those behind them, or ONWARD
# where its passing only leads to the next step; position on its route
(
    S_CLASS, S_SUCC, S_SUCC_END, S_HOLD, S_HOLD_END, S_POST, S_POST_END, S_BEFORE, S_MOVE, S_MOVE_END, S_BRANCH,
    S_BRANCH_END, S_OUT, S_OUT_END, S_OPENS, S_POSITION, S_COLUMNS,
) = range(17)  # fmt: skip
ONWARD = 4
# HOLD, LAST and MOVE: resource (-1: what parts keep until they are joined), amount, position of the step that took it,
# its need there, 0 or what it is to that step: its machine, or from UP on its machine that is left only while it is up;
# with a calendar that is open as well, and from AT_ONCE on in the instant in which its work ends only with what is free
# then; below 0 what its family shares (-1 less the number of the family), or a person.
# Where the resource is WAY: LOWEST, IDLE_LONGEST, IDLE_LONGEST_LAST or FIRST_TO_CALL, position of the first step of the
# way, 1 where all parts of a parent go the same way
H_RES, H_AMOUNT, H_FROM, H_BIT, H_SERVER, H_COLUMNS = range(6)
ITS_MACHINE, UP = 1, 2
ITS_PERSON = -(1 << 40)
AT_ONCE = 1 << 40
# HOST: steps from each step of a route to the earlier one on whose machine it works; 0: on none but its own
# POST: rule, parts per million of the value and constant yuan, owned and consigned
P_RULE, P_PPM, P_PPM_CONSIGNED, P_YUAN, P_YUAN_CONSIGNED, P_COLUMNS = range(6)
# LEAVERS: queues in which units may wait for a machine that they would leave
# ON: for each class the servers on whose machine, which an earlier step keeps, it works; -1: none
# BRANCH (BRANCH_F: cumulative share): position of the next step, TO_END or TO_SCRAP; or FREE_WAYS, KEPT_WAYS
# OUTPUT: material, quantity
# STEP_FLOW, of each row of STEP: steps whose work comes to it while they go on, steps to which its own work goes so,
# what there is of its work from the beginning
X_FEED, X_FEED_END, X_FLOW, X_FLOW_END, X_AT_ONCE, X_FLOW_COLUMNS = range(6)
# FEED (FEED_F: share of the step's work): position of the step that it comes from, -1 for what is there at once
# FLOW: position of the step that it goes to
# FAIL_LIMIT, of each row of STEP: a first attempt fails if what is drawn is smaller; -1: what is learned decides
# STEP_F, a row each for what the work of a first attempt needs whose class is SIMPLE, by rows of STEP: a, b, c and the
# share that takes less than what is most likely; zeros where the work is drawn when it starts
# NEED: resource, amount, given back at the end of the step itself, kind, given back when closed, what it is kept for
# and four times the number of its family: twice the number of the resource, 1 more where the family is that of the
# unit's own parts; people of a crew who may do it, a bit each, 0: all
D_RES, D_AMOUNT, D_OWN, D_KIND, D_GIVE, D_PARENT, D_WHO, D_COLUMNS = range(8)
# CLASS (calendar: in which it starts; hours: those in which its work goes on, -1: all), last: 1 where the place in the
# queue is kept from the first part on, first crew that it needs or -1, priority of its own or ORDERS_OWN, resource of
# which it depends on a unit's parent if it can start or -1, number of the machines to one of which parts keep or -1,
# row of BUCKET whose shares are its work or -1, all of that work, turn among equal due dates, number from 1 of the
# person of that crew who chooses it before other work, number of the machines that tell which way the parts of its
# parent go or -1, calendar in which its work goes on after a standstill though it runs on when that closes, or -1;
# its calendar or -1, 1 where it is the first of a way on which machines call for work;
# C_RESUME: the rest of its work that waits for an opening, -1: none, less than that: -2 less the class of the rest of
# its work that urgent work stopped
(
    C_DIST, C_CALENDAR, C_HOURS, C_REWORK, C_RETRY, C_KIND, C_REPAIR_DIST, C_RESOAK, C_SAILING, C_SERVER, C_FAMILY,
    C_KEY, C_QUEUE, C_NEED, C_NEED_END, C_HOME, C_RESUME, C_PIN, C_BATCH_MIN, C_BATCH_MAX, C_BATCH_DIST,
    C_PATIENCE_DIST, C_MOST, C_LEARN, C_MEAN, C_FRAGILE, C_FIRST_PART,
    C_CREW, C_PRIORITY, C_PICK, C_SAME, C_BUCKET, C_AMOUNT, C_RANK, C_PREFER, C_WAY,
    C_OVERTIME, C_SHIFT, C_CALLED, C_COLUMNS,
) = range(40)  # fmt: skip
SIMPLE = 16
"""In place of a triangular distribution of work that nobody learns, without faults that are repaired in place."""
# CLASS_F: work a, b, c, mean; repair a, b, c, mean; probability of failure; faults a tick; batch wait a, b, c, mean;
# patience a, b, c, mean; exponents of learning of work and failure
F_WORK, F_MEAN, F_REPAIR, F_FAIL, F_FAULT, F_BATCH, F_PATIENCE, F_LEARN, F_FAIL_LEARN, F_COLUMNS = (
    0, 3, 4, 8, 9, 10, 14, 18, 19, 20,
)  # fmt: skip
# QUEUES (QUEUE_F: mean work of its kinds): first place of its room, rule, 1 where classes share it that cannot start at
# the same times, 1 where it waits for ships, places of its room, a class that can start whenever its others can (-1:
# there is none), resource whose rule it is or -1, its rules where there are several (rows of TIES), 1 where units may
# wait for a machine that they would leave, 2 where some leave it at once only; whether it is plain: only a calendar and
# needs decide on a start, 2 where nothing else comes of joining it either; then its calendar or -1, its first need's
# resource and amount, and its other needs
(
    Q_ROOM, Q_RULE, Q_SHARED, Q_SAILS, Q_PLACES, Q_CLASS, Q_GIVER, Q_TIES, Q_TIES_END, Q_LEAVES, Q_PLAIN, Q_CALENDAR,
    Q_RES, Q_AMOUNT, Q_NEED, Q_NEED_END, Q_COLUMNS,
) = range(17)  # fmt: skip
# RES: kind, available, capacity, calendar, first machine, changeovers, base stock or 0, its lead's distribution and
# stream, machines that the opening state has down, material on its way, which idle machine is taken, rule, 1 where
# members of a crew are named, whether urgent work stops other work on its machines and what becomes of that
(
    R_KIND, R_AVAIL, R_CAP, R_CALENDAR, R_SLOT, R_SETUP, R_BASE, R_LEAD_DIST, R_STREAM, R_ABSENT, R_ON_ORDER,
    R_CHOICE, R_RULE, R_NAMED, R_PREEMPT, R_COLUMNS,
) = range(16)  # fmt: skip
NEVER_STOPS, GOES_ON, BEGINS_ANEW = range(3)
# MACHINE, or a person of a crew: family made last, holder (job step + 1; of a person see `floor.call`) or 0, times
# down, breakdowns, tick at which it was left last
G_FAMILY, G_HOLDER, G_DOWN, G_FAULT, G_FAULT_END, G_LEFT, G_COLUMNS = range(7)
# FAULTS (FAULT_F: first uptime a, b, c, mean; uptime a, b, c, mean): resource, machine, number in its resource, 1 if
# its clock is time at work, effect, stream, step key, class of its repair, job step of its repair, distributions,
# priority of its repair, 1 if it is handled among the ends of work, calendar whose open hours count or -1, 1 if it is
# counted anew at each opening of that, ticks before its closing in which it does not come, 1 if it is over then
(
    B_RES, B_MACHINE, B_SLOT, B_BUSY, B_EFFECT, B_STREAM, B_KEY, B_CLASS, B_STEP, B_FIRST_DIST, B_UP_DIST,
    B_PRIORITY, B_ORDER, B_HOURS, B_ANEW, B_SKIP, B_ENDS, B_COLUMNS,
) = range(18)  # fmt: skip
KEEP, REPEAT, LOSE, FINISH = range(4)
# CAP: earliest tick, resource, change, phase before whose opening it does not happen or -1, machine that comes back
# or -1
CAP_TIME, CAP_RES, CAP_DELTA, CAP_PHASE, CAP_SLOT, CAP_COLUMNS = range(6)
# PO: tick, material, quantity, distribution, stream
O_TIME, O_RES, O_QTY, O_DIST, O_STREAM, O_COLUMNS = range(6)
# QUOTA_LINE: material, weekly quantity, most that is kept, first tick
QL_RES, QL_WEEKLY, QL_MOST, QL_FIRST, QL_COLUMNS = range(5)
# CAL: intervals, resources whose shares it divides, ticks of the longest interval
CA_FIRST, CA_END, CA_RES, CA_RES_END, CA_LONGEST, CA_COLUMNS = range(6)
# INTERVAL: start, end, open ticks before
I_START, I_END, I_OPEN, I_COLUMNS = range(4)
# SAILING, of ships and transfers: first departure, interval, room, class, units more than which must wait
L_FIRST, L_EVERY, L_ROOM, L_CLASS, L_ABOVE, L_COLUMNS = range(6)
# SOURCE (SOURCE_F: first a, b, c, mean; interval a, b, c, mean): first job, jobs, units at once, arrivals or 0,
# streams of arrivals and of units, step key, due ticks, distributions, group, jobs of one unit with its parts
(
    A_JOB, A_JOBS, A_UNITS, A_MOST, A_STREAM, A_UNIT_STREAM, A_KEY, A_DUE, A_FIRST_DIST, A_DIST, A_GROUP, A_SIZE,
    A_COLUMNS,
) = range(13)  # fmt: skip
# SHARE: job, number of the resource, what V_SHARE has there at the opening
SH_JOB, SH_RES, SH_COUNT, SH_COLUMNS = range(4)
# BUCKET: resource, first period, ticks of a period, ticks from the first due date on that share alike or -1, 1 if what
# is left goes beyond these, 1 if what can be finished goes first, queue
(
    BK_RES, BK_FIRST, BK_PERIOD, BK_WINDOW, BK_BEYOND, BK_FINISH, BK_QUEUE, BK_COLUMNS,
) = range(8)  # fmt: skip

# The state's memory: counters, then tables
(
    K_SEQ, K_EVENTS, K_STATUS, K_CANDIDATES, K_BUCKET, K_WEEK, K_LOG, K_STORM, K_MEANS, K_TRACING, K_SEED,
    K_RELEASE, K_ORDER, K_PENDING, K_SHIFT, K_DAY, K_NEAR, K_FAR, K_LATER, K_NODE, K_NODES,
    COUNTERS,
) = range(22)  # fmt: skip
(
    NEAR, FAR, NODE, DAY, ROOM, V_STEP, V_MORE, V_JOB, V_CLASS, V_QUEUE, V_BLOCK, V_RES, V_CAL, V_MACHINE, V_FAULT,
    V_POSTED, V_USED,
    V_PHASE, V_SOURCE, V_GROUP, V_LEARN, V_WEEK, V_ORDER, V_LOG, V_DRAW, V_TIES, V_SHARE, V_WORK, V_PORTION,
    STATE_HEADER,
) = range(COUNTERS, COUNTERS + 3 * 30, 3)  # fmt: skip
# NEAR and FAR: tick, code; K_LATER rows of FAR are of today. NODE: tick, code, next row of its day or next free row.
# DAY: first row or -1.
# V_STEP: job (-1: a repair), route step (a breakdown), things still to wait for, state, priority, sequence of its
# place in a queue or of its next event, class, tick since when it waits or works (its earliest tick while ahead),
# attempt, attempt at which this lap began, machine, what it keeps, changeover and work left, changeover left, next step
# of its batch, the work of its first attempt (with READY) or what that is drawn from, with FAILS and TOLD; a row is as
# long as two cache lines, which are fetched together
(
    U_JOB, U_STEP, U_WAIT, U_STATE, U_KEY, U_SEQ, U_CLASS, U_SINCE, U_ATTEMPT, U_LAP, U_SLOT, U_HELD, U_LEFT, U_SETUP,
    U_NEXT, U_DRAW, U_COLUMNS,
) = range(17)  # fmt: skip
DRAWN_BITS = 53
FAILS, TOLD, READY = 1 << DRAWN_BITS, 2 << DRAWN_BITS, 4 << DRAWN_BITS
"""Bits beside what is drawn: the first attempt fails; whether it does was known when it was drawn; ticks are drawn."""
# V_MORE, written only where it is needed: machine of its rework, work of this attempt, place in the queue that it keeps
# from its first part on (a sequence) or 0, tick at which that came, parts that it releases and that have not started,
# sequence at which the work of this attempt began, tick + 1 at which it could not start though its unit could leave its
# machine then only, of work that can break down the first cell of the machine on which it began or -1
M_SLOT, M_WORK, M_PLACE, M_CAME, M_UNSTARTED, M_BEGUN, M_MISSED, M_MACHINE, M_COLUMNS = range(9)
# V_PORTION, where there are buckets: what there is of a step's work, what was allotted, what is done, sequence of its
# place in line or -1
PT_THERE, PT_ALLOTTED, PT_DONE, PT_PLACE, PT_COLUMNS = range(5)
# V_SHARE, by job and resource: those of its family who share it, or the machine to which it keeps + 1, or 1 where its
# parts keep to the way that leads there
# V_JOB: releases still to wait for (-1: its steps are not laid out), tokens, first start or -1, or AWAITED where a step
# of another unit waits for it; completion or -1, stream, due tick, number in its source, arrival tick (the next free
# job while it is free)
W_GATES, W_TOKENS, W_START, W_DONE, W_STREAM, W_DUE, W_SERIAL, W_ARRIVAL, W_COLUMNS = range(9)
AWAITED = -2
# V_CLASS: starts, ticks waited, work, changeover and elapsed ticks
Y_STARTS, Y_WAITED, Y_WORK, Y_SETUP, Y_ELAPSED, Y_COLUMNS = range(6)
# V_QUEUE: waiting steps, waiting steps whose batch waits no longer, next queue that waits for the same, what it waits
# for or -1, is candidate; list of candidates; where the queue's head stands, -1 where keys change with time; where the
# candidates' heads stand, -1: to be sought (not beside the list: copied as one, what has just been written as two holds
# up the processor)
E_SIZE, E_RIPE, E_NEXT, E_BLOCK, E_IS, E_LIST, E_HEAD, E_PLACE, E_COLUMNS = range(9)
ENTRY = 3
"""Cells of a place in a queue: priority, sequence, job step."""
# V_RES: available, capacity, ticks of taking less ticks of giving times amount, most in use, instant of the integrals,
# use up to it, what is used beyond capacity, since when; integrals of idle and all capacity (closed, open); machines
# that are down: number, integral; material on order, orders placed; machines that the opening state has down;
# number of a machine below which none is idle and up
(
    Z_AVAIL, Z_CAP, Z_TAKEN, Z_PEAK, Z_SINCE, Z_USED, Z_SHORT, Z_SHORT_SINCE, Z_IDLE, Z_IDLE_OPEN, Z_TOTAL,
    Z_TOTAL_OPEN, Z_DOWN, Z_DOWN_TAKEN, Z_ON_ORDER, Z_ORDERS, Z_ABSENT, Z_LOWEST, Z_COLUMNS,
) = range(19)  # fmt: skip
# V_FAULT: times it has been drawn, sequence of its event or -1, ticks at work until it comes, 1 while it is down, DUE
# while it waits for the end of the work under way
N_COUNT, N_SEQ, N_LEFT, N_DOWN, N_COLUMNS = range(5)
DUE = 2
# V_SOURCE: arrivals, units, first free job or -1
V_ARRIVALS, V_SERIAL, V_FREE, V_COLUMNS = range(4)
# V_GROUP: units in the park, ticks of arrival less those of leaving, arrived, done, scrapped, lost, flow time,
# lateness, most in the park at once
(
    GR_COUNT, GR_TAKEN, GR_ARRIVED, GR_DONE, GR_SCRAPPED, GR_LOST, GR_FLOW, GR_LATE, GR_MOST, GR_COLUMNS,
) = range(10)  # fmt: skip
# V_WEEK, the sums so far at the end of each week. For each group: ticks of its units in the park, arrived, done, flow
# time, scrapped, lost; then for each class: starts, ticks waited; then for each resource: integrals of idle and all
# capacity (closed, open) and of machines that are down
WG_TICKS, WG_ARRIVED, WG_DONE, WG_FLOW, WG_SCRAPPED, WG_LOST, WG_COLUMNS = range(7)
WC_STARTS, WC_WAITED, WC_COLUMNS = range(3)
WR_IDLE, WR_IDLE_OPEN, WR_TOTAL, WR_TOTAL_OPEN, WR_DOWN, WR_COLUMNS = range(6)
# V_WORK, for each resource at the end of the warm-up, then for each at the horizon: amount times work, changeover and
# elapsed ticks of the work on it
WK_WORK, WK_SETUP, WK_ELAPSED, WK_COLUMNS = range(4)
# V_ORDER, orders for base stock on their way: material, quantity (the next free row while it is free)
VO_RES, VO_QTY, VO_COLUMNS = range(3)
# V_DRAW: what is drawn for the steps of the unit that is laid out
DRAWN = 8
"""Draws are made so many at a time."""
# V_TIES: keys of a waiting step by the rules that break ties
# V_LOG: rows of two cells, the kind of each row in the lowest bits of its first cell.
# LG_ROW, a piece of work: start and job step; work, ticks from its start to its end beyond the work, attempt (twice, 1
# more in a rework) and machine + 1.
# LG_SETUP, behind it where there is one: its changeover in the second cell.
# LG_WIDE and three rows LG_MORE, one that is of a source's unit or does not fit into one row: attempt and job step,
# start; route step + 1 (0: of no source), end; number of the unit, work; changeover, machine.
# What the last row of a job step is to say instead, each with the step and then: LG_END: end. LG_CUT: end; in a row
# LG_MORE changeover and work that are not done. LG_AGAIN: all its work; in a row LG_MORE changeover that is not done.
# LG_OPEN: it has ended, but the step is not passed, as it failed or more of its work is to come. Rows are fetched
# LG_AHEAD cells before they are written.
LG_ROW, LG_WIDE, LG_MORE, LG_SETUP, LG_END, LG_CUT, LG_AGAIN, LG_OPEN = range(8)
LG_COLUMNS, LG_AHEAD = 2, 32
KIND_BITS, START_BITS, WORK_BITS, MORE_BITS, TRIES_BITS, SLOT_BITS, MOST_TRIES_BITS = 3, 36, 25, 25, 3, 10, 30
# A trace, made of a log: step (-1 less the route step for units of sources), attempt (twice, 1 more in a rework),
# start, end, changeover, work, machine (-1: none) or what was allotted of a period, number of a source's unit, whether
# it has ended (1) with the step still open: cut off, failed, or more of its work to come
(
    TR_STEP, TR_ATTEMPT, TR_START, TR_END, TR_SETUP, TR_WORK, TR_SLOT, TR_SERIAL, TR_OPEN, TR_COLUMNS,
) = range(10)  # fmt: skip


class ParkArrays(NamedTuple):
    """A compiled park: its memories of whole and of real numbers, and how to make them with more room for units of
    sources.
    """

    whole: I64
    real: F64
    grow: Callable[[int], ParkArrays] | None = None


def table(memory: I64, name: int) -> I64:
    """A table of whole numbers as a view, shape (rows, width)."""
    offset, width, rows = memory[name : name + 3].tolist()
    return memory[offset : offset + width * rows].reshape(rows, width)


def reals(arrays: ParkArrays, name: int) -> F64:
    """A table of real numbers as a view, shape (rows, width)."""
    offset, width, rows = arrays.whole[name : name + 3].tolist()
    return arrays.real[offset : offset + width * rows].reshape(rows, width)
