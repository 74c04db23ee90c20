"""The formulation of the plan as data, read from ``models/formulations/*.toml``: families, weights, tolerances."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aidc_twin.errors import InputError, Problem
from aidc_twin.resources.share import folder
from aidc_twin.resources.suggest import cure
from aidc_twin.resources.toml_file import read_toml

__all__ = ["Families", "Formulation", "LevelName", "Weights", "load_formulation"]

LevelName = Literal["shortfall", "tardiness", "margin"]


class Families(BaseModel):
    """Constraint families that can be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    capacity: Annotated[bool, Field(description="work centres, crews, power, floor, working capital")] = True
    shifts: Annotated[bool, Field(description="choice of shift levels; off: level 1 always")] = True
    materials: Annotated[bool, Field(description="stock, purchase orders and quota")] = True
    cash: Annotated[bool, Field(description="payments within accounts and credit, where the park has them")] = True
    goals: Annotated[bool, Field(description="shortfall of the goals")] = True
    terms: Annotated[
        bool, Field(description="refusals and prices of splits; off: none is refused, splits are free")
    ] = True


class Weights(BaseModel):
    """What the levels weigh."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tardiness: Annotated[Literal["order", "value"], Field(description="a week late counts by order or value")] = "order"
    holding_week: Annotated[float, Field(description="share of the cost of goods for a week early", ge=0, le=1)] = 0.002
    waiting_week: Annotated[float, Field(description="share of the cost of goods for a week late", ge=0, le=1)] = 0.0
    change_week: Annotated[float, Field(description="share of the value for a week of change", ge=0, le=1)] = 0.005
    refuse_weeks: Annotated[float, Field(description="weeks late that a refused order counts as", ge=0, le=520)] = 26.0


class Formulation(BaseModel):
    """What the plan respects and what it weighs, in which order."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = ""
    title: str = ""
    levels: Annotated[tuple[LevelName, ...], Field(description="lexicographic order", min_length=1, max_length=3)] = (
        "shortfall",
        "tardiness",
        "margin",
    )
    tolerance: Annotated[float, Field(description="share of a level's reference left to the next", ge=0, le=0.1)] = 1e-4
    shift_block_weeks: Annotated[int, Field(description="weeks for which a shift level is chosen", ge=1, le=520)] = 4
    closed_weeks: Annotated[int, Field(description="longest stop whose work the next week takes", ge=0, le=26)] = 3
    closed_share: Annotated[float, Field(description="share of the capacity around a stop", ge=0, le=1)] = 0.5
    never_weeks: Annotated[
        int, Field(description="lateness after the horizon of what is not released", ge=1, le=520)
    ] = 13
    smallest: Annotated[float, Field(description="smallest coefficient, in its row's scale", ge=1e-8, le=1e-6)] = 1e-8
    families: Families = Families()
    weights: Weights = Weights()

    @property
    def without_terms(self) -> Formulation:
        """The same where no order is refused and every split is free."""
        return self.model_copy(update={"families": self.families.model_copy(update={"terms": False})})


def load_formulation(name: str | Path) -> Formulation:
    """Formulation by the name of a shipped one, or from a TOML file.

    Raises
    ------
    InputError
        No such formulation, or every defect of the file.
    """
    path = _find(name)
    problems: list[Problem] = []
    formulation = read_toml(path, Formulation, problems)
    if formulation is not None and len(set(formulation.levels)) < len(formulation.levels):
        found = ", ".join(formulation.levels)
        fix = "delete one of them"
        problems.append(Problem(path.name, 0, "levels", found, "each level once", fix, "duplicate-level"))
    if formulation is None or problems:
        raise InputError(problems)
    return formulation.model_copy(update={"name": formulation.name or path.stem})


def _find(name: str | Path) -> Path:
    text = str(name)
    if text.endswith(".toml"):
        return Path(text)
    shipped = {path.stem: path for path in sorted((folder("models") / "formulations").glob("*.toml"))}
    if text not in shipped:
        allowed = ", ".join(shipped) + ", or a .toml file"
        raise InputError(Problem("--formulation", 0, "", text, allowed, cure(text, shipped), "unknown-formulation"))
    return shipped[text]
