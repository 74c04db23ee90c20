"""Mutated parks: a valid park or an error with place and cure, never anything else."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aidc_twin.errors import InputError
from aidc_twin.facts import Facts
from aidc_twin.park import Patch, load_park

TINY = Path(__file__).parents[1] / "parks" / "tiny"
LINE = Path(__file__).parent / "line"
FILES = sorted((park, path.relative_to(park)) for park in (TINY, LINE) for path in park.rglob("*.*"))
CELLS = [
    "0",
    "-1",
    "1e400",
    "nan",
    "inf",
    "1e12",
    "0.5",
    "1;2",
    "plant",
    "box_it",
    "kit",
    "kit;kit",
    "tri(1,2,3)",
    "tri(3,2,1)",
    "exp(5)*0",
    "fact:x",
    "fact:",
    "2026-02-30",
    "2027-01-01",
    "24:00",
    "25:00",
    "true",
    "=1+1",
    "合计",
    "mon-fri",
    "end",
    "next",
    "scrap",
    "inspect",
    "cut;mend",
    "saw",
    "day",
    "give_back",
    "strict",
    "discrete(1,0.5,2,0.5)",
    "discrete(1,0.5,2,0.4)",
    "empirical(0,0)",
    "exp(0.001)",
    "outside",
    "１２",
    "1,2",
    "",
    "\u202e",
    "\x00",
    '"',
    "\n",
    "\r",
    "a" * 300,
    "9" * 30,
]
WORDS = st.sampled_from(CELLS) | st.text(max_size=12)
PATHS = st.sampled_from(
    [
        "orders.*.quantity_mw",
        "orders.o1.due",
        "operations.*.duration",
        "capacity.*.amount",
        "park.epoch",
        "park.horizon_weeks",
        "orders",
        ".",
        "legs.*.position",
        "bom.*.quantity",
        "phases.*.opens",
        "materials.*.lead_weeks",
        "operations.*.after",
        "x.y.z",
    ]
)
VALUES = WORDS | st.floats() | st.integers() | st.booleans() | st.none() | st.lists(st.text(max_size=3), max_size=2)
FAST = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _loads_or_explains(folder: Path, patches: tuple[Patch, ...] = ()) -> None:
    started = time.process_time()
    try:
        assert load_park(folder, overrides=patches, facts=Facts()).hash
    except InputError as error:
        assert error.problems
        assert all(problem.file and problem.found and problem.code for problem in error.problems)
        assert "\n" not in str(error.problems[0])
    assert time.process_time() - started < 2


def _mutate(folder: Path, file: tuple[Path, Path], line: int, cell: int, word: str) -> None:
    shutil.rmtree(folder / "park", ignore_errors=True)
    shutil.copytree(file[0], folder / "park")
    path = folder / "park" / file[1]
    lines = path.read_text(encoding="utf-8").split("\n")
    mark = "=" if path.suffix == ".toml" else ","
    cells = lines[line % len(lines)].split(mark)
    cells[cell % len(cells)] = word
    lines[line % len(lines)] = mark.join(cells)
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))


@FAST
@given(st.sampled_from(FILES), st.integers(0, 30), st.integers(0, 20), WORDS)
def test_any_cell_may_hold_anything(tmp_path: Path, file: tuple[Path, Path], line: int, cell: int, word: str) -> None:
    """One cell of one file replaced by any text."""
    _mutate(tmp_path, file, line, cell, word)
    _loads_or_explains(tmp_path / "park")


@FAST
@given(st.sampled_from(["set", "scale", "shift", "add", "remove"]), PATHS, VALUES)
def test_any_patch_may_say_anything(op: str, path: str, value: object) -> None:
    """Patches with any operator, path and value."""
    _loads_or_explains(TINY, (Patch(op, path, value),))


@FAST
@given(st.sampled_from(FILES), st.integers(0, 2000), st.binary(max_size=6), st.integers(0, 40))
def test_any_bytes_may_be_anywhere(tmp_path: Path, file: tuple[Path, Path], at: int, data: bytes, cut: int) -> None:
    """Bytes of a file overwritten, inserted or cut out."""
    shutil.rmtree(tmp_path / "park", ignore_errors=True)
    shutil.copytree(file[0], tmp_path / "park")
    old = (tmp_path / "park" / file[1]).read_bytes()
    at %= len(old) + 1
    (tmp_path / "park" / file[1]).write_bytes(old[:at] + data + old[at + cut :])
    _loads_or_explains(tmp_path / "park")


@pytest.mark.release
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), st.integers(0, 30), st.integers(0, 20), WORDS)
def test_any_cell_may_hold_anything_at_length(
    tmp_path: Path, file: tuple[Path, Path], line: int, cell: int, word: str
) -> None:
    """One cell of one file replaced by any text, many times."""
    _mutate(tmp_path, file, line, cell, word)
    _loads_or_explains(tmp_path / "park")
