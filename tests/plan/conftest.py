"""Plan inputs of any size, drawn from a seed: shaped like the shipped park, tied to none of its figures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aidc_twin.twin.inputs import Floats, PlanInputs

sys.path[:0] = [str(Path(__file__).parent)]  # the generator of conflicts is no test module

FAMILIES = ("it/modules", "it/payload", "infra/modules", "export/modules", "edge/modules")


_SCHEMA = {
    "item": pl.Int64, "order": pl.String, "group": pl.String, "family": pl.Int64, "quantity_mw": pl.Float64,
    "value_yi": pl.Float64, "cost_yi": pl.Float64, "earliest_week": pl.Int64, "due_week": pl.Int64,
    "flow_weeks": pl.Int64, "weight": pl.Float64, "units": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class FakeGoal:
    """A goal without its wording."""

    id: str = "output"
    ledger: str = "industrial_output"
    amount_yuan: int = 100_000_000_000
    year: int = 2027
    basis: str = "entity_gross"
    payload: str = "owned"
    increment_over_yuan: int = 0


GOALS = (FakeGoal(), FakeGoal("trade", "wholesale_trade", basis="consolidated"))


def bump(weeks: int, middle: float, width: float) -> Floats:
    """A profile that sums to one."""
    week = np.arange(weeks)
    raw = np.maximum(0.0, 1.0 - np.abs(week - middle) / width)
    return raw / raw.sum()


def synthetic(
    orders: int = 330, weeks: int = 104, lags: int = 40, resources: int = 15, materials: int = 12, seed: int = 1
) -> PlanInputs:
    """Inputs with a demand about a fifth above what the resources can do."""
    draw = np.random.Generator(np.random.PCG64(seed))
    families = len(FAMILIES)
    load = np.zeros((families, resources, lags))
    for f in range(families):
        for r in range(resources):
            middle, width = draw.uniform(1, lags * 0.6), draw.uniform(1.0, lags * (0.15 if r % 3 else 0.5))
            load[f, r] = bump(lags, middle, width) * draw.uniform(0.5, 2.0)
    load[:, -1] *= 1e8  # working capital in yuan
    items = _items(draw, orders, weeks)
    mean_rate = items["quantity_mw"].sum() / weeks
    demand = load.sum(axis=2).mean(axis=0) * mean_rate
    capacity = np.repeat((demand * draw.uniform(0.75, 1.3, resources))[:, None], weeks, axis=1)
    capacity[: resources // 2, [week for week in (0, 17, 18, 52, 69) if week < weeks]] *= 0.1
    capacity[resources // 3, : weeks // 4] *= 0.4
    calendars = np.where(np.arange(resources) < resources // 2, np.arange(resources) % 3, -1)
    step = np.where(calendars[:, None] >= 0, capacity * 0.4, 0.0)
    ramp = np.exp(-np.arange(weeks) / 10.0)
    need = np.zeros((families, materials, lags))
    for f in range(families):
        for m in range(materials):
            need[f, m] = bump(lags, draw.uniform(0.05, 0.25) * lags, 3.0) * draw.uniform(0, 3.0)
    lead = np.where(np.arange(materials) == 0, -1, draw.integers(2, 30, materials))
    supply = np.zeros((materials, weeks))
    supply[0] = need[:, 0].sum(axis=1).mean() * mean_rate * 0.8
    supply[1:, : weeks // 4] = need[:, 1:].sum(axis=2).mean(axis=0)[:, None] * mean_rate
    value = np.array([0.25, 0.9, 0.25, 0.4, 0.3])
    post = np.zeros((families, 8, lags))
    for f in range(families):
        for s in range(8):
            post[f, s] = bump(lags, draw.uniform(0.15, 0.4) * lags, 4.0) * value[f] * draw.uniform(0.1, 0.9)
    ledger = ["industrial_output" if s % 2 == 0 else "wholesale_trade" for s in range(8)]
    rules = tuple(f"rule{s}" for s in range(8))
    table = pl.DataFrame({
        "sale": list(rules), "ledger": ledger, "seller": ["a"] * 8, "buyer": ["b"] * 8, "item": ["i"] * 8,
        "eliminated": [s in (2, 3) for s in range(8)],
    })  # fmt: skip
    day = np.arange(weeks) * 7 - 92 + 3.5
    share = {year: ((day >= 365 * n) & (day < 365 * (n + 1))).astype(float) for n, year in enumerate((2027, 2028))}
    return PlanInputs(
        weeks=weeks, items=items, families=FAMILIES,
        resources=tuple(f"r{r}" for r in range(resources)), materials=tuple(f"m{m}" for m in range(materials)),
        rules=rules, calendars=("day", "hall", "test"),
        load=load, base_load=capacity * 0.7 * ramp, capacity=capacity, capacity_step=step, resource_calendar=calendars,
        max_level=np.array([3, 2, 1]), level_cost=np.array([0.002, 0.003, 0.0]),
        need=need, base_need=need.sum(axis=2).mean(axis=0)[:, None] * mean_rate * 0.5 * ramp, supply=supply,
        lead_weeks=lead, material_price=draw.uniform(1e-4, 0.05, materials),
        post_owned=post, post_consigned=post * 0.2, base_owned=np.full((8, weeks), 0.5) * ramp,
        base_consigned=np.full((8, weeks), 0.1) * ramp, rule_table=table, year_share=share,
    )  # fmt: skip


def _items(draw: np.random.Generator, orders: int, weeks: int) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for order in range(orders):
        kind = int(draw.integers(0, 4))
        size = float(np.round(np.clip(draw.lognormal(1.9, 0.9), 1, 100), 2))
        earliest = int(draw.integers(0, max(1, weeks - 10)))
        flow = int(draw.integers(12, 24))
        due = earliest + flow + int(draw.integers(4, 20))
        weight = float(np.round(draw.uniform(0.5, 3.0), 1))
        for group, family in (("modules", 0), ("payload", 1)) if kind == 0 else (("modules", kind + 1),):
            price = {0: 0.25, 1: 0.9, 2: 0.25, 3: 0.4, 4: 0.3}[family]
            rows.append({
                "item": len(rows), "order": f"O{order:04d}", "group": group, "family": family, "quantity_mw": size,
                "value_yi": size * price, "cost_yi": size * price * 0.85, "earliest_week": earliest, "due_week": due,
                "flow_weeks": flow, "weight": weight, "units": int(np.ceil(size * 2.5)),
            })  # fmt: skip
    return pl.DataFrame(rows, schema=_SCHEMA)


@dataclass(frozen=True)
class Line:
    """One item of a tiny plan."""

    quantity_mw: float
    due_week: int
    weight: float = 1.0
    value_yi: float = 1.0
    earliest_week: int = 0
    order: str = ""
    family: int = 0


def tiny(
    lines: Sequence[Line], capacity: Sequence[float], *, step: float = 0.0, level_cost: float = 0.01, lead: int = 0,
    supply: Sequence[float] = (), post: float = 1.0, flow_weeks: int = 1,
) -> PlanInputs:  # fmt: skip
    """One family, one resource that 1 MW uses in its week of release, one material, one rule."""
    weeks = len(capacity)
    rows = [
        {
            "item": n, "order": line.order or f"O{n}", "group": "modules", "family": line.family,
            "quantity_mw": line.quantity_mw, "value_yi": line.value_yi, "cost_yi": 0.5 * line.value_yi,
            "earliest_week": line.earliest_week, "due_week": line.due_week, "flow_weeks": flow_weeks,
            "weight": line.weight, "units": 1,
        }
        for n, line in enumerate(lines)
    ]  # fmt: skip
    one, row = np.ones((1, 1, 1)), np.zeros((1, weeks))
    table = pl.DataFrame({
        "sale": ["sold"], "ledger": ["industrial_output"], "seller": ["a"], "buyer": ["outside"], "item": ["i"],
        "eliminated": [False],
    })  # fmt: skip
    stock = row.copy()
    stock[0, : len(supply)] = supply
    return PlanInputs(
        weeks=weeks, items=pl.DataFrame(rows, schema=_SCHEMA), families=("box/modules",), resources=("bay",),
        materials=("steel",), rules=("sold",), calendars=("day",), load=one, base_load=row,
        capacity=np.array([capacity], dtype=float), capacity_step=np.full((1, weeks), step),
        resource_calendar=np.array([0 if step else -1]), max_level=np.array([2 if step else 1]),
        level_cost=np.array([level_cost]), need=one, base_need=row, supply=stock, lead_weeks=np.array([lead]),
        material_price=np.array([0.01]), post_owned=one * post, post_consigned=one * post * 0.2, base_owned=row,
        base_consigned=row, rule_table=table, year_share={2027: np.ones(weeks)},
    )  # fmt: skip


def beside(inputs: PlanInputs, *rows: tuple[int, int, int, float]) -> PlanInputs:
    """With what items post that are not released: item, rule, week, 亿元 for 1 MW; a fifth of it if consigned."""
    names = {"item": pl.Int64, "rule": pl.Int64, "week": pl.Int64, "owned_yi": pl.Float64, "consigned_yi": pl.Float64}
    table = [(*row, 0.2 * row[-1]) for row in rows]
    return replace(inputs, post_deferred=pl.DataFrame(table, schema=names, orient="row"))


@pytest.fixture
def make_beside() -> Callable[..., PlanInputs]:
    """Adds what items post that are not released."""
    return beside


@pytest.fixture
def make_synthetic() -> Callable[..., PlanInputs]:
    """The generator of inputs of any size."""
    return synthetic


@pytest.fixture
def make_tiny() -> Callable[..., PlanInputs]:
    """The builder of inputs that fit on a page."""
    return tiny


@pytest.fixture
def line() -> type[Line]:
    """An item of a tiny plan."""
    return Line


@pytest.fixture
def goal() -> type[FakeGoal]:
    """A goal without its wording."""
    return FakeGoal


@pytest.fixture
def two_goals() -> tuple[FakeGoal, ...]:
    """Output and trade, 1000 亿元 each."""
    return GOALS
