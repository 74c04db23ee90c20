"""Quantities as kernel distributions in ticks, and stable hashes of names for the streams of draws."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import NormalDist
from typing import NamedTuple

from aidc_twin.twin.kernel.draws import (
    CONSTANT,
    DISCRETE,
    EXPONENTIAL,
    GAMMA,
    LOGNORMAL,
    NORMAL,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
    quantile,
)
from aidc_twin.twin.machine import alone
from aidc_twin.units.clock import Clock
from aidc_twin.units.quantity import Quantity, When

Cells = tuple[float, float, float, float]

_quantile = alone(quantile)


class Parameters(NamedTuple):
    """Kind of a distribution, its parameters a, b, c and mean in ticks; of a DISCRETE one (value, cumulative) pairs."""

    kind: int
    cells: Cells
    pairs: tuple[tuple[float, float], ...] = ()


@dataclass
class Values:
    """Pairs of discrete distributions one after the other, as they stand at the beginning of the real memory."""

    numbers: list[float] = field(default_factory=list[float])

    def cells(self, parameters: Parameters) -> Cells:
        """The four cells of a distribution in the kernel; pairs are put away, and the first cell says where."""
        if parameters.kind != DISCRETE:
            return parameters.cells
        offset = float(len(self.numbers))
        for pair in parameters.pairs:
            self.numbers += pair
        return offset, float(len(parameters.pairs)), 0.0, parameters.cells[3]


def name_hash(name: str, bits: int) -> int:
    """Stable hash of a name: the first `bits` of its BLAKE2b."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=bits // 8).digest(), "little")


NOTHING = Parameters(CONSTANT, (0.0, 0.0, 0.0, 0.0))


def distribution(quantity: Quantity, ticks: float) -> Parameters:
    """Kind and parameters (a, b, c, mean) of a quantity whose unit has `ticks`."""
    scale = quantity.factor * ticks
    a = quantity.args
    mean = quantity.mean * ticks
    if scale == 0:
        return NOTHING
    match quantity.kind:
        case "constant":
            return Parameters(CONSTANT, (a[0] * scale, 0.0, 0.0, mean))
        case "triangular":
            return Parameters(TRIANGULAR, (a[0] * scale, a[1] * scale, a[2] * scale, mean))
        case "uniform":
            return Parameters(UNIFORM, (a[0] * scale, a[1] * scale, 0.0, mean))
        case "exponential":
            return Parameters(EXPONENTIAL, (a[0] * scale, 0.0, 0.0, mean))
        case "erlang" | "gamma":
            return Parameters(GAMMA, (a[0], a[1] * scale / a[0], 0.0, mean))
        case "lognormal":
            spread = math.sqrt(math.log1p(a[1] ** 2))
            return Parameters(LOGNORMAL, (math.log(a[0] * scale) - spread**2 / 2, spread, 0.0, mean))
        case "weibull":
            return Parameters(WEIBULL, (a[0], a[1] * scale / math.gamma(1 + 1 / a[0]), 0.0, mean))
        case "normal":
            below = NormalDist().cdf(-a[0] / a[1]) if a[1] else 0.0
            return Parameters(NORMAL, (a[0] * scale, a[1] * scale, below, mean))
        case "discrete":
            total = sum(a[1::2])
            shares = accumulate(p / total for p in a[1::2])
            pairs = tuple((value * scale, share) for value, share in zip(a[::2], shares, strict=True))
            return Parameters(DISCRETE, (0.0, 0.0, 0.0, mean), pairs)
        case "empirical":
            pairs = tuple((value * scale, (i + 1) / len(a)) for i, value in enumerate(a))
            return Parameters(DISCRETE, (0.0, 0.0, 0.0, mean), pairs)
        case kind:
            raise ValueError(f"a quantity of kind {kind!r} cannot be sampled")


def value_at(parameters: Parameters, u: float) -> float:
    """Value of a distribution in ticks at probability `u` in (0, 1)."""
    if parameters.kind != DISCRETE:
        return _quantile(parameters.kind, *parameters.cells[:3], u)
    masses = zip(parameters.pairs, (0.0, *(share for _, share in parameters.pairs)), strict=False)
    reached = 0.0
    for value, mass in sorted((value, share - before) for (value, share), before in masses):
        reached += mass
        if u <= reached:
            return value
    return max(value for value, _ in parameters.pairs)


def when_distribution(when: When, clock: Clock) -> Parameters:
    """The same for a date, in ticks since the epoch; where means are asked for, its most likely day counts."""
    low, mode, high = (float(clock.ticks(day)) for day in (when.low, when.mode, when.high))
    if low == high:
        return Parameters(CONSTANT, (mode, 0.0, 0.0, mode))
    return Parameters(TRIANGULAR, (low, mode, high, mode))
