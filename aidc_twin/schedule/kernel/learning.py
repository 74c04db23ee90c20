"""Whether a project can be done within a makespan, by trying and learning why not (lazy clause generation).

Every failure is traced back to the bounds of which it followed, until one of the last decision's level is left (Marques
Silva and Sakallah 1999, with bounds as literals as Ohrimenko, Stuckey and Codish 2009 and, for resources over time,
Schutt, Feydy, Stuckey and Wallace 2011). That they do not hold all together is a clause, which keeps the search from
failing for the same reason again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aidc_twin.schedule.kernel.jit import Cells, at, kernel
from aidc_twin.schedule.kernel.reasons import add, cover, explain, since
from aidc_twin.schedule.kernel.trail import (  # fmt: skip
    BAD_KEY,
    BAD_VALUE,
    BAD_WHY,
    BEGIN,
    BOUND,
    CLAUSE,
    CLAUSES,
    DECISION,
    DEPTH,
    FAILURES,
    FAR,
    HEAD,
    HERE,
    KEPT,
    KEY,
    KINDS,
    LENGTH,
    LEVEL,
    LIST,
    LISTED,
    LITERALS,
    NARROWINGS,
    NEED,
    NOTHING_LEFT,
    OLD,
    OVER,
    RESTART,
    ROOT,
    SEEN,
    TURN,
    USED,
    WATCH,
    WHY,
    WORK,
    Mind,
    Net,
    enter,
    failed,
    put,
    undo,
)

WENT_ON, REFUTED, FOUND = 0, 1, 2
"""What `advance` returns: work is used up, no schedule is so short, the bounds are one."""
PERIOD = 100
"""Failures between restarts, times 1, 1, 2, 1, 1, 2, 4 and so on (Luby, Sinclair and Zuckerman 1993)."""
LOOKS = 16
"""Bounds that a decision looks at in the time of a unit of work."""
FADE, HUGE = 0.95, 1e100
GROWTH = 100
"""Clauses by which those that are kept grow in number each time that some are dropped."""


@kernel
def _require(s: Mind, count: int, level: int) -> None:
    """Let the failure need the literals of the reason; those narrowed at its level are counted."""
    keys, c = s.keys, s.cells
    begin = s.levels[at(level)]
    for k in range(count):
        key, value = s.reason[at(k), 0], s.reason[at(k), 1]
        before = keys[NEED, at(key)]
        if before >= value:
            continue
        if not keys[LISTED, at(key)]:
            keys[LISTED, at(key)] = 1
            s.listed[at(c[LIST])] = key
            c[LIST] += 1
        keys[NEED, at(key)] = value
        if since(s, key, value) >= begin and (before == -FAR or since(s, key, before) < begin):
            c[HERE] += 1


@kernel
def _failure(p: Net, s: Mind) -> int:
    """Write the reason of the present failure; how many literals."""
    c = s.cells
    if c[OVER] >= 0:
        return cover(p, s, np.int64(0), np.int64(-1), c[OVER], c[NARROWINGS])
    key, value = c[BAD_KEY], c[BAD_VALUE]
    count = explain(p, s, key, value, c[BAD_WHY], c[NARROWINGS])
    return add(s, count, key ^ 1, 1 - value)


@kernel
def _bump(s: Mind, key: int, value: int, much: float) -> None:
    """Count a literal as active."""
    atom = s.base[at(key >> 1)] + (1 - value if key & 1 else value)
    s.active[at(atom)] += much


@kernel
def _learn(p: Net, s: Mind, much: float) -> bool:
    """Trace the failure back, keep its clause and what follows from it; whether it needs no decision at all."""
    keys, c, trail = s.keys, s.cells, s.trail
    count = _failure(p, s)
    level = 0
    for k in range(count):
        e = since(s, s.reason[at(k), 0], s.reason[at(k), 1])
        level = max(level, trail[at(e), LEVEL])
    if level == 0:
        return True
    if level < c[DEPTH]:
        undo(p, s, s.levels[at(level + 1)])
        c[DEPTH] = level
    c[LIST] = c[HERE] = 0
    _require(s, count, level)
    top = -1
    while True:
        e = c[NARROWINGS] - 1
        row = trail[at(e)]
        key = row[KEY]
        if keys[NEED, at(key)] > row[OLD]:
            value = keys[NEED, at(key)]
            _bump(s, key, value, much)
            if c[HERE] == 1:
                top = key
                break
            keys[NEED, at(key)] = -FAR
            c[HERE] -= 1
            count = explain(p, s, key, value, row[WHY], e)
            undo(p, s, e)
            _require(s, count, level)
            c[WORK] += 1 + count // 2
        else:
            undo(p, s, e)
    return _keep(p, s, top, much)


@kernel
def _implied(p: Net, s: Mind, key: int) -> bool:
    """Whether a literal that the failure needs follows from the others."""
    e = since(s, key, s.keys[NEED, at(key)])
    row = s.trail[at(e)]
    if row[WHY] % KINDS == DECISION:
        return False
    count = explain(p, s, key, s.keys[NEED, at(key)], row[WHY], e)
    for k in range(count):
        other = s.reason[at(k), 0]
        need = s.keys[NEED, at(other)]
        if need < s.reason[at(k), 1] or since(s, other, need) >= e:
            return False
    return True


@kernel
def _keep(p: Net, s: Mind, top: int, much: float) -> bool:
    """Write the clause of a failure, go back to where it leaves one literal, and narrow by it."""
    keys, c, lits = s.keys, s.cells, s.literals
    value = keys[NEED, at(top)]
    clause, begin = c[CLAUSES], c[LITERALS]
    lits[begin, 0], lits[begin, 1] = top ^ 1, 1 - value
    length, back = 1, 0
    for a in range(c[LIST]):
        key = s.listed[at(a)]
        keys[LISTED, at(key)] = 0
        need = keys[NEED, at(key)]
        if key == top or need == -FAR or _implied(p, s, key):
            continue
        k = at(begin + length)
        lits[k, 0], lits[k, 1] = key ^ 1, 1 - need
        length += 1
        _bump(s, key, need, much)
        level = s.trail[at(since(s, key, need)), LEVEL]
        if level > back:
            back = level
            for column in range(2):
                lits[at(begin + 1), column], lits[k, column] = lits[k, column], lits[at(begin + 1), column]
    for a in range(c[LIST]):
        keys[NEED, at(s.listed[at(a)])] = -FAR
    undo(p, s, s.levels[at(back + 1)])
    c[DEPTH] = back
    if length > 1:
        s.clauses[at(clause), BEGIN], s.clauses[at(clause), LENGTH] = begin, length
        s.clauses[at(clause), USED] = c[FAILURES]
        enter(s, clause)
        c[CLAUSES] += 1
        c[LITERALS] += length
    return put(p, s, lits[begin, 0], lits[begin, 1], KINDS * clause + CLAUSE)


@kernel
def _to_root(p: Net, s: Mind) -> None:
    """Take all decisions back."""
    if s.cells[DEPTH] > 0:
        undo(p, s, s.levels[1])
        s.cells[DEPTH] = 0


@kernel
def tighten(p: Net, s: Mind, early: Cells, last: Cells) -> None:
    """Narrow the windows of all starts for good."""
    _to_root(p, s)
    for i in range(len(early)):
        for side in range(2):
            if put(p, s, 2 * i + side, -last[i] if side else early[i], KINDS * i + DECISION):
                s.cells[NOTHING_LEFT] = 1


@kernel
def settle(s: Mind) -> None:
    """Take what holds without decisions as the root."""
    keys, c = s.keys, s.cells
    for e in range(c[NARROWINGS]):
        key = s.trail[at(e), KEY]
        keys[ROOT, at(key)], keys[HEAD, at(key)] = keys[BOUND, at(key)], -1
    c[NARROWINGS] = c[SEEN] = 0
    s.levels[1] = 0


@kernel
def forget(s: Mind, most: int) -> None:
    """Drop clauses that hold at the root, wrong literals of the others, and what was of no use for longest."""
    keys, c, lits, clauses = s.keys, s.cells, s.literals, s.clauses
    old, number, end = c[CLAUSES], 0, 0
    for key in range(keys.shape[1]):
        keys[WATCH, at(key)] = -1
    low, high = np.int64(-1), c[FAILURES]
    while high - low > 1:
        mark, recent, size = (low + high) // 2, 0, 0
        for clause in range(old):
            if clauses[clause, USED] > mark:
                recent, size = recent + 1, size + clauses[clause, LENGTH]
        if recent > most or 4 * size > len(lits):
            low = mark
        else:
            high = mark
    for clause in range(old):
        begin, length, used = clauses[clause, BEGIN], clauses[clause, LENGTH], clauses[clause, USED]
        holds, kept = used <= high, end
        for k in range(begin, begin + length):
            key, value = lits[k, 0], lits[k, 1]
            holds = holds or keys[ROOT, key] >= value
            if not holds and keys[ROOT, key ^ 1] < 1 - value:
                lits[kept, 0], lits[kept, 1] = key, value
                kept += 1
        if holds:
            continue
        clauses[number, BEGIN], clauses[number, LENGTH], clauses[number, USED] = end, kept - end, used
        end = kept
        number += 1
    c[CLAUSES], c[LITERALS] = number, end
    for clause in range(number):
        enter(s, clause)


@kernel
def _luby(i: int) -> int:
    """Number of a turn, from 1 on, in the sequence 1, 1, 2, 1, 1, 2, 4 and so on."""
    k = 1
    while (1 << k) - 1 < i:
        k += 1
    while (1 << k) - 1 != i:
        i -= (1 << (k - 1)) - 1
        k = 1
        while (1 << k) - 1 < i:
            k += 1
    return 1 << (k - 1)


@kernel
def _decide(p: Net, s: Mind, guided: bool) -> int:
    """Write the key and value of the next decision; 0 if all starts are decided."""
    b, c, tasks = s.keys[BOUND], s.cells, len(p.durations)
    pick, point, most = -1, 0, 0.0
    looked = len(s.base)
    if guided:
        for x in range(len(s.base)):
            low, high = b[at(2 * x)], -b[at(2 * x + 1)]
            looked += high - low
            for value in range(low + 1, high + 1):
                active = s.active[at(s.base[at(x)] + value)]
                if active > most:
                    pick, point, most = x, value, active
    if pick < 0:
        least, last = FAR, FAR
        for x in range(tasks):
            low, high = b[at(2 * x)], -b[at(2 * x + 1)]
            if low < high and (low < least or (low == least and high < last)):
                pick, point, least, last = x, low + 1, low, high
    if pick < 0:
        return 0
    c[WORK] += looked // LOOKS
    c[BAD_KEY], c[BAD_VALUE] = 2 * pick + 1, 1 - point
    return 1


@kernel
def _fail(p: Net, s: Mind, scale: NDArray[np.float64]) -> None:
    """Learn from a failure; without room for what would be learned, take all decisions back instead."""
    c = s.cells
    if c[DEPTH] > 0 and (c[CLAUSES] == len(s.clauses) or c[LITERALS] + s.keys.shape[1] > len(s.literals)):
        _to_root(p, s)
        return
    c[FAILURES] += 1
    scale[0] /= FADE
    if c[DEPTH] == 0 or _learn(p, s, scale[0]):
        c[NOTHING_LEFT] = 1
    if scale[0] > HUGE:
        for k in range(len(s.active)):
            s.active[k] /= HUGE
        scale[0] /= HUGE


@kernel
def advance(p: Net, s: Mind, scale: NDArray[np.float64], most: int) -> int:
    """Go on until so much more work is done; `scale`, shape (1,), is what a failure counts now."""
    c = s.cells
    until = c[WORK] + most
    while c[WORK] < until and not c[NOTHING_LEFT]:
        if failed(p, s):
            _fail(p, s, scale)
            continue
        if c[FAILURES] >= c[RESTART]:
            c[TURN] += 1
            c[RESTART] = c[FAILURES] + PERIOD * _luby(c[TURN])
            _to_root(p, s)
        if c[DEPTH] == 0:
            settle(s)
            if c[CLAUSES] >= c[KEPT] or 2 * c[LITERALS] > len(s.literals):
                forget(s, c[KEPT] // 2)
                c[KEPT] = min(c[KEPT] + GROWTH, len(s.clauses) // 2)
        if not _decide(p, s, c[TURN] > 0):
            return FOUND
        c[DEPTH] += 1
        s.levels[c[DEPTH]] = c[NARROWINGS]
        put(p, s, c[BAD_KEY], c[BAD_VALUE], KINDS * c[DEPTH] + DECISION)
    return REFUTED if c[NOTHING_LEFT] else WENT_ON
