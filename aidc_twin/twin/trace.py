"""A trace as frames: operations, receipts of material and postings, in the park's names."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.frames import Postings, ScheduleOperations, ScheduleSupply, build
from aidc_twin.twin.compile import Factory
from aidc_twin.twin.kernel.layout import (
    J_VALUE,
    JOB,
    JOB_STEP,
    N_JOB,
    N_STEP,
    O_QTY,
    O_RES,
    O_TIME,
    P_PPM,
    P_RULE,
    P_YUAN,
    PO,
    PO_F,
    POST,
    R_AVAIL,
    RES,
    S_POST,
    S_POST_END,
    STEP,
    ParkArrays,
    reals,
    table,
)
from aidc_twin.twin.run import Replication
from aidc_twin.twin.stock import quotas


def step_names(factory: Factory) -> tuple[list[str], list[str], list[str]]:
    """Operation of each route step, its servers and those of its rework ("" where there are none)."""
    names = [step.operation for route in factory.routes for step in route.steps]
    rows = [factory.table.rows[c] for row in factory.route_class for c in row]
    rework = [factory.table.rows[row.rework] if row.rework >= 0 else row for row in rows]
    first, again = (
        [factory.resources[row.server] if row.server >= 0 else "" for row in part] for part in (rows, rework)
    )
    return names, first, again


def operations(factory: Factory, arrays: ParkArrays, run: Replication, until: int | None = None) -> pl.DataFrame:
    """Executed operations of a traced replication that start before tick `until`; see `ScheduleOperations`."""
    steps = table(arrays.whole, JOB_STEP)
    trace = run.trace if until is None else run.trace[run.trace[:, 2] < until]
    job = steps[trace[:, 0], N_JOB]
    step = steps[trace[:, 0], N_STEP]
    names, servers, repairs = (np.array(row, dtype=object) for row in step_names(factory))
    rework = trace[:, 1] % 2 == 1
    units = factory.units
    column = lambda values: np.array(values, dtype=object)[job].tolist()  # noqa: E731  because it is one lookup
    server = np.where(rework, repairs[step], servers[step])
    return build(
        ScheduleOperations,
        {
            "unit_id": column([unit.id for unit in units]),
            "operation": names[step].tolist(),
            "attempt": trace[:, 1] // 2,
            "during": np.where(rework, "rework", "operation").tolist(),
            "order": column([unit.order for unit in units]),
            "product": column([unit.product for unit in units]),
            "unit": np.array([unit.number for unit in units], np.int64)[job],
            "resource": server.tolist(),
            "machine": np.where(server == "", 0, trace[:, 6] + 1),
            "start_tick": trace[:, 2],
            "end_tick": trace[:, 3],
            "setup_ticks": trace[:, 4],
            "work_ticks": trace[:, 5],
        },
    ).sort("start_tick", "unit_id", "operation", "attempt", "during")


def supply(factory: Factory, arrays: ParkArrays, until: int) -> pl.DataFrame:
    """Receipts that means-only execution counts on up to tick `until`; see `ScheduleSupply`."""
    rows: list[tuple[str, int, int, str]] = []
    base = len(factory.resources)
    stock, po, lead = table(arrays.whole, RES), table(arrays.whole, PO), reals(arrays, PO_F)
    for m, name in enumerate(factory.materials):
        if stock[base + m, R_AVAIL]:
            rows.append((name, 0, int(stock[base + m, R_AVAIL]), "stock"))
    for i in range(len(po)):
        tick = max(0, int(po[i, O_TIME] + np.floor(lead[i, 3] + 0.5)))
        rows.append((factory.materials[po[i, O_RES] - base], tick, int(po[i, O_QTY]), "purchase_order"))
    for line in quotas(factory.park, factory.clock):
        ticks = range(line.first, until, factory.clock.ticks_per_week)
        rows += [(line.material, tick, line.weekly, "quota") for tick in ticks]
    rows = sorted(row for row in rows if row[1] < until)
    return build(ScheduleSupply, [(i, *row) for i, row in enumerate(rows)])


def last_attempts(arrays: ParkArrays, run: Replication) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Job steps that a traced replication passed, and their end ticks (the last attempt of each)."""
    rows = run.trace[run.trace[:, 1] % 2 == 0]
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    rows = rows[order]
    last = np.append(rows[1:, 0] != rows[:-1, 0], True) if len(rows) else np.zeros(0, bool)
    return rows[last, 0], rows[last, 3]


def postings(factory: Factory, arrays: ParkArrays, run: Replication, until: int) -> pl.DataFrame:
    """Postings of the operations that start before tick `until`, in a traced replication where nothing fails."""
    rows: list[tuple[str, str, int, int, int]] = []
    job_steps, step_table, post, job_table = (table(arrays.whole, name) for name in (JOB_STEP, STEP, POST, JOB))
    shown = run.trace[run.trace[:, 2] < until]
    for js, end in shown[:, [0, 3]].tolist():
        step, job = int(job_steps[js, N_STEP]), int(job_steps[js, N_JOB])
        for i in range(int(step_table[step, S_POST]), int(step_table[step, S_POST_END])):
            yuan = [
                int(post[i, P_YUAN + side]) + int(job_table[job, J_VALUE]) * int(post[i, P_PPM + side]) // 1_000_000
                for side in range(2)
            ]
            rows.append((factory.units[job].id, factory.rules[post[i, P_RULE]], end, yuan[0], yuan[1]))
    return build(Postings, sorted(rows))
