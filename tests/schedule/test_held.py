"""Machines that are kept until the next step has room: the search decodes what the twin does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from held_parks import held_park

from aidc_twin.loop.once import lots_of
from aidc_twin.schedule.desk import Aims, Desk
from aidc_twin.schedule.detailed import Detailed, Placed
from aidc_twin.schedule.dispatch import make_schedule
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop
from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.near import Near, near_problem
from aidc_twin.schedule.shop import executed, improved
from aidc_twin.schedule.statement import rows_of, statement
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.run import run_once
from aidc_twin.verify import check_schedule
from aidc_twin.verify.floor import Row, check_floor

WEEKS = 12
CIRCLE = "units do not wait for each other in a circle"
ALONE = "a machine does one operation at a time"


def near_of(seed: int, *, batches: bool, orders: int = 8) -> tuple[Factory, Near]:
    """A drawn park as the twin runs it."""
    factory = read_factory(held_park(seed, batches=batches, orders=orders))
    arrays = compile_arrays(factory, Policy())
    run = run_once(arrays, 0, means=True, trace=True)
    return factory, near_problem(factory, Policy(), arrays, run, factory.horizon)


def broken(d: Detailed, rows: list[Row], tardiness: int) -> set[str]:
    """Rules that a schedule breaks."""
    checks = check_floor(statement(d), rows, tardiness).checks
    return set(checks.filter(checks["violations"] > 0)["rule"])


def same(quick: Placed, full: Placed) -> None:
    """Two schedules are equal in all that counts."""
    for name in ("start", "end", "setup", "done", "machine"):
        assert (getattr(quick, name) == getattr(full, name)).all(), name
    assert quick.figures == full.figures


def keeping(seed: int) -> Detailed:
    """A generated problem in which many machines are kept until the next operation starts, or ends, on a later one."""
    d, rng = generated(200, seed), np.random.default_rng(seed)
    keeps = np.full(d.operations, C.OWN_END)
    for i in range(d.operations):
        j = int(d.after[i][0]) if len(d.after[i]) == 1 else i
        if d.options.number[i][0] < d.options.number[j][0] and rng.random() < 0.6:
            keeps[i] = 2 * j + int(rng.random() < 0.3)
    return replace(d, keeps=keeps)


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_delta_decoding_is_full_decoding(seed: int) -> None:
    """After any accepted moves every time and figure is that of decoding all anew, and the checker agrees."""
    d, g = keeping(seed), np.array([2 * seed + 1], np.int64)
    desk = Desk(d, Aims(makespan=0.5))
    assert (d.keeping >= 0).sum() > 30
    assert desk.dispatch("ATC")
    for _ in range(20):
        desk.anneal(g, 3_000, 50.0)
        quick = desk.placed()
        assert desk.again()
        same(quick, desk.placed())
        assert not broken(d, rows_of(quick), quick.figures[0])
    assert desk.floor[C.TAKEN] > 500


def test_what_frees_a_machine_comes_before_what_is_next_on_it() -> None:
    """An order of keys in which two units would wait for each other is no schedule."""
    d = keeping(0)
    desk = Desk(d, Aims())
    assert desk.dispatch("ATC")
    placed = desk.placed()
    kept = [i for i in np.flatnonzero(d.keeping >= 0).tolist() if desk.cell(C.F_NEXT, d.operations)[i] >= 0]
    i = kept[0]
    frees, behind = int(d.keeping[i]) >> 1, int(desk.cell(C.F_NEXT, d.operations)[i])
    key = placed.key.copy()
    key[behind] = (key[i] + key[frees]) // 2
    assert key[i] < key[behind] < key[frees]
    assert not desk.load(replace(placed, key=key))
    assert desk.load(placed)


@pytest.mark.parametrize("seed", range(6))
def test_the_twin_executes_what_is_found_in_drawn_parks(seed: int) -> None:
    """The twin's order gives the twin's times; what moves of it are accepted the twin executes to the tick."""
    factory, near = near_of(seed, batches=False)
    desk, g = Desk(near.problem, Aims(), int(near.first.end.max())), np.array([2 * seed + 1], np.int64)
    assert desk.load(near.first)
    assert (desk.placed().start <= near.first.start).all()
    for _ in range(3):
        desk.anneal(g, 2_000, 1e5)
        quick = desk.placed()
        assert desk.decode()
        placed = desk.placed()
        assert (placed.start <= quick.start).all()
        assert not broken(near.problem, rows_of(placed), placed.figures[0])
        assert executed(factory, Policy(), near, placed, WEEKS)[1] == 0


@pytest.mark.parametrize("seed", [1, 6])
def test_a_search_makes_orders_earlier_and_the_park_agrees(seed: int) -> None:
    """The whole way: dispatching, search, execution by the twin, and the checker of parks."""
    park = held_park(seed, batches=False)
    factory = read_factory(park)
    first = make_schedule(factory, Policy(), WEEKS, ("first come first served",))
    shop = improved(factory, Policy(), first, Stop(lambda: 0.0, 1.0, 30_000))
    assert shop.search is not None
    assert shop.search.best.cost < shop.search.trajectory[0][1]
    assert shop.replayed == 0
    frames = {**shop.schedule.frames, "plan_purchases": lots_of(factory)}
    assert check_schedule(park, frames, fixed=True).ok


def test_the_checker_finds_a_machine_that_is_taken_too_early() -> None:
    """A start before the machine is left is found, and so is a circle at one instant."""
    d = keeping(0)
    desk = Desk(d, Aims())
    assert desk.dispatch("ATC")
    placed = desk.placed()
    follow = desk.cell(C.F_NEXT, d.operations)
    stated, rows = statement(d), rows_of(placed)
    late = [
        i for i in np.flatnonzero(d.keeping >= 0).tolist()
        if follow[i] >= 0 and placed.start[follow[i]] == placed.start[int(d.keeping[i]) >> 1] > placed.end[i]
    ]  # fmt: skip
    behind = int(follow[late[0]])
    machine, start, end, setup = rows[behind]
    mutant = [*rows[:behind], (machine, start - 1, end - 1, setup), *rows[behind + 1 :]]
    checks = check_floor(stated, mutant, placed.figures[0]).checks
    assert ALONE in checks.filter(checks["violations"] > 0)["rule"].to_list()
    one = {"release": 0, "choices": {0: 5, 1: 5}, "family": -1, "starts_in": -1, "works_in": -1, "uses": [],
           "takes": [], "gives": [], "gives_early": [], "order": 0, "tail": -1, "fixed": (-1, -1)}  # fmt: skip
    swap = {
        "operations": [
            one | {"before": [], "leaves": ("start", 1)}, one | {"before": [0], "leaves": ("own", -1)},
            one | {"before": [], "leaves": ("start", 3)}, one | {"before": [2], "leaves": ("own", -1)},
        ],
        "machines": [{"from": 0, "family": -1, "down": [], "setup": [], "kept": ("own", -1)}] * 2,
        "calendars": [], "capacity": [], "supply": [], "due": [0], "weight": [1],
    }  # fmt: skip
    at_once = [(0, 0, 5, 0), (1, 5, 10, 0), (1, 0, 5, 0), (0, 5, 10, 0)]
    checks = check_floor(swap, at_once, 0).checks
    assert checks.filter(checks["violations"] > 0)["rule"].to_list() == [CIRCLE]
