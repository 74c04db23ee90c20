"""Figures of the places where the parts of a batch come together again."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dream_rows import Span, overlap

if TYPE_CHECKING:
    from measure import Figures, Visit


def merge(figures: Figures, node: str) -> dict[str, Any]:
    """Shares of time of a merge: its own work counts as waiting, and for one sort not as blocked what begins at the
    epoch, and the time for which the stations before it go off shift meanwhile.
    """
    end, blocked, off = figures.h.end, Fraction(0), list[Span]()
    shifts = figures.model.kind(node).endswith("Blocking")
    for station in figures.model.before(node) if shifts else ():
        off += figures.off(figures.plan.machines[station])
    for whole, left in wholes(figures, node):
        gone = end if left is None else left
        if whole < gone and not (shifts and whole == 0):
            blocked += gone - whole - overlap((whole, gone), [span for span in off if span[0] >= whole])
    shares = dict.fromkeys(("working", "setup", "loading", "failure", "off_shift", "break"), Fraction(0))
    shares |= {"blockage": blocked, "waiting": end - blocked}
    return {f"{name}_ratio": [float(100 * value / end) if end else 0.0] for name, value in shares.items()}


def wholes(figures: Figures, node: str) -> list[tuple[Fraction, Fraction | None]]:
    """When batches were whole at a merge, and when they left it."""
    visits = figures.at.get(node, [])
    found = [(visit.entered + visit.stop.work, visit.left) for visit in visits if visit.stop.kind == "whole"]
    parts: dict[tuple[str, int], list[Visit]] = {}
    for visit in visits:
        if visit.stop.kind == "merge" and visit.stop.room:
            parts.setdefault((visit.root, id(visit.way.joined)), []).append(visit)
    full = [came for came in parts.values() if len(came) == came[0].stop.room]
    return found + [(max(visit.entered for visit in came), came[0].left) for came in full]
