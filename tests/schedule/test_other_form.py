"""An instance file that was taken for another form than its own: one problem says which form it is of."""

from __future__ import annotations

import time
from itertools import permutations
from pathlib import Path

import pytest

from aidc_twin.errors import InputError, Problem
from aidc_twin.schedule.instance import READERS, read_instance

OWN = {
    "jobshop": "# two jobs\n2 3\n0 3 1 2 2 2\n1 4 0 1 2 9\n",
    "fjs": "2 2 1.5\n2 2 1 5 2 4 1 2 9\n1 1 1 6\n",
    "rcp": "4 2\n3 2\n0 0 0 2 2 3\n9 2 1 1 4\n2 1 1 1 4\n0 0 0 0\n",
}
BOTH = {
    ("jobshop", "rcp"): "1 1\n0 1 0 0\n",
    ("fjs", "rcp"): "1 1\n1 1 1 0\n",
    ("fjs", "jobshop"): "1 2\n1 1 1 0\n",
}
"""Files that can be read in two forms."""
SHARED = Path(__file__).parents[3] / "shared" / "cases" / "schedule"
FOLDERS = {"jobshop": "jobshop", "fjs": "flexible_jobshop", "rcp": "rcpsp"}
PAIRS = list(permutations(READERS, 2))


def _refused(path: Path, kind: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_instance(path, kind)
    return caught.value.problems


def _refused_text(folder: Path, text: str, kind: str) -> tuple[Problem, ...]:
    path = folder / "case.txt"
    path.write_text(text, encoding="utf-8")
    return _refused(path, kind)


@pytest.mark.parametrize(("own", "taken"), PAIRS)
def test_a_file_of_another_form_is_told_as_that(tmp_path: Path, own: str, taken: str) -> None:
    """Nothing else is told: the place where reading failed first, what the file is, and what to say."""
    (problem,) = _refused_text(tmp_path, OWN[own], taken)
    assert problem.code == "another-form"
    assert problem.found.startswith(f"an instance in the form {own}")
    assert problem.allowed == f"one in the form {taken}"
    assert problem.fix == f"say --format {own}"
    assert problem.line > 0


@pytest.mark.parametrize(("own", "taken"), PAIRS)
def test_public_files_of_another_form_are_told_as_that(own: str, taken: str) -> None:
    """Each eleventh public instance of a form, in each other form: refused in one problem, if it cannot be read."""
    files = sorted((SHARED / FOLDERS[own]).glob("*.*"))[::11]
    if not files:
        pytest.skip("the folder of shared cases is not there")
    for path in files:
        assert [problem.fix for problem in _refused(path, taken)] == [f"say --format {own}"]


@pytest.mark.parametrize(("own", "taken"), PAIRS)
def test_a_broken_file_of_another_form_keeps_its_problems(tmp_path: Path, own: str, taken: str) -> None:
    """A file that reads in no form is refused with what is wrong in the form that was named."""
    problems = _refused_text(tmp_path, OWN[own].replace("9", "x"), taken)
    assert problems
    assert "another-form" not in {problem.code for problem in problems}


@pytest.mark.parametrize("own", READERS)
def test_a_broken_file_of_its_own_form_keeps_its_problems(tmp_path: Path, own: str) -> None:
    """The mistake is told, with its place."""
    (problem,) = _refused_text(tmp_path, OWN[own].replace("9", "-9"), own)
    assert (problem.code, problem.found[:2]) == ("not-a-number", "-9")


@pytest.mark.parametrize(("forms", "text"), BOTH.items())
def test_a_file_of_two_forms_is_read_in_either_and_told_as_both(
    tmp_path: Path, forms: tuple[str, str], text: str
) -> None:
    """The form that was named counts; where it is the third one, both others are told."""
    path = tmp_path / "case.txt"
    path.write_text(text, encoding="utf-8")
    for form in forms:
        assert read_instance(path, form).operations > 0
    (third,) = set(READERS) - set(forms)
    (problem,) = _refused(path, third)
    assert set(problem.fix.removeprefix("say ").split(" or ")) == {f"--format {form}" for form in forms}


def test_counts_that_are_far_too_large_take_no_time(tmp_path: Path) -> None:
    """Each line of a hostile file says as many choices as there can be, and holds none."""
    started = time.process_time()
    problems = _refused_text(tmp_path, "2000 200000\n" + "1 200000 5\n" * 2000, "fjs")
    assert {problem.code for problem in problems} == {"cut-file"}
    assert time.process_time() - started < 20.0
