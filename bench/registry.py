"""What is measured: cases (parks) and, for each verb, the cases it is measured on and what its answer must be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Case:
    """A park to measure on.

    Attributes
    ----------
    park : name of a shipped park, or a folder.
    replications : fixed work of one measurement of the twin.
    accepted_mw : band in which the mean accepted power must lie; an answer outside it is no measurement.
    """

    name: str
    park: str
    replications: int
    accepted_mw: tuple[float, float]


@dataclass(frozen=True)
class Verb:
    """Something that is measured, with its row in the table of goals."""

    name: str
    row: str
    unit: str
    goal: str
    cases: tuple[str, ...]


CASES = {
    case.name: case
    for case in (
        Case("tiny", str(ROOT / "tests" / "parks" / "tiny"), 200, (0.1, 1e6)),
        Case("wuxi", "wuxi-aidc", 10, (2_000.0, 3_700.0)),
    )
}

VERBS = {
    verb.name: verb
    for verb in (
        Verb("twin", "P1", "million events a CPU second", "≥ 6 on wuxi", ("tiny", "wuxi")),
        Verb("kernel", "P1", "million events a CPU second, kernel alone", "–", ("wuxi",)),
        Verb("times C++", "P1", "of the speed of the same kernel in C++", "≥ 0.75", ("wuxi",)),
        Verb("twin beside SimPy", "P2", "million events a CPU second", "–", ()),
        Verb("SimPy", "P2", "million events a CPU second", "–", ()),
        Verb("times SimPy", "P2", "", "≥ 60", ()),
        Verb("figures' farthest", "P2", "standard errors", "< 3.5", ()),
        Verb("output value", "P4", "times less variance", "≥ 20", ()),
        Verb("flow time", "P4", "times less variance", "–", ()),
        Verb("tardiness", "P4", "times less variance", "–", ()),
        Verb("park-years-1", "P3", "s for 1,000, one thread", "–", ("wuxi",)),
        Verb("park-years-2", "P3", "s for 1,000, two threads", "< 30", ("wuxi",)),
        Verb("park-years, CPU", "P3", "s of CPU for 1,000", "–", ("wuxi",)),
        Verb("park-years, scaling", "P3", "times faster on two threads", "≥ 1.8", ("wuxi",)),
        Verb("job", "P5", "ns of CPU a job of three operations", "–", ()),
        Verb("job-growth", "P5", "more a job, 10^4 to 10^6 jobs", "< 0.15", ()),
        Verb("job-memory", "P5", "bytes a job, 10^4 to 10^6 jobs", "< 64", ()),
        Verb("trace", "P5", "more with a trace", "< 0.05", ("wuxi",)),
        Verb("build", "P6", "CPU s for 1e6 nonzeros, built and handed over", "≤ 0.7, stretch 0.4", ()),
        Verb("build by linopy", "P6", "CPU s", "–", ()),
        Verb("build by Pyomo", "P6", "CPU s", "–", ()),
        Verb("times linopy", "P6", "times faster than linopy", "≥ 1", ()),
        Verb("times Pyomo", "P6", "times faster than Pyomo", "≥ 15", ()),
        Verb("build-memory", "P6", "MB above the process", "≤ 250", ()),
        Verb("right-hand sides", "P7", "CPU ms, 37,440 anew", "≤ 20", ()),
        Verb("coefficients", "P7", "CPU ms, a tenth of 1e6 anew", "≤ 250", ()),
        Verb("lots, gap", "P8", "of the cost, proven", "≤ 0.15, stretch 0.10", ()),
        Verb("lots, HiGHS, weak form", "P8", "of the cost, proven", "–", ()),
        Verb("lots, HiGHS, strong form", "P8", "of the cost, proven", "–", ()),
        Verb("plan", "P9", "s of CPU, one thread, three levels", "≤ 60", ("wuxi",)),
        Verb("plan, building", "P9", "of the time", "≤ 0.10", ("wuxi",)),
        Verb("plan, gap", "P9", "of a level's reference, proven, the largest", "≤ 0.01", ("wuxi",)),
        Verb("job shop, gap", "P10", "mean, to best known", "≤ 0.01 in 60 s", ()),
        Verb("job shop, gap, bound", "P10", "mean, below best known", "≤ 0.05", ()),
        Verb("job shop, gap, CP-SAT", "P10", "mean, over 300 operations", "–", ()),
        Verb("job shop, gap, as CP-SAT", "P10", "of those, as good after 1 s", "≥ 0.8", ()),
        Verb("flexible job shop, gap", "P10", "mean, to best known", "≤ 0.01 in 60 s", ()),
        Verb("flexible job shop, gap, bound", "P10", "mean, below best known", "–", ()),
        Verb("la bound", "P10", "mean, below best known", "≤ 0.03", ()),
        Verb("ta bound", "P10", "mean, below best known", "≤ 0.05", ()),
        Verb("bound, many jobs", "P10", "mean, below best known", "≤ 0.01", ()),
        Verb("projects, gap", "P11", "mean, to best known", "≤ 0.015 in 20 s", ()),
        Verb("projects, gap, bound", "P11", "mean, below best known", "–", ()),
        Verb("first park schedule", "P12", "s of CPU", "< 0.6 at 20,000", ()),
        Verb("delta decoding", "P12", "moves in the time of a full decoding", "≥ 20 at 20,000", ()),
        Verb("below ATC", "P12", "of its weighted tardiness, after 60 s", "≥ 0.15", ()),
        Verb("below the best rule", "P12", "of its weighted tardiness, after 60 s", "–", ()),
        Verb("park schedule, gap", "P12", "of the cost, proven", "–", ()),
        Verb("help", "P13", "s", "< 0.3", ("wuxi",)),
        Verb("first-result-cached", "P13", "s", "< 1.5", ("wuxi",)),
        Verb("cached-cpu", "P13", "s of CPU of the same", "–", ("wuxi",)),
        Verb("first-result-cold", "P13", "s", "< 12", ("wuxi",)),
        Verb("cold-cpu", "P13", "s of CPU of the same", "–", ("wuxi",)),
        Verb("run", "P14", "s", "< 90, and < 1.5 GiB", ("wuxi",)),
        Verb("rank", "–", "s, 100 scenarios, two processes", "< 60", ("wuxi",)),
        Verb("rank, CPU", "–", "s of CPU of the same", "≤ 100", ("wuxi",)),
    )
}


def cases_of(verb: str) -> list[Case]:
    """Cases on which a verb is measured."""
    return [CASES[name] for name in VERBS[verb].cases]
