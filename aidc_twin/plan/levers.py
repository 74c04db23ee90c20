"""Levers: what a park could do more of, how much at most and at what cost, read from ``models/levers/*.toml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from aidc_twin.errors import InputError, Problem
from aidc_twin.plan.cash import CASH
from aidc_twin.plan.goal import YUAN_IN_YI
from aidc_twin.resources.share import folder
from aidc_twin.resources.suggest import cure
from aidc_twin.resources.toml_file import read_toml
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["Lever", "Levers", "Lift", "Move", "load_levers", "moves", "price_of"]

WEEKS_OF_YEAR = 52.18


class Lever(BaseModel):
    """One thing that the park could do more of."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: Annotated[str, Field(min_length=1)]
    title: str
    kind: Annotated[
        Literal["capacity", "supply", "demand", "price", "phase", "lead", "early", "store"],
        Field(
            description="adds to resources, to the weekly supply of materials, to orders, to prices, opens early, "
            "brings what is bought earlier than its lead time, or lots of a quota early, or lets more of it be kept"
        ),
    ]
    gives: Annotated[
        dict[str, float],
        Field(
            min_length=1,
            description="resource, material, ending of a release group or phase -> amount of one unit; "
            "of a lead time or early lots: weeks",
        ),
    ]
    unit: str
    most: Annotated[float, Field(description="units", gt=0, le=1e9)]
    from_week: Annotated[int, Field(description="first week in which it works", ge=0, le=520)] = 0
    once_yi: Annotated[float, Field(description="亿元 once, of one unit", ge=0, le=1e6)]
    yearly_yi: Annotated[float, Field(description="亿元 for each year of use, of one unit", ge=0, le=1e6)]
    value_share: Annotated[
        float,
        Field(description="of a lead time or early lots: share of the value of what comes earlier, for one unit",
              ge=0, le=10),
    ] = 0.0  # fmt: skip
    assumed: Annotated[bool, Field(description="whether nobody has published the costs")]
    source: Annotated[str, Field(min_length=1, description="where range and costs are from")]


class Levers(BaseModel):
    """A file of levers."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: str = ""
    note: str = ""
    lever: Annotated[tuple[Lever, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Move:
    """A lever on one park: what one unit of it adds.

    Attributes
    ----------
    capacity : shape (R, T); supply : shape (M, T); store : shape (M, T), more of a quota that may be kept.
    demand : shape (I,), share of each item.
    cash : shape (T,), 亿元 more in the accounts.
    price : share of every price.
    cost_yi : of one unit over the horizon, 亿元.
    """

    lever: Lever
    capacity: Floats
    supply: Floats
    store: Floats
    demand: Floats
    cash: Floats
    price: float
    cost_yi: float


def load_levers(name: str | Path) -> tuple[Lever, ...]:
    """Levers by the name of a shipped file, or from a TOML file.

    Raises
    ------
    InputError
        No such file, or every defect of it.
    """
    text = str(name)
    shipped = {path.stem: path for path in sorted((folder("models") / "levers").glob("*.toml"))}
    if not text.endswith(".toml") and text not in shipped:
        allowed = ", ".join(shipped) + ", or a .toml file"
        raise InputError(Problem("--levers", 0, "", text, allowed, cure(text, shipped), "unknown-levers"))
    path = Path(text) if text.endswith(".toml") else shipped[text]
    problems: list[Problem] = []
    found = read_toml(path, Levers, problems)
    seen: set[str] = set()
    for lever in found.lever if found is not None else ():
        if lever.id in seen:
            fix = "delete one of them or give it a name of its own"
            problems.append(Problem(path.name, 0, "lever.id", lever.id, "each lever once", fix, "duplicate-lever"))
        seen.add(lever.id)
    if found is None or problems:
        raise InputError(problems)
    return found.lever


def moves(
    levers: Sequence[Lever], inputs: PlanInputs, phases: Mapping[str, tuple[int, Floats]] | None = None,
    kept_weeks: Mapping[str, float] | None = None,
) -> list[Move]:  # fmt: skip
    """Levers that have something to move in these inputs; what a lever names and the park has not is passed over.

    Parameters
    ----------
    phases
        Phase -> week in which it opens and shape (R,), what it adds then.
    kept_weeks
        Material -> how many weeks of its quota may be kept: of a larger quota more may be.
    """
    found: list[Move] = []
    for lever in levers:
        capacity, supply = np.zeros_like(inputs.capacity), np.zeros_like(inputs.supply)
        store = np.zeros_like(inputs.supply)
        demand, cash = np.zeros(inputs.items.height), np.zeros(inputs.weeks)
        endings = [group or "all" for group in inputs.items["group"].to_list()]
        for name, amount in lever.gives.items():
            if lever.kind == "capacity" and name in inputs.resources:
                capacity[inputs.resources.index(name), lever.from_week :] = amount
            if lever.kind == "capacity" and inputs.cash is not None and name == CASH:
                cash[lever.from_week :] = amount / YUAN_IN_YI
            if lever.kind == "supply" and name in inputs.materials:
                supply[inputs.materials.index(name), lever.from_week :] = amount
                store[inputs.materials.index(name), lever.from_week :] = amount * (kept_weeks or {}).get(name, 0.0)
            if lever.kind == "demand":
                demand += np.array([amount if name in ("*", ending) else 0.0 for ending in endings])
            if lever.kind == "phase" and phases is not None and name in phases:
                opens, adds = phases[name]
                capacity[:, max(0, opens - round(lever.most)) : opens] += (amount / lever.most * adds)[:, None]
        price = lever.gives.get("*", 0.0) if lever.kind == "price" else 0.0
        if capacity.any() or supply.any() or demand.any() or cash.any() or price:
            years = max(0, inputs.weeks - lever.from_week) / WEEKS_OF_YEAR
            cost = lever.once_yi + lever.yearly_yi * years
            found.append(Move(lever, capacity * _open(inputs), supply, store, demand, cash, price, cost))
    return found


def _open(inputs: PlanInputs) -> Floats:
    """Share of its usual capacity that a resource has in each week, shape (R, T): holidays close what is new too.

    Weeks in which a phase is not open yet count as open: what is added does not wait for it.
    """
    weeks = range(inputs.weeks)
    nearby = np.stack([inputs.capacity[:, max(0, t - 4) : t + 5].max(axis=1, initial=0.0) for t in weeks], axis=1)
    share = np.divide(inputs.capacity, nearby, out=np.ones_like(nearby), where=nearby > 0)
    return np.where(share < 1.0, np.maximum(share, 0.0), 1.0)


@dataclass(frozen=True)
class Lift:
    """A limit that is to be lifted.

    Attributes
    ----------
    kind : ``capacity``, ``supply``, ``lead``, ``early`` or ``store``.
    week : first week in which it must be lifted.
    most : largest amount at a time: units of a resource, units a week of a material, units kept of a store, weeks
        earlier of a lead time or of lots.
    used : units times the weeks in which they are used, units of a supply; of a lead time or lots the value in 亿元 of
        what comes earlier times its weeks.
    """

    kind: str
    name: str
    week: int
    most: float
    used: float


def price_of(levers: Sequence[Lever], lift: Lift) -> tuple[float, Lever] | None:
    """亿元 that lifting a limit costs by the cheapest lever that works by then and reaches so far; None without one."""
    priced = [(_cost(lever, gives, lift), n, lever) for n, lever in enumerate(levers)
              if lever.kind == lift.kind and (gives := _given(lever, lift)) > 0 and lever.from_week <= lift.week
              and lift.most <= gives * lever.most * (1 + 1e-9)]  # fmt: skip
    if not priced:
        return None
    cost, _, lever = min(priced, key=lambda one: one[:2])
    return cost, lever


def _given(lever: Lever, lift: Lift) -> float:
    """Amount that one unit of a lever gives of what is to be lifted."""
    every = lever.gives.get("*", 0.0) if lever.kind in ("lead", "early") else 0.0
    return lever.gives.get(lift.name, every)


def _cost(lever: Lever, gives: float, lift: Lift) -> float:
    if lift.kind in ("lead", "early"):
        return lever.value_share * lift.used / gives
    return (lever.once_yi * lift.most + lever.yearly_yi * lift.used / WEEKS_OF_YEAR) / gives
