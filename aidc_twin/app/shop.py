"""`schedule` for a park: dispatching and search, replanning from a published schedule, lists for the floor."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from aidc_twin.app.flow import Case, Request, open_case, state_of
from aidc_twin.app.kinds import planned_run
from aidc_twin.app.publishing import reference_rows
from aidc_twin.app.state import folder_of
from aidc_twin.errors import InputError, Problem, escape
from aidc_twin.store import Run, RunStore
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.units.clock import Clock

if TYPE_CHECKING:
    from aidc_twin.park import Park
    from aidc_twin.schedule.shop import Shop, Wish
    from aidc_twin.twin.compile import Factory, Policy

PLAN = ("plan_releases", "plan_shifts", "plan_purchases", "plan_unit_releases")
"""File of a store that names the run that holds."""
SEARCH_S = 10.0
REPLAN_S = 1.0


@dataclass(frozen=True)
class Ask:
    """What a command line asks for beyond the park."""

    seconds: float | None = None
    work: int | None = None
    plan: str | None = None
    state: str | None = None
    horizon: str | None = None
    source: str | None = None
    now: str | None = None
    freeze: str = "0d"
    change: Path | None = None
    weight: float = 0.1
    export: str | None = None
    output: Path = Path("dispatch")
    save: bool = False
    chain: str | None = None
    aims: tuple[str, ...] = ()
    gap: float | None = None
    target: int | None = None
    threads: int = 1


@dataclass(frozen=True)
class Made:
    """A schedule as it was made: the case with state and changes, what is told, frames, and why operations moved."""

    request: Request
    case: Case
    shop: Shop
    found: dict[str, Any]
    tables: dict[str, pl.DataFrame]
    before: pl.DataFrame | None
    why: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])


def park_schedule(request: Request, ask: Ask, store: Path, progress: Progress = SILENT) -> dict[str, Any]:
    """A schedule of the near weeks, checked; saved and written out as asked for."""
    from aidc_twin.app import shop_output

    kinds = shop_output.kinds_of(ask.export)
    return shop_output.finish(made(request, ask, store, progress=progress), ask, store, kinds)


def made(request: Request, ask: Ask, store: Path, slices: Any = None, progress: Progress = SILENT) -> Made:
    """The schedule that is asked for; with the slices of a search the same as that search made."""
    if ask.horizon is not None:
        from aidc_twin.app.change import hours_of

        request = replace(request, weeks=max(1, -(-int(hours_of(ask.horizon, "--horizon")) // 168)))
    if ask.source is not None:
        return _replan(request, ask, store, _stop(ask, REPLAN_S, slices, progress))
    plan = None if ask.plan is None else planned_run(ask.plan, store, "--plan")
    if plan is not None:
        request = _of_run(request, plan)
    if ask.state is not None:
        request = replace(request, state=folder_of(ask.state, store))
    case = open_case(request)
    factory, policy, frames = _given(case.park, plan, ())
    from aidc_twin.schedule import make_schedule
    from aidc_twin.schedule.shop import improved

    aims, stop = _aims(ask.aims), _stop(ask, SEARCH_S, slices, progress)
    stop.before.foresee()
    first = make_schedule(factory, policy, request.weeks)
    shop = improved(factory, policy, first, stop, request.seed, aims, ask.threads)
    found, tables = _told(case.park, shop, frames, stop)
    return Made(request, case, shop, found, tables, reference_rows(store))


def _aims(names: tuple[str, ...]) -> Any:
    """What counts, the first name most.

    Raises
    ------
    InputError
        If there is no such figure, or one is named twice.
    """
    from aidc_twin.schedule.desk import FIGURES, Aims

    known = [name for name in FIGURES if name != "change"]
    problems = [
        Problem("command line", 0, "--aims", name or "nothing", ", ".join(known), "name each figure once, the most"
                " important one first", "unknown-aim")
        for k, name in enumerate(names) if name not in known or name in names[:k]
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    return Aims(levels=names)


def _stop(ask: Ask, usual: float, slices: Any, progress: Progress) -> Any:
    """Stop by work alone where that is given, so that the result is the same everywhere."""
    from aidc_twin.schedule.improve import MOST_WORK, Stop
    from aidc_twin.schedule.prepare import PARK, Preparing

    clock = cache(time.perf_counter)  # the first answer is kept: seconds count from the first question on
    seconds = ask.seconds if ask.seconds is not None else 1e6 if ask.work is not None else usual
    work = MOST_WORK if ask.work is None else ask.work
    before, gap, target = Preparing(PARK, progress), ask.gap or 0.0, -inf if ask.target is None else ask.target
    return Stop(lambda: -clock() + time.perf_counter(), seconds, work, target, slices, gap, before)


def search_limits(profile: str | None, seconds: float | None, gap: float | None) -> tuple[float | None, float | None]:
    """Seconds and gap of a park's search: those of the command line, else of the profile, else none.

    Raises
    ------
    InputError
        There is no such profile, or its file is wrong.
    """
    if profile is None:
        return seconds, gap
    from aidc_twin.solver import load_profile

    chosen = load_profile(profile)
    return chosen.time_limit_s if seconds is None else seconds, chosen.gap if gap is None else gap


def _of_run(request: Request, run: Run) -> Request:
    asked = run.request
    return replace(request, park=asked["park"], scenarios=tuple(asked["scenarios"]), goals=asked.get("goals"),
                   state=asked.get("state"))  # fmt: skip


def _weeks_of(run: Run, ask: Ask, given: int) -> int:
    """Near weeks of the run, if the command line names none."""
    return given if ask.horizon is not None else int(run.request["weeks"])


def _given(park: Park, run: Run | None, rush: tuple[str, ...]) -> tuple[Factory, Policy, dict[str, pl.DataFrame]]:
    """The factory, and policy and plan frames of a run; without a plan material is bought lot for lot."""
    from aidc_twin.loop.lots import lots_of
    from aidc_twin.loop.policy import policy_of
    from aidc_twin.twin.compile import Policy, read_factory
    from aidc_twin.twin.items import find_items

    factory = read_factory(park)
    have = set() if run is None else {Path(file).stem for file in run.files}
    if run is None or not {"plan_releases", "plan_shifts", "plan_purchases"} <= have:
        return factory, Policy(), {"plan_purchases": lots_of(factory)}
    frames = {name: run.frame(name) for name in PLAN if name in have}
    policy = policy_of(factory, find_items(factory), frames)
    if rush:
        units = {unit.id for unit in factory.units if unit.order in rush}
        releases = {unit: tick for unit, tick in policy.release_tick.items() if unit not in units}
        policy = replace(policy, release_tick=releases)
    return factory, policy, frames


def _told(park: Park, shop: Shop, frames: Mapping[str, pl.DataFrame],
          stop: Any) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:  # fmt: skip
    """The schedule as an object, and its frames."""
    from aidc_twin.verify import check_schedule

    seconds = stop.clock()
    tables = {**frames, **shop.schedule.frames}
    certificate = check_schedule(park, tables, fixed=True)
    search = shop.search
    found: dict[str, Any] = {
        "park": park.head.id, "scenarios": list(park.scenarios), "operations": shop.schedule.operations,
        "weeks": shop.schedule.weeks, "rule": shop.schedule.rule, "scores": dict(shop.schedule.scores),
        "weighted_tardiness": shop.schedule.weighted_tardiness, "makespan_s": shop.schedule.makespan_s,
        "checked": int(certificate.checks["checked"].sum()), "violations": certificate.violations,
        "checks": certificate.checks.to_dicts(), "notices": list(shop.notices),
        "orders": _orders(park, shop), "park_epoch": park.head.epoch.isoformat(), "tick_us": park.head.tick_us,
        "title": park.head.title,
    }  # fmt: skip
    if search is not None and shop.problem is not None:
        own = _own_check(shop)
        found["violations"] += own.violations
        found["search"] = {
            "operations": shop.problem.operations, "cost": search.cost, "first": search.trajectory[0][1],
            "bound": search.bound, "gap": search.gap, "work": search.work, "interrupted": search.interrupted,
            "replayed_otherwise": shop.replayed, "checked": int(own.checks["checked"].sum()),
            "violations": own.violations,
            "trajectory": [[round(at, 3), cost] for at, cost in search.trajectory],
            "seconds": round(seconds, 3), "prepared_s": round(stop.before.seconds, 3),
        }  # fmt: skip
    return found, {**tables, "checks": certificate.checks}


def _orders(park: Park, shop: Shop) -> list[dict[str, Any]]:
    """When each order is accepted in the twin, which goes on with mean durations after the near weeks."""
    from aidc_twin.report.lists import moment

    clock = Clock(park.head.epoch, park.head.tick_us)
    near = dict(shop.schedule.frames["schedule_operations"].group_by("order").len().iter_rows())
    found: list[dict[str, Any]] = []
    for row in park.orders:
        done = shop.schedule.done.get(row.order, -1)
        late = None if done < 0 else round((done - clock.ticks(row.due)) / (24 * clock.ticks_per_hour), 3)
        found.append({
            "order": row.order, "product": row.product, "operations": near.get(row.order, 0), "weight": row.weight,
            "due": row.due.isoformat(), "days_late": late,
            "accepted": None if done < 0 else str(moment(clock, done)),
        })  # fmt: skip
    return found


def _own_check(shop: Shop) -> Any:
    from aidc_twin.schedule.statement import rows_of, statement
    from aidc_twin.verify.floor import check_floor

    if shop.problem is None or shop.search is None:
        raise ValueError("nothing was searched")
    best = shop.search.best
    return check_floor(statement(shop.problem), rows_of(best), best.figures[0])


def _replan(request: Request, ask: Ask, store: Path, stop: Any) -> Made:
    """A new schedule from a published one and what has changed since."""
    from aidc_twin.app import change as changes
    from aidc_twin.park import load_park
    from aidc_twin.schedule.shop import Wish, replanned

    run = RunStore(store).get(ask.source or "")
    if "schedule_operations.parquet" not in run.files:
        allowed, fix = "a run with a schedule", "name another run, or schedule anew with --save"
        raise InputError(Problem(run.id, 0, "--from", "no schedule", allowed, fix, "no-schedule"))
    request = replace(_of_run(request, run), weeks=_weeks_of(run, ask, request.weeks))
    change, lines = changes.read_change(ask.change)
    now = None if ask.now is None else changes.time_of(ask.now, "--now")
    freeze = changes.hours_of(ask.freeze, "--freeze")
    plain = open_case(request)
    clock_epoch = plain.park.head.epoch
    today = clock_epoch if now is None else now.date()
    patches = changes.patches_of(change, ask.change, lines, today)
    state = state_of(request)
    park = load_park(request.park, plain.stack, overrides=patches, state=state) if patches else plain.park
    case = replace(plain, park=park)
    factory, policy, frames = _given(park, run, tuple(row.order for row in change.rush_order))
    clock = factory.clock
    at = 0 if now is None else changes.tick_of(now, clock)
    changes.check_names(change, ask.change, lines, park, _operations(factory), _machines(factory))
    down = tuple(
        (row.resource, row.machine, at if row.since is None else changes.tick_of(row.since, clock),
         changes.tick_of(row.until, clock))
        for row in change.machine_down
    )  # fmt: skip
    pins = tuple(
        (row.unit, row.operation, row.machine or 0, -1 if row.start is None else changes.tick_of(row.start, clock))
        for row in change.pin
    )
    before = run.frame("schedule_operations")
    wish = Wish(_published(before), at + round(freeze * clock.ticks_per_hour), at, down, pins, ask.weight)
    stop.before.foresee()
    shop = replanned(factory, policy, wish, request.weeks, stop, request.seed, ask.threads)
    found, tables = _told(park, shop, frames, stop)
    found |= {"from": run.id, "now": str(now or clock_epoch), "frozen_hours": freeze}
    why = _reasons(wish, change, before, factory)
    return Made(request, case, shop, found, tables, before, why)


def _operations(factory: Factory) -> dict[str, set[str]]:
    routes = [{step.operation for step in route.steps} for route in factory.routes]
    return {unit.id: routes[route] for unit, route in zip(factory.units, factory.unit_route, strict=True)}


def _machines(factory: Factory) -> dict[str, int]:
    from aidc_twin.twin.machines import machines_of

    kinds = {row.resource: row.kind for row in factory.park.resources}
    counts = zip(factory.resources, machines_of(factory), strict=True)
    return {name: count for name, count in counts if kinds[name] == "servers"}


def _published(rows: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """Machine and first start of each operation of a schedule."""
    own = rows.filter((pl.col("during") == "operation") & (pl.col("order") != "")).sort("start_tick")
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for unit, operation, machine, tick in own.select("unit_id", "operation", "machine", "start_tick").iter_rows():
        found.setdefault((unit, operation), (machine, tick))
    return found


def _reasons(wish: Wish, change: Any, before: pl.DataFrame, factory: Factory) -> dict[tuple[str, str], str]:
    """Why an operation moves, as far as the change itself says; the others make room or follow."""
    found: dict[tuple[str, str], str] = {}
    rush = {row.order for row in change.rush_order}
    due = {row.order for row in change.due_date}
    pinned = {(row.unit, row.operation) for row in change.pin}
    late = {row.purchase_order for row in change.late_material}
    material = {row.material for row in factory.park.state_purchase_orders if row.purchase_order in late}
    takers = {(line.parent, line.operation) for line in factory.park.bom if line.item in material}
    for row in before.iter_rows(named=True):
        name = (row["unit_id"], row["operation"])
        on = [d for d in wish.down if (d[0], d[1]) == (row["resource"], row["machine"])]
        if name in pinned:
            found[name] = "pinned"
        elif any(row["start_tick"] < high and row["end_tick"] > low for _, _, low, high in on):
            found[name] = f"{row['resource']} {row['machine']} is down"
        elif (row["product"], row["operation"]) in takers:
            found[name] = "material is late, or is shared out anew"
        elif row["order"] in due:
            found[name] = "its order is due on another day"
        else:
            found[name] = f"makes room for {', '.join(sorted(rush))}" if rush else "follows what moved"
    return found


def shown(found: dict[str, Any]) -> str:
    """A schedule of a park in a few lines."""
    lines = [
        f"{escape(found['park'])}: {found['operations']} operations start in {found['weeks']} weeks,"
        f" rule: {found['rule']}"
    ]
    lines += [f"  {name}: weighted tardiness {score:,.1f} order-weeks" for name, score in found["scores"].items()]
    if "search" in found:
        search = found["search"]
        lines.append(
            f"  search: {search['operations']:,} operations, cost {search['first']:,.0f} to {search['cost']:,.0f},"
            f" bound {search['bound']:,.0f} (gap {search['gap']:.1%});"
            f" {search['replayed_otherwise']} executed otherwise by the twin"
        )
    lines += [f"  note: {escape(notice)}" for notice in found.get("notices", ())]
    if "moved" in found:
        lines.append(f"  {len(found['moved'])} operations moved")
        lines += [
            f"    {escape(row['unit'])} {escape(row['operation'])}: {row['start_before'] or 'new'} to"
            f" {row['start'] or 'later'} ({row['hours']:+.1f} h) {escape(row['why'])}"
            for row in found["moved"][:10]
        ]
    lines += [
        f"  {row['start']} to {row['end']}  {escape(row['unit'])} {escape(row['operation'])} {escape(row['place'])}"
        f"  (waited for {row['waited_for']})"
        for row in found.get("chain", ())
    ]
    if "file" in found:
        lines.append(f"  written to {escape(found['file'])}")
    lines += [f"  {len(found['files'])} lists written"] if "files" in found else []
    lines += [f"  run: {found['run']}"] if "run" in found else []
    lines += [f"  report: {escape(found['report'])}"] if "report" in found else []
    return "\n".join([*lines, f"  {found['checked']} checks, {found['violations']} violations"])
