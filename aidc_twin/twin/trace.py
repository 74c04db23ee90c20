"""A trace as frames: operations, receipts of material and postings, in the park's names."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.frames import Postings, ScheduleOperations, ScheduleSupply, build
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.kernel.layout import (
    AHEAD,
    BASE_F,
    C_NEED,
    C_NEED_END,
    CLASS,
    D_AMOUNT,
    D_RES,
    J_VALUE,
    JOB,
    NEED,
    O_QTY,
    O_RES,
    O_TIME,
    OUTPUT,
    P_PPM,
    P_RULE,
    P_YUAN,
    PO,
    PO_F,
    POST,
    QUOTA_LINE,
    R_AVAIL,
    R_BASE,
    R_ON_ORDER,
    RES,
    S_CLASS,
    S_OUT,
    S_OUT_END,
    S_POST,
    S_POST_END,
    STEP,
    TR_ATTEMPT,
    TR_END,
    TR_OPEN,
    TR_SERIAL,
    TR_SETUP,
    TR_SLOT,
    TR_START,
    TR_STEP,
    TR_WORK,
    ParkArrays,
    reals,
    table,
)
from aidc_twin.twin.machines import machines_of
from aidc_twin.twin.replication import Replication


def step_names(factory: Factory) -> tuple[list[str], list[str], list[str]]:
    """Operation of each route step, its servers and those of its rework ("" where there are none)."""
    names = [step.operation for route in factory.routes for step in route.steps]
    rows = [factory.table.rows[c] for row in factory.route_class for c in row]
    rework = [factory.table.rows[row.rework] if row.rework >= 0 else row for row in rows]
    first, again = (
        [factory.resources[max(row.server, row.on)] if max(row.server, row.on) >= 0 else "" for row in part]
        for part in (rows, rework)
    )
    return names, first, again


def operations(factory: Factory, run: Replication, until: int | None = None) -> pl.DataFrame:
    """Executed operations and repairs of a traced replication that start before tick `until`; see
    `ScheduleOperations`.
    """
    trace = _told_once(run.trace if until is None else run.trace[run.trace[:, TR_START] < until])
    ordered = (trace[:, TR_STEP] >= 0) & (trace[:, TR_STEP] < factory.steps)
    streamed = trace[:, TR_STEP] < 0
    parts = [
        _order_rows(factory, trace[ordered]),
        _source_rows(factory, trace[streamed]),
        _repair_rows(factory, trace[~ordered & ~streamed]),
    ]
    return build(ScheduleOperations, {name: [x for part in parts for x in part[name]] for name in parts[0]}).sort(
        "start_tick", "unit_id", "operation", "attempt", "during", "end_tick", "machine"
    )


def _told_once(trace: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out repeated rows: those of work that was interrupted more than once in the instant in which it began."""
    instants = np.flatnonzero(trace[:, TR_START] == trace[:, TR_END])
    _, first = np.unique(trace[instants, :TR_OPEN], axis=0, return_index=True)
    keep = trace[:, TR_START] != trace[:, TR_END]
    keep[instants[first]] = True
    return trace[keep]


def _common(factory: Factory, trace: NDArray[np.int64], step: NDArray[np.int64]) -> dict[str, list[Any]]:
    """Columns of operations on given route steps."""
    names, servers, repairs = (np.array(row, dtype=object) for row in step_names(factory))
    rework = trace[:, TR_ATTEMPT] % 2 == 1
    server = np.where(rework, repairs[step], servers[step])
    return {
        "operation": names[step].tolist(),
        "attempt": (trace[:, TR_ATTEMPT] // 2).tolist(),
        "during": np.where(rework, "rework", "operation").tolist(),
        "resource": server.tolist(),
        "machine": np.where(server == "", 0, trace[:, TR_SLOT] + 1).tolist(),
        **_ticks(trace),
    }


def _ticks(trace: NDArray[np.int64]) -> dict[str, list[int]]:
    columns = {"start_tick": TR_START, "end_tick": TR_END, "setup_ticks": TR_SETUP, "work_ticks": TR_WORK}
    return {name: trace[:, column].tolist() for name, column in columns.items()}


def _order_rows(factory: Factory, trace: NDArray[np.int64]) -> dict[str, list[Any]]:
    """Rows of the orders' units."""
    job = factory.step_unit[trace[:, TR_STEP]].tolist()
    units = [factory.units[j] for j in job]
    return {
        "unit_id": [unit.id for unit in units],
        "order": [unit.order for unit in units],
        "product": [unit.product for unit in units],
        "unit": [unit.number for unit in units],
        **_common(factory, trace, factory.step_row[trace[:, TR_STEP]]),
    }


def _source_rows(factory: Factory, trace: NDArray[np.int64]) -> dict[str, list[Any]]:
    """Rows of the sources' units, numbered from 1 in each source, and of their parts, numbered from 1 in each unit."""
    step = -1 - trace[:, TR_STEP]
    route = np.searchsorted(np.array(factory.step_base, np.int64), step, side="right") - 1
    named = [factory.name_of_arrival(r, n) for r, n in zip(route.tolist(), trace[:, TR_SERIAL].tolist(), strict=True)]
    return {
        "unit_id": [unit for unit, _, _ in named],
        "order": [""] * len(trace),
        "product": [product for _, product, _ in named],
        "unit": [number for _, _, number in named],
        **_common(factory, trace, step),
    }


def repairs_of(factory: Factory) -> list[int]:
    """Class of the repair of each machine and breakdown, in the order of the trace."""
    index = {id(row): c for row, c in zip(factory.park.breakdowns, factory.table.repairs, strict=True)}
    return [
        index[id(row)]
        for name, machines in zip(factory.resources, machines_of(factory), strict=True)
        for _ in range(machines)
        for row in factory.park.breakdowns_of(name)
    ]


def _repair_rows(factory: Factory, trace: NDArray[np.int64]) -> dict[str, list[Any]]:
    """Rows of repairs and maintenance."""
    which = [
        (name, row.breakdown)
        for name, machines in zip(factory.resources, machines_of(factory), strict=True)
        for _ in range(machines)
        for row in factory.park.breakdowns_of(name)
    ]
    rows = [which[i] for i in (trace[:, TR_STEP] - factory.steps).tolist()]
    machine = (trace[:, TR_SLOT] + 1).tolist()
    return {
        "unit_id": [f"machine/{name}/{n}" for (name, _), n in zip(rows, machine, strict=True)],
        "order": [""] * len(rows),
        "product": [""] * len(rows),
        "unit": [0] * len(rows),
        "operation": [name for _, name in rows],
        "attempt": (trace[:, TR_ATTEMPT] // 2).tolist(),
        "during": ["repair"] * len(rows),
        "resource": [name for name, _ in rows],
        "machine": machine,
        **_ticks(trace),
    }


def supply(factory: Factory, arrays: ParkArrays, run: Replication, until: int) -> pl.DataFrame:
    """Receipts that means-only execution counts on up to tick `until`; see `ScheduleSupply`.

    What work puts into stock, and what base stock orders for what is taken, are read from the trace of `run`.
    """
    rows: list[tuple[str, int, int, str]] = []
    base = len(factory.resources)
    stock, po, lead = table(arrays.whole, RES), table(arrays.whole, PO), reals(arrays, PO_F)
    for m, name in enumerate(factory.materials):
        if stock[base + m, R_AVAIL]:
            rows.append((name, 0, int(stock[base + m, R_AVAIL]), "stock"))
    for i in range(len(po)):
        tick = max(0, int(po[i, O_TIME] + np.floor(lead[i, 3] + 0.5)))
        rows.append((factory.materials[po[i, O_RES] - base], tick, int(po[i, O_QTY]), "purchase_order"))
    for r, weekly, _, first in table(arrays.whole, QUOTA_LINE).tolist():
        ticks = range(first, until, factory.clock.ticks_per_week)
        rows += [(factory.materials[r - base], tick, weekly, "quota") for tick in ticks]
    made = _made(factory, arrays, run)
    rows += [(*row, "output") for row in made]
    for name in factory.materials:
        if factory.park.material(name).base_stock is not None:
            rows += _base_orders(factory, arrays, run, [(tick, n) for item, tick, n in made if item == name], name)
    rows = sorted(row for row in rows if row[1] < until)
    return build(ScheduleSupply, [(i, *row) for i, row in enumerate(rows)])


def takings(factory: Factory, trace: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of a trace at whose start material is taken: neither the rest of interrupted work nor a further attempt.

    An attempt is a further one where a rework led to it; otherwise the unit has come to the step again. Work under way
    at the epoch had taken its material before.
    """
    rows = trace[(trace[:, TR_STEP] < factory.steps) & (trace[:, TR_ATTEMPT] % 2 == 0)]
    keys = rows[:, [TR_STEP, TR_SERIAL, TR_ATTEMPT]]
    begun = (keys[:, 0] >= 0) & (keys[:, 2] == 0)
    begun[begun] = factory.opening.state[keys[begun, 0]] != AHEAD
    again = np.flatnonzero(keys[:, 2] > 0)
    if len(again):
        odd = trace[trace[:, TR_ATTEMPT] % 2 == 1]
        mended = {(js, n, attempt + 1) for js, n, attempt in odd[:, [TR_STEP, TR_SERIAL, TR_ATTEMPT]].tolist()}
        begun[again] = [tuple(key) in mended for key in keys[again].tolist()]
    order = np.lexsort(keys.T)
    first = np.ones(len(rows), bool)
    first[order[1:]] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    return rows[first & ~begun]


def _route_steps(factory: Factory, trace: NDArray[np.int64]) -> NDArray[np.int64]:
    """Route step of each row of a trace; -1 for repairs."""
    js = trace[:, TR_STEP]
    found = np.where(js < 0, -1 - js, -1)
    ordered = (js >= 0) & (js < factory.steps)
    found[ordered] = factory.step_row[js[ordered]]
    return found


def passings(trace: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of a trace that end with a step passed: the last of each attempt, unless it left the step open."""
    keys = trace[:, [TR_STEP, TR_SERIAL, TR_ATTEMPT]]
    order = np.lexsort((trace[:, TR_START], *keys.T))
    last = np.ones(len(trace), bool)
    last[order[:-1]] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    return trace[last & (keys[:, 2] % 2 == 0) & (trace[:, TR_OPEN] == 0)]


def _in_part(factory: Factory, trace: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether rows of orders' units are shares of periods that end behind the horizon and leave their step undone."""
    content = np.array([factory.table.rows[c].content for row in factory.route_class for c in row], np.int64)
    whole = content[factory.step_row[rows[:, TR_STEP]]]
    late = np.flatnonzero((whole > 0) & (rows[:, TR_END] > factory.horizon))
    told = trace[np.isin(trace[:, TR_STEP], rows[late, TR_STEP])]
    got = np.bincount(told[:, TR_STEP], told[:, TR_SLOT], factory.steps) if len(late) else np.zeros(0)
    found = np.zeros(len(rows), np.bool_)
    found[late] = got[rows[late, TR_STEP]] < whole[late]
    return found


def _made(factory: Factory, arrays: ParkArrays, run: Replication) -> list[tuple[str, int, int]]:
    """(material, tick, thousandths) that passed steps put into stock."""
    steps, outputs = table(arrays.whole, STEP), table(arrays.whole, OUTPUT)
    if not len(outputs):
        return []
    rows = passings(run.trace)
    ends = zip(_route_steps(factory, rows).tolist(), rows[:, TR_END].tolist(), strict=True)
    return [
        (factory.materials[outputs[i, 0] - len(factory.resources)], end, int(outputs[i, 1]))
        for step, end in ends
        if step >= 0
        for i in range(int(steps[step, S_OUT]), int(steps[step, S_OUT_END]))
    ]


def _base_orders(
    factory: Factory, arrays: ParkArrays, run: Replication, made: list[tuple[int, int]], name: str
) -> list[tuple[str, int, int, str]]:
    """Receipts of what base stock orders: it fills up what there is and what is on order at each taking."""
    r = len(factory.resources) + factory.materials.index(name)
    classes, needs, steps = (table(arrays.whole, what) for what in (CLASS, NEED, STEP))
    moves = [(0, 0, 0), *((tick, 0, quantity) for tick, quantity in made)]
    rows = takings(factory, run.trace)
    for step, start in zip(_route_steps(factory, rows).tolist(), rows[:, TR_START].tolist(), strict=True):
        c = steps[step, S_CLASS]
        mine = needs[classes[c, C_NEED] : classes[c, C_NEED_END]]
        moves += [(start, 1, -n) for n in mine[mine[:, D_RES] == r, D_AMOUNT].tolist()]
    res = table(arrays.whole, RES)[r]
    lead = int(np.floor(reals(arrays, BASE_F)[r, 3] + 0.5))
    position, found = int(res[R_AVAIL] + res[R_ON_ORDER]), list[tuple[str, int, int, str]]()
    for tick, taking, quantity in sorted(moves):
        position += quantity
        if (taking or tick == 0) and position < res[R_BASE]:
            found.append((name, tick + lead, int(res[R_BASE]) - position, "base_stock"))
            position = int(res[R_BASE])
    return found


def last_attempts(factory: Factory, run: Replication) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Job steps that a traced replication began, and the end ticks of the last attempt of each."""
    rows = run.trace[(run.trace[:, 1] % 2 == 0) & (run.trace[:, 0] >= 0) & (run.trace[:, 0] < factory.steps)]
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    rows = rows[order]
    last = np.append(rows[1:, 0] != rows[:-1, 0], True) if len(rows) else np.zeros(0, bool)
    return rows[last, 0], rows[last, 3]


def postings(factory: Factory, arrays: ParkArrays, run: Replication, until: int) -> pl.DataFrame:
    """Postings of the steps passed by operations that start before tick `until`, in a traced replication."""
    rows: list[tuple[str, str, int, int, int]] = []
    step_table, post, job_table = (table(arrays.whole, name) for name in (STEP, POST, JOB))
    rows_passed = passings(run.trace)
    shown = rows_passed[
        (rows_passed[:, TR_START] < until) & (rows_passed[:, TR_STEP] >= 0) & (rows_passed[:, TR_STEP] < factory.steps)
    ]
    shown = shown[~_in_part(factory, run.trace, shown)]
    for js, end in shown[:, [0, 3]].tolist():
        step, job = int(factory.step_row[js]), int(factory.step_unit[js])
        for i in range(int(step_table[step, S_POST]), int(step_table[step, S_POST_END])):
            yuan = [
                int(post[i, P_YUAN + side]) + int(job_table[job, J_VALUE]) * int(post[i, P_PPM + side]) // 1_000_000
                for side in range(2)
            ]
            rows.append((factory.units[job].id, factory.rules[post[i, P_RULE]], end, yuan[0], yuan[1]))
    return build(Postings, sorted(rows))
