"""Units of orders that wait to the end of a run for parts that never come."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from aidc_twin.resources.suggest import listed
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.layout import I64, table
from aidc_twin.twin.memory import Ints

NAMED = 4
"""Units that a notice names."""

LOST, UNRELEASED, STUCK, QUEUED = "lost", "unreleased", "stuck", "queued"


@dataclass(frozen=True, slots=True, order=True)
class Absence:
    """Units that wait at one operation (``routing/operation``) for parts of one `item` that never come.

    `why` is ``lost`` (it lost its patience), ``unreleased`` (its parent went a way without the step that releases it),
    ``stuck`` (it waits for such parts itself) or ``queued`` (it waits in vain in a queue). `units` are those that wait,
    `parts` for what, by name.
    """

    operation: str
    item: str
    why: str
    units: tuple[str, ...]
    parts: tuple[str, ...]


def find_absences(factory: Factory, whole: I64, m: I64, vain: frozenset[int] = frozenset()) -> tuple[Absence, ...]:
    """Who waits for what never comes in the final state `m` of a replication, in which `vain` wait in queues in vain.

    What is found is certain: a part that may still be released, or that is in the park and can go on, is taken to come.
    """
    if not (vain or _may_be(factory)):
        return ()
    parts = _Parts(factory, whole, m, vain)
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for part in np.flatnonzero(parts.waited).tolist():
        why = parts.why(part)
        if why:
            unit = factory.units[part]
            parent = factory.units[unit.parent]
            at = f"{factory.park.product(parent.product).routing}/{unit.joins}"
            found.setdefault((at, unit.product, why), []).append((parent.id, unit.id))
    return tuple(
        Absence(*key, tuple(dict.fromkeys(unit for unit, _ in rows)), tuple(part for _, part in rows))
        for key, rows in sorted(found.items())
    )


def _may_be(factory: Factory) -> bool:
    """Whether a part can lose its patience, or its parent pass by the step that releases it."""
    park = factory.park
    for line in park.bom:
        if factory.units and park.has("products", line.item):
            steps = park.operations_of(park.product(line.item).routing)
            divides = line.released_by and park.branches_of(park.product(line.parent).routing)
            if divides or any(step.patience_hours is not None for step in steps):
                return True
    return False


@dataclass
class _Parts:
    """Units of orders, N in all, and which of them never come; arrays have the shape (N,)."""

    factory: Factory
    whole: I64
    m: I64
    vain: frozenset[int]
    stuck: Ints = field(init=False)

    def __post_init__(self) -> None:
        """A unit is stuck when it can do nothing, and each of its steps that wait lacks what never comes."""
        self.stuck = np.zeros(len(self.factory.units), np.int64)
        before = -1
        while before != int(self.stuck.sum()):
            before = int(self.stuck.sum())
            for unit in np.flatnonzero(self.idle & (self.stuck == 0)).tolist():
                self.stuck[unit] = 1  # what it would have to release itself does not come either
                self.stuck[unit] = int(all(any(map(self.why, parts)) for parts in self.lacks[unit].values()))

    @cached_property
    def jobs(self) -> Ints:
        """Rows of the units."""
        return table(self.whole, L.JOB)[: len(self.factory.units)]

    @cached_property
    def state(self) -> Ints:
        """What the units have come to."""
        return table(self.m, L.V_JOB)[: len(self.factory.units)]

    @cached_property
    def gates(self) -> Ints:
        """Releases that each unit waits for."""
        gates = self.state[:, L.W_GATES]
        return np.where(gates < 0, self.jobs[:, L.J_GATES], gates)

    @cached_property
    def present(self) -> Ints:
        """1 for units that are in the park."""
        return ((self.gates == 0) & (self.state[:, L.W_TOKENS] > 0)).astype(np.int64)

    def steps(self, unit: int) -> Ints:
        """Rows of the steps of a unit."""
        first = self.jobs[unit, L.J_FIRST]
        return table(self.m, L.V_STEP)[first : first + len(self.factory.routes[self.jobs[unit, L.J_ROUTE]].steps)]

    @cached_property
    def waited(self) -> I64:
        """1 for parts that have not come to a step that waits for nothing but parts."""
        found = np.zeros(len(self.jobs), np.int64)
        parents = self.jobs[:, L.J_PARENT]
        for part in np.flatnonzero((parents >= 0) & (self.state[:, L.W_DONE] < 0)).tolist():
            if self.present[parents[part]] and not self._was_done(part):
                row = table(self.m, L.V_STEP)[self.jobs[part, L.J_JOIN]]
                found[part] = int(row[L.U_STATE] == L.AHEAD and row[L.U_WAIT] > 0 and row[L.U_WAIT] % L.PARTS == 0)
        return found

    def _was_done(self, part: int) -> bool:
        """Whether a part was complete at the epoch."""
        return bool(self.gates[part] == 0 and (self.steps(part)[:, L.U_STATE] == L.DONE).all())

    @cached_property
    def lacks(self) -> dict[int, dict[int, list[int]]]:
        """Parts for which each unit waits, by its job step."""
        found: dict[int, dict[int, list[int]]] = {}
        for part in np.flatnonzero(self.waited).tolist():
            parent, join = self.jobs[part, [L.J_PARENT, L.J_JOIN]].tolist()
            found.setdefault(parent, {}).setdefault(join, []).append(part)
        return found

    @cached_property
    def idle(self) -> Ints:
        """Whether nothing of a unit is under way, waits in a queue or for its hour: it waits for parts only."""
        found = np.zeros(len(self.jobs), bool)
        for unit in self.lacks:
            rows = self.steps(unit)
            busy = np.isin(rows[:, L.U_STATE], (L.QUEUED, L.UNDER_WAY, L.STOPPED))
            found[unit] = not (busy | ((rows[:, L.U_STATE] == L.AHEAD) & (rows[:, L.U_WAIT] == 0))).any()
        return found

    def why(self, part: int) -> str:
        """Why a part never comes; blank where it may."""
        if self.gates[part] == 0 and self.state[part, L.W_TOKENS] == 0:
            return LOST
        if self.gates[part] & L.BY_STEP:
            return UNRELEASED if self.stuck[self.jobs[part, L.J_PARENT]] else ""
        return QUEUED if part in self.vain else STUCK if self.stuck[part] else ""


def told(factory: Factory, absence: Absence, seen: int, runs: int) -> str:
    """An absence in words; `units` are those of the first replication of `runs` in which any wait, of `seen` in all."""
    count, park = len(absence.units), factory.park
    names = ", ".join(absence.units[:NAMED]) + (f" and {count - NAMED} more" if count > NAMED else "")
    parts = ", ".join(absence.parts[:NAMED])
    more = len(absence.parts) - NAMED
    parts += f" and {more} more" if more > 0 else ""
    verb, s = ("waits", "") if count == 1 else ("wait", "s")
    routing = park.product(absence.item).routing
    if absence.why == LOST:
        steps = [f"{routing}/{row.operation}" for row in park.operations_of(routing) if row.patience_hours is not None]
        reason = f"which was lost as its patience was over (patience_hours of {listed(steps)}): an order's part is not"
        reason += " made again; write a longer one, or leave it blank"
    elif absence.why == UNRELEASED:
        parent = absence.operation.rpartition("/")[0]
        lines = (row for row in park.bom if row.item == absence.item and row.released_by)
        releases = [row.released_by for row in lines if park.product(row.parent).routing == parent]
        reason = f"which never begins: its unit went a way without {listed(releases)} (released_by in bom.csv)"
    elif absence.why == QUEUED:
        reason = "which wait in vain themselves" if len(absence.parts) > 1 else "which waits in vain itself"
    else:
        reason = "which waits for parts itself that never come"
    return (
        f"{absence.operation}: {count} unit{s} ({names}) {verb} to the end for {absence.item} ({parts}), {reason}"
        f" (in {seen} of {runs} replications)"
    )
