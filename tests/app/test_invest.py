"""`invest` from a park's files to a published run: figures by hand, JSON, replay, page, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from answer_types import typed

PARK = Path(__file__).parents[1] / "parks" / "expansion"
Copied = Callable[[str, str, Mapping[str, str]], Path]

NUMBER = (int, float)
BAND = dict.fromkeys(("mean", "half_width_95", "p10", "p50", "p90"), NUMBER)
LOW = {"quarter": str, "yuan": int}
SHAPE: dict[str, Any] = {
    "run": str, "park": str, "title": str, "scenarios": list, "order_book": str, "seed": int, "from": int, "until": int,
    "status": str, "gap": NUMBER, "stopped_by": str, "value_yi": NUMBER, "bound_yi": NUMBER, "without_yi": NUMBER,
    "gain_yi": NUMBER, "discount_share": NUMBER, "low": LOW, "low_of_expansion": LOW,
    "investments": [{"investment": str, "title": str, "unit": str, "units": NUMBER, "begun": str, "in_use": str,
                     "once_yuan": int}],
    "years": [{"year": int, **{f"{name}_yuan": int for name in (
        "revenue", "cost", "overhead", "upkeep", "shifts", "capex", "tax", "net", "tied", "rest", "cumulated")}}],
    "goals": [{"goal": str, "year": int, "amount_yuan": int, "target_yuan": int, "met": bool, "ledger": str,
               "basis": str, "payload": str, "land_mu": NUMBER, "floor_m2": NUMBER, "power_mw": NUMBER,
               "workers": NUMBER, "probability": NUMBER, "simulated_yuan": BAND,
               "without": {"probability": NUMBER, "simulated_yuan": BAND}}],
    "executed": {"replications": int, "from": int, "until": int, "orders": {"plan": int, "without": int},
                 "leaves_out": list},
    "binds": [{"kind": str, "name": str, "quarters": int, "first": str, "worth_yuan": NUMBER}],
    "products": [{"product": str, "made_mw": NUMBER, "demand_mw": NUMBER}],
    "assumptions": {"facts": list}, "notices": list, "violations": int,
    "checks": [{"rule": str, "checked": int, "violations": int, "first": str}], "build_s": NUMBER, "solve_s": NUMBER,
    "goal_profile": str, "command": str, "report": str,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, command: Any) -> tuple[dict[str, Any], Path]:
    """The small park's plan of three years, and the store where it is."""
    store = tmp_path_factory.mktemp("invest") / "store"
    outcome = command("invest", PARK, "--years", 3, "--gap", 0, "--store", store, "--json")
    assert outcome.code == 0, outcome.err
    return outcome.json, store


def test_the_answer_has_its_documented_form(made: tuple[dict[str, Any], Path]) -> None:
    """Every field that docs/invest.md names is there, of its type; figures that may be absent are null."""
    found, _ = made
    typed(found, SHAPE)
    assert {"irr", "payback_years"} <= set(found)
    assert {f"yuan_per_{word}" for word in ("mu", "m2", "mw", "worker")} <= set(found["goals"][0])
    page = (Path(__file__).parents[2] / "docs" / "invest.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in (*SHAPE, "irr", "payback_years"))


def test_the_small_park_by_hand(made: tuple[dict[str, Any], Path]) -> None:
    """208 MW in two years are 104.3 a year; two bays make one each a week, and the third pays from 2028 on.

    A box holds a bay for a week. In 2027 the two make 104.29 MW, all that sells. In 2028 125 MW sell and in 2029 150: a
    bay more makes 52 in each. It costs 2 million yuan, its land 200 thousand, and is in use at the beginning of 2028.
    """
    found, _ = made
    assert found["violations"] == 0
    assert [row["demand_mw"] for row in found["products"]] == [pytest.approx(208 / (728 / 365.25) * (1 + 1.2 + 1.44))]
    assert [(row["investment"], row["units"], row["begun"], row["in_use"]) for row in found["investments"]] == [
        ("bay", 1.0, "2027Q4", "2028Q1")
    ]
    assert found["investments"][0]["once_yuan"] == 2_000_000 + 2 * 100_000
    amounts = {row["year"]: row["amount_yuan"] for row in found["goals"] if row["goal"] == "output"}
    assert amounts[2027] == pytest.approx(2e6 * 2 * 365 / 7, rel=1e-6)
    assert amounts[2028] == pytest.approx(2e6 * 208 / (728 / 365.25) * 1.2, rel=1e-6)
    assert found["value_yi"] > found["without_yi"] > 0
    assert found["gap"] <= 1e-9


def test_it_is_published_and_can_be_made_again(made: tuple[dict[str, Any], Path], command: Any) -> None:
    """`runs verify` makes the same frames, `runs show` tells the same, `report` writes the same page, inert."""
    found, store = made
    verified = command("runs", "verify", found["run"], "--store", store, "--json")
    assert verified.code == 0
    assert verified.json["same"]
    shown = command("runs", "show", found["run"], "--store", store, "--json").json
    assert {key: shown[key] for key in found if key != "report"} == {k: v for k, v in found.items() if k != "report"}
    again = store / "again.html"
    assert command("report", found["run"], "-o", again, "--store", store).code == 0
    assert again.read_bytes() == Path(found["report"]).read_bytes()
    text = again.read_text(encoding="utf-8")
    assert "What is begun" in text
    assert "<script" not in text
    assert "None" not in command("runs", "show", found["run"], "--store", store).out


def test_the_twin_says_how_sure_each_year_is(made: tuple[dict[str, Any], Path], command: Any) -> None:
    """What nothing can stop is made in all futures, within an order of 8 MW; what is far beyond the park in none."""
    found, _ = made
    assert found["executed"]["replications"] == 20
    for row in found["goals"]:
        band = row["simulated_yuan"]
        assert band["p10"] <= band["p50"] <= band["p90"]
        if row["goal"] == "output":
            assert abs(band["mean"] - row["amount_yuan"]) <= 8 * 2e6
        assert row["probability"] == row["without"]["probability"] == 0.0  # 1,000 亿元 of a park that makes 2
    text = Path(found["report"]).read_text(encoding="utf-8")
    assert "in 20 futures" in text
    assert "band P10 to P90" in text


@pytest.mark.parametrize(("share", "sure"), [(0.9, 1.0), (1.2, 0.0)])
def test_a_goal_within_reach_is_sure(tmp_path: Path, command: Any, share: float, sure: float) -> None:
    """A goal of nine tenths of what two bays make is met in every future; one of six fifths in none."""
    yuan = round(share * 2e6 * 2 * 365 / 7)
    goals = tmp_path / "goals.toml"
    goals.write_text(f'title = "x"\nannounced = false\n[[goal]]\nid = "boxes"\nledger = "industrial_output"\n'
                     f'amount = "{yuan}元"\nyear = 2027\n', encoding="utf-8")  # fmt: skip
    found = command("invest", PARK, "--goals", goals, "--years", 2, "--store", tmp_path, "--json").json
    assert [row["probability"] for row in found["goals"] if row["year"] == 2027] == [sure]


def test_without_futures_no_probability_is_told(tmp_path: Path, command: Any) -> None:
    """`-n 0` leaves the twin out: nulls, a sentence in text and page, and a command that says so."""
    outcome = command("invest", PARK, "--years", 2, "-n", 0, "--store", tmp_path)
    assert "no probability is told" in outcome.out
    found = command("runs", "show", "latest", "--store", tmp_path, "--json").json
    assert found["executed"] is None
    assert {row["probability"] for row in found["goals"]} == {None}
    assert found["command"].endswith("-n 0")
    assert "no probability is told" in Path(found["report"]).read_text(encoding="utf-8")
    assert command("runs", "verify", "latest", "--store", tmp_path, "--json").json["same"]


def test_ctrl_c_keeps_the_plan(tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the twin executes the plan: it is published without futures, not replayable, with exit code 130."""
    from aidc_twin.loop import expansion

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(expansion, "futures_of", stopped)
    outcome = command("invest", PARK, "--years", 2, "--store", tmp_path, "--json")
    assert outcome.code == 130
    assert (outcome.json["status"], outcome.json["executed"]) == ("interrupted", None)
    assert outcome.json["value_yi"] > 0
    runs = command("runs", "list", "--store", tmp_path, "--json").json["runs"]
    assert [row["status"] for row in runs] == ["not_replayable"]


def test_a_plan_that_was_stopped_is_not_executed(tmp_path: Path, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C in the search no futures follow."""
    from dataclasses import replace

    from aidc_twin.loop import expansion

    whole = expansion.make_expansion
    monkeypatch.setattr(expansion, "make_expansion", lambda *a, **k: replace(whole(*a, **k), status="interrupted"))
    outcome = command("invest", PARK, "--years", 2, "--store", tmp_path, "--json")
    assert outcome.code == 130
    assert outcome.json["executed"] is None


def test_a_second_run_has_the_same_hash(made: tuple[dict[str, Any], Path], command: Any) -> None:
    """The command that a run names gives a run with the same content hash."""
    _, store = made
    assert command("invest", PARK, "--years", 3, "--gap", 0, "--store", store).code == 0
    rows = command("runs", "list", "--store", store, "--json").json["runs"]
    assert len({row["hash"] for row in rows if row["kind"] == "invest"}) == 1


def test_a_park_without_investments_is_told_what_to_add(tmp_path: Path, command: Any) -> None:
    """Both tables at once, with exit code 2."""
    park = PARK.parent / "credit"
    outcome = command("invest", park, "--store", tmp_path, "--json")
    assert outcome.code == 2
    assert [row["file"] for row in outcome.json["problems"]] == ["finance.csv", "investments.csv"]
    assert all("add " in row["fix"] for row in outcome.json["problems"])
    assert not list(tmp_path.glob("*/manifest.json"))


BAD = {
    "unknown phase": ("investments", "annex,The annex,phase,annex", "annex,The annex,phase,anex", "phase", "annex"),
    "phase in parts": ("investments", ",1,,1,,yes,0,0,20", ",1,,2,,yes,0,0,20", "most", "write 1"),
    "half a bay": ("investments", ",10,2,yes", ",2.5,2,yes", "most", "whole"),
    "cost in 亿元": ("investments", "2000000,100000", "2e14,100000", "once_yuan", "亿元"),
    "months for quarters": ("investments", "100000,1,2027", "100000,120,2027", "lead_quarters", "quarters"),
    "unknown resource": ("investment_gains", "bay,bay", "bay,bey", "name", "bay"),
    "working capital": ("investment_gains", "crew,crew", "crew,purse", "name", "working capital"),
    "unknown investment": ("investment_gains", "quota,", "qouta,", "investment", "quota"),
    "a module": ("outlook", "kit", "box", "product", "solution"),
    "per cent": ("outlook", "0.2", "20", "growth_share", "0.1"),
    "discount in per cent": ("finance", "0.08", "8", "discount_share", "0.08"),
    "two rows of terms": ("finance", "base,", "base,0.05,0.1,,,,\nother,", "finance", "one row"),
    "no number": ("finance", "40,100000", "forty,100000", "land_mu", ""),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_cells_are_refused_with_their_place(copied: Copied, command: Any, tmp_path: Path, name: str) -> None:
    """File, line, column, what is allowed and how to repair it; nothing is computed."""
    table, old, new, column, word = BAD[name]
    text = (PARK / f"{table}.csv").read_text(encoding="utf-8")
    assert old in text
    park = copied("expansion", "broken", {f"{table}.csv": text.replace(old, new, 1)})
    outcome = command("invest", park, "--store", tmp_path / "store", "--json")
    assert outcome.code == 2
    problem = next(row for row in outcome.json["problems"] if row["column"] == column)
    assert problem["file"].endswith(f"{table}.csv")
    assert problem["line"] >= 2
    assert word in problem["allowed"] + problem["fix"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--from", 2020), "2027"),
        (("--profile", "slow"), "quick"),
        (("-s", "no-such"), "no-such"),
        (("--years", 0), "years"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    tmp_path: Path, command: Any, options: tuple[Any, ...], word: str
) -> None:
    """Years before the epoch, unknown profiles and scenarios: exit code 2, and nothing in the store."""
    outcome = command("invest", PARK, "--store", tmp_path / "store", *options)
    assert outcome.code == 2
    assert word in outcome.err
    assert not list(tmp_path.glob("store/*/manifest.json"))


def test_a_scenario_changes_costs(tmp_path: Path, command: Any, made: tuple[dict[str, Any], Path]) -> None:
    """Patches reach investments: cheaper bays never lower the present value, dearer ones are not built."""
    values: dict[float, Any] = {}
    for factor in (0.5, 100.0):
        path = tmp_path / "cost.toml"
        path.write_text(f'title = "x"\n[[patch]]\nop = "scale"\npath = "investments.bay.once_yuan"\nvalue = {factor}\n')
        outcome = command("invest", PARK, "--years", 3, "--gap", 0, "-s", path, "--store", tmp_path / "store", "--json")
        values[factor] = outcome.json
    assert values[0.5]["value_yi"] >= made[0]["value_yi"] >= values[100.0]["value_yi"]
    assert "bay" not in {row["investment"] for row in values[100.0]["investments"]}


def test_names_may_hold_strokes_and_what_nobody_orders_is_left_out(
    copied: Copied, command: Any, tmp_path: Path
) -> None:
    """A solution named k/it is planned as kit is; one in the outlook that no order names is told."""
    files = {
        path.name: path.read_text(encoding="utf-8").replace("kit,", "k/it,")
        for path in PARK.glob("*.csv") if path.name in ("products.csv", "bom.csv", "orders.csv", "outlook.csv")
    }  # fmt: skip
    files["products.csv"] += "other,solution,kit,maker\n"
    files["products.csv"] = files["products.csv"].replace("k/it,maker", "kit,maker")
    files["bom.csv"] += "other,box,1,exact,accept,boxes,2000000,1500000\n"
    files["outlook.csv"] += "other,5,0\n"
    park = copied("expansion", "strokes", files)
    found = command("invest", park, "--years", 2, "--store", tmp_path / "store", "--json").json
    assert [row["product"] for row in found["products"]] == ["k/it"]
    assert found["products"][0]["made_mw"] > 100
    assert any("other" in line for line in found["notices"])
    assert found["violations"] == 0


def test_titles_are_shown_as_they_are(copied: Copied, command: Any, tmp_path: Path) -> None:
    """Markup in a title is text on the page."""
    text = (PARK / "investments.csv").read_text(encoding="utf-8").replace("One bay more", "<script>x</script>")
    park = copied("expansion", "marked", {"investments.csv": text})
    found = command("invest", park, "--years", 3, "--store", tmp_path / "store", "--json").json
    page = Path(found["report"]).read_text(encoding="utf-8")
    assert "&lt;script&gt;x" in page
    assert "<script" not in page


def test_a_limit_that_comes_first_is_no_plan(command: Any, tmp_path: Path) -> None:
    """A limit of a thousandth of a second comes before the first plan: exit code 4, and nothing is published."""
    store = tmp_path / "store"
    outcome = command("invest", "wuxi-aidc", "--time-limit", 0.001, "--store", store)
    assert outcome.code == 4
    assert not list(store.glob("*/manifest.json"))


def test_a_part_of_the_years_can_be_asked_for(command: Any, tmp_path: Path) -> None:
    """`--from` and `--years` choose the horizon, and the command that is told chooses it again."""
    found = command("invest", PARK, "--from", 2029, "--years", 2, "--store", tmp_path / "store", "--json").json
    assert (found["from"], found["until"]) == (2029, 2030)
    assert found["command"].endswith("--from 2029 --years 2")
    assert [row["year"] for row in found["years"]] == [2029, 2030]


def test_runs_do_not_rest_on_what_only_investments_need() -> None:
    """Facts of the tables of investments are no assumptions of runs: a tornado would turn them in vain."""
    from aidc_twin.loop.guesses import guesses_of
    from aidc_twin.park import load_park

    names = {guess.fact.id for guess in guesses_of(load_park("wuxi-aidc"))}
    assert "frame_bays" in names
    assert not {"discount_rate", "demand_growth_share", "hall_lead_quarters"} & names


def cheaper_bays(folder: Path) -> Path:
    """A scenario in which bays cost a tenth."""
    path = folder / "cheap.toml"
    path.write_text('title = "x"\n[[patch]]\nop = "scale"\npath = "investments.bay.once_yuan"\nvalue = 0.1\n')
    return path


def test_two_expansion_plans_are_compared(tmp_path: Path, made: tuple[dict[str, Any], Path], command: Any) -> None:
    """Cheaper bays: what was asked and changed, worth, units, and the same futures paired year by year."""
    found, store = made
    options = ("--years", 3, "--gap", 0, "--store", store, "-s", cheaper_bays(tmp_path), "--json")
    other = command("invest", PARK, *options).json
    told = command("compare", found["run"], other["run"], "--store", store, "--json").json
    assert [row["what"] for row in told["asked"]] == ["scenarios"]
    assert [row["path"] for row in told["inputs"]] == ["investments.bay.once_yuan"]
    figures = {row["figure"]: row for row in told["figures"]}
    assert figures["value_yi"]["difference"] == pytest.approx(other["value_yi"] - found["value_yi"])
    assert told["surely"] == "other"
    bay = next(row for row in told["investments"] if row["investment"] == "bay")
    assert (bay["base_units"], bay["base_first"]) == (1.0, "2027Q4")
    assert {row["year"] for row in told["goals"]} == {2027, 2028, 2029}
    for row in told["goals"]:
        assert row["paired"]
        assert row["difference_yuan"] == pytest.approx(row["other_mean_yuan"] - row["base_mean_yuan"])
    shown = command("compare", found["run"], other["run"], "--store", store).out
    assert "other is worth more" in shown
    assert "investments.bay.once_yuan" in shown


def test_plans_of_other_years_are_compared_with_a_warning(made: tuple[dict[str, Any], Path], command: Any) -> None:
    """Only the years of both are set side by side, and the present values are said to be of different spans."""
    found, store = made
    other = command("invest", PARK, "--years", 2, "-n", 0, "--store", store, "--json").json
    told = command("compare", found["run"], other["run"], "--store", store, "--json").json
    assert [row["year"] for row in told["years"]] == [2027, 2028]
    assert any("their years differ" in line for line in told["notices"])
    assert {row["difference_yuan"] for row in told["goals"]} == {None}
    assert "their years differ" in command("compare", found["run"], other["run"], "--store", store).out


ELSEWHERE = {
    "explain": ("explain", "RUN"),
    "explain the last": ("explain", "latest"),
    "an order": ("explain", "RUN", "--order", "k05"),
    "a goal": ("explain", "RUN", "--goal", "output"),
    "the sheet": ("explain", "RUN", "--sheet"),
    "prices": ("explain", "RUN", "--prices"),
    "pegging": ("explain", "RUN", "--serves", "chips"),
    "sensitivity": ("sensitivity", "--run", "RUN"),
    "a schedule of its plan": ("schedule", PARK, "--plan", "RUN"),
    "replanning": ("schedule", PARK, "--from", "RUN"),
    "a plan near it": ("plan", PARK, "--near", "RUN"),
    "a run near it": ("run", "--park", PARK, "--near", "RUN"),
    "a promise": (
        "promise",
        "--park",
        PARK,
        "--product",
        "kit",
        "--quantity",
        8,
        "--due",
        "2027-12-01",
        "--run",
        "RUN",
    ),
    "publishing it": ("runs", "publish", "RUN"),
    "its state": ("state", "show", "RUN"),
    "a start from it": ("simulate", PARK, "--state", "RUN"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_commands_that_need_another_kind_say_so(made: tuple[dict[str, Any], Path], command: Any, name: str) -> None:
    """None takes an expansion plan for a plan, a schedule or a state, nor answers about its park in its name."""
    found, store = made
    last = command("runs", "list", "--store", store, "--json").json["runs"][-1]["run"]
    words = [found["run"] if word == "RUN" else word for word in ELSEWHERE[name]]
    outcome = command(*words, "--store", store)
    assert outcome.code == 2
    assert (last if "latest" in words else found["run"]) in outcome.err
    assert "Traceback" not in outcome.err
    assert "no such file" not in outcome.err
    assert not outcome.out


def test_a_run_and_an_expansion_plan_are_not_compared(made: tuple[dict[str, Any], Path], command: Any) -> None:
    """The refusal names both and what they are."""
    found, store = made
    run = command("run", "--park", PARK, "-n", 4, "--rounds", 2, "--store", store, "--json").json["run"]
    for pair in ((run, found["run"]), (found["run"], run)):
        outcome = command("compare", *pair, "--store", store)
        assert outcome.code == 2
        assert f"{found['run']}, an expansion plan" in outcome.err
        assert f"{run}, a run with a plan" in outcome.err
