"""New parameters in a live model, and values as frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyomo.environ as pyo
import pytest
from by_pyomo import check_same
from hypothesis import given, settings
from hypothesis import strategies as st

from aidc_twin.errors import NoPlanError, SolverFault
from aidc_twin.solver import Live, Profile, solve, table, templates

EXACT = Profile(gap=0.0)
DEMAND, USE = (3.0, 1.0, 4.0, 1.0), (1.0, 2.0)


def stock(
    demand: Any = DEMAND,
    use: Any = USE,
    price: float = 2.0,
    whole: bool = False,
    by_index: bool = False,
    dense: bool = False,
) -> Any:
    """Two products made ahead of demand in a shop of ten hours a week; rows of `least` are read one by one or not."""
    m: Any = pyo.ConcreteModel()
    m.P, m.T, m.later = pyo.Set(initialize=["a", "b"]), pyo.RangeSet(0, 3), pyo.RangeSet(1, 3)
    m.demand = table(m.T, values=demand, mutable=True)
    m.use = pyo.Param(m.P, initialize=dict(zip("ab", use, strict=True)), mutable=True)
    m.price = pyo.Param(initialize=price, mutable=True)
    m.fixed_price = pyo.Param(initialize=1.0)
    m.x = pyo.Var(m.P, m.T, domain=pyo.NonNegativeIntegers if whole else pyo.NonNegativeReals, dense=dense)
    m.s = pyo.Var(m.P, m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.first = pyo.Constraint(m.P, rule=lambda m, p: m.x[p, 0] - m.s[p, 0] == m.demand[0])
    m.balance = pyo.Constraint(m.P, m.later, rule=lambda m, p, t: m.s[p, t - 1] + m.x[p, t] - m.s[p, t] == m.demand[t])
    m.room = pyo.Constraint(m.T, rule=lambda m, t: sum(m.use[p] * m.x[p, t] for p in m.P) <= 10)

    def least(m: Any, t: Any) -> Any:
        goal = m.use["a"] * m.x["a", t] + m.use["b"] * m.s["b", t] >= m.demand[t] - m.price - 4
        return (goal if t > 0 else m.x["a", t] <= 99 + m.price) if by_index else goal

    m.least = pyo.Constraint(m.T, rule=least)
    m.cost = pyo.Objective(
        rule=lambda m: sum(m.price * m.s[p, t] + m.use[p] * m.x[p, t] for p in m.P for t in m.T) + m.price
    )
    return m


def made(**options: Any) -> Any:
    """The same with templates."""
    with templates():
        return stock(**options)


half = st.integers(0, 8).map(lambda n: n / 2)


@settings(max_examples=40, deadline=None)
@given(st.lists(half, min_size=4, max_size=4), st.tuples(half, half), half, st.booleans())
def test_a_changed_model_is_the_model_built_anew(demand: list[float], use: Any, price: float, by_index: bool) -> None:
    """Rows, coefficients that come and go, objective and solver agree with a model of the new numbers."""
    live = Live(made(by_index=by_index), EXACT)
    live.change({"demand": demand, "use": use, "price": price})
    check_same(live.arrays, stock(demand, use, price, by_index=by_index, dense=True))
    try:
        wanted = solve(stock(demand, use, price, by_index=by_index, dense=True), EXACT).objective
    except Exception as error:  # whatever the model built anew comes to, the changed one comes to as well
        with pytest.raises(type(error)):
            live.solve()
    else:
        assert live.solve().objective == pytest.approx(wanted, abs=1e-9)
    live.change({"demand": DEMAND, "use": USE, "price": 2.0})
    check_same(live.arrays, stock(by_index=by_index, dense=True))
    assert live.solve().objective == pytest.approx(solve(stock(by_index=by_index), EXACT).objective)


def test_a_new_scenario_goes_on_from_the_last_basis() -> None:
    """After a small change of right-hand sides simplex needs fewer steps than from nothing."""
    profile = Profile(gap=0.0, highs={"presolve": "off", "solver": "simplex"})
    live = Live(made(), profile)
    first = live.solve()
    assert first.iterations > 3
    live.change({"demand": (3.0, 1.0, 4.0, 1.1)})
    assert live.solve().iterations < first.iterations / 2


def test_a_new_scenario_begins_with_the_last_whole_numbers() -> None:
    """With no search at all the last whole values are completed to a solution."""
    idle = Profile(nodes=0, gap=1.0, highs={"mip_heuristic_effort": 0.0, "presolve": "off"})
    with pytest.raises(NoPlanError):
        solve(made(whole=True, price=3.0), idle)
    live = Live(made(whole=True), EXACT)
    live.solve()
    live.profile = idle
    live.change({"price": 3.0})
    assert live.solve().objective == pytest.approx(solve(made(whole=True, price=3.0), EXACT).objective)


def test_held_levels_stay_as_they_were() -> None:
    """A row that was added after building keeps its numbers and its place."""
    live = Live(made(), EXACT)
    live.hold("cost", 1000.0)
    live.change({"use": (0.0, 2.0)})
    assert live.arrays.row_name(live.arrays.row_lower.size - 1) == "hold[cost]"
    assert live.arrays.row_upper[-1] == 998.0
    assert live.arrays.starts[-1] == live.arrays.value.size
    live.solve()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"demnd": 1.0}, "no parameter 'demnd'"),
        ({"x": 1.0}, "no parameter 'x'"),
        ({"fixed_price": 1.0}, "fixed_price is not mutable"),
        ({"demand": (1.0, 2.0)}, "2 values for the 4 members of the parameter demand"),
        ({"demand": np.nan}, "right-hand side nan"),
        ({"use": (1e12, 1.0)}, "further apart"),
    ],
)
def test_what_cannot_be_changed_is_refused(values: Any, reason: str) -> None:
    """A slip of name or size, a number that was built in, a number that HiGHS cannot be given."""
    live = Live(made(), EXACT)
    with pytest.raises(SolverFault, match=reason):
        live.change(values)


def test_a_parameter_of_bounds_is_refused() -> None:
    """A bound that hangs on a parameter would stay behind."""
    m: Any = pyo.ConcreteModel()
    m.most = pyo.Param(initialize=3.0, mutable=True)
    m.x = pyo.Var([1, 2], bounds=(0, m.most), dense=False)
    m.aim = pyo.Objective(expr=m.x[1] + m.x[2], sense=pyo.maximize)
    with pytest.raises(SolverFault, match="bounds of variables hang on the parameter 'most'"):
        Live(m, EXACT).change({"most": 4.0})


@pytest.mark.parametrize("dense", [False, True])
def test_values_come_back_as_frames(dense: bool) -> None:
    """Index columns are named after their sets, in the order of the members."""
    m: Any = pyo.ConcreteModel()
    m.A, m.T = pyo.Set(initialize=[("a", 1), ("b", 2)]), pyo.RangeSet(2)
    m.x = pyo.Var(m.A, m.T, bounds=lambda m, i, j, t: (10 * j + t, None), dense=dense)
    m.y, m.z = pyo.Var(m.T, m.T, bounds=(1, 1), dense=dense), pyo.Var(["p", 3], bounds=(2, 2), dense=dense)
    m.one = pyo.Var(bounds=(5, 5))
    m.aim = pyo.Objective(expr=sum(m.x[a, t] for a in m.A for t in m.T))
    frames = solve(m, EXACT).frames()
    wanted = {"A1": ["a", "a", "b", "b"], "A2": [1, 1, 2, 2], "T": [1, 2, 1, 2], "value": [11.0, 12.0, 21.0, 22.0]}
    assert frames["x"].equals(pl.DataFrame(wanted))
    assert frames["y"].columns == ["T", "T_", "value"]
    assert frames["z"].to_dict(as_series=False) == {"index1": ["p", "3"], "value": [2.0, 2.0]}
    assert frames["one"].to_dict(as_series=False) == {"value": [5.0]}
