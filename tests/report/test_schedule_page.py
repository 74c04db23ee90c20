"""The page of a saved schedule: every section, the same bytes, and nothing in it that acts."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import polars as pl
import pytest

from aidc_twin.report.chain import Chains
from aidc_twin.report.schedule import render_schedule
from tests.report.test_page import HOSTILE, Page


def told(frames: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """What `schedule --json` says of the made-up operations."""
    count = dict(frames["schedule_operations"].group_by("order").len().iter_rows())
    names = sorted(count)
    return {
        "run": "20261121-0341-7f3a", "park": "wuxi-aidc", "title": "Wuxi park", "scenarios": ["six-week-tests"],
        "park_epoch": "2026-10-01", "tick_us": 1_000_000, "weeks": 8, "operations": len(frames["schedule_operations"]),
        "rule": "search", "scores": {"planned": 12.5, "search": 11.25}, "weighted_tardiness": 11.25,
        "makespan_s": 864_000.0, "checked": 90, "violations": 3, "checks": frames["checks"].to_dicts(),
        "notices": ["a note"],
        "orders": [
            {"order": name, "product": "it_module", "operations": count[name], "weight": 1.0, "due": "2026-11-01",
             "days_late": (None, 3.5, -2.0)[k % 3],
             "accepted": (None, "2026-11-04 12:00:00", "2026-10-30 00:00:00")[k % 3]}
            for k, name in enumerate(names)
        ],
        "moved": [{"unit": "u-1", "operation": "weld", "machine_before": 1, "machine": 2, "hours": 2.0,
                   "start_before": "2026-10-02 08:00", "start": "2026-10-02 10:00", "why": "frame_bay 1 is down"}],
        "search": {"operations": 600, "cost": 900.0, "first": 1000.0, "bound": 800.0, "gap": 1 / 9, "work": 12_345,
                   "replayed_otherwise": 0, "checked": 70, "violations": 1, "interrupted": False, "seconds": 1.5,
                   "prepared_s": 0.0, "trajectory": [[0.1 * k, 1000.0 - k] for k in range(101)]},
    }  # fmt: skip


def test_the_page_tells_the_schedule(frames: dict[str, pl.DataFrame]) -> None:
    """Figures, chart, late orders with whom they wait for, moves, both checkers, and the same bytes again."""
    found = told(frames)
    page = render_schedule(frames, found)
    assert page == render_schedule(frames, found)
    late = [row for row in found["orders"] if row["days_late"] is None or row["days_late"] > 0]
    text = unescape(page)
    assert f"{len(late)} of {len(found['orders'])} orders" in text
    assert "frame_bay 1 is down" in text
    assert "found 2 violations. A second one checked the search's own model 70 times: 1." in text
    assert "aidc-twin runs verify 20261121-0341-7f3a" in text
    assert "11.1" in text  # the gap
    assert ">900<" in page  # the last of the steps, of which some are left out
    data = json.loads(page.split('id="gantt-data">')[1].split("</script>")[0])
    assert data["late_names"] == [
        "on time in the twin",
        "up to 4 weeks late",
        "more than 4 weeks late",
        "never accepted",
    ]
    assert {data["late"][k] for k, name in enumerate(data["orders"]) if name == late[0]["order"]} == {3}


def test_chains_of_the_chart_are_those_of_the_rows(frames: dict[str, pl.DataFrame]) -> None:
    """Each order's chain, its beginning first, with the bar of each link on a machine."""
    page = render_schedule(frames, told(frames))
    data = json.loads(page.split('id="gantt-data">')[1].split("</script>")[0])
    chains = Chains(frames["schedule_operations"])
    for order, links in zip(data["orders"], data["chains"], strict=True):
        wanted = [chains.rows[link.row] for link in reversed(chains.of(order))]
        assert [data["texts"][link[1]] for link in links] == [row[6] for row in wanted]
        assert [data["whys"][link[6]] for link in links] == [link.why for link in reversed(chains.of(order))]
        for link, row in zip(links, wanted, strict=True):
            assert link[4] == row[3]
            if link[0] >= 0:
                assert data["rows"][data["row"][link[0]]] == f"{row[1]} {row[2]}"
                assert data["critical"][link[0]] == (1 if row[0] == order else data["critical"][link[0]])
    assert any(link[0] >= 0 for links in data["chains"] for link in links)


def test_without_search_moves_or_bars_it_says_so(frames: dict[str, pl.DataFrame]) -> None:
    """A rule's schedule of nothing is a page as well."""
    found = {key: value for key, value in told(frames).items() if key not in ("search", "moved")}
    page = render_schedule(
        {**frames, "schedule_operations": frames["schedule_operations"].clear()}, {**found, "orders": []}
    )
    assert "there is no Gantt chart" in page
    assert "No schedule was published to compare this one with." in page
    assert "No order is late." in page


@pytest.mark.parametrize("bad", HOSTILE)
def test_names_are_inert(frames: dict[str, pl.DataFrame], bad: str) -> None:
    """Names of units, orders and machines neither act nor leave their element."""
    rows = frames["schedule_operations"].with_columns(pl.lit(bad).alias("order"), pl.lit(bad).alias("operation"))
    found = {**told(frames), "title": bad, "notices": [bad]}
    for row in (*found["orders"], *found["moved"]):
        row.update({key: bad for key, value in row.items() if isinstance(value, str) and key != "accepted"})
    page = Page(render_schedule({**frames, "schedule_operations": rows}, found))
    assert len(page.scripts) == 2
    assert not any(name.startswith("on") or name in ("src", "action") for _, name, _ in page.attributes)
