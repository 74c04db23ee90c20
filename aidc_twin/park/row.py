"""What the tables of a park folder share: the row, its columns, and words that several tables use."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from aidc_twin.resources.unread import Lacking
from aidc_twin.units.quantity import Quantity

DurationUnit = Literal["second", "minute", "hour", "working_day", "day", "week"]
Stage = Literal["design", "order", "procurement", "manufacture", "test", "pack", "transport", "site", "acceptance"]
ResourceKind = Literal["servers", "crew", "cumulative", "space", "cash", "bucketed"]
Ledger = Literal["industrial_output", "wholesale_trade"]
Rule = Literal[
    "edd", "fifo", "lifo", "priority", "spt", "atc", "critical_ratio", "steps_left", "work_left", "lpt", "slack",
    "ordered",
]  # fmt: skip

ZERO = Quantity("constant", (0.0,))
ONE = Quantity("constant", (1.0,))


def column(description: str, *aliases: str, unit: str = "", **constraints: float | str) -> dict[str, Any]:
    """Field arguments of a table column: its meaning, its Chinese header names and its unit."""
    extra: dict[str, object] = {"unit": unit, "aliases": list(aliases)}
    return {"description": description, "json_schema_extra": extra, **constraints}


class Row(Lacking):
    """A frozen row of a park table; only while a park is being checked can it lack cells that could not be read."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    __key__: ClassVar[tuple[str, ...]] = ()
    __allow_empty__: ClassVar[bool] = True
