"""Numbers of a park as they stand in a cell: a constant, a reference to a fact, or a distribution.

The grammar of a cell is ``5``, ``1.5e6``, ``fact:frame_fab_days``, ``tri(3,5,8)``, ``uniform(a,b)``, ``exp(mean)``,
``erlang(k,mean)``, ``gamma(shape,mean)``, ``lognormal(mean,cv)``, ``weibull(shape,mean)``, ``normal(mean,sd)``
(truncated at 0), ``discrete(v1,p1,v2,p2,…)`` (values with probabilities) or ``empirical(x1,x2,…)`` (samples, equally
likely), each optionally followed by ``*factor``. Units stand in the column name, never in the cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from aidc_twin.units.number import QuantityError, number_text, parse_number
from aidc_twin.units.when import When, parse_when

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["KINDS", "Quantity", "QuantityError", "When", "parse_quantity", "parse_when"]

KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tri": ("triangular", ("low", "mode", "high")),
    "uniform": ("uniform", ("low", "high")),
    "exp": ("exponential", ("mean",)),
    "erlang": ("erlang", ("k", "mean")),
    "gamma": ("gamma", ("shape", "mean")),
    "lognormal": ("lognormal", ("mean", "cv")),
    "weibull": ("weibull", ("shape", "mean")),
    "normal": ("normal", ("mean", "sd")),
    "discrete": ("discrete", ("v1", "p1", "v2", "p2", "...")),
    "empirical": ("empirical", ("x1", "x2", "...")),
}
"""Word in a cell → (kind, names of its arguments); after `...` any number of the same follow."""

MOST_VALUES, MOST_SAMPLES = 64, 1000
"""Most values of a discrete, most samples of an empirical distribution."""

BOUNDED = ("constant", "triangular", "uniform", "discrete", "empirical")
"""Kinds with a least and a greatest number."""

GRAMMAR = "a number, fact:ID, tri(low,mode,high) or another distribution, optionally *factor"
_WORDS = {kind: word for word, (kind, _) in KINDS.items()}
_CALL = re.compile(r"([A-Za-z]+) *\(([^()]*)\)", re.ASCII)
_FACT = re.compile(r"fact: *([A-Za-z][A-Za-z0-9_]*)", re.ASCII)
_SURE = 1e-6
"""How far probabilities may add up to something else than 1."""

_SPREAD = 3.0
"""Standard deviations from the mean that `low` and `high` of an unbounded kind stand for."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its distribution and origin; `value`, `mean`, `low` and `high` include `factor`.

    `kind` is one of constant, triangular, uniform, exponential, erlang, gamma, lognormal, weibull, normal, discrete
    (`args` are value, probability, value, probability …), empirical (`args` are the samples), or fact (a reference not
    yet resolved, whose numbers may not be asked for). `basis` is ``value`` for a number typed in a
    cell, else that of its fact. Comparison with a number holds for the whole range from `low` to `high`, so that a
    ``ge``/``le`` bound of a model field works; an unresolved fact passes and is compared again once resolved.
    """

    kind: str
    args: tuple[float, ...]
    fact: str = ""
    factor: float = 1.0
    basis: str = "value"
    unit: str = ""

    @property
    def value(self) -> float:
        """Nominal number: the constant, the mode of a triangle, otherwise the mean."""
        if self.kind == "triangular":
            return self.args[1] * self.factor
        return self.mean

    @property
    def mean(self) -> float:
        """Expected number."""
        return _mean(self.kind, self._known_args()) * self.factor

    @property
    def low(self) -> float:
        """Least number; of an unbounded kind three standard deviations below the mean, not below 0."""
        if self.kind in BOUNDED:
            return min(_values(self.kind, self.args)) * self.factor
        return max(0.0, self._centre() - _SPREAD * _deviation(self.kind, self._known_args())) * self.factor

    @property
    def high(self) -> float:
        """Greatest number; of an unbounded kind three standard deviations above the mean."""
        if self.kind in BOUNDED:
            return max(_values(self.kind, self.args)) * self.factor
        return (self._centre() + _SPREAD * _deviation(self.kind, self._known_args())) * self.factor

    @property
    def text(self) -> str:
        """Cell text that parses back to this quantity (a resolved fact gives its reference)."""
        if self.fact:
            body = f"fact:{self.fact}"
        elif self.kind == "constant":
            body = number_text(self.args[0])
        else:
            body = f"{_WORDS[self.kind]}({','.join(number_text(a) for a in self.args)})"
        return body if self.factor == 1.0 else f"{body}*{number_text(self.factor)}"

    def scaled(self, f: float) -> Quantity:
        """Same distribution times `f` (finite, not negative)."""
        if not math.isfinite(f) or f < 0:
            raise QuantityError(f"factor {f} is not a finite number of at least 0")
        return replace(self, factor=self.factor * f)

    def resolved(self, kind: str, args: tuple[float, ...], basis: str, unit: str) -> Quantity:
        """Put the numbers of its fact into a reference; reference and factor stay."""
        return replace(self, kind=kind, args=args, basis=basis, unit=unit)

    def _known_args(self) -> tuple[float, ...]:
        if self.kind == "fact":
            raise QuantityError(f"fact {self.fact!r} is not resolved yet", "resolve it against the facts first")
        return self.args

    def _centre(self) -> float:
        return self.args[0] if self.kind == "normal" else _mean(self.kind, self._known_args())

    def __ge__(self, other: float) -> bool:
        return self.kind == "fact" or self.low >= other

    def __gt__(self, other: float) -> bool:
        positive = other == 0 and self.kind not in BOUNDED and self.factor > 0
        return self.kind == "fact" or positive or self.low > other

    def __le__(self, other: float) -> bool:
        return self.kind == "fact" or self.high <= other

    def __lt__(self, other: float) -> bool:
        return self.kind == "fact" or self.high < other

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Models accept a quantity, its cell text, a number, or ``{fact = "id", factor = 2}``."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            quantity_of, serialization=core_schema.plain_serializer_function_ser_schema(lambda q: q.text)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Number, cell text or table with a fact."""
        table = {"type": "object", "properties": {"fact": {"type": "string"}, "factor": {"type": "number"}}}
        return {"anyOf": [{"type": "number"}, {"type": "string", "description": GRAMMAR}, table]}


def parse_quantity(text: str) -> Quantity:
    """Read one cell.

    Raises
    ------
    QuantityError
        With a short reason; `fix` says what to write instead.
    """
    body, star, factor_text = text.strip(" ").partition("*")
    factor = parse_number(factor_text) if star else 1.0
    if factor < 0:
        raise QuantityError(f"factor {number_text(factor)} is negative", "write a factor of at least 0")
    return replace(_parse_body(body.strip(" ")), factor=factor)


def quantity_of(given: object) -> Quantity:
    """Quantity of a value from TOML, JSON or Python: quantity, text, number, or ``{fact = …, factor = …}``."""
    if isinstance(given, Quantity):
        return given
    if isinstance(given, str):
        return parse_quantity(given)
    if isinstance(given, int | float) and not isinstance(given, bool):
        return Quantity("constant", (parse_number(number_text(given)),))
    if isinstance(given, dict):
        table = cast("dict[object, object]", given)
        factor = table.get("factor", 1.0)
        if table.keys() <= {"fact", "factor"} and isinstance(factor, int | float) and not isinstance(factor, bool):
            return parse_quantity(f"fact:{table.get('fact', '')}*{number_text(factor)}")
    raise QuantityError("not a quantity", f"write {GRAMMAR}")


def _parse_body(body: str) -> Quantity:
    if found := _FACT.fullmatch(body):
        return Quantity("fact", (), fact=found[1], basis="fact")
    if body.startswith("fact"):
        raise QuantityError("reference to a fact is malformed", "write fact:ID, for example fact:frame_fab_days")
    if found := _CALL.fullmatch(body):
        return _parse_call(found[1], found[2])
    if "(" in body or ")" in body:
        raise QuantityError("distribution is malformed", "write for example tri(3,5,8), in a CSV within quotes")
    return Quantity("constant", (parse_number(body),))


def _parse_call(word: str, inside: str) -> Quantity:
    if word not in KINDS:
        raise QuantityError(f"distribution {word!r} is unknown", f"use one of {', '.join(KINDS)}")
    kind, names = KINDS[word]
    parts = inside.split(",")
    if len(parts) != len(names) and names[-1] != "...":
        raise QuantityError(f"{word} has {len(parts)} arguments", f"write {word}({','.join(names)})")
    args = tuple(parse_number(part.strip(" ")) for part in parts)
    if reason := _bad_args(kind, args):
        raise QuantityError(f"{word}: {reason}", f"write {word}({','.join(names)})")
    return Quantity(kind, args)


def _bad_args(kind: str, args: tuple[float, ...]) -> str:
    """Why these arguments make no distribution; empty if they do."""
    if kind in ("discrete", "empirical"):
        return _bad_list(kind, args)
    if kind in ("triangular", "uniform"):
        return "" if list(args) == sorted(args) else "arguments must not fall from low to high"
    if kind == "normal":
        return "" if args[0] >= 0 and args[1] >= 0 else "mean and sd must not be negative"
    if not all(a > 0 for a in args):
        return "arguments must be above 0"
    if kind == "erlang" and (args[0] != int(args[0]) or args[0] > 1000):
        return "k must be a whole number from 1 to 1000"
    if kind in ("weibull", "gamma") and not 0.1 <= args[0] <= 100:
        return "shape must lie between 0.1 and 100"
    if kind == "lognormal" and args[1] > 10:
        return "cv must not exceed 10"
    return ""


def _bad_list(kind: str, args: tuple[float, ...]) -> str:
    """Why these values or samples make no distribution; empty if they do."""
    if kind == "empirical":
        return "" if len(args) <= MOST_SAMPLES else f"{len(args)} samples, at most {MOST_SAMPLES}"
    if len(args) % 2:
        return "each value needs its probability behind it"
    if len(args) > 2 * MOST_VALUES:
        return f"{len(args) // 2} values, at most {MOST_VALUES}"
    if not all(share > 0 for share in args[1::2]):
        return "probabilities must be above 0"
    total = math.fsum(args[1::2])
    return "" if abs(total - 1) <= _SURE else f"probabilities sum to {total:.9g}, not to 1"


def _values(kind: str, args: tuple[float, ...]) -> tuple[float, ...]:
    """Numbers of a bounded kind among its arguments."""
    return args[::2] if kind == "discrete" else args


def _mean(kind: str, args: tuple[float, ...]) -> float:
    if kind == "normal":
        return _truncated_mean(*args)
    if kind == "discrete":
        weighed = math.fsum(value * share for value, share in zip(args[::2], args[1::2], strict=True))
        return weighed / math.fsum(args[1::2])
    if kind in ("constant", "triangular", "uniform", "empirical"):
        return math.fsum(args) / len(args)
    return args[0] if kind == "lognormal" else args[-1]


def _truncated_mean(mean: float, sd: float) -> float:
    """Mean of a normal variate given that it is not negative."""
    if sd == 0:
        return mean
    z = mean / sd
    density = math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return mean + sd * density / (0.5 * math.erfc(-z / math.sqrt(2)))


_DEVIATION: dict[str, Callable[[tuple[float, ...]], float]] = {
    "exponential": lambda a: a[0],
    "erlang": lambda a: a[1] / math.sqrt(a[0]),
    "gamma": lambda a: a[1] / math.sqrt(a[0]),
    "lognormal": lambda a: a[0] * a[1],
    "normal": lambda a: a[1],
    "weibull": lambda a: a[1] * _weibull_cv(a[0]),
}


def _deviation(kind: str, args: tuple[float, ...]) -> float:
    return _DEVIATION[kind](args)


def _weibull_cv(shape: float) -> float:
    first = math.lgamma(1 + 1 / shape)
    return math.sqrt(math.expm1(math.lgamma(1 + 2 / shape) - 2 * first))
