"""Needs that parts of one unit share, keep to or wait for, and units of streams that are made of others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import load_park
from aidc_twin.park.checks.steady import steady_loads
from aidc_twin.park.deadlock import possible_deadlocks

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]
PARKS = Path(__file__).parents[1] / "parks"


@pytest.fixture
def lots(tmp_path: Path) -> Path:
    """A copy of the park of lots that a test may change."""
    folder = tmp_path / "lots"
    shutil.copytree(PARKS / "lots", folder)
    return folder


def widen(path: Path, columns: str, cells: dict[str, str]) -> None:
    """More columns in a table: the cells of the rows that begin so, blank elsewhere."""
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    blank = "," * columns.count(",")
    rows = [f"{row},{next((more for start, more in cells.items() if row.startswith(start)), blank)}" for row in rows]
    path.write_text("\n".join([f"{head},{columns}", *rows, ""]), encoding="utf-8")


NEEDS = [
    # what is shared
    ("sublot,cut,saw,,,parent", "sublot,cut,saw,,parent,", "per", "not-shareable", "machines that work on one unit"),
    (
        "lot,split,splitter,parts,,",
        "lot,split,splitter,parts,parent,",
        "per",
        "no-parent",
        "to which lot comes by itself",
    ),
    ("sublot,lay,tray,joined,parent,", "sublot,lay,tray,joined,parts,", "per", "not-shareable", "made of others"),
    (
        "lay,tray,joined,parent,",
        "lay,tray,joined,parent,\nsublot,lay,splitter,,parent,",
        "per",
        "two-shared-needs",
        "tray",
    ),
    # the machine that parts keep to
    (
        "lay,tray,joined,parent,",
        "lay,tray,joined,,parent",
        "same",
        "no-machine-to-keep-to",
        "tray, which are no servers",
    ),
    ("lot,split,splitter,parts,,", "lot,split,saw,,,parent", "same", "no-parent", "parent at split"),
    # until
    ("lot,merge,tray,,parts,", "lot,merge,tray,parts,parts,", "until", "releases-nothing", "parts at merge"),
    ("lot,split,splitter,parts,,", "lot,split,splitter,joined,,", "until", "no-parent", "joined at split"),
    ("lot,split,splitter,parts,,", "lot,split,splitter,partz,,", "until", "unknown-reference", "partz"),
]


@pytest.mark.parametrize(
    ("old", "new", "column", "code", "found"), NEEDS, ids=[f"{row[3]}-{i}" for i, row in enumerate(NEEDS)]
)
def test_needs_of_families(
    lots: Path, problems_of: Problems, replace_in: Replace, old: str, new: str, column: str, code: str, found: str
) -> None:
    """Each contradiction is found in its cell, says what was found and what to do."""
    replace_in(lots / "needs.csv", old, new)
    problems = [problem for problem in problems_of(lots) if problem.code == code]
    assert problems, [str(other) for other in problems_of(lots)]
    problem = problems[0]
    assert (problem.file, problem.column) == ("lots/needs.csv", column)
    assert found in problem.found
    assert problem.allowed
    assert problem.fix


def test_those_who_share_take_the_same(lots: Path, problems_of: Problems) -> None:
    """Whoever comes first takes it for all: the amount must be the same."""
    widen(lots / "needs.csv", "amount", {"sublot,lay": "0.5"})
    (problem,) = problems_of(lots)
    assert (problem.code, problem.column, problem.found) == ("shared-amounts-differ", "amount", "0.5 of tray for lay")


SHARERS = [
    ("needs.csv", "during", {"sublot,lay": "rework"}, "parent at lay, for a rework"),
    ("needs.csv", "when_closed", {"sublot,lay": "give_back"}, "parent at lay, which gives it back when closed"),
    ("operations.csv", "batch_max", {"sublot,lay": "2"}, "parent at lay, whose units go together"),
]


@pytest.mark.parametrize(("table", "columns", "cells", "found"), SHARERS)
def test_what_cannot_share(
    lots: Path, problems_of: Problems, table: str, columns: str, cells: dict[str, str], found: str
) -> None:
    """A rework shares nothing, nor does a batch, nor what is given back when closed."""
    widen(lots / table, columns, cells)
    assert found in {problem.found for problem in problems_of(lots) if problem.code == "not-shareable"}


def test_a_machine_that_others_leave(lots: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A machine that is kept until the lot is put together cannot hold the lot back."""
    widen(lots / "needs.csv", "leave", {"sublot,cut": "up"})
    replace_in(lots / "needs.csv", "sublot,cut,saw,,,parent", "sublot,cut,saw,joined,,parent")
    assert "leaves-with-others" in {problem.code for problem in problems_of(lots)}


def test_a_reserved_word(lots: Path, problems_of: Problems, replace_in: Replace) -> None:
    """No step is called as a word of `until`."""
    replace_in(lots / "operations.csv", "sublot,cut,manufacture,,2", "sublot,joined,manufacture,,2")
    assert "reserved-name" in {problem.code for problem in problems_of(lots)}


TORN = [
    ("lot,split", ",,1", "lot may lose patience at split"),
    ("sublot,cut", ",,1", "sublot may lose patience at cut"),
    ("lot,split", "0.1,2,", "lot may be scrapped at split"),
]


@pytest.mark.parametrize(("step", "more", "found"), TORN)
def test_families_that_would_be_torn_apart(lots: Path, problems_of: Problems, step: str, more: str, found: str) -> None:
    """A unit that arrives with parts stays until it is done, and its parts stay with it."""
    widen(lots / "operations.csv", "fail_share,attempts_most,patience_hours", {step: more})
    (problem,) = problems_of(lots)
    assert (problem.code, problem.file) == ("source-with-parts", "lots/sources.csv")
    assert found in problem.found


def test_a_lot_that_goes_another_way(lots: Path, problems_of: Problems) -> None:
    """A lot whose way divides might leave its sublots behind; so might one whose machine breaks down for good."""
    (lots / "branches.csv").write_text("routing,operation,next\nlot,split,merge\n", encoding="utf-8")
    assert load_park(lots).branches
    rows = "lot,split,merge,0.5\nlot,split,end,0.5\n"
    (lots / "branches.csv").write_text(f"routing,operation,next,share\n{rows}", encoding="utf-8")
    (problem,) = problems_of(lots)
    assert "lot may go another way at split" in problem.found
    (lots / "branches.csv").unlink()
    needs = (lots / "needs.csv").read_text(encoding="utf-8")
    (lots / "needs.csv").write_text(f"{needs}lot,split,saw,,,\n", encoding="utf-8")
    head = "resource,breakdown,uptime_hours,repair_hours,effect\n"
    (lots / "breakdowns.csv").write_text(f"{head}saw,jam,9,1,lose\n", encoding="utf-8")
    (problem,) = problems_of(lots)
    assert "lot may be scrapped when saw breaks down" in problem.found


def test_a_lot_of_too_many_parts(lots: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A slip in the quantity of a bill is found before memory is."""
    replace_in(lots / "bom.csv", "lot,sublot,2", "lot,sublot,2000000")
    (problem,) = problems_of(lots)
    assert (problem.code, problem.column) == ("too-many-units", "product")
    assert "2,000,001 units" in problem.found


def test_parts_may_begin_again(lots: Path) -> None:
    """Scrap of a part does no harm: it begins again, as that of an order does."""
    head = "routing,operation,next,share\n"
    rows = "sublot,cut,lay,0.9\nsublot,cut,scrap,0.1\n"
    (lots / "branches.csv").write_text(head + rows, encoding="utf-8")
    assert len(load_park(lots).branches) == 2


def test_load_of_a_stream_counts_its_parts(lots: Path, problems_of: Problems, replace_in: Replace) -> None:
    """Two cuts of 2 h for each lot on two saws: a lot an hour is twice as much as can be done."""
    replace_in(lots / "sources.csv", "lots,lot,1,0,3", "lots,lot,8,0,0")
    loads = steady_loads(load_park(lots))
    assert loads["saw"].share == pytest.approx(2 * 2 / 8 / 2)
    assert "tray" not in loads
    replace_in(lots / "sources.csv", "lots,lot,8,0,0", "lots,lot,1,0,0")
    problem = next(problem for problem in problems_of(lots) if problem.code == "overload")
    assert "saw would be busy 200 %" in problem.found


def test_what_a_splitter_and_a_tray_wait_for(lots: Path) -> None:
    """Lots cannot lock each other while those of one lot share a tray; with a tray for each sublot they can."""
    assert possible_deadlocks(load_park(lots)) == []
    needs = (lots / "needs.csv").read_text(encoding="utf-8")
    (lots / "needs.csv").write_text(needs.replace("sublot,lay,tray,joined,parent,", "sublot,lay,tray,joined,,"))
    (lots / "capacity.csv").write_text("resource,amount\nsplitter,1\nsaw,2\ntray,2\n", encoding="utf-8")
    rings = possible_deadlocks(load_park(lots))
    assert ("tray",) in rings


def test_a_state_of_lots_that_are_apart(tmp_path: Path, problems_of: Problems) -> None:
    """Two lots on one tray, or two in one splitter, are no state; two sublots of one lot are on it once."""
    folder = tmp_path / "lots_midway"
    shutil.copytree(PARKS / "lots_midway", folder)
    assert load_park(folder).state_operations
    path = folder / "state/operations.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("k1,sublot,1,cut,under_way,0.5\n", "k1,sublot,1,cut,done,\nk1,sublot,1,lay,done,\n"))
    (problem,) = problems_of(folder)
    assert (problem.code, problem.found) == ("state-exceeds-capacity", "2 of tray held by the units of the state")
    path.write_text(f"{text}k2,lot,1,split,done,\n", encoding="utf-8")
    (problem,) = problems_of(folder)
    assert (problem.code, problem.found) == ("state-exceeds-capacity", "2 of splitter held by the units of the state")
