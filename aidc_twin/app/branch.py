"""`branch`: many futures from today, with the shocks of the library or of a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aidc_twin.app.flow import Request, open_case, state_of
from aidc_twin.errors import InputError, Problem, escape
from aidc_twin.park import Park, load_park, load_scenario
from aidc_twin.resources.suggest import listed
from aidc_twin.telemetry import Progress

YI = 1e8
WIDE = 30
SHOWN = 3
"""Figures in the text; all of them are in the object."""


def futures(request: Request, shocks: Sequence[str], progress: Progress) -> dict[str, Any]:
    """Futures of a park from its state, with each shock; of several also with all of them together.

    Raises
    ------
    InputError
        With every problem of the shocks, as that of a name twice.
    """
    from aidc_twin.loop.branch import STACKED, branch

    case = open_case(request)
    wanted = _wanted(shocks, case.park)
    parks = _parks(request, case.stack, case.park, wanted, library=not shocks)
    goals = case.goals if request.goals or case.park.orders or case.park.sales else ()
    found = branch(case.park, parks, goals, request.seed, request.replications, workers=request.workers,
                   progress=progress)  # fmt: skip
    for row in found["shocks"]:
        parts = [load_scenario(name) for name in row["shock"].split(STACKED)]
        row["title"] = "; ".join(part.title for part in parts)
    return {
        "park": case.park.head.id, "state": request.state, "today": case.park.head.epoch.isoformat(),
        "scenarios": list(case.park.scenarios), "goals": [goal.id for goal in goals], "seed": request.seed,
        "futures": request.replications, "left_out": [name for name in wanted if name not in parks], **found,
    }  # fmt: skip


def _wanted(shocks: Sequence[str], park: Park) -> list[str]:
    """Shocks and stacks of them, as asked for; the library where none is."""
    from aidc_twin.loop.branch import SHOCKS, STACKED

    if not shocks:
        return [name for name in SHOCKS if name not in park.scenarios]
    twice = sorted({name for name in shocks if list(shocks).count(name) > 1})
    if twice:
        fix = "name each shock once"
        raise InputError(Problem("command line", 0, "--shock", listed(twice), "each once", fix, "shock-twice"))
    together = STACKED.join(shocks)
    return list(shocks) if len(shocks) == 1 else [*shocks, together]


def _parks(
    request: Request, stack: Sequence[str], base: Park, wanted: Sequence[str], *, library: bool
) -> Mapping[str, Park]:
    """Park under each shock; of the library, what says nothing of this park is left out.

    Raises
    ------
    InputError
        With the problems of all shocks, or if no shock of the library fits the park.
    """
    from aidc_twin.loop.branch import STACKED

    state = state_of(request)
    parks: dict[str, Park] = {}
    problems: list[Problem] = []
    for name in wanted:
        try:
            park = load_park(request.park, [*stack, *name.split(STACKED)], state=state)
        except InputError as error:
            problems += [] if library else error.problems
            continue
        if park.hash != base.hash:
            parks[name] = park
        elif not library:
            fix = "name another one, or an earlier state"
            problems.append(Problem(name, 0, "--shock", "nothing changes", "a change of the park", fix, "no-change"))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    if not parks:
        fix = "write shocks of its own as scenarios, and name them with --shock FILE"
        found, allowed = f"{base.head.id}, of which the library says nothing", "a park with shocks"
        raise InputError(Problem("command line", 0, "--shock", found, allowed, fix, "no-shock"))
    return parks


def text(found: Mapping[str, Any]) -> str:
    """Shocks in a table, the worst first."""
    goals = found["goals"]
    columns = goals[:2] + [row["figure"] for row in found["base"] if row["figure"] not in goals][-1:]
    columns = columns or [row["figure"] for row in found["base"]][:SHOWN]
    units = {row["figure"]: row["unit"] for row in found["base"]}
    width = max([len(row["shock"]) for row in found["shocks"]], default=0) + 2
    width = min(max(width, 12), 60)
    lines = [
        f"{escape(found['park'])} from {found['today']}: {found['futures']} futures from seed {found['seed']}, without"
        " a plan, each with the same luck",
        "amounts of goals are what is posted from that day on in their year; ± 95 % is of the paired difference",
        "",
        f"{'':<{width}}" + "".join(f"{_head(name, units[name]):>{WIDE}}" for name in columns),
    ]
    base = {row["figure"]: row for row in found["base"]}
    lines.append(f"{'base':<{width}}" + "".join(f"{_amount(base[n]['mean'], units[n]):>{WIDE}}" for n in columns))
    for row in found["shocks"]:
        cells = {cell["figure"]: cell for cell in row["figures"]}
        lines.append(
            f"{escape(row['shock']):<{width}}"
            + "".join(f"{_change(cells[n], units[n]) if n in cells else '-':>{WIDE}}" for n in columns)
        )
    if found["left_out"]:
        lines.append(f"left out, as they do not fit this park: {', '.join(found['left_out'])}")
    return "\n".join(lines)


def _head(name: str, unit: str) -> str:
    return f"{name} [{'亿元' if unit == 'yuan' else unit}]"


def _scaled(value: float, unit: str) -> float:
    return value / YI if unit == "yuan" else value


def _amount(value: float, unit: str) -> str:
    return f"{_scaled(value, unit):,.2f}"


def _change(cell: Mapping[str, Any], unit: str) -> str:
    half = cell["half_width_95"]
    sure = "" if half is None else f" ± {_scaled(half, unit):,.2f}"
    return f"{_scaled(cell['difference'], unit):+,.2f}{sure}"
