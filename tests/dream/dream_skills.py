"""Who may load and set up a station, and who may work there; he who may not hands over."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from dream_model import Inexpressible, Model

PHASES = ("setup", "process")


@dataclass(frozen=True)
class Skills:
    """People who may load and set up, and those who may work."""

    ready: tuple[str, ...]
    work: tuple[str, ...]

    @property
    def apart(self) -> bool:
        """Whether he who has set up may have to hand over."""
        return self.ready != self.work


def skills(model: Model, nodes: tuple[str, ...], people: tuple[str, ...]) -> Skills | None:
    """Skills of people at alternative stations; None where nobody has any listed."""
    if not any((model.nodes.get(one) or {}).get("skillDict") for one in people):
        return None
    found = {_at(model, node, people) for node in nodes}
    if len(found) > 1:
        raise Inexpressible("alternative stations that other people may serve")
    one = found.pop()
    if not one.ready or not one.work:
        raise Inexpressible("a station that nobody may serve")
    return one


def _at(model: Model, node: str, people: tuple[str, ...]) -> Skills:
    """Skills at a station."""
    may: dict[str, list[str]] = {phase: [] for phase in PHASES}
    for one in people:
        given = (model.nodes.get(one) or {}).get("skillDict")
        rows = {phase: (given or {}).get(phase) or {} for phase in (*PHASES, "load")}
        if any(row.get("technologyList") for row in rows.values()) or rows["load"].get("stationIdList"):
            raise Inexpressible("skills by technology, or for the load alone")
        for phase in PHASES:
            if not given or node in (rows[phase].get("stationIdList") or []):
                may[phase].append(one)
    ready = tuple(one for one in people if one in may["setup"] or one in may["process"])
    return Skills(ready, tuple(may["process"]))


def check_skills(found: Skills | None, attended: set[str], load: Fraction, setup: Fraction) -> None:
    """What is known of skills: he who loads sets up, and works if he may; or there is work only."""
    if found is None or not attended:
        return
    if "Load" not in attended and (attended != {"Processing"} or setup):
        raise Inexpressible("people with skills who are asked when the unit has entered")
    if "Processing" in attended and found.apart and "Load" in attended and load:
        raise Inexpressible("a load that takes time, by people who may hand over")
