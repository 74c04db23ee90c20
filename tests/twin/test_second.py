"""The second process that helps to compile the kernel: what it hands over, and that nothing depends on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from aidc_twin.twin import machine
from aidc_twin.twin.machine import COMPILER_OFF, second, store
from aidc_twin.twin.machine.second import Made, Second

ROOT = Path(__file__).parents[2]
FIRST, LAST = Made(0, b"line\nline", ("callee", "callee")), Made(3, b"", ())
TELLS = "import sys, time; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1])); sys.stdout.flush(); time.sleep(600)"
SAME = """
from aidc_twin.twin.machine.build import Given, _put, declared, in_one_go, whole_parts
parts = [part for part in whole_parts() if declared(part.py_func) is not None][:9]
kinds = [declared(part.py_func) for part in parts]
made = []
with in_one_go():
    for given in (None, Given()):  # first with what they call, then where that is only declared, from the last one on
        for part in parts:
            part.overloads.clear()
        if given is not None:
            for part, kind in zip(parts, kinds):
                part.disable_compile(False)
                _put(part, kind, given)
        found = []
        for part, kind in list(zip(parts, kinds))[:: -1 if given else 1]:
            part.overloads.clear()
            part.disable_compile(False)
            library = _put(part, kind)
            found.append((library.name, library.code, library.calls))
        made.append(sorted(found, key=lambda one: one[0]))
print(len(made[0]), sum(one[2] is not None and len(one[2]) > 0 for one in made[0]), made[0] == made[1])
"""
WHOLE = """
import hashlib, json, os, sys
from aidc_twin.twin.machine import build
from aidc_twin.twin.machine.second import Second
second = Second.start() if sys.argv[1] != "alone" else None
asked, taken = second and second.made, []
def made(place):
    if sys.argv[1] == "until it dies" and place == 90:
        os.kill(second._process.pid, 9)
    found = asked(place)
    taken.extend([] if found is None else [place])
    return found
if second is not None:
    second.made = made
code = build.compiled(second)
print(json.dumps([code.symbol, hashlib.sha256(code.image).hexdigest(), len(taken)]))
"""


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without machine code."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return tmp_path


def _python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def telling() -> Generator[Any]:
    """A second process that hands over given bytes and then does nothing more."""
    begun: list[Second] = []

    def tell(data: bytes) -> Second:
        import tempfile

        told = tempfile.TemporaryFile()  # noqa: SIM115  because `Second.end` closes it
        process = subprocess.Popen([sys.executable, "-c", TELLS, data.hex()], stdout=told)
        begun.append(Second(process, told))
        for _ in range(500):
            if os.fstat(told.fileno()).st_size == len(data):
                return begun[-1]
            time.sleep(0.02)
        raise AssertionError("nothing was told")

    yield tell
    for one in begun:
        one.end()


def test_what_is_handed_over_is_found(telling: Any) -> None:
    """Parts come as they were made; what has not come is not there."""
    found = telling(LAST.told() + FIRST.told())
    assert [found.made(place) for place in (3, 0, 1)] == [LAST, FIRST, None]


@pytest.mark.parametrize("kept", [1, 20, len(FIRST.told()) - 1])
def test_half_of_a_part_is_none(telling: Any, kept: int) -> None:
    """What a process was writing when it died is not used, what came before it is."""
    found = telling(LAST.told() + FIRST.told()[:kept])
    assert [found.made(place) for place in (3, 0)] == [LAST, None]


def test_parts_of_another_kernel_are_none(telling: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has other sources does not help."""
    told = LAST.told()
    monkeypatch.setattr(second, "key", lambda: "0" * 64)
    assert telling(told).made(3) is None


def test_without_cores_or_processes_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One core is not shared, and what cannot be started is done without."""
    monkeypatch.setattr(second, "cores", lambda: 1)
    assert Second.start() is None
    monkeypatch.setattr(second, "cores", lambda: 2)
    for missing in ("", str(tmp_path / "python")):
        monkeypatch.setattr(sys, "executable", missing)
        assert Second.start() is None


def test_cores_are_those_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is kept to one core has one, whatever the machine has."""
    assert 1 <= second.cores() <= (os.cpu_count() or 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5}, raising=False)
    assert second.cores() == 1


@pytest.mark.skipif(COMPILER_OFF, reason="nothing is compiled")
def test_it_begins_where_code_is_missing_and_ends_with_the_command(empty: Path) -> None:
    """It is started before it is needed, once, and a command that is broken off leaves none behind."""
    program = (
        "from aidc_twin.twin import machine\n"
        "from aidc_twin.twin.machine import second\n"
        "second.cores = lambda: 2\n"
        "machine.foresee(); machine.foresee()\n"
        "print(*(one.maker._process.pid for one in machine._begun), flush=True)\n"
        "raise KeyboardInterrupt"
    )
    done = _python(program)
    assert "KeyboardInterrupt" in done.stderr
    (pid,) = done.stdout.split()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_none_begins_where_code_is_kept(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With code on disk, or in use, nothing is started."""
    store.write(store.Code("run", b"code"))
    monkeypatch.setattr(machine, "_begun", [])
    machine.foresee()
    assert not machine._begun


def test_one_process_compiles_and_others_wait(empty: Path) -> None:
    """A claim is refused while another one holds, and granted when that is given up."""
    held = store.claim(0.0)
    assert held not in (None, store.NO_LOCK)
    assert store.claim(0.0) is None
    begun = time.monotonic()
    assert store.claim(0.2) is None
    assert time.monotonic() - begun >= 0.2
    store.give_up(held)
    again = store.claim(0.0)
    assert again not in (None, store.NO_LOCK)
    store.give_up(again)


@pytest.mark.skipif(COMPILER_OFF, reason="nothing is compiled")
def test_what_another_process_has_compiled_meanwhile_is_taken(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a claim looks again at what is kept, and starts no helper."""
    made = store.Code("run", b"code")

    def claim(_: float) -> None:
        store.write(made)

    monkeypatch.setattr(machine, "_begun", [])
    monkeypatch.setattr(store, "claim", claim)
    assert machine._compiled() == made
    assert [one.maker for one in machine._begun] == [None]


@pytest.mark.skipif(COMPILER_OFF, reason="there are no parts without the compiler")
def test_a_part_is_the_same_wherever_it_is_made() -> None:
    """Code and calls do not depend on whether what a part calls was made before it or is only declared."""
    done = _python(SAME)
    assert done.returncode == 0, done.stderr
    count, calling, same = done.stdout.split()
    assert (count, same) == ("9", "True")
    assert int(calling) > 2


@pytest.mark.release
@pytest.mark.skipif(COMPILER_OFF, reason="nothing is compiled")
@pytest.mark.skipif(second.cores() < 2, reason="one core is not shared")
def test_the_kernel_is_the_same_with_and_without_it() -> None:
    """All bytes of the machine code are the same alone, with another process, and when that dies on the way."""
    found = []
    for how in ("alone", "with it", "until it dies"):
        done = _python(WHOLE, how)
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    assert found[0][:2] == found[1][:2] == found[2][:2]
    assert found[0][2] == 0 < found[2][2] < found[1][2]
