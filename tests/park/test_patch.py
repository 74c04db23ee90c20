"""Scenarios: patches on a park, in order, refused where they say nothing definite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park, Patch, load_scenario

Load = Callable[..., Park]
Problems = Callable[..., list[Problem]]


def test_set_scale_shift(tiny: Path, load: Load) -> None:
    """Numbers, quantities, dates, choices and facts are set, multiplied and moved."""
    park = load(
        tiny,
        overrides=[
            Patch("set", "operations.box_it/fit.duration", "fact:leak_hours"),
            Patch("set", "operations.box_it/fit.calendar", ""),
            Patch("scale", "operations.box_it/frame.duration", 0.5),
            Patch("scale", "orders.o2.quantity_mw", 10),
            Patch("shift", "orders.*.due", 7),
            Patch("shift", "phases.annex.opens", 30),
            Patch("shift", "capacity.test_power/grid.amount", 200),
            Patch("set", "park.horizon_weeks", 52),
        ],
    )
    assert park.operation("box_it", "fit").duration.high == 48
    assert park.operation("box_it", "fit").calendar == ""
    assert park.operation("box_it", "frame").duration.value == 10
    assert park.order("o2").quantity_mw == 15
    assert [order.due for order in park.orders][:2] == [date(2026, 12, 25), date(2027, 2, 5)]
    assert park.phase("annex").opens.mode == date(2027, 3, 31)
    assert park.capacity_of("test_power")[0].amount.value == 1000
    assert park.head.horizon_weeks == 52
    assert [use.fact for use in park.fact_uses] == ["leak_hours"]


def test_add_and_remove(tiny: Path, load: Load) -> None:
    """Rows come and go; what refers to them must go too."""
    row = {
        "order": "o5",
        "product": "kit",
        "quantity_mw": "2",
        "ordered": "2027-01-04",
        "due": "2027-06-01",
        "destination": "nearby",
    }
    park = load(
        tiny,
        overrides=[Patch("add", "orders", row=row), Patch("remove", "state/machines.*"), Patch("remove", "orders.o4")],
    )
    assert [order.order for order in park.orders] == ["o1", "o2", "o3", "o5"]
    assert park.state_machines == ()


def test_filters(tiny: Path, load: Load) -> None:
    """Columns filter rows; started = no leaves out orders that the state knows."""
    park = load(
        tiny,
        overrides=[
            Patch("scale", "orders.*.quantity_mw", 10, where={"started": "no"}),
            Patch("set", "orders.*.weight", 5, where={"basis": ["forecast"], "destination": "nearby"}),
        ],
    )
    assert [order.quantity_mw for order in park.orders] == [2, 15, 30, 10]
    assert [order.weight for order in park.orders] == [1, 2, 1, 5]


def test_patches_apply_in_order(tiny: Path, tmp_path: Path, load: Load) -> None:
    """Scenarios stack: each sees what the one before it left; overrides come last."""
    first = _scenario(tmp_path, "first", 'op = "set"\npath = "orders.o1.weight"\nvalue = 3')
    second = _scenario(tmp_path, "second", 'op = "scale"\npath = "orders.o1.weight"\nvalue = 2')
    park = load(tiny, [first, second], overrides=[Patch("shift", "orders.o1.weight", 1)])
    assert park.order("o1").weight == 7
    assert park.scenarios == ("first", "second")
    assert load(tiny, [second, first]).order("o1").weight == 3


def test_hash_follows_content_not_name(tiny: Path, tmp_path: Path, load: Load) -> None:
    """A scenario that changes nothing leaves the hash; one that changes a number does not."""
    same = _scenario(tmp_path, "same", 'op = "set"\npath = "orders.o1.weight"\nvalue = 1')
    other = _scenario(tmp_path, "other", 'op = "set"\npath = "orders.o1.weight"\nvalue = 2')
    assert load(tiny, [same]).hash == load(tiny).hash != load(tiny, [other]).hash


REFUSED: list[tuple[Patch, str, str]] = [
    (Patch("set", "order.o1.weight", 2), "unknown-table", "orders"),
    (Patch("set", "orders.o1.wieght", 2), "unknown-column", "weight"),
    (Patch("set", "orders.o11.weight", 2), "no-match", "o1"),
    (Patch("set", "orders.weight", 2), "bad-path", "orders.KEY.COLUMN"),
    (Patch("set", "orders.o1.order", "o7"), "key-column", "add another"),
    (Patch("set", "orders.o1.weight", True), "bad-value", ""),
    (Patch("set", "orders.o1.weight", -1), "out-of-range", "at least 0"),
    (Patch("set", "orders.o1.weight"), "missing-value", ""),
    (Patch("set", "orders.o1.basis", "contrakt"), "unknown-choice", "contract"),
    (Patch("set", "orders.o1.due", "01/02/2027"), "ambiguous-date", "2026-12-01"),
    (Patch("scale", "orders.o1.due", 2), "not-a-number", "shift"),
    (Patch("scale", "orders.o1.quantity_mw", float("nan")), "bad-value", ""),
    (Patch("scale", "orders.o1.quantity_mw", 0), "bad-value", ""),
    (Patch("scale", "legs.nearby/truck.position", 1.5), "not-whole", ""),
    (Patch("scale", "materials.chips.lead_weeks", 2), "no-match", "set"),
    (Patch("shift", "operations.box_it/frame.duration", 1), "shift-of-distribution", "scale"),
    (Patch("shift", "orders.o1.due", 0.5), "not-whole", ""),
    (Patch("shift", "orders.o1.due", 1e9), "bad-value", ""),
    (Patch("scale", "orders.*.quantity_mw", 2, where={"basis": "synthetic"}), "no-match", "filter"),
    (Patch("scale", "orders.*.quantity_mw", 2, where={"bases": "contract"}), "unknown-column", "basis"),
    (Patch("add", "orders", row={"order": "o1"}), "missing-column", ""),
    (
        Patch("add", "holidays", row={"calendar": "plant", "start": "2026-10-01", "end": "2026-10-02"}),
        "duplicate-id",
        "",
    ),
    (Patch("add", "holidays", row={"calender": "plant"}), "unknown-column", "calendar"),
    (Patch("remove", "orders.x"), "no-match", ""),
    (Patch("remove", "orders"), "bad-path", "orders.KEY"),
    (Patch("set", "park.horizon", 2), "unknown-column", "horizon_weeks"),
    (Patch("set", "park.horizon_weeks", -2), "bad-value", ""),
    (Patch("scale", "park.horizon_weeks", 2), "bad-operator", "set"),
    (Patch("set", "operations.box_it/fit.duration", "fact:frame_days"), "wrong-unit", "*24"),
]


@pytest.mark.parametrize(
    ("patch", "code", "cure"), REFUSED, ids=[f"{p.op}-{code}-{n}" for n, (p, code, _) in enumerate(REFUSED)]
)
def test_patches_that_are_refused(tiny: Path, problems_of: Problems, patch: Patch, code: str, cure: str) -> None:
    """A patch that misses, does not fit or is ambiguous is a problem with a cure."""
    found = [problem for problem in problems_of(tiny, overrides=[patch]) if problem.code == code]
    assert len(found) == 1
    assert cure in found[0].fix + found[0].allowed


def test_all_faults_of_scenarios_are_told_at_once(tiny: Path, tmp_path: Path, problems_of: Problems) -> None:
    """A bad value, an unknown row and a key that cannot be read do not hide each other, in one patch or in several."""
    first = tmp_path / "first.toml"
    first.write_text(FAULTY, encoding="utf-8")
    second = _scenario(tmp_path, "second", 'op = "scale"\npath = "orders.o9.quantity_mw"\nvalue = -1')
    found = [(p.file.rpartition("/")[2], p.line, p.column, p.code) for p in problems_of(tiny, [first, second])]
    assert sorted(found) == [
        ("first.toml", 1, "title", "string-type"),
        ("first.toml", 2, "orders.o9.quantity_mw", "no-match"),
        ("first.toml", 2, "orders.o9.quantity_mw", "not-a-number"),
        ("first.toml", 2, "orders.o9.quantity_mw", "unknown-column"),
        ("first.toml", 2, "orders.o9.quantity_mw", "unknown-column"),
        ("first.toml", 7, "orders.o8.weight", "no-match"),
        ("first.toml", 8, "patch[2].op", "literal-error"),
        ("first.toml", 11, "orders", "bad-date"),
        ("first.toml", 11, "orders", "missing-column"),
        ("first.toml", 11, "orders", "not-a-number"),
        ("first.toml", 11, "orders", "unknown-column"),
        ("first.toml", 15, "park.horizon_weeks", "bad-value"),
        ("first.toml", 19, "orders.o7.due", "no-match"),
        ("first.toml", 22, "patch[5].value", "nan"),
        ("second.toml", 2, "orders.o9.quantity_mw", "bad-value"),
        ("second.toml", 2, "orders.o9.quantity_mw", "no-match"),
    ]
    assert all(problem.fix for problem in problems_of(tiny, [first, second]))


FAULTY = """title = 3
[[patch]]
op = "set"
path = "orders.o9.quantity_mw"
value = "much"
where = {started = "no", basys = "contract", heigth = 2}
[[patch]]
op = "sett"
path = "orders.o8.weight"
value = 2
[[patch]]
op = "add"
path = "orders"
row = {order = "o5", produkt = "kit", quantity_mw = "much", due = "soon"}
[[patch]]
op = "set"
path = "park.horizon_weeks"
value = "long"
[[patch]]
op = "set"
path = "orders.o7.due"
value = nan
"""

ORDER = 'order = "o5", product = "kit", quantity_mw = 2, ordered = "2027-01-04", due = "2027-06-01"'
NEXT = '\n[[patch]]\nop = "set"\npath = "orders.o5.weight"\nvalue = 2'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f'op = "add"\npath = "orders"\nrow = {{{ORDER}, destination = "x y"}}{NEXT}', "bad-id"),
        (f'op = "add"\npath = "orders"\nrow = {{{ORDER}}}{NEXT}', "missing-column"),
        (f'op = "add"\npath = "orders"\nrow = {{{ORDER}, desination = "nearby"}}{NEXT}', "unknown-column"),
        (f'op = "add"\npath = "orders"\nrow = {{{ORDER}, destination = "nearby", weight = nan}}{NEXT}', "nan"),
        (f'op = "add"\npath = "orders"\nrow = {{{ORDER.replace("o5", "o 5")}, destination = "nearby"}}{NEXT}',
         "bad-id"),
        (f'op = "ad"\npath = "orders"\nrow = {{{ORDER}, destination = "nearby"}}{NEXT}', "literal-error"),
        (f'op = "ad"\npath = "orders"{NEXT}', "literal-error"),
        (f'op = "add"\nrow = {{{ORDER}, destination = "nearby"}}{NEXT}', "missing-key"),
        ('op = "set"\npath = "park.warm_up_weeks"\nvalue = 60\n[[patch]]\nop = "set"\npath = "park.horizon_weeks"\n'
         'value = "long"', "bad-value"),
        ('op = "scale"\npath = "park.horizon_weeks"\nvalue = 2\n[[patch]]\nop = "set"\npath = "park.warm_up_weeks"\n'
         "value = 50", "bad-operator"),
        ('op = "remove"\npath = "orders.*"\nwhere = {no = 1}\n[[patch]]\nop = "add"\npath = "orders"\n'
         f'row = {{{ORDER.replace("o5", "o1")}, destination = "nearby"}}', "unknown-column"),
        ('op = "set"\npath = "operations.box_it/*.calendar"\nvalue = nan', "nan"),
    ],
)  # fmt: skip
def test_nothing_is_said_that_follows_from_a_fault(
    tiny: Path, tmp_path: Path, problems_of: Problems, text: str, code: str
) -> None:
    """What a patch with a fault would have written is not known: it is the only thing that is wrong."""
    assert [problem.code for problem in problems_of(tiny, [_scenario(tmp_path, "bad", text)])] == [code]


def test_a_patched_row_names_its_patch(tiny: Path, tmp_path: Path, problems_of: Problems) -> None:
    """A check that fails because of a scenario says which line of it changed the row."""
    scenario = _scenario(tmp_path, "bad", 'op = "set"\npath = "capacity.test_rig/all.amount"\nvalue = 0')
    (problem,) = problems_of(tiny, [scenario])
    assert problem.code == "zero-capacity"
    assert "tiny/capacity.csv (patched by" in problem.file
    assert "bad.toml:2" in problem.file


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('op = "set"\npath = "orders.o1.weight"\nvalu = 1', "unknown-key"),
        ('op = "sett"\npath = "orders.o1.weight"\nvalue = 1', "literal-error"),
        ('op = "set"\nvalue = 1', "missing-key"),
        ("op = ", "toml-syntax"),
    ],
)
def test_malformed_scenarios(tiny: Path, tmp_path: Path, problems_of: Problems, text: str, code: str) -> None:
    """A scenario file with a defect is named with file and line."""
    (problem,) = [found for found in problems_of(tiny, [_scenario(tmp_path, "bad", text)]) if found.code == code]
    assert problem.file.endswith("bad.toml")
    assert problem.line >= 2


def test_unknown_scenarios(tiny: Path, tmp_path: Path, problems_of: Problems) -> None:
    """Neither an unknown name nor a path without a file nor YAML is a scenario."""
    (tmp_path / "x.yaml").write_text("title: x\n", encoding="utf-8")
    codes = [
        problems_of(tiny, [name])[0].code
        for name in ("no-such-thing", tmp_path / "no.toml", tmp_path / "x.yaml", "../../etc/passwd")
    ]
    assert codes == ["unknown-scenario", "missing-file", "yaml", "not-toml"]


def test_load_scenario(tmp_path: Path) -> None:
    """Title, note and goal profile of a scenario are there for reports."""
    path = _scenario(tmp_path, "mine", 'op = "set"\npath = "orders.o1.weight"\nvalue = 1', head='goals = "ladder"\n')
    scenario = load_scenario(path)
    assert (scenario.id, scenario.title, scenario.goals, len(scenario.patches)) == ("mine", "A scenario", "ladder", 1)


def _scenario(folder: Path, name: str, patch: str, head: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'title = "A scenario"\n{head}[[patch]]\n{patch}\n', encoding="utf-8")
    return path


def test_patch_defaults_are_not_shared() -> None:
    """Each patch has its own filter and row."""
    first: Any = Patch("remove", "orders.*")
    assert first.where is not Patch("remove", "orders.*").where
