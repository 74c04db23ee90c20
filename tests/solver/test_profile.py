"""Profiles of HiGHS options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from aidc_twin.errors import InputError
from aidc_twin.resources.share import folder
from aidc_twin.solver import load_profile, solve


@pytest.mark.parametrize("name", ["quick", "default", "proof", "reproducible", "windows", "bounds"])
def test_shipped_profiles_load(name: str) -> None:
    """Every shipped profile is valid, and each of its lines with a value says why."""
    profile = load_profile(name)
    assert profile.name == name
    text = (folder("solvers") / f"{name}.toml").read_text(encoding="utf-8")
    silent = [
        row for row in text.splitlines() if "=" in row and "#" not in row and not row.startswith(("title", "seed"))
    ]
    assert silent == []


def test_an_unknown_option_is_refused_by_name(tmp_path: Path) -> None:
    """A slip in an option of HiGHS names the option and the nearest one there is."""
    path = tmp_path / "mine.toml"
    path.write_text("[highs]\nmip_heuristic_efort = 0.1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mip_heuristic_efort.*did you mean 'mip_heuristic_effort'"):
        load_profile(path)


def test_an_option_that_the_profile_sets_itself_is_refused(tmp_path: Path) -> None:
    """Threads cannot be raised behind the profile's back."""
    path = tmp_path / "mine.toml"
    path.write_text("[highs]\nthreads = 8\ntime_limit = 3.0\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_profile(path)
    assert {problem.found for problem in caught.value.problems} == {"threads", "time_limit"}


def test_every_defect_of_a_profile_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """A gap out of range, an option that HiGHS has not, and values that it does not take."""
    path = tmp_path / "mine.toml"
    path.write_text(
        'gap = 2.0\n\n[highs]\npresolve = "maybe"\npresolvee = "on"\nrun_crossover = true\n', encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        load_profile(path)
    assert sorted((problem.line, problem.column) for problem in caught.value.problems) == [
        (1, "gap"), (4, "highs.presolve"), (5, "highs.presolvee"), (6, "highs.run_crossover"),
    ]  # fmt: skip


def test_an_unknown_profile_lists_the_known_ones() -> None:
    """A profile that is not shipped names those that are."""
    with pytest.raises(InputError, match=r"proof, quick, reproducible.*did you mean 'quick'"):
        load_profile("quik")


@pytest.mark.parametrize("name", ["quick", "default", "proof", "reproducible"])
def test_every_profile_finds_a_solution_by_itself(name: str) -> None:
    """A program with whole numbers that neither presolve nor rounding solves, and no start."""
    draw = np.random.Generator(np.random.PCG64(0))
    weight = draw.integers(20, 90, (3, 12))
    model: Any = pyo.ConcreteModel()
    model.take = pyo.Var(range(12), domain=pyo.Binary)
    model.fits = pyo.Constraint(
        range(3), rule=lambda m, k: sum(int(weight[k, i]) * m.take[i] for i in range(12)) == int(weight[k, ::2].sum())
    )
    model.aim = pyo.Objective(expr=sum((i % 5) * model.take[i] for i in range(12)))
    result = solve(model, load_profile(name))
    assert result.objective <= sum(i % 5 for i in range(0, 12, 2))


@pytest.mark.parametrize("path", sorted(folder("solvers").glob("*.toml")), ids=lambda path: path.stem)
def test_every_option_of_a_shipped_profile_says_what_it_does(path: Path) -> None:
    """Each limit and each option of HiGHS has a comment on its own line."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if " = " in line and line[0] != "#"]
    told = [line for line in lines if not line.startswith(("title", "seed"))]
    assert len(told) >= 4
    assert not [line for line in told if " # " not in line]
