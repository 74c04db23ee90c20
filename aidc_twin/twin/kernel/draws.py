"""Chance as a pure function of its key: Philox4x32-10 (Salmon et al., SC11) and inverse distribution functions.

A draw is keyed by (seed, stream, step, attempt and purpose), so that one entity more changes no other entity's draws.
"""

from __future__ import annotations

import math

import numpy as np

from aidc_twin.twin.kernel.jit import inner, once
from aidc_twin.twin.kernel.layout import Int, Real

CONSTANT, TRIANGULAR, UNIFORM, EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL, NORMAL, DISCRETE = range(9)

_MASK = np.uint64(0xFFFFFFFF)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_S32 = np.uint64(32)
_S11 = np.uint64(11)
_NONE = np.uint64(0)


@once
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Ten rounds of Philox4x32 on 32-bit words held in uint64; returns four 32-bit words."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _S32) ^ c1 ^ k0, p1 & _MASK, (p0 >> _S32) ^ c3 ^ k1, p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@inner
def uniforms(seed: Int, stream: Int, step: Int, tag: Int) -> tuple[float, float]:
    """Two uniforms in (0, 1) for uint64 `seed` and `stream`, 32-bit `step` and 32-bit `tag`."""
    s, j = np.uint64(seed), np.uint64(stream)
    a, b, c, d = philox(j & _MASK, j >> _S32, np.uint64(step) & _MASK, np.uint64(tag) & _MASK, s & _MASK, s >> _S32)
    u = (np.float64(((a << _S32) | b) >> _S11) + 0.5) * 2.0**-53
    v = (np.float64(((c << _S32) | d) >> _S11) + 0.5) * 2.0**-53
    return u, v


@once
def bits(s: np.uint64, j: np.uint64, step: np.uint64) -> tuple[Int, Int]:
    """The 53 bits of each of the uniforms of `s`, `j` and `step` for tag 0."""
    a, b, c, d = philox(j & _MASK, j >> _S32, step & _MASK, _NONE, s & _MASK, s >> _S32)
    return np.int64(((a << _S32) | b) >> _S11), np.int64(((c << _S32) | d) >> _S11)


# Wichura, AS 241 (Applied Statistics 37, 1988), PPND16: numerators and denominators, highest power first.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_SHOULDER = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


@inner
def rational(coefficients: tuple[tuple[float, ...], tuple[float, ...]], r: float) -> float:
    """Ratio of two polynomials at `r`, each by Horner's rule, highest power first."""
    top = low = 0.0
    for i in range(8):
        top = top * r + coefficients[0][i]
        low = low * r + coefficients[1][i]
    return top / low


@inner
def normal_quantile(p: float) -> float:
    """Quantile of the standard normal (AS 241, relative error about 1e-16)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * rational(_CENTRE, 0.180625 - q * q)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    tail = rational(_SHOULDER, r - 1.6) if r <= 5.0 else rational(_TAIL, r - 5.0)
    return -tail if q < 0.0 else tail


@inner
def gamma_series(shape: float, x: float) -> float:
    """Sum by which the lower incomplete gamma function is x**shape exp(-x) / shape times as large, for x < shape + 1,
    where it ends soon.
    """
    term = total = 1.0
    k = shape
    while term > total * 1e-17:
        k += 1.0
        term *= x / k
        total += term
    return total


@inner
def gamma_fraction(shape: float, x: float) -> float:
    """Continued fraction by which the upper incomplete gamma function is x**shape exp(-x) times as large, by Lentz's
    method; for x >= shape + 1.
    """
    b = x + 1.0 - shape
    d = 1.0 / b
    c, h, change = 1e300, d, 0.0
    i = 0
    while abs(change - 1.0) > 3e-16 and i < 10_000:
        i += 1
        top = i * (shape - i)
        b += 2.0
        d = 1.0 / (top * d + b)
        c = b + top / c
        change = d * c
        h *= change
    return h


@inner
def gamma_quantile(shape: float, p: float) -> float:
    """Quantile of the unit gamma distribution.

    Householder's method of the third order on the logarithm of the probability below x, or where x >= shape + 1 of that
    above, as a function of log(x). Both are concave, so that Newton's method, which is taken where the higher
    orders say something quite different, cannot fail. The error after a step is about the fourth power of that before.
    """
    scale = math.lgamma(shape + 1.0)
    lower, upper = math.log(p), math.log1p(-p)
    root = math.sqrt(shape)
    y = (lower + scale) / shape  # never beyond the quantile
    cube_root = 1.0 - 1.0 / (9.0 * shape) + normal_quantile(p) / (3.0 * root)  # Wilson and Hilferty 1931
    if cube_root > 0.0:
        y = max(y, math.log(shape) + 3.0 * math.log(cube_root))
    for _ in range(100):
        x = math.exp(y)
        if x < shape + 1.0:
            total = gamma_series(shape, x)
            slope = shape / total
            miss = shape * y - x - scale + math.log(total) - lower
        else:
            fraction = gamma_fraction(shape, x)
            slope = -1.0 / fraction
            miss = shape * y - x - scale + math.log(shape * fraction) - upper
        step = miss / slope
        bend = shape - x - slope
        twist = bend * bend - x - slope * bend
        more = (1.0 - 0.5 * bend * step) / (1.0 - bend * step + twist * step * step / 6.0)
        if 0.5 < more < 2.0:
            step *= more
        y -= step
        if abs(step) * (1.0 + root) < 1e-4:
            break
    return math.exp(y)


@once
def triangular(a: float, b: float, c: float, u: float) -> float:
    """Value of a triangular distribution at probability `u`: least, most likely and largest value in ticks."""
    return of_triangle(a, b, c, (b - a) / (c - a), u) if c > a else a


@once
def of_triangle(a: float, b: float, c: float, share_low: float, u: float) -> float:
    """The same where the share that lies below the most likely value is known."""
    width, left, right, rest = c - a, b - a, c - b, 1.0 - u
    low = u < share_low  # which side cannot be foreseen, so that of what both need one is taken, without a branch
    share, side = u if low else rest, left if low else right
    root = math.sqrt(share * width * side)
    above, below = a + root, c - root
    return above if low else below


@inner
def quantile(kind: Int, a: float, b: float, c: float, u: float) -> float:
    """Value of a distribution at probability `u`; a, b, c are its parameters in ticks (see `compile`)."""
    if kind == CONSTANT:
        return a
    if kind == TRIANGULAR:
        return triangular(a, b, c, u)
    if kind == UNIFORM:
        return a + u * (b - a)
    if kind == EXPONENTIAL:
        return -a * math.log(1.0 - u)
    if kind == GAMMA:
        return b * gamma_quantile(a, u)
    if kind == LOGNORMAL:
        return math.exp(a + b * normal_quantile(u))
    if kind == WEIBULL:
        return b * (-math.log(1.0 - u)) ** (1.0 / a)
    return max(0.0, a + b * normal_quantile(c + u * (1.0 - c)))


@inner
def sample(f: Real, kind: Int, q: Int, u: float) -> float:
    """Value at probability `u` of the distribution whose parameters stand at `q`.

    Those of a DISCRETE one are the first cell of its values and their number; pairs of value and cumulative
    probability stand there.
    """
    if kind != DISCRETE:
        return quantile(kind, f[q], f[q + 1], f[q + 2], u)
    low = int(f[q])
    last = low + 2 * (int(f[q + 1]) - 1)
    while low < last:
        middle = low + ((last - low) >> 2) * 2
        if u < f[middle + 1]:
            last = middle
        else:
            low = middle + 2
    return f[low]


@inner
def poisson_quantile(mean: float, u: float) -> int:
    """Smallest n with P(N <= n) >= u for a Poisson count; capped at 10,000."""
    term = math.exp(-mean)
    total = term
    n = 0
    while total < u and n < 10_000:
        n += 1
        term *= mean / n
        total += term
    return n
