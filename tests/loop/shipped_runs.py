"""Whole loops on the shipped park, played in worker processes that import this module by name."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from aidc_twin.loop import LoopOptions, LoopResult, published, run_loop, summary
from aidc_twin.park import load_goals, load_park

PARK, ANNOUNCED, BASE = "wuxi-aidc", "shuang-qianyi", "base"


@dataclass(frozen=True)
class Case:
    """A scenario with a goal profile; `formulation` is a name or a file."""

    scenario: str
    goals: str
    formulation: str = "default"
    profile: str = "quick"
    replications: int = 20
    rounds: int = 2
    most: int = 0

    @property
    def name(self) -> str:
        """What the case is called in messages."""
        return f"{self.scenario}/{self.goals}"


def play(case: Case) -> dict[str, Any]:
    """Run the loop, certify it and give its summary with what else the tests look at."""
    begun = time.process_time()
    profile = load_goals(case.goals)
    stack = (*(name for name in profile.scenarios if name != case.scenario), case.scenario)
    park = load_park(PARK, stack)
    options = LoopOptions(
        replications=case.replications, rounds=case.rounds, most=case.most, workers=1, schedule_weeks=1, traced=4,
        profile=case.profile, formulation=case.formulation,
    )  # fmt: skip
    result = run_loop(park, profile.goals, options)
    public = published(result)
    found = summary(result, public, case.name, [])
    return found | {
        "rows": {name: len(frame) for name, frame in public.frames.items()},
        "consolidated_output_yuan": _consolidated(result),
        "export_yuan": _exports(result),
        "cpu_s": time.process_time() - begun,
    }


def _consolidated(result: LoopResult) -> list[int]:
    """Consolidated industrial output of the kept plan in the goals' year, by replication."""
    goal = replace(result.goals[0], ledger="industrial_output", basis="consolidated", payload="owned")
    return [int(yuan) for yuan in result.kept.result.goal_yuan(goal)]


def _exports(result: LoopResult) -> float:
    """Mean yuan of the trading company's exports over the whole horizon."""
    rules = [
        i for i, sale in enumerate(result.park.sales) if sale.ledger == "wholesale_trade" and sale.market == "export"
    ]
    return float(result.kept.result.posted[..., 0][:, rules].sum(axis=(1, 2)).mean())
