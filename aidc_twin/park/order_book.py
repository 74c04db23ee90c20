"""The shipped order book: synthetic, drawn by quantiles from a seeded generator, and written by one command.

``python -m aidc_twin.park.order_book [FOLDER]`` writes ``orders.csv`` and the tables of the opening state into a park
folder (by default the shipped ``wuxi-aidc``). The same seed gives the same bytes.

How it is made, so that totals come out without a search:

- What is awarded in each quarter is given (`AWARDS`, MW of each solution). 55 % of the awards of 2027 fall into its
  first quarter, as tenders do; what was awarded before the epoch is the opening backlog.
- Sizes are stratified quantiles of one lognormal (median 6 MW, mean 12 MW before it is cut at 1 and 100 MW), dealt
  largest first to the quarter and solution with most MW left.
- The day of the award is spread over its quarter so that MW lie evenly. Delivery is due 5 to 11 months later at home
  (tender to delivery takes 6 to 12 and the award a month of it), 8 to 12 months later abroad (of 18 from the tender).
- Orders of the four cities are set by hand from their increments (`CITY_ORDERS`).
"""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist

import numpy as np

from aidc_twin.park.schema import TABLES, Order, Row
from aidc_twin.resources.share import folder
from aidc_twin.units.quantity import Quantity, When

SEED = 20261001
SOLUTIONS = ("dc-it", "dc-ready", "dc-export")
ORDERS = 312
"""Lines of the book, those of the cities included."""

MEDIAN_MW, MEAN_MW, LEAST_MW, MOST_MW = 6.0, 12.0, 1.0, 100.0
FIRST_DUE, LAST_DUE = date(2026, 11, 9), date(2028, 9, 27)
MONTH_DAYS = 365.25 / 12
HOME_MONTHS, EXPORT_MONTHS = (5.0, 8.0, 11.0), (8.0, 10.0, 12.0)
"""Award to delivery: least, likely, most."""


@dataclass(frozen=True, slots=True)
class Award:
    """What is awarded between two days: MW of `SOLUTIONS`, in their order."""

    first: date
    last: date
    mw: tuple[float, float, float]


AWARDS = (
    Award(date(2026, 1, 12), date(2026, 3, 31), (45, 45, 60)),
    Award(date(2026, 4, 1), date(2026, 6, 30), (65, 65, 70)),
    Award(date(2026, 7, 1), date(2026, 9, 28), (90, 90, 70)),
    Award(date(2026, 10, 8), date(2026, 12, 31), (85, 75, 50)),
    Award(date(2027, 1, 4), date(2027, 3, 31), (420, 480, 502)),
    Award(date(2027, 4, 1), date(2027, 6, 30), (135, 163, 85)),
    Award(date(2027, 7, 1), date(2027, 9, 30), (139, 171, 73)),
    Award(date(2027, 10, 8), date(2027, 12, 31), (145, 187, 50)),
    Award(date(2028, 1, 4), date(2028, 3, 31), (76, 164, 0)),
)


@dataclass(frozen=True, slots=True)
class CityOrder:
    """An order of one of the four cities that the founding documents name."""

    city: str
    customer: str
    mw: float
    ordered: date
    due: date


CITY_ORDERS = (
    CityOrder("Suzhou", "Suzhou computing centre", 14, date(2026, 4, 20), date(2026, 12, 15)),
    CityOrder("Wuxi", "Token factory in Wuxi, four supernodes", 2.2, date(2026, 5, 15), date(2026, 11, 13)),
    CityOrder("Nanjing", "Nanjing computing centre", 4, date(2026, 6, 15), date(2027, 2, 26)),
    CityOrder("Suzhou", "Suzhou computing centre", 12, date(2026, 7, 6), date(2027, 3, 10)),
    CityOrder("Suzhou", "Suzhou computing centre", 11, date(2026, 11, 16), date(2027, 6, 30)),
    CityOrder("Nanjing", "Nanjing computing centre", 4, date(2027, 1, 25), date(2027, 8, 31)),
    CityOrder("Changzhou", "Changzhou pilot district", 4.5, date(2027, 2, 24), date(2027, 10, 29)),
    CityOrder("Nanjing", "Nanjing computing centre", 4, date(2027, 6, 14), date(2028, 2, 25)),
    CityOrder("Changzhou", "Changzhou pilot district", 4, date(2027, 9, 13), date(2028, 5, 31)),
    CityOrder("Nanjing", "Nanjing computing centre", 4, date(2028, 1, 17), date(2028, 8, 31)),
)

HOME = (("north-china", "North China", 0.45), ("east-china", "East China", 0.35), ("south-china", "South China", 0.20))
ABROAD = (("seasia", "South-East Asia", 0.60), ("gulf", "Gulf", 0.25), ("europe", "North Europe", 0.15))
"""Destination, region and share of the orders."""

CUSTOMERS = {
    "dc-it": ("Computing centre", 24),
    "dc-ready": ("Cloud operator", 18),
    "dc-export": ("Overseas developer", 16),
}
"""Customers of a solution: what they are called and how many there are."""

Cell = tuple[int, int]
"""Award and solution by their indices."""


def generate_orders(seed: int = SEED) -> tuple[Order, ...]:
    """The order book in order of award.

    Parameters
    ----------
    seed
        Key of the Philox generator; the totals hardly depend on it.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    left = _targets()
    sizes = draw_sizes(rng, ORDERS - len(CITY_ORDERS), sum(left.values()))
    drafts: list[Order] = []
    for cell, cell_sizes in deal(sizes, left).items():
        drafts.extend(_orders_of(rng, cell, cell_sizes))
    drafts.sort(key=lambda row: (row.ordered, row.product, row.due, row.quantity_mw))
    named = [row.model_copy(update={"order": f"wx-{number:03d}"}) for number, row in enumerate(drafts, start=1)]
    return tuple(sorted([*named, *_city_orders()], key=lambda row: (row.ordered, row.order)))


def draw_sizes(rng: np.random.Generator, count: int, total_mw: float) -> list[float]:
    """`count` order sizes that add up to `total_mw` MW in steps of 0.1, the largest first."""
    spread = math.sqrt(2 * math.log(MEAN_MW / MEDIAN_MW))
    shares = (np.arange(count) + rng.random(count)) / count
    raw = [MEDIAN_MW * math.exp(spread * NormalDist().inv_cdf(float(share))) for share in shares]
    factor = 1.0
    for _ in range(50):  # the cut at both ends needs a few rounds; each comes closer
        factor *= total_mw / sum(_cut(size * factor) for size in raw)
    sizes = [round(_cut(size * factor), 1) for size in raw]
    middle = count // 2
    sizes[middle] = round(sizes[middle] + total_mw - sum(sizes), 1)
    return sorted(sizes, reverse=True)


def deal(sizes: Iterable[float], targets: Mapping[Cell, float]) -> dict[Cell, list[float]]:
    """Each size, the largest first, to the cell with most MW left (the first of equals)."""
    left = dict(targets)
    dealt: dict[Cell, list[float]] = {cell: [] for cell in targets}
    for size in sizes:
        cell = max(left, key=lambda name: (left[name], -name[0], -name[1]))
        dealt[cell].append(size)
        left[cell] -= size
    return dealt


def triangular_days(share: float, months: tuple[float, float, float], least: float, most: float) -> float:
    """Quantile of a triangle of months, in days, given that it lies between `least` and `most` days."""
    low, mode, high = (month * MONTH_DAYS for month in months)
    bottom, top = (_below(day, low, mode, high) for day in (least, most))
    if top <= bottom:
        return min(max(low, least), most)
    below = bottom + share * (top - bottom)
    if below < (mode - low) / (high - low):
        return low + math.sqrt(below * (high - low) * (mode - low))
    return high - math.sqrt((1 - below) * (high - low) * (high - mode))


def table_text(table: str, rows: Sequence[Row]) -> str:
    """A park table as CSV text; blank where a row holds the default, without last columns that no row fills."""
    fields = TABLES[table].model_fields
    cells = [[_cell(getattr(row, name), fields[name].default) for name in fields] for row in rows]
    width = max((index + 1 for row in cells for index, cell in enumerate(row) if cell), default=len(fields))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(row[:width] for row in [[*fields], *cells])
    return text.getvalue()


def write_book(park_folder: Path, seed: int = SEED) -> None:
    """Write the order book and the opening state of a park folder."""
    from aidc_twin.park.opening_state import draft_park, opening_state

    orders = generate_orders(seed)
    state = opening_state(draft_park(park_folder, table_text("orders", orders)))
    (park_folder / "state").mkdir(exist_ok=True)
    for table, rows in {"orders": orders, **state}.items():
        (park_folder / f"{table}.csv").write_text(table_text(table, rows), encoding="utf-8", newline="\n")


def _targets() -> dict[Cell, float]:
    """MW to be drawn for each award and solution: what the cities order is taken off."""
    left = {(a, s): float(mw) for a, award in enumerate(AWARDS) for s, mw in enumerate(award.mw) if mw > 0}
    for order in CITY_ORDERS:
        award = next(a for a, row in enumerate(AWARDS) if row.first <= order.ordered <= row.last)
        left[award, 0] -= order.mw
    return left


def _orders_of(rng: np.random.Generator, cell: Cell, sizes: Sequence[float]) -> list[Order]:
    """Orders of one award and solution, without their names."""
    award, product = AWARDS[cell[0]], SOLUTIONS[cell[1]]
    abroad = product == "dc-export"
    days, months, places = (_strata(rng, sizes) for _ in range(3))
    rows: list[Order] = []
    for size, day, month, place in zip(sizes, days, months, places, strict=True):
        ordered = _workday(award.first + timedelta(days=int(day * ((award.last - award.first).days + 1))))
        least, most = (FIRST_DUE - ordered).days, (LAST_DUE - ordered).days
        after = triangular_days(month, EXPORT_MONTHS if abroad else HOME_MONTHS, least, most)
        destination, region = _place(place, ABROAD if abroad else HOME)
        name, count = CUSTOMERS[product]
        rows.append(
            Order(
                order="unnamed",
                customer=f"{name} {1 + int(rng.random() * count):02d}",
                region=region,
                product=product,
                quantity_mw=size,
                ordered=ordered,
                due=ordered + timedelta(days=int(after)),
                destination=destination,
                basis="synthetic",
            )
        )
    return rows


def _city_orders() -> list[Order]:
    return [
        Order(
            order=f"js-{number:02d}",
            customer=row.customer,
            region=row.city,
            product="dc-it",
            quantity_mw=row.mw,
            ordered=row.ordered,
            due=row.due,
            destination="east-china",
            basis="synthetic",
        )
        for number, row in enumerate(CITY_ORDERS, start=1)
    ]


def _cut(size: float) -> float:
    return min(max(size, LEAST_MW), MOST_MW)


def _strata(rng: np.random.Generator, sizes: Sequence[float]) -> list[float]:
    """A number of [0, 1) for each order, in random order and spread so that MW, not orders, lie evenly."""
    weights = np.asarray(sizes, dtype=np.float64)
    order = np.argsort(rng.random(len(sizes)), kind="stable")
    upto = np.cumsum(weights[order])
    shares = np.empty(len(sizes))
    shares[order] = (upto - weights[order] * (1 - rng.random(len(sizes)))) / upto[-1]
    return [float(share) for share in shares]


def _workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _place(share: float, places: Sequence[tuple[str, str, float]]) -> tuple[str, str]:
    """Destination and region in which a number of [0, 1) falls."""
    for destination, region, weight in places[:-1]:
        if share < weight:
            return destination, region
        share -= weight
    return places[-1][0], places[-1][1]


def _below(day: float, low: float, mode: float, high: float) -> float:
    """Share of a triangle that lies below a day."""
    if day <= mode:
        return max(0.0, day - low) ** 2 / ((high - low) * (mode - low))
    return 1 - max(0.0, high - day) ** 2 / ((high - low) * (high - mode))


def _cell(value: object, default: object) -> str:
    if value == default:
        return ""
    if isinstance(value, Quantity | When):
        return value.text
    if isinstance(value, float):
        return f"{value:.10g}"
    return value.isoformat() if isinstance(value, date) else str(value)


if __name__ == "__main__":
    write_book(Path(sys.argv[1]) if len(sys.argv) > 1 else folder("models") / "wuxi-aidc")
