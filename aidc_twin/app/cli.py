"""The commands. Heavy imports stand inside them, so that ``--help`` costs nothing."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from aidc_twin.app.cli_state import branch, states
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
    one_park,
    simulating,
)

cli = typer.Typer(
    name="aidc-twin",
    help="Digital twin of an industrial park: what it can do, what it should do, and how sure that is.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
runs = typer.Typer(name="runs", help="Look at published runs.", no_args_is_help=True, rich_markup_mode=None)
cli.add_typer(runs)
cli.add_typer(states)
cli.command()(branch)

ParkArgument = Annotated[str, typer.Argument(help="A shipped park's name or a park folder.")]
Replications = Annotated[int, typer.Option("--replications", "-n", min=1, max=100_000, help="Replications.")]
MaxReplications = Annotated[
    int | None,
    typer.Option("--max-replications", min=1, max=100_000, help="Stop there, sure or not (1,000)."),
]
Profile = Annotated[str, typer.Option("--profile", help="Solver profile name or TOML file.")]
TimeLimit = Annotated[
    float | None,
    typer.Option("--time-limit", min=0.001, help="Seconds for all levels of a plan, in place of the profile's."),
]
Gap = Annotated[
    float | None,
    typer.Option("--gap", min=0.0, max=1.0, help="Accepted gap as a share of a level, in place of the profile's."),
]
Album = Annotated[int, typer.Option("--album", min=0, max=50, help="Plans of another structure beside the best one.")]
Loss = Annotated[
    float,
    typer.Option("--loss", min=0.0001, max=0.2, help="Share of each level's value that a plan of the album may lose."),
]
Tornado = Annotated[
    int,
    typer.Option("--sensitivity", min=0, max=1000, help="Futures of a tornado of assumptions under the plan; 0: none."),
]
Near = Annotated[
    str | None,
    typer.Option("--near", help="Published run whose weeks the plan keeps: to move a release has a cost."),
]
ROUNDS = 6
"""As in `LoopOptions`, which a command's help is not to wait for."""
Rounds = Annotated[
    int, typer.Option("--rounds", min=2, max=50, help="Most rounds of plan and twin; they end where both agree.")
]
Weeks = Annotated[int, typer.Option("--weeks", min=1, max=104, help="Near weeks that are scheduled in detail.")]


class InstanceKind(StrEnum):
    """Forms of public instance files."""

    jobshop = "jobshop"
    fjs = "fjs"
    rcp = "rcp"


class Better(StrEnum):
    """Which of two values of a figure is better."""

    more = "more"
    less = "less"


def version(show: bool) -> None:
    """Print the version and stop."""
    if show:
        from aidc_twin import __version__

        typer.echo(f"aidc-twin {__version__}")
        raise typer.Exit


@cli.callback()
def top(
    show_version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Digital twin of an industrial park: what it can do, what it should do, and how sure that is."""


@cli.command()
@simulating
def run(
    place: Annotated[str | None, typer.Argument(metavar="PARK", help="The same as --park.")] = None,
    park: ParkOption = PARK, scenario: Scenarios = None, goals: Goals = None, seed: Seed = 1,
    replications: Replications = 200, rounds: Rounds = ROUNDS, weeks: Weeks = 8, profile: Profile = "default",
    workers: Workers = 2, store: Store = Path("runs"), json: Json = False, debug: Debug = False,
    time_limit: TimeLimit = None, gap: Gap = None, album: Album = 0, loss: Loss = 0.02, state: State = None,
    sensitivity: Tornado = 0, near: Near = None,
) -> None:  # fmt: skip
    """Simulate, plan, schedule, execute in the twin until both agree, certify, store and report."""
    from aidc_twin.app import flow, show
    from aidc_twin.app.near import run_of
    from aidc_twin.app.state import folder_of

    request = flow.Request(
        one_park(place, park), tuple(scenario or ()), goals, seed, replications, rounds, weeks, profile, workers,
        time_limit, gap,
        album, loss, folder_of(state, store), sensitivity, run_of(near, store),
    )  # fmt: skip
    found = flow.whole_run(request, store, show.progress(quiet=json))
    show.result(found, as_json=json, text=show.verdict)
    if found["loop"]["interrupted"]:
        raise typer.Exit(130)


@cli.command()
def check(
    park: ParkArgument = PARK, scenario: Scenarios = None, json: Json = False, debug: Debug = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a park folder and stop.")] = False,
) -> None:  # fmt: skip
    """Tell every problem of a park at once, each with its place and what to do."""
    from aidc_twin.app import flow, show

    if schema:
        from aidc_twin.park.json_schema import park_schema

        show.result(park_schema(), as_json=True)
        return
    found = flow.check(park, tuple(scenario or ()))
    show.result(found, as_json=json, text=show.check)
    if found["problems"]:
        raise typer.Exit(2)


@cli.command()
def init(folder: Annotated[Path, typer.Argument(help="New or empty folder.")], debug: Debug = False) -> None:
    """Write a small commented park to start from."""
    from aidc_twin.park.scaffold import write_scaffold

    write_scaffold(folder)
    typer.echo(f"{folder} holds a small park; next: aidc-twin check {folder} && aidc-twin run --park {folder}")


@cli.command()
@simulating
def simulate(
    park: ParkArgument = PARK, scenario: Scenarios = None, goals: Goals = None, seed: Seed = 1,
    replications: Replications = 20, workers: Workers = 2,
    half_width: Annotated[str | None, typer.Option("--half-width", help="Go on until the 95 % interval of every "
        "goal's mean is that narrow: 0.5% of it, or an amount such as 5亿元. Without goals: throughput and units in "
        "the park of every source, as a share.")] = None,
    figure: Annotated[list[str] | None, typer.Option("--figure", help="What --half-width is about instead: a figure as "
        "simulate names it, such as flow_time; repeat for more.")] = None,
    max_replications: MaxReplications = None,
    warm_up: Annotated[str | None, typer.Option("--warm-up", help="First weeks that figures of sources and shares of "
        "resources leave out, in place of the park's warm_up_weeks: a number, or auto (MSER-5).")] = None,
    by_week: Annotated[bool, typer.Option("--by-week", help="Print goals, power and places week by week.")] = False,
    state: State = None, store: Store = Path("runs"),
    json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Say what the park can do when every order is made as early as it can be, and how sure each figure is."""
    from aidc_twin.app import accuracy, flow, show, sure, warm
    from aidc_twin.app.state import folder_of

    weeks = warm.read_warm_up(warm_up)
    rule = accuracy.stop_rule(half_width, replications, max_replications, figure or ())
    request = flow.Request(
        park, tuple(scenario or ()), goals, seed, replications, workers=workers, state=folder_of(state, store)
    )
    found = sure.simulation(request, rule, show.progress(quiet=json), figure or (), weeks)
    show.result(found, as_json=json, text=lambda found: show.simulation(found, by_week=by_week))


@cli.command()
@simulating
def plan(
    park: ParkArgument = PARK, scenario: Scenarios = None, goals: Goals = None, seed: Seed = 1,
    profile: Profile = "default", workers: Workers = 2, json: Json = False, debug: Debug = False,
    time_limit: TimeLimit = None, gap: Gap = None, album: Album = 0, loss: Loss = 0.02, state: State = None,
    store: Store = Path("runs"), near: Near = None,
) -> None:  # fmt: skip
    """Make the master plan once, from what the twin measures without congestion."""
    from aidc_twin.app import flow, show
    from aidc_twin.app.near import run_of
    from aidc_twin.app.state import folder_of

    request = flow.Request(
        park, tuple(scenario or ()), goals, seed, 8, profile=profile, workers=workers, time_limit=time_limit, gap=gap,
        album=album, loss=loss, state=folder_of(state, store), near=run_of(near, store),
    )  # fmt: skip
    found = flow.master_plan(request, store, show.progress(quiet=json))
    show.result(found, as_json=json, text=show.plan)
    if found["status"] == "interrupted":
        raise typer.Exit(130)


@cli.command()
@simulating
def schedule(
    park: ParkArgument = PARK, scenario: Scenarios = None, goals: Goals = None, weeks: Weeks = 8,
    plan: Annotated[str | None, typer.Option("--plan", help="Run whose plan it keeps to.")] = None,
    state: State = None,
    horizon: Annotated[str | None, typer.Option("--horizon", help="Near time that is scheduled, as 8w.")] = None,
    source: Annotated[str | None, typer.Option("--from", help="Replan this run's schedule.")] = None,
    now: Annotated[str | None, typer.Option("--now", help="Day or time from which it is replanned.")] = None,
    freeze: Annotated[str, typer.Option("--freeze", help="What starts within this time stays, as 3d.")] = "0d",
    change: Annotated[Path | None, typer.Option("--change", help="TOML file: machines down, late material, rush "
        "orders, due dates, pins.")] = None,
    weight: Annotated[float, typer.Option("--weight", min=0.0, max=1e6, help="Cost of an hour of change, in hours of "
        "lateness of an order.")] = 0.1,
    export: Annotated[str | None, typer.Option("--export", help="csv,xlsx: dispatch lists by work centre and shift; "
        "or a CSV file for the operations.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the dispatch lists.")] = Path("dispatch"),
    save: Annotated[bool, typer.Option("--save", help="Keep the schedule in the store.")] = False,
    chain: Annotated[str | None, typer.Option("--chain", help="Show what this order waits for, step by step.")] = None,
    aims: Annotated[str | None, typer.Option("--aims", help="What counts, the most important first, as tardiness,"
        "makespan,worth; lateness alone without it.")] = None,
    instance: Annotated[Path | None, typer.Option("--instance", help="A public instance file, no park.")] = None,
    kind: Annotated[InstanceKind, typer.Option("--format", help="Form of the instance file.")] = InstanceKind.jobshop,
    time_limit: Annotated[float | None, typer.Option("--time-limit", min=0.0, max=1e6, help="Seconds of search, in "
        "place of the profile's (60 without one; of a park 10, to replan 1).")] = None,
    gap: Annotated[float | None, typer.Option("--gap", min=0.0, max=1.0, help="Proven gap at which the search ends, in "
        "place of the profile's (0 without one).")] = None,
    target: Annotated[int | None, typer.Option("--target", min=0, max=2**62, help="Makespan, or cost of a park's "
        "schedule, that is good enough.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Solver profile name or TOML file: its gap and time "
        "limit.")] = None,
    work: Annotated[int | None, typer.Option("--work", min=1, max=2**62, help="Operations looked at; the same "
        "work and seed give the same schedule.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, max=256, help="Threads of the search.")] = 1,
    seed: Seed = 1,
    solution: Annotated[Path | None, typer.Option("--solution", help="Write the instance's schedule here.")] = None,
    store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Schedule the operations of the near weeks, checked: dispatching, then a search; or a public instance."""
    from aidc_twin.app import show

    if instance is not None:
        from aidc_twin.app import instances

        limits = (*instances.search_limits(profile, time_limit, gap), target or 0)
        progress = show.progress(quiet=json)
        found = instances.instance_schedule(instance, kind.value, limits, threads, seed, work, solution, progress)
        show.result(found, as_json=json, text=instances.shown)
        if found["status"] == "interrupted":
            raise typer.Exit(130)
        return
    from aidc_twin.app import flow, shop

    request = flow.Request(park, tuple(scenario or ()), goals, seed, weeks=weeks)
    seconds, near_enough = shop.search_limits(profile, time_limit, gap)
    ask = shop.Ask(
        seconds, work, plan, state, horizon, source, now, freeze, change, weight, export, output, save, chain,
        () if aims is None else tuple(name.strip() for name in aims.split(",")), near_enough, target, threads,
    )  # fmt: skip
    found = shop.park_schedule(request, ask, store, show.progress(quiet=json))
    show.result(found, as_json=json, text=shop.shown)
    if found.get("search", {}).get("interrupted"):
        raise typer.Exit(130)


@cli.command()
@simulating
def invest(
    park: ParkArgument = PARK, scenario: Scenarios = None, goals: Goals = None, seed: Seed = 1,
    first: Annotated[int | None, typer.Option("--from", help="First calendar year; the first whole one after the "
        "park's epoch without it.")] = None,
    years: Annotated[int, typer.Option("--years", min=1, max=40, help="Calendar years that are planned.")] = 10,
    replications: Annotated[int, typer.Option("-n", "--replications", min=0, help="Futures in which the twin executes "
        "the plan; 0: none, and no probability is told.")] = 20,
    profile: Profile = "default", time_limit: TimeLimit = None, gap: Gap = None, store: Store = Path("runs"),
    json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Plan what to build, buy and sign for over years, what that is worth, and how sure each year's goals are."""
    from aidc_twin.app import flow, invest_text, show
    from aidc_twin.app import invest as invests

    request = flow.Request(park, tuple(scenario or ()), goals, seed, profile=profile, time_limit=time_limit, gap=gap)
    found = invests.expansion(request, invests.Years(first, years, replications), store, show.progress(quiet=json))
    show.result(found, as_json=json, text=invest_text.text)
    if found["status"] == "interrupted":
        raise typer.Exit(130)


@cli.command()
@simulating
def compare(
    names: Annotated[list[str] | None, typer.Argument(help="Two runs of the store, if not --scenarios.")] = None,
    scenarios: Annotated[str, typer.Option("--scenarios", help="As base,quota-halved; more with --select.")] = "",
    park: ParkOption = PARK, goals: Goals = None, seed: Seed = 1, replications: Replications = 40,
    rounds: Annotated[int | None, typer.Option("--rounds", min=2, max=50, help="Most rounds of plan and twin, where "
        f"scenarios are planned ({ROUNDS}).")] = None,
    select: Annotated[bool, typer.Option("--select", help="Select the best of the scenarios for one goal, "
        "or one --figure.")] = False,
    rank: Annotated[bool, typer.Option("--rank", help="Rank all scenarios by one goal, -n replications each without a "
        "plan; a folder in --scenarios stands for its TOML files.")] = False,
    delta: Annotated[str | None, typer.Option("--delta", help="Least lead worth finding: 0.5% of the goal's amount "
        "(the default), or an amount such as 5亿元; of a figure a number in its own unit.")] = None,
    confidence: Annotated[str | None, typer.Option("--confidence", help="Probability that the best is selected if it "
        "leads by --delta (95%).")] = None,
    goal: Annotated[str | None, typer.Option("--goal", help="Goal to select for; the first of the profile.")] = None,
    figure: Annotated[str | None, typer.Option("--figure", help="Figure to select for instead of a goal, as simulate "
        "names it: flow_time, wait/part/weld.")] = None,
    better: Annotated[Better | None, typer.Option("--better", help="Whether more or less of that figure is better; of "
        "most kinds that is known.")] = None,
    max_replications: MaxReplications = None,
    planned: Annotated[bool | None, typer.Option("--plan/--no-plan", help="Compare or select among planned scenarios "
        "(the default), or with every order as early as it can be, which is much faster and compares all figures. "
        "--rank is without a plan.")] = None,
    workers: Workers = 2, store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Compare two scenarios under common random numbers, or two runs of the store: inputs, goals, and what moved
    them. With --select, find the best of many scenarios.
    """
    from aidc_twin.app import accuracy, flow, invest_compare, show, sure

    accuracy.no_rounds(rounds, bool(names), rank, planned is False)
    request = flow.Request(park, (), goals, seed, replications, rounds or ROUNDS, workers=workers)
    written = accuracy.ChoiceOptions(
        delta, confidence, None if rank else goal, figure, None if better is None else better.value, max_replications
    )
    if rank:
        from aidc_twin.app import rank as ranks

        accuracy.choice(False, written, planned=False)
        ranked = ranks.ranked(
            request, names or [], scenarios, ranks.Beside(select, planned is True), goal, show.progress(quiet=json)
        )
        show.result(ranked, as_json=json, text=ranks.text)
        return
    asked = accuracy.choice(select, written, planned is not False)
    if asked is not None:
        chosen = sure.selection(request, names or [], scenarios, asked, show.progress(quiet=json))
        show.result(chosen, as_json=json, text=show.selection)
        return
    if planned is False:
        figures = sure.comparison(request, names or [], scenarios, show.progress(quiet=json))
        show.result(figures, as_json=json, text=show.figures)
        return
    found = flow.comparison(request, names or [], scenarios, store, show.progress(quiet=json))
    show.result(found, as_json=json, text=invest_compare.text if found.get("kind") == "invest" else show.comparison)


@cli.command()
@simulating
def explain(
    name: Annotated[str | None, typer.Argument(help="Run of the store; none: the park as it is.")] = None,
    order: Annotated[str | None, typer.Option("--order", help="Why this order is not on time.")] = None,
    goal: Annotated[str | None, typer.Option("--goal", help="Why this goal is not reached.")] = None,
    sheet: Annotated[bool, typer.Option("--sheet", help="What must be true for all goals: the cheapest moves of "
        "levers, or the proof that none do.")] = False,
    prices: Annotated[bool, typer.Option("--prices", help="What one more bay, MW, shift, m², unit of quota or yuan of "
        "cash is worth, by planning again with it.")] = False,
    serves: Annotated[str | None, typer.Option("--serves", help="Which orders each lot of this material, or each "
        "week of this resource, serves in the plan of a run.")] = None,
    park: ParkOption = PARK, scenario: Scenarios = None, goals: Goals = None, seed: Seed = 1,
    profile: Profile = "default",
    levers: Annotated[str, typer.Option("--levers", help="Levers that price cures: name or TOML file.")] = "default",
    store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Say why an order is late, a goal missed, or not everything possible at once, and what would cure it."""
    from aidc_twin.app import flow, show, why

    request = flow.Request(park, tuple(scenario or ()), goals, seed, profile=profile)
    asked = why.Question(order, goal, sheet, prices, serves)
    found = why.explanation(request, name, asked, levers, store, show.progress(quiet=json))
    show.result(found, as_json=json, text=why.text)


@cli.command()
@simulating
def promise(
    product: Annotated[str | None, typer.Option("--product", help="Solution that is asked for.")] = None,
    quantity: Annotated[float | None, typer.Option("--quantity", help="IT power, MW.")] = None,
    due: Annotated[str | None, typer.Option("--due", help="Wished day of acceptance, as 2027-06-30.")] = None,
    destination: Annotated[str | None, typer.Option("--destination", help="Where it goes; none: where most of the "
        "product goes.")] = None,
    priority: Annotated[str, typer.Option("--priority", help="Places in the queues that are looked at: ordinary (by "
        "its due date, as any order), rush (first everywhere), behind (what all others leave).")] = "ordinary,rush",
    run: Annotated[str | None, typer.Option("--run", help="Run whose plan goes on around it; without it the one that "
        "was published, if it is of this park; `none`: no plan.")] = None,
    state: State = None,
    file: Annotated[Path | None, typer.Option("--csv", help="File of inquiries, each answered alone: inquiry, product, "
        "quantity, due, destination.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the answers to this CSV file.")] = None,
    park: ParkOption = PARK, scenario: Scenarios = None, goals: Goals = None, seed: Seed = 1,
    replications: Annotated[int, typer.Option("--replications", "-n", min=1, max=100_000, help="Futures that the dates "
        "rest on; up to 30 more tell whom it pushes.")] = 120,
    workers: Workers = 2, store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Promise a date for a new order, with its probability: what binds, whom it pushes, and what priority costs."""
    from aidc_twin.app import flow, promise_text, show
    from aidc_twin.app import promise as promises

    request = flow.Request(park, tuple(scenario or ()), goals, seed, replications, workers=workers)
    asked = promises.Question(product, quantity, due, destination, priority, run, state, file, output)
    found = promises.answers(request, asked, store, show.progress(quiet=json))
    show.result(found, as_json=json, text=promise_text.text)


@cli.command()
@simulating
def sensitivity(
    park: Annotated[str | None, typer.Option("--park", help="A shipped park's name or a park folder "
        "(wuxi-aidc).")] = None,
    scenario: Scenarios = None, goals: Goals = None, seed: Seed = 1, replications: Replications = 10,
    run: Annotated[str | None, typer.Option("--run", help="Run of the store: its park, under its plan; without one "
        "every order as early as it can be.")] = None,
    samples: Annotated[int, typer.Option("--samples", min=0, max=65_536, help="Rows of the indices, a power of 2; 0: "
        "the tornado alone.")] = 64,
    state: State = None, workers: Workers = 2, store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Say which assumptions carry the goals: each at the ends of its range, then those that matter all at once."""
    from aidc_twin.app import flow, show
    from aidc_twin.app.sensitivity import found_for, text
    from aidc_twin.app.state import folder_of

    chosen, start = park or ("" if run else PARK), folder_of(state, store)
    request = flow.Request(chosen, tuple(scenario or ()), goals, seed, replications, workers=workers, state=start)
    show.result(found_for(request, run, samples, store, show.progress(quiet=json)), as_json=json, text=text)


@cli.command()
def report(
    name: Annotated[str, typer.Argument(help="Run id, a unique beginning of one, or `latest`.")] = "latest",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write the page.")] = None,
    store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Write the page of a published run again, or say where it is."""
    from aidc_twin.app import flow, show

    show.result(flow.page(name, output, store), as_json=json, text=lambda found: f"report: {found['report']}")


@runs.command("list")
def runs_list(store: Store = Path("runs"), json: Json = False, debug: Debug = False) -> None:
    """List the runs of the store, oldest first."""
    from aidc_twin.app import flow, show

    show.result(flow.list_runs(store), as_json=json, text=show.runs)


@runs.command("show")
def runs_show(
    name: Annotated[str, typer.Argument(help="Run id, a unique beginning of one, or `latest`.")] = "latest",
    store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Print the verdict of a published run again."""
    from aidc_twin.app import flow, invest_text, shop, show, state

    texts = {"schedule": shop.shown, "state": state.shown, "invest": invest_text.text}
    found = flow.summary_of(name, store)
    show.result(found, as_json=json, text=texts.get(found.get("kind", ""), show.verdict))


@runs.command("publish")
def runs_publish(
    name: Annotated[str, typer.Argument(help="Run id, a unique beginning of one, or `latest`.")] = "latest",
    store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Make a plan or a schedule the one that holds; refused if any rule is violated."""
    from aidc_twin.app import publishing, show

    show.result(publishing.publish(name, store), as_json=json, text=publishing.said_publish)


@runs.command("verify")
def runs_verify(
    name: Annotated[str, typer.Argument(help="Run id, a unique beginning of one, or `latest`.")] = "latest",
    store: Store = Path("runs"), json: Json = False, debug: Debug = False,
) -> None:  # fmt: skip
    """Check a run's files against its hashes, then replay it from its inputs and compare every frame."""
    from aidc_twin.app import flow, show

    found: dict[str, Any] = flow.verify_run(name, store, show.progress(quiet=json))
    show.result(found, as_json=json, text=show.verified)
    if not found["same"]:
        raise typer.Exit(3)
