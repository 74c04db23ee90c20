"""The report of a run: one self-contained HTML file, the same bytes for the same input."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import shlex
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aidc_twin.errors import escape
from aidc_twin.frames import PUBLISHED
from aidc_twin.report import charts, sankey, sankey_svg, sections, serving, wording
from aidc_twin.report.album import album
from aidc_twin.report.gantt import gantt
from aidc_twin.report.losses import loss_parts
from aidc_twin.report.money import purse
from aidc_twin.report.moved import moved
from aidc_twin.report.palette import LOAD, SHARES
from aidc_twin.report.reading import GoalResult, Json, Run, read_goal, read_run, real, text, whole
from aidc_twin.report.tornado import tornado
from aidc_twin.report.weeks import weeks

TEMPLATES = Path(__file__).parent / "templates"
_CONTENTS = (
    ("verdict", "Verdict"),
    ("chain", "Value chain"),
    ("binds", "What binds"),
    ("schedule", "Schedule"),
    ("plan", "Plan"),
    ("losses", "Loss by cause"),
    ("album", "Alternatives"),
    ("resources", "Resources"),
    ("weeks", "Week by week"),
    ("inputs", "Scenario"),
    ("assumptions", "Assumptions"),
    ("goals", "Goals"),
    ("certificate", "Certificate"),
)
_LOAD_KEY = ("idle", "up to 50 %", "50–80 %", "80–95 %", "95–99.9 %", "full")


def write_report(frames: dict[str, pl.DataFrame], summary: Json, path: Path) -> None:
    """Write the report.

    Parameters
    ----------
    frames
        Frames of the run by their published name; absent and empty ones are named as such in the page.
    summary
        The JSON object of `aidc-twin run --json`.
    path
        The HTML file, overwritten if it is there.
    """
    Path(path).write_bytes(render_report(frames, summary).encode("utf-8"))


def render_report(frames: dict[str, pl.DataFrame], summary: Json) -> str:
    """Give the report as text; parameters as in `write_report`."""
    run = read_run(summary)
    complete = {name: frames[name] if name in frames else schema.create_empty() for name, schema in PUBLISHED.items()}
    if not run.goals:
        rows = complete["goals"].sort("id").iter_rows(named=True)
        run = dataclasses.replace(run, goals=tuple(read_goal(row) for row in rows))
    script = (TEMPLATES / "gantt.js").read_text(encoding="utf-8")
    context: dict[str, Any] = {
        "run": run,
        "heading": run.title or "Run of aidc-twin",
        "contents": _CONTENTS,
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "style": Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        **_verdict(complete, run),
        **_chain(complete["flows"]),
        **_binding(complete, run),
        **_work(complete, run),
        **moved(run),
        **purse(complete["plan_cash"], run.clock),
        **album(complete),
        **loss_parts(complete["losses"], complete["calibrations"]),
        **tornado(complete["sensitivity"]),
        **weeks(complete["week_bands"], complete["resource_weeks"], complete["resource_peaks"]),
        **_evidence(frames, complete, run),
    }
    return environment().get_template("page.html").render(context)


def environment() -> Environment:
    """Templates of pages: what comes from data is escaped, what is missing is an error."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.clear()
    return found


def _printable(value: Any) -> Any:
    """Show control and direction characters in text from data as codes; markup of ours passes."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return escape(value).replace(" 亿元", "\u00a0亿元")  # the unit stays beside its number


def _verdict(frames: dict[str, pl.DataFrame], run: Run) -> dict[str, Any]:
    facts = [
        ("order book", run.order_book),
        ("park", run.park),
        ("scenarios", " + ".join(run.scenarios) or "none (base)"),
        ("run", run.run),
        ("seed", run.seed),
        ("replications", "" if run.replications is None else wording.count(run.replications)),
    ]
    violations = whole(run.certificate.get("violations"))
    return {
        "facts": [(label, value) for label, value in facts if value],
        "goals": [_goal(goal, run, frames["goal_fan"], f"fan{index}") for index, goal in enumerate(run.goals)],
        "binds": wording.bottlenecks(run),
        "assumption_share": wording.assumed(run),
        "checked": "not checked" if violations is None else f"{wording.count(violations)} violations",
    }


def _goal(goal: GoalResult, run: Run, fan: pl.DataFrame, prefix: str) -> dict[str, Any]:
    columns = (
        ("planned", goal.planned, False),
        ("P10", goal.p10, False),
        ("P50", goal.p50, True),
        ("P90", goal.p90, False),
    )
    figures = [
        {"label": f"{label}, 亿元", "text": wording.bare(value), "title": wording.three_forms(value), "main": main}
        for label, value, main in columns
    ]
    mean = f"{wording.bare(goal.mean)} ± {wording.bare(goal.half_width)}" if goal.mean is not None else wording.NOTHING
    figures.append({"label": "mean, 亿元", "text": mean, "title": wording.three_forms(goal.mean), "main": False})
    chance = wording.replications(goal, run) or "probability that the goal is reached"
    figures.append({"label": "probability", "text": wording.percent(goal.probability), "title": chance, "main": True})
    called = wording.outcome(goal)
    named = f"{wording.ledger(goal)}, " if goal.title else ""
    reading = f"{named}{wording.basis(goal)}; {wording.payload(goal)}" + (
        f". Wording: {goal.wording}" if goal.wording else ""
    )
    return {
        "standing": wording.standing(goal),
        "heading": wording.heading(goal),
        "outcome": called[:1].upper() + called[1:],
        "forms": wording.three_forms(goal.target) or wording.NOTHING,
        "sentence": wording.sentence(goal, run),
        "reading": reading[:1].upper() + reading[1:],
        "figures": figures,
        "fan": charts.fan(fan, goal, prefix, wide=len(run.goals) == 1),
    }


def _chain(flows: pl.DataFrame) -> dict[str, Any]:
    ledgers = [name for name in wording.LEDGERS if name in set(flows["ledger"])]
    ledgers += sorted(set(flows["ledger"]) - set(ledgers))
    chains: list[dict[str, Any]] = []
    for index, ledger in enumerate(ledgers):
        found = sankey.read_flows(flows, ledger)
        if not found:
            continue
        title = wording.LEDGERS.get(ledger, ledger)
        gross = sum(flow.yuan for flow in found)
        inside = sum(flow.yuan for flow in found if flow.eliminated)
        sums = (("entity-gross", gross), ("eliminated inside the park", inside), ("consolidated", gross - inside))
        layout = sankey.lay_out(found)
        chains.append(
            {
                "title": title,
                "sums": [(label, wording.amount(yuan), wording.three_forms(yuan)) for label, yuan in sums],
                "figure": sankey_svg.draw(layout, f"chain{index}", f"{title}: who sells what to whom"),
                "legend": sankey_svg.legend(layout),
            }
        )
    return {"chains": chains, "flow_table": sections.flow_table(flows)}


def _binding(frames: dict[str, pl.DataFrame], run: Run) -> dict[str, Any]:
    maps: list[dict[str, Any]] = []
    sources = (
        (
            "Planned load by week",
            sections.planned_load(frames["plan_load"], run),
            "The run holds no planned load.",
            "planned",
        ),
        (
            "Simulated load by week",
            sections.simulated_load(frames["resource_weeks"]),
            "The run holds no simulated load.",
            "simulated",
        ),
    )
    for title, loads, absent, prefix in sources:
        note = f"The {loads['row'].n_unique()} fullest rows, longest full first. Use against what there is at the time."
        figure = charts.heat_map(loads, run.clock, prefix, title)
        maps.append({"title": title, "figure": figure, "absent": absent, "note": note})
    key = list(zip(LOAD, _LOAD_KEY, strict=True))
    return {
        "heat_maps": maps,
        "load_key": key,
        "price_table": sections.price_table(run, frames["plan_load"]),
        "worth_table": serving.worth_table(run),
    }


def _work(frames: dict[str, pl.DataFrame], run: Run) -> dict[str, Any]:
    plan = [
        ("orders", wording.count(whole(run.plan.get("orders")))),
        ("weeks", wording.count(whole(run.plan.get("weeks")))),
        ("status", text(run.plan, "status")),
        ("gap", wording.gap(real(run.plan.get("gap")))),
        ("build", _seconds(run.plan.get("build_s"))),
        ("solve", _seconds(run.plan.get("solve_s"))),
    ]
    makespan = real(run.schedule.get("makespan_s"))
    schedule = [
        ("operations", wording.count(whole(run.schedule.get("operations")))),
        ("weighted tardiness", wording.figure(real(run.schedule.get("weighted_tardiness")))),
        ("makespan", f"{wording.figure(makespan / 86_400)} days" if makespan is not None else wording.NOTHING),
    ]
    return {
        "plan_facts": [pair for pair in plan if pair[1] not in ("", wording.NOTHING)],
        "schedule_facts": [pair for pair in schedule if pair[1] != wording.NOTHING],
        "gantt": gantt(frames["schedule_operations"], frames["plan_orders"], run),
        "level_table": sections.level_table(frames["plan_levels"], run),
        "order_sentence": sections.order_sentence(frames["plan_orders"]),
        "order_table": sections.order_table(frames["plan_orders"]),
        "wait_table": serving.wait_table(frames["plan_waits"]),
        "purchase_table": serving.purchase_table(frames["plan_pegging"]),
        "loop_message": _loop(run),
        "round_figure": charts.rounds(frames["rounds"], "rounds"),
        "round_table": sections.round_table(frames["rounds"], run),
        "share_figure": charts.shares(frames["resource_shares"], "shares"),
        "share_key": [(colour, label) for label, colour in SHARES.items()],
        "share_table": sections.share_table(frames["resource_shares"], frames["resource_peaks"]),
        "kpi_table": sections.kpi_table(frames["kpis"]),
    }


def _evidence(given: dict[str, pl.DataFrame], frames: dict[str, pl.DataFrame], run: Run) -> dict[str, Any]:
    violations = whole(run.certificate.get("violations"))
    lines = [run.command] if run.command else []
    lines.append(f"aidc-twin runs verify {shlex.quote(run.run) if run.run else 'RUN'}")
    return {
        "input_table": sections.input_table(frames["scenario_inputs"]),
        "assumption_sentence": sections.assumption_sentence(frames["assumptions"], run),
        "assumption_table": sections.assumption_table(frames["assumptions"]),
        "goal_table": sections.goal_table(run),
        "certificate_sentence": (
            "This run carries no certificate."
            if violations is None
            else f"A checker that shares no code with what it checks found {wording.count(violations)} violations."
        ),
        "check_table": sections.check_table(frames["checks"], run),
        "hash_table": sections.hash_table({name: given[name] for name in sorted(given)}, run),
        "replay": Markup("\n").join(escape(line) for line in lines),
        "version_table": sections.version_table(run),
        "closing": "Planned and simulated output stand side by side on purpose. The page loads nothing from a network.",
    }


def _loop(run: Run) -> str:
    message = text(run.loop, "message")
    if run.loop.get("converged") is False and "not" not in message:
        return f"The loop did not converge. {message}".strip()
    return message


def _seconds(found: object) -> str:
    seconds = real(found)
    return wording.NOTHING if seconds is None else f"{wording.figure(seconds, 3)} s"
