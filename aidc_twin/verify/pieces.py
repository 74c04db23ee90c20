"""An order taken apart again: how many units of what, which parent each is made for, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass, field

from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Order, Source
from aidc_twin.verify.ticks import NEARLY, units_up, whole


@dataclass(frozen=True, slots=True)
class Batch:
    """Units of one item that one line of the bill makes: numbers `first` to `first + count - 1`.

    `parents` is the batch that joins them (None: the order itself); `worth` is their value together, yuan.
    """

    line: BomLine
    first: int
    count: int
    parents: Batch | None
    worth: int

    def parent(self, number: int) -> int:
        """Number of the parent unit of a unit; 0 where the order itself is the parent."""
        if self.parents is None:
            return 0
        return self.parents.first + (number - self.first) * self.parents.count // self.count

    def value(self, number: int) -> int:
        """Yuan of one unit: the worth spread in whole yuan, the first units take the rest."""
        each, rest = divmod(self.worth, self.count)
        return each + (1 if number - self.first < rest else 0)


@dataclass(frozen=True)
class Pieces:
    """Units of one order by product."""

    order: Order
    worth: int
    batches: dict[str, list[Batch]]

    def batch(self, product: str, number: int) -> Batch | None:
        """Batch of a unit; None where the order has no such unit."""
        return next((b for b in self.batches.get(product, ()) if b.first <= number < b.first + b.count), None)

    def is_order(self, product: str) -> bool:
        """Whether units of a product are the order itself."""
        return product == self.order.product

    def unit_id(self, product: str, number: int) -> str:
        """Id of a unit; that of the order for its own steps."""
        return self.order.order if self.is_order(product) else f"{self.order.order}/{product}/{number}"

    def ids(self) -> list[str]:
        """Ids of the order and all its units."""
        made = [
            self.unit_id(product, number)
            for product, batches in self.batches.items()
            for batch in batches
            for number in range(batch.first, batch.first + batch.count)
        ]
        return [self.order.order, *made]

    def parent_id(self, batch: Batch, number: int) -> str:
        """Id of the unit that a unit is made for."""
        return self.unit_id(batch.line.parent, batch.parent(number))

    def pegged(self, parent: str, number: int, item: str) -> list[str]:
        """Ids of the units of an item that are made for one parent unit."""
        found: list[str] = []
        for batch in self.batches.get(item, ()):
            if batch.line.parent != parent:
                continue
            numbers = range(batch.first, batch.first + batch.count)
            if batch.parents is not None:
                if not batch.parents.first <= number < batch.parents.first + batch.parents.count:
                    continue
                place, per = number - batch.parents.first, batch.parents.count
                # unit i goes to parent i * per // count, so a parent's units are one run of numbers
                numbers = range(
                    batch.first + -(-place * batch.count // per), batch.first + -(-(place + 1) * batch.count // per)
                )
            found.extend(self.unit_id(item, n) for n in numbers)
        return found


@dataclass
class OrderBook:
    """Orders taken apart, each once; a unit of a source is an order of one unit that goes by the unit's id."""

    park: Park
    known: dict[str, Pieces] = field(default_factory=dict[str, Pieces])

    def of(self, order: str) -> Pieces:
        """Pieces of an order or of a unit of a source; KeyError where there is no such order."""
        if order not in self.known:
            found = None if self.park.has("orders", order) else self.arrived(order)
            row = self.park.order(order) if found is None else self._as_order(order, found[0])
            self.known[order] = take_apart(self.park, row)
        return self.known[order]

    def arrived(self, name: str) -> tuple[Source, int] | None:
        """Source of a unit and its number from 1, by its id; None where it is no such id."""
        source, _, number = name.rpartition("/")
        if not (number.isascii() and number.isdigit() and str(int(number)) == number and int(number)):
            return None
        return next(((row, int(number)) for row in self.park.sources if row.source == source), None)

    def _as_order(self, name: str, source: Source) -> Order:
        day = self.park.head.epoch
        return Order.model_construct(
            order=name, product=source.product, quantity_mw=1.0, ordered=day, due=day, destination=source.destination
        )


def take_apart(park: Park, order: Order) -> Pieces:
    """Follow the bill of materials level by level."""
    batches: dict[str, list[Batch]] = {}
    level: list[tuple[str, Batch | None, float]] = [(order.product, None, order.quantity_mw)]
    while level:
        product, parents, amount = level.pop(0)
        for line in park.bom_of(product):
            if park.has("products", line.item) and (count := units(amount * line.quantity.value, line.rounding)):
                made = batches.setdefault(line.item, [])
                first = made[-1].first + made[-1].count if made else 1
                batch = Batch(line, first, count, parents, _worth(park, line, amount, count))
                made.append(batch)
                level.append((line.item, batch, float(count)))
    return Pieces(order, _order_worth(park, order), batches)


def units(amount: float, rounding: str) -> int:
    """Whole units of an amount; what is still a fraction where it should be exact counts up."""
    return whole(amount * (1 + NEARLY)) if rounding == "nearest" else units_up(amount)


def _worth(park: Park, line: BomLine, amount: float, count: int) -> int:
    given = round(line.value_yuan.value * amount)
    return given or round(park.product(line.item).value_yuan.value) * count


def _order_worth(park: Park, order: Order) -> int:
    lines = sum(round(line.value_yuan.value * order.quantity_mw) for line in park.bom_of(order.product))
    return lines or round(park.product(order.product).value_yuan.value * order.quantity_mw)
