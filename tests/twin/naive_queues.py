"""Who waits, who shares a queue, and whose turn it is, in the plain-Python twin."""

from __future__ import annotations

import math
from collections.abc import Iterable

from naive_kinds import Kinds
from naive_model import Entry, Kind, Repair, Task

from aidc_twin.park import Park
from aidc_twin.park.schema import Operation, Resource


class Queue:
    """Waiting work of one kind, or of all kinds that share a strict resource."""

    def __init__(self, kinds: list[Kind], giver: Resource | None, *, strict: bool = False) -> None:
        self.kinds, self.giver, self.strict = kinds, giver, strict
        self.rule, self.ties = (giver.dispatch, giver.ties) if giver else ("edd", ())
        self.entries: list[Entry] = []
        self.mean = sum(max(1, kind.mean) for kind in kinds) / len(kinds)

    def key(self, entry: Entry, now: int) -> int:
        """Smaller goes first."""
        if entry.key is not None:
            return entry.key
        assert isinstance(entry.what, Task)
        unit = entry.what.unit
        if self.rule == "critical_ratio":
            left = sum(task.kind.mean for task in unit.tasks.values() if task.state != "done")
            return math.floor((unit.due - now) / max(1, left) * 2**20)
        work = max(1, entry.kind.mean)
        late = math.exp(-max(0, unit.due - now - work) / (2 * self.mean))
        return math.floor(-(unit.row.weight / work) * late * 2**40)

    def in_order(self, now: int) -> list[Entry]:
        """Entries by key, then by arrival."""
        return sorted(self.entries, key=lambda entry: (self.key(entry, now), entry.ties, entry.sequence))


class Queues:
    """All queues of a park."""

    def __init__(self, park: Park, kinds: Kinds) -> None:
        self.park = park
        self.strict = {row.resource for row in park.resources if row.queue == "strict"}
        self.all: list[Queue] = []
        self.known: dict[tuple[Kind, int | None], Queue] = {}
        for names, group in self._groups(kinds.all()):
            first = next(row for row in park.resources if row.resource in names)
            queue = self._add(Queue(group, first, strict=True))
            self.known |= {(kind, None): queue for kind in group}

    def _add(self, queue: Queue) -> Queue:
        self.all.append(queue)
        return queue

    def _groups(self, kinds: Iterable[Kind]) -> list[tuple[set[str], list[Kind]]]:
        """Kinds that are connected by strict resources, with these."""
        groups: list[tuple[set[str], list[Kind]]] = []
        for kind in kinds:
            names, members = {need.resource for need in kind.needs} & self.strict, [kind]
            if names:
                for group in [group for group in groups if group[0] & names]:
                    groups.remove(group)
                    names |= group[0]
                    members = group[1] + members
                groups.append((names, members))
        return groups

    def of(self, kind: Kind, pin: int | None) -> Queue:
        """Queue of a kind, or of those of it that wait for one machine."""
        shared = self.known.get((kind, None))
        if shared is not None and shared.strict:
            return shared
        if (kind, pin) not in self.known:
            giver = self.park.resource(kind.needs[0].resource) if kind.needs else None
            self.known[kind, pin] = self._add(Queue([kind], giver))
        return self.known[kind, pin]

    def join(self, what: Task | Repair, kind: Kind, sequence: int, pin: int | None) -> Entry:
        """Something begins to wait."""
        queue = self.of(kind, pin)
        entry = Entry(what, kind, self._key(what, kind, queue.rule, sequence), sequence, pin)
        entry.ties = tuple(self._key(what, kind, rule, sequence) or 0 for rule in queue.ties)
        queue.entries.append(entry)
        return entry

    def _key(self, what: Task | Repair, kind: Kind, rule: str, sequence: int) -> int | None:
        """Key that an entry keeps while it waits; None where it changes with time."""
        if isinstance(what, Repair):
            return what.clock.row.priority - 2**40
        if what.key is not None:
            return what.key
        own = kind.row.priority if isinstance(kind.row, Operation) else None
        ahead = [task.kind.mean for task in what.unit.tasks.values() if task.state != "done"]
        keys = {
            "lpt": -kind.mean,
            "steps_left": -len(ahead),
            "work_left": -sum(ahead),
            "slack": what.unit.due - sum(ahead),
            "ordered": what.unit.ordered,
            "edd": what.unit.due,
            "fifo": 0,
            "lifo": -sequence,
            "priority": what.unit.row.priority if own is None else own,
            "spt": kind.mean,
        }
        return keys.get(rule)

    def key_by(self, rule: str, entry: Entry) -> int:
        """Key of a waiting entry by another rule than its queue's."""
        key = self._key(entry.what, entry.kind, rule, entry.sequence)
        assert key is not None
        return key

    def leave(self, entry: Entry) -> None:
        """Something waits no longer."""
        self.of(entry.kind, entry.pin).entries.remove(entry)
