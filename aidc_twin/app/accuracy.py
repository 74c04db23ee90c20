"""Options that say how sure a figure must be, read from the command line."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields

from aidc_twin.errors import InputError, Problem
from aidc_twin.park import Goal
from aidc_twin.resources.suggest import cure, listed
from aidc_twin.twin.statistics import SelectionRule, StopRule
from aidc_twin.units.money import AmountError, parse_money
from aidc_twin.units.number import QuantityError, parse_number

FEWEST_FIRST = 10
"""Replications of a first stage that says enough of the variance."""

MOST_REPLICATIONS = 1000
DELTA, CONFIDENCE = "0.5%", "95%"


@dataclass(frozen=True, slots=True)
class Width:
    """A share of a figure, or an amount in yuan."""

    size: float
    relative: bool


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure to select for, with the least lead worth finding; `unit` is empty where only a number was written.

    `more` says whether more is better; None leaves it to the kind of figure.
    """

    name: str
    delta: float
    unit: str
    more: bool | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What ``compare --select`` asks for; no `goal` is the first of the profile, `aim` a figure instead."""

    delta: Width
    confidence: float
    goal: str | None
    most: int
    planned: bool
    aim: Aim | None = None

    def rule_of_figure(self, aim: Aim) -> SelectionRule:
        """Rule for a figure."""
        return SelectionRule(aim.delta, self.confidence, first=20, step=10, most=self.most)

    def rule(self, goal: Goal) -> SelectionRule:
        """Rule for a goal; a share is one of the goal's amount, so that it is known before anything is drawn."""
        delta = self.delta.size * goal.amount_yuan if self.delta.relative else self.delta.size
        if delta <= 0:
            fix = "write an amount of money, such as --delta 5亿元"
            raise refusal("--delta", "a share of a goal of 0 yuan", "more than nothing", fix)
        return SelectionRule(delta, self.confidence, first=20, step=10, most=self.most)


def refusal(option: str, found: str, allowed: str, fix: str) -> InputError:
    """Refuse an option of the command line."""
    return InputError(Problem("command line", 0, option, found, allowed, fix, "bad-option"))


def no_rounds(rounds: int | None, runs: bool, rank: bool, plain: bool) -> None:
    """Refuse ``compare --rounds`` where nothing is planned: two runs of the store, ``--rank``, ``--no-plan``.

    Raises
    ------
    InputError
        If rounds are asked for all the same.
    """
    if rounds is None or not (runs or rank or plain):
        return
    beside = "--rank" if rank else "runs of the store" if runs else "--no-plan"
    fix = "leave --rounds out: " + ("runs are compared as they are" if runs and not rank else f"{beside} plans nothing")
    raise refusal("--rounds", f"{rounds}, with {beside}", "only where scenarios are planned", fix)


def read_width(option: str, text: str) -> Width:
    """Read ``0.5%`` or ``5亿元``; a bare number could be either and is refused.

    Raises
    ------
    InputError
        If it is neither, or not above 0.
    """
    allowed = "a share such as 0.5%, or an amount such as 5亿元"
    folded = unicodedata.normalize("NFKC", text).strip()
    if folded.endswith("%"):
        return Width(_share(option, text, "above 0% and at most 100%", at_most=1.0), relative=True)
    if _is_number(folded):
        raise refusal(option, text, allowed, f"write {folded}% or {folded}亿元, whichever is meant")
    try:
        yuan = parse_money(text)
    except AmountError as error:
        raise refusal(option, text, allowed, str(error)) from error
    if yuan == 0:
        raise refusal(option, text, "an amount above 0", "write how sure is sure enough, such as 5亿元")
    return Width(float(yuan), relative=False)


def read_confidence(text: str) -> float:
    """Read ``95%``; as a share between a half and one.

    Raises
    ------
    InputError
        If it is not between 50 % and 100 %.
    """
    share = _share("--confidence", text, "above 50% and below 100%", at_most=math.nextafter(1, 0))
    if share <= 0.5:
        raise refusal("--confidence", text, "above 50% and below 100%", "write for example 95%")
    return share


def stop_rule(
    half_width: str | None, replications: int, most: int | None, figures: Sequence[str] = ()
) -> StopRule | None:
    """Rule of ``simulate --half-width`` for the goals, or for some figures; None if that is not asked for.

    Raises
    ------
    InputError
        If the options do not go together.
    """
    if half_width is None:
        if most is not None:
            fix = "add --half-width 0.5%, or write -n for a fixed number of replications"
            raise refusal("--max-replications", f"{most}", "only with --half-width", fix)
        if figures:
            raise refusal("--figure", ", ".join(figures), "only with --half-width", "add --half-width 2%")
        return None
    width = read_width("--half-width", half_width)
    if figures and not width.relative:
        fix = "write --half-width 2%: figures have units of their own"
        raise refusal("--half-width", half_width, "a share, with --figure", fix)
    most = most or max(MOST_REPLICATIONS, replications)
    if replications < FEWEST_FIRST:
        fix = "leave -n out (20), or leave --half-width out"
        raise refusal("--replications", f"{replications}", f"{FEWEST_FIRST} or more with --half-width", fix)
    _enough(most, replications)
    return StopRule(width.size, width.relative, first=replications, step=10, most=most)


@dataclass(frozen=True, slots=True)
class ChoiceOptions:
    """Options of ``compare --select`` as they were written, None for those that were not."""

    delta: str | None = None
    confidence: str | None = None
    goal: str | None = None
    figure: str | None = None
    better: str | None = None
    most: int | None = None

    def given(self) -> list[str]:
        """Names of those that were written."""
        names = {"most": "--max-replications"}
        return [
            names.get(field.name, f"--{field.name}") for field in fields(self) if getattr(self, field.name) is not None
        ]


def choice(select: bool, asked: ChoiceOptions, planned: bool) -> Choice | None:
    """What ``compare --select`` asks for; None if that is not asked for.

    Raises
    ------
    InputError
        If the options do not go together.
    """
    if not select:
        if stray := asked.given():
            raise refusal(stray[0], ", ".join(stray), "only with --select", "add --select, or leave it out")
        return None
    most = MOST_REPLICATIONS if asked.most is None else asked.most
    _enough(most, 20)
    confidence = read_confidence(CONFIDENCE if asked.confidence is None else asked.confidence)
    aim = _aim(asked)
    delta = DELTA if asked.delta is None or aim is not None else asked.delta
    return Choice(read_width("--delta", delta), confidence, asked.goal, most, planned, aim)


def _aim(asked: ChoiceOptions) -> Aim | None:
    """Figure that is selected for, if one is named."""
    if asked.figure is None:
        if asked.better is not None:
            raise refusal("--better", asked.better, "only with --figure", "leave it out: more of a goal is better")
        return None
    if asked.goal is not None:
        raise refusal("--goal", asked.goal, "--goal or --figure", "leave one of them out")
    delta, unit = read_lead("--delta", asked.delta)
    return Aim(asked.figure, delta, unit, None if asked.better is None else asked.better == "more")


def read_lead(option: str, text: str | None) -> tuple[float, str]:
    """Read ``0.5`` or ``0.5 days``: a lead in a figure's own unit, and that unit if it is written.

    Raises
    ------
    InputError
        If it is not a number above 0; a share is refused, since a figure's mean is not known before it is drawn.
    """
    allowed = "a number above 0 in the figure's own unit"
    fix = "write the least lead that matters, such as --delta 0.5"
    if text is None:
        raise refusal(option, "none, for a figure", allowed, fix)
    folded = unicodedata.normalize("NFKC", text).strip()
    if folded.endswith("%"):
        raise refusal(option, text, allowed, f"{fix}: of what the share would be is not known before")
    digits = len(folded) - len(folded.lstrip("+-.,0123456789"))
    number, unit = folded[:digits], folded[digits:].strip()
    if unit.endswith(("元", "亿", "万", "yuan")):
        return read_width(option, text).size, "yuan"
    try:
        lead = parse_number(number)
    except QuantityError as error:
        raise refusal(option, text, allowed, error.fix) from error
    if lead <= 0:
        raise refusal(option, text, allowed, fix)
    return lead, unit


def chosen_goal(goals: tuple[Goal, ...], name: str | None) -> Goal:
    """Goal of a profile by its id, or the first.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    known = {goal.id: goal for goal in goals}
    if name is None and goals:
        return goals[0]
    if name not in known:
        found = "a profile without a goal" if name is None else name
        raise refusal("--goal", found, listed(known) or "a profile with a goal", cure(name or "", known))
    return known[name]


def _enough(most: int, first: int) -> None:
    if most < first:
        fix = f"write --max-replications {first} or more"
        raise refusal("--max-replications", f"{most}", f"at least the first {first}", fix)


def _share(option: str, text: str, allowed: str, at_most: float) -> float:
    folded = unicodedata.normalize("NFKC", text).strip()
    try:
        share = parse_number(folded.removesuffix("%").strip()) / 100
    except QuantityError as error:
        raise refusal(option, text, allowed, error.fix) from error
    if not folded.endswith("%"):
        raise refusal(option, text, allowed, f"write {share * (100 if share > 0.01 else 10_000):g}%")
    if not 0 < share <= at_most:
        raise refusal(option, text, allowed, "write for example 0.5%" if at_most == 1.0 else "write for example 95%")
    return share


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except QuantityError:
        return False
    return True
