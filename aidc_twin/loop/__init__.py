"""plan ⇄ twin until they agree: the order of the steps.

Names are looked up when they are asked for, so that a simulation does not pay for the solver's modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aidc_twin.loop.rounds import LoopOptions, LoopResult, run_loop
    from aidc_twin.loop.simulation import simulate_park, simulate_until
    from aidc_twin.loop.verdict import published, summary

__all__ = ["LoopOptions", "LoopResult", "published", "run_loop", "simulate_park", "simulate_until", "summary"]

_HOMES = {
    "LoopOptions": "rounds", "LoopResult": "rounds", "run_loop": "rounds", "simulate_park": "simulation",
    "simulate_until": "simulation", "published": "verdict", "summary": "verdict",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
