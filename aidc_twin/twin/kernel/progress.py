"""What the end of a step brings: postings, releases, the next steps, rework.

Every function writes the state in place.
"""

from __future__ import annotations

from numba import njit

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.draws import uniforms
from aidc_twin.twin.kernel.floor import enqueue, free_slot, give, ready
from aidc_twin.twin.kernel.layout import F64, I64, Int, row


@njit(cache=True, nogil=True)
def post(p: I64, m: I64, j: Int, step: Int) -> None:
    """Post the step's sales to the ledgers: owned, and consigned."""
    value = p[row(p, L.JOB, j) + L.J_VALUE]
    s = row(p, L.STEP, step)
    for i in range(p[s + L.S_POST], p[s + L.S_POST_END]):
        rule = row(p, L.POST, i)
        cell = row(m, L.V_POSTED, p[rule + L.P_RULE] * p[L.BUCKETS] + m[L.K_BUCKET])
        for side in range(2):
            m[cell + side] += p[rule + L.P_YUAN + side] + value * p[rule + L.P_PPM + side] // 1_000_000


@njit(cache=True, nogil=True)
def give_back(p: I64, m: I64, first: Int, hold: Int, now: Int) -> None:
    """Give back what a step held on to; `first` is the first job step of the unit, `hold` a row of HOLD or LAST."""
    r, origin = p[hold + L.H_RES], p[hold + L.H_FROM]
    if origin >= 0:
        free_slot(p, m, first + origin, r, 0)
    give(p, m, r, p[hold + L.H_AMOUNT], now)


@njit(cache=True, nogil=True)
def complete(p: I64, m: I64, j: Int, now: Int) -> None:
    """The unit has passed its last step."""
    m[row(m, L.V_JOB, j) + L.W_DONE] = now
    job = row(p, L.JOB, j)
    route = row(p, L.ROUTE, p[job + L.J_ROUTE])
    for i in range(p[route + L.T_LAST], p[route + L.T_LAST_END]):
        give_back(p, m, p[job + L.J_FIRST], row(p, L.LAST, i), now)
    if p[job + L.J_JOIN] >= 0:
        ready(p, m, p[job + L.J_JOIN])


@njit(cache=True, nogil=True)
def open_job(p: I64, m: I64, j: Int) -> None:
    """One of the unit's releases has happened; its first steps are ready when none is left."""
    gates = row(m, L.V_JOB, j) + L.W_GATES
    m[gates] -= 1
    if m[gates] != 0:
        return
    job = row(p, L.JOB, j)
    route = row(p, L.ROUTE, p[job + L.J_ROUTE])
    for i in range(p[route + L.T_ROOT], p[route + L.T_ROOT_END]):
        ready(p, m, p[job + L.J_FIRST] + p[row(p, L.ROOT, i)])


@njit(cache=True, nogil=True)
def passed(p: I64, m: I64, js: Int, now: Int) -> None:
    """The step is done for good: give back, post, and let the next ones go."""
    place = row(p, L.JOB_STEP, js)
    j, step, gate = p[place + L.N_JOB], p[place + L.N_STEP], p[place + L.N_GATE]
    first = p[row(p, L.JOB, j) + L.J_FIRST]
    s = row(p, L.STEP, step)
    for i in range(p[s + L.S_HOLD], p[s + L.S_HOLD_END]):
        give_back(p, m, first, row(p, L.HOLD, i), now)
    post(p, m, j, step)
    if gate >= 0:
        behind = row(p, L.GATE, gate)
        for i in range(p[behind], p[behind + 1]):
            open_job(p, m, p[row(p, L.GATE_JOB, i)])
    for i in range(p[s + L.S_SUCC], p[s + L.S_SUCC_END]):
        ready(p, m, first + p[row(p, L.SUCC, i)])
    left = row(m, L.V_JOB, j) + L.W_STEPS
    m[left] -= 1
    if m[left] == 0:
        complete(p, m, j, now)


@njit(cache=True, nogil=True)
def fails(p: I64, f: F64, m: I64, js: Int, c: Int, seed: Int) -> bool:
    """Whether this attempt of the step fails; never where means are asked for."""
    share = f[row(p, L.CLASS_F, c) + L.F_FAIL]
    if share <= 0.0 or m[L.K_MEANS]:
        return False
    stream = p[row(p, L.JOB, p[row(p, L.JOB_STEP, js) + L.N_JOB]) + L.J_STREAM]
    _, v = uniforms(seed, stream, p[row(p, L.CLASS, c) + L.C_KEY], m[row(m, L.V_STEP, js) + L.U_ATTEMPT] << 8)
    return v < share


@njit(cache=True, nogil=True)
def end_step(p: I64, f: F64, m: I64, js: Int, now: Int, seed: Int) -> None:
    """A step, a rework or a passage has come to its end."""
    u = row(m, L.V_STEP, js)
    c = m[u + L.U_CLASS]
    cls = row(p, L.CLASS, c)
    rework, server = p[cls + L.C_IS_REWORK], p[cls + L.C_SERVER]
    for i in range(p[cls + L.C_NEED], p[cls + L.C_NEED_END]):
        need = row(p, L.NEED, i)
        if p[need + L.D_OWN]:
            if p[need + L.D_RES] == server:
                free_slot(p, m, js, server, rework)
            give(p, m, p[need + L.D_RES], p[need + L.D_AMOUNT], now)
    if rework:
        m[u + L.U_ATTEMPT] += 1
        enqueue(p, m, js, p[cls + L.C_RETRY])
    elif fails(p, f, m, js, c, seed):
        enqueue(p, m, js, p[cls + L.C_REWORK])
    else:
        passed(p, m, js, now)
