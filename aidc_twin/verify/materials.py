"""Rules of materials: stock is never negative, and every receipt comes from somewhere."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import polars as pl

from aidc_twin.park.schema import Material
from aidc_twin.verify.book import Book, first_starts
from aidc_twin.verify.certificate import Findings, Tally
from aidc_twin.verify.ticks import BOUNDED, THOUSANDTHS, thousandths, whole

Moves = Sequence[tuple[int, int]]
"""(tick, thousandths), sorted by tick."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A row of the supply frame."""

    number: int
    material: str
    tick: int
    quantity: int
    source: str

    def __str__(self) -> str:
        return f"receipt {self.number} of {self.quantity / THOUSANDTHS:g} {self.material} ({self.source})"


class Running:
    """Total of moves up to any tick."""

    def __init__(self, moves: Iterable[tuple[int, int]]) -> None:
        by_tick = _by_tick(moves)
        self._ticks = [tick for tick, _ in by_tick]
        self._totals = [0, *accumulate(change for _, change in by_tick)]

    def until(self, tick: int) -> int:
        """Thousandths moved up to a tick, that tick included."""
        return self._totals[bisect_right(self._ticks, tick)]


def check_materials(
    book: Book, supply: pl.DataFrame, purchases: pl.DataFrame | None, fixed: bool, findings: Findings
) -> None:
    """Go through stocks and receipts of every material."""
    rows = supply.select("receipt", "material", "tick", "quantity", "source").rows()
    receipts = sorted((Receipt(*row) for row in rows), key=lambda row: (row.tick, row.number))
    _check_once(receipts, findings.rule("receipts"))
    known = {row.material: row for row in book.park.materials}
    taken = _consumption(book)
    for name, row in known.items():
        mine = [receipt for receipt in receipts if receipt.material == name]
        _check_stock(book, row, mine, taken.get(name, ()), findings.rule("stock"))
        _check_sources(book, row, mine, purchases, findings.rule("receipts"))
        _check_made(book, row, mine, taken.get(name, ()), fixed, findings.rule("receipts"))
    for receipt in receipts:
        if receipt.material not in known:
            findings.rule("receipts").fail(f"{receipt}: there is no such material")


def _check_once(receipts: Iterable[Receipt], tally: Tally) -> None:
    seen: set[int] = set()
    for row in receipts:
        tally.checked += 1
        if row.number in seen:
            tally.fail(f"{row}: the number is used twice")
        elif row.source not in ("stock", "quota", "purchase_order", "output", "base_stock"):
            tally.fail(f"{row}: {row.source} is no source")
        elif row.tick < 0 or row.quantity < 0:
            tally.fail(f"{row}: before tick 0 or negative")
        seen.add(row.number)


def _consumption(book: Book) -> dict[str, list[tuple[int, int]]]:
    """What is taken from stock by material: whenever a unit comes to a step, at the start of its first attempt."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in first_starts(book.rows):
        for material, quantity in book.route(row.unit_id).materials.get(row.step.name, ()):
            pieces = book.orders.of(row.order)
            each = pieces.order.quantity_mw if pieces.is_order(row.product) else 1.0
            found.setdefault(material, []).append((row.start, thousandths(quantity * each)))
    return found


def _check_stock(book: Book, material: Material, receipts: Sequence[Receipt], taken: Moves, tally: Tally) -> None:
    """Whatever is taken is there: from kept quota first, since too much of it lapses, then from stock."""
    most = 0
    if material.weekly_quota is not None:
        most = thousandths(material.weekly_quota.value * max(1.0, material.carry_weeks.value))
    quota = dict(_by_tick((row.tick, row.quantity) for row in receipts if row.source == "quota"))
    other = dict(_by_tick((row.tick, row.quantity) for row in receipts if row.source != "quota"))
    need = dict(_by_tick(taken))
    kept = stock = 0
    for tick in sorted(quota.keys() | other.keys() | need.keys()):
        tally.checked += 1
        kept = max(kept, min(kept + quota.get(tick, 0), most))
        stock += other.get(tick, 0)
        collected = min(kept, need.get(tick, 0))
        kept -= collected
        stock -= need.get(tick, 0) - collected
        if stock < 0 and tick in need:
            tally.fail(f"stock of {material.material} at {book.say(tick)} is {stock / THOUSANDTHS:g}")


def _by_tick(moves: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    total: dict[int, int] = {}
    for tick, change in moves:
        total[tick] = total.get(tick, 0) + change
    return sorted(total.items())


def _check_sources(
    book: Book, material: Material, receipts: Sequence[Receipt], purchases: pl.DataFrame | None, tally: Tally
) -> None:
    """Opening stock, purchase orders and quota give at most what they can give, and not before."""
    opening = sum(thousandths(row.quantity) for row in book.park.state_stocks if row.material == material.material)
    _within(book, [row for row in receipts if row.source == "stock"], [(0, opening)], tally)
    _within(
        book, [row for row in receipts if row.source == "purchase_order"], _ordered(book, material, purchases), tally
    )
    _check_quota(book, material, [row for row in receipts if row.source == "quota"], tally)


def _check_made(
    book: Book, material: Material, receipts: Sequence[Receipt], taken: Moves, fixed: bool, tally: Tally
) -> None:
    """Work puts into stock what it makes where it ends; base stock orders no more than what there was too little of."""
    made = _made(book, material.material)
    _within(book, [row for row in receipts if row.source == "output"], made, tally)
    orders: list[tuple[int, int]] = []
    if material.base_stock is not None and material.lead_weeks is not None:
        lead, ticks = material.lead_weeks, book.clock.ticks_per_week
        least = whole(lead.mean * ticks) if fixed else whole(lead.low * ticks) if lead.kind in BOUNDED else 0
        there = sum(row.quantity for row in book.park.state_stocks if row.material == material.material)
        there += sum(row.quantity for row in book.park.state_purchase_orders if row.material == material.material)
        short = max(0, thousandths(material.base_stock.value) - thousandths(there))
        orders = [(least, short), *((tick + least, quantity) for tick, quantity in taken)]
    _within(book, [row for row in receipts if row.source == "base_stock"], orders, tally)


def _made(book: Book, material: str) -> list[tuple[int, int]]:
    """(tick, thousandths) that work puts into stock each time that a unit passes it."""
    rows = [row for row in book.park.outputs if row.material == material]
    found: list[tuple[int, int]] = []
    for unit_id, steps in book.steps.items():
        order, product, _ = book.units[unit_id]
        pieces = book.orders.of(order)
        each = pieces.order.quantity_mw if pieces.is_order(product) else 1.0
        routing = book.park.product(product).routing
        for row in rows:
            if row.routing == routing and row.operation in steps:
                ticks = book.passes(unit_id, row.operation)
                found += [(tick, thousandths(row.quantity.value * each)) for tick in ticks]
    return found


def _within(book: Book, receipts: Sequence[Receipt], moves: Moves, tally: Tally) -> None:
    """Receipts up to any tick are covered by what can have come by then."""
    received, given = 0, Running(moves)
    for row in receipts:
        received += row.quantity
        possible = given.until(row.tick)
        if received > possible:
            tally.fail(
                f"{row} at {book.say(row.tick)}: {received / THOUSANDTHS:g} received by then, "
                f"{possible / THOUSANDTHS:g} can have come"
            )


def _ordered(book: Book, material: Material, purchases: pl.DataFrame | None) -> list[tuple[int, int]]:
    """Earliest receipt and quantity of the purchase orders of the state and of the plan."""
    clock, found = book.clock, list[tuple[int, int]]()
    for row in book.park.state_purchase_orders:
        if row.material == material.material:
            earliest = max(0, clock.ticks(row.placed), clock.ticks(row.arrives.low))
            found.append((earliest, thousandths(row.quantity)))
    if purchases is None or material.lead_weeks is None:
        return found
    lead = material.lead_weeks
    least = whole(lead.low * clock.ticks_per_week) if lead.kind in BOUNDED else 0
    for name, week, quantity in purchases.select("material", "week", "quantity").rows():
        if name == material.material:
            found.append((max(0, week * clock.ticks_per_week + least), thousandths(quantity)))
    return found


def _check_quota(book: Book, material: Material, receipts: Sequence[Receipt], tally: Tally) -> None:
    """Quota comes at the beginning of Mondays, at most the weekly amount on each."""
    clock = book.clock
    week = thousandths(material.weekly_quota.value) if material.weekly_quota else 0
    monday = (-book.park.head.epoch.weekday()) % 7 * clock.ticks_per_day
    for tick, quantity in _by_tick((row.tick, row.quantity) for row in receipts):
        words = f"quota of {quantity / THOUSANDTHS:g} {material.material} at {book.say(tick)}"
        if (tick - monday) % clock.ticks_per_week:
            tally.fail(f"{words}: not the beginning of a Monday")
        elif quantity > week:
            tally.fail(f"{words}: a week's quota is {week / THOUSANDTHS:g}")
