"""Variations of the models: each is told, or refused for the reason that a table names; no other error comes."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import pytest
from dream_model import Inexpressible, Model
from measure import figures
from naive_line import Place, Span, failures, run
from test_dream import CASES
from translate import translate
from variations_lines import LINES
from variations_others import OTHERS

VARIATIONS = LINES | OTHERS
REFUSED = Path(__file__).parent / "variations_refused.csv"

END = Fraction(1440)

pytestmark = pytest.mark.skipif(
    not CASES.exists(), reason="the models stand beside the repository, in shared/cases/dream"
)


def refused() -> dict[str, str]:
    """Reason by variation."""
    with REFUSED.open(encoding="utf-8", newline="") as file:
        return {row["variation"]: row["reason"] for row in csv.DictReader(file)}


def test_the_table_names_variations() -> None:
    """Every row is about a variation that there is."""
    assert set(refused()) <= set(VARIATIONS)


def varied(name: str, folder: Path) -> Model:
    """A variation, through its file."""
    variation = VARIATIONS[name]
    path = folder / f"{variation.base}.json"
    changed = variation.of(json.loads((CASES / path.name).read_text(encoding="utf-8")))
    path.write_text(json.dumps(changed), encoding="utf-8")
    return Model.read(path)


@pytest.mark.release
@pytest.mark.parametrize("name", VARIATIONS)
def test_told_or_refused(name: str, tmp_path: Path) -> None:
    """Shares of time of each station that is told sum to the whole."""
    model = varied(name, tmp_path)
    reason = ""
    try:
        found = figures(*translate(model, tmp_path / "park"))
    except Inexpressible as error:
        found, reason = {}, str(error)
    assert reason == refused().get(name, "")
    for row in found.values():
        shares = [value for key, value in row.items() if key.endswith("_ratio")]
        for values in zip(*shares, strict=True):
            assert sum(values) == pytest.approx(100, abs=1e-6)
            assert min(values) >= -1e-9


def off(*marks: float) -> tuple[Span, ...]:
    """Spans between shifts that begin at 0 and end, begin, end, ... at given times."""
    times = [Fraction(str(mark)) for mark in marks] + [Fraction(10**6)]
    return tuple(zip(times[::2], times[1::2], strict=True))


def line(first: Place, second: Place, *more: Place) -> list[Place]:
    """Two stations with one place before each, and others behind them."""
    return [Place("DummyQ"), first, Place("Q1"), second, *more]


FAILS = line(
    Place("M1", 1, Fraction(1, 4), failures(Fraction(60), Fraction(5), END)),
    Place("M2", 1, Fraction(3, 2), failures(Fraction(40), Fraction(10), END)),
)
DOWN = line(Place("M1", 1, Fraction(1, 4), off(60)), FAILS[-1])
THREE = [*FAILS, Place("M3", 1, Fraction(3))]
LATE = line(Place("M1", 1, Fraction(1, 2), off(0, 1, 3, 4, 6)), Place("M2", 1, Fraction(1)))
AGAIN = line(Place("M1", 1, Fraction(1, 2), off(2, 3, 5, 6, 8)), Place("M2", 1, Fraction(1)))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("no-repairman", THREE),
        ("two-repairmen", THREE),  # nobody waits for one
        ("failures-by-shift-alone", FAILS),  # without a shift all time counts
        ("failures-not-repaired", DOWN),
        ("old-distribution-words", FAILS),
        ("replications", FAILS),
        ("shifts-later", LATE),
        ("shifts-again", AGAIN),
    ],
)
def test_as_it_is_reckoned(name: str, places: list[Place], tmp_path: Path) -> None:
    """Exits, work and blocking of variations of lines are those of recurrences."""
    model = varied(name, tmp_path)
    assert model.end is not None
    found = figures(*translate(model, tmp_path / "park"))
    interval = Fraction(str(model.nodes["S1"]["interArrivalTime"]["Fixed"]["mean"]))
    expected = run(places, interval, model.end)
    number = len(expected.exits)
    assert found["E1"]["throughput"][0] == number
    assert found["E1"]["takt_time"][0] == pytest.approx(float(expected.exits[-1][0] / number), abs=1e-9)
    for station, share in expected.working.items():
        assert found[station]["working_ratio"][0] == pytest.approx(float(100 * share), abs=1e-9)
        assert found[station]["blockage_ratio"][0] == pytest.approx(float(100 * expected.blocked[station]), abs=1e-9)
