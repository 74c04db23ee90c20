"""A trace is what its log says: rows written by hand, and work whose rows do not fit into the usual cells."""

from __future__ import annotations

import numpy as np
from small_parks import kit_park

from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.events import ID_BITS
from aidc_twin.twin.logbook import read
from aidc_twin.twin.memory import Shelf
from aidc_twin.twin.run import run_once
from aidc_twin.twin.trace import operations


def works(step: int, start: int, end: int, work: int, *, tries: int = 0, slot: int = -1) -> list[int]:
    """Row of a piece of work."""
    rest = ((slot + 1) << L.TRIES_BITS | tries) << L.MORE_BITS | end - start - work
    return [(step << L.START_BITS | start) << L.KIND_BITS | L.LG_ROW, rest << L.WORK_BITS | work]


def more(what: int, value: int) -> list[int]:
    """Row that goes on with what the row before it says."""
    return [what << L.KIND_BITS | L.LG_MORE, value]


def wide(
    step: int, start: int, end: int, work: int, *, tries: int, slot: int, setup: int, of: int = -1, serial: int = 0
) -> list[int]:
    """Rows of a piece of work of any size; `of` is the route step of a source's unit, `serial` its number."""
    first = [(step << L.MOST_TRIES_BITS | tries) << L.KIND_BITS | L.LG_WIDE, start]
    return [*first, *more(of + 1, end), *more(serial, work), *more(setup, slot)]


def changes(kind: int, step: int, value: int) -> list[int]:
    """Row that changes an earlier one."""
    return [step << L.KIND_BITS | kind, value]


def told(*rows: list[int]) -> list[list[int]]:
    """The trace of a log: what `layout.TR_STEP` says of each piece of work."""
    return read(np.array([cell for row in rows for cell in row], np.int64).reshape(-1, L.LG_COLUMNS)).tolist()


def test_rows_of_a_log() -> None:
    """What a piece of work is stands in two cells, up to the most that they hold."""
    start, work, beyond, tries, slot = (
        (1 << bits) - 1 for bits in (L.START_BITS, L.WORK_BITS, L.MORE_BITS, L.TRIES_BITS, L.SLOT_BITS)
    )
    step, end = (1 << ID_BITS) - 1, start + work + beyond
    assert told() == []
    assert told(works(3, 5, 9, 4), works(step, start, end, work, tries=tries, slot=slot - 1)) == [
        [3, 0, 5, 9, 0, 4, -1, 0, 0],
        [step, tries, start, end, 0, work, slot - 1, 0, 0],
    ]


def test_wide_rows() -> None:
    """Ticks, a changeover, a machine and an attempt of any size, and which unit of a source it is."""
    most = (1 << ID_BITS) - 1, 1 << 60, 1 << 62, 1 << 61
    assert told(
        works(3, 5, 9, 4, slot=2),
        wide(*most, tries=(1 << 30) - 1, slot=1 << 40, setup=7),
        wide(4, 6, 8, 2, tries=0, slot=1, setup=0, of=0, serial=8),
        works(3, 9, 10, 1),
    ) == [
        [3, 0, 5, 9, 0, 4, 2, 0, 0],
        [most[0], (1 << 30) - 1, 1 << 60, 1 << 62, 7, 1 << 61, 1 << 40, 0, 0],
        [-1, 0, 6, 8, 0, 2, 1, 8, 0],
        [3, 0, 9, 10, 0, 1, -1, 0, 0],
    ]


def test_a_changeover_has_a_row_of_its_own() -> None:
    """It stands behind the work that it is of, whatever changes that later."""
    assert told(
        works(4, 0, 9, 3),
        [L.LG_SETUP, 6],
        works(3, 0, 26, 20, tries=2, slot=1),
        [L.LG_SETUP, (1 << 60)],
        works(2, 2, 4, 2),
        [*changes(L.LG_CUT, 4, 1), *more(5, 3)],
    ) == [
        [4, 0, 0, 1, 1, 0, -1, 0, 1],
        [3, 2, 0, 26, 1 << 60, 20, 1, 0, 0],
        [2, 0, 2, 4, 0, 2, -1, 0, 0],
    ]


def test_changes_are_of_the_last_row_of_their_step() -> None:
    """The machine of step 3 breaks down twice; both times its work begins again, and then it is cut off.

    Its next row, and rows of steps 2 and 4 between, stay as they are.
    """
    assert told(
        works(4, 0, 1, 1),
        wide(3, 0, 26, 20, tries=0, slot=0, setup=6),
        works(2, 2, 4, 2),
        [*changes(L.LG_AGAIN, 3, 20), *more(4, 0)],
        changes(L.LG_END, 3, 40),
        [*changes(L.LG_AGAIN, 3, 20), *more(0, 0)],
        changes(L.LG_END, 3, 50),
        [*changes(L.LG_CUT, 4, 1), *more(0, 3)],
        [*changes(L.LG_CUT, 3, 45), *more(0, 5)],
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
        changes(L.LG_OPEN, 3, 0),
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


def test_a_memory_is_lent_again_when_nothing_of_it_is_in_use() -> None:
    """A part of a part keeps all of it; what is much too large, or too small, is left."""
    shelf = Shelf()
    memory = shelf.lend(shelf.LEAST)
    address, part = memory.ctypes.data, memory.reshape(-1, 2)[1:, 1]
    part[:] = 7
    del memory
    other = shelf.lend(shelf.LEAST)
    other[:] = 0
    assert other.ctypes.data != address
    assert (part == 7).all()
    del part
    again = shelf.lend(shelf.LEAST)
    assert again.ctypes.data == address
    del again
    wide = shelf.lend(2 * shelf.LEAST)
    assert wide.ctypes.data != address
    del wide
    assert len(shelf.lend(shelf.LEAST - 1)) == shelf.LEAST - 1
    assert len(shelf.free) == 1


def test_a_log_is_its_replication_s_own() -> None:
    """A log is the same after others have been written, also where its memory was lent before."""
    park = kit_park({"operation": "test", "duration": "tri(1,2,4)", "fail_share": 0.3, "rework": 1}, orders=9000)
    arrays = compile_arrays(read_factory(park))
    first = run_once(arrays, 1, trace=True)
    told_at_once = read(first.log)
    others = [run_once(arrays, seed, trace=True) for seed in (2, 3)]
    assert first.log.size > Shelf.LEAST
    assert np.array_equal(read(first.log), told_at_once)
    assert np.array_equal(run_once(arrays, 1, trace=True).trace, told_at_once)
    assert not np.array_equal(others[0].trace, others[1].trace)
