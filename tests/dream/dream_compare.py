"""Our figures against recorded ones, and those of several replications."""

from __future__ import annotations

from typing import Any

CLOSE = 1e-9
"""Relative and absolute difference that counts as none."""


def differences(ours: dict[str, dict[str, Any]], recorded: dict[str, Any]) -> list[str]:
    """Every recorded figure that we do not have, or have another value of."""
    found: list[str] = []
    for element in recorded["elementList"]:
        mine = ours.get(element["id"])
        for name, value in (element.get("results") or {}).items():
            if mine is None or name not in mine:
                found.append(f"{element['id']}.{name}: none and {str(value)[:80]}")
            elif not same(mine[name], value):
                found.append(f"{element['id']}.{name}: {str(mine[name])[:300]} and {str(value)[:300]}")
    return found


def same(left: Any, right: Any) -> bool:
    """Whether two values agree in all their numbers and texts."""
    if isinstance(left, bool) or isinstance(right, bool) or isinstance(left, str) or isinstance(right, str):
        return left == right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return abs(left - right) <= CLOSE * max(1.0, abs(left), abs(right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return left == right


def joined(values: list[Any], replications: int) -> Any:
    """A figure of several replications; those of fixed times are all the same."""
    if not isinstance(values[0], list) or len(values[0]) != 1 or isinstance(values[0][0], dict):
        return values[0]
    return [value for one in values for value in one] * (replications // len(values))
