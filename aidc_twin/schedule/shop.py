"""The park's own schedule: dispatching in the twin, then a search whose result the twin executes to the tick."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from aidc_twin.errors import SimulationFault
from aidc_twin.frames import PhaseOpenings
from aidc_twin.frames import build as frame
from aidc_twin.schedule import dispatch
from aidc_twin.schedule.batches import longest_wait
from aidc_twin.schedule.beyond import to_hold_back
from aidc_twin.schedule.desk import Aims
from aidc_twin.schedule.detailed import Detailed, Placed
from aidc_twin.schedule.dispatch import Schedule
from aidc_twin.schedule.freeze import standing, standstill
from aidc_twin.schedule.improve import Search, Stop, improve
from aidc_twin.schedule.near import WEIGHT, Near, name_of, near_problem, pinned_policy
from aidc_twin.schedule.seat import seated
from aidc_twin.twin.compile import Factory, Policy, compile_arrays
from aidc_twin.twin.kernel.layout import TR_END, TR_START, TR_STEP, TR_WORK, UNDER_WAY, ParkArrays
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import run_once
from aidc_twin.twin.trace import operations, postings, supply

SEARCHED = "search"
"""Rule of a schedule that the search found."""


@dataclass(frozen=True)
class Shop:
    """A schedule of the near weeks and how it came about.

    Attributes
    ----------
    schedule : what the twin executes.
    search : None where nothing was searched.
    problem : the detailed problem with the search's answer, None where nothing was searched.
    replayed : operations of the near weeks that the twin executed at other times; 0 where there is one model.
    notices : why the search did not run, or why its schedule was not taken.
    """

    schedule: Schedule
    search: Search | None = None
    problem: Detailed | None = None
    replayed: int = 0
    notices: list[str] = field(default_factory=list[str])


def improved(factory: Factory, policy: Policy, first: Schedule, stop: Stop, seed: int = 1, aims: Aims | None = None,
             threads: int = 1) -> Shop:  # fmt: skip
    """Improve the schedule of a dispatching rule; it stays where nothing better is found, or the search cannot say.

    Lateness alone counts where no `aims` are given.
    """
    aims = Aims() if aims is None else aims
    given = replace(policy, priority=dispatch.priorities(factory, policy)[first.rule])
    arrays = compile_arrays(factory, given)
    run = run_once(arrays, 0, means=True, trace=True)
    until = min(first.weeks * factory.clock.ticks_per_week, factory.horizon)
    try:
        near = near_problem(factory, given, arrays, run, until)
    except SimulationFault as fault:
        return Shop(first, notices=[str(fault)])
    if not near.problem.operations:
        return Shop(first)
    search = improve(near.problem, aims, stop, seed=seed, start=near.first, rules=(), threads=threads)
    if search is None:
        return Shop(first, notices=["the search could not place the twin's own schedule"])
    if len(search.trajectory) < 2:
        return Shop(first, search, near.problem)
    found, differ = executed(factory, given, near, search.best, first.weeks)
    if found.weighted_tardiness > first.weighted_tardiness and aims.levels[:1] in ((), ("tardiness",)):
        words = "the search's schedule makes orders beyond its horizon later: that of the rule stays"
        return Shop(first, search, near.problem, differ, [words])
    scores = {**first.scores, SEARCHED: found.weighted_tardiness}
    return Shop(replace(found, scores=scores), search, near.problem, differ)


def executed(
    factory: Factory, policy: Policy, near: Near, placed: Placed, weeks: int, still: Mapping[int, int] | None = None
) -> tuple[Schedule, int]:
    """What the twin makes of a detailed schedule, and how many operations of the near weeks it executes at other times.

    What the search puts behind these stands there beside work that it does not know, and may come otherwise.
    `still` are the open ticks for which operations stand still with their machines; the twin is told so much more work.
    """
    until, still = min(weeks * factory.clock.ticks_per_week, factory.horizon), still or {}
    steps = {int(near.steps[i]): ticks for i, ticks in still.items()}
    pinned = pinned_policy(near, factory, policy, placed, until)
    longer = {
        name_of(factory, js): int(near.problem.options.amount[near.first.option[i]]) + steps[js]
        for i, js in zip(still, steps, strict=True)
    }
    left = factory.opening.left.copy()
    for js, ticks in steps.items():
        left[js] += ticks if factory.opening.state[js] == UNDER_WAY else 0
    factory = replace(factory, opening=replace(factory.opening, left=left))
    arrays = compile_arrays(factory, replace(pinned, work=longer))
    run = run_once(arrays, 0, means=True, trace=True)
    times = {js: (start, end) for js, start, end in run.trace[:, [TR_STEP, TR_START, TR_END]].tolist()}
    wanted = zip(near.steps.tolist(), placed.start.tolist(), placed.end.tolist(), strict=True)
    differ = sum(1 for js, start, end in wanted if start < until and times.get(js) != (start, end))
    for js, ticks in steps.items():
        run.trace[run.trace[:, TR_STEP] == js, TR_WORK] -= ticks
    return frames_of(factory, arrays, run, weeks, SEARCHED), differ


def frames_of(factory: Factory, arrays: ParkArrays, run: Replication, weeks: int, rule: str) -> Schedule:
    """A replication of the near weeks as a schedule."""
    until = min(weeks * factory.clock.ticks_per_week, factory.horizon)
    rows = operations(factory, run, until)
    names = [row.phase for row in factory.park.phases]
    score = dispatch.weighted_tardiness(factory, run)
    return Schedule(
        frames={
            "schedule_operations": rows,
            "schedule_supply": supply(factory, arrays, run, until),
            "schedule_postings": postings(factory, arrays, run, until),
            "phase_openings": frame(PhaseOpenings, {"phase": names, "tick": run.phase_open.tolist()}),
        },
        rule=rule, scores={rule: score}, rank=dispatch.ranks(rows), weighted_tardiness=score,
        makespan_s=dispatch.makespan(factory, rows), weeks=weeks, done=dispatch.completions(factory, run),
    )  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What a replanning asks for, in ticks and the park's names.

    Attributes
    ----------
    published : machine and start of each (unit id, operation) in the schedule that holds.
    frozen : what starts before it keeps its time and machine.
    now : nothing that has not begun by then can begin earlier.
    down : (resource, machine from 1, from, until).
    pins : (unit id, operation, machine from 1 or 0, earliest start or -1).
    weight : cost of a tick of change, as a share of that of a tick of lateness of an order of weight 1.
    """

    published: Mapping[tuple[str, str], tuple[int, int]]
    frozen: int
    now: int
    down: tuple[tuple[str, int, int, int], ...] = ()
    pins: tuple[tuple[str, str, int, int], ...] = ()
    weight: float = 0.1


def replanned(factory: Factory, policy: Policy, wish: Wish, weeks: int, stop: Stop, seed: int = 1,
              threads: int = 1) -> Shop:  # fmt: skip
    """A schedule near the published one: what is frozen stays, the rest moves only for what it wins.

    Raises
    ------
    SimulationFault
        If the park has something that the search does not know, or nothing can be scheduled any more.
    """
    until = min(weeks * factory.clock.ticks_per_week, factory.horizon)
    kept = _following(factory, policy, wish)
    arrays = compile_arrays(factory, kept)
    run = run_once(arrays, 0, means=True, trace=True)
    near = near_problem(factory, kept, arrays, run, until)
    asked = _asked(factory, near, wish)
    aims = Aims(change=wish.weight * WEIGHT, switch=factory.clock.ticks_per_hour)
    first = seated(asked, near.first)
    search = None if first is None else improve(asked, aims, stop, seed=seed, start=first, rules=(), threads=threads)
    if search is None:
        fix = "freeze or pin less, or put fewer machines down"
        raise SimulationFault(f"nothing can be scheduled around what is frozen; {fix}")
    still = standstill(asked, near.first, np.where(asked.fixed_start >= 0, asked.fixed_end, -1))
    found, differ = executed(factory, policy, near, search.best, weeks, still)
    if wish.down:
        found = replace(found, frames={**found.frames, "schedule_stops": stops_of(wish.down)})
    return Shop(found, search, asked, differ)


def stops_of(down: tuple[tuple[str, int, int, int], ...]) -> pl.DataFrame:
    """Times in which machines are down, as the checker of schedules reads them."""
    return pl.DataFrame(
        sorted(down), schema={"resource": pl.String, "machine": pl.Int64, "start_tick": pl.Int64, "end_tick": pl.Int64},
        orient="row",
    )  # fmt: skip


def _following(factory: Factory, policy: Policy, wish: Wish) -> Policy:
    """The policy that starts each published operation no sooner than published, in the published order."""
    machine: dict[tuple[str, str], int] = {}
    start: dict[tuple[str, str], int] = {}
    rank: dict[tuple[str, str], int] = {}
    known, down = set(factory.unit_index), {(resource, number) for resource, number, _, _ in wish.down}
    ordered = sorted(wish.published.items(), key=lambda item: (item[1][1], item[0]))
    together = Counter(
        (factory.step_class(factory.step(factory.unit_index[name[0]], name[1])), at)
        for name, at in ordered if name[0] in known
    )  # fmt: skip
    for n, (name, (slot, tick)) in enumerate(ordered):
        if name[0] not in known:
            continue
        c = factory.step_class(factory.step(factory.unit_index[name[0]], name[1]))
        row = factory.table.rows[c]
        if row.sailing >= 0:
            continue
        wait = longest_wait(row) if together[c, (slot, tick)] < row.batch[0] else 0
        rank[name], start[name] = n - dispatch.RANKED_FIRST, max(0, tick - max(0, wait))
        if slot > 0 and (tick < wish.frozen or (factory.resources[row.server], slot) not in down):
            machine[name] = slot
    held = {factory.step(factory.unit_index[unit], operation) for unit, operation in start}
    start |= {name_of(factory, js): wish.frozen for js in to_hold_back(factory, held, idle=True)}
    return replace(policy, machine=machine, start=start, rank=rank)


def _asked(factory: Factory, near: Near, wish: Wish) -> Detailed:
    """The problem with what is frozen, down, pinned and published."""
    d, n = near.problem, near.problem.operations
    names = [name_of(factory, int(js)) for js in near.steps]
    start, machine = near.first.start, near.first.machine
    seat = {(factory.resources[r], m + 1): k for k, (r, m) in enumerate(near.seats)}
    down = [list[tuple[int, int]]() for _ in near.seats]
    for resource, number, low, high in wish.down:
        down[seat[resource, number]].append((low, high))
    published = np.array([wish.published.get(name, (0, -1))[1] for name in names], np.int64)
    stays = standing(d, near.first, (start < wish.frozen) & (published == start), down)
    fixed = stays.fixed
    earliest = np.where(stays.moved, wish.now, wish.frozen)
    release = np.where(fixed, d.release, np.maximum(d.release, earliest))
    options = [d.options.pairs(i) for i in range(n)]
    at = {name: i for i, name in enumerate(names)}
    for unit, operation, number, tick in wish.pins:
        i = at.get((unit, operation), -1)
        if i < 0 or fixed[i]:
            continue
        release[i] = max(int(release[i]), tick)
        if number:
            k = seat[factory.resources[near.seats[int(machine[i])][0]], number]
            options[i] = [pair for pair in options[i] if pair[0] == k] or [(k, options[i][0][1])]
    options = [[p for p in o if not fixed[i] or p[0] == machine[i]] for i, o in enumerate(options)]
    wanted = np.array([
        seat.get((factory.resources[near.seats[int(machine[i])][0]], wish.published[names[i]][0]), -1)
        if machine[i] >= 0 and names[i] in wish.published else -1 for i in range(n)
    ], np.int64)  # fmt: skip
    return replace(
        d, release=release, since=d.release, options=type(d.options).of(options),
        fixed_start=np.where(fixed, start, -1), fixed_end=np.where(fixed, stays.end, -1), wanted_start=published,
        wanted_machine=wanted,
        down=type(d.down).of([sorted(row) for row in down]),
    )  # fmt: skip
