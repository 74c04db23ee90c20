"""Generated parks with work on a machine that an earlier step keeps, while parallel steps are done elsewhere."""

from __future__ import annotations

import random
from dataclasses import replace

from generated_parks import generated, problems_of

from aidc_twin.park import Park
from aidc_twin.park.schema import Need, Operation
from aidc_twin.park.steps import all_before
from aidc_twin.units.quantity import parse_quantity


def worked_beside(seed: int) -> Park:
    """The generated park of a seed with machines that are kept over steps of parallel routings and worked at, each
    taken back where the checks refuse it.
    """
    park, draw = generated(seed), random.Random(f"beside/{seed}")
    whole = {row.resource for row in park.capacity if row.part == "base"}
    servers = [row.resource for row in park.resources if row.kind == "servers" and row.resource in whole]
    for routing in park.routings:
        if not _is_parallel(park.steps_of(routing)) or not servers:
            continue
        for _ in range(6):
            tried = _with_keeper(park, routing, draw.choice(servers), draw)
            if tried is not None and not problems_of(tried):
                park = tried
                break
    return park


def _is_parallel(rows: tuple[Operation, ...]) -> bool:
    before = [name for row in rows for name in row.after]
    return any(before.count(name) > 1 for name in before) or sum(not row.after for row in rows) > 1


def _with_keeper(park: Park, routing: str, server: str, draw: random.Random) -> Park | None:
    """The park where a step of a routing keeps a machine and a later one works on it; None without a later one."""
    rows = park.operations_of(routing)
    after = {row.operation: row.after for row in rows}
    pairs = [(one, row.operation) for row in rows for one in sorted(all_before(row.operation, after))]
    if not pairs:
        return None
    keeper, works = draw.choice(pairs)
    later = [row.operation for row in rows if works in all_before(row.operation, after)]
    until = draw.choice([works, "end", *later])
    named = [works, *(name for name in later if until not in (works, name) and draw.random() < 0.5)]
    free = {(routing, name) for name in (keeper, *named)}
    machines = {row.resource for row in park.resources if row.kind == "servers"}
    needs = [row for row in park.needs if (row.routing, row.operation) not in free or row.resource not in machines]
    kept = Need(routing=routing, operation=keeper, resource=server, amount=parse_quantity("1"), until=until)
    plain = {"batch_min": 1, "batch_max": 1, "batch_wait_hours": None}
    steps = [
        row.model_copy(update={**plain, **({"on": server} if row.operation in named else {})})
        if (row.routing, row.operation) in free
        else row
        for row in park.operations
    ]
    return replace(park, operations=tuple(steps), needs=(kept, *needs))


def is_worked_beside(park: Park) -> bool:
    """Whether some step of a routing with parallel steps works on a machine that an earlier one keeps."""
    return any(_is_parallel(park.steps_of(row.routing)) for row in park.operations if row.on)
