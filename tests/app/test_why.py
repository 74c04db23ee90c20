"""``explain`` from the command line: an answer in sentences or as an object, and refusals with a fix."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aidc_twin.app import flow, why
from aidc_twin.app.entry import run
from aidc_twin.app.worth import waiting
from aidc_twin.errors import escape
from aidc_twin.loop.priced import told
from aidc_twin.park import load_park
from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.plan.levers import load_levers
from aidc_twin.plan.why import Answer, Cause, Cure, Lot
from aidc_twin.telemetry import Silent


@pytest.fixture(scope="module")
def park(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small park that `init` writes."""
    folder = tmp_path_factory.mktemp("why") / "park"
    write_scaffold(folder)
    return str(folder)


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    code = run(["explain", *arguments])
    return code, capsys.readouterr().out


def test_everything_is_explained(park: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Causes and cures as an object, each cure with whether it was shown to be enough."""
    code, out = asked(capsys, "--park", park, "--json")
    found: dict[str, Any] = json.loads(out)
    assert code == 0
    assert found["asked"] == "everything"
    assert found["complete"]
    assert found["possible"] or found["impossible"] or found["cures"]
    assert all(cure["enough"] for cure in found["cures"])
    assert why.text(found).startswith(f"{found['park']}: every order on time")


def test_an_order_is_explained(park: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In sentences, by its name."""
    lines = (Path(park) / "orders.csv").read_text(encoding="utf-8").splitlines()
    code, out = asked(capsys, "--park", park, "--order", lines[-1].partition(",")[0])
    assert code == 0
    assert "on time, others no worse?" in out


def test_what_must_be_true_is_a_table(park: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A goal far beyond the small park: no lever reaches it, and what is missing is proven."""
    code, out = asked(capsys, "--park", park, "--goals", "thousand-billion-literal", "--sheet", "--json")
    found: dict[str, Any] = json.loads(out)
    assert code == 0
    assert (found["asked"], found["reached"]) == ("sheet", False)
    assert found["proven_yi"] == pytest.approx(found["short_yi"], rel=1e-3)
    assert 0 < found["short_yi"] <= found["missing_yi"]
    told = why.text(found)
    assert "NOT REACHED by any moves within these ranges" in told
    assert all(step["lever"] in told for step in found["steps"])
    reached = why.text({**found, "reached": True, "cost_yi": 3.0, "shifts_yi": 1.0, "next_yi": 0.5})
    assert "REACHED with these moves, 3.0 亿元 in all (shifts 1.0); the last 亿元 of the goals costs 0.50" in reached
    assert "nothing more must be true" in why.text({**found, "missing_yi": 0.0})
    little = {**found["steps"][0], "amount": 0.0234, "cost_yi": 0.0042}
    small = why.text(
        {**found, "reached": True, "cost_yi": 0.0342, "shifts_yi": 0.03, "next_yi": 0.5, "steps": [little]}
    )
    assert "REACHED with these moves, 0.034 亿元 in all (shifts 0.03)" in small
    assert {"0.023", "0.0042"} <= set(small.split()), "what is moved a little is not told as nothing"


def test_a_run_is_asked_with_its_own_profiles(
    place: Any, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the kept round was planned with, from the store: loads that are doubled there are doubled in the question.

    Nothing is measured again.
    """
    from aidc_twin.loop import why as asking

    given: list[Any] = []
    ask = asking.explain

    def spied(inputs: Any, *arguments: Any, **options: Any) -> Any:
        given.append(inputs)
        return ask(inputs, *arguments, **options)

    def measured(*_: Any) -> Any:
        raise AssertionError("the park was measured anew")

    monkeypatch.setattr(asking, "explain", spied)
    monkeypatch.setattr(asking, "free_inputs", measured)
    run_id, store = place.runs["first"]["run"], tmp_path / "store"
    shutil.copytree(place.store, store)
    outcome = command("explain", run_id, "--store", store, "--json")
    assert outcome.code == 0, outcome.err
    assert (outcome.json["run"], outcome.json["profiles"], outcome.json["inputs_moved"]) == (run_id, "run", False)
    path = store / run_id / "plan_inputs.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["load"]["values"] = [2 * value for value in kept["load"]["values"]]
    path.write_text(json.dumps(kept), encoding="utf-8")
    assert command("explain", run_id, "--store", store, "--json").code == 0
    assert given[0].load.any()
    assert np.array_equal(given[1].load, 2 * given[0].load)


def test_prices_of_a_run_are_told(place: Any, command: Any) -> None:
    """Every resource, quota and shift with its unit, dearest first; the run itself names what is worth most."""
    run_id = place.runs["first"]["run"]
    found: dict[str, Any] = command("explain", run_id, "--prices", "--store", place.store, "--json").json
    assert (found["asked"], found["run"], found["complete"]) == ("prices", run_id, True)
    names = {row["name"]: row["unit"] for row in found["prices"]}
    assert names["accelerators"].endswith(" a week")
    worth = [(row["goal_yi"], row["late_weeks"], row["margin_yi"]) for row in found["prices"]]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] > (0.0, 0.0, 0.0)
    for row in found["prices"]:
        assert all(row[key] <= most * (1 + 1e-3) + 1e-4 for key, most in row["at_most"].items()), row
    told = command("explain", run_id, "--prices", "--store", place.store).out
    assert escape(found["prices"][0]["name"]) in told
    assert {(row["kind"], row["unit"]) for row in place.runs["first"]["prices"]} <= {
        (row["kind"], row["unit"]) for row in found["prices"]
    }


def test_whom_a_lot_serves_and_what_an_order_gets(place: Any, command: Any) -> None:
    """Both ways the same quantities: by material, and by order."""
    run_id = place.runs["first"]["run"]
    found: dict[str, Any] = command(
        "explain", run_id, "--serves", "accelerators", "--store", place.store, "--json"
    ).json
    by_order: dict[str, float] = {}
    for row in found["lots"]:
        by_order[row["order"]] = by_order.get(row["order"], 0.0) + row["quantity"]
    order = next(name for name in sorted(by_order) if not name.startswith("("))
    other = command("explain", run_id, "--order", order, "--store", place.store, "--json").json
    gets = sum(row["quantity"] for row in other["served_by"] if row["name"] == "accelerators")
    assert gets == pytest.approx(by_order[order], rel=1e-12)
    told = command("explain", run_id, "--serves", "accelerators", "--store", place.store).out
    assert f"{order} " in told
    assert "whom accelerators serves in the plan" in told


def test_waits_are_told_in_sentences() -> None:
    """What an order of a run waits for, and what is bought for it."""
    late = {"group": "boxes", "kind": "resource", "name": "bay", "week": 9, "weeks_late": 2, "share": 0.75}
    lot = {"kind": "material", "name": "steel", "source": "purchase", "source_week": 3, "quantity": 12.5}
    week = {"kind": "resource", "name": "bay", "source": "capacity", "source_week": 3, "quantity": 1.0}
    assert waiting({"waits": [late], "served_by": [lot, week]}) == [
        "  its boxes wait 2 weeks for bay of week 9 (75% of what they wait for)",
        "  gets of steel: 12.5 ordered in week 3",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--order", "nobody"), "unknown-name"), (("--goal", "nothing"), "unknown-name"),
     (("--levers", "strong"), "unknown-levers"), (("--order", "a", "--goal", "b"), "what-to-explain"),
     (("--sheet", "--goal", "b"), "what-to-explain"), (("--prices", "--serves", "b"), "what-to-explain")],
)  # fmt: skip
def test_unknown_names_are_refused(
    arguments: tuple[str, ...], told: str, park: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, with what there is."""
    code, out = asked(capsys, "--park", park, "--json", *arguments)
    assert code == 2
    assert [row["code"] for row in json.loads(out)["problems"]] == [told]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--goals", "ladder", "--sheet"), "--goals"), (("-s", "base"), "--scenario"),
     (("--seed", "7", "--order", "a"), "--seed"), (("--park", "elsewhere", "--serves", "steel"), "--park")],
)  # fmt: skip
def test_what_a_run_has_of_its_own_is_not_taken_in_silence(
    arguments: tuple[str, ...], told: str, place: Any, command: Any
) -> None:
    """Its park, scenarios, goals and seed: another one beside the run's name was ignored."""
    run_id = place.runs["first"]["run"]
    found = command("explain", run_id, *arguments, "--store", place.store, "--json")
    assert found.code == 2
    assert found.json["problems"][0]["found"] == f"{told} beside {run_id}"


def test_a_run_is_explained_with_another_search(place: Any, command: Any) -> None:
    """How hard is searched is no part of the question; an unknown profile is told."""
    run_id = place.runs["first"]["run"]
    found = command("explain", run_id, "--profile", "nosuch", "--store", place.store, "--json")
    assert found.json["problems"][0]["found"] == "nosuch"
    assert command("explain", run_id, "--profile", "quick", "--store", place.store, "--json").code == 0


def test_every_kind_of_cause_has_its_sentence() -> None:
    """Limits, what others give, and what nothing helps, with prices and proof; control characters come out as text."""
    cause = {"first_week": 3, "last_week": 6, "usual_weeks": 1.0}
    found = {
        "park": "p", "asked": "order", "name": "o\x1b1", "possible": False, "complete": False, "seconds": 0.5,
        "run": "r1", "profiles": "run", "inputs_moved": True, "late_weeks": 9 / 7, "missing_yi": 3.0, "near_weeks": 8,
        "planned": {"tardiness_weeks": 2.0, "released_mw": 1.0, "quantity_mw": 2.0},
        "impossible": [{"kind": "order", "name": "o", "amount": 2.0, "takes_weeks": 9, **cause},
                       {"kind": "goal", "name": "g", "amount": 1234.5, **cause},
                       {"kind": "rival", "name": "h", "amount": 3.5, **cause},
                       {"kind": "timing", "name": "i", "amount": 4.5, **cause}],
        "cures": [
            {"kind": "limits", "enough": True, "smallest": True, "price_yi": None, "groups": [
                {"kind": "capacity", "name": "bay", "unit": "bay", "amount": 1.0, "price_yi": 0.12, "lever": "bays",
                 **cause, "spans": [[3, 6]]},
                {"kind": "capacity", "name": "crew", "unit": "person", "amount": 1.0, "price_yi": 0.5, "lever": "crews",
                 **cause, "last_week": 40, "spans": [[3, 6], [9, 9], [14, 17], [30, 33], [37, 40]]},
                {"kind": "capacity", "name": "hall", "unit": "each", "amount": 2.0, "price_yi": None, "lever": None,
                 **cause, "last_week": 33, "spans": [[3, 6], [9, 9], [14, 17], [30, 33]]},
                {"kind": "lead", "name": "ups", "unit": "set", "amount": 3000.0, "price_yi": 0.25, "lever": "expedite",
                 **cause, "earlier_weeks": 2, "spans": [[3, 6]]},
                {"kind": "early", "name": "chip", "unit": "chip", "amount": 1200.0, "price_yi": 0.02, "lever": "lots",
                 **cause, "earlier_weeks": 3, "lots": [{"due_week": 9 + n, "week": 6 + n, "amount": 300.0}
                                                       for n in range(4)], "spans": [[6, 12]]},
                {"kind": "store", "name": "chip", "unit": "chip", "amount": 50.0, "price_yi": None, "lever": None,
                 **cause, "spans": [[3, 6]]},
                {"kind": "supply", "name": "chip", "unit": "chip", "amount": 40.0, "price_yi": None, "lever": None,
                 **cause, "spans": [[3, 6]]}]},
            {"kind": "limits", "enough": True, "smallest": False, "price_yi": 0.12, "groups": []},
            {"kind": "others", "enough": True, "smallest": True, "order_weeks": 5.0, "goal_yi": 0.0,
             "pushed": [{"order": "x", "weeks": 1.5}], "groups": [], "price_yi": None},
            {"kind": "goals", "enough": True, "smallest": True, "order_weeks": 0.0, "goal_yi": 0.3, "pushed": [],
             "groups": [], "price_yi": None},
        ],
    }  # fmt: skip
    told = why.text(found)
    for part in (
        r"order o\x1b1 on time", "planned: 2 weeks late, 1 of 2 MW", "late by 9 days in the plan that is best for all",
        "3.0 亿元 are missing in the plan that is best for all", "asked with the profiles of the run",
        "the files of the park are not those of the run any more",
        "order o: placed 2 weeks (14 days) too late for its due date and the 9 weeks that it takes",
        "goal h: 3.5 亿元 that the order book could post are not there beside the other goals: what one posts",
        "goal i: 4.5 亿元 that the order book could post are not there beside orders in time: they are posted outside",
        "goal g: 1,234.5 亿元 more", "What the rest takes (shown to be enough, none of it to spare):",
        "More orders, higher prices or another mix may bring it: aidc-twin explain --sheet",
        "or, 0.12 亿元 (shown to be enough, not reduced further in the time):",
        "bay: 1 bay more in weeks 3 to 6 (0.120 亿元 by bays)",
        "crew: up to 1 person more in weeks 3 to 6, 9, 14 to 17 and 2 more stretches until 40 (0.500 亿元 by crews)",
        "hall: up to 2 more in weeks 3 to 6, 9, 14 to 17 and 1 more stretch until 33 (no lever does that by then)",
        "ups: 3,000 set up to 2 weeks (14 days) earlier than its lead time of 5 weeks (0.250 亿元 by expedite)",
        "chip: 1,200 chip of its quota up to 3 weeks (21 days) earlier than their lots come, 300 of week 9 in week 6, "
        "300 of week 10 in week 7, 300 of week 11 in week 8 and 1 more (0.020 亿元 by lots)",
        "chip: 50 chip of its quota more to be carried over in weeks 3 to 6 (no lever does that by then)",
        "chip: 40 chip more by week 3 (no lever does that by then)", "moved by up to 8 weeks",
        "other orders wait, 5.0 weighted weeks in all: x by 1.5 weeks",
        "the goals give way by 0.30 亿元", "Time ended the search",
    ):  # fmt: skip
        assert part in told


def test_whoever_waits_for_the_compiler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a run's own profiles are read nothing is measured; a park is, and the twin may have to be compiled."""
    from aidc_twin.twin import machine

    stages = list[str]()

    class Told(Silent):
        def begin(self, stage: str, total: int | None = None) -> None:
            stages.append(stage)
            raise KeyboardInterrupt

    for known in (True, False):
        monkeypatch.setattr(machine, "ready", lambda known=known: known)
        with pytest.raises(KeyboardInterrupt):
            why.explanation(flow.Request("wuxi-aidc"), None, why.Question(), "default", Path("runs"), Told())
    assert stages[0] == "explain"
    assert stages[1].startswith("compile the twin (once")


def test_lots_and_what_is_kept_have_a_price() -> None:
    """A week for two thousand chips of 127,231 yuan at half a per cent; a thousand more to be kept for 26 weeks."""
    park, levers = load_park("wuxi-aidc"), load_levers("default")
    price_yi = park.material("accelerator").price_yuan.value / 1e8
    early = Cause("early", "accelerator", 8, 9, 2000.0, 0.3, 1, 2000.0, (Lot(9, 8, 2000.0),))
    kept = Cause("store", "accelerator", 8, 33, 1000.0, 3.0, early_unit_weeks=26_000.0)
    answer = Answer("everything", "", False, (), (Cure("limits", (early, kept), enough=True),), True, 1.0)
    groups = told(answer, park, levers)["cures"][0]["groups"]
    assert [row["lever"] for row in groups] == ["quota-lots", "quota-store"]
    assert groups[0]["price_yi"] == pytest.approx(0.005 * 2000.0 * price_yi)
    assert groups[1]["price_yi"] == pytest.approx(0.057 * 26 / 52.18)
    assert list(groups[0]["lots"]) == [{"due_week": 9, "week": 8, "amount": 2000.0}]
