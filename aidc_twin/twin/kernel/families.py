"""What the parts of one unit share, and the machine to which they keep.

The family of a need is the unit that its unit is made for, or the unit itself with its own parts. Every function that
does not only answer writes the state in place.
"""

from __future__ import annotations

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.floor import give, share_cell, take
from aidc_twin.twin.kernel.jit import inner
from aidc_twin.twin.kernel.layout import Int, Whole


@inner
def share(p: Whole, m: Whole, js: Int, need: Int, now: Int) -> None:
    """A step takes what its family shares; only the first of them takes it of the resource."""
    cell = share_cell(p, m, js, p[need + L.D_PARENT] >> 2)
    if m[cell] == 0:
        take(m, p[need + L.D_RES], p[need + L.D_AMOUNT], now)
    m[cell] += 1


@inner
def unshare(p: Whole, m: Whole, js: Int, family: Int, r: Int, amount: Int, now: Int) -> None:
    """A step gives back what its family shares; the last of them gives it back to the resource."""
    cell = share_cell(p, m, js, family)
    m[cell] -= 1
    if m[cell] == 0:
        give(m, r, amount, now)


@inner
def bind(p: Whole, m: Whole, js: Int, c: Int, slot: Int) -> None:
    """Parts of the parent of a step's unit keep to the machine that it has taken, if they keep to none so far."""
    same = p[p[L.CLASS] + c * L.C_COLUMNS + L.C_SAME]
    if same >= 0:
        cell = share_cell(p, m, js, 2 * same)
        if m[cell] == 0:
            m[cell] = slot + 1
