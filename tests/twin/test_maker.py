"""The kernel is compiled in a process of its own: Ctrl-C ends it at any instant, and nothing depends on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from outcomes import PARKS

from aidc_twin.twin import machine
from aidc_twin.twin.machine import COMPILER_OFF, maker, store
from aidc_twin.twin.machine.maker import Maker

pytestmark = pytest.mark.skipif(COMPILER_OFF, reason="nothing is compiled")

ROOT = Path(__file__).parents[2]
CODE = store.Code("run", b"\x7fELF and so on\nand on")
TELLS = "import sys, time; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1])); sys.exit(int(sys.argv[2]))"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without machine code, for this process and those that it starts; no process is at work yet."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(machine, "_begun", [])
    return tmp_path


@pytest.fixture
def telling() -> Generator[Any]:
    """A process that hands over given bytes and ends with a given code."""
    begun: list[Maker] = []

    def tell(data: bytes, code: int = 0) -> Maker:
        import tempfile

        told = tempfile.TemporaryFile()  # noqa: SIM115  because `Maker.end` closes it
        process = subprocess.Popen(
            [sys.executable, "-c", TELLS, data.hex(), str(code)], stdout=told, start_new_session=True
        )
        begun.append(Maker(process, told))
        return begun[-1]

    yield tell
    for one in begun:
        one.end()


def _processes(folder: Path) -> list[int]:
    """Processes whose machine code is to be kept in a folder."""
    mark = f"NUMBA_CACHE_DIR={folder}".encode()
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in place.read_bytes().split(b"\0"):
                found.append(int(place.parent.name))
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # it has ended meanwhile, or is none of ours
    return found


def _simulating(workers: int, empty: Path) -> subprocess.Popen[bytes]:
    """A command that has begun to simulate."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = ["simulate", str(PARKS / "tiny"), "-n", "4", "--workers", str(workers)]
    process = subprocess.Popen(
        [sys.executable, "-m", "aidc_twin", *command], env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().startswith(b"simulate")
    return process


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes cannot be looked up")
@pytest.mark.parametrize(
    ("workers", "after_s"),
    [(2, 1.0), *(pytest.param(n, s, marks=pytest.mark.release) for n in (1, 2) for s in (0.0, 3.0, 6.0, 9.0))],
)
def test_ctrl_c_while_the_kernel_compiles(workers: int, after_s: float, empty: Path) -> None:
    """130, one word and at once, whatever LLVM does; no process and no half file is left, and others may compile."""
    process = _simulating(workers, empty)
    time.sleep(after_s)
    assert len(_processes(empty)) > 1
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - begun < 2
    assert (process.returncode, out) == (130, b"")
    assert err.decode().split()[-1] == "interrupted"
    assert b"Traceback" not in err
    assert _processes(empty) == []
    assert [path.name for path in empty.rglob("*") if path.is_file()] == ["simulate.lock"]
    held = store.claim(0.0)
    assert held is not None
    store.give_up(held)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes cannot be looked up")
def test_it_ends_with_a_command_that_is_killed(empty: Path) -> None:
    """Nobody is left to read what it would make."""
    process = _simulating(1, empty)
    process.kill()
    process.communicate()
    until = time.monotonic() + 30
    while _processes(empty) and time.monotonic() < until:
        time.sleep(0.05)
    assert _processes(empty) == []


def test_what_it_has_made_is_taken(telling: Any) -> None:
    """Code comes as it was made, and is the same when it is asked for again."""
    found = telling(maker.told(CODE))
    assert found.code() == CODE
    assert found.code() == CODE


@pytest.mark.parametrize("kept", [0, 1, 70, -1])
def test_half_of_it_is_none(telling: Any, kept: int) -> None:
    """What a process was writing when it died is not used."""
    assert telling(maker.told(CODE)[:kept]).code() is None


def test_one_that_fails_has_made_nothing(telling: Any) -> None:
    """Whatever it has written."""
    assert telling(maker.told(CODE), 1).code() is None


def test_code_of_another_kernel_is_none(telling: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has other sources does not help."""
    data = maker.told(CODE)
    monkeypatch.setattr(store, "key", lambda: "0" * 64)
    assert telling(data).code() is None


def test_where_none_can_be_started_it_is_compiled_here(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Python to start, and where the process dies; what is made is kept all the same."""
    from aidc_twin.twin.machine import build

    monkeypatch.setattr(build, "compiled", lambda: CODE)
    for missing in ("", str(empty / "python")):
        monkeypatch.setattr(sys, "executable", missing)
        assert Maker.start() is None
        assert machine._compiled() == CODE
        assert store.read() == CODE
        (found,) = empty.rglob("simulate.code")
        found.unlink()
        machine._begun.pop().end()
