"""`simulate` on parks where something waits in vain though no ring holds it: told as notes, in park words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
ARRIVALS = "source,product,interval_hours,first_hours,most\n"
STEPS = "routing,operation,stage,duration,batch_min,batch_max\npart,weld,manufacture,2,2,2\n"


@pytest.fixture
def baking(copied: Callable[..., Path]) -> Path:
    """Five parts at hours 0, 1, ... 4 for an oven that takes two at a time, and two at least."""
    return copied("sources", "baking", {"sources.csv": f"{ARRIVALS}web,part,1,0,5\n", "operations.csv": STEPS})


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
    for row in ("web,part,1,0,6", "web,part,60,0,"):  # an even number; and a stream without an end brings company
        (baking / "sources.csv").write_text(f"{ARRIVALS}{row}\n", encoding="utf-8")
        assert command("simulate", baking, "-n", 2, "--json").json["notices"] == []
    (baking / "sources.csv").write_text(f"{ARRIVALS}web,part,1,0,5\n", encoding="utf-8")
    steps = STEPS.replace("batch_max", "batch_max,batch_wait_hours").replace("2,2,2", "2,2,2,1")
    (baking / "operations.csv").write_text(steps, encoding="utf-8")
    assert command("simulate", baking, "-n", 2, "--json").json["notices"] == []


def test_a_source_that_brings_nothing_is_told(baking: Path, command: Command) -> None:
    """Its first part would come after the only week; the other one's are there."""
    (baking / "sources.csv").write_text(f"{ARRIVALS}web,part,1,0,4\nlate,part,1,200,4\n", encoding="utf-8")
    assert command("simulate", baking, "-n", 2, "--json").json["notices"] == [
        "late: brings nothing within the horizon of 1 week: look at interval_hours and first_hours, or raise"
        " horizon_weeks"
    ]


def test_a_part_that_never_comes_is_told(copied: Callable[..., Path], command: Command) -> None:
    """Pumps leave the queue of two lathes at once: their boxes wait for them, and the orders for their boxes."""
    park = copied("assembly", "hasty", {})
    lines = (park / "operations.csv").read_text(encoding="utf-8").splitlines()
    cells = {"operation": "patience_hours", "turn": "0"}
    steps = (f"{line},{cells.get(line.split(',')[1], '')}\n" for line in lines)
    (park / "operations.csv").write_text("".join(steps), encoding="utf-8")
    notices = command("simulate", park, "-n", 2, "--json").json["notices"]
    assert any(": an order's part is not made again" in text and "pump" in text for text in notices)
    assert any("for box (" in text and "which waits for parts itself that never come" in text for text in notices)
