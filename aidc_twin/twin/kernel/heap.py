"""Future events and queues: heaps over rows of a memory, ordered by their first two cells.

Events: (time, code), where code = kind, sequence, id is a total order. Queues: (priority, sequence, job step).
"""

from __future__ import annotations

from aidc_twin.twin.kernel.jit import entry
from aidc_twin.twin.kernel.layout import I64, Int

ID_BITS = 24
SEQ_BITS = 34


@entry
def push(m: I64, base: Int, size: Int, time: Int, code: Int) -> None:
    """Insert an event into the 4-ary heap of `size` events at `base`."""
    i = size
    while i > 0:
        up = (i - 1) >> 2
        j = base + 2 * up
        if m[j] < time or (m[j] == time and m[j + 1] < code):
            break
        m[base + 2 * i] = m[j]
        m[base + 2 * i + 1] = m[j + 1]
        i = up
    m[base + 2 * i] = time
    m[base + 2 * i + 1] = code


@entry
def pop(m: I64, base: Int, size: Int) -> None:
    """Remove the first of `size` events at `base` (the caller has read it)."""
    n = size - 1
    time = m[base + 2 * n]
    code = m[base + 2 * n + 1]
    i = 0
    while True:
        first = 4 * i + 1
        if first >= n:
            break
        best = base + 2 * first
        for child in range(first + 1, min(first + 4, n)):
            j = base + 2 * child
            if m[j] < m[best] or (m[j] == m[best] and m[j + 1] < m[best + 1]):
                best = j
        if time < m[best] or (time == m[best] and code < m[best + 1]):
            break
        m[base + 2 * i] = m[best]
        m[base + 2 * i + 1] = m[best + 1]
        i = (best - base) >> 1
    m[base + 2 * i] = time
    m[base + 2 * i + 1] = code


@entry
def queue_push(m: I64, base: Int, size: Int, key: Int, seq: Int, js: Int) -> None:
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


@entry
def queue_pop(m: I64, base: Int, size: Int) -> None:
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
        if child + 1 < n and (m[j + 3] < m[j] or (m[j + 3] == m[j] and m[j + 4] < m[j + 1])):
            child += 1
            j += 3
        if key < m[j] or (key == m[j] and seq < m[j + 1]):
            break
        for k in range(3):
            m[base + 3 * i + k] = m[j + k]
        i = child
    m[base + 3 * i] = key
    m[base + 3 * i + 1] = seq
    m[base + 3 * i + 2] = js
