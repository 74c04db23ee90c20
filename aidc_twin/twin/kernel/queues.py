"""Queues: who waits, in which order, and who is first.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

import math

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.chance import batch_wait, patience
from aidc_twin.twin.kernel.events import schedule
from aidc_twin.twin.kernel.floor import blocker, is_open, lacking, machine_of, propose
from aidc_twin.twin.kernel.jit import fetch, inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Real, Whole
from aidc_twin.twin.kernel.line_up import line_up
from aidc_twin.twin.kernel.rooms import before, queue_pop, queue_push
from aidc_twin.twin.kernel.turns import ties_first

ALONE, RIPE = -1, -2
"""In the cell of the next step of a batch: there is none; the step waits, and its batch waits no longer."""


@rare
def work_left(p: Whole, m: Whole, u: Int) -> Int:
    """Mean ticks of work of the steps that the unit of step row `u` has not passed."""
    job = p[L.JOB] + m[u + L.U_JOB] * L.J_COLUMNS
    steps = p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]
    left = 0
    for i in range(steps):
        other = m[L.V_STEP] + (p[job + L.J_FIRST] + i) * L.U_COLUMNS
        if m[other + L.U_STATE] != L.DONE:
            c = p[p[L.STEP] + m[other + L.U_STEP] * L.S_COLUMNS + L.S_CLASS]
            left += p[p[L.CLASS] + c * L.C_COLUMNS + L.C_MEAN]
    return left


@rare
def key_now(p: Whole, f: Real, m: Whole, q: Int, js: Int, now: Int) -> Int:
    """Key of a waiting step under ATC (Vepsalainen and Morton 1987) or by its critical ratio, as a whole number."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_HELD] & L.RULED or m[u + L.U_JOB] < 0:
        return m[u + L.U_KEY]
    due = m[m[L.V_JOB] + m[u + L.U_JOB] * L.W_COLUMNS + L.W_DUE]
    if p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_RULE] & (L.PICKS - 1) == L.CRITICAL_RATIO:
        return math.floor((due - now) / max(1, work_left(p, m, u)) * 1048576.0)
    work = max(1, p[p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS + L.C_MEAN])
    weight = p[p[L.JOB] + m[u + L.U_JOB] * L.J_COLUMNS + L.J_WEIGHT] / 1e6
    slack = max(0, due - now - work)
    return math.floor(-(weight / work) * math.exp(-slack / (2.0 * f[p[L.QUEUE_F] + q])) * 1099511627776.0)


@inner
def steps_left(p: Whole, m: Whole, u: Int) -> Int:
    """Steps that the unit of step row `u` has not passed."""
    job = p[L.JOB] + m[u + L.U_JOB] * L.J_COLUMNS
    first = m[L.V_STEP] + p[job + L.J_FIRST] * L.U_COLUMNS
    left = 0
    for i in range(p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]):
        if m[first + i * L.U_COLUMNS + L.U_STATE] != L.DONE:
            left += 1
    return left


@inner
def outlook(p: Whole, m: Whole, rule: Int, u: Int, c: Int) -> Int:
    """Key of a step by a rule that looks at what its unit has before it, or when it was ordered."""
    if rule == L.LPT:
        return -p[p[L.CLASS] + c * L.C_COLUMNS + L.C_MEAN]
    if rule == L.STEPS_LEFT:
        return -steps_left(p, m, u)
    job = p[L.JOB] + m[u + L.U_JOB] * L.J_COLUMNS
    w = m[L.V_JOB] + m[u + L.U_JOB] * L.W_COLUMNS
    if rule == L.ORDERED:
        back = p[job + L.J_ORDERED]
        return m[w - back * L.W_COLUMNS + L.W_ARRIVAL] if m[u + L.U_JOB] >= p[L.JOBS] else back
    due = m[w + L.W_DUE] if rule == L.SLACK else 0
    return due - work_left(p, m, u)


@once
def key_of(p: Whole, m: Whole, rule: Int, u: Int, c: Int, seq: Int) -> Int:
    """Key by a rule of a step that joins its queue now."""
    if rule == L.EDD or m[u + L.U_HELD] & L.RULED or m[u + L.U_JOB] < 0:
        return m[u + L.U_KEY]
    if rule == L.LIFO:
        return -seq
    if rule == L.SPT:
        return p[p[L.CLASS] + c * L.C_COLUMNS + L.C_MEAN]
    if rule == L.PRIORITY:
        own = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_PRIORITY]
        return own if own != L.ORDERS_OWN else p[p[L.JOB] + m[u + L.U_JOB] * L.J_COLUMNS + L.J_PRIORITY]
    return outlook(p, m, rule, u, c) if rule > L.SPT else 0


@inner
def keys_of(p: Whole, m: Whole, q: Int, js: Int, c: Int, seq: Int) -> Int:
    """Key of a step that joins a queue with several rules by the first of them; the others are kept beside it."""
    rules, u = p[L.QUEUES] + q * L.Q_COLUMNS, m[L.V_STEP] + js * L.U_COLUMNS
    ties = m[L.V_TIES] + js * m[L.V_TIES + 1]
    key = 0
    for i in range(p[rules + L.Q_TIES_END] - p[rules + L.Q_TIES]):
        by_rule = key_of(p, m, p[p[L.TIES] + p[rules + L.Q_TIES] + i], u, c, seq)
        if i == 0:
            key = by_rule
        else:
            m[ties + i - 1] = by_rule
    return key


@inner
def enqueue(p: Whole, f: Real, m: Whole, js: Int, c: Int, now: Int) -> None:
    """The step joins the queue of class `c`."""
    u, q = m[L.V_STEP] + js * L.U_COLUMNS, p[p[L.CLASS] + c * L.C_COLUMNS + L.C_QUEUE]
    rules, y = p[L.QUEUES] + q * L.Q_COLUMNS, m[L.V_QUEUE] + q * L.E_COLUMNS
    if p[rules + L.Q_PLAIN] < 2:
        enqueue_elsewhere(p, f, m, js, c, now)
        return
    seq, size = m[L.K_SEQ], m[y + L.E_SIZE]
    m[L.K_SEQ] = seq + 1
    m[u + L.U_STATE] = L.QUEUED
    m[u + L.U_SEQ] = seq
    m[u + L.U_CLASS] = c
    m[u + L.U_SINCE] = now
    queue_push(m, m[y + L.E_HEAD], size, key_of(p, m, p[rules + L.Q_RULE], u, c, seq), seq, js)
    m[y + L.E_SIZE] = size + 1
    if m[y + L.E_IS] == 0 and m[y + L.E_BLOCK] < 0:
        propose(m, q)


@rare
def enqueue_elsewhere(p: Whole, f: Real, m: Whole, js: Int, c: Int, now: Int) -> None:
    """The step joins the queue of class `c`, of which more may come."""
    cls = p[L.CLASS] + c * L.C_COLUMNS
    u = m[L.V_STEP] + js * L.U_COLUMNS
    q = p[cls + L.C_QUEUE]
    y = m[L.V_QUEUE] + q * L.E_COLUMNS
    rules = p[L.QUEUES] + q * L.Q_COLUMNS
    if p[rules + L.Q_RULE] == L.SHARED_OUT:
        line_up(p, m, js, c, now)
        return
    seq, size = m[L.K_SEQ], m[y + L.E_SIZE]
    m[L.K_SEQ] = seq + 1
    if p[cls + L.C_FIRST_PART] and m[u + L.U_ATTEMPT] == 0 and m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_PLACE] != 0:
        seq = m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_PLACE]
    m[u + L.U_STATE] = L.QUEUED
    m[u + L.U_SEQ] = seq
    m[u + L.U_CLASS] = c
    m[u + L.U_SINCE] = now
    room = m[L.ROOM] + p[rules + L.Q_ROOM] * L.ENTRY
    rule = p[rules + L.Q_RULE]
    if p[rules + L.Q_LEAVES] > 1:
        m[room + size * L.ENTRY + 2] = js
        note_chance(p, m, js, c, room + size * L.ENTRY, now)
    if rule >= L.LISTED:
        place = room + size * L.ENTRY
        m[place], m[place + 1], m[place + 2] = 0, seq, js
        rule &= L.PICKS - 1
        if rule == L.LISTED:
            m[place] = keys_of(p, m, q, js, c, seq)
        elif rule < L.LISTED:
            m[place] = key_of(p, m, rule, u, c, seq)
    else:
        queue_push(m, room, size, key_of(p, m, rule, u, c, seq), seq, js)
    m[y + L.E_SIZE] = size + 1
    if p[cls + L.C_BATCH_DIST] >= 0:
        schedule(m, now + batch_wait(p, f, m, u, c), L.TIMER, js)
    if p[cls + L.C_PATIENCE_DIST] >= 0 and m[u + L.U_ATTEMPT] == m[u + L.U_LAP]:
        schedule(m, now + patience(p, f, m, u, c), L.IMPATIENCE, js)
    if (
        m[y + L.E_IS] == 0
        and not p[rules + L.Q_SAILS]
        and (m[y + L.E_BLOCK] < 0 or p[rules + L.Q_SHARED] or p[rules + L.Q_RULE] >= L.PICKS)
    ):
        propose(m, q)


@once
def place_at(p: Whole, m: Whole, q: Int, i: Int) -> Int:
    """First cell of place `i` of a queue."""
    return m[L.ROOM] + (p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_ROOM] + i) * L.ENTRY


@once
def take_out(p: Whole, m: Whole, q: Int, place: Int) -> Int:
    """The step at a place leaves the queue; returns it."""
    y = m[L.V_QUEUE] + q * L.E_COLUMNS
    room, last = m[y + L.E_HEAD], m[y + L.E_SIZE] - 1
    js = m[place + 2]
    fetch(m, m[L.V_JOB] + m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_JOB] * L.W_COLUMNS)
    m[y + L.E_SIZE] = last
    if place == room:  # the head, where keys do not change with time
        if last > 0:
            queue_pop(m, room, last + 1)
        ahead = m[L.V_STEP] + m[room + 2] * L.U_COLUMNS
        fetch(m, ahead)
        fetch(m, ahead + L.U_NEXT)
    else:
        take_from_midst(p, m, q, place, last)
    ripe = m[L.V_STEP] + js * L.U_COLUMNS + L.U_NEXT
    if m[ripe] == RIPE:
        m[ripe] = ALONE
        m[y + L.E_RIPE] -= 1
    return js


@rare
def take_from_midst(p: Whole, m: Whole, q: Int, place: Int, last: Int) -> None:
    """A place of the queue other than the head becomes free; `last` is how many steps stay."""
    room = place_at(p, m, q, L.ZERO)
    i, end = (place - room) // L.ENTRY, room + last * L.ENTRY
    if p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_RULE] >= L.LISTED:
        for k in range(L.ENTRY):
            m[place + k] = m[end + k]
    else:  # bring it to the head, as if its key were the smallest, and take it from there
        while i > 0:
            up = (i - 1) >> 1
            for k in range(L.ENTRY):
                m[room + i * L.ENTRY + k] = m[room + up * L.ENTRY + k]
            i = up
        queue_pop(m, room, last + 1)


@inner
def find(p: Whole, m: Whole, q: Int, js: Int) -> Int:
    """Place of a waiting step in its queue."""
    place = place_at(p, m, q, L.ZERO) + 2
    i = 0
    while m[place] != js:
        place += L.ENTRY
        i += 1
    return i


@rare
def quit_queue(p: Whole, m: Whole, js: Int) -> None:
    """A waiting step leaves its queue, wherever it stands."""
    q = p[p[L.CLASS] + m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_CLASS] * L.C_COLUMNS + L.C_QUEUE]
    take_out(p, m, q, place_at(p, m, q, find(p, m, q, js)))
    y = m[L.V_QUEUE] + q * L.E_COLUMNS
    if p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_SHARED] and m[y + L.E_IS] == 0:
        propose(m, q)


@inner
def withdraw(p: Whole, m: Whole, js: Int) -> None:
    """The unit goes another way: the first step of this one is as if it had not been next."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_STATE] == L.QUEUED:
        quit_queue(p, m, js)
        m[u + L.U_STATE] = L.AHEAD
    m[u + L.U_SEQ] = -1
    m[u + L.U_WAIT] = p[p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS + L.S_BEFORE]


@inner
def kept_in(p: Whole, m: Whole, js: Int, now: Int) -> bool:
    """Whether the unit would leave a machine that lets nothing go now, with the start of a step or at its end.

    In the instant in which it joins its queue it may leave all the same, unless it has missed its chance.
    """
    u = m[L.V_STEP] + js * L.U_COLUMNS
    q = p[p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS + L.C_QUEUE]
    late = m[u + L.U_SINCE] != now or has_missed(p, m, js, q, now)
    return late and shut_in(p, m, js, L.UP, now)


@rare
def note_chance(p: Whole, m: Whole, js: Int, c: Int, place: Int, now: Int) -> None:
    """A step joins its queue: if its unit could leave its machine at once only, and it cannot start, that is missed."""
    missed = shut_in(p, m, js, L.AT_ONCE, now) and (not could_start(p, m, c, place, now) or is_late(p, m, c, now))
    m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_MISSED] = now + 1 if missed else 0


@inner
def has_missed(p: Whole, m: Whole, js: Int, q: Int, now: Int) -> bool:
    """Whether a step that joined queue `q` at this instant could not start though its unit could leave then only."""
    once = p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_LEAVES] > 1
    return once and bool(m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_MISSED] > now)


@once
def could_start(p: Whole, m: Whole, c: Int, place: Int, now: Int) -> bool:
    """Whether the step at a place of a queue could start, also before the calendars' events of this instant."""
    k = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_CALENDAR]
    return (k < 0 or is_open(p, m, k, now)) and bool(lacking(p, m, c, place) < 0)


@inner
def is_late(p: Whole, m: Whole, c: Int, now: Int) -> bool:
    """Whether a step that has joined a queue at this instant could start and takes what class `c` does."""
    for q in range(p[L.QUEUES + 2]):
        sails = p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_SAILS]
        for i in range(0 if sails else m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE]):
            place = place_at(p, m, q, i)
            u = m[L.V_STEP] + m[place + 2] * L.U_COLUMNS
            other, fresh = m[u + L.U_CLASS], m[u + L.U_JOB] >= 0 and m[u + L.U_SINCE] == now
            if (
                fresh
                and not has_missed(p, m, m[place + 2], q, now)
                and takes_alike(p, c, other)
                and could_start(p, m, other, place, now)
            ):
                return True
    return False


@inner
def takes_alike(p: Whole, one: Int, other: Int) -> bool:
    """Whether two classes take something of the same resource."""
    cls, peer = p[L.CLASS] + one * L.C_COLUMNS, p[L.CLASS] + other * L.C_COLUMNS
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        for j in range(p[peer + L.C_NEED], p[peer + L.C_NEED_END]):
            a, b = p[L.NEED] + i * L.D_COLUMNS, p[L.NEED] + j * L.D_COLUMNS
            looks = p[a + L.D_KIND] == L.LOOK or p[b + L.D_KIND] == L.LOOK
            if p[a + L.D_RES] == p[b + L.D_RES] and p[a + L.D_KIND] != L.MATERIAL and not looks:
                return True
    return False


@once
def shut_in(p: Whole, m: Whole, js: Int, least: Int, now: Int) -> bool:
    """Whether the unit would leave a machine that is down or closed, of those that it leaves on terms of at `least`."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    first_start = p[p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS + L.C_KIND] == L.WORK
    if not first_start or m[u + L.U_ATTEMPT] != m[u + L.U_LAP]:
        return False
    s, first = p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS, p[p[L.JOB] + m[u + L.U_JOB] * L.J_COLUMNS + L.J_FIRST]
    shut = False
    for i in range(p[s + L.S_MOVE], p[s + L.S_MOVE_END]):
        shut |= is_shut(p, m, first, p[L.MOVE] + i * L.H_COLUMNS, least, now)
    for i in range(p[s + L.S_HOLD], p[s + L.S_HOLD_END]):
        shut |= is_shut(p, m, first, p[L.HOLD] + i * L.H_COLUMNS, least, now)
    return shut


@inner
def is_shut(p: Whole, m: Whole, first: Int, hold: Int, least: Int, now: Int) -> bool:
    """Whether a unit holds a machine that it cannot leave while it is down or closed, as it is now."""
    held = m[L.V_STEP] + (first + p[hold + L.H_FROM]) * L.U_COLUMNS
    k = (p[hold + L.H_SERVER] & (L.AT_ONCE - 1)) - L.UP - 1
    if p[hold + L.H_SERVER] < least or not m[held + L.U_HELD] & (1 << p[hold + L.H_BIT]):
        return False
    closed = k >= 0 and not is_open(p, m, k, now)
    return closed or m[machine_of(p, m, p[hold + L.H_RES], m[held + L.U_SLOT]) + L.G_DOWN] > 0


@rare
def first_place(p: Whole, f: Real, m: Whole, q: Int, now: Int) -> Int:
    """Place of the step whose turn it is; where keys change with time they are written anew.

    Units that a machine keeps are passed over, unless all of them are kept.
    """
    rules = p[L.QUEUES] + q * L.Q_COLUMNS
    rule, leaves = p[rules + L.Q_RULE], p[rules + L.Q_LEAVES] and not p[rules + L.Q_SHARED]
    if rule < L.LISTED and not leaves:
        return 0
    if rule >= L.PICKS:
        return first_able(p, f, m, q, now)
    room = place_at(p, m, q, L.ZERO)
    best = 0
    for i in range(m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE]):
        place, champion = room + i * L.ENTRY, room + best * L.ENTRY
        if rule > L.LISTED:
            m[place] = key_now(p, f, m, q, m[place + 2], now)
        if leaves:
            kept, better = kept_in(p, m, m[place + 2], now), kept_in(p, m, m[champion + 2], now)
            if kept != better:
                best = i if better else best
                continue
        if rule == L.LISTED:
            if ties_first(p, m, q, place, champion):
                best = i
            continue
        if m[place] < m[champion] or (m[place] == m[champion] and m[place + 1] < m[champion + 1]):
            best = i
    return best


@rare
def first_able(p: Whole, f: Real, m: Whole, q: Int, now: Int) -> Int:
    """Place of the first step that can start in a queue where that depends on its parent; if none can, of one that
    waits for something, if any does.
    """
    room, best, waits = place_at(p, m, q, L.ZERO), -1, 0
    rules = p[L.QUEUES] + q * L.Q_COLUMNS
    rule = p[rules + L.Q_RULE] & (L.PICKS - 1)
    for i in range(m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE]):
        place, champion = room + i * L.ENTRY, room + best * L.ENTRY
        js = m[place + 2]
        if rule > L.LISTED:
            m[place] = key_now(p, f, m, q, js, now)
        if best >= 0:
            first = ties_first(p, m, q, place, champion) if rule == L.LISTED else before(m, place, champion)
            if not first:
                continue
        if p[rules + L.Q_LEAVES] and kept_in(p, m, js, now):
            continue
        c = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_CLASS]
        blocked = blocker(p, m, c, place)
        if blocked < 0:
            best = i
        else:
            waits = i
            if blocked != p[p[L.CLASS] + c * L.C_COLUMNS + L.C_PICK]:
                return i  # it is missing whoever it is for
    return best if best >= 0 else waits


@once
def head(p: Whole, f: Real, m: Whole, row: Int, now: Int) -> Int:
    """Where the step stands whose turn it is in the queue of the candidate at `row`; see `first_place`."""
    place = m[row + L.E_PLACE]
    if place < 0:
        q = m[row + L.E_LIST]
        place = place_at(p, m, q, first_place(p, f, m, q, now))
        m[row + L.E_PLACE] = place
    return place


@once
def first_candidate(p: Whole, f: Real, m: Whole, now: Int) -> Int:
    """Candidate whose head comes first by (priority, arrival)."""
    best, i, last = 0, 0, m[L.K_CANDIDATES] - 1
    row = m[L.V_QUEUE]
    champion = head(p, f, m, row, now)
    while i < last:
        i += 1
        row += L.E_COLUMNS
        place = head(p, f, m, row, now)
        if before(m, place, champion):
            best, champion = i, place
    return best
