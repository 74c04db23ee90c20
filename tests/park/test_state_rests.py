"""Work under way with more left than it can take, and purchase orders that were due before the epoch."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import InputError, Problem
from aidc_twin.park import Park, load_park
from aidc_twin.park.scenario import Patch

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]
PARKS = Path(__file__).parents[1] / "parks"
HEAD = "order,product,unit,operation,status,remaining_hours\n"
STEP = "kit,weld,manufacture,,12,hour"


@pytest.fixture
def bays(tmp_path: Path) -> Path:
    """A copy of a park in which welding takes 12 h."""
    return shutil.copytree(PARKS / "breakdowns", tmp_path / "bays")


@pytest.fixture
def ships(tmp_path: Path) -> Path:
    """A copy of a park whose boxes go a day by road and ten by sea, with a ship every seven days."""
    return shutil.copytree(PARKS / "ships", tmp_path / "ships")


def _left(folder: Path, hours: object, *rows: str) -> Path:
    (folder / "state").mkdir(exist_ok=True)
    last = rows[-1] if rows else "k1,kit,1,weld"
    before = "".join(f"{row},done,\n" for row in rows[:-1])
    (folder / "state" / "operations.csv").write_text(f"{HEAD}{before}{last},under_way,{hours}\n", encoding="utf-8")
    return folder


def _refused(problems: list[Problem], found: str, line: int = 2) -> None:
    (problem,) = problems
    assert (problem.code, problem.line, problem.column) == ("more-left-than-it-takes", line, "remaining_hours")
    assert problem.found == found


def test_more_left_than_it_can_take_is_refused(bays: Path, load: Callable[..., Park], problems_of: Problems) -> None:
    """Welding takes 12 h: 12 may be left, 13 cannot; what two decimals cut off is no contradiction."""
    for hours in (0, 12, 12.004):
        assert load(_left(bays, hours)).notices == ()
    _refused(problems_of(_left(bays, 13)), "13, and weld takes 12 h at most")


LONGER = [
    ("12,hour,0.1,5,hour", "fail_share,rework,rework_unit", 17),  # 5 h of rework, then 12 h again
    ("12,hour,0.02,5", "fault_rate_hour,repair_hours", 99_999),  # any number of faults
    ("12,hour,1.1", "learning", 99_999),  # slower with each doubling, without an end
    ('"tri(2,4,6)",hour,0.1,"tri(1,2,4)",hour', "fail_share,rework,rework_unit", 10),  # 6 h and 4 h
    ("0.5,day,0.1,exp(1),hour", "fail_share,rework,rework_unit", 99_999),  # a rework of any length
]


@pytest.mark.parametrize(("cells", "columns", "most"), LONGER)
def test_more_left_that_can_be_is_told(
    bays: Path, load: Callable[..., Park], problems_of: Problems, cells: str, columns: str, most: int
) -> None:
    """A unit that failed has its rework and the test again before it, one with faults its repairs: a note."""
    empty = "," * (columns.count(",") + 1)
    rows = (f"stage,after,duration,duration_unit,{columns}", f"manufacture,,{cells}", f"manufacture,weld,2,hour{empty}")
    names = ("routing,operation", "kit,weld", "kit,fit")
    lines = (f"{name},{row}\n" for name, row in zip(names, rows, strict=True))
    (bays / "operations.csv").write_text("".join(lines), encoding="utf-8")
    (notice,) = load(_left(bays, most)).notices
    assert notice.startswith(f"work under way with more left than it takes: weld of k1, {most:,} h of at most ")
    if most < 99_999:
        _refused(problems_of(_left(bays, most + 1)), f"{most + 1}, and weld takes {most} h at most")


@pytest.mark.parametrize("duration", ['"exp(12)"', '"lognormal(12,0.1)"', '"normal(12,1)"'])
def test_a_duration_without_an_end_leaves_any_rest(
    bays: Path, load: Callable[..., Park], replace_in: Replace, duration: str
) -> None:
    """Of a duration that has no greatest value any rest is possible: nothing is told."""
    replace_in(bays / "operations.csv", STEP, STEP.replace("12", duration))
    assert load(_left(bays, 99_999)).notices == ()


def test_a_changeover_may_be_left_too(tmp_path: Path, load: Callable[..., Park], problems_of: Problems) -> None:
    """Blue takes 6 h after a changeover of 1 h, red 4 h after one of 2 h."""
    folder = shutil.copytree(PARKS / "setups", tmp_path / "setups")
    for product, takes, most in (("blue", 6, 7), ("red", 4, 6)):
        row = f"k1,{product},1,weld"
        assert load(_left(folder, takes, row)).notices == ()
        assert len(load(_left(folder, most, row)).notices) == 1
        _refused(problems_of(_left(folder, most + 1, row)), f"{most + 1}, and weld takes {most} h at most")


def test_a_leg_is_a_step(ships: Path, load: Callable[..., Park], problems_of: Problems) -> None:
    """A day by road is 24 h; the sea takes 240 h, and the ship may leave after up to 168 h more."""
    made = ("k1,box,1,weld", "k1,box,1,pack")
    assert load(_left(ships, 24, *made, "k1,box,1,road")).notices == ()
    _refused(problems_of(_left(ships, 25, *made, "k1,box,1,road")), "25, and road takes 24 h at most", 4)
    sea = (*made, "k1,box,1,road", "k1,box,1,sea")
    assert load(_left(ships, 240, *sea)).notices == ()
    assert "sea of k1, 408 h of at most 240" in load(_left(ships, 408, *sea)).notices[0]
    _refused(problems_of(_left(ships, 409, *sea)), "409, and sea takes 408 h at most", 5)


def test_a_scenario_cannot_make_what_was_begun_impossible(bays: Path) -> None:
    """Welding in 6 h from now on: the 10 h left of a weld begun before are told; 13 h were never possible."""
    faster = Patch("set", "operations.kit/weld.duration", 6)
    (notice,) = load_park(_left(bays, 10), overrides=[faster]).notices
    assert "weld of k1, 10 h of at most 6" in notice
    with pytest.raises(InputError, match="13, and weld takes 12 h at most"):
        load_park(_left(bays, 13), overrides=[faster])


def test_other_mistakes_make_no_echo(bays: Path, problems_of: Problems, replace_in: Replace) -> None:
    """Where the step, its table or its order cannot be read, nothing is said about its rest."""
    codes = {problem.code for problem in problems_of(_left(bays, 99, "k1,kit,1,wled"))}
    assert codes == {"unknown-reference"}
    assert {problem.code for problem in problems_of(_left(bays, 99, "k7,kit,1,weld"))} == {"unknown-reference"}
    replace_in(bays / "operations.csv", "12,hour", "twelve,hour")
    assert "more-left-than-it-takes" not in {problem.code for problem in problems_of(_left(bays, 99))}


@pytest.fixture
def steel(tmp_path: Path) -> Path:
    """A copy of a park with a purchase order on its way, epoch 2026-10-05."""
    return shutil.copytree(PARKS / "supply", tmp_path / "supply")


ARRIVES = '"tri(2026-10-04,2026-10-08,2026-10-20)"'


@pytest.mark.parametrize("arrives", ["2026-10-04", '"tri(2026-09-20,2026-09-28,2026-10-04)"'])
def test_an_overdue_purchase_order_is_refused(
    steel: Path, problems_of: Problems, replace_in: Replace, arrives: str
) -> None:
    """Due by the day before the epoch and not received: nobody knows when it comes, and the twin may not guess."""
    number = replace_in(steel / "state/purchase_orders.csv", ARRIVES, arrives)
    (problem,) = problems_of(steel)
    assert (problem.code, problem.line, problem.column) == ("overdue", number, "arrives")
    assert problem.found == f"{arrives.strip(chr(34))}, and it is on its way on 2026-10-05"
    assert "state/stocks" in problem.fix


@pytest.mark.parametrize("arrives", ["2026-10-05", '"tri(2026-09-20,2026-09-28,2026-10-05)"'])
def test_a_purchase_order_may_come_on_the_first_day(
    steel: Path, load: Callable[..., Park], replace_in: Replace, arrives: str
) -> None:
    """A range that ends on the epoch's day can still be true."""
    replace_in(steel / "state/purchase_orders.csv", ARRIVES, arrives)
    assert load(steel).notices == ()


def test_exchanged_dates_are_one_problem(steel: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A receipt before the order was placed is told as that, not as overdue too."""
    replace_in(steel / "state/purchase_orders.csv", ARRIVES, "2026-09-01")
    assert [problem.code for problem in problems_of(steel)] == ["arrives-before-placed"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("orders.csv", "kit,2,2026-09-01", "kitt,2,2026-09-01"), ("bom.csv", "kit,box_it,", "kit,box_itt,")],
)
def test_a_product_that_is_not_known_is_told_once(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str
) -> None:
    """Rows of the state of its order are not told beside it: they are right."""
    folder = Path(shutil.copytree(PARKS / "tiny", tmp_path / "tiny"))
    replace_in(folder / file, old, new)
    found = [problem for problem in problems_of(folder) if "state" in problem.file]
    assert found == []
