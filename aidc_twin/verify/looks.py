"""What is only looked at: so much must be free where work starts, though it is not taken."""

from __future__ import annotations

from collections.abc import Sequence

from aidc_twin.verify.book import Book
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.holding import Holding, Part
from aidc_twin.verify.ticks import THOUSANDTHS


def check_looks(book: Book, held: Sequence[Holding], parts: Sequence[Part], findings: Findings) -> None:
    """At each start, what was taken before and is not given back by then leaves enough of what is looked at.

    What is taken in the same instant is not counted: it may have been taken after the look.
    """
    tally = findings.rule("looks")
    wanted = {hold.resource for row in book.rows for hold in row.looks}
    mine = {name: [one for one in held if one.resource == name] for name in wanted}
    there = {name: [part for part in parts if part.resource == name] for name in wanted}
    for row in book.rows:
        for hold in row.looks:
            tally.checked += 1
            taken = sum(one.amount for one in mine[hold.resource] if one.start < row.start < one.end)
            amount = sum(part.amount for part in there[hold.resource] if part.start <= row.start < part.end)
            if amount - taken < hold.amount:
                tally.fail(
                    f"{row} starts {book.say(row.start)} with {hold.amount / THOUSANDTHS:g} {hold.resource} free, "
                    f"but {max(0, amount - taken) / THOUSANDTHS:g} are"
                )
