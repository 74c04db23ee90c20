"""Decoding: of a whole schedule, and of what a move changes of it.

A move gives some operations new keys and machines. Operations whose times can change are placed again in the order of
keys; those whose times do change touch what depends on them: successors, the next one on the machine, takers of a
store, operations that waited for what is free now or have no room any longer. Nothing else is looked at, and the
result is that of decoding everything. After the idea of reversible local changes, `undo` restores what was.
"""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.jit import Cells, kernel
from aidc_twin.schedule.kernel.plant import append, count_need, enter_fixed, pass_takers, place, precedes
from aidc_twin.schedule.kernel.shared import amount_of, bucket, enter, first_conflict, leave, used


@kernel
def decode(p: C.Memory, s: C.Memory, order: Cells) -> int:
    """Place every operation anew in the order of the keys; OK or what is wrong."""
    n = len(order)
    s[C.FULL] = 0
    enter_fixed(p, s)
    for i in range(n):
        s[s[C.F_PREV] + i] = s[s[C.F_NEXT] + i] = -1
    for m in range(s[C.MACHINES]):
        s[s[C.F_FIRST] + m] = s[s[C.F_LAST] + m] = -1
    for a in range(n):
        i = order[a]
        append(p, s, i)
        count_need(p, s, i)
        if p[p[C.FIXED_START] + i] >= 0:
            continue
        if not place(p, s, i):
            return C.NOWHERE
        enter(p, s, i)
    figures(p, s)
    return C.TOO_SMALL if s[C.FULL] else C.OK


@kernel
def figures(p: C.Memory, s: C.Memory) -> None:
    """Count the whole objective from the operations' times."""
    s[C.TARDY] = s[C.SPAN] = s[C.MOVED] = s[C.WORTH] = 0
    for o in range(s[C.ORDERS]):
        s[s[C.F_DONE] + o] = completion(p, s, o)
        count_order(p, s, o, 1)
        s[C.SPAN] = max(s[C.SPAN], s[s[C.F_DONE] + o])
    for i in range(s[C.OPERATIONS]):
        s[C.MOVED] += moved(p, s, i)


@kernel
def completion(p: C.Memory, s: C.Memory, o: int) -> int:
    """When an order is complete."""
    done = 0
    for a in range(p[p[C.LAST_AT] + o], p[p[C.LAST_AT] + o + 1]):
        i = p[p[C.LAST] + a]
        done = max(done, s[s[C.F_END] + i] + p[p[C.TAIL] + i])
    return done


@kernel
def count_order(p: C.Memory, s: C.Memory, o: int, times: int) -> None:
    """Add what an order costs and is worth, or take it away."""
    late = s[s[C.F_DONE] + o] - p[p[C.DUE] + o]
    if late > 0:
        s[C.TARDY] += times * p[p[C.WEIGHT] + o] * late
    if s[s[C.F_DONE] + o] <= s[C.HORIZON]:
        s[C.WORTH] += times * p[p[C.VALUE] + o]


@kernel
def moved(p: C.Memory, s: C.Memory, i: int) -> int:
    """How far an operation is from where it was published, in ticks; another machine counts as `SWITCH` of them."""
    if p[p[C.WANTED_START] + i] < 0:
        return 0
    other = (
        p[p[C.WANTED_MACHINE] + i] >= 0 and p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]] != p[p[C.WANTED_MACHINE] + i]
    )
    return abs(s[s[C.F_START] + i] - p[p[C.WANTED_START] + i]) + (s[C.SWITCH] if other else 0)


@kernel
def touch(s: C.Memory, i: int) -> None:
    """Have an operation placed again in this evaluation, once; a heap by keys."""
    if s[s[C.F_MARK] + i] == s[C.STAMP]:
        return
    s[s[C.F_MARK] + i] = s[C.STAMP]
    a = s[C.QUEUED]
    s[C.QUEUED] += 1
    while a > 0:
        up = a - 1 >> 1
        if not precedes(s, i, s[s[C.F_HEAP] + up]):
            break
        s[s[C.F_HEAP] + a] = s[s[C.F_HEAP] + up]
        a = up
    s[s[C.F_HEAP] + a] = i


@kernel
def next_touched(s: C.Memory) -> int:
    """Touched operation with the smallest key."""
    top = s[s[C.F_HEAP] + 0]
    s[C.QUEUED] -= 1
    size = s[C.QUEUED]
    i = s[s[C.F_HEAP] + size]
    a = 0
    while 2 * a + 1 < size:
        down = 2 * a + 1
        if down + 1 < size and precedes(s, s[s[C.F_HEAP] + down + 1], s[s[C.F_HEAP] + down]):
            down += 1
        if not precedes(s, s[s[C.F_HEAP] + down], i):
            break
        s[s[C.F_HEAP] + a] = s[s[C.F_HEAP] + down]
        a = down
    s[s[C.F_HEAP] + a] = i
    return top


@kernel
def free(p: C.Memory, s: C.Memory, i: int, key: int, start: int, end: int) -> None:
    """Touch those behind `i` with a key that waited for what it used from `start` to `end`."""
    if end <= start:
        return
    for u in range(p[p[C.USE_AT] + i], p[p[C.USE_AT] + i + 1]):
        r = p[p[C.USE_RESOURCE] + u]
        for b in range(bucket(s, start), bucket(s, end - 1) + 1):
            for n in range(s[s[C.F_WAITING_COUNT] + r * s[C.BUCKETS] + b]):
                j = s[s[C.F_WAITING] + (r * s[C.BUCKETS] + b) * s[C.ROOM] + n]
                other = s[s[C.F_KEY] + j]
                if other < key or (other == key and j <= i):
                    continue
                if s[s[C.F_READY] + j] < end and start <= s[s[C.F_END] + j]:
                    touch(s, j)


@kernel
def crowd(p: C.Memory, s: C.Memory, i: int, start: int, end: int) -> None:
    """Touch those behind `i` that have no longer room beside it between `start` and `end`."""
    for u in range(p[p[C.USE_AT] + i], p[p[C.USE_AT] + i + 1]):
        r = p[p[C.USE_RESOURCE] + u]
        for b in range(bucket(s, start), bucket(s, max(start, end - 1)) + 1):
            row = r * s[C.BUCKETS] + b
            spare = s[s[C.F_SPARE] + row]
            if s[s[C.F_LOAD] + row] > spare and used(s, 0, C.NEVER, row, start - 1, end) > spare:
                crowd_bucket(p, s, i, r, b, start, end)


@kernel
def crowd_bucket(p: C.Memory, s: C.Memory, i: int, r: int, b: int, start: int, end: int) -> None:
    """The same for one shared resource in one bucket."""
    row, key = r * s[C.BUCKETS] + b, s[s[C.F_KEY] + i]
    base, room = s[C.F_BUSY] + 4 * s[C.ROOM] * row, s[C.ROOM]
    low, high = max(start, b << s[C.WIDTH]), end if b == s[C.BUCKETS] - 1 else min(end, (b + 1) << s[C.WIDTH])
    for n in range(base, base + s[s[C.F_BUSY_COUNT] + row]):
        first, other = s[n + room], s[n + 3 * room]
        last = max(first + 1, s[n + 2 * room])  # what takes no time needs room all the same
        if first >= high or last <= low or other < key:
            continue
        j = s[n] & C.NUMBER
        if s[s[C.F_MARK] + j] == s[C.STAMP] or (other == key and j <= i):
            continue
        amount, first, last = amount_of(p, j, r), max(first, low), min(last, high)
        if (
            used(s, j, other, row, first, last) + amount > s[s[C.F_SPARE] + row]
            and first_conflict(p, s, j, other, r, b, amount, first, last) >= 0
        ):
            touch(s, j)


@kernel
def give(p: C.Memory, s: C.Memory, i: int, before: int, after: int, early: int) -> None:
    """Touch those behind `i` for which it matters that `i` ends (or where it is `early`, starts) and gives at `after`
    and not at `before`.
    """
    for g in range(p[p[C.GIVE_AT] + i], p[p[C.GIVE_AT] + i + 1]):
        q = p[p[C.GIVE_STORE] + g]
        if p[p[C.GIVE_EARLY] + g] != early:
            continue
        for n in range(p[p[C.TAKER_AT] + q], p[p[C.TAKER_AT] + q + 1]):
            j = p[p[C.TAKER] + n]
            start = s[s[C.F_START] + j]
            if precedes(s, i, j) and (
                before <= start < after or (after < before and s[s[C.F_SHORT] + j] and after < start)
            ):
                touch(s, j)


@kernel
def follow(p: C.Memory, s: C.Memory, i: int, tick: int) -> None:
    """Touch those that wait for the end of `i`, which was or is at `tick`, unless others keep them as long."""
    for a in range(p[p[C.AFTER_AT] + i], p[p[C.AFTER_AT] + i + 1]):
        if waits(p, s, p[p[C.AFTER] + a], i, tick):
            touch(s, p[p[C.AFTER] + a])
    j = s[s[C.F_NEXT] + i]
    if j >= 0 and waits(p, s, j, i, tick):
        touch(s, j)


@kernel
def leave_machines(p: C.Memory, s: C.Memory, i: int) -> None:
    """Touch what comes next on machines that `i` frees."""
    for n in range(p[p[C.FREES_AT] + i], p[p[C.FREES_AT] + i + 1]):
        a = p[p[C.FREES] + n]
        j = s[s[C.F_NEXT] + a] if a >= 0 else s[s[C.F_FIRST] - 1 - a]
        if j >= 0:
            touch(s, j)


@kernel
def part(p: C.Memory, s: C.Memory, j: int) -> None:
    """Touch batches from `j` on on its machine that start by so much after another one."""
    while j >= 0:
        if p[p[C.APART] + j] > 0:
            touch(s, j)
        j = s[s[C.F_NEXT] + j]


@kernel
def waits(p: C.Memory, s: C.Memory, j: int, i: int, tick: int) -> bool:
    """Whether nothing but the end of `i` need keep operation `j` until a tick."""
    if s[s[C.F_MARK] + j] == s[C.STAMP] or p[p[C.FIXED_START] + j] >= 0 or p[p[C.RELEASE] + j] >= tick:
        return False
    a = s[s[C.F_PREV] + j]
    if a >= 0 and a != i and s[s[C.F_END] + a] >= tick:
        return False
    for n in range(p[p[C.BEFORE_AT] + j], p[p[C.BEFORE_AT] + j + 1]):
        a = p[p[C.BEFORE] + n]
        if a != i and s[s[C.F_END] + a] >= tick:
            return False
    return True


@kernel
def keep(s: C.Memory, i: int) -> None:
    """Remember the times of an operation for `undo`, once."""
    if s[s[C.F_KEPT] + i] == s[C.STAMP]:
        return
    s[s[C.F_KEPT] + i] = s[C.STAMP]
    s[s[C.F_SPOT] + i] = s[C.CHANGED]
    a = s[C.F_OLD] + 6 * s[C.CHANGED]
    s[C.CHANGED] += 1
    s[a] = i
    s[a + 1], s[a + 2], s[a + 3] = s[s[C.F_START] + i], s[s[C.F_END] + i], s[s[C.F_READY] + i]
    s[a + 4], s[a + 5] = s[s[C.F_SHORT] + i], s[s[C.F_SETUP] + i]


@kernel
def forget(s: C.Memory, i: int) -> None:
    """The operation that was remembered last has not changed."""
    s[C.CHANGED] -= 1
    s[s[C.F_KEPT] + i] = 0


@kernel
def exchange(s: C.Memory, i: int, a: int) -> None:
    """Exchange the times of an operation with those that are remembered at `a`."""
    s[s[C.F_START] + i], s[a + 1] = s[a + 1], s[s[C.F_START] + i]
    s[s[C.F_END] + i], s[a + 2] = s[a + 2], s[s[C.F_END] + i]
    s[s[C.F_READY] + i], s[a + 3] = s[a + 3], s[s[C.F_READY] + i]
    s[s[C.F_SHORT] + i], s[a + 4] = s[a + 4], s[s[C.F_SHORT] + i]
    s[s[C.F_SETUP] + i], s[a + 5] = s[a + 5], s[s[C.F_SETUP] + i]


@kernel
def unlink(p: C.Memory, s: C.Memory, i: int) -> None:
    """Take an operation out of its machine's list."""
    m, a, b = (p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]], s[s[C.F_PREV] + i], s[s[C.F_NEXT] + i])
    if m < 0:
        return
    if a >= 0:
        s[s[C.F_NEXT] + a] = b
    else:
        s[s[C.F_FIRST] + m] = b
    if b >= 0:
        s[s[C.F_PREV] + b] = a
    else:
        s[s[C.F_LAST] + m] = a
    s[s[C.F_PREV] + i] = s[s[C.F_NEXT] + i] = -1


@kernel
def link(p: C.Memory, s: C.Memory, i: int, a: int) -> None:
    """Put an operation behind `a` on the machine of its option, or first where that is -1."""
    m = p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + i]]
    if m < 0:
        return
    b = s[s[C.F_NEXT] + a] if a >= 0 else s[s[C.F_FIRST] + m]
    s[s[C.F_PREV] + i], s[s[C.F_NEXT] + i] = (a, b)
    if a >= 0:
        s[s[C.F_NEXT] + a] = i
    else:
        s[s[C.F_FIRST] + m] = i
    if b >= 0:
        s[s[C.F_PREV] + b] = i
    else:
        s[s[C.F_LAST] + m] = i


@kernel
def begin(s: C.Memory) -> None:
    """Begin an evaluation: nothing is touched, changed or relocated."""
    s[C.STAMP] += 1
    s[C.QUEUED] = s[C.CHANGED] = s[C.RELOCATED] = s[C.REACHED] = s[C.REACHED_ALL] = s[C.RISE] = 0
    for f in range(C.FIGURES):
        s[C.OLD_FIGURE + f] = s[f]


@kernel
def relocate(p: C.Memory, s: C.Memory, i: int, option: int, a: int, key: int) -> None:
    """Put an operation behind `a` on the machine of `option` (-1: first) with a new key; once in an evaluation.

    The key must lie between those of its new neighbours, its predecessors and its successors. At most `MOST` of one
    evaluation; times are settled by `evaluate`.
    """
    c = s[C.RELOCATED] * 5
    s[C.RELOCATED] += 1
    s[s[C.F_WAY] + c], s[s[C.F_WAY] + c + 1], s[s[C.F_WAY] + c + 2], s[s[C.F_WAY] + c + 3] = (
        i,
        s[s[C.F_OPTION] + i],
        s[s[C.F_PREV] + i],
        s[s[C.F_KEY] + i],
    )
    s[s[C.F_WAY] + c + 4] = s[s[C.F_NEXT] + i]
    keep(s, i)
    s[s[C.F_GONE] + i] = s[C.STAMP]
    leave(p, s, i)
    s[C.MOVED] -= moved(p, s, i)
    unlink(p, s, i)
    pass_takers(p, s, i, key)
    s[s[C.F_OPTION] + i], s[s[C.F_KEY] + i] = (option, key)
    link(p, s, i, a)


@kernel
def disturb(p: C.Memory, s: C.Memory) -> None:
    """Touch what the relocations change at once."""
    for c in range(0, 5 * s[C.RELOCATED], 5):
        i, behind = (s[s[C.F_WAY] + c], s[s[C.F_WAY] + c + 4])
        touch(s, i)
        if behind >= 0:
            touch(s, behind)
        if s[s[C.F_NEXT] + i] >= 0:
            touch(s, s[s[C.F_NEXT] + i])
        leave_machines(p, s, i)
        if p[C.SOME_APART]:
            part(p, s, behind)
            part(p, s, s[s[C.F_NEXT] + i])
        free(p, s, i, s[s[C.F_WAY] + c + 3], s[s[C.F_START] + i], s[s[C.F_END] + i])
        low, high = (min(s[s[C.F_WAY] + c + 3], s[s[C.F_KEY] + i]), max(s[s[C.F_WAY] + c + 3], s[s[C.F_KEY] + i]))
        for t in range(p[p[C.TAKE_AT] + i], p[p[C.TAKE_AT] + i + 1]):
            touch_takers(p, s, p[p[C.TAKE_STORE] + t], low, high)
        for g in range(p[p[C.GIVE_AT] + i], p[p[C.GIVE_AT] + i + 1]):
            touch_takers(p, s, p[p[C.GIVE_STORE] + g], low, high)


@kernel
def touch_takers(p: C.Memory, s: C.Memory, q: int, low: int, high: int) -> None:
    """Touch those that take from a store with keys from `low` to `high`."""
    for n in range(p[p[C.TAKER_AT] + q], p[p[C.TAKER_AT] + q + 1]):
        j = p[p[C.TAKER] + n]
        if low <= s[s[C.F_KEY] + j] <= high:
            touch(s, j)


@kernel
def settle(p: C.Memory, s: C.Memory, rise: float) -> int:
    """Place what is touched, and what that touches, until nothing changes; OK or why it stopped.

    It stops where the cost of lateness has risen by more than `rise` already.
    """
    while s[C.QUEUED] > 0:
        i = next_touched(s)
        gone = s[s[C.F_GONE] + i] == s[C.STAMP]
        keep(s, i)
        a = s[C.F_OLD] + 6 * s[s[C.F_SPOT] + i]
        start, end = s[s[C.F_START] + i], s[s[C.F_END] + i]
        fine = place(p, s, i)
        new_start, new_end = s[s[C.F_START] + i], s[s[C.F_END] + i]
        if not gone:
            if (
                new_start == start and new_end == end and s[s[C.F_READY] + i] == s[a + 3]
                and s[s[C.F_SHORT] + i] == s[a + 4] and s[s[C.F_SETUP] + i] == s[a + 5]
            ):  # fmt: skip
                forget(s, i)
                continue
            exchange(s, i, a)
            leave(p, s, i)
            s[C.MOVED] -= moved(p, s, i)
            exchange(s, i, a)
        s[s[C.F_GONE] + i] = 0
        enter(p, s, i)
        s[C.MOVED] += moved(p, s, i)
        if not fine:
            return C.NOWHERE
        if s[C.FULL]:
            return C.TOO_SMALL
        if new_end != end:
            follow(p, s, i, max(end, new_end))
            give(p, s, i, end, new_end, 0)
        if new_start != start:
            give(p, s, i, start, new_start, 1)
        if new_start != start or new_end != end:
            leave_machines(p, s, i)
        if p[C.SOME_APART] and new_start != start:
            part(p, s, s[s[C.F_NEXT] + i])
        if gone:
            crowd(p, s, i, new_start, new_end)
        else:
            if new_start > start:
                free(p, s, i, s[s[C.F_KEY] + i], start, min(new_start, end))
            if new_end < end:
                free(p, s, i, s[s[C.F_KEY] + i], max(new_end, start), end)
            if new_start < start:
                crowd(p, s, i, new_start, min(start, new_end))
            if new_end > end:
                crowd(p, s, i, max(end, new_start), new_end)
        if p[p[C.TAIL] + i] >= 0 and new_end != end and (reach(p, s, i) > rise):
            return C.WORSE
    return C.OK


@kernel
def reach(p: C.Memory, s: C.Memory, i: int) -> int:
    """How much the cost of lateness has risen, as far as is known, with the new end of an operation that counts."""
    o = p[p[C.ORDER] + i]
    if s[s[C.F_SEEN] + o] != s[C.STAMP]:
        s[s[C.F_SEEN] + o] = s[C.STAMP]
        s[s[C.F_MET] + s[C.REACHED]] = o
        s[C.REACHED] += 1
        s[s[C.F_SO_FAR] + o] = 0
    before = max(s[s[C.F_SO_FAR] + o], s[s[C.F_DONE] + o])
    s[s[C.F_SO_FAR] + o] = max(s[s[C.F_SO_FAR] + o], s[s[C.F_END] + i] + p[p[C.TAIL] + i])
    alone = p[p[C.LAST_AT] + o + 1] - p[p[C.LAST_AT] + o] == 1
    after = s[s[C.F_SO_FAR] + o] if alone else max(s[s[C.F_SO_FAR] + o], s[s[C.F_DONE] + o])
    s[C.RISE] += p[p[C.WEIGHT] + o] * (max(0, after - p[p[C.DUE] + o]) - max(0, before - p[p[C.DUE] + o]))
    return s[C.RISE]


@kernel
def evaluate(p: C.Memory, s: C.Memory, c: C.Reals, rise: float) -> float:
    """What the relocations since `begin` change of the objective; infinite where they cannot be or are worse than
    `rise`. Either stays, or `undo` takes it back.
    """
    disturb(p, s)
    if settle(p, s, rise) != C.OK:
        return np.inf
    for n in range(s[C.REACHED]):
        o = s[s[C.F_MET] + n]
        s[s[C.F_OLD_DONE] + n] = s[s[C.F_DONE] + o]
        count_order(p, s, o, -1)
        s[s[C.F_DONE] + o] = completion(p, s, o)
        count_order(p, s, o, 1)
    s[C.REACHED_ALL] = 1
    if c[C.SPAN] != 0.0:
        s[C.SPAN] = 0
        for o in range(s[C.ORDERS]):
            s[C.SPAN] = max(s[C.SPAN], s[s[C.F_DONE] + o])
    change = 0.0
    for f in range(C.FIGURES):
        change += c[f] * (s[f] - s[C.OLD_FIGURE + f])
    return change


@kernel
def undo(p: C.Memory, s: C.Memory) -> None:
    """Take the relocations since `begin` back."""
    for a in range(0, 6 * s[C.CHANGED], 6):
        i = s[s[C.F_OLD] + a]
        if s[s[C.F_GONE] + i] != s[C.STAMP]:
            leave(p, s, i)
        s[s[C.F_GONE] + i] = 0
        exchange(s, i, s[C.F_OLD] + a)
    for n in range(s[C.RELOCATED] - 1, -1, -1):
        i = s[s[C.F_WAY] + 5 * n]
        unlink(p, s, i)
        pass_takers(p, s, i, s[s[C.F_WAY] + 5 * n + 3])
        s[s[C.F_OPTION] + i], s[s[C.F_KEY] + i] = (s[s[C.F_WAY] + 5 * n + 1], s[s[C.F_WAY] + 5 * n + 3])
        link(p, s, i, s[s[C.F_WAY] + 5 * n + 2])
    for a in range(0, 6 * s[C.CHANGED], 6):
        enter(p, s, s[s[C.F_OLD] + a])
    if s[C.REACHED_ALL]:
        for n in range(s[C.REACHED]):
            s[s[C.F_DONE] + s[s[C.F_MET] + n]] = s[s[C.F_OLD_DONE] + n]
    for f in range(C.FIGURES):
        s[f] = s[C.OLD_FIGURE + f]
    s[C.FULL] = 0
