"""What an explanation says: causes in the words of the park, and what would cure them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AT_ONCE", "Answer", "Cause", "Cure", "Lot"]

AT_ONCE = ("capacity", "cash", "store")
"""Kinds of causes whose amount is there in every week of a period; that of others comes in it once."""


@dataclass(frozen=True)
class Lot:
    """Units of a quota lot that would have to be there in an earlier week than the one in which they are due."""

    due_week: int
    week: int
    amount: float


@dataclass(frozen=True)
class Cause:
    """A limit of the park, or a requirement that no limit of the park can help.

    Attributes
    ----------
    kind : ``capacity`` (of a resource), ``cash`` (money in hand), ``supply`` (quota or stock of a material), ``early``
        (when lots of a quota come), ``store`` (what of a quota may be carried over), ``lead`` (of a material that is
        bought), ``order`` (its own dates), ``goal`` (more than the order book can post), ``rival`` (a goal that the
        book could post, but not beside the other goals), ``timing`` (one that it could, but not beside orders in time).
    name : resource, material, order or goal.
    first_week, last_week : of the plan; 0 and -1 where a week means nothing.
    amount : what is missing: units of the resource, or yuan, in every week from first to last, units of the material
        (of what is carried over the most at a time), weeks of an order, 亿元 of a goal.
    usual_weeks : the amount as weeks of what there usually is of it; 0 for orders and goals.
    earlier_weeks : of a lead time or of lots: how many weeks before it the first of the amount must come.
    early_unit_weeks : of a lead time or of lots: units times the weeks that they come before it; of what is carried
        over: units times weeks.
    lots : of a quota, which come earlier, first in, first out.
    takes_weeks : of an order: the time from its release to its acceptance, as the due dates are reckoned with.
    """

    kind: str
    name: str
    first_week: int
    last_week: int
    amount: float
    usual_weeks: float
    earlier_weeks: int = 0
    early_unit_weeks: float = 0.0
    lots: tuple[Lot, ...] = ()
    takes_weeks: int = 0


@dataclass(frozen=True)
class Cure:
    """One way to have what is asked for.

    Attributes
    ----------
    kind : ``limits`` (the causes lifted), ``others`` (other orders later), ``goals`` (the goals miss more).
    causes : the limits to be lifted by their amounts, of which none can be left out; empty unless ``limits``.
    order_weeks : weighted weeks that other orders come later.
    goal_yi : 亿元 that the goals miss more.
    pushed : (order, weeks later) of the other orders that wait longest, at most five.
    enough : whether a plan with it was made that has what is asked for.
    weight : what the limits give, in weeks of the usual amount; more than there usually is, or earlier than a lead time
        allows, counts ten times, a lot a week earlier four times.
    given_back : whether the limits give no more than there usually is: what was taken away is enough.
    smallest : whether each of the causes was shown to be needed; of more than twenty, each resource and material.
    """

    kind: str
    causes: tuple[Cause, ...] = ()
    order_weeks: float = 0.0
    goal_yi: float = 0.0
    pushed: tuple[tuple[str, float], ...] = ()
    enough: bool = False
    smallest: bool = False
    weight: float = 0.0
    given_back: bool = False

    @property
    def names(self) -> int:
        """How many resources and materials must give way."""
        return len({(cause.kind, cause.name) for cause in self.causes})


@dataclass(frozen=True)
class Answer:
    """Why what is asked for is not in the plan, and what would bring it.

    Attributes
    ----------
    asked : ``everything`` (every order on time and every goal reached), ``order`` or ``goal``.
    name : the order or goal asked about, else empty.
    possible : whether a plan within all limits has it.
    impossible : requirements that no limit of the park can help: an order's own dates, a goal beyond the order book.
    cures : ways to have the rest, limits first.
    late_weeks : how late the order asked about is in the best plan for all; 0 if none was asked about.
    missing_yi : 亿元 that the goal asked about, or all together, miss in the best plan; 0 for an order.
    near_weeks : other orders were moved so far at most from where they are at their best; None: as far as it takes.
    complete : False where time ended the search: then there may be no cure yet, or cheaper ones.
    seconds : of the search.
    """

    asked: str
    name: str
    possible: bool
    impossible: tuple[Cause, ...]
    cures: tuple[Cure, ...]
    complete: bool
    seconds: float
    late_weeks: float = 0.0
    missing_yi: float = 0.0
    near_weeks: int | None = None

    @property
    def cause(self) -> Cause | None:
        """The first cause: an impossible requirement, or the largest of the limits to be lifted."""
        first = self.cures[0].causes if self.cures else ()
        return next(iter((*self.impossible, *first)), None)
