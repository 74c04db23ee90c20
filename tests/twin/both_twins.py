"""Runs a park through the compiled twin and the plain one, and says where they part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import naive

from aidc_twin.errors import SimulationFault
from aidc_twin.park import Park
from aidc_twin.twin.allotments import allotments
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import GR_DONE, GR_LOST, GR_MOST, GR_SCRAPPED
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import run_once
from aidc_twin.twin.trace import operations

COLUMNS = [
    "unit_id",
    "operation",
    "attempt",
    "during",
    "start_tick",
    "end_tick",
    "setup_ticks",
    "work_ticks",
    "machine",
]


def compiled(park: Park, seed: int, policy: Policy | None = None, *, means: bool = False) -> naive.Outcome:
    """Outcome of the compiled twin, in the words of the plain one."""
    factory = read_factory(park)
    run = run_to_the_end(factory, policy, seed, means=means)
    return outcome(factory, run, operations(factory, run))


def run_to_the_end(factory: Factory, policy: Policy | None, seed: int, *, means: bool = False) -> Replication:
    """A traced replication that keeps to the laws; where units lock each other, what there was of it."""
    arrays = compile_arrays(factory, policy)
    try:
        return run_once(arrays, seed, means=means, trace=True)
    except SimulationFault as fault:
        if not str(fault).startswith("deadlock"):
            raise
    unjudged = arrays._replace(grow=lambda more: compile_arrays(factory, policy, more)._replace(grow=None))
    return run_once(unjudged, seed, means=means, trace=True)


def plain(park: Park, seed: int, policy: Any = None, *, means: bool = False) -> naive.Outcome:
    """Outcome of the plain twin."""
    return naive.simulate(park, seed, policy, means=means)


TWINS = {"plain": plain, "compiled": compiled}


def told(twin: str, park: Park, seed: int = 1, **policy: Any) -> naive.Outcome:
    """What one of the twins tells of a park; `policy` are attributes of a policy."""
    return TWINS[twin](park, seed, Policy(**policy))


def outcome(factory: Factory, run: Replication, frame: Any) -> naive.Outcome:
    """A replication in the words of the plain twin; `least` is left out."""
    posted = {
        (rule, bucket): (int(run.posted[i, bucket, 0]), int(run.posted[i, bucket, 1]))
        for i, rule in enumerate(factory.rules)
        for bucket in range(run.posted.shape[1])
        if run.posted[i, bucket].any()
    }
    trace = sorted(frame.select(COLUMNS).rows(), key=lambda row: (row[4], row))
    done = {unit.id: int(tick) for unit, tick in zip(factory.units, run.job_done, strict=True) if tick >= 0}
    counts = run.groups[:, [GR_DONE, GR_SCRAPPED, GR_LOST]].sum(axis=0).tolist()
    shares = [
        (unit, operation, start, round(1000 * amount))
        for _, unit, operation, _, start, _, amount in allotments(factory, run).iter_rows()
    ]
    peaks = dict(zip(factory.resources, run.peak.tolist(), strict=False))
    groups = [row.product for row in factory.park.products] + [f"source {row.source}" for row in factory.park.sources]
    crowds = {name: most for name, most in zip(groups, run.groups[:, GR_MOST].tolist(), strict=True) if most}
    return naive.Outcome(trace, posted, done, peaks, {}, *counts, sorted(shares), crowds)


def differences(left: naive.Outcome, right: naive.Outcome) -> str:
    """First difference between two outcomes in words; blank where there is none."""
    for a, b in zip(left.trace, right.trace, strict=False):
        if a != b:
            return f"trace: {a} and {b}"
    if len(left.trace) != len(right.trace):
        return f"trace: {len(left.trace)} and {len(right.trace)} rows"
    parts: list[tuple[str, Mapping[Any, Any], Mapping[Any, Any]]] = [
        ("posted", left.posted, {key: yuan for key, yuan in right.posted.items() if any(yuan)}),
        ("done", left.done, right.done),
        ("peaks", left.peaks, right.peaks),
        ("most units", left.crowds, right.crowds),
    ]
    counts = [(one.finished, one.scrapped, one.lost) for one in (left, right)]
    if counts[0] != counts[1]:
        return f"finished, scrapped, lost: {counts[0]} and {counts[1]}"
    if left.allotted != right.allotted:
        return f"allotted: {sorted(set(left.allotted) ^ set(right.allotted))[:4]}"
    for name, a, b in parts:
        for key in sorted(a.keys() | b.keys(), key=str):
            if a.get(key) != b.get(key):
                return f"{name} of {key}: {a.get(key)} and {b.get(key)}"
    return ""


def parted(park: Park, seed: int, policy: Policy | None = None, *, means: bool = False) -> str:
    """First difference between the two twins on a park; blank where there is none."""
    return differences(compiled(park, seed, policy, means=means), naive.simulate(park, seed, policy, means=means))
