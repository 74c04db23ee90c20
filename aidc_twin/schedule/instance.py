"""Public instance files: job shop in the classic text form, flexible job shop (.fjs), projects (Patterson's .rcp)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from aidc_twin.errors import InputError
from aidc_twin.errors import Problem as Defect
from aidc_twin.resources.defects import Defects
from aidc_twin.resources.text import read_text
from aidc_twin.schedule.longest import topological
from aidc_twin.schedule.problem import Problem, project_problem, shop_problem

MOST_TIME = 1_000_000
"""Longest duration of one operation, so that sums fit the kernels' numbers."""
MOST_OPERATIONS = 200_000
MOST_TOTAL = 1_500_000_000
"""Longest sum of the longest durations."""
_NUMBER = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class Token:
    """A piece of the text between blanks, with its place."""

    text: str
    line: int
    column: int


class Reader:
    """Gives the numbers of a line or file one after another and notes what is wrong with them."""

    def __init__(self, tokens: list[Token], defects: Defects, whole: str = "line") -> None:
        self.tokens = tokens
        self.whole = whole
        self.at = 0
        self.defects = defects
        self.end_line = self.tokens[-1].line if self.tokens else 0
        self.cut = False

    def number(self, what: str, least: int, most: int) -> int:
        """Next number; `least` in its place if it is wrong, so that reading can go on."""
        if self.at >= len(self.tokens):
            if not self.cut:
                self.cut = True
                self.defects.add(
                    self.end_line, "", f"the end of the {self.whole} before {what}", allowed=what,
                    fix="it is cut, or a count is too large: correct it or get the file again", code="cut-file",
                )  # fmt: skip
            return least
        token = self.tokens[self.at]
        self.at += 1
        if not _NUMBER.fullmatch(token.text):
            self._refuse(token, what, f"a whole number from {least:,} to {most:,}", "not-a-number")
            return least
        value = int(token.text)
        if not least <= value <= most:
            self._refuse(token, what, f"{least:,} to {most:,}", "out-of-range")
            return least
        return value

    def _refuse(self, token: Token, what: str, allowed: str, code: str) -> None:
        self.defects.add(
            token.line, f"column {token.column}", f"{token.text} as {what}", allowed=allowed,
            fix=f"correct {what}", code=code,
        )  # fmt: skip

    def close(self) -> None:
        """Note what is left over."""
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.defects.add(
                token.line, f"column {token.column}", f"{token.text} and {len(self.tokens) - self.at - 1} more numbers",
                allowed=f"the end of the {self.whole}", fix="delete them, or correct the counts", code="left-over",
            )  # fmt: skip


def read_instance(path: Path, kind: str) -> Problem:
    """Read a file of a `kind` (``jobshop``, ``fjs``, ``rcp``).

    Raises
    ------
    InputError
        With every problem of the file that can be told; with one alone if it is of another kind.
    """
    problems: list[Defect] = []
    defects = Defects(str(path), problems)
    text = read_text(path, defects)
    found: Problem | None = None
    if text is not None:
        rows = _rows(text)
        if not rows:
            defects.add(0, "", "no numbers", allowed="an instance", fix="get the file again", code="empty-file")
        else:
            found = READERS[kind](path.stem, rows, defects)
            if problems and (others := _other_forms(rows, kind)):
                raise InputError(_of_another_form(problems[0], kind, others))
    defects.close()
    if problems or found is None:
        raise InputError(problems)
    return found


def _other_forms(rows: list[list[Token]], kind: str) -> list[str]:
    """The forms besides one in which a file reads without any problem."""
    problems: dict[str, list[Defect]] = {form: [] for form in READERS if form != kind}
    for form, told in problems.items():
        READERS[form]("", rows, Defects("", told))
    return [form for form, told in problems.items() if not told]


def _of_another_form(first: Defect, kind: str, others: list[str]) -> Defect:
    """The one problem of a file that can be read in other forms, where it was first found not to be of this one."""
    return replace(
        first, found=f"an instance in the form {' or '.join(others)} ({first.found})",
        allowed=f"one in the form {kind}", fix="say " + " or ".join(f"--format {form}" for form in others),
        code="another-form",
    )  # fmt: skip


def _rows(text: str) -> list[list[Token]]:
    """Numbers of each line that is neither empty nor a comment."""
    rows: list[list[Token]] = []
    for line, content in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if content.lstrip().startswith("#"):
            continue
        row = [Token(match.group(), line, match.start() + 1) for match in re.finditer(r"\S+", content)]
        if row:
            rows.append(row)
    return rows


def _counts(row: list[Token], most: int, defects: Defects) -> tuple[int, int]:
    """Jobs and machines from the first line, which holds at most so many numbers."""
    reader = Reader(row[:2], defects)
    jobs = reader.number("the number of jobs", 1, MOST_OPERATIONS)
    machines = reader.number("the number of machines", 1, MOST_OPERATIONS)
    Reader(row[most:], defects).close()
    return jobs, machines


def _job_lines(rows: list[list[Token]], jobs: int, defects: Defects) -> list[list[Token]]:
    lines = rows[1:]
    if len(lines) != jobs:
        line = lines[min(jobs, len(lines) - 1)][0].line if lines else rows[0][0].line
        defects.add(
            line, "", f"{len(lines)} lines of jobs", allowed=f"{jobs}, as the first line says",
            fix="the file is cut, or correct the count", code="wrong-count",
        )  # fmt: skip
    return lines[:jobs]


def read_jobshop(name: str, rows: list[list[Token]], defects: Defects) -> Problem | None:
    """Jobs and machines, then a line per job: (machine from 0, duration) pairs in order."""
    jobs, machines = _counts(rows[0], 2, defects)
    routes: list[list[list[tuple[int, int]]]] = []
    for row in _job_lines(rows, jobs, defects):
        reader = Reader(row, defects)
        route: list[list[tuple[int, int]]] = []
        while reader.at < len(row):
            machine = reader.number("a machine", 0, machines - 1)
            route.append([(machine, reader.number("a duration", 0, MOST_TIME))])
        routes.append(route)
    return _shop(name, "jobshop", machines, routes, defects)


def read_fjs(name: str, rows: list[list[Token]], defects: Defects) -> Problem | None:
    """Jobs and machines, then a line per job: operations; for each its choices as (machine from 1, duration) pairs."""
    jobs, machines = _counts(rows[0], 3, defects)  # a third number, the mean number of choices, says nothing new
    routes: list[list[list[tuple[int, int]]]] = []
    zeros: list[Token] = []
    for row in _job_lines(rows, jobs, defects):
        reader = Reader(row, defects)
        route: list[list[tuple[int, int]]] = []
        for _ in range(reader.number("the number of operations", 1, MOST_OPERATIONS)):
            choices = reader.number("the number of machines that can do an operation", 1, machines)
            place = reader.tokens[reader.at - 1]
            options = [
                (_machine(reader, machines, zeros), reader.number("a duration", 0, MOST_TIME))
                for _ in range(min(choices, len(row)))  # a line that says more than it holds is cut
            ]
            told = [machine for machine, _ in options if machine >= 0]
            if len(set(told)) < len(told) and not reader.cut:
                defects.add(
                    place.line, f"column {place.column}", "a machine twice among the choices of an operation",
                    allowed="each machine once", fix="keep one of them", code="duplicate-choice",
                )  # fmt: skip
            route.append(options)
            if reader.cut:
                break
        reader.close()
        routes.append(route)
    if zeros:
        last = any(machine == machines - 1 for route in routes for options in route for machine, _ in options)
        fix = "correct a machine" if last else "the file counts machines from 0: add 1 to each of them"
        for token in zeros if last else zeros[:1]:
            defects.add(token.line, f"column {token.column}", "0 as a machine", allowed=f"1 to {machines:,}", fix=fix,
                        code="out-of-range")  # fmt: skip
    known = [[[(max(0, machine), ticks) for machine, ticks in options] for options in route] for route in routes]
    return _shop(name, "fjs", machines, known, defects)


def _machine(reader: Reader, machines: int, zeros: list[Token]) -> int:
    """Next machine, counted from 0 here; -1 for one that cannot be told, a 0 goes to `zeros`."""
    token = reader.tokens[reader.at] if reader.at < len(reader.tokens) else None
    if token is not None and token.text == "0":
        zeros.append(token)
        reader.at += 1
        return -1
    machine = reader.number("a machine", 1, machines)
    told = token is not None and _NUMBER.fullmatch(token.text) and int(token.text) == machine
    return machine - 1 if told else -1


def _shop(name: str, kind: str, machines: int, routes: list[list[list[tuple[int, int]]]],
          defects: Defects) -> Problem | None:  # fmt: skip
    total = sum(max(duration for _, duration in options) for route in routes for options in route)
    if not _fits(sum(map(len, routes)), total, defects):
        return None
    return None if defects.count else shop_problem(name, kind, machines, routes)


def _fits(operations: int, total: int, defects: Defects) -> bool:
    if operations > MOST_OPERATIONS or total > MOST_TOTAL:
        defects.add(
            0, "", f"{operations:,} operations that take {total:,}", code="too-large",
            allowed=f"{MOST_OPERATIONS:,} operations that take {MOST_TOTAL:,}", fix="split it, or use a larger unit",
        )  # fmt: skip
        return False
    return True


def read_rcp(name: str, rows: list[list[Token]], defects: Defects) -> Problem | None:
    """Tasks and resources; capacities; for each task its duration, demands, number of successors, successors from 1."""
    reader = Reader([token for row in rows for token in row], defects, "file")
    tasks = reader.number("the number of tasks", 1, MOST_OPERATIONS)
    resources = reader.number("the number of resources", 0, 1000)
    capacity = [reader.number("a capacity", 0, MOST_TIME) for _ in range(resources)]
    durations: list[int] = []
    demand: list[list[int]] = []
    following: list[list[int]] = []
    while len(durations) < tasks and not reader.cut:
        durations.append(reader.number("a duration", 0, MOST_TIME))
        demand.append([reader.number("a demand", 0, capacity[k]) for k in range(resources)])
        count = reader.number("the number of successors", 0, tasks)
        following.append([reader.number("a successor", 1, tasks) - 1 for _ in range(count if not reader.cut else 0)])
    reader.close()
    if not _fits(tasks, sum(durations), defects) or defects.count:
        return None
    if (stuck := _in_a_circle(following)) >= 0:
        defects.add(
            0, f"task {stuck + 1}", "a task that follows itself over others", allowed="no circle of successors",
            fix="delete one successor of the circle", code="precedence-cycle",
        )  # fmt: skip
        return None
    return project_problem(name, durations, demand, capacity, following)


def _in_a_circle(following: list[list[int]]) -> int:
    """A task of a circle or behind one; -1 if there is none."""
    free = set(topological(following))
    return next((task for task in range(len(following)) if task not in free), -1)


READERS: dict[str, Callable[[str, list[list[Token]], Defects], Problem | None]] = {
    "jobshop": read_jobshop,
    "fjs": read_fjs,
    "rcp": read_rcp,
}
