"""``branch`` from the command line: futures under shocks, paired with the same luck without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aidc_twin.loop.branch import SHOCKS
from aidc_twin.park import load_park
from aidc_twin.park.scaffold import write_scaffold

LATE = """\
title = "The test rigs are late"

[[patch]]
op = "scale"
path = "operations.it_box/test.duration"
value = 4
"""
DEAR = """\
title = "Boxes are worth more"

[[patch]]
op = "scale"
path = "bom.site/it_box.value_yuan"
value = 1.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small park and two shocks."""
    write_scaffold(tmp_path / "park")
    (tmp_path / "late.toml").write_text(LATE, encoding="utf-8")
    (tmp_path / "dear.toml").write_text(DEAR, encoding="utf-8")
    return tmp_path


def test_shocks_and_their_stack_are_sorted_by_what_they_cost(folder: Path, command: Callable[..., Any]) -> None:
    """Dearer boxes gain to the yuan in every future, longer tests delay, and both together are told as well."""
    late, dear = folder / "late.toml", folder / "dear.toml"
    outcome = command("branch", "--park", folder / "park", "-n", 6, "--shock", dear, "--shock", late, "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    rows = {row["shock"]: {cell["figure"]: cell for cell in row["figures"]} for row in found["shocks"]}
    assert set(rows) == {str(late), str(dear), f"{dear}+{late}"}
    first = found["goals"][0]
    changes = [next(c["difference"] for c in row["figures"] if c["figure"] == first) for row in found["shocks"]]
    assert changes == sorted(changes)
    gain = rows[str(dear)][first]
    assert gain["difference"] > 0
    assert gain["half_width_95"] < 0.1 * gain["difference"]
    assert rows[str(late)]["flow_time"]["difference"] > rows[str(dear)]["flow_time"]["difference"] == 0
    base = {row["figure"]: row["mean"] for row in found["base"]}
    for cells in rows.values():
        assert all(cell["base_mean"] == pytest.approx(base[name]) for name, cell in cells.items())
        assert all(c["mean"] - c["base_mean"] == pytest.approx(c["difference"], abs=1e-6) for c in cells.values())
    again = command("branch", "--park", folder / "park", "-n", 6, "--shock", dear, "--shock", late, "--workers", 1,
                    "--json")  # fmt: skip
    assert again.json == found


def test_a_shock_that_is_named_badly_is_refused(folder: Path, command: Callable[..., Any]) -> None:
    """Twice, unknown, of another park, without effect; and a park of which the library says nothing."""
    park, late = folder / "park", folder / "late.toml"
    plain = folder / "plain.toml"
    plain.write_text('title = "Nothing"\n', encoding="utf-8")
    cases = {("--shock", late, "--shock", late): "shock-twice", ("--shock", "typhoon-weak"): "unknown-scenario",
             ("--shock", "bay-lost"): "no-match", ("--shock", plain): "no-change", (): "no-shock"}  # fmt: skip
    for options, code in cases.items():
        outcome = command("branch", "--park", park, "-n", 2, *options, "--json")
        assert outcome.code == 2
        codes = {row["code"] for row in outcome.json["problems"]}
        assert code in codes, (options, codes)


def test_every_shock_of_the_library_changes_the_shipped_park() -> None:
    """Also all of them at once."""
    base = load_park("wuxi-aidc").hash
    assert len({load_park("wuxi-aidc", [name]).hash for name in SHOCKS} | {base}) == len(SHOCKS) + 1
    assert load_park("wuxi-aidc", SHOCKS).hash != base
