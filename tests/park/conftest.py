"""A copy of the tiny park to break, and what to break it with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from aidc_twin.errors import InputError, Problem
from aidc_twin.facts import Fact, Facts
from aidc_twin.park import Park, examine_park, load_park
from aidc_twin.park.check import CheckReport

TINY = Path(__file__).parents[1] / "parks" / "tiny"


def fact(name: str, value: float, unit: str, low: float | None = None, high: float | None = None) -> Fact:
    """Assumption with a range."""
    return Fact(
        id=name,
        topic="test",
        quantity=name,
        value=value,
        unit=unit,
        low=low,
        high=high,
        basis="assumption",
        note="test",
    )


FACTS = Facts(
    [
        fact("frame_days", 5, "days", 3, 8),
        fact("leak_hours", 24, "hours", 8, 48),
        fact("lead_weeks", 12, "weeks", 8, 24),
        fact("supply_mw", 80, "MW"),
        fact("frames", 3, "bays"),
        fact("leak_share", 0.05, "fraction", 0.01, 0.15),
        fact("price_yuan_mw", 2.5e7, "yuan/MW"),
        fact("opening", 20260930, "yyyymmdd", 20260930, 20261205),
    ]
)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A copy of the tiny park that a test may change."""
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    return folder


@pytest.fixture(scope="session")
def tiny_park() -> Park:
    """The tiny park, loaded."""
    return load_park(TINY, facts=FACTS)


@pytest.fixture
def load() -> Callable[..., Park]:
    """`load_park` with the facts of these tests."""

    def call(source: str | Path, scenarios: Sequence[str | Path] = (), **options: Any) -> Park:
        return load_park(source, scenarios, facts=FACTS, **options)

    return call


@pytest.fixture
def examine() -> Callable[[Path], CheckReport]:
    """Problems and notices of a folder with the facts of these tests."""
    return lambda folder: examine_park(folder, facts=FACTS)[1]


@pytest.fixture
def problems_of(load: Callable[..., Park]) -> Callable[..., list[Problem]]:
    """Problems of a park that must not load."""

    def call(source: str | Path, scenarios: Sequence[str | Path] = (), **options: Any) -> list[Problem]:
        with pytest.raises(InputError) as caught:
            load(source, scenarios, **options)
        return list(caught.value.problems)

    return call


@pytest.fixture
def replace_in() -> Callable[[Path, str, str], int]:
    """Replace a text that occurs once in a file; gives the line it stands in."""

    def call(path: Path, old: str, new: str) -> int:
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return call
