"""Shares, scrap and loss after a warm-up, worked out by hand: what lies across its end counts in part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from both_twins import run_to_the_end
from generated_parks import generated
from small_parks import kit_park, make_park, need, servers

from aidc_twin.park import Park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.figures import source_figures
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import run_once

WEEK = 168
PARTS = ("busy", "setup", "blocked", "down", "closed", "starved")


def warmed(park: Park, weeks: int = 2) -> Park:
    """The park with one week of warm-up."""
    return replace(park, head=park.head.model_copy(update={"horizon_weeks": weeks, "warm_up_weeks": 1}))


def hours(park: Park, resource: str, count: int = 1) -> dict[str, float]:
    """Hours of the second of two weeks by what a resource did in them; those that are 0 are left out."""
    factory = read_factory(warmed(park))
    shares = SimResult(factory, [run_once(compile_arrays(factory), 1)]).resource_shares()
    row = shares.filter(shares["resource"] == resource).row(0, named=True)
    return {part: pytest.approx(row[part] * WEEK * count) for part in PARTS if abs(row[part]) > 1e-9}


def test_work_and_a_changeover_across_the_end() -> None:
    """Red from 0 to 160, a changeover until 180, blue until 210: the week ends at 168."""
    park = kit_park(
        {"operation": "red", "duration": 160, "setup_family": "red"},
        {"operation": "blue", "duration": 30, "setup_family": "blue"},
        **servers("bay"),
        needs=[need("red", "bay"), need("blue", "bay")],
        setups=[{"resource": "bay", "from_family": "red", "to_family": "blue", "hours": 20}],
    )
    assert hours(park, "bay") == {"setup": 12, "busy": 30, "starved": 126}


def test_work_across_the_end() -> None:
    """One of two crews of two works from 0 to 200; the other never does."""
    park = kit_park(
        {"operation": "weld", "duration": 200},
        resources=[{"resource": "crew", "kind": "crew"}],
        capacity=[{"resource": "crew", "amount": 4}],
        needs=[need("weld", "crew", 2)],
    )
    assert hours(park, "crew", 4) == {"busy": 2 * 32, "starved": 4 * WEEK - 64}


def test_a_standstill_and_a_repair_across_the_end() -> None:
    """A bay works from 0 to 150 and from 180 to 230; its repair by a fitter takes from 150 to 180."""
    stop = {"resource": "bay", "breakdown": "stop", "first_hours": 150, "uptime_hours": 9999, "repair_hours": 30}
    bay, fitter = servers("bay"), {"resource": "fitter", "kind": "crew"}
    park = kit_park(
        {"operation": "weld", "duration": 200},
        resources=[*bay["resources"], fitter],
        capacity=[*bay["capacity"], {"resource": "fitter", "amount": 1}],
        needs=[need("weld", "bay")],
        breakdowns=[stop | {"crew": "fitter"}],
    )
    assert hours(park, "bay") == {"down": 12, "busy": 50, "starved": WEEK - 62}
    assert hours(park, "fitter") == {"busy": 12, "starved": WEEK - 12}


def test_blocking_across_the_end() -> None:
    """A saw is done at 100 and keeps its unit until the bay is free at 190."""
    park = kit_park(
        {"operation": "cut", "duration": 100},
        {"operation": "weld", "duration": 10},
        **servers("saw", "bay"),
        needs=[need("cut", "saw", until="next"), need("weld", "bay")],
    )
    first = kit_park({"operation": "rest", "duration": 190}, needs=[need("rest", "bay")])
    held = replace(
        park,
        products=(*park.products, park.products[0].model_copy(update={"product": "stay", "routing": "stay"})),
        operations=(*park.operations, *(row.model_copy(update={"routing": "stay"}) for row in first.operations)),
        needs=(*park.needs, *(row.model_copy(update={"routing": "stay"}) for row in first.needs)),
        orders=(*park.orders, *(row.model_copy(update={"order": "s1", "product": "stay"}) for row in first.orders)),
    )
    assert hours(held, "saw") == {"blocked": 190 - WEEK, "starved": 2 * WEEK - 190}
    assert hours(held, "bay") == {"busy": 190 - WEEK + 10, "starved": 2 * WEEK - 200}


def test_a_calendar_across_the_end() -> None:
    """Work of 100 hours goes on for 12 of 24 hours, from midnight to noon: 84 in the first week, 16 in the next."""
    window = {"calendar": "day", "window": "half", "opens_hours": 0, "closes_hours": 12, "every_hours": 24}
    park = kit_park(
        {"operation": "weld", "duration": 100, "calendar": "day"},
        resources=[{"resource": "bay", "kind": "servers", "calendar": "day"}],
        capacity=[{"resource": "bay", "amount": 1}],
        needs=[need("weld", "bay")],
        windows=[window],
    )
    # 168 to 180 and 192 to 196; closed from 180 to 192 while held, and for 12 hours of each of six days after 204
    assert hours(park, "bay") == {"busy": 16, "closed": 12 + 6 * 12, "starved": 8 + 5 * 12}


def told(most: int = 1, **step: Any) -> dict[str, float]:
    """Figures of the second week: ten parts at hour 0 (and at 200) for a bay where each takes 20 hours."""
    park = make_park(
        {
            "entities": [{"entity": "maker", "kind": "integrator"}],
            "products": [
                {"product": "part", "kind": "component", "routing": "part", "maker": "maker", "value_yuan": 1}
            ],
            "operations": [{"routing": "part", "operation": "weld", "stage": "manufacture", "duration": 20} | step],
            **servers("bay"),
            "needs": [{"routing": "part", "operation": "weld", "resource": "bay"}],
            "sources": [
                {"source": "line", "product": "part", "interval_hours": 200, "first_hours": 0, "units": 10}
                | {"most": most}
            ],
        }
    )
    factory = read_factory(warmed(park, 4))
    return {name: float(x[0]) for name, _, x in source_figures(factory, [run_once(compile_arrays(factory), 1)])}


def test_loss_after_the_warm_up() -> None:
    """Parts wait for 130 hours at most: three of the ten leave at 130, and three of the next ten at 330."""
    assert told(patience_hours=130)["line/lost"] == 0
    assert told(2, patience_hours=130)["line/lost"] == 3


def test_scrap_after_the_warm_up() -> None:
    """Every part is scrapped at its end: eight by hour 160, two later, and the next ten."""
    assert told(fail_share=1, attempts_most=1)["line/scrapped"] == 2
    assert told(2, fail_share=1, attempts_most=1)["line/scrapped"] == 12


@pytest.mark.parametrize("seed", range(300, 320))
def test_the_warm_up_and_the_rest_make_the_whole(seed: int) -> None:
    """A run up to the end of the warm-up has done what a longer run had done by then, on parks of all mechanisms."""
    park = generated(seed)
    half = max(1, park.head.horizon_weeks // 2)
    long, short = (
        replace(park, head=park.head.model_copy(update={"horizon_weeks": weeks, "warm_up_weeks": warm}))
        for weeks, warm in ((park.head.horizon_weeks, half), (half, 0))
    )
    one, two = (run_to_the_end(read_factory(p), None, seed) for p in (long, short))
    assert one.warm_up_work[:, 0].tolist() == two.work.tolist()
    assert one.warm_up_work[:, 1].tolist() == two.setup.tolist()
    assert one.warm_up_work[:, 2].tolist() == two.elapsed.tolist()
    assert (one.resource_weeks[half - 1] == two.resource_weeks[-1]).all()
    assert (one.group_weeks[half - 1] == two.group_weeks[-1]).all()
