"""Materials: stock, purchase orders with their lead time, quota."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.families.linear import linear
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.profiles import laid_out
from aidc_twin.plan.stocks import material_units, served_base
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
    weeks, unit, served = inputs.weeks, material_units(inputs), served_base(inputs)
    flat = [total[f, t] for f in range(len(inputs.families)) for t in range(weeks)]
    need = laid_out(inputs.need, weeks)
    leads = enumerate(inputs.lead_weeks.tolist())
    bought = [(m, t) for m, lead in leads if lead >= 0 for t in range(lead, weeks)]
    limit = np.full(len(inputs.materials), np.inf) if inputs.stock_limit is None else inputs.stock_limit
    lapsing = [(m, t) for m in np.flatnonzero(np.isfinite(limit)).tolist() for t in range(weeks)]

    def room(_: Any, m: int, t: int) -> tuple[float, float | None]:
        return 0.0, float(limit[m] / unit[m]) if np.isfinite(limit[m]) else None

    block.stock = pyo.Var(range(len(inputs.materials)), range(weeks), bounds=room, doc="scaled stock")
    block.lapse = pyo.Var(lapsing, domain=pyo.NonNegativeReals, doc="scaled quota that is not collected in time")
    block.receipt = pyo.Var(bought, domain=pyo.NonNegativeReals, doc="scaled receipts")

    def balance(_: Any, m: int, t: int) -> Any:
        flows: list[tuple[float, Any]] = [(1.0, block.stock[m, t])]
        if t:
            flows.append((-1.0, block.stock[m, t - 1]))
        if (m, t) in block.lapse:
            flows.append((1.0, block.lapse[m, t]))
        if (m, t) in block.receipt:
            flows.append((-1.0, block.receipt[m, t]))
        own = (np.array([c for c, _ in flows]), [v for _, v in flows])
        supply = float(inputs.supply[m, t] - served[m, t]) / float(unit[m])
        return linear((need[:, m, t, :].ravel() / unit[m], flat), own, smallest=formulation.smallest) == supply

    block.balance = pyo.Constraint(range(len(inputs.materials)), range(weeks), rule=balance, doc="stock of a material")
    return block
