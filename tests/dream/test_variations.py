"""Variations of the models: each is told, or refused for the reason that a table names; no other error comes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from dream_model import Inexpressible, Model
from measure import figures
from test_dream import CASES
from translate import translate
from variations_lines import LINES
from variations_others import OTHERS

VARIATIONS = LINES | OTHERS
REFUSED = Path(__file__).parent / "variations_refused.csv"

pytestmark = [
    pytest.mark.release,
    pytest.mark.skipif(not CASES.exists(), reason="the models stand beside the repository, in shared/cases/dream"),
]


def refused() -> dict[str, str]:
    """Reason by variation."""
    with REFUSED.open(encoding="utf-8", newline="") as file:
        return {row["variation"]: row["reason"] for row in csv.DictReader(file)}


def test_the_table_names_variations() -> None:
    """Every row is about a variation that there is."""
    assert set(refused()) <= set(VARIATIONS)


@pytest.mark.parametrize("name", VARIATIONS)
def test_told_or_refused(name: str, tmp_path: Path) -> None:
    """Shares of time of each station that is told sum to the whole."""
    variation = VARIATIONS[name]
    path = tmp_path / f"{variation.base}.json"
    path.write_text(
        json.dumps(variation.of(json.loads((CASES / path.name).read_text(encoding="utf-8")))), encoding="utf-8"
    )
    reason = ""
    try:
        found = figures(*translate(Model.read(path), tmp_path / "park"))
    except Inexpressible as error:
        found, reason = {}, str(error)
    assert reason == refused().get(name, "")
    for row in found.values():
        shares = [value for key, value in row.items() if key.endswith("_ratio")]
        for values in zip(*shares, strict=True):
            assert sum(values) == pytest.approx(100, abs=1e-6)
            assert min(values) >= -1e-9
