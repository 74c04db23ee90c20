"""plan ⇄ twin until they agree: the order of the steps."""

from aidc_twin.loop.rounds import LoopOptions, LoopResult, run_loop
from aidc_twin.loop.simulation import simulate_park, simulate_until
from aidc_twin.loop.verdict import published, summary

__all__ = ["LoopOptions", "LoopResult", "published", "run_loop", "simulate_park", "simulate_until", "summary"]
