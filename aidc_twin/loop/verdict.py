"""What a run says: published frames, certificate and the summary object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from aidc_twin import __version__
from aidc_twin.frames import PUBLISHED, Assumptions, Checks, Goals, ScenarioInputs, build
from aidc_twin.loop.album import album_certificates, album_frames
from aidc_twin.loop.checked import checked_with
from aidc_twin.loop.rest import assumption_share, binding
from aidc_twin.loop.rounds import LoopResult, unit_release_frame
from aidc_twin.loop.weeks import week_bands
from aidc_twin.loop.worth import price_rows
from aidc_twin.park import Park
from aidc_twin.plan import moved_object
from aidc_twin.store import frame_hash
from aidc_twin.twin.statistics import interval
from aidc_twin.verify import Certificate, check_plan, check_schedule, merge

ROUND_KEYS = ("round", "goal", "planned_yuan", "mean_yuan", "half_width_95_yuan", "relative_gap")

__all__ = ["Published", "published", "summary"]


@dataclass(frozen=True)
class Published:
    """All frames of a run with their certificate and hashes."""

    frames: Mapping[str, pl.DataFrame]
    certificate: Certificate
    hashes: Mapping[str, str]


def published(
    result: LoopResult,
    changes: list[tuple[str, str, str, str]] | None = None,
    more: Mapping[str, pl.DataFrame] | None = None,
) -> Published:
    """Frames of the kept round, checked by the independent checker.

    Parameters
    ----------
    changes
        (scenario, path, before, after) of the patches that made the park.
    more
        Frames that were made of the result beside it, by name.
    """
    kept, goals = result.kept, result.goals
    year = goals[0].year if goals else result.park.head.epoch.year + 1
    payload = goals[0].payload if goals else "owned"
    planned = {goal.id: _weekly(kept.plan.frames["plan_goals"], goal.id) for goal in goals}
    frames: dict[str, pl.DataFrame] = {
        **kept.plan.frames,
        **kept.schedule.frames,
        "plan_unit_releases": unit_release_frame(result),
        "goal_samples": kept.result.goal_samples(goals),
        "goal_fan": kept.result.goal_fan(goals, planned),
        "goals": _goals(result),
        "flows": kept.result.flows(year, payload),
        "resource_shares": kept.result.resource_shares(),
        "resource_peaks": kept.result.resource_peaks(),
        "resource_weeks": kept.result.resource_weeks(),
        "week_bands": week_bands(kept.result, goals),
        "kpis": kept.result.kpis(goals),
        "rounds": result.rounds_frame(),
        "calibrations": result.calibrations_frame(),
        "losses": result.losses,
        "assumptions": _assumptions(result.park),
        "scenario_inputs": build(ScenarioInputs, changes or []),
        **(more or {}),
    }
    certificates: list[Certificate] = []
    if result.album is not None:
        certificates = album_certificates(result.park, result.album, kept.inputs)
        frames |= album_frames(result.album, certificates)
    certificate = merge(
        check_plan(result.park, frames, checked_with(kept.inputs)), check_schedule(result.park, frames, fixed=True),
        *certificates[1:],
    )  # fmt: skip
    frames["checks"] = Checks.validate(certificate.checks, cast=True)
    frames = {name: PUBLISHED[name].validate(frame) for name, frame in frames.items()}
    hashes = {name: frame_hash(_timeless(frame)) for name, frame in frames.items()}
    return Published(frames, certificate, hashes)


def _timeless(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame without measured seconds, which differ from run to run."""
    return frame.drop("seconds", strict=False)


def _weekly(frame: pl.DataFrame, goal: str) -> dict[int, int]:
    rows = frame.filter(pl.col("goal") == goal)
    return dict(zip(rows["week"].to_list(), rows["planned_yuan"].to_list(), strict=True))


def _goals(result: LoopResult) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    for goal in result.goals:
        samples = result.kept.result.goal_yuan(goal)
        found = interval(samples)
        width = found.half_width_95 if np.isfinite(found.half_width_95) else None
        rows.append((
            goal.id, goal.ledger, goal.basis, goal.payload, goal.year, goal.target_yuan,
            result.kept.plan.goal_planned[goal.id], found.mean, width, round(found.p10), round(found.p50),
            round(found.p90), float(np.mean(samples >= goal.target_yuan)),
        ))  # fmt: skip
    return build(Goals, rows)


def _assumptions(park: Park) -> pl.DataFrame:
    """Facts that the park uses, with where."""
    used: dict[str, list[str]] = {}
    for use in park.operating_uses:
        used.setdefault(use.fact, []).append(f"{use.table}.{use.key}.{use.column}")
    rows: list[tuple[object, ...]] = []
    for name in sorted(used):
        fact = park.facts[name]
        places = used[name]
        where = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
        rows.append((name, fact.quantity, fact.value, fact.low, fact.high, fact.unit, fact.basis,
                     fact.source_title or fact.note, where))  # fmt: skip
    return build(Assumptions, rows)


def summary(result: LoopResult, public: Published, run: str, files: list[str]) -> dict[str, Any]:
    """The JSON object of ``aidc-twin run --json``."""
    kept, options, park = result.kept, result.options, result.park
    share = assumption_share(result)
    return {
        "run": run,
        "park": park.head.id,
        "title": park.head.title,
        "order_book": park.head.order_book,
        "scenarios": list(park.scenarios),
        "seed": options.seed,
        "replications": len(kept.result.replications),
        "goals": [_goal_object(result, row) for row in public.frames["goals"].iter_rows(named=True)],
        "plan": {
            "orders": len(public.frames["plan_orders"]),
            "weeks": park.head.horizon_weeks,
            "status": kept.plan.status,
            "levels": public.frames["plan_levels"].select("name", "objective", "bound", "gap").to_dicts(),
            "gap": kept.plan.gap,
            "build_s": kept.plan.build_s,
            "solve_s": kept.plan.solve_s,
            "notices": list(kept.plan.notices),
        },
        "schedule": {
            "operations": kept.schedule.operations,
            "weeks": kept.schedule.weeks,
            "rule": kept.schedule.rule,
            "weighted_tardiness": kept.schedule.weighted_tardiness,
            "makespan_s": kept.schedule.makespan_s,
        },
        "loop": {
            "rounds": [
                dict(zip(ROUND_KEYS, row, strict=True)) for one in result.rounds for row in one.rows
            ],
            "kept": kept.number,
            "converged": result.converged,
            "interrupted": result.interrupted,
            "alternates": result.alternates,
            "message": result.message,
        },
        "certificate": {
            "violations": public.certificate.violations,
            "checks": public.certificate.checks.to_dicts(),
            "hashes": dict(public.hashes),
        },
        **moved_object(result.options.near, public.frames["plan_releases"]),
        "binding": binding(result),
        "prices": price_rows(park, kept.inputs, public.frames["plan_prices"]),
        "assumption_share": share.total,
        "assumption_shares": {"price": share.price, "limit": share.limit},
        "park_epoch": park.head.epoch.isoformat(),
        "tick_us": park.head.tick_us,
        "versions": {"aidc-twin": __version__, "schema": str(park.head.schema_version)},
        "notices": list(park.notices),
        "files": files,
    }  # fmt: skip


def _goal_object(result: LoopResult, row: Mapping[str, Any]) -> dict[str, Any]:
    goal = next(goal for goal in result.goals if goal.id == row["id"])
    return {
        **{key: row[key] for key in ("id", "ledger", "basis", "payload", "year", "target_yuan", "planned_yuan")},
        "simulated_yuan": {
            "mean": row["mean_yuan"], "half_width_95": row["half_width_95_yuan"], "p10": row["p10_yuan"],
            "p50": row["p50_yuan"], "p90": row["p90_yuan"],
        },
        "probability": row["probability"],
        "wording": goal.wording,
        "reading": goal.reading,
    }  # fmt: skip
