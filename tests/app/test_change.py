"""Files of changes since a schedule was published, as they are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from aidc_twin.app.change import read_change
from aidc_twin.errors import InputError


def test_a_day_and_a_time_are_kept_apart(tmp_path: Path) -> None:
    """A day stays a day, a time a time."""
    path = tmp_path / "change.toml"
    path.write_text('[[machine_down]]\nresource = "b"\nmachine = 1\nsince = 2026-12-01\nuntil = 2026-12-02T06:00:00\n')
    (row,) = read_change(path)[0].machine_down
    assert (row.since, row.until) == (dt.date(2026, 12, 1), dt.datetime(2026, 12, 2, 6))


def test_what_is_neither_is_told_once(tmp_path: Path) -> None:
    """One problem for each wrong cell, with how to write it."""
    path = tmp_path / "change.toml"
    path.write_text('[[machine_down]]\nresource = "bay"\nmachine = 0\nuntil = "soon"\n')
    with pytest.raises(InputError) as caught:
        read_change(path)
    found = [(one.line, one.column, one.code) for one in caught.value.problems]
    assert found == [
        (3, "machine_down[1].machine", "greater-than-equal"),
        (4, "machine_down[1].until", "bad-time"),
    ]
    assert "without quotes" in caught.value.problems[1].fix
