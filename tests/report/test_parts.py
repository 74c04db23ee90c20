"""The parts of the page: labels that keep apart, a Sankey that conserves money, data that cannot leave its element."""

from __future__ import annotations

import json
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidc_twin.frames import Flows
from aidc_twin.report import wording
from aidc_twin.report.charts import load_rows, spread
from aidc_twin.report.gantt import MOST_BARS, gantt, json_block
from aidc_twin.report.reading import read_run
from aidc_twin.report.sankey import Flow, lay_out, overlaps, read_flows
from aidc_twin.report.sankey_svg import draw
from aidc_twin.report.svg import tidy

FIRMS = st.sampled_from(["builder", "trader", "pumps", "outside"])
FLOWS = st.lists(
    st.builds(Flow, FIRMS, FIRMS, st.sampled_from(["a", "b", "c"]), st.integers(1, 10**11), st.booleans()),
    min_size=1,
    max_size=12,
)


@given(FLOWS)
def test_sankey_is_drawn_whatever_sells_to_whom(flows: list[Flow]) -> None:
    """Cycles and firms that sell to themselves included: every flow is a ribbon to the right, and boxes stay apart."""
    layout = lay_out(flows)
    assert [ribbon.flow for ribbon in layout.ribbons] == flows
    assert all(ribbon.x1 > ribbon.x0 for ribbon in layout.ribbons)
    assert not overlaps(layout)
    assert draw(layout, "p", "x").count("<path ") == len(flows)


@given(FLOWS)
def test_sankey_boxes_are_as_high_as_their_money(flows: list[Flow]) -> None:
    """Heights are in one proportion to yuan over the whole figure."""
    scales = [box.height / box.yuan for box in lay_out(flows).boxes]
    assert max(scales) == pytest.approx(min(scales))


def test_small_items_are_merged() -> None:
    """With many items the small ones share a ribbon, and no yuan is lost."""
    rows = [("s", "t", f"item{i:02d}", "l", 10**8 + i, False) for i in range(30)]
    frame = pl.DataFrame(rows, schema=Flows.create_empty().schema, orient="row")
    flows = read_flows(frame, "l")
    assert len(flows) == 9
    assert sum(flow.yuan for flow in flows) == frame["yuan"].sum()
    assert flows[0].item == "22 other items"


@given(st.lists(st.floats(0, 200), min_size=1, max_size=8))
def test_labels_keep_apart(places: list[float]) -> None:
    """End labels of a fan never overlap and never leave the chart downwards."""
    moved = sorted(spread(places, 14, 230))
    assert all(after - before >= 14 - 1e-9 for before, after in pairwise(moved))
    assert moved[-1] <= 230


@given(st.text(max_size=40))
def test_data_block_stays_inside_its_element(text: str) -> None:
    """No text can close the script element, and every text comes back as it was."""
    block = json_block([text, "</script><!--\u2028"])
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block)[0] == text


def test_gantt_keeps_the_most_bars_it_can_draw(frames: dict[str, pl.DataFrame]) -> None:
    """A long schedule is cut at the cap, and the reader is told of the rest."""
    one = frames["schedule_operations"].head(1)
    many = pl.concat([one] * (MOST_BARS + 5)).with_columns(pl.int_range(pl.len()).alias("unit"))
    packed = gantt(many, frames["plan_orders"], read_run({"park_epoch": "2026-10-01", "tick_us": 1_000_000}))
    assert packed is not None
    assert packed.bars == MOST_BARS
    assert "5 later or earlier ones" in packed.note


def test_gantt_times_follow_the_tick_of_the_park(frames: dict[str, pl.DataFrame]) -> None:
    """Ticks of a minute become seconds."""
    rows = (
        frames["schedule_operations"]
        .head(2)
        .with_columns(start_tick=pl.lit(60), end_tick=pl.lit(180), setup_ticks=pl.lit(30))
    )
    packed = gantt(rows, frames["plan_orders"], read_run({"park_epoch": "2026-10-01", "tick_us": 60_000_000}))
    assert packed is not None
    data = json.loads(packed.block)
    assert (data["start"][0], data["length"][0], data["setup"][0]) == (3600, 7200, 1800)


def test_load_without_capacity_counts_as_full() -> None:
    """Use where there is nothing is full; no use there is idle."""
    frame = pl.DataFrame(
        {"name": ["a", "a", "b"], "week": [0, 1, 0], "used": [1.0, 0.0, 5.0], "available": [0.0, 0.0, 10.0]}
    )
    loads = load_rows(frame, "used", "available", "name")
    assert loads["load"].to_list() == [1.0, 0.0, 0.5]
    assert loads["row"].to_list() == ["a", "a", "b"]


def test_ids_of_charts_are_their_own() -> None:
    """Clip paths of two charts on one page do not meet, whatever counter the renderer stands at."""
    source = (
        '<svg version="1.1" class="marks" width="10" height="9" viewBox="0 0 10 9">'
        '<g clip-path="url(#clip{0})"/><defs><clipPath id="clip{0}"/></defs></svg>'
    )
    first, second = tidy(source.replace("{0}", "3"), "a", "x"), tidy(source.replace("{0}", "41"), "a", "x")
    assert first == second
    assert "url(#a-0)" in first
    assert 'id="a-0"' in first


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.00001, "< 0.1 %"),
        (0.99999, "> 99.9 %"),
        (0.125, "12.5 %"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_shares_are_honest_at_the_ends(share: float | None, shown: str) -> None:
    """Only an exact 0 or 1 is shown as 0 % or 100 %."""
    assert wording.percent(share) == shown


@pytest.mark.parametrize(
    ("yuan", "shown"),
    [(10**11, "1,000.0 亿元"), (-(10**7), "-0.1 亿元"), (0, "0.0 亿元"), (10**15, "10,000,000.0 亿元")],
)
def test_amounts_are_grouped(yuan: int, shown: str) -> None:
    """Amounts stand in 亿元 in groups of three digits, with their sign."""
    assert wording.amount(yuan) == shown
