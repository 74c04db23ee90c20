"""What the loop is worth: four ways to decide on the same parks, executed under the same fresh futures.

    python bench/value_of_loop.py --parks 10 --replications 200

(a) a plan from raw capacities: nothing fails, nothing queues; (b) the same with machines at the OEE of textbooks;
(c) the loop; (d) dispatching alone: all orders at once, by due date. Seeds of the futures are none that the loop saw.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "loop")]

from generated_loops import Case, generated  # noqa: E402  because the parks are those of the tests

from aidc_twin.loop.causes import CAUSES  # noqa: E402
from aidc_twin.loop.causes import Case as Switched  # noqa: E402
from aidc_twin.loop.policy import policy_of  # noqa: E402
from aidc_twin.loop.rounds import LoopOptions, buffered, run_loop  # noqa: E402
from aidc_twin.loop.simulation import execute  # noqa: E402
from aidc_twin.plan import make_plan  # noqa: E402
from aidc_twin.schedule import make_schedule  # noqa: E402
from aidc_twin.twin.calibrate import plan_inputs  # noqa: E402
from aidc_twin.twin.calibration import free_flow  # noqa: E402
from aidc_twin.twin.compile import Factory, Policy, read_factory  # noqa: E402
from aidc_twin.twin.inputs import PlanInputs  # noqa: E402
from aidc_twin.twin.items import find_items  # noqa: E402
from aidc_twin.twin.run import seeds_of  # noqa: E402

OEE = 0.85
"""Overall equipment effectiveness that textbooks call world class: 90 % there, 95 % of the speed, 99.9 % good
(Nakajima, Introduction to TPM, 1988)."""

FIRST_PARK = 1000
"""No test draws these parks."""

WAYS = ("raw capacities", "textbook OEE", "the loop", "dispatching alone")
OPTIONS = LoopOptions(replications=200, most=800, rounds=6, workers=1, schedule_weeks=2, profile="quick")


@dataclass(frozen=True)
class Outcome:
    """What a way comes to on a park: planned and simulated yuan of the first goal, order-days late, P(all goals)."""

    planned: float
    output: float
    late: float
    chance: float


def outcomes(case: Case, replications: int) -> dict[str, Outcome]:
    """The four ways on one park."""
    factory = read_factory(case.park)
    raw = _raw(case)
    loop = run_loop(case.park, case.goals, OPTIONS).kept
    first = case.goals[0].id
    ways: dict[str, tuple[float, Policy]] = {}
    for name, inputs in ((WAYS[0], raw), (WAYS[1], _with_oee(raw, factory))):
        plan = make_plan(inputs, buffered(case.goals, []), formulation=OPTIONS.formulation, profile=OPTIONS.profile)
        policy = policy_of(factory, find_items(factory), plan.frames)
        ranks = make_schedule(factory, policy, OPTIONS.schedule_weeks).rank
        ways[name] = plan.goal_planned[first], replace(policy, rank=ranks)
    ways[WAYS[2]] = loop.plan.goal_planned[first], loop.policy
    ways[WAYS[3]] = float("nan"), Policy()
    seeds = seeds_of(1_000_000, replications)
    return {name: _outcome(case, factory, *way, seeds) for name, way in ways.items()}


def _raw(case: Case) -> PlanInputs:
    """What a plan is told by who knows routings and machines, but neither failures nor queues."""
    causes = {cause.name: cause for cause in CAUSES}
    given = Switched(case.park, Policy(), {})
    for name in ("breakdown", "rework and scrap"):
        given = causes[name].off(given)
    factory = read_factory(given.park)
    return plan_inputs(free_flow(factory, find_items(factory), [1, 2, 3, 4]))


def _with_oee(inputs: PlanInputs, factory: Factory) -> PlanInputs:
    share = np.array([OEE if row.kind == "servers" else 1.0 for row in factory.park.resources])[:, None]
    return replace(inputs, capacity=inputs.capacity * share, capacity_step=inputs.capacity_step * share)


def _outcome(case: Case, factory: Factory, planned: float, policy: Policy, seeds: Sequence[int]) -> Outcome:
    result, _ = execute(factory, policy, seeds, workers=1)
    late = next(values for name, _, values in result.samples(case.goals) if name == "order_tardiness")
    met = np.all([result.goal_yuan(goal) >= goal.target_yuan for goal in case.goals], axis=0)
    mean = float(result.goal_yuan(case.goals[0]).mean())
    return Outcome(planned, mean, float(late.mean()) / len(case.park.orders), float(met.mean()))


def rows(found: Sequence[dict[str, Outcome]]) -> list[str]:
    """The table: means over the parks, output beside that of the loop."""
    lines = [
        "| way | promised / simulated | output, the loop = 100 | days late an order | P(goals) |",
        "|---|---|---|---|---|",
    ]
    for name in WAYS:
        own = [park[name] for park in found]
        kept = [100 * park[name].output / park[WAYS[2]].output for park in found]
        promised = np.mean([one.planned / one.output for one in own])
        told = "–" if np.isnan(promised) else f"{promised:.3f}"
        late, chance = np.mean([one.late for one in own]), np.mean([one.chance for one in own])
        lines.append(f"| {name} | {told} | {np.mean(kept):.1f} | {late:.1f} | {chance:.0%} |")
    return lines


def main() -> None:
    """Print each park as it is done, then the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--parks", type=int, default=10)
    asked.add_argument("--replications", type=int, default=200)
    given = asked.parse_args()
    found: list[dict[str, Outcome]] = []
    for seed in range(FIRST_PARK, FIRST_PARK + given.parks):
        begun = time.process_time()
        case = generated(seed)
        found.append(outcomes(case, given.replications))
        cells = (
            f"{name} {one.planned / 1e8:.2f}/{one.output / 1e8:.2f} {one.late:.1f} d {one.chance:.0%}"
            for name, one in found[-1].items()
        )
        print(f"park {seed}, load {case.load:.2f}, {time.process_time() - begun:.0f} s:", "; ".join(cells), flush=True)
    print("\n".join(rows(found)))


if __name__ == "__main__":
    main()
