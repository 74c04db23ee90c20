"""What the loop is worth: four ways to decide on the same parks, executed under the same fresh futures.

    python bench/value_of_loop.py --parks 20 --replications 200 [--first-park 7000]

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
from numpy.typing import NDArray

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
from aidc_twin.twin.statistics import Difference, paired_difference  # noqa: E402

Floats = NDArray[np.float64]

OEE = 0.85
"""Overall equipment effectiveness that textbooks call world class: 90 % there, 95 % of the speed, 99.9 % good
(Nakajima, Introduction to TPM, 1988)."""

FIRST_PARK = 7000
"""No rule of the loop was chosen on these parks; on those from 1000, 5000 and 6000 on some were."""

WAYS = ("raw capacities", "textbook OEE", "the loop", "dispatching alone")
OPTIONS = LoopOptions(replications=200, most=800, rounds=6, workers=1, schedule_weeks=2, profile="quick")


@dataclass(frozen=True)
class Outcome:
    """What a way comes to on a park.

    Attributes
    ----------
    planned : yuan of the first goal.
    yuan, late, met : shape (replications,), yuan of the first goal, days late an order, whether all goals are met.
    """

    planned: float
    yuan: Floats
    late: Floats
    met: Floats

    @property
    def output(self) -> float:
        """Mean yuan of the first goal."""
        return float(self.yuan.mean())


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
    yuan = result.goal_yuan(case.goals[0]).astype(np.float64)
    return Outcome(planned, yuan, np.asarray(late, np.float64) / len(case.park.orders), met.astype(np.float64))


def rows(found: Sequence[dict[str, Outcome]]) -> list[str]:
    """The table: means over the parks, each but for the loop with the 95 % interval of its difference to the loop."""
    lines = [
        "| way | promised / simulated | output, the loop = 100 | days late an order | P(all goals) "
        "| the loop makes more, less | is less late, more |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in WAYS:
        own, loop = [park[name] for park in found], [park[WAYS[2]] for park in found]
        promised = np.mean([one.planned / one.output for one in own])
        figures = (
            ([100 * a.output / b.output for a, b in zip(own, loop, strict=True)], [100.0] * len(own), ".1f"),
            ([one.late.mean() for one in own], [one.late.mean() for one in loop], ".1f"),
            ([100 * one.met.mean() for one in own], [100 * one.met.mean() for one in loop], ".0f"),
        )
        cells = ["–" if np.isnan(promised) else f"{promised:.3f}"]
        for its, loops, form in figures:
            width = "" if name == WAYS[2] else f" ± {paired_difference(loops, its).half_width:{form}}"
            cells.append(f"{np.mean(its):{form}}{width}")
        if name == WAYS[2]:
            cells += ["", ""]
        else:
            cells.append(_counted([paired_difference(a.yuan, b.yuan) for a, b in zip(own, loop, strict=True)]))
            cells.append(_counted([paired_difference(b.late, a.late) for a, b in zip(own, loop, strict=True)]))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _counted(gaps: Sequence[Difference]) -> str:
    """On how many parks the loop is better and worse beyond chance."""
    sure = [gap.mean for gap in gaps if abs(gap.mean) > gap.half_width]
    return f"{sum(mean > 0 for mean in sure)}, {sum(mean < 0 for mean in sure)}"


def main() -> None:
    """Print each park as it is done, then the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--parks", type=int, default=20)
    asked.add_argument("--first-park", type=int, default=FIRST_PARK)
    asked.add_argument("--replications", type=int, default=200)
    given = asked.parse_args()
    found: list[dict[str, Outcome]] = []
    for seed in range(given.first_park, given.first_park + given.parks):
        begun = time.process_time()
        case = generated(seed)
        found.append(outcomes(case, given.replications))
        cells = (
            f"{name} {one.planned / 1e8:.2f}/{one.output / 1e8:.2f} {one.late.mean():.1f} d {one.met.mean():.0%}"
            for name, one in found[-1].items()
        )
        print(f"park {seed}, load {case.load:.2f}, {time.process_time() - begun:.0f} s:", "; ".join(cells), flush=True)
    print("\n".join(rows(found)))


if __name__ == "__main__":
    main()
