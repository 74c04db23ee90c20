"""A translated model on disk, read back as any park is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from dream_batches import Batches
from dream_kits import JOINING, PARTING, Kits
from dream_lines import MERGES, SPLITS, Lines, line
from dream_model import Inexpressible, Model
from dream_periods import Periods, is_periodic, read, write
from dream_posts import at_posts
from dream_shops import is_shop, shop
from dream_tables import Tables
from dream_way import Plan
from dream_words import check_words

from aidc_twin.park import Park, load_park


def translate(model: Model, folder: Path) -> tuple[Park, Plan | Periods]:
    """Park of a model, written to a folder and loaded from it.

    Raises
    ------
    Inexpressible
        If a park cannot say what the model says.
    """
    if is_periodic(model):
        periods = read(model)
        write(periods, folder)
        return load_park(folder), periods
    check_words(model)
    model = at_posts(model)
    tables = Tables(model)
    if is_shop(model):
        shop(model, tables)
    else:
        batches = bool(model.kinds & {*SPLITS, *MERGES})
        if model.kinds & {"LineClearance", "RoutingQueue", "M3"} and not batches:
            raise Inexpressible("places for parts of batches that never come apart")
        kits = bool(model.kinds & {JOINING, PARTING})
        if kits and batches:
            raise Inexpressible("batches where units are assembled")
        line(model, tables, Batches if batches else Kits if kits else Lines)
    plan = tables.write(folder, model.end if model.end is not None else longest(tables))
    return load_park(folder), plan


def longest(tables: Tables) -> Fraction:
    """A time at which a model that ends by itself is surely done."""
    work = sum((stop.load + stop.setup + stop.work for way in tables.plan.ways.values() for stop in way.stops),
               Fraction(0))  # fmt: skip
    ends = [span[1] for machine in tables.plan.machines.values() if machine.shift for span in machine.shift.spans]
    return 2 * work + max(ends, default=Fraction(0)) + 100
