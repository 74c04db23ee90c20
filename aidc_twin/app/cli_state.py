"""The commands about states of the floor. Heavy imports stand inside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aidc_twin.app.options import (
    PARK,
    Debug,
    Goals,
    Json,
    ParkOption,
    Scenarios,
    Seed,
    State,
    Store,
    Workers,
    simulating,
)

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


@states.command("extract")
@simulating
def state_extract(
    folder: Annotated[Path, typer.Argument(help="New or empty folder.")],
    at: Annotated[str, typer.Option("--at", help="Day at whose beginning the future is put down.")],
    park: ParkOption = PARK, scenario: Scenarios = None, seed: Seed = 1, state: State = None,
    store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Put a simulated future down as a state: CSV files as `state import` reads them."""
    from aidc_twin.app import backtest, flow, show
    from aidc_twin.app.state import folder_of

    request = flow.Request(park, tuple(scenario or ()), seed=seed, state=folder_of(state, store))
    show.result(backtest.extract(request, at, folder), as_json=json, text=backtest.said_extract)


@states.command("backtest")
@simulating
def state_backtest(
    park: ParkOption = PARK, scenario: Scenarios = None, seed: Seed = 1, state: State = None,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=1040, help="Weekly states to forecast from.")] = 52,
    ahead: Annotated[int, typer.Option("--ahead", min=1, max=104, help="Weeks that are forecast.")] = 4,
    futures: Annotated[int, typer.Option("--futures", "-n", min=10, max=100_000, help="Futures of each state.")] = 40,
    hidden: Annotated[int, typer.Option("--hidden-seed", min=0, max=2**64 - 1, help="Seed of what happens.")] = 2**40,
    actual: Annotated[list[str] | None, typer.Option("--actual", help="Scenario under which it happens, which the "
        "forecasts do not know; repeat to stack.")] = None,
    slower: Annotated[list[str] | None, typer.Option("--slower", help="SERVERS=PERCENT: machines that are slower than "
        "the forecasts know; repeat for more.")] = None,
    workers: Workers = 2, store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Forecast from weekly states of a hidden future, and say how far off, how sure, and whether it has drifted."""
    from aidc_twin.app import backtest, flow, show
    from aidc_twin.app.state import folder_of

    request = flow.Request(
        park, tuple(scenario or ()), seed=seed, replications=futures, workers=workers, state=folder_of(state, store)
    )
    found = backtest.year_of_forecasts(
        request, weeks, ahead, hidden, actual or (), slower or (), show.progress(quiet=json)
    )
    show.result(found, as_json=json, text=backtest.text)


@simulating
def branch(
    park: ParkOption = PARK, state: State = None, scenario: Scenarios = None, goals: Goals = None, seed: Seed = 1,
    shock: Annotated[list[str] | None, typer.Option("--shock", help="Scenario that comes over the park: a name, a TOML "
        "file, or several joined by +; repeat for more, which are then also stacked. Without: the whole library.")]
        = None,
    futures: Annotated[int, typer.Option("--futures", "-n", min=2, max=100_000, help="Futures of each.")] = 40,
    workers: Workers = 2, store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Make many futures from today, with shocks: what each changes, the worst first, all with the same luck."""
    from aidc_twin.app import branch as branches
    from aidc_twin.app import flow, show
    from aidc_twin.app.state import folder_of

    request = flow.Request(
        park, tuple(scenario or ()), goals, seed, futures, workers=workers, state=folder_of(state, store)
    )
    found = branches.futures(request, shock or (), show.progress(quiet=json))
    show.result(found, as_json=json, text=branches.text)
