"""Ticks and amounts over time: steps of a list that rises, and open times of calendars."""

from __future__ import annotations

from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.jit import kernel


@kernel
def beyond(p: C.Memory, items: int, low: int, high: int, tick: int) -> int:
    """First of the items from `low` to `high` (left out) that is larger than a tick, `high` if there is none."""
    while low < high:
        middle = low + high >> 1
        if p[items + middle] <= tick:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def amount_at(p: C.Memory, amounts: int, ticks: int, low: int, high: int, tick: int) -> int:
    """Amount at a tick that changes at `ticks`, of the steps from `low` to `high` (left out); 0 before the first."""
    c = beyond(p, ticks, low, high, tick)
    return p[amounts + c - 1] if c > low else 0


@kernel
def opens(p: C.Memory, k: int, tick: int) -> int:
    """First tick from `tick` on at which calendar `k` is open."""
    if k < 0 or tick >= C.NEVER:
        return tick
    end = p[p[C.OPEN_AT] + k + 1]
    n = beyond(p, p[C.OPEN_TO], p[p[C.OPEN_AT] + k], end, tick)
    return C.NEVER if n == end else max(tick, p[p[C.OPEN_FROM] + n])


@kernel
def finishes(p: C.Memory, k: int, tick: int, work: int) -> int:
    """Tick at which `work` open ticks of calendar `k` are over that begin at `tick`, which is open."""
    if k < 0 or tick >= C.NEVER:
        return tick + work
    end = p[p[C.OPEN_AT] + k + 1]
    low = beyond(p, p[C.OPEN_TO], p[p[C.OPEN_AT] + k], end, tick)
    if low == end:
        return C.NEVER
    if work == 0:
        return max(tick, p[p[C.OPEN_FROM] + low])
    target = p[p[C.OPEN_BEFORE] + low] + max(0, tick - p[p[C.OPEN_FROM] + low]) + work
    if p[p[C.OPEN_BEFORE] + low] + p[p[C.OPEN_TO] + low] - p[p[C.OPEN_FROM] + low] < target:
        low = beyond(p, p[C.OPEN_BEFORE], low, end, target - 1) - 1
        if low == end - 1 and p[p[C.OPEN_BEFORE] + low] + p[p[C.OPEN_TO] + low] - p[p[C.OPEN_FROM] + low] < target:
            return C.NEVER
    return p[p[C.OPEN_FROM] + low] + target - p[p[C.OPEN_BEFORE] + low]
