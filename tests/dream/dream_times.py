"""Numbers and times of the other simulator; random ones in the words of a park: the same family, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, exp, expm1, gamma, sqrt
from typing import Any


class Inexpressible(Exception):
    """Something that a park cannot say yet; the text names the mechanism."""


def exact(value: Any) -> Fraction:
    """A number as it is written; blank is 0."""
    return Fraction(str(value)) if value not in (None, "") else Fraction(0)


def family(distribution: Any) -> tuple[str, dict[str, Any]]:
    """Family of a distribution with its parameters; blank is always 0."""
    if not isinstance(distribution, dict):
        return "Fixed", {"mean": distribution}
    named = {name: row for name, row in distribution.items() if name[:1].isupper()}
    if len(named) > 1:
        raise Inexpressible("a time of several distributions")
    for name, row in named.items():
        return name, row or {}
    return str(distribution.get("distributionType") or "Fixed"), distribution


def mean(distribution: Any) -> Fraction:
    """Mean of a fixed distribution; blank is 0."""
    name, given = family(distribution)
    if name != "Fixed":
        raise Inexpressible("random times")
    return exact(given.get("mean"))


Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Family:
    """Parameters of a family of times, and how a park writes it."""

    needs: tuple[str, ...]
    written: Callable[[Numbers], tuple[str, tuple[float, ...]]]


FAMILIES = {
    "Exp": Family(("mean",), lambda it: ("exp", (it["mean"],))),
    "Uniform": Family(("min", "max"), lambda it: ("uniform", (it["min"], it["max"]))),
    "Triangular": Family(("min", "mean", "max"), lambda it: ("tri", (it["min"], it["mean"], it["max"]))),
    "Normal": Family(("mean", "stdev"), lambda it: ("normal", (it["mean"], it["stdev"]))),
    "Gamma": Family(("shape", "rate"), lambda it: ("gamma", (it["shape"], it["shape"] / it["rate"]))),
    "Weibull": Family(
        ("shape", "scale"), lambda it: ("weibull", (it["shape"], it["scale"] * gamma(1 + 1 / it["shape"])))
    ),
    "Lognormal": Family(
        ("logmean", "logsd"),
        lambda it: ("lognormal", (exp(it["logmean"] + it["logsd"] ** 2 / 2), sqrt(expm1(it["logsd"] ** 2)))),
    ),
}


def drawn(distribution: Any) -> str:
    """A random time as a park writes it; "" for a fixed one.

    Raises
    ------
    Inexpressible
        Of a family that a park does not have, or one that is cut off otherwise than a park does.
    """
    name, given = family(distribution)
    if name == "Fixed":
        return ""
    says = {key: exact(value) for key, value in given.items() if key != "distributionType" and value not in (None, "")}
    known = FAMILIES.get(name)
    if known is None or any(key not in says for key in known.needs):
        raise Inexpressible(f"random times of the family {name}")
    more = set(says) - set(known.needs)
    if any(says[key] > 0 or key != "min" for key in more):
        raise Inexpressible("random times that are cut elsewhere than at 0")
    word, values = known.written({key: float(value) for key, value in says.items()})
    return f"{word}({','.join(f'{value:.15g}' for value in values)})"


def nominal(distribution: Any) -> Fraction:
    """Mean of a fixed time; 0 of a random one, whose length nothing may be reckoned with."""
    return mean(distribution) if family(distribution)[0] == "Fixed" else Fraction(0)


def random_most(distribution: Any, end: Fraction) -> int:
    """More units than a random source can bring by the end of a run, as good as surely."""
    name, given = family(distribution)
    if name not in ("Exp", "Normal", "Triangular"):
        raise Inexpressible(f"arrivals at random times of the family {name}")
    return 3 * ceil(end / exact(given["mean"])) + 200
