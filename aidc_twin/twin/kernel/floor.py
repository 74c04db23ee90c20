"""The factory floor: what is available, and what waits for it.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

import numpy as np

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.events import NEVER
from aidc_twin.twin.kernel.jit import inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Whole


@inner
def propose(m: Whole, q: Int) -> None:
    """The queue may start something: it becomes a candidate."""
    y, row = m[L.V_QUEUE] + q * L.E_COLUMNS, m[L.V_QUEUE] + m[L.K_CANDIDATES] * L.E_COLUMNS
    m[y + L.E_IS] = 1
    m[row + L.E_LIST] = q
    m[row + L.E_PLACE] = m[y + L.E_HEAD]
    m[L.K_CANDIDATES] += 1


@once
def leave(m: Whole, i: Int, q: Int) -> None:
    """Candidate number `i`, queue `q`, is no candidate any more."""
    queues, last = m[L.V_QUEUE], m[L.K_CANDIDATES] - 1
    m[queues + q * L.E_COLUMNS + L.E_IS] = 0
    m[L.K_CANDIDATES] = last
    place, end = queues + i * L.E_COLUMNS, queues + last * L.E_COLUMNS
    m[place + L.E_LIST], m[place + L.E_PLACE] = m[end + L.E_LIST], m[end + L.E_PLACE]


@inner
def wake(m: Whole, blocker: Int) -> None:
    """Every queue that waited for `blocker` may try again."""
    head = m[L.V_BLOCK] + blocker
    q = m[head]
    m[head] = -1
    while q >= 0:
        y = m[L.V_QUEUE] + q * L.E_COLUMNS
        m[y + L.E_BLOCK] = -1
        after = m[y + L.E_NEXT]
        if m[y + L.E_IS] == 0 and m[y + L.E_SIZE] > 0:
            propose(m, q)
        q = after


@inner
def wait_for(m: Whole, q: Int, blocker: Int) -> None:
    """The queue waits until `blocker` changes."""
    queues = m[L.V_QUEUE]
    y = queues + q * L.E_COLUMNS
    before = m[y + L.E_BLOCK]
    if before == blocker:
        return
    if before >= 0:  # a shared queue has a new head, which waits for something else
        place = m[L.V_BLOCK] + before
        while m[place] != q:
            place = queues + m[place] * L.E_COLUMNS + L.E_NEXT
        m[place] = m[y + L.E_NEXT]
    stand_by(m, q, blocker)


@once
def stand_by(m: Whole, q: Int, blocker: Int) -> None:
    """The queue, which waits for nothing, waits until `blocker` changes."""
    y, head = m[L.V_QUEUE] + q * L.E_COLUMNS, m[L.V_BLOCK] + blocker
    m[y + L.E_BLOCK] = blocker
    m[y + L.E_NEXT] = m[head]
    m[head] = q


@inner
def revive(p: Whole, m: Whole) -> None:
    """A machine is up or left, or a calendar opens: units that waited to leave a machine may try again."""
    if p[L.LEAVERS + 2] == 0:
        return
    for i in range(p[L.LEAVERS + 2]):
        q = p[p[L.LEAVERS] + i]
        y = m[L.V_QUEUE] + q * L.E_COLUMNS
        waits = m[y + L.E_SIZE] > 0 and m[y + L.E_IS] == 0
        if waits and (m[y + L.E_BLOCK] < 0 or p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_SHARED]):
            propose(m, q)
    for i in range(m[L.K_CANDIDATES]):
        row = m[L.V_QUEUE] + i * L.E_COLUMNS
        m[row + L.E_PLACE] = m[m[L.V_QUEUE] + m[row + L.E_LIST] * L.E_COLUMNS + L.E_HEAD]


@inner
def settle_short(m: Whole, z: Int, now: Int) -> None:
    """Bring what resource row `z` lends beyond its capacity up to now; call it before what is available changes."""
    if m[z + L.Z_AVAIL] < 0:
        m[z + L.Z_SHORT] -= m[z + L.Z_AVAIL] * (now - m[z + L.Z_SHORT_SINCE])
    m[z + L.Z_SHORT_SINCE] = now


@inner
def settle(p: Whole, m: Whole, r: Int, now: Int) -> None:
    """Bring the integrals of resource `r` up to now; what has gone while in use is there until it is given back."""
    z = m[L.V_RES] + r * L.Z_COLUMNS
    settle_short(m, z, now)
    k = p[p[L.RES] + r * L.R_COLUMNS + L.R_CALENDAR]
    side = 1 if k < 0 or m[m[L.V_CAL] + 2 * k] else 0
    used = m[z + L.Z_TAKEN] + (m[z + L.Z_CAP] - m[z + L.Z_AVAIL]) * now
    total = m[z + L.Z_CAP] * (now - m[z + L.Z_SINCE]) + m[z + L.Z_SHORT]
    m[m[L.V_USED] + r * m[L.V_USED + 1] + m[L.K_WEEK]] += used - m[z + L.Z_USED]
    m[z + L.Z_IDLE + side] += total - (used - m[z + L.Z_USED])
    m[z + L.Z_TOTAL + side] += total
    m[z + L.Z_USED] = used
    m[z + L.Z_SHORT] = 0
    m[z + L.Z_SINCE] = now


@inner
def settle_all(p: Whole, m: Whole, now: Int) -> None:
    """Bring the integrals of every resource up to now."""
    for r in range(p[L.RES + 2]):
        if p[p[L.RES] + r * L.R_COLUMNS + L.R_KIND] != L.MATERIAL:
            settle(p, m, r, now)


@inner
def take(m: Whole, r: Int, amount: Int, now: Int) -> None:
    """Seize `amount` of a resource that is no material."""
    z = m[L.V_RES] + r * L.Z_COLUMNS
    left = m[z + L.Z_AVAIL] - amount
    m[z + L.Z_AVAIL] = left
    m[z + L.Z_TAKEN] -= amount * now
    if m[z + L.Z_CAP] - left > m[z + L.Z_PEAK]:
        m[z + L.Z_PEAK] = m[z + L.Z_CAP] - left


@inner
def give(m: Whole, r: Int, amount: Int, now: Int) -> None:
    """Give `amount` of `r` back and wake what waits for it."""
    z = m[L.V_RES] + r * L.Z_COLUMNS
    if m[z + L.Z_AVAIL] < 0:
        settle_short(m, z, now)
    m[z + L.Z_AVAIL] += amount
    m[z + L.Z_TAKEN] += amount * now
    if m[m[L.V_BLOCK] + r] >= 0:
        wake(m, r)


@inner
def stock(m: Whole, r: Int, amount: Int) -> None:
    """Material comes in."""
    m[m[L.V_RES] + r * L.Z_COLUMNS + L.Z_AVAIL] += amount
    wake(m, r)


@inner
def machine_of(p: Whole, m: Whole, r: Int, slot: Int) -> Int:
    """First cell of a machine of the servers `r`."""
    return m[L.V_MACHINE] + (p[p[L.RES] + r * L.R_COLUMNS + L.R_SLOT] + slot) * L.G_COLUMNS


@once
def unseat(p: Whole, m: Whole, js: Int, r: Int, rework: Int, amount: Int, now: Int) -> None:
    """Give servers back, and let go of the machine of the step or of its rework; one that is down stays taken."""
    place = m[L.V_MORE] + js * L.M_COLUMNS + L.M_SLOT if rework else m[L.V_STEP] + js * L.U_COLUMNS + L.U_SLOT
    slot = m[place]
    give(m, r, amount, now)
    if slot >= 0:
        m[place] = -1
        g = machine_of(p, m, r, slot)
        m[g + L.G_HOLDER] = 0
        m[g + L.G_LEFT] = now
        lowest = m[L.V_RES] + r * L.Z_COLUMNS + L.Z_LOWEST
        m[lowest] = min(m[lowest], slot)
        if m[g + L.G_DOWN] > 0:
            take(m, r, L.ONE, now)


@inner
def idle_longest(p: Whole, m: Whole, r: Int, now: Int) -> Int:
    """Number of the machine of the servers `r` that is up and has been idle longest.

    Of equals it is the lowest; where they say so, the highest of those that have only just been left.
    """
    z = m[L.V_RES] + r * L.Z_COLUMNS
    just_left_last = p[p[L.RES] + r * L.R_COLUMNS + L.R_CHOICE] >= L.IDLE_LONGEST_LAST
    best, longest = -1, -1
    g = machine_of(p, m, r, L.ZERO)
    for slot in range(m[z + L.Z_CAP] + m[z + L.Z_ABSENT]):
        if m[g + L.G_HOLDER] == 0 and m[g + L.G_DOWN] == 0:
            idle = now - m[g + L.G_LEFT]
            if idle > longest or (longest == 0 and just_left_last):
                best, longest = slot, idle
        g += L.G_COLUMNS
    return best


@inner
def closed_at(p: Whole, m: Whole, js: Int, cls: Int, now: Int) -> Int:
    """When the calendar closed that opens now over a step that waited for that, 0 before the epoch; -1 if none does."""
    k = p[cls + L.C_SHIFT]
    if k < 0 or m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_SINCE] == now:
        return -1
    cal, i = p[L.CAL] + k * L.CA_COLUMNS, m[m[L.V_CAL] + 2 * k + 1]
    span = p[L.INTERVAL] + i * L.I_COLUMNS
    if i >= p[cal + L.CA_END] or p[span + L.I_START] != now:
        return -1
    return max(p[span - L.I_COLUMNS + L.I_END], 0) if i > p[cal + L.CA_FIRST] else 0


@rare
def idle_slot(p: Whole, m: Whole, js: Int, cls: Int, r: Int, now: Int) -> Int:
    """Machine of the servers `r` that has been idle longest; where they call at an opening the first that stopped."""
    closed = closed_at(p, m, js, cls, now)
    if p[p[L.RES] + r * L.R_COLUMNS + L.R_CHOICE] != L.FIRST_TO_CALL or closed < 0:
        return idle_longest(p, m, r, now)
    best, first = 0, -1
    z = m[L.V_RES] + r * L.Z_COLUMNS
    for slot in range(m[z + L.Z_CAP] + m[z + L.Z_ABSENT]):
        g = machine_of(p, m, r, slot)
        stopped = max(closed, m[g + L.G_LEFT])
        if m[g + L.G_HOLDER] == 0 and m[g + L.G_DOWN] == 0 and (first < 0 or stopped < first):
            best, first = slot, stopped
    return best


@once
def slot_for(p: Whole, m: Whole, js: Int, cls: Int, now: Int) -> Int:
    """Number of the machine that a step takes in the class of row `cls`: its own, or one that is idle."""
    r, slot = p[cls + L.C_SERVER], p[cls + L.C_PIN]
    if slot == L.BOUND:
        slot = m[share_cell(p, m, js, 2 * p[cls + L.C_SAME])] - 1
    if slot < 0 and p[p[L.RES] + r * L.R_COLUMNS + L.R_CHOICE] != L.LOWEST:
        slot = idle_slot(p, m, js, cls, r, now)
    elif slot < 0:
        slot = m[m[L.V_RES] + r * L.Z_COLUMNS + L.Z_LOWEST]
        g = machine_of(p, m, r, slot)
        while m[g + L.G_HOLDER] != 0 or m[g + L.G_DOWN] > 0:
            slot += 1
            g += L.G_COLUMNS
    return slot


@rare
def call(p: Whole, m: Whole, js: Int, c: Int, r: Int) -> None:
    """The person of the crew `r` who has been idle longest of those who may do it serves a step in class `c`.

    A person stands in the table of machines; the holder is twice the number of the job step plus 2, 1 more for its
    rework.
    """
    home = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_HOME]
    rework = 1 if p[p[L.CLASS] + home * L.C_COLUMNS + L.C_KIND] == L.REWORK else 0
    one = person_for(p, m, r, who_may(p, p[L.CLASS] + c * L.C_COLUMNS, r))
    m[machine_of(p, m, r, one) + L.G_HOLDER] = 2 * js + 2 + rework


@rare
def dismiss(p: Whole, m: Whole, js: Int, rework: Int, r: Int, now: Int) -> None:
    """The person of the crew `r` who serves a step, or its rework, is free."""
    g = machine_of(p, m, r, L.ZERO)
    while m[g + L.G_HOLDER] != 2 * js + 2 + rework:
        g += L.G_COLUMNS
    m[g + L.G_HOLDER] = 0
    m[g + L.G_LEFT] = now


@once
def blocker(p: Whole, m: Whole, c: Int, place: Int) -> Int:
    """First thing that keeps the step at a place of a queue from starting: a resource, R + its calendar, or -1."""
    cls = p[L.CLASS] + c * L.C_COLUMNS
    k = p[cls + L.C_CALENDAR]
    if k >= 0 and not m[m[L.V_CAL] + 2 * k]:
        return p[L.RES + 2] + k
    return lacking(p, m, c, place)


@inner
def lacking(p: Whole, m: Whole, c: Int, place: Int) -> Int:
    """First resource of which there is too little for the step at a place of a queue, or -1."""
    cls = p[L.CLASS] + c * L.C_COLUMNS
    needs, resources = p[L.NEED], m[L.V_RES]
    need, end = needs + p[cls + L.C_NEED] * L.D_COLUMNS, needs + p[cls + L.C_NEED_END] * L.D_COLUMNS
    while need < end:
        r = p[need + L.D_RES]
        if m[resources + r * L.Z_COLUMNS + L.Z_AVAIL] < p[need + L.D_AMOUNT] and (
            p[need + L.D_KIND] != L.SHARED or m[share_cell(p, m, m[place + 2], p[need + L.D_PARENT] >> 2)] == 0
        ):
            return r
        need += L.D_COLUMNS
    return pinned(p, m, cls, place) if p[cls + L.C_PIN] != -1 else -1


@once
def lacks(p: Whole, m: Whole, rules: Int) -> Int:
    """First thing that keeps all of a plain queue from starting: a resource, R + its calendar, or -1."""
    k = p[rules + L.Q_CALENDAR]
    if k >= 0 and not m[m[L.V_CAL] + 2 * k]:
        return p[L.RES + 2] + k
    resources, r = m[L.V_RES], p[rules + L.Q_RES]
    if m[resources + r * L.Z_COLUMNS + L.Z_AVAIL] < p[rules + L.Q_AMOUNT]:
        return r
    need, end = p[rules + L.Q_NEED], p[rules + L.Q_NEED_END]
    while need < end:
        row = p[L.NEED] + need * L.D_COLUMNS
        if m[resources + p[row + L.D_RES] * L.Z_COLUMNS + L.Z_AVAIL] < p[row + L.D_AMOUNT]:
            return p[row + L.D_RES]
        need += 1
    return -1


@once
def is_held_up(p: Whole, m: Whole, q: Int) -> bool:
    """Whether nothing of a plain queue can start; then the queue waits for what is missing."""
    rules = p[L.QUEUES] + q * L.Q_COLUMNS
    blocked = lacks(p, m, rules) if p[rules + L.Q_PLAIN] else -1
    if blocked < 0:
        return False
    stand_by(m, q, blocked)
    return True


@rare
def pinned(p: Whole, m: Whole, cls: Int, place: Int) -> Int:
    """Servers whose machine keeps the step at a place of a queue from starting, or -1; no other will do."""
    r, slot = p[cls + L.C_SERVER], p[cls + L.C_PIN]
    if slot == L.BOUND:
        slot = m[share_cell(p, m, m[place + 2], 2 * p[cls + L.C_SAME])] - 1
    if slot >= 0:
        g = machine_of(p, m, r, slot)
        if m[g + L.G_HOLDER] != 0 or m[g + L.G_DOWN] > 0:
            return r
    return crew_without(p, m, cls)


@rare
def crew_without(p: Whole, m: Whole, cls: Int) -> Int:
    """First crew of which nobody is free who may do work of the class of row `cls`, or -1."""
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        if p[need + L.D_WHO] and person_for(p, m, p[need + L.D_RES], p[need + L.D_WHO]) < 0:
            return p[need + L.D_RES]
    return -1


@rare
def person_for(p: Whole, m: Whole, r: Int, who: Int) -> Int:
    """Number of the person of the crew `r` who has been idle longest of those who may do the work (a bit each of
    `who`, 0: all), of equals the lowest; -1 if none of them is free.
    """
    z = m[L.V_RES] + r * L.Z_COLUMNS
    best, since = -1, 0
    g = machine_of(p, m, r, L.ZERO)
    for one in range(m[z + L.Z_CAP] + m[z + L.Z_ABSENT]):
        if m[g + L.G_HOLDER] == 0 and (who == 0 or who >> one & 1) and (best < 0 or m[g + L.G_LEFT] < since):
            best, since = one, m[g + L.G_LEFT]
        g += L.G_COLUMNS
    return best


@rare
def who_may(p: Whole, cls: Int, r: Int) -> Int:
    """People of the crew `r` who may do work of the class of row `cls`, a bit each; 0: all."""
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        if p[need + L.D_RES] == r and p[need + L.D_KIND] != L.LOOK:
            return p[need + L.D_WHO]
    return 0


@inner
def share_cell(p: Whole, m: Whole, js: Int, family: Int) -> Int:
    """Cell of what the family of a step's unit shares, or of the machine to which it keeps.

    The family is that of the unit for which it is made, or where `family`, twice the number of the resource, is one
    more, that of the unit itself with its parts.
    """
    job = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_JOB]
    if not family & 1:
        job = p[p[L.JOB] + job * L.J_COLUMNS + L.J_PARENT]
    return m[L.V_SHARE] + job * m[L.V_SHARE + 1] + (family >> 1)


@inner
def is_open(p: Whole, m: Whole, k: Int, now: Int) -> bool:
    """Whether calendar `k` is open, also before its event of this instant has been handled."""
    i = m[m[L.V_CAL] + 2 * k + 1]
    span = p[L.INTERVAL] + i * L.I_COLUMNS
    inside = i < p[p[L.CAL] + k * L.CA_COLUMNS + L.CA_END] and p[span + L.I_START] <= now < p[span + L.I_END]
    return bool(inside)


@inner
def finish_tick(p: Whole, m: Whole, k: Int, now: Int, work: Int) -> Int:
    """Tick at which `work` open ticks from `now` are done by calendar `k`, 0 of them in the first open one; NEVER after
    its last interval.
    """
    if k < 0:
        return now + work
    cal = p[L.CAL] + k * L.CA_COLUMNS
    i, last = m[m[L.V_CAL] + 2 * k + 1], p[cal + L.CA_END]
    if i >= last:
        return NEVER
    span = p[L.INTERVAL] + i * L.I_COLUMNS
    if work == 0 and p[span + L.I_END] <= now:
        return p[span + L.I_COLUMNS + L.I_START] if i + 1 < last else NEVER
    target = p[span + L.I_OPEN] + max(now - p[span + L.I_START], 0) + work
    end = span + (last - 1 - i) * L.I_COLUMNS
    if span < end and p[span + L.I_COLUMNS + L.I_OPEN] < target:  # as many intervals on as the longest would take
        span += np.int64((target - p[span + L.I_OPEN] - 1) / p[cal + L.CA_LONGEST]) * L.I_COLUMNS
        span = min(span, end)
    while span < end and p[span + L.I_COLUMNS + L.I_OPEN] < target:
        span += L.I_COLUMNS
    tick = p[span + L.I_START] + target - p[span + L.I_OPEN]
    return tick if tick <= p[span + L.I_END] else NEVER


@inner
def open_until(p: Whole, k: Int, i: Int, now: Int) -> Int:
    """Open ticks of calendar `k` before `now`, which does not lie after its interval `i`."""
    cal = p[L.CAL] + k * L.CA_COLUMNS
    i = min(i, p[cal + L.CA_END] - 1)
    span = p[L.INTERVAL] + i * L.I_COLUMNS
    while i > p[cal + L.CA_FIRST] and p[span + L.I_START] > now:
        i -= 1
        span -= L.I_COLUMNS
    inside = min(now, p[span + L.I_END]) - p[span + L.I_START]
    return p[span + L.I_OPEN] + max(inside, 0)


@inner
def open_between(p: Whole, m: Whole, k: Int, start: Int, end: Int) -> Int:
    """Open ticks of calendar `k` in [start, end), none after the present interval; all of them where k is -1."""
    if k < 0:
        return end - start
    i = m[m[L.V_CAL] + 2 * k + 1]
    return open_until(p, k, i, end) - open_until(p, k, i, start)
