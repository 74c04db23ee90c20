"""What the calibration between two rounds changed in what the plan is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from aidc_twin.frames import Calibrations, build
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["calibrations"]

SMALLEST = 1e-4
"""Share of a figure below which it has not changed."""

Figures = dict[tuple[str, str], tuple[str, float]]
"""(kind, name) -> (unit, figure)."""


def calibrations(inputs: Sequence[PlanInputs]) -> pl.DataFrame:
    """Figures of the inputs of each round that differ from those of the round before; see `Calibrations`."""
    rows: list[tuple[object, ...]] = []
    for number, (old, new) in enumerate(pairwise(inputs), start=2):
        before, after = figures(old), figures(new)
        for (kind, name), (unit, figure) in after.items():
            was = before[kind, name][1]
            if abs(figure - was) > SMALLEST * max(abs(figure), abs(was)):
                rows.append((number, kind, name, unit, was, figure))
    return build(Calibrations, rows)


def figures(inputs: PlanInputs) -> Figures:
    """Load of each resource, what of it can be on at once, postings and their delay by ledger, weeks to acceptance.

    Of 1 MW as the order book mixes the families.
    """
    return dict(_figures(inputs))


def _figures(inputs: PlanInputs) -> Iterator[tuple[tuple[str, str], tuple[str, float]]]:
    share = _mix(inputs)
    load = np.einsum("f,frk->r", share, inputs.load)
    at_once = np.ones(len(inputs.resources)) if inputs.at_once is None else inputs.at_once
    for r, name in enumerate(inputs.resources):
        yield ("load", name), ("unit weeks per MW", float(load[r]))
        yield ("at once", name), ("share", float(at_once[r]))
    posted = np.einsum("f,fsk->sk", share, inputs.post_owned)
    for ledger in dict.fromkeys(inputs.rule_table["ledger"].to_list()):
        own = posted[(inputs.rule_table["ledger"] == ledger).to_numpy()].sum(axis=0)
        yield ("posting", ledger), ("亿元 per MW", float(own.sum()))
        yield ("delay", ledger), ("weeks", _mean_week(own))
    items = inputs.items
    mw = items["quantity_mw"].to_numpy()
    weeks = float(items["flow_weeks"].to_numpy() @ mw / mw.sum()) if mw.sum() > 0 else 0.0
    yield ("flow time", "release to acceptance"), ("weeks", weeks)


def _mix(inputs: PlanInputs) -> Floats:
    """Share of each family in what is still to be released."""
    mw = np.bincount(
        inputs.items["family"].to_numpy(), weights=inputs.items["quantity_mw"].to_numpy(),
        minlength=len(inputs.families),
    )  # fmt: skip
    return mw / max(float(mw.sum()), 1e-300)


def _mean_week(posted: Floats) -> float:
    """Mean week after release of what is posted."""
    total = float(posted.sum())
    return float(posted @ np.arange(posted.size)) / total if total > 0 else 0.0
