"""The commands about states of the floor. Heavy imports stand inside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aidc_twin.app.options import PARK, Debug, Json, ParkOption, Store

states = typer.Typer(
    name="state",
    help="States of the floor: what is done, in stock, down and on order, as of a day.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

At = Annotated[str | None, typer.Option("--at", help="Day at whose beginning it holds; else what state.toml says, or "
                                        "the park's epoch.")]  # fmt: skip


@states.command("import")
def state_import(
    folder: Annotated[Path, typer.Argument(help="Folder with operations, stocks, purchase_orders, machines, orders as "
                                           "CSV, XLSX or Parquet.")],
    park: ParkOption = PARK, at: At = None, store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Check a state against the park, every problem at once, and keep it under an id."""
    from aidc_twin.app import show, state

    show.result(state.import_state(park, folder, at, store), as_json=json, text=state.shown)


@states.command("show")
def state_show(
    name: Annotated[str, typer.Argument(help="Id of a state, a unique beginning of one, or `latest`.")] = "latest",
    store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Say what a state holds, after checking that it is as it was imported."""
    from aidc_twin.app import show, state

    show.result(state.summary(name, store), as_json=json, text=state.shown)


@states.command("list")
def state_list(store: Store = Path("runs"), json: Json = False, debug: Debug = False) -> None:
    """List the states of the store, oldest first."""
    from aidc_twin.app import show, state

    show.result(state.list_states(store), as_json=json, text=state.listed)
