"""What `plan` prints of refusals, splits and the album."""

from __future__ import annotations

from typing import Any

from aidc_twin.app import show

FOUND: dict[str, Any] = {
    "park": "p", "orders": 3, "weeks": 9, "status": "optimal", "goals": {}, "levels": [], "prices": [], "notices": [],
    "build_s": 0.1, "solve_s": 0.2, "violations": 0, "exceptions": [], "replayable": True,
}  # fmt: skip


def test_a_plain_plan_says_nothing_of_them() -> None:
    """No line where there is nothing to say."""
    assert show.plan(FOUND).splitlines() == [
        "p: plan of 3 orders over 9 weeks, optimal", "  built in 0.1 s, solved in 0.2 s; 0 violations",
    ]  # fmt: skip


def test_refusals_and_splits_are_told_with_their_cost() -> None:
    """Names of the first five orders, then the sum."""
    rows = [{"kind": "refused", "order": f"o{n}\x1b", "group": "", "weeks": 0, "cost_yi": 0.5} for n in range(6)]
    rows += [{"kind": "split", "order": "o9", "group": "boxes", "weeks": 3, "cost_yi": 0.02}]
    lines = show.plan(FOUND | {"exceptions": rows}).splitlines()
    assert lines[1].startswith("  refused: 6 orders (o0")
    assert lines[1].endswith(" and more), 3 亿元")
    assert "\x1b" not in lines[1]
    assert lines[2] == "  split: 1 release groups, 0.02 亿元"


def test_an_album_is_told_plan_by_plan() -> None:
    """The best plan needs no line; what was tried in vain, and an album that is not complete, are named."""
    plans = [
        {"plan": 0, "name": "best", "words": "the best plan, level by level", "violations": 0},
        {
            "plan": 1,
            "name": "more: exports",
            "words": "exports 2 instead of 1 亿元. It costs nothing.",
            "violations": 0,
        },
    ]
    album = {"plans": plans, "nothing_else": ["fewer: chips used"], "complete": False}
    assert show.plan(FOUND | {"album": album}).splitlines()[1:-1] == [
        "  plan 1, more: exports: exports 2 instead of 1 亿元. It costs nothing.",
        "  1 plans beside the best one, 0 violations",
        "  nothing else within the loss for fewer: chips used",
        "  the album is not complete: a limit or Ctrl-C ended it",
    ]


def test_no_money_is_not_less_than_none() -> None:
    """A balance of a few yuan below zero, by the tolerance of the solver, was told as -0.00 亿元."""
    week = {"week": 63, "balance_yuan": -12, "credit_yuan": 0, "interest_yuan": 0}
    (line,) = show._money([week])
    assert line.startswith("  money: least in week 63, 0.00 亿元 (credit up to 0.00); at the end 0.00;")


def test_a_plan_that_the_clock_ended_says_so() -> None:
    """It cannot be made again as it is; after Ctrl-C its status says that already."""
    first = show.plan(FOUND | {"status": "feasible", "replayable": False}).splitlines()[0]
    assert first == "p: plan of 3 orders over 9 weeks, feasible; the time limit ended the search: not replayable"
    assert show.plan(FOUND | {"status": "interrupted", "replayable": False}).splitlines()[0].endswith("interrupted")
