"""A period begins: the capacity of a resource is shared out among the steps that wait for it.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

import math

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.events import NEVER, schedule
from aidc_twin.twin.kernel.floor import blocker, take
from aidc_twin.twin.kernel.holds import mark_start
from aidc_twin.twin.kernel.jit import inner
from aidc_twin.twin.kernel.layout import Int, Real, Whole
from aidc_twin.twin.kernel.line_up import ALONE, PORTION
from aidc_twin.twin.kernel.logbook import shared_out
from aidc_twin.twin.kernel.work import arrive, seize

MILLION = 1_000_000
"""What exceeds a bucket by less than a millionth of it fits, and what is left of it by less is nothing."""
COUNTED = -4
"""In the cell of the next step of a batch: what the step would take is set aside for it."""


@inner
def share_out(p: Whole, f: Real, m: Whole, b: Int, now: Int) -> None:
    """A period of the resource of bucket row `b` begins."""
    row = p[L.BUCKET] + b * L.BK_COLUMNS
    schedule(m, now + p[row + L.BK_PERIOD], L.PERIOD, b)
    q, left = p[row + L.BK_QUEUE], m[m[L.V_RES] + p[row + L.BK_RES] * L.Z_COLUMNS + L.Z_AVAIL]
    if q < 0 or left <= 0 or m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE] == 0:
        return
    size = m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE]
    room = m[L.ROOM] + p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_ROOM] * L.ENTRY
    end = room + size * L.ENTRY
    sort(p, m, room, size)
    least = left // MILLION
    behind, at = room, first_claim(p, m, room, end)
    while at < end and left > least:
        upto = within(p, m, row, at, end)
        if asked(p, m, at, upto) <= left + least:
            left = max(0, serve(p, f, m, row, at, upto, left + least, NEVER, now) - least)
            if not p[row + L.BK_BEYOND]:
                break
            behind, at = upto, first_claim(p, m, upto, end)
        else:
            if p[row + L.BK_FINISH]:
                left = serve(p, f, m, row, at, upto, left, least, now)
            if left > least:  # also among those before the first, for which others may have made room
                divide(p, f, m, row, behind, upto, left, now)
            break
    go_from_line(p, m, q, room, size)


@inner
def comes_before(p: Whole, m: Whole, one: Int, other: Int) -> bool:
    """Whether the step at one place goes before that at another one: by key, rank of its work, and place in line."""
    if m[one] != m[other]:
        return m[one] < m[other]
    left = p[L.CLASS] + m[m[L.V_STEP] + m[one + 2] * L.U_COLUMNS + L.U_CLASS] * L.C_COLUMNS
    right = p[L.CLASS] + m[m[L.V_STEP] + m[other + 2] * L.U_COLUMNS + L.U_CLASS] * L.C_COLUMNS
    if p[left + L.C_RANK] != p[right + L.C_RANK]:
        return p[left + L.C_RANK] < p[right + L.C_RANK]
    return m[one + 1] < m[other + 1]


@inner
def sort(p: Whole, m: Whole, room: Int, size: Int) -> None:
    """Put the steps in line in order; most of them are so from the last period."""
    for i in range(1, size):
        place = room + i * L.ENTRY
        while place > room and comes_before(p, m, place, place - L.ENTRY):
            for k in range(L.ENTRY):
                m[place + k], m[place - L.ENTRY + k] = m[place - L.ENTRY + k], m[place + k]
            place -= L.ENTRY


@inner
def able(p: Whole, m: Whole, place: Int) -> bool:
    """Whether the step at a place has begun, or could take everything else that it needs."""
    js = m[place + 2]
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_STATE] != L.QUEUED:
        return False
    begun = m[m[L.V_PORTION] + js * L.PT_COLUMNS + L.PT_ALLOTTED] > 0
    return bool(begun or blocker(p, m, m[u + L.U_CLASS], place) < 0)


@inner
def first_claim(p: Whole, m: Whole, place: Int, end: Int) -> Int:
    """First place from `place` on whose step can have some."""
    while place < end and not able(p, m, place):
        place += L.ENTRY
    return place


@inner
def within(p: Whole, m: Whole, row: Int, place: Int, end: Int) -> Int:
    """End of the places whose keys lie in the window that begins with that of `place`."""
    if p[row + L.BK_WINDOW] < 0:
        return end
    last = m[place] + p[row + L.BK_WINDOW]
    while place < end and m[place] <= last:
        place += L.ENTRY
    return place


@inner
def waiting(m: Whole, js: Int) -> Int:
    """Work of a step that is there and not allotted."""
    portion = m[L.V_PORTION] + js * L.PT_COLUMNS
    return m[portion + L.PT_THERE] - m[portion + L.PT_ALLOTTED]


@inner
def asked(p: Whole, m: Whole, first: Int, end: Int) -> Int:
    """Work of all that can have some, each beside those before it."""
    total = 0
    for place in range(first, end, L.ENTRY):
        js = m[place + 2]
        if able(p, m, place):
            total += waiting(m, js)
            if m[m[L.V_PORTION] + js * L.PT_COLUMNS + L.PT_ALLOTTED] == 0:
                m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_NEXT] = COUNTED
                set_aside(p, m, js, -L.ONE)
    for place in range(first, end, L.ENTRY):
        js = m[place + 2]
        if m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_NEXT] == COUNTED:
            m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_NEXT] = ALONE
            set_aside(p, m, js, L.ONE)
    return total


@inner
def set_aside(p: Whole, m: Whole, js: Int, sign: Int) -> None:
    """Change what is available by what a step would take."""
    cls = p[L.CLASS] + m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_CLASS] * L.C_COLUMNS
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        m[m[L.V_RES] + p[need + L.D_RES] * L.Z_COLUMNS + L.Z_AVAIL] += sign * p[need + L.D_AMOUNT]


@inner
def serve(p: Whole, f: Real, m: Whole, row: Int, first: Int, end: Int, left: Int, least: Int, now: Int) -> Int:
    """Steps get all they ask for: those that can be finished with what is left; or where `least` is NEVER, every one.

    Then they fit, but one for which another has made room gets no more than what is left. Returns what is left.
    """
    for place in range(first, end, L.ENTRY):
        js = m[place + 2]
        amount = waiting(m, js)
        if least == NEVER:
            amount = min(amount, left)
        else:
            portion = m[L.V_PORTION] + js * L.PT_COLUMNS
            c = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_CLASS]
            if m[portion + L.PT_THERE] < p[p[L.CLASS] + c * L.C_COLUMNS + L.C_AMOUNT] or amount > left + least:
                continue
        if amount > 0 and able(p, m, place):
            allot(p, f, m, row, js, amount, now)
            left = max(0, left - amount)
    return left


@inner
def divide(p: Whole, f: Real, m: Whole, row: Int, first: Int, end: Int, left: Int, now: Int) -> None:
    """All get the same part of what they ask for."""
    total = asked(p, m, first, end)
    upto, given = 0, 0
    for place in range(first, end, L.ENTRY):
        js = m[place + 2]
        if able(p, m, place):
            upto = min(upto + waiting(m, js), total)
            reached = math.floor(float(left) * upto / total + 0.5)
            amount = min(reached - given, waiting(m, js))
            given = reached
            if amount > 0:
                allot(p, f, m, row, js, amount, now)


@inner
def allot(p: Whole, f: Real, m: Whole, row: Int, js: Int, amount: Int, now: Int) -> None:
    """A step gets some work done in the period that begins."""
    u, portion = m[L.V_STEP] + js * L.U_COLUMNS, m[L.V_PORTION] + js * L.PT_COLUMNS
    c, r = m[u + L.U_CLASS], p[row + L.BK_RES]
    if m[portion + L.PT_ALLOTTED] == 0:
        seize(p, f, m, js, c, now)
        arrive(p, m, js, c, now)
        if m[m[L.V_JOB] + m[u + L.U_JOB] * L.W_COLUMNS + L.W_START] < 0:
            mark_start(p, m, m[u + L.U_JOB], now)
    m[portion + L.PT_ALLOTTED] += amount
    taken = min(amount, m[m[L.V_RES] + r * L.Z_COLUMNS + L.Z_AVAIL])
    take(m, r, taken, now)
    m[u + L.U_STATE] = L.UNDER_WAY
    m[u + L.U_NEXT] = PORTION
    m[u + L.U_SINCE] = now
    m[u + L.U_LEFT], m[u + L.U_SETUP] = amount, taken
    end = now + p[row + L.BK_PERIOD]
    m[u + L.U_SEQ] = schedule(m, end, L.END, js)
    m[portion + L.PT_PLACE] = m[u + L.U_SEQ] if waiting(m, js) > 0 else -1
    if m[L.K_TRACING]:
        shared_out(p, m, js, amount, end)


@inner
def go_from_line(p: Whole, m: Whole, q: Int, room: Int, size: Int) -> None:
    """Steps that got something leave the line until the period is over."""
    left = 0
    for i in range(size):
        js = m[room + i * L.ENTRY + 2]
        if m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_STATE] == L.QUEUED:
            for k in range(L.ENTRY):
                m[room + left * L.ENTRY + k] = m[room + i * L.ENTRY + k]
            left += 1
    m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE] = left
