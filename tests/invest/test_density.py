"""Output per area and worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from aidc_twin.invest import per_area
from aidc_twin.park import load_park

TINY = Path(__file__).parents[1] / "parks" / "tiny"


def test_areas_count_from_their_opening() -> None:
    """The tiny park's annex opens on 1 March: 306 of 365 days of 2027 (and its delay has mode 10)."""
    found = per_area(10**9, load_park(TINY), 2027)
    share = 296 / 365
    assert found.land_mu == pytest.approx(10 + 20 * share)
    assert found.floor_m2 == pytest.approx(1000 + 2000 * share)
    assert found.workers == pytest.approx(2 + 6 + 2)
    assert found.yuan_per_worker == pytest.approx(10**8)
    assert found.yuan_per_m2 == pytest.approx(10**9 / (1000 + 2000 * share))


def test_a_year_before_the_park_has_no_density() -> None:
    """Nothing is divided by zero where nothing is open."""
    found = per_area(10**9, load_park(TINY), 2020)
    assert (found.land_mu, found.yuan_per_mu, found.yuan_per_m2) == (0.0, None, None)
