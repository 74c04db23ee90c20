"""Ways to which all parts of one parent keep: that on whose machines the first of them has begun.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.floor import share_cell
from aidc_twin.twin.kernel.jit import inner, rare
from aidc_twin.twin.kernel.layout import Int, Whole
from aidc_twin.twin.kernel.queues import withdraw


@inner
def way_kept(p: Whole, m: Whole, js: Int, s: Int) -> Int:
    """Row of BRANCH of the way behind step row `s` to which the parts of a parent keep, or -1."""
    first = p[L.STEP] + (m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_STEP] - p[s + L.S_POSITION]) * L.S_COLUMNS
    for i in range(p[s + L.S_BRANCH] + 1, p[s + L.S_BRANCH_END]):
        c = p[first + p[p[L.BRANCH] + i] * L.S_COLUMNS + L.S_CLASS]
        if m[share_cell(p, m, js, 2 * p[p[L.CLASS] + c * L.C_COLUMNS + L.C_WAY])]:
            return i
    return -1


@rare
def keep_way(p: Whole, m: Whole, js: Int, c: Int) -> None:
    """A part has gone a way: the others of its parent keep to it, if it is the first."""
    number = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_WAY]
    cell = share_cell(p, m, js, 2 * number)
    if m[cell] == 0:
        m[cell] = 1
        parent = p[p[L.JOB] + m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_JOB] * L.J_COLUMNS + L.J_PARENT]
        job = p[L.JOB] + parent * L.J_COLUMNS
        for x in range(p[job + L.J_EXTRA], p[job + L.J_EXTRA_END]):
            extra = p[L.EXTRA] + x * L.X_COLUMNS
            if p[extra + L.X_WHAT] == L.EX_SIBLING:
                close_others(p, m, parent + p[extra + L.X_VALUE], number)


@inner
def close_others(p: Whole, m: Whole, j: Int, number: Int) -> None:
    """A unit that waits on several ways waits no longer on those beside the one that leads to some machines."""
    if m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_GATES] < 0:
        return
    job = p[L.JOB] + j * L.J_COLUMNS
    first = p[job + L.J_FIRST]
    for js in range(first, first + p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]):
        u = m[L.V_STEP] + js * L.U_COLUMNS
        s = p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS
        way = p[p[L.CLASS] + p[s + L.S_CLASS] * L.C_COLUMNS + L.C_WAY]
        waits = m[u + L.U_STATE] == L.QUEUED or (m[u + L.U_STATE] == L.AHEAD and m[u + L.U_WAIT] == 0)
        if way == number and waits:
            for i in range(p[s + L.S_MOVE], p[s + L.S_MOVE_END]):
                move = p[L.MOVE] + i * L.H_COLUMNS
                if p[move + L.H_RES] == L.WAY and first + p[move + L.H_FROM] != js:
                    withdraw(p, m, first + p[move + L.H_FROM])
