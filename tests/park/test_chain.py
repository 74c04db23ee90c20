"""The chain as a graph, units of an order, and the order of steps."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aidc_twin.park import Park, load_park
from aidc_twin.park.calendars import mean_open_hours, open_minutes, weekdays
from aidc_twin.park.chain import bom_graph, chain_graph, node, unreachable_products, upstream
from aidc_twin.park.steps import a_cycle, all_before, in_order
from aidc_twin.park.units_of_order import pegs_of, rounded, steps_of_unit, units_of


def test_chain_leads_from_material_to_destination(tiny_park: Park) -> None:
    """Every node has a kind, the graph has no cycle, and steel reaches the harbour."""
    graph = chain_graph(tiny_park)
    assert all({"kind", "name"} <= data.keys() for _, data in graph.nodes(data=True))
    assert nx.is_directed_acyclic_graph(graph)
    assert {node("material", "steel"), node("operation", "box_it", "pack"), node("leg", "overseas", "sea")} <= upstream(
        graph, node("destination", "overseas")
    )


def test_bom_and_reach(tiny_park: Park) -> None:
    """The bill of materials keeps its quantities, and every product of the tiny park is ordered somewhere."""
    assert bom_graph(tiny_park).edges["box_it", "pump"]["quantity"] == 2
    assert unreachable_products(tiny_park) == []


def test_units_of_orders(tiny_park: Park) -> None:
    """Modules round up per order, components follow their parents."""
    assert units_of(tiny_park, tiny_park.order("o2")) == {"kit": 1, "box_it": 2, "box_cool": 1, "pump": 4}
    assert units_of(tiny_park, tiny_park.order("o3")) == {"kit": 1, "box_it": 3, "box_cool": 2, "pump": 6}


@pytest.mark.parametrize(
    ("amount", "rounding", "units"),
    [
        (2.0, "up", 2),
        (0.1 * 30, "up", 3),
        (2.1, "up", 3),
        (2.5, "nearest", 3),
        (2.4, "nearest", 2),
        (2.4, "exact", 2.4),
    ],
)
def test_rounding(amount: float, rounding: str, units: float) -> None:
    """Whole numbers are not lost to the last bits of a product."""
    assert rounded(amount, rounding) == units


def test_legs_stand_between_pack_and_site(tiny_park: Park) -> None:
    """A unit that ships goes pack, legs, site; a component has no legs."""
    steps = steps_of_unit(tiny_park, "box_it", "overseas")
    assert list(steps) == ["frame", "fit", "test", "pack", "truck", "sea", "set"]
    assert steps["truck"] == ("pack",)
    assert "sea" in steps["set"]
    assert list(steps_of_unit(tiny_park, "pump", "overseas")) == ["machine", "proof"]


@pytest.mark.parametrize(
    ("text", "days"),
    [("mon-sun", range(7)), ("mon;wed", (0, 2)), ("sat-mon", (0, 5, 6)), ("FRI", (4,)), ("mon-wed;sat", (0, 1, 2, 5))],
)
def test_weekdays(text: str, days: range | tuple[int, ...]) -> None:
    """Ranges and lists of days, also over the weekend."""
    assert weekdays(text) == tuple(days)


@pytest.mark.parametrize("text", ["", "mon-", "monday", "mon,tue", "mon;mon", "mon-wed;tue", "8"])
def test_weekdays_that_are_none(text: str) -> None:
    """What is no day, or a day twice, is refused."""
    with pytest.raises(ValueError, match="day"):
        weekdays(text)


def test_open_hours(tiny_park: Park) -> None:
    """A working day of the tiny park has eight hours, sixteen at level 2."""
    shifts = tiny_park.shifts_of("plant")
    assert (mean_open_hours(shifts), mean_open_hours(shifts, level=2), mean_open_hours(())) == (8, 16, 24)
    assert open_minutes(shifts) == 6 * 480


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30))
def test_order_and_cycles_agree_with_networkx(edges: list[tuple[int, int]]) -> None:
    """Either every name comes after what must precede it, or a cycle is found that really is one."""
    names = [f"n{index}" for index in range(12)]
    before: dict[str, list[str]] = {name: [] for name in names}
    for first, second in edges:
        before[f"n{second}"].append(f"n{first}")
    order, cycle = in_order(names, before), a_cycle(names, before)
    graph = nx.DiGraph([(f"n{first}", f"n{second}") for first, second in edges])
    if nx.is_directed_acyclic_graph(graph):
        assert cycle == []
        assert sorted(order) == sorted(names)
        assert all(order.index(other) < order.index(name) for name in names for other in before[name])
        assert all(
            all_before(name, before) == (nx.ancestors(graph, name) if name in graph else set()) for name in names
        )
    else:
        assert cycle[0] == cycle[-1]
        assert all(first in before[second] for first, second in pairwise(cycle))


def test_each_line_of_a_bill_counts_up_to_whole_units() -> None:
    """1.5 pumps of the kit and 4.5 of its boxes are 2 and 5, as the twin makes them: 7, and none of them is unknown."""
    park = load_park(Path(__file__).parents[1] / "parks" / "assembly")
    order = park.order("k1")
    assert units_of(park, order) == {"kit": 1, "box": 3, "pump": 7}
    assert sum(product == "pump" for product, _ in pegs_of(park, order)) == 7
