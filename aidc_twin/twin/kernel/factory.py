"""The factory's event loop.

Events of one instant are handled in the order of their kinds; then waiting work starts, smallest (priority, arrival)
first, until nothing more can. Every function writes the state in place.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.draws import quantile, uniforms
from aidc_twin.twin.kernel.floor import (
    accrue,
    blocker,
    dequeue,
    enqueue,
    give,
    leave,
    schedule,
    settle,
    wait_for,
    wake,
)
from aidc_twin.twin.kernel.heap import ID_BITS, SEQ_BITS, pop
from aidc_twin.twin.kernel.layout import F64, I64, Int, row
from aidc_twin.twin.kernel.progress import end_step, open_job
from aidc_twin.twin.kernel.work import begin, launch, work_ticks

ID_MASK = (1 << ID_BITS) - 1


@njit(cache=True, nogil=True)
def first_candidate(p: I64, m: I64) -> Int:
    """Candidate whose head comes first by (priority, arrival), or -1; classes without waiting work leave the list."""
    best = -1
    best_key = best_seq = m[L.K_SEQ] - m[L.K_SEQ]
    i = 0
    while i < m[L.K_CANDIDATES]:
        c = m[row(m, L.V_CLASS, i) + L.Y_LIST]
        if m[row(m, L.V_CLASS, c) + L.Y_SIZE] == 0:
            leave(m, i)
            continue
        head = row(m, L.QUEUE, p[row(p, L.CLASS, c) + L.C_ROOM])
        key, seq = m[head], m[head + 1]
        if best < 0 or key < best_key or (key == best_key and seq < best_seq):
            best, best_key, best_seq = i, key, seq
        i += 1
    return best


@njit(cache=True, nogil=True)
def dispatch(p: I64, f: F64, m: I64, now: Int, seed: Int) -> None:
    """Start waiting work, smallest (priority, arrival) first over all classes, until nothing more can start."""
    while True:
        best = first_candidate(p, m)
        if best < 0:
            return
        c = m[row(m, L.V_CLASS, best) + L.Y_LIST]
        blocked = blocker(p, m, c)
        if blocked >= 0:
            leave(m, best)
            wait_for(m, c, blocked)
        else:
            begin(p, f, m, dequeue(p, m, c), c, now, seed)


@njit(cache=True, nogil=True)
def toggle(p: I64, m: I64, k: Int, now: Int) -> None:
    """Calendar `k` opens or closes."""
    for r in range(p[L.RES + 2]):
        if p[row(p, L.RES, r) + L.R_CALENDAR] == k:
            accrue(p, m, r, now)
    state = row(m, L.V_CAL, k)
    if m[state]:
        m[state] = 0
        m[state + 1] += 1
        if m[state + 1] < p[row(p, L.CAL, k) + 1]:
            schedule(m, p[row(p, L.INTERVAL, m[state + 1]) + L.I_START], L.CALENDAR, k)
    else:
        m[state] = 1
        schedule(m, p[row(p, L.INTERVAL, m[state + 1]) + L.I_END], L.CALENDAR, k)
        wake(m, p[L.RES + 2] + k)


@njit(cache=True, nogil=True)
def change_capacity(p: I64, m: I64, i: Int, now: Int) -> None:
    """A capacity comes or goes."""
    change = row(p, L.CAP, i)
    r, delta = p[change + L.X_RES], p[change + L.X_DELTA]
    accrue(p, m, r, now)
    m[row(m, L.V_RES, r) + L.Z_CAP] += delta
    if p[change + L.X_SLOT] >= 0:
        m[row(m, L.V_MACHINE, p[row(p, L.RES, r) + L.R_SLOT] + p[change + L.X_SLOT]) + 1] = 0
    give(p, m, r, delta, now)


@njit(cache=True, nogil=True)
def receive(p: I64, m: I64, i: Int) -> None:
    """A purchase order comes in."""
    order = row(p, L.PO, i)
    m[row(m, L.V_RES, p[order + L.O_RES]) + L.Z_AVAIL] += p[order + L.O_QTY]
    wake(m, p[order + L.O_RES])


@njit(cache=True, nogil=True)
def replenish(p: I64, m: I64, i: Int, now: Int) -> None:
    """A week's quota becomes available, up to what can be carried."""
    line = row(p, L.QUOTA_LINE, i)
    stock = row(m, L.V_RES, p[line + L.Q_RES]) + L.Z_AVAIL
    m[stock] = max(m[stock], min(m[stock] + p[line + L.Q_WEEKLY], p[line + L.Q_MOST]))
    wake(m, p[line + L.Q_RES])
    schedule(m, now + p[L.WEEK_TICKS], L.QUOTA, i)


@njit(cache=True, nogil=True)
def sail(p: I64, f: F64, m: I64, i: Int, now: Int, seed: Int) -> None:
    """A ship leaves with as many units as it has room for."""
    ship = row(p, L.SAILING, i)
    c = p[ship + L.L_CLASS]
    for _ in range(min(p[ship + L.L_ROOM], m[row(m, L.V_CLASS, c) + L.Y_SIZE])):
        js = dequeue(p, m, c)
        launch(p, m, js, c, now, now - now, work_ticks(p, f, m, js, c, seed))
    schedule(m, now + p[ship + L.L_EVERY], L.SAIL, i)


@njit(cache=True, nogil=True)
def handle(p: I64, f: F64, m: I64, kind: Int, ident: Int, now: Int, seed: Int) -> None:
    """Let one event happen."""
    if kind == L.END:
        end_step(p, f, m, ident, now, seed)
    elif kind == L.CAPACITY:
        change_capacity(p, m, ident, now)
    elif kind == L.RECEIPT:
        receive(p, m, ident)
    elif kind == L.QUOTA:
        replenish(p, m, ident, now)
    elif kind == L.CALENDAR:
        toggle(p, m, ident, now)
    elif kind == L.WEEK:
        settle(p, m, now)
        m[L.K_WEEK] += 1
        schedule(m, now + p[L.WEEK_TICKS], L.WEEK, 0)
    elif kind == L.RELEASE:
        open_job(p, m, ident)
    else:
        sail(p, f, m, ident, now, seed)


@njit(cache=True, nogil=True)
def sample_phases(p: I64, f: F64, m: I64, seed: Int) -> None:
    """Draw the opening tick of each phase, by its date and its delay (modes where means are asked for)."""
    for i in range(p[L.PHASE_F + 2]):
        u, v = uniforms(seed, p[row(p, L.PHASE_STREAM, i)], 0, 0)
        q = row(p, L.PHASE_F, i)
        d = q + 5
        if m[L.K_MEANS]:
            tick = f[q + 3] + f[d + 3]
        else:
            tick = quantile(f[q + 4], f[q], f[q + 1], f[q + 2], u) + quantile(f[d + 4], f[d], f[d + 1], f[d + 2], v)
        m[row(m, L.V_PHASE, i)] = np.int64(np.floor(tick + 0.5))


@njit(cache=True, nogil=True)
def prime_supply(p: I64, f: F64, m: I64, seed: Int) -> None:
    """Schedule the receipts of purchase orders, the weekly quotas, and the capacity that comes and goes."""
    for i in range(p[L.PO + 2]):
        order, q = row(p, L.PO, i), row(p, L.PO_F, i)
        u, _ = uniforms(seed, p[order + L.O_STREAM], 0, 0)
        lead = f[q + 3] if m[L.K_MEANS] else quantile(p[order + L.O_DIST], f[q], f[q + 1], f[q + 2], u)
        schedule(m, max(p[order + L.O_TIME] + np.int64(np.floor(lead + 0.5)), 0), L.RECEIPT, i)
    for i in range(p[L.QUOTA_LINE + 2]):
        schedule(m, p[row(p, L.QUOTA_LINE, i) + L.Q_FIRST], L.QUOTA, i)
    for i in range(p[L.CAP + 2]):
        change = row(p, L.CAP, i)
        tick = p[change + L.X_TIME]
        if p[change + L.X_PHASE] >= 0:
            tick = max(tick, m[row(m, L.V_PHASE, p[change + L.X_PHASE])])
        schedule(m, max(tick, 0), L.CAPACITY, i)


@njit(cache=True, nogil=True)
def prime_calendar(p: I64, m: I64, k: Int) -> None:
    """Find where calendar `k` stands at tick 0, and schedule its next change."""
    i, last = p[row(p, L.CAL, k)], p[row(p, L.CAL, k) + 1]
    while i < last and p[row(p, L.INTERVAL, i) + L.I_END] <= 0:
        i += 1
    state = row(m, L.V_CAL, k)
    m[state + 1] = i
    if i < last:
        span = row(p, L.INTERVAL, i)
        m[state] = 1 if p[span + L.I_START] <= 0 else 0
        schedule(m, p[span + L.I_END] if m[state] else p[span + L.I_START], L.CALENDAR, k)


@njit(cache=True, nogil=True)
def prime_step(p: I64, m: I64, js: Int) -> None:
    """Resume a step that is under way, or queue one that waits for nothing."""
    place = row(p, L.JOB_STEP, js)
    state = p[place + L.N_STATE]
    if state == L.DONE:
        m[row(m, L.V_JOB, p[place + L.N_JOB]) + L.W_STEPS] -= 1
        return
    c = p[row(p, L.STEP, p[place + L.N_STEP]) + L.S_CLASS]
    if state == L.UNDER_WAY:
        launch(p, m, js, c, js - js, js - js, p[place + L.N_LEFT])
    elif m[row(m, L.V_STEP, js) + L.U_WAIT] == 0:
        enqueue(p, m, js, c)


@njit(cache=True, nogil=True)
def prime(p: I64, f: F64, m: I64, seed: Int) -> None:
    """Fill the state from the park at tick 0."""
    sample_phases(p, f, m, seed)
    prime_supply(p, f, m, seed)
    for k in range(p[L.CAL + 2]):
        prime_calendar(p, m, k)
    schedule(m, p[L.WEEK_TICKS], L.WEEK, 0)
    for i in range(p[L.SAILING + 2]):
        schedule(m, p[row(p, L.SAILING, i) + L.L_FIRST], L.SAIL, i)
    for j in range(p[L.JOB + 2]):
        job = row(p, L.JOB, j)
        if p[job + L.J_GATES] > 0:
            schedule(m, max(p[job + L.J_RELEASE], 0), L.RELEASE, j)
    for js in range(p[L.JOB_STEP + 2]):
        prime_step(p, m, js)


@njit(cache=True, nogil=True)
def drain(p: I64, f: F64, m: I64, now: Int, seed: Int) -> None:
    """Let every event of this instant happen."""
    first = row(m, L.HEAP, 0)
    while m[L.K_HEAP] > 0 and m[first] == now:
        code = m[first + 1]
        pop(m, first, m[L.K_HEAP])
        m[L.K_HEAP] -= 1
        m[L.K_EVENTS] += 1
        m[L.K_BATCH] += 1
        handle(p, f, m, code >> (ID_BITS + SEQ_BITS), code & ID_MASK, now, seed)
    if m[L.K_BATCH] > p[L.STORM]:
        m[L.K_STATUS] = L.EVENT_STORM


@njit(cache=True, nogil=True)
def simulate(p: I64, f: F64, m: I64, seed: Int) -> None:
    """Run one replication of the park `p`, `f` in the fresh state `m`; the status is in ``m[K_STATUS]``."""
    prime(p, f, m, seed)
    first = row(m, L.HEAP, 0)
    now = np.int64(0)
    while m[L.K_STATUS] == L.OK:
        drain(p, f, m, now, seed)
        dispatch(p, f, m, now, seed)
        if m[L.K_HEAP] == 0 or m[first] > p[L.HORIZON]:
            break
        if m[first] > now:
            now = m[first]
            m[L.K_BATCH] = 0
            while m[L.K_BUCKET] + 2 < p[L.EDGE + 2] and now >= p[row(p, L.EDGE, m[L.K_BUCKET] + 1)]:
                m[L.K_BUCKET] += 1
    settle(p, m, p[L.HORIZON])
