"""How long a replication must be, from theory and before anything is simulated.

A queue's content forgets what it was at the rate of its spectral gap. For the M/M/1 queue with room for N and
utilisation rho that is mu (1 + rho - 2 sqrt(rho) cos(pi / (N + 1))), about mu (1 - rho)^2 / 4 where N is large (Morse
1955); general streams are slower by the mean of their squared coefficients of variation (the diffusion limit, Whitt
1989). A wait that only a share C of customers has, and that is exponential then, has the relative variance (2 - C) / C.
So n customers, with

    n = (ca2 + cs2) (2 - C) / (2 epsilon^2 gap C),

give the relative standard error epsilon: for M/M/1 in heavy traffic 4 / (epsilon^2 (1 - rho)^2), which is Whitt's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

EPSILON = 0.035
"""Relative standard error of one replication: of the mean over 200 it is 0.25 %, a quarter of the bias allowed."""
FEWEST = 8_000
"""Customers of the lightest case: a few hundred for each batch."""
BATCHES = 30
MEMORIES = 10
"""Times that a batch is longer than what a queue remembers."""


def gap(rho: float, room: float = math.inf) -> float:
    """Spectral gap of M/M/1 with room for so many, over the rate of service."""
    turn = 0.0 if math.isinf(room) else math.pi / (room + 1)
    return 1 + rho - 2 * math.sqrt(rho) * math.cos(turn)


def customers(rho: float, waiting: float, *, scvs: float = 2.0, room: float = math.inf) -> float:
    """Customers of a replication.

    Parameters
    ----------
    rho
        Utilisation; above 1 only where there is `room` for so many, whose holes then are the customers.
    waiting
        Share of customers, or of the time, that makes the figure: those who wait, are lost, go short.
    scvs
        Sum of the squared coefficients of variation of intervals and services.
    """
    slow = gap(min(rho, 1 / rho), room)
    share = min(1.0, waiting)
    return max(FEWEST, scvs * (2 - share) / (2 * EPSILON**2 * slow * share), MEMORIES * BATCHES / slow)


def erlang_b(servers: int, load: float) -> float:
    """Share of customers that find all servers busy and leave."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Share of customers that wait, where they all do; 1 where the servers cannot keep up."""
    rho = load / servers
    if rho >= 1:
        return 1.0
    blocked = erlang_b(servers, load)
    return blocked / (1 - rho + rho * blocked)


def completion_scv(mu: float, fail: float, repair: float) -> float:
    """Squared coefficient of variation of an exponential service with repairs between (Avi-Itzhak and Naor 1963)."""
    return 1 + 2 * mu * fail / (fail + repair) ** 2


def stations_time(rates: Sequence[float], loads: Sequence[float], servers: Sequence[float], room: float) -> float:
    """Length in the network's unit of time at which every station has had its customers.

    Parameters
    ----------
    rates, loads, servers
        Of each station: customers in a unit of time that do not come back at once, mean number in service, servers.
    room
        Units in a closed network; infinite in an open one.
    """
    times = [0.0]
    for rate, load, count in zip(rates, loads, servers, strict=True):
        if rate > 0:
            rho = 0.0 if math.isinf(count) else load / count
            times.append((customers(rho, load, room=room) if rho > 0 else FEWEST / min(1.0, load)) / rate)
    return max(times)
