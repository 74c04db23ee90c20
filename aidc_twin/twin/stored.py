"""`PlanInputs` as one JSON object and back, so that a run keeps what its plan was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.twin.inputs import CashInputs, PlanInputs

__all__ = ["restored", "to_store"]

_NAMES = ("families", "resources", "materials", "rules", "calendars")
_REALS = (
    "load", "base_load", "capacity", "capacity_step", "level_cost", "need", "base_need", "supply", "material_price",
    "post_owned", "post_consigned", "base_owned", "base_consigned",
)  # fmt: skip
_WHOLES = ("resource_calendar", "max_level", "lead_weeks")
_TYPES: dict[str, type[pl.DataType]] = {
    "String": pl.String, "Int64": pl.Int64, "Float64": pl.Float64, "Boolean": pl.Boolean, "Null": pl.Null,
}  # fmt: skip


def to_store(inputs: PlanInputs) -> dict[str, Any]:
    """The inputs as plain lists and numbers; every number comes back to the bit.

    Arrays are kept as shape, places of what is not 0 in row-major order, and values; a stock without limit as null.
    """
    limit = inputs.stock_limit
    return {
        "weeks": inputs.weeks,
        **{name: list(getattr(inputs, name)) for name in _NAMES},
        **{name: _sparse(getattr(inputs, name)) for name in (*_REALS, *_WHOLES)},
        "year_share": {str(year): _sparse(share) for year, share in sorted(inputs.year_share.items())},
        "stock_limit": None if limit is None else [most if np.isfinite(most) else None for most in limit.tolist()],
        "block_weeks": None if inputs.block_weeks is None else inputs.block_weeks.tolist(),
        "items": _columns(inputs.items),
        "rule_table": _columns(inputs.rule_table),
        "notices": list(inputs.notices),
        "at_once": None if inputs.at_once is None else inputs.at_once.tolist(),
        **({} if inputs.post_deferred is None else {"post_deferred": _columns(inputs.post_deferred)}),
        **({} if inputs.cash is None else {"cash": _cash(inputs.cash)}),
    }


def restored(found: Mapping[str, Any]) -> PlanInputs:
    """The inputs that `to_store` gave as an object."""
    limit = found["stock_limit"]
    given: dict[str, Any] = {
        "weeks": int(found["weeks"]),
        **{name: tuple(found[name]) for name in _NAMES},
        **{name: _dense(found[name]) for name in _REALS},
        **{name: _dense(found[name]).astype(np.int64) for name in _WHOLES},
        "year_share": {int(year): _dense(share) for year, share in found["year_share"].items()},
        "stock_limit": None if limit is None else np.array([np.inf if most is None else most for most in limit], float),
        "block_weeks": None if found["block_weeks"] is None else np.array(found["block_weeks"], np.int64),
        "items": _frame(found["items"]),
        "rule_table": _frame(found["rule_table"]),
        "notices": tuple(found["notices"]),
        "at_once": np.array(found["at_once"], float) if found.get("at_once") is not None else None,
        "post_deferred": _frame(found["post_deferred"]) if "post_deferred" in found else None,
        "cash": _restored_cash(found["cash"]) if "cash" in found else None,
    }
    return PlanInputs(**given)


_MONEY = ("credit", "interest", "income", "base_income", "owed", "stock", "wages", "level_wages")


def _cash(cash: CashInputs) -> dict[str, Any]:
    return {
        "accounts": list(cash.accounts), "opening": cash.opening, "deposits": _columns(cash.deposits),
        **{name: _sparse(getattr(cash, name)) for name in (*_MONEY, "pay_weeks")},
        "lent": None if cash.lent is None else _sparse(cash.lent),
    }  # fmt: skip


def _restored_cash(found: Mapping[str, Any]) -> CashInputs:
    return CashInputs(
        accounts=tuple(found["accounts"]), opening=float(found["opening"]), deposits=_frame(found["deposits"]),
        pay_weeks=_dense(found["pay_weeks"]).astype(np.int64), lent=_dense(found["lent"]) if found["lent"] else None,
        **{name: _dense(found[name]) for name in _MONEY},
    )  # fmt: skip


def _sparse(array: NDArray[Any]) -> dict[str, Any]:
    places = np.flatnonzero(array)
    return {"shape": list(array.shape), "places": places.tolist(), "values": array.ravel()[places].tolist()}


def _dense(found: Mapping[str, Any]) -> NDArray[np.float64]:
    array = np.zeros(int(np.prod(found["shape"])))
    array[np.array(found["places"], np.int64)] = found["values"]
    return array.reshape(found["shape"])


def _columns(frame: pl.DataFrame) -> list[dict[str, Any]]:
    rows = frame.to_dict().items()
    return [{"name": name, "type": str(column.dtype), "values": column.to_list()} for name, column in rows]


def _frame(columns: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([pl.Series(one["name"], one["values"], dtype=_TYPES[one["type"]]) for one in columns])
