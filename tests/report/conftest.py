"""Made-up frames and a made-up summary of a run, valid against the published schemas."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from aidc_twin.frames import PUBLISHED

EPOCH = dt.date(2026, 10, 1)
HOUR = 3600
WEEK = 7 * 24 * HOUR
GOALS = {"output_2027": (832_4000_0000, 901_2000_0000), "trade_2027": (1_012_0000_0000, 1_064_0000_0000)}
RESOURCES = (
    "accelerators",
    "floor",
    "it_bay",
    "test_rig",
    "load_bank",
    "fitters",
    "frame_bay",
    "power_test",
    "装配线",
    "lifting",
)
PRODUCTS = ("it_module", "power_module", "cooling_module", "genset_module", "cdu", "液冷泵")

SERIES = (
    *(("goal", goal, "yuan", 3e9) for goal in GOALS),
    ("space", "floor", "place", 90.0),
    ("cumulative", "power_test", "kW", 80.0),
    *(("product_wip", product, "units", 90.0 + 20 * i) for i, product in enumerate(PRODUCTS)),
    *(("product_output", product, "units", 4.0 + i) for i, product in enumerate(PRODUCTS)),
    ("source_wip", "returns", "units", 1.5),
)


def made_frames(bars: int = 600) -> dict[str, pl.DataFrame]:
    """Fabricate every published frame; each is validated against its schema."""
    rows: dict[str, list[dict[str, Any]]] = {**_plan_rows(), **_twin_rows(), **_other_rows()}
    rows["schedule_operations"] = [_operation(index, max(24, bars // 50)) for index in range(bars)]
    return {
        name: schema.validate(pl.DataFrame(rows[name], schema=schema.create_empty().schema))
        for name, schema in PUBLISHED.items()
    }


def made_summary() -> dict[str, Any]:
    """Fabricate the JSON object of `aidc-twin run --json`."""
    return {
        "run": "20261121-0341-7f3a",
        "park": "wuxi-aidc",
        "title": "Wuxi computing-equipment park (无锡算力装备产业园)",
        "scenarios": ["six-week-tests", "quota-plus-20"],
        "seed": 20261001,
        "replications": 200,
        "order_book": "synthetic, 320 orders",
        "goals": _summary_goals(),
        "plan": {"orders": 320, "weeks": 117, "status": "optimal", "levels": [], "gap": 0.0041}
        | {"build_s": 2.41, "solve_s": 38.2},
        "schedule": {"operations": 600, "weighted_tardiness": 412.5, "makespan_s": 8_600_000},
        "loop": {"rounds": [], "converged": True, "message": "Plan and simulation agree within 1 % after 3 rounds."},
        "certificate": {
            "violations": 0,
            "checks": [{"rule": "calendar", "checked": 3, "violations": 0}],
            "hashes": {"goals": "9f" * 32, "flows": "ab" * 32},
        },
        "assumption_share": 0.612,
        "binding": _rows(
            "name kind weeks_full price_yi",
            ("accelerators", "material", 52, 0.0105),
            ("floor", "resource", 21, 0.38),
            ("load_bank", "resource", 6, 0.02),
        ),
        "prices": _rows(
            "kind name unit goal_yi late_weeks margin_yi",
            ("resource", "test_power", "MW", 1.25, 3.5, 0.5),
            ("material", "accelerators", "100 chip a week", 0.75, 0.0, 0.0),
        ),
        "park_epoch": EPOCH.isoformat(),
        "tick_us": 1_000_000,
        "versions": {"aidc-twin": "0.1.0", "highspy": "1.15.0"},
        "command": "aidc-twin run --scenario six-week-tests --seed 20261001 --replications 200",
        "report": "runs/20261121-0341-7f3a/report.html",
    }


def _summary_goals() -> list[dict[str, Any]]:
    same = {"basis": "entity_gross", "payload": "owned", "year": 2027, "target_yuan": 10**11, "title": ""}
    return [
        same
        | {
            "id": name,
            "ledger": ledger,
            "planned_yuan": planned,
            "simulated_yuan": {
                "mean": middle + 1e8,
                "half_width_95": 3.1e8,
                "p10": middle - 31 * 10**8,
                "p50": middle,
                "p90": middle + 29 * 10**8,
            },
            "probability": 0.0 if middle < 10**11 else 0.69,
            "wording": "工业产值与贸易批发双千亿元",
        }
        for (name, (middle, planned)), ledger in zip(
            GOALS.items(), ("industrial_output", "wholesale_trade"), strict=True
        )
    ]


def _rows(columns: str, *values: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dict(zip(columns.split(), row, strict=True)) for row in values]


def _plan_rows() -> dict[str, list[dict[str, Any]]]:
    orders = [(f"o{i:03d}", 3.0 + i % 17, 10 + i, i % 9 > 0) for i in range(40)]
    loads = ((place, name, week) for place, name in enumerate(RESOURCES) for week in range(66))
    levels = enumerate(("goal shortfall", "weighted tardiness", "cost"), start=1)
    return {
        "plan_orders": _rows(
            "order quantity_mw released_mw due_week finish_week tardiness_weeks weight",
            *(
                (o, mw, mw if done else 1.0, due, due + due % 4 if done else -1, due % 4.0, 1.0 + due % 2)
                for o, mw, due, done in orders
            ),
        ),
        "plan_load": _rows(
            "kind name week used available price_yi",
            *(
                ("resource" if p else "material", name, week, 100 * _wave(p, week), 100.0, 0.01)
                for p, name, week in loads
            ),
        ),
        "plan_levels": _rows(
            "level name objective bound gap reference status seconds",
            *((i, name, 901.2 / i, 904.9 / i, 0.0041, 900.0, "optimal", 12.5 + i) for i, name in levels),
        ),
        "plan_releases": _rows("order group week quantity_mw", *((o, "boxes", 1, mw) for o, mw, _, _ in orders)),
        "plan_unit_releases": _rows("unit_id release_tick", *((f"{o}/box/1", 604_800) for o, _, _, _ in orders)),
        "phase_openings": _rows("phase tick", ("hall", 0), ("annex", 5_000_000)),
        "schedule_allotments": _rows(
            "number unit_id operation resource start_tick end_tick amount",
            (0, "o001/box/1", "fit", "shop", 0, 604_800, 7.5),
        ),
        "plan_shifts": _rows("calendar week level", *(("plant", week, 1 + week % 2) for week in range(12))),
        "plan_purchases": _rows("material week quantity", *(("transformer", week, 4.0) for week in range(12))),
        "plan_prices": _rows("kind name goal_yi late_weeks margin_yi", ("resource", "burnin-bay", 0.02, 3.5, 1.5)),
        "plan_pegging": _rows(
            "kind name source source_week order first_week last_week quantity",
            ("material", "steel", "purchase", 3, "o001", 9, 10, 12.5),
        ),
        "plan_waits": _rows(
            "order group kind name week weeks_late share", ("o001", "o001", "resource", "burnin-bay", 30, 2, 0.75)
        ),
        "plan_exceptions": _rows("kind order group weeks cost_yi", ("split", "o001", "boxes", 2, 0.01)),
        "plan_cash": _rows(
            "week received_yuan suppliers_yuan wages_yuan interest_yuan balance_yuan credit_yuan forced_yuan price",
            *((week, 3e8, -2.5e8, -1e7, -1e5, 1e8 - 2e7 * week, 2e9, 0.0, 0.001) for week in range(52)),
        ),
        "plan_payments": _rows("kind name week yuan", ("wages", "two-shift", 3, -1e7)),
        **_album_rows(),
        "plan_goals": _rows(
            "goal week planned_yuan", *((goal, week, week * 10**9) for goal in GOALS for week in range(52))
        ),
    }


def _album_rows() -> dict[str, list[dict[str, Any]]]:
    names = ("best", "fewer: extra shifts of plant", "more: exports")
    levels = (
        (n, level, 5.0 + n, 5.0, 0.004 * n * (2 - n), 0.02) for n in range(3) for level in ("shortfall", "margin")
    )
    told = ("extra shifts of plant", "exports", "materials in stock")
    return {
        "album_plans": _rows(
            "plan name words violations", *((n, name, f"exports {n} instead of 0.", 0) for n, name in enumerate(names))
        ),
        "album_levels": _rows("plan level objective best lost_share allowed_share", *levels),
        "album_measures": _rows(
            "plan measure group unit value best scale",
            *(
                (n, one, one.split()[0], "亿元", 10.0 + n * i, 10.0, 10.0)
                for n in range(3)
                for i, one in enumerate(told)
            ),
        ),
        "album_releases": _rows("plan order group week quantity_mw", (1, "o001", "boxes", 2, 3.0)),
        "album_shifts": _rows("plan calendar week level", (1, "plant", 3, 2)),
        "album_purchases": _rows("plan material week quantity", (1, "transformer", 3, 4.0)),
    }


def _twin_rows() -> dict[str, list[dict[str, Any]]]:
    made = list(enumerate(RESOURCES[1:]))
    kpis = (("delivered", "MW", 1460.5), ("flow time of an order", "days", 214.3), ("work in progress", "boxes", 873.0))
    samples = ((goal, r, GOALS[goal][0] + r * 10**7) for goal in GOALS for r in range(20))
    return {
        "resource_shares": _rows(
            "resource kind busy blocked starved down closed setup",
            *(
                (
                    name,
                    "servers",
                    0.75 - 0.06 * i,
                    0.02 * (i % 4),
                    0.1 + 0.04 * i - 0.02 * (i % 4),
                    0.03,
                    0.1,
                    0.02 + 0.02 * i,
                )
                for i, name in made
            ),
        ),
        "resource_weeks": _rows(
            "resource week used capacity",
            *((name, week, 92 * _wave(i + 2, week), 100.0) for i, name in made for week in range(66)),
        ),
        "week_bands": _rows(
            "kind series week day unit mean p10 p50 p90",
            *(
                (kind, name, week, EPOCH + dt.timedelta(days=7 * week + 6), unit, most * 0.4, *_band(place, week, most))
                for place, (kind, name, unit, most) in enumerate(SERIES)
                for week in range(20 if kind == "goal" else 66)
            ),
        ),
        "resource_peaks": _rows(
            "resource unit mean half_width_95 greatest",
            *((name, "kW" if name == "power_test" else "each", 90.5 + i, 1.5, 95.0 + i) for i, name in made),
        ),
        "goal_fan": [_fan(goal, week) for goal in GOALS for week in range(53)],
        "flows": _rows("source target item ledger yuan eliminated", *_flows()),
        "kpis": _rows(
            "kpi unit mean half_width_95 p10 p50 p90",
            *((k, unit, m, m / 90, m * 0.9, m, m * 1.1) for k, unit, m in kpis),
        ),
        "goal_samples": _rows("goal replication yuan", *samples),
    }


def _band(place: int, week: int, most: float) -> tuple[float, ...]:
    middle = most * (0.3 + 0.5 * _wave(place, week))
    return 0.8 * middle, middle, min(most, 1.1 * middle)


def _flows() -> Iterator[tuple[Any, ...]]:
    sales = {
        "industrial_output": (
            ("integrator", "outside", "it_module", 520),
            ("integrator", "outside", "power_module", 151),
            ("integrator", "outside", "cooling_module", 118),
            ("pump works", "integrator", "液冷泵", 19),
            ("cdu maker", "integrator", "cdu", 43),
        ),
        "wholesale_trade": (
            ("trading company", "integrator", "accelerators", 498),
            ("trading company", "integrator", "transformers", 141),
            ("trading company", "outside", "it_module", 161),
            ("trading company", "pump works", "steel", 22),
            ("trading company", "cdu maker", "steel", 30),
        ),
    }
    for ledger, rows in sales.items():
        for source, target, item, amount in rows:
            yield source, target, item, ledger, amount * 10**8, target != "outside"


def _other_rows() -> dict[str, list[dict[str, Any]]]:
    return {
        "schedule_supply": _rows("receipt material tick quantity source", (0, "steel", 0, 4000, "stock")),
        "schedule_postings": _rows(
            "unit_id sale tick yuan consigned_yuan", ("o1/it/1", "output_it", WEEK, 118_000_000, 9_000_000)
        ),
        **_goal_rows(),
        "calibrations": _rows(
            "round kind name unit before after",
            (2, "load", "test_rig", "unit weeks per MW", 0.5, 0.625),
            (3, "delay", "industrial_output", "weeks", 7.25, 8.5),
        ),
        "losses": _rows(
            "goal position cause yuan half_width_95_yuan in_order_yuan replications",
            ("output_2027", 0, "as it is", 800 * 10**8, 3e8, 800 * 10**8, 8),
            ("output_2027", 1, "breakdown", 40 * 10**8, 2e8, 40 * 10**8, 8),
            ("output_2027", 2, "crew", 0, 0.0, -15 * 10**8, 8),
            ("output_2027", 3, "interaction", -15 * 10**8, None, 0, 8),
            ("output_2027", 4, "without all of it", 825 * 10**8, 3e8, 825 * 10**8, 8),
        ),
        "assumptions": _rows(
            "fact quantity value low high unit basis source used_by",
            ("frame_fab_days", "Frame of one box", 6.0, 4.0, 9.0, "day", "assumption", "",
             "operations.csv box_it/frame"),
            ("plant_m2", "Plant floor", 110_000.0, None, None, "m2", "reported", "Park announcement, 2026",
             "phases.csv one"),
        ),
        "sensitivity": _rows(
            "goal fact high yuan half_width_95_yuan",
            *((goal, "quota", end, yuan, 1e9) for goal in GOALS for end, yuan in ((False, -3e10), (True, 2e10))),
            *((goal, "burnin_bays", end, yuan, None) for goal in GOALS for end, yuan in ((False, None), (True, 4e9))),
        ),
        "scenario_inputs": _rows(
            "scenario path before after",
            ("six-week-tests", "operations/box_it/burn_in/duration", "72 hour", "6 week"),
            ("quota-plus-20", "materials/accelerators/weekly_quota", "6600", "7920"),
        ),
        "checks": _rows(
            "rule checked violations first",
            *((rule, 1000, 0, "") for rule in ("calendar", "capacity", "precedence", "stock")),
        ),
    }  # fmt: skip


def _goal_rows() -> dict[str, list[dict[str, Any]]]:
    kind = ("industrial_output", "consolidated", "owned", 2027, 10**11)
    span = 30 * 10**8
    goals = ((goal, *kind, plan, m + 1e8, 3e8, m - span, m, m + span, 0.25) for goal, (m, plan) in GOALS.items())
    rounds = (
        (r, "output_2027", (971 - 23 * r) * 10**8, (815 + 6 * r) * 1e8, 3.1e8, 0.19 - 0.05 * r) for r in (1, 2, 3)
    )
    return {
        "goals": _rows(
            "id ledger basis payload year target_yuan planned_yuan mean_yuan "
            "half_width_95_yuan p10_yuan p50_yuan p90_yuan probability",
            *goals,
        ),
        "rounds": _rows("round goal planned_yuan mean_yuan half_width_95_yuan relative_gap", *rounds),
    }


def _operation(index: int, machines: int) -> dict[str, Any]:
    machine, turn = index % machines, index // machines
    start, order, product = turn * 37 * HOUR + machine % 24 * 3 * HOUR, f"o{index % 40:03d}", PRODUCTS[index % 6]
    return {
        "unit_id": f"{order}/{product}/{index}",
        "operation": ("frame", "fit", "burn_in")[index % 3],
        "attempt": 1,
        "during": "rework" if index % 31 == 0 else "operation",
        "order": order,
        "product": product,
        "unit": index,
        "resource": RESOURCES[1 + machine // 4 % 9],
        "machine": 1 + machine % 4 + 4 * (machine // 36),
        "start_tick": start,
        "end_tick": start + (20 + index % 14) * HOUR,
        "setup_ticks": 2 * HOUR if index % 5 == 0 else 0,
        "work_ticks": 16 * HOUR,
    }


def _fan(goal: str, week: int) -> dict[str, Any]:
    middle, planned = GOALS[goal]
    share = (week / 52) ** 1.15
    spread = int(30e8 * math.sqrt(week / 52))
    p50 = int(middle * share)
    return {
        "goal": goal,
        "week": 13 + week,
        "day": min(dt.date(2027, 1, 1) + dt.timedelta(weeks=week), dt.date(2027, 12, 31)),
        "planned_yuan": int(planned * share),
        "p10_yuan": p50 - spread,
        "p50_yuan": p50,
        "p90_yuan": p50 + spread,
    }


def _wave(place: int, week: int) -> float:
    return (
        max(0.0, min(1.0, 1.12 - 0.075 * place + 0.12 * math.sin(week / 5 + place))) if not 18 <= week <= 19 else 0.15
    )


@pytest.fixture(scope="session")
def frames() -> dict[str, pl.DataFrame]:
    """Every published frame."""
    return made_frames()


@pytest.fixture
def summary() -> dict[str, Any]:
    """The summary of the same run."""
    return made_summary()
