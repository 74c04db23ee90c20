"""Rooms in which steps wait: binary heaps over rows of a memory, ordered by their first two cells.

A row is (priority, sequence, job step).
"""

from __future__ import annotations

from aidc_twin.twin.kernel.jit import fetch, inner, once
from aidc_twin.twin.kernel.layout import Int, Whole


@once
def before(m: Whole, one: Int, other: Int) -> bool:
    """Whether row `one` comes before row `other` by their first two cells, found without a branch."""
    return (m[one] < m[other]) | ((m[one] == m[other]) & (m[one + 1] < m[other + 1]))


@inner
def queue_push(m: Whole, base: Int, size: Int, key: Int, seq: Int, js: Int) -> None:
    """Insert a step into the binary heap of `size` entries at `base`."""
    i = size
    while i > 0:
        up = (i - 1) >> 1
        j = base + 3 * up
        if m[j] < key or (m[j] == key and m[j + 1] < seq):
            break
        for k in range(3):
            m[base + 3 * i + k] = m[j + k]
        i = up
    m[base + 3 * i] = key
    m[base + 3 * i + 1] = seq
    m[base + 3 * i + 2] = js


@inner
def queue_pop(m: Whole, base: Int, size: Int) -> None:
    """Remove the head of the binary heap of `size` entries at `base`."""
    n = size - 1
    last = base + 3 * n
    key, seq, js = m[last], m[last + 1], m[last + 2]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        j = base + 3 * child
        fetch(m, base + 6 * child + 3)
        fetch(m, base + 6 * child + 11)
        if child + 1 < n:
            right = int(before(m, j + 3, j))  # which of two comes first cannot be foreseen
            child += right
            j += 3 * right
        if key < m[j] or (key == m[j] and seq < m[j + 1]):
            break
        for k in range(3):
            m[base + 3 * i + k] = m[j + k]
        i = child
    m[base + 3 * i] = key
    m[base + 3 * i + 1] = seq
    m[base + 3 * i + 2] = js
