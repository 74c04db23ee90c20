"""`Fact`: one figure with its range, unit, basis and source; a row of the files in ``data/``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aidc_twin.resources.cells import Id, Text
from aidc_twin.units.number import LIMIT, QuantityError, number_text
from aidc_twin.units.when import parse_date

__all__ = ["DATE_UNIT", "Basis", "Fact"]

Basis = Literal["reported", "derived", "assumption"]
DATE_UNIT = "yyyymmdd"
"""Unit of a fact whose number is a day, such as 20260930."""


class Fact(BaseModel):
    """One figure.

    Attributes
    ----------
    low, high
        Range of what the figure may really be; None where no range is known.
    basis
        ``reported`` by a source, ``derived`` from other figures, or an ``assumption`` of ours.
    note
        Why this figure and range; for an assumption, what kind of guess it is.
    place
        City or region that a regional goal belongs to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    __key__: ClassVar[tuple[str, ...]] = ("id",)

    id: Annotated[Id, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="name by which a cell refers to it")]
    topic: Annotated[Id, Field(description="field that it belongs to")]
    quantity: Annotated[Text, Field(description="what is measured")]
    value: Annotated[float, Field(ge=-LIMIT, le=LIMIT, description="nominal figure, in `unit`")]
    unit: Annotated[Text, Field(min_length=1, description="unit of value, low and high")]
    low: Annotated[float | None, Field(description="least plausible figure")] = None
    high: Annotated[float | None, Field(description="greatest plausible figure")] = None
    basis: Annotated[Basis, Field(description="where the figure comes from")]
    source_title: Annotated[Text, Field(description="publication")] = ""
    source_url: Annotated[str, Field(max_length=600, description="address of the publication")] = ""
    as_of: Annotated[Text, Field(pattern=r"^([0-9]{4}(-[0-9]{2}){0,2})?$", description="year, month or day")] = ""
    note: Annotated[
        str, Field(max_length=600, description="why this figure", json_schema_extra={"aliases": ["reason"]})
    ] = ""
    place: Annotated[Text, Field(description="city or region of a regional goal")] = ""

    @model_validator(mode="after")
    def _sane(self) -> Fact:
        """Refuse a range that does not hold the figure, and a day that does not exist."""
        low, high = self.least, self.greatest
        if not low <= self.value <= high:
            shown = f"low {number_text(low)}, value {number_text(self.value)}, high {number_text(high)}"
            raise QuantityError(shown, "order the figures so that low ≤ value ≤ high", "range-order")
        if self.basis == "reported" and not self.source_title:
            raise QuantityError("a reported figure without a source", "name the source", "no-source")
        if self.basis == "assumption" and self.low is None and self.high is None and not self.note:
            raise QuantityError("an assumption without range and reason", "give a range or a reason", "no-reason")
        if self.unit == DATE_UNIT:
            for figure in (low, self.value, high):
                day_of(figure)
        return self

    @property
    def least(self) -> float:
        """Low end of the range, or the value."""
        return self.value if self.low is None else self.low

    @property
    def greatest(self) -> float:
        """High end of the range, or the value."""
        return self.value if self.high is None else self.high


def day_of(figure: float) -> date:
    """Day of a figure written yyyymmdd.

    Raises
    ------
    QuantityError
        There is no such day.
    """
    text = number_text(figure)
    if len(text) != 8 or not text.isdecimal():
        raise QuantityError(f"{text} is no yyyymmdd", "write for example 20260930", "no-such-day")
    return parse_date(f"{text[:4]}-{text[4:6]}-{text[6:]}")
