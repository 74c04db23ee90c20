"""Loss by cause on the page: bars that follow each other, tables with all amounts, and what calibrations changed."""

from __future__ import annotations

import polars as pl
import pytest

from aidc_twin.frames import Calibrations, Losses
from aidc_twin.report.losses import calibration_table, loss_parts, steps
from aidc_twin.report.page import render_report


def test_bars_follow_each_other_to_the_mean_without_all(frames: dict[str, pl.DataFrame]) -> None:
    """Each cause begins where the one before ended; what adds nothing has no bar; the ends are means."""
    bars = steps(frames["losses"])
    assert [bar["cause"] for bar in bars] == ["as it is", "breakdown", "crew", "without all of it"]
    assert [(bar["low"], bar["high"], bar["end"]) for bar in bars] == [
        (800.0, 800.0, 800.0), (800.0, 840.0, 840.0), (825.0, 840.0, 825.0), (825.0, 825.0, 825.0)
    ]  # fmt: skip
    assert len({bar["colour"] for bar in bars}) == 3


def test_the_page_tells_losses_and_calibrations(frames: dict[str, pl.DataFrame], summary: dict[str, object]) -> None:
    """A picture and a table for each goal, with the number of futures; every figure that a calibration changed."""
    page = render_report(frames, summary)
    section = page[page.index('id="losses"') : page.index('id="album"')]
    assert "<svg" in section
    assert "the same 8 futures" in section
    for text in ("breakdown", "interaction", "without all of it", "output_2027"):
        assert text in section
    plan = page[page.index('id="plan"') : page.index('id="losses"')]
    assert "unit weeks per MW" in plan
    assert "8.5" in plan


def test_without_losses_the_page_says_so() -> None:
    """Runs of earlier versions hold neither losses nor calibrations."""
    parts = loss_parts(Losses.create_empty(), Calibrations.create_empty())
    assert parts["losses"] == []
    assert "no losses by cause" in parts["loss_absent"]
    assert calibration_table(Calibrations.create_empty()).rows == ()


@pytest.mark.parametrize("column", ["yuan", "in_order_yuan"])
def test_the_made_up_losses_sum(frames: dict[str, pl.DataFrame], column: str) -> None:
    """What the page is tested with keeps to the schema's own sum."""
    yuan = frames["losses"][column].to_list()
    assert sum(yuan[1:-1]) == yuan[-1] - yuan[0]
