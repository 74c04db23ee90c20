"""A plan as the twin executes it: whole units, in number order, components with their parent."""

from __future__ import annotations

import polars as pl
import pytest

from aidc_twin.frames import PlanReleases, build
from aidc_twin.loop import LoopResult
from aidc_twin.loop.policy import NEVER_WEEKS, _weeks, policy_of, release_frame, unit_releases
from aidc_twin.park import Park
from aidc_twin.twin.compile import Factory, read_factory
from aidc_twin.twin.items import find_items

ROWS = (
    ("o1", "boxes", 9, 2 / 3),
    ("o3", "boxes", 10, 1.0),
    ("o3", "boxes", 11, 0.5),
    ("o3", "boxes", 14, 1.5),
    ("o2", "boxes", 20, 0.6),
)


@pytest.fixture(scope="module")
def factory(tiny: Park) -> Factory:
    """The tiny park, compiled."""
    return read_factory(tiny)


@pytest.fixture(scope="module")
def releases(factory: Factory) -> dict[str, int]:
    """Release ticks of a plan that releases o3 in three parts, o2 in part and o4 not at all."""
    return unit_releases(factory, find_items(factory), build(PlanReleases, ROWS))


def week(factory: Factory, releases: dict[str, int], unit: str) -> int:
    """Release week of a unit."""
    return releases[unit] // factory.clock.ticks_per_week


@pytest.mark.parametrize(
    ("released", "mw", "count", "weeks"),
    [
        ([(4, 3.0)], 3.0, 3, [4, 4, 4]),
        ([(10, 1.0), (11, 0.5), (12, 1.5)], 3.0, 3, [10, 11, 12]),
        ([(10, 1.0), (11, 0.5), (12, 1.5)], 3.0, 2, [10, 12]),
        ([(1, 0.1)] * 3 + [(5, 0.7)], 1.0, 4, [1, 5, 5, 5]),
        ([(7, 0.2)], 1.0, 2, [NEVER_WEEKS, NEVER_WEEKS]),
        ([(7, 0.25)], 1.0, 2, [7, NEVER_WEEKS]),
        ([(w, 0.1) for w in range(10)], 1.0, 10, list(range(10))),
        ([], 1.0, 2, [NEVER_WEEKS, NEVER_WEEKS]),
        ([(3, 1.0 + 1e-7)], 1.0, 2, [3, 3]),
        ([(3, 1.0)], 0.0, 1, [NEVER_WEEKS]),
    ],
)
def test_megawatts_become_whole_units(
    released: list[tuple[int, float]], mw: float, count: int, weeks: list[int]
) -> None:
    """A unit goes in the week in which half of it is due; what the sum does not reach never goes."""
    assert _weeks(released, mw, count) == weeks


def test_units_of_an_item_go_in_number_order(factory: Factory, releases: dict[str, int]) -> None:
    """Three boxes go as 1, 1 and 1 when a third, a half and all is released; two cooling boxes as 1, 0 and 1."""
    assert [week(factory, releases, f"o3/box_it/{n}") for n in (1, 2, 3)] == [10, 11, 14]
    assert [week(factory, releases, f"o3/box_cool/{n}") for n in (1, 2)] == [10, 14]


def test_a_part_release_leaves_the_rest_for_never(factory: Factory, releases: dict[str, int]) -> None:
    """0.6 of 1.5 MW is the first of two boxes, and four tenths of the only cooling box, which is none."""
    assert [week(factory, releases, f"o2/box_it/{n}") for n in (1, 2)] == [20, NEVER_WEEKS]
    assert week(factory, releases, "o2/box_cool/1") == NEVER_WEEKS


def test_what_is_not_released_is_not_published(factory: Factory, releases: dict[str, int]) -> None:
    """Order o4 is in no row: its units never go and are not in the frame; neither is what has started."""
    assert all(tick > factory.horizon for unit, tick in releases.items() if unit.startswith("o4"))
    frame = release_frame(factory, releases)
    assert set(frame["unit_id"].str.split("/").list.first()) == {"o1", "o2", "o3"}
    assert frame["release_tick"].max() <= factory.horizon
    assert "o1/box_it/1" not in releases


def test_components_go_with_their_parent(factory: Factory, releases: dict[str, int]) -> None:
    """Pumps 1 and 2 are for box 1, 3 and 4 for box 2, 5 and 6 for box 3: each has its box's tick."""
    for n in range(1, 7):
        assert releases[f"o3/pump/{n}"] == releases[f"o3/box_it/{(n + 1) // 2}"]


def test_units_of_one_week_are_spread_over_it(factory: Factory) -> None:
    """Four boxes of two orders in one week start a quarter of a week apart, the earlier due date first."""
    rows = [("o2", "boxes", 12, 1.5), ("o4", "boxes", 12, 1.0), ("o1", "boxes", 12, 2 / 3)]
    found = unit_releases(factory, find_items(factory), build(PlanReleases, rows))
    tick = factory.clock.ticks_per_week
    assert [found[f"{unit}"] for unit in ("o2/box_it/1", "o2/box_it/2", "o4/box_it/1")] == [
        12 * tick,
        12 * tick + tick // 3,
        12 * tick + 2 * tick // 3,
    ]
    cool = [found[f"{order}/box_cool/1"] for order in ("o1", "o2", "o4")]
    assert cool == sorted(cool)
    assert len(set(cool)) == 3


def test_the_policy_carries_the_frames(tiny_loop: LoopResult) -> None:
    """Shift levels and purchases are those of the plan, in ticks; no unit outranks one released a week before."""
    frames = tiny_loop.kept.plan.frames
    policy = policy_of(tiny_loop.factory, tiny_loop.items, frames)
    tick = tiny_loop.factory.clock.ticks_per_week
    assert policy.levels == {(name, w): level for name, w, level in frames["plan_shifts"].iter_rows()}
    assert policy.purchases is not None
    assert [(name, at // tick, amount) for name, at, amount in policy.purchases] == frames["plan_purchases"].rows()
    ranked = sorted(policy.release_tick, key=lambda unit: policy.priority[unit])
    weeks = [policy.release_tick[unit] // tick for unit in ranked]
    assert weeks == sorted(weeks)


def test_the_twin_keeps_to_the_releases(tiny_loop: LoopResult) -> None:
    """In every replication each unit starts at its release tick or later, and what is not released does not start."""
    factory, policy = tiny_loop.factory, tiny_loop.kept.policy
    published = set(release_frame(factory, policy.release_tick)["unit_id"])
    for run in tiny_loop.kept.result.replications:
        for unit, tick in policy.release_tick.items():
            start = int(run.job_start[factory.unit_index[unit]])
            assert start < 0 or start >= tick
            assert start < 0 or unit in published


def test_an_empty_plan_releases_nothing(factory: Factory) -> None:
    """A plan without rows is no error: every unit waits for ever."""
    empty = pl.DataFrame(schema=dict(PlanReleases.create_empty().schema))
    found = unit_releases(factory, find_items(factory), empty)
    assert found
    assert all(tick > factory.horizon for tick in found.values())
