"""`SimResult`: replications of one park under one policy, read as goals, figures, shares and frames."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.frames import Flows, GoalFan, GoalSamples, Kpis, ResourcePeaks, ResourceShares, ResourceWeeks, build
from aidc_twin.twin.classes import counting_scale
from aidc_twin.twin.compile import Factory
from aidc_twin.twin.figures import Samples, grown_since, source_figures
from aidc_twin.twin.kernel.layout import (
    DONE,
    GR_MOST,
    WR_DOWN,
    WR_IDLE,
    WR_IDLE_OPEN,
    WR_TOTAL,
)
from aidc_twin.twin.memory import Ints
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.routes import eliminated
from aidc_twin.twin.statistics import Interval, finite, half_width, interval

SHARES = ("busy", "blocked", "starved", "down", "closed", "setup")
"""What a resource's capacity is used for."""


class GoalLike(Protocol):
    """What the twin must know of a goal."""

    @property
    def id(self) -> str:
        """Name."""
        ...

    @property
    def ledger(self) -> str:
        """Statistic that it counts in."""
        ...

    @property
    def basis(self) -> str:
        """``entity_gross`` or ``consolidated``."""
        ...

    @property
    def payload(self) -> str:
        """``owned`` or ``consigned``."""
        ...

    @property
    def year(self) -> int:
        """Calendar year."""
        ...


@dataclass(frozen=True)
class SimResult:
    """Replications of a factory; R of them, S posting rules, B buckets of the ledgers."""

    factory: Factory
    replications: Sequence[Replication]
    cpu_seconds: float = 0.0

    @cached_property
    def posted(self) -> NDArray[np.int64]:
        """Yuan posted, shape (R, S, B, 2): owned and consigned."""
        return np.stack([run.posted for run in self.replications])

    def goal_by_bucket(self, goal: GoalLike) -> NDArray[np.int64]:
        """Yuan that count for a goal, shape (R, B); 0 outside its year."""
        rules = [
            i
            for i, sale in enumerate(self.factory.park.sales)
            if sale.ledger == goal.ledger and not (goal.basis == "consolidated" and eliminated(self.factory.park, sale))
        ]
        edge = self.factory.bucket_edge
        first, last = self.factory.clock.year_ticks(goal.year)
        inside = (edge[:-1] >= first) & (edge[1:] <= last)
        side = 1 if goal.payload == "consigned" else 0
        return self.posted[..., side][:, rules].sum(axis=1) * inside

    def goal_yuan(self, goal: GoalLike) -> NDArray[np.int64]:
        """Yuan of a goal in each replication, shape (R,)."""
        return self.goal_by_bucket(goal).sum(axis=1)

    @property
    def events(self) -> int:
        """Events of all replications."""
        return sum(run.events for run in self.replications)

    @cached_property
    def trace_hash(self) -> str:
        """Hash of every result and trace, the same for equal inputs and seeds on any machine."""
        digest = hashlib.sha256()
        for run in self.replications:
            for name in [*(part.name for part in fields(run) if part.name != "log"), "trace"]:
                value = getattr(run, name)
                whole = isinstance(value, int)
                digest.update(f"{name} {value if whole else value.shape} ".encode())
                digest.update(b"" if whole else np.ascontiguousarray(value).tobytes())
        return digest.hexdigest()

    def kpis(self, goals: Sequence[GoalLike]) -> pl.DataFrame:
        """Throughput, flow time and tardiness of orders, figures of sources, and the goals' ledgers, with intervals.

        The intervals are over the replications.
        """
        return build(Kpis, [(name, unit, *_figures(samples)) for name, unit, samples in self.samples(goals)])

    def samples(self, goals: Sequence[GoalLike]) -> list[Samples]:
        """Each figure of `kpis` in every replication that has it."""
        found = [*self._order_figures(), *source_figures(self.factory, self.replications)]
        return found + [(goal.id, "yuan", self.goal_yuan(goal).astype(np.float64)) for goal in goals]

    def _order_figures(self) -> list[Samples]:
        """Figures of the orders; none in a park that has only sources."""
        factory = self.factory
        if not factory.units and factory.park.sources:
            return []
        day = factory.clock.ticks_per_day
        whole = np.array([unit.parent < 0 for unit in factory.units], bool)
        kind = np.array([factory.park.product(unit.product).kind for unit in factory.units], str)
        mw = np.array([order.quantity_mw for order in factory.orders], np.float64)
        due = np.array(factory.due, np.float64)
        state, first = factory.opening.state, factory.first
        closed = np.array([bool((state[a:b] == DONE).all()) for a, b in pairwise(first.tolist())], bool)
        late, served, boxes, payloads, flow = [], [], [], [], []
        for run in self.replications:
            done = run.job_done >= 0
            served.append(float(mw[whole & done].sum()))
            boxes.append(float((done & (kind == "module")).sum()))
            payloads.append(float((done & (kind == "payload")).sum()))
            made = done & np.isin(kind, ("module", "payload")) & (run.job_start >= 0)
            flow += [float((run.job_done - run.job_start)[made].mean() / day)] if made.any() else []
            end = np.where(done, run.job_done, factory.horizon)
            late.append(float(np.maximum(0.0, end - due)[whole & ~closed].sum() / day))
        samples = [
            ("accepted_mw", "MW", served), ("boxes_delivered", "boxes", boxes),
            ("payloads_delivered", "units", payloads),
            ("flow_time", "days", flow), ("order_tardiness", "order-days", late),
        ]  # fmt: skip
        return [(name, unit, np.array(values)) for name, unit, values in samples if values]

    def resource_shares(self) -> pl.DataFrame:
        """What capacity was used for after the warm-up (mean of the replications), shares that sum to one; see
        `ResourceShares`.
        """
        means = self.share_samples.mean(axis=0).tolist()
        rows = [(row.resource, row.kind, *means[r]) for r, row in enumerate(self.factory.park.resources)]
        return build(ResourceShares, rows)

    @cached_property
    def share_samples(self) -> NDArray[np.float64]:
        """Shares of each resource in each replication, shape (R, resources, 6), in the order of `SHARES`."""
        after = self.factory.park.head.warm_up_weeks
        found = np.zeros((len(self.replications), len(self.factory.park.resources), len(SHARES)))
        for i, run in enumerate(self.replications):
            grown = grown_since(run.resource_weeks, after)
            worked = np.stack([run.work, run.setup, run.elapsed], axis=1) - run.warm_up_work
            for r, row in enumerate(self.factory.park.resources):
                busy, blocked, *rest = _shares(grown[r], worked[r])
                if row.kind != "servers":  # a place or a person that is kept is in use; only a machine can be blocked
                    busy, blocked = busy + blocked, 0.0
                found[i, r] = (busy, blocked, *rest)
        return found

    def share_widths(self) -> dict[str, dict[str, float | None]]:
        """Half-width of the 95 % interval of each resource's mean shares, by resource and share; None of one
        replication.
        """
        names = [row.resource for row in self.factory.park.resources]
        return {
            name: {share: finite(half_width(self.share_samples[:, r, k])) for k, share in enumerate(SHARES)}
            for r, name in enumerate(names)
        }

    def resource_peaks(self) -> pl.DataFrame:
        """Most of each resource in use at once over the whole horizon, the warm-up too; see `ResourcePeaks`.

        A machine that is down counts as in use.
        """
        rows: list[tuple[object, ...]] = []
        for r, row in enumerate(self.factory.park.resources):
            peaks = np.array([run.peak[r] for run in self.replications]) / counting_scale(row.kind)
            rows.append((row.resource, row.unit, float(peaks.mean()), finite(half_width(peaks)), float(peaks.max())))
        return build(ResourcePeaks, rows)

    def unit_peaks(self) -> list[tuple[str, str, Interval, float]]:
        """Most units in the park at once over the whole horizon, the warm-up too.

        Of each product (of orders, and of parts) and each source that has any: ``product`` or ``source``, name, mean
        with its interval, largest of the replications. Who comes and goes in one instant was there.
        """
        names = [("product", row.product) for row in self.factory.park.products]
        names += [("source", row.source) for row in self.factory.park.sources]
        most = np.stack([run.groups[:, GR_MOST] for run in self.replications]).astype(np.float64)
        some = [(name, most[:, g]) for g, name in enumerate(names) if most[:, g].any()]
        return [(*name, interval(mine), float(mine.max())) for name, mine in some]

    def resource_weeks(self) -> pl.DataFrame:
        """Mean amount in use and capacity by week."""
        week = self.factory.clock.ticks_per_week
        used = np.mean([run.used for run in self.replications], axis=0) / week
        capacity = mean_capacity(self.factory, self.replications)
        rows = [
            (row.resource, w, float(used[r, w]) / scale, float(capacity[r, w]) / scale)
            for r, row in enumerate(self.factory.park.resources)
            for scale in [counting_scale(row.kind)]
            for w in range(used.shape[1])
        ]
        return build(ResourceWeeks, rows)

    def goal_samples(self, goals: Sequence[GoalLike]) -> pl.DataFrame:
        """Each goal in each replication."""
        rows = [(goal.id, r, int(yuan)) for goal in goals for r, yuan in enumerate(self.goal_yuan(goal))]
        return build(GoalSamples, rows)

    def goal_fan(self, goals: Sequence[GoalLike], planned: Mapping[str, Mapping[int, int]]) -> pl.DataFrame:
        """Cumulative amounts over the goal's year beside the plan's; `planned` gives yuan by goal and week."""
        rows: list[tuple[object, ...]] = []
        clock = self.factory.clock
        for goal in goals:
            total = self.goal_by_bucket(goal).cumsum(axis=1)
            first, last = clock.year_ticks(goal.year)
            plan = planned.get(goal.id, {})
            so_far = 0
            for b, end in enumerate(self.factory.bucket_edge[1:]):
                week = int(end - 1) // clock.ticks_per_week
                at_week_end = end % clock.ticks_per_week == 0
                so_far += plan.get(week, 0) if at_week_end else 0
                if first < end <= last and (at_week_end or end == last):
                    p10, p50, p90 = (int(q) for q in np.quantile(total[:, b], (0.1, 0.5, 0.9)))
                    day = (clock.date(int(end)) - timedelta(days=1)).date()
                    part = plan.get(week, 0) if not at_week_end else 0
                    rows.append((goal.id, week, day, so_far + part, p10, p50, p90))
        return build(GoalFan, rows)

    def flows(self, year: int, payload: str) -> pl.DataFrame:
        """Money along the chain in a year, mean of the replications."""
        edge = self.factory.bucket_edge
        first, last = self.factory.clock.year_ticks(year)
        inside = (edge[:-1] >= first) & (edge[1:] <= last)
        yuan = self.posted[..., 1 if payload == "consigned" else 0].mean(axis=0)[:, inside].sum(axis=1)
        found: dict[tuple[str, str, str, str], tuple[int, bool]] = {}
        for s, sale in enumerate(self.factory.park.sales):
            key = (sale.seller, sale.buyer, sale.item, sale.ledger)
            before = found.get(key, (0, False))[0]
            found[key] = (before + int(yuan[s]), eliminated(self.factory.park, sale))
        rows = [(*key, amount, gone) for key, (amount, gone) in found.items() if amount]
        return build(Flows, rows)


def _figures(samples: NDArray[np.float64]) -> tuple[float, float | None, float, float, float]:
    found = interval(samples)
    width = found.half_width_95 if np.isfinite(found.half_width_95) else None
    return found.mean, width, found.p10, found.p50, found.p90


def _shares(sums: Ints, worked: Ints) -> tuple[float, float, float, float, float, float]:
    """Busy, blocked, starved, down, closed and setup shares, from integrals of a resource and of the work on it.

    Nothing was there: all starved. A machine that is down counts as used, by the unit that stands still on it or by
    nobody; what is used, not down and not worked at is blocked. Work that its calendar interrupts keeps its machine
    while that is closed.
    """
    closed, starved, total = float(sums[WR_IDLE]), float(sums[WR_IDLE_OPEN]), float(sums[WR_TOTAL:WR_DOWN].sum())
    if total <= 0:
        return 0.0, 0.0, 1.0, 0.0, 0.0, 0.0
    down = float(sums[WR_DOWN])
    work, setup, elapsed = (float(ticks) for ticks in worked)
    used = total - closed - starved
    parts = work, used - elapsed - down, starved, down, closed + elapsed - work - setup, setup
    busy, blocked, starved, stopped, closed, changed = (part / total for part in parts)
    return busy, blocked, starved, stopped, closed, changed


def mean_capacity(factory: Factory, replications: Sequence[Replication]) -> NDArray[np.float64]:
    """Mean capacity of each resource by week in counting units, shape (R, W), phases as drawn."""
    from aidc_twin.twin.stock import capacity_plan

    plan = capacity_plan(factory.park, factory.clock)
    weeks, week = factory.park.head.horizon_weeks, factory.clock.ticks_per_week
    start = np.arange(weeks) * week
    capacity = np.repeat((plan.initial - plan.down)[:, None].astype(np.float64), weeks, axis=1)
    for r, delta, time, phase in zip(plan.resource, plan.delta, plan.time, plan.phase, strict=True):
        opened = [max(0, int(time), int(run.phase_open[phase]) if phase >= 0 else 0) for run in replications]
        share = np.mean([np.clip((start + week - tick) / week, 0.0, 1.0) for tick in opened], axis=0)
        capacity[r] += delta * share
    return capacity
