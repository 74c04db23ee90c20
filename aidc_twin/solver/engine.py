"""What a solver must be able to do for `Live`; tests put liars, sleepers and crashers in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aidc_twin.solver.arrays import Aim, Arrays, Floats, Indices
from aidc_twin.solver.profile import Profile
from aidc_twin.solver.result import OnIncumbent

__all__ = ["Answer", "Engine", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What stops one run; the gap in the unit of the objective, or as a share of it."""

    absolute_gap: float
    relative_gap: float
    nodes: int
    simplex_iterations: int
    time_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver claims, unchecked.

    Attributes
    ----------
    status : ``optimal``, ``infeasible``, ``unbounded``, ``nodes``, ``iterations``, ``time``, ``interrupt`` or
        ``unknown`` (it lost its way).
    x : shape (columns,), None where there is no solution.
    duals : shape (rows,), None where there are none.
    bound : of a search tree; NaN where there was none.
    """

    status: str
    x: Floats | None
    duals: Floats | None
    objective: float
    bound: float
    nodes: int = 0
    iterations: int = 0


class Engine(Protocol):
    """A solver that keeps its model, basis and last solution between runs."""

    def load(self, arrays: Arrays, profile: Profile) -> None:
        """Take a whole model."""
        ...

    def aim(self, aim: Aim) -> None:
        """Change the objective."""
        ...

    def add_row(self, lower: float, upper: float, cost: Floats) -> None:
        """Add ``lower <= cost @ x <= upper``."""
        ...

    def bound_columns(self, columns: Indices, lower: Floats, upper: Floats) -> None:
        """Change bounds of some columns."""
        ...

    def bound_rows(self, rows: Indices, lower: Floats, upper: Floats) -> None:
        """Change limits of some rows."""
        ...

    def change_entries(self, rows: Indices, columns: Indices, values: Floats) -> None:
        """Change coefficients; zero takes one out."""
        ...

    def integrality(self, integral: NDArray[np.bool_]) -> None:
        """Say which columns must be whole, shape (columns,)."""
        ...

    def refresh(self, *, warm: bool, presolved: bool = True) -> None:
        """Go on from the last basis (warm), or forget it; from nothing the program may be taken as it is."""
        ...

    def start(self, columns: Indices, values: Floats) -> None:
        """Suggest a point for the next run, in part or whole."""
        ...

    def basis(self) -> object:
        """The basis of the last run, for `restart`."""
        ...

    def restart(self, basis: object) -> None:
        """Go on from a basis of this model; rows and columns must be those of then."""
        ...

    def basic_rows(self) -> NDArray[np.bool_] | None:
        """Rows that do not stand at a limit in the last run's basis, shape (rows,); None without a basis."""
        ...

    def basis_move(self, rows: Floats) -> Floats | None:
        """What columns must move, shape (columns,), so that the rows that are not basic move by so much, shape (rows,),
        and no column does that is not basic; None without a basis.
        """
        ...

    def basis_prices(self, columns: Floats, rows: Floats) -> Floats | None:
        """Multipliers of the rows, shape (rows,), at which each basic column is worth so much, shape (columns,), and
        those of basic rows are as told, shape (rows,); None without a basis.
        """
        ...

    def ray(self) -> Floats | None:
        """Multipliers of the rows, shape (rows,), by which the last run found that nothing meets them; None without."""
        ...

    def run(self, limits: Limits, on_incumbent: OnIncumbent | None) -> Answer:
        """Solve."""
        ...

    def conflict(self) -> tuple[Indices, Indices]:
        """Rows and columns of an irreducible set that cannot hold; both empty if it was not found."""
        ...
