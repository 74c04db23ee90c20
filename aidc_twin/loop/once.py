"""One stage alone: a plan or a schedule without the loop, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from aidc_twin.loop.album import album_certificates, album_object, markets_of
from aidc_twin.loop.checked import checked_with
from aidc_twin.loop.lots import lots_of
from aidc_twin.loop.rounds import LoopOptions
from aidc_twin.park import Goal, Park
from aidc_twin.plan import make_plan, moved_object
from aidc_twin.plan.album import make_album
from aidc_twin.schedule import make_schedule
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import Policy, read_factory
from aidc_twin.twin.items import find_items
from aidc_twin.twin.run import seeds_of
from aidc_twin.verify import check_plan, check_schedule


def plan_once(park: Park, goals: Sequence[Goal], options: LoopOptions, progress: Progress = SILENT) -> dict[str, Any]:
    """Master plan from free-flow profiles, as an object."""
    factory = read_factory(park)
    inputs = plan_inputs(free_flow(factory, find_items(factory), seeds_of(options.seed, 4)))
    plan = make_plan(
        inputs, goals, formulation=options.formulation, profile=options.profile, previous=options.near,
        progress=progress,
    )  # fmt: skip
    certificate = check_plan(park, plan.frames, checked_with(inputs))
    more: dict[str, Any] = {}
    if options.album:
        album = make_album(
            inputs, goals, plan, count=options.album, loss=options.loss, markets=markets_of(park),
            formulation=options.formulation, profile=options.profile, progress=progress, previous=options.near,
        )  # fmt: skip
        more["album"] = album_object(album, album_certificates(park, album, inputs))
    return {
        "orders": len(plan.frames["plan_orders"]),
        "weeks": inputs.weeks,
        "status": plan.status,
        "stopped_by": plan.stopped_by,
        "replayable": plan.replayable,
        "goals": dict(plan.goal_planned),
        "levels": plan.frames["plan_levels"].select("name", "objective", "bound", "gap").to_dicts(),
        "gap": plan.gap,
        "prices": plan.frames["plan_prices"].to_dicts(),
        **({"cash": plan.frames["plan_cash"].to_dicts()} if "plan_cash" in plan.frames else {}),
        "exceptions": plan.frames["plan_exceptions"].to_dicts(),
        **moved_object(options.near, plan.frames["plan_releases"]),
        "build_s": plan.build_s,
        "solve_s": plan.solve_s,
        "notices": list(plan.notices),
        "violations": certificate.violations,
        "checks": certificate.checks.to_dicts(),
        **more,
    }


def schedule_once(park: Park, weeks: int) -> tuple[dict[str, Any], pl.DataFrame]:
    """Schedule of the order book without a plan, as an object, and its operations."""
    factory = read_factory(park)
    found = make_schedule(factory, Policy(), weeks)
    certificate = check_schedule(park, {**found.frames, "plan_purchases": lots_of(factory)}, fixed=True)
    summary = {
        "operations": found.operations,
        "weeks": weeks,
        "rule": found.rule,
        "scores": dict(found.scores),
        "weighted_tardiness": found.weighted_tardiness,
        "makespan_s": found.makespan_s,
        "checked": int(certificate.checks["checked"].sum()),
        "violations": certificate.violations,
        "checks": certificate.checks.to_dicts(),
    }
    return summary, found.frames["schedule_operations"]
