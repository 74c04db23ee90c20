"""A detailed problem and a schedule of it as plain values, for those who shall not know how either is made."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from aidc_twin.schedule.detailed import Amounts, Detailed, Placed
from aidc_twin.schedule.kernel.cells import OWN_END


def statement(d: Detailed) -> dict[str, Any]:
    """The problem as lists and numbers; operations, machines and orders count from 0."""
    uses, takes, options, gives = (_rows(amounts) for amounts in (d.uses, d.takes, d.options, d.gives))
    early, at = d.early.tolist(), d.gives.number.at.tolist()
    gifts = [list(zip(row, early[at[i] : at[i + 1]], strict=True)) for i, row in enumerate(gives)]
    operations = [
        {
            "release": int(d.release[i]), "before": d.before[i].tolist(), "choices": dict(options[i]),
            "family": int(d.family[i]), "starts_in": int(d.starts_in[i]), "works_in": int(d.works_in[i]),
            "uses": uses[i], "takes": takes[i], "gives": [pair for pair, early in gifts[i] if not early],
            "gives_early": [pair for pair, early in gifts[i] if early], "leaves": _freeing(int(d.keeping[i])),
            "order": int(d.order[i]), "kind": int(d.kinds[i]), "since": int(d.queued[i]),
            "tail": int(d.tail[i]), "fixed": (int(d.fixed_start[i]), int(d.fixed_end[i])),
        }
        for i in range(d.operations)
    ]  # fmt: skip
    machines = [
        {
            "from": int(d.machine_from[m]), "family": int(d.machine_family[m]), "down": d.down.pairs(m),
            "kept": _freeing(int(d.machine_keeping[m])),
            "setup": d.setup[d.machine_setup[m]].tolist() if d.machine_setup[m] >= 0 else [],
        }
        for m in range(len(d.machine_from))
    ]  # fmt: skip
    return {
        "operations": operations,
        "machines": machines,
        "calendars": [list(zip(one.start.tolist(), one.end.tolist(), strict=True)) for one in d.calendars],
        "capacity": [d.capacity.pairs(r) for r in range(len(d.capacity.number))],
        "supply": [d.supply.pairs(q) for q in range(len(d.supply.number))],
        "batches": [tuple(row) for row in d.batch.tolist()],
        "due": d.due.tolist(),
        "weight": d.weight.tolist(),
    }


def _rows(amounts: Amounts) -> list[list[tuple[int, int]]]:
    """All lists of pairs."""
    pairs = list(zip(amounts.number.items.tolist(), amounts.amount.tolist(), strict=True))
    at = amounts.number.at.tolist()
    return [pairs[low:high] for low, high in pairwise(at)]


def _freeing(code: int) -> tuple[str, int]:
    """What frees a machine in words: its ``own`` end, ``nothing``, or the ``start`` or ``end`` of an operation."""
    if code < 0:
        return ("own" if code == OWN_END else "nothing", -1)
    return ("end" if code & 1 else "start", code >> 1)


def rows_of(placed: Placed) -> list[tuple[int, int, int, int]]:
    """(machine, start, end, changeover) of each operation."""
    columns = (placed.machine, placed.start, placed.end, placed.setup)
    return list(zip(*(column.tolist() for column in columns), strict=True))
