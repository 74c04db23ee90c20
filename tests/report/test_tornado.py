"""The tornado of assumptions on the page: only in runs that hold one."""

from __future__ import annotations

from typing import Any

import pytest

from aidc_twin.frames import Sensitivity, build
from aidc_twin.report.page import render_report
from aidc_twin.report.tornado import tornado

ROWS = [
    ("output", "quota", False, -3e10, 1e9),
    ("output", "quota", True, 2e10, 2e9),
    ("output", "bays", False, None, None),
    ("output", "bays", True, 9e10, None),
    ("output", "idle", False, 0.0, 0.0),
    ("output", "idle", True, 0.0, 0.0),
    ("trade", "quota", False, -1e10, 1e9),
    ("trade", "quota", True, 1e10, 1e9),
]


def test_widest_first() -> None:
    """By goal, the widest bar first; what moves nothing is left out, an end that cannot be is told."""
    found: dict[str, Any] = tornado(build(Sensitivity, ROWS))
    rows = [[cell.text for cell in row] for row in found["tornado_table"].rows]
    assert rows == [
        ["output", "bays", "not possible", "+900.0 亿元"],
        ["output", "quota", "-300.0 ± 10.0 亿元", "+200.0 ± 20.0 亿元"],
        ["trade", "quota", "-100.0 ± 10.0 亿元", "+100.0 ± 10.0 亿元"],
    ]
    assert [one["goal"] for one in found["tornado_figures"]] == ["output", "trade"]
    assert "quota at its low end: -300.0 ± 10.0 亿元" in found["tornado_figures"][0]["figure"]


@pytest.mark.parametrize("rows", [[], ROWS[4:6]])
def test_nothing_to_show(rows: list[Any]) -> None:
    """A run without a tornado has no section; one in which nothing moves a goal has no chart."""
    found = tornado(build(Sensitivity, rows))
    assert found["tornado_figures"] == []
    assert (found["tornado_table"] is None) == (not rows)


def test_the_page_has_it_only_where_the_run_does(frames: dict[str, Any], summary: dict[str, Any]) -> None:
    """A heading of its own among the assumptions."""
    said = "Which assumptions move the goals"
    assert said in render_report(frames, summary)
    assert said not in render_report(frames | {"sensitivity": Sensitivity.create_empty()}, summary)
