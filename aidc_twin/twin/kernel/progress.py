"""What the end of a step brings: postings, releases, the next steps, rework, scrap.

Every function that does not only answer writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.chance import branch, draw_ahead, fails
from aidc_twin.twin.kernel.events import schedule
from aidc_twin.twin.kernel.floor import give, stock
from aidc_twin.twin.kernel.holds import NOWHERE, give_back, give_joined, give_need, part_starts, parts_go
from aidc_twin.twin.kernel.jit import inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Real, Whole
from aidc_twin.twin.kernel.line_up import PORTION, hand_on, reset_portions, stand_in_line
from aidc_twin.twin.kernel.logbook import cut_off, note_open
from aidc_twin.twin.kernel.queues import ALONE, enqueue, quit_queue
from aidc_twin.twin.kernel.ways import way_kept
from aidc_twin.twin.kernel.work import account, halt, spend


@inner
def lay_out(p: Whole, f: Real, m: Whole, j: Int) -> None:
    """Write the rows of a unit's steps as they are before it is released."""
    job, w = p[L.JOB] + j * L.J_COLUMNS, m[L.V_JOB] + j * L.W_COLUMNS
    route = p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS
    m[w + L.W_GATES] = p[job + L.J_GATES]
    step, drawn = p[route + L.T_STEP], m[L.V_DRAW]
    if not m[L.K_MEANS]:
        draw_ahead(p, f, m, step, p[route + L.T_STEPS], m[w + L.W_STREAM])
    for js in range(p[job + L.J_FIRST], p[job + L.J_FIRST] + p[route + L.T_STEPS]):
        u, s = m[L.V_STEP] + js * L.U_COLUMNS, p[L.STEP] + step * L.S_COLUMNS
        for i in range(L.U_COLUMNS):
            m[u + i] = 0
        m[u + L.U_JOB] = j
        m[u + L.U_STEP] = step
        m[u + L.U_WAIT] = p[s + L.S_BEFORE]
        m[u + L.U_KEY] = p[job + L.J_KEY]
        m[u + L.U_SEQ] = m[u + L.U_SLOT] = m[u + L.U_NEXT] = -1
        m[u + L.U_CLASS] = p[s + L.S_CLASS]
        m[u + L.U_DRAW] = m[drawn]
        if p[job + L.J_RULED]:
            m[u + L.U_HELD] = L.RULED
        step += 1
        drawn += 1
        if p[L.PLACES]:
            m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_PLACE] = 0
    if p[route + L.T_BUCKETED]:
        reset_portions(p, m, j)
    for x in range(p[job + L.J_EXTRA], p[job + L.J_EXTRA_END]):
        add_extra(p, m, j, p[L.EXTRA] + x * L.X_COLUMNS)


@rare
def add_extra(p: Whole, m: Whole, j: Int, x: Int) -> None:
    """Write what a step of a unit has beyond its route."""
    js = p[p[L.JOB] + j * L.J_COLUMNS + L.J_FIRST] + p[x + L.X_POSITION]
    u = m[L.V_STEP] + js * L.U_COLUMNS
    what, value = p[x + L.X_WHAT], p[x + L.X_VALUE]
    if what == L.EX_PARTS:
        m[u + L.U_WAIT] += value * L.PARTS
    elif what == L.EX_WAIT:
        m[u + L.U_WAIT] += value
    elif what == L.EX_KEY:
        m[u + L.U_KEY] = value
        m[u + L.U_HELD] |= L.RULED
    elif what == L.EX_STATE:
        m[u + L.U_STATE] = value
    elif what == L.EX_LEFT:
        m[u + L.U_LEFT] = value
    elif what == L.EX_SLOT:
        m[u + L.U_SLOT] = value
    elif what == L.EX_HELD:
        m[u + L.U_HELD] |= value
    elif what == L.EX_EARLIEST:
        m[u + L.U_SINCE] = value
    elif what == L.EX_CLASS:
        m[u + L.U_CLASS] = value
    elif what == L.EX_PLACE:
        m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_PLACE] = value
        m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_CAME] = 0
    elif what == L.EX_TOKENS:
        m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_TOKENS] = value
    elif what == L.EX_UNSTARTED:
        m[m[L.V_MORE] + js * L.M_COLUMNS + L.M_UNSTARTED] = value


@inner
def ready(p: Whole, f: Real, m: Whole, js: Int, what: Int, now: Int) -> None:
    """One thing that the step waited for has happened: `what` is 1 or PARTS."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if what == 1 and (m[u + L.U_WAIT] & (L.PARTS - 1)) == p[p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS + L.S_BEFORE]:
        m[m[L.V_JOB] + m[u + L.U_JOB] * L.W_COLUMNS + L.W_TOKENS] += 1
        if m[u + L.U_STATE] == L.DONE:
            again(p, m, js, now)
    m[u + L.U_WAIT] -= what
    if m[u + L.U_WAIT] == 0 and m[u + L.U_STATE] == L.AHEAD:
        turn(p, f, m, js, now)


@rare
def again(p: Whole, m: Whole, js: Int, now: Int) -> None:
    """A step that has been passed lies ahead once more; what it still keeps is given back."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    give_kept(p, m, js, now)
    m[u + L.U_STATE] = L.AHEAD
    m[u + L.U_ATTEMPT] += 1
    m[u + L.U_LAP] = m[u + L.U_ATTEMPT]
    m[u + L.U_CLASS] = p[p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS + L.S_CLASS]
    m[u + L.U_SINCE] = 0


@once
def turn(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """The step waits for nothing more: it joins its queue, or will at its earliest tick."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_SINCE] > now:
        m[u + L.U_SEQ] = schedule(m, m[u + L.U_SINCE], L.EARLIEST, js)
    else:
        enqueue(p, f, m, js, m[u + L.U_CLASS], now)


@inner
def open_roots(p: Whole, f: Real, m: Whole, j: Int, now: Int) -> None:
    """The unit is released: its first steps are ready."""
    job = p[L.JOB] + j * L.J_COLUMNS
    route = p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS
    for i in range(p[route + L.T_ROOT], p[route + L.T_ROOT_END]):
        ready(p, f, m, p[job + L.J_FIRST] + p[p[L.ROOT] + i], L.ONE, now)


@inner
def enter(p: Whole, m: Whole, j: Int, now: Int) -> None:
    """The unit counts as being in the park."""
    gr = m[L.V_GROUP] + p[p[L.JOB] + j * L.J_COLUMNS + L.J_GROUP] * L.GR_COLUMNS
    count = m[gr + L.GR_COUNT] + 1
    m[gr + L.GR_COUNT] = count
    if count > m[gr + L.GR_MOST]:
        m[gr + L.GR_MOST] = count
    m[gr + L.GR_TAKEN] -= now
    m[gr + L.GR_ARRIVED] += 1
    m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_ARRIVAL] = now


@inner
def open_job(p: Whole, f: Real, m: Whole, j: Int, gate: Int, now: Int) -> None:
    """One of the unit's releases has happened; its first steps are ready when none is left."""
    gates = m[L.V_JOB] + j * L.W_COLUMNS + L.W_GATES
    if m[gates] < 0:
        lay_out(p, f, m, j)
    if m[gates] & gate:
        m[gates] ^= gate
        if m[gates] == 0:
            enter(p, m, j, now)
            open_roots(p, f, m, j, now)


@inner
def part_comes(p: Whole, f: Real, m: Whole, js: Int, parent: Int, now: Int) -> None:
    """A part joins the step of its parent."""
    if m[m[L.V_JOB] + parent * L.W_COLUMNS + L.W_GATES] < 0:
        lay_out(p, f, m, parent)
    more = m[L.V_MORE] + js * L.M_COLUMNS
    if p[L.PLACES] and m[more + L.M_PLACE] == 0:
        m[more + L.M_PLACE], m[more + L.M_CAME] = m[L.K_SEQ], now
        m[L.K_SEQ] += 1
    ready(p, f, m, js, L.PARTS, now)


@once
def post(p: Whole, m: Whole, j: Int, s: Int) -> None:
    """Post the sales of step row `s` to the ledgers: owned, and consigned."""
    value = p[p[L.JOB] + j * L.J_COLUMNS + L.J_VALUE]
    for i in range(p[s + L.S_POST], p[s + L.S_POST_END]):
        rule = p[L.POST] + i * L.P_COLUMNS
        cell = m[L.V_POSTED] + 2 * (p[rule + L.P_RULE] * p[L.BUCKETS] + m[L.K_BUCKET])
        for side in range(2):
            m[cell + side] += p[rule + L.P_YUAN + side] + value * p[rule + L.P_PPM + side] // 1_000_000


@inner
def exit_park(p: Whole, m: Whole, j: Int, how: Int, now: Int) -> None:
    """The unit is in the park no more; a job of a source is free for its next unit."""
    job, w = p[L.JOB] + j * L.J_COLUMNS, m[L.V_JOB] + j * L.W_COLUMNS
    gr = m[L.V_GROUP] + p[job + L.J_GROUP] * L.GR_COLUMNS
    m[gr + L.GR_COUNT] -= 1
    m[gr + L.GR_TAKEN] += now
    m[gr + how] += 1
    if how == L.GR_DONE:
        m[gr + L.GR_FLOW] += now - m[w + L.W_ARRIVAL]
        m[gr + L.GR_LATE] += max(0, now - m[w + L.W_DUE])
    source = p[job + L.J_SOURCE]
    if source >= 0:
        free = m[L.V_SOURCE] + source * L.V_COLUMNS + L.V_FREE
        m[w + L.W_ARRIVAL] = m[free]
        m[free] = j


@rare
def complete(p: Whole, f: Real, m: Whole, j: Int, now: Int) -> None:
    """The unit has nothing left to do."""
    m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_DONE] = now
    job = p[L.JOB] + j * L.J_COLUMNS
    route = p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS
    for i in range(p[route + L.T_LAST], p[route + L.T_LAST_END]):
        give_back(p, m, p[job + L.J_FIRST], p[L.LAST] + i * L.H_COLUMNS, now)
    exit_park(p, m, j, L.GR_DONE, now)
    if p[job + L.J_JOIN] >= 0:
        part_comes(p, f, m, p[job + L.J_JOIN], p[job + L.J_PARENT], now)


@rare
def open_gates(p: Whole, f: Real, m: Whole, j: Int, position: Int, now: Int) -> None:
    """The passing of a step releases units."""
    job = p[L.JOB] + j * L.J_COLUMNS
    for x in range(p[job + L.J_EXTRA], p[job + L.J_EXTRA_END]):
        extra = p[L.EXTRA] + x * L.X_COLUMNS
        if p[extra + L.X_WHAT] == L.EX_GATE and p[extra + L.X_POSITION] == position:
            behind = p[L.GATE] + 2 * p[extra + L.X_VALUE]
            for i in range(p[behind], p[behind + 1]):
                open_job(p, f, m, j + p[p[L.GATE_JOB] + i], L.BY_STEP, now)


@once
def go_on(p: Whole, f: Real, m: Whole, js: Int, c: Int, now: Int) -> bool:
    """Let the next steps of the unit go; returns whether it is scrapped instead."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    s = p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS
    first = js - p[s + L.S_POSITION]
    if p[s + L.S_BRANCH_END] > p[s + L.S_BRANCH]:
        if p[p[L.BRANCH] + p[s + L.S_BRANCH]] <= L.FREE_WAYS:
            open_ways(p, f, m, js, s, now)
            return False
        to = branch(p, f, m, u, c, p[s + L.S_BRANCH], p[s + L.S_BRANCH_END])
        if to == L.TO_SCRAP:
            return True
        if to >= 0:
            jump(p, f, m, first + to, now)
    else:
        i, end = p[L.SUCC] + p[s + L.S_SUCC], p[L.SUCC] + p[s + L.S_SUCC_END]
        while i < end:
            ready(p, f, m, first + p[i], L.ONE, now)
            i += 1
    return False


@rare
def jump(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """A branch leads to the step, whatever comes before it by `after`."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if (m[u + L.U_WAIT] & (L.PARTS - 1)) == p[p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS + L.S_BEFORE]:
        m[m[L.V_JOB] + m[u + L.U_JOB] * L.W_COLUMNS + L.W_TOKENS] += 1  # none has come to it by `after`
    reach(p, f, m, js, now)


@inner
def open_ways(p: Whole, f: Real, m: Whole, js: Int, s: Int, now: Int) -> None:
    """The unit waits on all ways behind step row `s` at once: that goes which can start first."""
    m[m[L.V_JOB] + m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_JOB] * L.W_COLUMNS + L.W_TOKENS] += 1
    kept = way_kept(p, m, js, s) if p[p[L.BRANCH] + p[s + L.S_BRANCH]] == L.KEPT_WAYS else -1
    for i in range(p[s + L.S_BRANCH] + 1, p[s + L.S_BRANCH_END]):
        if kept < 0 or i == kept:
            reach(p, f, m, js - p[s + L.S_POSITION] + p[p[L.BRANCH] + i], now)


@inner
def reach(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """The step is next, whatever comes before it by `after`."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_STATE] == L.DONE:
        again(p, m, js, now)
    m[u + L.U_WAIT] -= m[u + L.U_WAIT] & (L.PARTS - 1)
    if m[u + L.U_WAIT] == 0:
        turn(p, f, m, js, now)


@once
def passed(p: Whole, f: Real, m: Whole, js: Int, c: Int, now: Int) -> None:
    """The step is done for good: give back, post, and let the next ones go."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    j, s = m[u + L.U_JOB], p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS
    onward = u + L.U_COLUMNS
    m[u + L.U_STATE] = L.DONE
    if p[s + L.S_OPENS] == L.ONWARD and m[onward + L.U_WAIT] == 1 and m[onward + L.U_STATE] == L.AHEAD:
        m[onward + L.U_WAIT] = 0
        turn(p, f, m, js + 1, now)
        return
    first = js - p[s + L.S_POSITION]
    hold, end = p[L.HOLD] + p[s + L.S_HOLD] * L.H_COLUMNS, p[L.HOLD] + p[s + L.S_HOLD_END] * L.H_COLUMNS
    while hold < end:
        give_back(p, m, first, hold, now)
        hold += L.H_COLUMNS
    if p[s + L.S_POST_END] > p[s + L.S_POST]:
        post(p, m, j, s)
    for i in range(p[s + L.S_OUT], p[s + L.S_OUT_END]):
        stock(m, p[p[L.OUTPUT] + 2 * i], p[p[L.OUTPUT] + 2 * i + 1])
    learning = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_LEARN]
    if learning >= 0:
        m[m[L.V_LEARN] + learning] += 1
    if p[s + L.S_OPENS] & (L.ONWARD - 1):
        open_gates(p, f, m, j, js - first, now)
        if p[s + L.S_OPENS] > 1:
            parts_go(p, m, js, now)
    if go_on(p, f, m, js, c, now):
        stop_unit(p, f, m, j, L.GR_SCRAPPED, now)
        return
    tokens = m[L.V_JOB] + j * L.W_COLUMNS + L.W_TOKENS
    m[tokens] -= 1
    if m[tokens] == 0:
        complete(p, f, m, j, now)


@rare
def stop_unit(p: Whole, f: Real, m: Whole, j: Int, how: Int, now: Int) -> None:
    """The unit is scrapped or lost: it stops and gives back all it has; a scrapped one of an order begins again."""
    job = p[L.JOB] + j * L.J_COLUMNS
    first = p[job + L.J_FIRST]
    for js in range(first, first + p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]):
        drop(p, m, js, now)
    m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_TOKENS] = 0
    if how == L.GR_LOST:
        release_all(p, m, j, now)
    if how == L.GR_LOST or p[job + L.J_SOURCE] >= 0:
        exit_park(p, m, j, how, now)
    else:
        m[m[L.V_GROUP] + p[job + L.J_GROUP] * L.GR_COLUMNS + how] += 1
        open_roots(p, f, m, j, now)


@inner
def release_all(p: Whole, m: Whole, j: Int, now: Int) -> None:
    """A unit that is lost will neither start nor be joined by its parts: nobody keeps anything for it."""
    opener = p[p[L.JOB] + j * L.J_COLUMNS + L.J_OPENER]
    if opener >= 0 and m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_START] < 0:
        part_starts(p, m, opener, now)
    give_joined(p, m, j, NOWHERE, now)


@inner
def drop(p: Whole, m: Whole, js: Int, now: Int) -> None:
    """One step of a unit that stops: out of its queue, off its machine, and as before its release."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_STATE] == L.QUEUED:
        quit_queue(p, m, js)
        rest_needs(p, m, js, now)
    elif m[u + L.U_STATE] == L.UNDER_WAY or m[u + L.U_STATE] == L.STOPPED:
        leave_work(p, m, js, now)
    again(p, m, js, now)
    m[u + L.U_SEQ] = -1
    m[u + L.U_WAIT] += p[p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS + L.S_BEFORE] - (m[u + L.U_WAIT] & (L.PARTS - 1))


@inner
def give_kept(p: Whole, m: Whole, js: Int, now: Int) -> None:
    """Give back all that a step still keeps."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    held = m[u + L.U_HELD]
    m[u + L.U_HELD] = held & L.RULED
    if held & ~(L.RULED | L.MEMBER):
        c = p[p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS + L.S_CLASS]
        cls = p[L.CLASS] + c * L.C_COLUMNS
        for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
            if held & (1 << (i - p[cls + L.C_NEED])):
                give_need(p, m, js, p[L.NEED] + i * L.D_COLUMNS, c, now)


@inner
def rest_needs(p: Whole, m: Whole, js: Int, now: Int) -> None:
    """A step that waits to go on with its work gives back what it has not given back so far."""
    cls = p[L.CLASS] + m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_CLASS] * L.C_COLUMNS
    if p[cls + L.C_KIND] == L.RESUME:
        home = p[cls + L.C_HOME]
        own = p[L.CLASS] + home * L.C_COLUMNS
        for i in range(p[own + L.C_NEED], p[own + L.C_NEED_END]):
            need = p[L.NEED] + i * L.D_COLUMNS
            if p[need + L.D_OWN] and not p[need + L.D_GIVE]:
                give_need(p, m, js, need, home, now)


@inner
def leave_work(p: Whole, m: Whole, js: Int, now: Int) -> None:
    """A step under way or at a standstill ends without being passed, and gives back its own needs."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    c = m[u + L.U_CLASS]
    home = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_HOME]
    if not m[u + L.U_HELD] & L.MEMBER:
        if m[u + L.U_STATE] == L.UNDER_WAY:
            halt(p, m, js, now)
        give_own(p, m, js, home, now)
    cut_off(m, js, now)


@once
def give_own(p: Whole, m: Whole, js: Int, c: Int, now: Int) -> None:
    """Give back what class `c` needs only while its step works."""
    cls = p[L.CLASS] + c * L.C_COLUMNS
    need, end = p[L.NEED] + p[cls + L.C_NEED] * L.D_COLUMNS, p[L.NEED] + p[cls + L.C_NEED_END] * L.D_COLUMNS
    while need < end:
        if p[need + L.D_OWN]:
            give_need(p, m, js, need, c, now)
        need += L.D_COLUMNS


@inner
def end_portion(p: Whole, f: Real, m: Whole, js: Int, c: Int, now: Int) -> bool:
    """A period is over for a step: others get work of what was done, and it stands in line again unless it is done.

    Returns whether it is.
    """
    u, portion = m[L.V_STEP] + js * L.U_COLUMNS, m[L.V_PORTION] + js * L.PT_COLUMNS
    cls = p[L.CLASS] + c * L.C_COLUMNS
    account(m, c, L.ZERO, now - m[u + L.U_SINCE], now - m[u + L.U_SINCE])
    give(m, p[p[L.BUCKET] + p[cls + L.C_BUCKET] * L.BK_COLUMNS + L.BK_RES], m[u + L.U_SETUP], now)
    m[portion + L.PT_DONE] += m[u + L.U_LEFT]
    m[u + L.U_LEFT] = m[u + L.U_SETUP] = 0
    m[u + L.U_SEQ] = m[u + L.U_NEXT] = ALONE
    hand_on(p, f, m, js)
    if m[portion + L.PT_DONE] == p[cls + L.C_AMOUNT]:
        return True
    note_open(m, js)
    m[u + L.U_STATE] = L.QUEUED
    if m[portion + L.PT_THERE] > m[portion + L.PT_ALLOTTED]:
        stand_in_line(p, m, js)
    return False


@once
def end_step(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """A step, a rework, a passage or a repair has come to its end, and with it those of its batch."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    home = p[p[L.CLASS] + m[u + L.U_CLASS] * L.C_COLUMNS + L.C_HOME]
    if m[u + L.U_NEXT] == PORTION:
        if not end_portion(p, f, m, js, home, now):
            return
    else:
        spend(p, m, js, m[u + L.U_LEFT], now)
    give_own(p, m, js, home, now)
    if m[u + L.U_JOB] < 0:
        return
    while js >= 0:
        u = m[L.V_STEP] + js * L.U_COLUMNS
        after = m[u + L.U_NEXT]
        m[u + L.U_NEXT] = ALONE
        m[u + L.U_HELD] &= ~L.MEMBER
        outcome(p, f, m, js, home, now)
        js = after


@once
def outcome(p: Whole, f: Real, m: Whole, js: Int, c: Int, now: Int) -> None:
    """The work of a step is over: it is tried again after a rework, fails, or is passed."""
    u, cls = m[L.V_STEP] + js * L.U_COLUMNS, p[L.CLASS] + c * L.C_COLUMNS
    if p[cls + L.C_KIND] == L.REWORK:
        m[u + L.U_ATTEMPT] += 1
        enqueue(p, f, m, js, p[cls + L.C_RETRY], now)
    elif fails(p, f, m, u, c):
        note_open(m, js)
        if p[cls + L.C_MOST] > 0 and m[u + L.U_ATTEMPT] - m[u + L.U_LAP] + 1 >= p[cls + L.C_MOST]:
            m[u + L.U_STATE] = L.DONE
            stop_unit(p, f, m, m[u + L.U_JOB], L.GR_SCRAPPED, now)
        else:
            enqueue(p, f, m, js, p[cls + L.C_REWORK], now)
    else:
        passed(p, f, m, js, c, now)
