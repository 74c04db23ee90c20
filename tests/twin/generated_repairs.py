"""Generated parks whose repairs take several people of a crew, or half of one."""

from __future__ import annotations

import random
from dataclasses import replace

from generated_parks import generated, problems_of

from aidc_twin.park import Park
from aidc_twin.units.quantity import parse_quantity

AMOUNTS = ("2", "2", "3", "0.5", "1")


def repaired_by_several(seed: int) -> Park:
    """The generated park of a seed with crews for the repairs of its machines, each taken back where the checks refuse
    it.
    """
    park, draw = generated(seed), random.Random(f"repairs/{seed}")
    crews = [row.resource for row in park.resources if row.kind == "crew"]
    servers = {row.resource for row in park.resources if row.kind == "servers"}
    for i, row in enumerate(park.breakdowns):
        crew, amount = draw.choice([row.crew or crews[0], *crews]), draw.choice(AMOUNTS)
        if row.resource in servers:
            other = row.model_copy(update={"crew": crew, "crew_amount": parse_quantity(amount)})
            tried = replace(park, breakdowns=(*park.breakdowns[:i], other, *park.breakdowns[i + 1 :]))
            park = park if problems_of(tried) else tried
    return park


def takes_several(park: Park) -> bool:
    """Whether some repair takes more than one of a crew."""
    return any(row.crew and row.crew_amount.value > 1 for row in park.breakdowns)
