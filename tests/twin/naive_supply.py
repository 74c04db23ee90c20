"""Materials on their way and yuan in the ledgers of the plain-Python twin."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from naive_chance import draw, near, uniforms
from naive_model import Task, Unit

from aidc_twin.park.schema import Sale


class Supply:
    """What is on order; stocks that are kept at a level are ordered anew as they are taken."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.coming = {row.material: 0 for row in engine.park.materials}
        self.orders = dict(self.coming)

    def send(self, material: str, quantity: int, tick: int) -> None:
        """A purchase order will be received."""
        self.coming[material] += quantity
        self.engine.at(tick, self.engine.RECEIPT, (material, quantity))

    def receive(self, material: str, quantity: int) -> None:
        """It is received."""
        self.coming[material] -= quantity
        self.engine.floor.stock[material] += quantity

    def reorder(self, material: str) -> None:
        """A stock with a base is ordered up to it."""
        engine, row = self.engine, self.engine.park.material(material)
        if row.base_stock is None:
            return
        short = round(row.base_stock.value * 1000) - engine.floor.stock[material] - self.coming[material]
        if short > 0:
            u, _ = uniforms(engine.seed, f"base/{material}", "", self.orders[material])
            week = float(engine.times.week)
            self.orders[material] += 1
            late = near(row.lead_weeks.mean * week if engine.means else draw(row.lead_weeks, week, u))
            self.send(material, short, engine.now + late)


class Ledger:
    """What passed steps post."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.park, self.edges = engine, engine.park, engine.times.edges()
        self.posted: dict[tuple[str, int], tuple[int, int]] = {}

    def post(self, task: Task) -> None:
        """Sales of a passed step."""
        unit = task.unit
        place = unit.row.destination
        market = self.park.destination(place).market if place else "domestic"
        bucket = bisect_right(self.edges, self.engine.now) - 1
        for sale in self.park.sales:
            if sale.operation != task.name or sale.market not in ("all", market):
                continue
            value = self._value(sale, unit, task)
            if value is None:
                continue
            shares = (sale.share, sale.share if sale.consigned_share is None else sale.consigned_share)
            owned, consigned = (value * round(share.value * 1_000_000) // 1_000_000 for share in shares)
            before = self.posted.get((sale.sale, bucket), (0, 0))
            self.posted[sale.sale, bucket] = (before[0] + owned, before[1] + consigned)

    def _value(self, sale: Sale, unit: Unit, task: Task) -> int | None:
        """Yuan that a sale is about; None where it is not about this step."""
        if sale.item == unit.product:
            return unit.value
        lines = [
            line for line in self.park.bom_of(unit.product) if (line.item, line.operation) == (sale.item, task.name)
        ]
        bought = any(row.material == sale.item for row in self.park.materials)
        if not lines or not bought or sale.buyer not in (self.park.product(unit.product).maker, "outside"):
            return None
        quantity = sum(line.quantity.value for line in lines) * unit.each
        return round(quantity * self.park.material(sale.item).price_yuan.value)
