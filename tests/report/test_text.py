"""The plain text: readable in 80 columns, complete, and harmless to a terminal."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidc_twin.report import compare_text, verdict
from aidc_twin.report.columns import width
from aidc_twin.report.text import COLUMNS

COMPARISON: dict[str, Any] = {
    "inputs": [{"path": "materials/accelerators/weekly_quota", "before": "6600", "after": "7920"}, "seed: 1 -> 2"],
    "goals": [
        {
            "id": "output_2027",
            "base_mean": 83_000_000_000,
            "other_mean": 90_000_000_000,
            "difference": 7e9,
            "half_width_95": 3e8,
            "variance_ratio": 9.74,
        },
        {
            "id": "trade_2027",
            "base_mean": 10**11,
            "other_mean": 10**11 + 10**8,
            "difference": 1e8,
            "half_width_95": 3e8,
        },
    ],
    "waterfall": [
        {"step": "配额 quota +20 %", "yuan": 8 * 10**9},
        {"step": "six-week tests", "yuan": -(10**9)},
        {"step": "rest", "yuan": 0},
    ],
}


def test_verdict_says_everything_an_investor_asks(summary: dict[str, Any]) -> None:
    """Target in three forms, planned, quantiles, probability, what binds, assumptions, certificate, report."""
    said = verdict(summary)
    for words in (
        *("1000 亿元 = 100 billion yuan = 1.0e11 CNY", "901.2 亿元", "801.4 / 832.4 / 861.4 亿元", "entity-gross"),
        *("0 %; reached in 0 of 200 replications", "69 %; reached in 138 of 200", "167.6 亿元 short of the goal"),
        *("accelerators (52 weeks full)", "61.2 % of the result rests on assumptions", "accelerators owned"),
        *("0 violations", "runs/20261121-0341-7f3a/report.html", "SYNTHETIC ORDER BOOK"),
    ):
        assert words in said


def test_verdict_of_an_empty_run() -> None:
    """Nothing known is said as such."""
    assert "No goal was evaluated in this run." in verdict({})


def test_comparison_tells_signal_from_noise() -> None:
    """A difference inside its interval is named as no difference; the waterfall has signed bars."""
    said = compare_text(COMPARISON, "base-run", "quota-run")
    assert "materials/accelerators/weekly_quota: 6600 -> 7920" in said
    assert "+70.0 亿元 ± 3.0 (different)" in said
    assert "no difference that the replications can tell" in " ".join(said.split())
    assert said.count("as sure as 9.7 times the replications without them") == said.count("same draws") == 1
    assert "+80.0 亿元 ++++++++++++++++++++++++" in said
    assert "-10.0 亿元 ---\n" in said


IDLE = {"used": 0.574, "weeks": 104, "weeks_full": 1, "worth": False}
"""A limit that nothing waits for."""


def test_comparison_says_why_a_lost_bay_changes_nothing() -> None:
    """How full the bays are in either plan, and in words that nobody waits for one."""
    said = " ".join(compare_text({"limits": [{"name": "bay", "base": IDLE, "other": IDLE | {"used": 0.6}}]}).split())
    assert "base 57.4 % used at most in nine weeks of ten, full in 1 of 104; more of it brings nothing" in said
    assert "other 60 % used at most" in said
    assert "Neither plan would be better with more of any of them: nothing waits for them." in said


@pytest.mark.parametrize("side", ["base", "other"])
def test_comparison_does_not_say_so_where_a_limit_binds_one_plan(side: str) -> None:
    """One of two limits in one of two plans is enough; a limit that only one scenario has is told as such."""
    bound = {"name": "rig", "base": IDLE, "other": IDLE} | {side: IDLE | {"worth": True}}
    said = compare_text({"limits": [{"name": "bay", "base": IDLE, "other": None}, bound]})
    assert "Neither plan" not in said
    assert said.count("brings something") == 1
    assert "there is none" in said


def test_comparison_of_equal_runs() -> None:
    """Two equal runs have nothing to list."""
    assert compare_text({}).count("none") == 2


def test_a_long_path_can_be_copied() -> None:
    """The report's path is on one line, however long."""
    path = "folder with a name/" * 9 + "report.html"
    assert any(line.endswith(" " + path) for line in verdict({"report": path}).splitlines())


@given(st.text(max_size=150))
def test_text_fits_and_is_harmless(bad: str) -> None:
    """Whatever names hold, lines fit 80 columns (but for the path) and no control character reaches the terminal."""
    goal = {"id": bad, "title": bad, "ledger": bad, "basis": bad, "payload": bad, "year": 2027, "target_yuan": 10**11}
    run = {"title": bad, "run": bad, "scenarios": [bad], "order_book": bad, "report": bad}
    said = verdict({**run, "goals": [goal], "binding": [{"name": bad}], "loop": {"message": bad}})
    inputs = [bad, {"path": bad, "before": bad, "after": bad}]
    said += compare_text({"inputs": inputs, "goals": [{"id": bad}], "waterfall": [{"step": bad, "yuan": 5}]}, bad, bad)
    said += compare_text({"limits": [{"name": bad, "base": IDLE, "other": {}}]})
    assert all(width(line) <= COLUMNS for line in said.split("\n") if not line.startswith("report "))
    assert not [letter for letter in said.replace("\n", "") if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")]


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("亿元", 4), ("e\u0301", 1)])
def test_width_counts_wide_characters_twice(text: str, columns: int) -> None:
    """Chinese characters take two columns, combining marks none."""
    assert width(text) == columns
