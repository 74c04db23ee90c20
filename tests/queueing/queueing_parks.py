"""Park folders of queueing models: rows with times in the model's own unit, and the files that are written of them."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aidc_twin.units.number import number_text

WEEK_HOURS = 168
TIMES = ("duration", "interval_hours", "uptime_hours", "repair_hours", "patience_hours")
"""Columns in the model's unit of time, which the folder says in hours."""
EPOCH = "2026-10-05"
MAKER = "maker"


def random_time(mean: float, scv: float = 1.0) -> str:
    """Cell of a time with a mean and a squared coefficient of variation.

    Gamma, of which the exponential is the one with an SCV of 1; what its shape may not be is lognormal.
    """
    if scv == 0 or mean == 0:
        return number_text(mean)
    if scv == 1:
        return f"exp({number_text(mean)})"
    if 0.01 <= scv <= 10:
        return f"gamma({number_text(1 / scv)},{number_text(mean)})"
    return f"lognormal({number_text(mean)},{number_text(math.sqrt(scv))})"


@dataclass
class Plant:
    """Rows of a park by table, in the order in which they were added."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])

    def add(self, table: str, **row: Any) -> None:
        """One more row."""
        self.rows.setdefault(table, []).append(row)

    def resource(self, name: str, kind: str, amount: float, rule: str = "fifo") -> None:
        """A resource with its capacity."""
        self.add("resources", resource=name, kind=kind, dispatch=rule)
        self.add("capacity", resource=name, amount=number_text(amount))

    def product(self, name: str) -> None:
        """Units that walk a routing of their own name."""
        if "entities" not in self.rows:
            self.add("entities", entity=MAKER, kind="integrator")
        self.add("products", product=name, kind="component", routing=name, maker=MAKER)

    def step(self, routing: str, operation: str, time: str = "0", after: str = "", **more: Any) -> None:
        """An operation."""
        self.add(
            "operations", routing=routing, operation=operation, stage="manufacture", after=after, duration=time, **more
        )

    def need(self, routing: str, operation: str, resource: str, until: str = "") -> None:
        """One of a resource for an operation."""
        self.add("needs", routing=routing, operation=operation, resource=resource, until=until)

    def arrivals(self, product: str, rate: float, **more: Any) -> None:
        """A Poisson stream without an end."""
        self.product(product)
        self.add("sources", source=product, product=product, interval_hours=random_time(1 / rate), most=0, **more)

    def population(self, product: str, units: int) -> None:
        """Units that are there from the beginning."""
        self.product(product)
        self.add("sources", source=product, product=product, interval_hours="0", most=units)

    def branch(self, routing: str, operation: str, shares: dict[str, float]) -> None:
        """Ways after an operation; those of share 0 are left out."""
        for name, share in shares.items():
            if share > 0:
                self.add("branches", routing=routing, operation=operation, next=name, share=number_text(share))

    def shortest(self) -> float:
        """Shortest mean time above 0."""
        cells = [row[name] for rows in self.rows.values() for row in rows for name in TIMES if name in row]
        return min(mean for mean in map(_mean, cells) if mean > 0)

    def write(self, folder: Path, weeks: int, hours: float) -> Path:
        """Write the park folder, a unit of the model's time being so many hours long."""
        folder.mkdir(parents=True, exist_ok=True)
        head = {"schema_version": 1, "epoch": EPOCH, "horizon_weeks": weeks, "tick_us": 1}
        lines = ['id = "queue"', *(f"{name} = {value}" for name, value in head.items())]
        (folder / "park.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for table, rows in self.rows.items():
            path = folder / f"{table}.csv"
            path.parent.mkdir(exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
                writer.writeheader()
                writer.writerows({name: _in_hours(name, value, hours) for name, value in row.items()} for row in rows)
        return folder


def _mean(cell: str) -> float:
    """Mean of a cell that `random_time` has written."""
    from aidc_twin.units.quantity import parse_quantity

    return parse_quantity(cell).mean


def _in_hours(name: str, value: Any, hours: float) -> Any:
    return f"{value}*{number_text(hours)}" if name in TIMES and value not in ("", "0") else value
