"""Units that wait to the end of a run for what never comes, though nobody holds it: company, stock, parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from aidc_twin.park.supply import brought_at_once
from aidc_twin.twin.absent import Absence, find_absences, told
from aidc_twin.twin.classes import MATERIAL_SCALE
from aidc_twin.twin.deadlock import Reduction, unit_name
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.figures import ARRIVED
from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.layout import I64, ParkArrays, table
from aidc_twin.twin.origin import Origin
from aidc_twin.twin.present import Floor
from aidc_twin.twin.replication import Replication

COMPANY, TURN = "company", "turn"
NAMED = 4
"""Units that a notice names."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Units that wait in vain at one operation (``routing/operation``), by name.

    `lacks` is what they wait for: names of stocks or resources, or ``company`` or ``turn``. A batch takes `least` units
    at least. `jobs` are the rows of the units.
    """

    operation: str
    lacks: str
    least: int
    units: tuple[str, ...]
    jobs: tuple[int, ...] = field(default=(), compare=False)


def find_waits(factory: Factory, whole: I64, m: I64) -> tuple[Wait, ...]:
    """Who waits in vain in the final state `m` of a replication that holds no deadlock, by operation.

    As certain as `find_deadlock`: whoever can go on is taken to finish, and what comes from outside is taken to come.
    """
    rows = table(whole, L.CLASS)[_may_wait(factory, whole)]
    if not table(m, L.V_QUEUE)[rows[:, L.C_QUEUE], L.E_SIZE].any():
        return ()
    floor = Floor.of(whole, m)
    ahead = Reduction(factory, floor)
    ahead.run()
    found: dict[tuple[str, str, int], list[tuple[str, int]]] = {}
    for place in ahead.waiting().tolist():
        job = int(floor.rows[place, L.U_JOB])
        missing = ahead.missing(place)
        if missing and job >= 0:
            row = floor.classes[floor.rows[place, L.U_CLASS]]
            key = _operation(factory, floor, place, job), _lack(factory, whole, row, missing), int(row[L.C_BATCH_MIN])
            found.setdefault(key, []).append((unit_name(factory, floor, place), job))
    return tuple(
        Wait(*key, tuple(name for name, _ in units), tuple(job for _, job in units))
        for key, units in sorted(found.items())
    )


def _may_wait(factory: Factory, whole: I64) -> I64:
    """Classes that wait for company without an end, or need more of a stock than comes from outside together."""
    classes, needs = table(whole, L.CLASS), table(whole, L.NEED)
    brought = np.array([brought_at_once(factory.park.material(name)) for name in factory.materials])
    stock = np.zeros(len(needs), bool)
    material = needs[:, L.D_KIND] == L.MATERIAL
    kept = brought[needs[material, L.D_RES] - len(factory.resources)] if len(brought) else brought
    stock[material] = kept * MATERIAL_SCALE < needs[material, L.D_AMOUNT]
    before = np.append(0, np.cumsum(stock))
    scarce = before[classes[:, L.C_NEED_END]] > before[classes[:, L.C_NEED]]
    return np.flatnonzero(scarce | ((classes[:, L.C_BATCH_MIN] > 1) & (classes[:, L.C_BATCH_DIST] < 0)))


def _operation(factory: Factory, floor: Floor, place: int, job: int) -> str:
    """Routing and operation of a place on the floor."""
    first, number = table(floor.whole, L.JOB)[job, [L.J_FIRST, L.J_ROUTE]].tolist()
    route = factory.routes[number]
    return f"{route.routing}/{route.steps[int(floor.step[place]) - first].operation}"


def _lack(factory: Factory, whole: I64, row: I64, missing: Sequence[int]) -> str:
    """What a unit waits for: it may be company for a batch, or its turn behind another that waits."""
    if missing == [-1]:
        return TURN if table(whole, L.QUEUES)[row[L.C_QUEUE], L.Q_SHARED] else COMPANY
    return ", ".join([*factory.resources, *factory.materials][r] for r in missing)


@dataclass
class Standing:
    """Looks at the end of each replication of a park; what it sees does not depend on threads."""

    seen: dict[int, tuple[Wait, ...]] = field(default_factory=dict[int, tuple[Wait, ...]])
    absent: dict[int, tuple[Absence, ...]] = field(default_factory=dict[int, tuple[Absence, ...]])

    def watched(self, arrays: ParkArrays) -> ParkArrays:
        """The same arrays, whose replications are looked at; those of arrays that have been changed are not."""
        origin = arrays.grow
        if not isinstance(origin, Origin):
            return arrays
        compiler = origin.compiler
        return arrays._replace(
            grow=replace(origin, look=self._look, compiler=lambda *made: self.watched(compiler(*made)))
        )

    def _look(self, factory: Factory, whole: I64, m: I64, seed: int) -> None:
        waits = find_waits(factory, whole, m)
        vain = frozenset(job for wait in waits for job in wait.jobs)
        self.seen[seed], self.absent[seed] = waits, find_absences(factory, whole, m, vain)

    def notices(self, factory: Factory, runs: Sequence[Replication]) -> list[str]:
        """What stands still to the end in some replication, and which sources bring nothing, in words."""
        waits: dict[tuple[str, str, int], list[Wait]] = {}
        absences: dict[tuple[str, str, str], list[Absence]] = {}
        for run in runs:
            for wait in self.seen.get(run.seed, ()):
                waits.setdefault((wait.operation, wait.lacks, wait.least), []).append(wait)
            for one in self.absent.get(run.seed, ()):
                absences.setdefault((one.operation, one.item, one.why), []).append(one)
        queued = [_told(found[0], len(found), len(runs)) for _, found in sorted(waits.items())]
        parted = [told(factory, found[0], len(found), len(runs)) for _, found in sorted(absences.items())]
        return [*queued, *parted, *_idle(factory, runs)]


def _told(wait: Wait, seen: int, runs: int) -> str:
    """What waits at one operation; units are those of the first replication in which any do."""
    count = len(wait.units)
    names = ", ".join(name.removeprefix("unit ") for name in wait.units[:NAMED])
    more = f" and {count - NAMED} more" if count > NAMED else ""
    cures: dict[str, Callable[[], str]] = {
        COMPANY: lambda: (
            f"company: a batch takes {wait.least} or more (batch_min), and no more can come; write"
            " batch_wait_hours, after which it starts with fewer, or a smaller batch_min"
        ),
        TURN: lambda: "their turn behind others that wait for good",
    }
    what = cures.get(wait.lacks, lambda: f"{wait.lacks}, of which no more comes")()
    verb = "waits" if count == 1 else "wait"
    return (
        f"{wait.operation}: {count} unit{'s' if count > 1 else ''} ({names}{more}) {verb} to the end for {what}"
        f" (in {seen} of {runs} replications)"
    )


def _idle(factory: Factory, runs: Sequence[Replication]) -> Iterator[str]:
    """Sources that bring nothing in any replication."""
    came = np.sum([run.group_weeks[-1, len(factory.park.products) :, ARRIVED] for run in runs], axis=0)
    for row, units in zip(factory.park.sources, came.tolist(), strict=True):
        if not units:
            weeks = factory.park.head.horizon_weeks
            yield (
                f"{row.source}: brings nothing within the horizon of {weeks} week{'s' if weeks > 1 else ''}: look at"
                " interval_hours and first_hours, or raise horizon_weeks"
            )
