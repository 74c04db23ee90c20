"""How often a unit comes to each step of its routing: the balance of what arrives and what leaves, solved."""

from __future__ import annotations

from collections.abc import Mapping

from aidc_twin.park.flow import Flow

LEAST_PIVOT = 1e-9
"""Below it a unit goes round almost for ever, and no number of visits can be told."""


def visits(flow: Flow, passing: Mapping[str, float]) -> dict[str, float] | None:
    """Mean number of visits of a unit to each step; None where some units never leave.

    Parameters
    ----------
    flow
        Routing.
    passing
        Probability that a unit which enters a step passes it (and is not scrapped there).
    """
    names = list(flow.after)
    place = {name: index for index, name in enumerate(names)}
    rows = [[0.0] * (len(names) + 1) for _ in names]
    for name in names:
        rows[place[name]][place[name]] += 1.0
        rows[place[name]][-1] = float(name in flow.roots)
        for to, share in _shares(flow, name):
            rows[place[to]][place[name]] -= share * passing[name]
    solved = _solved(rows)
    return None if solved is None else dict(zip(names, solved, strict=True))


def _shares(flow: Flow, name: str) -> list[tuple[str, float]]:
    """Steps that a step readies and how much of a visit to them it is worth; a join is worth one in all."""
    if name in flow.branches:
        return [(to, share) for to, share in flow.branches[name] if to in flow.after]
    return [(to, 1.0 / len(set(flow.after[to]))) for to in flow.followers(name)]


def _solved(rows: list[list[float]]) -> list[float] | None:
    """Solution of linear equations, their right sides last in each row; by elimination with pivots."""
    count = len(rows)
    for column in range(count):
        best = max(range(column, count), key=lambda index: abs(rows[index][column]))
        if abs(rows[best][column]) < LEAST_PIVOT:
            return None
        rows[column], rows[best] = rows[best], rows[column]
        lead = rows[column]
        for row in rows[column + 1 :]:
            factor = row[column] / lead[column]
            if factor:
                for index in range(column, count + 1):
                    row[index] -= factor * lead[index]
    found = [0.0] * count
    for index in range(count - 1, -1, -1):
        known = sum(rows[index][other] * found[other] for other in range(index + 1, count))
        found[index] = (rows[index][-1] - known) / rows[index][index]
    return found
