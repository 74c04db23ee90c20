"""Urgent work that stops other work on a machine.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.floor import blocker, machine_of, propose, wait_for
from aidc_twin.twin.kernel.holds import give_need
from aidc_twin.twin.kernel.jit import inner, rare
from aidc_twin.twin.kernel.layout import Int, Real, Whole
from aidc_twin.twin.kernel.logbook import cut_off
from aidc_twin.twin.kernel.queues import enqueue, key_of
from aidc_twin.twin.kernel.work import halt


@inner
def preempts(p: Whole, c: Int) -> Int:
    """What becomes of work that work of class `c` stops; NEVER_STOPS where it stops none."""
    r = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_SERVER]
    return L.NEVER_STOPS if r < 0 else p[p[L.RES] + r * L.R_COLUMNS + L.R_PREEMPT]


@rare
def propose_urgent(p: Whole, m: Whole) -> None:
    """Work that can stop other work is always looked at: it waits for nothing that could be named."""
    for q in range(p[L.QUEUES + 2]):
        y, c = m[L.V_QUEUE] + q * L.E_COLUMNS, p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_CLASS]
        if m[y + L.E_SIZE] > 0 and m[y + L.E_IS] == 0 and c >= 0 and preempts(p, c):
            propose(m, q)


@rare
def may_stop(p: Whole, m: Whole, q: Int, c: Int, place: Int, blocked: Int) -> bool:
    """Whether the step at a place of a queue, which lacks something, can start by stopping other work."""
    if preempts(p, c):
        return victim(p, m, m[place + 2], c) >= 0
    wait_for(m, q, blocked)
    return False


@inner
def victim(p: Whole, m: Whole, js: Int, c: Int) -> int:
    """Step that is stopped so that a waiting step starts in class `c`, or -1.

    It is the least urgent of those that give back what is lacking; of equals that on the lowest machine.
    """
    cls = p[L.CLASS] + c * L.C_COLUMNS
    r, k, pin = p[cls + L.C_SERVER], p[cls + L.C_CALENDAR], p[cls + L.C_PIN]
    res = p[L.RES] + r * L.R_COLUMNS
    end = p[res + L.R_COLUMNS + L.R_SLOT] if r + 1 < p[L.RES + 2] else m[L.V_MACHINE + 2]
    found = -1
    largest = key_of(p, m, L.PRIORITY, m[L.V_STEP] + js * L.U_COLUMNS, c, L.ZERO)
    if k >= 0 and not m[m[L.V_CAL] + 2 * k]:
        return -1
    for slot in range(end - p[res + L.R_SLOT]):
        g = machine_of(p, m, r, slot)
        other = m[g + L.G_HOLDER] - 1
        if other < 0 or m[g + L.G_DOWN] > 0 or (pin >= 0 and slot != pin):
            continue
        u = m[L.V_STEP] + other * L.U_COLUMNS
        key = key_of(p, m, L.PRIORITY, u, m[u + L.U_CLASS], L.ZERO)
        works = m[u + L.U_STATE] == L.UNDER_WAY or m[u + L.U_STATE] == L.STOPPED
        if key > largest and works and fits(p, m, cls, m[u + L.U_CLASS]):
            found, largest = other, key
    return found


@inner
def fits(p: Whole, m: Whole, cls: Int, other: Int) -> bool:
    """Whether all that a class needs is there when work of class `other` gives back what it has."""
    home = p[L.CLASS] + p[p[L.CLASS] + other * L.C_COLUMNS + L.C_HOME] * L.C_COLUMNS
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        left = m[m[L.V_RES] + p[need + L.D_RES] * L.Z_COLUMNS + L.Z_AVAIL] - p[need + L.D_AMOUNT]
        for j in range(p[home + L.C_NEED], p[home + L.C_NEED_END]):
            held = p[L.NEED] + j * L.D_COLUMNS
            if p[held + L.D_RES] == p[need + L.D_RES] and p[held + L.D_GIVE]:
                left += p[held + L.D_AMOUNT]
        if left < 0:
            return False
    return True


@rare
def make_room(p: Whole, f: Real, m: Whole, js: Int, c: Int, place: Int, now: Int) -> None:
    """Work is stopped, if a step that starts in class `c` lacks what it has: it gives all back and waits again."""
    mode = preempts(p, c)
    if mode == L.NEVER_STOPS or blocker(p, m, c, place) < 0:
        return
    other = victim(p, m, js, c)
    put_back(p, f, m, other, now)
    if mode == L.BEGINS_ANEW:
        m[m[L.V_STEP] + other * L.U_COLUMNS + L.U_LEFT] = m[m[L.V_MORE] + other * L.M_COLUMNS + L.M_WORK]


@inner
def put_back(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """Work under way or at a standstill gives back what the rest of it needs, and waits for that."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    cls = p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS
    home = p[cls + L.C_HOME]
    own = p[L.CLASS] + home * L.C_COLUMNS
    if m[u + L.U_STATE] == L.UNDER_WAY:
        halt(p, m, js, now)
    cut_off(m, js, now)
    for i in range(p[own + L.C_NEED], p[own + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        if p[need + L.D_GIVE]:
            give_need(p, m, js, need, home, now)
    m[u + L.U_SETUP] = 0
    enqueue(p, f, m, js, -2 - p[cls + L.C_RESUME], now)


@rare
def let_go(p: Whole, f: Real, m: Whole, b: Int, now: Int) -> None:
    """Somebody of a crew has a break: if nobody is free for it, the work of the crew that began last is left."""
    r, asked = p[p[L.FAULTS] + b * L.B_COLUMNS + L.B_RES], 0
    for i in range(p[L.FAULTS + 2]):
        fault = p[L.FAULTS] + i * L.B_COLUMNS
        if p[fault + L.B_RES] == r and m[m[L.V_STEP] + p[fault + L.B_STEP] * L.U_COLUMNS + L.U_STATE] == L.QUEUED:
            asked += 1
    if m[m[L.V_RES] + r * L.Z_COLUMNS + L.Z_AVAIL] > asked:
        return
    last, begun = -1, -1
    for j in range(p[L.JOB + 2]):
        job = p[L.JOB] + j * L.J_COLUMNS
        steps = p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]
        if m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_TOKENS] == 0:
            continue
        for js in range(p[job + L.J_FIRST], p[job + L.J_FIRST] + steps):
            u, since = m[L.V_STEP] + js * L.U_COLUMNS, m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_BEGUN]
            works = m[u + L.U_STATE] == L.UNDER_WAY or m[u + L.U_STATE] == L.STOPPED
            if works and has_one(p, m[u + L.U_CLASS], r) and since > begun:
                last, begun = js, since
    if last >= 0:
        put_back(p, f, m, last, now)


@inner
def has_one(p: Whole, c: Int, r: Int) -> bool:
    """Whether work of a class has somebody of a crew for itself."""
    home = p[L.CLASS] + p[p[L.CLASS] + c * L.C_COLUMNS + L.C_HOME] * L.C_COLUMNS
    for i in range(p[home + L.C_NEED], p[home + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        if p[need + L.D_RES] == r and p[need + L.D_GIVE]:
            return True
    return False
