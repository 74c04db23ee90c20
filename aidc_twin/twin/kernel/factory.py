"""The factory's event loop.

Events of one instant are handled in the order of their kinds; then waiting work starts, smallest (priority, arrival)
first, until nothing more can; the late kinds come last, one by one. Every function writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.buckets import share_out
from aidc_twin.twin.kernel.chance import batch_wait, patience
from aidc_twin.twin.kernel.crews import ask, choice
from aidc_twin.twin.kernel.events import (
    ID_BITS,
    ID_MASK,
    SEQ_BITS,
    SEQ_MASK,
    look_at_next,
    next_code,
    next_tick,
    schedule,
    take_next,
)
from aidc_twin.twin.kernel.faults import break_down, mend
from aidc_twin.twin.kernel.floor import (
    blocker,
    is_held_up,
    leave,
    machine_of,
    propose,
    revive,
    settle,
    settle_all,
    stock,
    take,
    wait_for,
    wake,
)
from aidc_twin.twin.kernel.jit import inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Real, Whole
from aidc_twin.twin.kernel.offers import crew_of, first_by_ties, first_offer, place_of, way_to_take
from aidc_twin.twin.kernel.preempt import make_room, may_stop, propose_urgent
from aidc_twin.twin.kernel.prime import arrival_gap, prime
from aidc_twin.twin.kernel.progress import end_step, enter, lay_out, open_job, open_roots, stop_unit
from aidc_twin.twin.kernel.queues import RIPE, enqueue, first_candidate, first_place, head, kept_in, place_at, take_out
from aidc_twin.twin.kernel.weeks import keep_week, keep_work
from aidc_twin.twin.kernel.work import begin, begin_batch, pause

LATE_CODE = L.LATE << (ID_BITS + SEQ_BITS)
"""Codes of late events are no smaller."""
CROWD = 16
"""More candidates than these are looked at before the first of them is sought."""


@once
def dispatch(p: Whole, f: Real, m: Whole, now: Int) -> None:
    """Start waiting work, smallest (priority, arrival) first over all queues, until nothing more can start.

    The first candidate by its key starts or is put aside until what it lacks changes. Of a crowd, those that cannot
    start are put aside before, so that one that waits for a single thing costs one look each.
    """
    if p[L.STARTS] != L.BY_KEY:
        dispatch_offers(p, f, m, now)
        return
    if m[L.K_CANDIDATES] > CROWD:
        put_aside(p, f, m, now)
    while m[L.K_CANDIDATES] > 0:
        best = first_candidate(p, f, m, now)
        candidate = m[L.V_QUEUE] + best * L.E_COLUMNS
        q, place = m[candidate + L.E_LIST], m[candidate + L.E_PLACE]
        y = m[L.V_QUEUE] + q * L.E_COLUMNS
        if may_start(p, m, q, place, now):
            start(p, f, m, q, place, now)
            m[candidate + L.E_PLACE] = m[y + L.E_HEAD]
            if p[L.PICKERS]:
                forget_heads(p, m)
            if m[y + L.E_SIZE] == 0 or is_held_up(p, m, q):
                leave(m, best, q)
        else:
            leave(m, best, q)
    if p[L.PICKERS] & L.PREEMPTS:
        propose_urgent(p, m)


@rare
def dispatch_offers(p: Whole, f: Real, m: Whole, now: Int) -> None:
    """Start waiting work where lists of rules or crews decide; these let what a start brings at once happen first."""
    while m[L.K_CANDIDATES] > 0:
        look_again(p, f, m, now)
        if m[L.K_CANDIDATES] == 0:
            break
        best = first_by_ties(p, m) if p[L.STARTS] == L.BY_TIES else first_offer(p, m)
        crew = crew_of(p, m, place_of(m, best)) if p[L.STARTS] == L.CREWS_LAST else -1
        if crew >= 0 and p[p[L.RES] + crew * L.R_COLUMNS + L.R_NAMED]:
            choose(p, f, m, crew, now)
        else:
            start_one(p, f, m, best, now)
        if p[L.PICKERS] & L.PREEMPTS:
            propose_urgent(p, m)
        if p[L.STARTS] == L.CREWS_LAST and next_tick(p, m) == now and next_code(m) < LATE_CODE:
            return
    if p[L.PICKERS] & L.PREEMPTS:
        propose_urgent(p, m)


@rare
def start_one(p: Whole, f: Real, m: Whole, best: Int, now: Int) -> None:
    """The head of candidate `best` starts, or that of another way of its unit."""
    row = m[L.V_QUEUE] + way_to_take(p, m, best, now) * L.E_COLUMNS
    start(p, f, m, m[row + L.E_LIST], m[row + L.E_PLACE], now)


@rare
def look_again(p: Whole, f: Real, m: Whole, now: Int) -> None:
    """Find the heads of all candidates anew, and put aside those that cannot start."""
    for i in range(m[L.K_CANDIDATES]):
        row = m[L.V_QUEUE] + i * L.E_COLUMNS
        m[row + L.E_PLACE] = m[m[L.V_QUEUE] + m[row + L.E_LIST] * L.E_COLUMNS + L.E_HEAD]
    put_aside(p, f, m, now)


@rare
def choose(p: Whole, f: Real, m: Whole, crew: Int, now: Int) -> None:
    """The people of a crew choose one after the other from what they are asked for now."""
    ask(p, m, crew)
    best = choice(p, m, crew, now)
    while best >= 0:
        m[m[L.V_QUEUE] + m[m[L.V_QUEUE] + best * L.E_COLUMNS + L.E_LIST] * L.E_COLUMNS + L.E_IS] = 1
        start_one(p, f, m, best, now)
        look_again(p, f, m, now)
        best = choice(p, m, crew, now)


@rare
def put_aside(p: Whole, f: Real, m: Whole, now: Int) -> None:
    """Candidates that cannot start are candidates no more."""
    i = 0
    while i < m[L.K_CANDIDATES]:
        row = m[L.V_QUEUE] + i * L.E_COLUMNS
        if may_start(p, m, m[row + L.E_LIST], head(p, f, m, row, now), now):
            i += 1
        else:
            leave(m, i, m[row + L.E_LIST])


@rare
def forget_heads(p: Whole, m: Whole) -> None:
    """Something has started: where parents matter, another step may be the first of its queue that can start now."""
    for i in range(m[L.K_CANDIDATES]):
        row = m[L.V_QUEUE] + i * L.E_COLUMNS
        if p[p[L.QUEUES] + m[row + L.E_LIST] * L.Q_COLUMNS + L.Q_RULE] >= L.PICKS:
            m[row + L.E_PLACE] = -1
    if p[L.PICKERS] & L.PREEMPTS:
        propose_urgent(p, m)


@once
def may_start(p: Whole, m: Whole, q: Int, place: Int, now: Int) -> bool:
    """Whether the step at a place of the queue can start; if not, the queue waits for what is missing."""
    if not p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_PLAIN]:
        return head_may_start(p, m, q, place, now)
    if m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE] == 0:
        return False
    return not is_held_up(p, m, q)


@rare
def head_may_start(p: Whole, m: Whole, q: Int, place: Int, now: Int) -> bool:
    """The same in a queue where more decides."""
    y = m[L.V_QUEUE] + q * L.E_COLUMNS
    size = m[y + L.E_SIZE]
    if size == 0:
        return False
    c = p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_CLASS]
    if c < 0:
        c = m[m[L.V_STEP] + m[place + 2] * L.U_COLUMNS + L.U_CLASS]
    if size < p[p[L.CLASS] + c * L.C_COLUMNS + L.C_BATCH_MIN] and m[y + L.E_RIPE] == 0:
        return False
    if p[p[L.QUEUES] + q * L.Q_COLUMNS + L.Q_LEAVES] and kept_in(p, m, m[place + 2], now):
        return False
    blocked = blocker(p, m, c, place)
    if blocked >= 0:
        if p[L.PICKERS] & L.PREEMPTS:
            return may_stop(p, m, q, c, place, blocked)
        wait_for(m, q, blocked)
        return False
    return True


@once
def start(p: Whole, f: Real, m: Whole, q: Int, place: Int, now: Int) -> None:
    """The step at a place of a queue starts, with those that go in its batch."""
    js = take_out(p, m, q, place)
    c = m[m[L.V_STEP] + js * L.U_COLUMNS + L.U_CLASS]
    if p[L.PICKERS] & L.PREEMPTS:
        make_room(p, f, m, js, c, place, now)
    if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_BATCH_MAX] > 1:
        begin_batch(p, f, m, q, js, c, now)
    else:
        begin(p, f, m, js, c, now)


@rare
def toggle(p: Whole, m: Whole, k: Int, now: Int) -> None:
    """Calendar `k` opens or closes."""
    cal = p[L.CAL] + k * L.CA_COLUMNS
    for i in range(p[cal + L.CA_RES], p[cal + L.CA_RES_END]):
        settle(p, m, p[p[L.CAL_RES] + i], now)
    state = m[L.V_CAL] + 2 * k
    if m[state]:
        m[state] = 0
        m[state + 1] += 1
        if m[state + 1] < p[cal + L.CA_END]:
            schedule(m, p[p[L.INTERVAL] + m[state + 1] * L.I_COLUMNS + L.I_START], L.CALENDAR, k)
    else:
        m[state] = 1
        schedule(m, p[p[L.INTERVAL] + m[state + 1] * L.I_COLUMNS + L.I_END], L.CALENDAR, k)
        wake(m, p[L.RES + 2] + k)
        revive(p, m)


@rare
def change_capacity(p: Whole, m: Whole, i: Int, now: Int) -> None:
    """A capacity comes or goes; a machine that comes back may have broken down meanwhile."""
    change = p[L.CAP] + i * L.CAP_COLUMNS
    r, delta = p[change + L.CAP_RES], p[change + L.CAP_DELTA]
    settle(p, m, r, now)
    z = m[L.V_RES] + r * L.Z_COLUMNS
    m[z + L.Z_CAP] += delta
    m[z + L.Z_AVAIL] += delta
    wake(m, r)
    if p[change + L.CAP_SLOT] >= 0:
        g = machine_of(p, m, r, p[change + L.CAP_SLOT])
        m[g + L.G_DOWN] -= 1
        m[z + L.Z_LOWEST] = 0
        m[z + L.Z_ABSENT] -= 1
        if m[g + L.G_DOWN] > 0:
            m[z + L.Z_DOWN] += 1
            m[z + L.Z_DOWN_TAKEN] -= now
            if m[g + L.G_HOLDER] == 0:
                take(m, r, L.ONE, now)


@rare
def receive(p: Whole, m: Whole, i: Int) -> None:
    """A purchase order comes in: one of the park's, or one for base stock."""
    count = p[L.PO + 2]
    if i < count:
        order = p[L.PO] + i * L.O_COLUMNS
        if p[p[L.RES] + p[order + L.O_RES] * L.R_COLUMNS + L.R_BASE] > 0:
            m[m[L.V_RES] + p[order + L.O_RES] * L.Z_COLUMNS + L.Z_ON_ORDER] -= p[order + L.O_QTY]
        stock(m, p[order + L.O_RES], p[order + L.O_QTY])
        return
    row = m[L.V_ORDER] + (i - count) * L.VO_COLUMNS
    r, quantity = m[row + L.VO_RES], m[row + L.VO_QTY]
    m[m[L.V_RES] + r * L.Z_COLUMNS + L.Z_ON_ORDER] -= quantity
    m[row + L.VO_QTY] = m[L.K_ORDER]
    m[L.K_ORDER] = i - count
    stock(m, r, quantity)


@rare
def replenish(p: Whole, m: Whole, i: Int, now: Int) -> None:
    """A week's quota becomes available, up to what can be carried."""
    line = p[L.QUOTA_LINE] + i * L.QL_COLUMNS
    have = m[m[L.V_RES] + p[line + L.QL_RES] * L.Z_COLUMNS + L.Z_AVAIL]
    stock(m, p[line + L.QL_RES], max(0, min(p[line + L.QL_WEEKLY], p[line + L.QL_MOST] - have)))
    schedule(m, now + p[L.WEEK_TICKS], L.QUOTA, i)


@rare
def sail(p: Whole, f: Real, m: Whole, i: Int, now: Int) -> None:
    """A ship or a transfer leaves with as many units as it has room for, if enough of them wait."""
    ship = p[L.SAILING] + i * L.L_COLUMNS
    c = p[ship + L.L_CLASS]
    q = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_QUEUE]
    size = m[m[L.V_QUEUE] + q * L.E_COLUMNS + L.E_SIZE]
    if size > p[ship + L.L_ABOVE]:
        for _ in range(min(p[ship + L.L_ROOM], size)):
            place = place_at(p, m, q, first_place(p, f, m, q, now))
            if blocker(p, m, c, place) >= 0:
                break
            begin_batch(p, f, m, q, take_out(p, m, q, place), c, now)
    schedule(m, now + p[ship + L.L_EVERY], L.SAIL, i)


@inner
def release(p: Whole, f: Real, m: Whole, j: Int, now: Int) -> None:
    """The day of a unit's release has come; the next one in the list is foreseen."""
    i = m[L.K_RELEASE] + 1
    m[L.K_RELEASE] = i
    if i < p[L.RELEASES + 2]:
        schedule(m, max(now, p[p[L.RELEASES] + 2 * i]), L.RELEASE, p[p[L.RELEASES] + 2 * i + 1])
    open_job(p, f, m, j, L.BY_TICK, now)


@rare
def arrival(p: Whole, f: Real, m: Whole, s: Int, now: Int) -> None:
    """Units of a source arrive, and its next arrival is foreseen."""
    source, v = p[L.SOURCE] + s * L.A_COLUMNS, m[L.V_SOURCE] + s * L.V_COLUMNS
    n = m[v + L.V_ARRIVALS] + 1
    m[v + L.V_ARRIVALS] = n
    if p[source + L.A_MOST] == 0 or n < p[source + L.A_MOST]:
        schedule(m, now + arrival_gap(p, f, m, s, n), L.ARRIVAL, s)
    for _ in range(p[source + L.A_UNITS]):
        j = m[v + L.V_FREE]
        if j < 0:
            m[L.K_STATUS] = L.POOL_FULL
            return
        w = m[L.V_JOB] + j * L.W_COLUMNS
        m[v + L.V_FREE] = m[w + L.W_ARRIVAL]
        m[w + L.W_START] = L.AWAITED if p[p[L.JOB] + j * L.J_COLUMNS + L.J_OPENER] >= 0 else -1
        m[w + L.W_DONE] = -1
        m[w + L.W_STREAM] = p[source + L.A_UNIT_STREAM] + m[v + L.V_SERIAL]
        m[w + L.W_DUE] = now + p[source + L.A_DUE]
        m[w + L.W_SERIAL] = m[v + L.V_SERIAL]
        m[v + L.V_SERIAL] += 1
        size = p[source + L.A_SIZE]
        for i in range(1, size):
            name_part(p, m, j, j + i)
        for i in range(size):
            settle_in(p, f, m, j + i)
        enter(p, m, j, now)
        open_roots(p, f, m, j, now)
        for i in range(1, size):
            open_job(p, f, m, j + i, L.BY_TICK, now)


@inner
def name_part(p: Whole, m: Whole, j: Int, part: Int) -> None:
    """A part of a unit of a source that comes in is told by its number, and goes by the unit's due date."""
    job, top, w = p[L.JOB] + part * L.J_COLUMNS, m[L.V_JOB] + j * L.W_COLUMNS, m[L.V_JOB] + part * L.W_COLUMNS
    serial = m[top + L.W_SERIAL]
    m[w + L.W_START] = L.AWAITED if p[job + L.J_OPENER] >= 0 else -1
    m[w + L.W_DONE] = -1
    m[w + L.W_STREAM] = p[job + L.J_STREAM] + serial
    m[w + L.W_DUE] = m[top + L.W_DUE]
    m[w + L.W_SERIAL] = serial * (p[job + L.J_ALIKE] // L.MANY) + p[job + L.J_ALIKE] % L.MANY


@inner
def settle_in(p: Whole, f: Real, m: Whole, j: Int) -> None:
    """The steps of a unit of a source that comes in are laid out; they go by its own due date."""
    job = p[L.JOB] + j * L.J_COLUMNS
    m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_TOKENS] = 0
    lay_out(p, f, m, j)
    due = m[m[L.V_JOB] + j * L.W_COLUMNS + L.W_DUE]
    for i in range(p[p[L.ROUTE] + p[job + L.J_ROUTE] * L.T_COLUMNS + L.T_STEPS]):
        m[m[L.V_STEP] + (p[job + L.J_FIRST] + i) * L.U_COLUMNS + L.U_KEY] = due
    for i in range(p[L.SHARES]):
        m[m[L.V_SHARE] + j * m[L.V_SHARE + 1] + i] = 0


@rare
def week_ends(p: Whole, m: Whole, now: Int) -> None:
    """Bring the integrals up to now, and keep what has come together so far."""
    settle_all(p, m, now)
    keep_week(p, m, now)
    m[L.K_WEEK] += 1
    if m[L.K_WEEK] == p[L.WARM_UP]:
        keep_work(p, m, L.ZERO, now)
    schedule(m, now + p[L.WEEK_TICKS], L.WEEK, L.ZERO)


@rare
def timer(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """A step waits no longer for a full batch, if it still waits."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    c = m[u + L.U_CLASS]
    if m[u + L.U_STATE] != L.QUEUED or p[p[L.CLASS] + c * L.C_COLUMNS + L.C_BATCH_DIST] < 0:
        return
    if m[u + L.U_SINCE] + batch_wait(p, f, m, u, c) == now:
        q = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_QUEUE]
        y = m[L.V_QUEUE] + q * L.E_COLUMNS
        m[u + L.U_NEXT] = RIPE
        m[y + L.E_RIPE] += 1
        if m[y + L.E_IS] == 0 and m[y + L.E_BLOCK] < 0:
            propose(m, q)


@rare
def impatience(p: Whole, f: Real, m: Whole, js: Int, now: Int) -> None:
    """A step has waited as long as its unit can bear, if it still waits."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    c = m[u + L.U_CLASS]
    if m[u + L.U_STATE] != L.QUEUED or p[p[L.CLASS] + c * L.C_COLUMNS + L.C_PATIENCE_DIST] < 0:
        return
    if m[u + L.U_ATTEMPT] == m[u + L.U_LAP] and m[u + L.U_SINCE] + patience(p, f, m, u, c) == now:
        stop_unit(p, f, m, m[u + L.U_JOB], L.GR_LOST, now)


@once
def handle(p: Whole, f: Real, m: Whole, kind: Int, ident: Int, seq: Int, now: Int) -> None:
    """Let one event happen, unless it has been overtaken."""
    if kind == L.END or kind == L.PAUSE or kind == L.EARLIEST:
        if m[m[L.V_STEP] + ident * L.U_COLUMNS + L.U_SEQ] == seq:
            handle_step(p, f, m, kind, ident, now)
    elif kind == L.FAULT:
        if m[m[L.V_FAULT] + ident * L.N_COLUMNS + L.N_SEQ] == seq:
            break_down(p, f, m, ident, now)
    elif kind == L.CAPACITY:
        change_capacity(p, m, ident, now)
    elif kind == L.RECEIPT:
        receive(p, m, ident)
    elif kind == L.QUOTA:
        replenish(p, m, ident, now)
    elif kind == L.CALENDAR:
        toggle(p, m, ident, now)
    elif kind == L.WEEK:
        week_ends(p, m, now)
    elif kind == L.RELEASE:
        release(p, f, m, ident, now)
    elif kind == L.ARRIVAL:
        arrival(p, f, m, ident, now)
    elif kind == L.SAIL:
        sail(p, f, m, ident, now)
    elif kind == L.TIMER:
        timer(p, f, m, ident, now)
    elif kind == L.PERIOD:
        share_out(p, f, m, ident, now)
    else:
        impatience(p, f, m, ident, now)


@once
def handle_step(p: Whole, f: Real, m: Whole, kind: Int, js: Int, now: Int) -> None:
    """The end, the pause or the earliest tick of a step; or a breakdown that stands among the ends."""
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if kind == L.PAUSE:
        pause(p, f, m, js, now)
    elif kind == L.EARLIEST:
        enqueue(p, f, m, js, m[u + L.U_CLASS], now)
    elif m[u + L.U_JOB] < 0 and not m[m[L.V_FAULT] + m[u + L.U_STEP] * L.N_COLUMNS + L.N_DOWN]:
        break_down(p, f, m, m[u + L.U_STEP], now)
    else:
        end_step(p, f, m, js, now)
        if m[u + L.U_JOB] < 0:
            mend(p, f, m, m[u + L.U_STEP], now)


@once
def next_event(p: Whole, f: Real, m: Whole, now: Int) -> None:
    """Take the first event off the list, and let it happen."""
    code = take_next(m)
    if p[L.JOBS] == 0:  # elsewhere it is looked at a day before
        look_at_next(p, m)
    m[L.K_EVENTS] += 1
    m[L.K_STORM] += 1
    handle(p, f, m, code >> (ID_BITS + SEQ_BITS), code & ID_MASK, (code >> ID_BITS) & SEQ_MASK, now)


@once
def instant(p: Whole, f: Real, m: Whole, now: Int) -> Int:
    """Let everything of this instant happen; returns the tick of the next."""
    tick = next_tick(p, m)
    while m[L.K_STATUS] == L.OK:
        while tick == now and next_code(m) < LATE_CODE:
            next_event(p, f, m, now)
            tick = next_tick(p, m)
        if m[L.K_CANDIDATES] > 0:
            dispatch(p, f, m, now)
            tick = next_tick(p, m)
        if m[L.K_STORM] > p[L.STORM]:
            m[L.K_STATUS] = L.EVENT_STORM
        if tick != now:
            break
        if next_code(m) >= LATE_CODE:
            next_event(p, f, m, now)
            tick = next_tick(p, m)
    return tick


@inner
def close_books(p: Whole, m: Whole) -> None:
    """Bring the integrals up to the horizon, and keep what has come together."""
    settle_all(p, m, p[L.HORIZON])
    keep_week(p, m, p[L.HORIZON])
    keep_work(p, m, L.ONE, p[L.HORIZON])


@inner
def simulate(p: Whole, f: Real, m: Whole) -> None:
    """Run one replication of the park `p`, `f` in the fresh state `m`; the status is in ``m[K_STATUS]``."""
    prime(p, f, m)
    now = L.ZERO
    while m[L.K_STATUS] == L.OK:
        tick = instant(p, f, m, now)
        if tick > p[L.HORIZON]:
            break
        if tick < now:
            m[L.K_STATUS] = L.CLOCK_BACK
        now = tick
        m[L.K_STORM] = 0
        while now >= p[p[L.EDGE] + m[L.K_BUCKET] + 1] and m[L.K_BUCKET] + 2 < p[L.EDGE + 2]:
            m[L.K_BUCKET] += 1
    close_books(p, m)
