"""The same inputs and seeds give the same bits: on any number of workers, in any process, compiled or not."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from both_twins import compiled
from outcomes import NAMES, PARKS, digest, digest_of

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate, run_once
from aidc_twin.units.quantity import parse_quantity

HERE = Path(__file__).parent


def in_another_process(*names: str, python: str = sys.executable, **environment: str) -> dict[str, str]:
    """Digests of parks from a process with another environment."""
    known = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE), str(HERE.parent)])}
    command = [python, str(HERE / "outcomes.py"), *names]
    done = subprocess.run(command, env=known | environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_workers_make_no_difference() -> None:
    """Replications on two threads are those of one, in the order of their seeds."""
    factory = read_factory(load_park(PARKS / "tiny"))
    arrays = compile_arrays(factory)
    one, two = (replicate(arrays, range(5, 11), workers=n, trace=6) for n in (1, 2))
    assert SimResult(factory, one).trace_hash == SimResult(factory, two).trace_hash
    for left, right in zip(one, two, strict=True):
        assert left.seed == right.seed
        assert np.array_equal(left.trace, right.trace)


def test_what_a_replication_leaves_behind_makes_no_difference() -> None:
    """Replications that use the cells and the room of others before them are those that run alone."""
    for name in ("tiny", "breakdowns", "sources", "batches"):
        arrays = compile_arrays(read_factory(load_park(PARKS / name)))
        together = replicate(arrays, [3, 4, 3, 5], workers=1, trace=3)
        alone = [run_once(arrays, run.seed, trace=i < 3) for i, run in enumerate(together)]
        for one, other in zip(together, alone, strict=True):
            for part in fields(one):
                assert np.array_equal(getattr(one, part.name), getattr(other, part.name)), (name, part.name)


def test_processes_make_no_difference() -> None:
    """Replications in two processes, each of which loads and compiles the park itself, are those of two threads."""
    for name in ("tiny", "breakdowns", "closed"):
        arrays = compile_arrays(read_factory(load_park(PARKS / name)))
        threads = [digest_of(run) for run in replicate(arrays, range(5, 9), workers=2, trace=4)]
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
            assert list(pool.map(partial(digest, name), range(5, 9))) == threads


def test_the_trace_hash_covers_every_result() -> None:
    """Another number in any cell of any array of a replication is another hash."""
    factory = read_factory(load_park(PARKS / "tiny"))
    run = replicate(compile_arrays(factory), [2**64 - 1], trace=1)[0]
    hashes = {SimResult(factory, [run]).trace_hash}
    results = {part.name: getattr(run, part.name) for part in fields(run)}
    for name, value in results.items():
        other = value + 1 if isinstance(value, int) else value.copy()
        if not isinstance(other, int):
            other.flat[-1] += 1
        hashes.add(SimResult(factory, [replace(run, **{name: other})]).trace_hash)
    assert len(hashes) == 1 + len(results)


def test_same_seed_same_hash_other_seed_other_hash() -> None:
    """A seed is all that tells two runs apart."""
    factory = read_factory(load_park(PARKS / "tiny"))
    arrays = compile_arrays(factory)
    hashes = [SimResult(factory, replicate(arrays, [seed], trace=1)).trace_hash for seed in (3, 3, 4)]
    assert hashes[0] == hashes[1] != hashes[2]
    again = SimResult(factory, replicate(compile_arrays(read_factory(factory.park)), [3], trace=1)).trace_hash
    assert again == hashes[0]


@pytest.mark.parametrize("salt", ["0", "77"])
def test_hash_seed_of_python_makes_no_difference(salt: str) -> None:
    """Nothing hangs on the order of sets."""
    names = ["tiny", "midway", "markets"]
    assert in_another_process(*names, PYTHONHASHSEED=salt) == {name: digest(name) for name in names}


def test_uncompiled_kernel_gives_the_same() -> None:
    """The kernel as plain Python gives every small park the same trace, money and integrals."""
    assert in_another_process(*NAMES, NUMBA_DISABLE_JIT="1") == {name: digest(name) for name in NAMES}


def test_kept_machine_code_gives_the_same(tmp_path: Path) -> None:
    """Compiled anew and read from the cache, the kernel gives the same; it is compiled once."""
    place = {"NUMBA_CACHE_DIR": str(tmp_path)}
    wanted = {name: digest(name) for name in ("tiny", "rework")}
    assert in_another_process("tiny", "rework", **place) == wanted
    compiled_once = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.code")}
    assert compiled_once
    assert in_another_process("tiny", "rework", **place) == wanted
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.code")} == compiled_once


def interpreter(version: str) -> str:
    """A Python of a version on the path or among those of pyenv; blank if there is none that runs."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for found in (shutil.which(f"python{version}"), *kept.glob(f"{version}.*/bin/python{version}")):
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(found)
    return ""


@pytest.mark.release
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_versions_of_python_make_no_difference(version: str, tmp_path: Path) -> None:
    """Every small park has the same outcome, to the last bit, by each Python, with the libraries that it installs."""
    python = interpreter(version)
    if not python:
        pytest.skip(f"no python{version} here")
    subprocess.run([python, "-m", "venv", str(tmp_path / "venv")], check=True, capture_output=True)
    own = str(tmp_path / "venv" / "bin" / "python")
    subprocess.run([own, "-m", "pip", "install", "-q", str(HERE.parents[1])], check=True)
    told = in_another_process(*NAMES, python=own, NUMBA_CACHE_DIR=str(tmp_path))
    assert told == {name: digest(name) for name in NAMES}


def test_one_machine_more_changes_no_draw() -> None:
    """Work of each unit, operation and attempt stays the same when a machine is added; only starts move."""
    park = load_park(PARKS / "tiny")
    capacity = tuple(
        row.model_copy(update={"amount": parse_quantity("2")}) if row.resource == "pump_cell" else row
        for row in park.capacity
    )
    works = [{row[:4]: row[7] for row in compiled(one, 9).trace} for one in (park, replace(park, capacity=capacity))]
    shared = works[0].keys() & works[1].keys()
    assert len(shared) > 80
    assert all(works[0][key] == works[1][key] for key in shared)
    starts = [{row[:4]: row[4] for row in compiled(one, 9).trace} for one in (park, replace(park, capacity=capacity))]
    assert any(starts[0][key] != starts[1][key] for key in shared)


def test_one_order_more_changes_no_draw() -> None:
    """Work of the other orders' units stays the same when an order is left out."""
    park = load_park(PARKS / "tiny")
    works = [
        {row[:4]: row[7] for row in compiled(one, 9).trace}
        for one in (park, replace(park, orders=park.orders[:2] + park.orders[3:]))
    ]
    shared = works[0].keys() & works[1].keys()
    assert len(shared) > 50
    assert all(works[0][key] == works[1][key] for key in shared)
