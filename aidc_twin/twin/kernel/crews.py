"""What the people of a crew whose members are named choose; see `floor.call` for who of them is busy.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.floor import idle_longest, machine_of, person_for, who_may
from aidc_twin.twin.kernel.jit import rare
from aidc_twin.twin.kernel.layout import Int, Whole
from aidc_twin.twin.kernel.offers import crew_key, crew_of, giver_of, offered, place_of
from aidc_twin.twin.kernel.turns import came_at, came_first

ASKED = 3
"""In the cell that says that a queue is a candidate: the people of a crew choose from its head now."""


@rare
def ask(p: Whole, m: Whole, crew: Int) -> None:
    """The people of a crew choose now, from what each queue rule offers, and all that follows the crew's own."""
    for i in range(m[L.K_CANDIDATES]):
        if crew_of(p, m, place_of(m, i)) == crew and (giver_of(p, m, i) == crew or offered(p, m, i)):
            m[m[L.V_QUEUE] + m[m[L.V_QUEUE] + i * L.E_COLUMNS + L.E_LIST] * L.E_COLUMNS + L.E_IS] = ASKED


@rare
def choice(p: Whole, m: Whole, crew: Int, now: Int) -> Int:
    """Candidate that the person of a crew who has been idle longest, of those who may do any, chooses; -1 if nothing is
    left to choose from.
    """
    best, person = -1, -1
    for i in range(m[L.K_CANDIDATES]):
        if is_asked(m, i):
            one = person_for(p, m, crew, who_may(p, class_at(p, m, place_of(m, i)), crew))
            if person < 0 or idle_before(p, m, crew, one, person):
                person = one
    for i in range(m[L.K_CANDIDATES]):
        if is_asked(m, i):
            who = who_may(p, class_at(p, m, place_of(m, i)), crew)
            may = who == 0 or who >> person & 1
            if may and (best < 0 or likes(p, m, crew, person + 1, place_of(m, i), place_of(m, best), now)):
                best = i
    return best


@rare
def is_asked(m: Whole, i: Int) -> bool:
    """Whether the people of the crew that chooses now choose from candidate number `i` too."""
    return bool(m[m[L.V_QUEUE] + m[m[L.V_QUEUE] + i * L.E_COLUMNS + L.E_LIST] * L.E_COLUMNS + L.E_IS] == ASKED)


@rare
def idle_before(p: Whole, m: Whole, crew: Int, one: Int, other: Int) -> bool:
    """Whether a person of a crew has been idle longer than another one, of equals whether his number is lower."""
    left = m[machine_of(p, m, crew, one) + L.G_LEFT]
    right = m[machine_of(p, m, crew, other) + L.G_LEFT]
    return bool(left < right) or (left == right and bool(one < other))


@rare
def likes(p: Whole, m: Whole, crew: Int, person: Int, a: Int, b: Int, now: Int) -> bool:
    """Whether a person chooses the step at place `a` before that at place `b`."""
    left, right = p[class_at(p, m, a) + L.C_PREFER] == person, p[class_at(p, m, b) + L.C_PREFER] == person
    if left != right:
        return left
    key, other = crew_key(p, m, crew, a), crew_key(p, m, crew, b)
    if key == other and p[p[L.RES] + crew * L.R_COLUMNS + L.R_RULE] == L.FIFO:
        key, other = came_at(p, m, a), came_at(p, m, b)
    if key == other:
        key, other = idle_since(p, m, a, now), idle_since(p, m, b, now)
    return bool(key < other) or (key == other and came_first(p, m, a, b))


@rare
def class_at(p: Whole, m: Whole, place: Int) -> Int:
    """First cell of the class of the step at a place of a queue."""
    return p[L.CLASS] + m[m[L.V_STEP] + m[place + 2] * L.U_COLUMNS + L.U_CLASS] * L.C_COLUMNS


@rare
def idle_since(p: Whole, m: Whole, place: Int, now: Int) -> Int:
    """Tick at which that of a step's servers was left which has been idle longest; without any, at which it came."""
    r = p[class_at(p, m, place) + L.C_SERVER]
    if r < 0:
        return came_at(p, m, place)
    return m[machine_of(p, m, r, idle_longest(p, m, r, now)) + L.G_LEFT]
