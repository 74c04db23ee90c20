"""The chain must be one that can be walked: no cycles, no explosion, no product that nothing can make."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Order
from aidc_twin.park.steps import a_cycle, in_order
from aidc_twin.park.units_of_order import SHIPPED_KINDS, SITE_STAGES

MOST_UNITS = 5_000_000
"""Units that one park may make in its horizon; each takes about 200 bytes of a simulation."""


def check(findings: Findings) -> None:
    """Cycles in routings and bills of materials, kinds that do not fit, and explosion."""
    if findings.readable("operations"):
        findings.each(findings.park.routings, _check_cycle)
        findings.each(findings.park.routings, _check_site)
    findings.part(_check_names)
    if findings.readable("products"):
        findings.each(findings.park.orders, _check_ordered)
        findings.each(findings.park.bom, _check_item)
        findings.part(_check_unused)
    if findings.readable("bom", "products") and not _bom_cycle(findings):
        findings.part(_check_explosion)


def bom_children(park: Park) -> dict[str, list[str]]:
    """Made items that each product takes."""
    return {
        product.product: [line.item for line in park.bom_of(product.product) if park.has("products", line.item)]
        for product in park.products
    }


def units_of_one(park: Park) -> dict[str, float]:
    """Units made for one unit of each product, itself included; rolled up once, so that a diamond costs no more.

    Lines whose quantity could not be read are passed over, so that these are the least that there can be.
    """
    children = bom_children(park)
    total: dict[str, float] = {}
    for name in in_order(list(children), children):
        made = (line for line in park.bom_of(name) if park.has("products", line.item) and "quantity" in vars(line))
        total[name] = 1.0 + sum(line.quantity.value * total[line.item] for line in made)
    return total


def _check_cycle(findings: Findings, routing: str) -> None:
    rows = {row.operation: row for row in findings.park.steps_of(routing)}
    cycle = a_cycle(list(rows), {name: row.after for name, row in rows.items()})
    if cycle:
        findings.add(
            rows[cycle[0]],
            "after",
            "→".join(cycle),
            allowed="steps without a cycle",
            fix=f"remove one of these steps from `after` in routing {routing}",
            code="routing-cycle",
        )


def _check_site(findings: Findings, routing: str) -> None:
    """A unit that takes the legs of a destination does not come back from the site to the factory."""
    park = findings.park
    if not park.legs or not any(row.kind in SHIPPED_KINDS for row in park.products if row.routing == routing):
        return
    rows = {row.operation: row for row in park.steps_of(routing)}
    for row in rows.values():
        far = [name for name in row.after if name in rows and rows[name].stage in SITE_STAGES]
        if far and row.stage not in SITE_STAGES:
            findings.add(
                row,
                "after",
                f"{far[0]} of stage {rows[far[0]].stage}, before {row.operation} of stage {row.stage}",
                allowed="steps that are done before the way to the customer",
                fix=f"the legs stand between the two; give {row.operation} the stage site or acceptance, "
                f"or {far[0]} another stage",
                code="factory-after-site",
            )


def _check_names(findings: Findings) -> None:
    """A material is neither a resource nor a product: figures and bills of materials call them by their names."""
    park = findings.park
    for material in park.materials:
        for table, what in (("resources", "a resource"), ("products", "a product")):
            if park.has(table, material.material):
                findings.add(
                    material,
                    "material",
                    f"{material.material}, which is {what} as well",
                    allowed="a name of its own",
                    fix="rename one of the two",
                    code="shared-name",
                )


def _bom_cycle(findings: Findings) -> bool:
    park = findings.park
    children = bom_children(park)
    cycle = a_cycle(list(children), children)[::-1]
    if cycle:
        edges = set(pairwise(cycle))
        line = next(row for row in park.bom if (row.parent, row.item) in edges)
        start = cycle.index(line.parent)
        findings.add(
            line,
            "item",
            "→".join([*cycle[start:-1], *cycle[:start], line.parent]),
            allowed="a bill of materials without a cycle",
            fix="remove one of these lines: a product cannot contain itself",
            code="bom-cycle",
        )
    return bool(cycle)


def _check_ordered(findings: Findings, order: Order) -> None:
    park = findings.park
    if park.has("products", order.product) and park.product(order.product).kind != "solution":
        solutions = sorted(row.product for row in park.products if row.kind == "solution")
        findings.add(
            order,
            "product",
            order.product,
            allowed=f"a solution: {', '.join(solutions) or 'there is none'}",
            fix="order the solution that contains it",
            code="not-a-solution",
        )


def _check_item(findings: Findings, line: BomLine) -> None:
    park = findings.park
    if park.has("products", line.item) and park.product(line.item).kind == "solution":
        findings.add(
            line,
            "item",
            line.item,
            allowed="a module, payload, component or material",
            fix="a solution is what an order asks for and is part of nothing",
            code="solution-as-item",
        )
    elif line.released_by and park.has("materials", line.item):
        findings.add(
            line,
            "released_by",
            line.released_by,
            allowed="blank for a material",
            fix="leave it blank: a material comes from stock",
            code="material-released",
        )


def _check_unused(findings: Findings) -> None:
    park = findings.park
    if not findings.readable("bom", "orders", "sources", "needs", "breakdowns", "resources", "materials"):
        return
    made = {row.product for row in (*park.orders, *park.sources)} | {line.item for line in park.bom}
    unused = sorted(row.product for row in park.products if row.product not in made and row.kind != "solution")
    wanted = {row.resource for row in park.needs} | {row.crew for row in park.breakdowns}
    idle = sorted({row.resource for row in park.resources if row.kind != "cash"} - wanted)
    bought = sorted({row.material for row in park.materials} - {line.item for line in park.bom})
    for what, names in (
        ("products that nothing takes", unused),
        ("products that are taken only by what nobody orders", _unreached(park, made)),
        ("resources that no step needs", idle),
        ("materials that no product takes", bought),
    ):
        if names:
            findings.note(f"{what}: {', '.join(names)}")


def _unreached(park: Park, made: Collection[str]) -> list[str]:
    """Products that something takes, though neither an order nor a source leads there."""
    taken = {row.product for row in (*park.orders, *park.sources)}
    found: set[str] = set()
    while taken:
        found |= taken
        taken = {line.item for line in park.bom if line.parent in taken} - found
    return sorted(row.product for row in park.products if row.product in made and row.product not in found)


def _check_explosion(findings: Findings) -> None:
    park = findings.park
    each = units_of_one(park)
    # a solution's own unit is the order; its parts are counted per MW
    orders = [order for order in park.orders if {"quantity_mw", "product"} <= vars(order).keys()]
    total = sum(1.0 + order.quantity_mw * (each.get(order.product, 1.0) - 1.0) for order in orders)
    if total > MOST_UNITS:
        line = _heaviest(park, each)
        findings.add(
            line or orders[0],
            "quantity",
            f"{number(total)} units to be made for the order book",
            allowed=f"at most {MOST_UNITS:,} (they would take about {number(total * 200 / 2**30)} GiB)",
            fix="check the quantities of the bill of materials, or order less",
            code="too-many-units",
        )


def _heaviest(park: Park, each: dict[str, float]) -> BomLine | None:
    """Line of the bill of materials that multiplies most units."""
    made = [line for line in park.bom if park.has("products", line.item) and "quantity" in vars(line)]
    return max(made, key=lambda line: line.quantity.value * each[line.item], default=None)
