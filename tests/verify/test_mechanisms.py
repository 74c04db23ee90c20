"""The checker on every mechanism: what the twin does is valid, and each way of breaking a rule is found."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from executed_parks import OPERATIONS, Frames, case, edited, executed, later, received, shifted, violated, without
from generated_beside import is_worked_beside, worked_beside
from generated_parks import generated
from generated_walls import has_walls, walled
from outcomes import NAMES

from aidc_twin.verify import check_schedule


@pytest.mark.parametrize("name", NAMES)
def test_small_parks_are_valid(name: str) -> None:
    """With mean durations and with drawn ones."""
    for means in (True, False):
        assert violated(*case(name, means), means) == {}


@pytest.mark.parametrize("seed", range(30))
def test_generated_parks_are_valid(seed: int) -> None:
    """Every mechanism, mixed."""
    park = generated(seed)
    for means in (True, False):
        assert violated(park, executed(park, seed, means), means) == {}


@pytest.mark.parametrize("seed", [23, 31, 33, 41, 44, 62, 63, 98, 125, 129])
def test_generated_parks_that_were_once_refused(seed: int) -> None:
    """A ship takes units from closed machines; work of a transfer goes on at any time after a break.

    A unit that is scrapped does again what the opening state calls done. At tick 0 more may be held than is there.
    Attempts that fail and work that is cut off post nothing.
    """
    park = generated(seed)
    for means in (True, False):
        assert violated(park, executed(park, 1, means), means) == {}


@pytest.mark.parametrize("seed", [2, 4, 7, 8])
def test_work_beside_machines_that_are_kept_is_valid(seed: int) -> None:
    """Also a last step without time, at whose start the machine is given back."""
    park = worked_beside(seed)
    assert is_worked_beside(park)
    for means in (True, False):
        assert violated(park, executed(park, seed, means), means) == {}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_steps_that_no_unit_passes_are_valid(seed: int) -> None:
    """Units that fail as often as they may, and are scrapped then."""
    park = walled(seed)
    assert has_walls(park)
    for means in (True, False):
        assert violated(park, executed(park, seed, means), means) == {}


REFUSED = [(210, 7), (248, 7), (306, 7), (323, 7), (441, 7), (637, 7), (1118, 5), (1200, 5), (1306, 5), (252, 1)]
RARELY_REFUSED = [
    *((seed, 7) for seed in (171, 331, 383, 413, 474, 526, 537, 621, 633, 767, 812, 874, 915, 937)),
    *((seed, 5) for seed in (1047, 1297, 1395, 1401, 1424, 1447, 1483, 1506, 1522, 1524, 1871, 1886)),
]


@pytest.mark.parametrize(
    ("seed", "run"), [*REFUSED, *(pytest.param(*one, marks=pytest.mark.release) for one in RARELY_REFUSED)]
)
def test_more_parks_that_were_once_refused(seed: int, run: int) -> None:
    """Work that is cut off may be less than learning leaves of it, or left undone at the end of the horizon.

    Steps of the opening state that a branch leads back to, machines that were given back before a further lap or stand
    still to the end, work that a failure made begin anew, parts that are scrapped in a rework or whose parent was lost,
    and parents of which nothing is told.
    """
    park = generated(seed)
    for means in (True, False):
        assert violated(park, executed(park, run, means), means) == {}


def test_a_scrapped_unit_does_all_anew() -> None:
    """Where the state calls the step before done, that was before the unit was scrapped."""
    park = generated(31)
    frames = executed(park, 1, False)
    assert "precedence" in violated(park, shifted(frames, "o0/box/1", "box-1", -1 / 60, 1), False)
    assert "precedence" in violated(park, without(frames, "o0/box/1", "box-0"), False)


def test_an_attempt_of_no_time_that_is_scrapped_gives_its_machine_back() -> None:
    """It begins anew in the instant in which that attempt began: its number tells which came first."""
    park = walled(29)
    frames = executed(park, 29, False)
    strip = frames[OPERATIONS].filter(pl.col("unit_id") == "lots/2/strip/1")
    starts = {(name, attempt): start for name, attempt, start in strip["operation", "attempt", "start_tick"].rows()}
    assert starts["press-b", 0] == starts["lie", 1] > starts["lie", 0]
    assert violated(park, frames, False) == {}


def test_nothing_is_seized_that_the_opening_state_holds() -> None:
    """Of two bays one is down, and two tanks are on them: that may be, but no third one begins."""
    park = generated(62)
    frames = executed(park, 1, True)
    assert "capacity" not in violated(park, frames, True)
    resumed = frames[OPERATIONS].filter((pl.col("unit_id") == "o0/tank/2") & (pl.col("operation") == "tank-0"))
    third = resumed.with_columns(unit_id=pl.lit("o0/tank/1"), unit=pl.lit(1, resumed.schema["unit"]))
    more = frames | {OPERATIONS: pl.concat([frames[OPERATIONS], third])}
    assert violated(park, more, True)["capacity"] == (
        "bay1 at 2026-10-27 00:00:00: 3 in use, 1 there; o0/tank/1 tank-0 takes it"
    )


@pytest.mark.release
def test_many_generated_parks_are_valid() -> None:
    """The same over more of them."""
    for seed in range(30, 1000):
        park = generated(seed)
        for means in (True, False):
            assert violated(park, executed(park, 1, means), means) == {}, seed


MUTANTS: list[tuple[str, bool, Callable[[Frames], Frames], str]] = [
    # a tug an hour after its round; four kits in a round of three
    ("transfers", True, lambda f: shifted(f, "k6", "tug", 1), "transfers"),
    ("transfers", True, lambda f: shifted(shifted(f, "k6", "tug", -4), "k5", "tug", -4), "transfers"),
    # a service of half its time, not at a closing
    ("breaks_anew", False, lambda f: shifted(f, "machine/bay/1", "service", -3), "repairs"),
    # a fourth unit in an oven for three; one alone, where two go and none has waited for five hours
    ("batches", True, lambda f: shifted(f, "line/9", "bake", -5), "batches"),
    ("batches", True, lambda f: without(f, "line/2", "bake"), "batches"),
    ("batches", True, lambda f: edited(f, "line/4", "bake", end_tick=later(1), work_ticks=later(1)), "batches"),
    # the setter is at work when the third part goes in
    ("look", True, lambda f: shifted(f, "k3", "enter", -3.5), "looks"),
    ("on_rig", True, lambda f: edited(f, "k1", "test", machine=2), "machines"),
    ("on_rig", True, lambda f: edited(f, "k1", "test", resource="", machine=0), "machines"),
    # the saw is kept until the bay takes the unit
    ("blocking", True, lambda f: shifted(f, "k4", "cut", -0.5), "capacity"),
    # a sublot on the other saw than its sibling; a splitter that is taken before its lot has gone
    ("lots", True, lambda f: edited(f, "lots/1/sublot/2", "cut", machine=2), "same-machine"),
    ("lots", True, lambda f: shifted(f, "lots/2", "split", -1), "capacity"),
    # a sublot on the other press than its siblings
    ("same_way", True, lambda f: edited(f, "line/2/strip/2", "press-1", operation="press-2", resource="press-2"),
     "same-way"),
    ("sources", True, lambda f: edited(f, "slow/3", "weld", unit_id="slow/9", unit=9), "release"),
    ("sources", True, lambda f: edited(f, "slow/3", "weld", unit_id="slow/03"), "known"),
    # a receipt of more than was cast, and of more than base stock is short of
    ("outputs", True, lambda f: received(f, "output", quantity=1), "receipts"),
    ("outputs", True, lambda f: received(f, "output", tick=-1), "receipts"),
    ("outputs", True, lambda f: received(f, "base_stock", quantity=1001), "receipts"),
    ("windows", True, lambda f: shifted(f, "k1", "weld", -1), "open-hours"),
    ("give_back", True, lambda f: edited(f, "d1", "grind", 1, end_tick=later(1), work_ticks=later(1)), "work"),
    ("give_back", True, lambda f: shifted(f, "k2", "weld", -24, 1), "rework"),
    ("breakdowns", False, lambda f: edited(f, "machine/bay/1", "seizure", end_tick=later(1)), "repairs"),
    ("breakdowns", False, lambda f: edited(f, "machine/bay/1", "seizure", operation="rust"), "known"),
    ("breakdowns", False, lambda f: edited(f, "k3", "weld", start_tick=later(-3)), "machines-down"),
    ("breakdowns", False, lambda f: without(f, "machine/bay/1", "seizure"), "duration"),
    ("branches", True, lambda f: without(f, "k1", "cut"), "precedence"),
    ("branches", True, lambda f: shifted(f, "k1", "weld", -1), "precedence"),
    ("branches", True, lambda f: edited(f, "line/2", "press", unit_id="line/1", unit=1, attempt=1), "precedence"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "means", "mutate", "rule"), MUTANTS)
def test_mutants_are_rejected(name: str, means: bool, mutate: Callable[[Frames], Frames], rule: str) -> None:
    """Each way of breaking a rule is found under its name."""
    park, frames = case(name, means)
    assert rule in violated(park, mutate(frames), means)


def test_a_repair_is_no_part_of_fixed_durations() -> None:
    """Nothing breaks down where all durations are their means."""
    park, frames = case("breakdowns", False)
    assert "nothing breaks down" in violated(park, frames, True)["repairs"]


def test_the_certificate_says_what_it_does_not_check() -> None:
    """What frames cannot show stands there with no check and its reason; a park without such things has no such row."""
    checks = check_schedule(*case("sources", False)).checks
    unchecked = {row["rule"]: row for row in checks.to_dicts() if row["first"].startswith("not checked")}
    assert set(unchecked) == {"arrivals"}
    assert (unchecked["arrivals"]["checked"], unchecked["arrivals"]["violations"]) == (0, 0)
    assert "time-to-failure" in set(check_schedule(*case("breakdowns", False)).checks["rule"])
    assert not check_schedule(*case("tiny", True), fixed=True).checks["first"].str.contains("not checked").any()
