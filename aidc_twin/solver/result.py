"""What a solve gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from aidc_twin.solver.arrays import Floats
from aidc_twin.solver.columns import Columns
from aidc_twin.solver.framing import frame_of

__all__ = ["Incumbent", "OnIncumbent", "SolveResult"]


@dataclass(frozen=True, slots=True)
class Incumbent:
    """A better solution, as it was found."""

    seconds: float
    objective: float
    bound: float

    @property
    def gap(self) -> float:
        """Distance to the bound, relative to the objective (at least 1)."""
        return abs(self.objective - self.bound) / max(1.0, abs(self.objective))


OnIncumbent = Callable[[Incumbent], None]


@dataclass(frozen=True)
class SolveResult:
    """A rechecked answer.

    Attributes
    ----------
    status : ``optimal`` (within the profile's gap) or ``feasible`` (a limit came first).
    objective, bound : in the sense of the objective; the bound is proven within tolerances.
    gap : ``|objective - bound| / max(1, |objective|)``.
    values : variable name -> shape (members,), in the order of the Pyomo component.
    duals : constraint name -> shape (members,), change of the objective for one unit more of right-hand side; NaN for a
        constraint that is no row. Empty where none were asked for.
    columns : who knows the indices of the members.
    stopped_by : ``optimal``, ``gap``, ``nodes``, ``iterations``, ``time`` or ``interrupt``.
    """

    status: str
    objective: float
    bound: float
    gap: float
    seconds: float
    values: Mapping[str, Floats]
    duals: Mapping[str, Floats]
    incumbents: tuple[Incumbent, ...]
    stopped_by: str
    nodes: int = 0
    iterations: int = 0
    columns: Columns | None = field(default=None, compare=False, repr=False)

    def frame(self, variable: str) -> pl.DataFrame:
        """Values of a variable: a row for each member, a column for each part of its index, and ``value``."""
        if self.columns is None:
            raise KeyError(variable)
        return frame_of(self.columns, variable, self.values[variable])

    def frames(self) -> dict[str, pl.DataFrame]:
        """Values of all variables by name."""
        return {variable: self.frame(variable) for variable in self.values}

    @property
    def replayable(self) -> bool:
        """Whether the same work can be done again with the same result; a clock or a key press cannot be replayed."""
        return self.stopped_by not in ("time", "interrupt")
