"""Traces about whose turn it is and which machine is taken, worked out on paper, told by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from both_twins import TWINS, told
from small_parks import did, kit_park, servers

from aidc_twin.park import Park, load_park

PARKS = Path(__file__).parents[1] / "parks"


def _park(name: str, head: dict[str, Any] | None = None, **columns: Any) -> Park:
    """A park with other cells in its resources, and in its head."""
    park = load_park(PARKS / name)
    resources = tuple(row.model_copy(update=columns) for row in park.resources)
    return replace(park, resources=resources, head=park.head.model_copy(update=head or {}))


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("choice", "bays"),
    [
        # Jobs 1, 2, 3 weld from 0 to 4, 2 and 3; 4 comes at 5, 5 and 6 at 6, 7 and 8 at 7, each for 1 h.
        ("lowest", (1, 2, 3, 1, 1, 2, 1, 2)),
        # 0: all have been idle for 0 h, the lowest. Left: bay 1 at 4, bay 2 at 2, bay 3 at 3. 5: bay 2, idle for 3 h.
        # 6: bay 3 (3 h), then bay 1 (2 h). 7: bay 2 (1 h), then bay 1 before bay 3, both just left.
        ("idle_longest", (1, 2, 3, 2, 3, 1, 2, 1)),
        # 0: the highest. Left: bay 3 at 4, bay 2 at 2, bay 1 at 3. 5: bay 2. 6: bay 1 (3 h), then bay 3 (2 h).
        # 7: bay 2 (1 h), then bay 3 before bay 1, both just left.
        ("idle_longest_last", (3, 2, 1, 2, 1, 3, 2, 3)),
    ],
)
def test_choice_of_a_machine(twin: str, choice: str, bays: tuple[int, ...]) -> None:
    """Three bays: the lowest, or the one that has been idle longest, with two ways to break ties."""
    spans = [(0, 4), (0, 2), (0, 3), (5, 6), (6, 7), (6, 7), (7, 8), (7, 8)]
    welds = [did(f"k{i}", "weld", *span, bay) for i, (span, bay) in enumerate(zip(spans, bays, strict=True), start=1)]
    trace = told(twin, _park("idle", choice=choice)).trace
    assert [row for row in trace if row[1] == "weld"] == sorted(welds, key=lambda row: (row[4], row[0]))


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize("choice", ["lowest", "idle_longest", "idle_longest_last"])
def test_a_machine_that_is_not_there_is_not_chosen(twin: str, choice: str) -> None:
    """One bay, and one more for the first week only: later work takes the bay that is there."""
    # k1 and k2 weld from 0 to 100 and k3, k4 from 100 to 200, when bay 2 has gone at 168: k5 waits for bay 1 until 200.
    capacity = [{"resource": "bay", "amount": 1}, {"resource": "bay", "part": "more", "amount": 1, "end": "2026-10-11"}]
    resources = [{"resource": "bay", "kind": "servers", "dispatch": "fifo", "choice": choice}]
    needs = [{"routing": "kit", "operation": "weld", "resource": "bay"}]
    park = kit_park({"operation": "weld", "duration": 100}, orders=6, needs=needs, resources=resources,
                    capacity=capacity)  # fmt: skip
    trace = told(twin, park).trace
    assert {row[8] for row in trace[:4]} == {1, 2}
    assert trace[4:] == [did("k5", "weld", 200, 300, 1), did("k6", "weld", 300, 400, 1)]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize("starts", ["by_key", "crews_last"])
def test_a_place_from_the_first_part_on(twin: str, starts: str) -> None:
    """The bench is taken until 10. Parts of k1 come at 2 and 9, of k2 at 4 and 6, m1 comes at 3; each takes 2 h."""
    # Since their first parts came: k1 (2), m1 (3), k2 (4).
    trace = told(twin, _park("first_part", {"starts": starts})).trace
    assert [row for row in trace if row[8]] == [
        did("g1", "watch", 0, 10, 1),
        did("k1", "join", 10, 12, 1),
        did("m1", "mend", 12, 14, 1),
        did("k2", "join", 14, 16, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_a_place_from_when_all_is_there(twin: str) -> None:
    """The same where a kit stands in line since its last part came: m1 (3), k2 (6), k1 (9)."""
    park = _park("first_part")
    usual = replace(park, operations=tuple(row.model_copy(update={"turn": "ready"}) for row in park.operations))
    assert [row[0] for row in told(twin, usual).trace if row[8]] == ["g1", "m1", "k2", "k1"]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("rules", "order"),
    [
        # Jobs a, b, c, d press for 4, 2, 3, 1 h and have 2, 3, 2, 1 steps and 5, 8, 13, 1 h ahead, this one included.
        # They were ordered on the 5th, 4th, 2nd and 3rd, are due after 216, 192, 216 and 192 h, and came in this order.
        ("steps_left", "bacd"),
        ("work_left", "cbad"),
        ("lpt", "acbd"),
        # Due less work: 211, 184, 203, 191.
        ("slack", "bdca"),
        ("ordered", "cdba"),
        ("edd lpt", "bdac"),
        ("edd spt", "dbca"),
        ("edd steps_left", "bdac"),
        ("edd steps_left spt", "bdca"),
        ("steps_left ordered", "bcad"),
        # All have the same priority.
        ("priority edd work_left", "bdca"),
    ],
)
def test_rules_that_look_ahead(twin: str, rules: str, order: str) -> None:
    """One press, four jobs: which goes first by one rule, or by several of which each breaks the ties of the last."""
    first, *ties = rules.split()
    hours = {"a": 4, "b": 2, "c": 3, "d": 1}
    starts = [sum(hours[job] for job in order[:i]) for i in range(4)]
    rows = [did(f"{job}1", "press", start, start + hours[job], 1) for job, start in zip(order, starts, strict=True)]
    trace = told(twin, _park("lookahead", dispatch=first, ties=tuple(ties))).trace
    assert [row for row in trace if row[1] == "press"] == rows


@pytest.mark.parametrize("twin", TWINS)
def test_units_of_sources_are_ordered_when_they_arrive(twin: str) -> None:
    """The first unit arrives at 1 and takes 8 h to the press, the second at 2 and takes 3 h; it is taken until 20."""
    # By the day of the order (here: the arrival) the first goes first although it came to the press at 9, not at 5.
    sources = [
        {"source": name, "product": name, "interval_hours": 1, "first_hours": first, "most": 1}
        for name, first in (("slow", 1), ("quick", 2))
    ]
    steps = [
        {"routing": name, "operation": operation, "stage": "manufacture", "after": after, "duration": hours}
        for name, hours in (("slow", 8), ("quick", 3))
        for operation, after, hours in (("come", (), hours), ("press", ("come",), 2))
    ]
    products = [
        {"product": name, "kind": "component", "routing": name, "maker": "maker", "value_yuan": 1}
        for name in ("slow", "quick")
    ]
    needs = [{"routing": name, "operation": "press", "resource": "press"} for name in ("kit", "slow", "quick")]
    tables = servers("press") | {"sources": sources, "operations": steps, "products": products, "needs": needs}
    park = kit_park({"operation": "press", "duration": 20}, **tables)
    ordered = replace(park, resources=tuple(row.model_copy(update={"dispatch": "ordered"}) for row in park.resources))
    assert [row for row in told(twin, ordered).trace if row[1] == "press"] == [
        did("k1", "press", 0, 20, 1),
        did("slow/1", "press", 20, 22, 1),
        did("quick/1", "press", 22, 24, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_crews_start_last(twin: str) -> None:
    """One smith: rule by rule in the order of arrival, work without people first, machines before buffers."""
    # The smith watches until 2. fix-1 has waited for him since 0, pressed-1 for the press and him since 1; the press
    # goes by priority (-3), the smith by arrival (0): these are not compared, fix-1 came first. 3: pressed-1 until 4.
    # 4: the lathe is free. fine-1 enters it, which takes nobody and no time, then asks for the smith on the machine.
    # late-1 came at 4 too, and before fine-1 asked, but stands in no machine: fine-1 from 4, late-1 from 5.
    assert [row for row in told(twin, _park("crews_last")).trace if row[1] != "come"] == [
        did("rough-1", "turn", 0, 4, 1),
        did("watch-1", "watch", 0, 2),
        did("fix-1", "fix", 2, 3),
        did("pressed-1", "press", 3, 4, 1),
        did("fine-1", "enter", 4, 4, 1),
        did("fine-1", "turn", 4, 5),
        did("late-1", "fix", 5, 6),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_starts_by_key(twin: str) -> None:
    """The same park, the smallest key of all queues first; what begins in no time ends after all starts."""
    # 2: the press's -3 goes before the smith's 0. 4: fine-1 enters, late-1 takes the smith, then fine-1 asks for him.
    trace = told(twin, _park("crews_last", {"starts": "by_key"})).trace
    assert [row for row in trace if row[1] != "come"] == [
        did("rough-1", "turn", 0, 4, 1),
        did("watch-1", "watch", 0, 2),
        did("pressed-1", "press", 2, 3, 1),
        did("fix-1", "fix", 3, 4),
        did("fine-1", "enter", 4, 4, 1),
        did("late-1", "fix", 4, 5),
        did("fine-1", "turn", 5, 6),
    ]
