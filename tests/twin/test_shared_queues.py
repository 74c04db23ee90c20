"""Classes of work that can start at the same times share a queue; with a queue each they do the same."""

from __future__ import annotations

import pytest
from generated_parks import generated
from outcomes import NAMES, PARKS, digest_of

from aidc_twin.errors import SimulationFault
from aidc_twin.park import load_park
from aidc_twin.park.park import Park
from aidc_twin.twin import floor_tables
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import QUEUES
from aidc_twin.twin.run import run_once


def left_behind(park: Park) -> tuple[str, int]:
    """Digest of all that a replication gives, or the words in which it ends, and the number of queues."""
    arrays = compile_arrays(read_factory(park))
    try:
        found = digest_of(run_once(arrays, 5, trace=True))
    except SimulationFault as error:
        found = str(error)
    return found, int(arrays.whole[QUEUES + 2])


def both(park: Park, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Numbers of queues, fewer and all; what a replication gives is the same with both."""
    found, few = left_behind(park)
    with monkeypatch.context() as patch:
        patch.setattr(floor_tables, "_alike", lambda factory, rows: list(range(len(rows))))  # pyright: ignore
        other, many = left_behind(park)
    assert found == other
    return few, many


def test_the_shipped_park(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has less than half as many queues as classes."""
    few, many = both(load_park("wuxi-aidc"), monkeypatch)
    assert 2 * few < many


def test_small_and_generated_parks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some have fewer queues; none does anything else."""
    parks = [load_park(PARKS / name) for name in NAMES] + [generated(seed) for seed in range(30)]
    saved = sum(few < many for few, many in (both(park, monkeypatch) for park in parks))
    assert saved > 10
