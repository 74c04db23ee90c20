"""The kernel as plain Python against the oracle and what was worked out by hand: nothing hides in a compiler."""

from __future__ import annotations

import re


def test_the_small_parks_without_a_compiler(without_a_compiler: tuple[int, str]) -> None:
    """Every small park, those worked out by hand and some generated ones, with the compiler switched off."""
    code, told = without_a_compiler
    assert code == 0, told
    passed = re.search(r"(\d+) passed", told)
    assert passed is not None
    assert int(passed[1]) > 200
