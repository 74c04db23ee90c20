"""Whose turn it is, and which machine is taken: rules that fit what they are written for."""

from __future__ import annotations

from typing import get_args

from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.row import Rule
from aidc_twin.park.schema import Operation, Resource

MOVING = ("atc", "critical_ratio")
"""Rules whose order changes as time goes by."""
CLOSED = ("fifo", "lifo", *MOVING)
"""Rules that cannot stand in a list: they leave nothing open, or change their order as time goes by."""
OPEN = tuple(rule for rule in get_args(Rule) if rule not in CLOSED)


def check(findings: Findings) -> None:
    """Choices among machines where there are none, places of parts where none join."""
    findings.each(findings.park.resources, _check_choice)
    findings.each(findings.park.resources, _check_ties)
    findings.each(findings.park.resources, _check_crew)
    if findings.readable("products", "bom"):
        findings.each(findings.park.operations, _check_turn)


def _check_choice(findings: Findings, row: Resource) -> None:
    if row.choice != "lowest" and row.kind != "servers":
        findings.add(
            row,
            "choice",
            f"{row.choice} at {row.resource}, which is {row.kind}",
            allowed="lowest, or nothing",
            fix="leave it blank: only servers have machines to choose from",
            code="choice-without-machines",
        )


def _check_ties(findings: Findings, row: Resource) -> None:
    """Rules of a list must leave something open, and an order that stays while work waits."""
    rules = (row.dispatch, *row.ties)
    closed = [rule for rule in rules if rule in CLOSED]
    twice = [rule for i, rule in enumerate(rules) if rule in rules[:i]]
    if row.ties and closed:
        findings.add(
            row,
            "dispatch" if row.dispatch in CLOSED else "ties",
            f"{closed[0]} in the list {', '.join(rules)}",
            allowed="rules that leave ties and whose order stays: " + ", ".join(OPEN),
            fix=f"leave {closed[0]} out: ties go by arrival at last",
            code="rule-without-ties",
        )
    elif twice:
        findings.add(
            row,
            "ties",
            f"{twice[0]} twice",
            allowed="each rule once",
            fix="leave it out: what it leaves open once it leaves open again",
            code="rule-twice",
        )


def _check_crew(findings: Findings, row: Resource) -> None:
    """A crew that chooses among what the queues offer does so by an order that stays."""
    if findings.park.head.starts == "crews_last" and row.kind == "crew" and row.dispatch in MOVING:
        findings.add(
            row,
            "dispatch",
            f"{row.dispatch} at {row.resource}, with starts = crews_last",
            allowed="a rule whose order stays, such as fifo or priority",
            fix="choose one of these, or leave `starts` out of park.toml",
            code="changing-order-of-crew",
        )


def _check_turn(findings: Findings, row: Operation) -> None:
    park = findings.park
    products = {product.product for product in park.products if product.routing == row.routing}
    joined = any(
        line.operation == row.operation and line.parent in products and park.has("products", line.item)
        for line in park.bom
    )
    if row.turn == "first_part" and not joined:
        findings.add(
            row,
            "turn",
            f"first_part at {row.operation}, where no part joins",
            allowed="ready, or an operation at which parts join",
            fix="leave it blank, or name this operation in bom.csv as the one that joins a product",
            code="turn-without-parts",
        )
