"""Cells that cannot be read: all else that is wrong is told beside them, and nothing that only follows from them."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park, Patch
from aidc_twin.park.check import CheckReport
from aidc_twin.park.schema import Need, StockState
from aidc_twin.park.state import StateFolder
from aidc_twin.report.sheets import workbook
from aidc_twin.resources.unread import UnreadCell, build, is_whole, unread_of, without

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]
Told = list[tuple[str, int, str, str]]


def told(problems: list[Problem]) -> Told:
    """File, line, column and code of each problem."""
    return [(Path(problem.file).name, problem.line, problem.column, problem.code) for problem in problems]


@pytest.mark.parametrize(
    ("table", "old", "new", "expected"),
    [
        # a number that is none beside a name that is none
        (
            "needs",
            "box_it,fit,fitters,2,,",
            "box_it,fit,painters,two,,",
            [("resource", "unknown-reference"), ("amount", "not-a-number")],
        ),
        # a date that is none beside a negative number and an unknown product
        (
            "orders",
            "kit,1.5,2026-10-08,2027-01-29",
            "kid,-1.5,2026-10-08,soon",
            [("due", "bad-date"), ("product", "unknown-reference"), ("quantity_mw", "out-of-range")],
        ),
        # a day far from the horizon beside one that is none
        (
            "orders",
            "kit,1.5,2026-10-08,2027-01-29",
            "kit,1.5,soon,2097-01-29",
            [("due", "beyond-horizon"), ("ordered", "bad-date")],
        ),
        # an id that is none: its row has a name and an amount of its own, and nothing is unknown elsewhere
        (
            "materials",
            "steel,Steel section,t,5000,",
            "#REF!,Steel section,t,-5000,",
            [("material", "excel-error"), ("price_yuan", "out-of-band")],
        ),
        ("bom", "kit,box_cool,0.5", "kit,#N/A,half", [("item", "excel-error"), ("quantity", "not-a-number")]),
        # a number that is none beside one that is no duration
        (
            "operations",
            "test,fit,24,hour",
            "test,fit,9999999,hour",
            [("duration", "duration-too-long")],
        ),
        (
            "operations",
            "run,,0.1,6,hour,0.01,exp(2),4",
            "run,,2,-6,hour,often,exp(2),4",
            [("fail_share", "bad-share"), ("fault_rate_hour", "not-a-number"), ("rework", "negative-duration")],
        ),
        # a kind that is none: whatever refers to the resource still finds it
        ("resources", "frame_bay,servers,", "frame_bay,server,", [("kind", "unknown-choice")]),
        # a fact that is none is no more than a cell that is none
        (
            "materials",
            'steel,Steel section,t,5000,"tri(2,3,5)"',
            "steel,Steel section,t,-1,fact:nothing",
            [("lead_weeks", "unknown-fact"), ("price_yuan", "out-of-band")],
        ),
    ],
)
def test_the_rest_of_the_row_is_checked(
    tiny: Path,
    problems_of: Problems,
    replace_in: Replace,
    table: str,
    old: str,
    new: str,
    expected: list[tuple[str, str]],
) -> None:
    """Several things wrong in one row are told at once, and nothing else."""
    line = replace_in(tiny / f"{table}.csv", old, new)
    assert sorted(told(problems_of(tiny))) == sorted((f"{table}.csv", line, *one) for one in expected)


def test_files_are_checked_together(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A head, an order book, a routing and a state with a bad cell each hide nothing of one another."""
    replace_in(tiny / "park.toml", "horizon_weeks = 66", 'horizon_weeks = "long"')
    replace_in(tiny / "orders.csv", "First customer,Jiangsu,kit,2,", "First customer,Jiangsu,kit,two,")
    replace_in(tiny / "orders.csv", "2026-10-08,2027-01-29,nearby", "2026-10-08,2026-01-29,faraway")
    replace_in(tiny / "legs.csv", 'sailing,"tri(8,10,15)",7,6,', 'sailing,"tri(8,10,15)",,many,')
    replace_in(tiny / "state" / "stocks.csv", "steel,40", "iron,forty")
    replace_in(tiny / "state" / "purchase_orders.csv", "30,2026-09-15", "30,2026-10-05")
    assert told(problems_of(tiny)) == [
        ("purchase_orders.csv", 2, "placed", "placed-after-epoch"),
        ("stocks.csv", 2, "material", "unknown-reference"),
        ("stocks.csv", 2, "quantity", "not-a-number"),
        ("legs.csv", 4, "capacity_units", "not-a-number"),
        ("legs.csv", 4, "interval_days", "sailing-without-room"),
        ("orders.csv", 2, "quantity_mw", "not-a-number"),
        ("orders.csv", 3, "destination", "unknown-reference"),
        ("orders.csv", 3, "due", "due-before-ordered"),
        ("park.toml", 5, "horizon_weeks", "int-type"),
    ]


def test_a_column_of_another_name_hides_nothing_else(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """With a head that is misspelt the other columns are read; what is missing is neither blank nor a default."""
    replace_in(tiny / "products.csv", "product,kind,title,routing,maker", "product,kind,title,routing,maker_")
    replace_in(tiny / "products.csv", "pump,component,Coolant pump,pump,", "pump,component,Coolant pump,pomp,")
    assert [one[1:] for one in told(problems_of(tiny))] == [
        (1, "maker", "missing-column"),
        (1, "maker_", "unknown-column"),
        (5, "routing", "unknown-reference"),
    ]


def test_a_row_that_is_there_twice_is_checked(tiny: Path, problems_of: Problems) -> None:
    """The second row of a name is refused, and what it refers to is checked all the same, at its own line."""
    path = tiny / "orders.csv"
    path.write_text(path.read_text(encoding="utf-8") + "o1,Again,Jiangsu,kid,1,2026-09-01,2026-12-18,nearby,1,\n")
    assert told(problems_of(tiny)) == [
        ("orders.csv", 6, "order", "duplicate-id"),
        ("orders.csv", 6, "product", "unknown-reference"),
    ]


def test_facts_that_cannot_be_read_are_facts(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A fact with a bad cell is not unknown where it is used; one without an id may be any that is."""
    replace_in(tiny / "materials.csv", 'steel,Steel section,t,5000,"tri(2,3,5)"', "steel,Steel section,t,5000,fact:own")
    head = "id,topic,quantity,value,unit,low,high,basis,note\n"
    (tiny / "facts.csv").write_text(head + "own,test,lead time,long,weeks,2,8,assumption,test\n", encoding="utf-8")
    assert told(problems_of(tiny)) == [("facts.csv", 2, "value", "not-a-number")]
    (tiny / "facts.csv").write_text(head + "own,test,lead time,9,weeks,2,8,assumption,test\n", encoding="utf-8")
    assert told(problems_of(tiny)) == [("facts.csv", 2, "", "range-order")]
    (tiny / "facts.csv").write_text(head + "o w n,test,lead time,3,weeks,2,8,assumption,test\n", encoding="utf-8")
    assert told(problems_of(tiny)) == [("facts.csv", 2, "id", "bad-id")]
    (tiny / "facts.csv").write_text(head + "owned,test,lead time,3,weeks,2,8,assumption,test\n", encoding="utf-8")
    assert told(problems_of(tiny)) == [("materials.csv", 2, "lead_weeks", "unknown-fact")]


def test_a_fact_in_the_unit_of_a_row_that_cannot_be_read(
    tiny: Path, problems_of: Problems, replace_in: Replace
) -> None:
    """Whether a fact is in the unit of its column is not known where that unit cannot be read."""
    replace_in(tiny / "capacity.csv", "test_power,grid,800", "test_power,grid,fact:supply_mw*1000")
    replace_in(tiny / "needs.csv", "box_it,test,test_power,500", "box_it,test,test_power,fact:supply_mw")
    assert [one[3] for one in told(problems_of(tiny))] == ["wrong-unit"]
    replace_in(tiny / "resources.csv", "test_power,cumulative,Test power,kW", "test_power,cumulative,Test power,#REF!")
    assert [one[3] for one in told(problems_of(tiny))] == ["excel-error"]
    replace_in(tiny / "resources.csv", "test_power,cumulative,Test power,#REF!", "#REF!,cumulative,Test power,kW")
    assert [one[3] for one in told(problems_of(tiny))] == ["excel-error"]


def test_a_workbook_is_checked_as_a_table(tiny: Path, tmp_path: Path, problems_of: Problems) -> None:
    """A state in sheets tells the same problems as one in comma-separated files, at the same lines."""
    rows = [["material", "quantity"], ["iron", "forty"], [7, 2], ["chips", -1]]
    for name in ("sheets", "files"):
        (tmp_path / name).mkdir()
    (tmp_path / "sheets" / "state.xlsx").write_bytes(workbook({"stocks": rows}))
    text = "\n".join(",".join(map(str, row)) for row in rows)
    (tmp_path / "files" / "stocks.csv").write_text(text.replace("\n7,", "\n#REF!,"), encoding="utf-8")
    book = told(problems_of(tiny, state=StateFolder(tmp_path / "sheets")))
    files = told(problems_of(tiny, state=StateFolder(tmp_path / "files")))
    assert [one[1:] for one in files] == [
        (2, "material", "unknown-reference"),
        (2, "quantity", "not-a-number"),
        (3, "material", "excel-error"),
        (4, "quantity", "out-of-range"),
    ]
    assert [one[1:] for one in book] == [(*one[1:3], "number-id" if one[1] == 3 else one[3]) for one in files]


@pytest.mark.parametrize(
    ("patch", "found"),
    [
        (Patch("scale", "orders.*.quantity_mw", 2), []),
        (Patch("set", "orders.o2.quantity_mw", 2), []),
        (Patch("set", "orders.*.weight", 2, where={"quantity_mw": "3"}), []),
        (Patch("remove", "orders.*", where={"quantity_mw": "1.5"}), []),
        (
            Patch("set", "orders.*.product", "kid", where={"destination": "overseas"}),
            [("product", "unknown-reference")],
        ),
        (Patch("set", "orders.o9.quantity_mw", 2), [("orders.o9.quantity_mw", "no-match")]),
    ],
)
def test_scenarios_change_what_can_be_read(
    tiny: Path, problems_of: Problems, replace_in: Replace, patch: Patch, found: list[tuple[str, str]]
) -> None:
    """A scenario is applied to all that could be read; what it does to the rest is not guessed."""
    line = replace_in(tiny / "orders.csv", "kit,1.5,", "kit,some,")
    codes = [one[1:] for one in told(problems_of(tiny, overrides=[patch]))]
    assert (line, "quantity_mw", "not-a-number") in codes
    assert sorted(one[1:] for one in codes if one[2] != "not-a-number") == sorted(found)


def cells(folder: Path) -> Iterator[tuple[Path, list[list[str]], int, int]]:
    """File, rows, row and column of every cell of a park's tables."""
    for path in sorted(folder.rglob("*.csv")):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        for number in range(1, len(rows)):
            for column in range(len(rows[0])):
                yield path, rows, number, column


@pytest.mark.parametrize("share", [pytest.param(1.0, marks=pytest.mark.release), 0.15])
def test_nothing_is_said_that_follows_from_a_cell(
    share: float, tiny: Path, examine: Callable[[Path], CheckReport]
) -> None:
    """Whichever cell of a sound park cannot be read, it is the only thing that is wrong, and no more notices come.

    Three in twenty, drawn from all tables, are tried with each commit.
    """
    draw = random.Random(1)
    before = set(examine(tiny).notices)
    for path, rows, number, column in cells(tiny):
        if draw.random() >= share:
            continue
        text, kept = path.read_text(encoding="utf-8"), rows[number][column]
        rows[number][column] = "#REF!"
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        path.write_text(out.getvalue(), encoding="utf-8")
        report = examine(tiny)
        assert [(p.line, p.column) for p in report.problems] == [(number + 1, rows[0][column])], path.name
        assert set(report.notices) <= before, path.name
        path.write_text(text, encoding="utf-8")
        rows[number][column] = kept


def test_a_cell_that_could_not_be_read_has_no_value() -> None:
    """Neither a default nor a blank stands for it; what has one is as any other row."""
    row, faults = build(StockState, {"material": "steel"}, ("quantity",))
    assert (faults, unread_of(row), is_whole(row)) == ([], ("quantity",), False)
    assert row.material == "steel"
    with pytest.raises(UnreadCell):
        _ = row.quantity
    with pytest.raises(AttributeError):
        _ = row.nothing  # type: ignore[attr-defined]
    whole, _ = build(StockState, {"material": "steel", "quantity": 2.0})
    assert is_whole(whole)
    assert unread_of(without(whole, ("material",))) == ("material",)
    need, faults = build(Need, {"routing": "a", "operation": "b", "resource": "c d", "amount": "1 of"}, ("per",))
    assert [fault["loc"] for fault in faults] == [("resource",), ("amount",)]
    assert unread_of(need) == ("resource", "amount", "per")


def test_a_park_that_was_loaded_lacks_nothing(tiny_park: Park) -> None:
    """Rows that lack cells are for checks alone: no park that is handed out has any."""
    assert is_whole(tiny_park.head)
    assert all(is_whole(row) for row in (*tiny_park.orders, *tiny_park.operations, *tiny_park.needs))
