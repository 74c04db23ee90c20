"""Check of a schedule against the instance file it claims to solve; the file is read here once more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from aidc_twin.verify.certificate import Certificate, Findings, Tally


@dataclass(frozen=True)
class Ran:
    """One operation of a schedule; jobs and operations count from 1, machines as in the file, -1 for none."""

    job: int
    operation: int
    machine: int
    start: int
    end: int


@dataclass(frozen=True)
class Stated:
    """What the file says: choices by (job, operation), arcs between them, demands and capacities."""

    choices: dict[tuple[int, int], dict[int, int]]
    arcs: list[tuple[tuple[int, int], tuple[int, int]]]
    demand: dict[tuple[int, int], list[int]]
    capacity: list[int]


def check_instance(text: str, kind: str, rows: Sequence[Ran], makespan: int) -> Certificate:
    """Go through completeness, choices, durations, precedence, machines, resources and the claimed makespan."""
    stated = _READ[kind]([line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")])
    findings = Findings()
    ran: dict[tuple[int, int], Ran] = {}
    once = findings.rule("every operation runs once")
    for row in rows:
        once.checked += 1
        if (row.job, row.operation) in ran or (row.job, row.operation) not in stated.choices:
            once.fail(f"operation {row.operation} of job {row.job} is not one of the instance, or runs twice")
        ran[row.job, row.operation] = row
    for job, operation in stated.choices:
        once.checked += 1
        if (job, operation) not in ran:
            once.fail(f"operation {operation} of job {job} does not run")
    known = {key: row for key, row in ran.items() if key in stated.choices}
    _check_work(stated, known, findings)
    _check_arcs(stated, known, findings.rule("an operation starts after the end of those before it"))
    _check_machines(known.values(), findings.rule("a machine does one operation at a time"))
    _check_resources(stated, known, findings.rule("resources are not used beyond their capacity"))
    claim = findings.rule("the makespan is the last end")
    claim.checked += 1
    last = max((row.end for row in rows), default=0)
    if last != makespan:
        claim.fail(f"the last operation ends at {last}, not at {makespan}")
    return findings.certificate()


def _check_work(stated: Stated, ran: dict[tuple[int, int], Ran], findings: Findings) -> None:
    where, long = findings.rule("an operation runs where it can"), findings.rule("an operation takes its duration")
    for key, row in ran.items():
        where.checked += 1
        long.checked += 1
        duration = stated.choices[key].get(row.machine)
        if duration is None:
            where.fail(f"operation {row.operation} of job {row.job} cannot run on machine {row.machine}")
        elif row.start < 0 or row.end - row.start != duration:
            long.fail(f"operation {row.operation} of job {row.job} runs {row.start} to {row.end}, not {duration}")


def _check_arcs(stated: Stated, ran: dict[tuple[int, int], Ran], rule: Tally) -> None:
    for one, other in stated.arcs:
        rule.checked += 1
        if one in ran and other in ran and ran[other].start < ran[one].end:
            rule.fail(f"{other} starts at {ran[other].start}, before {one} ends at {ran[one].end}")


def _check_machines(rows: Iterable[Ran], rule: Tally) -> None:
    by_machine: dict[int, list[Ran]] = {}
    for row in rows:
        if row.machine >= 0 and row.end > row.start:
            by_machine.setdefault(row.machine, []).append(row)
    for machine, own in sorted(by_machine.items()):
        own.sort(key=lambda row: row.start)
        for one, other in pairwise(own):
            rule.checked += 1
            if other.start < one.end:
                rule.fail(
                    f"machine {machine} begins job {other.job} at {other.start}, in job {one.job} until {one.end}"
                )


def _check_resources(stated: Stated, ran: dict[tuple[int, int], Ran], rule: Tally) -> None:
    for k, capacity in enumerate(stated.capacity):
        changes = [(row.start, stated.demand[key][k]) for key, row in ran.items() if row.end > row.start]
        changes += [(row.end, -stated.demand[key][k]) for key, row in ran.items() if row.end > row.start]
        used = 0
        for time, change in sorted(changes):  # what is given back at a time comes first, since it is negative
            used += change
            rule.checked += 1
            if used > capacity:
                rule.fail(f"resource {k + 1} is used {used} times at {time}, of {capacity}")


def _chain(jobs: list[list[dict[int, int]]]) -> Stated:
    choices = {(j, i): one for j, job in enumerate(jobs, 1) for i, one in enumerate(job, 1)}
    arcs = [((j, i), (j, i + 1)) for j, job in enumerate(jobs, 1) for i in range(1, len(job))]
    return Stated(choices, arcs, {}, [])


def _jobshop(lines: list[str]) -> Stated:
    jobs: list[list[dict[int, int]]] = []
    for line in lines[1:]:
        values = [int(word) for word in line.split()]
        jobs.append([{machine: time} for machine, time in zip(values[::2], values[1::2], strict=True)])
    return _chain(jobs)


def _fjs(lines: list[str]) -> Stated:
    jobs: list[list[dict[int, int]]] = []
    for line in lines[1:]:
        values = iter([int(word) for word in line.split()])
        jobs.append([{next(values): next(values) for _ in range(next(values))} for _ in range(next(values))])
    return _chain(jobs)


def _rcp(lines: list[str]) -> Stated:
    values = iter([int(word) for line in lines for word in line.split()])
    tasks, resources = next(values), next(values)
    capacity = [next(values) for _ in range(resources)]
    stated = Stated({}, [], {}, capacity)
    for task in range(1, tasks + 1):
        stated.choices[task, 1] = {-1: next(values)}
        stated.demand[task, 1] = [next(values) for _ in range(resources)]
        stated.arcs.extend(((task, 1), (next(values), 1)) for _ in range(next(values)))
    return stated


_READ = {"jobshop": _jobshop, "fjs": _fjs, "rcp": _rcp}
