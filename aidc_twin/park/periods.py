"""Tables of a park folder about capacity by period: amounts of single periods, overlapping steps, earliest starts.

Part of the documented schema; `aidc_twin.park.schema` hands all of it on.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aidc_twin.park.row import ONE, Row, column
from aidc_twin.resources.cells import Id
from aidc_twin.units.quantity import Quantity


class Bucket(Row):
    """What a resource of kind `bucketed` can do in one of its periods, once or again and again."""

    __key__ = ("resource", "bucket", "every")
    resource: Annotated[Id, Field(**column("resource of kind `bucketed`", "资源"))]
    bucket: Annotated[int, Field(**column("number of the period, from 1", "时段序号", ge=1, le=1_000_000))]
    amount: Annotated[Quantity, Field(**column("work that it can do in that period; its nominal value counts", "数量"))]
    every: Annotated[
        int,
        Field(**column("again after so many periods; 0: once, instead of what repeats", "循环", ge=0, le=1_000_000)),
    ] = 0


class Overlap(Row):
    """A step that begins on what a step before it has done already: both need a resource of kind `bucketed`."""

    __key__ = ("routing", "operation", "before")
    routing: Annotated[Id, Field(**column("routing", "工艺路线"))]
    operation: Annotated[Id, Field(**column("step that begins early", "工序"))]
    before: Annotated[Id, Field(**column("step in its `after` that hands on its work as it gets done", "前序工序"))]
    share: Annotated[
        Quantity,
        Field(**column("share of the step's work that comes from there; what no row brings is there at once", "比例")),
    ] = ONE


class NotBefore(Row):
    """An hour before which no unit of an order begins a step, though all that comes before is done."""

    __key__ = ("order", "operation")
    order: Annotated[Id, Field(**column("order number", "订单号"))]
    operation: Annotated[Id, Field(**column("step of the order or of what is made for it", "工序"))]
    hours: Annotated[
        float, Field(**column("earliest start, in hours since the epoch", "最早开始", unit="hour", ge=0, le=1e6))
    ]
