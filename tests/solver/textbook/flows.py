"""Textbook models of flows: what goes where."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

ARCS = {
    ("s", "v1"): 16, ("s", "v2"): 13, ("v1", "v3"): 12, ("v2", "v1"): 4, ("v2", "v4"): 14, ("v3", "v2"): 9,
    ("v3", "t"): 20, ("v4", "v3"): 7, ("v4", "t"): 4,
}  # fmt: skip


def transport(dense: bool) -> Any:
    """Dantzig's canneries: two plants, three markets."""
    m: Any = pyo.ConcreteModel()
    m.I, m.J = pyo.Set(initialize=["seattle", "san-diego"]), pyo.Set(initialize=["new-york", "chicago", "topeka"])
    m.a = pyo.Param(m.I, initialize={"seattle": 350, "san-diego": 600})
    m.b = pyo.Param(m.J, initialize={"new-york": 325, "chicago": 300, "topeka": 275})
    miles = dict(zip([(i, j) for i in m.I for j in m.J], [2.5, 1.7, 1.8, 2.5, 1.8, 1.4], strict=True))
    m.d = pyo.Param(m.I, m.J, initialize=miles)
    m.f = pyo.Param(initialize=90, mutable=True)
    m.x = pyo.Var(m.I, m.J, domain=pyo.NonNegativeReals, dense=dense)
    m.supply = pyo.Constraint(m.I, rule=lambda m, i: sum(m.x[i, j] for j in m.J) <= m.a[i])
    m.demand = pyo.Constraint(m.J, rule=lambda m, j: sum(m.x[i, j] for i in m.I) >= m.b[j])
    m.cost = pyo.Objective(rule=lambda m: sum(m.f * m.d[i, j] / 1000 * m.x[i, j] for i in m.I for j in m.J))
    return m


def assignment(dense: bool) -> Any:
    """Three workers, three jobs."""
    m: Any = pyo.ConcreteModel()
    m.I = pyo.RangeSet(3)
    costs = dict(zip([(i, j) for i in m.I for j in m.I], [9, 2, 7, 6, 4, 3, 5, 8, 1], strict=True))
    m.c = pyo.Param(m.I, m.I, initialize=costs)
    m.x = pyo.Var(m.I, m.I, domain=pyo.Binary, dense=dense)
    m.worker = pyo.Constraint(m.I, rule=lambda m, i: sum(m.x[i, j] for j in m.I) == 1)
    m.job = pyo.Constraint(m.I, rule=lambda m, j: sum(m.x[i, j] for i in m.I) == 1)
    m.cost = pyo.Objective(rule=lambda m: sum(m.c[i, j] * m.x[i, j] for i in m.I for j in m.I))
    return m


def network(m: Any, dense: bool) -> None:
    """Nodes and arcs, with the arcs into and out of each node."""
    m.A = pyo.Set(initialize=list(ARCS), dimen=2)
    m.N = pyo.Set(initialize=["s", "v1", "v2", "v3", "v4", "t"])
    m.inner = pyo.Set(initialize=["v1", "v2", "v3", "v4"])
    m.into = pyo.Set(m.N, initialize=lambda m, n: [i for i, j in ARCS if j == n])
    m.out = pyo.Set(m.N, initialize=lambda m, n: [j for i, j in ARCS if i == n])
    m.u = pyo.Param(m.A, initialize=ARCS)
    m.x = pyo.Var(m.A, bounds=lambda m, i, j: (0, m.u[i, j]), dense=dense)


def maximum_flow(dense: bool) -> Any:
    """The network of Cormen, Leiserson, Rivest and Stein: a flow of 23."""
    m: Any = pyo.ConcreteModel()
    network(m, dense)
    m.keeps = pyo.Constraint(
        m.inner, rule=lambda m, n: sum(m.x[i, n] for i in m.into[n]) == sum(m.x[n, j] for j in m.out[n])
    )
    m.flow = pyo.Objective(rule=lambda m: sum(m.x["s", j] for j in m.out["s"]), sense=pyo.maximize)
    return m


def minimum_cut(dense: bool) -> Any:
    """The cut that bounds that flow."""
    m: Any = pyo.ConcreteModel()
    network(m, dense)
    m.side = pyo.Var(m.N, bounds=(0, 1), dense=dense)
    m.cut = pyo.Var(m.A, domain=pyo.NonNegativeReals, dense=dense)
    m.side["s"].fix(1)
    m.side["t"].fix(0)
    m.across = pyo.Constraint(m.A, rule=lambda m, i, j: m.cut[i, j] >= m.side[i] - m.side[j])
    m.size = pyo.Objective(rule=lambda m: sum(m.u[i, j] * m.cut[i, j] for i, j in m.A))
    return m


def shortest_path(dense: bool) -> Any:
    """One unit through the network, its capacities taken for lengths: s, v2, v4, t is 13 + 14 + 4 long."""
    m: Any = pyo.ConcreteModel()
    network(m, dense)
    m.b = pyo.Param(m.N, initialize={"s": 1, "t": -1}, default=0)
    m.keeps = pyo.Constraint(
        m.N, rule=lambda m, n: sum(m.x[n, j] for j in m.out[n]) - sum(m.x[i, n] for i in m.into[n]) == m.b[n]
    )
    m.length = pyo.Objective(rule=lambda m: sum(m.u[a] * m.x[a] for a in m.A))
    return m


def several_goods(dense: bool) -> Any:
    """Two goods from a to c over one road of six and by detour: each unit that has no room costs two more."""
    m: Any = pyo.ConcreteModel()
    arcs = {("a", "c"): (1, 6), ("a", "b"): (1, 9), ("b", "c"): (2, 9)}
    m.A, m.N = pyo.Set(initialize=list(arcs), dimen=2), pyo.Set(initialize=["a", "b", "c"])
    m.G = pyo.Set(initialize=["ore", "coal"])
    m.cost = pyo.Param(m.A, initialize={a: c for a, (c, _) in arcs.items()})
    m.room = pyo.Param(m.A, initialize={a: r for a, (_, r) in arcs.items()})
    m.b = pyo.Param(
        m.N, m.G, initialize={("a", "ore"): 4, ("a", "coal"): 5, ("c", "ore"): -4, ("c", "coal"): -5}, default=0
    )
    m.into = pyo.Set(m.N, initialize=lambda m, n: [i for i, j in arcs if j == n])
    m.out = pyo.Set(m.N, initialize=lambda m, n: [j for i, j in arcs if i == n])
    m.x = pyo.Var(m.A, m.G, domain=pyo.NonNegativeReals, dense=dense)
    m.keeps = pyo.Constraint(
        m.N,
        m.G,
        rule=lambda m, n, g: sum(m.x[n, j, g] for j in m.out[n]) - sum(m.x[i, n, g] for i in m.into[n]) == m.b[n, g],
    )
    m.limit = pyo.Constraint(m.A, rule=lambda m, i, j: (0, sum(m.x[i, j, g] for g in m.G), m.room[i, j]))
    m.total = pyo.Objective(rule=lambda m: sum(m.cost[i, j] * m.x[i, j, g] for i, j in m.A for g in m.G))
    return m


def facility_location(dense: bool) -> Any:
    """Two of three sites; opening 10, 8 and 3, serving by distance: 18 and 6."""
    m: Any = pyo.ConcreteModel()
    m.S, m.C = pyo.RangeSet(3), pyo.RangeSet(4)
    serving = dict(zip([(s, c) for s in m.S for c in m.C], [1, 2, 9, 9, 9, 8, 1, 2, 6, 6, 6, 5], strict=True))
    m.open_cost = pyo.Param(m.S, initialize={1: 10, 2: 8, 3: 3})
    m.serve_cost = pyo.Param(m.S, m.C, initialize=serving)
    m.y = pyo.Var(m.S, domain=pyo.Binary, dense=dense)
    m.x = pyo.Var(m.S, m.C, domain=pyo.NonNegativeReals, dense=dense)
    m.served = pyo.Constraint(m.C, rule=lambda m, c: sum(m.x[s, c] for s in m.S) == 1)
    m.opened = pyo.Constraint(m.S, m.C, rule=lambda m, s, c: m.x[s, c] <= m.y[s])
    m.cost = pyo.Objective(
        rule=lambda m: (
            sum(m.open_cost[s] * m.y[s] for s in m.S) + sum(m.serve_cost[s, c] * m.x[s, c] for s in m.S for c in m.C)
        )
    )
    return m


def tour(dense: bool) -> Any:
    """A round trip through five towns on a pentagon, with the order of Miller, Tucker and Zemlin: along its sides."""
    m: Any = pyo.ConcreteModel()
    m.N, m.later = pyo.RangeSet(0, 4), pyo.RangeSet(1, 4)
    pairs = [(i, j) for i in range(5) for j in range(5) if i != j]
    m.A = pyo.Set(initialize=pairs, dimen=2)
    m.B = pyo.Set(initialize=[(i, j) for i, j in pairs if i and j], dimen=2)
    m.other = pyo.Set(m.N, initialize=lambda m, i: [j for j in range(5) if j != i])
    m.d = pyo.Param(m.A, initialize={(i, j): 1 if (i - j) % 5 in (1, 4) else 2 for i, j in pairs})
    m.x = pyo.Var(m.A, domain=pyo.Binary, dense=dense)
    m.u = pyo.Var(m.later, bounds=(1, 4), dense=dense)
    m.leave = pyo.Constraint(m.N, rule=lambda m, i: sum(m.x[i, j] for j in m.other[i]) == 1)
    m.enter = pyo.Constraint(m.N, rule=lambda m, j: sum(m.x[i, j] for i in m.other[j]) == 1)
    m.order = pyo.Constraint(m.B, rule=lambda m, i, j: m.u[i] - m.u[j] + 4 * m.x[i, j] <= 3)
    m.length = pyo.Objective(rule=lambda m: sum(m.d[i, j] * m.x[i, j] for i, j in m.A))
    return m


MODELS = {
    transport: 153.675, assignment: 9.0, maximum_flow: 23.0, minimum_cut: 23.0, shortest_path: 31.0,
    several_goods: 15.0, facility_location: 24.0, tour: 5.0,
}  # fmt: skip
