"""Figures of sources: counts, flow and waiting with and without a warm-up, by hand and against a trace."""

from __future__ import annotations

import numpy as np
import pytest
from small_parks import kit_park, make_park

from aidc_twin.twin.compile import Factory, compile_arrays, read_factory
from aidc_twin.twin.figures import source_figures, units_done, units_in_park
from aidc_twin.twin.kernel.layout import GR_DONE
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate

WEEK = 168


def line(warm_up: int = 0, **source: object) -> tuple[Factory, list[Replication]]:
    """A stream of parts at one bay for three weeks, two replications."""
    park = make_park(
        {
            "entities": [{"entity": "maker", "kind": "integrator"}],
            "products": [
                {"product": "part", "kind": "component", "routing": "part", "maker": "maker", "value_yuan": 1}
            ],
            "operations": [{"routing": "part", "operation": "weld", "stage": "manufacture", "duration": 20}],
            "resources": [{"resource": "bay", "kind": "servers"}],
            "capacity": [{"resource": "bay", "amount": 1}],
            "needs": [{"routing": "part", "operation": "weld", "resource": "bay"}],
            "sources": [{"source": "line", "product": "part", "interval_hours": 24, "first_hours": 0} | source],
        },
        horizon_weeks=3,
        warm_up_weeks=warm_up,
    )
    factory = read_factory(park)
    return factory, replicate(compile_arrays(factory), [1, 2], workers=1)


def figures(warm_up: int = 0, **source: object) -> dict[str, float]:
    """Means by name."""
    return {name: float(values.mean()) for name, _, values in source_figures(*line(warm_up, **source))}


def test_figures_by_hand() -> None:
    """A part each day at midnight, 20 hours of work, nobody waits; one more comes at the horizon."""
    found = figures()
    assert found["line/arrived"] == 22
    assert found["line/done"] == 21
    assert found["line/throughput"] == pytest.approx(1)
    assert found["line/flow_time"] == pytest.approx(20 / 24)
    assert found["line/in_park"] == pytest.approx(20 / 24)
    assert found["wait/part/weld"] == 0


def test_the_warm_up_is_left_out() -> None:
    """Ten parts at once, then nothing: after a week 8 are done, each has waited for those before it."""
    whole, rest = (figures(weeks, units=10, most=1) for weeks in (0, 1))
    assert whole["wait/part/weld"] == pytest.approx(np.mean([20 * i for i in range(10)]))
    assert whole["line/flow_time"] * 24 == pytest.approx(np.mean([20 * i for i in range(1, 11)]))
    assert (rest["line/arrived"], rest["line/done"]) == (0, 2)
    assert rest["line/flow_time"] * 24 == pytest.approx((180 + 200) / 2)
    assert rest["wait/part/weld"] == pytest.approx(180)  # the ninth started at hour 160
    assert rest["line/in_park"] == pytest.approx((180 - WEEK + 200 - WEEK) / (2 * WEEK))
    assert rest["line/throughput"] == pytest.approx(2 / 14)


def test_weeks_add_up() -> None:
    """Weekly means of units in the park are that of the whole run; units done by week are all that were done."""
    factory, runs = line(interval_hours="exp(19)", first_hours=5)
    present, done = units_in_park(factory, runs), units_done(runs)
    assert present.shape == done.shape == (2, 2, 3)
    found = {name: values for name, _, values in source_figures(factory, runs)}
    assert present[:, 1].mean(axis=1) == pytest.approx(found["line/in_park"])
    assert done[:, 1].sum(axis=1).tolist() == [int(run.groups[1, GR_DONE]) for run in runs]
    assert not present[:, 0].any()


def test_no_flow_time_where_no_module_is_done() -> None:
    """Orders of a solution alone have none; a mean of 0 days would say that they take no time."""
    park = kit_park({"operation": "weld", "duration": 30})
    factory = read_factory(park)
    runs = replicate(compile_arrays(factory), [1, 2])
    figures = {name: values.tolist() for name, _, values in SimResult(factory, runs).samples(())}
    assert figures["accepted_mw"] == [1.0, 1.0]
    assert "flow_time" not in figures
