"""Loading of parks from folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from aidc_twin.errors import InputError, Problem
from aidc_twin.facts import Facts
from aidc_twin.park import FactUse, Park, examine_park, load_park
from aidc_twin.park.park import canonical_text

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]


def test_tiny_loads_with_every_table(tiny_park: Park) -> None:
    """The tiny park has a row in each table and no notice."""
    assert tiny_park.head.id == "tiny"
    assert [len(tiny_park.orders), len(tiny_park.products), len(tiny_park.state_operations)] == [4, 4, 9]
    assert tiny_park.notices == ()
    assert tiny_park.horizon_end == date(2028, 1, 6)


def test_lookups_answer_in_working_order(tiny_park: Park) -> None:
    """Operations follow their predecessors, legs their positions, and needs their operation."""
    steps = [row.operation for row in tiny_park.operations_of("box_it")]
    assert steps == ["frame", "fit", "test", "pack", "set"]
    assert [leg.leg for leg in tiny_park.legs_of("overseas")] == ["truck", "sea"]
    assert [need.resource for need in tiny_park.needs_of("box_it", "test")] == ["test_rig", "test_power", "fitters"]
    assert [line.item for line in tiny_park.bom_of("kit")] == ["box_it", "box_cool"]
    assert tiny_park.product("pump").maker == "pumpworks"
    assert tiny_park.order("o2").quantity_mw == 1.5
    assert tiny_park.ships("box_it")
    assert not tiny_park.ships("pump")


def test_operations_are_sorted_whatever_the_order_of_the_file(tiny: Path, load: Callable[..., Park]) -> None:
    """A routing written backwards is worked forwards."""
    path = tiny / "operations.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")
    assert [row.operation for row in load(tiny).operations_of("kit")] == [
        "confirm",
        "design",
        "commission",
        "acceptance",
    ]


def test_hash_knows_content_only(tiny: Path, tmp_path: Path, load: Callable[..., Park]) -> None:
    """Another place, blank lines and another column order leave the hash; a number changes it."""
    first = load(tiny).hash
    moved = tmp_path / "elsewhere"
    shutil.copytree(tiny, moved)
    orders = (moved / "orders.csv").read_text(encoding="utf-8")
    (moved / "orders.csv").write_text(orders.replace("\no2,", "\n\n\no2,"), encoding="utf-8")
    assert load(moved).hash == first
    (moved / "orders.csv").write_text(orders.replace("kit,1.5", "kit,1.75"), encoding="utf-8")
    assert load(moved).hash != first


def test_hash_is_the_same_in_another_process(tiny: Path, load: Callable[..., Park]) -> None:
    """Hash randomisation of Python does not reach the park's hash."""
    code = (
        "import sys; from aidc_twin.facts import Facts; from aidc_twin.park import load_park;"
        "print(load_park(sys.argv[1], facts=Facts()).hash)"
    )
    env = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny)], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == load(tiny).hash
    assert "tiny" not in canonical_text(load(tiny)).replace('"id":"tiny"', "")


def test_import_is_light() -> None:
    """Importing the package reads no heavy library."""
    code = "import sys, aidc_twin.park; print(sorted({'polars','pyomo','numba','numpy','highspy'} & set(sys.modules)))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_facts_are_resolved_and_listed(tiny: Path, load: Callable[..., Park], replace_in: Replace) -> None:
    """A reference brings its range, basis and factor, and is found again among the uses of facts."""
    replace_in(tiny / "operations.csv", '"tri(16,20,30)",hour', "fact:frame_days,working_day")
    replace_in(tiny / "phases.csv", "2026-10-01", "fact:opening")
    replace_in(tiny / "legs.csv", "delay,1,", "delay,fact:leak_hours*0.0416667,")
    park = load(tiny)
    frame = park.operation("box_it", "frame").duration
    assert (frame.kind, frame.args, frame.basis) == ("triangular", (3.0, 5.0, 8.0), "assumption")
    assert park.phases[0].opens.high == date(2026, 12, 5)
    assert park.legs_of("overseas")[0].duration_days.value == pytest.approx(1.0, rel=1e-4)
    assert park.fact_uses == (
        FactUse("phases", "hall", "opens", "opening"),
        FactUse("operations", "box_it/frame", "duration", "frame_days"),
        FactUse("legs", "overseas/truck", "duration_days", "leak_hours"),
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "fix"),
    [
        ("operations.csv", '"tri(16,20,30)",hour', "fact:frame_days,hour", "duration", "fact:frame_days*24"),
        ("legs.csv", "delay,1,", "delay,fact:leak_hours,", "duration_days", "fact:leak_hours*0.0416667"),
        ("capacity.csv", "grid,800", "grid,fact:supply_mw", "amount", "fact:supply_mw*1000"),
        ("operations.csv", "run,,0.1,6", "run,,fact:frames,6", "fail_share", "fact:frames*factor"),
        (
            "materials.csv",
            "steel,Steel section,t,5000",
            "steel,Steel section,t,fact:supply_mw",
            "price_yuan",
            "*factor",
        ),
        ("phases.csv", "2026-10-01", "fact:supply_mw", "opens", "yyyymmdd"),
        ("orders.csv", "kit,1.5", "kit,fact:supply_mw", "quantity_mw", "number"),
    ],
)
def test_a_fact_in_another_unit_is_refused(
    tiny: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, column: str, fix: str
) -> None:
    """A fact in the wrong unit is refused, and the cure names the factor where there is one."""
    line = replace_in(tiny / file, old, new)
    (problem,) = [found for found in problems_of(tiny) if found.column == column]
    assert (problem.file, problem.line) == (f"tiny/{file}", line)
    assert fix in problem.fix + problem.allowed


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("capacity.csv", "frame_bay,hall,2", "frame_bay,hall,fact:frames"),
        ("operations.csv", "run,,0.1,6", "run,,fact:leak_share,6"),
        ("bom.csv", "design,boxes,12000000", "design,boxes,fact:price_yuan_mw"),
        ("materials.csv", '"tri(2,3,5)"', "fact:lead_weeks"),
        (
            "operations.csv",
            "kit,commission,Join and commission,site,design,3,day",
            "kit,commission,,site,design,fact:frame_days,day",
        ),
    ],
)
def test_a_fact_in_the_right_unit_is_taken(
    tiny: Path, load: Callable[..., Park], replace_in: Replace, file: str, old: str, new: str
) -> None:
    """Facts in the unit of their column need no factor."""
    replace_in(tiny / file, old, new)
    assert len(load(tiny).fact_uses) == 1


def test_unknown_fact_names_the_nearest(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A misspelt fact gets a suggestion."""
    replace_in(tiny / "materials.csv", '"tri(2,3,5)"', "fact:lead_week")
    (problem,) = problems_of(tiny)
    assert problem.code == "unknown-fact"
    assert "lead_weeks" in problem.fix


def test_a_park_may_bring_facts(tiny: Path, load: Callable[..., Park], replace_in: Replace) -> None:
    """A facts.csv in the folder adds to the shipped facts."""
    row = "id,topic,quantity,value,unit,basis,note\nmy_lead,leadtime,Mine,7,weeks,assumption,a guess\n"
    (tiny / "facts.csv").write_text(row, encoding="utf-8")
    replace_in(tiny / "materials.csv", '"tri(2,3,5)"', "fact:my_lead")
    lead = load(tiny).material("steel").lead_weeks
    assert lead is not None
    assert lead.value == 7


def test_parquet_reads_as_csv(tiny: Path, load: Callable[..., Park]) -> None:
    """A table as Parquet gives the same park; beside the CSV it is refused."""
    import polars as pl

    expected = load(tiny).hash
    pl.read_csv(tiny / "orders.csv", infer_schema=False).write_parquet(tiny / "orders.parquet")
    with pytest.raises(InputError, match=r"orders\.csv and orders\.parquet"):
        load(tiny)
    (tiny / "orders.csv").unlink()
    assert load(tiny).hash == expected


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("order.csv", "orders.csv"),
        ("Orders.CSV.bak", "orders.csv"),
        ("orders.xlsx", "CSV UTF-8"),
        ("orders.yaml", "write orders.csv"),
        ("park.yml", "park.toml"),
        ("notes.txt", "README.md"),
        ("state/stock.csv", "state/stocks.csv"),
    ],
)
def test_unknown_files_are_refused(tiny: Path, problems_of: Problems, name: str, fix: str) -> None:
    """A file that is no table is refused with what it may be meant for."""
    (tiny / name).write_text("x\n", encoding="utf-8")
    (problem,) = problems_of(tiny)
    assert problem.file.endswith(name)
    assert fix in problem.fix


def test_people_may_leave_notes(tiny: Path, load: Callable[..., Park]) -> None:
    """README, LICENSE and hidden files belong to nobody's table."""
    for name in ("README.md", "LICENSE", ".DS_Store"):
        (tiny / name).write_text("x\n", encoding="utf-8")
    assert load(tiny).head.id == "tiny"


def test_links_out_of_the_folder_are_refused(tiny: Path, tmp_path: Path, problems_of: Problems) -> None:
    """A table that is a link is not followed."""
    target = tmp_path / "secret.csv"
    (tiny / "setups.csv").rename(target)
    (tiny / "setups.csv").symlink_to(target)
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.file) == ("link", "tiny/setups.csv")


def test_required_tables_are_named(tiny: Path, problems_of: Problems) -> None:
    """Each missing required file is a problem, and nothing is said about rows that refer to it."""
    for name in ("park.toml", "orders.csv", "entities.csv"):
        (tiny / name).unlink()
    found = {problem.file: problem.code for problem in problems_of(tiny)}
    assert found == dict.fromkeys(("tiny/park.toml", "tiny/orders.csv", "tiny/entities.csv"), "missing-file")


def test_optional_tables_may_be_missing(tiny: Path, load: Callable[..., Park]) -> None:
    """Without state, setups, phases-less tables and holidays the park loads."""
    shutil.rmtree(tiny / "state")
    for name in ("setups.csv", "sales.csv", "holidays.csv"):
        (tiny / name).unlink()
    park = load(tiny)
    assert park.state_operations == ()
    assert any("Spring Festival in 2027" in notice for notice in park.notices)


def test_an_empty_order_book_is_valid(tiny: Path, load: Callable[..., Park]) -> None:
    """A header without orders is a park with nothing to do, and says so."""
    shutil.rmtree(tiny / "state")
    header = (tiny / "orders.csv").read_text(encoding="utf-8").splitlines()[0]
    (tiny / "orders.csv").write_text(header + "\n", encoding="utf-8")
    assert any("order book is empty" in notice for notice in load(tiny).notices)


def test_unknown_park_names_the_nearest() -> None:
    """A misspelt shipped park gets a suggestion; a path that is none says so."""
    with pytest.raises(InputError, match="no such park"):
        load_park("wuxi-aids", facts=Facts())
    with pytest.raises(InputError, match="no such folder"):
        load_park("./nowhere/park", facts=Facts())


def test_problems_of_all_files_come_at_once(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """Defects in the head, in cells, in references and in structure are reported together."""
    replace_in(tiny / "park.toml", "goals =", "goal =")
    replace_in(tiny / "orders.csv", "kit,1.5", "kit,1_5")
    replace_in(tiny / "needs.csv", "pump_cell", "pump_cel")
    replace_in(tiny / "operations.csv", "design,confirm", "design,acceptance")
    codes = {problem.code for problem in problems_of(tiny)}
    assert {"unknown-key", "underscore", "unknown-reference", "routing-cycle"} <= codes


def test_examine_does_not_raise(tiny: Path, replace_in: Replace) -> None:
    """The check command gets a report where loading raises."""
    replace_in(tiny / "orders.csv", "kit,1.5", "kit,-1.5")
    park, report = examine_park(tiny, facts=Facts())
    assert park is not None
    assert [problem.column for problem in report.problems] == ["quantity_mw"]
    assert not report.ok
