"""`simulate` on parks where something waits in vain though no ring holds it: told as notes, in park words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
PARKS = Path(__file__).parents[1] / "parks"


@pytest.fixture
def baking(tmp_path: Path) -> Path:
    """Five parts at hours 0, 1, ... 4 for an oven that takes two at a time, and two at least."""
    folder = tmp_path / "baking"
    shutil.copytree(PARKS / "sources", folder)
    (folder / "sources.csv").write_text(
        "source,product,interval_hours,first_hours,most\nweb,part,1,0,5\n", encoding="utf-8"
    )
    steps = "routing,operation,stage,duration,batch_min,batch_max\npart,weld,manufacture,2,2,2\n"
    (folder / "operations.csv").write_text(steps, encoding="utf-8")
    return folder


def test_the_last_of_a_batch_is_told(baking: Path, command: Command) -> None:
    """Four parts are baked, the fifth waits for company; six are three batches, and a wait lets the fifth go alone."""
    found = command("simulate", baking, "-n", 3, "--json").json
    assert found["kpis"]["web/done"]["mean"] == 4
    assert found["notices"] == [
        "part/weld: 1 unit (web/5) waits to the end for company: a batch takes 2 or more (batch_min), and no more can"
        " come; write batch_wait_hours, after which it starts with fewer, or a smaller batch_min (in 3 of 3"
        " replications)"
    ]
    shown = command("simulate", baking, "-n", 10, "--half-width", "1%")
    assert shown.code == 0
    assert "note: part/weld: 1 unit (web/5) waits to the end for company" in shown.out
    head = "source,product,interval_hours,first_hours,most\n"
    for row in ("web,part,1,0,6", "web,part,60,0,"):  # an even number; and a stream without an end brings company
        (baking / "sources.csv").write_text(f"{head}{row}\n", encoding="utf-8")
        assert command("simulate", baking, "-n", 2, "--json").json["notices"] == []
    (baking / "sources.csv").write_text(f"{head}web,part,1,0,5\n", encoding="utf-8")
    steps = (baking / "operations.csv").read_text(encoding="utf-8")
    steps = steps.replace("batch_max", "batch_max,batch_wait_hours").replace("2,2,2", "2,2,2,1")
    (baking / "operations.csv").write_text(steps, encoding="utf-8")
    assert command("simulate", baking, "-n", 2, "--json").json["notices"] == []


def test_a_source_that_brings_nothing_is_told(baking: Path, command: Command) -> None:
    """Its first part would come after the only week; the other one's are there."""
    (baking / "sources.csv").write_text(
        "source,product,interval_hours,first_hours,most\nweb,part,1,0,4\nlate,part,1,200,4\n", encoding="utf-8"
    )
    assert command("simulate", baking, "-n", 2, "--json").json["notices"] == [
        "late: brings nothing within the horizon of 1 week: look at interval_hours and first_hours, or raise"
        " horizon_weeks"
    ]
