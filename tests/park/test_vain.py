"""Cells that do nothing, amounts of nothing, work and repairs that never end, stock that runs out: refused or told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park, check_park, load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.run import run_once
from aidc_twin.twin.standing import Standing

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]
HERE = Path(__file__).parent


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A copy of the line that a test may change."""
    return shutil.copytree(HERE / "line", tmp_path / "line")


@pytest.fixture
def bays(tmp_path: Path) -> Path:
    """A copy of a park of orders with two bays that stop 10 h after the epoch and 100 h after each repair of 3 h."""
    return shutil.copytree(HERE.parent / "parks" / "breakdowns", tmp_path / "bays")


REFUSED = [
    ("breakdowns.csv", "keep,fitters,2", "keep,,2", "crew-without-name", "crew_amount", "2 of no crew"),
    ("outputs.csv", "pallets,1", "pallets,0.0001", "amount-of-nothing", "quantity", "0.0001"),
    ("bom.csv", "pallets,1", "pallets,0.0004", "amount-of-nothing", "quantity", "0.0004"),
]


@pytest.mark.parametrize(("file", "old", "new", "code", "column", "found"), REFUSED)
def test_what_would_do_nothing_is_refused(
    line: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, column: str,
    found: str,
) -> None:  # fmt: skip
    """An amount of a crew that is not named, and amounts that stock cannot count, are."""
    number = replace_in(line / file, old, new)
    (problem,) = problems_of(line)
    assert (problem.code, problem.line, problem.column, problem.found) == (code, number, column, found)


SHORT = [
    ("0.1,400", "0.1,3", "base_stock", "at most 3 in stock"),
    ("0.1,400", "0.1,", "base_stock", "no level to which it is bought, and no orders to buy it for"),
    ("lead_weeks,base_stock\nbolts,Bolts,box,0.1,400", "weekly_quota,base_stock\nbolts,Bolts,box,3,", "weekly_quota",
     "at most 3 in stock"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "column", "found"), SHORT)
def test_stock_that_never_holds_what_one_unit_takes_is_refused(
    line: Path, problems_of: Problems, replace_in: Replace, old: str, new: str, column: str, found: str
) -> None:
    """A part takes four bolts: with a level or a quota below that, or no level at all, every part waits for ever."""
    replace_in(line / "materials.csv", old, new)
    replace_in(line / "state" / "stocks.csv", "bolts,200\n", "")
    (problem,) = problems_of(line)
    assert (problem.code, problem.line, problem.column, problem.found) == ("never-enough", 2, column, found)
    assert problem.allowed == "at least 4, which one part takes at cut"


def test_stock_that_holds_what_one_unit_takes_is_no_problem(
    line: Path, load: Callable[..., Park], replace_in: Replace
) -> None:
    """Four bolts are enough for one part after the other."""
    replace_in(line / "materials.csv", "0.1,400", "0.1,4")
    replace_in(line / "state" / "stocks.csv", "bolts,200\n", "")
    assert check_park(load(line)).problems == ()


def test_a_stock_that_is_not_filled_up_again_is_told(
    line: Path, load: Callable[..., Park], replace_in: Replace
) -> None:
    """Fifty parts are made of what there is; then a level of three bolts is too low for one more."""
    replace_in(line / "materials.csv", "0.1,400", "0.1,3")
    factory, standing = read_factory(load(line)), Standing()
    runs = [run_once(standing.watched(compile_arrays(factory, None)), seed) for seed in (1, 2)]
    (note,) = [note for note in standing.notices(factory, runs) if "bolts" in note]
    assert "wait to the end for bolts, of which no more comes (in 2 of 2 replications)" in note


TOLD = [
    ("operations.csv", "part,bake,manufacture,cut,2,hour,,,,,", "part,bake,manufacture,cut,2,hour,,,,3,",
     "cells without effect: rework without fail_share of part/bake"),
    ("operations.csv", "part,bake,manufacture,cut,2,hour,,,,,,", "part,bake,manufacture,cut,2,hour,,,,,5,",
     "cells without effect: attempts_most without fail_share of part/bake"),
    ("operations.csv", "0.95,50", ",50", "cells without effect: learned_units without learning of part/cut"),
    ("needs.csv", "part,mend,bench,1,,,", "part,mend,bench,1,,rework,",
     "cells without effect: need of bench for a rework of part/mend, which never fails"),
    ("breakdowns.csv", "fitters,2", "fitters,1.5", "machines that count as whole ones: 1.5 of fitters for jam"),
    ("needs.csv", "bake,oven,1", "bake,oven,0.5", "that count as whole ones: 0.5 of oven for part/bake"),
    ("sources.csv", "exp(1),0,", "exp(1),9999,", "bring nothing within the horizon: raw, first after 9999 h of 672"),
    ("windows.csv", "8,16,24", "8,16,24\nday,late,700,701,0", "within the horizon: day/late, first at 700 h of 672"),
    # 672 arrivals; each takes one pallet, which 0.999 * 0.85 / 0.9 put back
    ("state/stocks.csv", "pallets,60", "pallets,37", "arrivals take 672 and put back 634.032, and there are 37"),
    ("outputs.csv", "pallets", "bolts", "pallets: arrivals take 672 and put back 0, and there are 60"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), TOLD)
def test_what_is_in_vain_is_told(
    line: Path, load: Callable[..., Park], replace_in: Replace, file: str, old: str, new: str, told: str
) -> None:
    """A park that can run, though hardly as it was meant, says so in one notice."""
    replace_in(line / file, old, new)
    (notice,) = load(line).notices
    assert told in notice


def test_stock_that_lasts_is_not_told(line: Path, load: Callable[..., Park], replace_in: Replace) -> None:
    """A pallet is lost with one in eighteen: 38 of 672, which 38 last for; with an end to the arrivals fewer do."""
    replace_in(line / "state" / "stocks.csv", "pallets,60", "pallets,38")
    assert load(line).notices == ()
    replace_in(line / "state" / "stocks.csv", "pallets,38", "pallets,6")
    assert "there are 6" in load(line).notices[0]
    replace_in(line / "sources.csv", "exp(1),0,1,,", "exp(1),0,1,100,")
    assert load(line).notices == ()


NEVER = [
    ("10,100,3,keep", "10,11,3,lose", "costs its unit at each stop"),
    ("10,100,3,keep", "10,11,3,repeat", "begins anew at each stop"),
    (
        "calendar,10,100,3,keep",
        'busy,,"uniform(5,11)",3,repeat',
        "(5,11), and kit/weld, which takes 12 h or more",
    ),
]


@pytest.mark.parametrize(("old", "new", "found"), NEVER)
def test_work_that_every_stop_undoes(
    bays: Path, problems_of: Problems, replace_in: Replace, old: str, new: str, found: str
) -> None:
    """Welding takes 12 h, and a bay stops sooner each time: nothing would ever be welded."""
    number = replace_in(bays / "breakdowns.csv", old, new)
    (problem,) = problems_of(bays)
    assert (problem.code, problem.line, problem.column) == ("never-done", number, "uptime_hours")
    assert found in problem.found


@pytest.mark.parametrize("new", ["10,11,3,keep", "10,12,3,repeat", "15,11,3,lose", "10,exp(11),3,repeat"])
def test_work_that_may_be_done_is_no_problem(
    bays: Path, load: Callable[..., Park], replace_in: Replace, new: str
) -> None:
    """It goes on after a stop, just fits between two, fits before the first one, or may fit by luck."""
    replace_in(bays / "breakdowns.csv", "10,100,3,keep", new)
    assert load(bays).breakdowns


def test_a_repair_longer_than_its_calendar_is_open(bays: Path, problems_of: Problems) -> None:
    """The only hour of a calendar does not hold a repair of three."""
    text = "resource,breakdown,uptime_hours,repair_hours,calendar\nbay,seizure,100,3,night\n"
    (bays / "breakdowns.csv").write_text(text, encoding="utf-8")
    (bays / "windows.csv").write_text("calendar,window,opens_hours,closes_hours\nnight,a,20,21\n", encoding="utf-8")
    (problem,) = problems_of(bays)
    assert (problem.code, problem.column) == ("never-repaired", "repair_hours")
    assert problem.found == "3, and night is open for 1 h in all"


def test_overload_is_told_beside_other_problems(line: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A mistake in a table from which no load is reckoned does not hide it; one in the capacity does."""
    replace_in(line / "sources.csv", "exp(1)", "exp(0.5)")
    replace_in(line / "outputs.csv", "pallets,1", "pallets,0")
    assert {problem.code for problem in problems_of(line)} == {"out-of-band", "overload"}
    replace_in(line / "capacity.csv", "bench,3", "bench,-3")
    assert "overload" not in {problem.code for problem in problems_of(line)}


def test_products_that_no_order_reaches_are_told(tmp_path: Path) -> None:
    """One that nothing takes, and one that is made for it alone; the solution may be ordered one day."""
    folder = shutil.copytree(HERE.parent / "parks" / "cash", tmp_path / "cash")
    with (folder / "products.csv").open("a") as file:
        file.write(
            "spare,component,Spare,kit,maker,5\nscrew,component,Screw,kit,maker,5\nplan,solution,Plan,kit,maker,5\n"
        )
    (folder / "bom.csv").write_text("parent,item,quantity,operation\nspare,screw,2,weld\n")
    assert {
        "products that nothing takes: spare",
        "products that are taken only by what nobody orders: screw",
    } <= set(check_park(load_park(folder)).notices)
