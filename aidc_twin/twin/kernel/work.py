"""A step at work: its machine and changeover, how long it takes, and when it ends.

Every function but those that only answer writes the state in place.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.draws import poisson_quantile, quantile, uniforms
from aidc_twin.twin.kernel.floor import schedule, take
from aidc_twin.twin.kernel.layout import F64, I64, Int, row

NEVER = 1 << 60
"""A tick after any horizon."""

MOST_FAULTS = 200
"""Faults of one step that are drawn; more cannot be told apart by their tags."""


@njit(cache=True, nogil=True)
def finish_tick(p: I64, m: I64, k: Int, now: Int, work: Int) -> Int:
    """Tick at which `work` open ticks from `now` are done, by calendar `k` (open now)."""
    if k < 0 or work == 0:
        return now + work
    i, last = m[row(m, L.V_CAL, k) + 1], p[row(p, L.CAL, k) + 1]
    if i >= last:
        return NEVER
    span = row(p, L.INTERVAL, i)
    target = p[span + L.I_OPEN] + max(now - p[span + L.I_START], 0) + work
    while p[span + L.I_OPEN] + p[span + L.I_END] - p[span + L.I_START] < target:
        i += 1
        if i == last:
            return NEVER
        span = row(p, L.INTERVAL, i)
    return p[span + L.I_START] + target - p[span + L.I_OPEN]


@njit(cache=True, nogil=True)
def open_between(p: I64, k: Int, start: Int, end: Int) -> Int:
    """Open ticks of calendar `k` in [start, end); all of them where k is -1."""
    if k < 0:
        return end - start
    ticks = start - start
    for i in range(p[row(p, L.CAL, k)], p[row(p, L.CAL, k) + 1]):
        span = row(p, L.INTERVAL, i)
        low, high = max(start, p[span + L.I_START]), min(end, p[span + L.I_END])
        if high > low:
            ticks += high - low
    return ticks


@njit(cache=True, nogil=True)
def work_ticks(p: I64, f: F64, m: I64, js: Int, c: Int, seed: Int) -> Int:
    """Work of this start of the step in ticks: drawn, or the mean where means are asked for."""
    q = row(p, L.CLASS_F, c)
    if m[L.K_MEANS]:
        return np.int64(np.floor(f[q + L.F_MEAN] + 0.5))
    cls = row(p, L.CLASS, c)
    stream = p[row(p, L.JOB, p[row(p, L.JOB_STEP, js) + L.N_JOB]) + L.J_STREAM]
    tag = (m[row(m, L.V_STEP, js) + L.U_ATTEMPT] << 8) | p[cls + L.C_IS_REWORK]
    u, _ = uniforms(seed, stream, p[cls + L.C_KEY], tag)
    work = np.floor(quantile(p[cls + L.C_DIST], f[q], f[q + 1], f[q + 2], u) + 0.5)
    if f[q + L.F_FAULT] > 0.0:
        work = soaked(p, f, c, stream, tag, seed, work)
    return np.int64(work)


@njit(cache=True, nogil=True)
def soaked(p: I64, f: F64, c: Int, stream: Int, tag: Int, seed: Int, work: float) -> float:
    """Work of a test whose faults are repaired in place while the rest goes on."""
    cls, q = row(p, L.CLASS, c), row(p, L.CLASS_F, c)
    u, _ = uniforms(seed, stream, p[cls + L.C_KEY], tag | 2)
    r = q + L.F_REPAIR
    longest = work
    for i in range(min(poisson_quantile(f[q + L.F_FAULT] * work, u), MOST_FAULTS)):
        when, how = uniforms(seed, stream, p[cls + L.C_KEY], tag | (3 + i))
        repair = np.floor(quantile(p[cls + L.C_REPAIR_DIST], f[r], f[r + 1], f[r + 2], how) + 0.5)
        longest = max(longest, np.floor(when * work) + repair + p[cls + L.C_RESOAK])
    return longest


@njit(cache=True, nogil=True)
def seat(p: I64, m: I64, js: Int, c: Int) -> Int:
    """Give the step the lowest idle machine of its servers; returns the changeover in ticks."""
    cls = row(p, L.CLASS, c)
    res = row(p, L.RES, p[cls + L.C_SERVER])
    slot = p[res + L.R_SLOT]
    machine = row(m, L.V_MACHINE, slot)
    while m[machine + 1]:
        slot += 1
        machine = row(m, L.V_MACHINE, slot)
    m[machine + 1] = 1
    m[row(m, L.V_STEP, js) + L.U_SLOT + p[cls + L.C_IS_REWORK]] = slot - p[res + L.R_SLOT]
    before, family = m[machine], p[cls + L.C_FAMILY]
    if family < 0:
        return slot - slot
    m[machine] = family
    if before < 0 or p[res + L.R_SETUP] < 0:
        return slot - slot
    return p[row(p, L.SETUP, p[res + L.R_SETUP] + before * p[L.FAMILIES] + family)]


@njit(cache=True, nogil=True)
def account(p: I64, m: I64, c: Int, setup: Int, work: Int, elapsed: Int) -> None:
    """Add one operation to the shares of what it holds."""
    cls = row(p, L.CLASS, c)
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = row(p, L.NEED, i)
        r, amount = p[need + L.D_RES], p[need + L.D_AMOUNT]
        if p[row(p, L.RES, r) + L.R_KIND] != L.MATERIAL:
            z = row(m, L.V_RES, r)
            m[z + L.Z_WORK] += amount * work
            m[z + L.Z_SETUP] += amount * setup
            m[z + L.Z_ELAPSED] += amount * elapsed


@njit(cache=True, nogil=True)
def record(m: I64, js: Int, rework: Int, end: Int, setup: Int, work: Int) -> None:
    """Write one row of the trace."""
    n = m[L.K_TRACE]
    if n >= m[L.V_TRACE + 2]:
        m[L.K_STATUS] = L.TRACE_FULL
        return
    u, e = row(m, L.V_STEP, js), row(m, L.V_TRACE, n)
    m[e + L.E_STEP] = js
    m[e + L.E_ATTEMPT] = m[u + L.U_ATTEMPT] * 2 + rework
    m[e + L.E_START] = m[u + L.U_STARTED]
    m[e + L.E_END] = end
    m[e + L.E_SETUP] = setup
    m[e + L.E_WORK] = work
    m[e + L.E_SLOT] = m[u + L.U_SLOT + rework]
    m[L.K_TRACE] = n + 1


@njit(cache=True, nogil=True)
def launch(p: I64, m: I64, js: Int, c: Int, now: Int, setup: Int, work: Int) -> None:
    """Put the end of a step that holds its needs into the future."""
    cls = row(p, L.CLASS, c)
    k = -1 if p[cls + L.C_RUN] else p[cls + L.C_CALENDAR]
    end = finish_tick(p, m, k, now, setup + work)
    start = row(m, L.V_JOB, p[row(p, L.JOB_STEP, js) + L.N_JOB]) + L.W_START
    if m[start] < 0:
        m[start] = now
    u = row(m, L.V_STEP, js)
    m[u + L.U_CLASS] = c
    m[u + L.U_STARTED] = now
    horizon = p[L.HORIZON]
    if end <= horizon:
        account(p, m, c, setup, work, end - now)
    else:
        account(p, m, c, now - now, open_between(p, k, now, horizon), horizon - now)
    if m[L.K_TRACING]:
        record(m, js, p[cls + L.C_IS_REWORK], end, setup, work)
    schedule(m, end, L.END, js)


@njit(cache=True, nogil=True)
def begin(p: I64, f: F64, m: I64, js: Int, c: Int, now: Int, seed: Int) -> None:
    """Start the step: seize its needs, draw its work, and put its end into the future."""
    cls = row(p, L.CLASS, c)
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = row(p, L.NEED, i)
        take(p, m, p[need + L.D_RES], p[need + L.D_AMOUNT], now)
    setup = seat(p, m, js, c) if p[cls + L.C_SERVER] >= 0 else now - now
    launch(p, m, js, c, now, setup, work_ticks(p, f, m, js, c, seed))
