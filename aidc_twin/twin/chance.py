"""Quantities as kernel distributions in ticks, and stable hashes of names for the streams of draws."""

from __future__ import annotations

import hashlib
import math
from statistics import NormalDist

from aidc_twin.twin.kernel.draws import (
    CONSTANT,
    EXPONENTIAL,
    GAMMA,
    LOGNORMAL,
    NORMAL,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
)
from aidc_twin.units.clock import Clock
from aidc_twin.units.quantity import Quantity, When

Parameters = tuple[int, tuple[float, float, float, float]]


def name_hash(name: str, bits: int) -> int:
    """Stable hash of a name: the first `bits` of its BLAKE2b."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=bits // 8).digest(), "little")


def distribution(quantity: Quantity, ticks: float) -> Parameters:
    """Kind and parameters (a, b, c, mean) of a quantity whose unit has `ticks`."""
    scale = quantity.factor * ticks
    a = quantity.args
    mean = quantity.mean * ticks
    if scale == 0:
        return CONSTANT, (0.0, 0.0, 0.0, 0.0)
    match quantity.kind:
        case "constant":
            return CONSTANT, (a[0] * scale, 0.0, 0.0, mean)
        case "triangular":
            return TRIANGULAR, (a[0] * scale, a[1] * scale, a[2] * scale, mean)
        case "uniform":
            return UNIFORM, (a[0] * scale, a[1] * scale, 0.0, mean)
        case "exponential":
            return EXPONENTIAL, (a[0] * scale, 0.0, 0.0, mean)
        case "erlang" | "gamma":
            return GAMMA, (a[0], a[1] * scale / a[0], 0.0, mean)
        case "lognormal":
            spread = math.sqrt(math.log1p(a[1] ** 2))
            return LOGNORMAL, (math.log(a[0] * scale) - spread**2 / 2, spread, 0.0, mean)
        case "weibull":
            return WEIBULL, (a[0], a[1] * scale / math.gamma(1 + 1 / a[0]), 0.0, mean)
        case "normal":
            below = NormalDist().cdf(-a[0] / a[1]) if a[1] else 0.0
            return NORMAL, (a[0] * scale, a[1] * scale, below, mean)
        case kind:
            raise ValueError(f"a quantity of kind {kind!r} cannot be sampled")


def when_distribution(when: When, clock: Clock) -> Parameters:
    """The same for a date, in ticks since the epoch; where means are asked for, its most likely day counts."""
    low, mode, high = (float(clock.ticks(day)) for day in (when.low, when.mode, when.high))
    return (CONSTANT, (mode, 0.0, 0.0, mode)) if low == high else (TRIANGULAR, (low, mode, high, mode))
