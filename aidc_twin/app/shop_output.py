"""What a park's schedule leaves behind: lists for the floor, and the run of the store with its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from aidc_twin import __version__
from aidc_twin.app.flow import PAGE, SUMMARY
from aidc_twin.errors import EnvironmentFault, InputError, Problem
from aidc_twin.store import Run, RunStore

if TYPE_CHECKING:
    from aidc_twin.app.shop import Ask, Made
    from aidc_twin.park import Park

__all__ = ["finish", "kinds_of", "page"]

KINDS = ("csv", "xlsx")


def finish(result: Made, ask: Ask, store: Path, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Say what moved, write lists and CSV, save the run."""
    from aidc_twin.report.lists import moves

    case, found, rows = result.case, result.found, result.tables["schedule_operations"]
    moved = [] if result.before is None else moves(result.before, rows, case.park, result.why)
    if result.before is not None:
        found["moved"] = moved
    if kinds:
        found["files"] = _write_lists(case.park, rows, moved, ask.output, kinds)
    elif ask.export is not None:
        from aidc_twin.store.export import write_csv

        write_csv(rows, Path(ask.export))
        found["file"] = ask.export
    if ask.chain is not None:
        found["chain"] = _chain(rows, ask.chain, case.park)
    if ask.save or ask.source is not None:
        _save(result, ask, store)
    return found


def page(run: Run) -> str:
    """Page of a saved schedule, written again."""
    from aidc_twin.report.schedule import render_schedule

    frames = {Path(name).stem: run.frame(Path(name).stem) for name in run.files if name.endswith(".parquet")}
    return render_schedule(frames, {"run": run.id, **run.json(SUMMARY)})


def _chain(rows: pl.DataFrame, order: str, park: Park) -> list[dict[str, str]]:
    """The critical chain of an order, its beginning first."""
    from aidc_twin.report.chain import Chains
    from aidc_twin.report.lists import moment, said
    from aidc_twin.units.clock import Clock

    if order not in {row.order for row in park.orders}:
        raise InputError(
            Problem("command line", 0, "--chain", order, "an order of the book", "name one", "unknown-order")
        )
    clock, chains = Clock(park.head.epoch, park.head.tick_us), Chains(rows)
    found: list[dict[str, str]] = []
    for link in reversed(chains.of(order)):
        of, resource, machine, start, end, unit, operation = chains.rows[link.row]
        place = f"{resource} {machine}" if machine else ""
        found.append({
            "order": of, "unit": unit, "operation": operation, "place": place, "start": said(moment(clock, start)),
            "end": said(moment(clock, end)), "waited_for": link.why,
        })  # fmt: skip
    return found


def kinds_of(export: str | None) -> tuple[str, ...]:
    """Forms of the lists, where `--export` names forms and no file."""
    parts = tuple(part.strip() for part in (export or "").split(","))
    return parts if export and all(part in KINDS for part in parts) else ()


def _write_lists(park: Park, rows: pl.DataFrame, moved: list[dict[str, Any]], folder: Path,
                 kinds: tuple[str, ...]) -> list[str]:  # fmt: skip
    """One CSV file for each work centre and shift, one workbook with a sheet for each work centre; and what moved."""
    from aidc_twin.report.lists import COLUMNS, MOVED, dispatch_lists
    from aidc_twin.report.sheets import workbook
    from aidc_twin.store.export import write_csv

    lists = dispatch_lists(park, rows)
    changes = pl.DataFrame({name: [row[name] for row in moved] for name in MOVED}, strict=False)
    files: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if "csv" in kinds:
            for centre, shifts in lists.items():
                (folder / centre).mkdir(exist_ok=True)
                for shift, lines in shifts.items():
                    path = folder / centre / f"{shift.replace(' ', '-')}.csv"
                    write_csv(pl.DataFrame(lines, schema=list(COLUMNS), orient="row", infer_schema_length=None), path)
                    files.append(str(path))
            write_csv(changes, folder / "moved.csv")
            files.append(str(folder / "moved.csv"))
        if "xlsx" in kinds:
            tables = {
                centre: [list(COLUMNS), *(line for lines in shifts.values() for line in lines)]
                for centre, shifts in lists.items()
            }
            tables["moved"] = [list(MOVED), *([row[name] for name in MOVED] for row in moved)]
            (folder / "dispatch.xlsx").write_bytes(workbook(tables))
            files.append(str(folder / "dispatch.xlsx"))
    except OSError as error:
        raise EnvironmentFault(f"cannot write to {folder}: {error.strerror}") from error
    return files


def _save(result: Made, ask: Ask, store: Path) -> None:
    """Publish the schedule with its page; what is told names both."""
    from aidc_twin.app.replay import notes
    from aidc_twin.report.schedule import render_schedule
    from aidc_twin.store import frame_hash

    case, tables = result.case, result.tables
    started = dt.datetime.now()  # noqa: DTZ005  because a run is named by the user's own clock
    hashes = {name: frame_hash(table) for name, table in tables.items()}
    with RunStore(store).begin("schedule", case.park.head.id, started) as draft:
        for name, table in sorted(tables.items()):
            draft.write_frame(name, table)
        draft.write_json(SUMMARY, {key: value for key, value in result.found.items() if key not in ("files", "file")})
        result.found.update(run=draft.id, report=str(store / draft.id / PAGE))
        draft.write_text(PAGE, render_schedule(tables, result.found), counts=False)
        draft.publish({
            "status": "done", "request": asdict(result.request), **notes(result, ask),
            "goal_profile": case.profile, "park_hash": case.park.hash, "facts_hash": case.park.facts.hash,
            "frame_hashes": hashes, "versions": {"aidc-twin": __version__}, "stages": [],
        })  # fmt: skip
