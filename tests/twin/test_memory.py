"""What a unit takes of a replication's memory, from the layout and from states as they are made."""

from __future__ import annotations

import numpy as np
from small_parks import kit_park, make_park

from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import V_JOB, W_COLUMNS, ParkArrays
from aidc_twin.twin.run import fresh_state, room_of

CELL = 8
MOST = 64
"""Bytes of a unit beyond its operations."""


def state_of(arrays: ParkArrays) -> np.ndarray:
    """The memory of a replication, without a trace."""
    return fresh_state(arrays, room_of(arrays, trace=False), seed=1, means=False)


def ordered(units: int, steps: int) -> int:
    """Bytes of the state of a park with so many units of orders, of so many steps each."""
    park = kit_park(*({"operation": f"s{i}", "duration": 1} for i in range(steps)), orders=units)
    return state_of(compile_arrays(read_factory(park))).nbytes


def sourced(units: int, steps: int) -> int:
    """Bytes of the state of a park with room for so many units of a source."""
    rows = [
        {"routing": "part", "operation": f"s{i}", "stage": "manufacture", "duration": 1}
        | ({"after": (f"s{i - 1}",)} if i else {})
        for i in range(steps)
    ]
    park = make_park(
        {
            "entities": [{"entity": "maker", "kind": "integrator"}],
            "products": [
                {"product": "part", "kind": "component", "routing": "part", "maker": "maker", "value_yuan": 1}
            ],
            "operations": rows,
            "sources": [{"source": "line", "product": "part", "interval_hours": 0, "units": units, "most": 1}],
        }
    )
    return state_of(compile_arrays(read_factory(park))).nbytes


def test_a_row_of_a_unit_is_small() -> None:
    """Eight cells, and nothing else of the state has a row for each unit."""
    assert W_COLUMNS * CELL <= MOST
    state = state_of(compile_arrays(read_factory(kit_park({"operation": "a", "duration": 1}, orders=700))))
    assert state[V_JOB + 1 : V_JOB + 3].tolist() == [W_COLUMNS, 700]


def test_a_unit_takes_little_beyond_its_operations() -> None:
    """Of what 512 more units take, the part that does not grow with their steps is at most 64 bytes each."""
    for size in (ordered, sourced):
        more = {steps: (size(1024, steps) - size(512, steps)) / 512 for steps in (1, 2, 3)}
        step = more[2] - more[1]
        assert more[3] - more[2] == step > 0
        assert 0 < more[1] - step <= MOST
