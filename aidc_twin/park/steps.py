"""Order of steps under precedence: stable, and without recursion, so that no input can exhaust the stack."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence


def in_order(names: Sequence[str], before: Mapping[str, Sequence[str]]) -> list[str]:
    """Names so that each follows what must come before it; ties keep the given order.

    Names on a cycle, and those behind one, are left out; predecessors that are no names are ignored.
    """
    position = {name: index for index, name in enumerate(names)}
    waiting = {name: sum(1 for other in set(before.get(name, ())) if other in position) for name in position}
    behind: dict[str, list[str]] = {name: [] for name in position}
    for name in position:
        for other in set(before.get(name, ())) & position.keys():
            behind[other].append(name)
    ready = [position[name] for name, count in waiting.items() if not count]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for later in behind[name]:
            waiting[later] -= 1
            if not waiting[later]:
                heapq.heappush(ready, position[later])
    return order


def a_cycle(names: Sequence[str], before: Mapping[str, Sequence[str]]) -> list[str]:
    """Names along one cycle in working order, its first name again at the end; empty if there is none."""
    left = dict.fromkeys(names)
    for name in in_order(names, before):
        del left[name]
    if not left:
        return []
    walk = _backwards(left, before)
    cycle = walk[walk.index(walk[-1]) :][::-1]
    start = min(range(len(cycle) - 1), key=lambda index: list(names).index(cycle[index]))
    return [*cycle[start:-1], *cycle[:start], cycle[start]]


def _backwards(left: Mapping[str, None], before: Mapping[str, Sequence[str]]) -> list[str]:
    """Walk from predecessor to predecessor among names that no order reaches, until one comes twice."""
    walk = [next(iter(left))]
    seen: set[str] = set()
    while walk[-1] not in seen:
        seen.add(walk[-1])
        walk.append(next(other for other in before.get(walk[-1], ()) if other in left))
    return walk


def all_before(name: str, before: Mapping[str, Sequence[str]]) -> set[str]:
    """Everything that must come before a name, directly or not (the name itself only on a cycle)."""
    found: set[str] = set()
    ahead = list(before.get(name, ()))
    while ahead:
        other = ahead.pop()
        if other not in found:
            found.add(other)
            ahead.extend(before.get(other, ()))
    return found
