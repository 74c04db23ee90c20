"""Forecasts from weekly states against what then happens: intervals hold, drift is seen, exact tests are exact."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aidc_twin.loop.backtest import Asked, at_most, backtest, errors_of, holm, rank_of
from aidc_twin.park import Park, Patch, load_park

FILES = {
    "park.toml": 'schema_version = 1\nid = "shop"\nepoch = 2026-10-05\nhorizon_weeks = 60\n',
    "entities.csv": "entity,kind\nmaker,integrator\n",
    "destinations.csv": "destination,market\nhome,domestic\n",
    "calendars.csv": "calendar,shift,days,start,end\nday,1,mon-sun,06:00,22:00\n",
    "resources.csv": "resource,kind,calendar\nmill,servers,day\noven,servers,day\n",
    "capacity.csv": "resource,amount\nmill,1\noven,2\n",
    "products.csv": "product,kind,routing,maker,value_yuan\nlot,solution,lot,maker,\npiece,module,piece,maker,100000\n",
    "bom.csv": "parent,item,quantity,rounding,operation\nlot,piece,1,up,hand-over\n",
    "operations.csv": "routing,operation,stage,after,duration,duration_unit,calendar,fail_share,rework\n"
    "lot,hand-over,acceptance,,1,hour,,,\n"
    'piece,mill,manufacture,,"tri(3,5,9)",hour,day,,\n'
    'piece,cure,manufacture,mill,"tri(4,6,8)",hour,day,0.1,2\n',
    "needs.csv": "routing,operation,resource\npiece,mill,mill\npiece,cure,oven\n",
    "sales.csv": "sale,ledger,seller,buyer,item,operation\nout,industrial_output,maker,outside,piece,cure\n",
    "orders.csv": "order,product,quantity_mw,ordered,due,destination\n"
    + "".join(f"o{n:02},lot,40,2026-10-05,2027-{n // 28 + 1:02}-{n % 28 + 1:02},home\n" for n in range(36)),
}
SLOW = 1.1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose one mill has work for more than a year."""
    place = tmp_path_factory.mktemp("shop") / "shop"
    place.mkdir()
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def park(folder: Path) -> Park:
    """The shop."""
    return load_park(folder)


def slower(park: Park) -> Park:
    """The shop with a mill that is slower by a tenth."""
    rows = [
        row.model_copy(update={"duration": replace(row.duration, factor=SLOW)}) if row.operation == "mill" else row
        for row in park.operations
    ]
    return replace(park, operations=tuple(rows))


def series(found: dict[str, Any], name: str, horizon: int) -> dict[str, Any]:
    """Errors of a series."""
    return next(row for row in found["series"] if (row["series"], row["horizon_weeks"]) == (name, horizon))


@pytest.fixture(scope="module")
def as_said(park: Park) -> dict[str, Any]:
    """A year in which happens what the model says."""
    return backtest(park, park, Asked(weeks=52, futures=30))


def test_intervals_hold_what_comes_if_the_model_is_right(as_said: dict[str, Any]) -> None:
    """Nothing drifts, forecasts are without bias, and about four of five weeks lie in the interval."""
    assert as_said["drift"] == []
    assert as_said["weeks"] == 52
    for name in ("industrial_output", "starts/mill", "starts/oven"):
        for horizon in (1, 4):
            row = series(as_said, name, horizon)
            assert row["forecasts"] == 52
            assert abs(row["bias"]) < 0.015, row
            assert 0.6 <= row["coverage"] <= 1, row
            assert row["wape"] < 0.1, row
    assert series(as_said, "starts/mill", 1)["mean_actual"] == pytest.approx(112 / (17 / 3), rel=0.03)


def test_a_mill_that_is_slower_by_a_tenth_is_seen(park: Park, as_said: dict[str, Any]) -> None:
    """Its forecasts are too high by about a tenth, and the warning names it; the test before shows that it can pass."""
    found = backtest(park, slower(park), Asked(weeks=52, futures=30))
    assert "starts/mill" in {row["series"] for row in found["drift"]}
    assert all(row["p"] <= found["level"] for row in found["drift"])
    assert series(found, "starts/mill", 4)["bias"] == pytest.approx(0.1, abs=0.03)
    assert abs(series(as_said, "starts/mill", 4)["bias"]) < 0.015


def test_a_backtest_is_a_function_of_its_seeds(park: Park) -> None:
    """The same on one worker and on two; other luck with another hidden seed."""
    asked = Asked(weeks=5, futures=10, workers=1)
    first = backtest(park, park, asked)
    assert backtest(park, park, replace(asked, workers=2)) == first
    assert backtest(park, park, replace(asked, hidden=7))["series"] != first["series"]


def test_probabilities_of_the_tests_are_exact() -> None:
    """Binomial tails by fractions; Holm's bounds by hand."""
    for n, k, share in ((52, 33, Fraction(4, 5)), (10, 0, Fraction(1, 2)), (10, 10, Fraction(1, 3))):
        exact = sum((comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k + 1)), Fraction(0))
        assert at_most(k, n, float(share)) == pytest.approx(float(exact), rel=1e-12)
    rows = [{"series": name, "test": "t", "p": p} for name, p in (("a", 0.02), ("b", 0.001), ("c", 0.004))]
    assert [row["series"] for row in holm(rows, 0.01)] == ["b", "c"]  # 0.001 <= 0.01/3, 0.004 <= 0.01/2, 0.02 > 0.01
    assert holm(rows[:1], 0.01) == []


def test_a_week_near_zero_does_not_swell_the_errors() -> None:
    """A million by mistake in a week of ten yuan is a tenth of a year of ten million, not thousands of per cent."""
    rows = [(1e6, 0.0, 2e6, 10.0), (5e6, 4e6, 6e6, 5e6), (5e6 - 10, 4e6, 6e6, 5e6 - 10)]
    found = errors_of(rows)
    assert set(found) == {"forecasts", "mean_absolute_error", "wape", "bias", "coverage", "mean_actual"}
    assert found["mean_absolute_error"] == pytest.approx((1e6 - 10) / 3)
    assert found["wape"] == found["bias"] == pytest.approx((1e6 - 10) / 1e7)
    nothing = errors_of([(2.0, 0.0, 3.0, 0.0), (0.0, 0.0, 0.0, 0.0)])
    assert (nothing["mean_absolute_error"], nothing["wape"], nothing["bias"]) == (1.0, None, None)


def test_ranks_are_places_among_the_futures_and_equals_are_drawn() -> None:
    """Below all 0, above all n; of n equal values each place comes about as often."""
    futures = np.array([1.0, 2.0, 2.0, 5.0])
    assert (rank_of(futures, 0, "k"), rank_of(futures, 3, "k"), rank_of(futures, 9, "k")) == (0, 3, 4)
    places = np.bincount([rank_of(np.zeros(4), 0, f"k{n}") for n in range(1000)], minlength=5)
    assert places.min() > 150
    assert len(places) == 5


def test_backtest_from_the_command_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Errors are told in the unit of the series and by all that came, what cannot be is refused, and a future that is
    put down can be imported.
    """
    from aidc_twin.app.entry import run

    common = ["--park", str(folder)]
    words = ["state", "backtest", *common, "--weeks", "3", "-n", "10", "--slower", "mill=10"]
    assert run([*words, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["series"][0]
    assert run(words) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["series", "weeks", "ahead", "mean", "MAE", "WAPE", "bias", "inside"] in lines
    mean, error = (f"{first[key] / 1e8:,.3f}" for key in ("mean_actual", "mean_absolute_error"))
    shares = [f"{first[key]:.1%}" for key in ("wape", "bias", "coverage")]
    assert [first["series"], "1", mean, "亿元", error, "亿元", *shares] in lines
    assert run(["state", "backtest", *common, "--slower", "mil=10"]) == 2
    assert run(["state", "backtest", *common, "--slower", "mill"]) == 2
    assert run(["state", "backtest", *common, "--ahead", "60"]) == 2
    state = str(tmp_path / "state")
    assert run(["state", "extract", state, *common, "--at", "2026-11-02", "--seed", "4"]) == 0
    assert run(["state", "extract", state, *common, "--at", "2026-11-02"]) == 2
    assert run(["state", "extract", f"{state}2", *common, "--at", "2026-10-05"]) == 2
    assert run(["state", "import", state, *common, "--store", str(tmp_path / "runs")]) == 0
    assert run(["simulate", str(folder), "-n", "2", "--state", state]) == 0


@pytest.mark.release
def test_a_year_of_the_shipped_park() -> None:
    """No false alarm, ledgers without bias over four weeks; bays that are slower are seen."""
    park = load_park("wuxi-aidc")
    found = backtest(park, park, Asked())
    assert found["drift"] == [], found["drift"]
    for name in ("industrial_output", "wholesale_trade"):
        assert abs(series(found, name, 4)["bias"]) < 0.05
    path = "operations.*/fat.duration"
    slow = load_park("wuxi-aidc", overrides=[Patch("scale", path, SLOW, file="test", line=0)])
    assert {row["series"] for row in backtest(park, slow, Asked())["drift"]} == {"starts/loadbank-bay"}
