"""Parks drawn from a seed whose units keep machines and places until their next steps, and go together in ovens."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from small_parks import EPOCH, Table, make_park

from aidc_twin.park import Park
from aidc_twin.park.check import check_park

STATIONS = ("saw", "bay", "oven", "booth", "dock")
ROUTINGS = ("kit", "rack")


def held_park(seed: int, *, keeps: bool = True, batches: bool = True, orders: int = 8) -> Park:
    """Two products go the same way through up to five stations; machines are kept and units go together, or not.

    Nobody goes backwards, so that units cannot wait for each other in a circle.
    """
    draw = random.Random(f"held/{seed}/{keeps}/{batches}")
    stations = [name for name in STATIONS if name == "oven" or draw.random() < 0.8]
    tables: dict[str, Table] = {
        "resources": [{"resource": name, "kind": "servers"} for name in stations]
        + [{"resource": "place", "kind": "space"}, {"resource": "crew", "kind": "crew"},
           {"resource": "power", "kind": "cumulative"}],
        "capacity": [{"resource": name, "amount": draw.randint(1, 2)} for name in stations]
        + [{"resource": "place", "amount": draw.randint(2, 4)}, {"resource": "crew", "amount": draw.randint(2, 4)},
           {"resource": "power", "amount": draw.randint(20, 60)}],
        "calendars": [{"calendar": "day", "shift": 1, "days": "mon-sat", "start": 480, "end": 1140}],
        "entities": [{"entity": "maker", "kind": "integrator"}],
        "products": [
            {"product": name, "kind": "solution", "routing": name, "maker": "maker", "value_yuan": 1000}
            for name in ROUTINGS
        ],
        "destinations": [{"destination": "home", "market": "domestic"}],
        "operations": [], "needs": [],
    }  # fmt: skip
    for routing in ROUTINGS:
        _way(draw, routing, stations, tables, keeps, batches)
    tables["setups"] = [
        {"resource": stations[0], "from_family": a, "to_family": b, "hours": draw.randint(0, 3)}
        for a in ROUTINGS for b in ROUTINGS if a != b
    ]  # fmt: skip
    tables["orders"] = [_order(draw, n) for n in range(orders)]
    park = make_park(tables, horizon_weeks=12)
    problems = check_park(park).problems
    assert not problems, problems
    return park


def _way(draw: random.Random, routing: str, stations: list[str], tables: dict[str, Table], keeps: bool,
         batches: bool) -> None:  # fmt: skip
    """The steps of a product; what runs in the oven may go together."""
    names = [f"{routing}-{station}" for station in stations]
    for k, (name, station) in enumerate(zip(names, stations, strict=True)):
        row: dict[str, Any] = {
            "routing": routing, "operation": name, "stage": "manufacture", "after": tuple(names[max(0, k - 1) : k]),
            "duration": draw.randint(1, 9), "calendar": draw.choice(("", "day")),
            "when_closed": draw.choice(("suspend", "run")), "setup_family": routing if k == 0 else "",
        }  # fmt: skip
        together = batches and (station == "oven" or draw.random() < 0.2)
        if together:
            most = draw.randint(2, 4)
            least = draw.randint(1, most)
            row |= {"batch_min": least, "batch_max": most}
            row |= {"batch_wait_hours": draw.randint(2, 20)} if least > 1 else {}
        tables["operations"].append(row)
        until = ""
        if keeps and not together and k + 1 < len(names):
            until = draw.choice(("", "next", "next", names[k + 1]))
        tables["needs"].append({"routing": routing, "operation": name, "resource": station, "until": until})
        if draw.random() < 0.4:
            tables["needs"].append({"routing": routing, "operation": name, "resource": "crew"})
        if draw.random() < 0.4:
            tables["needs"].append(
                {"routing": routing, "operation": name, "resource": "power", "amount": draw.randint(5, 20)}
            )
        if keeps and not together and until != "next" and k + 1 < len(names) and draw.random() < 0.4:
            tables["needs"].append({"routing": routing, "operation": name, "resource": "place", "until": "next"})


def _order(draw: random.Random, n: int) -> dict[str, Any]:
    ordered = EPOCH + timedelta(days=draw.randint(0, 5))
    return {
        "order": f"o{n + 1}", "product": draw.choice(ROUTINGS), "quantity_mw": draw.randint(1, 6), "ordered": ordered,
        "due": ordered + timedelta(days=draw.randint(1, 4)), "destination": "home", "weight": draw.randint(1, 5),
    }  # fmt: skip
