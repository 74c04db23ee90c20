"""What operations share while they run: who uses how much of it when, and where there is enough for one more.

Time is cut into buckets. Each bucket of each shared resource holds a row for every operation that uses the resource in
that time, as four columns that are looked through without a jump: number and amount, start, end, and key.
"""

from __future__ import annotations

from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.jit import kernel
from aidc_twin.schedule.kernel.times import amount_at, beyond


@kernel
def bucket(s: C.Memory, tick: int) -> int:
    """Stretch of time of a tick; the last one has no end."""
    return min(tick >> s[C.WIDTH], s[C.BUCKETS] - 1)


@kernel
def capacity_of(p: C.Memory, r: int, tick: int) -> int:
    """Amount of a shared resource that there is at a tick."""
    return amount_at(p, p[C.CAPACITY], p[C.CAPACITY_FROM], p[p[C.CAPACITY_AT] + r], p[p[C.CAPACITY_AT] + r + 1], tick)


@kernel
def next_capacity(p: C.Memory, r: int, tick: int) -> int:
    """First tick after a tick at which the amount of a shared resource changes, or NEVER."""
    end = p[p[C.CAPACITY_AT] + r + 1]
    c = beyond(p, p[C.CAPACITY_FROM], p[p[C.CAPACITY_AT] + r], end, tick)
    return p[p[C.CAPACITY_FROM] + c] if c < end else C.NEVER


@kernel
def used(s: C.Memory, i: int, key: int, b: int, low: int, high: int) -> int:
    """What operations before `key` (ties by number, with `i`) that run in bucket `b` between two ticks use together:
    no less than at one of those ticks, and exactly that where there is only one.
    """
    total, base, room = 0, s[C.F_BUSY] + 4 * s[C.ROOM] * b, s[C.ROOM]
    count = s[s[C.F_BUSY_COUNT] + b]
    what, start = s[base : base + count], s[base + room : base + room + count]
    end, keys = s[base + 2 * room : base + 2 * room + count], s[base + 3 * room : base + 3 * room + count]
    for n in range(len(what)):
        mine = (start[n] < high) & (end[n] > low)
        mine &= (keys[n] < key) | ((keys[n] == key) & ((what[n] & C.NUMBER) < i))
        total += (what[n] >> C.NUMBER_BITS) if mine else 0
    return total


@kernel
def next_row(s: C.Memory, i: int, key: int, b: int, column: int, tick: int) -> int:
    """First tick after a tick in a column of bucket `b` (1: starts, 2: ends), of operations before `key`; or NEVER."""
    found, base, room = C.NEVER, s[C.F_BUSY] + 4 * s[C.ROOM] * b, s[C.ROOM]
    count = s[s[C.F_BUSY_COUNT] + b]
    what, ticks = s[base : base + count], s[base + column * room : base + column * room + count]
    keys = s[base + 3 * room : base + 3 * room + count]
    for n in range(len(what)):
        mine = (ticks[n] > tick) & ((keys[n] < key) | ((keys[n] == key) & ((what[n] & C.NUMBER) < i)))
        found = min(found, ticks[n] if mine else C.NEVER)
    return found


@kernel
def conflict(p: C.Memory, s: C.Memory, i: int, r: int, amount: int, start: int, end: int) -> int:
    """First tick of [start, end) at which a shared resource has too little for operation `i`, or -1."""
    key, row = s[s[C.F_KEY] + i], r * s[C.BUCKETS]
    for b in range(bucket(s, start), bucket(s, end - 1) + 1):
        spare = s[s[C.F_SPARE] + row + b]
        if s[s[C.F_LOAD] + row + b] + amount <= spare:
            continue
        low = max(start, b << s[C.WIDTH])
        high = end if b == s[C.BUCKETS] - 1 else min(end, (b + 1) << s[C.WIDTH])
        if used(s, i, key, row + b, low, high) + amount <= spare:
            continue
        found = first_conflict(p, s, i, key, r, b, amount, low, high)
        if found >= 0:
            return found
    return -1


@kernel
def first_conflict(p: C.Memory, s: C.Memory, i: int, key: int, r: int, b: int, amount: int, low: int, high: int) -> int:
    """The same within bucket `b`: use only grows where an operation starts, capacity only falls where it is stated."""
    tick, row = low, r * s[C.BUCKETS] + b
    while tick < high:
        if used(s, i, key, row, tick, tick + 1) + amount > capacity_of(p, r, tick):
            return tick
        tick = min(next_row(s, i, key, row, 1, tick), next_capacity(p, r, tick))
    return -1


@kernel
def relief(p: C.Memory, s: C.Memory, i: int, r: int, amount: int, tick: int) -> int:
    """First tick after `tick` at which a shared resource has enough for operation `i`, NEVER if there is none.

    Use only falls where an operation ends, capacity only grows where it is stated.
    """
    key, last = s[s[C.F_KEY] + i], s[C.BUCKETS] - 1
    b = bucket(s, tick)
    while True:
        row, high = r * s[C.BUCKETS] + b, C.NEVER if b == last else (b + 1) << s[C.WIDTH]
        tick = min(next_row(s, i, key, row, 2, tick), next_capacity(p, r, tick), high)
        if tick == C.NEVER:
            return tick
        if tick == high:
            b += 1
        if used(s, i, key, r * s[C.BUCKETS] + b, tick, tick + 1) + amount <= capacity_of(p, r, tick):
            return tick


@kernel
def amount_of(p: C.Memory, i: int, r: int) -> int:
    """What an operation uses of a shared resource."""
    for u in range(p[p[C.USE_AT] + i], p[p[C.USE_AT] + i + 1]):
        if p[p[C.USE_RESOURCE] + u] == r:
            return p[p[C.USE_AMOUNT] + u]
    return 0


@kernel
def enter(p: C.Memory, s: C.Memory, i: int) -> None:
    """Put an operation into the buckets of its times."""
    start, end, ready = s[s[C.F_START] + i], s[s[C.F_END] + i], s[s[C.F_READY] + i]
    key = -1 if p[p[C.FIXED_START] + i] >= 0 else s[s[C.F_KEY] + i]
    for u in range(p[p[C.USE_AT] + i], p[p[C.USE_AT] + i + 1]):
        row, amount = p[p[C.USE_RESOURCE] + u] * s[C.BUCKETS], p[p[C.USE_AMOUNT] + u]
        for b in range(row + bucket(s, start), row + bucket(s, max(start, end - 1)) + 1):
            s[s[C.F_LOAD] + b] += amount
            join_busy(s, b, i + (amount << C.NUMBER_BITS), start, end, key)
        if start > ready:
            for b in range(row + bucket(s, ready), row + bucket(s, end) + 1):
                join_waiting(s, b, i)


@kernel
def leave(p: C.Memory, s: C.Memory, i: int) -> None:
    """Take an operation out of the buckets of its times."""
    start, end, ready = s[s[C.F_START] + i], s[s[C.F_END] + i], s[s[C.F_READY] + i]
    for u in range(p[p[C.USE_AT] + i], p[p[C.USE_AT] + i + 1]):
        row, amount = p[p[C.USE_RESOURCE] + u] * s[C.BUCKETS], p[p[C.USE_AMOUNT] + u]
        for b in range(row + bucket(s, start), row + bucket(s, max(start, end - 1)) + 1):
            s[s[C.F_LOAD] + b] -= amount
            drop_busy(s, b, i + (amount << C.NUMBER_BITS))
        if start > ready:
            for b in range(row + bucket(s, ready), row + bucket(s, end) + 1):
                drop_waiting(s, b, i)


@kernel
def join_busy(s: C.Memory, b: int, entry: int, start: int, end: int, key: int) -> None:
    """Put a row into a bucket, if there is room."""
    count, room = s[s[C.F_BUSY_COUNT] + b], s[C.ROOM]
    if count == room:
        s[C.FULL] = 1
        return
    at = s[C.F_BUSY] + 4 * room * b + count
    s[at], s[at + room], s[at + 2 * room], s[at + 3 * room] = entry, start, end, key
    s[s[C.F_BUSY_COUNT] + b] = count + 1


@kernel
def drop_busy(s: C.Memory, b: int, entry: int) -> None:
    """Take a row out of a bucket."""
    base, room, count = s[C.F_BUSY] + 4 * s[C.ROOM] * b, s[C.ROOM], s[s[C.F_BUSY_COUNT] + b]
    for n in range(base, base + count):
        if s[n] == entry:
            last = base + count - 1
            for _ in range(4):
                s[n], n, last = s[last], n + room, last + room  # noqa: PLW2901  the same row of the next column
            s[s[C.F_BUSY_COUNT] + b] = count - 1
            return


@kernel
def join_waiting(s: C.Memory, b: int, i: int) -> None:
    """Put an operation into the list of those that wait in a bucket, if there is room."""
    count = s[s[C.F_WAITING_COUNT] + b]
    if count == s[C.ROOM]:
        s[C.FULL] = 1
    else:
        s[s[C.F_WAITING] + b * s[C.ROOM] + count] = i
        s[s[C.F_WAITING_COUNT] + b] = count + 1


@kernel
def drop_waiting(s: C.Memory, b: int, i: int) -> None:
    """Take an operation out of that list."""
    base, count = s[C.F_WAITING] + b * s[C.ROOM], s[s[C.F_WAITING_COUNT] + b]
    for n in range(base, base + count):
        if s[n] == i:
            s[n] = s[base + count - 1]
            s[s[C.F_WAITING_COUNT] + b] = count - 1
            return


@kernel
def clear(s: C.Memory) -> None:
    """Empty all buckets, and count what is taken from stores from 0."""
    for n in range(s[C.RESOURCES] * s[C.BUCKETS]):
        s[s[C.F_BUSY_COUNT] + n] = s[s[C.F_WAITING_COUNT] + n] = s[s[C.F_LOAD] + n] = 0
    for q in range(s[C.STORES]):
        s[s[C.F_TAKEN] + q] = 0
