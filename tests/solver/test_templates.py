"""Templates: what is read, what is left to Pyomo, and that neither changes a row."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from by_pyomo import check_same
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyomo.common.errors import InvalidConstraintError

from aidc_twin.errors import SolverFault
from aidc_twin.solver import table, templates
from aidc_twin.solver.compiling import compile_parts
from aidc_twin.solver.framing import frame_of

COEFFICIENTS: tuple[Callable[..., Any], ...] = (
    lambda m, i, t: 1,
    lambda m, i, t: -2.5,
    lambda m, i, t: m.p[i, t],
    lambda m, i, t: m.q[i] * t,
    lambda m, i, t: m.s / m.q[i],
    lambda m, i, t: (m.mutable[t] - 3) * m.q["b"],
    lambda m, i, t: sum(m.q[j] for j in m.I) - m.p[i, t - 1],
    lambda m, i, t: 2 ** (t - 2) + pyo.sqrt(m.q[i]),
    lambda m, i, t: abs(m.p[i, t]) - t,
)

TERMS: tuple[Callable[..., Any], ...] = (
    lambda m, i, t: m.x[i, t],
    lambda m, i, t: m.x[i, t - 1],
    lambda m, i, t: -m.y[t],
    lambda m, i, t: m.z,
    lambda m, i, t: m.x["a", t] + 4,
    lambda m, i, t: m.x[m.next[i], t],
    lambda m, i, t: m.e[t],
    lambda m, i, t: m.one,
    lambda m, i, t: sum(m.x[j, t] for j in m.I),
    lambda m, i, t: sum(m.p[i, u] * m.x[i, u] for u in m.before[t]),
    lambda m, i, t: sum(m.y[t - u] * m.q[j] for u in m.before[t] for j in m.I),
    lambda m, i, t: sum((t - u) * m.x[j, u] for j, u in m.A),
    lambda m, i, t: sum(sum(m.x[j, u] for j in m.I) + m.mutable[u] for u in m.before[t]),
    lambda m, i, t: (m.b.w[t] - t) / 4,
    lambda m, i, t: sum(m.y[u] for u in m.few),
    lambda m, i, t: m.y[t] * m.p[i, t] - m.y[t] * m.p[i, t],
    lambda m, i, t: sum(m.y.values()),
)

RELATIONS: tuple[Callable[..., Any], ...] = (
    lambda m, i, t, body: body <= m.p[i, t],
    lambda m, i, t, body: body >= m.mutable[t] - m.y[t],
    lambda m, i, t, body: body == 3 * m.z + t,
    lambda m, i, t, body: (-t, body, m.s + t),
    lambda m, i, t, body: pyo.inequality(-4, body, 7),
    lambda m, i, t, body: (None, body, 6),
    lambda m, i, t, body: m.x[i, t] - m.p[i, t] >= body,
    lambda m, i, t, body: m.x[i, t] == m.p[i, t] + m.y[t] + m.z,
    lambda m, i, t, body: m.x[i, t] + m.z == sum(m.p[i, u] * m.y[u] for u in m.before[t]) + 2,
    lambda m, i, t, body: sum(m.p[i, u] * m.x[i, u] for u in m.before[t - 1]) <= m.y[t] + m.s,
    lambda m, i, t, body: m.x[i, t] == m.x[i, t - 1],
    lambda m, i, t, body: m.x[i, t] == m.z,
    lambda m, i, t, body: m.p[i, t] * m.x[i, t] == m.z,
    lambda m, i, t, body: sum(m.x[i, u] for u in m.before[t]) == m.x[i, t] + m.p[i, t],
)

TURNING = {2, 12}
"""Relations whose sides Pyomo may turn round, by the numbers of a row."""

term = st.tuples(st.integers(0, len(COEFFICIENTS) - 1), st.integers(0, len(TERMS) - 1))
family = st.tuples(st.lists(term, min_size=1, max_size=4), st.integers(0, len(RELATIONS) - 1), st.booleans())


@st.composite
def recipes(draw: st.DrawFn) -> dict[str, Any]:
    """Sizes, numbers, families of rows, fixed variables and rows that are switched off."""
    weeks = draw(st.integers(2, 5))
    number = st.integers(-6, 6).map(lambda n: n / 2)
    return {
        "weeks": weeks,
        "p": draw(st.lists(number, min_size=3 * (weeks + 1), max_size=3 * (weeks + 1))),
        "mutable": draw(st.lists(number, min_size=weeks + 1, max_size=weeks + 1)),
        "families": draw(st.lists(family, min_size=1, max_size=3)),
        "aim": draw(st.lists(term, max_size=3)),
        "fixed": draw(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, weeks)), max_size=2)),
        "off": draw(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, weeks)), max_size=2)),
        "pairs": draw(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, weeks)), unique=True, max_size=4)),
    }


def body_of(m: Any, terms: list[tuple[int, int]], i: Any, t: Any) -> Any:
    """Sum of drawn coefficients times drawn terms."""
    found = 0
    for c, n in terms:
        found = found + COEFFICIENTS[c](m, i, t) * TERMS[n](m, i, t)
    return found


def drawn(recipe: dict[str, Any], dense: bool) -> Any:
    """The model of a recipe."""
    weeks = recipe["weeks"]
    m: Any = pyo.ConcreteModel()
    m.I, m.T, m.later = pyo.Set(initialize=list("abc")), pyo.RangeSet(0, weeks), pyo.RangeSet(1, weeks)
    m.few = pyo.Set(within=m.T, initialize=[t for t in range(weeks + 1) if t % 2])
    m.A = pyo.Set(initialize=recipe["pairs"], dimen=2)
    m.before = pyo.Set(m.T, initialize=lambda m, t: range(t))
    m.p = table(m.I, m.T, values=recipe["p"])
    m.q = pyo.Param(m.I, initialize={"a": 1, "b": 4, "c": 2})
    m.next = pyo.Param(m.I, initialize={"a": "b", "b": "c", "c": "a"}, within=pyo.Any)
    m.s = pyo.Param(initialize=1.5, mutable=True)
    m.mutable = pyo.Param(m.T, initialize=dict(enumerate(recipe["mutable"])), mutable=True)
    m.x = pyo.Var(m.I, m.T, bounds=lambda m, i, t: (m.q[i] - t - 9, None), dense=dense)
    m.y = pyo.Var(m.T, domain=pyo.NonNegativeIntegers, dense=dense)
    m.z = pyo.Var()
    m.one = pyo.Expression(expr=2 * m.z - 1)
    m.e = pyo.Expression(m.T, rule=lambda m, t: 3 * m.y[t] + m.z - t)
    m.b = pyo.Block()
    m.b.w = pyo.Var(m.T, dense=dense)
    for index in recipe["fixed"]:
        m.x[index].fix(2.5)
    for place, (terms, relation, both) in enumerate(recipe["families"]):

        def rule(m: Any, i: Any, t: Any, terms: Any = terms, relation: int = relation, both: bool = both) -> Any:
            body = body_of(m, terms, i, t) + (m.x[i, t] + m.y[t] if both else 0)
            return RELATIONS[relation](m, i, t, body)

        rows = pyo.Constraint(m.I, m.later, rule=rule)
        m.add_component(f"rows{place}", rows)
        for index in recipe["off"]:
            rows[index].deactivate()
    m.aim = pyo.Objective(
        rule=lambda m: sum(body_of(m, recipe["aim"], i, t) + m.x[i, t] for i in m.I for t in m.later) + m.s
    )
    return m


CANCELLED = {
    "weeks": 3, "p": [0.0] * 5 + [0.5] + [0.0] * 3 + [0.5, 0.0, 0.0], "mutable": [0.0] * 4,
    "families": [([(0, 0)], 0, False)], "aim": [(7, 15)], "fixed": [], "off": [], "pairs": [],
}  # fmt: skip
"""A model in which the entries of one variable cancel but for a rounding error."""

EMPTY = {
    "weeks": 2, "p": [0.0] * 9, "mutable": [0.0] * 3, "families": [([(0, 0)], 0, False), ([(0, 11)], 3, False)],
    "aim": [], "fixed": [], "off": [], "pairs": [],
}  # fmt: skip
"""A model with ranges about sums that are empty."""


@settings(max_examples=60, deadline=None)
@example(CANCELLED)
@example(EMPTY)
@given(recipes())
def test_drawn_models_are_read_as_pyomo_reads_them(recipe: dict[str, Any]) -> None:
    """Sums, lags, dependent sets, expressions, blocks, fixed variables and parameters: each row is Pyomo's own.

    All are read as templates, but for equalities with variables on both sides, which Pyomo may turn round row by row.
    A row in which all sums are empty is refused by Pyomo; here it has no entries.
    """
    try:
        plain = drawn(recipe, dense=True)
    except InvalidConstraintError:
        with templates():
            model = drawn(recipe, dense=False)
        with suppress(InvalidConstraintError):  # another family may be left to Pyomo, and with it the refusal
            assert 0 in np.diff(compile_parts(model).arrays.starts)
        return
    with templates():
        quick = compile_parts(drawn(recipe, dense=False))
    check_same(quick.arrays, plain)
    turning = {f"rows{place}" for place, (_, relation, _) in enumerate(recipe["families"]) if relation in TURNING}
    assert set(quick.one_by_one) <= turning


def small(rule: Callable[..., Any], dense: bool = False) -> Any:
    """Two sets, a variable and one family of rows."""
    m: Any = pyo.ConcreteModel()
    m.I, m.T = pyo.Set(initialize=["a", "b"]), pyo.RangeSet(0, 3)
    m.some, m.before = pyo.Set(initialize=[0, 2]), pyo.Set(m.T, initialize=lambda m, t: range(t))
    m.next = pyo.Param(m.I, initialize={"a": "b", "b": "a"}, within=pyo.Any)
    m.x = pyo.Var(m.I, m.T, dense=dense)
    m.rows = pyo.Constraint(m.I, m.T, rule=rule)
    m.aim = pyo.Objective(expr=0.0)
    return m


WEIGHT = {"a": 2.0}


@pytest.mark.parametrize(
    "rule",
    [
        lambda m, i, t: m.x[i, t] <= (1 if i == "a" else 2),
        lambda m, i, t: m.x[i, t] <= (1 if i != "a" else 2),
        lambda m, i, t: m.x[i, t] <= (1 if t in m.some else 2),
        lambda m, i, t: m.x[i, t] <= (1 if t < 2 else 2),
        lambda m, i, t: m.x[i, t] <= WEIGHT.get(i, 5.0),
        lambda m, i, t: pyo.Constraint.Skip if t == 0 else m.x[i, t] <= 1,
        lambda m, i, t: sum(m.x[j, t] for j in m.I if j != i) <= 1,
        lambda m, i, t: pyo.quicksum(m.x[j, t] for j in m.I) <= 1,
        lambda m, i, t: sum([m.x[j, t] for j in m.I]) <= 1,
        lambda m, i, t: m.x[i, t] <= {"a": 1, "b": 2}[i],
        lambda m, i, t: m.x[i, m.T.nextw(t)] <= 1,
        lambda m, i, t: m.x[i, t] <= (1 if str(i) == "a" else 2),
        lambda m, i, t: m.x[i, t] <= len(f"{i}{t}"),
        lambda m, i, t: m.x[i, t] <= (1 if m.next[i] == "b" else 2),
        lambda m, i, t: m.x[i, t] <= (1 if m.next[i] != "b" else 2),
        lambda m, i, t: m.x[i, t] <= (1 if m.next[i] in ("b", "q") else 2),
        lambda m, i, t: m.x[i, t] <= (1 if (i, t) in [("a", 1)] else 2),
        lambda m, i, t: m.x[i, t] <= (1 if (i, t) == ("a", 1) else 2),
        lambda m, i, t: m.x[i, t] <= (1 if t - 1 in {0, 2} else 2),
        lambda m, i, t: m.x[i, t] <= {2: 7.0}.get(t + 1, 5.0),
        lambda m, i, t: m.x[i, t] <= max(t, 2),
        lambda m, i, t: m.x[i, t] <= (1 if 2 in m.before[t] else 2),
        lambda m, i, t: m.x[i, t] <= (1 if m.before[t] else 2),
        lambda m, i, t: m.x[i, t] <= (1 if isinstance(t, int) else 2),
    ],
)
def test_rules_that_look_at_an_index_are_called_for_each(rule: Callable[..., Any]) -> None:
    """Nothing that a stand-in would quietly answer wrongly gets into a row."""
    with templates():
        model = small(rule)
    compiled = compile_parts(model)
    check_same(compiled.arrays, small(rule, dense=True))
    assert "rows" in compiled.one_by_one


def test_no_variable_or_row_expression_is_made() -> None:
    """A hundred thousand rows come out of one call of their rule for the template and five to check it."""
    calls: list[Any] = []

    def rule(m: Any, i: Any, t: Any) -> Any:
        calls.append((i, t))
        return m.x[i, t] - m.x[i, t - 1] <= m.d[i, t]

    m: Any = pyo.ConcreteModel()
    m.I, m.T, m.later = pyo.RangeSet(0, 999), pyo.RangeSet(0, 100), pyo.RangeSet(1, 100)
    m.d = table(m.I, m.T, values=np.arange(101_000), mutable=True)
    m.x = pyo.Var(m.I, m.T, dense=False, bounds=(0, 1))
    with templates():
        m.rows = pyo.Constraint(m.I, m.later, rule=rule)
        m.aim = pyo.Objective(rule=lambda m: sum(m.x[i, t] for i in m.I for t in m.T))
    arrays = compile_parts(m).arrays
    assert arrays.row_lower.size == 100_000
    assert arrays.row_upper[:3].tolist() == [1.0, 2.0, 3.0]
    assert arrays.index[:4].tolist() == [1, 0, 2, 1]
    assert len(calls) <= 6
    assert (len(m.x._data), len(m.d._data)) == (0, 0)
    assert arrays.column_name(101) == "x[1,0]"
    assert arrays.column_name(-1) == "x[999,100]"


def test_the_state_of_pyomo_is_left_as_it_was() -> None:
    """After a model was built, or failed to be, rules are called for each index again, and indices compare."""
    with pytest.raises(ZeroDivisionError), templates():
        _ = 1 / 0
    m: Any = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2])
    m.rows = pyo.Constraint([1, 2], rule=lambda m, i: m.x[i] <= i)
    assert not hasattr(m.rows[1], "template_expr")
    assert 1 in m.rows.index_set()
    assert gc.isenabled()


def test_what_cannot_be_handed_over_is_refused() -> None:
    """A special ordered set would be dropped in silence otherwise."""
    m: Any = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2, 3], bounds=(0, 1))
    m.only = pyo.SOSConstraint(var=m.x, sos=1)
    m.aim = pyo.Objective(expr=m.x[1])
    with pytest.raises(SolverFault, match="holds only"):
        compile_parts(m)


def test_a_stranger_is_refused() -> None:
    """A variable of another model has no column."""
    other: Any = pyo.ConcreteModel()
    other.y = pyo.Var([1])
    m: Any = pyo.ConcreteModel()
    m.aim = pyo.Objective(expr=other.y[1])
    with pytest.raises(SolverFault, match="is not part of it"):
        compile_parts(m)


def test_a_reference_is_no_second_variable() -> None:
    """An alias of variables adds no columns, one of rows no rows."""
    m: Any = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2], bounds=(0, 1))
    m.rows = pyo.Constraint([1, 2], rule=lambda m, i: m.x[i] >= 0.5)
    m.alias, m.again = pyo.Reference(m.x), pyo.Reference(m.rows)
    m.aim = pyo.Objective(expr=m.alias[1])
    arrays = compile_parts(m).arrays
    assert (arrays.lower.size, arrays.row_lower.size) == (2, 2)


def test_a_row_that_was_set_anew_is_read_anew() -> None:
    """What is assigned after building counts, for that row and no other."""
    with templates():
        m = small(lambda m, i, t: m.x[i, t] <= t)
    m.rows["a", 2].set_value(m.x["b", 3] <= 77)
    arrays = compile_parts(m).arrays
    assert arrays.row_upper.tolist() == [0.0, 1.0, 77.0, 3.0, 0.0, 1.0, 2.0, 3.0]
    assert arrays.column_name(arrays.index[2]) == "x[b,3]"


@pytest.mark.parametrize("size", [3, 5])
def test_a_table_has_a_value_for_each_member(size: int) -> None:
    """Too few or too many numbers are refused."""
    with pytest.raises(ValueError, match=f"{size} values for 4 members"):
        table(pyo.RangeSet(0, 3), values=range(size))


def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """What docs/compiled-pyomo.md shows is read as templates, solved, changed and solved again."""
    page = (Path(__file__).parents[2] / "docs" / "compiled-pyomo.md").read_text(encoding="utf-8")
    example = page.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(example, names)
    first, *_, last = capsys.readouterr().out.splitlines()
    assert float(first.split()[0]) == pytest.approx(2 * 52 * 3.0)
    assert float(last) == pytest.approx(2 * 52 * 3.2)
    assert compile_parts(names["m"]).one_by_one == {}


@pytest.mark.parametrize("dense", [True, False])
def test_values_that_are_neither_whole_nor_continuous_are_refused(dense: bool) -> None:
    """Even numbers would be taken for whole ones, and 3 for the least of them that is not below 3."""
    m: Any = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2], domain=pyo.RangeSet(0, 8, 2), dense=dense)
    m.rows = pyo.Constraint(expr=m.x[1] >= 3)
    m.aim = pyo.Objective(expr=m.x[1])
    with pytest.raises(SolverFault, match=r"variable 'x' .* whole or continuous"):
        compile_parts(m)


def uneven(index: Any, dense: bool) -> Any:
    """A variable over members of one, two and three parts."""
    m: Any = pyo.ConcreteModel()
    m.A = pyo.Set(dimen=None, initialize=[1, (2, 3), (4, 5, 6)])
    m.x = pyo.Var(index(m), dense=dense, bounds=(0, 9))
    m.rows = pyo.Constraint(m.A, rule=lambda m, *i: m.x[i] <= len(i))
    m.some = pyo.Constraint([1], rule=lambda m, i: m.x[i] + m.x[2, 3] >= 1)
    m.aim = pyo.Objective(rule=lambda m: m.x[4, 5, 6] + m.x[1])
    return m


@pytest.mark.parametrize("index", [lambda m: m.A, lambda _: pyo.Any])
def test_a_variable_whose_members_cannot_be_counted_has_those_that_are_used(index: Callable[..., Any]) -> None:
    """Over members of several dimensions, or any at all: rows that were read as templates make theirs, too."""
    with templates():
        model = uneven(index, dense=False)
    check_same(compile_parts(model).arrays, uneven(index, dense=True))


def test_sums_over_unions_are_read_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """Pyomo warns for each set that was put together from others and is asked for its parts."""

    def union(dense: bool) -> Any:
        m: Any = pyo.ConcreteModel()
        m.I, m.J = pyo.Set(initialize=[1, 2, 3]), pyo.Set(initialize=[3, 4])
        m.both, m.pairs = m.I | m.J, (m.I | m.J) * (m.I & m.J)
        m.x = pyo.Var(m.both, m.both, dense=dense)
        m.rows = pyo.Constraint(m.I & m.J, rule=lambda m, i: sum(m.x[i, j] for j in m.both) <= 1)
        m.most = pyo.Constraint(m.pairs, rule=lambda m, i, j: m.x[i, j] <= i)
        m.aim = pyo.Objective(rule=lambda m: sum(m.x[i, j] for i, j in m.pairs))
        return m

    with templates():
        compiled = compile_parts(union(dense=False))
    check_same(compiled.arrays, union(dense=True))
    assert compiled.one_by_one == {}
    assert frame_of(compiled.columns, "x", np.zeros(16)).columns == ["both", "both_", "value"]
    assert caplog.records == []
