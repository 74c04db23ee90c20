"""One exception tree, its exit codes, and problems that stay on one line."""

from __future__ import annotations

import copy
import pickle

import pytest

from aidc_twin import errors
from aidc_twin.errors import InfeasibleError, InputError, Problem, escape, shorten


def problem(**changed: str | int) -> Problem:
    """A problem of an order book, with fields changed."""
    fields = {"file": "orders.csv", "line": 3, "column": "due", "found": "2027-02-30", "code": "bad-date"}
    fields |= {"allowed": "a date", "fix": "write 2027-02-28"}
    return Problem(**{**fields, **changed})


def test_problem_reads_as_one_line() -> None:
    """A problem names file, line, column, found, allowed and fix."""
    assert str(problem()) == "orders.csv:3 [due] found 2027-02-30; allowed a date; fix: write 2027-02-28"


def test_whole_file_and_whole_row_leave_their_place_out() -> None:
    """Line 0 and an empty column are not shown."""
    assert str(problem(line=0, column="")).startswith("orders.csv found")


@pytest.mark.parametrize(
    "bad", ["a\nb", "a\rb", "a\x1b[31mb", "a\u202eb", "a\u2028b", "a\x00b", "a\u200bb", "a\ud800b", "a\ufeffb"]
)
def test_control_and_direction_characters_are_escaped(bad: str) -> None:
    """No input can break the line, colour the terminal or turn the text round."""
    shown = str(problem(found=bad, file=bad, column=bad))
    assert bad not in shown
    assert shown.isprintable()
    assert "\\" in escape(bad)


def test_chinese_and_spaces_stay_readable() -> None:
    """Ordinary text of any script is shown as it is."""
    assert escape("合计 总表 “x”") == "合计 总表 “x”"


def test_found_is_cut_at_eighty_characters() -> None:
    """A huge cell does not fill the screen."""
    assert shorten("x" * 100) == "x" * 79 + "…"
    assert len(str(problem(found="x" * 10_000))) < 200


def test_input_error_lists_each_problem_once_in_order_of_place() -> None:
    """Problems are sorted by file and line, and repeated ones are dropped."""
    error = InputError([problem(line=9), problem(line=2), problem(line=9)])
    assert [p.line for p in error.problems] == [2, 9]
    assert str(error).count("\n") == 1


def test_the_ninth_row_comes_before_the_tenth() -> None:
    """Numbers in a column's name are counted, not spelt."""
    names = ["goal[10].id", "goal[9].year", "goal[9].id", "", "goal"]
    error = InputError([problem(column=name) for name in names])
    assert [p.column for p in error.problems] == ["", "goal", "goal[9].id", "goal[9].year", "goal[10].id"]


@pytest.mark.parametrize("error", [InputError(problem()), InfeasibleError("no plan", ["floor", "quota"])])
def test_errors_survive_the_way_back_from_a_worker(error: errors.AidcTwinError) -> None:
    """An error raised in another process arrives whole."""
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_infeasible_shows_its_causes() -> None:
    """The causes follow the message, one a line."""
    assert str(InfeasibleError("no plan", ["floor", "quota"])) == "no plan\n  - floor\n  - quota"


def test_exit_codes() -> None:
    """Each class stands for the exit code of the command line contract."""
    codes = {name: getattr(errors, name).exit_code for name in dir(errors) if name.endswith(("Error", "Fault"))}
    assert codes == {
        "AidcTwinError": 3,
        "EnvironmentFault": 3,
        "InfeasibleError": 5,
        "InputError": 2,
        "NoPlanError": 4,
        "SimulationFault": 2,
        "SolverFault": 3,
    }
