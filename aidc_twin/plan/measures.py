"""What plans can differ in: shifts, exports, products, quota, timing, stock and refusals, as linear functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aidc_twin.plan.families.shifts import block_weeks, chosen_calendars, shift_blocks
from aidc_twin.plan.model import Task
from aidc_twin.plan.profiles import in_week
from aidc_twin.plan.rounding import EXTRA, REFUSED
from aidc_twin.plan.stocks import material_units
from aidc_twin.solver.arrays import Arrays
from aidc_twin.twin.inputs import Floats

__all__ = ["FEWER", "MORE", "Measure", "measures_of", "window"]

FEWER, MORE = -1, 1

_EXPORT = "export"


@dataclass(frozen=True)
class Measure:
    """A linear function of a plan.

    Attributes
    ----------
    group : structure that it belongs to, such as ``product``.
    cost : shape (columns,).
    most : what it could be at most, in round figures; a plan differs if it does beside this or beside the best plan.
    ways : in which directions a plan is looked for, the first one first; more of what only costs is none.
    """

    name: str
    group: str
    unit: str
    cost: Floats
    most: float
    ways: tuple[int, ...]


def window(task: Task, year: int | None) -> Floats:
    """Share of each week that counts, shape (T,): of a year, or all of them."""
    share = task.inputs.year_share.get(year) if year is not None else None
    return np.ones(task.inputs.weeks) if share is None or not share.any() else share


def measures_of(task: Task, arrays: Arrays, markets: Mapping[str, str], counted: Floats) -> list[Measure]:
    """Measures of a plan of this task, those of one group one after the other; of two that are the same the first.

    Parameters
    ----------
    markets
        Order -> ``domestic`` or ``export``.
    counted
        shape (T,), share of each week that counts.
    """
    starts = {piece.name: piece for piece in arrays.column_pieces}

    def costs(name: str, values: Floats) -> Floats:
        cost = np.zeros(arrays.lower.size)
        cost[starts[name].start : starts[name].stop] = values
        return cost

    found = [*_shifts(task, costs), *_values(task, markets, counted, costs), *_quotas(task, counted, costs)]
    if task.formulation.families.materials:
        found += _stock(task, costs)
    if REFUSED in starts:
        one = np.ones(task.book.refuse_yi.size)
        found.append(Measure("refused orders", "refused", "orders", costs(REFUSED, one), one.sum(), (FEWER, MORE)))
    different: dict[bytes, Measure] = {}  # the exports of a park may be one product
    for measure in found:
        if measure.cost.any():
            different.setdefault(measure.cost.tobytes(), measure)
    return list(different.values())


Costs = Callable[[str, Floats], Floats]


def _shifts(task: Task, costs: Costs) -> list[Measure]:
    """Weeks at levels above the first, of each calendar."""
    inputs, blocks = task.inputs, shift_blocks(task.inputs, task.formulation)
    found: list[Measure] = []
    for calendar in chosen_calendars(inputs, task.formulation):
        own = [len(block_weeks(inputs, task.formulation, c, b)) * (c == calendar) for c, b in blocks]
        most = float(inputs.weeks * (inputs.max_level[calendar] - 1))
        name = f"extra shifts of {inputs.calendars[calendar]}"
        found.append(Measure(name, "shifts", "weeks", costs(EXTRA, np.array(own, float)), most, (FEWER,)))
    return found


def _values(task: Task, markets: Mapping[str, str], counted: Floats, costs: Costs) -> list[Measure]:
    """亿元 of order value released in the weeks that count: exports, each solution, and in their first half."""
    book, inputs = task.book, task.inputs
    amount = inputs.items["value_yi"].to_numpy()
    per_mw = np.divide(amount, book.quantity_mw, out=np.zeros_like(amount), where=book.quantity_mw > 0)
    value = (per_mw[book.item] * counted[book.week]).astype(float)
    abroad = np.array([markets.get(order, "") == _EXPORT for order in inputs.items["order"].to_list()], bool)
    solution = np.array([inputs.families[f].partition("/")[0] for f in book.family], dtype=object)
    half = np.cumsum(counted) <= 0.5 * counted.sum()

    def released(name: str, group: str, of: Sequence[bool], weeks: Sequence[bool] | None = None) -> Measure:
        chosen = np.asarray(of, bool)
        kept = chosen[book.item] & (True if weeks is None else np.asarray(weeks, bool)[book.week])
        cost = costs("release.x", np.where(kept, value, 0.0))
        return Measure(name, group, "亿元", cost, float(amount[chosen].sum()), (MORE, FEWER))

    everything = np.ones(amount.size, bool)
    found = [released("exports", "exports", abroad.tolist())] if abroad.any() and not abroad.all() else []
    found.append(released("early releases", "timing", everything.tolist(), half.tolist()))
    names = sorted(set(solution.tolist()), key=lambda one: (-float(amount[solution == one].sum()), one))
    if len(names) > 1:
        found += [released(name, "product", (solution == name).tolist()) for name in names]
    return found


def _quotas(task: Task, counted: Floats, costs: Costs) -> list[Measure]:
    """Units of each material that comes by quota alone that are used in the weeks that count."""
    inputs = task.inputs
    found: list[Measure] = []
    for m in np.flatnonzero(inputs.lead_weeks < 0).tolist():
        use = (inputs.need[:, m, None, :] * in_week(counted, inputs.need.shape[2])[None]).sum(axis=2)
        most = float((inputs.supply[m] * counted).sum())
        cost = costs("release.total", use.ravel())
        found.append(Measure(f"{inputs.materials[m]} used", "quota", "units", cost, most, (FEWER, MORE)))
    return found


def _stock(task: Task, costs: Costs) -> list[Measure]:
    """Mean value of the materials in stock."""
    inputs = task.inputs
    each = inputs.material_price * material_units(inputs) / inputs.weeks
    cost = costs("materials.stock", np.repeat(each, inputs.weeks))
    return [Measure("materials in stock", "stock", "亿元", cost, 0.0, (FEWER,))]
