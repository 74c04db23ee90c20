"""What is asserted after every replication: true runs pass, and each kind of wrong sum is caught and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from both_twins import run_to_the_end
from generated_parks import generated
from outcomes import PARKS
from small_parks import HOUR, kit_park, need, servers

from aidc_twin.errors import SimulationFault
from aidc_twin.park import load_park
from aidc_twin.twin import run as running
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import (
    GR_DONE,
    GR_LOST,
    GR_SCRAPPED,
    I64,
    L_EVERY,
    SAILING,
    V_JOB,
    W_ARRIVAL,
    W_TOKENS,
    ParkArrays,
    table,
)
from aidc_twin.twin.laws import Laws
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import run_once

Change = Callable[[dict[str, Any]], object]


def judged(name: str, monkeypatch: pytest.MonkeyPatch, change: Change | None = None) -> None:
    """A replication of a park, judged after `change` was made to a copy of its arrays (and of its state, `m`)."""
    factory = read_factory(load_park(PARKS / name))
    arrays = compile_arrays(factory)
    states: list[I64] = []
    result = running._result

    def watched(a: ParkArrays, m: I64, seed: int) -> Replication:
        states.append(m)
        return result(a, m, seed)

    monkeypatch.setattr(running, "_result", watched)
    run = run_once(arrays, 3)
    given = {key: value.copy() for key, value in vars(run).items() if isinstance(value, np.ndarray)}
    state = states[-1].copy()
    if change is not None:
        change(given | {"m": state})
    Laws.of(factory, arrays.whole).check(state, replace(run, **given))


def shift(name: str, where: Any, by: int = 1) -> Change:
    """Add to a cell of an array."""

    def change(arrays: dict[str, Any]) -> None:
        arrays[name][where] += by

    return change


def _age(arrays: dict[str, Any]) -> None:
    state = table(arrays["m"], V_JOB)
    state[np.flatnonzero(state[:, W_TOKENS])[0], W_ARRIVAL] += 5


def _vanish(arrays: dict[str, Any]) -> None:
    state = table(arrays["m"], V_JOB)
    state[np.flatnonzero(state[:, W_TOKENS])[0], W_TOKENS] = 0


def _done_before(arrays: dict[str, Any]) -> None:
    arrays["job_done"][np.argmax(arrays["job_done"])] = 0


def _done_late(arrays: dict[str, Any]) -> None:
    arrays["job_done"][np.argmax(arrays["job_done"])] = 10**15


def _more_capacity(arrays: dict[str, Any]) -> None:
    for name, where in (("total", (3, 1)), ("idle", (3, 1)), ("resource_weeks", (..., 3, [1, 3]))):
        arrays[name][where] += HOUR


def _gone_early(arrays: dict[str, Any]) -> None:
    arrays["group_weeks"][:-1, :, 2] = arrays["group_weeks"][-1, :, 2]


def _slow_weeks(arrays: dict[str, Any]) -> None:
    arrays["group_weeks"][:-1, :, 0] = 0


WRONG: dict[str, tuple[str, Change, str]] = {
    "idle": ("breakdowns", shift("idle", (0, 1), 7), "resource bay is used by week for another time than in all"),
    "idle below 0": ("blocking", shift("idle", (0, 0), -(10**9)), "resource saw is idle for less than no time"),
    "idle beyond all": ("blocking", shift("idle", (1, 1), 10**9), "resource place is idle for less than no time or"),
    "week": ("blocking", shift("used", (2, 0), 1), "resource bay is used by week for another time than in all"),
    "sums of a week": ("blocking", shift("resource_weeks", (0, 2, 3), 5), "resource bay is used in a week for another"),
    "fewer by week": ("crew", shift("resource_weeks", (1, 0, 3), -(10**9)), "resource welders is used in a week for"),
    "down by week": ("maintenance", shift("resource_weeks", (0, 0, 4), -(10**9)), "resource bay is used in a week for"),
    "warm-up": ("crew", shift("warm_up_work", (0, 0), 10**9), "resource welders is worked at in the warm-up for"),
    "warm-up below 0": ("crew", shift("warm_up_work", (0, 1), -1), "resource welders is worked at in the warm-up for"),
    "work": ("blocking", shift("work", 0, 10**7), "resource saw is worked at for longer than work takes"),
    "elapsed": ("blocking", shift("elapsed", 0, 10**7), "resource saw is worked at or down for longer than it is used"),
    "down": ("breakdowns", shift("down", 0, 10**7), "resource bay is worked at or down for longer than it is used"),
    "down below 0": ("maintenance", shift("down", 0, -(10**7)), "resource bay is worked at or down for longer"),
    "capacity": ("blocking", _more_capacity, "resource booth is there for another time than its capacity"),
    "peak": ("crew", shift("peak", 0, 9), "resource welders: "),
    "stock": ("supply", shift("available", -1, -(10**9)), "is below nothing at the horizon"),
    "stock from nowhere": ("supply", shift("available", -1, 10**9), "has come from nowhere"),
    "stock lost": ("lose", shift("class_weeks", (-1, slice(None), 0), -1), "stock of steel has been lost"),
    "unit from nowhere": ("sources", shift("groups", (2, GR_DONE), 1), "units of the source fast have come and are"),
    "unit without end": ("closed", _vanish, "units of the source pallet in the park are not those with work"),
    "age": ("closed", _age, "units of the source pallet are in the park for another time than they flow"),
    "lost unit": ("patience", shift("groups", (slice(None), GR_LOST), 1), "have come and are nowhere"),
    "completion": ("blocking", shift("job_done", 0, -(10**9)), "units of kit done are not those with a completion"),
    "before its start": ("blocking", _done_before, "one of the units of kit is done before it was begun"),
    "weeks": ("tiny", shift("group_weeks", (3, slice(None), 1), -1), "become fewer from week to week"),
    "last week": ("tiny", shift("group_weeks", (-1, 0, 3), 1), "by week are not those of the whole run"),
    "gone in a week": ("patience", shift("group_weeks", (..., -1, 5), 9), "by week are not those of the whole run"),
    "gone before they came": ("tiny", _gone_early, "have left in a week and had not come"),
    "starts": ("tiny", shift("class_weeks", (3, 0, 0), -(10**6)), "work is started fewer than no times"),
    "waits": ("tiny", shift("class_weeks", (0, 0, 1), -(10**12)), "work is started fewer than no times"),
    "after the horizon": ("tiny", _done_late, "is done before it was begun"),
    "flow of a week": ("tiny", _slow_weeks, "in a week do not flow as they should (Little's law)"),
    "money": ("tiny", shift("posted", (0, -1, 0), 10**15), "more than all units can bring"),
    "less money": ("tiny", shift("posted", (slice(None), slice(None), slice(None)), -1), "less than nothing"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_sum_is_caught(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends in words that name the resource, the material or the product, and ask for a report."""
    name, change, words = WRONG[case]
    with pytest.raises(SimulationFault) as caught:
        judged(name, monkeypatch, change)
    assert words in str(caught.value)
    assert "with seed 3" in str(caught.value)
    assert "please report it" in str(caught.value)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in WRONG.values()}))
def test_a_true_run_passes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same runs without a change keep to every law."""
    judged(name, monkeypatch)


def test_money_that_is_missing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what the units done have brought does not do."""

    def halve(arrays: dict[str, Any]) -> None:
        arrays["posted"] //= 2

    with pytest.raises(SimulationFault, match="less than the units done have brought"):
        judged("tiny", monkeypatch, halve)


def test_scrapped_units_of_orders_stay_in_the_park(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit of an order that is scrapped begins again: it has come once, and is done once."""
    judged("lose", monkeypatch)
    with pytest.raises(SimulationFault, match="units of kit have come and are nowhere"):
        judged("lose", monkeypatch, shift("groups", (0, slice(GR_DONE, GR_SCRAPPED)), -1))


def test_a_clock_that_goes_back_is_caught() -> None:
    """A ship whose next departure lies before this one ends the run; it would sail back for ever."""
    arrays = compile_arrays(read_factory(load_park(PARKS / "ships")))
    table(arrays.whole, SAILING)[:, L_EVERY] = -5
    with pytest.raises(SimulationFault, match="is to happen before the instant at which it is foreseen"):
        run_once(arrays, 3)


@pytest.mark.parametrize("means", [False, True])
def test_generated_parks_keep_the_laws(means: bool) -> None:
    """Parks that mix every mechanism at random."""
    for seed in range(200, 240):
        run_to_the_end(read_factory(generated(seed)), None, seed, means=means)


def test_a_machine_that_comes_back_broken_is_down_from_then_on() -> None:
    """Down in the state until hour 24, it fails at hour 20 for 8 hours: it is there from 24, and down until 28."""
    park = kit_park(
        {"operation": "weld", "duration": 2},
        **servers("bay"),
        needs=[need("weld", "bay")],
        breakdowns=[
            {"resource": "bay", "breakdown": "stop", "first_hours": 20, "uptime_hours": 9999, "repair_hours": 8}
        ],
        state_machines=[{"resource": "bay", "machine": 1, "status": "down", "until": "2026-10-06"}],
    )
    run = run_once(compile_arrays(read_factory(park)), 1)
    assert run.job_start[0] == 28 * HOUR
    assert run.down[0] == 4 * HOUR
