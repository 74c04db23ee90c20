"""Tables of the kernel about the floor: classes of work and their queues, resources, machines, breakdowns."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from aidc_twin.park.schema import Setup
from aidc_twin.twin.bucket_tables import bucket_table, bucketed
from aidc_twin.twin.chance import NOTHING, Parameters, Values, distribution, name_hash
from aidc_twin.twin.classes import MATERIAL_SCALE, Seizure, WorkClass
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.first_draws import is_simple
from aidc_twin.twin.kernel.layout import (
    B_COLUMNS,
    BASE_F,
    BOUND,
    BREAK,
    BUCKET,
    BY_KEY,
    BY_TIES,
    CAP,
    CLASS,
    CLASS_F,
    CREWS_LAST,
    D_COLUMNS,
    F_COLUMNS,
    FAULT_F,
    FAULTS,
    LEARNING,
    LEAVERS,
    LISTED,
    LOOK,
    MACHINE,
    MATERIAL,
    NEED,
    ON,
    ORDERS_OWN,
    PERSON,
    PHASE_F,
    PHASE_STREAM,
    PICKS,
    Q_COLUMNS,
    Q_LEAVES,
    QUEUE_F,
    QUEUES,
    RES,
    SETUP,
    SHARED,
    SHARED_OUT,
    SIMPLE,
    SKILLED,
    TIES,
    WORK,
)
from aidc_twin.twin.machines import machines_of
from aidc_twin.twin.memory import Ints, Reals
from aidc_twin.twin.stock import capacity_plan
from aidc_twin.twin.unit_tables import Pools, ends_of, entries_of, streams_of, table_of

RULES = (
    "edd", "fifo", "lifo", "priority", "spt", "steps_left", "work_left", "lpt", "slack", "ordered", "", "atc",
    "critical_ratio",
)  # fmt: skip
"""Dispatching rules in the order of the kernel's numbers; the one without a name is a list of them."""
ENDLESS = 1 << 60
"""More than there is of any resource."""
EFFECTS = ("keep", "repeat", "lose", "finish")
PREEMPTION = ("no", "resume", "repeat")
CHOICES = ("lowest", "idle_longest", "idle_longest_last", "first_to_call")


def class_tables(
    factory: Factory, rows: Sequence[WorkClass], pools: Pools, pins: Mapping[int, int], values: Values
) -> dict[int, Ints | Reals]:
    """NEED, CLASS, CLASS_F, QUEUES, QUEUE_F, TIES, LEAVERS, ON and LEARNING."""
    kinds = [1] * len(factory.resources) + [MATERIAL] * len(factory.materials)
    seizures = [
        [
            (s.resource, s.amount, int(s.own and not s.looks), _kind(s, kinds), int(s.gives),
             s.kept + 4 * factory.table.family(s), s.who)
            for s in row.seizures
        ]
        for row in rows
    ]  # fmt: skip
    queue_of, queues, means, ties = _queues(factory, rows, _counts(factory, rows, pools, pins), ends_of(seizures))
    nothing = Parameters(-1, NOTHING.cells)
    fragile = _fragile(factory, rows)
    buckets = {factory.resources.index(row.resource): i for i, row in enumerate(bucketed(factory.park))}
    whole = [
        (_work_kind(row), row.calendar if row.start < 0 else row.start, -1 if row.runs else row.calendar, row.rework,
         row.retry, row.kind, row.repair.kind, row.resoak, row.sailing, row.server, row.family, row.key)
        for row in rows
    ]  # fmt: skip
    more = [
        (row.home, row.resume if row.put_back < 0 else -2 - row.put_back,
         _pin(row), *row.batch,
         (row.batch_wait or nothing).kind, (row.patience or nothing).kind, row.attempts_most, row.learning,
         row.mean, fragile[c], row.first_part, _crew(factory, row),
         ORDERS_OWN if row.priority is None else row.priority, row.pick,
         factory.table.families_of[row.server] if row.binds else -1,
         buckets.get(row.bucket, -1), row.content, row.rank, _prefer(factory, row),
         factory.table.families_of[row.server] if row.keeps_way else -1,
         row.calendar if row.finishes else -1, row.calendar, row.called)
        for c, row in enumerate(rows)
    ]  # fmt: skip
    real = [
        (*values.cells(row.work), *values.cells(row.repair), row.fail, row.fault,
         *values.cells(row.batch_wait or nothing), *values.cells(row.patience or nothing), *row.exponents)
        for row in rows
    ]  # fmt: skip
    return {
        NEED: entries_of(seizures, D_COLUMNS),
        CLASS: table_of(*np.array(whole, np.int64).reshape(-1, 12).T, queue_of, *ends_of(seizures),
                        *np.array(more, np.int64).reshape(-1, 24).T),
        CLASS_F: np.array(real, np.float64).reshape(-1, F_COLUMNS),
        QUEUES: queues,
        QUEUE_F: means,
        TIES: ties,
        LEAVERS: np.flatnonzero(queues[:, Q_LEAVES]),
        ON: np.array([row.on for row in rows], np.int64),
        LEARNING: np.array(factory.table.learned, np.float64),
        BUCKET: bucket_table(factory.park, factory.clock, factory.resources, queue_of, [row.bucket for row in rows]),
    }  # fmt: skip


def _pin(row: WorkClass) -> int:
    """Machine that work of a class waits for, or why amounts alone do not tell if it can start; -1: they do."""
    if row.pin >= 0 or not (row.binds or any(seizure.who for seizure in row.seizures)):
        return row.pin
    return BOUND if row.binds else SKILLED


def _work_kind(row: WorkClass) -> int:
    """Distribution of the work of a class, as the kernel numbers it."""
    return SIMPLE if is_simple(row) else row.work.kind


def _crew(factory: Factory, row: WorkClass) -> int:
    """First crew that work of a class takes, -1 if it takes none."""
    crews = {i for i, resource in enumerate(factory.park.resources) if resource.kind == "crew"}
    return next((seizure.resource for seizure in row.seizures if seizure.resource in crews and not seizure.looks), -1)


def _prefer(factory: Factory, row: WorkClass) -> int:
    """Person, from 1, of the first crew who chooses work of a class before other work; 0: nobody."""
    crew = _crew(factory, row)
    return next((seizure.prefer for seizure in row.seizures if seizure.resource == crew and not seizure.looks), 0)


def _kind(seizure: Seizure, kinds: Sequence[int]) -> int:
    """Kind of a need."""
    if seizure.looks:
        return LOOK
    if seizure.rests:
        return BREAK
    if seizure.named:
        return PERSON
    return SHARED if seizure.shared >= 0 else kinds[seizure.resource]


def _fragile(factory: Factory, rows: Sequence[WorkClass]) -> list[bool]:
    """Whether the work of each class goes on a machine, its own or one that was kept, on which it can be stopped."""
    broken = {factory.resources.index(row.resource) for row in factory.park.breakdowns}
    broken |= {factory.resources.index(row.resource) for row in factory.park.state_machines if row.status == "down"}
    found = [row.server in broken or row.on in broken or row.put_back >= 0 for row in rows]
    for c, row in enumerate(rows):
        if found[c]:
            for other in (row.resume, row.put_back, row.retry if row.kind == WORK else -1):
                if other >= 0:
                    found[other] = True
                    for rest in (rows[other].resume, rows[other].put_back):
                        if rest >= 0:
                            found[rest] = True
    return found


def _counts(factory: Factory, rows: Sequence[WorkClass], pools: Pools, pins: Mapping[int, int]) -> Ints:
    """Steps that can ever wait in each class: those that begin in it, and in what comes of it."""
    begin = np.zeros(len(rows), np.int64)
    for r, units in Counter(factory.unit_route).items():
        np.add.at(begin, factory.route_class[r], units)
    for size, routes in zip(pools.sizes, factory.stream_routes, strict=True):
        for r in routes:
            np.add.at(begin, factory.route_class[r], size)
    for c in pins.values():
        begin[c] += 1
    machines = machines_of(factory)
    for row, c in zip(factory.park.breakdowns, factory.table.repairs, strict=True):
        begin[c] += machines[factory.resources.index(row.resource)]
    counts = np.zeros(len(rows), np.int64)
    for c in np.flatnonzero(begin).tolist():
        counts[sorted(_derived(rows, c))] += begin[c]
    return counts


def _derived(rows: Sequence[WorkClass], c: int) -> set[int]:
    """A class with its rework, retry and resumed work."""
    found: set[int] = set()
    ahead = [c]
    while ahead:
        one = ahead.pop()
        if one >= 0 and one not in found:
            found.add(one)
            ahead += [rows[one].rework, rows[one].retry, rows[one].resume, rows[one].put_back]
    return found


def _queues(
    factory: Factory, rows: Sequence[WorkClass], counts: Ints, needs: tuple[Ints, Ints]
) -> tuple[list[int], Ints, Reals, Ints]:
    """Queue of each class, the table of queues, the mean work of each queue's kinds, and lists of rules.

    `needs`: first and end of the needs of each class.

    A class has a queue of its own, but all that need a strict resource, or are linked by several, share one, and so do
    all that get shares of one resource's periods, and all that can start at the same times.
    """
    group = _strict_groups(factory, rows)
    index: dict[tuple[str, int], int] = {}
    queue_of: list[int] = []
    alike = _alike(factory, rows)
    for c, row in enumerate(rows):
        key = next((("strict", group[s.resource]) for s in row.seizures if s.resource in group), ("own", alike[c]))
        key = ("bucket", row.bucket) if row.bucket >= 0 else key
        queue_of.append(index.setdefault(key, len(index)))
    members: list[list[int]] = [[] for _ in index]
    for c, q in enumerate(queue_of):
        members[q].append(c)
    room, table = 0, []
    ties: list[int] = []
    for key, q in index.items():
        shared, periodic = key[0] == "strict", key[0] == "bucket"
        first = rows[members[q][0]]
        places = int(counts[members[q]].sum())
        giver = key[1] if shared or periodic else _giver(factory, first)
        rules = [SHARED_OUT] if periodic else _rules(factory, giver)
        rule = rules[0] if len(rules) == 1 else RULES.index("")
        table.append((
            room, rule + (PICKS if first.pick >= 0 and not shared and not periodic else 0), int(shared),
            int(first.sailing >= 0 or periodic), places, -1 if shared or periodic else members[q][0], giver, len(ties),
            len(ties) + len(rules), max(rows[c].leaves for c in members[q]),
            *(_conditions(factory, [rows[c] for c in members[q]], *(int(ends[members[q][0]]) for ends in needs))
              if key[0] == "own" else NO_CONDITIONS),
        ))  # fmt: skip
        ties += rules
        room += places
    means = [float(np.mean([max(1, rows[c].mean) for c in row if rows[c].pin < 0 or len(row) == 1])) for row in members]
    queues = np.array(table, np.int64).reshape(-1, Q_COLUMNS)
    return queue_of, queues, np.array(means, np.float64), np.array(ties, np.int64)


def _alike(factory: Factory, rows: Sequence[WorkClass]) -> list[int]:
    """First class with which each may share a queue without any difference: whenever the one could start, so could the
    other.

    They need the same amounts of the same, start by the same calendar and go by the same rule, by a key that does not
    change while they wait; nothing else decides on their start, and not who stands at the head of which queue.
    """
    if starts_of(factory) != BY_KEY:
        return list(range(len(rows)))
    first: dict[tuple[int, ...], int] = {}
    found: list[int] = []
    for c, row in enumerate(rows):
        alike = _plain(factory, row) and row.batch_wait is None and row.patience is None
        needs = [number for one in row.seizures for number in (one.resource, one.amount)]
        key = (_rules(factory, _giver(factory, row))[0], _opens(row), *needs)
        found.append(first.setdefault(key, c) if alike else c)
    return found


def _opens(row: WorkClass) -> int:
    """Calendar by which work of a class starts, or -1."""
    return row.calendar if row.start < 0 else row.start


def _plain(factory: Factory, row: WorkClass) -> bool:
    """Whether only a calendar and what there is of some resources decide on a start of a class, and not who stands at
    the head of its queue, whose key does not change. The kernel asks nothing else before a plain queue starts
    something: what is to hold up a start in another way must make a queue not plain.
    """
    rules = _rules(factory, _giver(factory, row))
    still = len(rules) == 1 and rules[0] < LISTED and all(one.preempt == "no" for one in factory.park.resources)
    return still and row.pick < 0 and _pin(row) == -1 and row.sailing < 0 and not row.leaves and row.batch == (1, 1)


NO_CONDITIONS = (0, -1, 0, 0, 0, 0)
"""Of a queue that is not plain."""


def _conditions(factory: Factory, rows: Sequence[WorkClass], first: int, end: int) -> tuple[int, ...]:
    """Whether a queue of some classes is plain, 2 where nothing else comes of joining it; then its calendar, its first
    need's resource and amount, and its other needs. The needs from `first` to `end` are those of the first class.
    """
    row = rows[0]
    if not _plain(factory, row):
        return NO_CONDITIONS
    silent = all(one.batch_wait is None and one.patience is None and not one.first_part for one in rows)
    need = next(iter(row.seizures), Seizure(0, -ENDLESS, True))
    return 1 + silent, _opens(row), need.resource, need.amount, min(first + 1, end), end


def _strict_groups(factory: Factory, rows: Sequence[WorkClass]) -> dict[int, int]:
    """First strict resource, in the order of the file, of those that each is linked with by common work."""
    strict = {i for i, row in enumerate(factory.park.resources) if row.queue == "strict"}
    group = {i: i for i in strict}
    for row in rows:
        linked = {group[s.resource] for s in row.seizures if s.resource in strict}
        if len(linked) > 1:
            first = min(linked)
            group = {i: first if g in linked else g for i, g in group.items()}
    return group


def _giver(factory: Factory, row: WorkClass) -> int:
    """First resource that the work of a class needs: its rule is that of the queue; -1 if it needs none."""
    return next((s.resource for s in row.seizures if s.resource < len(factory.resources)), -1)


def _rules(factory: Factory, resource: int) -> list[int]:
    """Numbers of the rules of a resource, the first and those that break its ties; edd without a resource."""
    if resource < 0:
        return [0]
    row = factory.park.resources[resource]
    return [RULES.index(rule) for rule in (row.dispatch, *row.ties)]


def starts_of(factory: Factory) -> int:
    """Which of the heads of all queues goes first, as the kernel numbers it."""
    if factory.park.head.starts == "crews_last":
        return CREWS_LAST
    chooses = any(row.ways != "chance" for row in factory.park.operations)
    return BY_TIES if chooses or any(row.ties for row in factory.park.resources) else BY_KEY


def floor_tables(factory: Factory, values: Values) -> dict[int, Ints | Reals]:
    """RES, MACHINE, FAULTS, SETUP, CAP, phases and base stocks."""
    park, opening, plan = factory.park, factory.opening, capacity_plan(factory.park, factory.clock, values)
    r, m = len(factory.resources), len(factory.materials)
    kind = [1 if row.kind == "servers" else 0 for row in park.resources] + [MATERIAL] * m
    available = np.concatenate([plan.initial - opening.held[:r] - plan.down, opening.stock])
    slots = [*machines_of(factory), *[0] * m]
    slot_first = np.concatenate([[0], np.cumsum(slots)]).astype(np.int64)
    families = max(1, len(factory.table.families))
    setup_base, matrices = _setups(factory, families)
    calendar = [factory.calendars.index(row.calendar) if row.calendar else -1 for row in park.resources] + [-1] * m
    capacity = np.concatenate([plan.initial - plan.down, np.zeros(m, np.int64)])
    base = [0] * r + [round(row.base_stock.value * MATERIAL_SCALE) if row.base_stock else 0 for row in park.materials]
    leads = [NOTHING] * r + [
        distribution(row.lead_weeks, float(factory.clock.ticks_per_week)) if row.base_stock and row.lead_weeks
        else NOTHING
        for row in park.materials
    ]  # fmt: skip
    on_order = [0] * (r + m)
    for row in park.state_purchase_orders:
        on_order[r + factory.materials.index(row.material)] += round(row.quantity * MATERIAL_SCALE)
    names = [f"base/{name}" for name in (*factory.resources, *factory.materials)]
    fault_rows, fault_reals, per_machine = _faults(factory, slots, slot_first, values)
    machine = np.zeros((int(slot_first[-1]), 6), np.int64)
    machine[:, 0] = -1
    for resource, slot in plan.down_slots:
        machine[slot_first[resource] + slot, 2] = 1
    for resource, slot, family in opening.slots:
        machine[slot_first[resource] + slot, :2] = family, opening.seated[resource, slot] + 1
    machine[:, 3:5] = per_machine
    return {
        RES: table_of(kind, available, capacity, calendar, slot_first[:-1], setup_base, base,
                      [lead.kind for lead in leads], streams_of(names), [*plan.down, *[0] * m], on_order,
                      [*(CHOICES.index(row.choice) for row in park.resources), *[0] * m],
                      [*(RULES.index(row.dispatch) for row in park.resources), *[0] * m],
                      [*(int(row.members == "named") for row in park.resources), *[0] * m],
                      [*(PREEMPTION.index(row.preempt) for row in park.resources), *[0] * m]),
        MACHINE: machine,
        FAULTS: fault_rows,
        FAULT_F: fault_reals,
        SETUP: np.concatenate([*matrices, np.zeros(0, np.int64)]),
        CAP: table_of(plan.time, plan.resource, plan.delta, plan.phase, plan.slot),
        PHASE_F: plan.phase_par,
        PHASE_STREAM: streams_of(f"phase/{row.phase}" for row in park.phases),
        BASE_F: np.array([values.cells(lead) for lead in leads], np.float64).reshape(-1, 4),
    }  # fmt: skip


def _faults(factory: Factory, slots: Sequence[int], first: Ints, values: Values) -> tuple[Ints, Reals, Ints]:
    """Breakdowns by resource, machine and row; their distributions; those of each machine as first and end."""
    hour, step = factory.clock.ticks_per_hour, factory.steps
    rows: list[tuple[int, ...]] = []
    real: list[tuple[float, ...]] = []
    ends = np.zeros((int(first[-1]), 2), np.int64)
    index = {id(row): c for row, c in zip(factory.park.breakdowns, factory.table.repairs, strict=True)}
    for r, name in enumerate(factory.resources):
        for slot in range(slots[r]):
            begin = len(rows)
            for row in factory.park.breakdowns_of(name):
                up = distribution(row.uptime_hours, hour)
                at_first = up if row.first_hours is None else distribution(row.first_hours, hour)
                stream = int(streams_of([f"machine/{name}/{slot + 1}"])[0])
                rows.append((
                    r, int(first[r]) + slot, slot, int(row.clock == "busy"), EFFECTS.index(row.effect), stream,
                    name_hash(row.breakdown, 32), index[id(row)], step + len(rows), at_first.kind, up.kind,
                    row.priority, int(row.tie == "in_order"),
                    factory.calendars.index(row.clock_calendar) if row.clock_calendar else -1,
                    int(row.restart == "opening"), math.floor(row.skip_hours * hour + 0.5),
                    int(row.at_closing == "end"),
                ))  # fmt: skip
                real.append((*values.cells(at_first), *values.cells(up)))
            ends[int(first[r]) + slot] = begin, len(rows)
    return np.array(rows, np.int64).reshape(-1, B_COLUMNS), np.array(real, np.float64).reshape(-1, 8), ends


def _setups(factory: Factory, families: int) -> tuple[Ints, list[Ints]]:
    """First cell of each resource's changeovers or -1, and the matrices."""
    base = np.full(len(factory.resources) + len(factory.materials), -1, np.int64)
    matrices: list[Ints] = []
    for i, name in enumerate(factory.resources):
        rows = [row for row in factory.park.setups if row.resource == name]
        if rows:
            base[i] = sum(len(matrix) for matrix in matrices)
            matrices.append(_changeovers(factory, rows, families))
    return base, matrices


def _changeovers(factory: Factory, rows: Sequence[Setup], families: int) -> Ints:
    matrix = np.zeros((families, families), np.int64)
    index = factory.table.families
    for row in rows:
        if row.from_family in index and row.to_family in index:
            matrix[index[row.from_family], index[row.to_family]] = round(row.hours.value * factory.clock.ticks_per_hour)
    return matrix.ravel()
