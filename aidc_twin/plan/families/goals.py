"""Goals: what is posted towards each, and how much is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyomo.environ as pyo

from aidc_twin.plan.families.linear import linear
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.goal import Contribution

__all__ = ["goals"]

_CUSHION = 1e-6
_LEAST_TARGET_YI = 1e-6


def goals(contributions: Sequence[Contribution], total: Any, formulation: Formulation) -> Any:
    """Amount of each goal g, ``planned`` [亿元], and the missing share of its target, ``missing``.

    - planned[g] = sum over f, t of post[f, t] total[f, t] + base[g]  [亿元]
    - planned[g] / target[g] + missing[g] >= 1, missing[g] >= 0  [shares of the target]

    The target is taken a millionth higher, so that a goal that is met is met to the yuan despite tolerances.
    """
    block: Any = pyo.Block(concrete=True)
    families = contributions[0].per_mw.shape if contributions else (0, 0)
    flat = [total[f, t] for f in range(families[0]) for t in range(families[1])]
    block.planned = pyo.Var(range(len(contributions)), doc="亿元")
    block.missing = pyo.Var(range(len(contributions)), domain=pyo.NonNegativeReals, doc="share of the target")

    def posted(_: Any, g: int) -> Any:
        body = linear((contributions[g].per_mw.ravel(), flat), smallest=formulation.smallest)
        return block.planned[g] - body == float(contributions[g].base.sum())

    def reach(_: Any, g: int) -> Any:
        target = max(contributions[g].target_yi, _LEAST_TARGET_YI) * (1.0 + _CUSHION)
        return block.planned[g] / target + block.missing[g] >= 1.0

    block.posted = pyo.Constraint(range(len(contributions)), rule=posted, doc="what is posted towards the goal")
    block.reach = pyo.Constraint(range(len(contributions)), rule=reach, doc="the goal or what is missing")
    return block
