"""Check of a detailed schedule against the plain statement of its problem: every rule of the floor, written again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import inf
from typing import Any

from aidc_twin.verify.certificate import Certificate, Findings

Row = tuple[int, int, int, int]
"""Machine, start, end and changeover of an operation."""


class Hours:
    """Open ticks of a calendar given as merged open times."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self.spans = spans
        self.starts = [start for start, _ in spans]
        self.before = [0, *accumulate(end - start for start, end in spans)]

    def until(self, tick: int) -> int:
        """Open ticks before a tick."""
        i = bisect_right(self.starts, tick) - 1
        if i < 0:
            return 0
        start, end = self.spans[i]
        return self.before[i] + min(tick, end) - start

    def is_open(self, tick: int) -> bool:
        """Whether it is open at a tick."""
        i = bisect_right(self.starts, tick) - 1
        return i >= 0 and tick < self.spans[i][1]


def check_floor(stated: Mapping[str, Any], rows: Sequence[Row], tardiness: int) -> Certificate:
    """Go through choices, times, precedence, machines, changeovers, shared resources, stores and the claimed lateness.

    Parameters
    ----------
    stated
        `operations` (release, before, choices {machine: work}, family, starts_in, works_in, uses, takes, gives,
        gives_early, leaves, order, kind, since, tail, fixed), `machines` (from, family, down, setup, kept),
        `calendars`, `capacity`, `supply`, `batches` (fewest, most and longest wait of each kind), `due`, `weight`.
        What frees a machine (leaves, kept) is (``own``, ``nothing``, ``start`` or ``end``, operation).
    rows
        (machine, start, end, changeover) of each operation, in their order.
    """
    findings = Findings()
    whole = findings.rule("every operation runs once")
    whole.checked += 1
    if len(rows) != len(stated["operations"]):
        whole.fail(f"{len(rows)} rows for {len(stated['operations'])} operations")
        return findings.certificate()
    _check_times(stated, rows, findings)
    heads = _check_batches(stated, rows, findings)
    _check_machines(stated, rows, heads, findings)
    _check_circles(stated, rows, findings)
    _check_shared(stated, rows, heads, findings)
    _check_stores(stated, rows, findings)
    _check_claim(stated, rows, tardiness, findings)
    return findings.certificate()


def _check_times(stated: Mapping[str, Any], rows: Sequence[Row], findings: Findings) -> None:
    choice = findings.rule("an operation runs where it can")
    early = findings.rule("an operation starts after its release and those before it")
    hours = findings.rule("an operation starts in its hours")
    long = findings.rule("an operation takes its work in open hours, no longer")
    fixed = findings.rule("what cannot move stays")
    calendars = [Hours(one) for one in stated["calendars"]]
    for i, (op, (machine, start, end, setup)) in enumerate(zip(stated["operations"], rows, strict=True)):
        choice.checked += 1
        if machine not in op["choices"]:
            choice.fail(f"operation {i} cannot run on machine {machine}")
            continue
        if op["fixed"][0] >= 0:
            fixed.checked += 1
            if (start, end) != tuple(op["fixed"]):
                fixed.fail(f"operation {i} runs {start} to {end}, not {op['fixed']}")
            continue
        early.checked += 1
        if start < op["release"] or any(rows[j][2] > start for j in op["before"]):
            early.fail(f"operation {i} starts at {start}, too early")
        hours.checked += 1
        if op["starts_in"] >= 0 and not calendars[op["starts_in"]].is_open(start):
            hours.fail(f"operation {i} starts at {start}, when it is closed")
        until: Callable[[int], int] = _self if op["works_in"] < 0 else calendars[op["works_in"]].until
        work = op["choices"][machine] + setup
        long.checked += 1
        if until(end) - until(start) != work or (work > 0 and until(end - 1) - until(start) != work - 1):
            long.fail(f"operation {i} runs {start} to {end}, which is not its work of {work}")


def _self(tick: int) -> int:
    return tick


def _check_batches(stated: Mapping[str, Any], rows: Sequence[Row], findings: Findings) -> list[bool]:
    """Go through what starts together; which operations are the first of their batches, or alone, is told."""
    rule = findings.rule("what goes together is of one kind, neither too few nor too many")
    together: dict[tuple[int, int, int], list[int]] = {}
    for i, (op, (machine, start, _, _)) in enumerate(zip(stated["operations"], rows, strict=True)):
        if op["kind"] >= 0:
            together.setdefault((op["kind"], machine, start), []).append(i)
    heads = [True] * len(rows)
    for (kind, machine, start), members in together.items():
        least, most, wait = stated["batches"][kind]
        for i in members[1:]:
            heads[i] = False
        rule.checked += 1
        ops = [stated["operations"][i] for i in members]
        ready = min(max([op["since"], *(rows[j][2] for j in op["before"])]) for op in ops)
        waited = wait >= 0 and start - ready >= wait
        if len(members) > most:
            rule.fail(f"{len(members)} operations go together on machine {machine} at {start}, at most {most} can")
        elif len(members) < least and not waited and all(op["fixed"][0] < 0 for op in ops):
            rule.fail(f"{len(members)} operations go on machine {machine} at {start}, fewer than {least}")
        elif any(rows[i][2:] != rows[members[0]][2:] for i in members):
            rule.fail(f"operations that go together on machine {machine} at {start} do not end together")
    return heads


def _check_machines(stated: Mapping[str, Any], rows: Sequence[Row], heads: Sequence[bool], findings: Findings) -> None:
    alone = findings.rule("a machine does one operation at a time")
    clear = findings.rule("what cannot move finds its machine free")
    change = findings.rule("changeovers are those of the machine")
    there = findings.rule("a machine works while it is there")
    mine: dict[int, list[int]] = {}
    for i, row in enumerate(rows):
        if heads[i]:
            mine.setdefault(row[0], []).append(i)
    for m, machine in enumerate(stated["machines"]):
        family, free = machine["family"], _left(rows, machine["kept"])
        for i in sorted(mine.get(m, []), key=lambda i: (rows[i][1], rows[i][2])):
            _, start, end, setup = rows[i]
            held = stated["operations"][i]["fixed"][0] >= 0
            soonest, rule = (free, clear) if held else (max(free, machine["from"]), alone)
            rule.checked += 1
            if start < soonest:
                rule.fail(f"machine {m} begins operation {i} at {start}, before {soonest}")
            mine_family = stated["operations"][i]["family"]
            change.checked += 1
            known = bool(machine["setup"]) and family >= 0 and mine_family >= 0
            if not held and setup != (machine["setup"][family][mine_family] if known else 0):
                change.fail(f"operation {i} on machine {m} has a changeover of {setup}")
            family, free = mine_family, max(free, end, _left(rows, stated["operations"][i]["leaves"]))
            for low, high in machine["down"]:
                there.checked += 1
                if not held and start < high and end > low:
                    there.fail(f"operation {i} runs on machine {m}, which is down from {low} to {high}")


def _left(rows: Sequence[Row], leaves: tuple[str, int]) -> float:
    """Tick at which what is on a machine leaves it; 0 where that is with its own end."""
    what, i = leaves
    if what in ("own", "nothing"):
        return 0 if what == "own" else inf
    return rows[i][1] if what == "start" else rows[i][2]


def _check_circles(stated: Mapping[str, Any], rows: Sequence[Row], findings: Findings) -> None:
    """What starts at one instant on machines that are left at it must have an order in which it can do so."""
    rule = findings.rule("units do not wait for each other in a circle")
    mine: dict[int, list[int]] = {}
    for i in sorted(range(len(rows)), key=lambda i: rows[i][1:3]):
        mine.setdefault(rows[i][0], []).append(i)
    waits: dict[int, int] = {}
    for m, machine in enumerate(stated["machines"]):
        there = machine["kept"]
        for i in mine.get(m, []):
            if there[0] == "start" and rows[there[1]][1] == rows[i][1]:
                waits[i] = there[1]
            there = stated["operations"][i]["leaves"]
    for i in waits:
        rule.checked += 1
        seen, j = {i}, waits[i]
        while j in waits and j not in seen:
            seen.add(j)
            j = waits[j]
        if j == i:
            rule.fail(f"operation {i} starts at {rows[i][1]} on a machine that it frees itself by a circle")


def _check_shared(stated: Mapping[str, Any], rows: Sequence[Row], heads: Sequence[bool], findings: Findings) -> None:
    rule = findings.rule("shared resources are not used beyond what there is")
    found: list[list[tuple[int, int, int]]] = [[(tick, 1, n) for tick, n in steps] for steps in stated["capacity"]]
    for op, (_, start, end, _), alone in zip(stated["operations"], rows, heads, strict=True):
        for resource, amount in op["uses"] if alone and end > start else ():
            found[resource] += [(end, 0, -amount), (start, 2, amount)]
    for r, changes in enumerate(found):
        used = capacity = 0
        for tick, kind, amount in sorted(changes):  # at one tick: what ends, then what there is, then what starts
            if kind == 1:
                capacity = amount
            else:
                used += amount
            rule.checked += 1
            if used > capacity and kind > 0:
                rule.fail(f"{used} of shared resource {r} are used at {tick}, of {capacity}")


def _check_stores(stated: Mapping[str, Any], rows: Sequence[Row], findings: Findings) -> None:
    rule = findings.rule("stores never hold less than nothing")
    found: list[list[tuple[int, int, int]]] = []
    for receipts in stated["supply"]:
        before = [0, *(total for _, total in receipts)]
        found.append([(tick, 0, total - was) for (tick, total), was in zip(receipts, before, strict=False)])
    for op, (_, start, end, _) in zip(stated["operations"], rows, strict=True):
        for tick, kind, sign, pairs in (
            (start, 1, -1, op["takes"]), (end, 0, 1, op["gives"]), (start, 0, 1, op["gives_early"])
        ):  # fmt: skip
            for store, amount in pairs:
                found[store].append((tick, kind, sign * amount))
    for q, changes in enumerate(found):
        held = 0
        for tick, _, amount in sorted(changes):
            held += amount
            rule.checked += 1
            if held < 0:
                rule.fail(f"store {q} holds {held} at {tick}")


def _check_claim(stated: Mapping[str, Any], rows: Sequence[Row], tardiness: int, findings: Findings) -> None:
    rule = findings.rule("the lateness is what is claimed")
    rule.checked += 1
    done = [0] * len(stated["due"])
    for op, row in zip(stated["operations"], rows, strict=True):
        if op["tail"] >= 0:
            done[op["order"]] = max(done[op["order"]], row[2] + op["tail"])
    late = zip(done, stated["due"], stated["weight"], strict=True)
    found = sum(weight * max(0, end - due) for end, due, weight in late)
    if found != tardiness:
        rule.fail(f"weighted lateness is {found}, not {tardiness}")
