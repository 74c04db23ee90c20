"""Options that say how sure a figure must be, read from the command line."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

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
class Choice:
    """What ``compare --select`` asks for; `goal` is the first of the profile if it is None."""

    delta: Width
    confidence: float
    goal: str | None
    most: int
    planned: bool

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


def choice(
    select: bool, delta: str | None, confidence: str | None, goal: str | None, most: int | None, planned: bool
) -> Choice | None:
    """What ``compare --select`` asks for; None if that is not asked for.

    Raises
    ------
    InputError
        If the options do not go together.
    """
    if not select:
        given = {"--delta": delta, "--confidence": confidence, "--goal": goal, "--max-replications": most}
        stray = [name for name, value in given.items() if value is not None]
        if stray:
            raise refusal(stray[0], ", ".join(stray), "only with --select", "add --select, or leave it out")
        return None
    most = MOST_REPLICATIONS if most is None else most
    _enough(most, 20)
    width = read_width("--delta", DELTA if delta is None else delta)
    return Choice(width, read_confidence(CONFIDENCE if confidence is None else confidence), goal, most, planned)


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
