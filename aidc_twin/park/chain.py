"""The chain of a park as a directed graph: who sells, what is bought, made, moved and delivered."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx

from aidc_twin.park.park import Park

if TYPE_CHECKING:
    Graph = nx.DiGraph[str]
else:
    Graph = nx.DiGraph

KINDS = ("entity", "material", "product", "operation", "leg", "destination")


def node(kind: str, *names: str) -> str:
    """Name of a node: kinds may share ids."""
    return f"{kind}:{'/'.join(names)}"


def chain_graph(park: Park) -> Graph:
    """Chain of a park.

    Each node carries ``kind`` (entity, material, product, operation, leg or destination), ``name`` and ``title``; each
    edge a ``relation``:

    - *supplies* (trading entity → material), *makes* (entity → product)
    - *consumes* (material → operation), *joins* (product → operation that takes it)
    - *precedes* (operation → operation), *yields* (last operation → product)
    - *ships* (product → leg, or destination where there is none), *leads* (leg → leg or destination)
    """
    graph: Any = nx.DiGraph()
    _add_nodes(graph, park)
    for product in park.products:
        graph.add_edge(node("entity", product.maker), node("product", product.product), relation="makes")
        _add_routing(graph, park, product.product, product.routing)
        _add_bom(graph, park, product.product, product.routing)
    _add_purchases(graph, park)
    _add_transport(graph, park)
    return graph


def bom_graph(park: Park) -> Graph:
    """Bill of materials: parent → item, with ``quantity`` for a unit of the parent."""
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(product.product for product in park.products)
    for line in park.bom:
        graph.add_edge(line.parent, line.item, quantity=line.quantity.value)
    return graph


def upstream(graph: Graph, name: str) -> set[str]:
    """Every node on which a node depends."""
    found: set[str] = nx.ancestors(graph, name)
    return found


def unreachable_products(park: Park) -> list[str]:
    """Products from which no order can be reached: nothing that is ordered takes them."""
    graph = bom_graph(park)
    ordered = {order.product for order in park.orders} & set(graph)
    taken = ordered.union(*(nx.descendants(graph, name) for name in sorted(ordered)))
    return sorted(product.product for product in park.products if product.product not in taken)


def _add_nodes(graph: Any, park: Park) -> None:
    for entity in park.entities:
        graph.add_node(node("entity", entity.entity), kind="entity", name=entity.entity, title=entity.title)
    for material in park.materials:
        graph.add_node(
            node("material", material.material), kind="material", name=material.material, title=material.title
        )
    for product in park.products:
        graph.add_node(node("product", product.product), kind="product", name=product.product, title=product.title)
    for destination in park.destinations:
        name = destination.destination
        graph.add_node(node("destination", name), kind="destination", name=name, title=destination.title)
    for leg in park.legs:
        graph.add_node(node("leg", leg.destination, leg.leg), kind="leg", name=leg.leg, title=leg.title)


def _add_routing(graph: Any, park: Park, product: str, routing: str) -> None:
    rows = park.operations_of(routing)
    followed = {before for row in rows for before in row.after}
    for row in rows:
        name = node("operation", routing, row.operation)
        graph.add_node(name, kind="operation", name=row.operation, title=row.title, stage=row.stage)
        for before in row.after:
            graph.add_edge(node("operation", routing, before), name, relation="precedes")
        if row.operation not in followed:
            graph.add_edge(name, node("product", product), relation="yields")


def _add_bom(graph: Any, park: Park, product: str, routing: str) -> None:
    for line in park.bom_of(product):
        made = park.has("products", line.item)
        item = node("product" if made else "material", line.item)
        graph.add_edge(
            item,
            node("operation", routing, line.operation),
            relation="joins" if made else "consumes",
            quantity=line.quantity.value,
        )


def _add_purchases(graph: Any, park: Park) -> None:
    for sale in park.sales:
        if park.has("materials", sale.item):
            graph.add_edge(node("entity", sale.seller), node("material", sale.item), relation="supplies")


def _add_transport(graph: Any, park: Park) -> None:
    shipped = [row.product for row in park.products if row.kind != "solution" and park.ships(row.product)]
    for destination in park.destinations:
        legs = [node("leg", destination.destination, leg.leg) for leg in park.legs_of(destination.destination)]
        way = [*legs, node("destination", destination.destination)]
        for product in shipped:
            graph.add_edge(node("product", product), way[0], relation="ships")
        for first, second in pairwise(way):
            graph.add_edge(first, second, relation="leads")
