"""The sums so far, written down at the end of each week and at the horizon; what work came to, after the warm-up too.

Every function writes its own table of the state alone.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.events import ID_BITS, ID_MASK, SEQ_BITS, SEQ_MASK, YEAR
from aidc_twin.twin.kernel.floor import open_between
from aidc_twin.twin.kernel.jit import inner
from aidc_twin.twin.kernel.layout import Int, Whole
from aidc_twin.twin.kernel.work import hours_of


@inner
def keep_week(p: Whole, m: Whole, now: Int) -> None:
    """Write the sums of groups, classes and resources so far into the present week's row; integrals are up to now."""
    row = m[L.V_WEEK] + m[L.K_WEEK] * m[L.V_WEEK + 1]
    for i in range(m[L.V_GROUP + 2]):
        gr = m[L.V_GROUP] + i * L.GR_COLUMNS
        m[row + L.WG_TICKS] = m[gr + L.GR_TAKEN] + m[gr + L.GR_COUNT] * now
        m[row + L.WG_ARRIVED] = m[gr + L.GR_ARRIVED]
        m[row + L.WG_DONE] = m[gr + L.GR_DONE]
        m[row + L.WG_FLOW] = m[gr + L.GR_FLOW]
        m[row + L.WG_SCRAPPED] = m[gr + L.GR_SCRAPPED]
        m[row + L.WG_LOST] = m[gr + L.GR_LOST]
        row += L.WG_COLUMNS
    for c in range(p[L.CLASS + 2]):
        y = m[L.V_CLASS] + c * L.Y_COLUMNS
        m[row + L.WC_STARTS] = m[y + L.Y_STARTS]
        m[row + L.WC_WAITED] = m[y + L.Y_WAITED]
        row += L.WC_COLUMNS
    for r in range(p[L.RES + 2]):
        z = m[L.V_RES] + r * L.Z_COLUMNS
        m[row + L.WR_IDLE], m[row + L.WR_IDLE_OPEN] = m[z + L.Z_IDLE], m[z + L.Z_IDLE_OPEN]
        m[row + L.WR_TOTAL], m[row + L.WR_TOTAL_OPEN] = m[z + L.Z_TOTAL], m[z + L.Z_TOTAL_OPEN]
        m[row + L.WR_DOWN] = m[z + L.Z_DOWN_TAKEN] + m[z + L.Z_DOWN] * now
        row += L.WR_COLUMNS


@inner
def keep_work(p: Whole, m: Whole, number: Int, now: Int) -> None:
    """Write what work came to so far into V_WORK, its first or second part; what is under way counts as far as done."""
    rows = m[L.V_WORK] + number * p[L.RES + 2] * L.WK_COLUMNS
    for c in range(p[L.CLASS + 2]):
        y = m[L.V_CLASS] + c * L.Y_COLUMNS
        count_work(p, m, rows, c, L.ZERO, m[y + L.Y_WORK], m[y + L.Y_SETUP], m[y + L.Y_ELAPSED])
        cls = p[L.CLASS] + c * L.C_COLUMNS
        again = p[cls + L.C_RETRY]
        if again >= 0 and again != c and p[cls + L.C_PIN] < 0:  # those of a pin have the further attempts of the others
            y = m[L.V_CLASS] + again * L.Y_COLUMNS
            count_work(p, m, rows, c, L.ONE, m[y + L.Y_WORK], m[y + L.Y_SETUP], m[y + L.Y_ELAPSED])
    count_under_way(p, m, rows, now)


@inner
def count_work(p: Whole, m: Whole, rows: Int, c: Int, kept: Int, work: Int, setup: Int, elapsed: Int) -> None:
    """Count work, its changeover and the time that it took for the resources that class `c` needs.

    With `kept` it is work of a further attempt, for the resources that it does not take again.
    """
    on = p[p[L.ON] + c]
    if on >= 0 and not kept:
        count(m, rows + on * L.WK_COLUMNS, L.ONE, work, setup, elapsed)
    cls = p[L.CLASS] + c * L.C_COLUMNS
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = p[L.NEED] + i * L.D_COLUMNS
        if p[need + L.D_KIND] < L.MATERIAL and not (kept and p[need + L.D_OWN]):
            count(m, rows + p[need + L.D_RES] * L.WK_COLUMNS, p[need + L.D_AMOUNT], work, setup, elapsed)


@inner
def count(m: Whole, cell: Int, amount: Int, work: Int, setup: Int, elapsed: Int) -> None:
    """Count work for an amount of a resource."""
    m[cell + L.WK_WORK] += amount * work
    m[cell + L.WK_SETUP] += amount * setup
    m[cell + L.WK_ELAPSED] += amount * elapsed


@inner
def count_under_way(p: Whole, m: Whole, rows: Int, now: Int) -> None:
    """Count the work that is under way, which is what has its end or its pause in the list of events."""
    for i in range(m[L.K_NEAR]):
        count_event(p, m, rows, m[m[L.NEAR] + 2 * i + 1], now)
    for i in range(m[L.K_FAR]):
        count_event(p, m, rows, m[m[L.FAR] + 2 * i + 1], now)
    left = m[L.K_PENDING] - m[L.K_NEAR] - m[L.K_FAR]
    for day in range(YEAR):
        if left == 0:
            return
        i = m[m[L.DAY] + ((m[L.K_DAY] + day) & (YEAR - 1))]
        while i >= 0:
            node = m[L.NODE] + 3 * i
            count_event(p, m, rows, m[node + 1], now)
            left -= 1
            i = m[node + 2]


@inner
def count_event(p: Whole, m: Whole, rows: Int, code: Int, now: Int) -> None:
    """Count the work up to now that an event will end or interrupt, unless it has been overtaken."""
    kind, js = code >> (ID_BITS + SEQ_BITS), code & ID_MASK
    if kind != L.END and kind != L.PAUSE:
        return
    u = m[L.V_STEP] + js * L.U_COLUMNS
    if m[u + L.U_SEQ] != (code >> ID_BITS) & SEQ_MASK or m[u + L.U_STATE] == L.STOPPED:
        return  # overtaken, or work that waits at a standstill for an opening
    if m[u + L.U_JOB] >= 0 or m[m[L.V_FAULT] + m[u + L.U_STEP] * L.N_COLUMNS + L.N_DOWN]:  # a stop is no work
        since, c = m[u + L.U_SINCE], m[u + L.U_CLASS]
        done, setup = now - since, 0
        if p[p[L.CLASS] + c * L.C_COLUMNS + L.C_BUCKET] < 0:  # a portion of a period has no changeover
            done = open_between(p, m, hours_of(p, c), since, now)
            setup = min(done, m[u + L.U_SETUP])
        home = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_HOME]
        count_work(p, m, rows, home, L.ZERO, done - setup, setup, now - since)
        if p[p[L.CLASS] + home * L.C_COLUMNS + L.C_KIND] == L.WORK:
            first = p[p[L.STEP] + m[u + L.U_STEP] * L.S_COLUMNS + L.S_CLASS]
            if first != home and p[p[L.CLASS] + first * L.C_COLUMNS + L.C_RETRY] == home:
                count_work(p, m, rows, first, L.ONE, done - setup, setup, now - since)
