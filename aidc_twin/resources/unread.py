"""Rows with cells that could not be read: who asks for such a cell is stopped, and who does not goes on.

A cell that cannot be read is a problem, told where it is read. Its row has no value there: neither a blank nor a
default, of which a check would say something that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

__all__ = ["Lacking", "UnreadCell", "build", "is_whole", "unread_of", "without"]

Model = TypeVar("Model", bound=BaseModel)
_NOTHING = object()
"""Stands where a cell could not be read while the others are validated; no field takes it."""


class UnreadCell(Exception):
    """A cell is asked for that could not be read; that it could not is told already."""


class Lacking(BaseModel):
    """A model of which `build` makes instances that lack values; asking for one of those raises `UnreadCell`."""

    if not TYPE_CHECKING:  # a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            if name in type(self).model_fields:
                raise UnreadCell(name)
            return super().__getattr__(name)


def build(
    model: type[Model], values: Mapping[str, Any], unread: Collection[str] = (), **how: Any
) -> tuple[Model, list[Any]]:
    """Instance of a model, and what pydantic finds wrong with the values that were read.

    Parameters
    ----------
    model
        A row; `Lacking`, if anyone asks for values that may not be there.
    values
        What was read, by field; fields that are neither here nor in `unread` have their default.
    unread
        Fields whose value could not be read. They are missing in the instance, as are those that are wrong; where the
        values are wrong together, all but those of the key are.
    how
        Further arguments of `model_validate`.
    """
    try:
        return model.model_validate({**values, **dict.fromkeys(unread, _NOTHING)}, **how), []
    except ValidationError as error:
        found = [fault for fault in error.errors(include_url=False) if _place(fault) not in unread]
    places = {_place(fault) for fault in found}
    key = getattr(model, "__key__", ())
    wrong = set(model.model_fields).difference(key) if "" in places else places
    return without(model.model_construct(None, **values), {*wrong, *unread}), found


def _place(fault: Any) -> str:
    """Field that a fault is about; blank for the whole row."""
    return str(fault["loc"][0]) if fault["loc"] else ""


def without(row: Model, fields: Collection[str]) -> Model:
    """Copy of a row that lacks these fields."""
    copy = row.model_copy()
    for name in fields:
        vars(copy).pop(name, None)
    return copy


def unread_of(row: BaseModel) -> tuple[str, ...]:
    """Fields that a row lacks."""
    return tuple(name for name in type(row).model_fields if name not in row.__dict__)


def is_whole(row: BaseModel) -> bool:
    """Whether a row lacks nothing."""
    return all(name in row.__dict__ for name in type(row).model_fields)
