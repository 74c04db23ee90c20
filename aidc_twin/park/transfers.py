"""Table of a park folder about transfers: units that go on together, so many at a time, in rounds at fixed hours.

Part of the documented schema; `aidc_twin.park.schema` hands it on.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aidc_twin.park.row import Row, column
from aidc_twin.resources.cells import Id


class Transfer(Row):
    """Rounds in which units are moved on: an operation that starts at fixed hours only, for so many units at once."""

    __key__ = ("routing", "operation")
    routing: Annotated[Id, Field(**column("routing", "工艺路线"))]
    operation: Annotated[Id, Field(**column("operation that starts in rounds", "工序"))]
    every_hours: Annotated[float, Field(**column("between two rounds", "间隔", unit="hour", gt=0, le=1e6))]
    first_hours: Annotated[
        float, Field(**column("first round, in hours since the epoch", "首次", unit="hour", ge=0, le=1e6))
    ] = 0.0
    amount: Annotated[int, Field(**column("units that one round takes", "数量", unit="unit", ge=1, le=1_000_000))]
    above: Annotated[
        int,
        Field(
            **column(
                "a round takes nothing unless more units than this wait", "保留数量", unit="unit", ge=0, le=1_000_000
            )
        ),
    ] = 0
