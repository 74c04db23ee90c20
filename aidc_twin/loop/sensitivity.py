"""Which assumptions carry the goals: one at a time at the ends of its range, then those that matter all at once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.errors import SimulationFault
from aidc_twin.fan import Fan
from aidc_twin.frames import Sensitivity, build
from aidc_twin.loop.guesses import Guess, guesses_of, known
from aidc_twin.loop.rest import price_assumed
from aidc_twin.loop.simulation import execute
from aidc_twin.park import Goal, Park
from aidc_twin.park.check import check_park
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.compile import Policy, read_factory
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import seeds_of
from aidc_twin.twin.statistics import finite, interval, paired_difference

__all__ = ["FEW", "Trial", "sensitivity", "shares_of_variance", "tornado_frame"]

Reals = NDArray[np.float64]

FEW = 5
"""Most facts that are varied together."""

_CHUNK = 4
"""Parks that a worker is handed at a time."""

_RESAMPLES = 999
"""Resamples of the bootstrap."""


@dataclass(frozen=True)
class Trial:
    """A park, its goals, one policy and the seeds of its futures; picklable, for worker processes."""

    park: Park
    goals: tuple[Goal, ...]
    policy: Policy
    seed: int
    replications: int

    def result(self, values: Mapping[str, float]) -> SimResult:
        """Replications of the park if some facts were known."""
        factory = read_factory(known(self.park, values) if values else self.park)
        return execute(factory, self.policy, seeds_of(self.seed, self.replications), workers=1)[0]

    def yuan(self, found: SimResult) -> Reals:
        """Yuan of each goal in each replication, shape (goals, replications)."""
        return np.stack([found.goal_yuan(goal).astype(np.float64) for goal in self.goals])

    def end(self, values: Mapping[str, float]) -> Reals | str:
        """The same if some facts were known, or why the park cannot be so."""
        problems = check_park(known(self.park, values)).problems
        if problems:
            return str(problems[0])
        try:
            return self.yuan(self.result(values))
        except SimulationFault as fault:
            return str(fault)

    def ends(self, chunk: Sequence[Mapping[str, float]]) -> list[Reals | str]:
        """`end` of each."""
        return [self.end(values) for values in chunk]

    def all_yuan(self, chunk: Sequence[Mapping[str, float]]) -> list[Reals]:
        """`yuan` of each."""
        return [self.yuan(self.result(values)) for values in chunk]


def sensitivity(
    park: Park, goals: Sequence[Goal], policy: Policy, seed: int, replications: int, samples: int, *,
    workers: int = 2, progress: Progress = SILENT,
) -> dict[str, Any]:  # fmt: skip
    """Tornado of each goal, and indices of the facts that move them most, all with the same seeds and policy.

    Parameters
    ----------
    samples
        Rows of each of the two matrices of the indices, a power of 2; 0: the tornado alone.

    Returns
    -------
    dict
        ``facts``, ``without_range``, ``priced_by_guess`` (share of the first goal's simulated yuan whose price is
        assumed) and ``goals`` with ``tornado``, ``indices`` and ``variance``.
    """
    trial = Trial(park, tuple(goals), policy, seed, replications)
    fan = Fan(workers, "processes")
    every = guesses_of(park)
    guesses = [guess for guess in every if guess.ranged]
    as_is = trial.result({})
    base, ends = trial.yuan(as_is), _ends(trial, guesses, fan, progress)
    tornadoes = [_tornado(g, base, guesses, ends) for g in range(len(goals))]
    few = _few(guesses, base, tornadoes)
    found: list[dict[str, Any]] = [
        {
            "id": goal.id, "ledger": goal.ledger, "year": goal.year, "mean_yuan": float(base[g].mean()),
            "half_width_95_yuan": finite(interval(base[g]).half_width_95), "tornado": tornadoes[g],
            "indices": [], "variance": None,
        }
        for g, goal in enumerate(goals)
    ]  # fmt: skip
    if samples and few:
        for row, more in zip(found, _indices(trial, few, samples, fan, progress), strict=True):
            row.update(more)
    return {
        "replications": replications, "samples": samples,
        "facts": [_fact(guess, end) for guess, end in zip(guesses, ends, strict=True)],
        "without_range": [_fact(guess, ("", "")) for guess in every if not guess.ranged],
        "priced_by_guess": _priced(as_is, goals[0]), "matter": [guess.fact.id for guess in few], "goals": found,
    }  # fmt: skip


def tornado_frame(
    park: Park, goals: Sequence[Goal], policy: Policy, seed: int, replications: int, *,
    workers: int = 2, progress: Progress = SILENT,
) -> pl.DataFrame:  # fmt: skip
    """The tornadoes of `sensitivity` as a published frame, the widest bars first."""
    found = sensitivity(park, goals, policy, seed, replications, 0, workers=workers, progress=progress)
    rows: list[tuple[object, ...]] = []
    for goal in found["goals"]:
        for row in goal["tornado"]:
            for end in ("low", "high"):
                bar = row[end] or {}
                rows.append(
                    (goal["id"], row["fact"], end == "high", bar.get("difference_yuan"), bar.get("half_width_95_yuan"))
                )
    return build(Sensitivity, rows)


def _fact(guess: Guess, ends: tuple[Reals | str, Reals | str]) -> dict[str, Any]:
    fact = guess.fact
    refused = {name: end for name, end in zip(("low", "high"), ends, strict=True) if isinstance(end, str) and end}
    return {
        "fact": fact.id, "quantity": fact.quantity, "unit": fact.unit, "low": fact.low, "value": fact.value,
        "high": fact.high, "cells": guess.cells, "refused": refused, "reason": fact.source_title or fact.note,
    }  # fmt: skip


def _ends(
    trial: Trial, guesses: Sequence[Guess], fan: Fan, progress: Progress
) -> list[tuple[Reals | str, Reals | str]]:
    """Yuan of the goals with each fact at its low and at its high end, or why it cannot be there."""
    tasks = [{guess.fact.id: x} for guess in guesses for x in (guess.low, guess.high)]
    chunks = [tasks[i : i + _CHUNK] for i in range(0, len(tasks), _CHUNK)]
    progress.begin("one at a time", len(tasks))
    found = fan.map(trial.ends, chunks, lambda _, done: progress.advance(len(done)))
    progress.end()
    flat = [end for chunk in found for end in chunk]
    return list(zip(flat[::2], flat[1::2], strict=True))


def _tornado(
    g: int, base: Reals, guesses: Sequence[Guess], ends: Sequence[tuple[Reals | str, Reals | str]]
) -> list[dict[str, Any]]:
    """Bars of a goal, the widest first; equal ones by the fact's name."""
    rows: list[dict[str, Any]] = []
    for guess, (low, high) in zip(guesses, ends, strict=True):
        bars = {name: _bar(base[g], end, g) for name, end in (("low", low), ("high", high))}
        moves = [0.0, *(bar["difference_yuan"] for bar in bars.values() if bar is not None)]
        rows.append({"fact": guess.fact.id, **bars, "swing_yuan": max(moves) - min(moves)})
    return sorted(rows, key=lambda row: (-row["swing_yuan"], row["fact"]))


def _bar(base: Reals, end: Reals | str, g: int) -> dict[str, Any] | None:
    """How far a goal moves with a fact at one end; None where the park cannot be so."""
    if isinstance(end, str):
        return None
    gap = paired_difference(base, end[g])
    return {"difference_yuan": gap.mean, "half_width_95_yuan": finite(gap.half_width)}


def _few(guesses: Sequence[Guess], base: Reals, tornadoes: Sequence[list[dict[str, Any]]]) -> list[Guess]:
    """Facts that move some goal by more than chance may, those first that move one by the greatest share of it.

    Facts that the park cannot have at both ends are left out: nothing in between is sure to be possible.
    """
    shares: dict[str, float] = {}
    for rows, yuan in zip(tornadoes, base, strict=True):
        size = abs(float(yuan.mean())) or 1.0
        for row in rows:
            bars = [row["low"], row["high"]]
            if None not in bars and any(_sure(bar) for bar in bars):
                shares[row["fact"]] = max(shares.get(row["fact"], 0.0), row["swing_yuan"] / size)
    order = sorted(shares, key=lambda name: (-shares[name], name))[:FEW]
    by_id = {guess.fact.id: guess for guess in guesses}
    return [by_id[name] for name in order]


def _sure(bar: dict[str, Any]) -> bool:
    width = bar["half_width_95_yuan"]
    return width is not None and abs(bar["difference_yuan"]) > width


def _indices(trial: Trial, few: Sequence[Guess], samples: int, fan: Fan, progress: Progress) -> list[dict[str, Any]]:
    """First-order and total indices of each goal with their intervals, and where its variance comes from."""
    from scipy.stats import sobol_indices, triang

    dists = [triang((g.mode - g.low) / (g.high - g.low), loc=g.low, scale=g.high - g.low) for g in few]
    drawn: list[Reals] = []

    def means(points: Reals) -> Reals:
        """Mean of each goal at each column of `points`, shape (goals, columns)."""
        tasks = [dict(zip([g.fact.id for g in few], column, strict=True)) for column in points.T.tolist()]
        chunks = [tasks[i : i + _CHUNK] for i in range(0, len(tasks), _CHUNK)]
        found = fan.map(trial.all_yuan, chunks, lambda _, done: progress.advance(len(done)))
        yuan = np.stack([one for chunk in found for one in chunk], axis=1)
        drawn.append(yuan)
        return yuan.mean(axis=2)

    progress.begin("all at once", samples * (len(few) + 2))
    found = sobol_indices(func=means, n=samples, dists=dists, rng=np.random.default_rng(trial.seed))
    progress.end()
    shape = (len(trial.goals), len(few))
    first, total = _with_intervals(found, shape)
    apart = np.concatenate(drawn[:2], axis=1)
    return [
        {
            "indices": [
                {"fact": guess.fact.id, **_named("first", first[:, g, k]), **_named("total", total[:, g, k])}
                for k, guess in enumerate(few)
            ],
            "variance": shares_of_variance(apart[g]),
        }
        for g in range(len(trial.goals))
    ]


def _named(name: str, three: Reals) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), three.tolist(), strict=True))


def _with_intervals(found: Any, shape: tuple[int, int]) -> tuple[Reals, Reals]:
    """Each index with the ends of its 95 % bootstrap interval, shape (3, goals, facts) for first order and for total.

    An index that is the same in every resample, as that of a fact that does nothing, has no other value in its
    interval; the library says so by a warning and by not-a-number.
    """
    from scipy.stats import DegenerateDataWarning

    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", DegenerateDataWarning)
        again = found.bootstrap(confidence_level=0.95, n_resamples=_RESAMPLES)
    rows: list[Reals] = []
    for value, width in ((found.first_order, again.first_order), (found.total_order, again.total_order)):
        middle = np.reshape(value, shape)
        ends = [np.reshape(end, shape) for end in (width.confidence_interval.low, width.confidence_interval.high)]
        rows.append(np.stack([middle, *(np.where(np.isfinite(end), end, middle) for end in ends)]))
    return rows[0], rows[1]


def shares_of_variance(yuan: Reals) -> dict[str, float]:
    """Where the variance of one future of one draw of the facts comes from, for all draws in the same futures.

    The components of a two-way layout (Searle, Casella and McCulloch 1992, *Variance Components*, chapter 4): facts,
    futures, and that one fact does more in one future than in another; what comes out below 0 is 0.

    Parameters
    ----------
    yuan
        Shape (draws, futures), at least two of each.
    """
    draws, futures = yuan.shape
    by_draw, by_future = yuan.mean(axis=1), yuan.mean(axis=0)
    rest = yuan - by_draw[:, None] - by_future[None, :] + yuan.mean()
    both = float((rest**2).sum()) / ((draws - 1) * (futures - 1))
    facts = max(0.0, float(by_draw.var(ddof=1)) - both / futures)
    chance = max(0.0, float(by_future.var(ddof=1)) - both / draws)
    total = facts + chance + both
    parts = {"facts": facts, "futures": chance, "both": both}
    return {"sd_yuan": total**0.5, **{name: part / total if total > 0 else 0.0 for name, part in parts.items()}}


def _priced(found: SimResult, goal: Goal) -> float:
    """Share of a goal's simulated yuan whose price is assumed."""
    flows = found.flows(goal.year, goal.payload).filter(pl.col("ledger") == goal.ledger)
    if goal.basis == "consolidated":
        flows = flows.filter(~pl.col("eliminated"))
    total = float(flows["yuan"].sum())
    assumed = sum(
        float(yuan) for item, yuan in flows.select("item", "yuan").iter_rows()
        if price_assumed(found.factory.park, item)
    )  # fmt: skip
    return assumed / total if total > 0 else 0.0
