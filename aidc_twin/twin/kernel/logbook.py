"""The log of a traced replication: a row for each piece of work when it begins, more where it ends otherwise.

Rows are appended and never read, so that they cost little; `twin.logbook` makes a trace of them. See `layout.V_LOG`.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.jit import fetch, inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Whole


@once
def append(m: Whole, what: Int, kind: Int, value: Int) -> None:
    """Write one row: its first cell, but for the kind, and its second."""
    n = m[L.K_LOG]
    if n >= m[L.V_LOG + 2]:
        m[L.K_STATUS] = L.TRACE_FULL
        return
    row = m[L.V_LOG] + n * L.LG_COLUMNS
    m[row], m[row + 1] = what << L.KIND_BITS | kind, value
    fetch(m, row + L.LG_AHEAD)
    m[L.K_LOG] = n + 1


@rare
def begun(p: Whole, m: Whole, js: Int, at: Int, c: Int, end: Int) -> None:
    """A step, of a batch that step `at` leads or its own, has begun work in class `c`, which is to end at a tick."""
    u, seat = m[L.V_STEP] + js * L.U_COLUMNS, m[L.V_STEP] + at * L.U_COLUMNS
    tries = 2 * m[u + L.U_ATTEMPT]
    if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_KIND] == L.WORK:
        slot = m[seat + p[p[L.HOST] + m[seat + L.U_STEP]] * L.U_COLUMNS + L.U_SLOT]
    else:
        home = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_HOME]
        tries += 1 if p[p[L.CLASS] + home * L.C_COLUMNS + L.C_KIND] == L.REWORK else 0
        slot = other_slot(p, m, at, home)
    record(p, m, js, tries, slot, end, m[u + L.U_SETUP], m[u + L.U_LEFT])


@rare
def other_slot(p: Whole, m: Whole, at: Int, home: Int) -> Int:
    """Machine of step `at` in rework, a repair or the rest of other work of class `home`; -1: none."""
    seat = m[L.V_STEP] + at * L.U_COLUMNS
    if p[p[L.CLASS] + home * L.C_COLUMNS + L.C_KIND] == L.REWORK:
        its_own = p[p[L.CLASS] + home * L.C_COLUMNS + L.C_SERVER] >= 0
        return m[m[L.V_MORE] + at * L.M_COLUMNS + L.M_SLOT] if its_own else -1
    on = p[p[L.HOST] + m[seat + L.U_STEP]] if m[seat + L.U_JOB] >= 0 else 0
    return m[seat + on * L.U_COLUMNS + L.U_SLOT]


@rare
def shared_out(p: Whole, m: Whole, js: Int, amount: Int, end: Int) -> None:
    """A step has got an amount of a period that begins."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    record(p, m, js, 2 * m[u + L.U_ATTEMPT], amount, end, L.ZERO, end - m[u + L.U_SINCE])


@once
def record(p: Whole, m: Whole, js: Int, tries: Int, slot: Int, end: Int, setup: Int, left: Int) -> None:
    """Write the row of a piece of work, and one of its changeover; `left` is both."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    start, work = m[u + L.U_SINCE], left - setup
    more = end - start - work
    beyond = start >> L.START_BITS | work >> L.WORK_BITS | more >> L.MORE_BITS
    beyond |= tries >> L.TRIES_BITS | (slot + 1) >> L.SLOT_BITS
    if beyond != 0 or m[u + L.U_JOB] >= p[L.JOBS]:
        record_widely(p, m, js, tries, slot, end, setup, left)
        return
    rest = ((slot + 1) << L.TRIES_BITS | tries) << L.MORE_BITS | more
    append(m, js << L.START_BITS | start, L.LG_ROW, rest << L.WORK_BITS | work)
    if setup != 0:
        append(m, L.ZERO, L.LG_SETUP, setup)


@rare
def record_widely(p: Whole, m: Whole, js: Int, tries: Int, slot: Int, end: Int, setup: Int, left: Int) -> None:
    """Write the same in four rows.

    A job of a source is used again and again: its route step and number tell its units apart.
    """
    u = m[L.V_STEP] + js * L.U_COLUMNS
    job, step, serial = m[u + L.U_JOB], 0, 0
    if job >= p[L.JOBS]:
        step, serial = m[u + L.U_STEP] + 1, m[m[L.V_JOB] + job * L.W_COLUMNS + L.W_SERIAL]
    append(m, js << L.MOST_TRIES_BITS | tries, L.LG_WIDE, m[u + L.U_SINCE])
    append(m, step, L.LG_MORE, end)
    append(m, serial, L.LG_MORE, left - setup)
    append(m, setup, L.LG_MORE, slot)


@rare
def note_end(m: Whole, js: Int, end: Int) -> None:
    """The work of a step and of those of its batch is to end at another tick."""
    while js >= 0:
        append(m, js, L.LG_END, end)
        js = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_NEXT]


@rare
def cut_off(m: Whole, js: Int, end: Int) -> None:
    """The work of a step ends before it is done; what is left is known."""
    if m[L.K_TRACING]:
        u = m[L.V_STEP] + js * L.U_COLUMNS
        append(m, js, L.LG_CUT, end)
        append(m, m[u + L.U_SETUP], L.LG_MORE, m[u + L.U_LEFT] - m[u + L.U_SETUP])


@inner
def restart(m: Whole, js: Int) -> None:
    """The work of a step and of those of its batch begins again, without the changeover that is left."""
    work, setup = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_LEFT], m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_SETUP]
    while js >= 0:
        append(m, js, L.LG_AGAIN, work)
        append(m, setup, L.LG_MORE, L.ZERO)
        js = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_NEXT]


@rare
def note_open(m: Whole, js: Int) -> None:
    """The work of a step has ended, but the step is not passed."""
    if m[L.K_TRACING]:
        append(m, js, L.LG_OPEN, L.ZERO)
