"""Ways of executing one plan: releases in the plan's weeks, or every order as early as it can be in the plan's order.

A plan releases just in time, by mean profiles and whole weeks. Where work in process costs nothing, that leaves
machines without work which a queue would have kept busy. Both ways are executed under the same few futures, and the
one of the better value is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.frames import PlanPurchases, build
from aidc_twin.loop.enough import GAP_GOAL
from aidc_twin.loop.policy import NEVER_WEEKS
from aidc_twin.loop.simulation import execute
from aidc_twin.loop.sooner import pegged_sooner, sooner
from aidc_twin.park import Goal
from aidc_twin.plan import Plan
from aidc_twin.twin.compile import Factory, Policy
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.statistics import paired_difference
from aidc_twin.twin.stock import lot_for_lot

__all__ = ["EARLY", "PLANNED", "WAYS", "Trial", "chosen", "executed", "shortfall", "trials", "ways_of"]

PLANNED, EARLY = "planned", "early"
WAYS = (PLANNED, EARLY)
"""Units start in the weeks of the plan, or as early as they can, first those that the plan releases first."""

FUTURES = 16
"""Replications, the first of the loop, under which ways are compared."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """A way under some futures: shortfall of the goals, sum of the goals in yuan, order-days late; shape (futures,)."""

    way: str
    short: Floats
    yuan: Floats
    late: Floats

    def beats(self, other: Trial) -> bool:
        """Whether it is better beyond chance (95 %, pair by pair): a smaller shortfall, then a larger sum.

        Where both miss the goals by more than plan and twin may be apart, no less than that is a smaller shortfall. Of
        ways that are the same in both, the one is better that is less late, as in the levels of the plan.
        """
        missed = min(self.short.mean(), other.short.mean()) > GAP_GOAL
        least = GAP_GOAL if missed else 0.0
        for mine, its, sign, enough in (
            (self.short, other.short, -1, least), (self.yuan, other.yuan, 1, 0.0), (self.late, other.late, -1, 0.0)
        ):  # fmt: skip
            gap = paired_difference(its, mine)
            if abs(gap.mean) > max(gap.half_width, enough):
                return sign * gap.mean > 0
        return False


def shortfall(result: SimResult, goals: Sequence[Goal]) -> Floats:
    """What the goals lack in each replication, each as a share of its target, summed."""
    short = np.zeros(len(result.replications))
    for goal in goals:
        short += np.maximum(0.0, goal.target_yuan - result.goal_yuan(goal).astype(np.float64)) / goal.target_yuan
    return short


def ways_of(factory: Factory) -> Sequence[str]:
    """Ways in which a plan can be executed; early starts cost money, which accounts may not have."""
    return WAYS[:1] if factory.park.accounts else WAYS


def executed(factory: Factory, policy: Policy, plan: Plan, way: str) -> tuple[Policy, Plan]:
    """What the twin executes of a plan in a way, and the plan with the purchases of that way.

    Early, every order starts as soon as it can, refused ones left out; those that the plan does not release come last.
    Material is bought when orders are placed, nothing later than in the plan, and the plan says so.
    """
    if way == PLANNED:
        return policy, plan
    week = factory.clock.ticks_per_week
    gone = set(plan.frames["plan_exceptions"].filter(pl.col("kind") == "refused")["order"].to_list())
    never = NEVER_WEEKS * week
    placed = {unit.id: never if unit.order in gone else max(0, tick)
              for unit, tick in zip(factory.units, factory.ordered, strict=True)}  # fmt: skip
    lots = [lot for lot in lot_for_lot(factory, gone) if lot[1] < factory.horizon]
    bought = sooner(policy.purchases or (), lots)
    weekly = [(name, tick // week, amount) for name, tick, amount in bought]
    frames = {
        **plan.frames, "plan_purchases": build(PlanPurchases, weekly),
        "plan_pegging": pegged_sooner(plan.frames["plan_pegging"], weekly),
    }  # fmt: skip
    releases = {unit: placed[unit] for unit in policy.release_tick}
    return replace(policy, release_tick=releases, purchases=bought), replace(plan, frames=frames)


def trials(
    factory: Factory, policy: Policy, plan: Plan, goals: Sequence[Goal], seeds: Sequence[int], workers: int
) -> list[Trial]:
    """Each way of executing a plan under the first of some seeds."""
    found: list[Trial] = []
    for way in ways_of(factory):
        result, _ = execute(factory, executed(factory, policy, plan, way)[0], seeds[:FUTURES], workers=workers)
        yuan = sum((result.goal_yuan(goal).astype(np.float64) for goal in goals), np.zeros(len(result.replications)))
        known = {name: values for name, _, values in result.samples(goals)}
        late = np.asarray(known.get("order_tardiness", np.zeros(len(yuan))), np.float64)  # none without an order book
        found.append(Trial(way, shortfall(result, goals), yuan, late))
    return found


def chosen(found: Sequence[Trial], before: str = PLANNED) -> str:
    """The way that is taken: that of the round before, unless another one beats it."""
    best = next((one for one in found if one.way == before), found[0])
    for one in found:
        if one.beats(best):
            best = one
    return best.way
