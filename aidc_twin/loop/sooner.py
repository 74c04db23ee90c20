"""Purchases that are made sooner than a plan makes them, and which orders they then serve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

__all__ = ["Bought", "pegged_sooner", "sooner"]

Bought = tuple[str, int, float]
"""Material, when it is ordered (tick or week), amount."""

_KEY = ("kind", "name", "source", "source_week", "order")


def sooner(first: Sequence[Bought], second: Sequence[Bought]) -> tuple[Bought, ...]:
    """Purchases by which at any time as much has been ordered of each material as by either of two lists."""
    times = sorted({at for _, at, _ in (*first, *second)})
    place = {at: n for n, at in enumerate(times)}
    rows: list[Bought] = []
    for material in sorted({name for name, _, _ in (*first, *second)}):
        ordered = np.zeros((2, len(times)))
        for side, lines in enumerate((first, second)):
            for name, at, amount in lines:
                ordered[side, place[at]] += amount if name == material else 0.0
        amounts = np.diff(ordered.cumsum(axis=1).max(axis=0), prepend=0.0)
        rows += [(material, at, float(amount)) for at, amount in zip(times, amounts, strict=True) if amount > 0]
    return tuple(sorted(rows, key=lambda row: (row[1], row[0])))


def pegged_sooner(pegging: pl.DataFrame, bought: Sequence[Bought]) -> pl.DataFrame:
    """A plan's pegging where its purchases are made sooner: the first lots serve those whom the plan's first ones did.

    Parameters
    ----------
    pegging
        Frame `PlanPegging` of the plan.
    bought
        By week; at any time no less of a material than in the plan.
    """
    own = (pl.col("kind") == "material") & (pl.col("source") == "purchase")
    rows: list[tuple[object, ...]] = []
    for material in pegging.filter(own)["name"].unique().sort().to_list():
        lots = [[week, amount] for name, week, amount in sorted(bought) if name == material]
        for row in pegging.filter(own & (pl.col("name") == material)).sort("source_week", "first_week").iter_rows():
            kind, name, source, week, order, first, last, quantity = row
            while quantity > 0:
                lot = lots[0] if lots else [week, quantity]  # rounding alone can leave a rest
                part = min(quantity, lot[1])
                rows.append((kind, name, source, lot[0], order, first, last, part))
                quantity, lot[1] = quantity - part, lot[1] - part
                lots = lots[1:] if lots and lot[1] <= 0 else lots
    moved = pl.DataFrame(rows, schema=pegging.schema, orient="row")
    moved = moved.group_by(_KEY, maintain_order=True).agg(
        pl.col("first_week").min(), pl.col("last_week").max(), pl.col("quantity").sum()
    )
    return pl.concat([pegging.filter(~own), moved.select(pegging.columns)])
