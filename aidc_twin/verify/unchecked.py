"""What a certificate does not vouch for: rules of a park's mechanisms that its published frames cannot show."""

from __future__ import annotations

from aidc_twin.park.park import Park
from aidc_twin.verify.certificate import Findings


def say_unchecked(park: Park, fixed: bool, findings: Findings) -> None:
    """Name each such rule, with no check counted and no violation."""
    for rule, there, words in (
        ("postings-of-sources", park.sources and park.sales, "postings of units of sources are not published"),
        ("arrivals", park.sources and not fixed, "when units of sources came is not published, only when they started"),
        ("time-to-failure", park.breakdowns and not fixed, "when machines failed is not published, only their repairs"),
        (
            "turns-of-periods",
            any(row.kind == "bucketed" for row in park.resources),
            "whose turn it is in a period follows priorities, which are not published",
        ),
        ("skills", any(row.who for row in park.needs), "who of a crew did the work is not published"),
        (
            "patience",
            any(row.patience_hours is not None for row in park.operations),
            "when units left is not published, nor that they were lost",
        ),
    ):
        if there:
            findings.rule(rule).first = f"not checked: {words}"
