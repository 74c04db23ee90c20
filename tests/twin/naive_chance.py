"""Chance of the plain-Python twin: Philox on Python's integers and distributions turned around one by one."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Sequence
from statistics import NormalDist

from aidc_twin.units.quantity import Quantity

WORD = (1 << 32) - 1


def philox(counter: Sequence[int], key: Sequence[int]) -> tuple[int, int, int, int]:
    """Philox4x32 with ten rounds."""
    x = list(counter)
    k = list(key)
    for _ in range(10):
        left, right = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [right >> 32 ^ x[1] ^ k[0], right & WORD, left >> 32 ^ x[3] ^ k[1], left & WORD]
        k = [k[0] + 0x9E3779B9 & WORD, k[1] + 0xBB67AE85 & WORD]
    return x[0], x[1], x[2], x[3]


def uniforms(seed: int, stream: str | int, step: str, tag: int) -> tuple[float, float]:
    """Two uniforms for a thing (its name or number), its step and a tag; an empty step is 0."""
    name = name_number(stream) if isinstance(stream, str) else stream
    a, b, c, d = philox((name & WORD, name >> 32, _hash(step, 4) if step else 0, tag), (seed & WORD, seed >> 32))
    return tuple((((high << 32 | low) >> 11) + 0.5) / 2**53 for high, low in ((a, b), (c, d)))


def name_number(name: str) -> int:
    """Number of a stream by its name."""
    return _hash(name, 8)


def _hash(name: str, size: int) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=size).digest(), "little")


def gamma_cdf(shape: float, x: float) -> float:
    """Distribution function of the unit gamma law by its power series, which never loses digits."""
    if x <= 0:
        return 0.0
    term = total = 1.0
    for n in itertools.count(1):
        term *= x / (shape + n)
        total += term
        if term < 1e-18 * total:
            return min(1.0, total * math.exp(shape * math.log(x) - x - math.lgamma(shape + 1)))
    raise AssertionError


def gamma_quantile(shape: float, u: float) -> float:
    """Root of the distribution function by halving."""
    low, high = 0.0, shape + 1
    while gamma_cdf(shape, high) < u:
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if gamma_cdf(shape, middle) < u else (low, middle)
    return (low + high) / 2


def draw(q: Quantity, ticks: float, u: float) -> float:
    """Quantity in ticks at probability `u`; `ticks` are in one of its units."""
    scale, a = q.factor * ticks, q.args
    if scale == 0:
        return 0.0
    if q.kind == "constant":
        return a[0] * scale
    if q.kind == "discrete":
        return _listed(a[::2], a[1::2], u) * scale
    if q.kind == "empirical":
        return a[math.floor(u * len(a))] * scale
    if q.kind == "triangular":
        low, mode, high = (x * scale for x in a)
        if high <= low:
            return low
        if u * (high - low) < mode - low:
            return low + math.sqrt(u * (high - low) * (mode - low))
        return high - math.sqrt((1 - u) * (high - low) * (high - mode))
    if q.kind == "uniform":
        return a[0] * scale + u * (a[1] * scale - a[0] * scale)
    if q.kind == "exponential":
        return -math.log(1 - u) * a[0] * scale
    if q.kind in ("erlang", "gamma"):
        return a[1] * scale / a[0] * gamma_quantile(a[0], u)
    if q.kind == "weibull":
        return a[1] * scale / math.gamma(1 + 1 / a[0]) * (-math.log(1 - u)) ** (1 / a[0])
    if q.kind == "lognormal":
        s = math.sqrt(math.log(1 + a[1] ** 2))
        return a[0] * scale * math.exp(s * NormalDist().inv_cdf(u) - s * s / 2)
    mean, sd = a[0] * scale, a[1] * scale
    if sd == 0:
        return mean
    below = NormalDist().cdf(-a[0] / a[1])
    return max(0.0, mean + sd * NormalDist().inv_cdf(below + u * (1 - below)))


def _listed(values: Sequence[float], shares: Sequence[float], u: float) -> float:
    """First value whose share and those before it exceed `u`."""
    reached = itertools.accumulate(shares)
    return next((value for value, total in zip(values, reached, strict=True) if total > u * sum(shares)), values[-1])


def poisson(mean: float, u: float) -> int:
    """Count at probability `u`."""
    n, term = 0, math.exp(-mean)
    total = term
    while total < u and n < 10_000:
        n += 1
        term *= mean / n
        total += term
    return n


def near(x: float) -> int:
    """Nearest tick, half up."""
    return math.floor(x + 0.5)
