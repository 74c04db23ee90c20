"""The state at tick 0: what is under way, what waits, and what is foreseen.

Every function writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.chance import near
from aidc_twin.twin.kernel.draws import sample, uniforms
from aidc_twin.twin.kernel.events import schedule
from aidc_twin.twin.kernel.faults import prime_faults
from aidc_twin.twin.kernel.jit import inner
from aidc_twin.twin.kernel.layout import Int, Real, Whole
from aidc_twin.twin.kernel.progress import enter, lay_out, turn
from aidc_twin.twin.kernel.work import launch, restock


@inner
def sample_phases(p: Whole, f: Real, m: Whole) -> None:
    """Draw the opening tick of each phase, by its date and its delay (modes where means are asked for)."""
    for i in range(p[L.PHASE_F + 2]):
        u, v = uniforms(m[L.K_SEED], p[p[L.PHASE_STREAM] + i], L.ZERO, L.ZERO)
        q = p[L.PHASE_F] + 10 * i
        d = q + 5
        tick = f[q + 3] + f[d + 3]
        if not m[L.K_MEANS]:
            tick = sample(f, int(f[q + 4]), q, u) + sample(f, int(f[d + 4]), d, v)
        m[m[L.V_PHASE] + i] = near(tick)


@inner
def prime_supply(p: Whole, f: Real, m: Whole) -> None:
    """Schedule the receipts of purchase orders, the weekly quotas, and the capacity that comes and goes."""
    for i in range(p[L.PO + 2]):
        order, q = p[L.PO] + i * L.O_COLUMNS, p[L.PO_F] + 4 * i
        lead = f[q + 3]
        if not m[L.K_MEANS]:
            lead = sample(f, p[order + L.O_DIST], q, uniforms(m[L.K_SEED], p[order + L.O_STREAM], L.ZERO, L.ZERO)[0])
        schedule(m, max(p[order + L.O_TIME] + near(lead), 0), L.RECEIPT, i)
    for i in range(p[L.QUOTA_LINE + 2]):
        schedule(m, p[p[L.QUOTA_LINE] + i * L.QL_COLUMNS + L.QL_FIRST], L.QUOTA, i)
    for i in range(p[L.CAP + 2]):
        change = p[L.CAP] + i * L.CAP_COLUMNS
        tick = p[change + L.CAP_TIME]
        if p[change + L.CAP_PHASE] >= 0:
            tick = max(tick, m[m[L.V_PHASE] + p[change + L.CAP_PHASE]])
        schedule(m, max(tick, 0), L.CAPACITY, i)


@inner
def prime_calendar(p: Whole, m: Whole, k: Int) -> None:
    """Find where calendar `k` stands at tick 0, and schedule its next change."""
    cal = p[L.CAL] + k * L.CA_COLUMNS
    i, last = p[cal + L.CA_FIRST], p[cal + L.CA_END]
    while i < last and p[p[L.INTERVAL] + i * L.I_COLUMNS + L.I_END] <= 0:
        i += 1
    state = m[L.V_CAL] + 2 * k
    m[state + 1] = i
    if i < last:
        span = p[L.INTERVAL] + i * L.I_COLUMNS
        m[state] = 1 if p[span + L.I_START] <= 0 else 0
        schedule(m, p[span + L.I_END] if m[state] else p[span + L.I_START], L.CALENDAR, k)


@inner
def prime_job(p: Whole, f: Real, m: Whole, j: Int) -> None:
    """Lay out a unit that is on its way, and let its steps go on or wait."""
    job, w = p[L.JOB] + j * L.J_COLUMNS, m[L.V_JOB] + j * L.W_COLUMNS
    lay_out(p, f, m, j)
    steps = p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]
    if m[w + L.W_TOKENS] > 0:
        enter(p, m, j, L.ZERO)
    for js in range(p[job + L.J_FIRST], p[job + L.J_FIRST] + steps):
        u = m[L.V_STEP] + js * L.U_COLUMNS
        if m[u + L.U_STATE] == L.UNDER_WAY:
            m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_WORK] = m[u + L.U_LEFT]
            m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_BEGUN] = m[L.K_SEQ]
            m[L.K_SEQ] += 1
            launch(p, m, js, m[u + L.U_CLASS], L.ZERO, L.ZERO, m[u + L.U_LEFT])
        elif m[u + L.U_STATE] == L.AHEAD and m[u + L.U_WAIT] == 0:
            turn(p, f, m, js, L.ZERO)


@inner
def arrival_gap(p: Whole, f: Real, m: Whole, s: Int, n: Int) -> Int:
    """Ticks before arrival `n` of source `s`."""
    source, q = p[L.SOURCE] + s * L.A_COLUMNS, p[L.SOURCE_F] + 8 * s
    kind = p[source + L.A_FIRST_DIST]
    if n > 0:
        q += 4
        kind = p[source + L.A_DIST]
    if m[L.K_MEANS]:
        return near(f[q + 3])
    return near(sample(f, kind, q, uniforms(m[L.K_SEED], p[source + L.A_STREAM], p[source + L.A_KEY], n)[0]))


@inner
def prime_sources(p: Whole, f: Real, m: Whole) -> None:
    """Link the free jobs of each source, and foresee its first arrival."""
    for s in range(p[L.SOURCE + 2]):
        source = p[L.SOURCE] + s * L.A_COLUMNS
        first, size = p[source + L.A_JOB], p[source + L.A_SIZE]
        end = first + p[source + L.A_JOBS] * size
        for j in range(first, end, size):
            m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_ARRIVAL] = j + size if j + size < end else -1
        m[m[L.V_SOURCE] + s * L.V_COLUMNS + L.V_FREE] = first
        schedule(m, arrival_gap(p, f, m, s, L.ZERO), L.ARRIVAL, s)


@inner
def prime(p: Whole, f: Real, m: Whole) -> None:
    """Fill the state from the park at tick 0."""
    sample_phases(p, f, m)
    prime_supply(p, f, m)
    for k in range(p[L.CAL + 2]):
        prime_calendar(p, m, k)
    schedule(m, p[L.WEEK_TICKS], L.WEEK, L.ZERO)
    for i in range(p[L.SAILING + 2]):
        schedule(m, p[p[L.SAILING] + i * L.L_COLUMNS + L.L_FIRST], L.SAIL, i)
    for r in range(p[L.RES + 2]):
        if p[p[L.RES] + r * L.R_COLUMNS + L.R_BASE] > 0:
            restock(p, f, m, r, L.ZERO)
    prime_faults(p, f, m)
    if p[L.RELEASES + 2] > 0:
        schedule(m, max(0, p[p[L.RELEASES]]), L.RELEASE, p[p[L.RELEASES] + 1])
    prime_sources(p, f, m)
    for b in range(p[L.BUCKET + 2]):
        schedule(m, p[p[L.BUCKET] + b * L.BK_COLUMNS + L.BK_FIRST], L.PERIOD, b)
    for j in range(p[L.JOBS]):
        if p[p[L.JOB] + j * L.J_COLUMNS + L.J_GATES] == 0:
            prime_job(p, f, m, j)
