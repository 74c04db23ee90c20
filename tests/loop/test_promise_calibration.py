"""Promises are kept as often as they say: in fresh futures, on average over many inquiries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from aidc_twin.loop.promise import Base, Course, PromiseOptions
from aidc_twin.loop.promise_dates import NEVER, PROBABILITIES, kept_by
from aidc_twin.loop.promise_place import Inquiry, Place
from aidc_twin.park import Park, load_park
from aidc_twin.twin.run import seeds_of

FRESH = 10**9
"""Seeds from which no promise is made."""


def kept(base: Base, inquiry: Inquiry, place: Place, seed: int, fresh: int) -> list[float]:
    """Share of fresh futures in which the order is delivered by the tick promised with each probability."""
    course = Course(base, inquiry, place)
    promised = course.asked().ticks
    ticks = [kept_by(promised, probability).tick for probability in PROBABILITIES]
    assert all(tick is not None for tick in ticks), f"{inquiry} is not delivered within the horizon"
    found = np.array(course.ticks(seeds_of(seed, fresh), int(promised[promised < NEVER].max())))
    return [float((found <= tick).mean()) for tick in ticks if tick is not None]


def inquiries(
    park: Park, goods: Sequence[tuple[str, str]], amounts: Sequence[float], days: Sequence[int]
) -> list[Inquiry]:
    """Each product and destination, in each amount, by each day from the epoch."""
    return [
        Inquiry("Q", name, mw, park.head.epoch + dt.timedelta(days=day), destination)
        for (name, destination), mw, day in product(goods, amounts, days)
    ]


def shares(park: Park, asked: Sequence[Inquiry], fresh: int, place: Place = "ordinary") -> np.ndarray:
    """Kept shares of each inquiry, shape (inquiries, 4)."""
    base = Base(park, (), PromiseOptions())
    return np.array([kept(base, one, place, FRESH + 1000 * i, fresh) for i, one in enumerate(asked)])


def test_promises_of_a_small_park_are_kept(scaffold: Park) -> None:
    """Eight inquiries over sizes and wished days, 200 fresh futures each."""
    asked = inquiries(scaffold, [("site", "home")], (1.0, 4.0), (20, 100, 200, 300))
    mean = shares(scaffold, asked, 200).mean(axis=0)
    assert 0.87 <= mean[2] <= 0.93
    assert (np.diff(mean) > 0).all()


def check_all(found: np.ndarray, fresh: int) -> None:
    """Nine in ten within three points, and all within four standard errors of what an order statistic is to keep.

    The k-th of n futures is kept in k / (n + 1), and all futures, those of the promises and the fresh ones, are
    independent; the ticks are so fine that hardly two futures have the same.
    """
    n, mean = PromiseOptions().replications, found.mean(axis=0)
    assert 0.87 <= mean[2] <= 0.93
    p = np.ceil(np.array(PROBABILITIES) * (n + 1) - 1e-9) / (n + 1)
    error = np.sqrt(p * (1 - p) * (1 / n + 1 / fresh) / len(found))
    assert (np.abs(mean - p) <= 4 * error).all(), (mean, p, error)


@pytest.mark.release
@pytest.mark.parametrize("place", ["ordinary", "rush"])
def test_all_promises_of_a_small_park_are_kept(scaffold: Park, place: Place) -> None:
    """40 inquiries × 500 fresh futures."""
    asked = inquiries(scaffold, [("site", "home")], (1, 2, 3, 4, 5), (20, 60, 100, 150, 200, 250, 300, 350))
    assert len(asked) >= 40
    check_all(shares(scaffold, asked, 500, place), 500)


@pytest.mark.release
@pytest.mark.parametrize("place", ["ordinary", "rush"])
def test_all_promises_of_the_shipped_park_are_kept(place: Place) -> None:
    """40 inquiries × 500 fresh futures, at home and abroad, small and large, urgent and not."""
    goods = [("dc-it", "north-china"), ("dc-it", "east-china"), ("dc-ready", "south-china"), ("dc-export", "gulf"),
             ("dc-export", "seasia")]  # fmt: skip
    park = load_park("wuxi-aidc")
    asked = inquiries(park, goods, (2, 8, 25, 60), (60, 250))
    assert len(asked) >= 40
    check_all(shares(park, asked, 500, place), 500)
