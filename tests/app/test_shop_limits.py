"""`aidc-twin schedule` of a park reads a profile's time limit and gap, as for instances."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aidc_twin.app.shop import search_limits

Command = Callable[..., Any]
TIGHT = """\
title = "One test rig, slow tests, two fitters"

[[patch]]
op = "set"
path = "capacity.test_rig/all.amount"
value = 1

[[patch]]
op = "set"
path = "capacity.fitters/all.amount"
value = 2

[[patch]]
op = "scale"
path = "operations.it_box/test.duration"
value = 12
"""


def test_a_profile_that_does_not_exist_is_refused(place: Any, command: Command) -> None:
    """It was passed over in silence for a park."""
    found = command("schedule", place.park, "--profile", "quik", "--time-limit", 0)
    assert found.code == 2
    assert "did you mean 'quick'" in found.err


def test_the_command_line_stands_in_for_the_profile(tmp_path: Path) -> None:
    """Without a profile nothing is set; with one its two figures are, but for those that the command line names."""
    mine = tmp_path / "mine.toml"
    mine.write_text("gap = 0.25\ntime_limit_s = 7.0\n", encoding="utf-8")
    assert search_limits(None, None, None) == (None, None)
    assert search_limits(str(mine), None, None) == (7.0, 0.25)
    assert search_limits(str(mine), 2.0, 0.5) == (2.0, 0.5)


def test_a_gap_ends_the_search_of_a_park(place: Any, command: Command, tmp_path: Path) -> None:
    """Orders are late for one slow rig, and no bound tells the whole of it: within all of the cost none is searched."""
    tight = tmp_path / "tight.toml"
    tight.write_text(TIGHT, encoding="utf-8")
    usual = ("schedule", place.park, "-s", tight, "--weeks", 40, "--work", 20_000, "--store", place.store, "--json")
    whole, near = command(*usual), command(*usual, "--gap", 1)
    assert (whole.code, near.code) == (0, 0), whole.err + near.err
    assert near.json["search"]["work"] < 20_000 <= whole.json["search"]["work"]


def test_a_target_ends_the_search_of_a_park(place: Any, command: Command, tmp_path: Path) -> None:
    """A cost that the first schedule has is good enough."""
    tight = tmp_path / "tight.toml"
    tight.write_text(TIGHT, encoding="utf-8")
    usual = ("schedule", place.park, "-s", tight, "--weeks", 40, "--work", 20_000, "--store", place.store, "--json")
    near = command(*usual, "--target", 2**60)
    assert near.code == 0, near.err
    assert near.json["search"]["work"] < 20_000
