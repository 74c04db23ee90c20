"""Mistakes in the tables of a shop floor, by the command line: both commands name them with their place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
LINE = Path(__file__).parents[1] / "park" / "line"

MISTAKES = [
    # breakdowns
    ("breakdowns.csv", "exp(40)", "0", "breakdowns.csv:2 [uptime_hours]"),
    ("breakdowns.csv", "exp(40)", "exp(1e300)", "breakdowns.csv:2 [uptime_hours]"),
    ("breakdowns.csv", "exp(40)", "inf", "breakdowns.csv:2 [uptime_hours]"),
    ("breakdowns.csv", "jam,calendar", "jam,bussy", "breakdowns.csv:2 [clock]"),
    ("breakdowns.csv", "oven,service", "saw,jam", "breakdowns.csv:3 [resource, breakdown]"),
    ("breakdowns.csv", "keep,fitters,2", "keep,,2", "breakdowns.csv:2 [crew_amount]"),
    ("breakdowns.csv", "fitters,2", "fitters,9", "breakdowns.csv:2 [crew_amount]"),
    ("breakdowns.csv", '"lognormal(1,0.5)"', "4000", "sources.csv:2 [interval_hours]"),
    # branches
    ("branches.csv", "ship,0.85", "ship,85", "branches.csv:2 [share]"),
    ("branches.csv", "ship,0.85", "ship,85%", "branches.csv:2 [share]"),
    ("branches.csv", "inspect,scrap", "inspect,Scrap", "branches.csv:4 [next]"),
    ("branches.csv", "mend,inspect,1", "mend,mend,1", "branches.csv:5 [next]"),
    # outputs, stock
    ("outputs.csv", "pallets,1", "pallets,1e30", "outputs.csv:2 [quantity]"),
    ("outputs.csv", "pallets,1", "pallets,0.0001", "outputs.csv:2 [quantity]"),
    ("outputs.csv", "pallets", "pallet", "outputs.csv:2 [material]"),
    ("materials.csv", "box,0.1,400", "box,,400", "materials.csv:2 [base_stock]"),
    ("state/stocks.csv", "pallets,60", "pallets,0", "materials.csv:3 [lead_weeks]"),
    # sources
    ("sources.csv", "exp(1)", "0", "sources.csv:2 [interval_hours]"),
    ("sources.csv", "exp(1)", '"tri(5,4,3)"', "sources.csv:2 [interval_hours]"),
    ("sources.csv", "exp(1)", "0.5", "sources.csv:2 [interval_hours]"),
    ("sources.csv", "0,1,,48", "0,1.5,,48", "sources.csv:2 [units]"),
    ("sources.csv", "raw,part", "raw,prt", "sources.csv:2 [product]"),
    # windows
    ("windows.csv", "8,16,24", "8,8,24", "windows.csv:2 [closes_hours]"),
    ("windows.csv", "8,16,24", "8,16,6", "windows.csv:2 [every_hours]"),
    ("windows.csv", "day,shift", "dayy,shift", "operations.csv:4 [calendar]"),
    # batches, patience, learning, attempts
    ("operations.csv", "4,8,3", "9,8,3", "operations.csv:3 [batch_min]"),
    ("operations.csv", "4,8,3", "4,8,nan", "operations.csv:3 [batch_wait_hours]"),
    ("operations.csv", "200,,", "1e9,,", "operations.csv:6 [patience_hours]"),
    ("operations.csv", "0.95,50", "95,50", "operations.csv:2 [learning]"),
    ("operations.csv", "0.1,0.2,3", "1,0.2,", "operations.csv:2 [fail_share]"),
    # queues and rules
    ("resources.csv", "strict,spt", "strict,stp", "resources.csv:2 [dispatch]"),
    ("resources.csv", "machine,strict", "machine,strikt", "resources.csv:2 [queue]"),
    ("needs.csv", "bake,oven,1,", "bake,oven,1,end", "needs.csv:3 [until]"),
    ("needs.csv", "inspectors,1", "inspectors,3", "needs.csv:5 [amount]"),
    # state
    ("state/stocks.csv", "pallets,60", "pallets,-3", "state/stocks.csv:3 [quantity]"),
]


@pytest.mark.parametrize(("file", "old", "new", "place"), MISTAKES, ids=[f"{m[3]}-{m[2]}" for m in MISTAKES])
def test_a_mistake_is_named(tmp_path: Path, command: Command, file: str, old: str, new: str, place: str) -> None:
    """`check` and `simulate` say the same: where, what was found, what is allowed, how to mend it; and nothing runs."""
    folder = shutil.copytree(LINE, tmp_path / "line")
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    checked, simulated = command("check", folder), command("simulate", folder, "-n", 2)
    assert (checked.code, simulated.code) == (2, 2)
    lines = [line for line in (checked.out + checked.err).splitlines() if place in line]
    assert lines, checked.out + checked.err
    assert all(word in lines[0] for word in (" found ", "; allowed ", "; fix: "))
    assert place in simulated.err
    assert simulated.out == ""


def test_the_line_as_it_is(tmp_path: Path, command: Command) -> None:
    """Without a mistake both commands pass."""
    folder = shutil.copytree(LINE, tmp_path / "line")
    assert command("check", folder).code == 0
    assert "raw/done" in command("simulate", folder, "-n", 2).out
