"""Tables of what one unit more is worth, what late orders wait for, and whom purchases serve."""

from __future__ import annotations

import polars as pl

from aidc_twin.report import wording
from aidc_twin.report.reading import Run
from aidc_twin.report.tables import Cell, Table, number, share, table, whole, words

__all__ = ["purchase_table", "wait_table", "worth_table"]

_TAKERS = 6


def worth_table(run: Run) -> Table:
    """What one unit more in every week is worth, dearest first."""
    return table(
        ("what", "one more", "#goals", "#orders earlier", "#margin"),
        (
            (
                words(price.name), words(price.unit), _yi(price.goal_yi),
                Cell(f"{wording.figure(price.late_weeks)} weeks", kind="n"), _yi(price.margin_yi),
            )
            for price in run.prices
        ),
        "Nothing that can be bought would bring anything, or the run does not say.",
    )  # fmt: skip


def _yi(amount: float) -> Cell:
    return Cell(f"{wording.figure(amount)} 亿元", wording.three_forms(round(amount * 10**8)), "n")


def wait_table(frame: pl.DataFrame) -> Table:
    """What each late order waits for, the longest waits first."""
    rows = frame.sort("weeks_late", "order", "group", "share", "name", descending=[True, False, False, True, False])
    return table(
        ("order", "part", "#weeks late", "waits for", "#in week", "#share of the wait"),
        (
            (
                words(row["order"]), words(row["group"]), whole(row["weeks_late"]), words(_awaited(row)),
                whole(row["week"]), share(row["share"]),
            )
            for row in rows.iter_rows(named=True)
        ),
        "No order waits for a resource, a material or money, or the run does not say. What is late all the same serves"
        " the goals, which come before due dates: `aidc-twin explain RUN --order ORDER` says by how much.",
    )  # fmt: skip


def _awaited(row: dict[str, object]) -> str:
    """A resource, a material, or the money to pay for it."""
    return f"money for {row['name']}" if row["kind"] == "cash" else str(row["name"])


def purchase_table(frame: pl.DataFrame) -> Table:
    """Purchase orders by the week in which they are placed, with the orders that they serve."""
    rows = (
        frame.filter(pl.col("source") == "purchase")
        .sort("source_week", "name", "quantity", "order", descending=[False, False, True, False])
        .group_by("source_week", "name", maintain_order=True)
        .agg(pl.col("quantity").sum().alias("total"), pl.col("order", "quantity"))
    )
    return table(
        ("#placed in week", "material", "#quantity", "serves"),
        (
            (whole(row["source_week"]), words(row["name"]), number(row["total"]), words(_takers(row)))
            for row in rows.iter_rows(named=True)
        ),
        "The plan places no purchase orders.",
    )


def _takers(row: dict[str, list[str] | list[float]]) -> str:
    """The largest takers with their quantities."""
    pairs = list(zip(row["order"], row["quantity"], strict=True))
    shown = ", ".join(f"{order} {wording.figure(float(quantity))}" for order, quantity in pairs[:_TAKERS])
    return shown + (f" and {len(pairs) - _TAKERS} more" if len(pairs) > _TAKERS else "")
