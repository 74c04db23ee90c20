"""`state backtest` and `state extract`: forecasts held against what then happens, and states of simulated futures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aidc_twin.app.flow import Case, Request, open_case, state_of
from aidc_twin.app.state import day_of, frame_of
from aidc_twin.errors import EnvironmentFault, InputError, Problem, escape
from aidc_twin.park import Park, Patch, load_park
from aidc_twin.resources.suggest import cure, listed
from aidc_twin.telemetry import Progress

_SLOWER = re.compile(r"([^=]+)=([0-9]+(?:\.[0-9]+)?) ?%?")
MOST_SLOWER = 1000.0


def year_of_forecasts(
    request: Request, weeks: int, ahead: int, hidden: int, actual: Sequence[str], slower: Sequence[str],
    progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """Forecasts of a park against a replication of it, or of what it drifts to.

    Raises
    ------
    InputError
        With every problem of what drifts, or if the park cannot be put down as a state.
    """
    from aidc_twin.loop.backtest import Asked, backtest

    case = open_case(request)
    drifted = _drifted(request, case, actual, slower)
    if case.park.head.horizon_weeks <= ahead:
        found, allowed = f"{ahead} weeks", f"fewer than the {case.park.head.horizon_weeks} of the horizon"
        raise InputError(Problem("command line", 0, "--ahead", found, allowed, "look less far", "too-far"))
    asked = Asked(weeks, ahead, request.replications, request.seed, hidden, request.workers)
    found = backtest(case.park, drifted, asked, progress)
    return {
        "park": case.park.head.id, "scenarios": list(case.park.scenarios), "from": case.park.head.epoch.isoformat(),
        "actual": [*actual, *(f"slower {text}" for text in slower)], **found,
    }  # fmt: skip


def _drifted(request: Request, case: Case, actual: Sequence[str], slower: Sequence[str]) -> Park:
    """The park as it really is: under other scenarios, with slower machines."""
    patches = [patch for text in slower for patch in _patches(case.park, text)]
    return load_park(request.park, [*case.stack, *actual], overrides=patches, state=state_of(request))


def _patches(park: Park, text: str) -> list[Patch]:
    """Longer durations of all that is done on some servers.

    Raises
    ------
    InputError
        If there are no such servers, or it is no percentage.
    """
    match = _SLOWER.fullmatch(text.strip())
    servers = [row.resource for row in park.resources if row.kind == "servers"]
    if match is None or match[1] not in servers or not 0 < float(match[2]) <= MOST_SLOWER:
        allowed = f"SERVERS=PERCENT with one of {listed(servers)}"
        fix = cure(match[1], servers) if match and match[1] not in servers else "write for example mill=10"
        raise InputError(Problem("command line", 0, "--slower", text, allowed, fix, "bad-option"))
    steps = [(row.routing, row.operation) for row in park.needs if row.resource == match[1] and
             row.during == "operation"]  # fmt: skip
    factor = 1 + float(match[2]) / 100
    paths = [f"operations.{routing}/{operation}.duration" for routing, operation in dict.fromkeys(steps)]
    return [Patch("scale", path, factor, file="--slower", line=0) for path in paths]


def text(found: Mapping[str, Any]) -> str:
    """Errors and coverage by series, and what has drifted."""
    share = f"{found['interval']:.0%}"
    real = f", what happens: {escape(', '.join(found['actual']))}" if found["actual"] else ""
    lines = [
        f"{escape(found['park'])} from {found['from']}: forecasts from {found['weeks']} weekly states,"
        f" {found['futures']} futures each{real}",
        "MAE: mean absolute error of the mean forecast; WAPE, bias: absolute and signed errors by all that came;"
        f" inside: share of weeks within the {share} interval",
        "",
        f"{'series':<28}{'weeks ahead':>12}{'mean':>16}{'MAE':>16}{'WAPE':>9}{'bias':>9}{'inside':>9}",
    ]
    for row in found["series"]:
        amounts = (row["mean_actual"], row["mean_absolute_error"])
        told = [f"{x / 1e8:,.3f} 亿元" if row["unit"] == "yuan" else f"{x:,.2f}" for x in amounts]
        cells = "".join(f"{text:>16}" for text in told)
        cells += "".join(f"{'-' if row[k] is None else f'{row[k]:.1%}':>9}" for k in ("wape", "bias"))
        lines.append(f"{escape(row['series']):<28}{row['horizon_weeks']:>12}{cells}{row['coverage']:>9.1%}")
    lines.append("")
    lines += [
        f"drift: {escape(row['series'])}: {row['weeks']} of {row['of']} weeks in the test of {row['test']}, where"
        f" {row['expected']:.1f} are expected (p = {row['p']:.1e})"
        for row in found["drift"]
    ]
    if not found["drift"]:
        lines.append(f"no drift: none of {found['tests']} exact binomial tests at {found['level']:.0%} in all (Holm)")
    else:
        lines.append(f"what happens is not what the model says ({found['tests']} exact binomial tests, Holm's procedure"
                     f" at {found['level']:.0%}): look at what feeds these series")  # fmt: skip
    return "\n".join(lines)


def extract(request: Request, at: str, folder: Path) -> dict[str, Any]:
    """Put a simulated future down as a state, as CSV files in a new or empty folder.

    Raises
    ------
    InputError
        If the folder is not empty, or the day is not behind the park's epoch.
    """
    from aidc_twin.park.moved import on_day
    from aidc_twin.store.export import write_csv
    from aidc_twin.twin.compile import Policy, compile_arrays, read_factory
    from aidc_twin.twin.moment import moment_of, posted_by

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fix = "name a new folder"
        raise InputError(Problem(str(folder), 0, "", "something is there", "a new or empty folder", fix, "not-empty"))
    case, day = open_case(replace(request, replications=1)), day_of(at)
    park = case.park
    if day is None or not park.head.epoch < day < park.horizon_end:
        allowed = f"a day behind {park.head.epoch} and before {park.horizon_end}"
        raise InputError(Problem("command line", 0, "--at", at, allowed, "name such a day", "day-outside"))
    factory = read_factory(park)
    policy = Policy()
    arrays = compile_arrays(factory, policy)
    posted = {"state/posted": posted_by(factory, arrays, request.seed, day, case.announced)}
    tables = {**moment_of(factory, arrays, policy, request.seed, day).tables(), **posted}
    on_day(park, day, tables)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            write_csv(frame_of(name, rows), folder / f"{name.rpartition('/')[2]}.csv")
        head = f'at = {day}\npark = "{park.head.id}"\nnote = "simulated with seed {request.seed}"\n'
        (folder / "state.toml").write_text(head, encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"cannot write to {folder}: {error.strerror}") from error
    return {"folder": str(folder), "park": park.head.id, "at": day.isoformat(), "seed": request.seed,
            "tables": {name: len(rows) for name, rows in tables.items()}}  # fmt: skip


def said_extract(found: Mapping[str, Any]) -> str:
    """What was written, in two lines."""
    rows = ", ".join(f"{count} {name.rpartition('/')[2]}" for name, count in found["tables"].items())
    return (
        f"{escape(found['folder'])}: {escape(found['park'])} as {found['at']} begins with seed {found['seed']} ({rows})"
        f"\n  next: aidc-twin state import {escape(found['folder'])}"
    )
