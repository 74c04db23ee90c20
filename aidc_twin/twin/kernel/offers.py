"""Which of the heads of all queues goes first where the smallest key alone does not tell.

Nothing here writes the state. A place is the first cell of a waiting step in its queue: key, sequence, job step.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.floor import blocker, closed_at, machine_of, slot_for
from aidc_twin.twin.kernel.jit import inner, once
from aidc_twin.twin.kernel.layout import Int, Whole
from aidc_twin.twin.kernel.queues import key_of
from aidc_twin.twin.kernel.rooms import before
from aidc_twin.twin.kernel.turns import came_first, compare_keys, rank_of, ties_first


@once
def place_of(m: Whole, i: Int) -> int:
    """Place of the head of candidate number `i`."""
    return m[m[L.V_QUEUE] + i * L.E_COLUMNS + L.E_PLACE]


@once
def giver_of(p: Whole, m: Whole, i: Int) -> int:
    """Resource whose rule candidate number `i` follows, or -1."""
    return p[p[L.QUEUES] + m[m[L.V_QUEUE] + i * L.E_COLUMNS + L.E_LIST] * L.Q_COLUMNS + L.Q_GIVER]


@inner
def first_by_ties(p: Whole, m: Whole) -> Int:
    """Candidate that goes first: that with the smallest key tells whose rules hold, and of all under them the first."""
    best = 0
    for i in range(1, m[L.K_CANDIDATES]):
        if before(m, place_of(m, i), place_of(m, best)):
            best = i
    giver, q = giver_of(p, m, best), m[m[L.V_QUEUE] + best * L.E_COLUMNS + L.E_LIST]
    for i in range(m[L.K_CANDIDATES]):
        if giver_of(p, m, i) == giver and ties_first(p, m, q, place_of(m, i), place_of(m, best)):
            best = i
    return best


@inner
def offered(p: Whole, m: Whole, i: Int) -> bool:
    """Whether candidate number `i` is the first, by its rules, of those under them that need people, or do not."""
    place, rank, giver = place_of(m, i), rank_of(p, m, place_of(m, i)), giver_of(p, m, i)
    q = m[m[L.V_QUEUE] + i * L.E_COLUMNS + L.E_LIST]
    for j in range(m[L.K_CANDIDATES]):
        other = place_of(m, j)
        if j != i and giver_of(p, m, j) == giver and rank_of(p, m, other) == rank:
            order = compare_keys(p, m, q, other, place)
            if order < 0 or (order == 0 and came_first(p, m, other, place)):
                return False
    return True


@inner
def crew_of(p: Whole, m: Whole, place: Int) -> int:
    """Crew that decides on the step at a place, or -1."""
    cls = p[L.CLASS] + m[m[L.V_STEP] + m[place + 2] * L.U_COLUMNS + L.U_CLASS] * L.C_COLUMNS
    return p[cls + L.C_CREW] if rank_of(p, m, place) == 3 else -1


@inner
def crew_key(p: Whole, m: Whole, crew: Int, place: Int) -> Int:
    """Key of the step at a place by the rule of a crew."""
    u = m[L.V_STEP] + m[place + 2] * L.U_COLUMNS
    return key_of(p, m, p[p[L.RES] + crew * L.R_COLUMNS + L.R_RULE], u, m[u + L.U_CLASS], m[place + 1])


@inner
def first_offer(p: Whole, m: Whole) -> Int:
    """Candidate that goes first where crews start last: of what each queue rule offers, and each crew chooses."""
    best = -1
    for i in range(m[L.K_CANDIDATES]):
        if best >= 0:
            rank, least = rank_of(p, m, place_of(m, i)), rank_of(p, m, place_of(m, best))
            if rank > least or (rank == least and not came_first(p, m, place_of(m, i), place_of(m, best))):
                continue
        if offered(p, m, i):
            best = i
    crew = crew_of(p, m, place_of(m, best))
    if crew < 0:
        return best
    least = crew_key(p, m, crew, place_of(m, best))
    for i in range(m[L.K_CANDIDATES]):
        if crew_of(p, m, place_of(m, i)) == crew:
            key = crew_key(p, m, crew, place_of(m, i))
            if key > least or (key == least and not came_first(p, m, place_of(m, i), place_of(m, best))):
                continue
            if offered(p, m, i):
                best, least = i, key
    return best


@inner
def way_to_take(p: Whole, m: Whole, best: Int, now: Int) -> Int:
    """Candidate that goes in place of candidate `best`, where its unit has other ways that can start as well."""
    js = m[place_of(m, best) + 2]
    u = m[L.V_STEP] + js * L.U_COLUMNS
    fresh = p[p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS + L.C_KIND] == L.WORK and m[u + L.U_JOB] >= 0
    if not fresh or m[u + L.U_ATTEMPT] != m[u + L.U_LAP]:
        return best
    s = p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS
    longest, called = -1, -1
    for i in range(p[s + L.S_MOVE], p[s + L.S_MOVE_END]):
        way = p[L.MOVE] + i * L.H_COLUMNS
        if p[way + L.H_RES] == L.WAY:
            other = candidate_of(m, js - p[s + L.S_POSITION] + p[way + L.H_FROM])
            if other >= 0 and p[way + L.H_AMOUNT] == L.LOWEST:
                return other
            if other < 0:
                continue
            left = now - idle_ticks(p, m, place_of(m, other), now)
            closed = closing_of(p, m, place_of(m, other), now) if p[way + L.H_AMOUNT] == L.FIRST_TO_CALL else -1
            if closed >= 0:
                if called < 0 or max(closed, left) < called:
                    best, called = other, max(closed, left)
            elif called < 0 and (now - left > longest or (longest == 0 and p[way + L.H_AMOUNT] > L.IDLE_LONGEST)):
                best, longest = other, now - left
    return best


@inner
def closing_of(p: Whole, m: Whole, place: Int, now: Int) -> Int:
    """When the calendar closed that opens now over the step at a place; -1 if none does."""
    cls = p[L.CLASS] + m[m[L.V_STEP] + m[place + 2] * L.U_COLUMNS + L.U_CLASS] * L.C_COLUMNS
    return closed_at(p, m, m[place + 2], cls, now)


@inner
def candidate_of(m: Whole, js: Int) -> Int:
    """Number of the candidate of which a step is the head, or -1."""
    for i in range(m[L.K_CANDIDATES]):
        if m[place_of(m, i) + 2] == js:
            return i
    return -1


@inner
def idle_ticks(p: Whole, m: Whole, place: Int, now: Int) -> Int:
    """Ticks since the machine that the step at a place would take now was left; 0 if work is stopped for the step."""
    c = m[m[L.V_STEP] + m[place + 2] * L.U_COLUMNS + L.U_CLASS]
    if blocker(p, m, c, place) >= 0:
        return 0
    cls = p[L.CLASS] + c * L.C_COLUMNS
    g = machine_of(p, m, p[cls + L.C_SERVER], slot_for(p, m, m[place + 2], cls, now))
    return now - m[g + L.G_LEFT]
