"""Whether an answer has the fields that it should have, each of its type."""

from __future__ import annotations

from typing import Any


def typed(found: Any, wanted: Any, where: str = "") -> None:
    """Check keys and types: a dict names keys, a list with one element the type of all, a tuple or type the value's."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), where
        for key, inner in wanted.items():
            assert key in found, f"{where}.{key} is missing"
            typed(found[key], inner, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list), where
        assert found, f"{where} is empty"
        for n, one in enumerate(found):
            typed(one, wanted[0], f"{where}[{n}]")
    else:
        assert isinstance(found, wanted), f"{where} is {found!r}"
        assert not isinstance(found, bool) or wanted is bool, where
