"""The compiled twin and the plain one tell the same story, row by row, yuan by yuan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from both_twins import parted
from generated_beside import is_worked_beside, worked_beside
from generated_parks import generated, generated_policy
from generated_repairs import repaired_by_several, takes_several
from generated_walls import has_walls, walled
from small_parks import DAY

from aidc_twin.park import load_park
from aidc_twin.park.schema import Capacity
from aidc_twin.twin.compile import Policy
from aidc_twin.units.quantity import parse_quantity

PARKS = Path(__file__).parents[1] / "parks"
NAMES = sorted(folder.name for folder in PARKS.iterdir() if (folder / "park.toml").exists())


def generated_difference(seed: int) -> str:
    """Where the twins part on a generated park under a generated policy; every fifth with means only."""
    park = generated(seed)
    return parted(park, seed, generated_policy(park, seed), means=seed % 5 == 4)


@pytest.mark.parametrize("name", NAMES)
def test_small_parks(name: str) -> None:
    """Each mechanism by itself, for several seeds and for means."""
    park = load_park(PARKS / name)
    for seed in (0, 1, 2, 2**64 - 1):
        assert parted(park, seed) == ""
    assert parted(park, 1, means=True) == ""


def test_ranks_and_priorities() -> None:
    """Ranks of single steps go before priorities of units, and those before due dates."""
    park = load_park(PARKS / "crew")
    priority = {f"k{order}/{box}/{n}": 7 * n - order for order in (1, 2, 3) for box in ("red", "blue") for n in (1, 2)}
    rank = {(f"k{order}/blue/1", step): -order for order in (1, 2, 3) for step in ("weld", "paint")}
    for policy in (Policy(priority=priority), Policy(rank=rank), Policy(priority=priority, rank=rank)):
        assert parted(park, 3, policy) == ""
        assert parted(park, 3, policy, means=True) == ""


def test_releases_levels_and_purchases() -> None:
    """What a plan asks for: earliest releases, shift levels by week, purchase orders of its own."""
    tiny, supply, hours = (load_park(PARKS / name) for name in ("tiny", "supply", "hours"))
    release = {"o2/box_it/1": 60 * DAY, "o2/box_cool/1": 70 * DAY, "o3/box_it/2": 10 * DAY}
    levels = {("plant", week): 1 + week % 2 for week in range(66)}
    assert parted(tiny, 1, Policy(release_tick=release, levels=levels)) == ""
    assert parted(hours, 1, Policy(levels={("day", 0): 2, ("day", 1): 0})) == ""
    lots = [("steel", 0, 12.5), ("paint", 7 * DAY, 8.25), ("steel", 21 * DAY, 4.0), ("steel", 28 * DAY, 0.0)]
    for lines in (lots, []):
        assert parted(supply, 1, Policy(purchases=lines)) == ""


@pytest.mark.parametrize("tick_us", [60_000_000, 3_600_000_000, 1000])
def test_other_ticks(tick_us: int) -> None:
    """The length of a tick is the park's own."""
    park = load_park(PARKS / "tiny")
    assert parted(replace(park, head=park.head.model_copy(update={"tick_us": tick_us})), 1) == ""


def test_the_comparison_can_fail() -> None:
    """A difference of one machine between what the two are told is seen."""
    from both_twins import compiled, differences
    from naive import simulate

    park = load_park(PARKS / "setups")
    more = replace(park, capacity=(Capacity(resource="bay", amount=parse_quantity("3")),))
    assert differences(compiled(park, 1), simulate(more, 1)).startswith("trace")


@pytest.mark.parametrize("seed", [98, 194, 239, 434, 745, 1164, 1224, 1276, 1412, 1577, 2041, 2342])
def test_parks_that_once_parted_the_twins(seed: int) -> None:
    """Generated parks on which one of the twins was wrong."""
    assert generated_difference(seed) == ""


@pytest.mark.parametrize("seed", range(60))
def test_generated_parks(seed: int) -> None:
    """Parks that mix every mechanism at random."""
    assert generated_difference(seed) == ""


def repairs_difference(seed: int) -> str:
    """Where the twins part on a generated park with repairs by several people; nothing where there are none."""
    park = repaired_by_several(seed)
    if not takes_several(park):
        return ""
    return parted(park, seed, generated_policy(park, seed), means=seed % 5 == 4)


@pytest.mark.parametrize("seed", [3, 6, 9, 14, 15, 17])
def test_repairs_by_several_people(seed: int) -> None:
    """Parks in which some repair takes two or three of a crew."""
    assert takes_several(repaired_by_several(seed))
    assert repairs_difference(seed) == ""


@pytest.mark.release
def test_many_repairs_by_several_people() -> None:
    """A hundred of them and more."""
    assert sum(map(takes_several, map(repaired_by_several, range(400)))) >= 100
    parts = {seed: repairs_difference(seed) for seed in range(400)}
    assert {seed: words for seed, words in parts.items() if words} == {}


def walls_difference(seed: int) -> str:
    """Where the twins part on a generated park with steps that always fail; nothing where there are none."""
    park = walled(seed)
    return parted(park, seed, generated_policy(park, seed), means=seed % 5 == 4) if has_walls(park) else ""


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 7, 9, 12])
def test_steps_that_no_unit_passes(seed: int) -> None:
    """Parks in which some step always fails, and what fails too often is scrapped."""
    assert has_walls(walled(seed))
    assert walls_difference(seed) == ""


@pytest.mark.release
def test_many_steps_that_no_unit_passes() -> None:
    """A hundred of them and more."""
    assert sum(map(has_walls, map(walled, range(600)))) >= 100
    parts = {seed: walls_difference(seed) for seed in range(600)}
    assert {seed: words for seed, words in parts.items() if words} == {}


def beside_difference(seed: int) -> str:
    """Where the twins part on a generated park with work beside a machine that is kept; nothing where there is none."""
    park = worked_beside(seed)
    return parted(park, seed, generated_policy(park, seed), means=seed % 5 == 4) if is_worked_beside(park) else ""


@pytest.mark.parametrize("seed", [0, 2, 3, 4, 6, 7, 8, 10])
def test_work_beside_a_machine_that_is_kept(seed: int) -> None:
    """Parks in which a unit is worked at on a machine that it keeps and elsewhere at once."""
    assert is_worked_beside(worked_beside(seed))
    assert beside_difference(seed) == ""


@pytest.mark.release
def test_much_work_beside_machines_that_are_kept() -> None:
    """A hundred of them and more."""
    assert sum(map(is_worked_beside, map(worked_beside, range(400)))) >= 100
    parts = {seed: beside_difference(seed) for seed in range(400)}
    assert {seed: words for seed, words in parts.items() if words} == {}


@pytest.mark.release
def test_many_generated_parks() -> None:
    """Two thousand of them."""
    parts = {seed: generated_difference(seed) for seed in (*range(60, 100), *range(1000, 3000))}
    assert {seed: words for seed, words in parts.items() if words} == {}
