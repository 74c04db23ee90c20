"""Loss by cause: small parks in which one thing alone holds the output back, and sums that hold to the yuan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from generated_loops import generated
from small_parks import EPOCH, Table, kit_park, need, servers

from aidc_twin.loop.causes import CAUSES
from aidc_twin.loop.loss import ALL_OFF, AS_IT_IS, INTERACTION, losses
from aidc_twin.park import Goal, Park
from aidc_twin.twin.compile import Policy, read_factory
from aidc_twin.units.quantity import parse_quantity

GOAL = Goal("output", "industrial_output", 10**6, 2026, "entity_gross", "owned", 0, "", "", "")
PRICE = 1000
NAMES = [cause.name for cause in CAUSES]


def lost(park: Park, policy: Policy | None = None, replications: int = 4) -> pl.DataFrame:
    """Losses of a park under a policy."""
    return losses(read_factory(park), policy or Policy(), [GOAL], range(1, replications + 1), workers=1)


def amounts(frame: pl.DataFrame, column: str = "yuan") -> dict[str, int]:
    """Yuan by cause."""
    return dict(frame.select("cause", column).iter_rows())


def selling(operation: str) -> Table:
    """Each kit counts 1,000 yuan a MW when a step ends."""
    return [
        {"sale": "out", "ledger": "industrial_output", "seller": "maker", "buyer": "outside", "item": "kit",
         "operation": operation}
    ]  # fmt: skip


def slow(operation: str = "weld", **more: Any) -> dict[str, Any]:
    """A step of ten days; the horizon of eight weeks has room for five one after the other."""
    return {"operation": operation, "duration": 240} | more


BAY = servers("bay", count=20)
BOUGHT: dict[str, Table] = {
    "materials": [{"material": "steel", "unit": "t", "price_yuan": 1, "lead_weeks": 9}],
    "bom": [{"parent": "kit", "item": "steel", "quantity": 1, "operation": "weld"}],
}
GIVEN: dict[str, Table] = {
    "materials": [{"material": "chips", "price_yuan": 1, "weekly_quota": 0.5}],
    "bom": [{"parent": "kit", "item": "chips", "quantity": 1, "operation": "weld"}],
}


def scarce(kind: str, **more: Any) -> dict[str, Table]:
    """One of a resource, which every kit needs for its ten days; machines enough."""
    return {
        "resources": [*BAY["resources"], {"resource": "few", "kind": kind}],
        "capacity": [*BAY["capacity"], {"resource": "few", "amount": 1}],
        "needs": [need("weld", "bay"), need("weld", "few", **more)],
    }


def one_cause(name: str) -> Park:
    """A park of ten orders of which one cause alone holds some back."""
    if name == "breakdown":
        stops = [{"resource": "bay", "uptime_hours": 100, "repair_hours": 2000}]
        return kit_park(slow(), orders=10, **BAY, needs=[need("weld", "bay")], breakdowns=stops, sales=selling("weld"))
    if name == "rework and scrap":
        return kit_park(
            slow(fail_share=0.9, rework=240), orders=10, **BAY, needs=[need("weld", "bay")], sales=selling("weld")
        )
    if name == "closed time":
        days = [{"calendar": "day", "shift": 1, "days": "mon-fri", "start": "08:00", "end": "09:00"}]
        return kit_park(slow(calendar="day"), orders=10, calendars=days, sales=selling("weld"))
    if name == "transport":
        legs = [{"destination": "home", "leg": "road", "position": 1, "duration_days": 90}]
        steps = (
            {"operation": "join", "stage": "site"},
            {"routing": "box", "operation": "pack", "stage": "pack", "after": (), "duration": 1},
            {"routing": "box", "operation": "set", "stage": "site"},
        )
        box = [{"product": "box", "kind": "module", "routing": "box", "maker": "maker"}]
        bill = [{"parent": "kit", "item": "box", "quantity": 1, "operation": "join", "value_yuan": PRICE}]
        sales = [selling("set")[0] | {"item": "box"}]
        return kit_park(*steps, orders=10, legs=legs, products=box, bom=bill, sales=sales)
    if name == "late phase":
        phases = [{"phase": "hall", "opens": str(EPOCH), "delay_days": 90}]
        plant = {"resources": BAY["resources"], "capacity": [{"resource": "bay", "amount": 20, "phase": "hall"}]}
        return kit_park(slow(), orders=10, **plant, phases=phases, needs=[need("weld", "bay")], sales=selling("weld"))
    if name in ("starvation by material", "quota"):
        return kit_park(slow(), orders=10, **(BOUGHT if name == "starvation by material" else GIVEN),
                        sales=selling("weld"))  # fmt: skip
    kinds = {"blocking": "space", "power": "cumulative", "working capital": "cash", "crew": "crew"}
    return kit_park(slow(), orders=10, **scarce(kinds[name]), sales=selling("weld"))


@pytest.mark.parametrize("name", NAMES[:-1])
def test_the_cause_that_bites_has_all_the_loss(name: str) -> None:
    """Without it all ten orders are made; no other cause adds a yuan, alone or in turn, but more orders would."""
    found = lost(one_cause(name))
    own, turn = amounts(found), amounts(found, "in_order_yuan")
    missing = 10 * PRICE - own[AS_IT_IS]
    assert missing >= PRICE
    assert own[name] == turn[name] == missing
    others = [other for other in NAMES[:-1] if other != name]
    assert {own[other] for other in others} == {turn[other] for other in others} == {0}
    assert turn["order book"] == own[ALL_OFF] - 10 * PRICE == 10 * PRICE


def test_ample_is_more_than_there_was() -> None:
    """Ten billion yuan of working capital, of which each kit ties up all: without the limit all ten are made."""
    tables = scarce("cash")
    tables["capacity"] = [{**row, "amount": 1e10} if row["resource"] == "few" else row for row in tables["capacity"]]
    tables["needs"] = [need("weld", "bay"), need("weld", "few", 1e10)]
    found = amounts(lost(kit_park(slow(), orders=10, **tables, sales=selling("weld"))))
    assert found[AS_IT_IS] == 5 * PRICE
    assert found["working capital"] == 5 * PRICE


def test_a_machine_that_keeps_what_it_has_done_blocks() -> None:
    """A press that keeps each kit until the oven takes it: the oven is busy for good, so one press in two is lost."""
    steps = (slow("press"), slow("bake", duration=5000))
    needs = [need("press", "press", until="next"), need("bake", "oven")]
    plant = servers("press", "oven")
    found = amounts(lost(kit_park(*steps, orders=10, **plant, needs=needs, sales=selling("press"))))
    assert found[AS_IT_IS] == 2 * PRICE
    assert found["blocking"] == 3 * PRICE
    assert {found[name] for name in NAMES[:-1] if name != "blocking"} == {0}


def test_an_idle_plant_lacks_orders_and_a_full_one_does_not() -> None:
    """Two orders on one machine that could make five: another two would be made. Ten orders keep it busy."""
    few = kit_park(slow(), orders=2, **servers("bay"), needs=[need("weld", "bay")], sales=selling("weld"))
    assert amounts(lost(few))["order book"] == 2 * PRICE
    many = kit_park(slow(), orders=10, **servers("bay"), needs=[need("weld", "bay")], sales=selling("weld"))
    assert amounts(lost(many))["order book"] == 0


def test_orders_that_are_there_twice_go_by_the_plan() -> None:
    """What a plan never releases is not released the second time either; what it buys is bought twice."""
    park = kit_park(slow(), orders=2, **BOUGHT, sales=selling("weld"))
    bought = Policy(release_tick={"k1": 0, "k2": 0}, purchases=[("steel", 0, 2.0)])
    park = park_with_lead(park, 1)
    assert amounts(lost(park, bought))["order book"] == 2 * PRICE
    assert amounts(lost(park, Policy(purchases=[])))["order book"] == 0


def park_with_lead(park: Park, weeks: float) -> Park:
    """The park with another lead time of its materials."""
    rows = tuple(row.model_copy(update={"lead_weeks": parse_quantity(str(weeks))}) for row in park.materials)
    return replace(park, materials=rows)


def test_two_causes_together_are_an_interaction() -> None:
    """Crew and power each for one kit at a time: to lift one of them alone helps nothing, both give all ten."""
    tables = scarce("crew")
    tables["resources"].append({"resource": "power", "kind": "cumulative"})
    tables["capacity"].append({"resource": "power", "amount": 1})
    tables["needs"].append(need("weld", "power"))
    found = lost(kit_park(slow(), orders=10, **tables, sales=selling("weld")))
    own, turn = amounts(found), amounts(found, "in_order_yuan")
    assert (own["crew"], own["power"]) == (0, 0)
    assert (turn["power"], turn["crew"], turn[INTERACTION]) == (0, 5 * PRICE, 0)
    assert own[INTERACTION] == own[ALL_OFF] - own[AS_IT_IS] - sum(own[name] for name in NAMES)


@pytest.mark.parametrize("seed", range(3))
def test_amounts_sum_to_the_yuan(seed: int) -> None:
    """On whole parks the causes and their interaction sum to what lies between the mean and the mean without them."""
    case = generated(seed)
    found = losses(read_factory(case.park), Policy(), case.goals, [5, 6, 7], workers=1)
    for goal in case.goals:
        rows = found.filter(pl.col("goal") == goal.id).sort("position")
        for column in ("yuan", "in_order_yuan"):
            yuan = rows[column].to_list()
            assert sum(yuan[1:-1]) == yuan[-1] - yuan[0]
        assert rows["cause"].to_list() == [AS_IT_IS, *NAMES, INTERACTION, ALL_OFF]
        assert rows["replications"].to_list() == [3] * len(rows)
