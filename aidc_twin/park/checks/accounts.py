"""Terms of payment: what customers pay when, of solutions only, and never more than all."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.schema import Product

TERMS = ("deposit_share", "acceptance_share", "payment_days")
_ALL = 1.0 + 1e-9


def check(findings: Findings) -> None:
    """Terms of every product."""
    findings.each(findings.park.products, _check_terms)


def _check_terms(findings: Findings, product: Product) -> None:
    given = [name for name in TERMS if getattr(product, name).value]
    if given and product.kind != "solution":
        for name in given:
            findings.add(
                product, name, f"{number(getattr(product, name).value)} of the {product.kind} {product.product}",
                allowed="terms of solutions, which are what customers order", code="terms-of-a-part",
                fix="write it in the row of the solution, or leave it blank",
            )  # fmt: skip
        return
    deposit, acceptance = product.deposit_share.value, product.acceptance_share.value
    if deposit + acceptance > _ALL:
        findings.add(
            product, "acceptance_share",
            f"{number(deposit)} with the order and {number(acceptance)} at acceptance: {number(deposit + acceptance)}",
            allowed="deposit_share and acceptance_share of 1 in all; what is left is paid at delivery",
            fix="lower one of the two", code="more-than-the-price",
        )  # fmt: skip
