"""Checks of a whole park: everything that no single row can tell, all of it at once."""

from __future__ import annotations

from dataclasses import dataclass

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
from aidc_twin.park.park import Park

TIMELESS = (
    references.check, structure.check, values.check, supply.check, turns.check, ways.check, same_way.check,
    accounts.check, investing.check,
)  # fmt: skip
DATED = (
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


def check_park(park: Park, *, head_known: bool = True) -> CheckReport:
    """Run every check across the tables of a park whose quantities are resolved.

    Parameters
    ----------
    park
        Park; where its tables are incomplete, checks that would need the missing rows are left out.
    head_known
        Whether epoch and horizon are what the user wrote; if not, what depends on them is left out.
    """
    findings = Findings(park)
    for family in TIMELESS + DATED if head_known else TIMELESS:
        family(findings)
    findings.close()
    return CheckReport(tuple(sorted(set(findings.problems))), tuple(findings.notices))
