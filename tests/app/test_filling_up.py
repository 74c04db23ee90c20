"""`simulate` on lines that fill up first: a warm-up is proposed, applied, or found by a pilot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
HEAD = 'schema_version = 1\nid = "curing"\nepoch = 2026-10-05\nhorizon_weeks = 60\n'
STEP = "routing,operation,stage,after,duration,duration_unit\npart,weld,manufacture,,8,week\n"


ROUND = """\
routing,operation,stage,after,duration,duration_unit
part,load,manufacture,,1,day
part,weld,manufacture,load,8,week
"""
"""A day at a dock, eight weeks in one of 300 bays, and back to the dock."""


@pytest.fixture
def pallets(copied: Callable[..., Path]) -> Path:
    """56 pallets at one dock, a day each: the last one waits 55 days. None waits in later rounds of 57 days."""
    files = {
        "park.toml": HEAD,
        "sources.csv": "source,product,interval_hours,units,most\npallet,part,0,56,1\n",
        "capacity.csv": "resource,amount\ndock,1\nbay,300\n",
        "operations.csv": ROUND,
    }
    return copied("closed", "pallets", files)


def test_a_closed_population_settles_with_its_waits(pallets: Path, command: Command) -> None:
    """Waits grow for eight weeks, the second batch of five holds their end: ten weeks go; the number never moves."""
    plain = command("simulate", pallets, "-n", 2, "--json").json
    assert plain["kpis"]["pallet/in_park"]["mean"] == pytest.approx(56)
    # 56 loads after 0, 1, ... 55 days, and 56 more every 57 days: 7 times in 420 = 7 * 57 + 21 days, then on days 399
    # to 420, the last in the instant in which the run ends
    assert plain["kpis"]["wait/part/load"]["mean"] == pytest.approx(24 * 55 * 56 / 2 / (7 * 56 + 22))
    assert plain["notices"][-1] == (
        "pallet: hours waited a week settle after 10 weeks (MSER-5), but these figures hold the weeks before:"
        " set warm_up_weeks = 10 in park.toml, or pass --warm-up 10 or --warm-up auto"
    )
    auto = command("simulate", pallets, "-n", 2, "--warm-up", "auto", "--json").json
    assert auto["warm_up"]["settles_after"] == {"pallet": 10}
    assert auto["warm_up"]["series"] == {"pallet": "hours waited a week"}
    assert auto["kpis"]["wait/part/load"]["mean"] == 0
    text = command("simulate", pallets, "-n", 2, "--warm-up", "auto").out
    assert "MSER-5 on the hours waited a week, a pilot of 2 replications" in text


def test_a_population_that_dies_out_is_not_closed(pallets: Path, command: Command) -> None:
    """One in ten of those that come back leaves: nothing is proposed, and auto is refused."""
    rows = "routing,operation,next,share\npart,weld,load,0.9\npart,weld,end,0.1\n"
    (pallets / "branches.csv").write_text(rows, encoding="utf-8")
    assert "or whose units go round for ever" in command("simulate", pallets, "-n", 2, "--warm-up", "auto").err
    notices = command("simulate", pallets, "-n", 2, "--json").json["notices"]
    assert not any("MSER-5" in line for line in notices)


@pytest.fixture
def curing(copied: Callable[..., Path]) -> Path:
    """A part a day cures for eight weeks: 56 parts stay in the park from the ninth week on, none waits."""
    files = {
        "park.toml": HEAD,
        "sources.csv": "source,product,interval_hours\nweb,part,24\n",
        "capacity.csv": "resource,amount\nbay,300\n",
        "operations.csv": STEP,
    }
    return copied("sources", "curing", files)


def test_a_warm_up_is_proposed_and_applied(curing: Path, command: Command) -> None:
    """The mean rises in eight weeks, the second batch of five holds the end of that: ten weeks go."""
    plain = command("simulate", curing, "-n", 2, "--json").json
    assert plain["warm_up"] is None
    assert plain["notices"][-1] == (
        "web: units in the park settle after 10 weeks (MSER-5), but these figures hold the weeks before: set"
        " warm_up_weeks = 10 in park.toml, or pass --warm-up 10 or --warm-up auto"
    )
    assert plain["kpis"]["web/in_park"]["mean"] < 53
    auto, ten, eight = (
        command("simulate", curing, "-n", 2, "--warm-up", text, "--json").json for text in ("auto", "10", "8")
    )
    assert auto["warm_up"] == {
        "weeks": 10, "by": "mser5", "pilot_replications": 2, "settles_after": {"web": 10},
        "series": {"web": "units in the park"},
    }  # fmt: skip
    assert ten["warm_up"]["by"] == "option"
    assert [found["warm_up_weeks"] for found in (auto, ten, eight)] == [10, 10, 8]
    for found in (auto, ten, eight):
        assert found["kpis"]["web/in_park"]["mean"] == pytest.approx(56)
        assert found["notices"] == []
    assert auto["kpis"] == ten["kpis"]
    (curing / "park.toml").write_text(f"{HEAD}warm_up_weeks = 10\n", encoding="utf-8")
    assert command("simulate", curing, "-n", 2, "--json").json["kpis"] == ten["kpis"]
    assert command("simulate", curing, "-n", 2, "--warm-up", "0", "--json").json["kpis"] == plain["kpis"]
    text = command("simulate", curing, "-n", 2, "--warm-up", "auto").out
    assert "without the first 10 weeks (MSER-5 on the units in the park, a pilot of 2 replications" in text


def test_a_warm_up_that_cannot_be_is_refused(curing: Path, command: Command, copied: Callable[..., Path]) -> None:
    """Words, weeks that leave nothing, a line that fills up too long, a short horizon, a park without such a source."""
    late = curing.parent / "late.toml"
    patch = '[[patch]]\nop = "set"\npath = "operations.part/weld.duration"\nvalue = 32\n'
    late.write_text(f'title = "late"\n\n{patch}', encoding="utf-8")
    for park, words, told in (
        (curing, ("--warm-up", "soon"), "auto, or a whole number of weeks"),
        (curing, ("--warm-up", "60"), "fewer weeks than the 60 of the horizon"),
        (curing, ("--warm-up", "auto", "-s", late), "web: units in the park do not settle"),
        (copied("urgent", "urgent", {}), ("--warm-up", "auto"), "a source that has no end, or whose units go round"),
    ):
        refused = command("simulate", park, "-n", 2, *words)
        assert refused.code == 2
        assert told in refused.err
    (curing / "park.toml").write_text(HEAD.replace("60", "49"), encoding="utf-8")
    assert "50 or more" in command("simulate", curing, "-n", 2, "--warm-up", "auto").err
    notices = command("simulate", curing, "-n", 2, "--json").json["notices"]
    assert not any("MSER-5" in line for line in notices)
