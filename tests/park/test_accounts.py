"""Accounts and terms of payment in a park folder: what is read, and what is refused in which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aidc_twin.errors import Problem
from aidc_twin.park import Park

ACCOUNTS = "account,opening_yuan,credit_yuan,interest_share\nbank,5000000,20000000,0.045\n"


def terms(folder: Path, product: str, cells: str) -> None:
    """Terms of payment of a product; the others have none."""
    path = folder / "products.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    told = [f"{row},{cells if row.startswith(f'{product},') else ',,'}" for row in rows]
    text = "\n".join([f"{head},deposit_share,acceptance_share,payment_days", *told])
    path.write_text(text + "\n", encoding="utf-8")


def test_accounts_and_terms_are_read(tiny: Path, load: Callable[..., Park]) -> None:
    """One account, a deposit of 30 %, 10 % at acceptance, 45 days; a park without the table has none."""
    assert load(tiny).accounts == ()
    (tiny / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    terms(tiny, "kit", "0.3,0.1,45")
    park = load(tiny)
    assert [(row.account, row.credit_yuan.value, row.interest_share.value) for row in park.accounts] == [
        ("bank", 2e7, 0.045)
    ]
    kit = park.product("kit")
    assert (kit.deposit_share.value, kit.acceptance_share.value, kit.payment_days.value) == (0.3, 0.1, 45)
    assert park.product("pump").deposit_share.value == 0


def test_terms_that_contradict_themselves_are_refused_at_once(
    tiny: Path, problems_of: Callable[..., list[Problem]]
) -> None:
    """More than the price, percent for shares, a negative credit: each with its place, what is allowed and a cure."""
    (tiny / "accounts.csv").write_text(ACCOUNTS.replace("20000000,0.045", "-1,4.5"), encoding="utf-8")
    terms(tiny, "kit", "0.8,0.3,45")
    found = {(problem.code, problem.column): problem for problem in problems_of(tiny)}
    assert set(found) == {
        ("out-of-band", "credit_yuan"), ("out-of-band", "interest_share"), ("more-than-the-price", "acceptance_share"),
    }  # fmt: skip
    more = found["more-than-the-price", "acceptance_share"]
    assert (more.file, more.line) == ("tiny/products.csv", 2)
    assert more.found == "0.8 with the order and 0.3 at acceptance: 1.1"
    assert found["out-of-band", "interest_share"].fix == "write a share for a year such as 0.04, not percent"


def test_terms_of_a_part_are_refused(tiny: Path, problems_of: Callable[..., list[Problem]]) -> None:
    """Customers order solutions; what is written beside a pump would never count."""
    terms(tiny, "pump", "0.3,,30")
    assert [(p.code, p.column, p.found) for p in problems_of(tiny)] == [
        ("terms-of-a-part", "deposit_share", "0.3 of the component pump"),
        ("terms-of-a-part", "payment_days", "30 of the component pump"),
    ]
