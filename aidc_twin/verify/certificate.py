"""`Certificate`: what the checker went through and the first offence against each rule in park words."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from aidc_twin.errors import escape, shorten

WORDS = 240
"""Longest description of a violation that is kept."""


@dataclass(slots=True)
class Tally:
    """Count of one rule while it is being checked."""

    rule: str
    checked: int = 0
    violations: int = 0
    first: str = ""

    def fail(self, words: str) -> None:
        """Count a violation; the words of the first one are kept."""
        if not self.violations:
            self.first = escape(shorten(words, WORDS))
        self.violations += 1


@dataclass(slots=True)
class Findings:
    """Tallies of a check, in the order in which their rules were first named."""

    tallies: dict[str, Tally] = field(default_factory=dict[str, Tally])

    def rule(self, name: str) -> Tally:
        """Tally of a rule, new where it has none."""
        return self.tallies.setdefault(name, Tally(name))

    def certificate(self) -> Certificate:
        """What was found so far."""
        return _certified(list(self.tallies.values()))


@dataclass(frozen=True, eq=False)
class Certificate:
    """Verdict on published frames.

    Attributes
    ----------
    checks
        One row per rule (schema `Checks`): how often it was checked, how often violated, the first violation.
    """

    checks: pl.DataFrame

    @property
    def violations(self) -> int:
        """Violations of all rules."""
        return int(self.checks["violations"].sum())

    @property
    def ok(self) -> bool:
        """Whether no rule is violated."""
        return self.violations == 0


def merge(*certificates: Certificate) -> Certificate:
    """One certificate for several; counts of a rule that stands in more than one are added."""
    found = Findings()
    for row in (row for one in certificates for row in one.checks.iter_rows(named=True)):
        tally = found.rule(row["rule"])
        tally.checked += row["checked"]
        tally.violations += row["violations"]
        tally.first = tally.first or row["first"]
    return found.certificate()


def _certified(tallies: list[Tally]) -> Certificate:
    columns = {
        "rule": pl.Series([tally.rule for tally in tallies], dtype=pl.String),
        "checked": pl.Series([tally.checked for tally in tallies], dtype=pl.Int64),
        "violations": pl.Series([tally.violations for tally in tallies], dtype=pl.Int64),
        "first": pl.Series([tally.first for tally in tallies], dtype=pl.String),
    }
    return Certificate(pl.DataFrame(columns))
