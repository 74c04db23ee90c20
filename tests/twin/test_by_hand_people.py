"""Traces of people who choose their work by themselves, worked out on paper, told by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did

from aidc_twin.park import Park, load_park
from aidc_twin.park.schema import OperationState

PARKS = Path(__file__).parents[1] / "parks"


def alike(park: Park) -> Park:
    """The park with people of whom any will do."""
    needs = tuple(row.model_copy(update={"prefer": 0}) for row in park.needs)
    resources = tuple(row.model_copy(update={"members": "alike"}) for row in park.resources)
    return replace(park, needs=needs, resources=resources)


@pytest.mark.parametrize("twin", TWINS)
def test_people_choose_one_after_the_other(twin: str) -> None:
    """Two smiths at two saws, a mill and a drill; s1, m2 and e1 prefer smith 1, e2 prefers smith 2."""
    # 0: the saws offer s1, the mill m1, the drill d1. Smith 1 chooses first: s1 prefers him. Smith 2 chooses from what
    # is left of these: m1 and d1 have priority 5, both machines were never used, m1 came first. s2 was not offered.
    # 3: smith 1 is free: s2 (priority 1) before d1. 4: smith 2: m2 prefers another and came before d1, both have
    # priority 5; the drill has been idle since 0, the mill since now: d1. 5: smith 1: m2. 6: both are free since now,
    # the lower chooses f1 until 11. 7: smith 2 is free. e1 came before e2, but e2 prefers him. 8: e1.
    trace = told(twin, load_park(PARKS / "people")).trace
    assert [row for row in trace if row[1] != "come"] == [
        did("m1", "mill", 0, 4, 1),
        did("s1", "saw", 0, 3, 1),
        did("s2", "saw", 3, 5, 1),
        did("d1", "drill", 4, 6, 1),
        did("m2", "mill", 5, 6, 1),
        did("f1", "drill", 6, 11, 1),
        did("e2", "mill", 7, 8, 1),
        did("e1", "saw", 8, 9, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_people_who_are_alike_do_not_choose(twin: str) -> None:
    """The same work for two of whom any will do: the crew takes what is most urgent, then what came first."""
    # 0: s1 and s2 (priority 1). 2: m1 came before m2 and d1. 3: d1 (m2 waits for the mill). 5: nothing. 6: m1's smith
    # is free too: m2 and f1. 7: e1 came before e2. 8: e2.
    trace = told(twin, alike(load_park(PARKS / "people"))).trace
    assert [row for row in trace if row[1] != "come"] == [
        did("s1", "saw", 0, 3, 1),
        did("s2", "saw", 0, 2, 2),
        did("m1", "mill", 2, 6, 1),
        did("d1", "drill", 3, 5, 1),
        did("f1", "drill", 6, 11, 1),
        did("m2", "mill", 6, 7, 1),
        did("e1", "saw", 7, 8, 1),
        did("e2", "mill", 8, 9, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_work_under_way_at_the_epoch_has_the_lowest(twin: str) -> None:
    """The mill has one hour of m1 left at the epoch: that is smith 1's, so that smith 2 chooses first."""
    # 0: smith 2 may choose from s1, which prefers smith 1, and d1 (priority 5): s1, which is more urgent.
    # 1: smith 1 is free: m2 prefers him, though s2 is more urgent. 2: s2. 3: smith 2: d1.
    # 4: smith 1 is free, nothing is left. 6: smith 1 has been idle since 4, smith 2 since 5: smith 1 chooses f1, the
    # only work. 7: smith 2 chooses e2, which prefers him, before e1. 8: e1.
    park = load_park(PARKS / "people")
    under_way = OperationState.model_validate(
        {"order": "m1", "product": "m1", "unit": 1, "operation": "mill", "status": "under_way", "remaining_hours": 1}
    )
    trace = told(twin, replace(park, state_operations=(under_way,))).trace
    assert [row for row in trace if row[1] != "come"] == [
        did("m1", "mill", 0, 1, 1),
        did("s1", "saw", 0, 3, 1),
        did("m2", "mill", 1, 2, 1),
        did("s2", "saw", 2, 4, 2),
        did("d1", "drill", 3, 5, 1),
        did("f1", "drill", 6, 11, 1),
        did("e2", "mill", 7, 8, 1),
        did("e1", "saw", 8, 9, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_people_do_what_they_may(twin: str) -> None:
    """Two smiths at a saw, a mill and two drills: c1 is for the first only, a1, d1, e1 and f1 for the second."""
    # 0: smith 1 chooses first, may not do a1 and takes b1 until 2; smith 2 takes a1 until 3. 2: the mill is free, but
    # d1 waits for smith 2. 3: smith 1 has been idle longer: c1 until 4; smith 2: d1 until 4. 5: both have been idle
    # since 4, and smith 1 may do neither e1 nor f1: smith 2 takes e1 until 6, then f1.
    trace = told(twin, load_park(PARKS / "skills")).trace
    assert [row for row in trace if row[1] != "come"] == [
        did("a1", "saw", 0, 3, 1),
        did("b1", "mill", 0, 2, 1),
        did("c1", "saw", 3, 4, 1),
        did("d1", "mill", 3, 4, 1),
        did("e1", "drill", 5, 6, 1),
        did("f1", "drill", 6, 7, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_who_is_at_work_at_the_epoch_may_do_it(twin: str) -> None:
    """The saw has two hours of a1 left at the epoch: smith 2 is there, so that smith 1 takes b1 at once."""
    park = load_park(PARKS / "skills")
    under_way = OperationState.model_validate(
        {"order": "a1", "product": "a1", "unit": 1, "operation": "saw", "status": "under_way", "remaining_hours": 2}
    )
    trace = told(twin, replace(park, state_operations=(under_way,))).trace
    assert [row for row in trace if row[0] in ("a1", "b1", "d1")] == [
        did("a1", "saw", 0, 2, 1),
        did("b1", "mill", 0, 2, 1),
        did("d1", "mill", 2, 3, 1),
    ]
