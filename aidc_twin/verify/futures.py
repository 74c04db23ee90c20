"""What is said of the futures of an expansion plan, reckoned again from their samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import polars as pl

from aidc_twin.verify.certificate import Findings, Tally

__all__ = ["check_futures"]

CASES = ("plan", "without")
ROOM = 1e-9
QUANTILES = (("p10_yuan", 0.1), ("p50_yuan", 0.5), ("p90_yuan", 0.9))

Key = tuple[str, str, int]


def check_futures(frames: Mapping[str, pl.DataFrame], findings: Findings) -> None:
    """Check the share of futures in which each goal is met, their mean, interval and quantiles.

    Parameters
    ----------
    frames
        ``invest_samples`` and ``invest_futures``, with the targets of ``invest_goals``; none of the first two where the
        twin has not executed the plan.
    """
    if "invest_samples" not in frames and "invest_futures" not in frames:
        return
    samples = _samples(frames["invest_samples"])
    told = {(row["case"], row["goal"], row["year"]): row for row in frames["invest_futures"].iter_rows(named=True)}
    _check_count(samples, set(told), findings.rule("invest-samples"))
    targets = frames["invest_goals"].select("goal", "year", "target_yuan").rows()
    target = {(goal, year): amount for goal, year, amount in targets}
    tally = findings.rule("invest-futures")
    for key, row in told.items():
        tally.checked += 1
        yuan = sorted(samples.get(key, {}).values())
        if not yuan or key[1:] not in target:
            tally.fail(f"{_say(key)}: no sample, or no such goal and year")
            continue
        right = _right(yuan, target[key[1], key[2]])
        for name, value in right.items():
            if not _same(row[name], value):
                tally.fail(f"{_say(key)}: {name} is {row[name]}, its samples give {value}")


def _samples(frame: pl.DataFrame) -> dict[Key, dict[int, int]]:
    """Yuan by replication of each case, goal and year."""
    found: dict[Key, dict[int, int]] = {}
    for case, goal, year, number, yuan in frame.select("case", "goal", "year", "replication", "yuan").rows():
        found.setdefault((case, goal, year), {})[number] = yuan
    return found


def _check_count(samples: Mapping[Key, Mapping[int, int]], told: set[Key], tally: Tally) -> None:
    """The same futures for both cases and every goal and year, all of them told, and no amount below zero."""
    pairs = {key[1:] for key in samples}
    count = max((len(part) for part in samples.values()), default=0)
    for case in CASES:
        for goal, year in sorted(pairs):
            key, part = (case, goal, year), samples.get((case, goal, year), {})
            tally.checked += 1
            if sorted(part) != list(range(count)) or min(part.values(), default=-1) < 0 or key not in told:
                tally.fail(f"{_say(key)}: {len(part)} of {count} futures, or one below zero, or not told")


def _right(yuan: Sequence[int], target: int) -> dict[str, float | None]:
    """What each column must be; `yuan` in rising order."""
    count, mean = len(yuan), math.fsum(yuan) / len(yuan)
    found: dict[str, float | None] = {"mean_yuan": mean, "half_width_95_yuan": _half_width(yuan, mean)}
    for name, share in QUANTILES:
        low, part = divmod(share * (count - 1), 1)
        high = yuan[min(count - 1, int(low) + 1)]
        found[name] = yuan[int(low)] + part * (high - yuan[int(low)])
    found["probability"] = sum(amount >= target for amount in yuan) / count
    return found


def _half_width(yuan: Sequence[int], mean: float) -> float | None:
    """Student's interval of the mean; none of a single future."""
    from scipy.special import stdtrit

    count = len(yuan)
    if count < 2:
        return None
    variance = math.fsum((amount - mean) ** 2 for amount in yuan) / (count - 1)
    return float(stdtrit(count - 1, 0.975)) * math.sqrt(variance / count)


def _same(told: float | None, right: float | None) -> bool:
    """Equal, but for half a yuan that was rounded away."""
    if told is None or right is None:
        return told is right
    return abs(told - right) <= max(0.51 if abs(right) > 1 else 0.0, ROOM * abs(right))


def _say(key: Key) -> str:
    return f"{key[1]} in {key[2]}, {key[0]}"
