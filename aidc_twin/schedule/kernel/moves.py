"""Moves on what makes orders late, accepted by annealing."""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.delta import begin, evaluate, relocate, undo
from aidc_twin.schedule.kernel.jit import Cells, draw, kernel
from aidc_twin.schedule.kernel.plant import freed_by, left, precedes
from aidc_twin.schedule.kernel.shared import bucket


@kernel
def key_between(p: C.Memory, s: C.Memory, i: int, a: int, b: int, wish: int) -> int:
    """Key of an operation between neighbours `a` and `b` (-1: none), near `wish`; -1 where there is none."""
    low, high = (-1, C.NEVER)
    if a >= 0:
        low = s[s[C.F_KEY] + a]
    if b >= 0:
        high = s[s[C.F_KEY] + b]
    for n in range(p[p[C.BEFORE_AT] + i], p[p[C.BEFORE_AT] + i + 1]):
        low = max(low, s[s[C.F_KEY] + p[p[C.BEFORE] + n]])
    for n in range(p[p[C.AFTER_AT] + i], p[p[C.AFTER_AT] + i + 1]):
        high = min(high, s[s[C.F_KEY] + p[p[C.AFTER] + n]])
    if high - low < 2:
        return -1
    if low < wish < high:
        return wish
    step = min(high - low >> 1, 1 << s[C.SCALE])
    return low + step if wish <= low else high - step


@kernel
def shift(p: C.Memory, s: C.Memory, i: int, places: int) -> bool:
    """Relocate an operation some places earlier (below 0) or later on its machine; False where it cannot be."""
    a, b = (s[s[C.F_PREV] + i], s[s[C.F_NEXT] + i])
    if places < 0:
        if a < 0:
            return False
        b, a = (a, s[s[C.F_PREV] + a])
        for _ in range(-places - 1):
            if a < 0:
                break
            b, a = (a, s[s[C.F_PREV] + a])
        if p[p[C.FIXED_START] + b] >= 0:
            return False
        wish = s[s[C.F_KEY] + b] - 1
    else:
        if b < 0:
            return False
        a, b = (b, s[s[C.F_NEXT] + b])
        for _ in range(places - 1):
            if b < 0:
                break
            a, b = (b, s[s[C.F_NEXT] + b])
        wish = s[s[C.F_KEY] + a] + 1
    key = key_between(p, s, i, a, b, wish)
    if key < 0:
        return False
    relocate(p, s, i, s[s[C.F_OPTION] + i], a, key)
    return True


@kernel
def transfer(p: C.Memory, s: C.Memory, i: int, option: int, places: int) -> bool:
    """Relocate an operation to another machine, some places before the one that its ready time gives."""
    m = p[p[C.OPTION_MACHINE] + option]
    tick = p[p[C.RELEASE] + i]
    for n in range(p[p[C.BEFORE_AT] + i], p[p[C.BEFORE_AT] + i + 1]):
        tick = max(tick, s[s[C.F_END] + p[p[C.BEFORE] + n]])
    a, b = (s[s[C.F_LAST] + m], -1)
    while a >= 0 and s[s[C.F_START] + a] > tick and (p[p[C.FIXED_START] + a] < 0):
        a, b = (s[s[C.F_PREV] + a], a)
    for _ in range(places):
        if b < 0:
            break
        a, b = (b, s[s[C.F_NEXT] + b])
    key = key_between(p, s, i, a, b, (max(tick, s[s[C.F_START] + a] if a >= 0 else 0) + 1) << s[C.SCALE])
    if key < 0:
        return False
    relocate(p, s, i, option, a, key)
    return True


@kernel
def advance(p: C.Memory, s: C.Memory, i: int, g: Cells) -> bool:
    """Relocate an operation before one of those that use what it waits for."""
    r = p[p[C.USE_RESOURCE] + p[p[C.USE_AT] + i] + draw(g) % (p[p[C.USE_AT] + i + 1] - p[p[C.USE_AT] + i])]
    b = bucket(s, max(0, s[s[C.F_START] + i] - 1))
    if s[s[C.F_BUSY_COUNT] + r * s[C.BUCKETS] + b] == 0:
        return False
    n = draw(g) % s[s[C.F_BUSY_COUNT] + r * s[C.BUCKETS] + b]
    j = s[s[C.F_BUSY] + 4 * (r * s[C.BUCKETS] + b) * s[C.ROOM] + n] & C.NUMBER
    if j == i or not precedes(s, j, i):
        return False
    key = key_between(p, s, i, s[s[C.F_PREV] + i], s[s[C.F_NEXT] + i], s[s[C.F_KEY] + j] - 1)
    if key < 0 or key > s[s[C.F_KEY] + j]:
        return False
    relocate(p, s, i, s[s[C.F_OPTION] + i], s[s[C.F_PREV] + i], key)
    return True


@kernel
def seat_by_key(p: C.Memory, s: C.Memory, i: int, key: int) -> int:
    """Operation on the machine of `i` behind which a key belongs that is smaller than its own; -1: none."""
    a = s[s[C.F_PREV] + i]
    while a >= 0 and s[s[C.F_KEY] + a] > key and p[p[C.FIXED_START] + a] < 0:
        a = s[s[C.F_PREV] + a]
    return a


@kernel
def pull(p: C.Memory, s: C.Memory, i: int, key: int, g: Cells) -> bool:
    """Relocate an operation to a smaller key, and some that follow it by as much."""
    way = s[s[C.F_KEY] + i] - key
    for n in range(1 + draw(g) % C.MOST):
        wish = s[s[C.F_KEY] + i] - way
        a = seat_by_key(p, s, i, wish)
        b = -1
        if p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]] >= 0:
            b = s[s[C.F_NEXT] + a] if a >= 0 else s[s[C.F_FIRST] + p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]]]
            if b == i:
                b = s[s[C.F_NEXT] + i]
        found = key_between(p, s, i, a, b, wish)
        if found < 0 or found >= s[s[C.F_KEY] + i]:
            return n > 0
        relocate(p, s, i, s[s[C.F_OPTION] + i], a, found)
        count = p[p[C.AFTER_AT] + i + 1] - p[p[C.AFTER_AT] + i]
        if count == 0:
            return True
        i = p[p[C.AFTER] + p[p[C.AFTER_AT] + i] + draw(g) % count]
        if p[p[C.FIXED_START] + i] >= 0:
            return True
    return True


@kernel
def rival(p: C.Memory, s: C.Memory, i: int, g: Cells) -> int:
    """Key just before one of those that take before operation `i` what it is short of, -1 if none was found."""
    q = p[p[C.TAKE_STORE] + p[p[C.TAKE_AT] + i] + draw(g) % (p[p[C.TAKE_AT] + i + 1] - p[p[C.TAKE_AT] + i])]
    for _ in range(4):
        n = p[p[C.TAKER_AT] + q] + draw(g) % (p[p[C.TAKER_AT] + q + 1] - p[p[C.TAKER_AT] + q])
        j = p[p[C.TAKER] + n]
        if precedes(s, j, i) and p[p[C.FIXED_START] + j] < 0:
            return s[s[C.F_KEY] + j] - 1
    return -1


@kernel
def late_order(p: C.Memory, s: C.Memory, g: Cells) -> int:
    """One of a few orders that costs most by being late.

    A move for it is trusted to win some part of its cost: most wins are small, and a small trust ends a bad one soon.
    """
    best, cost = (-1, -1)
    for _ in range(4):
        o = draw(g) % s[C.ORDERS]
        mine = p[p[C.WEIGHT] + o] * max(0, s[s[C.F_DONE] + o] - p[p[C.DUE] + o])
        if mine > cost:
            best, cost = (o, mine)
    s[C.ALLOWED] = cost >> 2 + draw(g) % 4
    return best


@kernel
def holdup(p: C.Memory, s: C.Memory, o: int, g: Cells) -> int:
    """An operation on the critical chain of an order that waits for its machine, or for what others share; or -1."""
    i = -1
    for a in range(p[p[C.LAST_AT] + o], p[p[C.LAST_AT] + o + 1]):
        j = p[p[C.LAST] + a]
        if s[s[C.F_END] + j] + p[p[C.TAIL] + j] == s[s[C.F_DONE] + o]:
            i = j
            break
    found, seen = (-1, 0)
    for _ in range(C.CHAIN):
        if i < 0 or p[p[C.FIXED_START] + i] >= 0:
            break
        before, end = (-1, p[p[C.RELEASE] + i])
        for n in range(p[p[C.BEFORE_AT] + i], p[p[C.BEFORE_AT] + i + 1]):
            if s[s[C.F_END] + p[p[C.BEFORE] + n]] > end:
                before, end = (p[p[C.BEFORE] + n], s[s[C.F_END] + p[p[C.BEFORE] + n]])
        a, m = s[s[C.F_PREV] + i], p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]]
        waits = m >= 0 and left(p, s, m, a, i) > end
        if waits and freed_by(p, m, a) != C.OWN_END:
            a = freed_by(p, m, a) >> 1
        if waits or s[s[C.F_SHORT] + i] or s[s[C.F_START] + i] > s[s[C.F_READY] + i]:
            seen += 1
            if draw(g) % seen == 0:
                found = i
        i = a if waits and draw(g) % 3 > 0 else before
    return found


@kernel
def propose(p: C.Memory, s: C.Memory, g: Cells) -> bool:
    """Relocate something that may shorten what is late; False where nothing was found."""
    u = draw(g) % 16
    s[C.ALLOWED] = 0
    i = holdup(p, s, late_order(p, s, g), g) if u < 13 else draw(g) % s[C.OPERATIONS]
    if i < 0 or p[p[C.FIXED_START] + i] >= 0:
        return False
    if s[s[C.F_SHORT] + i]:
        key = rival(p, s, i, g)
        return key >= 0 and pull(p, s, i, key, g)
    if draw(g) % 4 == 0:
        return pull(p, s, i, s[s[C.F_KEY] + i] - ((1 << s[C.SCALE]) << draw(g) % s[C.REACH]), g)
    options = p[p[C.OPTION_AT] + i + 1] - p[p[C.OPTION_AT] + i]
    if u < 13 and s[s[C.F_START] + i] > s[s[C.F_READY] + i] and (draw(g) % 2 == 0):
        return advance(p, s, i, g)
    if p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]] < 0:
        return False
    v = draw(g) % 8
    if v < 3 and options > 1:
        option = p[p[C.OPTION_AT] + i] + draw(g) % options
        if option != s[s[C.F_OPTION] + i]:
            return transfer(p, s, i, option, draw(g) % 3)
    if v < 6:
        return shift(p, s, i, -1 - draw(g) % (1 << draw(g) % 5))
    a = s[s[C.F_PREV] + i]
    if a < 0 or p[p[C.FIXED_START] + a] >= 0:
        return False
    if v == 6 and p[p[C.OPTION_AT] + a + 1] - p[p[C.OPTION_AT] + a] > 1:
        option = p[p[C.OPTION_AT] + a] + draw(g) % (p[p[C.OPTION_AT] + a + 1] - p[p[C.OPTION_AT] + a])
        if option != s[s[C.F_OPTION] + a]:
            return transfer(p, s, a, option, draw(g) % 3)
    return shift(p, s, a, 1 + draw(g) % (1 << draw(g) % 5))


@kernel
def anneal(p: C.Memory, s: C.Memory, c: C.Reals, g: Cells, work: int, warmth: float) -> float:
    """Relocate operations until `work` more of them were placed; returns the change of the objective.

    A worse schedule is kept with the probability that its loss has at a temperature of `warmth`.
    """
    total, until = (0.0, s[C.WORK] + work)
    while s[C.WORK] < until:
        s[C.WORK] += 1
        begin(s)
        if not propose(p, s, g):
            continue
        s[C.TRIED] += 1
        limit = -warmth * np.log((draw(g) + 1) / 2147483648.0)
        change = evaluate(p, s, c, limit / max(c[C.TARDY], 1e-12) + s[C.ALLOWED])
        if change <= limit:
            s[C.TAKEN] += 1
            total += change
        else:
            undo(p, s)
    return total
