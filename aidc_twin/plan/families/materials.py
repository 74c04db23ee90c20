"""Materials: stock, purchase orders with their lead time, quota."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.profiles import laid_out
from aidc_twin.plan.stocks import material_units, served_base
from aidc_twin.solver import table
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["materials"]


def materials(inputs: PlanInputs, formulation: Formulation, total: Any) -> Any:
    """Stock of each material m at the end of each week t, ``stock``; receipts, ``receipt``; what lapses, ``lapse``.

    - stock[m, t] - stock[m, t - 1] - receipt[m, t] + lapse[m, t] + sum over f, k of need[f, m, k] total[f, t - k]
      = supply[m, t] - base_need[m, t]  [what a megawatt of the neediest family takes]
    - receipt[m, t] only from lead_weeks[m] on, and never of a quota.
    - stock[m, t] <= stock_limit[m]; only what has such a limit lapses.
    """
    block: Any = pyo.Block(concrete=True)
    weeks, unit = inputs.weeks, material_units(inputs)
    families, week_set = total.index_set().subsets()
    need = laid_out(inputs.need, weeks).transpose(1, 2, 0, 3) / unit[:, None, None, None]
    leads = enumerate(inputs.lead_weeks.tolist())
    bought = [(m, t) for m, lead in leads if lead >= 0 for t in range(lead, weeks)]
    limit = np.full(len(inputs.materials), np.inf) if inputs.stock_limit is None else inputs.stock_limit
    lapsing = [(m, t) for m in np.flatnonzero(np.isfinite(limit)).tolist() for t in range(weeks)]
    lags = inputs.need.shape[2]

    def room(_: Any, m: int, t: int) -> tuple[float, float | None]:
        return 0.0, float(limit[m] / unit[m]) if np.isfinite(limit[m]) else None

    block.M = pyo.RangeSet(0, len(inputs.materials) - 1)
    block.before = pyo.Set(week_set, initialize={t: range(max(0, t - 1), t) for t in range(weeks)})
    block.reach = pyo.Set(week_set, initialize={t: range(max(0, t - lags + 1), t + 1) for t in range(weeks)})
    block.lapses = pyo.Set(block.M, week_set, initialize=_alone(lapsing, len(inputs.materials), weeks))
    block.buys = pyo.Set(block.M, week_set, initialize=_alone(bought, len(inputs.materials), weeks))
    block.need = table(
        block.M, week_set, families, week_set, values=np.where(np.abs(need) > formulation.smallest, need, 0.0)
    )
    block.supply = table(block.M, week_set, values=(inputs.supply - served_base(inputs)) / unit[:, None])
    block.stock = pyo.Var(block.M, week_set, bounds=room, dense=False, doc="scaled stock")
    block.lapse = pyo.Var(
        pyo.Set(initialize=lapsing, dimen=2), domain=pyo.NonNegativeReals, dense=False,
        doc="scaled quota that is not collected in time",
    )  # fmt: skip
    block.receipt = pyo.Var(
        pyo.Set(initialize=bought, dimen=2), domain=pyo.NonNegativeReals, dense=False, doc="scaled receipts"
    )

    def balance(b: Any, m: int, t: int) -> Any:
        used = sum(b.need[m, t, f, s] * total[f, s] for f in families for s in b.reach[t]) if len(families) else 0.0
        left = used + b.stock[m, t] - sum(b.stock[m, u] for u in b.before[t])
        if lapsing:
            left = left + sum(b.lapse[m, u] for u in b.lapses[m, t])
        if bought:
            left = left - sum(b.receipt[m, u] for u in b.buys[m, t])
        return left == b.supply[m, t]

    block.balance = pyo.Constraint(block.M, week_set, rule=balance, doc="stock of a material")
    return block


def _alone(pairs: list[tuple[int, int]], materials: int, weeks: int) -> dict[tuple[int, int], list[int]]:
    """The week itself for each material and week among the pairs, nothing for the others."""
    known = set(pairs)
    return {(m, t): [t] if (m, t) in known else [] for m in range(materials) for t in range(weeks)}
