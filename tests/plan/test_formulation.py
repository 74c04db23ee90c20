"""The formulation as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from aidc_twin.errors import InputError
from aidc_twin.plan import Formulation, load_formulation


def test_the_shipped_formulation_equals_the_defaults() -> None:
    """What the file says is what the class says, so that neither can drift."""
    shipped = load_formulation("default")
    assert shipped.model_dump(exclude={"name", "title"}) == Formulation().model_dump(exclude={"name", "title"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tolerence = 0.1", "did you mean 'tolerance'"),
        ("[weights]\nholding = 1.0", "weights.holding"),
        ("[families]\ncapacity = 1", "families.capacity"),
        ('levels = ["margin", "margin"]', "each level once"),
        ('levels = ["profit"]', "levels"),
        ("tolerance = -1.0", "tolerance"),
    ],
)
def test_slips_are_named(tmp_path: Path, text: str, found: str) -> None:
    """Unknown keys, wrong types and values out of range are refused with their place."""
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_formulation(path)
    assert found in str(caught.value)


def test_an_unknown_formulation_names_the_shipped_ones() -> None:
    """A name that is not shipped says which are."""
    with pytest.raises(InputError, match="default"):
        load_formulation("defualt")
