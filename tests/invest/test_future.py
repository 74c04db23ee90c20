"""The years of an expansion plan as the twin executes them: book, dates, capacity, quotas; by hand and as laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aidc_twin.invest.account import Decisions
from aidc_twin.invest.case import Case, make_case
from aidc_twin.invest.expanded import expanded
from aidc_twin.invest.future import Future, future
from aidc_twin.loop.futures import _of_park
from aidc_twin.park import Goal, Park, load_goals, load_park
from aidc_twin.park.schema import Bucket, Holiday, Window
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.inputs import PlanInputs
from aidc_twin.twin.items import find_items
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate, seeds_of
from aidc_twin.twin.statistics import paired_difference
from aidc_twin.units.quantity import Quantity

PARK = Path(__file__).parents[1] / "parks" / "expansion"
YEARS = 3
OUTPUT: Goal = next(goal for goal in load_goals("shuang-qianyi").goals if goal.ledger == "industrial_output")


@cache
def small() -> tuple[Park, PlanInputs, Case]:
    """The park that could grow, what was measured of it, and its case."""
    return cased(load_park(PARK))


def cased(park: Park) -> tuple[Park, PlanInputs, Case]:
    """A park with what was measured of it and its case."""
    factory = read_factory(park)
    inputs = plan_inputs(free_flow(factory, find_items(factory), seeds_of(1, 4)))
    return park, inputs, make_case(park, inputs, [OUTPUT], None, YEARS)


def decided(case: Case, mw_week: float = 1.0, level: int = 0, **begun: dict[int, float]) -> Decisions:
    """So many MW a week in every quarter, at a shift level above the first; what is begun by quarter."""
    names = [option.row.investment for option in case.options]
    units = np.zeros((len(names), len(case.quarters)))
    for name, when in begun.items():
        for quarter, count in when.items():
            units[names.index(name), quarter] = count
    weeks = np.array([[quarter.weeks for quarter in case.quarters]])
    return Decisions(units, np.full((len(case.calendars), len(case.quarters)), float(level)), mw_week * weeks)


def yuan(found: Future, years: tuple[int, ...], replications: int = 4) -> Any:
    """Output of each replication and year, shape (replications, years)."""
    runs = replicate(compile_arrays(found.factory, found.policy), seeds_of(1, replications))
    result = SimResult(found.factory, runs)
    return np.stack([result.goal_yuan(replace(OUTPUT, year=year)) for year in years], axis=1).astype(float)


def test_the_book_is_what_the_plan_makes() -> None:
    """Orders of 8 MW: own ones first with their names, then copies; what is released by a quarter is an order apart."""
    park, inputs, case = small()
    found = future(park, inputs, case, decided(case, 2.0))
    orders = found.factory.park.orders
    own = {row.order for row in park.orders}
    assert [row.order for row in orders[: len(own)]] == [row.order for row in park.orders]
    assert len({row.order for row in orders}) == len(orders)
    assert all((row.product, row.quantity_mw, row.destination) == ("kit", 8.0, "home") for row in orders)
    assert {row.due - row.ordered for row in orders if row.order not in own} == {timedelta(days=90)}
    flow = int(inputs.items["flow_weeks"].max())  # type: ignore[arg-type]
    first = orders[0]
    assert abs((first.due - (date(2027, 1, 1) + timedelta(weeks=4 + flow - 1))).days) <= 7
    for quarter in case.quarters:
        release = sum(tick <= days(park, quarter.last) for tick in found.policy.release_tick.values())
        assert abs(release - 2.0 * (quarter.last - park.head.epoch).days / 7) <= 8 + 2 * 1.5


def days(park: Park, day: date) -> int:
    """Ticks from the epoch to a day."""
    return (day - park.head.epoch).days * 86_400


def test_an_uncongested_park_makes_what_is_planned() -> None:
    """Of 1.5 MW a week for two bays the twin makes each year what is planned, an order of 8 MW apart."""
    park, inputs, case = small()
    found = future(park, inputs, case, decided(case, 1.5, crew={0: 5.0}))
    planned = np.array([1.5 * 365 / 7, 1.5 * 366 / 7, 1.5 * 365 / 7]) * 2e6
    assert np.abs(yuan(found, case.years) - planned).max() <= 4 * 2e6


def test_more_than_fits_is_not_made() -> None:
    """Of 3 MW a week two bays make 2."""
    park, inputs, case = small()
    made = yuan(future(park, inputs, case, decided(case, 3.0, crew={0: 5.0})), case.years)
    assert made.max() <= 2e6 * 2 * (366 + 7) / 7
    assert made.min() >= 2e6 * 2 * (365 - 28) / 7


def test_what_is_begun_works_from_its_day_on() -> None:
    """A bay that is begun in 2027Q4 adds a box a week from 2028 on; people are no limit."""
    park, inputs, case = small()
    plain = yuan(future(park, inputs, case, decided(case, 3.0, crew={0: 9.0})), case.years).mean(axis=0)
    more = yuan(future(park, inputs, case, decided(case, 3.0, crew={0: 9.0}, bay={3: 1.0})), case.years).mean(axis=0)
    gain = (more - plain) / 2e6
    assert gain[0] == pytest.approx(0.0, abs=1e-9)
    assert gain[1:] == pytest.approx([366 / 7, 365 / 7], abs=4)


def test_a_quota_that_is_signed_for_is_given_from_its_day_on() -> None:
    """8 chips a week are 4 boxes; 2 more from 2028Q3 on make 5 of 6 that are asked for, with bays for all of them."""
    park, inputs, case = small()
    quarter = 6 - case.options[[o.row.investment for o in case.options].index("quota")].lead
    parts = {"crew": {0: 9.0}, "bay": {0: 2.0, 1: 2.0}}
    plain = yuan(future(park, inputs, case, decided(case, 6.0, **parts)), case.years).mean(axis=0)
    plan = decided(case, 6.0, **parts, quota={quarter: 2.0})
    more = yuan(future(park, inputs, case, plan), case.years).mean(axis=0)
    gain = (more - plain) / 2e6
    assert gain[0] == pytest.approx(0.0, abs=1e-9)
    assert gain[1] == pytest.approx(184 / 7, abs=3)
    assert gain[2] == pytest.approx(365 / 7, abs=3)


def test_shift_levels_are_worked_where_the_plan_says() -> None:
    """The policy has the level of the quarter in which a week begins, 1 elsewhere."""
    park, inputs, case = small()
    level = np.zeros((len(case.calendars), len(case.quarters)))
    level[0, 2] = 1.0
    plan = replace(decided(case), level=level)
    levels = future(park, inputs, case, plan).policy.levels
    raised = [week for (_, week), value in sorted(levels.items()) if value == 2]
    starts = [park.head.epoch + timedelta(weeks=week) for week in raised]
    assert (min(starts), max(starts)) == (date(2027, 7, 2), date(2027, 9, 24))


def test_nothing_begun_is_the_park_as_it_is() -> None:
    """Without anything begun the expanded park is the park, without the phases that nobody opens."""
    park, _, case = small()
    plain = expanded(park, case, decided(case))
    rows = tuple(row for row in park.capacity if row.phase != "annex")
    assert (plain.capacity, plain.phases) == (rows, tuple(row for row in park.phases if row.phase != "annex"))
    assert plain.orders == park.orders


def test_an_expansion_that_does_nothing_changes_no_future() -> None:
    """What is begun and adds nothing leaves every replication as it is, to the yuan."""
    park, inputs, case = small()
    idle = replace(case, options=tuple(replace(o, gains=np.zeros_like(o.gains)) for o in case.options))
    barren = replace(park, investment_gains=())
    plain = yuan(future(barren, inputs, idle, decided(case, 2.0)), case.years)
    begun = yuan(future(barren, inputs, idle, decided(case, 2.0, bay={3: 2.0}, crew={0: 3.0})), case.years)
    assert (plain == begun).all()


@pytest.mark.parametrize("name", ["bay", "crew", "quota"])
def test_more_is_never_less(name: str) -> None:
    """With the same orders and chances a unit more loses no output up to any year, beyond the interval.

    Of one year alone it may: what stood in a queue at its beginning was made in the year before.
    """
    park, inputs, case = small()
    parts = {"crew": {0: 1.0}, "bay": {0: 1.0}, "quota": {1: 1.0}}
    base = yuan(future(park, inputs, case, decided(case, 3.0, **parts)), case.years, 8).cumsum(axis=1)
    parts[name] = {**parts[name], 2: 2.0}
    more = yuan(future(park, inputs, case, decided(case, 3.0, **parts)), case.years, 8).cumsum(axis=1)
    for year in range(len(case.years)):
        gain = paired_difference(base[:, year], more[:, year])
        assert gain.mean >= -gain.half_width


def test_holidays_come_again() -> None:
    """A week that is closed within the last year of the park's own horizon is closed every 52 weeks after it."""
    park, inputs, case = small()
    rows = (Holiday(calendar="always", start=date(2027, 2, 1), end=date(2027, 2, 7)),
            Holiday(calendar="always", start=date(2028, 6, 1), end=date(2028, 6, 3)))  # fmt: skip
    closed = future(replace(park, holidays=rows), inputs, case, decided(case)).factory.park
    assert [row.start for row in closed.holidays] == [date(2027, 2, 1), date(2028, 6, 1), date(2029, 5, 31),
                                                         date(2030, 5, 30)]  # fmt: skip
    assert date(2030, 1, 1) <= closed.horizon_end < date(2030, 1, 8)


def test_what_later_years_do_not_have_is_told() -> None:
    """Openings and periods that come once are named, and so are sources, which the plan does not see."""
    park, _, _ = small()
    once = Window(calendar="always", window="fair", opens_hours=0, closes_hours=4)
    again = Window(calendar="yard", window="night", opens_hours=0, closes_hours=4, every_hours=24)
    period = Bucket(resource="oven", bucket=1, amount=Quantity("constant", (1.0,)))
    assert _of_park(park) == []
    told = _of_park(replace(park, windows=(once, again), buckets=(period,)))
    assert told == ["what is open or there once does not come again in later years: always, oven"]


def test_years_beyond_the_longest_horizon_are_left_out() -> None:
    """A park has 1,040 weeks at most: of forty years from 2027 on the twin executes nineteen."""
    park, inputs, _ = small()
    case = make_case(park, inputs, [OUTPUT], None, 40)
    found = future(park, inputs, case, decided(case, 0.1))
    assert found.years == tuple(range(2027, 2046))
    assert found.factory.park.head.horizon_weeks <= 1040


def test_work_under_way_stays_as_it_is() -> None:
    """Orders of which something has begun, and those due before the first year, keep their dates; the shipped park."""
    park, inputs, case = cased(load_park("wuxi-aidc"))
    weeks = np.array([[quarter.weeks for quarter in case.quarters]])
    made = np.repeat(5.0 * weeks, len(case.products), axis=0)
    count = len(case.quarters)
    plan = Decisions(np.zeros((len(case.options), count)), np.zeros((len(case.calendars), count)), made)
    found = future(park, inputs, case, plan).factory.park
    begun = {row.order for row in park.state_operations}
    kept = {row.order: row for row in park.orders if row.order in begun or row.due < date(2027, 1, 1)}
    assert begun
    assert {name: found.order(name) for name in kept} == kept
    assert found.state_operations == park.state_operations
    moved = [row for row in found.orders if row.order in {o.order for o in park.orders} - set(kept)]
    assert all(found.order(row.order).ordered <= park.order(row.order).ordered for row in moved)
    total = {p: sum(row.quantity_mw for row in found.orders if row.product == p and row.order not in kept)
             for p in case.products}  # fmt: skip
    asked = 5.0 * (weeks.sum() + weeks[0, -1])
    assert all(asked - 40 <= mw <= asked for mw in total.values())
