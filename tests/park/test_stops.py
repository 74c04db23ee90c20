"""Columns about stops and closings: what contradicts itself is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import load_park

PARKS = Path(__file__).parents[1] / "parks"
Problems = Callable[[Path], list[Problem]]
Replace = Callable[[Path, str, str], None]

DEFECTS = [
    ("finish", "breakdowns.csv", "finish,day", "finish,night", "unknown-reference", "night"),
    ("finish", "breakdowns.csv", "finish,day", "finishes,day", "unknown-choice", "finishes"),
    ("finish", "breakdowns.csv", "effect,clock_calendar\nbay,service,2,30,2,finish",
     "clock,clock_calendar\nbay,service,2,30,2,busy", "busy-clock", "day, where the clock is busy"),
    ("down_keeps", "breakdowns.csv", "tie\nsaw,jam,2,9.5,1,", "tie,clock\nsaw,jam,2,9.5,1,in_order,busy", "busy-clock",
     "in_order, where the clock is busy"),
    ("breaks_anew", "breakdowns.csv", "shift,opening,1,end", ",opening,0,go_on", "no-closing", "opening, where there"),
    ("breaks_anew", "breakdowns.csv", "shift,opening,1,end", ",never,0,end", "no-closing", "end, where there is no"),
    ("breaks_anew", "breakdowns.csv", "shift,opening,1,end", ",never,1,go_on", "no-closing", "1.0, where there is no"),
    ("breaks_anew", "breakdowns.csv", "at_closing\nwelders,break,3,1,keep,shift,opening,1,end",
     "at_closing,calendar\nwelders,break,3,1,finish,shift,opening,1,end,shift", "two-calendars",
     "shift, where the stop"),
    ("breaks_anew", "breakdowns.csv", "break,3,1", "break,7,1", "never-comes", "7, and shift is open for 8 h at most"),
    ("breaks_anew", "breakdowns.csv", "1,end", "-1,end", "out-of-range", "-1"),
    ("down_keeps", "breakdowns.csv", "in_order", "first", "unknown-choice", "first"),
    ("down_keeps", "needs.csv", "next,up", "next,open", "unknown-choice", "open"),
    ("down_keeps", "needs.csv", "next,up", ",up", "no-machine-to-leave", "until its own end"),
    ("down_keeps", "needs.csv", "next,up", "end,up", "no-machine-to-leave", "until end"),
    ("down_keeps", "resources.csv", "saw,servers", "saw,space", "no-machine-to-leave", "not the machine on which cut"),
    ("down_keeps", "resources.csv", "saw,servers", "saw,space", "not-servers", "saw, a resource of kind space"),
    ("breaks", "breakdowns.csv", "finish", "repeat", "break-of-people", "repeat at welders"),
    ("breaks_keep", "breakdowns.csv", "effect\nwelders,break,5,1000,1,keep\nbay,jam,5.25,1000,0.5,keep",
     "effect,calendar\nwelders,break,5,1000,1,keep,day\nbay,jam,5.25,1000,0.5,keep,", "break-of-people",
     "day, where people leave their work"),
    ("breaks_keep", "needs.csv", "resource\nkit,weld,bay\nkit,weld,welders",
     "resource,until\nkit,weld,bay,\nkit,weld,welders,end", "break-of-people",
     "welders, who leave their work for a break, until end"),
    ("breaks_keep", "needs.csv", "resource\nkit,weld,bay\nkit,weld,welders",
     "resource,when_closed\nkit,weld,bay,give_back\nkit,weld,welders,", "break-of-people",
     "at weld, which gives something back"),
    ("on_rig", "operations.csv", "rig,\n", "fitter,\n", "no-machine-kept", "fitter, a resource of kind crew"),
    ("on_rig", "operations.csv", "rig,\n", "rog,\n", "unknown-reference", "rog"),
    ("on_rig", "needs.csv", "rig,test", "rig,", "no-machine-kept", "no earlier step keeps until test"),
    ("on_rig", "needs.csv", "rig,test\n", "rig,test\nkit,test,rig,\n", "no-machine-kept", "test takes rig itself"),
    ("on_rig", "operations.csv", "test,load", "test,", "no-machine-kept", "where load and test may be done"),
    ("beside", "operations.csv", "unload,manufacture,wire;paint", "unload,manufacture,paint", "no-machine-kept",
     "where wire and unload may be done beside each other"),
    ("beside", "operations.csv", "3,hour,", "3,hour,rig", "no-machine-kept", "where wire and paint may be done"),
    ("beside", "needs.csv", "rig,unload", "rig,paint", "no-machine-kept", "no earlier step keeps until wire or later"),
    ("ways_on_rig", "operations.csv", "3,hour,,rig-b", "3,hour,,rig-a", "no-machine-kept",
     "no earlier step keeps until soak-b"),
    ("ways_on_rig", "branches.csv", "box,come,load-a,0.5\nbox,come,load-b,0.5\n", "", "no-machine-kept",
     "box has parallel steps and branches"),
    ("ways_on_rig", "branches.csv", "box,soak-b,pack,1", "box,soak-b,pack,0.9\nbox,soak-b,soak-b,0.1",
     "no-machine-kept", "rig-b, which a unit may come to soak-b without: load-b keeps it until soak-b"),
    ("ways_on_rig", "branches.csv", "box,soak-a,pack,1", "box,soak-a,pack,0.9\nbox,soak-a,soak-b,0.1",
     "no-machine-kept", "rig-b, which a unit may come to soak-b without: load-b keeps it until soak-b"),
    ("on_rig", "operations.csv", "3.5", "8", "never-starts", "8, where day is open for 8 h at most"),
    ("on_rig", "operations.csv", "3.5", "-1", "out-of-range", "-1"),
    ("on_rig", "operations.csv", "day,,3.5", ",,3.5", "never-starts", "3.5, where there is no calendar"),
    ("on_rig", "needs.csv", "resource,until\nkit,load,fitter,\nkit,load,rig,test",
     "resource,until,leave\nkit,load,fitter,,\nkit,load,rig,test,up", "no-machine-to-leave", "done on rig itself"),
]  # fmt: skip

WHERE = {"no-machine-kept": "operations.csv", "no-machine-to-leave": "needs.csv", "not-servers": "breakdowns.csv"}
"""Files where a defect shows, whichever it was made in."""


@pytest.mark.parametrize(("park", "file", "old", "new", "code", "found"), DEFECTS)
def test_defects_are_named(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, park: str, file: str, old: str, new: str, code: str,
    found: str,
) -> None:  # fmt: skip
    """Each defect is found in its file and says what was found and what to do."""
    folder = Path(shutil.copytree(PARKS / park, tmp_path / park))
    replace_in(folder / file, old, new)
    problems = problems_of(folder)
    problem = next((problem for problem in problems if problem.code == code), None)
    assert problem is not None, [str(other) for other in problems]
    assert found in problem.found
    assert problem.line
    assert problem.fix
    assert problem.allowed
    assert problem.file.endswith(WHERE.get(code, file))


def test_a_calendar_that_is_always_open_has_no_longest_opening(tmp_path: Path, replace_in: Replace) -> None:
    """Openings that meet end to end are one."""
    folder = Path(shutil.copytree(PARKS / "on_rig", tmp_path / "on_rig"))
    replace_in(folder / "windows.csv", "0,8,24", "0,24,24")
    replace_in(folder / "operations.csv", "3.5", "30")
    assert load_park(folder).operations[0].last_start_hours == 30


def test_a_way_back_to_before_the_step_that_takes_the_machine_is_no_fault(tmp_path: Path, replace_in: Replace) -> None:
    """The lap takes it anew."""
    folder = Path(shutil.copytree(PARKS / "ways_on_rig", tmp_path / "ways_on_rig"))
    replace_in(folder / "branches.csv", "box,soak-b,pack,1", "box,soak-b,pack,0.9\nbox,soak-b,come,0.1")
    assert len(load_park(folder).branches) == 5
