"""What a plan moves of the published one, on the page."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from aidc_twin.plan.moves import moved_object
from aidc_twin.report.moved import moved
from aidc_twin.report.page import render_report
from aidc_twin.report.reading import read_run

HEADING = "What moves from the published plan"
COLUMNS = ("order", "group", "week", "quantity_mw")


def releases(*rows: tuple[str, str, int, float]) -> pl.DataFrame:
    """Release weeks of a plan."""
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def test_moves_are_told_with_their_weeks(frames: dict[str, pl.DataFrame], summary: dict[str, Any]) -> None:
    """Half of o1 comes four weeks later, so that its mean moves by two; o2 goes, o3 is new, o4 stays."""
    before = releases(("o1", "boxes", 3, 2.0), ("o2", "boxes", 5, 1.0), ("o4", "boxes", 1, 1.0))
    after = releases(("o1", "boxes", 3, 1.0), ("o1", "boxes", 7, 1.0), ("o3", "boxes", 6, 1.0), ("o4", "boxes", 1, 9.0))
    page = render_report(frames, summary | moved_object(before, after))
    section = page[page.index(HEADING) : page.index("What late orders wait for")]
    assert "1 of 2 groups that both plans release come in another week; 1 new, 1 no longer released" in section
    cells = [cell.partition("<")[0] for cell in section.replace("</td>", "<").split('">')[1:]]
    assert section.index("o1") < section.index("o2") < section.index("o3")
    assert "o4" not in section
    assert cells.count("5") == 2, "o1 goes to week 5, and o2 was there"


@pytest.mark.parametrize("count", [0, 31])
def test_long_lists_say_what_they_leave_out(summary: dict[str, Any], count: int) -> None:
    """Thirty rows are shown; with none the page says that nothing moves."""
    kept = ("o99", "boxes", 1, 1.0)
    before = releases(kept, *((f"o{n:02}", "boxes", 2, 1.0) for n in range(count)))
    after = releases(kept, *((f"o{n:02}", "boxes", 4, 1.0) for n in range(count)))
    told = moved(read_run(summary | moved_object(before, after)))
    assert [row[0].text for row in told["moved_table"].rows] == [f"o{n:02}" for n in range(min(count, 30))]
    assert ("The 30 that come first of 31 are listed" in told["moved_sentence"]) == (count == 31)
    assert told["moved_table"].absent == "Nothing moves."


def test_a_plan_of_its_own_says_nothing_of_moves(summary: dict[str, Any]) -> None:
    """Without `--near` there is no such part."""
    assert moved(read_run(summary)) == {"moved_sentence": "", "moved_table": None}
