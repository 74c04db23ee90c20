"""What is given back: needs of a step, and what is kept for other steps, for parts, or until a unit is joined.

Every function writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.families import unshare
from aidc_twin.twin.kernel.floor import dismiss, give, revive, unseat
from aidc_twin.twin.kernel.jit import inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Whole

NOWHERE = -1
"""In place of the step at which parts are joined: they are joined no more."""


@once
def give_need(p: Whole, m: Whole, js: Int, need: Int, c: Int, now: Int) -> None:
    """Give back one need of a step that works, or worked, in class `c`."""
    r = p[need + L.D_RES]
    if r == p[p[L.CLASS] + c * L.C_COLUMNS + L.C_SERVER]:
        rework = 1 if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_KIND] == L.REWORK else 0
        unseat(p, m, js, r, rework, p[need + L.D_AMOUNT], now)
    elif p[need + L.D_KIND] == L.PERSON:
        dismiss(p, m, js, 1 if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_KIND] == L.REWORK else 0, r, now)
        give(m, r, p[need + L.D_AMOUNT], now)
    elif p[need + L.D_KIND] == L.SHARED:
        unshare(p, m, js, p[need + L.D_PARENT] >> 2, r, p[need + L.D_AMOUNT], now)
    else:
        give(m, r, p[need + L.D_AMOUNT], now)


@inner
def give_back(p: Whole, m: Whole, first: Int, hold: Int, now: Int) -> None:
    """Give back what a step of a unit keeps, once; `first` is the unit's first step, `hold` a row of HOLD."""
    js = first + p[hold + L.H_FROM]
    held = m[L.V_STEP] + js * L.U_COLUMNS + L.U_HELD
    bit = 1 << p[hold + L.H_BIT]
    if m[held] & bit:
        m[held] ^= bit
        if p[hold + L.H_SERVER] == 0:
            give(m, p[hold + L.H_RES], p[hold + L.H_AMOUNT], now)
        elif p[hold + L.H_SERVER] > 0:
            unseat(p, m, js, p[hold + L.H_RES], L.ZERO, p[hold + L.H_AMOUNT], now)
            if p[hold + L.H_SERVER] >= L.UP:
                revive(p, m)
        elif p[hold + L.H_SERVER] == L.ITS_PERSON:
            dismiss(p, m, js, L.ZERO, p[hold + L.H_RES], now)
            give(m, p[hold + L.H_RES], p[hold + L.H_AMOUNT], now)
        else:
            unshare(p, m, js, -1 - p[hold + L.H_SERVER], p[hold + L.H_RES], p[hold + L.H_AMOUNT], now)


@inner
def give_marked(p: Whole, m: Whole, js: Int, what: Int, now: Int) -> None:
    """Give back what a step keeps for parts, or until its unit is joined."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    c = p[p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS + L.S_CLASS]
    first = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_NEED]
    for i in range(first, p[p[L.CLASS] + c * L.C_COLUMNS + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        if p[need + L.D_PARENT] & 3 == what and m[u + L.U_HELD] & (1 << (i - first)):
            m[u + L.U_HELD] ^= 1 << (i - first)
            give_need(p, m, js, need, c, now)


@rare
def give_joined(p: Whole, m: Whole, j: Int, position: Int, now: Int) -> None:
    """Give back what parts keep until they are joined at a step of a unit, or at any where it is `NOWHERE`."""
    job = p[L.JOB] + j * L.J_COLUMNS
    for x in range(p[job + L.J_EXTRA], p[job + L.J_EXTRA_END]):
        extra = p[L.EXTRA] + x * L.X_COLUMNS
        if p[extra + L.X_WHAT] == L.EX_JOINED and (position == NOWHERE or p[extra + L.X_POSITION] == position):
            part = j + p[extra + L.X_VALUE]
            if m[m[L.V_JOB] + part * L.W_COLUMNS + L.W_GATES] >= 0:
                first = p[p[L.JOB] + part * L.J_COLUMNS + L.J_FIRST]
                route = p[L.ROUTE] + p[p[L.JOB] + part * L.J_COLUMNS + L.J_ROUTE] * L.T_COLUMNS
                for js in range(first, first + p[route + L.T_STEPS]):
                    give_marked(p, m, js, L.UNTIL_JOINED, now)


@inner
def part_starts(p: Whole, m: Whole, opener: Int, now: Int) -> None:
    """A part that a step has released starts for the first time, or never will."""
    m[m[L.V_MORE] + opener * L.M_COLUMNS + L.M_UNSTARTED] -= 1
    parts_go(p, m, opener, now)


@inner
def parts_go(p: Whole, m: Whole, js: Int, now: Int) -> None:
    """A passed step gives back what it keeps for the parts that it releases, if all of them have started."""
    passed = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_STATE] == L.DONE
    if passed and m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_UNSTARTED] == 0:
        give_marked(p, m, js, L.UNTIL_PARTS, now)


@inner
def mark_start(p: Whole, m: Whole, job: Int, now: Int) -> None:
    """A unit starts for the first time."""
    start = m[L.V_JOB] + job * L.W_COLUMNS + L.W_START
    awaited = m[start] == L.AWAITED
    m[start] = now
    if awaited:
        part_starts(p, m, p[p[L.JOB] + job * L.J_COLUMNS + L.J_OPENER], now)
