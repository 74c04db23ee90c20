"""Tables as the page shows them: every cell is plain text, with a hint and a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aidc_twin.report import wording

MOST_ROWS = 400


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `kind` is a class of the style sheet: `n` (number), `mono`, `good`, `bad` or nothing."""

    text: str
    title: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Heading of a column."""

    label: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or the sentence that says why it is empty."""

    head: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    absent: str
    caption: str = ""
    more: str = ""


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], absent: str, caption: str = "", most: int = MOST_ROWS
) -> Table:
    """Make a table.

    Parameters
    ----------
    heads
        Headings; a leading `#` marks a column of numbers.
    absent
        The sentence that stands in for an empty table.
    most
        Rows shown; the rest are counted below the table.
    """
    listed = [tuple(row) for row in rows]
    more = f"{len(listed) - most:,} more rows are in the frames of the run." if len(listed) > most else ""
    head = tuple(Head(label.removeprefix("#"), label.startswith("#")) for label in heads)
    return Table(head, tuple(listed[:most]), absent, caption, more)


def words(text: object, kind: str = "") -> Cell:
    """Cell of text."""
    return Cell("" if text is None else str(text), kind=kind)


def number(value: float | None, digits: int = 4) -> Cell:
    """Cell of a number with `digits` significant digits."""
    return Cell(wording.figure(value, digits), kind="n")


def whole(value: int | None) -> Cell:
    """Cell of an integer."""
    return Cell(wording.count(value), kind="n")


def share(value: float | None) -> Cell:
    """Cell of a share, shown as per cent."""
    return Cell(wording.percent(value), kind="n")


def money(yuan: float | None) -> Cell:
    """Cell of an amount in 亿元, with the three forms as its hint."""
    exact = None if yuan is None else round(yuan)
    return Cell(wording.amount(exact), wording.three_forms(exact), "n")


def check_table(checks: Iterable[Mapping[str, Any]]) -> Table:
    """Table of what a checker went through, rule by rule, as `certificate.checks` has it."""
    return table(
        ("rule", "#checked", "#violations", "first"),
        ((words(row["rule"], "mono"), whole(row["checked"]), whole(row["violations"]), words(row["first"]))
         for row in checks),
        "No rule was checked.",
    )  # fmt: skip
