"""Plans that can have everything, and the same with one conflict planted: generated from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.plan import Formulation, make_plan
from aidc_twin.plan.why import explain
from aidc_twin.solver import Profile
from aidc_twin.twin.inputs import PlanInputs

KINDS = ("capacity", "supply", "lead", "order", "goal")
SEARCH = Profile(gap=1e-9, highs={"solver": "simplex"})
PLAIN = Formulation()
WEEKS = 32


@dataclass(frozen=True)
class Planted:
    """Inputs and goals with a conflict, and what it is."""

    kind: str
    name: str
    first: int
    last: int
    inputs: PlanInputs
    goals: tuple[Any, ...]
    base: PlanInputs
    base_goals: tuple[Any, ...]


@dataclass(frozen=True)
class Size:
    """How large a plan is drawn; orders from, and below."""

    orders: tuple[int, int] = (8, 16)
    weeks: int = WEEKS
    resources: int = 6
    materials: int = 4


def easy(
    make: Callable[..., PlanInputs], goals: tuple[Any, ...], draw: np.random.Generator, size: Size = Size()
) -> tuple[PlanInputs, Any]:
    """Every order on time and both goals reached by releasing each order when it must be, with room to spare."""
    weeks = size.weeks
    raw = make(
        orders=int(draw.integers(*size.orders)),
        weeks=weeks,
        lags=8,
        resources=size.resources,
        materials=size.materials,
        seed=int(draw.integers(1 << 30)),
    )
    items = raw.items.with_columns(
        earliest_week=pl.Series(draw.integers(0, weeks - 20, raw.items.height)),
        flow_weeks=pl.Series(draw.integers(2, 6, raw.items.height)),
    ).with_columns(
        due_week=pl.col("earliest_week") + pl.col("flow_weeks") + pl.Series(draw.integers(2, 12, raw.items.height))
    )
    release = (items["due_week"] - items["flow_weeks"]).to_numpy()
    mw = np.zeros((len(raw.families), weeks))
    np.add.at(mw, (items["family"].to_numpy(), release), items["quantity_mw"].to_numpy())
    used, eaten = (spread(profile, mw) for profile in (raw.load, raw.need))
    room = draw.uniform(1.05, 1.6, len(raw.resources))
    capacity = np.repeat((used.max(axis=1) * room)[:, None], weeks, axis=1)
    supply, lead = np.zeros_like(eaten), raw.lead_weeks.copy()
    weekly = np.max(np.cumsum(eaten[0]) / np.arange(1, weeks + 1)) * draw.uniform(1.05, 1.5)
    supply[0] = weekly
    for m in range(1, len(raw.materials)):
        first = int(np.argmax(eaten[m] > 0)) if eaten[m].any() else 0
        lead[m] = int(draw.integers(0, first + 1))
    calendars = np.full(len(raw.resources), -1)
    inputs = replace(
        raw, items=items, capacity=capacity, capacity_step=np.zeros_like(capacity), resource_calendar=calendars,
        base_load=np.zeros_like(capacity), supply=supply, base_need=np.zeros_like(eaten), lead_weeks=lead,
        year_share={2027: np.ones(weeks)},
    )  # fmt: skip
    posted = spread(raw.post_owned, mw).sum(axis=1) + raw.base_owned.sum(axis=1)
    made = []
    for goal in goals:
        counted = [s for s, row in enumerate(raw.rule_table.rows(named=True)) if row["ledger"] == goal.ledger
                   and not (goal.basis == "consolidated" and row["eliminated"])]  # fmt: skip
        made.append(replace(goal, amount_yuan=int(posted[counted].sum() * 1e8 * draw.uniform(0.5, 0.95))))
    return inputs, tuple(made)


def spread(profile: Any, mw: Any) -> Any:
    """What releases do in each week, by the second index of the profile, shape (n, weeks)."""
    weeks = mw.shape[1]
    found = np.zeros((profile.shape[1], weeks + profile.shape[2]))
    for k in range(profile.shape[2]):
        found[:, k : k + weeks] += np.einsum("fn,ft->nt", profile[:, :, k], mw)
    return found[:, :weeks]


def plant(make: Callable[..., PlanInputs], goals: tuple[Any, ...], seed: int, size: Size = Size()) -> Planted:
    """A conflict; draws again until what is planted does make something impossible."""
    draw = np.random.Generator(np.random.PCG64(seed))
    kind = KINDS[seed % len(KINDS)]
    while True:
        inputs, own = easy(make, goals, draw, size)
        made = _PLANTS[kind](inputs, own, draw)
        if made is not None and not possible(made.inputs, made.goals):
            return made


def possible(inputs: PlanInputs, goals: tuple[Any, ...]) -> bool:
    """Whether every order can be on time and every goal reached, by plain least lateness and shortfall."""
    plan = make_plan(
        inputs, goals, formulation=PLAIN.model_copy(update={"levels": ("shortfall", "tardiness")}), profile=SEARCH
    )
    return all(row["objective"] <= 1e-6 * row["reference"] for row in plan.frames["plan_levels"].iter_rows(named=True))


def _capacity(inputs: PlanInputs, goals: Any, draw: np.random.Generator) -> Planted:
    r, first = int(draw.integers(len(inputs.resources))), int(draw.integers(2, inputs.weeks - 8))
    length = int(draw.integers(4, 9))
    capacity = inputs.capacity.copy()
    capacity[r, first : first + length] *= draw.choice([0.0, 0.1, 0.3])
    new = replace(inputs, capacity=capacity)
    return Planted("capacity", inputs.resources[r], first, first + length - 1, new, goals, inputs, goals)


def _supply(inputs: PlanInputs, goals: Any, draw: np.random.Generator) -> Planted:
    first, length = int(draw.integers(0, inputs.weeks - 8)), int(draw.integers(3, 12))
    supply = inputs.supply.copy()
    supply[0, first : first + length] *= draw.choice([0.0, 0.25])
    return Planted("supply", "m0", first, first + length - 1, replace(inputs, supply=supply), goals, inputs, goals)


def _lead(inputs: PlanInputs, goals: Any, draw: np.random.Generator) -> Planted:
    m, lead = int(draw.integers(1, len(inputs.materials))), inputs.lead_weeks.copy()
    lead[m] += int(draw.integers(4, 20))
    new = replace(inputs, lead_weeks=np.minimum(lead, inputs.weeks))
    return Planted("lead", inputs.materials[m], 0, int(new.lead_weeks[m]) - 1, new, goals, inputs, goals)


def _order(inputs: PlanInputs, goals: Any, draw: np.random.Generator) -> Planted:
    row = int(draw.integers(inputs.items.height))
    order, weeks = inputs.items["order"][row], int(draw.integers(1, 5))
    early = pl.col("earliest_week") + pl.col("flow_weeks") - weeks
    items = inputs.items.with_columns(due_week=pl.when(pl.int_range(pl.len()) == row).then(early).otherwise("due_week"))
    return Planted("order", order, -1, -1, replace(inputs, items=items), goals, inputs, goals)


def _goal(inputs: PlanInputs, goals: Any, draw: np.random.Generator) -> Planted:
    g = int(draw.integers(len(goals)))
    new = [replace(goal, amount_yuan=goal.amount_yuan * 20) if n == g else goal for n, goal in enumerate(goals)]
    return Planted("goal", goals[g].id, -1, -1, inputs, tuple(new), inputs, goals)


_PLANTS = {"capacity": _capacity, "supply": _supply, "lead": _lead, "order": _order, "goal": _goal}


def asked(planted: Planted) -> Any:
    """The explanation of a planted conflict."""
    return explain(planted.inputs, planted.goals, formulation=PLAIN, profile=SEARCH)
