"""The factory's event loop: one function per kind of event, all on (ParkArrays, State).

Events of one instant are handled in the order of their kinds; then waiting work starts, smallest (key, arrival) first,
until nothing more can. Every function writes the state in place.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aidc_twin.twin.kernel.draws import poisson_quantile, quantile, uniforms
from aidc_twin.twin.kernel.heap import ID_BITS, SEQ_BITS, pop, push, queue_pop, queue_push
from aidc_twin.twin.kernel.layout import (
    BUCKETS,
    C_CALENDAR,
    C_DIST,
    C_FAMILY,
    C_IS_REWORK,
    C_KEY,
    C_NEED,
    C_NEED_END,
    C_REPAIR_DIST,
    C_RESOAK,
    C_RETRY,
    C_REWORK,
    C_ROOM,
    C_RUN,
    C_SAILING,
    C_SERVER,
    CAL,
    CALENDAR,
    CAP,
    CAPACITY,
    CLASS,
    CLASS_F,
    D_AMOUNT,
    D_OWN,
    D_RES,
    DONE,
    EDGE,
    END,
    EVENT_STORM,
    EVENTS_FULL,
    F64,
    F_FAIL,
    F_FAULT,
    F_MEAN,
    F_REPAIR,
    F_WORK,
    FAMILIES,
    GATE,
    GATE_JOB,
    H_AMOUNT,
    H_FROM,
    H_RES,
    HEAP,
    HOLD,
    HORIZON,
    I64,
    I_END,
    I_OPEN,
    I_START,
    INTERVAL,
    J_FIRST,
    J_GATES,
    J_JOIN,
    J_RELEASE,
    J_ROUTE,
    J_STREAM,
    J_VALUE,
    JOB,
    JOB_STEP,
    K_BATCH,
    K_BUCKET,
    K_CANDIDATES,
    K_EVENTS,
    K_HEAP,
    K_MEANS,
    K_SEQ,
    K_STATUS,
    K_TRACE,
    K_TRACING,
    K_WEEK,
    L_CLASS,
    L_EVERY,
    L_FIRST,
    L_ROOM,
    LAST,
    MATERIAL,
    N_GATE,
    N_JOB,
    N_KEY,
    N_LEFT,
    N_STATE,
    N_STEP,
    NEED,
    O_DIST,
    O_QTY,
    O_RES,
    O_STREAM,
    O_TIME,
    OK,
    P_PPM,
    P_RULE,
    P_YUAN,
    PHASE_F,
    PHASE_STREAM,
    PO,
    PO_F,
    POST,
    Q_FIRST,
    Q_MOST,
    Q_RES,
    Q_WEEKLY,
    QUEUE,
    QUOTA,
    QUOTA_LINE,
    R_CALENDAR,
    R_KIND,
    R_SETUP,
    R_SLOT,
    RECEIPT,
    RELEASE,
    RES,
    ROOT,
    ROUTE,
    S_CLASS,
    S_HOLD,
    S_HOLD_END,
    S_POST,
    S_POST_END,
    S_SUCC,
    S_SUCC_END,
    SAIL,
    SAILING,
    SETUP,
    STEP,
    STORM,
    SUCC,
    T_LAST,
    T_LAST_END,
    T_ROOT,
    T_ROOT_END,
    TODO,
    TRACE_FULL,
    U_ATTEMPT,
    U_CLASS,
    U_SLOT,
    U_STARTED,
    U_WAIT,
    UNDER_WAY,
    V_BLOCK,
    V_CAL,
    V_CLASS,
    V_JOB,
    V_MACHINE,
    V_PHASE,
    V_POSTED,
    V_RES,
    V_STEP,
    V_TRACE,
    V_USED,
    W_DONE,
    W_GATES,
    W_START,
    W_STEPS,
    WEEK,
    WEEK_TICKS,
    X_DELTA,
    X_PHASE,
    X_RES,
    X_SLOT,
    X_TIME,
    Y_BLOCK,
    Y_IS,
    Y_LIST,
    Y_NEXT,
    Y_SIZE,
    Z_AVAIL,
    Z_CAP,
    Z_ELAPSED,
    Z_IDLE,
    Z_PEAK,
    Z_SETUP,
    Z_SINCE,
    Z_TOTAL,
    Z_WORK,
    row,
)

ID_MASK = (1 << ID_BITS) - 1
NEVER = np.int64(1) << np.int64(60)


@njit(cache=True, nogil=True)
def schedule(m: I64, t: int, kind: int, ident: int) -> None:
    """Put an event of `kind` for `ident` at tick `t`."""
    n = m[K_HEAP]
    if n >= m[HEAP + 2]:
        m[K_STATUS] = EVENTS_FULL
        return
    seq = m[K_SEQ]
    m[K_SEQ] = seq + 1
    push(m, m[HEAP], n, t, (kind << (ID_BITS + SEQ_BITS)) | (seq << ID_BITS) | ident)
    m[K_HEAP] = n + 1


@njit(cache=True, nogil=True)
def wake(m: I64, blocker: int) -> None:
    """Every class that waited for `blocker` may try again."""
    c = m[row(m, V_BLOCK, blocker)]
    m[row(m, V_BLOCK, blocker)] = -1
    while c >= 0:
        after = m[row(m, V_CLASS, c) + Y_NEXT]
        m[row(m, V_CLASS, c) + Y_BLOCK] = -1
        m[row(m, V_CLASS, c) + Y_IS] = 1
        m[row(m, V_CLASS, m[K_CANDIDATES]) + Y_LIST] = c
        m[K_CANDIDATES] += 1
        c = after


@njit(cache=True, nogil=True)
def accrue(p: I64, f: F64, m: I64, r: int, now: int) -> None:
    """Bring the integrals of resource `r` up to now."""
    dt = now - m[row(m, V_RES, r) + Z_SINCE]
    if dt > 0:
        k = p[row(p, RES, r) + R_CALENDAR]
        side = 1 if k < 0 or m[row(m, V_CAL, k)] else 0
        short = min(np.int64(0), m[row(m, V_RES, r) + Z_AVAIL])  # what has gone while in use is there until given back
        m[row(m, V_RES, r) + Z_IDLE + side] += (m[row(m, V_RES, r) + Z_AVAIL] - short) * dt
        m[row(m, V_RES, r) + Z_TOTAL + side] += (m[row(m, V_RES, r) + Z_CAP] - short) * dt
        m[row(m, V_USED, r) + m[K_WEEK]] += (m[row(m, V_RES, r) + Z_CAP] - m[row(m, V_RES, r) + Z_AVAIL]) * dt
        m[row(m, V_RES, r) + Z_SINCE] = now


@njit(cache=True, nogil=True)
def settle(p: I64, f: F64, m: I64, now: int) -> None:
    """Bring the integrals of every resource up to now."""
    for r in range(p[RES + 2]):
        if p[row(p, RES, r) + R_KIND] != MATERIAL:
            accrue(p, f, m, r, now)


@njit(cache=True, nogil=True)
def take(p: I64, f: F64, m: I64, r: int, amount: int, now: int) -> None:
    """Seize `amount` of `r`."""
    if p[row(p, RES, r) + R_KIND] != MATERIAL:
        accrue(p, f, m, r, now)
        held = m[row(m, V_RES, r) + Z_CAP] - m[row(m, V_RES, r) + Z_AVAIL] + amount
        if held > m[row(m, V_RES, r) + Z_PEAK]:
            m[row(m, V_RES, r) + Z_PEAK] = held
    m[row(m, V_RES, r) + Z_AVAIL] -= amount


@njit(cache=True, nogil=True)
def give(p: I64, f: F64, m: I64, r: int, amount: int, now: int) -> None:
    """Give `amount` of `r` back and wake what waits for it."""
    accrue(p, f, m, r, now)
    m[row(m, V_RES, r) + Z_AVAIL] += amount
    if m[row(m, V_BLOCK, r)] >= 0:
        wake(m, r)


@njit(cache=True, nogil=True)
def free_slot(p: I64, f: F64, m: I64, js: int, r: int, rework: int) -> None:
    """The machine of the step, or of its rework, becomes idle; it may sit on none."""
    slot = m[row(m, V_STEP, js) + U_SLOT + rework]
    if slot >= 0:
        m[row(m, V_MACHINE, p[row(p, RES, r) + R_SLOT] + slot) + 1] = 0


@njit(cache=True, nogil=True)
def finish_tick(p: I64, f: F64, m: I64, k: int, now: int, work: int) -> int:
    """Tick at which `work` open ticks from `now` are done, by calendar `k` (open now)."""
    if k < 0 or work == 0:
        return now + work
    i = m[row(m, V_CAL, k) + 1]
    last = p[row(p, CAL, k) + 1]
    if i >= last:
        return NEVER
    target = p[row(p, INTERVAL, i) + I_OPEN] + max(np.int64(0), now - p[row(p, INTERVAL, i) + I_START]) + work
    while p[row(p, INTERVAL, i) + I_OPEN] + p[row(p, INTERVAL, i) + I_END] - p[row(p, INTERVAL, i) + I_START] < target:
        i += 1
        if i == last:
            return NEVER
    return p[row(p, INTERVAL, i) + I_START] + target - p[row(p, INTERVAL, i) + I_OPEN]


@njit(cache=True, nogil=True)
def work_ticks(p: I64, f: F64, m: I64, js: int, c: int, seed: int) -> int:
    """Work of this start of the step in ticks: drawn, or the mean where means are asked for."""
    if m[K_MEANS]:
        return np.int64(np.floor(f[row(p, CLASS_F, c) + F_MEAN] + 0.5))
    stream = p[row(p, JOB, p[row(p, JOB_STEP, js) + N_JOB]) + J_STREAM]
    tag = (m[row(m, V_STEP, js) + U_ATTEMPT] << 8) | (1 if p[row(p, CLASS, c) + C_IS_REWORK] else 0)
    u, _ = uniforms(seed, stream, p[row(p, CLASS, c) + C_KEY], tag)
    q = row(p, CLASS_F, c) + F_WORK
    work = np.floor(quantile(p[row(p, CLASS, c) + C_DIST], f[q], f[q + 1], f[q + 2], u) + 0.5)
    if f[row(p, CLASS_F, c) + F_FAULT] > 0.0:
        work = soaked(p, f, m, js, c, seed, work)
    return np.int64(work)


@njit(cache=True, nogil=True)
def soaked(p: I64, f: F64, m: I64, js: int, c: int, seed: int, work: float) -> float:
    """Work of a test whose faults are repaired in place while the rest goes on."""
    stream = p[row(p, JOB, p[row(p, JOB_STEP, js) + N_JOB]) + J_STREAM]
    tag = m[row(m, V_STEP, js) + U_ATTEMPT] << 8
    u, _ = uniforms(seed, stream, p[row(p, CLASS, c) + C_KEY], tag | 2)
    q = row(p, CLASS_F, c) + F_REPAIR
    longest = work
    for i in range(min(poisson_quantile(f[row(p, CLASS_F, c) + F_FAULT] * work, u), 200)):
        when, how = uniforms(seed, stream, p[row(p, CLASS, c) + C_KEY], tag | (3 + i))
        repair = np.floor(quantile(p[row(p, CLASS, c) + C_REPAIR_DIST], f[q], f[q + 1], f[q + 2], how) + 0.5)
        longest = max(longest, np.floor(when * work) + repair + p[row(p, CLASS, c) + C_RESOAK])
    return longest


@njit(cache=True, nogil=True)
def seat(p: I64, f: F64, m: I64, js: int, c: int) -> int:
    """Give the step the lowest idle machine of its servers; returns the changeover in ticks."""
    r = p[row(p, CLASS, c) + C_SERVER]
    base = p[row(p, RES, r) + R_SLOT]
    slot = base
    while m[row(m, V_MACHINE, slot) + 1]:
        slot += 1
    m[row(m, V_MACHINE, slot) + 1] = 1
    m[row(m, V_STEP, js) + U_SLOT + p[row(p, CLASS, c) + C_IS_REWORK]] = slot - base
    before, family = m[row(m, V_MACHINE, slot)], p[row(p, CLASS, c) + C_FAMILY]
    ticks = np.int64(0)
    if family >= 0:
        if before >= 0 and p[row(p, RES, r) + R_SETUP] >= 0:
            ticks = p[row(p, SETUP, p[row(p, RES, r) + R_SETUP] + before * p[FAMILIES] + family)]
        m[row(m, V_MACHINE, slot)] = family
    return ticks


@njit(cache=True, nogil=True)
def account(p: I64, f: F64, m: I64, c: int, setup: int, work: int, elapsed: int) -> None:
    """Add one operation to the shares of what it holds."""
    for i in range(p[row(p, CLASS, c) + C_NEED], p[row(p, CLASS, c) + C_NEED_END]):
        r = p[row(p, NEED, i) + D_RES]
        if p[row(p, RES, r) + R_KIND] != MATERIAL:
            m[row(m, V_RES, r) + Z_WORK] += p[row(p, NEED, i) + D_AMOUNT] * work
            m[row(m, V_RES, r) + Z_SETUP] += p[row(p, NEED, i) + D_AMOUNT] * setup
            m[row(m, V_RES, r) + Z_ELAPSED] += p[row(p, NEED, i) + D_AMOUNT] * elapsed


@njit(cache=True, nogil=True)
def record(m: I64, js: int, rework: int, end: int, setup: int, work: int) -> None:
    """Write one row of the trace."""
    n = m[K_TRACE]
    if n >= m[V_TRACE + 2]:
        m[K_STATUS] = TRACE_FULL
        return
    e = row(m, V_TRACE, n)
    m[e] = js
    m[e + 1] = m[row(m, V_STEP, js) + U_ATTEMPT] * 2 + rework
    m[e + 2] = m[row(m, V_STEP, js) + U_STARTED]
    m[e + 3] = end
    m[e + 4] = setup
    m[e + 5] = work
    m[e + 6] = m[row(m, V_STEP, js) + U_SLOT + rework]
    m[K_TRACE] = n + 1


@njit(cache=True, nogil=True)
def begin(p: I64, f: F64, m: I64, js: int, c: int, now: int, seed: int) -> None:
    """Start the step: seize its needs, draw its work, and put its end into the future."""
    for i in range(p[row(p, CLASS, c) + C_NEED], p[row(p, CLASS, c) + C_NEED_END]):
        take(p, f, m, p[row(p, NEED, i) + D_RES], p[row(p, NEED, i) + D_AMOUNT], now)
    setup = np.int64(0)
    if p[row(p, CLASS, c) + C_SERVER] >= 0:
        setup = seat(p, f, m, js, c)
    launch(p, f, m, js, c, now, setup, work_ticks(p, f, m, js, c, seed))


@njit(cache=True, nogil=True)
def launch(p: I64, f: F64, m: I64, js: int, c: int, now: int, setup: int, work: int) -> None:
    """Put the end of a step that holds its needs into the future."""
    k = -1 if p[row(p, CLASS, c) + C_RUN] else p[row(p, CLASS, c) + C_CALENDAR]
    end = finish_tick(p, f, m, k, now, setup + work)
    j = p[row(p, JOB_STEP, js) + N_JOB]
    if m[row(m, V_JOB, j) + W_START] < 0:
        m[row(m, V_JOB, j) + W_START] = now
    m[row(m, V_STEP, js) + U_CLASS] = c
    m[row(m, V_STEP, js) + U_STARTED] = now
    horizon = p[HORIZON]
    if end <= horizon:
        account(p, f, m, c, setup, work, end - now)
    else:
        account(p, f, m, c, np.int64(0), open_between(p, k, now, horizon), horizon - now)
    if m[K_TRACING]:
        record(m, js, p[row(p, CLASS, c) + C_IS_REWORK], end, setup, work)
    schedule(m, end, END, js)


@njit(cache=True, nogil=True)
def open_between(p: I64, k: int, start: int, end: int) -> int:
    """Open ticks of calendar `k` in [start, end); all of them where k is -1."""
    if k < 0:
        return end - start
    ticks = np.int64(0)
    for i in range(p[row(p, CAL, k)], p[row(p, CAL, k) + 1]):
        low = max(start, p[row(p, INTERVAL, i) + I_START])
        high = min(end, p[row(p, INTERVAL, i) + I_END])
        if high > low:
            ticks += high - low
    return ticks


@njit(cache=True, nogil=True)
def enqueue(p: I64, f: F64, m: I64, js: int, c: int) -> None:
    """The step joins the queue of its class."""
    size = m[row(m, V_CLASS, c) + Y_SIZE]
    seq = m[K_SEQ]
    m[K_SEQ] += 1
    queue_push(m, row(m, QUEUE, p[row(p, CLASS, c) + C_ROOM]), size, p[row(p, JOB_STEP, js) + N_KEY], seq, js)
    m[row(m, V_CLASS, c) + Y_SIZE] = size + 1
    if (
        p[row(p, CLASS, c) + C_SAILING] < 0
        and m[row(m, V_CLASS, c) + Y_IS] == 0
        and m[row(m, V_CLASS, c) + Y_BLOCK] < 0
    ):
        m[row(m, V_CLASS, c) + Y_IS] = 1
        m[row(m, V_CLASS, m[K_CANDIDATES]) + Y_LIST] = c
        m[K_CANDIDATES] += 1


@njit(cache=True, nogil=True)
def ready(p: I64, f: F64, m: I64, js: int) -> None:
    """One thing that the step waited for has happened."""
    m[row(m, V_STEP, js) + U_WAIT] -= 1
    if m[row(m, V_STEP, js) + U_WAIT] == 0 and p[row(p, JOB_STEP, js) + N_STATE] == TODO:
        enqueue(p, f, m, js, p[row(p, STEP, p[row(p, JOB_STEP, js) + N_STEP]) + S_CLASS])


@njit(cache=True, nogil=True)
def blocker(p: I64, f: F64, m: I64, c: int) -> int:
    """First thing that keeps the class from starting: a resource, R + its calendar, or -1."""
    k = p[row(p, CLASS, c) + C_CALENDAR]
    if k >= 0 and not m[row(m, V_CAL, k)]:
        return p[RES + 2] + k
    for i in range(p[row(p, CLASS, c) + C_NEED], p[row(p, CLASS, c) + C_NEED_END]):
        if m[row(m, V_RES, p[row(p, NEED, i) + D_RES]) + Z_AVAIL] < p[row(p, NEED, i) + D_AMOUNT]:
            return p[row(p, NEED, i) + D_RES]
    return -1


@njit(cache=True, nogil=True)
def leave(m: I64, i: int) -> None:
    """Candidate number `i` is no candidate any more."""
    n = m[K_CANDIDATES] - 1
    m[row(m, V_CLASS, m[row(m, V_CLASS, i) + Y_LIST]) + Y_IS] = 0
    m[row(m, V_CLASS, i) + Y_LIST] = m[row(m, V_CLASS, n) + Y_LIST]
    m[K_CANDIDATES] = n


@njit(cache=True, nogil=True)
def dispatch(p: I64, f: F64, m: I64, now: int, seed: int) -> None:
    """Start waiting work, smallest (key, arrival) first over all classes, until nothing more can start."""
    while m[K_CANDIDATES] > 0:
        best = -1
        i = 0
        while i < m[K_CANDIDATES]:
            c = m[row(m, V_CLASS, i) + Y_LIST]
            if m[row(m, V_CLASS, c) + Y_SIZE] == 0:
                leave(m, i)
                continue
            h = p[row(p, CLASS, c) + C_ROOM]
            if best < 0:
                best = i
            else:
                g = p[row(p, CLASS, m[row(m, V_CLASS, best) + Y_LIST]) + C_ROOM]
                if m[row(m, QUEUE, h)] < m[row(m, QUEUE, g)] or (
                    m[row(m, QUEUE, h)] == m[row(m, QUEUE, g)] and m[row(m, QUEUE, h) + 1] < m[row(m, QUEUE, g) + 1]
                ):
                    best = i
            i += 1
        if best < 0:
            return
        c = m[row(m, V_CLASS, best) + Y_LIST]
        b = blocker(p, f, m, c)
        if b >= 0:
            leave(m, best)
            m[row(m, V_CLASS, c) + Y_BLOCK] = b
            m[row(m, V_CLASS, c) + Y_NEXT] = m[row(m, V_BLOCK, b)]
            m[row(m, V_BLOCK, b)] = c
            continue
        js = m[row(m, QUEUE, p[row(p, CLASS, c) + C_ROOM]) + 2]
        queue_pop(m, row(m, QUEUE, p[row(p, CLASS, c) + C_ROOM]), m[row(m, V_CLASS, c) + Y_SIZE])
        m[row(m, V_CLASS, c) + Y_SIZE] -= 1
        begin(p, f, m, js, c, now, seed)


@njit(cache=True, nogil=True)
def post(p: I64, f: F64, m: I64, js: int, step: int) -> None:
    """Post the step's sales to the ledgers."""
    j = p[row(p, JOB_STEP, js) + N_JOB]
    b = m[K_BUCKET]
    for i in range(p[row(p, STEP, step) + S_POST], p[row(p, STEP, step) + S_POST_END]):
        for side in range(2):
            yuan = (
                p[row(p, POST, i) + P_YUAN + side]
                + p[row(p, JOB, j) + J_VALUE] * p[row(p, POST, i) + P_PPM + side] // 1_000_000
            )
            m[row(m, V_POSTED, p[row(p, POST, i) + P_RULE] * p[BUCKETS] + b) + side] += yuan


@njit(cache=True, nogil=True)
def complete(p: I64, f: F64, m: I64, j: int, now: int) -> None:
    """The unit has passed its last step."""
    m[row(m, V_JOB, j) + W_DONE] = now
    route = p[row(p, JOB, j) + J_ROUTE]
    for i in range(p[row(p, ROUTE, route) + T_LAST], p[row(p, ROUTE, route) + T_LAST_END]):
        r = p[row(p, LAST, i) + H_RES]
        if p[row(p, LAST, i) + H_FROM] >= 0:
            free_slot(p, f, m, p[row(p, JOB, j) + J_FIRST] + p[row(p, LAST, i) + H_FROM], r, 0)
        give(p, f, m, r, p[row(p, LAST, i) + H_AMOUNT], now)
    if p[row(p, JOB, j) + J_JOIN] >= 0:
        ready(p, f, m, p[row(p, JOB, j) + J_JOIN])


@njit(cache=True, nogil=True)
def open_job(p: I64, f: F64, m: I64, j: int, gates: int) -> None:
    """`gates` of the unit's releases have happened; its first steps are ready when none is left."""
    m[row(m, V_JOB, j) + W_GATES] -= gates
    if m[row(m, V_JOB, j) + W_GATES] != 0:
        return
    route = p[row(p, JOB, j) + J_ROUTE]
    for i in range(p[row(p, ROUTE, route) + T_ROOT], p[row(p, ROUTE, route) + T_ROOT_END]):
        ready(p, f, m, p[row(p, JOB, j) + J_FIRST] + p[row(p, ROOT, i)])


@njit(cache=True, nogil=True)
def passed(p: I64, f: F64, m: I64, js: int, now: int) -> None:
    """The step is done for good: give back, post, and let the next ones go."""
    j = p[row(p, JOB_STEP, js) + N_JOB]
    step = p[row(p, JOB_STEP, js) + N_STEP]
    first = p[row(p, JOB, j) + J_FIRST]
    for i in range(p[row(p, STEP, step) + S_HOLD], p[row(p, STEP, step) + S_HOLD_END]):
        r = p[row(p, HOLD, i) + H_RES]
        if p[row(p, HOLD, i) + H_FROM] >= 0:
            free_slot(p, f, m, first + p[row(p, HOLD, i) + H_FROM], r, 0)
        give(p, f, m, r, p[row(p, HOLD, i) + H_AMOUNT], now)
    post(p, f, m, js, step)
    g = p[row(p, JOB_STEP, js) + N_GATE]
    if g >= 0:
        for i in range(p[row(p, GATE, g)], p[row(p, GATE, g) + 1]):
            open_job(p, f, m, p[row(p, GATE_JOB, i)], 1)
    for i in range(p[row(p, STEP, step) + S_SUCC], p[row(p, STEP, step) + S_SUCC_END]):
        ready(p, f, m, first + p[row(p, SUCC, i)])
    m[row(m, V_JOB, j) + W_STEPS] -= 1
    if m[row(m, V_JOB, j) + W_STEPS] == 0:
        complete(p, f, m, j, now)


@njit(cache=True, nogil=True)
def end_step(p: I64, f: F64, m: I64, js: int, now: int, seed: int) -> None:
    """A step, a rework or a passage has come to its end."""
    c = m[row(m, V_STEP, js) + U_CLASS]
    for i in range(p[row(p, CLASS, c) + C_NEED], p[row(p, CLASS, c) + C_NEED_END]):
        if p[row(p, NEED, i) + D_OWN]:
            give(p, f, m, p[row(p, NEED, i) + D_RES], p[row(p, NEED, i) + D_AMOUNT], now)
    r = p[row(p, CLASS, c) + C_SERVER]
    if r >= 0:
        for i in range(p[row(p, CLASS, c) + C_NEED], p[row(p, CLASS, c) + C_NEED_END]):
            if p[row(p, NEED, i) + D_RES] == r and p[row(p, NEED, i) + D_OWN]:
                free_slot(p, f, m, js, r, p[row(p, CLASS, c) + C_IS_REWORK])
    if p[row(p, CLASS, c) + C_IS_REWORK]:
        m[row(m, V_STEP, js) + U_ATTEMPT] += 1
        enqueue(p, f, m, js, p[row(p, CLASS, c) + C_RETRY])
        return
    if f[row(p, CLASS_F, c) + F_FAIL] > 0.0 and not m[K_MEANS]:
        _, v = uniforms(
            seed,
            p[row(p, JOB, p[row(p, JOB_STEP, js) + N_JOB]) + J_STREAM],
            p[row(p, CLASS, c) + C_KEY],
            m[row(m, V_STEP, js) + U_ATTEMPT] << 8,
        )
        if v < f[row(p, CLASS_F, c) + F_FAIL]:
            enqueue(p, f, m, js, p[row(p, CLASS, c) + C_REWORK])
            return
    passed(p, f, m, js, now)


@njit(cache=True, nogil=True)
def toggle(p: I64, f: F64, m: I64, k: int, now: int) -> None:
    """Calendar `k` opens or closes."""
    for r in range(p[RES + 2]):
        if p[row(p, RES, r) + R_CALENDAR] == k:
            accrue(p, f, m, r, now)
    if m[row(m, V_CAL, k)]:
        m[row(m, V_CAL, k)] = 0
        m[row(m, V_CAL, k) + 1] += 1
        if m[row(m, V_CAL, k) + 1] < p[row(p, CAL, k) + 1]:
            schedule(m, p[row(p, INTERVAL, m[row(m, V_CAL, k) + 1]) + I_START], CALENDAR, k)
    else:
        m[row(m, V_CAL, k)] = 1
        schedule(m, p[row(p, INTERVAL, m[row(m, V_CAL, k) + 1]) + I_END], CALENDAR, k)
        wake(m, p[RES + 2] + k)


@njit(cache=True, nogil=True)
def change_capacity(p: I64, f: F64, m: I64, i: int, now: int) -> None:
    """A capacity comes or goes."""
    r = p[row(p, CAP, i) + X_RES]
    accrue(p, f, m, r, now)
    m[row(m, V_RES, r) + Z_CAP] += p[row(p, CAP, i) + X_DELTA]
    if p[row(p, CAP, i) + X_SLOT] >= 0:
        m[row(m, V_MACHINE, p[row(p, RES, r) + R_SLOT] + p[row(p, CAP, i) + X_SLOT]) + 1] = 0
    give(p, f, m, r, p[row(p, CAP, i) + X_DELTA], now)


@njit(cache=True, nogil=True)
def replenish(p: I64, f: F64, m: I64, i: int, now: int) -> None:
    """A week's quota becomes available, up to what can be carried."""
    r = p[row(p, QUOTA_LINE, i) + Q_RES]
    m[row(m, V_RES, r) + Z_AVAIL] = max(
        m[row(m, V_RES, r) + Z_AVAIL],
        min(m[row(m, V_RES, r) + Z_AVAIL] + p[row(p, QUOTA_LINE, i) + Q_WEEKLY], p[row(p, QUOTA_LINE, i) + Q_MOST]),
    )
    wake(m, r)
    schedule(m, now + p[WEEK_TICKS], QUOTA, i)


@njit(cache=True, nogil=True)
def sail(p: I64, f: F64, m: I64, i: int, now: int, seed: int) -> None:
    """A ship leaves with as many units as it has room for."""
    c = p[row(p, SAILING, i) + L_CLASS]
    for _ in range(min(p[row(p, SAILING, i) + L_ROOM], m[row(m, V_CLASS, c) + Y_SIZE])):
        js = m[row(m, QUEUE, p[row(p, CLASS, c) + C_ROOM]) + 2]
        queue_pop(m, row(m, QUEUE, p[row(p, CLASS, c) + C_ROOM]), m[row(m, V_CLASS, c) + Y_SIZE])
        m[row(m, V_CLASS, c) + Y_SIZE] -= 1
        launch(p, f, m, js, c, now, np.int64(0), work_ticks(p, f, m, js, c, seed))
    schedule(m, now + p[row(p, SAILING, i) + L_EVERY], SAIL, i)


@njit(cache=True, nogil=True)
def handle(p: I64, f: F64, m: I64, kind: int, ident: int, now: int, seed: int) -> None:
    """Let one event happen."""
    if kind == END:
        end_step(p, f, m, ident, now, seed)
    elif kind == CAPACITY:
        change_capacity(p, f, m, ident, now)
    elif kind == RECEIPT:
        m[row(m, V_RES, p[row(p, PO, ident) + O_RES]) + Z_AVAIL] += p[row(p, PO, ident) + O_QTY]
        wake(m, p[row(p, PO, ident) + O_RES])
    elif kind == QUOTA:
        replenish(p, f, m, ident, now)
    elif kind == CALENDAR:
        toggle(p, f, m, ident, now)
    elif kind == WEEK:
        settle(p, f, m, now)
        m[K_WEEK] += 1
        schedule(m, now + p[WEEK_TICKS], WEEK, 0)
    elif kind == RELEASE:
        open_job(p, f, m, ident, 1)
    else:
        sail(p, f, m, ident, now, seed)


@njit(cache=True, nogil=True)
def sample_phases(p: I64, f: F64, m: I64, seed: int) -> None:
    """Draw the opening tick of each phase, by its date and its delay (modes where means are asked for)."""
    for i in range(p[PHASE_F + 2]):
        u, v = uniforms(seed, p[row(p, PHASE_STREAM, i)], 0, 0)
        q = row(p, PHASE_F, i)
        d = q + 5
        if m[K_MEANS]:
            tick = f[q + 3] + f[d + 3]
        else:
            tick = quantile(f[q + 4], f[q], f[q + 1], f[q + 2], u) + quantile(f[d + 4], f[d], f[d + 1], f[d + 2], v)
        m[row(m, V_PHASE, i)] = np.int64(np.floor(tick + 0.5))


@njit(cache=True, nogil=True)
def prime_supply(p: I64, f: F64, m: I64, seed: int) -> None:
    """Schedule the receipts of purchase orders, the weekly quotas, and the capacity that comes and goes."""
    for i in range(p[PO + 2]):
        u, _ = uniforms(seed, p[row(p, PO, i) + O_STREAM], 0, 0)
        q = row(p, PO_F, i)
        lead = f[q + 3] if m[K_MEANS] else quantile(p[row(p, PO, i) + O_DIST], f[q], f[q + 1], f[q + 2], u)
        schedule(m, max(np.int64(0), p[row(p, PO, i) + O_TIME] + np.int64(np.floor(lead + 0.5))), RECEIPT, i)
    for i in range(p[QUOTA_LINE + 2]):
        schedule(m, p[row(p, QUOTA_LINE, i) + Q_FIRST], QUOTA, i)
    for i in range(p[CAP + 2]):
        t = p[row(p, CAP, i) + X_TIME]
        if p[row(p, CAP, i) + X_PHASE] >= 0:
            t = max(t, m[row(m, V_PHASE, p[row(p, CAP, i) + X_PHASE])])
        schedule(m, max(np.int64(0), t), CAPACITY, i)


@njit(cache=True, nogil=True)
def prime(p: I64, f: F64, m: I64, seed: int) -> None:
    """Fill the state from the park at tick 0."""
    sample_phases(p, f, m, seed)
    prime_supply(p, f, m, seed)
    for k in range(p[CAL + 2]):
        i = p[row(p, CAL, k)]
        while i < p[row(p, CAL, k) + 1] and p[row(p, INTERVAL, i) + I_END] <= 0:
            i += 1
        m[row(m, V_CAL, k) + 1] = i
        if i < p[row(p, CAL, k) + 1]:
            m[row(m, V_CAL, k)] = 1 if p[row(p, INTERVAL, i) + I_START] <= 0 else 0
            schedule(
                m,
                p[row(p, INTERVAL, i) + I_END] if m[row(m, V_CAL, k)] else p[row(p, INTERVAL, i) + I_START],
                CALENDAR,
                k,
            )
    schedule(m, p[WEEK_TICKS], WEEK, 0)
    for i in range(p[SAILING + 2]):
        schedule(m, p[row(p, SAILING, i) + L_FIRST], SAIL, i)
    for j in range(p[JOB + 2]):
        if p[row(p, JOB, j) + J_GATES] > 0:
            schedule(m, max(np.int64(0), p[row(p, JOB, j) + J_RELEASE]), RELEASE, j)
    for js in range(p[JOB_STEP + 2]):
        prime_step(p, f, m, js)


@njit(cache=True, nogil=True)
def prime_step(p: I64, f: F64, m: I64, js: int) -> None:
    """Resume a step that is under way, or queue one that waits for nothing."""
    c = p[row(p, STEP, p[row(p, JOB_STEP, js) + N_STEP]) + S_CLASS]
    if p[row(p, JOB_STEP, js) + N_STATE] == DONE:
        m[row(m, V_JOB, p[row(p, JOB_STEP, js) + N_JOB]) + W_STEPS] -= 1
    elif p[row(p, JOB_STEP, js) + N_STATE] == UNDER_WAY:
        launch(p, f, m, js, c, np.int64(0), np.int64(0), p[row(p, JOB_STEP, js) + N_LEFT])
    elif m[row(m, V_STEP, js) + U_WAIT] == 0:
        enqueue(p, f, m, js, c)


@njit(cache=True, nogil=True)
def drain(p: I64, f: F64, m: I64, now: int, seed: int) -> None:
    """Let every event of this instant happen."""
    while m[K_HEAP] > 0 and m[row(m, HEAP, 0)] == now:
        code = m[row(m, HEAP, 0) + 1]
        pop(m, m[HEAP], m[K_HEAP])
        m[K_HEAP] -= 1
        m[K_EVENTS] += 1
        m[K_BATCH] += 1
        handle(p, f, m, code >> (ID_BITS + SEQ_BITS), code & ID_MASK, now, seed)
    if m[K_BATCH] > p[STORM]:
        m[K_STATUS] = EVENT_STORM


@njit(cache=True, nogil=True)
def simulate(p: I64, f: F64, m: I64, seed: int) -> None:
    """Run one replication of park `a` in the fresh state `s`; the status is in ``m[K_STATUS]``."""
    horizon = p[HORIZON]
    prime(p, f, m, seed)
    now = np.int64(0)
    while m[K_STATUS] == OK:
        drain(p, f, m, now, seed)
        dispatch(p, f, m, now, seed)
        if m[K_HEAP] == 0 or m[row(m, HEAP, 0)] > horizon:
            break
        if m[row(m, HEAP, 0)] > now:
            now = m[row(m, HEAP, 0)]
            m[K_BATCH] = 0
            while m[K_BUCKET] + 2 < p[EDGE + 2] and now >= p[row(p, EDGE, m[K_BUCKET] + 1)]:
                m[K_BUCKET] += 1
    settle(p, f, m, horizon)
