"""Checks of a whole park: everything that no single row can tell, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aidc_twin.errors import Problem
from aidc_twin.park.checks import (
    accounts,
    branches,
    breakdowns,
    buckets,
    calendars,
    capacity,
    holds,
    investing,
    load,
    needs,
    orders,
    people,
    preempt,
    references,
    same_way,
    sources,
    state,
    state_rests,
    steady,
    stops,
    structure,
    supply,
    transfers,
    turns,
    vain,
    values,
    ways,
)
from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.park import Park, Place, attribute
from aidc_twin.park.schema import TABLES, Row
from aidc_twin.resources.unread import is_whole

FAMILIES = (
    references.check,
    structure.check,
    values.check,
    supply.check,
    turns.check,
    ways.check,
    same_way.check,
    accounts.check,
    investing.check,
    calendars.check,
    capacity.check,
    branches.check,
    breakdowns.check,
    buckets.check,
    sources.check,
    orders.check,
    state.check,
    state_rests.check,
    holds.check,
    needs.check,
    people.check,
    stops.check,
    preempt.check,
    transfers.check,
    vain.check,
    steady.check,
    load.check,
)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is wrong with a park, sorted by place, and what its reader should know."""

    problems: tuple[Problem, ...]
    notices: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check_park(park: Park, strays: Iterable[tuple[Place, Row]] = ()) -> CheckReport:
    """Run every check across the tables of a park whose quantities are resolved.

    Parameters
    ----------
    park
        Park; where its tables are incomplete, checks that would need the missing rows are left out, and where rows
        lack cells that could not be read, what would need those.
    strays
        Rows that could not be put into the tables, with their places; what their cells refer to is checked.
    """
    findings, whole = Findings(park, strays), Findings(_whole_rows(park))
    for family in FAMILIES:
        findings.stopped = False
        findings.part(family)
        if findings.stopped:
            whole.part(family)
    findings.close()
    whole.close()
    problems = {*findings.problems, *whole.problems}
    return CheckReport(tuple(sorted(problems)), tuple(dict.fromkeys((*findings.notices, *whole.notices))))


def _whole_rows(park: Park) -> Park:
    """The park without rows that lack cells: what stops at one of them may say more where they are missing."""
    rows = {name: park.table(name) for name in TABLES}
    kept = {name: tuple(filter(is_whole, found)) for name, found in rows.items()}
    short = {name for name, found in kept.items() if len(found) < len(rows[name])}
    if not short:
        return park
    return replace(park, **{attribute(name): kept[name] for name in short}, incomplete=park.incomplete | short)
