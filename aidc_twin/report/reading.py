"""The summary of a run as the report reads it: any key may be absent, and no type is taken on trust."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aidc_twin.units.clock import Clock

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GoalResult:
    """Verdict on one goal; amounts in yuan, None where the run does not say."""

    id: str
    title: str
    wording: str
    ledger: str
    basis: str
    payload: str
    year: int | None
    target: int | None
    planned: int | None
    mean: int | None
    half_width: int | None
    p10: int | None
    p50: int | None
    p90: int | None
    probability: float | None


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A resource or material that holds the result back; `price` is 亿元 for one unit more."""

    name: str
    kind: str
    weeks_full: int | None
    price: float | None


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit more in every week would bring: to goals and margin in 亿元, to due dates in weeks."""

    name: str
    kind: str
    unit: str
    goal_yi: float
    late_weeks: float
    margin_yi: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as far as its summary tells."""

    run: str
    park: str
    title: str
    scenarios: tuple[str, ...]
    seed: str
    replications: int | None
    order_book: str
    goals: tuple[GoalResult, ...]
    binding: tuple[Bottleneck, ...]
    prices: tuple[Price, ...]
    assumption_share: float | None
    assumed: Mapping[str, float]
    plan: Json
    near: Json
    schedule: Json
    loop: Json
    certificate: Json
    versions: tuple[tuple[str, str], ...]
    clock: Clock | None
    report: str
    command: str

    @property
    def synthetic(self) -> bool:
        """Whether the order book is made up."""
        label = self.order_book.casefold()
        return any(word in label for word in ("synthetic", "made up", "generated", "fictitious", "合成", "虚构"))


def read_run(summary: Json) -> Run:
    """Read the JSON object of `aidc-twin run --json`."""
    scenarios = summary.get("scenarios")
    names = (scenarios,) if isinstance(scenarios, str) else items(summary, "scenarios")
    return Run(
        run=text(summary, "run"),
        park=text(summary, "park"),
        title=text(summary, "title") or text(summary, "park"),
        scenarios=tuple(str(name) for name in names),
        seed=text(summary, "seed"),
        replications=whole(summary.get("replications")),
        order_book=text(summary, "order_book"),
        goals=tuple(read_goal(goal) for goal in objects(summary, "goals")),
        binding=tuple(_bottleneck(entry) for entry in objects(summary, "binding")),
        prices=tuple(_price(entry) for entry in objects(summary, "prices")),
        assumption_share=real(summary.get("assumption_share")),
        assumed={
            name: share
            for name, part in section(summary, "assumption_shares").items()
            if (share := real(part)) is not None
        },
        plan=section(summary, "plan"),
        near=section(summary, "near"),
        schedule=section(summary, "schedule"),
        loop=section(summary, "loop"),
        certificate=section(summary, "certificate"),
        versions=tuple(sorted((str(k), str(v)) for k, v in section(summary, "versions").items())),
        clock=_clock(summary),
        report=text(summary, "report"),
        command=text(summary, "command"),
    )


def read_goal(goal: Json) -> GoalResult:
    """Read one goal, with its simulated figures nested (summary) or beside it (frame `goals`)."""
    simulated = section(goal, "simulated_yuan")
    figures: dict[str, Any] = {
        name: simulated.get(name, goal.get(f"{name}_yuan")) for name in ("mean", "half_width_95", "p10", "p50", "p90")
    }
    return GoalResult(
        id=text(goal, "id"),
        title=text(goal, "title"),
        wording=text(goal, "wording"),
        ledger=text(goal, "ledger"),
        basis=text(goal, "basis"),
        payload=text(goal, "payload"),
        year=whole(goal.get("year")),
        target=whole(goal.get("target_yuan")),
        planned=whole(goal.get("planned_yuan")),
        mean=whole(figures["mean"]),
        half_width=whole(figures["half_width_95"]),
        p10=whole(figures["p10"]),
        p50=whole(figures["p50"]),
        p90=whole(figures["p90"]),
        probability=real(goal.get("probability")),
    )


def text(source: Json, key: str) -> str:
    """Text under a key, empty where there is none."""
    found = source.get(key)
    return "" if found is None else str(found)


def real(found: object) -> float | None:
    """Take a finite number; None for anything else."""
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return float(found)


def whole(found: object) -> int | None:
    """Take a number rounded to an integer; None where it is no finite number."""
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    number = real(found)
    return None if number is None else round(number)


def section(source: Json, key: str) -> Json:
    """Take the object under a key, empty where there is none."""
    found = source.get(key)
    return cast("Json", found) if isinstance(found, Mapping) else {}


def items(source: Json, key: str) -> list[Any]:
    """Take the list under a key, empty where there is none."""
    found = source.get(key)
    return list(cast("Sequence[Any]", found)) if isinstance(found, list | tuple) else []


def objects(source: Json, key: str) -> list[Json]:
    """Take the objects in the list under a key."""
    return [cast("Json", entry) for entry in items(source, key) if isinstance(entry, Mapping)]


def _bottleneck(entry: Json) -> Bottleneck:
    return Bottleneck(
        text(entry, "name"), text(entry, "kind"), whole(entry.get("weeks_full")), real(entry.get("price_yi"))
    )


def _price(entry: Json) -> Price:
    worth = (real(entry.get(key)) or 0.0 for key in ("goal_yi", "late_weeks", "margin_yi"))
    return Price(text(entry, "name"), text(entry, "kind"), text(entry, "unit"), *worth)


def _clock(summary: Json) -> Clock | None:
    try:
        epoch = dt.date.fromisoformat(text(summary, "park_epoch")[:10])
        return Clock(epoch, whole(summary.get("tick_us")) or 1_000_000)
    except ValueError:
        return None
