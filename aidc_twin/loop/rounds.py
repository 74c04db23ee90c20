"""The loop: plan, schedule the near weeks, execute in the twin, calibrate at that load, plan again until both agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from aidc_twin.frames import Losses, Rounds, build
from aidc_twin.loop.album import markets_of
from aidc_twin.loop.alternating import alternate, release_curve
from aidc_twin.loop.changes import calibrations
from aidc_twin.loop.correction import corrected, damped
from aidc_twin.loop.enough import GAP_GOAL, HALF_WIDTH_GOAL, traced_runs, until_sure
from aidc_twin.loop.loss import losses
from aidc_twin.loop.policy import policy_of, release_frame
from aidc_twin.loop.simulation import execute
from aidc_twin.loop.ways import EARLY, PLANNED, Trial, chosen, executed, shortfall, trials, ways_of
from aidc_twin.park import Goal, Park
from aidc_twin.plan import Plan, make_plan
from aidc_twin.plan.album import LOSS, Album, make_album
from aidc_twin.plan.formulation import Formulation, load_formulation
from aidc_twin.schedule import Schedule, make_schedule
from aidc_twin.solver import Profile
from aidc_twin.telemetry import SILENT, Progress, Telemetry
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import Calibration, free_flow
from aidc_twin.twin.compile import Factory, Policy, read_factory
from aidc_twin.twin.inputs import PlanInputs
from aidc_twin.twin.items import Items, find_items
from aidc_twin.twin.kernel.layout import ParkArrays
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import seeds_of
from aidc_twin.twin.statistics import interval

INTERRUPTED = "interrupted"
"""Status of a plan that Ctrl-C ended."""

FIRST_BUFFER = 0.01
"""How much higher than its goals the first plan aims."""

MOST_BUFFER = 0.05
"""No plan aims further above its goals than this."""

WAITING_WEEK = 0.04
"""Share of the cost of goods by which a plan that is executed early prefers a week to the one after it, for what is due
in the first week; of what is due in a year 1/2800 of that."""

CHOOSING = 2
"""Rounds in which the way of executing a plan is chosen; later ones keep it, or plan and twin would not settle."""

FEW_TRACES = 3
"""Rounds after which more traces are measured where chance moves the goals much: the first plans change far more than
by the luck of a few traces, and most agree; later ones would follow that luck."""


@dataclass(frozen=True)
class LoopOptions:
    """How hard the loop tries.

    Attributes
    ----------
    seed, replications : of the execution in the twin; the same seeds in every round and scenario.
    most : replications up to which a round goes that is close to its plan, but not sure; no more than `replications`
        where that is larger.
    rounds : limit of the loop; at least two are made.
    schedule_weeks : near weeks that are scheduled in detail.
    traced : replications whose traces calibrate the next round; later rounds take more where chance moves the goals
        much.
    losses : replications that tell what each cause takes from the goals of the kept plan; 0: that is not asked.
    album, loss : plans beside the best one of the kept round, and the share of each level that they may lose.
    near : ``plan_releases`` of a published plan, in weeks of this horizon: to move away from its weeks has a cost.
    """

    seed: int = 1
    replications: int = 200
    rounds: int = 6
    workers: int = 2
    schedule_weeks: int = 8
    traced: int = 8
    profile: str | Profile = "default"
    formulation: str = "default"
    album: int = 0
    loss: float = LOSS
    most: int = 0
    losses: int = 0
    near: pl.DataFrame | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Round:
    """One round: what was planned, scheduled and simulated.

    Attributes
    ----------
    released : release tick of each unit in the plan's weeks, from which its profiles count.
    way : how the plan was executed, see `ways`; `trials` are what was compared.
    """

    number: int
    inputs: PlanInputs
    plan: Plan
    policy: Policy
    schedule: Schedule
    result: SimResult
    arrays: ParkArrays
    rows: list[tuple[int, str, int, float, float, float]]
    released: Mapping[str, int] = field(default_factory=dict[str, int], repr=False)
    way: str = PLANNED
    trials: Sequence[Trial] = ()

    @property
    def gap(self) -> float:
        """Largest relative gap of its goals."""
        return max((abs(row[5]) for row in self.rows), default=0.0)

    @property
    def agrees(self) -> bool:
        """Whether every goal's plan and mean agree, with an interval that is narrow enough to say so."""
        return all(abs(row[5]) <= GAP_GOAL and row[4] <= HALF_WIDTH_GOAL * max(1.0, abs(row[3])) for row in self.rows)


def _no_losses() -> pl.DataFrame:
    return Losses.create_empty()


@dataclass(frozen=True)
class LoopResult:
    """All rounds; `kept` is the one that is published."""

    park: Park
    goals: Sequence[Goal]
    options: LoopOptions
    factory: Factory
    items: Items
    baseline: SimResult
    rounds: Sequence[Round]
    kept: Round
    timing: Telemetry = field(repr=False, default_factory=Telemetry)
    album: Album | None = None
    losses: pl.DataFrame = field(default_factory=_no_losses)

    @property
    def converged(self) -> bool:
        """Whether plan and twin agree in the kept round."""
        return self.kept.agrees

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended a plan, and with it the loop; the best plan until then is kept."""
        return any(one.plan.status == INTERRUPTED for one in self.rounds)

    @property
    def alternates(self) -> bool:
        """Whether its rounds ended as two plans in turn, the better one of which is kept."""
        return not self.converged and alternating(self.rounds)

    @property
    def replayable(self) -> bool:
        """Whether neither the clock nor Ctrl-C decided anything in any round, for each round rests on those before."""
        return all(one.plan.replayable for one in self.rounds) and (self.album is None or self.album.complete)

    @property
    def message(self) -> str:
        """How the loop ended, in a sentence."""
        gap, n = self.kept.gap, len(self.rounds)
        if self.interrupted:
            return f"interrupted in round {n}; plan and twin of the round that is kept are {gap:.2%} apart"
        if self.converged:
            early = "; orders start as soon as they can, in the order of the plan" if self.kept.way == EARLY else ""
            return f"plan and twin agree within {gap:.2%} after {n} rounds{early}"
        wide = [row[1] for row in self.kept.rows if row[4] > HALF_WIDTH_GOAL * max(1.0, abs(row[3]))]
        if wide and gap <= GAP_GOAL:
            count = len(self.kept.result.replications)
            few = "1 replication is too few" if count == 1 else f"{count} replications are too few"
            return f"plan and twin are within {gap:.2%}, but {few} to be sure"
        if self.alternates:
            two = " and ".join(f"{one.gap:.2%}" for one in self.rounds[-2:])
            return f"the rounds alternate between two plans, {two} apart from the twin; the best round is kept"
        return f"round limit of {n} reached with plan and twin {gap:.2%} apart; the best round is kept"

    def rounds_frame(self) -> pl.DataFrame:
        """Planned and simulated amounts by round and goal."""
        return build(Rounds, [row for one in self.rounds for row in one.rows])

    def calibrations_frame(self) -> pl.DataFrame:
        """What each calibration changed."""
        return calibrations([one.inputs for one in self.rounds])


def run_loop(
    park: Park, goals: Sequence[Goal], options: LoopOptions | None = None, progress: Progress = SILENT
) -> LoopResult:
    """Plan and execute until they agree; keeps the best plan by simulated value.

    It also ends at the round limit, and where the rounds alternate between two plans.

    Raises
    ------
    InfeasibleError, NoPlanError, SolverFault
        From the plan.
    SimulationFault
        From the twin.
    """
    options = options or LoopOptions()
    timing = Telemetry()
    seeds = seeds_of(options.seed, options.replications)
    few = seeds[: max(4, min(len(seeds), options.traced))]
    with timing.stage("simulate"):
        factory = read_factory(park)
        baseline, _ = execute(factory, Policy(), few, workers=options.workers, progress=progress)
    with timing.stage("calibrate"):
        items = find_items(factory)
        inputs = plan_inputs(free_flow(factory, items, few[:4]))
    rounds: list[Round] = []
    while len(rounds) < max(2, options.rounds):
        one = _round(factory, items, goals, inputs, rounds, seeds, options, progress, timing)
        rounds.append(one)
        if one.plan.status == INTERRUPTED or (len(rounds) >= 2 and one.agrees) or alternating(rounds):
            break
        with timing.stage("calibrate"):
            runs = one.result.replications[: options.traced]
            if len(rounds) >= FEW_TRACES:
                runs = traced_runs(
                    one.result, one.arrays, goals, seed=options.seed, least=options.traced, workers=options.workers
                )
            told = replace(one.policy, release_tick=one.released)
            measured = plan_inputs(Calibration(factory, one.arrays, told, runs, items), inputs)
            inputs = corrected(
                damped(inputs, measured, 1.0 if len(rounds) == 1 else 0.6), one.plan, one.result, goals, one.way
            )
    kept = _best(rounds, goals)
    album = _album(park, goals, rounds, kept, options, progress, timing)
    lost = _losses(factory, goals, kept, seeds, options, progress, timing)
    return LoopResult(park, tuple(goals), options, factory, items, baseline, rounds, kept, timing, album, lost)


def alternating(rounds: Sequence[Round]) -> bool:
    """Whether the last rounds are two plans in turn, so that further ones would tell nothing new."""
    return alternate([release_curve(one.inputs, one.plan.frames["plan_releases"]) for one in rounds[-4:]])


def _losses(
    factory: Factory, goals: Sequence[Goal], kept: Round, seeds: Sequence[int], options: LoopOptions,
    progress: Progress, timing: Telemetry,
) -> pl.DataFrame:  # fmt: skip
    """What each cause takes from the goals under the kept plan, by the first of the loop's seeds."""
    if not options.losses or kept.plan.status == INTERRUPTED:
        return _no_losses()
    with timing.stage("losses"):
        return losses(factory, kept.policy, goals, seeds[: options.losses], workers=options.workers, progress=progress)


def _album(
    park: Park, goals: Sequence[Goal], rounds: Sequence[Round], kept: Round, options: LoopOptions, progress: Progress,
    timing: Telemetry,
) -> Album | None:  # fmt: skip
    """Plans beside that of the kept round, from the same inputs and towards the same aims."""
    if not options.album or kept.plan.status == INTERRUPTED:
        return None
    with timing.stage("album"):
        return make_album(
            kept.inputs, buffered(goals, rounds[: kept.number - 1]), kept.plan, count=options.album, loss=options.loss,
            markets=markets_of(park), formulation=_formulation(options, rounds[: kept.number - 1]),
            profile=options.profile, progress=progress, previous=options.near,
        )  # fmt: skip


def _round(
    factory: Factory, items: Items, goals: Sequence[Goal], inputs: PlanInputs, rounds: Sequence[Round],
    seeds: Sequence[int], options: LoopOptions, progress: Progress, timing: Telemetry,
) -> Round:  # fmt: skip
    """Plan, schedule and execute once."""
    with timing.stage("plan"):
        aims = buffered(goals, rounds)
        told = _formulation(options, rounds)
        plan = make_plan(
            inputs, aims, formulation=told, profile=options.profile, previous=options.near, progress=progress
        )
    policy = policy_of(factory, items, plan.frames)
    released = policy.release_tick
    with timing.stage("ways"):
        way, compared = _way(factory, policy, plan, goals, rounds, seeds, options)
        policy, plan = executed(factory, policy, plan, way)
    with timing.stage("schedule"):
        schedule = make_schedule(factory, policy, options.schedule_weeks)
    policy = replace(policy, rank=schedule.rank)
    with timing.stage("execute"):
        result, arrays = execute(
            factory, policy, seeds, workers=options.workers, traced=options.traced, progress=progress, stage="execute"
        )
        result = until_sure(
            result, arrays, goals, plan.goal_planned, seed=options.seed, most=options.most, workers=options.workers,
            progress=progress,
        )  # fmt: skip
    rows = [_compare(len(rounds) + 1, goal, plan, result) for goal in goals]
    return Round(len(rounds) + 1, inputs, plan, policy, schedule, result, arrays, rows, released, way, compared)


def _formulation(options: LoopOptions, before: Sequence[Round]) -> str | Formulation:
    """The formulation of the round after some others: what is executed early is to be planned as early as it can be."""
    if not before or before[-1].way != EARLY:
        return options.formulation
    known = load_formulation(options.formulation)
    weights = known.weights.model_copy(update={"waiting_week": known.weights.waiting_week or WAITING_WEEK})
    return known.model_copy(update={"weights": weights})


def _way(
    factory: Factory, policy: Policy, plan: Plan, goals: Sequence[Goal], rounds: Sequence[Round], seeds: Sequence[int],
    options: LoopOptions,
) -> tuple[str, Sequence[Trial]]:  # fmt: skip
    """How a plan is executed, and what that was chosen from."""
    before = rounds[-1].way if rounds else PLANNED
    if len(rounds) >= CHOOSING or len(ways_of(factory)) == 1 or len(seeds) < 2:
        return before, ()
    compared = trials(factory, policy, plan, goals, seeds, options.workers)
    return chosen(compared, before), compared


def buffered(goals: Sequence[Goal], rounds: Sequence[Round]) -> list[Goal]:
    """Goals as the plan aims at them: higher by what the last round's P10 lay below its plan, so that a plan that just
    meets a goal is not a coin toss. The first round aims `FIRST_BUFFER` higher.
    """
    found: list[Goal] = []
    for goal in goals:
        buffer = FIRST_BUFFER
        if rounds and rounds[-1].plan.goal_planned[goal.id] > 0:
            planned = rounds[-1].plan.goal_planned[goal.id]
            low = interval(rounds[-1].result.goal_yuan(goal)).p10
            buffer = min(MOST_BUFFER, max(0.0, (planned - low) / planned))
        found.append(replace(goal, amount_yuan=round(goal.amount_yuan * (1 + buffer))))
    return found


def _compare(number: int, goal: Goal, plan: Plan, result: SimResult) -> tuple[int, str, int, float, float, float]:
    """(round, goal, planned, mean, half-width, relative gap)."""
    planned = plan.goal_planned[goal.id]
    found = interval(result.goal_yuan(goal))
    gap = (planned - found.mean) / planned if planned else (0.0 if found.mean == 0 else 1.0)
    width = found.half_width_95 if np.isfinite(found.half_width_95) else abs(found.mean)
    return number, goal.id, planned, found.mean, width, gap


def _best(rounds: Sequence[Round], goals: Sequence[Goal]) -> Round:
    """Best round by simulated value among those that agree with their plan (else those that are close to it, else
    all); the later one of equals.

    Value is the expected shortfall of the goals, each relative to its target, then the sum of their means.
    """

    def value(one: Round) -> tuple[float, float, int]:
        return -float(shortfall(one.result, goals).mean()), sum(row[3] for row in one.rows), one.number

    close = [one for one in rounds if one.gap <= GAP_GOAL]
    return max([one for one in close if one.agrees] or close or rounds, key=value)


def unit_release_frame(result: LoopResult) -> pl.DataFrame:
    """Earliest release of each unit under the kept plan."""
    return release_frame(result.factory, result.kept.policy.release_tick)
