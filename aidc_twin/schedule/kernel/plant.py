"""Where an operation can run: calendars, machines, changeovers, stores and shared resources.

An operation is placed after all those of smaller keys: at its earliest time that suits its predecessors, the last
operation on its machine, its calendar, what it takes from stores, and what is left of shared resources beside those
others. So a schedule is a function of keys and chosen machines alone, and the times of an operation are a function of
those few others that it meets. Shared resources are given back at an operation's end. Stores (materials, places that
are kept for longer) are handed out in the order of keys: what an operation takes is there as soon as the supply covers
what all takers of smaller keys and itself take.
"""

from __future__ import annotations

from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.jit import kernel


@kernel
def opens(p: C.Memory, k: int, tick: int) -> int:
    """First tick from `tick` on at which calendar `k` is open."""
    if k < 0 or tick >= C.NEVER:
        return tick
    low, high = (p[p[C.OPEN_AT] + k], p[p[C.OPEN_AT] + k + 1])
    end = high
    while low < high:
        middle = low + high >> 1
        if p[p[C.OPEN_TO] + middle] <= tick:
            low = middle + 1
        else:
            high = middle
    if low == end:
        return C.NEVER
    return max(tick, p[p[C.OPEN_FROM] + low])


@kernel
def finishes(p: C.Memory, k: int, tick: int, work: int) -> int:
    """Tick at which `work` open ticks of calendar `k` are over that begin at `tick`, which is open."""
    if k < 0 or tick >= C.NEVER:
        return tick + work
    low, high = (p[p[C.OPEN_AT] + k], p[p[C.OPEN_AT] + k + 1])
    end = high
    while low < high:
        middle = low + high >> 1
        if p[p[C.OPEN_TO] + middle] <= tick:
            low = middle + 1
        else:
            high = middle
    if low == end:
        return C.NEVER
    if work == 0:
        return max(tick, p[p[C.OPEN_FROM] + low])
    target = p[p[C.OPEN_BEFORE] + low] + max(0, tick - p[p[C.OPEN_FROM] + low]) + work
    if p[p[C.OPEN_BEFORE] + low] + p[p[C.OPEN_TO] + low] - p[p[C.OPEN_FROM] + low] >= target:
        return p[p[C.OPEN_FROM] + low] + target - p[p[C.OPEN_BEFORE] + low]
    high = end
    while low < high:
        middle = low + high >> 1
        if p[p[C.OPEN_BEFORE] + middle] + p[p[C.OPEN_TO] + middle] - p[p[C.OPEN_FROM] + middle] < target:
            low = middle + 1
        else:
            high = middle
    if low == end:
        return C.NEVER
    return p[p[C.OPEN_FROM] + low] + target - p[p[C.OPEN_BEFORE] + low]


@kernel
def precedes(s: C.Memory, one: int, other: int) -> bool:
    """Whether an operation is decoded before another one."""
    return s[s[C.F_KEY] + one] < s[s[C.F_KEY] + other] or (s[s[C.F_KEY] + one] == s[s[C.F_KEY] + other] and one < other)


@kernel
def counts(p: C.Memory, s: C.Memory, one: int, other: int) -> bool:
    """Whether what an operation uses counts for another one: it is decoded before it, or cannot move."""
    return one != other and (p[p[C.FIXED_START] + one] >= 0 or precedes(s, one, other))


@kernel
def bucket(s: C.Memory, tick: int) -> int:
    """Stretch of time of a tick; the last one has no end."""
    return min(tick >> s[C.WIDTH], s[C.BUCKETS] - 1)


@kernel
def capacity_step(p: C.Memory, r: int, tick: int) -> int:
    """First step of a shared resource's capacity after a tick."""
    low, high = p[p[C.CAPACITY_AT] + r], p[p[C.CAPACITY_AT] + r + 1]
    while low < high:
        middle = (low + high) >> 1
        if p[p[C.CAPACITY_FROM] + middle] <= tick:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def capacity_of(p: C.Memory, r: int, tick: int) -> int:
    """Amount of a shared resource that there is at a tick."""
    c = capacity_step(p, r, tick)
    return p[p[C.CAPACITY] + c - 1] if c > p[p[C.CAPACITY_AT] + r] else 0


@kernel
def used_at(p: C.Memory, s: C.Memory, i: int, r: int, b: int, tick: int) -> int:
    """What operations decoded before `i` use of a shared resource at a tick of bucket `b`."""
    total = 0
    base = s[C.F_BUSY] + (r * s[C.BUCKETS] + b) * s[C.ROOM]
    for n in range(base, base + s[s[C.F_BUSY_COUNT] + r * s[C.BUCKETS] + b]):
        j = s[n] & C.NUMBER
        if s[s[C.F_START] + j] <= tick < s[s[C.F_END] + j] and counts(p, s, j, i):
            total += s[n] >> C.NUMBER_BITS
    return total


@kernel
def used_between(p: C.Memory, s: C.Memory, i: int, r: int, b: int, low: int, high: int) -> int:
    """What operations decoded before `i` that run in bucket `b` between two ticks use together: no less than at one."""
    total = 0
    base = s[C.F_BUSY] + (r * s[C.BUCKETS] + b) * s[C.ROOM]
    for n in range(base, base + s[s[C.F_BUSY_COUNT] + r * s[C.BUCKETS] + b]):
        j = s[n] & C.NUMBER
        if s[s[C.F_START] + j] < high and low < s[s[C.F_END] + j] and counts(p, s, j, i):
            total += s[n] >> C.NUMBER_BITS
    return total


@kernel
def conflict(p: C.Memory, s: C.Memory, i: int, r: int, amount: int, start: int, end: int) -> int:
    """First tick of [start, end) at which a shared resource has too little for operation `i`, or -1.

    Use only grows where an operation starts, capacity only falls where it is stated: those ticks are looked at.
    """
    for b in range(bucket(s, start), bucket(s, end - 1) + 1):
        spare = s[s[C.F_SPARE] + r * s[C.BUCKETS] + b]
        if s[s[C.F_LOAD] + r * s[C.BUCKETS] + b] + amount <= spare:
            continue
        low = max(start, b << s[C.WIDTH])
        high = end if b == s[C.BUCKETS] - 1 else min(end, (b + 1) << s[C.WIDTH])
        if used_between(p, s, i, r, b, low, high) + amount <= spare:
            continue
        found = first_conflict(p, s, i, r, b, amount, low, high)
        if found < C.NEVER:
            return found
    return -1


@kernel
def first_conflict(p: C.Memory, s: C.Memory, i: int, r: int, b: int, amount: int, low: int, high: int) -> int:
    """The same within bucket `b`, NEVER where there is none."""
    if used_at(p, s, i, r, b, low) + amount > capacity_of(p, r, low):
        return low
    found = high
    base = s[C.F_BUSY] + (r * s[C.BUCKETS] + b) * s[C.ROOM]
    for n in range(base, base + s[s[C.F_BUSY_COUNT] + r * s[C.BUCKETS] + b]):
        j = s[n] & C.NUMBER
        tick = s[s[C.F_START] + j]
        if low >= tick or tick >= found or not counts(p, s, j, i):
            continue
        if used_at(p, s, i, r, b, tick) + amount > capacity_of(p, r, tick):
            found = tick
    c = capacity_step(p, r, low)
    while c < p[p[C.CAPACITY_AT] + r + 1] and p[p[C.CAPACITY_FROM] + c] < found:
        tick = p[p[C.CAPACITY_FROM] + c]
        if used_at(p, s, i, r, b, tick) + amount > p[p[C.CAPACITY] + c]:
            found = tick
        c += 1
    return found if found < high else C.NEVER


@kernel
def relief(p: C.Memory, s: C.Memory, i: int, r: int, amount: int, tick: int) -> int:
    """First tick after `tick` at which a shared resource has enough for operation `i`, NEVER if there is none.

    Use only falls where an operation ends, capacity only grows where it is stated.
    """
    last = s[C.BUCKETS] - 1
    for b in range(bucket(s, tick), last + 1):
        start = b << s[C.WIDTH]
        if start > tick and used_at(p, s, i, r, b, start) + amount <= capacity_of(p, r, start):
            return start
        high = C.NEVER if b == last else (b + 1) << s[C.WIDTH]
        found, low = high, max(tick, start)
        base = s[C.F_BUSY] + (r * s[C.BUCKETS] + b) * s[C.ROOM]
        for n in range(base, base + s[s[C.F_BUSY_COUNT] + r * s[C.BUCKETS] + b]):
            j = s[n] & C.NUMBER
            end = s[s[C.F_END] + j]
            if low >= end or end >= found or not counts(p, s, j, i):
                continue
            if used_at(p, s, i, r, b, end) + amount <= capacity_of(p, r, end):
                found = end
        c = capacity_step(p, r, low)
        while c < p[p[C.CAPACITY_AT] + r + 1] and p[p[C.CAPACITY_FROM] + c] < found:
            at = p[p[C.CAPACITY_FROM] + c]
            if used_at(p, s, i, r, b, at) + amount <= p[p[C.CAPACITY] + c]:
                found = at
            c += 1
        if found < high:
            return found
    return C.NEVER


@kernel
def given(p: C.Memory, s: C.Memory, i: int, q: int, tick: int) -> int:
    """What operations decoded before `i` have given to a store up to a tick."""
    total = 0
    for n in range(p[p[C.GIVER_AT] + q], p[p[C.GIVER_AT] + q + 1]):
        j = p[p[C.GIVER] + n]
        if s[s[C.F_END] + j] <= tick and j != i and precedes(s, j, i):
            for g in range(p[p[C.GIVE_AT] + j], p[p[C.GIVE_AT] + j + 1]):
                if p[p[C.GIVE_STORE] + g] == q:
                    total += p[p[C.GIVE_AMOUNT] + g]
    return total


@kernel
def supply_step(p: C.Memory, q: int, tick: int) -> int:
    """First receipt of a store from outside after a tick."""
    low, high = p[p[C.SUPPLY_AT] + q], p[p[C.SUPPLY_AT] + q + 1]
    while low < high:
        middle = (low + high) >> 1
        if p[p[C.SUPPLY_FROM] + middle] <= tick:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def supplied(p: C.Memory, s: C.Memory, i: int, q: int, tick: int) -> int:
    """What a store has got up to a tick from outside and from operations decoded before `i`."""
    c = supply_step(p, q, tick)
    outside = p[p[C.SUPPLY] + c - 1] if c > p[p[C.SUPPLY_AT] + q] else 0
    return outside + given(p, s, i, q, tick)


@kernel
def stocked(p: C.Memory, s: C.Memory, i: int, q: int, need: int, tick: int) -> int:
    """First tick from `tick` on at which a store has got `need`: what `i` and all takers before it take."""
    if tick >= C.NEVER or supplied(p, s, i, q, tick) >= need:
        return tick
    count = gifts(p, s, i, q, tick)
    c, end = supply_step(p, q, tick), p[p[C.SUPPLY_AT] + q + 1]
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
            if s[s[C.F_END] + j] <= tick:
                s[base] += p[p[C.GIVE_AMOUNT] + g]
            else:
                s[base + 2 * count], s[base + 2 * count + 1] = s[s[C.F_END] + j], p[p[C.GIVE_AMOUNT] + g]
                count += 1
    return count


@kernel
def promised(p: C.Memory, s: C.Memory, q: int, count: int, tick: int) -> int:
    """What a store will have got up to a tick, from outside and by the list of gifts."""
    c, base = supply_step(p, q, tick), s[C.F_GIFT]
    total = s[base] + (p[p[C.SUPPLY] + c - 1] if c > p[p[C.SUPPLY_AT] + q] else 0)
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
        if s[s[C.F_PREV] + i] >= 0:
            tick = max(tick, s[s[C.F_END] + s[s[C.F_PREV] + i]])
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
def enter(p: C.Memory, s: C.Memory, i: int) -> None:
    """Put an operation into the buckets of its times."""
    start, end, ready = s[s[C.F_START] + i], s[s[C.F_END] + i], s[s[C.F_READY] + i]
    for u in range(p[p[C.USE_AT] + i], p[p[C.USE_AT] + i + 1]):
        row, amount = p[p[C.USE_RESOURCE] + u] * s[C.BUCKETS], p[p[C.USE_AMOUNT] + u]
        if end > start:
            for b in range(row + bucket(s, start), row + bucket(s, end - 1) + 1):
                s[s[C.F_LOAD] + b] += amount
                join(s, C.F_BUSY, C.F_BUSY_COUNT, b, i + (amount << C.NUMBER_BITS))
        if start > ready:
            for b in range(row + bucket(s, ready), row + bucket(s, end) + 1):
                join(s, C.F_WAITING, C.F_WAITING_COUNT, b, i)


@kernel
def leave(p: C.Memory, s: C.Memory, i: int) -> None:
    """Take an operation out of the buckets of its times."""
    start, end, ready = s[s[C.F_START] + i], s[s[C.F_END] + i], s[s[C.F_READY] + i]
    for u in range(p[p[C.USE_AT] + i], p[p[C.USE_AT] + i + 1]):
        row, amount = p[p[C.USE_RESOURCE] + u] * s[C.BUCKETS], p[p[C.USE_AMOUNT] + u]
        if end > start:
            for b in range(row + bucket(s, start), row + bucket(s, end - 1) + 1):
                s[s[C.F_LOAD] + b] -= amount
                drop(s, C.F_BUSY, C.F_BUSY_COUNT, b, i + (amount << C.NUMBER_BITS))
        if start > ready:
            for b in range(row + bucket(s, ready), row + bucket(s, end) + 1):
                drop(s, C.F_WAITING, C.F_WAITING_COUNT, b, i)


@kernel
def join(s: C.Memory, lists: int, counts: int, b: int, entry: int) -> None:
    """Put an entry into the list of a bucket, if there is room."""
    count = s[counts] + b
    if s[count] == s[C.ROOM]:
        s[C.FULL] = 1
    else:
        s[s[lists] + b * s[C.ROOM] + s[count]] = entry
        s[count] += 1


@kernel
def drop(s: C.Memory, lists: int, counts: int, b: int, entry: int) -> None:
    """Take an entry out of the list of a bucket."""
    count, base = s[counts] + b, s[lists] + b * s[C.ROOM]
    for n in range(base, base + s[count]):
        if s[n] == entry:
            s[count] -= 1
            s[n] = s[base + s[count]]
            return


@kernel
def clear(s: C.Memory) -> None:
    """Empty all buckets, and count what is taken from stores from 0."""
    for n in range(s[C.RESOURCES] * s[C.BUCKETS]):
        s[s[C.F_BUSY_COUNT] + n] = s[s[C.F_WAITING_COUNT] + n] = s[s[C.F_LOAD] + n] = 0
    for q in range(s[C.STORES]):
        s[s[C.F_TAKEN] + q] = 0


@kernel
def enter_fixed(p: C.Memory, s: C.Memory) -> None:
    """Empty all buckets but for what cannot move."""
    clear(s)
    for i in range(s[C.OPERATIONS]):
        if p[p[C.FIXED_START] + i] >= 0:
            place(p, s, i)
            enter(p, s, i)
