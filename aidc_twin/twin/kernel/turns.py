"""Whose turn it is where keys do not tell: rules that break ties, and who came first at one instant.

Nothing here writes the state. A place is the first cell of a waiting step in its queue: key, sequence, job step.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.jit import inner
from aidc_twin.twin.kernel.layout import Int, Whole


@inner
def compare_keys(p: Whole, m: Whole, q: Int, a: Int, b: Int) -> int:
    """Below 0 if place `a` goes before place `b` by the rules of queue `q`, 0 if they leave it open."""
    if m[a] != m[b]:
        return -1 if m[a] < m[b] else 1
    rules, width = p[L.QUEUES] + q * L.Q_COLUMNS, m[L.V_TIES + 1]
    left, right = m[L.V_TIES] + m[a + 2] * width, m[L.V_TIES] + m[b + 2] * width
    for i in range(p[rules + L.Q_TIES_END] - p[rules + L.Q_TIES] - 1):
        if m[left + i] != m[right + i]:
            return -1 if m[left + i] < m[right + i] else 1
    return 0


@inner
def ties_first(p: Whole, m: Whole, q: Int, a: Int, b: Int) -> bool:
    """Whether place `a` goes before place `b` by the rules of queue `q`, then by arrival."""
    by_rule = compare_keys(p, m, q, a, b)
    return by_rule < 0 or (by_rule == 0 and m[a + 1] < m[b + 1])


@inner
def rank_of(p: Whole, m: Whole, place: Int) -> int:
    """0 for a repair, 1 for work without people, 2 for such on ways that call for it, 3 for work that needs a crew."""
    u = m[L.V_STEP] + m[place + 2] * L.U_COLUMNS
    cls = p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS
    if p[cls + L.C_KIND] == L.REPAIR:
        return 0
    if p[cls + L.C_CREW] >= 0:
        return 3
    called = p[cls + L.C_CALLED] and p[cls + L.C_KIND] == L.WORK and m[u + L.U_ATTEMPT] == m[u + L.U_LAP]
    return 2 if called else 1


@inner
def came_at(p: Whole, m: Whole, place: Int) -> int:
    """Tick at which the step joined its queue, or at which its first part came if it keeps its place from then on."""
    js = m[place + 2]
    u = m[L.V_STEP] + js * L.U_COLUMNS
    keeps = p[p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS + L.C_FIRST_PART] and m[u + L.U_ATTEMPT] == 0
    more = m[L.V_MORE] + js * L.M_COLUMNS
    return m[more + L.M_CAME] if keeps and m[more + L.M_PLACE] != 0 else m[u + L.U_SINCE]


@inner
def sits(p: Whole, m: Whole, place: Int) -> bool:
    """Whether the unit of the step is on a machine."""
    j = m[m[L.V_STEP] + m[place + 2] * L.U_COLUMNS + L.U_JOB]
    if j < 0:
        return False
    job = p[L.JOB] + j * L.J_COLUMNS
    first = m[L.V_STEP] + p[job + L.J_FIRST] * L.U_COLUMNS
    for i in range(p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]):
        if m[first + i * L.U_COLUMNS + L.U_SLOT] >= 0:
            return True
    return False


@inner
def came_first(p: Whole, m: Whole, a: Int, b: Int) -> bool:
    """Whether place `a` was taken before place `b`; in one tick units on machines come first."""
    left, right = came_at(p, m, a), came_at(p, m, b)
    if left != right:
        return left < right
    on_machine = sits(p, m, a)
    if on_machine != sits(p, m, b):
        return on_machine
    return m[a + 1] < m[b + 1]
