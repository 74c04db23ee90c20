"""What ``promise`` does: inquiries from the command line or a file, checked; dates and prices as an object."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, ClassVar

import polars as pl
from pydantic import Field

from aidc_twin.app import flow
from aidc_twin.app.publishing import reference_of
from aidc_twin.app.state import folder_of
from aidc_twin.errors import InputError, Problem
from aidc_twin.loop.promise import Base, PromiseOptions, promise
from aidc_twin.loop.promise_place import PLACES, Inquiry, Place
from aidc_twin.park import Park
from aidc_twin.park.row import Row, column
from aidc_twin.park.units_of_order import units_for
from aidc_twin.resources import Id, Text, read_rows
from aidc_twin.resources.suggest import cure, listed
from aidc_twin.store import Run, RunStore
from aidc_twin.telemetry import Progress
from aidc_twin.units.number import QuantityError
from aidc_twin.units.when import parse_date

__all__ = ["Question", "answers"]

FRAMES = (
    "plan_releases", "plan_shifts", "plan_purchases", "plan_orders", "plan_unit_releases", "schedule_operations",
)  # fmt: skip
COMMAND_LINE = "command line"
MOST_UNITS = 20_000
"""Units of one order that is asked for; the shipped order book has as many in all."""
MOST_INQUIRIES = 1000
YEARS_BEHIND = 5
"""Years after the horizon in which a wished day can lie."""


class InquiryRow(Row):
    """A line of a file of inquiries."""

    __key__: ClassVar[tuple[str, ...]] = ("inquiry",)
    __allow_empty__: ClassVar[bool] = False
    __max_rows__: ClassVar[int] = MOST_INQUIRIES
    inquiry: Annotated[Id, Field(**column("name of the inquiry", "询价单号"))]
    product: Annotated[Text, Field(**column("solution that is asked for", "产品"))]
    quantity: Annotated[float, Field(**column("IT power", "数量", unit="MW", gt=0, le=100_000))]
    due: Annotated[dt.date, Field(**column("wished day of acceptance", "交期"))]
    destination: Annotated[Text, Field(**column("where it goes; blank: where most of it goes", "目的地"))] = ""


@dataclass(frozen=True)
class Question:
    """What a command line asks: one inquiry, or a file of them."""

    product: str | None = None
    quantity: float | None = None
    due: str | None = None
    destination: str | None = None
    priority: str = "ordinary,rush"
    run: str | None = None
    state: str | None = None
    file: Path | None = None
    output: Path | None = None


@dataclass(frozen=True)
class _Written:
    """An inquiry as it was written, and where: the file and its line, and how its head calls the columns (`shown`; on
    the command line there is none, and they are options).

    None stands for what is missing or cannot be read, of which there is a problem already.
    """

    name: str
    product: str | None
    quantity: float | None
    due: dt.date | None
    destination: str | None
    file: str = COMMAND_LINE
    line: int = 0
    shown: Mapping[str, str] | None = None

    def problem(self, cell: str, found: str, allowed: str, fix: str, code: str) -> Problem:
        """A problem of one of its cells."""
        column = f"--{cell}" if self.shown is None else self.shown.get(cell, cell)
        return Problem(self.file, self.line, column, found, allowed, fix, code)


def answers(request: flow.Request, asked: Question, store: Path, progress: Progress) -> dict[str, Any]:
    """Promises for one inquiry or for each of a file, all against the same park and futures.

    Raises
    ------
    InputError
        With every problem of the command line, the file and the names in it.
    """
    problems: list[Problem] = []
    places = _places(asked.priority, problems)
    written = _written(asked, problems)
    run, notices = _run(request, asked, store), list[str]()
    if run is not None and asked.run is not None:
        made = run.request
        request = replace(request, park=made["park"], scenarios=tuple(made["scenarios"]), goals=made.get("goals"),
                          state=made.get("state"))  # fmt: skip
    if asked.state is not None:
        request = replace(request, state=folder_of(asked.state, store))
    case = flow.open_case(request)
    inquiries = [_inquiry(case.park, row, problems) for row in written]
    if problems:
        raise InputError(problems)
    run = _usable(run, asked, case.park, notices)
    options = PromiseOptions(request.seed, request.replications, request.workers, places)
    known = [row for row in inquiries if row is not None]
    progress.begin("promise", options.futures * len(places) * len(known) + options.pairs)
    base = Base(case.park, case.goals, options, None if run is None else _frames(run), progress)
    found = [promise(base, row) for row in known]
    progress.end()
    head = case.park.head
    result: dict[str, Any] = {
        "park": head.id, "scenarios": list(case.park.scenarios), "orders": len(case.park.orders),
        "run": None if run is None else run.id, "now": head.epoch.isoformat(),
        "horizon_end": case.park.horizon_end.isoformat(), "seed": request.seed, "replications": request.replications,
        "notices": notices, "promises": found,
    }  # fmt: skip
    if asked.output is not None:
        from aidc_twin.store.export import write_csv

        write_csv(pl.DataFrame(flat(found), infer_schema_length=None), asked.output)
        result["file"] = str(asked.output)
    return result


def _refused(option: str, found: str, allowed: str, fix: str) -> Problem:
    return Problem(COMMAND_LINE, 0, option, found, allowed, fix, "bad-option")


def _places(text: str, problems: list[Problem]) -> tuple[Place, ...]:
    """Ways to stand in the queues, each once."""
    names = list(dict.fromkeys(part.strip() for part in text.split(",")))
    problems += [
        _refused("--priority", name or "nothing", listed(PLACES), cure(name, PLACES))
        for name in names
        if name not in PLACES
    ]
    return tuple(name for name in PLACES if name in names)


def _written(asked: Question, problems: list[Problem]) -> list[_Written]:
    """The inquiry of the command line, or those of the file; what is wrong with them is a problem."""
    cells = {"--product": asked.product, "--quantity": asked.quantity, "--due": asked.due}
    if asked.file is not None:
        also = [name for name, value in {**cells, "--destination": asked.destination}.items() if value is not None]
        if also:
            problems.append(_refused("--csv", f"{', '.join(also)} as well", "a file alone", "put it into the file"))
        read = read_rows(asked.file, InquiryRow, problems, [], str(asked.file))
        rows = sorted([*read.rows, *read.strays], key=itemgetter(0))
        return [_line(asked.file, line, row, read.shown) for line, row in rows]
    missing = [name for name, value in cells.items() if value is None]
    problems += [_refused(name, "nothing", "a value", f"add {name}, or --csv FILE for many") for name in missing]
    due = _day(asked.due, problems)
    quantity = asked.quantity
    if quantity is not None and not 0 < quantity <= 100_000:
        found, allowed = f"{quantity:g}", "more than 0 MW, at most 100000"
        problems.append(_refused("--quantity", found, allowed, "write the IT power in MW, such as 12"))
        quantity = None
    return [_Written("inquiry", asked.product, quantity, due, asked.destination or "")]


def _line(file: Path, line: int, row: InquiryRow, shown: Mapping[str, str]) -> _Written:
    """A line of a file; its row lacks the cells that could not be read."""
    cell = vars(row).get
    return _Written(
        cell("inquiry", ""), cell("product"), cell("quantity"), cell("due"), cell("destination"), str(file), line, shown
    )


def _day(text: str | None, problems: list[Problem]) -> dt.date | None:
    if text is None:
        return None
    try:
        return parse_date(text)
    except QuantityError as error:
        problems.append(_refused("--due", f"{text} ({error})", "a date such as 2027-06-30", error.fix))
        return None


def _inquiry(park: Park, row: _Written, problems: list[Problem]) -> Inquiry | None:
    """The inquiry in the park's names; every name and figure that cannot be is a problem."""
    before = len(problems)
    solutions = [product.product for product in park.products if product.kind == "solution"]
    if not solutions:
        fix = "promise for a park with orders, whose products are solutions"
        problems.append(row.problem("product", row.product or "nothing", "", fix, "no-solution"))
        return None
    if row.product is not None and row.product not in solutions:
        allowed, fix = f"a solution: {listed(solutions)}", cure(row.product, solutions)
        problems.append(row.problem("product", row.product, allowed, fix, "unknown-product"))
    known = [one.destination for one in park.destinations]
    destination = _usual(park, row.product) if row.destination == "" else row.destination
    if destination is not None and destination not in known:
        found, fix = destination or "nothing", cure(destination, known)
        problems.append(row.problem("destination", found, listed(known), fix, "unknown-destination"))
    if row.due is not None and row.due < park.head.epoch:
        found, allowed = f"{row.due}, which is past", f"{park.head.epoch}, the park's today, or later"
        problems.append(row.problem("due", found, allowed, "ask for a later day", "due-in-the-past"))
    elif row.due is not None and row.due.year > park.horizon_end.year + YEARS_BEHIND:
        allowed = f"up to {YEARS_BEHIND} years after the horizon ({park.horizon_end})"
        problems.append(row.problem("due", str(row.due), allowed, "correct the year", "beyond-horizon"))
    if len(problems) > before or row.product is None or row.due is None or row.quantity is None or destination is None:
        return None
    units = sum(units_for(park, row.product, row.quantity).values())
    if units > MOST_UNITS:
        found, allowed = f"{units:,} units", f"at most {MOST_UNITS:,}"
        problems.append(row.problem("quantity", found, allowed, "ask for less, or in parts", "too-many-units"))
    return Inquiry(row.name, row.product, row.quantity, row.due, destination)


def _usual(park: Park, product: str | None) -> str:
    """Destination of most orders of a product (the first by name of equals), else of all orders, else the first."""
    for rows in ([row for row in park.orders if row.product == product], list(park.orders)):
        counted = Counter(row.destination for row in rows)
        if counted:
            return min(counted, key=lambda name: (-counted[name], name))
    return park.destinations[0].destination if park.destinations else ""


def _run(request: flow.Request, asked: Question, store: Path) -> Run | None:
    """The run whose plan holds: that which is named, else the one that was published in the store."""
    if asked.run == "none":
        return None
    if asked.run is None:
        return reference_of(store)
    run = RunStore(store).get(asked.run)
    if not {Path(name).stem for name in run.files} & {"plan_releases", "schedule_operations"}:
        allowed, fix = "a run with a plan or a schedule", "name another run, or none"
        raise InputError(Problem(run.id, 0, "--run", "neither plan nor schedule", allowed, fix, "no-plan"))
    return run


def _usable(run: Run | None, asked: Question, park: Park, notices: list[str]) -> Run | None:
    """The run, unless it was only found in the store and is of another park than this."""
    if run is None or run.manifest["park_hash"] == park.hash:
        return run
    if asked.run is None:
        notices.append(f"the published run {run.id} is of another park, scenario or state: its plan is not used here")
        return None
    notices.append(f"the park or its state is not that of run {run.id} any more: its plan goes on as far as it can")
    return run


def _frames(run: Run) -> dict[str, pl.DataFrame]:
    there = {Path(name).stem for name in run.files}
    return {name: run.frame(name) for name in FRAMES if name in there}


def flat(promises: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each inquiry and place in the queues, for a spreadsheet."""
    rows: list[dict[str, Any]] = []
    for one in promises:
        head = {key: one[key] for key in ("inquiry", "product", "quantity_mw", "due", "destination")}
        for place, found in one["places"].items():
            dates = {f"date_{round(100 * row['probability'])}": row["date"] for row in found["dates"]}
            waits, price = found["lead"]["waits"], found["price"]
            goals = {f"{goal['id']}_others_yuan": goal["others_yuan"]["mean"] for goal in price["goals"]}
            rows.append({
                **head, "priority": place, "futures": found["futures"],
                "probability_due": found["wished"]["probability"],
                "probability_horizon": found["within_horizon"]["probability"], **dates,
                "waits_longest_for": waits[0]["name"] if waits else "",
                "waits_days": waits[0]["days"] if waits else 0.0, "pushed": len(price["pushed"]),
                "late_order_weeks": price["late_order_weeks"]["mean"], **goals,
            })  # fmt: skip
    return rows
