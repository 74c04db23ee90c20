"""Steps whose work is done in shares of periods: what there is of it, and their places in line.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

import math

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.jit import inner
from aidc_twin.twin.kernel.layout import Int, Real, Whole

ALONE, PORTION = -1, -3
"""In the cell of the next step of a batch: there is none; a share of a period is under way instead."""


@inner
def reset_portions(p: Whole, m: Whole, j: Int) -> None:
    """Nothing is done yet of the steps of a unit."""
    job = p[L.JOB] + j * L.J_COLUMNS
    first = p[job + L.J_FIRST]
    last = first + p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]
    for js in range(first, last):
        portion = m[L.V_PORTION] + js * L.PT_COLUMNS
        m[portion + L.PT_ALLOTTED] = m[portion + L.PT_DONE] = 0
        m[portion + L.PT_PLACE] = -1
        flow = p[L.STEP_FLOW] + m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_STEP] * L.X_FLOW_COLUMNS
        m[portion + L.PT_THERE] = p[flow + L.X_AT_ONCE]


@inner
def work_there(p: Whole, f: Real, m: Whole, js: Int) -> Int:
    """What there is of a step's work: its shares of what is done of those that it comes from."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    flow = p[L.STEP_FLOW] + m[u + L.U_STEP] * L.X_FLOW_COLUMNS
    s = p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS
    whole = p[p[L.CLASS] + p[s + L.S_CLASS] * L.C_COLUMNS + L.C_AMOUNT]
    first = p[p[L.JOB] + m[u + L.U_JOB] * L.J_COLUMNS + L.J_FIRST]
    part, complete = 0.0, 1
    for i in range(p[flow + L.X_FEED], p[flow + L.X_FEED_END]):
        position = p[p[L.FEED] + i]
        if position < 0:
            part += f[p[L.FEED_F] + i]
            continue
        other = first + position
        step = p[L.STEP] + m[m[L.V_STEP] + other * L.U_COLUMNS + L.U_STEP] * L.S_COLUMNS
        content = p[p[L.CLASS] + p[step + L.S_CLASS] * L.C_COLUMNS + L.C_AMOUNT]
        done = m[m[L.V_PORTION] + other * L.PT_COLUMNS + L.PT_DONE]
        if done < content:
            complete = 0
        part += f[p[L.FEED_F] + i] * (done / content)
    return whole if complete else min(whole, math.floor(whole * part))


@inner
def stand_in_line(p: Whole, m: Whole, js: Int) -> None:
    """A step of whose work something waits takes its place in line."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    q = p[p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS + L.C_QUEUE]
    y = m[L.V_QUEUE] + q * L.E_COLUMNS
    place = m[L.ROOM] + (p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_ROOM] + m[y + L.E_SIZE]) * L.ENTRY
    m[place], m[place + 1] = m[u + L.U_KEY], m[m[L.V_PORTION] + js * L.PT_COLUMNS + L.PT_PLACE]
    m[place + 2] = js
    m[y + L.E_SIZE] += 1


@inner
def line_up(p: Whole, m: Whole, js: Int, c: Int, now: Int) -> None:
    """The step's turn has come: it is in line as soon as something of its work waits.

    Its place is as old as what waits, or as the time at which only its earliest start was waited for.
    """
    u, portion = m[L.V_STEP] + js * L.U_COLUMNS, m[L.V_PORTION] + js * L.PT_COLUMNS
    m[u + L.U_STATE] = L.QUEUED
    m[u + L.U_CLASS] = c
    m[u + L.U_SINCE] = now
    if m[portion + L.PT_THERE] > m[portion + L.PT_ALLOTTED]:
        if m[portion + L.PT_PLACE] < 0:
            m[portion + L.PT_PLACE] = m[u + L.U_SEQ] if m[u + L.U_SEQ] >= 0 else number(m)
        stand_in_line(p, m, js)
    m[u + L.U_SEQ] = -1


@inner
def number(m: Whole) -> Int:
    """Next number of the sequence of foreseen events and of places in line."""
    m[L.K_SEQ] += 1
    return m[L.K_SEQ] - 1


@inner
def hand_on(p: Whole, f: Real, m: Whole, js: Int) -> None:
    """What was done of a step brings work to others of its unit."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    flow = p[L.STEP_FLOW] + m[u + L.U_STEP] * L.X_FLOW_COLUMNS
    first = p[p[L.JOB] + m[u + L.U_JOB] * L.J_COLUMNS + L.J_FIRST]
    for i in range(p[flow + L.X_FLOW], p[flow + L.X_FLOW_END]):
        other = first + p[p[L.FLOW] + i]
        portion = m[L.V_PORTION] + other * L.PT_COLUMNS
        waited = m[portion + L.PT_THERE] > m[portion + L.PT_ALLOTTED]
        m[portion + L.PT_THERE] = work_there(p, f, m, other)
        if not waited and m[portion + L.PT_THERE] > m[portion + L.PT_ALLOTTED]:
            m[portion + L.PT_PLACE] = number(m)
            if m[m[L.V_STEP] + other * L.U_COLUMNS + L.U_STATE] == L.QUEUED:
                stand_in_line(p, m, other)
