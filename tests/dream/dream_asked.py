"""When somebody of a crew is asked for, and who may come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from dream_model import Inexpressible
from dream_rows import Row, Span
from dream_way import Stop

NEVER = Fraction(10**12)


@dataclass(frozen=True)
class Asked:
    """Somebody is held from `start` to `until`, and works in `spans`; `who` may come, "": anybody.

    `index`: in what order they are asked for; `before`: the one who may have to hand over here, and when he is done.
    """

    index: int
    start: Fraction
    until: Fraction
    spans: list[Span]
    who: tuple[str, ...] = ()
    before: tuple[int, Fraction] | None = None

    def check(self, came: Mapping[int, str]) -> None:
        """He who may go on goes on in the other simulator: here he must have been chosen again, at once."""
        if self.before is None or came[self.before[0]] not in self.who:
            return
        if came[self.before[0]] != came[self.index] or self.before[1] != self.start:
            raise Inexpressible("people who go on after a setup, where another one would be chosen")


def asked(stop: Stop, rows: Mapping[str, Row]) -> list[Asked]:
    """When one of a crew was held for a visit, and his work in that time; two, where one may hand over."""
    first, last = rows[stop.attended_ops[0]], rows.get(stop.attended_ops[-1])
    if stop.skills is not None and stop.hands_over:
        found = [Asked(first.index, first.start, first.end, [(first.start, first.end)], stop.skills.ready)]
        if last is not None:
            before = first.index, first.end
            found.append(Asked(last.index, last.start, last.end, [(last.start, last.end)], stop.skills.work, before))
        return found
    done = [rows[name] for name in stop.attended_ops if name in rows and name in stop.working]
    spans = [(row.start, row.end) for row in done]
    who = ()
    if stop.skills is not None:
        who = stop.skills.work if "Processing" in stop.attended else stop.skills.ready
    return [Asked(first.index, first.start, NEVER if last is None else last.end, spans, who)]
