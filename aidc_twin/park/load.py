"""From a folder and a stack of scenarios to a checked `Park`, or to one error with every problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from aidc_twin.errors import InputError, Problem
from aidc_twin.facts import Fact, Facts, load_facts
from aidc_twin.park.check import CheckReport, check_park
from aidc_twin.park.checks.state_rests import begun_hours
from aidc_twin.park.folder import ParkFiles, find_files, missing
from aidc_twin.park.park import Key, Park, attribute, row_key
from aidc_twin.park.patch import Tables, apply_patches
from aidc_twin.park.resolve import Resolver, fact_uses
from aidc_twin.park.scenario import Patch, read_scenario
from aidc_twin.park.schema import ORDERED, TABLES, Material, ParkHead, Resource
from aidc_twin.park.shipped import display_path, is_path, names_of, park_folder
from aidc_twin.park.state import PLACED, StateFolder, place_state
from aidc_twin.resources import check_keys, read_rows, read_toml_tree
from aidc_twin.resources.suggest import cure, listed
from aidc_twin.resources.unread import is_whole, without
from aidc_twin.units.clock import Clock
from aidc_twin.units.number import QuantityError
from aidc_twin.units.when import in_years

Lines = dict[tuple[str | int, ...], int]
"""Line of each key of a definition."""

WHOLE = ParkHead(schema_version=1, id="unread", epoch=date(2026, 1, 1), horizon_weeks=1040)
UNREAD = without(WHOLE, tuple(ParkHead.model_fields))
"""Stands for a head of which nothing could be read."""


def load_park(
    source: str | Path,
    scenarios: Sequence[str | Path] = (),
    *,
    overrides: Sequence[Patch] = (),
    facts: Facts | None = None,
    state: StateFolder | None = None,
) -> Park:
    """Park of a folder with scenarios applied, resolved and checked.

    Parameters
    ----------
    source
        Name of a shipped park, or a folder.
    scenarios
        Names of shipped scenarios or paths of TOML files; each patches what the ones before it left.
    overrides
        Patches that come after the scenarios.
    facts
        What references refer to; by default the shipped facts. A ``facts.csv`` in the folder adds to them.
    state
        State that comes in the place of the folder's own; the park starts on its day, and is patched as it is then.

    Raises
    ------
    InputError
        With every problem of every file, sorted by place.
    """
    park, report = examine_park(source, scenarios, overrides=overrides, facts=facts, state=state)
    if park is None or report.problems:
        raise InputError(report.problems)
    return park


def examine_park(
    source: str | Path,
    scenarios: Sequence[str | Path] = (),
    *,
    overrides: Sequence[Patch] = (),
    facts: Facts | None = None,
    state: StateFolder | None = None,
) -> tuple[Park | None, CheckReport]:
    """Park and all its problems and notices, without raising; None where there is no folder to read."""
    read = read_folder(source, facts, state)
    return examine_patched(read, scenarios, overrides)


@dataclass(frozen=True)
class ReadFolder:
    """A park's folder as it was read, before any scenario, which many stacks of scenarios can start from.

    `files` is None where there is no folder.
    """

    source: str
    files: ParkFiles | None
    lines: Lines
    facts: Facts
    tables: Tables
    resolver: Resolver
    notices: tuple[str, ...]

    @cached_property
    def begun(self) -> Mapping[Key, float]:
        """What `Park.begun_hours` holds under scenarios."""
        return begun_hours(_park(self.tables, self.facts, self.source, ()))


def read_folder(source: str | Path, facts: Facts | None = None, state: StateFolder | None = None) -> ReadFolder:
    """Folder of a park, with a state of its own or the one given; its problems are those of its resolver."""
    problems: list[Problem] = []
    notices: list[str] = []
    folder = park_folder(source, problems)
    if folder is None:
        none = Facts()
        empty = Tables(UNREAD, {}, {}, set())
        return ReadFolder(str(source), None, {}, none, empty, Resolver(none, {}, {}, problems), ())
    files = find_files(folder, problems)
    head, lines = _head(files, problems)
    tables = _tables(files, head, problems, notices)
    if state is not None:
        _place_state(tables, state, problems, notices)
    resolver = _resolver(files, facts, tables, problems, notices)
    _resolve(tables, resolver)
    return ReadFolder(str(source), files, lines, resolver.facts, tables, resolver, tuple(notices))


def examine_patched(
    read: ReadFolder, scenarios: Sequence[str | Path] = (), overrides: Sequence[Patch] = ()
) -> tuple[Park | None, CheckReport]:
    """`examine_park` of a folder that has been read, which stays as it is."""
    problems = list(read.resolver.problems)
    patches, names = _patches(scenarios, problems)
    if read.files is None:
        return None, CheckReport(tuple(sorted(problems)), ())
    old = read.tables
    rows = {name: list(found) for name, found in old.rows.items()}
    tables = Tables(old.head, rows, dict(old.places), set(old.incomplete), old.strays)
    resolver = replace(read.resolver, problems=problems)
    apply_patches(tables, (*patches, *overrides), resolver)
    _check_head(tables, read.files, read.lines, problems)
    begun = read.begun if patches or overrides else {}
    park = replace(_park(tables, read.facts, read.source, names), begun_hours=begun)
    report = check_park(park, tables.strays)
    found = tuple(sorted({*problems, *report.problems}))
    told = tuple(dict.fromkeys((*read.notices, *report.notices)))
    return replace(park, notices=told), CheckReport(found, told)


def _patches(scenarios: Sequence[str | Path], problems: list[Problem]) -> tuple[list[Patch], tuple[str, ...]]:
    patches: list[Patch] = []
    names: list[str] = []
    for name in scenarios:
        scenario = read_scenario(name, problems)
        if scenario is not None:
            patches.extend(scenario.patches)
            names.append(scenario.id)
    return patches, tuple(names)


def _head(files: ParkFiles, problems: list[Problem]) -> tuple[ParkHead, Lines]:
    """Head of a park, which lacks what could not be read, and the line of each of its keys."""
    name = "" if files.head is None else display_path(files.head)
    read = None if files.head is None else read_toml_tree(files.head, problems, name)
    if read is None:
        return UNREAD, {}
    return check_keys(read[0], ParkHead, problems, name, read[1]), read[1]


def _place_state(tables: Tables, state: StateFolder, problems: list[Problem], notices: list[str]) -> None:
    """Put a state in the place of the folder's own; where the park's own day is not known, nothing is said of it."""
    if is_whole(tables.head):
        place_state(tables, state, problems, notices)
    else:
        tables.incomplete.update(PLACED)


def _resolver(
    files: ParkFiles, facts: Facts | None, tables: Tables, problems: list[Problem], notices: list[str]
) -> Resolver:
    """What resolves references to the facts that are given or shipped, and to those of the folder."""
    known = load_facts() if facts is None else facts
    unread: frozenset[str] = frozenset()
    incomplete = set(tables.incomplete)
    if files.facts is not None:
        read = read_rows(files.facts, Fact, problems, notices)
        known = known.merged(Facts(row for _, row in read.valid))
        unread = frozenset(row.id for _, row in read.rows) - {row.id for _, row in read.valid}
        incomplete |= set[str]() if read.complete else {"facts"}
    resources = {row.resource: row for row in cast("list[Resource]", tables.rows["resources"])}
    materials = {row.material: row for row in cast("list[Material]", tables.rows["materials"])}
    return Resolver(known, resources, materials, problems, unread, frozenset(incomplete))


def _tables(files: ParkFiles, head: ParkHead, problems: list[Problem], notices: list[str]) -> Tables:
    tables = Tables(head, {name: [] for name in TABLES}, {}, set(files.doubtful))
    for name, path in files.tables.items():
        shown = display_path(path)
        tables.take(name, read_rows(path, TABLES[name], problems, notices, shown), shown)
    rows, incomplete = tables.rows, tables.incomplete
    if "sources" in files.tables and not rows["sources"] and "sources" not in incomplete:
        missing(files, (f"{name}.csv" for name in ORDERED if name not in files.tables), problems)
    incomplete |= {
        problem.file.rpartition("/")[2].removesuffix(".csv") for problem in problems if problem.code == "missing-file"
    }
    return tables


def _resolve(tables: Tables, resolver: Resolver) -> None:
    for name, rows in tables.rows.items():
        tables.rows[name] = [resolver.row(row, tables.places[name, row_key(row)]) for row in rows]
    tables.strays = [(place, resolver.row(row, place)) for place, row in tables.strays]


def _check_head(tables: Tables, files: ParkFiles, lines: Lines, problems: list[Problem]) -> None:
    """Refuse goals and times that cannot be; the head lacks an epoch or a tick that cannot be counted by."""
    head, goals = tables.head, names_of("goals")
    has = vars(head)
    name = display_path(files.head) if files.head else "park.toml"

    def refuse(key: str, found: str, allowed: str, fix: str, code: str) -> None:
        problems.append(Problem(name, lines.get((key,), 0), key, found, allowed, fix, code))

    if "goals" in has and not is_path(head.goals) and head.goals not in goals:
        refuse("goals", head.goals, f"a goal profile: {listed(goals)}", cure(head.goals, goals), "unknown-goal")
    if {"warm_up_weeks", "horizon_weeks"} <= has.keys() and head.warm_up_weeks >= head.horizon_weeks:
        allowed = f"fewer weeks than the {head.horizon_weeks} of the horizon"
        fix = "warm up for less, or raise horizon_weeks: no week would be left for the figures"
        refuse("warm_up_weeks", str(head.warm_up_weeks), allowed, fix, "warm-up-too-long")
    try:
        if "tick_us" in has:
            Clock(WHOLE.epoch, head.tick_us)
    except ValueError as error:
        refuse("tick_us", str(error), "a divisor of an hour", "write 1000000 (1 s)", "bad-tick")
        tables.head = without(tables.head, ("tick_us",))
    try:
        if "epoch" in has:
            in_years(head.epoch)
    except QuantityError as error:
        refuse("epoch", f"{head.epoch} ({error})", "a date such as 2026-10-01", error.fix, error.code)
        tables.head = without(tables.head, ("epoch",))


def _park(tables: Tables, facts: Facts, folder: str, scenarios: tuple[str, ...]) -> Park:
    rows: dict[str, Any] = {attribute(name): tuple(found) for name, found in tables.rows.items()}
    return Park(
        head=tables.head,
        facts=facts,
        **rows,
        scenarios=scenarios,
        folder=folder,
        fact_uses=fact_uses(tables.rows),
        places=tables.places,
        incomplete=frozenset(tables.incomplete),
    )
