"""The tables of the page, one function each; all take frames in their declared schema."""

from __future__ import annotations

from typing import Any

import polars as pl

from aidc_twin.report import wording
from aidc_twin.report.charts import load_rows
from aidc_twin.report.palette import LOAD_LIMITS, SHARES
from aidc_twin.report.reading import GoalResult, Run, objects, real, section, text
from aidc_twin.report.reading import whole as as_whole
from aidc_twin.report.tables import Cell, Table, money, number, share, table, whole, words

WORST_ORDERS = 12


def flow_table(flows: pl.DataFrame) -> Table:
    """Every flow of money."""
    rows = flows.sort(["ledger", "yuan", "source", "target", "item"], descending=[False, True, False, False, False])
    return table(
        ("ledger", "seller", "buyer", "item", "#amount", "consolidated"),
        (
            (
                words(wording.LEDGERS.get(row["ledger"], row["ledger"])),
                words(row["source"]),
                words(row["target"]),
                words(row["item"]),
                money(row["yuan"]),
                words("eliminated" if row["eliminated"] else "counted"),
            )
            for row in rows.iter_rows(named=True)
        ),
        "The run holds no money flows.",
    )


def price_table(run: Run, loads: pl.DataFrame) -> Table:
    """What binds and what one unit more is worth: as the run lists it, else worked out from the planned load."""
    heads: tuple[str, ...] = ("resource or material", "kind", "#weeks full", "#worth of one unit more")
    absent = "Nothing is full in any week of the plan, or the run holds no planned load."
    if run.binding and all(b.price is None for b in run.binding):
        return table(heads[:3], ((words(b.name), words(b.kind), whole(b.weeks_full)) for b in run.binding), absent)
    if run.binding:
        return table(
            heads,
            ((words(b.name), words(b.kind), whole(b.weeks_full), _price(b.price)) for b in run.binding),
            absent,
        )
    ratio = pl.when(pl.col("available") > 0).then(pl.col("used") / pl.col("available")).otherwise(0.0)
    full = (
        loads.with_columns((ratio > LOAD_LIMITS[-1]).alias("full"))
        .group_by("name", "kind")
        .agg(pl.col("full").sum(), pl.col("price_yi").max())
        .filter(pl.col("full") > 0)
        .sort(["full", "name", "kind"], descending=[True, False, False])
    )
    return table(
        heads,
        (
            (words(row["name"]), words(row["kind"]), whole(row["full"]), _price(row["price_yi"]))
            for row in full.iter_rows(named=True)
        ),
        absent,
    )


def _price(yi: float | None) -> Cell:
    if yi is None:
        return words(wording.NOTHING, "n")
    return Cell(f"{wording.figure(yi)} 亿元", wording.three_forms(round(yi * 10**8)), "n")


def planned_load(frame: pl.DataFrame, run: Run) -> pl.DataFrame:
    """Planned load by resource and week, and by material where the run says that it binds.

    What is bought lot for lot is always used up, so it would be full in every week without holding anything back.
    """
    binding = [bottleneck.name for bottleneck in run.binding]
    shown = frame.filter((pl.col("kind") != "material") | pl.col("name").is_in(binding)) if binding else frame
    return load_rows(shown, "used", "available", "name")


def simulated_load(frame: pl.DataFrame) -> pl.DataFrame:
    """Simulated load by resource and week."""
    return load_rows(frame, "used", "capacity", "resource")


def level_table(frame: pl.DataFrame, run: Run) -> Table:
    """Levels of the plan: from the frame, else from the summary."""
    rows: list[Any] = list(frame.sort("level").iter_rows(named=True)) or objects(run.plan, "levels")
    return table(
        ("#level", "name", "#objective", "#bound", "#gap", "status", "#seconds"),
        (
            (
                whole(as_whole(row.get("level"))),
                words(row.get("name")),
                number(real(row.get("objective")), 6),
                number(real(row.get("bound")), 6),
                Cell(wording.gap(real(row.get("gap"))), kind="n"),
                words(row.get("status")),
                number(real(row.get("seconds")), 3),
            )
            for row in rows
        ),
        "The run holds no levels of a plan.",
    )


def order_sentence(orders: pl.DataFrame) -> str:
    """How many orders the plan serves in time."""
    if orders.is_empty():
        return "The run holds no planned orders."
    open_ = orders.filter(pl.col("finish_week") < 0).height
    late = orders.filter((pl.col("finish_week") >= 0) & (pl.col("tardiness_weeks") > 0)).height
    mw, released = float(orders["quantity_mw"].sum()), float(orders["released_mw"].sum())
    return (
        f"Of {orders.height:,} orders ({wording.figure(mw)} MW) the plan releases {wording.figure(released)} MW: "
        f"{orders.height - open_ - late:,} orders are on time, {late:,} are late, {open_:,} are not wholly released."
    )


def order_table(orders: pl.DataFrame) -> Table:
    """The orders that wait longest for their weight."""
    worst = (
        orders.filter(pl.col("tardiness_weeks") > 0)
        .with_columns((pl.col("tardiness_weeks") * pl.col("weight")).alias("cost"))
        .sort(["cost", "order"], descending=[True, False])
        .head(WORST_ORDERS)
    )
    return table(
        ("order", "#MW", "#released MW", "#due week", "#planned week", "#weeks late", "#weight"),
        (
            (
                words(row["order"]),
                number(row["quantity_mw"]),
                number(row["released_mw"]),
                whole(row["due_week"]),
                whole(row["finish_week"]) if row["finish_week"] >= 0 else words("not wholly released", "n"),
                number(row["tardiness_weeks"]),
                number(row["weight"]),
            )
            for row in worst.iter_rows(named=True)
        ),
        "No order is late.",
        caption="The latest orders, by weight × weeks late",
    )


def round_table(frame: pl.DataFrame, run: Run) -> Table:
    """Rounds of the loop: from the frame, else from the summary."""
    rows: list[Any] = list(frame.sort("round", "goal").iter_rows(named=True)) or objects(run.loop, "rounds")
    return table(
        ("#round", "goal", "#planned", "#simulated mean", "#± 95 %", "#planned over simulated"),
        (
            (
                whole(as_whole(row.get("round"))),
                words(row.get("goal")),
                money(real(row.get("planned_yuan"))),
                money(real(row.get("mean_yuan"))),
                money(real(row.get("half_width_95_yuan"))),
                Cell(wording.gap(real(row.get("relative_gap"))), kind="n"),
            )
            for row in rows
        ),
        "The run holds no rounds of plan and simulation.",
    )


def share_table(shares: pl.DataFrame, peaks: pl.DataFrame) -> Table:
    """What each resource's capacity was used for, the busiest first, and the most of it in use at once.

    Runs of earlier versions hold no peaks.
    """
    found = {row["resource"]: row for row in peaks.iter_rows(named=True)}
    rows = shares.sort(["busy", "resource"], descending=[True, False]).iter_rows(named=True)
    return table(
        ("resource", *(f"#{part}" for part in SHARES), "#peak, mean", "#± 95 %", "#peak, largest", "unit"),
        ((words(row["resource"]), *(share(row[part]) for part in SHARES), *_peak(found.get(row["resource"])))
         for row in rows),
        "The run holds no shares of resource time.",
    )  # fmt: skip


def _peak(row: dict[str, Any] | None) -> tuple[Cell, ...]:
    scale, unit = wording.scale("" if row is None else row["unit"])
    keys = (("mean", 4), ("half_width_95", 2), ("greatest", 4))
    values = ((None if row is None else row[key], digits) for key, digits in keys)
    return *(number(None if value is None else value / scale, digits) for value, digits in values), words(unit)


def kpi_table(frame: pl.DataFrame) -> Table:
    """Figures of the simulation."""
    return table(
        ("figure", "unit", "#mean", "#± 95 %", "#P10", "#P50", "#P90"),
        (
            (
                words(row["kpi"]),
                words(row["unit"]),
                *(number(row[key]) for key in ("mean", "half_width_95", "p10", "p50", "p90")),
            )
            for row in frame.sort("kpi").iter_rows(named=True)
        ),
        "The run holds no key figures of a simulation.",
    )


def input_table(frame: pl.DataFrame) -> Table:
    """What the scenarios change; the frame's own order is the order of application."""
    return table(
        ("scenario", "what", "before", "after"),
        ([words(row[key]) for key in ("scenario", "path", "before", "after")] for row in frame.iter_rows(named=True)),
        "No scenario changes anything: this is the park as it stands.",
    )


def assumption_sentence(frame: pl.DataFrame, run: Run) -> str:
    """How much of what the park uses is assumed."""
    parts: list[str] = []
    if run.assumption_share is not None:
        parts.append(f"{wording.percent(run.assumption_share)} of the result rests on assumptions.")
    if not frame.is_empty():
        assumed = frame.filter(pl.col("basis") == "assumption").height
        parts.append(
            f"Assumptions without a published source: {assumed:,} of the {frame.height:,} facts that the park uses."
        )
    return " ".join(parts) or "The run does not say which facts it rests on."


def assumption_table(frame: pl.DataFrame) -> Table:
    """Facts that the park uses, assumptions first."""
    rank = pl.col("basis").replace_strict(
        {"assumption": 0, "derived": 1, "reported": 2}, default=3, return_dtype=pl.Int64
    )
    return table(
        ("fact", "what", "#value", "#range", "unit", "basis", "source", "used by"),
        (
            (
                words(row["fact"]),
                words(row["quantity"]),
                number(row["value"], 6),
                words(_range(row["low"], row["high"]), "n"),
                words(row["unit"]),
                words(row["basis"], "bad" if row["basis"] == "assumption" else ""),
                words(row["source"]),
                words(row["used_by"]),
            )
            for row in frame.sort(rank, "fact").iter_rows(named=True)
        ),
        "The run holds no table of facts.",
    )


def _range(low: float | None, high: float | None) -> str:
    return wording.NOTHING if low is None and high is None else f"{wording.figure(low)} … {wording.figure(high)}"


def goal_table(run: Run) -> Table:
    """Goals in full."""
    amounts = ("#target", "#planned", "#mean", "#± 95 %", "#P10", "#P50", "#P90")
    return table(
        ("goal", "wording", "ledger", "basis", "payload", *amounts, "#probability"),
        ((*_named(goal), *_amounts(goal), share(goal.probability)) for goal in run.goals),
        "This run evaluated no goal.",
        caption="Amounts in 亿元",
    )


def _named(goal: GoalResult) -> tuple[Cell, ...]:
    return tuple(words(text) for text in (goal.id, goal.wording, wording.ledger(goal), goal.basis, goal.payload))


def _amounts(goal: GoalResult) -> tuple[Cell, ...]:
    values = (goal.target, goal.planned, goal.mean, goal.half_width, goal.p10, goal.p50, goal.p90)
    return tuple(Cell(wording.bare(value), wording.three_forms(value), "n") for value in values)


def check_table(frame: pl.DataFrame, run: Run) -> Table:
    """Rules that the independent checker went through: from the frame, else from the summary."""
    rows: list[Any] = list(frame.sort("rule").iter_rows(named=True)) or objects(run.certificate, "checks")
    return table(
        ("rule", "#checked", "#violations", "first violation"),
        (
            (
                words(row.get("rule")),
                whole(as_whole(row.get("checked"))),
                Cell(
                    wording.count(as_whole(row.get("violations"))),
                    kind="n bad" if as_whole(row.get("violations")) else "n",
                ),
                words(row.get("first")),
            )
            for row in rows
        ),
        "The run holds no certificate, so nothing here has been checked independently.",
    )


def hash_table(frames: dict[str, pl.DataFrame], run: Run) -> Table:
    """Frames of the run with their rows and hashes."""
    hashes = section(run.certificate, "hashes")
    names = sorted({*frames, *(str(key) for key in hashes)})
    return table(
        ("part", "#rows", "hash"),
        (
            (
                words(name),
                whole(frames[name].height) if name in frames else words("", "n"),
                words(text(hashes, name), "mono"),
            )
            for name in names
        ),
        "The run holds no hashes.",
    )


def version_table(run: Run) -> Table:
    """Versions of the software that made the run."""
    return table(("made with", "version"), ((words(name), words(version)) for name, version in run.versions), "")
