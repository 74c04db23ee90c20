"""Goals: what is posted towards each, and how much is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.goal import Contribution
from aidc_twin.solver import table
from aidc_twin.twin.inputs import Floats

__all__ = ["goals", "posted_scale"]

_CUSHION = 1e-6
_LEAST_TARGET_YI = 1e-6
_LARGE = 10.0


def posted_scale(contributions: Sequence[Contribution]) -> Floats:
    """What each goal's row of postings is divided by, shape (G,): a power of ten, so that no entry is large. In a unit
    of a thousand MW one of it posts a thousand 亿元, beside shares of a capacity of a hundred millionth.
    """
    largest = np.array([np.abs(one.per_mw).max(initial=_LARGE) for one in contributions])
    return 10.0 ** np.ceil(np.log10(largest / _LARGE))


def goals(contributions: Sequence[Contribution], release: Any, formulation: Formulation) -> Any:
    """Amount of each goal g, ``planned`` [亿元], and the missing share of its target, ``missing``.

    - planned[g] = sum over f, t of post[f, t] total[f, t] + sum over i of late[i] deferred[i] + base[g]
      [亿元, divided by `posted_scale`]
    - planned[g] / target[g] + missing[g] >= 1, missing[g] >= 0  [shares of the target]

    The target is taken a millionth higher, so that a goal that is met is met to the yuan despite tolerances.
    """
    block: Any = pyo.Block(concrete=True)
    total, deferred = release.total, release.deferred
    families, weeks = total.index_set().subsets()
    block.G = pyo.RangeSet(0, len(contributions) - 1)
    post = np.array([one.per_mw for one in contributions]).reshape(len(contributions), len(families), len(weeks))
    targets = np.array([max(one.target_yi, _LEAST_TARGET_YI) * (1.0 + _CUSHION) for one in contributions])
    scale = posted_scale(contributions)
    post /= scale[:, None, None]
    block.post = table(block.G, families, weeks, values=np.where(np.abs(post) > formulation.smallest, post, 0.0))
    late = np.array([one.deferred.sum(axis=1) for one in contributions]).reshape(len(contributions), len(release.I))
    late /= scale[:, None]
    late = np.where(late > formulation.smallest, late, 0.0)
    block.late = table(block.G, release.I, values=late)
    block.base = table(block.G, values=[one.base.sum() for one in contributions] / scale)
    block.scale = table(block.G, values=scale)
    block.target = table(block.G, values=targets)
    block.planned = pyo.Var(block.G, dense=False, doc="亿元")
    block.missing = pyo.Var(block.G, domain=pyo.NonNegativeReals, dense=False, doc="share of the target")

    def posted(b: Any, g: int) -> Any:
        if not len(families):
            return b.planned[g] / b.scale[g] == b.base[g]
        released = sum(b.post[g, f, t] * total[f, t] for f in families for t in weeks)
        if late.any():
            released = released + sum(b.late[g, i] * deferred[i] for i in release.I)
        return b.planned[g] / b.scale[g] - released == b.base[g]

    def reach(b: Any, g: int) -> Any:
        return b.planned[g] / b.target[g] + b.missing[g] >= 1.0

    block.posted = pyo.Constraint(block.G, rule=posted, doc="what is posted towards the goal")
    block.reach = pyo.Constraint(block.G, rule=reach, doc="the goal or what is missing")
    return block
