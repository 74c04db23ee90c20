"""What the checker accepts, at its edges, and what it says."""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from aidc_twin.frames import Checks
from aidc_twin.park import Park
from aidc_twin.park.schema import Need, OperationState, Setup
from aidc_twin.verify import Certificate, check_schedule, merge

Frames = dict[str, pl.DataFrame]
HOUR = 3600
DAY = 24 * HOUR


def violated(certificate: Certificate) -> dict[str, str]:
    """First violation by rule."""
    rows = certificate.checks.filter(pl.col("violations") > 0)
    return dict(rows.select("rule", "first").rows())


def with_cells(frames: Frames, unit: str, step: str, /, **cells: object) -> Frames:
    """Frames with other cells in the first row of a step."""
    rows = frames["schedule_operations"].to_dicts()
    row = next(row for row in rows if (row["unit_id"], row["operation"]) == (unit, step))
    row |= cells
    return frames | {"schedule_operations": pl.DataFrame(rows, schema=frames["schedule_operations"].schema)}


def test_a_valid_schedule_has_no_violation(park: Park, frames: Frames) -> None:
    """The schedule worked out by hand passes, and every rule but those without a case was checked."""
    certificate = check_schedule(park, frames)
    assert certificate.ok, violated(certificate)
    assert certificate.violations == 0
    unchecked = set(certificate.checks.filter(pl.col("checked") == 0)["rule"])
    stays = {"leave", "same-machine", "same-way"}
    assert unchecked == {"phases", "machines-down", "sailings", "looks", "batches", "repairs"} | stays


def test_a_valid_shipment_has_no_violation(shipped: tuple[Park, Frames]) -> None:
    """The same order overseas passes, with its three passages checked."""
    certificate = check_schedule(*shipped)
    assert certificate.ok, violated(certificate)
    assert certificate.checks.filter(pl.col("rule") == "sailings")["checked"].item() == 3


def test_an_empty_schedule_is_valid(park: Park, frames: Frames) -> None:
    """Nothing done breaks nothing."""
    assert check_schedule(park, {name: frame.clear() for name, frame in frames.items()}).ok


def test_the_certificate_has_its_declared_schema(park: Park, frames: Frames) -> None:
    """What is published is valid by `Checks`, good or bad."""
    good, bad = (
        check_schedule(park, frames),
        check_schedule(park, frames | {"schedule_supply": frames["schedule_supply"].clear()}),
    )
    assert Checks.is_valid(good.checks)
    assert Checks.is_valid(bad.checks)
    assert violated(bad)["stock"] == "stock of steel at 2026-10-08 08:00:00 is -0.1"


def test_merged_certificates_add_up(park: Park, frames: Frames) -> None:
    """Counts of the same rule are added, and one violation spoils the whole."""
    good, bad = (
        check_schedule(park, frames),
        check_schedule(park, frames | {"schedule_supply": frames["schedule_supply"].clear()}),
    )
    both = merge(good, bad)
    assert both.violations == bad.violations > 0
    assert not both.ok
    assert both.checks["checked"].sum() == good.checks["checked"].sum() + bad.checks["checked"].sum()


@pytest.mark.parametrize("missing", ["schedule_operations", "schedule_supply", "schedule_postings"])
def test_a_missing_frame_or_column_is_a_violation(park: Park, frames: Frames, missing: str) -> None:
    """A schedule is checked whole or rejected."""
    assert violated(check_schedule(park, {name: frame for name, frame in frames.items() if name != missing}))["schema"]
    column = frames[missing].columns[0]
    assert column in violated(check_schedule(park, frames | {missing: frames[missing].drop(column)}))["schema"]
    gaps = frames[missing].with_columns(pl.lit(None, frames[missing].schema[column]).alias(column))
    assert "gaps" in violated(check_schedule(park, frames | {missing: gaps}))["schema"]


def test_work_may_end_but_not_start_at_closing_time(park: Park, frames: Frames) -> None:
    """Opening hours are half open: box 1 is packed until 16:00 sharp, and nothing begins then."""
    closing = 8 * DAY + 16 * HOUR
    assert frames["schedule_operations"].filter(operation="pack", end_tick=closing).height == 1
    late = with_cells(
        frames, "o1/box_cool/1", "frame", start_tick=closing, setup_ticks=4 * HOUR, end_tick=11 * DAY + 16 * HOUR
    )
    assert (
        "starts 2026-10-09 16:00:00, when calendar plant is closed"
        in violated(check_schedule(park, late))["open-hours"]
    )


def test_a_second_shift_opens_the_evening(park: Park, frames: Frames) -> None:
    """With level 2 in week 1 the changeover and the frame of the cooling box end on Saturday evening."""
    done = {"start_tick": 8 * DAY + 45_000, "end_tick": 9 * DAY + 12 * HOUR + 30 * 60}
    early = with_cells(frames, "o1/box_cool/1", "frame", **done)
    assert "duration" in violated(check_schedule(park, early))
    shifts = pl.DataFrame({"calendar": ["plant"], "week": [1], "level": [2]})
    found = violated(check_schedule(park, early | {"plan_shifts": shifts}))
    assert not any(
        "o1/box_cool/1 frame" in words for rule, words in found.items() if rule in ("duration", "open-hours")
    )


def test_mean_durations_are_asked_for_where_they_are_fixed(park: Park, frames: Frames) -> None:
    """Framing in 12 hours is possible, but the mean of tri(10, 12, 18) is 13 h 20 min; and nothing fails."""
    found = violated(check_schedule(park, frames, fixed=True))
    assert found["work"] == "o1/box_cool/1 frame works 43200 ticks; it can take 48000"
    assert "nothing fails" in found["rework"]


def test_the_range_of_a_duration_holds(park: Park, frames: Frames) -> None:
    """A lorry takes twelve hours to two days; a test takes 24 hours or, with faults, more."""
    fine = with_cells(frames, "o1/box_it/1", "truck", work_ticks=12 * HOUR, end_tick=9 * DAY + 4 * HOUR)
    assert check_schedule(park, fine).ok
    short = with_cells(frames, "o1/box_it/1", "truck", work_ticks=12 * HOUR - 1, end_tick=9 * DAY + 4 * HOUR - 1)
    assert list(violated(check_schedule(park, short))) == ["work"]
    soaked = with_cells(frames, "o1/box_it/1", "test", work_ticks=23 * HOUR, end_tick=8 * DAY + 11 * HOUR)
    assert list(violated(check_schedule(park, soaked))) == ["work"]


def test_what_was_under_way_resumes_with_its_remaining_work(park: Park, frames: Frames) -> None:
    """Four hours were left; three hours are not enough."""
    early = with_cells(frames, "o1/box_it/1", "fit", work_ticks=3 * HOUR, end_tick=7 * DAY + 11 * HOUR)
    assert violated(check_schedule(park, early))["work"] == "o1/box_it/1 fit works 10800 ticks; it can take 14400"


def test_units_in_progress_hold_their_places(park: Park, frames: Frames) -> None:
    """Boxes 1 and 2 hold a place each from before tick 0: with room for less, nobody else may take one."""
    rows = tuple(
        row.model_copy(update={"amount": row.amount.scaled(0.1)}) if row.resource == "floor" else row
        for row in park.capacity
    )
    words = violated(check_schedule(replace(park, capacity=rows), frames))["capacity"]
    assert words.startswith("floor at 2026-10-09 12:30:00: 3 in use, 0.6 there; o1/box_cool/1 frame")


def test_a_place_is_kept_until_the_step_that_gives_it_back(park: Park, frames: Frames) -> None:
    """Places go back when boxes are packed: a place kept to the end of the unit is missed by the next box."""
    needs = tuple(row.model_copy(update={"until": "end"}) if row.resource == "floor" else row for row in park.needs)
    rows = tuple(
        row.model_copy(update={"amount": row.amount.scaled(0.5)}) if row.resource == "floor" else row
        for row in park.capacity
    )
    assert check_schedule(replace(park, capacity=rows), frames).ok
    assert check_schedule(replace(park, capacity=rows, needs=needs), frames).ok
    two = tuple(
        row.model_copy(update={"amount": row.amount.scaled(0.34)}) if row.resource == "floor" else row
        for row in park.capacity
    )
    assert "capacity" in violated(check_schedule(replace(park, capacity=two, needs=needs), frames))


def test_a_machine_kept_until_a_later_step_has_no_other_job(park: Park, frames: Frames) -> None:
    """If frames stay in their bay until they are tested, the cooling box cannot begin in bay 1 on Friday."""
    needs = tuple(
        row.model_copy(update={"until": "test"}) if row.resource == "frame_bay" and row.routing == "box_it" else row
        for row in park.needs
    )
    assert "frame_bay 1" in violated(check_schedule(replace(park, needs=needs), frames))["machines"]


def test_capacity_that_goes_away_lets_work_run_out(park: Park, frames: Frames) -> None:
    """What is under way when capacity goes ends on it; what starts afterwards must fit."""
    power = [row for row in park.capacity if row.resource == "test_power"]
    others = tuple(row for row in park.capacity if row.resource != "test_power")
    gone = power[0].model_copy(update={"end": date(2026, 10, 8)})
    assert "capacity" in violated(check_schedule(replace(park, capacity=(*others, gone)), frames))
    last = power[0].model_copy(update={"end": date(2026, 10, 12)})
    rest = power[0].model_copy(
        update={"part": "rest", "amount": power[0].amount.scaled(0.2), "start": date(2026, 10, 12)}
    )
    certificate = check_schedule(replace(park, capacity=(*others, last, rest)), frames)
    assert certificate.ok, violated(certificate)


def test_quota_that_is_not_collected_lapses(park: Park, frames: Frames) -> None:
    """With one week kept, three Mondays give no more than one week's chips."""
    supply = frames["schedule_supply"]
    chips = [
        {"receipt": 10 + i, "material": "chips", "tick": (4 + 7 * i) * DAY, "quantity": 20_000, "source": "quota"}
        for i in range(3)
    ]
    steel = supply.filter(material="steel").to_dicts()
    many = frames | {"schedule_supply": pl.DataFrame([*steel, *chips], schema=supply.schema)}
    bom = tuple(
        row.model_copy(update={"quantity": row.quantity.scaled(4.1)}) if row.item == "chips" else row
        for row in park.bom
    )
    materials = tuple(
        row.model_copy(update={"carry_weeks": row.carry_weeks.scaled(0.25)}) if row.material == "chips" else row
        for row in park.materials
    )
    later = with_cells(many, "o1/box_it/2", "fit", start_tick=20 * DAY, end_tick=21 * DAY)
    assert "stock" not in violated(check_schedule(replace(park, bom=bom), later))
    assert violated(check_schedule(replace(park, bom=bom, materials=materials), later))["stock"].endswith("is -21")


def test_purchases_of_a_plan_give_receipts(park: Park, frames: Frames) -> None:
    """Steel ordered in week 1 may come from week 3 on, as tri(2, 3, 5) weeks say."""
    purchases = pl.DataFrame({"material": ["steel"], "week": [1], "quantity": [7.0]})
    supply = frames["schedule_supply"]
    for day, fine in ((21, True), (20, False)):
        row = {"receipt": 10, "material": "steel", "tick": day * DAY, "quantity": 7_000, "source": "purchase_order"}
        more = frames | {"schedule_supply": pl.DataFrame([*supply.to_dicts(), row], schema=supply.schema)}
        assert "receipts" in violated(check_schedule(park, more))
        assert check_schedule(park, more | {"plan_purchases": purchases}).ok is fine


def test_postings_after_the_cut_are_not_missed(park: Park, frames: Frames) -> None:
    """A schedule published for twelve days posts what ends in them."""
    until = 12 * DAY
    few = frames | {"schedule_postings": frames["schedule_postings"].filter(pl.col("tick") < until)}
    assert "is not posted" in violated(check_schedule(park, few))["postings"]
    assert check_schedule(park, few, until=until).ok


def test_a_step_that_may_still_fail_need_not_have_posted(park: Park, frames: Frames) -> None:
    """A test that nothing follows may have failed; once the box is packed it has passed."""
    sales = tuple(
        row.model_copy(update={"operation": "test"}) if row.sale == "output_cool" else row for row in park.sales
    )
    posted = frames["schedule_postings"].filter(pl.col("sale") != "output_cool")
    operations = frames["schedule_operations"]
    after = (pl.col("product") == "box_cool") & pl.col("operation").is_in(["pack", "truck", "set"])
    cut = operations.filter(~after & (pl.col("product") != "kit"))
    assert "postings" in violated(check_schedule(replace(park, sales=sales), frames | {"schedule_postings": posted}))
    assert check_schedule(
        replace(park, sales=sales), frames | {"schedule_postings": posted, "schedule_operations": cut}
    ).ok


def test_legs_stand_between_packing_and_the_site(shipped: tuple[Park, Frames]) -> None:
    """Setting a box before it has landed is named."""
    park, frames = shipped
    early = with_cells(frames, "o1/box_it/1", "set", start_tick=20 * DAY, end_tick=20 * DAY + 8 * HOUR)
    assert "before sea is done 2026-10-22" in violated(check_schedule(park, early))["precedence"]


def test_a_named_machine_is_asked_for_in_reworks_too(park: Park, frames: Frames) -> None:
    """A rework that needs a rig must say which."""
    need = Need(routing="box_it", operation="test", resource="test_rig", during="rework")
    words = violated(check_schedule(replace(park, needs=(*park.needs, need)), frames))["machines"]
    assert words == "o1/box_it/2 test (rework 0) runs on test_rig, not on nothing"


def test_changeovers_follow_the_table(park: Park, frames: Frames) -> None:
    """Another time in the table is another changeover."""
    setups = (Setup(resource="frame_bay", from_family="it", to_family="cool", hours="3"),)
    words = violated(check_schedule(replace(park, setups=setups), frames))["setups"]
    assert words == "o1/box_cool/1 frame on frame_bay 1: changeover 14400 ticks, 10800 are due"


def test_phases_open_no_earlier_than_they_can(park: Park, frames: Frames) -> None:
    """An annex that opens before its first day is a forgery."""
    for name, day, fine in (
        ("annex", date(2027, 3, 1), True),
        ("annex", date(2027, 2, 28), False),
        ("tower", date(2027, 3, 1), False),
    ):
        tick = (day - park.head.epoch).days * DAY
        assert (
            check_schedule(park, frames | {"phase_openings": pl.DataFrame({"phase": [name], "tick": [tick]})}).ok
            is fine
        )


def test_words_are_one_line_whatever_the_names_are(park: Park, frames: Frames) -> None:
    """Names with line breaks or control characters cannot forge a message."""
    bad = with_cells(frames, "o1/box_it/1", "truck", unit_id="o1\n\x1b[2Jok", operation="x" * 500)
    words = violated(check_schedule(park, bad))["known"]
    assert "\n" not in words
    assert "\x1b" not in words
    assert len(words) < 400


def test_twenty_thousand_operations_take_less_than_two_seconds(park: Park, frames: Frames) -> None:
    """The order of the hand-made schedule 840 times over, in a park as many times as large."""
    count = 840
    park, frames = many(park, frames, count)
    assert frames["schedule_operations"].height > 20_000
    gc.collect()
    gc.freeze()  # what other tests have left in this process is not gone through while the checker is timed
    try:
        start = time.process_time()
        certificate = check_schedule(park, frames)
        seconds = time.process_time() - start
    finally:
        gc.unfreeze()
    assert certificate.ok, violated(certificate)
    assert seconds < 2.0


def many(park: Park, frames: Frames, count: int) -> tuple[Park, Frames]:
    """`count` copies of the order and of all that it takes; copy i runs on its own machines."""
    first = park.order("o1")
    orders = tuple(first.model_copy(update={"order": f"p{i}"}) for i in range(count))
    state = tuple(row.model_copy(update={"order": f"p{i}"}) for i in range(count) for row in park.state_operations)
    assert all(isinstance(row, OperationState) for row in state)
    scaled = {
        "capacity": tuple(row.model_copy(update={"amount": row.amount.scaled(count)}) for row in park.capacity),
        "state_stocks": tuple(row.model_copy(update={"quantity": row.quantity * count}) for row in park.state_stocks),
        "state_purchase_orders": tuple(
            row.model_copy(update={"quantity": row.quantity * count}) for row in park.state_purchase_orders
        ),
        "materials": tuple(
            row.model_copy(update={"weekly_quota": row.weekly_quota.scaled(count)}) if row.weekly_quota else row
            for row in park.materials
        ),
    }
    operations, postings = [], []
    per = {"frame_bay": 1, "pump_cell": 1, "test_rig": 2}
    for i in range(count):
        name = pl.col("unit_id").str.replace("^o1", f"p{i}")
        machine = (
            pl.when(pl.col("machine") > 0)
            .then(pl.col("machine") + i * pl.col("resource").replace_strict(per, default=0))
            .otherwise(0)
        )
        operations.append(
            frames["schedule_operations"].with_columns(name, machine.cast(pl.Int64), order=pl.lit(f"p{i}"))
        )
        postings.append(frames["schedule_postings"].with_columns(name))
    supply = frames["schedule_supply"].with_columns(pl.col("quantity") * count)
    large = {
        "schedule_operations": pl.concat(operations),
        "schedule_postings": pl.concat(postings),
        "schedule_supply": supply,
    }
    return replace(park, orders=orders, state_operations=state, state_machines=(), **scaled), large
