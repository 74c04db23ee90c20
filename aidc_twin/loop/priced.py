"""An explanation in the words of the park: units, limits told together, and what lifting them costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from aidc_twin.park import Park
from aidc_twin.plan.levers import Lever, Lift, price_of
from aidc_twin.plan.why import Answer, Cause, Cure
from aidc_twin.plan.why.answer import AT_ONCE

__all__ = ["told"]

_YI = 1e8


def told(answer: Answer, park: Park, levers: Sequence[Lever]) -> dict[str, Any]:
    """An answer as an object with units and prices."""
    return {
        "asked": answer.asked, "name": answer.name, "possible": answer.possible,
        "late_weeks": answer.late_weeks, "missing_yi": answer.missing_yi, "near_weeks": answer.near_weeks,
        "impossible": [_cause(cause, park) for cause in answer.impossible],
        "cures": [_cure(cure, park, levers) for cure in answer.cures], "complete": answer.complete,
        "seconds": answer.seconds,
    }  # fmt: skip


def _cure(cure: Cure, park: Park, levers: Sequence[Lever]) -> dict[str, Any]:
    groups = [_group(rows, park, levers) for rows in _together(cure.causes)]
    prices = [row["price_yi"] for row in groups]
    return {
        **{key: value for key, value in asdict(cure).items() if key not in ("causes", "pushed")},
        "causes": [_cause(cause, park) for cause in cure.causes], "groups": groups,
        "price_yi": sum(prices) if prices and None not in prices else None,
        "pushed": [{"order": name, "weeks": weeks} for name, weeks in cure.pushed],
    }  # fmt: skip


def _cause(cause: Cause, park: Park) -> dict[str, Any]:
    units = {row.resource: row.unit for row in park.resources} | {row.material: row.unit for row in park.materials}
    own = {"order": "weeks", "goal": "亿元", "rival": "亿元", "timing": "亿元", "cash": "yuan"}
    return asdict(cause) | {"unit": own.get(cause.kind) or units.get(cause.name, "")}


def _together(causes: Iterable[Cause]) -> list[list[Cause]]:
    """Causes of one resource or material together, in the order of the first of each, then by week."""
    found: dict[tuple[str, str], list[Cause]] = {}
    for cause in causes:
        found.setdefault((cause.kind, cause.name), []).append(cause)
    return [sorted(rows, key=lambda cause: cause.first_week) for rows in found.values()]


def _group(rows: list[Cause], park: Park, levers: Sequence[Lever]) -> dict[str, Any]:
    """Periods of one limit as one line: the most that is needed of a resource at a time, all of a material."""
    amounts = [cause.amount for cause in rows]
    row = _cause(rows[0], park) | {
        "first_week": rows[0].first_week, "last_week": max(cause.last_week for cause in rows),
        "amount": max(amounts) if rows[0].kind in AT_ONCE else sum(amounts),
        "usual_weeks": sum(cause.usual_weeks for cause in rows), "spans": _spans(rows),
    }  # fmt: skip
    return row | _price(rows, park, levers)


def _spans(rows: list[Cause]) -> list[list[int]]:
    """First and last week of each stretch without a break."""
    spans: list[list[int]] = []
    for cause in rows:
        if spans and cause.first_week <= spans[-1][1] + 1:
            spans[-1][1] = max(spans[-1][1], cause.last_week)
        else:
            spans.append([cause.first_week, cause.last_week])
    return spans


def _price(rows: list[Cause], park: Park, levers: Sequence[Lever]) -> dict[str, Any]:
    """Price by the cheapest lever that is there in time and large enough: bought once, run for the weeks of it."""
    kind, name = rows[0].kind, rows[0].name
    weeks = [cause.last_week - cause.first_week + 1 for cause in rows]
    if kind in ("lead", "early"):
        value_yi = park.material(name).price_yuan.value / _YI
        lift = Lift(kind, name, 0, max(c.earlier_weeks for c in rows), value_yi * sum(c.early_unit_weeks for c in rows))
    elif kind == "store":
        lift = Lift(kind, name, rows[0].first_week, rows[0].amount, rows[0].early_unit_weeks)
    elif kind == "supply":
        rates = [cause.amount / n for cause, n in zip(rows, weeks, strict=True)]
        lift = Lift(kind, name, rows[0].first_week, max(rates), sum(cause.amount for cause in rows))
    else:
        used = sum(cause.amount * n for cause, n in zip(rows, weeks, strict=True))
        lift = Lift("capacity", name, rows[0].first_week, max(cause.amount for cause in rows), used)
    found = price_of(levers, lift)
    return {"price_yi": None, "lever": None} if found is None else {"price_yi": found[0], "lever": found[1].id}
