"""Machine code of the kernel: kept, read again without numba, and never used when it is damaged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from outcomes import PARKS

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel import factory
from aidc_twin.twin.machine import COMPILER_OFF, ready, simulate, store
from aidc_twin.twin.run import run_once

CODE = store.Code("run", b"\x7fELF and so on\nand on")
START = """
import sys
from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.run import run_once
print(run_once(compile_arrays(read_factory(load_park(sys.argv[1]))), 1).events, "numba" in sys.modules)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for machine code."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    found = store.folder()
    assert found is not None
    assert found.parent == tmp_path
    return found


def test_a_blank_cache_folder_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`NUMBA_CACHE_DIR=` once put machine code into whatever folder a command ran in."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    found = store.folder()
    assert found is not None
    assert found.parent == tmp_path / "cache" / "aidc-twin"
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


@pytest.mark.skipif(COMPILER_OFF, reason="nothing is compiled")
def test_it_is_known_whether_the_kernel_must_be_compiled(place: Path) -> None:
    """Not where whole code is kept; damaged code counts for nothing."""
    assert not ready()
    store.write(CODE)
    assert ready()
    (place / "simulate.code").write_bytes(b"run 0\n")
    assert not ready()


def test_what_is_kept_is_read(place: Path) -> None:
    """Code comes back as it was, and nothing else is left behind."""
    assert store.read() is None
    store.write(CODE)
    assert store.read() == CODE
    assert [path.name for path in place.iterdir()] == ["simulate.code"]


def test_ctrl_c_while_code_is_written_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither half of a file nor a whole one under another name."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.write(CODE)
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"\n", b"run", b"\xff\xfe \n"])
def test_damaged_code_is_not_used(place: Path, damage: bytes) -> None:
    """A file that was cut short or holds something else counts as none."""
    (place / "simulate.code").write_bytes(damage)
    assert store.read() is None
    store.write(CODE)
    whole = (place / "simulate.code").read_bytes()
    (place / "simulate.code").write_bytes(whole[:-1])
    assert store.read() is None


def test_code_that_cannot_be_kept_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written there is nothing to read."""
    monkeypatch.setattr(store, "folder", lambda: None)
    store.write(CODE)
    assert store.read() is None


def test_other_sources_have_another_place(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code of another kernel is not found."""
    monkeypatch.setattr(store, "key", lambda: "0" * 64)
    assert store.folder() != place


def test_a_start_with_kept_code_does_not_need_numba() -> None:
    """A second process loads the machine code that the first one has kept, and finds the same events."""
    events = run_once(compile_arrays(read_factory(load_park(PARKS / "tiny"))), 1).events
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", START, str(PARKS / "tiny")]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(events), "False"]


def test_only_memories_are_taken() -> None:
    """Code without checks must not be given anything else."""
    whole, real = np.zeros(4, np.int64), np.zeros(4)
    for wrong in ((real, real, whole), (whole, whole, whole), (whole, real, whole[::2])):
        with pytest.raises(TypeError, match="a memory is a contiguous array of"):
            simulate(*wrong)


def test_no_two_functions_of_the_kernel_share_a_name() -> None:
    """They are linked by name, and so is their translation to C++ in `bench/`."""
    folder = Path(__file__).parents[2] / "aidc_twin" / "twin" / "kernel"
    names = [name for file in folder.glob("*.py") for name in re.findall(r"^def (\w+)", file.read_text("utf-8"), re.M)]
    assert len(names) > 100
    assert sorted(names) == sorted(set(names))


@pytest.mark.skipif(COMPILER_OFF, reason="there are no parts without the compiler")
def test_every_function_says_what_it_takes() -> None:
    """Functions are compiled once, each after those that it calls, since annotations tell the types of arguments."""
    from aidc_twin.twin.machine import build

    build._make_parts()
    parts = build.parts_below(build._plain(factory.simulate))
    assert len(parts) > 200
    assert [part.py_func.__name__ for part in parts if build.declared(part.py_func) is None] == ["rational"]
    for place, part in enumerate(parts):
        assert set(build.parts_below(part.py_func)) <= set(parts[:place])


def test_any_change_of_a_source_has_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more blank in any file of the kernel, or of what compiles it, is another place for machine code."""
    for part in ("kernel", "machine"):
        shutil.copytree(store.SOURCES / part, tmp_path / part)
    monkeypatch.setattr(store, "SOURCES", tmp_path)
    sources = sorted(tmp_path.rglob("*.py"))
    keys = {store.key.__wrapped__()}
    for source in sources:
        source.write_bytes(source.read_bytes() + b"\n")
        keys.add(store.key.__wrapped__())
    assert len(keys) == 1 + len(sources)


def half_of(n: int) -> float:
    """A whole number that becomes another kind."""
    found = 7
    if n > 2:
        found = n / 2
    return found


@pytest.mark.skipif(COMPILER_OFF, reason="nothing has a type without the compiler")
def test_a_variable_of_two_types_is_refused() -> None:
    """Numba would make 1.0 of 1; the function, the variable and the line are named."""
    import numba

    from aidc_twin.twin.machine.parts import PartCompiler

    line = half_of.__code__.co_firstlineno + 2
    njit: Any = numba.njit
    part = njit(no_cpython_wrapper=True, pipeline_class=PartCompiler)(half_of)
    with pytest.raises(TypeError, match=rf"half_of: found is float64, and set to int64 in line {line}"):
        part.compile((numba.types.int64,))
