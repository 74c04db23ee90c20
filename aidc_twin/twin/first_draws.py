"""What the first draws of a step decide before it starts, so that nothing need be asked when it ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aidc_twin.twin.classes import WorkClass
from aidc_twin.twin.kernel.draws import TRIANGULAR
from aidc_twin.twin.kernel.layout import DRAWN, DRAWN_BITS, WORK
from aidc_twin.twin.memory import Ints, Reals

UNTOLD = -1
"""Limit of a class whose share changes with what has been learned."""
MOST = 2.0**50
"""Work that may take longer is drawn when it starts: its ticks share a cell with other bits."""


def fail_limits(rows: Sequence[WorkClass]) -> Ints:
    """First draw of each class by which its first attempt passes: smaller ones fail; shape (classes,).

    A draw is a whole number below 2 ** 53, and fails where the uniform that is made of it lies below the share that
    fails. The uniform grows with the draw, so that the limit is found by halving.
    """
    share = np.array([row.fail for row in rows], np.float64)
    low, high = np.zeros(len(rows), np.int64), np.full(len(rows), 1 << DRAWN_BITS, np.int64)
    for _ in range(DRAWN_BITS + 1):
        middle = (low + high) >> 1
        fails = (low < high) & ((middle.astype(np.float64) + 0.5) * 2.0**-DRAWN_BITS < share)
        low, high = np.where(fails, middle + 1, low), np.where(fails, high, middle)
    told = np.array([row.learning < 0 or row.exponents[1] == 0.0 for row in rows], bool)
    return np.where(told, low, UNTOLD)


def is_simple(row: WorkClass) -> bool:
    """Whether the work of a class is triangular, whatever happens meanwhile."""
    return row.work.kind == TRIANGULAR and row.kind == WORK and row.fault == 0.0 and row.exponents == (0.0, 0.0)


def work_of_steps(rows: Sequence[WorkClass]) -> Reals:
    """What the work of first attempts is drawn from, for the class of each row of STEP; see `layout.STEP_F`."""
    found = np.zeros((4, len(rows) + DRAWN))
    for i, row in enumerate(rows):
        least, mode, largest, _ = row.work.cells if is_simple(row) else (0.0, 0.0, 0.0, 0.0)
        if 0.0 < largest < MOST:
            found[:, i] = least, mode, largest, (mode - least) / (largest - least) if largest > least else 0.0
    return found
