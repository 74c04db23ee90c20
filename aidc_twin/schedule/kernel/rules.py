"""Dispatching rules: machines take the most urgent work that waits for them, as soon as they are idle."""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.delta import figures
from aidc_twin.schedule.kernel.jit import kernel
from aidc_twin.schedule.kernel.plant import append, count_need, enter_fixed, freed, freed_by, place
from aidc_twin.schedule.kernel.shared import enter
from aidc_twin.schedule.kernel.times import opens


@kernel
def later(t: C.Memory, a: int, b: int) -> bool:
    """Whether event `a` comes after event `b`: by tick, then by code."""
    return t[t[C.T_TICK] + a] > t[t[C.T_TICK] + b] or (
        t[t[C.T_TICK] + a] == t[t[C.T_TICK] + b] and t[t[C.T_CODE] + a] > t[t[C.T_CODE] + b]
    )


@kernel
def swap_events(t: C.Memory, a: int, b: int) -> None:
    """Exchange two events."""
    t[t[C.T_TICK] + a], t[t[C.T_TICK] + b] = (t[t[C.T_TICK] + b], t[t[C.T_TICK] + a])
    t[t[C.T_CODE] + a], t[t[C.T_CODE] + b] = (t[t[C.T_CODE] + b], t[t[C.T_CODE] + a])


@kernel
def foresee(t: C.Memory, tick: int, code: int) -> None:
    """Add an event."""
    a = t[C.EVENTS]
    t[C.EVENTS] += 1
    t[t[C.T_TICK] + a], t[t[C.T_CODE] + a] = (tick, code)
    while a > 0 and later(t, a - 1 >> 1, a):
        swap_events(t, a, a - 1 >> 1)
        a = a - 1 >> 1


@kernel
def take_event(t: C.Memory) -> None:
    """Take the first event; it stands behind the others then, at `EVENTS`."""
    t[C.EVENTS] -= 1
    size = t[C.EVENTS]
    swap_events(t, 0, size)
    a = 0
    while 2 * a + 1 < size:
        b = 2 * a + 1
        if b + 1 < size and later(t, b, b + 1):
            b += 1
        if not later(t, a, b):
            break
        swap_events(t, a, b)
        a = b


@kernel
def urgency(p: C.Memory, s: C.Memory, t: C.Memory, f: C.Reals, i: int, option: int, now: int, rule: int) -> float:
    """How urgent an operation is for the machine of an option, by a rule; larger goes first."""
    m, o = (p[p[C.OPTION_MACHINE] + option], p[p[C.ORDER] + i])
    work = max(1.0, float(p[p[C.OPTION_WORK] + option]))
    rest = float(t[t[C.T_REST] + i])
    if rule == C.ATC or rule == C.ATCS:
        index = (
            p[p[C.WEIGHT] + o] / work * np.exp(-max(0.0, p[p[C.DUE] + o] - now - rest) / (f[C.LOOK] * f[C.MEAN + m]))
        )
        if rule == C.ATC or p[p[C.MACHINE_SETUP] + m] < 0 or f[C.SETUP_MEAN] <= 0.0:
            return index
        a = s[s[C.F_LAST] + m]
        family = p[p[C.FAMILY] + a] if a >= 0 else p[p[C.MACHINE_FAMILY] + m]
        if family < 0 or p[p[C.FAMILY] + i] < 0:
            return index
        over = p[p[C.SETUP] + (p[p[C.MACHINE_SETUP] + m] * p[C.FAMILIES] + family) * p[C.FAMILIES] + p[p[C.FAMILY] + i]]
        return index * np.exp(-over / (f[C.LOOK_SETUP] * f[C.SETUP_MEAN]))
    if rule == C.EDD:
        return -float(p[p[C.DUE] + o])
    if rule == C.RATIO:
        return -(p[p[C.DUE] + o] - now) / max(1.0, rest)
    if rule == C.SHORTEST:
        return p[p[C.WEIGHT] + o] / work
    return -float(t[t[C.T_RANK] + i])


@kernel
def settle_one(p: C.Memory, s: C.Memory, t: C.Memory, i: int, option: int) -> bool:
    """Place an operation behind all that were placed before, and foresee what it makes ready."""
    s[s[C.F_OPTION] + i] = option
    s[s[C.F_KEY] + i] = t[C.PLACED]
    t[t[C.T_LIST] + t[C.PLACED]] = i
    t[C.PLACED] += 1
    append(p, s, i)
    count_need(p, s, i)
    if p[p[C.FIXED_START] + i] < 0:
        if not place(p, s, i):
            return False
        enter(p, s, i)
    call_back(p, s, t, i)
    for a in range(p[p[C.AFTER_AT] + i], p[p[C.AFTER_AT] + i + 1]):
        j = p[p[C.AFTER] + a]
        t[t[C.T_OPEN] + j] -= 1
        if t[t[C.T_OPEN] + j] == 0:
            foresee(t, p[p[C.FIXED_START] + j] if p[p[C.FIXED_START] + j] >= 0 else became_ready(p, s, j), j)
    return True


@kernel
def became_ready(p: C.Memory, s: C.Memory, i: int) -> int:
    """Tick at which all that an operation waits for has ended."""
    tick = p[p[C.RELEASE] + i]
    for a in range(p[p[C.BEFORE_AT] + i], p[p[C.BEFORE_AT] + i + 1]):
        tick = max(tick, s[s[C.F_END] + p[p[C.BEFORE] + a]])
    return tick


@kernel
def free_at(p: C.Memory, s: C.Memory, m: int) -> int:
    """Tick from which a machine is free for what comes next, NEVER where what frees it is not placed."""
    code = freed_by(p, m, s[s[C.F_LAST] + m])
    if code >= 0 and s[s[C.F_KEY] + (code >> 1)] == C.NEVER:
        return C.NEVER
    return max(p[p[C.MACHINE_FROM] + m], freed(p, s, m, s[s[C.F_LAST] + m]))


@kernel
def call_back(p: C.Memory, s: C.Memory, t: C.Memory, i: int) -> None:
    """Foresee that machines are free which an operation frees, unless something has come next on them already."""
    for n in range(p[p[C.FREES_AT] + i], p[p[C.FREES_AT] + i + 1]):
        a = p[p[C.FREES] + n]
        m = p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + a]] if a >= 0 else -1 - a
        if s[s[C.F_LAST] + m] == max(a, -1):
            t[t[C.T_CALLED] + m] = 1
            foresee(t, free_at(p, s, m), s[C.OPERATIONS] + m)


@kernel
def call_machines(p: C.Memory, s: C.Memory, t: C.Memory, i: int, now: int) -> None:
    """Have an operation wait at each machine that can do it; those that are idle look at it."""
    for option in range(p[p[C.OPTION_AT] + i], p[p[C.OPTION_AT] + i + 1]):
        m = p[p[C.OPTION_MACHINE] + option]
        t[t[C.T_NODE_NEXT] + option] = t[t[C.T_QUEUE] + m]
        t[t[C.T_QUEUE] + m] = option
        t[t[C.T_NODE] + option] = i
        if free_at(p, s, m) <= now and (not t[t[C.T_CALLED] + m]):
            t[t[C.T_CALLED] + m] = 1
            foresee(t, now, s[C.OPERATIONS] + m)


@kernel
def choose(p: C.Memory, s: C.Memory, t: C.Memory, f: C.Reals, m: int, now: int, rule: int) -> int:
    """Option of the most urgent operation that waits at a machine, -1 where none does; those placed are dropped."""
    best, index = (-1, 0.0)
    last, node = (-1, t[t[C.T_QUEUE] + m])
    while node >= 0:
        i = t[t[C.T_NODE] + node]
        follow = t[t[C.T_NODE_NEXT] + node]
        if s[s[C.F_KEY] + i] < C.NEVER:
            if last < 0:
                t[t[C.T_QUEUE] + m] = follow
            else:
                t[t[C.T_NODE_NEXT] + last] = follow
        else:
            mine = urgency(p, s, t, f, i, node, now, rule)
            if best < 0 or mine > index or (mine == index and i < t[t[C.T_NODE] + best]):
                best, index = (node, mine)
            last = node
        node = follow
    return best


@kernel
def dispatch(p: C.Memory, s: C.Memory, t: C.Memory, f: C.Reals, rule: int) -> bool:
    """Schedule everything by a rule: whenever a machine is idle, the most urgent that waits for it goes next.

    `t.list` gets the operations in the order in which they were placed. False where something never can start.
    """
    n = s[C.OPERATIONS]
    enter_fixed(p, s)
    t[C.EVENTS] = t[C.PLACED] = 0
    for m in range(s[C.MACHINES]):
        s[s[C.F_FIRST] + m] = s[s[C.F_LAST] + m] = t[t[C.T_QUEUE] + m] = -1
        t[t[C.T_CALLED] + m] = 1
        foresee(t, p[p[C.MACHINE_FROM] + m], n + m)
    for i in range(n):
        s[s[C.F_KEY] + i], s[s[C.F_PREV] + i], s[s[C.F_NEXT] + i] = (C.NEVER, -1, -1)
        t[t[C.T_OPEN] + i] = p[p[C.BEFORE_AT] + i + 1] - p[p[C.BEFORE_AT] + i]
    for i in range(n):
        if t[t[C.T_OPEN] + i] == 0:
            foresee(t, p[p[C.FIXED_START] + i] if p[p[C.FIXED_START] + i] >= 0 else p[p[C.RELEASE] + i], i)
    while t[C.EVENTS] > 0:
        take_event(t)
        now, code = (t[t[C.T_TICK] + t[C.EVENTS]], t[t[C.T_CODE] + t[C.EVENTS]])
        if code < n:
            option = p[p[C.OPTION_AT] + code]
            if p[p[C.OPTION_MACHINE] + option] >= 0 and p[p[C.FIXED_START] + code] < 0:
                call_machines(p, s, t, code, now)
                continue
            if not settle_one(p, s, t, code, s[s[C.F_OPTION] + code] if p[p[C.FIXED_START] + code] >= 0 else option):
                return False
            m = p[p[C.OPTION_MACHINE] + s[s[C.F_OPTION] + code]]
            if m >= 0:
                t[t[C.T_CALLED] + m] = 1
                foresee(t, s[s[C.F_END] + code], n + m)
            continue
        m = code - n
        t[t[C.T_CALLED] + m] = 0
        if free_at(p, s, m) > now:
            continue
        best = choose(p, s, t, f, m, now, rule)
        if best < 0:
            continue
        opening = opens(p, p[p[C.STARTS_IN] + t[t[C.T_NODE] + best]], now)
        if opening < C.NEVER and opening > now:
            t[t[C.T_CALLED] + m] = 1
            foresee(t, opening, code)
            continue
        if not settle_one(p, s, t, t[t[C.T_NODE] + best], best):
            return False
        t[t[C.T_CALLED] + m] = 1
        foresee(t, s[s[C.F_END] + s[s[C.F_LAST] + m]], code)
    figures(p, s)
    return t[C.PLACED] == n
