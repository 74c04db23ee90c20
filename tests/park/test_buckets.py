"""Capacity that is shared out by period: what the checks say of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]
SHOPS = Path(__file__).parents[1] / "parks" / "buckets"


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    """A copy of the two shops that a test may change."""
    folder = tmp_path / "shops"
    shutil.copytree(SHOPS, folder)
    return folder


DEFECTS = [
    ("resources.csv", "hour,24,120,yes", "hour,,120,yes", "no-period", "blank"),
    ("resources.csv", "hour,24,120,yes", "hour,0.0001,120,yes", "period-too-short", "0.0001"),
    ("resources.csv", "hour,24,120,yes", "hour,24,120,maybe", "unknown-choice", "maybe"),
    ("resources.csv", "hall,space,place,,,", "hall,space,place,24,,", "period-without-buckets", "24.0 at hall"),
    ("resources.csv", "hall,space,place,,,", "hall,space,place,,,yes", "period-without-buckets", "yes at hall"),
    ("buckets.csv", "welders,1,15,2", "hall,1,15,2", "not-bucketed", "hall, a resource of kind space"),
    ("buckets.csv", "welders,1,15,2", "wielders,1,15,2", "unknown-reference", "wielders"),
    ("buckets.csv", "welders,2,30,2", "welders,3,30,2", "bucket-twice", "3 every 2"),
    ("buckets.csv", "welders,1,15,2", "welders,1,-15,2", "out-of-band", "-15"),
    ("buckets.csv", "welders,1,15,2\nwelders,2,30,2\n", "", "zero-capacity", "no welders in any period"),
    ("capacity.csv", "hall,10", "hall,10\nwelders,10", "two-capacities", "welders, which has rows in buckets"),
    ("capacity.csv", "saws,60\n", "", "zero-capacity", "no saws in any period"),
    ("capacity.csv", "hall,10", "hall,5", "need-exceeds-capacity", "6 of hall"),
    ("needs.csv", "kit,paint,hall,6", "kit,paint,saws,6", "two-buckets", "saws beside welders"),
    ("overlaps.csv", "kit,weld,cut,1", "kit,paint,cut,1", "overlap-without-after", "cut"),
    ("overlaps.csv", "kit,weld,cut,1", "kit,weld,cut,1.5", "out-of-band", "1.5"),
    ("overlaps.csv", "kit,weld,cut,1", "kit,weld,cat,1", "unknown-reference", "cat"),
    ("overlaps.csv", "kit,weld,cut,1", "kot,weld,cut,1", "unknown-reference", "kot"),
    ("not_before.csv", "k3,cut,30", "k4,cut,30", "unknown-reference", "k4"),
    ("not_before.csv", "k3,cut,30", "k3,cat,30", "unknown-reference", "cat"),
    ("not_before.csv", "k3,cut,30", "k3,cut,-30", "out-of-range", "-30"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "found"), DEFECTS, ids=[f"{c[3]}-{c[4]}" for c in DEFECTS])
def test_defects_are_named(
    shops: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, found: str
) -> None:
    """Each defect is found, says what was found, and what to do."""
    replace_in(shops / file, old, new)
    problems = problems_of(shops)
    problem = next((problem for problem in problems if problem.code == code and found in problem.found), None)
    assert problem is not None, [str(other) for other in problems]
    assert problem.line
    assert problem.fix
    assert problem.allowed


NEEDS = "routing,operation,resource,amount,until,rank\nkit,weld,welders,20,,\nkit,paint,welders,20,,\n"
STEPS = "routing,operation,stage,after,duration,patience_hours\nkit,cut,manufacture,,,\nkit,weld,manufacture,cut,,\n"
SHOP = "resource,kind,period_hours,dispatch\nwelders,bucketed,24,\nhall,space,,\n"
MORE = [
    ({"resources": SHOP + "saws,bucketed,24,spt\n"}, "queue-of-buckets", "spt at saws"),
    ({"needs": NEEDS + "kit,cut,saws,40,paint,\n"}, "kept-share", "paint"),
    ({"needs": NEEDS + "kit,cut,saws,40,,1\nkit,cut,hall,1,,2\n"}, "rank-without-buckets", "2 at hall"),
    ({"operations": STEPS + "kit,paint,manufacture,weld,3,\n"}, "not-in-shares", "3"),
    ({"operations": STEPS + "kit,paint,manufacture,weld,,9\n"}, "way-with-shares", "9, of routing kit"),
    ({"branches": "routing,operation,next,share\nkit,cut,weld,1\n"}, "way-with-shares", "cut, of routing kit"),
    (
        {"state/operations": "order,product,unit,operation,status\nk1,kit,1,cut,done\n"},
        "way-with-shares",
        "cut, of routing kit",
    ),
    (
        {
            "resources": "resource,kind,period_hours\nsaws,bucketed,24\nwelders,bucketed,24\nhall,servers,\n",
            "breakdowns": "resource,breakdown,uptime_hours,repair_hours,effect\nhall,fire,100,1,lose\n",
        },
        "way-with-shares",
        "lose, of routing kit",
    ),
    (
        {"resources": "resource,kind,period_hours\nsaws,bucketed,24\nwelders,bucketed,24\nhall,servers,\n"},
        "beside-shares",
        "hall beside shares of welders",
    ),
    (
        {
            "operations": "routing,operation,stage,after,duration\nkit,cut,manufacture,,\n"
            "kit,weld,manufacture,cut,\nkit,paint,manufacture,weld,\nkit,pack,pack,paint,3\n",
            "overlaps": "routing,operation,before,share\nkit,weld,cut,1\nkit,pack,paint,1\n",
        },
        "overlap-without-buckets",
        "pack, which needs no resource",
    ),
    (
        {
            "operations": "routing,operation,stage,after\nkit,cut,manufacture,\nkit,weld,manufacture,\n"
            "kit,paint,manufacture,weld;cut\n",
            "overlaps": "routing,operation,before,share\nkit,paint,cut,0.7\nkit,paint,weld,0.5\n",
        },
        "shares-above-one",
        "shares of paint sum to 1.2",
    ),
    (
        {"needs": NEEDS + "kit,cut,hall,1,next,\nkit,cut,saws,40,,\n"},
        "next-of-overlap",
        "next, at cut, while weld begins",
    ),
    (
        {
            "products": "product,kind,routing,maker\nkit,module,kit,maker\nsite,solution,site,maker\n",
            "bom": "parent,item,quantity,operation\nsite,kit,1,start\n",
            "orders": "order,product,quantity_mw,ordered,due,destination\nk3,site,1,2026-10-05,2026-11-30,home\n",
            "operations": "routing,operation,stage,after,duration\nkit,cut,pack,,\nkit,weld,site,cut,\n"
            "kit,paint,site,weld,\nsite,start,site,,1\n",
            "legs": "destination,leg,position,duration_days\nhome,truck,1,2\n",
        },
        "overlap-across-legs",
        "cut, before the transport; weld comes after it",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "code", "found"), MORE, ids=[f"{case[1]}-{i}" for i, case in enumerate(MORE)])
def test_contradictions_of_tables(
    shops: Path, problems_of: Problems, tables: dict[str, str], code: str, found: str
) -> None:
    """What several tables say together."""
    for name, text in tables.items():
        path = shops / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    problems = problems_of(shops)
    problem = next((problem for problem in problems if problem.code == code and found in problem.found), None)
    assert problem is not None, [str(other) for other in problems]
    assert problem.line
    assert problem.fix
    assert problem.allowed


def test_the_shops_are_clean(load: Callable[..., Park]) -> None:
    """Two shops that are shared out have neither problem nor notice; parts of capacity may come with days."""
    park = load(SHOPS)
    assert park.notices == ()
    assert {row.kind for row in park.resources} == {"bucketed", "space"}
