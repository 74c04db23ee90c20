"""Future events: a calendar queue (Brown 1988) between a short list and a heap.

Events are ordered by (time, code), where code = kind, sequence, id is a total order. Time is cut into days of a power
of two ticks. What comes today or earlier stands in a list, the first event last; each of the next days is a list
without order; what comes later than a year of days stands in a heap, and so does what today's list has no place for. A
longer day makes it little more than a plain heap, in which everything happens in the same order.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.jit import fetch, inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Whole
from aidc_twin.twin.kernel.rooms import before

ID_BITS = 24
SEQ_BITS = 34
ID_MASK = (1 << ID_BITS) - 1
SEQ_MASK = (1 << SEQ_BITS) - 1
OTHER_CODE = 1 << (ID_BITS + SEQ_BITS)
"""Codes of the ends of steps are smaller."""
YEAR = 2048
"""Days of the calendar, a power of two."""
MOST_NEAR = 16
"""Events that stand in today's list."""
NEVER = 1 << 60
"""A tick after any horizon."""


@inner
def schedule(m: Whole, tick: Int, kind: Int, ident: Int) -> Int:
    """Put an event of `kind` for `ident` at a tick; returns its sequence number."""
    return foresee(m, tick, kind << (ID_BITS + SEQ_BITS) | ident)


@once
def foresee(m: Whole, tick: Int, what: Int) -> Int:
    """Put an event at a tick, `what` being its code without a sequence number; returns that."""
    seq = m[L.K_SEQ]
    m[L.K_SEQ] = seq + 1
    if m[L.K_PENDING] >= m[L.NEAR + 2]:
        m[L.K_STATUS] = L.EVENTS_FULL
        return seq
    m[L.K_PENDING] += 1
    place(m, tick, what | seq << ID_BITS)
    return seq


@once
def place(m: Whole, tick: Int, code: Int) -> None:
    """Put an event where its day belongs."""
    day = tick >> m[L.K_SHIFT]
    if day <= m[L.K_DAY]:
        line_up_near(m, tick, code)
    elif day < m[L.K_DAY] + YEAR:
        i = m[L.K_NODE]
        node = m[L.NODE] + 3 * i
        if i < m[L.K_NODES]:
            m[L.K_NODE] = m[node + 2]
        else:  # one that was never used
            m[L.K_NODES] = m[L.K_NODE] = i + 1
        head = m[L.DAY] + (day & (YEAR - 1))
        m[node], m[node + 1], m[node + 2] = tick, code, m[head]
        m[head] = i
    else:
        push(m, m[L.FAR], m[L.K_FAR], tick, code)
        m[L.K_FAR] += 1


@once
def line_up_near(m: Whole, tick: Int, code: Int) -> None:
    """Put an event of today in the list, or where that is full or has left some out, by `crowd`."""
    if m[L.K_NEAR] == MOST_NEAR or m[L.K_LATER] > 0:
        crowd(m, tick, code)
    else:
        insert(m, tick, code)


@once
def insert(m: Whole, tick: Int, code: Int) -> None:
    """Put an event in today's list, behind those that come later."""
    row = m[L.NEAR] + 2 * m[L.K_NEAR]
    m[L.K_NEAR] += 1
    while row > m[L.NEAR] and (m[row - 2] < tick or (m[row - 2] == tick and m[row - 1] < code)):
        m[row], m[row + 1] = m[row - 2], m[row - 1]
        row -= 2
    m[row], m[row + 1] = tick, code


@rare
def crowd(m: Whole, tick: Int, code: Int) -> None:
    """Put an event of today in the list or in the heap, where all of today that come after those of the list stand."""
    first, n = m[L.NEAR], m[L.K_NEAR]
    if n == 0 or m[first] < tick or (m[first] == tick and m[first + 1] < code):
        put_off(m, tick, code)
        return
    if n == MOST_NEAR:
        put_off(m, m[first], m[first + 1])
        m[L.K_NEAR] = n - 1
        for i in range(2 * n - 2):
            m[first + i] = m[first + i + 2]
    insert(m, tick, code)


@inner
def put_off(m: Whole, tick: Int, code: Int) -> None:
    """Put an event of today in the heap."""
    push(m, m[L.FAR], m[L.K_FAR], tick, code)
    m[L.K_FAR] += 1
    m[L.K_LATER] += 1


@inner
def take_up(m: Whole) -> None:
    """Today's list is empty: the first event of today in the heap goes there."""
    tick, code = m[m[L.FAR]], m[m[L.FAR] + 1]
    pop(m, m[L.FAR], m[L.K_FAR])
    m[L.K_FAR] -= 1
    m[L.K_LATER] -= 1
    insert(m, tick, code)


@once
def next_tick(p: Whole, m: Whole) -> Int:
    """Tick of the next event, which is the last of NEAR; NEVER if there is none."""
    return m[m[L.NEAR] + 2 * m[L.K_NEAR] - 2] if m[L.K_NEAR] > 0 else next_days(p, m)


@once
def next_code(m: Whole) -> Int:
    """Code of the next event, if there is one."""
    return m[m[L.NEAR] + 2 * m[L.K_NEAR] - 1]


@rare
def next_days(p: Whole, m: Whole) -> Int:
    """Let days begin until one has an event; returns its tick, or NEVER."""
    while m[L.K_NEAR] == 0:
        if m[L.K_PENDING] == 0:
            return NEVER
        if m[L.K_LATER] > 0:
            take_up(m)
        else:
            next_day(p, m)
    return m[m[L.NEAR] + 2 * m[L.K_NEAR] - 2]


@inner
def next_day(p: Whole, m: Whole) -> None:
    """A day begins: its events go into its list, and those of the last day of the year into the calendar."""
    shift, far = m[L.K_SHIFT], m[L.FAR]
    day = m[far] >> shift if m[L.K_PENDING] == m[L.K_FAR] else m[L.K_DAY] + 1
    m[L.K_DAY] = day
    while m[L.K_FAR] > 0 and m[far] >> shift < day + YEAR:
        if m[L.K_NEAR] == MOST_NEAR and m[far] >> shift <= day:
            m[L.K_LATER] = left_in_heap(m, day)  # what comes behind them stays too, until the next day begins
            break
        tick, code = m[far], m[far + 1]
        pop(m, far, m[L.K_FAR])
        m[L.K_FAR] -= 1
        place(m, tick, code)
    head = m[L.DAY] + (day & (YEAR - 1))
    i = m[head]
    m[head] = -1
    while i >= 0:
        node = m[L.NODE] + 3 * i
        after = m[node + 2]
        if p[L.JOBS] > 0 and m[node + 1] < OTHER_CODE:
            expect_end(p, m, m[node + 1] & ID_MASK)
        line_up_near(m, m[node], m[node + 1])
        m[node + 2] = m[L.K_NODE]
        m[L.K_NODE] = i
        i = after
    if p[L.JOBS] > 0:  # rows of sources' units are used again and again, so that they are near
        look_ahead(m, day + 1)


@rare
def left_in_heap(m: Whole, day: Int) -> Int:
    """Number of events until the end of a day that stand in the heap."""
    found, far = 0, m[L.FAR]
    for i in range(m[L.K_FAR]):
        if m[far + 2 * i] >> m[L.K_SHIFT] <= day:
            found += 1
    return found


@inner
def look_ahead(m: Whole, day: Int) -> None:
    """Have brought near what the ends of steps on a day need first: their rows, and most often the next ones'."""
    i = m[m[L.DAY] + (day & (YEAR - 1))]
    while i >= 0:
        node = m[L.NODE] + 3 * i
        u = m[L.V_STEP] + (m[node + 1] & ID_MASK) * L.U_COLUMNS
        fetch(m, u)
        fetch(m, u + L.U_ATTEMPT)
        fetch(m, u + L.U_COLUMNS)
        fetch(m, u + L.U_COLUMNS + L.U_ATTEMPT)
        i = m[node + 2]


@once
def expect_end(p: Whole, m: Whole, js: Int) -> None:
    """Have brought near the unit of a step that ends today, and what it gives back or goes into."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    j = m[u + L.U_JOB]
    if j >= 0:
        job, s = p[L.JOB] + j * L.J_COLUMNS, p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS
        fetch(m, m[L.V_JOB] + j * L.W_COLUMNS)
        fetch(p, job)
        fetch(p, job + L.J_EXTRA)
        if p[s + L.S_HOLD_END] > p[s + L.S_HOLD]:
            holder = js - p[s + L.S_POSITION] + p[p[L.HOLD] + p[s + L.S_HOLD] * L.H_COLUMNS + L.H_FROM]
            fetch(m, m[L.V_STEP] + holder * L.U_COLUMNS + L.U_HELD)
        if p[s + L.S_SUCC_END] == p[s + L.S_SUCC]:
            fetch(m, m[L.V_STEP] + p[job + L.J_JOIN] * L.U_COLUMNS)


@once
def take_next(m: Whole) -> Int:
    """Take the next event off the list; returns its code."""
    n = m[L.K_NEAR] - 1
    m[L.K_NEAR] = n
    m[L.K_PENDING] -= 1
    return m[m[L.NEAR] + 2 * n + 1]


@once
def look_at_next(p: Whole, m: Whole) -> None:
    """Have brought near what the next event of today needs first, if it is the end of a step."""
    code = m[m[L.NEAR] + 2 * max(m[L.K_NEAR] - 1, 0) + 1]
    u = m[L.V_STEP] + min(code & ID_MASK, p[L.STEPS] - 1) * L.U_COLUMNS
    fetch(m, u + L.U_ATTEMPT)
    c = m[u + L.U_CLASS] & ID_MASK  # of a step that was never laid out it may be anything
    cls, y = p[L.CLASS] + c * L.C_COLUMNS, m[L.V_CLASS] + c * L.Y_COLUMNS
    fetch(p, cls + L.C_KIND)
    fetch(p, cls + L.C_NEED)
    fetch(p, cls + L.C_MOST)
    fetch(m, y + L.Y_WORK)


@inner
def push(m: Whole, base: Int, size: Int, time: Int, code: Int) -> None:
    """Insert an event into the 4-ary heap of `size` events at `base`."""
    i = size
    while i > 0:
        up = (i - 1) >> 2
        j = base + 2 * up
        if m[j] < time or (m[j] == time and m[j + 1] < code):
            break
        m[base + 2 * i] = m[j]
        m[base + 2 * i + 1] = m[j + 1]
        i = up
    m[base + 2 * i] = time
    m[base + 2 * i + 1] = code


@inner
def pop(m: Whole, base: Int, size: Int) -> None:
    """Remove the first of `size` events at `base` (the caller has read it)."""
    n = size - 1
    end = base + 2 * n
    time = m[end]
    code = m[end + 1]
    i = 0
    while True:
        best = base + 2 * (4 * i + 1)
        if best >= end:
            break
        j, last = best + 2, min(best + 8, end)
        while j < last:
            if before(m, j, best):
                best = j
            j += 2
        if time < m[best] or (time == m[best] and code < m[best + 1]):
            break
        m[base + 2 * i] = m[best]
        m[base + 2 * i + 1] = m[best + 1]
        i = (best - base) >> 1
    m[base + 2 * i] = time
    m[base + 2 * i + 1] = code
