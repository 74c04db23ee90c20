"""Chance: the generator's known answers, and inverse distribution functions against closed forms and moments."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import naive_chance
import numpy as np
import pytest

from aidc_twin.twin.chance import distribution, name_hash
from aidc_twin.twin.kernel import draws
from aidc_twin.twin.machine import alone
from aidc_twin.units.quantity import parse_quantity

gamma_quantile = alone(draws.gamma_quantile)
normal_quantile, poisson_quantile = alone(draws.normal_quantile), alone(draws.poisson_quantile)
philox, quantile, uniforms = alone(draws.philox), alone(draws.quantile), alone(draws.uniforms)
ONES = 0xFFFFFFFF
KNOWN = [
    ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0), "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
GRID = [1e-6, 1e-3, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1 - 1e-6]
CELLS = [
    "7",
    "tri(2,3,9)",
    "tri(3,3,9)",
    "uniform(2,5)",
    "exp(4)",
    "erlang(3,6)",
    "gamma(0.5,2)",
    "lognormal(5,0.8)",
    "weibull(1.5,3)",
    "normal(6,2)",
    "normal(1,2)",
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_its_known_answers(counter: tuple[int, ...], key: tuple[int, ...], words: str) -> None:
    """Both implementations give the vectors of the paper's own test."""
    compiled = philox(*(np.uint64(word) for word in (*counter, *key)))
    assert " ".join(f"{int(word):08x}" for word in compiled) == words
    assert " ".join(f"{word:08x}" for word in naive_chance.philox(counter, key)) == words


def test_both_twins_draw_the_same_uniforms() -> None:
    """A name, a step and a tag give the same two numbers, strictly between 0 and 1."""
    for seed in (0, 1, 2**63 + 5, 2**64 - 1):
        for stream, step, tag in (("o1/box/3", "weld", 256), ("phase/hall", "", 0)):
            key = name_hash(step, 32) if step else 0
            found = uniforms(np.uint64(seed), np.uint64(name_hash(stream, 64)), key, tag)
            assert tuple(float(u) for u in found) == naive_chance.uniforms(seed, stream, step, tag)
            assert all(0 < u < 1 for u in found)


def test_uniforms_are_uniform_and_the_two_of_a_key_are_strangers() -> None:
    """Means, variances and the correlation of 20,000 pairs are those of independent uniforms."""
    pairs = np.array([uniforms(np.uint64(7), np.uint64(n), 3, 0) for n in range(20_000)])
    assert pairs.mean(axis=0) == pytest.approx(0.5, abs=4 / math.sqrt(12 * 20_000))
    assert pairs.var(axis=0) == pytest.approx(1 / 12, rel=0.03)
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 4 / math.sqrt(20_000)


def test_normal_quantile_is_that_of_the_standard_library() -> None:
    """The normal quantile agrees with `statistics.NormalDist` over its whole range."""
    for u in [1e-300, 1e-20, *GRID]:
        assert normal_quantile(u) == pytest.approx(NormalDist().inv_cdf(u), rel=1e-12, abs=1e-12)


def test_gamma_of_shape_one_is_exponential() -> None:
    """A gamma law of shape 1 is the exponential law, whose quantile is a logarithm."""
    for u in GRID:
        assert gamma_quantile(1.0, u) == pytest.approx(-math.log1p(-u), rel=1e-9)


def test_gamma_of_whole_shape_is_a_poisson_tail() -> None:
    """P(Gamma(3) > x) is the chance of at most two arrivals by x; the quantile turns it around."""
    for u in GRID:
        x = gamma_quantile(3.0, u)
        assert math.exp(-x) * (1 + x + x * x / 2) == pytest.approx(1 - u, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_quantiles_agree_with_the_plain_twin(cell: str) -> None:
    """Each distribution of a cell gives the same value at each probability in both twins."""
    quantity = parse_quantity(cell + "*1.5")
    kind, (a, b, c, _), _ = distribution(quantity, 3600.0)
    for u in GRID:
        assert quantile(kind, a, b, c, u) == pytest.approx(naive_chance.draw(quantity, 3600.0, u), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_means_of_quantiles_are_the_means_of_the_cells(cell: str) -> None:
    """The quantile averaged over equally likely probabilities is the mean that the cell promises."""
    quantity = parse_quantity(cell)
    kind, (a, b, c, mean), _ = distribution(quantity, 10.0)
    n = 4000
    found = [quantile(kind, a, b, c, (i + 0.5) / n) for i in range(n)]
    assert mean == pytest.approx(quantity.mean * 10)
    assert math.fsum(found) / n == pytest.approx(mean, rel=0.003)


CLOSED: list[tuple[str, Callable[[float], float]]] = [
    ("uniform(2,5)", lambda x: (x - 2) / 3),
    ("tri(2,3,9)", lambda x: (x - 2) ** 2 / 7 if x < 3 else 1 - (9 - x) ** 2 / 42),
    ("exp(4)", lambda x: 1 - math.exp(-x / 4)),
    ("weibull(2,3)", lambda x: 1 - math.exp(-((x * math.gamma(1.5) / 3) ** 2))),
    ("lognormal(5,1)", lambda x: NormalDist().cdf((math.log(x / 5) + math.log(2) / 2) / math.sqrt(math.log(2)))),
    ("normal(6,2)", lambda x: (NormalDist(6, 2).cdf(x) - NormalDist(6, 2).cdf(0)) / (1 - NormalDist(6, 2).cdf(0))),
]


@pytest.mark.parametrize(("cell", "cdf"), CLOSED, ids=[cell for cell, _ in CLOSED])
def test_quantiles_turn_distribution_functions_around(cell: str, cdf: Callable[[float], float]) -> None:
    """Putting the quantile into the distribution function in closed form gives the probability back."""
    kind, (a, b, c, _), _ = distribution(parse_quantity(cell), 1.0)
    for u in GRID:
        assert cdf(quantile(kind, a, b, c, u)) == pytest.approx(u, rel=1e-7, abs=1e-12)


def test_poisson_counts() -> None:
    """The count at a probability is the smallest whose distribution function reaches it."""
    for mean in (0.01, 0.5, 3.0, 40.0):
        for u in GRID:
            n = poisson_quantile(mean, u)
            below = sum(math.exp(-mean + i * math.log(mean) - math.lgamma(i + 1)) for i in range(n))
            assert below < u + 1e-12
            assert below + math.exp(-mean + n * math.log(mean) - math.lgamma(n + 1)) >= u - 1e-12
            assert n == naive_chance.poisson(mean, u)
