"""Linear expressions from arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from pyomo.core.expr.numeric_expr import LinearExpression

from aidc_twin.twin.inputs import Floats

__all__ = ["linear"]


def linear(*parts: tuple[Floats, Iterable[Any]], smallest: float = 0.0, constant: float = 0.0) -> Any:
    """Sum of coefficients times variables, those up to `smallest` in size left out.

    Parameters
    ----------
    parts
        Pairs of coefficients, shape (n,), and n variables.
    """
    coefficients: list[float] = []
    variables: list[Any] = []
    for numbers, members in parts:
        listed = list(members)
        for place in np.flatnonzero(np.abs(numbers) > smallest).tolist():
            coefficients.append(float(numbers[place]))
            variables.append(listed[place])
    return LinearExpression(constant=constant, linear_coefs=coefficients, linear_vars=variables)
