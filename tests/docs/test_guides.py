"""The commands of the guides, run in a fresh folder in the order in which a reader meets them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest
from guide_steps import ROOT, Step, steps

GUIDES = sorted((ROOT / "docs").glob("guide-*.md"))
OWN = "my-park"
LONG = ("run", "plan", "compare", "sensitivity", "invest")
"""Commands that take long on the shipped park: there only their words are looked up."""


def is_long(words: Sequence[str]) -> bool:
    """Whether a command would go through the whole loop on the shipped park."""
    return bool(words) and words[0] in LONG and OWN not in words


def look_up(words: Sequence[str]) -> None:
    """Read options, goals and scenarios of a command without going through with it."""
    from typer.main import get_command

    from aidc_twin.app.cli import cli
    from aidc_twin.park import examine_park, load_goals

    top = get_command(cli)
    chosen = top.get_command(top.make_context("aidc-twin", list(words)), words[0])
    options = chosen.make_context(words[0], list(words[1:])).params
    scenarios = [*(options.get("scenario") or ()), *filter(None, (options.get("scenarios") or "").split(","))]
    for name in scenarios:
        assert not examine_park("wuxi-aidc", [name])[1].problems
    if options.get("goals"):
        assert load_goals(options["goals"]).goals


def follow(step: Step) -> None:
    """Do what a guide says."""
    from aidc_twin.app.entry import run

    if step.file:
        Path(step.file).write_text(step.text, encoding="utf-8")
        return
    if step.python:
        exec(compile(step.python, f"line {step.line}", "exec"), {})
        return
    program, *words = shlex.split(step.command, comments=True)
    assert program == "aidc-twin", f"line {step.line}: only aidc-twin belongs into a console block"
    if is_long(words):
        look_up(words)
    else:
        assert run(words) == step.exit_code, f"line {step.line}: {step.command}"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_guide(guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of a guide ends with the exit code that the guide leads one to expect."""
    monkeypatch.chdir(tmp_path)
    told = list(steps(guide))
    assert len(told) >= 5
    for step in told:
        follow(step)


def test_every_user_has_a_guide() -> None:
    """Operator, investor and engineer each have a page."""
    assert {path.stem for path in GUIDES} == {"guide-operator", "guide-investor", "guide-engineer"}
