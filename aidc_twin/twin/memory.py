"""Memories of the kernel: tables one after the other in a flat array, behind a header that says where they are."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from threading import local
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
LINE = 16
"""Cells of two lines of the processor's cache, which it fetches together."""


def memories(scalars: Sequence[int], tables: Mapping[int, Ints | Reals], header: int) -> tuple[Ints, Reals]:
    """Memories of whole and of real numbers with their tables one after the other; see `kernel.layout`."""
    whole: list[Ints] = []
    real: list[Reals] = []
    head = np.zeros(header, np.int64)
    head[: len(scalars)] = scalars
    end = {"i": header, "f": 0}
    for name, rows in tables.items():
        kind = "f" if rows.dtype == np.float64 else "i"
        width = rows.shape[1] if rows.ndim == 2 else 1
        head[name : name + 3] = end[kind], width, len(rows)
        end[kind] += rows.size
        if kind == "f":
            real.append(rows.ravel().astype(np.float64, copy=False))
        else:
            whole.append(rows.ravel().astype(np.int64, copy=False))
    return np.concatenate([head, *whole]), np.concatenate([np.zeros(0), *real])


class Spare(local):
    """Cells that a thread uses again and again, so that the system need not find and clear them anew each time."""

    MOST = 1 << 25
    """Cells that are kept, a quarter of a gibibyte; more are there for one replication."""

    def __init__(self) -> None:
        self.cells: Ints = np.empty(0, np.int64)

    def take(self, count: int) -> Ints:
        """So many cells from the beginning of a line on, with whatever stands in them; those taken before are gone."""
        cells = self.cells if len(self.cells) >= count + LINE else np.empty(count + LINE, np.int64)
        if len(cells) <= self.MOST:
            self.cells = cells
        skip = -(cells.ctypes.data // cells.itemsize) % LINE
        return cells[skip : skip + count]


class Shelf:
    """Memories that are lent, and lent again when nobody has anything of them any more: what the system gives anew it
    must find and clear page by page, which takes ten times as long as to write it.
    """

    LEAST, MOST, WIDEST = 1 << 15, 8, 4
    """Cells below which a memory is not worth keeping, memories that are kept, and how many times as many cells as
    asked for are lent at most.
    """

    def __init__(self) -> None:
        self.free: list[Ints] = []

    def lend(self, count: int) -> Ints:
        """So many cells, with whatever stands in them."""
        if count < self.LEAST:
            return np.empty(count, np.int64)
        try:
            memory = self.free.pop()
        except IndexError:
            memory = np.empty(0, np.int64)
        if not count <= len(memory) <= self.WIDEST * count:
            memory = np.empty(count + count // 8, np.int64)
        lent = (ctypes.c_int64 * len(memory)).from_buffer(memory.data)  # lives as long as any array that is made of it
        finalize(lent, self._take_back, memory).atexit = False
        return np.frombuffer(memoryview(lent), np.int64, count)

    def _take_back(self, memory: Ints) -> None:
        if len(self.free) < self.MOST:
            self.free.append(memory)


def layout(shapes: Mapping[int, tuple[int, int]], header: int) -> tuple[Ints, int]:
    """The header of a memory of whole numbers with tables of given rows and widths, and the memory's cells.

    Tables begin where lines of the processor's cache do, so that a row of a power of two cells lies in one or two.
    """
    end = header
    head = np.zeros(header, np.int64)
    for name, (rows, width) in shapes.items():
        end += -end % LINE
        head[name : name + 3] = end, width, rows
        end += rows * width
    return head, end
