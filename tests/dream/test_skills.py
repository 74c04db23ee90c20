"""Who may load, set up and work: what the translation of skills refuses."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from dream_asked import Asked
from dream_model import Inexpressible, Model
from dream_skills import Skills, check_skills, skills

BOTH = {"setup": {"stationIdList": ["M"]}, "process": {"stationIdList": ["M"]}}


def _model(folder: Path, **given: Any) -> Model:
    """A model of people with skills."""
    nodes = {name: {"_class": "Dream.Operator", "skillDict": skill} for name, skill in given.items()}
    path = folder / "model.json"
    path.write_text(json.dumps({"general": {}, "graph": {"node": nodes, "edge": {}}}), encoding="utf-8")
    return Model.read(path)


def test_who_may_do_what(tmp_path: Path) -> None:
    """He who may work may load as well; without a list everybody may do all."""
    model = _model(tmp_path, A={"setup": {"stationIdList": ["M"]}}, B={"process": {"stationIdList": ["M"]}}, C={})
    assert skills(model, ("M",), ("A", "B", "C")) == Skills(("A", "B", "C"), ("B", "C"))
    assert skills(model, ("M",), ("C",)) is None


@pytest.mark.parametrize(
    ("given", "nodes", "reason"),
    [
        ({"setup": {"technologyList": ["laser"]}}, ("M",), "skills by technology"),
        ({"load": {"stationIdList": ["M"]}}, ("M",), "for the load alone"),
        ({"setup": {"stationIdList": ["M"]}}, ("M",), "nobody may serve"),
        (BOTH, ("M", "N"), "that other people may serve"),
    ],
)
def test_skills_that_cannot_be_told(tmp_path: Path, given: Any, nodes: tuple[str, ...], reason: str) -> None:
    """Technologies, loads alone, stations without people, alternatives with other people."""
    with pytest.raises(Inexpressible, match=reason):
        skills(_model(tmp_path, A=given), nodes, ("A",))


@pytest.mark.parametrize(
    ("attended", "load", "reason"), [({"Setup", "Processing"}, 0, "has entered"), ({"Load", "Processing"}, 1, "a load")]
)
def test_phases_that_cannot_be_told(attended: set[str], load: int, reason: str) -> None:
    """People who come after the unit, and loads by people who hand over."""
    with pytest.raises(Inexpressible, match=reason):
        check_skills(Skills(("A", "B"), ("B",)), attended, Fraction(load), Fraction(1))


def test_who_may_go_on_must_be_chosen_again() -> None:
    """After a setup he who may work goes on in the other simulator; here another one may come, and it is said."""
    row = Asked(2, Fraction(3), Fraction(5), [], ("A", "B"), (1, Fraction(3)))
    row.check({1: "A", 2: "A"})
    row.check({1: "C", 2: "B"})
    with pytest.raises(Inexpressible, match="another one would be chosen"):
        row.check({1: "A", 2: "B"})
    late = Asked(2, Fraction(4), Fraction(5), [], ("A", "B"), (1, Fraction(3)))
    with pytest.raises(Inexpressible, match="another one would be chosen"):
        late.check({1: "A", 2: "A"})
