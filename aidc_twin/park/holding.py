"""What a unit still has to do while it holds something: the steps that must go by before a need is given back."""

from __future__ import annotations

from aidc_twin.park.flow import END, JOINED, LEGS, NEXT, PARTS, Flow
from aidc_twin.park.schema import Need
from aidc_twin.park.steps import all_before


def kept(need: Need) -> bool:
    """Whether a need outlasts its own step."""
    return need.during == "operation" and need.until not in ("", need.operation)


def while_held(flow: Flow, need: Need) -> set[str]:
    """Steps that a unit may have to start while it holds a need, none that could only come before or after.

    A step is in it where it must be passed before the need is given back, or started for that (`until` is `next`).
    Where ways divide, every step is in it that may lie between the two.
    """
    if not kept(need) or need.operation not in flow.after or need.until == PARTS:
        return set()
    until = need.until if need.until in (*flow.after, END, NEXT) else END if need.until == JOINED else LEGS
    earlier = all_before(need.operation, flow.after)
    if not flow.branches:
        return _required(flow, need.operation, until) - earlier - {need.operation}
    following = flow.next_of(need.operation)
    if until == NEXT and (need.operation in flow.branches or all(len(flow.after[name]) < 2 for name in following)):
        return set(following)
    found = flow.reached(following, until)
    joins = any(len(flow.after[name]) > 1 for name in found)
    return set(flow.after) - earlier if joins else found


def _required(flow: Flow, operation: str, until: str) -> set[str]:
    """Steps that must be passed or started before a need of an operation is given back, where no way divides."""
    if until == END:
        return set(flow.after)
    targets = flow.followers(operation) if until == NEXT else (until,)
    return {name for target in targets if target in flow.after for name in (target, *all_before(target, flow.after))}
