"""Runs a park through the compiled twin and the plain one, and says where they part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import naive

from aidc_twin.park import Park
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.run import Replication, run_once
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
    arrays = compile_arrays(factory, policy)
    run = run_once(arrays, seed, means=means, trace=True)
    return outcome(factory, run, operations(factory, arrays, run))


def outcome(factory: Factory, run: Replication, frame: Any) -> naive.Outcome:
    """A replication in the words of the plain twin; `least` is left out."""
    posted = {
        (rule, bucket): (int(run.posted[i, bucket, 0]), int(run.posted[i, bucket, 1]))
        for i, rule in enumerate(factory.rules)
        for bucket in range(run.posted.shape[1])
        if run.posted[i, bucket].any()
    }
    trace = frame.select(COLUMNS).sort("start_tick", *COLUMNS[:4]).rows()
    done = {unit.id: int(tick) for unit, tick in zip(factory.units, run.job_done, strict=True) if tick >= 0}
    return naive.Outcome(trace, posted, done, dict(zip(factory.resources, run.peak.tolist(), strict=False)))


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
    ]
    for name, a, b in parts:
        for key in sorted(a.keys() | b.keys(), key=str):
            if a.get(key) != b.get(key):
                return f"{name} of {key}: {a.get(key)} and {b.get(key)}"
    return ""


def parted(park: Park, seed: int, policy: Policy | None = None, *, means: bool = False) -> str:
    """First difference between the two twins on a park; blank where there is none."""
    return differences(compiled(park, seed, policy, means=means), naive.simulate(park, seed, policy, means=means))
