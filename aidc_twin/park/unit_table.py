"""Which unit of a fact fits which column, and the factor to write where it does not."""

from __future__ import annotations

SECONDS: dict[str, float] = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "working_day": 86_400, "week": 604_800,
    "month": 2_629_800, "year": 31_557_600,
}  # fmt: skip
SCALES: tuple[dict[str, float], ...] = (
    SECONDS,
    {"kw": 1, "mw": 1e3, "gw": 1e6},
    {"yuan": 1, "万元": 1e4, "亿元": 1e8},
    {"yuan/mw": 1, "yuan/kw": 1e3, "yuan/w": 1e6},
    {"1/hour": 1, "1/day": 1 / 24, "1/year": 1 / 8766},
    {"m2": 1, "mu": 666.667},
)
"""Units that convert into each other by a factor, with their size."""

SAME: dict[str, str] = {
    "seconds": "second", "s": "second", "minutes": "minute", "min": "minute", "hours": "hour", "h": "hour",
    "days": "day", "weeks": "week", "working days": "working_day", "working_days": "working_day",
    "calendar days": "day", "months": "month", "years": "year", "cny": "yuan",
    "ratio": "fraction", "share": "fraction", "probability": "fraction",
    "days/year": "day/year", "boxes": "box", "chips": "chip", "racks": "rack", "modules": "module", "units": "unit",
    "supernodes": "supernode", "npus": "npu", "places": "place", "persons": "person", "people": "person",
}  # fmt: skip
"""Other spellings of a unit."""

MEASURED = frozenset(name for scale in SCALES for name in scale)


def plain(unit: str) -> str:
    """One spelling for a unit."""
    words = unit.strip().lower()
    return SAME.get(words, words)


def fits(fact_unit: str, column_unit: str) -> bool:
    """Whether a fact's number may stand in a column as it is."""
    fact, column = plain(fact_unit), plain(column_unit)
    if fact == column or {fact, column} == {"day", "working_day"} or (fact, column) == ("fraction", ""):
        return True
    if fact.endswith("/mw"):  # a solution's unit is 1 MW
        return fits(fact.removesuffix("/mw"), column)
    if fact.endswith("/week") and column.endswith("/week"):
        return _counts(fact.removesuffix("/week")) and _counts(column.removesuffix("/week"))
    return _counts(fact) and _counts(column)


def _counts(unit: str) -> bool:
    """Whether a unit is a word for things that are counted; bays, places and racks are all numbers of things."""
    return unit not in MEASURED and unit != "fraction" and "/" not in unit


def factor_to(fact_unit: str, column_unit: str) -> float | None:
    """What to multiply a fact's number by for a column; None where no factor is known."""
    fact, column = plain(fact_unit), plain(column_unit)
    for scale in SCALES:
        if fact in scale and column in scale:
            return scale[fact] / scale[column]
    return None
