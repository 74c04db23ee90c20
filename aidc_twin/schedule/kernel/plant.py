"""Where an operation can run: calendars, machines, changeovers, stores and shared resources.

An operation is placed after all those of smaller keys: at its earliest time that suits its predecessors, the last
operation on its machine, its calendar, what it takes from stores, and what is left of shared resources beside those
others. So a schedule is a function of keys and chosen machines alone, and the times of an operation are a function of
those few others that it meets. Shared resources are given back at an operation's end. Stores (materials, places that
are kept for longer) are handed out in the order of keys: what an operation takes is there as soon as the supply covers
what all takers of smaller keys and itself take. A machine that is kept beyond its operation is free when another
operation of the same unit starts, or ends, which is decoded before what comes next on the machine; so units never wait
for each other in a circle.
"""

from __future__ import annotations

from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.jit import kernel
from aidc_twin.schedule.kernel.shared import clear, conflict, enter, relief
from aidc_twin.schedule.kernel.times import amount_at, beyond, finishes, opens


@kernel
def precedes(s: C.Memory, one: int, other: int) -> bool:
    """Whether an operation is decoded before another one."""
    return s[s[C.F_KEY] + one] < s[s[C.F_KEY] + other] or (s[s[C.F_KEY] + one] == s[s[C.F_KEY] + other] and one < other)


@kernel
def given(p: C.Memory, s: C.Memory, i: int, q: int, tick: int) -> int:
    """What operations decoded before `i` have given to a store up to a tick."""
    total = 0
    for n in range(p[p[C.GIVER_AT] + q], p[p[C.GIVER_AT] + q + 1]):
        j = p[p[C.GIVER] + n]
        if s[s[C.F_START] + j] <= tick and j != i and precedes(s, j, i):
            for g in range(p[p[C.GIVE_AT] + j], p[p[C.GIVE_AT] + j + 1]):
                if p[p[C.GIVE_STORE] + g] == q and gives_at(p, s, j, g) <= tick:
                    total += p[p[C.GIVE_AMOUNT] + g]
    return total


@kernel
def gives_at(p: C.Memory, s: C.Memory, j: int, g: int) -> int:
    """Tick at which an operation gives to a store by row `g`."""
    return s[s[C.F_START] + j] if p[p[C.GIVE_EARLY] + g] else s[s[C.F_END] + j]


@kernel
def outside(p: C.Memory, q: int, tick: int) -> int:
    """What a store has got up to a tick from outside."""
    return amount_at(p, p[C.SUPPLY], p[C.SUPPLY_FROM], p[p[C.SUPPLY_AT] + q], p[p[C.SUPPLY_AT] + q + 1], tick)


@kernel
def supplied(p: C.Memory, s: C.Memory, i: int, q: int, tick: int) -> int:
    """What a store has got up to a tick from outside and from operations decoded before `i`."""
    return outside(p, q, tick) + given(p, s, i, q, tick)


@kernel
def stocked(p: C.Memory, s: C.Memory, i: int, q: int, need: int, tick: int) -> int:
    """First tick from `tick` on at which a store has got `need`: what `i` and all takers before it take."""
    if tick >= C.NEVER or supplied(p, s, i, q, tick) >= need:
        return tick
    count = gifts(p, s, i, q, tick)
    end = p[p[C.SUPPLY_AT] + q + 1]
    c = beyond(p, p[C.SUPPLY_FROM], p[p[C.SUPPLY_AT] + q], end, tick)
    low, high = tick + 1, C.NEVER
    while c < end and p[p[C.SUPPLY] + c] < need - s[s[C.F_GIFT]]:
        c += 1
    if c < end:  # enough from outside then, with what is given by now
        high = p[p[C.SUPPLY_FROM] + c]
    top = tick
    for n in range(1, count):
        top = max(top, s[s[C.F_GIFT] + 2 * n])
    for n in range(p[p[C.SUPPLY_AT] + q], end):
        top = max(top, p[p[C.SUPPLY_FROM] + n])
    if high > top and promised(p, s, q, count, top) >= need:
        high = top
    if high == C.NEVER:
        return high
    while low < high:
        middle = (low + high) >> 1
        if promised(p, s, q, count, middle) >= need:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def gifts(p: C.Memory, s: C.Memory, i: int, q: int, tick: int) -> int:
    """List what operations decoded before `i` give to a store after a tick, behind the sum of what they gave before."""
    count, base = 1, s[C.F_GIFT]
    s[base] = 0
    for n in range(p[p[C.GIVER_AT] + q], p[p[C.GIVER_AT] + q + 1]):
        j = p[p[C.GIVER] + n]
        if j == i or not precedes(s, j, i):
            continue
        for g in range(p[p[C.GIVE_AT] + j], p[p[C.GIVE_AT] + j + 1]):
            if p[p[C.GIVE_STORE] + g] != q:
                continue
            at = gives_at(p, s, j, g)
            if at <= tick:
                s[base] += p[p[C.GIVE_AMOUNT] + g]
            else:
                s[base + 2 * count], s[base + 2 * count + 1] = at, p[p[C.GIVE_AMOUNT] + g]
                count += 1
    return count


@kernel
def promised(p: C.Memory, s: C.Memory, q: int, count: int, tick: int) -> int:
    """What a store will have got up to a tick, from outside and by the list of gifts."""
    base = s[C.F_GIFT]
    total = s[base] + outside(p, q, tick)
    for n in range(1, count):
        if s[base + 2 * n] <= tick:
            total += s[base + 2 * n + 1]
    return total


@kernel
def count_need(p: C.Memory, s: C.Memory, i: int) -> None:
    """Note what all takers up to an operation take from its stores, where operations are decoded in order."""
    for t in range(p[p[C.TAKE_AT] + i], p[p[C.TAKE_AT] + i + 1]):
        q = p[p[C.TAKE_STORE] + t]
        s[s[C.F_TAKEN] + q] += p[p[C.TAKE_AMOUNT] + t]
        s[s[C.F_NEED] + t] = s[s[C.F_TAKEN] + q]


@kernel
def pass_takers(p: C.Memory, s: C.Memory, i: int, key: int) -> None:
    """Note what takers take up to each of them, as an operation changes its key."""
    for t in range(p[p[C.TAKE_AT] + i], p[p[C.TAKE_AT] + i + 1]):
        q, amount = p[p[C.TAKE_STORE] + t], p[p[C.TAKE_AMOUNT] + t]
        for n in range(p[p[C.TAKER_AT] + q], p[p[C.TAKER_AT] + q + 1]):
            j = p[p[C.TAKER] + n]
            if j == i:
                continue
            was = precedes(s, i, j)
            now = key < s[s[C.F_KEY] + j] or (key == s[s[C.F_KEY] + j] and i < j)
            if was == now:
                continue
            for u in range(p[p[C.TAKE_AT] + j], p[p[C.TAKE_AT] + j + 1]):
                if p[p[C.TAKE_STORE] + u] == q:
                    s[s[C.F_NEED] + u] += amount if now else -amount
                    s[s[C.F_NEED] + t] += -p[p[C.TAKE_AMOUNT] + u] if now else p[p[C.TAKE_AMOUNT] + u]


@kernel
def changeover(p: C.Memory, s: C.Memory, i: int, m: int) -> int:
    """Changeover of machine `m` from what is before operation `i` on it, in ticks."""
    if p[p[C.MACHINE_SETUP] + m] < 0 or p[p[C.FAMILY] + i] < 0:
        return 0
    family = p[p[C.FAMILY] + s[s[C.F_PREV] + i]] if s[s[C.F_PREV] + i] >= 0 else p[p[C.MACHINE_FAMILY] + m]
    return (
        p[p[C.SETUP] + (p[p[C.MACHINE_SETUP] + m] * p[C.FAMILIES] + family) * p[C.FAMILIES] + p[p[C.FAMILY] + i]]
        if family >= 0
        else 0
    )


@kernel
def freed_by(p: C.Memory, m: int, a: int) -> int:
    """What frees machine `m` behind operation `a` on it, or where that is -1 behind what was there at the beginning."""
    return p[p[C.KEEP] + a] if a >= 0 else p[p[C.MACHINE_KEEP] + m]


@kernel
def freed(p: C.Memory, s: C.Memory, m: int, a: int) -> int:
    """Tick from which machine `m` is free behind `a` (-1: the beginning), if what frees it has its times."""
    code, end = freed_by(p, m, a), 0
    if a >= 0:
        end = s[s[C.F_END] + a]
    if code == C.OWN_END:
        return end
    if code == C.STAYS:
        return C.NEVER
    return max(end, s[s[C.F_END] + (code >> 1)] if code & 1 else s[s[C.F_START] + (code >> 1)])


@kernel
def left(p: C.Memory, s: C.Memory, m: int, a: int, i: int) -> int:
    """The same for operation `i`, NEVER where what frees the machine is not decoded before it."""
    code = freed_by(p, m, a)
    if code >= 0 and not precedes(s, code >> 1, i):
        return C.NEVER
    return freed(p, s, m, a)


@kernel
def apart(p: C.Memory, s: C.Memory, i: int) -> int:
    """Tick from which a batch that waits for company can start, since none went before it on its machine that had room
    for it while it waited.
    """
    if p[p[C.APART] + i] == 0:
        return 0
    a = s[s[C.F_PREV] + i]
    while a >= 0:
        if p[p[C.KIND] + a] & 1 and p[p[C.KIND] + a] >> 1 == p[p[C.KIND] + i] >> 1:
            return s[s[C.F_START] + a] + p[p[C.APART] + i]
        a = s[s[C.F_PREV] + a]
    return 0


@kernel
def place(p: C.Memory, s: C.Memory, i: int) -> bool:
    """Write the earliest times of an operation after all those of smaller keys; False where it never can start, or ends
    after something that waits for it and cannot move.

    Only `ready`, `short`, `setup`, `start` and `end` are written.
    """
    s[C.WORK] += 1
    tick = p[p[C.RELEASE] + i]
    for a in range(p[p[C.BEFORE_AT] + i], p[p[C.BEFORE_AT] + i + 1]):
        tick = max(tick, s[s[C.F_END] + p[p[C.BEFORE] + a]])
    m = p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]]
    if p[p[C.FIXED_START] + i] >= 0:
        s[s[C.F_READY] + i] = s[s[C.F_START] + i] = p[p[C.FIXED_START] + i]
        s[s[C.F_END] + i] = p[p[C.FIXED_END] + i]
        s[s[C.F_SHORT] + i] = 0
        return True
    work = p[p[C.OPTION_WORK] + s[s[C.F_OPTION] + i]]
    s[s[C.F_SETUP] + i] = 0
    if m >= 0:
        tick = max(tick, p[p[C.MACHINE_FROM] + m])
        tick = max(tick, left(p, s, m, s[s[C.F_PREV] + i], i), apart(p, s, i))
        s[s[C.F_SETUP] + i] = changeover(p, s, i, m)
        work += s[s[C.F_SETUP] + i]
    without = tick
    for t in range(p[p[C.TAKE_AT] + i], p[p[C.TAKE_AT] + i + 1]):
        tick = stocked(p, s, i, p[p[C.TAKE_STORE] + t], s[s[C.F_NEED] + t], tick)
    s[s[C.F_SHORT] + i] = tick > without
    tick = opens(p, p[p[C.STARTS_IN] + i], tick)
    end = finishes(p, p[p[C.WORKS_IN] + i], tick, work)
    tick, end = beside(p, i, m, tick, end, work)
    s[s[C.F_READY] + i] = tick
    trying = True
    while trying and end < C.NEVER:
        trying = False
        for u in range(p[p[C.USE_AT] + i], p[p[C.USE_AT] + i + 1]):
            r, amount = (p[p[C.USE_RESOURCE] + u], p[p[C.USE_AMOUNT] + u])
            bad = conflict(p, s, i, r, amount, tick, max(end, tick + 1))
            if bad >= 0:
                tick = opens(p, p[p[C.STARTS_IN] + i], relief(p, s, i, r, amount, bad))
                end = finishes(p, p[p[C.WORKS_IN] + i], tick, work)
                tick, end = beside(p, i, m, tick, end, work)
                trying = True
                break
    s[s[C.F_START] + i], s[s[C.F_END] + i] = (tick, end)
    for a in range(p[p[C.AFTER_AT] + i], p[p[C.AFTER_AT] + i + 1]):
        fixed = p[p[C.FIXED_START] + p[p[C.AFTER] + a]]
        if 0 <= fixed < end:
            return False
    return end < C.NEVER


@kernel
def beside(p: C.Memory, i: int, m: int, tick: int, end: int, work: int) -> tuple[int, int]:
    """First times from `tick` on in which machine `m` is there all the time."""
    if m < 0:
        return (tick, end)
    for d in range(p[p[C.DOWN_AT] + m], p[p[C.DOWN_AT] + m + 1]):
        if tick < p[p[C.DOWN_TO] + d] and (
            end > p[p[C.DOWN_FROM] + d] or (tick == end and tick >= p[p[C.DOWN_FROM] + d])
        ):
            tick = opens(p, p[p[C.STARTS_IN] + i], p[p[C.DOWN_TO] + d])
            end = finishes(p, p[p[C.WORKS_IN] + i], tick, work)
    return (tick, end)


@kernel
def append(p: C.Memory, s: C.Memory, i: int) -> None:
    """Put an operation behind all others on the machine of its option, if it has one."""
    m = p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]]
    if m < 0:
        return
    a = s[s[C.F_LAST] + m]
    s[s[C.F_PREV] + i] = a
    if a >= 0:
        s[s[C.F_NEXT] + a] = i
    else:
        s[s[C.F_FIRST] + m] = i
    s[s[C.F_LAST] + m] = i


@kernel
def enter_fixed(p: C.Memory, s: C.Memory) -> None:
    """Empty all buckets but for what cannot move."""
    clear(s)
    for i in range(s[C.OPERATIONS]):
        if p[p[C.FIXED_START] + i] >= 0:
            place(p, s, i)
            enter(p, s, i)
