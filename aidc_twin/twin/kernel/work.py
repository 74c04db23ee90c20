"""A step at work: its machine and changeover, how long it takes, when it ends, and what interrupts it.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.chance import near, work_ticks
from aidc_twin.twin.kernel.draws import sample, uniforms
from aidc_twin.twin.kernel.events import foresee, schedule
from aidc_twin.twin.kernel.families import bind, share
from aidc_twin.twin.kernel.floor import (
    call,
    finish_tick,
    machine_of,
    open_between,
    slot_for,
    take,
)
from aidc_twin.twin.kernel.holds import give_back, give_joined, give_need, mark_start
from aidc_twin.twin.kernel.jit import inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Real, Whole
from aidc_twin.twin.kernel.logbook import begun, cut_off, note_end
from aidc_twin.twin.kernel.queues import enqueue, first_place, place_at, take_out, withdraw
from aidc_twin.twin.kernel.ways import keep_way


@once
def hours_of(p: Whole, c: Int) -> Int:
    """Calendar by which work of class `c` goes on, -1 where it runs through."""
    return p[p[L.CLASS] + c * L.C_COLUMNS + L.C_HOURS]


@once
def slot_cell(p: Whole, m: Whole, js: Int, c: Int) -> Int:
    """Cell of the machine on which the step sits while it works in class `c`."""
    if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_KIND] == L.REWORK:
        return m[L.V_MORE] + js * L.M_COLUMNS + L.M_SLOT
    return m[L.V_STEP] + js * L.U_COLUMNS + L.U_SLOT


@once
def machine_at(p: Whole, m: Whole, js: Int, c: Int) -> Int:
    """First cell of the machine that the step works on in class `c`, or -1 where it has none that can break down."""
    return fragile_machine(p, m, js, c) if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_FRAGILE] else -1


@rare
def fragile_machine(p: Whole, m: Whole, js: Int, c: Int) -> Int:
    """First cell of the machine that the step works on in class `c`, or -1.

    A retry and the rest of a piece of work may go on upon a machine that was kept, by the step itself or an earlier
    one.
    """
    home = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_HOME]
    if p[p[L.CLASS] + home * L.C_COLUMNS + L.C_KIND] != L.REWORK:
        step = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_STEP]
        on = p[p[L.HOST] + step]
        js += on
        home = p[p[L.STEP] + (step + on) * L.S_COLUMNS + L.S_CLASS]
    r, slot = p[p[L.CLASS] + home * L.C_COLUMNS + L.C_SERVER], m[slot_cell(p, m, js, home)]
    if r < 0 or slot < 0:
        return -1
    return machine_of(p, m, r, slot)


@once
def seat(p: Whole, m: Whole, js: Int, c: Int, now: Int) -> Int:
    """Give the step an idle machine of its servers, or its own; returns the changeover in ticks."""
    cls = p[L.CLASS] + c * L.C_COLUMNS
    r, slot = p[cls + L.C_SERVER], slot_for(p, m, js, cls, now)
    res = p[L.RES] + r * L.R_COLUMNS
    if p[cls + L.C_PIN] == -1 and p[res + L.R_CHOICE] == L.LOWEST:
        m[m[L.V_RES] + r * L.Z_COLUMNS + L.Z_LOWEST] = slot + 1
    g = machine_of(p, m, r, slot)
    m[g + L.G_HOLDER] = js + 1
    if p[cls + L.C_PIN] != -1:
        bind(p, m, js, c, slot)
    m[slot_cell(p, m, js, p[cls + L.C_HOME])] = slot
    before, family = m[g + L.G_FAMILY], p[cls + L.C_FAMILY]
    if family < 0:
        return 0
    m[g + L.G_FAMILY] = family
    if p[cls + L.C_KIND] == L.RESUME or before < 0 or p[res + L.R_SETUP] < 0:
        return 0
    return p[p[L.SETUP] + p[res + L.R_SETUP] + before * p[L.FAMILIES] + family]


@once
def account(m: Whole, c: Int, setup: Int, work: Int, elapsed: Int) -> None:
    """Add a stretch of work to what is known of its class."""
    y = m[L.V_CLASS] + c * L.Y_COLUMNS
    m[y + L.Y_SETUP] += setup
    m[y + L.Y_WORK] += work
    m[y + L.Y_ELAPSED] += elapsed


@once
def expect_faults(p: Whole, m: Whole, g: Int, k: Int, left: Int, now: Int) -> None:
    """Foresee the breakdowns of a machine by time at work that come before `left` more ticks of it."""
    b, end = m[g + L.G_FAULT], m[g + L.G_FAULT_END]
    while b < end:
        if m[m[L.V_FAULT] + b * L.N_COLUMNS + L.N_LEFT] <= left:
            expect_fault(p, m, b, k, now)
        b += 1


@rare
def expect_fault(p: Whole, m: Whole, b: Int, k: Int, now: Int) -> None:
    """Foresee a breakdown, if it is one by time at work and the machine is not down by it."""
    n = m[L.V_FAULT] + b * L.N_COLUMNS
    if p[p[L.FAULTS] + b * L.B_COLUMNS + L.B_BUSY] and not m[n + L.N_DOWN]:
        m[n + L.N_SEQ] = schedule(m, finish_tick(p, m, k, now, m[n + L.N_LEFT]), L.FAULT, b)


@once
def wear(p: Whole, m: Whole, g: Int, done: Int, now: Int) -> None:
    """Let the breakdowns of a machine by time at work come nearer, and those come that waited for the work's end.

    One that is due now stays foreseen.
    """
    b, end = m[g + L.G_FAULT], m[g + L.G_FAULT_END]
    while b < end:
        n = m[L.V_FAULT] + b * L.N_COLUMNS
        if m[n + L.N_DOWN] == L.DUE:
            m[n + L.N_SEQ] = schedule(m, now, L.FAULT, b)
        elif p[p[L.FAULTS] + b * L.B_COLUMNS + L.B_BUSY] and not m[n + L.N_DOWN]:
            m[n + L.N_LEFT] -= done
            if m[n + L.N_LEFT] > 0:
                m[n + L.N_SEQ] = -1
        b += 1


@once
def fly(p: Whole, m: Whole, js: Int, now: Int) -> Int:
    """Put the end of the work that is left of a step into the future, or its pause; returns the tick."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    return fly_on(p, m, js, machine_at(p, m, js, m[u + L.U_CLASS]), now)


@once
def fly_on(p: Whole, m: Whole, js: Int, g: Int, now: Int) -> Int:
    """The same of a step whose machine, if that can break down, is known."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    c, left = m[u + L.U_CLASS], m[u + L.U_LEFT]
    k = hours_of(p, c)
    m[u + L.U_STATE] = L.UNDER_WAY
    m[u + L.U_SINCE] = now
    end = finish_tick(p, m, k, now, left)
    if g >= 0:
        expect_faults(p, m, g, k, left, now)
    if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_RESUME] >= 0:
        close = closing(p, m, k, now)
        if end > close:
            m[u + L.U_SEQ] = schedule(m, close, L.PAUSE, js)
            return close
    m[u + L.U_SEQ] = foresee(m, end, js)
    return end


@inner
def closing(p: Whole, m: Whole, k: Int, now: Int) -> Int:
    """Tick at which calendar `k` closes next; now, if it is closed."""
    if not m[m[L.V_CAL] + 2 * k]:
        return now
    i = m[m[L.V_CAL] + 2 * k + 1]
    return p[p[L.INTERVAL] + i * L.I_COLUMNS + L.I_END]


@once
def launch(p: Whole, m: Whole, js: Int, c: Int, now: Int, setup: Int, work: Int) -> Int:
    """A step that holds its needs begins; on a machine of its own that is down it stands still at once.

    Returns the tick of its end or pause.
    """
    u = m[L.V_STEP] + js * L.U_COLUMNS
    m[u + L.U_CLASS] = c
    m[u + L.U_LEFT] = setup + work
    m[u + L.U_SETUP] = setup
    m[u + L.U_SINCE] = now
    job = m[u + L.U_JOB]
    if job >= 0 and m[m[L.V_JOB] + job * L.W_COLUMNS + L.W_START] < 0:
        mark_start(p, m, job, now)
    g = -1
    if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_FRAGILE]:
        g = fragile_machine(p, m, js, c)
        m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_MACHINE] = g
    if g >= 0 and m[g + L.G_DOWN] > 0:
        m[u + L.U_STATE] = L.STOPPED
        end = finish_tick(p, m, hours_of(p, c), now, setup + work)
    else:
        end = fly_on(p, m, js, g, now)
    if m[L.K_TRACING]:
        begun(p, m, js, js, c, end)
    return end


@once
def spend(p: Whole, m: Whole, js: Int, done: Int, now: Int) -> None:
    """Account for `done` ticks of changeover and work of a step under way since it was launched last."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    c, setup = m[u + L.U_CLASS], min(done, m[u + L.U_SETUP])
    account(m, p[p[L.CLASS] + c * L.C_COLUMNS + L.C_HOME], setup, done - setup, now - m[u + L.U_SINCE])
    m[u + L.U_SETUP] -= setup
    m[u + L.U_LEFT] -= done
    if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_FRAGILE]:
        g = m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_MACHINE]
        if g >= 0:
            wear(p, m, g, done, now)


@rare
def halt(p: Whole, m: Whole, js: Int, now: Int) -> Int:
    """A step under way stops before its end; returns the ticks that were worked since it was launched."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    done = open_between(p, m, hours_of(p, m[u + L.U_CLASS]), m[u + L.U_SINCE], now)
    spend(p, m, js, done, now)
    m[u + L.U_SEQ] = -1
    return done


@rare
def pause(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """The calendar closes: the step gives back what it need not keep and waits until it opens.

    Or it opens, and work that stands still since its machine was down goes on.
    """
    u = m[L.V_STEP] + js * L.U_COLUMNS
    c = m[u + L.U_CLASS]
    if m[u + L.U_STATE] == L.STOPPED:
        end = fly(p, m, js, now)
        if m[L.K_TRACING]:
            note_end(m, js, end)
        return
    halt(p, m, js, now)
    cut_off(m, js, now)
    cls = p[L.CLASS] + c * L.C_COLUMNS
    rest = p[cls + L.C_RESUME]
    home = p[L.CLASS] + p[cls + L.C_HOME] * L.C_COLUMNS
    for i in range(p[home + L.C_NEED], p[home + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        if p[need + L.D_GIVE]:
            give_need(p, m, js, need, p[cls + L.C_HOME], now)
    m[u + L.U_SETUP] = 0
    enqueue(p, f, m, js, rest, now)


@rare
def restock(p: Whole, f: Real, m: Whole, r: Int, now: Int) -> None:
    """Order what a material lacks of its base stock, to come after a lead time that is drawn."""
    z, res, q = m[L.V_RES] + r * L.Z_COLUMNS, p[L.RES] + r * L.R_COLUMNS, p[L.BASE_F] + 4 * r
    short = p[res + L.R_BASE] - m[z + L.Z_AVAIL] - m[z + L.Z_ON_ORDER]
    if short <= 0:
        return
    i = m[L.K_ORDER]
    if i < 0:
        m[L.K_STATUS] = L.POOL_FULL
        return
    order = m[L.V_ORDER] + i * L.VO_COLUMNS
    m[L.K_ORDER] = m[order + L.VO_QTY]
    m[order + L.VO_RES], m[order + L.VO_QTY] = r, short
    lead = f[q + 3]
    if not m[L.K_MEANS]:
        lead = sample(
            f, p[res + L.R_LEAD_DIST], q, uniforms(m[L.K_SEED], p[res + L.R_STREAM], L.ZERO, m[z + L.Z_ORDERS])[0]
        )
    m[z + L.Z_ON_ORDER] += short
    m[z + L.Z_ORDERS] += 1
    schedule(m, now + near(lead), L.RECEIPT, p[L.PO + 2] + i)


@once
def seize(p: Whole, f: Real, m: Whole, js: Int, c: Int, now: Int) -> None:
    """Take all that class `c` needs; what outlasts the step is marked as kept."""
    cls = p[L.CLASS] + c * L.C_COLUMNS
    need, bit, kept = p[L.NEED] + p[cls + L.C_NEED] * L.D_COLUMNS, 1, 0
    end = p[L.NEED] + p[cls + L.C_NEED_END] * L.D_COLUMNS
    while need < end:
        r = p[need + L.D_RES]
        if p[need + L.D_KIND] < L.MATERIAL:
            take(m, r, p[need + L.D_AMOUNT], now)
            if p[need + L.D_KIND] == L.PERSON:
                call(p, m, js, c, r)
            kept |= bit & (
                p[need + L.D_OWN] - 1
            )  # without a branch: which of them outlast the step changes all the time
        elif p[need + L.D_KIND] == L.MATERIAL:
            m[m[L.V_RES] + r * L.Z_COLUMNS + L.Z_AVAIL] -= p[need + L.D_AMOUNT]
            if p[p[L.RES] + r * L.R_COLUMNS + L.R_BASE] > 0:
                restock(p, f, m, r, now)
        elif p[need + L.D_KIND] == L.BREAK:
            take(m, r, L.ONE, now)
            z = m[L.V_RES] + r * L.Z_COLUMNS
            m[z + L.Z_DOWN] += 1
            m[z + L.Z_DOWN_TAKEN] -= now
        elif p[need + L.D_KIND] == L.SHARED:
            share(p, m, js, need, now)
            kept |= bit & (p[need + L.D_OWN] - 1)
        need += L.D_COLUMNS
        bit += bit
    m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_HELD] |= kept


@once
def arrive(p: Whole, m: Whole, js: Int, c: Int, now: Int) -> None:
    """The unit has come to this step: it leaves the places that it kept until now."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    s = p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS
    y = m[L.V_CLASS] + c * L.Y_COLUMNS
    m[y + L.Y_STARTS] += 1
    m[y + L.Y_WAITED] += now - m[u + L.U_SINCE]
    if m[u + L.U_ATTEMPT] == m[u + L.U_LAP]:
        m[u + L.U_WAIT] = p[s + L.S_BEFORE]
        if p[s + L.S_MOVE_END] > p[s + L.S_MOVE]:
            first = js - p[s + L.S_POSITION]
            for i in range(p[s + L.S_MOVE], p[s + L.S_MOVE_END]):
                hold = p[L.MOVE] + i * L.H_COLUMNS
                if p[hold + L.H_RES] == L.WAY:
                    if first + p[hold + L.H_FROM] != js:
                        withdraw(p, m, first + p[hold + L.H_FROM])
                    elif p[hold + L.H_BIT]:
                        keep_way(p, m, js, c)
                elif p[hold + L.H_RES] < 0:
                    give_joined(p, m, m[u + L.U_JOB], js - first, now)
                else:
                    give_back(p, m, first, hold, now)


@once
def begin(p: Whole, f: Real, m: Whole, js: Int, c: Int, now: Int) -> Int:
    """A step starts: it seizes its needs, draws its work, and its end is put into the future; returns the tick."""
    cls = p[L.CLASS] + c * L.C_COLUMNS
    u = m[L.V_STEP] + js * L.U_COLUMNS
    kind = p[cls + L.C_KIND]
    if kind == L.RESUME:
        work = m[u + L.U_LEFT]
    else:  # what takes longest to reckon begins first
        work = repair_ticks(p, f, m, u, now) if kind == L.REPAIR else work_ticks(p, f, m, u, c)
    seize(p, f, m, js, c, now)
    setup = seat(p, m, js, c, now) if p[cls + L.C_SERVER] >= 0 else 0
    if kind == L.RESUME:
        setup = 0
    else:
        if kind == L.WORK:
            arrive(p, m, js, c, now)
        if p[cls + L.C_FRAGILE] or p[cls + L.C_BATCH_MAX] > 1:
            m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_WORK] = work
            m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_BEGUN] = m[L.K_SEQ]
            m[L.K_SEQ] += 1
    return launch(p, m, js, c, now, setup, work)


@rare
def repair_ticks(p: Whole, f: Real, m: Whole, u: Int, now: Int) -> Int:
    """Ticks of the repair at step row `u`, which begins now."""
    b = m[u + L.U_STEP]
    fault, n = p[L.FAULTS] + b * L.B_COLUMNS, m[L.V_FAULT] + b * L.N_COLUMNS
    x, _ = uniforms(m[L.K_SEED], p[fault + L.B_STREAM], p[fault + L.B_KEY], 2 * m[n + L.N_COUNT] + 1)
    c = p[fault + L.B_CLASS]
    ticks = near(sample(f, p[p[L.CLASS] + c * L.C_COLUMNS + L.C_DIST], p[L.CLASS_F] + c * L.F_COLUMNS, x))
    return min(ticks, closing(p, m, p[fault + L.B_HOURS], now) - now) if p[fault + L.B_ENDS] else ticks


@rare
def begin_batch(p: Whole, f: Real, m: Whole, q: Int, leader: Int, c: Int, now: Int) -> None:
    """A step starts with as many others of its queue as go with it."""
    end = begin(p, f, m, leader, c, now)
    last = leader
    room = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_BATCH_MAX] - 1
    while room > 0 and m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE] > 0 and supplied(p, m, c):
        js = take_out(p, m, q, place_at(p, m, q, first_place(p, f, m, q, now)))
        m[m[L.V_STEP] + last * L.U_COLUMNS + L.U_NEXT] = js
        follow(p, f, m, js, leader, c, now, end)
        last = js
        room -= 1


@inner
def supplied(p: Whole, m: Whole, c: Int) -> bool:
    """Whether the material of one more unit of class `c` is there."""
    cls = p[L.CLASS] + c * L.C_COLUMNS
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        stocked = m[m[L.V_RES] + p[need + L.D_RES] * L.Z_COLUMNS + L.Z_AVAIL]
        if p[need + L.D_KIND] == L.MATERIAL and stocked < p[need + L.D_AMOUNT]:
            return False
    return True


@inner
def follow(p: Whole, f: Real, m: Whole, js: Int, leader: Int, c: Int, now: Int, end: Int) -> None:
    """A step goes in the batch of another one, which is to end at a tick: of its own it takes material only."""
    head = m[L.V_STEP] + leader * L.U_COLUMNS
    u, cls = m[L.V_STEP] + js * L.U_COLUMNS, p[L.CLASS] + c * L.C_COLUMNS
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        if p[need + L.D_KIND] == L.MATERIAL:
            m[m[L.V_RES] + p[need + L.D_RES] * L.Z_COLUMNS + L.Z_AVAIL] -= p[need + L.D_AMOUNT]
            if p[p[L.RES] + p[need + L.D_RES] * L.R_COLUMNS + L.R_BASE] > 0:
                restock(p, f, m, p[need + L.D_RES], now)
    arrive(p, m, js, c, now)
    m[u + L.U_HELD] |= L.MEMBER
    m[u + L.U_STATE] = L.UNDER_WAY
    m[u + L.U_SEQ] = -1
    m[u + L.U_SINCE] = now
    m[u + L.U_LEFT], m[u + L.U_SETUP] = m[head + L.U_LEFT], m[head + L.U_SETUP]
    if m[m[L.V_JOB] + m[u + L.U_JOB] * L.W_COLUMNS + L.W_START] < 0:
        mark_start(p, m, m[u + L.U_JOB], now)
    if m[L.K_TRACING]:
        begun(p, m, js, leader, c, end)
