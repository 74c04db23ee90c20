"""How far forecasts from a state can be trusted: a year of them against what then happened, and a test for drift.

What happens is a replication with a seed that the forecasts do not have, perhaps of a park that is not quite the one
that forecasts. Week by week it is put down as a state; many futures start from there; what they say of the next weeks
is compared with what comes.

If the model is right, what comes next week is one more draw among the futures of the week, so that its rank among them
is uniform, and ranks of different weeks are independent (Dawid 1984; Diebold, Gunther and Tay 1998; equal values are
ordered by lot). Of so many weeks the number whose rank lies inside the interval, and the number whose rank lies in the
lower half, are binomial. Both are tested exactly for every series, the first on one side; Holm's procedure (1979) keeps
the probability of any false alarm at the level.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park import Park
from aidc_twin.park.checks.state_rests import begun_hours
from aidc_twin.park.moved import on_day
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.chance import name_hash
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.figures import DONE, STARTS
from aidc_twin.twin.moment import moment_of
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import replicate, seeds_of

Reals = NDArray[np.float64]
INSIDE = 0.8
"""Share of futures that an interval is to hold."""
LEVEL = 0.01
"""Probability of an alarm though nothing has drifted."""


@dataclass(frozen=True)
class Asked:
    """A backtest: weeks to forecast from, weeks ahead, futures of each, seeds of the futures and of what happens."""

    weeks: int = 52
    ahead: int = 4
    futures: int = 40
    seed: int = 1
    hidden: int = 2**40
    workers: int = 2


@dataclass
class Track:
    """Forecasts of one series: means, interval ends and actual values by horizon, and next week's ranks."""

    unit: str
    rows: dict[int, list[tuple[float, float, float, float]]] = field(
        default_factory=dict[int, list[tuple[float, float, float, float]]]
    )
    ranks: list[int] = field(default_factory=list[int])


def backtest(park: Park, actual: Park, asked: Asked, progress: Progress = SILENT) -> dict[str, Any]:
    """Forecasts of `park` from the states of a replication of `actual`, week by week, and what came of them.

    Raises
    ------
    InputError
        If a state cannot be said in the tables of a state.
    SimulationFault
        If the park stops, or units leave it for good.
    """
    happens = read_factory(actual)
    policy = Policy()
    arrays = compile_arrays(happens, policy)
    truth = weekly(happens, replicate(arrays, [asked.hidden], workers=1)[0])
    tracks: dict[str, Track] = {}
    known = _as_slow(park, actual)
    weeks = min(asked.weeks, park.head.horizon_weeks - asked.ahead)
    progress.begin("backtest", weeks)
    for week in range(weeks):
        if week:
            day = park.head.epoch + timedelta(weeks=week)
            moment = moment_of(happens, arrays, policy, asked.hidden, day)
            start = on_day(known, day, moment.to_do(park))
        else:
            start = park
        futures = _futures(start, asked, week)
        for name, (unit, values) in truth.items():
            track = tracks.setdefault(name, Track(unit))
            _compare(track, f"{name}/{week}", values[week : week + asked.ahead], futures[name])
        progress.advance()
    progress.end()
    return _report(tracks, asked, weeks)


def _as_slow(park: Park, actual: Park) -> Park:
    """The park, which takes from a state that work has more left than it would take by itself."""
    mine, real = begun_hours(park), begun_hours(actual)
    return replace(park, begun_hours={key: max(hours, real.get(key, 0.0)) for key, hours in mine.items()})


def _futures(park: Park, asked: Asked, week: int) -> dict[str, Reals]:
    """Each series in the next weeks of each future, shape (futures, weeks); every week has seeds of its own."""
    near = min(asked.ahead, park.head.horizon_weeks)
    short = replace(park, head=park.head.model_copy(update={"horizon_weeks": near, "warm_up_weeks": 0}))
    factory = read_factory(short)
    seeds = seeds_of(asked.seed + week * asked.futures, asked.futures)
    runs = replicate(compile_arrays(factory), seeds, workers=asked.workers)
    found = [weekly(factory, run) for run in runs]
    return {name: np.stack([one[name][1][:near] for one in found]) for name in found[0]}


def weekly(factory: Factory, run: Replication) -> dict[str, tuple[str, Reals]]:
    """Unit and values by week of each series: yuan of each ledger, units done, starts of work on each kind of servers.

    A series that says nothing of a park is left out.
    """
    week = factory.bucket_edge[:-1] // factory.clock.ticks_per_week
    found: dict[str, tuple[str, Reals]] = {}
    for ledger in dict.fromkeys(sale.ledger for sale in factory.park.sales):
        rules = [i for i, sale in enumerate(factory.park.sales) if sale.ledger == ledger]
        yuan = run.posted[rules, :, 0].sum(axis=0).astype(np.float64)
        sums = np.bincount(week, yuan, factory.park.head.horizon_weeks)
        found[ledger] = ("yuan", np.asarray(sums, np.float64))
    found["units_done"] = ("units", _by_week(run.group_weeks[:, :, DONE]).sum(axis=1))
    starts = _by_week(run.class_weeks[:, :, STARTS])
    for r, row in enumerate(factory.park.resources):
        classes = [c for c, work in enumerate(factory.table.rows) if work.server == r]
        if row.kind == "servers" and classes:
            found[f"starts/{row.resource}"] = ("starts", starts[:, classes].sum(axis=1))
    return found


def _by_week(sums: NDArray[np.int64]) -> Reals:
    """What each week adds to sums at the ends of weeks, shape (weeks + 1, things); the last row is that of the end."""
    return np.diff(sums[:-1], axis=0, prepend=0).astype(np.float64)


def _compare(track: Track, key: str, actual: Reals, futures: Reals) -> None:
    """Add what futures say of the next week and of all of them together, and what came."""
    for horizon in dict.fromkeys((1, len(actual))):
        said, came = futures[:, :horizon].sum(axis=1), float(actual[:horizon].sum())
        low, high = (float(q) for q in np.quantile(said, (0.5 - INSIDE / 2, 0.5 + INSIDE / 2)))
        track.rows.setdefault(horizon, []).append((float(said.mean()), low, high, came))
    track.ranks.append(rank_of(futures[:, 0], float(actual[0]), key))


def rank_of(futures: Reals, actual: float, key: str) -> int:
    """How many futures are below what came, shape (futures,); among equals a place by lot, which `key` decides."""
    below, equal = int((futures < actual).sum()), int((futures == actual).sum())
    return below + int(name_hash(f"rank/{key}", 32) / 2**32 * (equal + 1))


def _report(tracks: Mapping[str, Track], asked: Asked, weeks: int) -> dict[str, Any]:
    tests = [test for name, track in tracks.items() for test in _tests(name, track.ranks, asked.futures)]
    alarms = holm(tests, LEVEL)
    return {
        "weeks": weeks, "ahead": asked.ahead, "futures": asked.futures, "seed": asked.seed, "interval": INSIDE,
        "level": LEVEL, "tests": len(tests),
        "series": [
            {"series": name, "unit": track.unit, "horizon_weeks": horizon, **errors_of(rows)}
            for name, track in tracks.items() for horizon, rows in track.rows.items()
        ],
        "drift": alarms,
    }  # fmt: skip


def errors_of(rows: Sequence[tuple[float, float, float, float]]) -> dict[str, Any]:
    """Errors of the forecasts of a series: rows of mean forecast, ends of the interval, and what came.

    No error is divided by a single week, which can be next to nothing: `mean_absolute_error` has the unit of the
    series, `wape` (weighted absolute percentage error) and `bias` are shares of all that came in all weeks together,
    None where nothing ever came (Kolassa and Schütz 2007, Advantages of the MAD/mean ratio over the MAPE).
    """
    said, low, high, came = np.array(rows).T
    error, whole = np.abs(said - came), float(came.sum())
    return {
        "forecasts": len(rows),
        "mean_absolute_error": float(error.mean()),
        "wape": float(error.sum()) / whole if whole else None,
        "bias": (float(said.sum()) - whole) / whole if whole else None,
        "coverage": float(((low <= came) & (came <= high)).mean()),
        "mean_actual": whole / len(rows),
    }


def _tests(name: str, ranks: Sequence[int], futures: int) -> Iterator[dict[str, Any]]:
    """The two binomial tests of a series."""
    n = len(ranks)
    edge = int((1 - INSIDE) / 2 * (futures + 1))
    inside = sum(edge <= rank <= futures - edge for rank in ranks)
    share = (futures + 1 - 2 * edge) / (futures + 1)
    yield {"series": name, "test": "coverage", "weeks": inside, "of": n, "expected": share * n,
           "p": at_most(inside, n, share)}  # fmt: skip
    half = (futures + 1) // 2
    lower = sum(rank < half for rank in ranks)
    share = half / (futures + 1)
    both = min(1.0, 2 * min(at_most(lower, n, share), at_most(n - lower, n, 1 - share)))
    yield {"series": name, "test": "lower half", "weeks": lower, "of": n, "expected": share * n, "p": both}


def at_most(successes: int, trials: int, share: float) -> float:
    """Probability of at most so many successes, each of the given probability."""
    return min(1.0, math.fsum(math.comb(trials, k) * share**k * (1 - share) ** (trials - k)
                              for k in range(successes + 1)))  # fmt: skip


def holm(tests: Sequence[Mapping[str, Any]], level: float) -> list[dict[str, Any]]:
    """Tests that are significant all together at a level, the smallest p first."""
    found: list[dict[str, Any]] = []
    for i, test in enumerate(sorted(tests, key=lambda row: (row["p"], row["series"], row["test"]))):
        if test["p"] > level / (len(tests) - i):
            break
        found.append(dict(test))
    return found
