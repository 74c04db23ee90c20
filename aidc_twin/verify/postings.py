"""Rules of money: each unit posts each of its sales once, with the right amount, when the step is passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

import polars as pl

from aidc_twin.park.schema import Sale
from aidc_twin.verify.book import FOREVER, LONG_AGO, Book, Row
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.standstill import may_stand_still
from aidc_twin.verify.work import is_left, times_made

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Posting:
    """What a unit posts by a rule; `certain` where nothing can have kept it from being posted."""

    unit_id: str
    sale: Sale
    tick: int
    yuan: int
    consigned_yuan: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """What is known of a schedule as a whole: whether nothing fails in it, and the tick at which it was cut off."""

    fixed: bool
    until: int


def check_postings(book: Book, postings: pl.DataFrame, cut: Cut, findings: Findings) -> None:
    """Compare the postings with those that the schedule's steps make, one by one and by ledger.

    A unit posts a sale each time that it passes the step, so the first one told is the first one due.
    """
    tally, ledgers = findings.rule("postings"), findings.rule("ledgers")
    posted: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    sums: dict[str, int] = {}
    sales = {sale.sale: sale for sale in book.park.sales}
    columns = ("unit_id", "sale", "tick", "yuan", "consigned_yuan")
    for unit_id, name, tick, yuan, consigned in postings.select(columns).sort("tick", maintain_order=True).rows():
        tally.checked += 1
        posted.setdefault((unit_id, name), []).append((tick, yuan, consigned))
        if name in sales:
            sums[sales[name].ledger] = sums.get(sales[name].ledger, 0) + yuan
    due: dict[tuple[str, str], list[Posting]] = {}
    for one in expected(book, posted.keys(), cut):
        due.setdefault((one.unit_id, one.sale.sale), []).append(one)
    for key in sorted(posted.keys() - due.keys()):
        tally.fail(f"{key[0]} posts {key[1]}, which no step of the schedule brings about")
    for key, rows in due.items():
        rows.sort(key=lambda one: one.tick)
        found = posted.get(key, [])
        tally.checked += len(rows)
        if len(found) > len(rows):
            tally.fail(f"{key[0]} posts {key[1]} twice" if len(rows) == 1 else f"{key[0]} posts {key[1]} too often")
        for one, told in _matched(rows, found):
            if words := _difference(book, one, told):
                tally.fail(f"{one.unit_id} {one.sale.sale}: {words}")
            sums[one.sale.ledger] = sums.get(one.sale.ledger, 0) - one.yuan
    for ledger, rest in sorted(sums.items()):
        ledgers.checked += 1
        if rest:
            ledgers.fail(
                f"{ledger} holds {abs(rest)} yuan {'more' if rest > 0 else 'less'} than the schedule's steps make"
            )


def _matched(
    rows: Sequence[Posting], found: Sequence[tuple[int, int, int]]
) -> Iterator[tuple[Posting, tuple[int, int, int] | None]]:
    """Postings with what is told of each, in turn; those that need not have been posted only where they are told."""
    i = 0
    for n, one in enumerate(rows):
        told = found[i] if i < len(found) else None
        later = told is not None and told[0] != one.tick and any(told[0] == other.tick for other in rows[n + 1 :])
        if one.certain or (told is not None and not later):
            yield one, told
            i += 1


def expected(book: Book, posted: Set[tuple[str, str]], cut: Cut) -> Iterator[Posting]:
    """Postings of every passed step of an order's unit that lies in the schedule; those of sources are not published.

    One is certain unless the model ends first, its unit may have been scrapped meanwhile, or the step can fail and
    nothing shows that it did not.
    """
    sales: dict[str, list[Sale]] = {}
    for sale in book.park.sales:
        sales.setdefault(sale.operation, []).append(sale)
    made = times_made(book)
    for unit_id, steps in book.steps.items():
        if not book.park.has("orders", book.units[unit_id][0]):
            continue
        stops = book.route(unit_id).stops
        for name in steps.keys() & sales.keys():
            last = steps[name][-1]
            posts = list(_made(book, sales[name], last))
            left = is_left(book, _piece(steps[name]), made, cut.fixed)
            if left is False and not cut.fixed and may_stand_still(book, last):
                left = None
            for tick in book.passes(unit_id, name):
                if tick == LONG_AGO or (left and tick == last.end):
                    continue
                shown = _went_on(book, last, tick)
                if not stops and not shown:
                    shown = tick != last.end or (
                        left is False
                        and (
                            cut.fixed or not last.step.fails or any((unit_id, sale.sale) in posted for sale, _ in posts)
                        )
                    )
                for sale, value in posts:
                    yield _posting(unit_id, sale, tick, value, shown and tick < cut.until)


def _piece(rows: Sequence[Row]) -> list[Row]:
    """Last attempt at a step: its row with the rests of it."""
    first = max((i for i, row in enumerate(rows) if not row.rest), default=0)
    return list(rows[first:])


def _made(book: Book, sales: Iterable[Sale], row: Row) -> Iterator[tuple[Sale, int]]:
    """Sales that a passed step brings about, with the value of their item."""
    market = book.park.destination(book.orders.of(row.order).order.destination).market
    for sale in sales:
        if sale.market in ("all", market):
            value = _value(book, sale, row)
            if value is not None:
                yield sale, value


def _posting(unit_id: str, sale: Sale, tick: int, value: int, certain: bool) -> Posting:
    owned = _parts(sale.share.value)
    consigned = owned if sale.consigned_share is None else _parts(sale.consigned_share.value)
    return Posting(unit_id, sale, tick, value * owned // MILLION, value * consigned // MILLION, certain)


def _parts(share: float) -> int:
    """Parts per million of a share."""
    return round(share * MILLION)


def _value(book: Book, sale: Sale, row: Row) -> int | None:
    """Yuan of the item that the sale is about; None where the step has nothing to do with it."""
    pieces = book.orders.of(row.order)
    own = pieces.is_order(row.product)
    if sale.item == row.product:
        batch = pieces.batch(row.product, row.unit)
        return pieces.worth if own or batch is None else batch.value(row.unit)
    materials = book.route(row.unit_id).materials.get(row.step.name, ())
    taken = [quantity for material, quantity in materials if material == sale.item]
    # a sale to a plant of the park is about what that plant takes, not about the same material in another's hands
    if not taken or sale.buyer not in (book.park.product(row.product).maker, "outside"):
        return None
    each = pieces.order.quantity_mw if own else 1.0
    return round(sum(taken) * each * book.park.material(sale.item).price_yuan.value)


def _went_on(book: Book, row: Row, tick: int) -> bool:
    """Whether something that waits for the step has begun since a tick, before the unit came to the step again.

    That shows that it was passed then.
    """
    rows = book.steps[row.unit_id][row.step.name]
    again = min((one.start for one in rows if one.first and one.start >= tick and one.end > tick), default=FOREVER)
    following = [name for name, step in book.route(row.unit_id).steps.items() if row.step.name in step.before]
    return any(tick <= begun <= again for name in following for begun in book.begins(row.unit_id, name))


def _difference(book: Book, one: Posting, found: tuple[int, int, int] | None) -> str:
    """What is wrong with a posting in words; blank where it is right."""
    if found is None:
        return "is not posted" if one.yuan or one.consigned_yuan else ""
    tick, yuan, consigned = found
    if tick != one.tick:
        return f"posted {book.say(tick)}, but the step is passed {book.say(one.tick)}"
    if yuan != one.yuan or consigned != one.consigned_yuan:
        return f"posted {yuan} and {consigned} yuan, not {one.yuan} and {one.consigned_yuan}"
    return ""
