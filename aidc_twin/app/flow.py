"""What each command does, from a request to one plain object; files and the clock are touched here and in the store."""

from __future__ import annotations

import datetime as dt
import gc
import platform
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidc_twin import __version__
from aidc_twin.app.kinds import PLANNED, called, refuse_kind
from aidc_twin.errors import InputError, Problem
from aidc_twin.park import Goal, GoalProfile, Park, examine_park, load_goals, load_park, load_scenario
from aidc_twin.park.posted import remaining, told
from aidc_twin.park.scenario import read_scenario
from aidc_twin.store import RunStore
from aidc_twin.telemetry import Progress

if TYPE_CHECKING:
    import polars as pl

    from aidc_twin.loop import LoopOptions, LoopResult
    from aidc_twin.loop.verdict import Published
    from aidc_twin.park.state import StateFolder
    from aidc_twin.solver import Profile

PAGE, SUMMARY, INPUTS = "report.html", "summary", "plan_inputs"

ENOUGH = 200
"""Replications from which a loop may take more of its own accord, `AT_MOST` times as many; fewer are a first look."""
AT_MOST = 4
LOSS_REPLICATIONS = 8
"""Replications that tell what each cause takes from the goals."""

_STORED = {"build_s": "build_seconds", "solve_s": "solve_seconds"}
"""Measured seconds by their names in the summary and in the store, whose hashes leave the latter out."""


@dataclass(frozen=True)
class Request:
    """What a command line asks for."""

    park: str
    scenarios: tuple[str, ...] = ()
    goals: str | None = None
    seed: int = 1
    replications: int = 200
    rounds: int = 6
    weeks: int = 8
    profile: str = "default"
    workers: int = 2
    time_limit: float | None = None
    gap: float | None = None
    album: int = 0
    loss: float = 0.02
    state: str | None = None
    sensitivity: int = 0
    near: str | None = None


@dataclass(frozen=True)
class Case:
    """A park with its goals; `stack` are all scenarios, those of the goal profile first.

    `goals` are what remains of them where the state says what was posted before its day, `announced` are all of them.
    """

    park: Park
    goals: tuple[Goal, ...]
    profile: str
    stack: tuple[str, ...]
    announced: tuple[Goal, ...]


def open_case(request: Request) -> Case:
    """Read park and goals; scenarios of the goal profile come before those of the command line."""
    state = state_of(request)
    plain = load_park(request.park, state=state) if request.goals is None and not request.scenarios else None
    wanted = request.goals or (plain.head.goals if plain is not None else _default_goals(request))
    profile = _goals(request, wanted, state)
    stack = (*[name for name in profile.scenarios if name not in request.scenarios], *request.scenarios)
    park = plain if plain is not None and not stack else load_park(request.park, stack, state=state)
    if not gc.isenabled():  # see `app.main`
        gc.freeze()
        gc.enable()
    goals = remaining(park, profile)
    if park.state_posted:
        park = replace(park, notices=(*park.notices, *told(park, profile)))
    return Case(park, goals, profile.id, stack, profile.goals)


def open_scenarios(request: Request, names: Sequence[str], goals: str) -> list[Case]:
    """The park under each of some scenarios, towards the same goals.

    Raises
    ------
    InputError
        With the problems of all of them.
    """
    cases: list[Case] = []
    problems: list[Problem] = []
    for name in names:
        try:
            cases.append(open_case(replace(request, scenarios=(name,), goals=goals)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return cases


def _goals(request: Request, wanted: str, state: StateFolder | None) -> GoalProfile:
    """Goal profile; where it cannot be had, the problems of the park are told with its own."""
    try:
        return load_goals(wanted)
    except InputError as error:
        _, report = examine_park(request.park, request.scenarios, state=state)
        raise InputError((*error.problems, *report.problems)) from error


def state_of(request: Request) -> StateFolder | None:
    """State from which the park starts, if one is asked for."""
    from aidc_twin.park.state import StateFolder

    return None if request.state is None else StateFolder(Path(request.state))


def _default_goals(request: Request) -> str:
    """Goal profile of the scenarios, or of the park."""
    scenarios = [read_scenario(name, []) for name in request.scenarios]  # the park tells the problems of all of them
    named = [scenario.goals for scenario in scenarios if scenario is not None]
    return (
        next((name for name in reversed(named) if name), None) or load_park(request.park, request.scenarios).head.goals
    )


def check(park: str, scenarios: Sequence[str]) -> dict[str, Any]:
    """Every problem and notice of a park."""
    found, report = examine_park(park, scenarios)
    counts = (
        {}
        if found is None
        else {"orders": len(found.orders), "products": len(found.products), "operations": len(found.operations)}
    )
    problems = [asdict(problem) | {"text": str(problem)} for problem in report.problems]
    return {"park": park, "scenarios": list(scenarios), **counts, "problems": problems, "notices": list(report.notices)}


def profile_of(request: Request) -> Profile:
    """Solver profile with the time limit and gap of the command line in place of its own."""
    from aidc_twin.solver import load_profile

    asked = {"time_limit_s": request.time_limit, "gap": request.gap}
    return load_profile(request.profile).model_copy(update={k: v for k, v in asked.items() if v is not None})


def options_of(request: Request) -> LoopOptions:
    """Options of the loop; a profile that does not exist is refused before anything is computed or written."""
    from aidc_twin.loop import LoopOptions

    profile = profile_of(request)
    return LoopOptions(
        seed=request.seed, replications=request.replications, rounds=request.rounds, workers=request.workers,
        schedule_weeks=request.weeks, profile=profile, album=request.album, loss=request.loss,
        most=AT_MOST * request.replications if request.replications >= ENOUGH else 0,
    )  # fmt: skip


def planning_options(request: Request, case: Case, store: Path) -> LoopOptions:
    """The same with the plan of the run that is to be kept near, on the calendar of this park."""
    from aidc_twin.app.near import published_weeks

    return replace(options_of(request), near=published_weeks(request.near, store, case.park.head.epoch))


def _with_losses(options: LoopOptions) -> LoopOptions:
    """The same with what a published run tells beside its plan."""
    return replace(options, losses=min(LOSS_REPLICATIONS, options.replications))


def whole_run(request: Request, store: Path, progress: Progress) -> dict[str, Any]:
    """The main job, published in the store."""
    from aidc_twin.loop import run_loop, summary
    from aidc_twin.report.page import render_report
    from aidc_twin.twin.stored import to_store

    case = open_case(request)
    _refuse_nothing("run", request, case)
    options = planning_options(request, case, store)
    runs = RunStore(store)
    started = dt.datetime.now()  # noqa: DTZ005  because a run is named by the user's own clock
    with runs.begin("run", case.park.head.id, started) as draft:
        result = run_loop(case.park, case.goals, _with_losses(options), progress)
        public = _published(request, case, result, progress)
        names = sorted([*(f"{name}.parquet" for name in public.frames), f"{SUMMARY}.json", f"{INPUTS}.json", PAGE])
        found = summary(result, public, draft.id, [str(store / draft.id / name) for name in names])
        found |= {"goal_profile": case.profile, "command": command_of(request)}
        found["notices"] += _unsold(case)
        for name, frame in sorted(public.frames.items()):
            draft.write_frame(name, frame)
        draft.write_json(SUMMARY, _timeless(found))
        draft.write_json(INPUTS, to_store(result.kept.inputs))
        found["report"] = str(store / draft.id / PAGE)
        draft.write_text(PAGE, render_report(dict(public.frames), found), counts=False)
        draft.publish(_manifest(request, case, result, dict(public.hashes)))
    return found


def _published(request: Request, case: Case, result: LoopResult, progress: Progress) -> Published:
    """Frames of a run, with its tornado if that is asked for."""
    from aidc_twin.loop import published

    more: dict[str, pl.DataFrame] = {}
    if request.sensitivity:
        from aidc_twin.loop.sensitivity import tornado_frame

        more["sensitivity"] = tornado_frame(
            case.park, case.goals, result.kept.policy, request.seed, request.sensitivity,
            workers=request.workers, progress=progress,
        )  # fmt: skip
    return published(result, changes_of(request, case.stack), more)


def _refuse_nothing(command: str, request: Request, case: Case) -> None:
    """Refuse to plan for goals that nobody asked for in a park that has neither orders nor sales.

    Raises
    ------
    InputError
        If it has neither.
    """
    if not (request.goals or case.park.orders or case.park.sales):
        fix = f"use `aidc-twin simulate {shlex.quote(request.park)}`, which tells the figures of its sources; or add"
        fix += " orders.csv and sales.csv"
        found, allowed = "a park that sells nothing", "one with orders or sales"
        raise InputError(Problem("command line", 0, command, found, allowed, fix, "nothing-to-plan"))


def _unsold(case: Case) -> list[str]:
    """A note for a park of whose work nothing counts."""
    if case.park.sales:
        return []
    return [
        "there is no sales.csv: nothing that is made here counts towards a goal, so that goals are missed whatever is"
        " planned; read the orders, or add sales"
    ]


def _timeless(found: dict[str, Any]) -> dict[str, Any]:
    """The summary as it is stored: without what names the run, so that equal results have equal hashes.

    Measured seconds go under names that the hashes leave out.
    """
    plan = {_STORED.get(key, key): value for key, value in found["plan"].items()}
    return {k: v for k, v in found.items() if k not in ("run", "files")} | {"plan": plan}


def _manifest(request: Request, case: Case, result: LoopResult, hashes: dict[str, str]) -> dict[str, Any]:
    return {
        "status": "done" if result.replayable else "not_replayable",
        "request": asdict(request),
        "goal_profile": case.profile,
        "park_hash": case.park.hash,
        "facts_hash": case.park.facts.hash,
        "frame_hashes": hashes,
        "versions": {"aidc-twin": __version__, "python": platform.python_version()},
        "stages": result.timing.rows(),
    }


def command_of(request: Request) -> str:
    """Command line that gives the same result again; what it leaves to the defaults is not named."""
    parts = ["aidc-twin", "run", "--park", request.park]
    for name in request.scenarios:
        parts += ["-s", name]
    parts += ["--goals", request.goals] if request.goals else []
    parts += ["--state", request.state] if request.state else []
    parts += ["--seed", str(request.seed), "-n", str(request.replications)]
    usual = Request(request.park)
    for name in ("rounds", "weeks", "profile", "time_limit", "gap", "album", "loss", "sensitivity", "near"):
        if getattr(request, name) != getattr(usual, name):
            parts += [f"--{name.replace('_', '-')}", str(getattr(request, name))]
    return shlex.join(parts)


def changes_of(request: Request, scenarios: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """(scenario, path, before, after) of every patch, each against the park as the ones before left it."""
    rows: list[tuple[str, str, str, str]] = []
    state = state_of(request)
    before = load_park(request.park, state=state)
    for n, name in enumerate(scenarios):
        after = load_park(request.park, scenarios[: n + 1], state=state)
        scenario = load_scenario(name)
        rows += [(scenario.id, path, old, new) for path, old, new in differences(before, after)]
        before = after
    return rows


def differences(before: Park, after: Park) -> list[tuple[str, str, str]]:
    """Cells in which two parks differ, as (path, before, after); rows that only one has are named whole."""
    from aidc_twin.park.park import row_key
    from aidc_twin.park.schema import TABLES

    rows: list[tuple[str, str, str]] = []
    for table in TABLES:
        old = {row_key(row): row for row in before.table(table)}
        new = {row_key(row): row for row in after.table(table)}
        for key in dict.fromkeys([*old, *new]):
            path = f"{table}.{'/'.join(key)}"
            if key not in new:
                rows.append((path, "present", "removed"))
            elif key not in old:
                rows.append((path, "absent", "added"))
            elif old[key] != new[key]:
                cells = [
                    (c, _cell(getattr(old[key], c)), _cell(getattr(new[key], c))) for c in type(old[key]).model_fields
                ]
                rows += [(f"{path}.{c}", a, b) for c, a, b in cells if a != b]
    return rows


def _cell(value: object) -> str:
    return str(getattr(value, "text", value))


def master_plan(request: Request, store: Path, progress: Progress) -> dict[str, Any]:
    """One plan from free-flow profiles, checked."""
    from aidc_twin.loop.once import plan_once

    case = open_case(request)
    _refuse_nothing("plan", request, case)
    found = plan_once(case.park, case.goals, planning_options(request, case, store), progress)
    found["notices"] += _unsold(case)
    return {"park": case.park.head.id, "scenarios": list(case.park.scenarios), **found}


def comparison(
    request: Request, names: Sequence[str], scenarios: str, store: Path, progress: Progress
) -> dict[str, Any]:
    """Two scenarios run under the same seeds, or two published runs."""
    from aidc_twin.loop.compare import compare_frames, compare_results

    if bool(names) == bool(scenarios):
        fix = "give two run ids, or --scenarios base,quota-halved"
        raise InputError(
            Problem(
                "command line",
                0,
                "compare",
                f"runs {list(names)}, scenarios {scenarios!r}",
                "one of both",
                fix,
                "what-to-compare",
            )
        )
    chosen = list(names) or [part.strip() for part in scenarios.split(",") if part.strip()]
    if len(chosen) != 2:
        raise InputError(
            Problem(
                "command line",
                0,
                "compare",
                f"{len(chosen)} names",
                "two",
                "name a base and another, or add --select to find the best of more",
                "what-to-compare",
            )
        )
    if names:
        first, second = (RunStore(store).get(name) for name in chosen)
        if first.kind == second.kind == "invest":
            from aidc_twin.app.invest_compare import compared

            return compared(first, second)
        for run, other in ((first, second), (second, first)):
            if run.kind != PLANNED:
                raise refuse_kind(run, f"compare with {called(other)}")
        return {"base": first.id, "other": second.id, **compare_frames(first.frame, second.frame)}
    from aidc_twin.loop import run_loop

    goals = request.goals or load_park(request.park).head.goals  # the same for both, or there is nothing to compare
    cases = open_scenarios(request, chosen, goals)
    if not request.goals and not any(case.park.orders or case.park.sales for case in cases):
        fix = "add --no-plan: the figures of its sources are compared"
        raise InputError(
            Problem("command line", 0, "compare", "a park that sells nothing", "one with goals", fix, "what-to-compare")
        )
    results = [run_loop(case.park, case.goals, options_of(request), progress) for case in cases]
    inputs = [{"path": path, "before": a, "after": b} for path, a, b in differences(cases[0].park, cases[1].park)]
    found = compare_results(results[0], results[1], [row["path"] for row in inputs])
    return {"base": chosen[0], "other": chosen[1], "inputs": inputs, **found}


def page(name: str, output: Path | None, store: Path) -> dict[str, Any]:
    """Where a run's page is; written again where asked for."""
    run = RunStore(store).get(name)
    if PAGE not in run.files:
        fix = "name a run, as `aidc-twin runs list` tells them"
        raise InputError(Problem("report", 0, "", f"{called(run)} without a page", "a run with one", fix, "no-page"))
    if output is None:
        return {"run": run.id, "report": str(run.path / PAGE)}
    if run.kind == "invest":
        from aidc_twin.app.invest import page as page_of

        output.write_bytes(page_of(run).encode())
        return {"run": run.id, "report": str(output)}
    if run.kind == "schedule":
        from aidc_twin.app.shop_output import page as page_of

        output.write_bytes(page_of(run).encode())
        return {"run": run.id, "report": str(output)}
    from aidc_twin.frames import PUBLISHED
    from aidc_twin.report import write_report

    have = {Path(file).stem for file in run.files}
    write_report({key: run.frame(key) for key in PUBLISHED if key in have}, _summary(run), output)
    return {"run": run.id, "report": str(output)}


def _summary(run: Any) -> dict[str, Any]:
    found = run.json(SUMMARY)
    shown = {stored: name for name, stored in _STORED.items()}
    plan = {shown.get(key, key): value for key, value in found["plan"].items()}
    files = [str(run.path / name) for name in run.files]
    return {"run": run.id, **found, "plan": plan, "files": files, "report": str(run.path / PAGE)}


def list_runs(store: Path) -> dict[str, Any]:
    """Runs of a store, oldest first."""
    rows = [
        {
            "run": run.id,
            "kind": run.kind,
            "park": run.park,
            "at": str(run.at),
            "status": run.status,
            "hash": run.content_hash,
        }
        for run in RunStore(store).list()
    ]
    return {"store": str(store), "runs": rows}


def summary_of(name: str, store: Path) -> dict[str, Any]:
    """Summary of a published run."""
    run = RunStore(store).get(name)
    if run.kind == "invest":
        from aidc_twin.app.invest import told

        return told(run)
    return _summary(run) if run.kind == "run" else {"run": run.id, "kind": run.kind, **run.json(SUMMARY)}


def verify_run(name: str, store: Path, progress: Progress) -> dict[str, Any]:
    """Check the files of a run, then make it again from its request and compare every frame's hash."""
    from aidc_twin.loop import run_loop

    run = RunStore(store).get(name)
    if run.kind == "schedule":
        from aidc_twin.app.replay import same_schedule

        return same_schedule(run, store)
    if run.kind == "invest":
        from aidc_twin.app.invest import same_expansion

        return same_expansion(run, progress)
    if run.kind == "state":
        from aidc_twin.app.state import same_state

        return same_state(run)
    damaged = [str(problem) for problem in run.check()]
    asked: dict[str, Any] = dict(run.request)
    request = replace(Request(**asked), scenarios=tuple(asked["scenarios"]))
    case = open_case(request)
    moved = case.park.hash != run.manifest["park_hash"]
    options = _with_losses(planning_options(request, case, store))
    result = run_loop(case.park, case.goals, options, progress)
    public = _published(request, case, result, progress)
    before = run.manifest["frame_hashes"]
    differ = sorted(key for key in {*before, *public.hashes} if before.get(key) != public.hashes.get(key))
    same = not damaged and not moved and not differ
    return {
        "run": run.id,
        "same": same,
        "damaged": damaged,
        "inputs_moved": moved,
        "frames": len(before),
        "differ": differ,
    }
