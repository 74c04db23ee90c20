"""Why nothing meets a program's constraints: an irreducible set of them, whatever the program is about.

Members are groups of rows and of columns' limits that are lifted together; whole columns stay whole. A set is
irreducible if its members cannot hold together while all but any one of them can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from aidc_twin.errors import NoPlanError, SolverFault
from aidc_twin.solver.arrays import Arrays
from aidc_twin.solver.profile import Profile
from aidc_twin.solver.program import Program
from aidc_twin.solver.widening import widened
from aidc_twin.telemetry import Deadline

__all__ = ["Group", "Irreducible", "every_limit", "irreducible"]


@dataclass(frozen=True)
class Group:
    """Rows and columns whose limits are lifted together."""

    name: str
    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()


@dataclass(frozen=True)
class Irreducible:
    """Groups that cannot hold together.

    Attributes
    ----------
    proven : whether each member was shown to be needed; False where a limit of the profile left a question open.
    solves : programs that were solved.
    """

    groups: tuple[Group, ...]
    proven: bool
    solves: int


def every_limit(arrays: Arrays) -> tuple[Group, ...]:
    """Each row, and each column with a limit, as a group of its own."""
    rows = np.flatnonzero(np.isfinite(arrays.row_lower) | np.isfinite(arrays.row_upper)).tolist()
    columns = np.flatnonzero(np.isfinite(arrays.lower) | np.isfinite(arrays.upper)).tolist()
    return (
        *(Group(arrays.row_name(r), rows=(r,)) for r in rows),
        *(Group(f"limits of {arrays.column_name(c)}", columns=(c,)) for c in columns),
    )


def irreducible(arrays: Arrays, profile: Profile, groups: Sequence[Group] | None = None) -> Irreducible | None:
    """Irreducible set of the groups, or None where all of them can hold together.

    Rows and columns outside the groups hold always. Groups are dropped by halves while the rest still cannot hold
    (deletion filter), later ones first: what stands first in `groups` is kept where there is a choice.

    Raises
    ------
    SolverFault
        Unusable numbers, or the solver failed or lied.
    NoPlanError
        A limit came before it was clear whether all can hold together.
    """
    members = tuple(every_limit(arrays) if groups is None else groups)
    filtering = _Filter(arrays, members, profile)
    holds = filtering.holds(range(len(members)))
    if holds is None:
        raise NoPlanError(f"no answer before the limits of profile {profile.name!r}")
    if holds:
        return None
    kept = filtering.dropped_by_halves(list(range(len(members))))
    return Irreducible(tuple(members[m] for m in kept), filtering.open == 0, filtering.solves)


@dataclass
class _Filter:
    """The program with one free slack for each row that can be lifted."""

    arrays: Arrays
    members: tuple[Group, ...]
    profile: Profile
    solves: int = 0
    open: int = 0
    program: Program = field(init=False)
    slack: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        rows = sorted({row for group in self.members for row in group.rows})
        first = self.arrays.lower.size
        self.slack = {row: first + n for n, row in enumerate(rows)}
        entries = {n: (np.array([row], np.int32), np.ones(1)) for n, row in enumerate(rows)}
        names = [f"slack of {self.arrays.row_name(row)}" for row in rows]
        wide = widened(self.arrays, names, entries, np.zeros(len(rows)), np.zeros(len(rows)))
        self.program = Program(wide, self.profile)
        self.deadline = Deadline.after(self.profile.time_limit_s)

    def holds(self, kept: Sequence[int]) -> bool | None:
        """Whether these members can hold together; None where a limit came first."""
        lower, upper = self.program.arrays.lower.copy(), self.program.arrays.upper.copy()
        lifted = set(range(len(self.members))) - set(kept)
        for columns, free in ((self._columns(lifted), True), (self._columns(set(kept)), False)):
            for column in columns:
                own = column < self.arrays.lower.size
                lower[column] = -np.inf if free else self.arrays.lower[column] if own else 0.0
                upper[column] = np.inf if free else self.arrays.upper[column] if own else 0.0
        self.program.bound(np.arange(lower.size, dtype=np.int32), lower, upper)
        self.solves += 1
        try:
            return self.program.minimise(np.zeros(lower.size), time_s=self.deadline.left_seconds) is not None
        except (NoPlanError, SolverFault):
            return self._second_opinion()

    def _second_opinion(self) -> bool | None:
        """Another way to solve it, where the solver lost its own: interior points, or no presolve in whole numbers."""
        if self.deadline.passed:
            return None
        other = {"presolve": "off"} if self.arrays.integral.any() else {"solver": "ipm"}
        asked = Program(self.program.arrays, self.profile.model_copy(update={"highs": {**self.profile.highs, **other}}))
        try:
            return asked.minimise(np.zeros(asked.arrays.lower.size), time_s=self.deadline.left_seconds) is not None
        except (NoPlanError, SolverFault):
            return None

    def _columns(self, members: set[int]) -> list[int]:
        rows = [self.slack[row] for m in members for row in self.members[m].rows]
        return rows + [column for m in members for column in self.members[m].columns]

    def dropped_by_halves(self, kept: list[int]) -> list[int]:
        """Members of an irreducible set, from ones that cannot hold together."""
        chunks = [list(kept)]
        while chunks:
            chunk = chunks.pop()
            rest = [m for m in kept if m not in set(chunk)]
            holds = self.holds(rest) if rest or len(chunk) == 1 else True
            if holds is False:
                kept = rest
            elif len(chunk) > 1:
                middle = len(chunk) // 2
                chunks += [chunk[:middle], chunk[middle:]]
            elif holds is None:
                self.open += 1
        return kept
