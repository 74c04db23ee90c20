"""Purchases where no plan makes them."""

from __future__ import annotations

import polars as pl

from aidc_twin.frames import PlanPurchases, build
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.stock import lot_for_lot


def lots_of(factory: Factory) -> pl.DataFrame:
    """What the twin buys where no plan does, as a plan's purchases: the checker must know where material is from."""
    week = factory.clock.ticks_per_week
    lots = lot_for_lot(factory)
    return build(PlanPurchases, [(material, tick // week, quantity) for material, tick, quantity in lots])
