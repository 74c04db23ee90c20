"""The factory floor: what is available, what waits for it, and the future events.

Every function writes the state in place.
"""

from __future__ import annotations

from numba import njit

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.heap import ID_BITS, SEQ_BITS, push, queue_pop, queue_push
from aidc_twin.twin.kernel.layout import I64, Int, row


@njit(cache=True, nogil=True)
def schedule(m: I64, tick: Int, kind: Int, ident: Int) -> None:
    """Put an event of `kind` for `ident` at a tick."""
    n = m[L.K_HEAP]
    if n >= m[L.HEAP + 2]:
        m[L.K_STATUS] = L.EVENTS_FULL
        return
    seq = m[L.K_SEQ]
    m[L.K_SEQ] = seq + 1
    push(m, m[L.HEAP], n, tick, (kind << (ID_BITS + SEQ_BITS)) | (seq << ID_BITS) | ident)
    m[L.K_HEAP] = n + 1


@njit(cache=True, nogil=True)
def propose(m: I64, c: Int) -> None:
    """The class may start something: it becomes a candidate."""
    m[row(m, L.V_CLASS, c) + L.Y_IS] = 1
    m[row(m, L.V_CLASS, m[L.K_CANDIDATES]) + L.Y_LIST] = c
    m[L.K_CANDIDATES] += 1


@njit(cache=True, nogil=True)
def leave(m: I64, i: Int) -> None:
    """Candidate number `i` is no candidate any more."""
    last = m[L.K_CANDIDATES] - 1
    place = row(m, L.V_CLASS, i) + L.Y_LIST
    m[row(m, L.V_CLASS, m[place]) + L.Y_IS] = 0
    m[place] = m[row(m, L.V_CLASS, last) + L.Y_LIST]
    m[L.K_CANDIDATES] = last


@njit(cache=True, nogil=True)
def wake(m: I64, blocker: Int) -> None:
    """Every class that waited for `blocker` may try again."""
    head = row(m, L.V_BLOCK, blocker)
    c = m[head]
    m[head] = -1
    while c >= 0:
        y = row(m, L.V_CLASS, c)
        m[y + L.Y_BLOCK] = -1
        after = m[y + L.Y_NEXT]
        propose(m, c)
        c = after


@njit(cache=True, nogil=True)
def blocker(p: I64, m: I64, c: Int) -> Int:
    """First thing that keeps the class from starting: a resource, R + its calendar, or -1."""
    cls = row(p, L.CLASS, c)
    k = p[cls + L.C_CALENDAR]
    if k >= 0 and not m[row(m, L.V_CAL, k)]:
        return p[L.RES + 2] + k
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = row(p, L.NEED, i)
        r = p[need + L.D_RES]
        if m[row(m, L.V_RES, r) + L.Z_AVAIL] < p[need + L.D_AMOUNT]:
            return r
    return -1


@njit(cache=True, nogil=True)
def wait_for(m: I64, c: Int, blocker: Int) -> None:
    """The class waits until `blocker` changes."""
    y = row(m, L.V_CLASS, c)
    head = row(m, L.V_BLOCK, blocker)
    m[y + L.Y_BLOCK] = blocker
    m[y + L.Y_NEXT] = m[head]
    m[head] = c


@njit(cache=True, nogil=True)
def accrue(p: I64, m: I64, r: Int, now: Int) -> None:
    """Bring the integrals of resource `r` up to now; what has gone while in use is there until it is given back."""
    z = row(m, L.V_RES, r)
    dt = now - m[z + L.Z_SINCE]
    if dt <= 0:
        return
    k = p[row(p, L.RES, r) + L.R_CALENDAR]
    side = 1 if k < 0 or m[row(m, L.V_CAL, k)] else 0
    available, capacity = m[z + L.Z_AVAIL], m[z + L.Z_CAP]
    short = min(available, 0)
    m[z + L.Z_IDLE + side] += (available - short) * dt
    m[z + L.Z_TOTAL + side] += (capacity - short) * dt
    m[row(m, L.V_USED, r) + m[L.K_WEEK]] += (capacity - available) * dt
    m[z + L.Z_SINCE] = now


@njit(cache=True, nogil=True)
def settle(p: I64, m: I64, now: Int) -> None:
    """Bring the integrals of every resource up to now."""
    for r in range(p[L.RES + 2]):
        if p[row(p, L.RES, r) + L.R_KIND] != L.MATERIAL:
            accrue(p, m, r, now)


@njit(cache=True, nogil=True)
def take(p: I64, m: I64, r: Int, amount: Int, now: Int) -> None:
    """Seize `amount` of `r`."""
    z = row(m, L.V_RES, r)
    if p[row(p, L.RES, r) + L.R_KIND] != L.MATERIAL:
        accrue(p, m, r, now)
        m[z + L.Z_PEAK] = max(m[z + L.Z_PEAK], m[z + L.Z_CAP] - m[z + L.Z_AVAIL] + amount)
    m[z + L.Z_AVAIL] -= amount


@njit(cache=True, nogil=True)
def give(p: I64, m: I64, r: Int, amount: Int, now: Int) -> None:
    """Give `amount` of `r` back and wake what waits for it."""
    accrue(p, m, r, now)
    m[row(m, L.V_RES, r) + L.Z_AVAIL] += amount
    if m[row(m, L.V_BLOCK, r)] >= 0:
        wake(m, r)


@njit(cache=True, nogil=True)
def free_slot(p: I64, m: I64, js: Int, r: Int, rework: Int) -> None:
    """The machine of the step, or of its rework, becomes idle; it may sit on none."""
    slot = m[row(m, L.V_STEP, js) + L.U_SLOT + rework]
    if slot >= 0:
        m[row(m, L.V_MACHINE, p[row(p, L.RES, r) + L.R_SLOT] + slot) + 1] = 0


@njit(cache=True, nogil=True)
def enqueue(p: I64, m: I64, js: Int, c: Int) -> None:
    """The step joins the queue of its class."""
    cls, y = row(p, L.CLASS, c), row(m, L.V_CLASS, c)
    seq, size = m[L.K_SEQ], m[y + L.Y_SIZE]
    m[L.K_SEQ] = seq + 1
    queue_push(m, row(m, L.QUEUE, p[cls + L.C_ROOM]), size, p[row(p, L.JOB_STEP, js) + L.N_KEY], seq, js)
    m[y + L.Y_SIZE] = size + 1
    if p[cls + L.C_SAILING] < 0 and m[y + L.Y_IS] == 0 and m[y + L.Y_BLOCK] < 0:
        propose(m, c)


@njit(cache=True, nogil=True)
def dequeue(p: I64, m: I64, c: Int) -> Int:
    """The head of the class leaves its queue."""
    y = row(m, L.V_CLASS, c)
    head = row(m, L.QUEUE, p[row(p, L.CLASS, c) + L.C_ROOM])
    js = m[head + 2]
    queue_pop(m, head, m[y + L.Y_SIZE])
    m[y + L.Y_SIZE] -= 1
    return js


@njit(cache=True, nogil=True)
def ready(p: I64, m: I64, js: Int) -> None:
    """One thing that the step waited for has happened."""
    wait = row(m, L.V_STEP, js) + L.U_WAIT
    m[wait] -= 1
    step = row(p, L.JOB_STEP, js)
    if m[wait] == 0 and p[step + L.N_STATE] == L.AHEAD:
        enqueue(p, m, js, p[row(p, L.STEP, p[step + L.N_STEP]) + L.S_CLASS])
