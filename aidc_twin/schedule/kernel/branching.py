"""Whether a shop can be done within a makespan, by trying: choices first, then which of two operations comes first.

Both orders of the pairs with least slack (Smith and Cheng 1993) are tried, each with all that follows from it. Where
one is refuted the other holds; else the pair is taken whose orders narrow the windows most. The search goes into depth
and can be left and gone on with at any branch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aidc_twin.schedule.kernel.edges import (  # fmt: skip
    BACK,
    DEPTH,
    EARLY,
    FAR,
    FLEXIBLE,
    KIND,
    LATE,
    LEAST,
    LEFT,
    ONE,
    OTHER,
    PAIRS,
    STATES,
    TRAIL,
    WORK,
    Shop,
    Tree,
    clean,
    drop,
    lower_late,
    narrowed,
    raise_early,
)
from aidc_twin.schedule.kernel.jit import Cells, at, kernel

WENT_ON, REFUTED, FOUND, TOO_DEEP = 0, 1, 2, 3
"""What `advance` returns: work is used up, no schedule is so short, the windows are one, there is no room."""
ORDER, TAKE, LEAVE = 0, 1, 2
"""Kinds of decisions: the first operation before the second, a choice, and not this choice."""
OPEN, FORCED, IMPOSSIBLE, DECIDED = 0, 1, 2, 3
"""What the next decision is."""
SCALE, LESSER = 1000, 10
"""Parts of a unit by which slack is compared, and how often the lesser of two narrowings counts."""


@kernel
def decide(p: Shop, t: Tree, depth: int, kind: int, a: int, b: int) -> bool:
    """Decide something at a depth and narrow the windows; whether that is refuted. The trail is left to the caller."""
    w, alive, dirty = t.states[depth], t.alive[depth], t.dirty
    bad = False
    if kind == ORDER:
        t.order[a, b] = 1
        bad = raise_early(p, w, alive, dirty, b, w[EARLY, a] + w[LEAST, a])
        bad = bad or lower_late(p, w, alive, dirty, a, w[LATE, b] - w[LEAST, b])
    elif kind == LEAVE:
        bad = drop(p, w, alive, dirty, a)
    else:
        i = p.owner[a]
        for q in range(p.first[i], p.first[i + 1]):
            if q != a and alive[q] and not bad:
                bad = drop(p, w, alive, dirty, q)
    if bad:
        clean(dirty)
    return bad or narrowed(p, t, depth)


@kernel
def _copy(t: Tree, depth: int) -> None:
    """Write the state at a depth to the next one."""
    for row in range(STATES):
        for i in range(t.states.shape[2]):
            t.states[at(depth + 1), row, at(i)] = t.states[at(depth), row, at(i)]
    if t.cells[FLEXIBLE]:
        for q in range(t.alive.shape[1]):
            t.alive[at(depth + 1), at(q)] = t.alive[at(depth), at(q)]


@kernel
def _choice(p: Shop, w: Cells, alive: Any) -> int:
    """Fastest choice of the operation of least slack among those that have several left; -1 if none has."""
    pick, least = -1, FAR
    for i in range(len(p.last)):
        if w[LEFT, i] > 1:
            slack = 16 * (w[LATE, i] - w[EARLY, i] - w[LEAST, i]) + w[LEFT, i]
            if slack < least:
                pick, least = i, slack
    best = -1
    if pick >= 0:
        for q in range(p.first[pick], p.first[pick + 1]):
            if alive[q] and (best < 0 or p.time[q] < p.time[best]):
                best = q
    return best


@kernel
def _candidates(p: Shop, t: Tree, depth: int) -> int:
    """Write pairs that both orders are left of, those of least slack; how many there are."""
    w, alive, pairs = t.states[depth], t.alive[depth], t.pairs
    found, most = 0, len(pairs)
    for m in range(len(p.on_first) - 1):
        for a in range(p.on_first[m], p.on_first[m + 1]):
            i = p.owner[p.on[a]]
            if not alive[p.on[a]]:
                continue
            t.cells[WORK] += 1 + (p.on_first[m + 1] - a) // PAIRS
            for b in range(a + 1, p.on_first[m + 1]):
                j = p.owner[p.on[b]]
                if not alive[p.on[b]] or t.order[i, j] or t.order[j, i]:
                    continue
                work = p.time[p.on[a]] + p.time[p.on[b]]
                one, other = w[LATE, j] - w[EARLY, i] - work, w[LATE, i] - w[EARLY, j] - work
                if one < 0 or other < 0:
                    continue
                low, high = min(one, other), max(one, other)
                score = np.int64(SCALE * low * np.sqrt((high + 1.0) / (low + 1.0)))
                if found == most and pairs[most - 1, 0] <= score:
                    continue
                found = min(found + 1, most)
                k = found - 1
                while k > 0 and pairs[k - 1, 0] > score:
                    for column in range(3):
                        pairs[k, column] = pairs[k - 1, column]
                    k -= 1
                pairs[k, 0], pairs[k, 1], pairs[k, 2] = score, i, j
    return found


@kernel
def _size(w: Cells) -> int:
    """Sum of all windows."""
    total = 0
    for i in range(w.shape[1]):
        total += w[LATE, at(i)] - w[EARLY, at(i)]
    return total


@kernel
def _probe(p: Shop, t: Tree, depth: int, found: int) -> int:
    """Try both orders of pairs, and write what to decide next; whether that is a branch, what must be, or impossible.

    The branch is the pair whose orders narrow the windows most, the order that narrows them less first.
    """
    c, top, now = t.cells, -1, _size(t.states[depth])
    for k in range(found):
        i, j = t.pairs[k, 1], t.pairs[k, 2]
        forth = back = 0
        for turned in range(2):
            a, b = (j, i) if turned else (i, j)
            _copy(t, depth)
            gain = -1 if decide(p, t, depth + 1, ORDER, a, b) else now - _size(t.states[depth + 1])
            t.order[a, b] = 0
            if turned:
                back = gain
            else:
                forth = gain
        value = LESSER * min(forth, back) + max(forth, back)
        if value > top or forth < 0 or back < 0:
            top = value
            c[ONE], c[OTHER] = (i, j) if back < 0 or 0 <= forth <= back else (j, i)
        if forth < 0 or back < 0:
            return IMPOSSIBLE if forth == back else FORCED
    return OPEN


@kernel
def _turn(t: Tree) -> None:
    """Leave the last open branch, and decide the contrary of what was decided there."""
    c = t.cells
    c[DEPTH] -= 1
    branch = t.branches[c[DEPTH]]
    while c[TRAIL] > branch[3]:
        c[TRAIL] -= 1
        t.order[t.trail[c[TRAIL], 0], t.trail[c[TRAIL], 1]] = 0
    c[KIND] = LEAVE if branch[0] == TAKE else ORDER
    c[ONE], c[OTHER] = (branch[1], 0) if branch[0] == TAKE else (branch[2], branch[1])


@kernel
def _pick(p: Shop, t: Tree) -> int:
    """Write what to decide next; whether that is a branch, what must be, impossible, or all is decided."""
    c = t.cells
    depth = c[DEPTH]
    c[WORK] += len(p.time) // PAIRS + 1
    if c[FLEXIBLE]:
        c[KIND], c[ONE], c[OTHER] = TAKE, _choice(p, t.states[depth], t.alive[depth]), 0
        if c[ONE] >= 0:
            return OPEN
    c[KIND] = ORDER
    found = _candidates(p, t, depth)
    return _probe(p, t, depth, found) if found else DECIDED


@kernel
def _open(t: Tree) -> None:
    """Begin a branch at the next depth."""
    c = t.cells
    branch = t.branches[c[DEPTH]]
    branch[0], branch[1], branch[2], branch[3] = c[KIND], c[ONE], c[OTHER], c[TRAIL]
    _copy(t, c[DEPTH])
    c[DEPTH] += 1


@kernel
def advance(p: Shop, t: Tree, most: int) -> int:
    """Go on from the present branch until so many more operations were looked at."""
    c = t.cells
    until = c[WORK] + most
    while c[WORK] < until:
        if c[BACK]:
            if c[DEPTH] == 0:
                return REFUTED
            _turn(t)
        else:
            if c[DEPTH] + 2 > len(t.states):
                return TOO_DEEP
            found = _pick(p, t)
            if found == DECIDED:
                return FOUND
            if found == IMPOSSIBLE:
                c[BACK] = 1
                continue
            if found == OPEN:
                _open(t)
        if c[KIND] == ORDER:
            t.trail[c[TRAIL], 0], t.trail[c[TRAIL], 1] = c[ONE], c[OTHER]
            c[TRAIL] += 1
        c[BACK] = decide(p, t, c[DEPTH], c[KIND], c[ONE], c[OTHER])
    return WENT_ON
