"""Goal profiles: what is to be reached, in which statistic, and how the wording was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aidc_twin.errors import InputError, Problem
from aidc_twin.park.schema import Ledger, column
from aidc_twin.park.shipped import definition, display_path
from aidc_twin.resources import Id, Text, check_tree, read_toml_tree
from aidc_twin.units.money import AmountError, parse_money

Basis = Literal["entity_gross", "consolidated"]
Payload = Literal["owned", "consigned"]
LongText = Annotated[str, Field(max_length=4000)]


@dataclass(frozen=True, slots=True)
class Goal:
    """One amount to be reached in one ledger within one calendar year.

    Attributes
    ----------
    amount_yuan
        Amount to be reached, above `increment_over_yuan` where the wording means an increment.
    basis
        Sum over legal entities, or with sales inside the park taken out.
    payload
        Whether accelerators count at full value, or as the customer's with a processing fee only.
    wording, reading, source
        The original words, how they are read here, and where they stand.
    """

    id: str
    ledger: Ledger
    amount_yuan: int
    year: int
    basis: Basis
    payload: Payload
    increment_over_yuan: int
    wording: str
    reading: str
    source: str

    @property
    def target_yuan(self) -> int:
        """What the ledger must show for the goal to be met."""
        return self.amount_yuan + self.increment_over_yuan


@dataclass(frozen=True, slots=True)
class GoalProfile:
    """Goals that are meant together, with the stack of scenarios that belongs to them."""

    id: str
    title: str
    announced: bool
    note: str
    scenarios: tuple[str, ...]
    goals: tuple[Goal, ...]


class _BadAmount(ValueError):
    code, fix = "bad-amount", "write for example 1000亿元, 100 billion yuan or 1e11"


def _amount(text: str) -> str:
    """Refuse what is no amount."""
    try:
        parse_money(text)
    except AmountError as error:
        raise _BadAmount(str(error)) from error
    return text


def _goal_amount(text: str) -> str:
    """Refuse what is no amount above 0."""
    if parse_money(_amount(text)) == 0:
        raise _BadAmount("allowed an amount above 0")
    return text


class _GoalTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    id: Annotated[Id, Field(**column("name of the goal"))]
    ledger: Annotated[Ledger, Field(**column("statistic that it counts in"))]
    amount: Annotated[
        Text,
        Field(**column("amount with its unit, such as 1000亿元 or 100 billion yuan")),
        AfterValidator(_goal_amount),
    ]
    year: Annotated[int, Field(**column("calendar year", ge=2000, le=2100))] = 2027
    basis: Annotated[Basis, Field(**column("over entities, or without sales inside the park"))] = "entity_gross"
    payload: Annotated[Payload, Field(**column("who owns the accelerators"))] = "owned"
    increment_over: Annotated[Text, Field(**column("base above which the amount counts")), AfterValidator(_amount)] = (
        "0元"
    )
    wording: Annotated[LongText, Field(**column("original words"))] = ""
    reading: Annotated[LongText, Field(**column("how they are read"))] = ""
    source: Annotated[LongText, Field(**column("fact ids or title of the source"))] = ""


class _ProfileFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    title: Annotated[Text, Field(**column("what it is"))]
    announced: Annotated[bool, Field(**column("whether anyone announced these goals"))]
    note: Annotated[LongText, Field(**column("what a reader should know"))] = ""
    scenarios: Annotated[tuple[Id, ...], Field(**column("stack of scenarios that belongs to it"))] = ()
    goal: Annotated[tuple[_GoalTable, ...], Field(min_length=1, max_length=200)]


def load_goals(name_or_path: str | Path) -> GoalProfile:
    """Goal profile by its shipped name or by the path of a TOML file.

    Raises
    ------
    InputError
        With all problems of the file, or with the known names.
    """
    problems: list[Problem] = []
    path = definition("goals", name_or_path, problems)
    profile = None if path is None else _read(path, problems)
    if profile is None or problems:
        raise InputError(problems)
    return profile


def _read(path: Path, problems: list[Problem]) -> GoalProfile | None:
    name = display_path(path)
    read = read_toml_tree(path, problems, name)
    if read is None:
        return None
    tree, lines = read
    file = check_tree(tree, _ProfileFile, problems, name, lines)
    if file is None:
        return None
    goals = tuple(_goal(table) for table in file.goal)
    _refuse_twins(goals, name, lines, problems)
    return GoalProfile(path.stem, file.title, file.announced, file.note, file.scenarios, goals)


def _goal(table: _GoalTable) -> Goal:
    return Goal(
        table.id,
        table.ledger,
        parse_money(table.amount),
        table.year,
        table.basis,
        table.payload,
        parse_money(table.increment_over),
        table.wording,
        table.reading,
        table.source,
    )


def _refuse_twins(goals: Sequence[Goal], name: str, lines: dict[Any, int], problems: list[Problem]) -> None:
    first: dict[str, int] = {}
    for index, goal in enumerate(goals):
        line = lines.get(("goal", index), 0)
        if goal.id in first:
            found = f"{goal.id}, also in line {first[goal.id]}"
            problems.append(Problem(name, line, "id", found, "each id once", "rename one of the goals", "duplicate-id"))
        first.setdefault(goal.id, line)
