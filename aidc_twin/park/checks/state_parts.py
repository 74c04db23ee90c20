"""What a state says of a unit must agree with what it says of its parts and of the unit that it is a part of."""

from __future__ import annotations

from collections.abc import Mapping

from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.park import Park
from aidc_twin.park.schema import OperationState
from aidc_twin.park.units_of_order import Peg, pegs_of, steps_of_unit

Unit = tuple[str, str, int]
"""Order, product, number of the unit."""

ENDLESS = ("bom-cycle", "too-many-units")
"""Problems for which the parts of an order cannot be numbered."""

Units = Mapping[Unit, Mapping[str, OperationState]]
"""State rows of each unit by operation."""


def is_done(rows: Mapping[str, OperationState], name: str) -> bool:
    """Whether a step of a unit is done."""
    return name in rows and rows[name].status == "done"


def check_parts(findings: Findings, units: Units) -> None:
    """No part is begun before it is released, and no unit has taken a part that is not complete."""
    if any(problem.code in ENDLESS for problem in findings.problems):
        return
    pegs: dict[str, dict[tuple[str, int], Peg]] = {}
    for unit in units:
        if unit[0] not in pegs:
            pegs[unit[0]] = pegs_of(findings.park, findings.park.order(unit[0]))
    for unit, rows in units.items():
        _check_release(findings, unit, rows, pegs[unit[0]], units)
    for order, made in pegs.items():
        for (product, number), peg in made.items():
            _check_join(findings, (order, product, number), peg, units)


def _check_release(
    findings: Findings,
    unit: Unit,
    rows: Mapping[str, OperationState],
    pegs: Mapping[tuple[str, int], Peg],
    units: Units,
) -> None:
    """What a step of a parent releases, at any level above, cannot have begun before that step is done."""
    order, product, number = unit
    peg = pegs.get((product, number))
    while peg is not None and not peg.released_by:
        peg = pegs.get((peg.parent, peg.number))
    if peg is None or is_done(units.get((order, peg.parent, peg.number), {}), peg.released_by):
        return
    row = next(iter(rows.values()))
    findings.add(
        row,
        "operation",
        f"{row.operation} is {row.status}, {peg.released_by} of {peg.parent} not done",
        allowed=f"{peg.released_by} of unit {peg.number} of {peg.parent} done before it",
        code="done-before-predecessor",
        fix=f"add {peg.released_by} of {peg.parent} as done, or remove the row",
    )


def _check_join(findings: Findings, part: Unit, peg: Peg, units: Units) -> None:
    order, product, number = part
    taker = units.get((order, peg.parent, peg.number), {}).get(peg.joins)
    if taker is None or _complete(findings.park, part, units.get(part, {})):
        return
    findings.add(
        taker,
        "operation",
        f"{peg.joins} is {taker.status}, unit {number} of {product} not complete",
        allowed=f"every step of the parts done that {peg.joins} takes",
        code="done-before-predecessor",
        fix=f"add the steps of unit {number} of {product} as done, or remove the row",
    )


def _complete(park: Park, part: Unit, rows: Mapping[str, OperationState]) -> bool:
    return all(is_done(rows, name) for name in steps_of_unit(park, part[1], park.order(part[0]).destination))
