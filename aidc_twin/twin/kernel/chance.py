"""What a step draws: its work, its faults, whether it fails, how long it waits, where it goes.

Every draw is keyed by (seed, unit's stream, operation, attempt and purpose). Nothing here writes.
"""

from __future__ import annotations

import numpy as np

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.draws import TRIANGULAR, bits, of_triangle, poisson_quantile, sample, triangular, uniforms
from aidc_twin.twin.kernel.jit import inner, once, rare
from aidc_twin.twin.kernel.layout import Int, Real, Whole

MOST_FAULTS = 200
"""Faults of one step that are drawn; more cannot be told apart by their tags."""
FAULTS_TAG, PATIENCE_TAG, BATCH_TAG, BRANCH_TAG = 2, 253, 254, 255


@inner
def near(x: float) -> Int:
    """Nearest tick, half up."""
    return np.int64(np.floor(x + 0.5))


@inner
def chance(p: Whole, m: Whole, u: Int, c: Int, tag: Int) -> tuple[float, float]:
    """Two uniforms of the step at row `u` for a purpose."""
    stream = m[m[L.V_JOB] + m[u + L.U_JOB] * L.W_COLUMNS + L.W_STREAM]
    return uniforms(m[L.K_SEED], stream, p[p[L.CLASS] + c * L.C_COLUMNS + L.C_KEY], m[u + L.U_ATTEMPT] << 8 | tag)


@inner
def draw_ahead(p: Whole, f: Real, m: Whole, step: Int, count: Int, stream: Int) -> None:
    """Draw what the first attempts of a unit's steps take from chance, in one pass that the compiler can vectorise."""
    key, limit, to = p[L.STEP_KEY] + step, p[L.FAIL_LIMIT] + step, m[L.V_DRAW]
    s, j = np.uint64(m[L.K_SEED]), np.uint64(stream)
    a, rows = p[L.STEP_F] + step, p[L.STEP_F + 1]
    b, c, low = a + rows, a + 2 * rows, a + 3 * rows
    for i in range(max(count, (count + L.DRAWN - 3) // L.DRAWN * L.DRAWN)):  # one or two more are faster alone
        work, mark = bits(s, j, np.uint64(p[key + i]))
        fails_then = np.int64(mark < p[limit + i])
        ready = f[c + i] > 0.0
        ticks = near(of_triangle(f[a + i], f[b + i], f[c + i], f[low + i], as_uniform(work)))
        drawn = ticks if ready else work
        m[to + i] = drawn | fails_then * L.FAILS | np.int64(p[limit + i] >= 0) * L.TOLD | np.int64(ready) * L.READY


@once
def as_uniform(drawn: Int) -> float:
    """Uniform that is made of the bits drawn for it."""
    return (np.float64(drawn) + 0.5) * 2.0**-53


@once
def work_uniform(p: Whole, m: Whole, u: Int, c: Int, rework: Int) -> float:
    """Uniform for the work of an attempt, which is drawn ahead for the first one."""
    if m[u + L.U_ATTEMPT] == 0 and rework == 0 and m[u + L.U_DRAW] & L.READY == 0:
        return as_uniform(m[u + L.U_DRAW] & (L.FAILS - 1))
    return chance(p, m, u, c, rework)[0]


@rare
def longest_wait(p: Whole, f: Real, m: Whole, u: Int, c: Int, dist: Int, cells: Int, tag: Int) -> Int:
    """Ticks that a step waits at most, by the distribution in columns `dist` and `cells` of its class."""
    q = p[L.CLASS_F] + c * L.F_COLUMNS + cells
    if m[L.K_MEANS]:
        return near(f[q + 3])
    return near(sample(f, p[p[L.CLASS] + c * L.C_COLUMNS + dist], q, chance(p, m, u, c, tag)[0]))


@inner
def patience(p: Whole, f: Real, m: Whole, u: Int, c: Int) -> Int:
    """Ticks after which a step that still waits is lost."""
    return longest_wait(p, f, m, u, c, L.C_PATIENCE_DIST, L.F_PATIENCE, PATIENCE_TAG)


@inner
def batch_wait(p: Whole, f: Real, m: Whole, u: Int, c: Int) -> Int:
    """Ticks after which a step no longer waits for a full batch."""
    return longest_wait(p, f, m, u, c, L.C_BATCH_DIST, L.F_BATCH, BATCH_TAG)


@inner
def learned(p: Whole, f: Real, m: Whole, c: Int, exponent: float) -> float:
    """Factor that learning has brought so far: (units made / units before) to the exponent."""
    i = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_LEARN]
    if i < 0 or exponent == 0.0:
        return 1.0
    before = f[p[L.LEARNING] + i]
    return ((before + m[m[L.V_LEARN] + i]) / before) ** exponent


@once
def work_ticks(p: Whole, f: Real, m: Whole, u: Int, c: Int) -> Int:
    """Work of this start of the step in ticks: drawn, or the mean where means are asked for."""
    simple = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_DIST] == L.SIMPLE
    if simple and m[u + L.U_ATTEMPT] == 0 and m[u + L.U_DRAW] & L.READY:
        return m[u + L.U_DRAW] & (L.FAILS - 1)
    return other_work(p, f, m, u, c)


@rare
def other_work(p: Whole, f: Real, m: Whole, u: Int, c: Int) -> Int:
    """The same where it is not the first attempt, or more than a triangular distribution decides."""
    q = p[L.CLASS_F] + c * L.F_COLUMNS
    if m[L.K_MEANS]:
        return near(f[q + L.F_MEAN])
    cls = p[L.CLASS] + c * L.C_COLUMNS
    rework = 1 if p[cls + L.C_KIND] == L.REWORK else 0
    kind = p[cls + L.C_DIST]
    work = f[q]
    if kind == TRIANGULAR or kind == L.SIMPLE:
        work = triangular(f[q], f[q + 1], f[q + 2], work_uniform(p, m, u, c, rework))
    elif kind > 0:
        work = sample(f, kind, q, work_uniform(p, m, u, c, rework))
    if f[q + L.F_LEARN] != 0.0:
        work *= learned(p, f, m, c, f[q + L.F_LEARN])
    work = np.floor(work + 0.5)
    if f[q + L.F_FAULT] > 0.0:
        work = soaked(p, f, m, u, c, work)
    return np.int64(work)


@rare
def soaked(p: Whole, f: Real, m: Whole, u: Int, c: Int, work: float) -> float:
    """Work of a test whose faults are repaired in place while the rest goes on."""
    cls, q = p[L.CLASS] + c * L.C_COLUMNS, p[L.CLASS_F] + c * L.F_COLUMNS
    longest = work
    count = poisson_quantile(f[q + L.F_FAULT] * work, chance(p, m, u, c, FAULTS_TAG)[0])
    for i in range(min(count, MOST_FAULTS)):
        when, how = chance(p, m, u, c, 3 + i)
        repair = np.floor(sample(f, p[cls + L.C_REPAIR_DIST], q + L.F_REPAIR, how) + 0.5)
        longest = max(longest, np.floor(when * work) + repair + p[cls + L.C_RESOAK])
    return longest


@once
def fails(p: Whole, f: Real, m: Whole, u: Int, c: Int) -> bool:
    """Whether this attempt of the step fails; never where means are asked for."""
    if m[u + L.U_ATTEMPT] == 0 and m[u + L.U_DRAW] & L.TOLD:
        return m[u + L.U_DRAW] & L.FAILS != 0
    return fails_again(p, f, m, u, c)


@rare
def fails_again(p: Whole, f: Real, m: Whole, u: Int, c: Int) -> bool:
    """The same of another attempt than the first, or of one whose share changes with what is learned."""
    q = p[L.CLASS_F] + c * L.F_COLUMNS
    share = f[q + L.F_FAIL]
    if share <= 0.0 or m[L.K_MEANS]:
        return False
    return chance(p, m, u, c, L.ZERO)[1] < share * learned(p, f, m, c, f[q + L.F_FAIL_LEARN])


@rare
def branch(p: Whole, f: Real, m: Whole, u: Int, c: Int, first: Int, end: Int) -> Int:
    """Where the unit goes after the step: one of the rows [first, end) of BRANCH, by chance."""
    v = chance(p, m, u, c, BRANCH_TAG)[1]
    i = first
    while i < end - 1 and v >= f[p[L.BRANCH_F] + i]:
        i += 1
    return p[p[L.BRANCH] + i]
