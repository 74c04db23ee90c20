"""Facts: what a row must hold, and how references resolve."""

import pickle
from datetime import date
from pathlib import Path

import pytest

from aidc_twin.errors import InputError, Problem
from aidc_twin.facts import Fact, Facts, UnknownFactError, load_facts, read_facts
from aidc_twin.units.quantity import QuantityError, parse_quantity, parse_when

HEADER = "id,topic,quantity,value,unit,low,high,basis,source_title,source_url,as_of,note\n"
GOOD = "weld_days,process,Welding,4,days,2,7,assumption,,,,shop estimate\n"


def read(folder: Path, body: str, name: str = "facts.csv") -> list[Problem]:
    """Problems of a folder with one file of facts."""
    (folder / name).write_text(HEADER + body, encoding="utf-8")
    problems: list[Problem] = []
    read_facts(folder, problems, [])
    return problems


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("weld_days,process,Welding,1,days,2,7,assumption,,,,guess", "range-order"),
        ("weld_days,process,Welding,8,days,2,7,assumption,,,,guess", "range-order"),
        ("weld_days,process,Welding,4,days,2,7,rumour,,,,guess", "unknown-choice"),
        ("weld_days,process,Welding,4,,2,7,assumption,,,,guess", "blank"),
        ("weld_days,process,Welding,nan,days,2,7,assumption,,,,guess", "nan"),
        ("weld_days,process,Welding,4,days,,,reported,,,,heard", "no-source"),
        ("weld_days,process,Welding,4,days,,,assumption,,,,", "no-reason"),
        ("opening,park,Opening,20260931,yyyymmdd,,,derived,,,,", "no-such-day"),
        ("opening,park,Opening,202609,yyyymmdd,,,derived,,,,", "no-such-day"),
        ("1st,process,Welding,4,days,2,7,assumption,,,,guess", "invalid-row"),
        (GOOD + GOOD.strip(), "duplicate-id"),
    ],
)
def test_bad_rows(tmp_path: Path, row: str, code: str) -> None:
    """A row that cannot be so is one problem, with its line and a cure."""
    problems = read(tmp_path, row + "\n")
    assert [problem.code for problem in problems] == [code]
    assert problems[0].line in (2, 3)
    assert problems[0].fix


def test_an_id_in_two_files_names_both(tmp_path: Path) -> None:
    """The same id in two files is refused, and the message gives both places."""
    (tmp_path / "assumptions.csv").write_text(HEADER.replace("note", "reason") + GOOD, encoding="utf-8")
    problems = read(tmp_path, GOOD)
    assert [problem.code for problem in problems] == ["duplicate-id"]
    assert "facts.csv:2" in str(problems[0])
    assert "assumptions.csv:2" in str(problems[0])


def test_a_folder_without_facts_is_refused(tmp_path: Path) -> None:
    """A folder that holds no file of facts is an input error, not an empty book."""
    with pytest.raises(InputError, match=r"facts\.csv"):
        load_facts(tmp_path)


def book() -> Facts:
    """A small book."""
    common = {"topic": "t", "quantity": "q", "basis": "assumption", "note": "guess"}
    return Facts(
        [
            Fact(id="weld_days", value=4, unit="days", low=2, high=7, **common),
            Fact(id="racks", value=16, unit="racks", **common),
            Fact(id="floor_only", value=5, unit="m2", low=3, **common),
            Fact(id="opens", value=20260930, unit="yyyymmdd", low=20260930, high=20261205, **common),
        ]
    )


def test_a_reference_becomes_a_triangle_or_a_constant() -> None:
    """A range resolves to a triangle, no range to a constant, and both carry unit and basis."""
    facts = book()
    weld = facts.resolve(parse_quantity("fact:weld_days*2"))
    assert (weld.kind, weld.low, weld.value, weld.high) == ("triangular", 4, 8, 14)
    assert (weld.unit, weld.basis, weld.text) == ("days", "assumption", "fact:weld_days*2")
    assert facts.resolve(parse_quantity("fact:racks")).kind == "constant"
    assert facts.resolve(parse_quantity("fact:floor_only")).args == (3, 5, 5)
    typed = parse_quantity("tri(1,2,3)")
    assert facts.resolve(typed) is typed


def test_a_date_reference_becomes_a_date() -> None:
    """A fact in yyyymmdd resolves to its three days, and only in a date."""
    facts = book()
    opens = facts.resolve_when(parse_when("fact:opens"))
    assert (opens.low, opens.high, opens.known) == (date(2026, 9, 30), date(2026, 12, 5), True)
    with pytest.raises(QuantityError, match="is a date"):
        facts.resolve(parse_quantity("fact:opens"))
    with pytest.raises(QuantityError, match="not a day"):
        facts.resolve_when(parse_when("fact:weld_days"))


def test_an_unknown_reference_names_the_nearest() -> None:
    """A misspelt id is refused with the id that was probably meant."""
    for resolve in (lambda: book().resolve(parse_quantity("fact:weld_day")), lambda: book()["weld_day"]):
        with pytest.raises(UnknownFactError, match="weld_day") as caught:
            resolve()
        assert caught.value.fix == "did you mean 'weld_days'?"
    assert book().get("weld_day") is None


def test_the_hash_depends_on_figures_not_on_order() -> None:
    """Order of rows leaves the hash alone, a changed figure moves it, and a pickle keeps it."""
    facts = book()
    assert Facts(reversed(list(facts.values()))).hash == facts.hash
    assert pickle.loads(pickle.dumps(facts)).hash == facts.hash
    other = facts["racks"].model_copy(update={"value": 17.0})
    merged = facts.merged({"racks": other})
    assert merged.hash != facts.hash
    assert merged["racks"].value == 17
