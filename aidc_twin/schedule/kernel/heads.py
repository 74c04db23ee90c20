"""Earliest times of operations whatever the others do."""

from __future__ import annotations

from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.jit import kernel
from aidc_twin.schedule.kernel.times import finishes, opens


@kernel
def heads(p: C.Memory, forward: C.Memory, work: C.Memory, start: C.Memory, end: C.Memory) -> None:
    """Write the earliest start and end of each operation with the least work, in an order of precedence."""
    for i in forward:
        tick = p[p[C.RELEASE] + i]
        for a in range(p[p[C.BEFORE_AT] + i], p[p[C.BEFORE_AT] + i + 1]):
            tick = max(tick, end[p[p[C.BEFORE] + a]])
        start[i] = opens(p, p[p[C.STARTS_IN] + i], tick)
        end[i] = finishes(p, p[p[C.WORKS_IN] + i], start[i], work[i])
        if p[p[C.FIXED_START] + i] >= 0:
            start[i], end[i] = p[p[C.FIXED_START] + i], p[p[C.FIXED_END] + i]


@kernel
def rests(p: C.Memory, forward: C.Memory, work: C.Memory, share: C.Memory, rest: C.Memory) -> None:
    """Write the longest way from each start to the completion of the order, in thousandths `share` of each calendar."""
    for n in range(len(forward) - 1, -1, -1):
        i = forward[n]
        longest = max(0, p[p[C.TAIL] + i])
        for a in range(p[p[C.AFTER_AT] + i], p[p[C.AFTER_AT] + i + 1]):
            longest = max(longest, rest[p[p[C.AFTER] + a]])
        rest[i] = work[i] * share[p[p[C.WORKS_IN] + i]] // 1000 + longest
