"""The quantile of the gamma law against its distribution function with sixty digits."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from aidc_twin.twin.kernel import draws
from aidc_twin.twin.machine import alone

gamma_quantile = alone(draws.gamma_quantile)
SHAPES = [0.05, 0.1, 0.35, 0.5, 0.9, 1.0, 1.5, 2.0, 4.0, 9.5, 30.0, 100.0, 1000.0, 1e4]
TAILS = [1e-12, 1e-9, 1e-6, 1e-4, 0.003, 0.02, 0.1, 0.3, 0.42, 0.47]
LEVELS = [*TAILS, 0.5, *(1 - u for u in TAILS)]
BERNOULLI = [Fraction(*pair) for pair in (
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798), (-174611, 330),
    (854513, 138), (-236364091, 2730), (8553103, 6), (-23749461029, 870), (8615841276005, 14322),
)]  # fmt: skip
HALF_LOG_TWO_PI = Decimal("0.918938533204672741780329736405617639861397473637783412817")


def log_gamma(z: Decimal) -> Decimal:
    """Logarithm of the gamma function by Stirling's series, from an argument beyond 60."""
    shift = Decimal(0)
    while z < 60:
        shift += z.ln()
        z += 1
    rest = sum(Decimal(b.numerator) / b.denominator / (2 * k * (2 * k - 1)) / z ** (2 * k - 1)
               for k, b in enumerate(BERNOULLI, 1))  # fmt: skip
    return (z - Decimal("0.5")) * z.ln() - z + HALF_LOG_TWO_PI + rest - shift


def relative_error(shape: float, u: float, x: float) -> float:
    """How far `x` is from the quantile at `u`, in parts of it: what the distribution function misses by its slope."""
    with localcontext() as context:
        context.prec = 60
        a, y = Decimal(shape), Decimal(x)
        density = (a * y.ln() - y - log_gamma(a)).exp()
        term = total = 1 / a
        n = a
        while term > total * Decimal("1e-50"):
            n += 1
            term *= y / n
            total += term
        return float((density * total - Decimal(u)) / density)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_quantile_has_twelve_digits(shape: float) -> None:
    """From the one tail to the other and over all shapes the quantile is right to a relative error of 1e-12."""
    errors = {u: relative_error(shape, u, gamma_quantile(shape, u)) for u in LEVELS}
    assert max(abs(error) for error in errors.values()) < 1e-12, errors


def test_a_quantile_below_all_numbers_is_zero() -> None:
    """At a shape of 0.01 one in a million million lies below 1e-1200."""
    assert gamma_quantile(0.01, 1e-12) == 0.0


@pytest.mark.parametrize("shape", [0.1, 0.7, 1.0, 3.3, 100.0])
def test_the_quantile_rises(shape: float) -> None:
    """A larger probability never has a smaller quantile, also where the kind of sum changes."""
    found = [gamma_quantile(shape, i / 2000) for i in range(1, 2000)]
    assert found == sorted(found)
