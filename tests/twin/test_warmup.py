"""MSER-5 on series whose warm-up is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aidc_twin.twin.statistics import FOUND, NOT_FOUND, TOO_SHORT, mser5


def literal(x: np.ndarray) -> int:
    """The cut by the formula as it is printed, in batches, without shortcuts."""
    z = [sum(x[5 * j : 5 * j + 5]) / 5 for j in range(len(x) // 5)]
    errors = []
    for d in range(len(z) - 4):
        rest = z[d:]
        mean = sum(rest) / len(rest)
        errors.append(sum((one - mean) ** 2 for one in rest) / len(rest) ** 2)
    return min(range(len(errors)), key=lambda d: (errors[d], d))


@pytest.mark.parametrize(("planted", "height"), [(20, 10.0), (50, 5.0), (200, 3.0), (400, -8.0)])
def test_a_planted_step_is_cut_off(planted: int, height: float) -> None:
    """A level `height` deviations off until `planted`: no cut is before it, nine of ten are within 50 after it."""
    rng = np.random.default_rng(planted)
    cuts = []
    for _ in range(100):
        x = rng.normal(size=1000)
        x[:planted] += height
        found = mser5(x)
        cuts.append(found.cut if found.found else 1000)
    assert min(cuts) >= planted
    assert sum(cut <= planted + 50 for cut in cuts) >= 90


def test_a_decaying_transient_loses_its_bias() -> None:
    """Twenty deviations that fade with a time of 40: what is left has mean 0 within chance, the whole has not."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(200):
        x = rng.normal(size=1500) + 20 * np.exp(-np.arange(1500) / 40)
        found.append(mser5(x))
    assert all(one.found for one in found)
    assert 80 < np.median([one.cut for one in found]) < 250
    assert abs(np.mean([one.mean for one in found])) < 0.02  # 20 * 40 / 1500 = 0.53 before the cut


def test_what_never_settles_is_said() -> None:
    """A steady rise, and a level that falls in the second half: the best cut leaves less than half."""
    noise = np.random.default_rng(1).normal(size=500)
    assert mser5(np.arange(500) + noise).status == NOT_FOUND
    assert mser5(np.where(np.arange(500) < 300, 30, 0) + noise).status == NOT_FOUND
    assert not mser5(np.arange(500.0)).found


def test_short_and_constant_series() -> None:
    """Fewer than 50 observations say nothing; a constant needs no cut."""
    assert mser5(np.zeros(49)).status == TOO_SHORT
    assert mser5([]).status == TOO_SHORT
    found = mser5(np.full(50, 3.0))
    assert (found.status, found.cut, found.mean) == (FOUND, 0, 3.0)


@given(
    arrays(np.float64, st.integers(50, 120), elements=st.integers(-50, 50).map(float)),
    st.integers(-100, 100),
    st.sampled_from([0.25, 4.0, -1.0]),
)
def test_laws(x: np.ndarray, shift: int, scale: float) -> None:
    """The cut is the formula's; shift and scale leave its error where it is; odd ones at the end do not count."""
    found = mser5(x)
    z = x[: len(x) // 5 * 5].reshape(-1, 5).mean(axis=1)

    def error(d: int) -> float:
        return float(((z[d:] - z[d:].mean()) ** 2).sum()) / (len(z) - d) ** 2

    assert error(found.cut // 5) == pytest.approx(error(literal(x)), abs=1e-9)
    assert error(mser5(x * scale + shift).cut // 5) == pytest.approx(error(found.cut // 5), abs=1e-9)
    assert mser5(x[: len(x) // 5 * 5]).cut == found.cut
    assert found.cut % 5 == 0
    assert found.found == (found.cut // 5 <= len(z) // 2 and found.cut // 5 < len(z) - 5)
