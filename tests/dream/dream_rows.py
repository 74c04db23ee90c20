"""Rows of a trace that belong together: work that is stopped and goes on later has several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from dream_way import Stop

Span = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Row:
    """An operation of a unit, in the model's time; rows stand in the order in which the twin started them.

    `earlier`: the one before it, where it was stopped; `work` is its work; several that are one have `gaps`.
    """

    start: Fraction
    end: Fraction
    machine: int
    index: int
    earlier: Row | None = None
    work: Fraction = Fraction(0)
    gaps: tuple[Span, ...] = ()

    @property
    def all(self) -> list[Row]:
        """With those before it."""
        return [*(self.earlier.all if self.earlier else []), self]

    @property
    def one(self) -> Row:
        """All of them as one."""
        rows = self.all
        gaps = tuple((before.end, after.start) for before, after in pairwise(rows))
        work = sum((row.work for row in rows), Fraction(0))
        return Row(rows[0].start, self.end, self.machine, rows[0].index, None, work, gaps)


def passes(stops: Sequence[Stop], rows: dict[str, Row]) -> Iterable[tuple[Stop, dict[str, Row]]]:
    """Stops of a unit with the rows that count there: work that is stopped sends it back where it came from."""
    for i, stop in enumerate(stops):
        row = rows.get(stop.enter) if stop.preempt else None
        chain = row.all if row is not None else []
        for one in chain[:-1]:
            yield stop, rows | {stop.enter: one}
            yield stops[i - 1], rows
        yield stop, rows if stop.preempt else {name: row.one for name, row in rows.items()}
        done = sum((one.end - one.start for one in chain[-1 if stop.preempt == "repeat" else 0 :]), Fraction(0))
        if chain and done < stop.work:
            yield stops[i - 1], rows
            return


def overlap(span: Span, others: Iterable[Span]) -> Fraction:
    """Time of a span that lies in others, which do not overlap."""
    return sum((max(Fraction(0), min(span[1], b) - max(span[0], a)) for a, b in others), Fraction(0))


def union(spans: Iterable[Span]) -> list[Span]:
    """Spans without overlap."""
    found: list[Span] = []
    for a, b in sorted(spans):
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(b, found[-1][1]))
        elif a < b:
            found.append((a, b))
    return found


def without(span: Span, holes: Iterable[Span]) -> list[Span]:
    """Parts of a span outside of holes."""
    found, start = [], span[0]
    for a, b in union(holes):
        if b > start and a < span[1]:
            if a > start:
                found.append((start, a))
            start = max(start, b)
    if start < span[1]:
        found.append((start, span[1]))
    return found
