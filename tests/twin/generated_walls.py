"""Generated parks with steps that no unit passes: each fails as often as it may, and is scrapped then."""

from __future__ import annotations

import random
from dataclasses import replace

from generated_parks import generated, problems_of

from aidc_twin.park import Park
from aidc_twin.units.quantity import parse_quantity


def walled(seed: int) -> Park:
    """The generated park of a seed with steps that always fail, each taken back where the checks refuse it."""
    park, draw = generated(seed), random.Random(f"walls/{seed}")
    for i, row in enumerate(park.operations):
        if row.fail_share.value > 0 or draw.random() < 0.2:
            most = row.attempts_most or draw.randint(1, 3)
            changes = {"fail_share": parse_quantity("1"), "attempts_most": most}
            if not row.fail_share.value:
                changes["rework"] = parse_quantity(draw.choice(("0", "2", "exp(3)")))
            other = row.model_copy(update=changes)
            tried = replace(park, operations=(*park.operations[:i], other, *park.operations[i + 1 :]))
            park = park if problems_of(tried) else tried
    return park


def has_walls(park: Park) -> bool:
    """Whether some step always fails."""
    return any(row.fail_share.value == 1 for row in park.operations)
