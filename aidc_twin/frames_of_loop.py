"""Declared schemas of what the loop tells beside its rounds; `aidc_twin.frames` publishes them."""

from __future__ import annotations

import dataframely as dy


class Calibrations(dy.Schema):
    """What a calibration after a round changed in the inputs of the next: before, and in that round."""

    round = dy.Int64(primary_key=True, min=2)
    kind = dy.String(primary_key=True)
    name = dy.String(primary_key=True)
    unit = dy.String()
    before = dy.Float64()
    after = dy.Float64()


class Losses(dy.Schema):
    """What holds a goal's mean back: what switching each cause off adds to it, alone, and after those before it.

    Row 0 is the mean as it is, the last row the mean without any cause. Between them stand the causes in their order
    and last their interaction, which is what they do together beyond what each does alone. In either column of
    amounts the rows between the first and the last sum to the difference of these two.
    """

    goal = dy.String(primary_key=True)
    position = dy.Int64(primary_key=True, min=0)
    cause = dy.String()
    yuan = dy.Int64()
    half_width_95_yuan = dy.Float64(nullable=True, min=0)
    in_order_yuan = dy.Int64()
    replications = dy.Int64(min=1)


class Sensitivity(dy.Schema):
    """How far a goal moves with an assumed fact at an end of its range; null where the park cannot be so."""

    goal = dy.String(primary_key=True)
    fact = dy.String(primary_key=True)
    high = dy.Bool(primary_key=True)  # at the high end, else at the low one
    yuan = dy.Float64(nullable=True)
    half_width_95_yuan = dy.Float64(nullable=True)
