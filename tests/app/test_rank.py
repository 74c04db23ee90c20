"""Many scenarios ranked under the same seeds: `compare --rank`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
SCALE = """\
title = "Boxes at {share:.0%}"

[[patch]]
op = "scale"
path = "bom.site/it_box.value_yuan"
value = {share}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six scenarios that make boxes dearer, one step after the other."""
    for n in range(6):
        (tmp_path / f"at-{n}.toml").write_text(SCALE.format(share=1 + n / 10), encoding="utf-8")
    return tmp_path


def test_each_is_what_simulate_says(place: Any, folder: Path, command: Command) -> None:
    """Dearer boxes rank by price; means are those of `simulate` with the scenario, and workers change nothing."""
    words = ("compare", "--rank", "--park", place.park, "--scenarios", folder, "-n", 3)
    found = command(*words, "--workers", 1, "--json").json
    assert [Path(row["scenario"]).stem for row in found["scenarios"]] == [f"at-{n}" for n in (5, 4, 3, 2, 1, 0)]
    assert [row["place"] for row in found["scenarios"]] == [1, 2, 3, 4, 5, 6]
    assert not found["scenarios"][0]["surely_behind"]
    for row in (found["scenarios"][0], found["scenarios"][-1]):
        alone = command("simulate", place.park, "-s", row["scenario"], "-n", 3, "--json").json["kpis"]["output"]
        assert row["mean_yuan"] == pytest.approx(alone["mean"])
        assert row["half_width_95_yuan"] == pytest.approx(alone["half_width_95"])
    assert command(*words, "--workers", 2, "--json").json == found
    assert "6 scenarios by output" in command(*words, "--workers", 1).out


def test_every_problem_of_every_scenario(place: Any, folder: Path, command: Command) -> None:
    """Two bad scenarios are told together, each with its file and line."""
    for name in ("bad", "worse"):
        text = SCALE.format(share=1).replace("it_box", f"{name}_box")
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    words = ("compare", "--rank", "--park", place.park, "--scenarios", folder, "-n", 2, "--workers", 1)
    shown = command(*words)
    assert shown.code == 2
    assert "2 problems" in shown.err
    assert "bad.toml:3" in shown.err
    assert "worse.toml:3" in shown.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scenarios", "base"), "two or more, each once"),
        (("--scenarios", "base,base"), "a scenario twice"),
        (("--scenarios", "base,third-shift", "--select"), "one of both"),
        (("--scenarios", "base,third-shift", "--plan"), "without a plan"),
        (("--scenarios", "base,third-shift", "-n", 1), "2 or more"),
        (("--scenarios", "base,third-shift", "--rounds", 3), "[--rounds] found 3, with --rank; allowed only where"),
        (("--scenarios", "base,third-shift", "--delta", "1%"), "only with --select"),
        (("--scenarios", "base,third-shift", "--goal", "outputt"), "output"),
        (("one", "two"), "scenarios"),
    ],
)
def test_refusals(words: tuple[object, ...], said: str, place: Any, command: Command) -> None:
    """What does not go together is refused with exit code 2 and a cure."""
    shown = command("compare", "--rank", "--park", place.park, *words)
    assert shown.code == 2
    assert said in shown.err
