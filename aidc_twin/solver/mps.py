"""Programs from MPS files, every number taken as it is written so that the guard can name the bad ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from aidc_twin.errors import InputError, Problem
from aidc_twin.solver.arrays import MAXIMISE, MINIMISE, Aim, Arrays, Held, Piece

__all__ = ["read_mps"]

_INFINITE = 1e20
"""What an MPS file writes for no limit."""

_SIDES = {"L": (-np.inf, 0.0), "G": (0.0, np.inf), "E": (0.0, 0.0)}


@dataclass
class _Reading:
    """What a file has told so far."""

    rows: dict[str, int] = field(default_factory=dict[str, int])
    kinds: list[str] = field(default_factory=list[str])
    free: set[str] = field(default_factory=set[str])
    objective: str = ""
    columns: dict[str, int] = field(default_factory=dict[str, int])
    whole: list[bool] = field(default_factory=list[bool])
    entries: dict[tuple[int, int], float] = field(default_factory=dict[tuple[int, int], float])
    cost: dict[int, float] = field(default_factory=dict[int, float])
    sides: dict[int, float] = field(default_factory=dict[int, float])
    ranges: dict[int, float] = field(default_factory=dict[int, float])
    offset: float = 0.0
    sense: int = MINIMISE
    integer: bool = False
    bounds: list[tuple[str, int, float]] = field(default_factory=list[tuple[str, int, float]])


def read_mps(path: Path) -> Arrays:
    """Linear or mixed-integer program of a free or blank-separated MPS file; NaN and inf are kept.

    Raises
    ------
    InputError
        A line that is none of MPS, with its number.
    """
    read, section = _Reading(), ""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            words = line.split()
            if not words or line.startswith("*"):
                continue
            if not line[0].isspace():
                section = words[0].upper()
                read.sense = MAXIMISE if section == "OBJSENSE" and "MAX" in line.upper() else read.sense
                continue
            try:
                _take(read, section, words)
            except (KeyError, ValueError, IndexError) as error:
                fix = "names without blanks, declared in ROWS and COLUMNS before they are used"
                raise InputError(
                    Problem(path.name, number, section, line.strip(), "a line of MPS", fix, "bad-mps")
                ) from error
    return _arrays(read)


def _take(read: _Reading, section: str, words: list[str]) -> None:
    """One line of data."""
    if section == "ROWS":
        _row(read, words[0].upper(), words[1])
    elif section == "COLUMNS":
        _column(read, words)
    elif section in ("RHS", "RANGES"):
        _right_side(read, section, words)
    elif section == "BOUNDS":
        named = words[1:] if len(words) == 2 or (len(words) == 3 and words[2] not in read.columns) else words[2:]
        read.bounds.append((words[0].upper(), read.columns[named[0]], float(named[1]) if len(named) > 1 else 0.0))
    elif section == "OBJSENSE":
        read.sense = MAXIMISE if words[0].upper().startswith("MAX") else MINIMISE
    else:
        raise ValueError(section)


def _row(read: _Reading, kind: str, name: str) -> None:
    if kind == "N":
        read.objective = read.objective or name
        read.free.add(name)
        return
    if kind not in _SIDES:
        raise ValueError(kind)
    read.rows[name] = len(read.kinds)
    read.kinds.append(kind)


def _column(read: _Reading, words: list[str]) -> None:
    if "'MARKER'" in words:
        read.integer = "'INTORG'" in words
        return
    name = words[0]
    if name not in read.columns:
        read.columns[name] = len(read.whole)
        read.whole.append(read.integer)
    column = read.columns[name]
    for row, number in zip(words[1::2], words[2::2], strict=True):
        if row == read.objective:
            read.cost[column] = float(number)
        elif row not in read.free:
            read.entries[read.rows[row], column] = float(number)


def _right_side(read: _Reading, section: str, words: list[str]) -> None:
    """The set's own name may be left out."""
    pairs = words[1:] if len(words) % 2 else words
    for row, number in zip(pairs[::2], pairs[1::2], strict=True):
        if row == read.objective and section == "RHS":
            read.offset = -float(number)
        elif row not in read.free:
            (read.sides if section == "RHS" else read.ranges)[read.rows[row]] = float(number)


def _arrays(read: _Reading) -> Arrays:
    sides = [_row_sides(kind, read.sides.get(r, 0.0), read.ranges.get(r)) for r, kind in enumerate(read.kinds)]
    keys = sorted(read.entries)
    counts = np.bincount(np.array([row for row, _ in keys], dtype=np.int64), minlength=len(read.kinds))
    lower, upper = _column_sides(read)
    cost = np.array([read.cost.get(c, 0.0) for c in range(len(read.whole))])
    rows, columns = len(read.kinds), len(read.whole)
    return Arrays(
        lower=lower, upper=upper, integral=np.array(read.whole, dtype=bool),
        row_lower=np.array([low for low, _ in sides]), row_upper=np.array([high for _, high in sides]),
        starts=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        index=np.array([column for _, column in keys], dtype=np.int32),
        value=np.array([read.entries[key] for key in keys]),
        aims={read.objective: Aim(read.objective, cost, read.offset, read.sense)},
        column_pieces=(Piece("columns", 0, columns, columns, np.arange(columns, dtype=np.int32)),),
        row_pieces=(Piece("rows", 0, rows, rows, np.arange(rows, dtype=np.int32)),),
        columns=[Held(name) for name in read.columns], rows=[Held(name) for name in read.rows],
    )  # fmt: skip


def _row_sides(kind: str, side: float, width: float | None) -> tuple[float, float]:
    low, high = (bound + side for bound in _SIDES[kind])
    if width is None:
        return low, high
    if kind == "E":
        return (side, side + width) if width >= 0 else (side + width, side)
    return (high - abs(width), high) if kind == "L" else (low, low + abs(width))


def _column_sides(read: _Reading) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Bounds; a whole column without any is 0 or 1, as MPS has it."""
    told = {column for _, column, _ in read.bounds}
    lower = np.zeros(len(read.whole))
    upper = np.array([1.0 if whole and c not in told else np.inf for c, whole in enumerate(read.whole)])
    for kind, column, number in read.bounds:
        value = np.sign(number) * np.inf if abs(number) >= _INFINITE else number
        if kind in ("LO", "LI", "FX"):
            lower[column] = value
        if kind in ("UP", "UI", "FX"):
            upper[column] = value
        if kind in ("FR", "MI"):
            lower[column] = -np.inf
        if kind in ("FR", "PL"):
            upper[column] = np.inf
        if kind == "BV":
            lower[column], upper[column] = 0.0, 1.0
        if kind in ("BV", "LI", "UI"):
            read.whole[column] = True
        if kind == "UP" and value < 0 and lower[column] == 0:
            lower[column] = -np.inf
    return lower, upper
