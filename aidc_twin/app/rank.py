"""What ``compare --rank`` does and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidc_twin.app.accuracy import chosen_goal, refusal
from aidc_twin.app.flow import Request
from aidc_twin.errors import escape
from aidc_twin.park import load_goals, load_park
from aidc_twin.park.posted import remaining
from aidc_twin.telemetry import Progress

__all__ = ["Beside", "ranked", "text"]


@dataclass(frozen=True)
class Beside:
    """Options that do not go beside ``--rank``."""

    select: bool = False
    plan: bool = False


def ranked(
    request: Request, names: Sequence[str], scenarios: str, beside: Beside, goal: str | None, progress: Progress
) -> dict[str, Any]:
    """All scenarios of a list, or of folders, under one policy and the same seeds."""
    if names:
        raise refusal("--rank", f"runs {list(names)}", "scenarios", "name them as --scenarios base,my-scenarios")
    if beside.plan:
        fix = "leave --plan out, or add --select in place of --rank: it plans each scenario"
        raise refusal("--rank", "with --plan", "scenarios without a plan", fix)
    if beside.select:
        fix = "leave one of them out: --rank runs each scenario equally often, --select drops those that are behind"
        raise refusal("--rank", "with --select", "one of both", fix)
    if request.replications < 2:
        raise refusal("--replications", f"{request.replications}", "2 or more", "write -n 10")
    park = load_park(request.park)
    profile = load_goals(request.goals or park.head.goals)
    aim = chosen_goal(remaining(park, profile), goal)
    chosen = _listed(scenarios)
    stacks = {name: (*(one for one in profile.scenarios if one != name), name) for name in chosen}
    from aidc_twin.loop.rank import ranking

    found = ranking(
        request.park, stacks, aim, request.seed, request.replications, workers=request.workers, progress=progress
    )
    return {"park": request.park, "seed": request.seed, **found}


def _listed(scenarios: str) -> list[str]:
    """Scenarios by name or file; a folder stands for every TOML file in it, by name."""
    chosen: list[str] = []
    for part in (part.strip() for part in scenarios.split(",") if part.strip()):
        path = Path(part)
        files = sorted(str(file) for file in path.glob("*.toml")) if path.is_dir() else [part]
        if not files:
            raise refusal("--scenarios", f"{part}, a folder without a scenario", "TOML files in it", "name another")
        chosen += files
    if len(chosen) < 2 or len(set(chosen)) < len(chosen):
        found = f"{len(chosen)} scenarios" if len(set(chosen)) == len(chosen) else "a scenario twice"
        fix = "name them as --scenarios base,quota-halved, or name a folder of TOML files"
        raise refusal("--scenarios", found, "two or more, each once", fix)
    return chosen


def text(found: dict[str, Any]) -> str:
    """Places, means and how far each scenario is behind the first."""
    rows = found["scenarios"]
    head = (
        f"{escape(found['park'])}: {len(rows)} scenarios by {escape(found['goal'])} {found['year']}, every order as "
        f"early as it can be, {found['replications']} futures each from seed {found['seed']}"
    )
    lines = [head, "", f"{'place':>5}  {'scenario':<40}{'mean':>12}{'± 95 %':>9}{'behind':>12}{'±':>9}  亿元"]
    for row in rows:
        cells = "".join(
            f"{'–' if row[key] is None else f'{row[key] / 1e8:,.2f}':>{width}}"
            for key, width in (
                ("mean_yuan", 12), ("half_width_95_yuan", 9), ("behind_yuan", 12), ("behind_half_width_yuan", 9),
            )
        )  # fmt: skip
        lines.append(f"{row['place']:>5}  {escape(row['scenario']):<40}{cells}")
    tied = [row for row in rows[1:] if not row["surely_behind"]]
    of_them = f"{len(tied)} of them {'is' if len(tied) == 1 else 'are'}"
    told = (
        f"{of_them} not surely behind the first: more futures (-n), or --select among these"
        if tied
        else "all others are surely behind the first"
    )
    return "\n".join([*lines, "", f"{told}; the last ± holds for all scenarios together with 95 %"])
