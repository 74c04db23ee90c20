"""Columns about people who choose their work, written where they make no sense."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park, load_park
from aidc_twin.park.check import check_park

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]
PARK = Path(__file__).parents[1] / "parks" / "people"
BREAKDOWNS = "resource,uptime_hours,repair_hours,crew,crew_amount\nmill,100,2,smith,{}\n"
BREAKS = "resource,breakdown,uptime_hours,repair_hours\nsmith,lunch,4,1\n"

DEFECTS = [
    ("resources.csv", "priority,named", "priority,known", "unknown-choice", "known", "members"),
    ("resources.csv", "saw,servers,priority,", "saw,servers,priority,named", "members-without-crew",
     "named at saw, which is servers", "members"),
    ("park.toml", "crews_last", "by_key", "members-never-choose", "named at smith, with starts = by_key", "members"),
    ("needs.csv", "m2,mill,smith,1", "m2,mill,smith,3", "nobody-to-prefer", "person 3 of smith, which has 2", "prefer"),
    ("needs.csv", "m2,mill,smith,1", "m2,mill,smith,-1", "", "-1", "prefer"),
    ("needs.csv", "m2,mill,mill,", "m2,mill,mill,1", "nobody-to-prefer",
     "person 1 of mill, whose members have no names", "prefer"),
    ("resources.csv", "smith,crew,priority,named", "smith,crew,priority,", "nobody-to-prefer",
     "person 1 of smith, whose members have no names", "prefer"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "found", "column"), DEFECTS)
def test_defects_are_named(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, found: str,
    column: str,
) -> None:  # fmt: skip
    """Each is found in its column, says what was found, what is allowed and what to do."""
    folder = tmp_path / "people"
    shutil.copytree(PARK, folder)
    assert replace_in(folder / file, old, new)
    problem = next(one for one in problems_of(folder) if one.column == column)
    assert not code or problem.code == code
    assert found in problem.found
    assert problem.fix
    assert problem.allowed


NEEDS = [
    ("amount", "2", "several-people", "2 of smith, whose members are named", "amount"),
    ("per", "parent", "shared-person", "parent of smith, whose members are named", "per"),
    ("hold", "look", "nobody-to-prefer", "person 1 of smith, which is only looked at", "prefer"),
]


@pytest.mark.parametrize(("name", "cell", "code", "found", "column"), NEEDS)
def test_needs_of_a_person(
    tmp_path: Path, problems_of: Problems, name: str, cell: str, code: str, found: str, column: str
) -> None:
    """A need of a named crew is one person, for one unit, who comes."""
    folder = tmp_path / "people"
    shutil.copytree(PARK, folder)
    lines = (folder / "needs.csv").read_text(encoding="utf-8").splitlines()
    wide = [f"{lines[0]},{name}"] + [f"{line},{cell if line == 'm2,mill,smith,1' else ''}" for line in lines[1:]]
    (folder / "needs.csv").write_text("\n".join(wide) + "\n", encoding="utf-8")
    problem = next(one for one in problems_of(folder) if one.code == code)
    assert (problem.column, problem.found) == (column, found)


def test_the_second_crew_does_not_choose(tmp_path: Path, problems_of: Problems) -> None:
    """Work that needs two crews is chosen by people of the first, whatever it prefers of the second."""
    folder = tmp_path / "people"
    shutil.copytree(PARK, folder)
    for name, line in (("resources", "mate,crew,fifo,named"), ("capacity", "mate,1"), ("needs", "m1,mill,mate,1")):
        with (folder / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    problem = next(one for one in problems_of(folder) if one.code == "nobody-to-prefer")
    assert problem.found == "person 1 of mate, while people of smith choose"


def test_one_person_repairs(tmp_path: Path, problems_of: Problems, load: Callable[..., Park]) -> None:
    """A repair takes one person of a named crew."""
    folder = tmp_path / "people"
    shutil.copytree(PARK, folder)
    (folder / "breakdowns.csv").write_text(BREAKDOWNS.format(2), encoding="utf-8")
    assert [(one.code, one.column) for one in problems_of(folder)] == [("several-people", "crew_amount")]
    (folder / "breakdowns.csv").write_text(BREAKDOWNS.format(1), encoding="utf-8")
    assert load(folder).breakdowns


def test_the_park_is_clean(load: Callable[..., Park]) -> None:
    """As it is written it loads."""
    assert load(PARK).notices == ()


def test_people_with_names_have_no_breaks(tmp_path: Path, problems_of: Problems) -> None:
    """A break takes any of a crew: who of them is away would not be known."""
    folder = tmp_path / "people"
    shutil.copytree(PARK, folder)
    (folder / "breakdowns.csv").write_text(BREAKS, encoding="utf-8")
    problem = next(one for one in problems_of(folder) if one.column == "resource")
    assert (problem.code, problem.found) == ("break-of-person", "lunch of smith, whose members are named")


SKILLS = Path(__file__).parents[1] / "parks" / "skills"
WHO = [
    ("needs.csv", "a1,saw,smith,2", "a1,saw,smith,3", "3 of smith, which has 2"),
    ("needs.csv", "a1,saw,smith,2", "a1,saw,smith,0;2", "0;2 of smith, which has 2"),
    ("needs.csv", "a1,saw,saw,", "a1,saw,saw,1", "1 of saw, whose members have no names"),
    ("resources.csv", "smith,crew,fifo,named", "smith,crew,fifo,", "2 of smith, whose members have no names"),
]


@pytest.mark.parametrize(("file", "old", "new", "found"), WHO)
def test_who_may_do_it_are_people_of_the_crew(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, found: str
) -> None:
    """Numbers that nobody has, and crews without names."""
    folder = tmp_path / "skills"
    shutil.copytree(SKILLS, folder)
    assert replace_in(folder / file, old, new)
    problem = next(one for one in problems_of(folder) if one.code == "nobody-allowed")
    assert (problem.column, problem.found) == ("who", found)
    assert problem.fix
    assert problem.allowed


@pytest.mark.parametrize(
    ("need", "resource", "found"),
    [
        ({"prefer": 1}, {}, "2 of smith, and person 1 in prefer"),
        ({}, {"preempt": "resume", "dispatch": "priority"}, "2 at saw, which may stop other work"),
        ({}, {"kind": "bucketed"}, "2 at saw, which gets shares of periods"),
    ],
)
def test_who_may_do_it_must_be_able_to_come(need: dict[str, int], resource: dict[str, str], found: str) -> None:
    """A preference for somebody else, and work whose people cannot be told before it starts."""
    park = load_park(SKILLS)
    needs = [row.model_copy(update=need) if row.who == (2,) and row.operation == "saw" else row for row in park.needs]
    resources = [row.model_copy(update=resource) if row.resource == "saw" else row for row in park.resources]
    changed = replace(park, needs=tuple(needs), resources=tuple(resources))
    problems = [one for one in check_park(changed).problems if one.code == "nobody-allowed"]
    assert found in [one.found for one in problems]
