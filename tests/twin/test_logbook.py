"""A trace is what its log says: rows written by hand, and work whose rows do not fit into the usual cells."""

from __future__ import annotations

import numpy as np
from small_parks import kit_park

from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.logbook import read
from aidc_twin.twin.run import run_once
from aidc_twin.twin.trace import operations


def works(step: int, start: int, end: int, work: int, *, tries: int = 0, slot: int = -1) -> list[int]:
    """Row of a piece of work."""
    return [((step << L.SLOT_BITS | slot + 1) << L.TRIES_BITS | tries) << L.KIND_BITS | L.LG_ROW, start, end, work]


def details(setup: int, slot: int, serial: int, *, tries: int = 0, route_step: int = -1) -> list[int]:
    """Row before one that has more to say."""
    return [(route_step + 1 << L.MOST_TRIES_BITS | tries) << L.KIND_BITS | L.LG_DETAIL, setup, slot, serial]


def changes(kind: int, step: int, *cells: int) -> list[int]:
    """Row that changes an earlier one."""
    return [step << L.STEP_SHIFT | kind, *cells]


def told(*rows: list[int]) -> list[list[int]]:
    """The trace of a log: what `layout.TR_STEP` says of each piece of work."""
    return read(np.array(rows, np.int64).reshape(-1, L.LG_COLUMNS)).tolist()


def test_rows_of_a_log() -> None:
    """Step, attempt and machine stand in one cell, up to the most that it holds."""
    most = (1 << L.SLOT_BITS) - 2
    assert told() == []
    assert told(works(3, 5, 9, 4), works((1 << 32) - 1, 5, 1 << 62, 1 << 61, tries=16_383, slot=most)) == [
        [3, 0, 5, 9, 0, 4, -1, 0, 0],
        [(1 << 32) - 1, 16_383, 5, 1 << 62, 0, 1 << 61, most, 0, 0],
    ]


def test_details_are_those_of_the_row_behind_them() -> None:
    """A changeover, a machine and an attempt of any size, and which unit of a source it is."""
    assert told(
        works(3, 5, 9, 4, slot=2),
        details(7, 1 << 40, 0, tries=(1 << 30) - 1),
        works(4, 5, 9, 4),
        details(0, 1, 8, route_step=0),
        works(3, 6, 8, 2),
    ) == [
        [3, 0, 5, 9, 0, 4, 2, 0, 0],
        [4, (1 << 30) - 1, 5, 9, 7, 4, 1 << 40, 0, 0],
        [-1, 0, 6, 8, 0, 2, 1, 8, 0],
    ]


def test_changes_are_of_the_last_row_of_their_step() -> None:
    """The machine of step 3 breaks down twice; both times its work begins again, and then it is cut off.

    Its next row, and rows of steps 2 and 4 between, stay as they are.
    """
    assert told(
        works(4, 0, 1, 1),
        details(6, 0, 0),
        works(3, 0, 26, 20),
        works(2, 2, 4, 2),
        changes(L.LG_AGAIN, 3, 0, 4, 20),
        changes(L.LG_END, 3, 40, 0, 0),
        changes(L.LG_AGAIN, 3, 0, 0, 20),
        changes(L.LG_END, 3, 50, 0, 0),
        changes(L.LG_CUT, 4, 1, 0, 3),
        changes(L.LG_CUT, 3, 45, 0, 5),
        works(3, 60, 61, 1),
    ) == [
        [4, 0, 0, 1, 0, 0, -1, 0, 1],
        [3, 0, 0, 45, 2, 15, 0, 0, 1],
        [2, 0, 2, 4, 0, 2, -1, 0, 0],
        [3, 0, 60, 61, 0, 1, -1, 0, 0],
    ]


def test_what_fails_leaves_its_step_open() -> None:
    """It ends as told, but its step is not passed; the next attempt passes it."""
    assert told(
        works(3, 5, 9, 4),
        changes(L.LG_OPEN, 3, 0, 0, 0),
        works(3, 9, 12, 3, tries=1),
        works(3, 12, 16, 4, tries=2),
    ) == [
        [3, 0, 5, 9, 0, 4, -1, 0, 1],
        [3, 1, 9, 12, 0, 3, -1, 0, 0],
        [3, 2, 12, 16, 0, 4, -1, 0, 0],
    ]


def test_attempts_beyond_the_usual_cell() -> None:
    """A test that hardly ever passes is tried more often than a row has room for; none of its attempts is lost."""
    park = kit_park({"operation": "test", "duration": "0.01", "fail_share": 0.99999, "rework": "0.01"}, orders=1)
    factory = read_factory(park)
    run = run_once(compile_arrays(factory), 1, trace=True)
    tests = operations(factory, run).sort("start_tick")["attempt"].to_list()
    assert tests[-1] * 2 >> L.TRIES_BITS
    assert tests == [i // 2 for i in range(len(tests))]
