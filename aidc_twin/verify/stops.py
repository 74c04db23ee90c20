"""Rules of machines that are down for a while: nothing begins on them, and what is under way stands still."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from aidc_twin.verify.book import Book, Row
from aidc_twin.verify.certificate import Findings

COLUMNS = ("resource", "machine", "start_tick", "end_tick")
Stops = Mapping[tuple[str, int], list[tuple[int, int]]]
"""Times in which machines are down, by resource and machine from 1."""


def read_stops(frames: Mapping[str, pl.DataFrame], findings: Findings) -> Stops:
    """Stops of `schedule_stops`; none where there is no such frame, or it cannot be read."""
    frame = frames.get("schedule_stops")
    if frame is None:
        return {}
    tally = findings.rule("schema")
    tally.checked += 1
    if not set(COLUMNS) <= set(frame.columns) or not all(frame.schema[name].is_integer() for name in COLUMNS[1:]):
        tally.fail(f"schedule_stops needs the columns {', '.join(COLUMNS)} (whole numbers but the first)")
        return {}
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for resource, machine, low, high in frame.select(COLUMNS).sort(COLUMNS).iter_rows():
        mine = found.setdefault((resource, machine), [])
        if mine and low <= mine[-1][1]:
            mine[-1] = (mine[-1][0], max(high, mine[-1][1]))
        else:
            mine.append((low, high))
    return found


def standing_still(stops: Stops, row: Row, open_until: Callable[[int], int]) -> int:
    """Open ticks for which the work of a row stands still, since its machine goes down while it is under way."""
    spans = [(low, min(high, row.end)) for low, high in stops.get((row.resource, row.machine), ())]
    return sum(open_until(high) - open_until(low) for low, high in spans if row.start < low < high)


def check_stops(book: Book, stops: Stops, findings: Findings) -> None:
    """Nothing begins on a machine that is down."""
    tally = findings.rule("machines-down")
    for row in book.rows if stops else ():
        for low, high in stops.get((row.resource, row.machine), ()):
            tally.checked += 1
            if low <= row.start < high:
                tally.fail(f"{row} starts {book.say(row.start)} on {row.resource} {row.machine}, which is down")
