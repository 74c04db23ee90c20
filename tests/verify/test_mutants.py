"""Promise 2: the checker has teeth. Every way of breaking a valid schedule is found, many random times."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from aidc_twin.park import Park
from aidc_twin.park.schema import MachineState
from aidc_twin.verify import check_schedule

Frames = dict[str, pl.DataFrame]
Case = tuple[Park, Frames]
Mutator = Callable[[random.Random, Park, Frames], Case]

RUNS = 100
DAY = 86_400
HOUR = 3_600
AROUND_THE_CLOCK = ("test", "truck", "sea", "set", "commission", "acceptance")


def mutants(mutator: Mutator, cases: list[Case], runs: int) -> Iterator[tuple[int, Case]]:
    """Seeded mutants, taking turns over the valid cases."""
    for seed in range(runs):
        park, frames = cases[seed % len(cases)]
        yield seed, mutator(random.Random(seed), park, frames)


def edited(frames: Frames, name: str, row: int, **cells: object) -> Frames:
    """Frames with other cells in one row of one frame."""
    frame = frames[name]
    rows = frame.to_dicts()
    rows[row] |= cells
    return frames | {name: pl.DataFrame(rows, schema=frame.schema)}


def without(frames: Frames, name: str, row: int) -> Frames:
    """Frames without one row."""
    rows = frames[name].to_dicts()
    return frames | {name: pl.DataFrame(rows[:row] + rows[row + 1 :], schema=frames[name].schema)}


def with_row(frames: Frames, name: str, **cells: object) -> Frames:
    """Frames with one row more."""
    frame = frames[name]
    return frames | {name: pl.DataFrame([*frame.to_dicts(), cells], schema=frame.schema)}


def pick(rng: random.Random, frames: Frames, test: Callable[[dict[str, object]], bool]) -> tuple[int, dict]:
    """A random operation for which a test holds, with its place."""
    rows = frames["schedule_operations"].to_dicts()
    place = rng.choice([i for i, row in enumerate(rows) if test(row)])
    return place, rows[place]


def change(frames: Frames, place: int, **cells: object) -> Frames:
    """Frames with another operation at a place."""
    return edited(frames, "schedule_operations", place, **cells)


def start_off(rng: random.Random, park: Park, frames: Frames) -> Case:
    """The start is one second off."""
    place, row = pick(rng, frames, lambda row: True)
    return park, change(frames, place, start_tick=row["start_tick"] + rng.choice((-1, 1)))


def end_off(rng: random.Random, park: Park, frames: Frames) -> Case:
    """The end is one second off."""
    place, row = pick(rng, frames, lambda row: True)
    return park, change(frames, place, end_tick=row["end_tick"] + rng.choice((-1, 1)))


def work_off(rng: random.Random, park: Park, frames: Frames) -> Case:
    """An operation of fixed length takes longer or shorter, its end with it."""
    place, row = pick(rng, frames, lambda row: row["operation"] in ("set", "commission", "acceptance"))
    by = rng.choice((-1, 1)) * rng.randint(1, row["work_ticks"] // 2)
    return park, change(frames, place, end_tick=row["end_tick"] + by, work_ticks=row["work_ticks"] + by)


def other_machine(rng: random.Random, park: Park, frames: Frames) -> Case:
    """An operation is put on a machine that has another job, that was changed over for it, or that is not there."""
    rows = frames["schedule_operations"].to_dicts()
    place, row = pick(rng, frames, lambda row: bool(row["machine"]))
    taken = [
        other["machine"]
        for other in rows
        if other["resource"] == row["resource"] and other["machine"] != row["machine"]
        and other["start_tick"] < row["end_tick"] and row["start_tick"] < other["end_tick"]
    ]  # fmt: skip
    return park, change(frames, place, machine=rng.choice([0, rng.randint(3, 99), *taken, *taken]))


def other_servers(rng: random.Random, park: Park, frames: Frames) -> Case:
    """An operation runs on servers of another kind, on none, or on one that it does not need."""
    place, row = pick(rng, frames, lambda row: True)
    kinds = {"frame_bay", "pump_cell", "test_rig", "", "site_crew", "nothing"} - {row["resource"]}
    servers = rng.choice(sorted(kinds))
    return park, change(frames, place, resource=servers, machine=rng.randint(1, 2) if servers else 0)


def no_setup(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A changeover is shortened or dropped; the time goes to the work, or the operation is shorter."""
    place, row = pick(rng, frames, lambda row: row["setup_ticks"] > 0)
    by = rng.choice((row["setup_ticks"], rng.randint(1, row["setup_ticks"])))
    work = row["work_ticks"] + by * rng.randint(0, 1)
    return park, change(frames, place, setup_ticks=row["setup_ticks"] - by, work_ticks=work)


def false_setup(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A changeover that nothing asks for."""
    place, row = pick(rng, frames, lambda row: row["setup_ticks"] == 0)
    by = rng.randint(1, row["work_ticks"])
    return park, change(frames, place, setup_ticks=by, work_ticks=row["work_ticks"] - by)


def too_little_stock(rng: random.Random, park: Park, frames: Frames) -> Case:
    """Less steel is there than the schedule takes before the next receipt."""
    place = 0
    assert frames["schedule_supply"]["material"][place] == "steel"
    return park, edited(frames, "schedule_supply", place, quantity=rng.randint(0, 4_199))


def later_stock(rng: random.Random, park: Park, frames: Frames) -> Case:
    """Steel is there only after the first step has taken some of it."""
    return park, edited(frames, "schedule_supply", 0, tick=7 * DAY + 8 * HOUR + rng.randint(1, 30 * DAY))


def forged_receipt(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A receipt from nowhere, or too much of one."""
    supply = frames["schedule_supply"]
    if rng.random() < 0.4:
        place = rng.randrange(supply.height)
        return park, edited(
            frames, "schedule_supply", place, quantity=supply["quantity"][place] + rng.randint(1, 10**6)
        )
    source = rng.choice(("stock", "purchase_order", "quota", "gift"))
    material = "steel" if source == "quota" else rng.choice(("steel", "chips", "nothing"))
    cells = {"receipt": 99, "material": material, "tick": rng.randint(0, 60 * DAY), "source": source}
    return park, with_row(frames, "schedule_supply", **cells, quantity=rng.randint(1, 10**6))


def early_receipt(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A purchase order that comes before it can, or quota that comes on no Monday."""
    supply = frames["schedule_supply"].to_dicts()
    place = rng.choice([i for i, row in enumerate(supply) if row["source"] != "stock"])
    early = rng.randint(1, 3 * DAY)
    return park, edited(frames, "schedule_supply", place, tick=supply[place]["tick"] - early)


def less_capacity(rng: random.Random, park: Park, frames: Frames) -> Case:
    """The park has less power, places, fitters, bays or rigs than are in use at once."""
    peak = {"test_power": 600, "floor": 3, "fitters": 5, "test_rig": 2, "pump_cell": 1, "site_crew": 1}
    if "sea" in frames["schedule_operations"]["operation"]:
        peak["site_crew"] = 2
    name = rng.choice(sorted(peak))
    left = rng.randint(0, peak[name] * 1000 - 1) / 1000
    rows = tuple(
        row.model_copy(
            update={
                "amount": row.amount.scaled(left / row.amount.value if row.part in ("hall", "grid", "all") else 0.0)
            }
        )
        if row.resource == name
        else row
        for row in park.capacity
    )
    return replace(park, capacity=rows), frames


def closed_phase(rng: random.Random, park: Park, frames: Frames) -> Case:
    """The hall opens only after work has begun in it."""
    openings = pl.DataFrame({"phase": ["hall"], "tick": [rng.randint(8 * DAY + 13 * HOUR, 90 * DAY)]})
    return park, frames | {"phase_openings": openings}


def down_machine(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A machine is down while it is used."""
    _, row = pick(rng, frames, lambda row: bool(row["machine"]))
    days = row["start_tick"] // DAY + rng.randint(1, 30)
    until = rng.choice((None, park.head.epoch + timedelta(days=days)))
    state = MachineState(resource=row["resource"], machine=row["machine"], status="down", until=until)
    return replace(park, state_machines=(state,)), frames


def work_when_closed(rng: random.Random, park: Park, frames: Frames) -> Case:
    """Work of the plant begins before it opens, ends after it closes, or is done on a Sunday or at night."""
    plant = ("frame", "fit", "pack", "machine", "proof")
    place, row = pick(rng, frames, lambda row: row["operation"] in plant and row["start_tick"] > 0)
    length = row["setup_ticks"] + row["work_ticks"]
    if rng.random() < 0.5:
        start = 10 * DAY + rng.randint(0, DAY - 1)
        return park, change(frames, place, start_tick=start, end_tick=start + length)
    opens = row["start_tick"] % DAY == 8 * HOUR
    closes = row["end_tick"] % DAY == 16 * HOUR
    if opens or closes:
        early, late = rng.randint(1, 8 * HOUR) if opens else 0, rng.randint(1, 8 * HOUR) if closes else 0
        return park, change(frames, place, start_tick=row["start_tick"] - early, end_tick=row["end_tick"] + late)
    start = row["start_tick"] // DAY * DAY + rng.randint(0, 8 * HOUR - 1)
    return park, change(frames, place, start_tick=start)


def post_twice(rng: random.Random, park: Park, frames: Frames) -> Case:
    """The same money again: as it is, later, or by a rule that has nothing to do with it."""
    cells = rng.choice(frames["schedule_postings"].to_dicts())
    how = rng.randrange(3)
    if how == 1:
        cells["tick"] += rng.randint(1, DAY)
    elif how == 2:
        posted = frames["schedule_postings"].filter(pl.col("unit_id") == cells["unit_id"])["sale"].to_list()
        cells["sale"] = rng.choice([sale.sale for sale in park.sales if sale.sale not in posted] + ["nothing"])
    return park, with_row(frames, "schedule_postings", **cells)


def no_posting(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A posting is left out."""
    return park, without(frames, "schedule_postings", rng.randrange(frames["schedule_postings"].height))


def false_posting(rng: random.Random, park: Park, frames: Frames) -> Case:
    """An amount, a tick, a unit or a rule of a posting is another."""
    place = rng.randrange(frames["schedule_postings"].height)
    cells = frames["schedule_postings"].to_dicts()[place]
    off = rng.choice((-1, 1)) * rng.choice((1, rng.randint(1, 10**6)))
    column = rng.choice(("yuan", "consigned_yuan", "tick", "unit_id", "sale"))
    other = {"unit_id": "o2/box_it/1", "sale": "nothing"}
    return park, edited(frames, "schedule_postings", place, **{column: other.get(column) or cells[column] + off})


def before_its_turn(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A step begins before what must come before it is done."""
    rows = frames["schedule_operations"].to_dicts()
    ends = {(row["unit_id"], row["end_tick"]) for row in rows}
    place, row = pick(
        rng, frames,
        lambda row: row["operation"] in AROUND_THE_CLOCK and (row["unit_id"], row["start_tick"]) in ends,
    )  # fmt: skip
    early = rng.randint(1, row["start_tick"])
    return park, change(frames, place, start_tick=row["start_tick"] - early, end_tick=row["end_tick"] - early)


def before_joined(rng: random.Random, park: Park, frames: Frames) -> Case:
    """The order is commissioned before its last box is set."""
    place, row = pick(rng, frames, lambda row: row["operation"] == "commission")
    last = frames["schedule_operations"].filter(operation="set")["end_tick"].max()
    early = rng.randint(row["start_tick"] - last + 1, row["start_tick"])
    return park, change(frames, place, start_tick=row["start_tick"] - early, end_tick=row["end_tick"] - early)


def before_release(rng: random.Random, park: Park, frames: Frames) -> Case:
    """The plan releases a unit later than it begins, or its order is placed later."""
    if rng.random() < 0.5:
        _, row = pick(rng, frames, lambda row: row["operation"] == "machine" or row["unit_id"] == "o1/box_cool/1")
        tick = row["start_tick"] + rng.randint(1, DAY)
        return park, frames | {
            "plan_unit_releases": pl.DataFrame({"unit_id": [row["unit_id"]], "release_tick": [tick]})
        }
    # nothing of the state is left, so that the order has yet to be designed
    return replace(park, state_operations=()), frames


def missing_step(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A step that others wait for is left out."""
    place, _ = pick(rng, frames, lambda row: row["operation"] != "acceptance")
    return park, without(frames, "schedule_operations", place)


def unit_twice(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A step of a unit is done again, at any time, or although the state calls it done."""
    _, cells = pick(rng, frames, lambda row: True)
    if rng.random() < 0.3:
        cells |= {"unit_id": "o1/pump/1", "product": "pump", "unit": 1, "operation": rng.choice(("machine", "proof"))}
    by = rng.randint(0, 60 * DAY)
    cells |= {"start_tick": cells["start_tick"] + by, "end_tick": cells["end_tick"] + by}
    return park, with_row(frames, "schedule_operations", **cells)


def strange_unit(rng: random.Random, park: Park, frames: Frames) -> Case:
    """Ids and numbers that the order does not have."""
    place, row = pick(rng, frames, lambda row: row["product"] != "kit")
    number = rng.choice((0, rng.randint(5, 10**6)))
    wrong = rng.choice(
        [
            {"unit": number, "unit_id": f"{row['order']}/{row['product']}/{number}"},
            {"unit_id": row["unit_id"] + "0"},
            {"order": "o9"},
            {"product": "kit"},
            {"operation": "polish"},
            {"during": "break"},
            {"unit": row["unit"] + rng.randint(1, 9)},
        ]
    )
    return park, change(frames, place, **wrong)


def strange_attempt(rng: random.Random, park: Park, frames: Frames) -> Case:
    """Attempts and reworks do not take turns."""
    place, row = pick(rng, frames, lambda row: True)
    reworks = {"during": "operation" if row["during"] == "rework" else "rework"}
    wrong = rng.choice((reworks, {"attempt": row["attempt"] + rng.randint(2, 9)}))
    return park, change(frames, place, **wrong)


def no_ship(rng: random.Random, park: Park, frames: Frames) -> Case:
    """A ship leaves at another time, or is too small."""
    ships = tuple(row.model_copy(update={"capacity_units": row.capacity_units.scaled(0.2)}) for row in park.legs)
    if rng.random() < 0.2:
        return replace(park, legs=ships), frames
    place, row = pick(rng, frames, lambda row: row["operation"] == "sea")
    by = rng.choice((1, rng.randint(1, 7 * DAY - 1), 7 * DAY))
    earlier = rng.random() < 0.5 or by == 7 * DAY
    by = -by if earlier else by
    return park, change(frames, place, start_tick=row["start_tick"] + by, end_tick=row["end_tick"] + by)


def strange_time(rng: random.Random, park: Park, frames: Frames) -> Case:
    """Times before the epoch, ends before starts, and times that no calendar knows."""
    place, row = pick(rng, frames, lambda row: True)
    far = rng.choice((1 << 60, (1 << 63) - 1, -1, -(1 << 62), row["start_tick"] - rng.randint(1, DAY)))
    return park, change(frames, place, end_tick=far)


MUTATORS: dict[Mutator, tuple[str, ...]] = {
    start_off: (), end_off: (), work_off: ("work",), other_machine: (), other_servers: ("machines",),
    no_setup: ("setups",), false_setup: ("setups",), too_little_stock: ("stock",), later_stock: ("stock",),
    forged_receipt: ("receipts",), early_receipt: ("receipts",), less_capacity: ("capacity",),
    closed_phase: ("capacity",), down_machine: ("machines-down",), work_when_closed: (), post_twice: ("postings",),
    no_posting: ("postings",), false_posting: ("postings",), before_its_turn: (), before_joined: ("joins",),
    before_release: (), missing_step: (), unit_twice: ("once",), strange_unit: ("known",), strange_attempt: (),
    no_ship: (), strange_time: (),
}  # fmt: skip
"""Every way of breaking a schedule, with the rules that must name it (where one rule must)."""


def cases_of(mutator: Mutator, park: Park, frames: Frames, shipped: Case) -> list[Case]:
    """Valid cases to break."""
    return [shipped] if mutator is no_ship else [(park, frames), shipped]


def check_kind(mutator: Mutator, cases: list[Case], runs: int) -> None:
    """Every mutant is rejected, by the rule that is about it, with words."""
    for seed, (park, frames) in mutants(mutator, cases, runs):
        certificate = check_schedule(park, frames)
        assert not certificate.ok, f"{mutator.__name__} {seed} went through"
        broken = certificate.checks.filter(pl.col("violations") > 0)
        assert set(MUTATORS[mutator]) <= set(broken["rule"]), f"{mutator.__name__} {seed}: {broken.to_dicts()}"
        assert broken["first"].str.len_chars().min() > 10


@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: mutator.__name__)
def test_mutants_are_rejected(mutator: Mutator, park: Park, frames: Frames, shipped: Case) -> None:
    """A hundred random mutants of each kind are rejected."""
    check_kind(mutator, cases_of(mutator, park, frames, shipped), RUNS)


@pytest.mark.release
@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: mutator.__name__)
def test_every_mutant_is_rejected(mutator: Mutator, park: Park, frames: Frames, shipped: Case) -> None:
    """Twenty thousand mutants over all kinds are rejected."""
    check_kind(mutator, cases_of(mutator, park, frames, shipped), -(-20_000 // len(MUTATORS)))
