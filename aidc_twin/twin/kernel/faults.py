"""Breakdowns and maintenance of machines, and their repair.

Every function writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.chance import near
from aidc_twin.twin.kernel.draws import sample, uniforms
from aidc_twin.twin.kernel.events import NEVER, schedule
from aidc_twin.twin.kernel.floor import finish_tick, give, machine_of, open_between, revive, take
from aidc_twin.twin.kernel.jit import inner, rare
from aidc_twin.twin.kernel.layout import Int, Real, Whole
from aidc_twin.twin.kernel.logbook import note_end, restart
from aidc_twin.twin.kernel.preempt import let_go
from aidc_twin.twin.kernel.progress import stop_unit
from aidc_twin.twin.kernel.queues import ALONE, enqueue
from aidc_twin.twin.kernel.work import fly, halt, hours_of, machine_at


@inner
def next_fault(p: Whole, f: Real, m: Whole, b: Int, now: Int) -> None:
    """Draw when breakdown `b` comes next: by the calendar it is foreseen now, by time at work when there is work."""
    fault, n = p[L.FAULTS] + b * L.B_COLUMNS, m[L.V_FAULT] + b * L.N_COLUMNS
    ticks = uptime(p, f, m, b)
    m[n + L.N_SEQ] = -1
    m[n + L.N_LEFT] = ticks
    if p[fault + L.B_BUSY]:
        return
    if p[fault + L.B_ANEW] or p[fault + L.B_SKIP]:
        tick = due_in_hours(p, f, m, b, now)
    else:
        tick = finish_tick(p, m, p[fault + L.B_HOURS], now, ticks)
    if p[fault + L.B_ORDER]:  # stands among the ends of work as if it were that of its repair
        js = p[fault + L.B_STEP]
        m[n + L.N_SEQ] = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_SEQ] = schedule(m, tick, L.END, js)
    else:
        m[n + L.N_SEQ] = schedule(m, tick, L.FAULT, b)


@inner
def uptime(p: Whole, f: Real, m: Whole, b: Int) -> Int:
    """Ticks until breakdown `b` comes for the present time."""
    fault, count = p[L.FAULTS] + b * L.B_COLUMNS, m[m[L.V_FAULT] + b * L.N_COLUMNS + L.N_COUNT]
    u, _ = uniforms(m[L.K_SEED], p[fault + L.B_STREAM], p[fault + L.B_KEY], 2 * count)
    q = p[L.FAULT_F] + 8 * b
    up = sample(f, p[fault + L.B_FIRST_DIST], q, u) if count == 0 else sample(f, p[fault + L.B_UP_DIST], q + 4, u)
    return max(1, near(up))


@rare
def due_in_hours(p: Whole, f: Real, m: Whole, b: Int, now: Int) -> Int:
    """Tick at which breakdown `b` comes by open hours, NEVER after the last of them.

    A count is dropped, and the next one drawn, that the closing overtakes where it is made anew at each opening, or
    that ends shortly before it.
    """
    fault, n = p[L.FAULTS] + b * L.B_COLUMNS, m[L.V_FAULT] + b * L.N_COLUMNS
    k, skipped, left = p[fault + L.B_HOURS], p[fault + L.B_SKIP], m[n + L.N_LEFT]
    i = m[m[L.V_CAL] + 2 * k + 1]
    while i < p[p[L.CAL] + k * L.CA_COLUMNS + L.CA_END]:
        span = p[L.INTERVAL] + i * L.I_COLUMNS
        closes, start = p[span + L.I_END], max(now, p[span + L.I_START])
        tick = start + left
        if start >= closes:
            i += 1
            continue
        if tick > closes and not p[fault + L.B_ANEW]:
            left -= closes - start
            now = closes
            continue
        if tick >= closes and p[fault + L.B_ANEW]:
            now = closes
        elif skipped and closes - tick <= skipped:
            now = tick
        else:
            return tick
        m[n + L.N_COUNT] += 1
        left = uptime(p, f, m, b)
    return NEVER


@rare
def break_down(p: Whole, f: Real, m: Whole, b: Int, now: Int) -> None:
    """A machine breaks down, and its repair waits for the crew; or a person's break waits until somebody is free."""
    fault, n = p[L.FAULTS] + b * L.B_COLUMNS, m[L.V_FAULT] + b * L.N_COLUMNS
    r = p[fault + L.B_RES]
    z = m[L.V_RES] + r * L.Z_COLUMNS
    if p[fault + L.B_SLOT] >= m[z + L.Z_CAP] + m[z + L.Z_ABSENT]:
        pass_over(p, f, m, b, now)
        return
    m[n + L.N_SEQ] = -1
    m[n + L.N_DOWN] = 1
    if p[p[L.RES] + r * L.R_COLUMNS + L.R_KIND] == L.SERVERS:
        stop_machine(p, f, m, b, now)
    elif p[fault + L.B_EFFECT] == L.KEEP:
        let_go(p, f, m, b, now)
    if m[n + L.N_DOWN] == 1:
        js = p[fault + L.B_STEP]
        m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_ATTEMPT] = m[n + L.N_COUNT]
        enqueue(p, f, m, js, p[fault + L.B_CLASS], now)


@inner
def stop_machine(p: Whole, f: Real, m: Whole, b: Int, now: Int) -> None:
    """A machine is down from now on, or with the end of its work where it is to finish that."""
    fault, n = p[L.FAULTS] + b * L.B_COLUMNS, m[L.V_FAULT] + b * L.N_COLUMNS
    r = p[fault + L.B_RES]
    z = m[L.V_RES] + r * L.Z_COLUMNS
    g = machine_of(p, m, r, p[fault + L.B_SLOT])
    at_work = worker(p, m, g)
    finishes = p[fault + L.B_EFFECT] == L.FINISH and at_work >= 0
    if finishes and m[m[L.V_STEP] + at_work * L.U_COLUMNS + L.U_STATE] == L.UNDER_WAY:
        m[n + L.N_DOWN] = L.DUE
        return
    m[g + L.G_DOWN] += 1
    if m[g + L.G_DOWN] == 1:
        m[z + L.Z_DOWN] += 1
        m[z + L.Z_DOWN_TAKEN] -= now
        if m[g + L.G_HOLDER] == 0:
            take(m, r, L.ONE, now)
    if at_work >= 0:
        stand_still(p, f, m, at_work, p[fault + L.B_EFFECT], now)


@inner
def pass_over(p: Whole, f: Real, m: Whole, b: Int, now: Int) -> None:
    """A breakdown strikes a machine that is not there: the next one is drawn; work on the machine goes on."""
    fault, n = p[L.FAULTS] + b * L.B_COLUMNS, m[L.V_FAULT] + b * L.N_COLUMNS
    m[n + L.N_DOWN] = 0
    m[n + L.N_COUNT] += 1
    next_fault(p, f, m, b, now)
    js = worker(p, m, machine_of(p, m, p[fault + L.B_RES], p[fault + L.B_SLOT]))
    if not p[fault + L.B_BUSY] or js < 0:
        return
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_STATE] == L.UNDER_WAY:
        k, ticks = hours_of(p, m[u + L.U_CLASS]), m[n + L.N_LEFT]
        done = open_between(p, m, k, m[u + L.U_SINCE], now)
        if ticks <= m[u + L.U_LEFT] - done:
            m[n + L.N_SEQ] = schedule(m, finish_tick(p, m, k, now, ticks), L.FAULT, b)
        m[n + L.N_LEFT] = ticks + done


@inner
def worker(p: Whole, m: Whole, g: Int) -> Int:
    """Step that is at work on the machine at `g` or stands still there, or -1: its holder, or a later step of the
    unit.
    """
    holder = m[g + L.G_HOLDER] - 1
    if holder < 0 or works_at(p, m, holder, g):
        return holder
    job = p[L.JOB] + m[m[L.V_STEP] + holder * L.U_COLUMNS + L.U_JOB] * L.J_COLUMNS
    first = p[job + L.J_FIRST]
    for js in range(first, first + p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]):
        if works_at(p, m, js, g):
            return js
    return -1


@inner
def works_at(p: Whole, m: Whole, js: Int, g: Int) -> bool:
    """Whether a step is at work on the machine at `g`, or stands still there."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_STATE] != L.UNDER_WAY and m[u + L.U_STATE] != L.STOPPED:
        return False
    return machine_at(p, m, js, m[u + L.U_CLASS]) == g


@inner
def stand_still(p: Whole, f: Real, m: Whole, js: Int, effect: Int, now: Int) -> None:
    """The step whose machine has broken down stops."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_STATE] == L.UNDER_WAY:
        halt(p, m, js, now)
        m[u + L.U_STATE] = L.STOPPED
    m[u + L.U_SEQ] = -1
    if effect == L.REPEAT:
        m[u + L.U_LEFT] = m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_WORK]
        if m[L.K_TRACING]:
            restart(m, js)
        m[u + L.U_SETUP] = 0
    elif effect == L.LOSE:
        lose_batch(p, f, m, js, now)


@inner
def lose_batch(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """The units of a batch that stands still are scrapped."""
    leader = m[L.V_STEP] + js * L.U_COLUMNS
    left, setup = m[leader + L.U_LEFT], m[leader + L.U_SETUP]
    while js >= 0:
        u = m[L.V_STEP] + js * L.U_COLUMNS
        after = m[u + L.U_NEXT]
        m[u + L.U_NEXT] = ALONE
        m[u + L.U_LEFT], m[u + L.U_SETUP] = left, setup
        stop_unit(p, f, m, m[u + L.U_JOB], L.GR_SCRAPPED, now)
        js = after


@rare
def mend(p: Whole, f: Real, m: Whole, b: Int, now: Int) -> None:
    """A repair is over: when nothing else keeps the machine down, it goes on with its work or may be taken."""
    fault, n = p[L.FAULTS] + b * L.B_COLUMNS, m[L.V_FAULT] + b * L.N_COLUMNS
    r = p[fault + L.B_RES]
    z, g = m[L.V_RES] + r * L.Z_COLUMNS, machine_of(p, m, r, p[fault + L.B_SLOT])
    m[n + L.N_DOWN] = 0
    m[n + L.N_COUNT] += 1
    next_fault(p, f, m, b, now)
    if p[p[L.RES] + r * L.R_COLUMNS + L.R_KIND] != L.SERVERS:  # a break is over
        m[z + L.Z_DOWN] -= 1
        m[z + L.Z_DOWN_TAKEN] += now
        return
    m[g + L.G_DOWN] -= 1
    m[z + L.Z_LOWEST] = 0
    if m[g + L.G_DOWN] > 0:
        return
    m[z + L.Z_DOWN] -= 1
    m[z + L.Z_DOWN_TAKEN] += now
    if m[g + L.G_HOLDER] == 0:
        give(m, r, L.ONE, now)
        return
    revive(p, m)
    js = worker(p, m, g)
    if js >= 0:
        resume(p, m, js, now)


@inner
def resume(p: Whole, m: Whole, js: Int, now: Int) -> None:
    """Work that stands still goes on; what is finished after hours only if it has not stopped waits for the opening."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    k = p[p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS + L.C_OVERTIME]
    opening = finish_tick(p, m, k, now, L.ZERO)
    if opening > now:
        m[u + L.U_SEQ] = schedule(m, opening, L.PAUSE, js)
        return
    end = fly(p, m, js, now)
    if m[L.K_TRACING]:
        note_end(m, js, end)


@inner
def prime_faults(p: Whole, f: Real, m: Whole) -> None:
    """Lay out the repairs and draw the first breakdowns; none where means are asked for."""
    for b in range(p[L.FAULTS + 2]):
        fault = p[L.FAULTS] + b * L.B_COLUMNS
        js = p[fault + L.B_STEP]
        u = m[L.V_STEP] + js * L.U_COLUMNS
        for i in range(L.U_COLUMNS):
            m[u + i] = 0
        m[u + L.U_JOB], m[u + L.U_STEP], m[u + L.U_SLOT] = -1, b, p[fault + L.B_SLOT]
        m[u + L.U_NEXT], m[u + L.U_SEQ], m[u + L.U_KEY] = ALONE, -1, p[fault + L.B_PRIORITY] - (1 << 40)
        if m[L.K_MEANS]:
            m[m[L.V_FAULT] + b * L.N_COLUMNS + L.N_LEFT] = NEVER
        else:
            next_fault(p, f, m, b, L.ZERO)
