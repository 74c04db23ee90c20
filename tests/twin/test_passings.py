"""Which rows of a trace pass their step: what the published postings say is what the ledgers got."""

from __future__ import annotations

import polars as pl
import pytest
from both_twins import run_to_the_end
from generated_parks import generated
from small_parks import HOUR, kit_park, need, servers

from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.profiles import posts
from aidc_twin.twin.trace import postings

SCRAPPED, REWORK_WAITS, WORK_SHARED_OUT, CUT = (23, 31, 41), (33, 44), (124,), (64,)


@pytest.mark.parametrize("seed", [*SCRAPPED, *REWORK_WAITS, *WORK_SHARED_OUT, *CUT])
@pytest.mark.parametrize("means", [True, False])
def test_postings_are_what_the_ledgers_got(seed: int, means: bool) -> None:
    """Neither of work that was cut off, nor of failed attempts, nor of a share of a period.

    The postings of the units of sources are not published, so these parks have none.
    """
    park = generated(seed)
    assert not park.sources
    factory = read_factory(park)
    arrays, run = compile_arrays(factory), run_to_the_end(factory, None, 1, means=means)
    frame = postings(factory, arrays, run, factory.horizon + 1).filter(pl.col("tick") <= factory.horizon)
    shown = [posts(factory, arrays, run, side) for side in range(2)]
    for i, rule in enumerate(factory.rules):
        mine = frame.filter(pl.col("sale") == rule)
        got = run.posted[i].sum(axis=0).tolist()
        assert [mine["yuan"].sum(), mine["consigned_yuan"].sum()] == got
        assert [side.amount[side.what == i].sum() for side in shown] == got


@pytest.mark.parametrize(("repair", "posted"), [(1, 1), (5000, 0)])
def test_work_that_stands_still_to_the_end_posts_nothing(repair: float, posted: int) -> None:
    """A bay jams after 2 of 4 h of work; it is mended in time, or not within the eight weeks that are looked at."""
    park = kit_park(
        {"operation": "weld", "duration": 4},
        needs=[need("weld", "bay")],
        breakdowns=[
            {"resource": "bay", "breakdown": "jam", "first_hours": 2, "uptime_hours": 9999, "repair_hours": repair}
        ],
        sales=[
            {"sale": "kits", "ledger": "industrial_output", "seller": "maker", "buyer": "outside", "item": "kit",
             "operation": "weld", "market": "all", "share": 1}
        ],
        **servers("bay"),
    )  # fmt: skip
    factory = read_factory(park)
    arrays, run = compile_arrays(factory), run_to_the_end(factory, None, 1)
    ticks = postings(factory, arrays, run, factory.horizon)["tick"].to_list()
    assert ticks == [5 * HOUR] * posted
    assert run.posted.any() == bool(posted)
