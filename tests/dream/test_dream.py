"""Models of another simulator as parks: each agrees with its recorded result, or the table says what it waits for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from dream_compare import differences
from dream_model import Inexpressible, Model
from measure import figures
from translate import translate

CASES = Path(__file__).parents[3] / "shared" / "cases" / "dream"
NAMES = sorted(path.stem for path in CASES.glob("*.json"))
TABLE = Path(__file__).parent / "not_yet.csv"

pytestmark = pytest.mark.skipif(not NAMES, reason="the models stand beside the repository, in shared/cases/dream")


def waiting() -> dict[str, str]:
    """Models that do not agree yet, and the mechanism that each waits for."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["model"]: row["waits_for"] for row in csv.DictReader(file)}


def parted(name: str, folder: Path) -> list[str]:
    """Where a model and its recorded result part."""
    try:
        found = figures(*translate(Model.read(CASES / f"{name}.json"), folder))
    except Inexpressible as reason:
        return [str(reason)]
    return differences(found, json.loads((CASES / f"{name}.json.result").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", NAMES)
def test_agrees(name: str, tmp_path: Path) -> None:
    """A model agrees with its recorded result in every figure, unless the table names what it waits for."""
    found, reason = parted(name, tmp_path), waiting().get(name)
    if reason is None:
        assert not found, f"{len(found)} figures differ, the first: {found[0]}"
    else:
        assert found, f"{name} agrees now: take it out of {TABLE.name}"


def test_the_table_names_models() -> None:
    """Every row of the table is about a model that there is, once, with a reason."""
    rows = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
    assert sorted(row["model"] for row in rows) == sorted({row["model"] for row in rows} & set(NAMES))
    assert all(row["waits_for"] for row in rows)
