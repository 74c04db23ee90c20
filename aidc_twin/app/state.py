"""`state`: states of the floor are checked against the park and kept in the store, where they never change again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from aidc_twin import __version__
from aidc_twin.errors import InputError, Problem, escape
from aidc_twin.park import Park, load_park
from aidc_twin.park.state import HEAD, STATE, StateFolder, tables_of
from aidc_twin.store import Run, RunStore
from aidc_twin.store.store import STATE as KIND

if TYPE_CHECKING:
    import polars as pl

    from aidc_twin.park.schema import Row

SUMMARY, LATEST = "summary", "latest"


def import_state(source: str, folder: Path, at: str | None, store: Path) -> dict[str, Any]:
    """Check a state and keep it.

    Raises
    ------
    InputError
        With every problem of its files, of what they say together, and of the park.
    """
    park = load_park(source, state=StateFolder(folder, day_of(at)))
    given = dict.fromkeys([*STATE, *tables_of(folder)])
    return keep(park, {name: park.table(name) for name in given}, str(folder), store)


def day_of(text: str | None, option: str = "--at") -> dt.date | None:
    """Day of the command line; a state holds at the beginning of one.

    Raises
    ------
    InputError
        If it is no day.
    """
    if text is None:
        return None
    from aidc_twin.app.change import time_of

    when = time_of(text, option)
    if when.time() != dt.time():
        fix = f"write {when.date()}: put the state down as it was when that day began"
        raise InputError(Problem("command line", 0, option, text, "a day", fix, "time"))
    return when.date()


def keep(park: Park, tables: Mapping[str, Sequence[Row]], source: str, store: Path) -> dict[str, Any]:
    """Publish a state of a park in the store; gives what `summary` does."""
    started = dt.datetime.now()  # noqa: DTZ005  because a state is named by the user's own clock
    with RunStore(store).begin(KIND, park.head.id, started) as draft:
        for name, rows in tables.items():
            draft.write_frame(name.rpartition("/")[2], frame_of(name, rows))
        draft.write_text(HEAD, f'at = {park.head.epoch}\npark = "{park.head.id}"\n')
        told = _told(park, tables)
        draft.write_json(SUMMARY, told)
        run = draft.publish({
            "state_at": park.head.epoch.isoformat(), "source": source, "park_source": park.folder,
            "park_hash": park.hash,
            "facts_hash": park.facts.hash, "versions": {"aidc-twin": __version__},
        })  # fmt: skip
    return _summary(run, store)


def frame_of(name: str, rows: Sequence[Row]) -> pl.DataFrame:
    """Rows of a table as a frame: numbers and days as such, the rest as cells hold it."""
    import polars as pl

    from aidc_twin.park.schema import TABLES
    from aidc_twin.resources.columns import columns_of

    types = {"int": pl.Int64, "float": pl.Float64, "date": pl.Date}
    columns = columns_of(TABLES[name])
    data = {column.name: [_cell(getattr(row, column.name)) for row in rows] for column in columns}
    return pl.DataFrame(data, schema={column.name: types.get(column.kind, pl.String) for column in columns})


def _cell(value: object) -> object:
    if isinstance(value, int | float | dt.date | None):
        return value
    return str(getattr(value, "text", value))


def _told(park: Park, tables: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """What a state holds, in numbers."""
    steps = park.state_operations
    units = {(row.order, row.product, row.unit) for row in steps}
    return {
        "park": park.head.id, "at": park.head.epoch.isoformat(), "until": park.horizon_end.isoformat(),
        "tables": {name: len(rows) for name, rows in tables.items()},
        "orders_begun": len({row.order for row in steps}), "units_begun": len(units),
        "steps_done": sum(row.status == "done" for row in steps),
        "steps_under_way": sum(row.status == "under_way" for row in steps),
        "purchase_orders": len(park.state_purchase_orders),
        "machines_down": [f"{row.resource}/{row.machine}" for row in park.state_machines if row.status == "down"],
        "empty": [name for name in STATE if not park.table(name)],
    }  # fmt: skip


def get(name: str, store: Path, column: str = "state") -> Run:
    """A state of the store by its id, the beginning of it, or ``latest``; `column` is where it was named.

    Raises
    ------
    InputError
        If there is none, or its files are not as they were imported.
    """
    runs = RunStore(store)
    found = [run for run in runs.list() if run.kind == KIND]
    if name == LATEST and found:
        run = found[-1]
    else:
        fitting = [run for run in found if run.id == name] or [run for run in found if run.id.startswith(name)]
        if len(fitting) != 1:
            shown = ", ".join(run.id for run in (fitting or found)[-10:]) or "none: no state was imported"
            fix = "write more of the id" if fitting else "list them with `aidc-twin state list`, or name a folder"
            raise InputError(Problem(str(store), 0, column, name, f"{LATEST} or one of {shown}", fix, "unknown-state"))
        run = fitting[0]
    problems = run.check()
    if problems:
        raise InputError(problems)
    return run


@overload
def folder_of(name: str, store: Path) -> str: ...


@overload
def folder_of(name: str | None, store: Path) -> str | None: ...


def folder_of(name: str | None, store: Path) -> str | None:
    """Folder of a state: itself, or that of the store by the state's id; None where no state is asked for."""
    if name is None or Path(name).is_dir() or any(mark in name for mark in "/\\"):
        return name
    return str(get(name, store, "--state").path)


def summary(name: str, store: Path) -> dict[str, Any]:
    """What a state of the store holds."""
    return _summary(get(name, store), store)


def _summary(run: Run, store: Path) -> dict[str, Any]:
    head = {"state": run.id, "imported": run.at, "source": run.manifest["source"], "hash": run.content_hash}
    return head | run.json(SUMMARY) | {"folder": str(store / run.id)}


def same_state(run: Run) -> dict[str, Any]:
    """Check the files of a state, and whether the park that it was checked against is still the same with it."""
    damaged = [str(problem) for problem in run.check()]
    park = None if damaged else load_park(run.manifest["park_source"], state=StateFolder(run.path))
    moved = park is not None and park.hash != run.manifest["park_hash"]
    frames = sum(name.endswith(".parquet") for name in run.files)
    return {
        "run": run.id, "same": not (damaged or moved), "damaged": damaged, "inputs_moved": moved, "frames": frames,
        "differ": [],
    }  # fmt: skip


def list_states(store: Path) -> dict[str, Any]:
    """States of a store, oldest first."""
    rows = [
        {"state": run.id, "park": run.park, "at": run.manifest["state_at"], "imported": run.at,
         "hash": run.content_hash, "source": run.manifest["source"]}
        for run in RunStore(store).list() if run.kind == KIND
    ]  # fmt: skip
    return {"store": str(store), "states": rows}


def shown(found: dict[str, Any]) -> str:
    """A state in a few lines."""
    down, name = found["machines_down"], found.get("state", found.get("run", ""))
    lines = [
        f"{name}: {escape(found['park'])} as {found['at']} begins"
        + (f" (hash {found['hash'][:12]})" if "hash" in found else ""),
        f"  {found['units_begun']} units of {found['orders_begun']} orders begun: {found['steps_done']} steps done,"
        f" {found['steps_under_way']} under way",
        f"  {found['tables']['state/stocks']} materials in stock, {found['purchase_orders']} purchase orders on their"
        f" way, {len(down)} machines down" + (f" ({escape(', '.join(down))})" if down else ""),
    ]
    lines += [f"  {rows} {table} of its own" for table, rows in found["tables"].items() if table not in STATE]
    lines += [f"  note: no {table}: nothing of the kind" for table in found["empty"]]
    return "\n".join([*lines, f"  next: aidc-twin simulate --state {name}"])


def listed(found: dict[str, Any]) -> str:
    """States of a store."""
    rows = [
        f"{row['state']}  {row['park']:<16} as of {row['at']}  {row['hash'][:12]}  {escape(row['source'])}"
        for row in found["states"]
    ]
    return "\n".join(rows) or f"no states in {escape(found['store'])}; next: aidc-twin state import DIR"
