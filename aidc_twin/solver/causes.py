"""What the rows and columns that cannot hold together are called."""

from __future__ import annotations

from typing import Any

from aidc_twin.errors import InfeasibleError
from aidc_twin.solver.arrays import Arrays, Indices

__all__ = ["named", "no_solution"]

_LISTED = 12


def named(arrays: Arrays, rows: Indices, columns: Indices) -> tuple[str, ...]:
    """Rows and columns with their purpose, the first dozen of them."""
    names = [_described(arrays.rows[r], "constraint") for r in rows]
    names += [_described(arrays.columns[c], "limits of") for c in columns]
    more = len(names) - _LISTED
    return tuple(names[:_LISTED]) + ((f"and {more} more",) if more > 0 else ())


def no_solution(causes: tuple[str, ...]) -> InfeasibleError:
    """The error that says so."""
    return InfeasibleError("no solution meets all constraints; these cannot hold together", causes)


def _described(owner: Any, what: str) -> str:
    """Name of a row or column with the purpose of the component that it belongs to."""
    component = owner.parent_component() if hasattr(owner, "parent_component") else None
    doc = " ".join(str(getattr(component, "doc", None) or "").split())
    return f"{what} {owner.name}" + (f": {doc}" if doc else "")
