"""Cross-table checks: each defect of a park is named with its place and cure."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park, check_park

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]

REFERENCES = [
    ("holidays.csv", "plant,2026-10-01", "plnt,2026-10-01", "calendar"),
    ("resources.csv", "fitters,crew,Fitters,person,plant", "fitters,crew,Fitters,person,plants", "calendar"),
    ("resources.csv", "plant,pumpworks", "plant,pumpwork", "entity"),
    ("capacity.csv", "test_rig,all", "test_rigs,all", "resource"),
    ("capacity.csv", "hall,2,hall", "hall,2,hal", "phase"),
    ("products.csv", "pump,pumpworks", "pump,pumpwork", "maker"),
    ("products.csv", "Coolant pump,pump,", "Coolant pump,pmp,", "routing"),
    ("bom.csv", "pump,steel", "pumps,steel", "parent"),
    ("bom.csv", "box_cool,steel", "box_cool,stel", "item"),
    ("bom.csv", "exact,machine", "exact,machin", "operation"),
    ("bom.csv", "box_cool,0.5,up,commission,design", "box_cool,0.5,up,commission,desing", "released_by"),
    ("operations.csv", "acceptance,commission", "acceptance,comission", "after"),
    ("operations.csv", "design,3,day,", "design,3,day,plnt", "calendar"),
    ("needs.csv", "pump,machine,pump_cell", "pump,machine,pump_cel", "resource"),
    ("needs.csv", "pump,machine", "pmp,machine", "routing"),
    ("needs.csv", "box_it,fit,", "box_it,fitt,", "operation"),
    ("needs.csv", "box_it,frame,floor,1,pack", "box_it,frame,floor,1,packk", "until"),
    ("setups.csv", "cool,it", "col,it", "from_family"),
    ("legs.csv", "nearby,truck", "nerby,truck", "destination"),
    ("sales.csv", "builder,outside,box_cool", "bilder,outside,box_cool", "seller"),
    ("sales.csv", "builder,outside,box_cool", "builder,outsid,box_cool", "buyer"),
    ("sales.csv", "builder,outside,box_cool", "builder,outside,box_col", "item"),
    ("sales.csv", "steel,frame", "steel,fram", "operation"),
    ("orders.csv", "Jiangsu,kit,1.5", "Jiangsu,kitt,1.5", "product"),
    ("orders.csv", "2027-04-30,overseas", "2027-04-30,oversea", "destination"),
    ("state/operations.csv", "o1,box_it,1,fit", "o9,box_it,1,fit", "order"),
    ("state/operations.csv", "o1,box_it,1,fit", "o1,boxit,1,fit", "product"),
    ("state/operations.csv", "o1,box_it,1,fit", "o1,box_it,1,fitt", "operation"),
    ("state/stocks.csv", "chips", "chip", "material"),
    ("state/purchase_orders.csv", "po1,steel", "po1,stel", "material"),
    ("state/machines.csv", "frame_bay", "frame_bays", "resource"),
]


@pytest.mark.parametrize(("file", "old", "new", "column"), REFERENCES)
def test_unknown_references(
    tiny: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, column: str
) -> None:
    """Each column that refers to something names what it could mean."""
    line = replace_in(tiny / file, old, new)
    folder = "state" if file.startswith("state/") else "tiny"
    found = [
        problem
        for problem in problems_of(tiny)
        if (problem.code, problem.column, problem.line) == ("unknown-reference", column, line)
    ]
    assert [problem.file for problem in found] == [f"{folder}/{Path(file).name}"]
    assert "did you mean" in found[0].fix or "use one of" in found[0].fix


DEFECTS = [
    # structure
    (
        "operations.csv",
        "confirm,Quotation to deposit,order,,",
        "confirm,,order,design,",
        "routing-cycle",
        "confirm→design→confirm",
    ),
    ("bom.csv", "pump,steel,0.1,exact,machine", "pump,box_it,1,exact,machine", "bom-cycle", "box_it→pump→box_it"),
    ("bom.csv", "pump,steel,0.1", "pump,pump,1", "bom-cycle", "pump→pump"),
    ("bom.csv", "box_it,pump,2", "box_it,pump,900000", "too-many-units", "units to be made"),
    ("bom.csv", "box_it,pump,2", "box_it,kit,2", "solution-as-item", "kit"),
    (
        "bom.csv",
        "box_cool,0.5,up,commission,design",
        "box_cool,0.5,up,commission,acceptance",
        "released-too-late",
        "acceptance",
    ),
    ("bom.csv", "box_it,steel,5,exact,frame,", "box_it,steel,5,exact,fit,frame", "material-released", "frame"),
    ("orders.csv", "Jiangsu,kit,1.5", "Jiangsu,box_it,1.5", "not-a-solution", "box_it"),
    ("needs.csv", "box_it,pack,fitters,1,", "box_it,pack,fitters,1,frame", "until-before-start", "frame"),
    ("sales.csv", "builder,outside,box_cool", "builder,builder,box_cool", "sale-to-itself", "builder"),
    # calendars
    ("calendars.csv", "plant,1,mon-sat,08:00,16:00", "plant,1,mon-sat,16:00,08:00", "shift-reversed", "16:00–08:00"),
    ("calendars.csv", "2,mon-sat,16:00", "2,mon-sat,15:30", "shift-overlap", "overlaps shift 1"),
    ("calendars.csv", "1,mon-sat", "1,mo-sat", "bad-weekdays", "mo-sat"),
    ("calendars.csv", "16:00,1,0", "16:00,2,0", "never-open", "never open"),
    ("holidays.csv", "2026-10-01,2026-10-07", "2026-10-07,2026-10-01", "holiday-reversed", "2026-10-01"),
    ("holidays.csv", "2026-10-01,2026-10-07", "2026-10-01,2028-10-07", "never-open", "never open"),
    # capacity
    ("capacity.csv", "test_rig,all,2", "test_rig,all,0", "zero-capacity", "no test_rig"),
    ("capacity.csv", "pump_cell,all,1,,,\n", "", "zero-capacity", "without a row"),
    ("capacity.csv", "fitters,all,6", "fitters,all,1", "need-exceeds-capacity", "2 of fitters"),
    ("capacity.csv", "test_rig,all,2", "test_rig,all,2.5", "fractional-pieces", "2.5"),
    ("capacity.csv", "test_rig,all,2", "test_rig,all,10000000000000", "too-much-capacity", "GiB"),
    ("capacity.csv", "test_rig,all,2", "test_rig,all,-2", "out-of-band", "-2"),
    ("capacity.csv", "hall,2,hall,", "hall,2,hall,2026-10-01", "two-starts", "2026-10-01"),
    ("capacity.csv", "2027-01-04,2027-06-30", "2027-06-30,2027-01-04", "capacity-reversed", "2027-01-04"),
    ("phases.csv", "2026-10-01,0", "2026-10-01,1e12", "out-of-band", "1000000000000"),
    # values
    (
        "operations.csv",
        "confirm,Quotation to deposit,order,,5",
        "confirm,,order,,401",
        "duration-too-long",
        "401 working_day",
    ),
    ("operations.csv", "frame,10,hour", "frame,30000,hour", "duration-too-long", "30000 hour"),
    ("operations.csv", "frame,10,hour", "frame,0.0001,hour", "duration-too-short", "0.0001 hour"),
    ("operations.csv", "frame,10,hour", "frame,-10,hour", "negative-duration", "-10"),
    ("operations.csv", "run,,0.1,6", "run,,1,6", "bad-share", "1"),
    ("operations.csv", "run,,0.05,4", "run,,-0.05,4", "bad-share", "-0.05"),
    ("operations.csv", "run,,0.05,4", 'run,,"tri(0.1,0.2,1)",4', "bad-share", "tri(0.1,0.2,1)"),
    ("operations.csv", "fit,24,hour,,run,,0.1,6", "fit,0,hour,,run,,0.1,0", "zero-time-loop", "0"),
    ("operations.csv", "0.01,exp(2),4", "0.01,0,0", "faults-without-repair", "0"),
    ("bom.csv", "box_cool,steel,4", "box_cool,steel,0", "out-of-band", "0"),
    ("materials.csv", '"tri(2,3,5)",,', '"tri(2,3,5)",20,', "two-supplies", "beside lead_weeks"),
    ("materials.csv", '"tri(2,3,5)",,', "400,,", "out-of-band", "400"),
    ("legs.csv", '"tri(8,10,15)",7,6', '"tri(8,10,15)",,6', "sailing-without-room", "0 for a sailing"),
    (
        "legs.csv",
        "overseas,truck,1,Lorry to the port,delay,1,,",
        "overseas,truck,1,,delay,1,7,",
        "delay-with-departures",
        "7",
    ),
    ("legs.csv", "overseas,sea,2", "overseas,sea,1", "duplicate-position", "as leg truck"),
    ("sales.csv", "steel,frame,all,0.5", "steel,frame,all,50", "out-of-band", "50"),
    # orders
    ("orders.csv", "2026-10-08,2027-01-29", "2026-10-08,2026-09-29", "due-before-ordered", "due 2026-09-29"),
    ("orders.csv", "2026-10-08,2027-01-29", "2026-10-08,2037-01-29", "beyond-horizon", "2037-01-29"),
    # state
    (
        "state/operations.csv",
        "o1,box_it,1,frame,done",
        "o1,box_it,1,frame,under_way",
        "done-before-predecessor",
        "frame not done",
    ),
    ("state/operations.csv", "o1,kit,1,design,done,\n", "", "done-before-predecessor", "design of kit not done"),
    ("state/operations.csv", "o1,box_it,2,frame", "o1,box_it,3,frame", "unknown-unit", "3"),
    ("state/operations.csv", "o1,box_it,1,frame,done,", "o1,box_it,1,frame,done,4", "remaining-of-done", "4"),
    ("state/purchase_orders.csv", "2026-09-15", "2026-10-05", "placed-after-epoch", "2026-10-05"),
    ("state/purchase_orders.csv", "2026-10-12", "2026-09-12", "arrives-before-placed", "2026-09-12"),
    ("state/machines.csv", "frame_bay,2", "frame_bay,3", "unknown-machine", "3"),
    ("state/machines.csv", "frame_bay,2", "fitters,2", "not-servers", "fitters"),
    ("state/machines.csv", "2026-10-09", "2026-09-09", "back-before-epoch", "2026-09-09"),
    # head
    ("park.toml", "epoch = 2026-10-01", "epoch = 9999-12-31", "year-out-of-range", "9999-12-31"),
    ("park.toml", "epoch = 2026-10-01", "epoch = 0001-01-01", "year-out-of-range", "0001-01-01"),
    ("park.toml", 'goals = "shuang-qianyi"', 'goals = "shuang-qianxi"', "unknown-goal", "shuang-qianxi"),
    ("park.toml", "horizon_weeks = 66", "horizon_weeks = 66\ntick_us = 7000000", "bad-tick", "7000000"),
]

ELSEWHERE = {"never open": "calendars.csv", "2 of fitters": "needs.csv", "without a row": "needs.csv"}
"""Files where a defect shows that was made in another."""


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "found"),
    DEFECTS,
    ids=[f"{case[3]}-{index}" for index, case in enumerate(DEFECTS)],
)
def test_defects_are_named(
    tiny: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, found: str
) -> None:
    """Each defect is found in its file, says what was found and what to do."""
    replace_in(tiny / file, old, new)
    problem = next(problem for problem in problems_of(tiny) if problem.code == code)
    assert found in problem.found
    assert problem.line
    assert problem.fix
    assert problem.allowed
    assert problem.file.endswith(ELSEWHERE.get(found, Path(file).name))


@pytest.mark.parametrize(("factor", "unit"), [(1e-4, "万元"), (1e-8, "亿元")])
def test_price_in_another_unit_is_recognised(
    tiny: Path, problems_of: Problems, replace_in: Replace, factor: float, unit: str
) -> None:
    """A price written in 万元 or 亿元 for yuan is refused, and the unit named."""
    replace_in(tiny / "bom.csv", "12000000,9000000", f"{12e6 * factor},0")
    replace_in(tiny / "bom.csv", "6000000,4000000", f"{6e6 * factor},0")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.column, problem.line) == ("price-out-of-band", "value_yuan", 2)
    assert unit in problem.fix


def test_zero_capacity_names_product_and_orders(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A station without servers is named with the products and the number of orders that it blocks, at its row."""
    line = replace_in(tiny / "capacity.csv", "pump_cell,all,1", "pump_cell,all,0")
    (problem,) = problems_of(tiny)
    assert (problem.line, problem.column) == (line, "amount")
    assert "pump can never be made (4 orders wait for it)" in problem.fix


def test_capacity_of_a_late_phase_counts(tiny: Path, load: Callable[..., Park], replace_in: Replace) -> None:
    """A need that only the annex can meet is possible; if the annex opens after the horizon it is not."""
    replace_in(tiny / "needs.csv", "box_cool,frame,frame_bay,1", "box_cool,frame,frame_bay,3")
    assert load(tiny).head.id == "tiny"
    replace_in(tiny / "phases.csv", "2027-03-01", "2029-03-01")
    with pytest.raises(Exception, match="3 of frame_bay"):
        load(tiny)


def test_more_under_way_than_there_is(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """Two boxes in the test hold 1000 kW, of which there are 800."""
    replace_in(
        tiny / "state/operations.csv",
        "o1,box_it,1,fit,under_way,4",
        "o1,box_it,1,fit,done,\no1,box_it,1,test,under_way,9",
    )
    replace_in(
        tiny / "state/operations.csv",
        "o1,box_it,2,frame,under_way,12.5",
        "o1,box_it,2,frame,done,\no1,box_it,2,fit,done,\no1,box_it,2,test,under_way,9\n"
        + "\n".join(f"o1,pump,{n},{step},done," for n in (3, 4) for step in ("machine", "proof")),
    )
    (problem,) = problems_of(tiny)
    assert problem.code == "state-exceeds-capacity"
    assert "1,000 of test_power" in problem.found
    replace_in(tiny / "state/operations.csv", "o1,pump,4,proof,done,", "o1,pump,4,proof,dne,")
    assert {found.code for found in problems_of(tiny)} == {"unknown-choice", "state-exceeds-capacity"}


def test_work_on_an_order_of_the_future(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A state cannot know steps of an order that is not placed yet."""
    path = tiny / "state/operations.csv"
    path.write_text(path.read_text(encoding="utf-8") + "o4,kit,1,confirm,done,\n", encoding="utf-8")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.line) == ("started-before-ordered", 11)


def test_a_deep_bill_of_materials_is_no_problem(tiny: Path, load: Callable[..., Park]) -> None:
    """Forty levels of one each load; forty levels of two each are refused with the estimate."""
    shutil.rmtree(tiny / "state")
    _add_tower(tiny, "1")
    assert load(tiny).has("products", "level40")
    _add_tower(tiny, "2")
    with pytest.raises(Exception, match=r"units to be made") as caught:
        load(tiny)
    assert "e+1" in str(caught.value)


def _add_tower(folder: Path, quantity: str) -> None:
    for name in ("products", "bom"):
        path = folder / f"{name}.csv"
        kept = [line for line in path.read_text(encoding="utf-8").splitlines() if "level" not in line]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with (folder / "products.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"level{n},component,,pump,pumpworks,,\n" for n in range(1, 41))
    with (folder / "bom.csv").open("a", encoding="utf-8") as file:
        file.write("pump,level1,1,exact,machine,,,,\n")
        file.writelines(f"level{n},level{n + 1},{quantity},exact,machine,,,,\n" for n in range(1, 40))


def test_notices_keep_odd_but_possible_parks(tiny: Path, load: Callable[..., Park], replace_in: Replace) -> None:
    """Orders due before any phase and years without Spring Festival are told, not refused."""
    text = (tiny / "capacity.csv").read_text(encoding="utf-8")
    lines = [
        line if ",hall" in line or ",annex" in line or "end" in line else line.replace(",,,", ",hall,,")
        for line in text.splitlines()
    ]
    (tiny / "capacity.csv").write_text("\n".join(lines).replace("grid,800,,,", "grid,800,hall,,"), encoding="utf-8")
    replace_in(tiny / "capacity.csv", "rented,400,,2027-01-04", "rented,400,hall,")
    replace_in(tiny / "state/machines.csv", "frame_bay,2,down,2026-10-09\n", "")
    (tiny / "state/operations.csv").unlink()
    replace_in(tiny / "phases.csv", "2026-10-01", "2026-12-30")
    replace_in(tiny / "holidays.csv", "plant,2027-02-05,2027-02-14,Spring Festival\n", "")
    notices = "\n".join(load(tiny).notices)
    assert "1 orders are due before any phase opens (2026-12-30): o1" in notices
    assert "Spring Festival in 2027" in notices


def test_check_park_repeats_what_loading_found(tiny_park: Park) -> None:
    """A park that loaded passes its own check again."""
    report = check_park(tiny_park)
    assert report.ok
    assert report.notices == ()


def test_a_bad_row_hides_no_other_and_makes_no_echo(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A product that cannot be read is one problem, not one for each row that refers to it."""
    replace_in(tiny / "products.csv", "builder,1000,", "builder,abc,")
    assert [problem.column for problem in problems_of(tiny)] == ["it_kw"]


def test_many_alike_are_counted(tiny: Path, problems_of: Problems) -> None:
    """One slip repeated in thousands of rows lists 200 and counts the rest."""
    with (tiny / "orders.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"x{n},,,kitt,1,2026-10-02,2026-12-01,nearby,1,contract\n" for n in range(900))
    found = problems_of(tiny)
    assert len(found) == 201
    assert any("700 more problems" in problem.found for problem in found)


def test_a_step_on_a_cycle_is_known_to_other_tables(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """What is said is that the step follows itself, not that bill and state name a step that is not there."""
    replace_in(
        tiny / "operations.csv", "pump,machine,Machine,manufacture,,", "pump,machine,Machine,manufacture,machine,"
    )
    assert {problem.code for problem in problems_of(tiny)} == {"routing-cycle"}


def test_a_least_value_without_a_most_is_told_as_such(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """The word for an amount below 0 of something that has no most."""
    replace_in(tiny / "capacity.csv", "fitters,all,", "fitters,all,-")
    assert "0 or more" in {problem.allowed for problem in problems_of(tiny) if problem.column == "amount"}
