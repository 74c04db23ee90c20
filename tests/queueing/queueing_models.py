"""Queueing models as parks: one translation for each kind of case, general in its numbers.

A translation gives the plant, how long a replication must be in the model's unit of time, and how each figure is read
off the twin's weekly sums.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from queueing_cases import Case, numbers
from queueing_lengths import (
    EPSILON,
    FEWEST,
    completion_scv,
    customers,
    erlang_b,
    erlang_c,
    stations_time,
)
from queueing_parks import Plant, random_time
from queueing_weeks import Figure, Weeks

Reals = NDArray[np.float64]
Measure = Callable[[Weeks], dict[str, Figure]]

UNITS, WORK, IN, HALL = "unit", "serve", "arrive", "hall"
ROOMY = 1e6
"""Capacity of a hall in which nobody ever waits: it counts those who are in it."""


@dataclass(frozen=True)
class Model:
    """A case as a park: its kind, its plant, the length of a replication, its figures."""

    kind: str
    plant: Plant
    time: float
    measure: Measure


def model_of(case: Case) -> Model:
    """Translation of a case.

    Raises
    ------
    ValueError
        If the model is of no known kind.
    """
    name = case["model"]
    for pattern, translate in KINDS.items():
        if re.match(pattern, name):
            return translate(case)
    raise ValueError(f"no translation of {name!r}")


# Networks of exponential stations


@dataclass(frozen=True)
class Network:
    """Stations with mean services and servers (infinite: a delay), ways between them, and who walks them.

    `ways` are probabilities from station to station, `entry` those of the first one; what is missing from 1 leaves.
    `units` go round in a closed network, in an open one they come at `rate`.
    """

    services: list[float]
    servers: list[float]
    ways: Reals
    entry: Reals
    rate: float = 0.0
    units: int = 0

    @property
    def visits(self) -> Reals:
        """Visits of each station: of a unit of an open network, in a closed one as shares of all."""
        n = len(self.services)
        if not self.units:
            return np.linalg.solve(np.eye(n) - self.ways.T, self.entry)
        balance = np.vstack([self.ways.T - np.eye(n), np.ones(n)])
        return np.linalg.lstsq(balance, np.append(np.zeros(n), 1.0), rcond=None)[0]

    @property
    def flow(self) -> float:
        """Units that come in a unit of time, or the most visits that the narrowest station and the units allow."""
        if not self.units:
            return self.rate
        demands = self.visits * self.services
        narrow = max(demand / count for demand, count in zip(demands, self.servers, strict=True))
        return min(1 / narrow if narrow > 0 else math.inf, self.units / demands.sum())

    @property
    def fresh(self) -> Reals:
        """Visits in a unit of time that change something: those of units that come back at once do not.

        M/M/1 with feedback has as many units in it as without, all visits being one service (Takács 1963). Units of an
        open network come back until they leave; in a closed one all come back, and only its ways into themselves count.
        """
        if self.units:
            return self.flow * self.visits * (1 - np.diag(self.ways))
        return self.flow * np.minimum(1, self.visits)


def _closed(case: Case) -> Model:
    """Closed network by visits or by a matrix; `Z` is a delay that each round begins with."""
    given = numbers(case["model"])
    services = [float(mean) for mean in given["S"]]
    servers = [float(count) for count in given.get("servers", [1] * len(services))]
    total = 1.0
    if "P" in given:
        ways = np.array(given["P"], float)
        if "Z" in given:
            raise ValueError("a matrix of ways says where a delay lies by itself")
    else:
        visits = [float(count) for count in given["V"]]
        if given.get("Z", 0) > 0:
            services, servers, visits = [*services, float(given["Z"])], [*servers, math.inf], [*visits, 1.0]
        total = sum(visits)
        ways = np.tile(np.array(visits) / total, (len(visits), 1))
    network = Network(services, servers, ways, np.zeros(len(services)), units=int(given["N"]))
    if "P" in given:
        total = 1 / float(network.visits[0])
    return _network("closed network", network, total)


def _open(case: Case) -> Model:
    """Open network by visits and one stream, or by a matrix and a stream into each station."""
    given = numbers(case["model"])
    services = [float(mean) for mean in given["S"]]
    servers = [float(count) for count in given.get("servers", [1] * len(services))]
    if "P" in given:
        streams = np.array(given["lambda"], float)
        network = Network(services, servers, np.array(given["P"], float), streams / streams.sum(), float(streams.sum()))
    else:
        share = np.array(given["V"], float) / (1 + sum(given["V"]))
        ways = np.tile(share, (len(services), 1))
        network = Network(services, servers, ways, share, float(given["lambda"]))
    return _network("open network", network, 1.0)


def _network(kind: str, net: Network, total: float) -> Model:
    plant, stations = Plant(), range(len(net.services))
    names = [f"s{i + 1}" for i in stations]
    if net.units:
        plant.population(UNITS, net.units)
    else:
        plant.arrivals(UNITS, net.rate)
        plant.step(UNITS, IN)
        _divide(plant, IN, names, net.entry)
    for i in stations:
        before = names[i - 1] if i else "" if net.units else IN
        plant.step(UNITS, names[i], random_time(net.services[i]), before)
        delay = math.isinf(net.servers[i])
        plant.resource(f"{HALL}{i + 1}", "space" if delay else "servers", ROOMY if delay else net.servers[i])
        plant.need(UNITS, names[i], f"{HALL}{i + 1}")
        _divide(plant, names[i], names, net.ways[i])
    loads = net.flow * net.visits * net.services
    room = net.units if net.units else math.inf
    time = stations_time(net.fresh.tolist(), loads.tolist(), net.servers, room)

    def measure(weeks: Weeks) -> dict[str, Figure]:
        found: dict[str, Figure] = {}
        passed = np.zeros(weeks.count)
        for i in stations:
            starts = weeks.starts(UNITS, names[i])
            busy = weeks.used(f"{HALL}{i + 1}")
            there = weeks.waited(UNITS, names[i]) + busy
            passed += starts
            found |= {
                f"X{i + 1}": Figure(starts, weeks.time),
                f"U{i + 1}": Figure(busy, weeks.time * net.servers[i]),
                f"Q{i + 1}": Figure(there, weeks.time),
                f"R{i + 1}": Figure(there, starts),
            }
        return found | {"X": Figure(passed, weeks.time * total)}

    return Model(kind, plant, time, measure)


def _divide(plant: Plant, operation: str, names: Sequence[str], shares: Reals) -> None:
    """Ways from an operation; what is missing from 1 ends."""
    rest = 1 - float(shares.sum())
    plant.branch(UNITS, operation, dict(zip(names, shares.tolist(), strict=True)) | {"end": rest if rest > 1e-9 else 0})


# One station


def _station(kind: str, servers: int, rate: float, service: str, time: float, **operation: Any) -> Model:
    """Poisson stream to one station."""
    plant = Plant()
    plant.arrivals(UNITS, rate)
    plant.step(UNITS, WORK, service, **operation)
    plant.resource(HALL, "servers", servers)
    plant.need(UNITS, WORK, HALL)

    def measure(weeks: Weeks) -> dict[str, Figure]:
        starts, waited, there = weeks.starts(UNITS, WORK), weeks.waited(UNITS, WORK), weeks.present(UNITS)
        arrived = weeks.arrived(UNITS)
        return {
            "Wq": Figure(waited, starts),
            "W": Figure(weeks.flow(UNITS), weeks.done(UNITS)),
            "L": Figure(there, weeks.time),
            "Lq": Figure(there - weeks.used(HALL), weeks.time),
            "U": Figure(weeks.used(HALL), weeks.time * servers),
            "B": Figure(arrived - starts, arrived),
        }

    return Model(kind, plant, time, measure)


def _many_servers(case: Case) -> Model:
    servers = int(re.match(r"M/M/(\d+)$", case["model"])[1])  # type: ignore[index]  because the kind of case was told by this pattern
    load = case["lam"] / case["mu"]
    n = customers(load / servers, erlang_c(servers, load))
    return _station("M/M/c", servers, case["lam"], random_time(1 / case["mu"]), n / case["lam"])


def _any_service(case: Case) -> Model:
    rho = case["lam"] * case["ES"]
    n = customers(rho, rho, scvs=1 + case["SCV"])
    return _station("M/G/1", 1, case["lam"], random_time(case["ES"], case["SCV"]), n / case["lam"])


def _failures(case: Case) -> Model:
    """`fail` and `repair` are rates, the one of time at work."""
    rho = case["lam"] / case["mu"] * (1 + case["fail"] / case["repair"])
    n = customers(rho, rho, scvs=1 + completion_scv(case["mu"], case["fail"], case["repair"]))
    model = _station("M/G/1 with failures", 1, case["lam"], random_time(1 / case["mu"]), n / case["lam"])
    _stops(model.plant, HALL, case["fail"], case["repair"])
    return model


def _stops(plant: Plant, resource: str, fail: float, repair: float) -> None:
    """Failures in time at work, repaired at once."""
    if fail > 0:
        plant.add(
            "breakdowns",
            resource=resource,
            breakdown="failure",
            clock="busy",
            uptime_hours=random_time(1 / fail),
            repair_hours=random_time(1 / repair),
            effect="keep",
        )


def _loss(case: Case) -> Model:
    lost = erlang_b(int(case["c"]), case["a"])
    return _station(
        "Erlang-B", int(case["c"]), case["a"], random_time(1), _share_time(lost, case["a"]), patience_hours="0"
    )


def _share_time(share: float, rate: float) -> float:
    """Time in which so many customers of a share come that their number is known; they come in clusters."""
    return max(FEWEST, 4 / (EPSILON**2 * share)) / rate


def _priority(case: Case) -> Model:
    """Classes 1, 2, ... of one station, 1 first; `mu` of all of them, or `mu1`, `mu2`, ..."""
    classes = sorted(int(key[1:]) for key in case if re.fullmatch(r"l\d+", key))
    rates = {i: case[f"l{i}"] for i in classes}
    means = {i: 1 / case.get(f"mu{i}", case.get("mu", math.nan)) for i in classes}
    rho, rate = sum(rates[i] * means[i] for i in classes), sum(rates.values())
    plant = Plant()
    for i in classes:
        plant.arrivals(f"class{i}", rates[i], priority=i)
        plant.step(f"class{i}", WORK, random_time(means[i]))
        plant.need(f"class{i}", WORK, HALL)
    plant.resource(HALL, "servers", 1, rule="priority")
    second = sum(rates[i] * means[i] ** 2 for i in classes) * 2 / rate / (rho / rate) ** 2

    def measure(weeks: Weeks) -> dict[str, Figure]:
        found: dict[str, Figure] = {}
        for i in classes:
            found[f"Wq{i}"] = Figure(weeks.waited(f"class{i}", WORK), weeks.starts(f"class{i}", WORK))
            found[f"W{i}"] = Figure(weeks.flow(f"class{i}"), weeks.done(f"class{i}"))
            found[f"L{i}"] = Figure(weeks.present(f"class{i}"), weeks.time)
        return found

    return Model("priority", plant, customers(rho, rho, scvs=second) / rate, measure)


# Forks and stock


def _fork(case: Case) -> Model:
    """Parts of a unit at as many queues at once; it is done when all of them are."""
    found = re.match(r"(\d+)-server", case["model"])
    plant = Plant()
    plant.arrivals(UNITS, case["lam"])
    for i in range(1, int(found[1] if found else 2) + 1):
        plant.step(UNITS, f"part{i}", random_time(1 / case["mu"]))
        plant.resource(f"{HALL}{i}", "servers", 1)
        plant.need(UNITS, f"part{i}", f"{HALL}{i}")
    rho = case["lam"] / case["mu"]

    def measure(weeks: Weeks) -> dict[str, Figure]:
        return {"meanT": Figure(weeks.flow(UNITS), weeks.done(UNITS)), "L": Figure(weeks.present(UNITS), weeks.time)}

    return Model("fork-join", plant, customers(rho, rho) / case["lam"], measure)


def _base_stock(case: Case) -> Model:
    """Each demand puts in an order for one more and at the same time takes a good, as soon as there is one.

    Stock less backorders is the base stock less the orders in production, at every instant, so that the mean stock
    follows from what is measured of the other two.
    """
    base, rho = int(case["S"]), case["lam"] / case["mu"]
    plant = Plant()
    plant.arrivals(UNITS, case["lam"])
    plant.step(UNITS, "make", random_time(1 / case["mu"]))
    plant.step(UNITS, "take")
    plant.resource(HALL, "servers", 1)
    plant.need(UNITS, "make", HALL)
    plant.add("materials", material="good", lead_weeks="")
    plant.add("outputs", routing=UNITS, operation="make", material="good", quantity=1)
    plant.add("bom", parent=UNITS, item="good", quantity=1, operation="take")
    if base > 0:
        plant.add("state/stocks", material="good", quantity=base)

    def measure(weeks: Weeks) -> dict[str, Figure]:
        made = weeks.waited(UNITS, "make") + weeks.used(HALL)
        short = weeks.waited(UNITS, "take")
        return {
            "EBackorders": Figure(short, weeks.time),
            "EInventory": Figure(base * weeks.time - made + short, weeks.time),
            "L": Figure(made, weeks.time),
        }

    return Model("base stock", plant, customers(rho, rho ** (base + 1)) / case["lam"], measure)


# Lines


def _line(case: Case) -> Model:
    """Stations that keep a unit until the next one takes it, with places between them.

    Units that have left come back to wait in front of the first station: as many as the line holds, so that it is
    never without.
    """
    rates, buffers = [float(mu) for mu in case["mu"]], [int(places) for places in case["buffers"]]
    plant, before = Plant(), ""
    last = f"m{len(rates)}"
    plant.population(UNITS, len(rates) + sum(buffers))
    for i, rate in enumerate(rates, 1):
        name = f"m{i}"
        plant.step(UNITS, name, random_time(1 / rate), before)
        plant.resource(name, "servers", 1)
        plant.need(UNITS, name, name, until="" if name == last else "next")
        before = name
        if i <= len(buffers) and buffers[i - 1] > 0:
            before = f"b{i}"
            plant.step(UNITS, before, after=name)
            plant.resource(before, "space", buffers[i - 1])
            plant.need(UNITS, before, before, until="next")
    plant.branch(UNITS, last, {"m1": 1.0})
    n = customers(1.0, 1.0, room=len(rates) + sum(buffers))

    def measure(weeks: Weeks) -> dict[str, Figure]:
        return {"throughput": Figure(weeks.starts(UNITS, last), weeks.time)}

    return Model("line with blocking after service", plant, n / (0.5 * min(rates)), measure)


def _unreliable(case: Case) -> Model:
    """Two machines that fail in time at work; the first takes a place before it begins, the second gives it back."""
    room, (mu, mu2), (p, p2), (r, r2) = int(case["N"]), case["mu"], case["p"], case["r"]
    plant = Plant()
    plant.population(UNITS, room + 1)
    plant.resource("places", "space", room)
    for name, before, rate, fail, repair in (("m1", "", mu, p, r), ("m2", "m1", mu2, p2, r2)):
        plant.step(UNITS, name, random_time(1 / rate), before)
        plant.resource(name, "servers", 1)
        plant.need(UNITS, name, name)
        _stops(plant, name, fail, repair)
    plant.need(UNITS, "m1", "places", until="m2")
    plant.branch(UNITS, "m2", {"m1": 1.0})
    alone = [rate / (1 + fail / repair) for rate, fail, repair in ((mu, p, r), (mu2, p2, r2))]
    rho = min(alone) / max(alone)
    scvs = completion_scv(mu, p, r) + completion_scv(mu2, p2, r2)
    n = customers(rho, rho, scvs=scvs, room=room)

    def measure(weeks: Weeks) -> dict[str, Figure]:
        return {
            "throughput": Figure(weeks.starts(UNITS, "m2"), weeks.time),
            "mean_level": Figure(weeks.used("places") - weeks.used("m1"), weeks.time),
        }

    return Model("two unreliable machines", plant, n / min(alone), measure)


KINDS: Mapping[str, Callable[[Case], Model]] = {
    r"closed\b": _closed,
    r"open\b": _open,
    r"M/M/1 (non-preemptive )?priority|M/M/1 non-preemptive": _priority,
    r"M/M/1 make-to-stock": _base_stock,
    r"M/[MG]/1 with operation-dependent": _failures,
    r"M/M/\d+$": _many_servers,
    r"M/G/1": _any_service,
    r".*fork-join": _fork,
    r"Erlang-B": _loss,
    r"saturated exponential serial line": _line,
    r"two unreliable exponential machines": _unreliable,
}
"""Beginning of a model's name → its translation; the first that fits."""
