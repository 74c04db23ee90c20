"""The series by week on the page: which are drawn, in which units, with which capacity, and what the table says."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import polars as pl
import pytest

from aidc_twin.frames import ResourcePeaks, ResourceShares, ResourceWeeks, WeekBands, build
from aidc_twin.report.band_svg import draw, months, ticks
from aidc_twin.report.page import render_report
from aidc_twin.report.sections import share_table
from aidc_twin.report.weeks import MOST_PANELS, weeks

FIRST = dt.date(2026, 10, 7)


def bands(*series: tuple[str, str, str, list[float]]) -> pl.DataFrame:
    """Series with the given P50; P10 is 0 and P90 twice as high."""
    return build(
        WeekBands,
        [
            (kind, name, week, FIRST + dt.timedelta(weeks=week), unit, p50, 0.0, p50, 2 * p50)
            for kind, name, unit, values in series
            for week, p50 in enumerate(values)
        ],
    )


def capacity(name: str, *values: float) -> pl.DataFrame:
    """Capacity of a resource by week."""
    return build(ResourceWeeks, [(name, week, 0.0, value) for week, value in enumerate(values)])


def peaks(*rows: tuple[str, str, float]) -> pl.DataFrame:
    """Peaks of resources: the mean is 1 less than the greatest."""
    return build(ResourcePeaks, [(name, unit, most - 1, 0.25, most) for name, unit, most in rows])


def shown(found: dict[str, Any]) -> list[list[str]]:
    """The cells of the table."""
    return [[cell.text for cell in row] for row in found["week_table"].rows]


def test_power_is_told_in_mw() -> None:
    """Units of kW become MW, and the table names the first of two highest weeks and the capacity that there is then."""
    found = weeks(
        bands(("cumulative", "grid", "kW", [1000.0, 3000.0, 3000.0, 2000.0])),
        capacity("grid", 4000, 5000, 9000, 9000),
        peaks(("grid", "kW", 8500.0)),
    )
    (group,) = found["week_groups"]
    (panel,) = group["panels"]
    assert (panel["name"], panel["unit"], panel["note"]) == ("grid", "MW", "largest peak 8.5 MW")
    assert found["week_limits"] is True
    assert 'stroke="#D55E00"' in panel["figure"]
    assert "P90 at most 6 in the week to 2026-10-14" in panel["figure"]
    assert shown(found) == [["grid", "in use", "MW", "2.25", "3", "2026-10-14", "6", "2026-10-14", "5"]]


def test_money_is_told_in_yi() -> None:
    """Yuan become 亿元, of a goal by week and of working capital at once."""
    found = weeks(
        bands(("goal", "output", "yuan", [1e8, 4e8]), ("cash", "purse", "yuan", [2e8, 2e8])),
        ResourceWeeks.create_empty(),
        ResourcePeaks.create_empty(),
    )
    units = {panel["name"]: panel["unit"] for group in found["week_groups"] for panel in group["panels"]}
    assert units == {"purse": "亿元", "output": "亿元 a week"}
    assert [row[3] for row in shown(found)] == ["2", "2.5"]
    assert found["week_limits"] is False


def test_capacity_far_above_is_told_and_not_drawn() -> None:
    """A band under a line six times as high can be read, under one that is higher it lies flat."""
    for most, drawn in ((120.0, True), (121.0, False)):
        found = weeks(bands(("space", "hall", "place", [10.0, 10.0])), capacity("hall", most, most), peaks())
        panel = found["week_groups"][0]["panels"][0]
        assert ("<title>capacity</title>" in panel["figure"]) is drawn
        assert panel["note"] == ("" if drawn else "capacity up to 121 place")


def test_the_largest_are_drawn_and_all_are_listed() -> None:
    """Of eight products the six with the highest mean, equal ones by name; units done tell that they are by week."""
    made = [("product_output", f"p{n}", "units", [min(n, 6.0)]) for n in range(8)]
    found = weeks(bands(*made), ResourceWeeks.create_empty(), peaks())
    (group,) = found["week_groups"]
    assert [panel["name"] for panel in group["panels"]] == ["p6", "p7", "p5", "p4", "p3", "p2"]
    assert len(group["panels"]) == MOST_PANELS
    assert {panel["unit"] for panel in group["panels"]} == {"units a week"}
    assert group["note"] == "The 6 largest; 2 more are in the table below."
    assert len(shown(found)) == 8


def test_fullest_resources_come_first() -> None:
    """Units of resources differ, so what counts is how full they are; without a capacity last."""
    found = weeks(
        bands(("space", "a", "m2", [900.0]), ("space", "b", "m2", [9.0]), ("cash", "c", "yuan", [1e9])),
        pl.concat([capacity("a", 1000.0), capacity("b", 9.5)]),
        peaks(),
    )
    assert [row[0] for row in shown(found)] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("bottom", "top", "wanted"),
    [
        (0.0, 84.8, [0, 20, 40, 60, 80]),
        (0.0, 1e-9, [0, 2e-10, 4e-10, 6e-10, 8e-10, 1e-9]),
        (-3.0, 2.0, [-3, -2, -1, 0, 1, 2]),
        (0.0, 5e10, [0, 1e10, 2e10, 3e10, 4e10, 5e10]),
        (0.0, 0.53, [0, 0.2, 0.4]),
    ],
)
def test_values_at_the_side_are_round(bottom: float, top: float, wanted: list[float]) -> None:
    """Steps of 1, 2 or 5 times a power of ten, at both ends too."""
    assert ticks(bottom, top) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("last", "most", "wanted"),
    [
        ((2026, 12, 30), 8, ["Nov", "Dec"]),
        ((2028, 9, 30), 8, ["2027", "Apr", "Jul", "Oct", "2028", "Apr", "Jul"]),
        ((2029, 3, 31), 8, ["2027", "Jul", "2028", "Jul", "2029"]),
        ((2046, 10, 7), 8, ["2028", "2031", "2034", "2037", "2040", "2043", "2046"]),
        ((2026, 10, 7), 8, []),
    ],
)
def test_months_below_have_room(last: tuple[int, int, int], most: int, wanted: list[str]) -> None:
    """Every month, quarter or half year, or so many years, told by their beginnings; a January by its year."""
    assert [text for _, text in months(FIRST, dt.date(*last), most)] == wanted


def test_steps_of_capacity() -> None:
    """Capacity holds in the week that ends at its point, and equal weeks are one line."""
    days = [FIRST + dt.timedelta(weeks=week) for week in range(5)]
    source = draw(days, ([0.0] * 5, [1.0] * 5, [2.0] * 5), [4.0, 4.0, 8.0, 8.0, 8.0], "x")
    found = re.search(r'd="M(\S+) (\S+)H(\S+)V(\S+)H(\S+)" fill="none" stroke="#D55E00"', source)
    assert found is not None
    left, low, middle, high, right = (float(number) for number in found.groups())
    assert middle == pytest.approx(left + (right - left) / 4, abs=0.1)
    assert high < low


def test_a_single_week_is_a_line() -> None:
    """One week has a width, or nothing could be seen."""
    source = draw([FIRST], ([1.0], [2.0], [3.0]), [None], "one <week>")
    assert re.search(r'd="M40 (\S+)L326 \1" fill="none"', source)
    assert "one &lt;week&gt;" in source


def test_a_series_of_nothing_is_drawn() -> None:
    """Power that nobody takes gives a flat line and no fault."""
    found = weeks(bands(("cumulative", "grid", "kW", [0.0, 0.0])), capacity("grid", 5000, 5000), peaks())
    panel = found["week_groups"][0]["panels"][0]
    assert panel["figure"].startswith("<svg ")
    assert panel["note"] == "capacity up to 5 MW"


def test_resources_tell_their_peaks() -> None:
    """Mean with its half-width, and largest, in the unit of the page; of a run without peaks a dash."""
    shares = build(ResourceShares, [(name, "servers", 0.5, 0.0, 0.5, 0.0, 0.0, 0.0) for name in ("bay", "grid")])
    rows = [[cell.text for cell in row] for row in share_table(shares, peaks(("grid", "kW", 3501.0))).rows]
    assert [row[0] for row in rows] == ["bay", "grid"]
    assert rows[0][-4:] == ["–", "–", "–", ""]
    assert rows[1][-4:] == ["3.5", "0.00025", "3.501", "MW"]


def test_runs_of_earlier_versions_have_a_page(frames: dict[str, pl.DataFrame], summary: dict[str, Any]) -> None:
    """Without bands the section says so; without peaks the charts stay and only the peaks are missing."""
    without = {name: frame for name, frame in frames.items() if name not in ("week_bands", "resource_peaks")}
    assert "The run holds no series by week." in render_report(without, summary)
    found = weeks(frames["week_bands"], frames["resource_weeks"], ResourcePeaks.create_empty())
    assert len(found["week_groups"]) == 4
    assert {panel["note"] for group in found["week_groups"] for panel in group["panels"]} == {""}
