"""Tables of streams, breakdowns, branches, outputs and windows, and the columns that came with them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park
from aidc_twin.park.checks.load import asked_hours
from aidc_twin.park.checks.steady import steady_loads
from aidc_twin.park.durations import hours_per_unit
from aidc_twin.park.schema import TABLES
from aidc_twin.park.units_of_order import steps_of_unit

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]
LINE = Path(__file__).parent / "line"


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A copy of the line that a test may change."""
    folder = tmp_path / "line"
    shutil.copytree(LINE, folder)
    return folder


REFERENCES = [
    ("breakdowns.csv", "saw,jam", "sow,jam", "resource"),
    ("breakdowns.csv", "keep,fitters", "keep,fiters", "crew"),
    ("breakdowns.csv", "repeat,,,day", "repeat,,,dy", "calendar"),
    ("branches.csv", "part,inspect,ship", "parts,inspect,ship", "routing"),
    ("branches.csv", "part,inspect,ship", "part,inspct,ship", "operation"),
    ("branches.csv", "inspect,scrap", "inspect,scrp", "next"),
    ("outputs.csv", "part,ship", "parts,ship", "routing"),
    ("outputs.csv", "part,ship", "part,shp", "operation"),
    ("outputs.csv", "pallets", "palets", "material"),
    ("sources.csv", "raw,part", "raw,prt", "product"),
    ("operations.csv", "hour,day", "hour,dy", "calendar"),
    ("needs.csv", "saw,1,next", "saw,1,nxt", "until"),
]


@pytest.mark.parametrize(("file", "old", "new", "column"), REFERENCES)
def test_unknown_references(
    line: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, column: str
) -> None:
    """Each column that refers to something names what it could mean."""
    number = replace_in(line / file, old, new)
    found = [problem for problem in problems_of(line) if problem.code == "unknown-reference"]
    assert (f"line/{file}", number, column) in {(problem.file, problem.line, problem.column) for problem in found}
    assert all("did you mean" in problem.fix or "use one of" in problem.fix for problem in found)


DEFECTS = [
    # windows
    ("windows.csv", "8,16,24", "16,8,24", "window-reversed", "16 to 8 h"),
    ("windows.csv", "8,16,24", "8,16,6", "window-overlaps-itself", "open for 8 h"),
    ("windows.csv", "8,16,24", "800,816,24", "never-open", "day is never open"),
    ("windows.csv", "8,16,24", "-8,16,24", "out-of-range", "-8"),
    # breakdowns
    ("breakdowns.csv", "exp(40)", "0", "no-uptime", "a mean of 0 h"),
    ("breakdowns.csv", "exp(40)", "-3", "out-of-band", "-3"),
    ("breakdowns.csv", "100,4,repeat", "100,-4,repeat", "out-of-band", "-4"),
    ("breakdowns.csv", "oven,service", "fitters,service", "break-of-people", "busy at fitters"),
    ("breakdowns.csv", "keep,fitters", "keep,bench", "not-crew", "bench, a resource of kind servers"),
    ("breakdowns.csv", "fitters,2", "fitters,3", "need-exceeds-capacity", "3 of fitters"),
    ("breakdowns.csv", "fitters,2", "fitters,0", "out-of-band", "0"),
    ("breakdowns.csv", "keep,fitters", "kept,fitters", "unknown-choice", "kept"),
    # branches
    ("branches.csv", "ship,0.85", "ship,0.8", "shares-not-one", "shares of inspect sum to 0.95"),
    ("branches.csv", "ship,0.85", "ship,-0.85", "out-of-band", "-0.85"),
    ("branches.csv", "mend,inspect,1", "mend,mend,1", "no-way-out", "a unit that reaches mend"),
    ("operations.csv", "part,mend,manufacture,inspect", "part,mend,manufacture,", "entered-twice", "mend may be"),
    # batches
    ("operations.csv", "4,8,3", "9,8,3", "batch-reversed", "9, batch_max 8"),
    ("operations.csv", "4,8,3", ",8,3", "wait-without-batch", "3 without"),
    ("operations.csv", "4,8,3", "4,8,-3", "out-of-band", "-3"),
    ("needs.csv", "bake,oven,1,", "bake,oven,1,inspect", "batch-keeps", "inspect, at bake"),
    ("needs.csv", "bake,oven,1", "bake,saw,1", "batch-in-strict-queue", "saw, whose queue is strict"),
    ("resources.csv", "strict,spt", "strict,atc", "changing-order-in-strict-queue", "atc at saw"),
    # needs
    ("needs.csv", "1,,,give_back", "1,ship,,give_back", "nothing-to-give-back", "keeps it until ship"),
    ("needs.csv", "bench,1,,,\npart,inspect", "bench,1,,,\npart,mend", "nothing-to-give-back", "no calendar"),
    ("operations.csv", "day,suspend", "day,run", "nothing-to-give-back", "runs on"),
    ("needs.csv", "saw,1,next,,", "saw,1,next,rework,", "until-of-rework", "next"),
    ("needs.csv", "bake,oven,1,,,", "bake,oven,1,,,\npart,inspect,oven,1,cut,,", "until-before-start", "cut"),
    (
        "needs.csv",
        "when_closed\npart,cut,saw,1,next,,",
        "when_closed,hold\npart,cut,saw,1,next,,,look",
        "look-gives-back",
        "next at cut",
    ),
    # learning, patience, supply
    ("operations.csv", "0.95,50", "0,50", "out-of-band", "0"),
    ("operations.csv", "0.95,50", "2.1,50", "out-of-band", "2.1"),
    ("operations.csv", "0.95,50", "0.95,0", "out-of-range", "0"),
    ("operations.csv", "200,,", "-1,,", "out-of-band", "-1"),
    ("materials.csv", "box,0.1,400", "box,,400", "base-stock-without-lead", "400 without lead_weeks"),
    ("materials.csv", "0.1,400", "0.1,0", "base-stock-of-nothing", "0"),
    ("outputs.csv", "pallets,1", "pallets,0", "out-of-band", "0"),
    ("state/stocks.csv", "pallets,60\n", "", "no-supply", "before it is taken"),
    # names
    ("materials.csv", "pallets,", "oven,", "shared-name", "oven, which is a resource as well"),
    ("materials.csv", "pallets,", "part,", "shared-name", "part, which is a product as well"),
    ("operations.csv", "part,ship,", "part,scrap,", "reserved-name", "scrap"),
    # sources
    ("sources.csv", "exp(1)", "0", "endless-arrivals", "0 without an end"),
    ("sources.csv", "exp(1)", "-1", "out-of-band", "-1"),
    ("sources.csv", "exp(1)", "0.0001", "endless-arrivals", "0.0001"),
    ("sources.csv", "exp(1),0,1,,", "0,0,1000,100000,", "too-many-units", "1e+08 units of part"),
    ("bom.csv", "part,bolts,4", "part,part,4", "bom-cycle", "part"),
    ("sources.csv", "exp(1)", "0.5", "overload", "inspectors would be busy 166.5 % of its open time"),
    ("sources.csv", "48,1,2", "48,1,-2", "out-of-range", "-2"),
    # head
    ("park.toml", "warm_up_weeks = 1", "warm_up_weeks = 4", "warm-up-too-long", "4"),
]

ELSEWHERE = {
    "keeps it until ship": "needs.csv",
    "runs on": "needs.csv",
    "before it is taken": "materials.csv",
}
"""Files where a defect shows that was made in another."""


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "found"),
    DEFECTS,
    ids=[f"{case[3]}-{index}" for index, case in enumerate(DEFECTS)],
)
def test_defects_are_named(
    line: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, found: str
) -> None:
    """Each defect is found in its file, says what was found and what to do."""
    replace_in(line / file, old, new)
    problems = problems_of(line)
    problem = next((problem for problem in problems if problem.code == code), None)
    assert problem is not None, [str(other) for other in problems]
    assert found in problem.found
    assert problem.line
    assert problem.fix
    assert problem.allowed
    assert problem.file.endswith(ELSEWHERE.get(found, Path(file).name))


@pytest.mark.parametrize(("hours", "fix"), [("-3", "write 0 or more"), ("1e7", "write hours, not minutes")])
def test_a_cure_fits_its_defect(line: Path, problems_of: Problems, replace_in: Replace, hours: str, fix: str) -> None:
    """Another unit may cure a number that is too large, never one that is negative."""
    replace_in(line / "breakdowns.csv", "exp(40)", hours)
    assert fix in [problem.fix for problem in problems_of(line) if problem.code == "out-of-band"]


BAD_FILES = [
    (lambda text: "", "empty-file"),
    (lambda text: text.replace(",", ";"), "wrong-separator"),
    (lambda text: text.replace(",", ",extra,", 1), "unknown-column"),
    (lambda text: text + text.splitlines()[-1] + "\n", "duplicate-id"),
    (lambda text: text.partition(",")[2].replace("\n", "\n,", 1), "missing-column"),
    (lambda text: text + "合计,,,\n", ""),
]


@pytest.mark.parametrize("table", ["windows", "breakdowns", "branches", "outputs", "sources"])
@pytest.mark.parametrize(("spoil", "code"), BAD_FILES)
def test_spoilt_files(line: Path, problems_of: Problems, table: str, spoil: Callable[[str], str], code: str) -> None:
    """A table that is empty, of another layout or with a row twice is named; nothing else is blamed for it."""
    text = (line / f"{table}.csv").read_text(encoding="utf-8")
    (line / f"{table}.csv").write_text(spoil(text), encoding="utf-8")
    problems = problems_of(line)
    assert {problem.file for problem in problems} == {f"line/{table}.csv"}
    assert code in {problem.code for problem in problems} or not code


def test_the_line_is_clean(load: Callable[..., Park]) -> None:
    """A line that uses every table for streams has neither problem nor notice, and needs no order book."""
    park = load(LINE)
    assert park.notices == ()
    assert not park.orders
    assert not park.destinations
    assert {"windows", "breakdowns", "branches", "outputs", "sources"} <= {name for name in TABLES if park.table(name)}


def _rewrite(folder: Path, **tables: str) -> None:
    """Replace whole tables; a text of no lines removes one."""
    for name, text in tables.items():
        path = folder / f"{name}.csv"
        if text:
            path.write_text(text, encoding="utf-8")
        else:
            path.unlink()


def _routing(folder: Path, operations: str, branches: str, needs: str = "routing,operation,resource\n") -> None:
    """One routing `part` with these operations (name, steps before, hours) and branches (operation, next, share)."""
    rows = [row.split(",") for row in operations.split()]
    steps = "".join(f"part,{name},manufacture,{after},{hours},hour\n" for name, after, hours in rows)
    ways = "".join(f"part,{row}\n" for row in branches.split())
    shutil.rmtree(folder / "state", ignore_errors=True)
    _rewrite(
        folder,
        operations=f"routing,operation,stage,after,duration,duration_unit\n{steps}",
        branches=f"routing,operation,next,share\n{ways}",
        needs=needs,
        bom="",
        outputs="",
        breakdowns="",
        materials="",
        sources="source,product,interval_hours\nraw,part,9\n",
    )


WAYS = [
    # a rework loop, as it should be
    ("cut,,1 test,cut,1 mend,test,1 pack,test,1", "test,pack,0.9 test,mend,0.1 mend,test,1", "", ""),
    # two ways that meet again: by branches it works, by `after` the other way is waited for
    ("cut,,1 a,cut,1 b,cut,1 end-it,a,1", "cut,a,0.5 cut,b,0.5 a,end-it,1 b,end-it,1", "", ""),
    ("cut,,1 a,cut,1 b,cut,1 end-it,a;b,1", "cut,a,0.5 cut,b,0.5", "join-of-branches", "end-it waits for a, b, and"),
    # a loop around one of two parallel steps
    ("cut,,1 a,cut,1 b,cut,1 end-it,a;b,1", "a,cut,0.5 a,end-it,0.5", "entered-twice", "from"),
    # loops that take no time, one over two steps and one of a step with itself; one that may take some
    ("cut,,1 a,cut,0 b,a,0", "b,a,0.5 b,end,0.5", "zero-time-loop", "a→b→a"),
    ("cut,,1 a,cut,0", "a,a,0.5 a,end,0.5", "zero-time-loop", "a→a"),
    ("cut,,1 a,cut,exp(1)", "a,a,0.5 a,end,0.5", "", ""),
    # traps: a loop without a way out; for units of a source, scrap is one
    ("cut,,1 a,cut,1 b,a,1", "b,a,1", "no-way-out", "a, b, cut"),
    ("cut,,1 a,cut,1 b,a,1", "b,a,0.9 b,scrap,0.1", "", ""),
    ("cut,,1 a,cut,1 b,a,1", "cut,a,0.5 cut,end,0.5 b,a,1", "no-way-out", "a, b"),
]


@pytest.mark.parametrize(("operations", "branches", "code", "found"), WAYS)
def test_ways_that_divide(
    line: Path,
    load: Callable[..., Park],
    problems_of: Problems,
    operations: str,
    branches: str,
    code: str,
    found: str,
) -> None:
    """Loops need time and a way out, joins need all that they wait for, and no step is entered twice at once."""
    _routing(line, operations, branches)
    if not code:
        assert load(line).branches
        return
    problems = problems_of(line)
    problem = next(problem for problem in problems if problem.code == code)
    assert found in problem.found


def test_a_closed_population_needs_no_way_out(line: Path, load: Callable[..., Park], problems_of: Problems) -> None:
    """Pallets that go round for ever are fine where their number is given, an endless stream of them is not."""
    _routing(line, "cut,,1 a,cut,1", "a,cut,1")
    assert {problem.code for problem in problems_of(line)} == {"no-way-out"}
    _rewrite(line, sources="source,product,interval_hours,most\nraw,part,0,5\n")
    assert load(line).sources[0].most == 5


def test_a_step_that_no_way_leads_to_is_told(line: Path, load: Callable[..., Park]) -> None:
    """A way of share 0 is no way; the step behind it is named."""
    _routing(line, "cut,,1 a,cut,1 b,cut,1", "cut,a,1 cut,b,0")
    assert "steps of routing part that no unit reaches: b" in load(line).notices


def test_a_unit_that_would_wait_for_itself(line: Path, problems_of: Problems) -> None:
    """A machine kept until the next step starts cannot be asked for by that step, unless there are two."""
    needs = "routing,operation,resource,until\npart,cut,oven,next\npart,a,oven,\n"
    _routing(line, "cut,,1 a,cut,1 b,a,1", "", needs)
    (problem,) = problems_of(line)
    assert (problem.code, problem.line, problem.column) == ("waits-for-itself", 3, "amount")
    assert "while the unit holds 1 of it from cut until next" in problem.found


def test_circles_of_waiting_are_told(line: Path, load: Callable[..., Park], replace_in: Replace) -> None:
    """Two benches at a time by one unit are possible and may block; so may a way back; a line in one direction not."""
    needs = "routing,operation,resource,until\npart,cut,bench,next\npart,a,bench,\n"
    _routing(line, "cut,,1 a,cut,1 b,a,1", "", needs)
    assert "units may block each other for good: they hold bench while waiting for bench" in load(line).notices
    needs = "routing,operation,resource,until\npart,cut,bench,next\npart,a,oven,next\n"
    _routing_again(line, needs, "")
    assert not any("block" in text for text in load(line).notices)
    _routing_again(line, needs, "part,a,cut,0.1\npart,a,b,0.9\n")
    told = "units may block each other for good: they hold bench while waiting for oven, oven while waiting for bench"
    assert told in load(line).notices


def _routing_again(folder: Path, needs: str, branches: str) -> None:
    _rewrite(folder, needs=needs, branches=f"routing,operation,next,share\n{branches}")


def test_loads_by_hand(load: Callable[..., Park]) -> None:
    """An arrival an hour: half an hour for 1/0.9 units that are inspected in a third of the day by two people."""
    loads = steady_loads(load(LINE))
    passed = 1 - 0.1**3
    learned = ((50 + 4 * 168) / 50) ** -0.07400058144377693
    assert loads["inspectors"].share == pytest.approx(0.5 * passed / 0.9 / 2 * 3)
    assert loads["oven"].share == pytest.approx(2 * passed / 8 * (1 + 4 * 3 / 100))
    assert loads["saw"].share == pytest.approx(0.5 * passed / 0.9 * learned / 2 * 41 / 40)


def test_load_of_a_step_that_no_unit_passes(line: Path, load: Callable[..., Park]) -> None:
    """Each part is sawn three times and scrapped then: nothing comes to the steps behind, which are never busy."""
    steps = (line / "operations.csv").read_text(encoding="utf-8")
    _rewrite(line, operations=steps.replace(",0.1,0.2,3,", ",1,0.2,3,").replace(",0.95,50", ",,"))
    loads = steady_loads(load(line))
    assert loads["saw"].share == pytest.approx(0.5 * 3 / 2 * 41 / 40)
    assert loads["inspectors"].share == 0
    assert loads["oven"].share == 0


@pytest.mark.parametrize(("share", "attempts"), [("1", 3), ("0.5", 1.75), ("0.1", 1.11)])
def test_what_is_scrapped_gives_back_what_it_keeps(
    tmp_path: Path, load: Callable[..., Park], share: str, attempts: float
) -> None:
    """A rig that is kept until a part is packed is kept for the packing (2 h) of those that pass the test (3 h)."""
    line = tmp_path / "attempts"
    shutil.copytree(Path(__file__).parents[1] / "parks" / "attempts", line)
    head = "routing,operation,stage,after,duration,duration_unit,fail_share,attempts_most\n"
    _rewrite(
        line,
        operations=f"{head}part,test,test,,3,hour,{share},3\npart,pack,pack,test,2,hour,,\n",
        needs="routing,operation,resource,until\npart,test,rig,pack\n",
        sources="source,product,interval_hours\nline,part,20\n",
    )
    assert attempts == 1 + float(share) + float(share) ** 2
    loads = steady_loads(load(line))
    assert loads["rig"].share == pytest.approx((3 * attempts + 2 * (1 - float(share) ** 3)) / 20)


def test_only_what_arrives_may_never_pass(tiny: Path, load: Callable[..., Park], problems_of: Problems) -> None:
    """What is made for an order or as a part begins again when it is scrapped: it must be able to go another way."""
    path = tiny / "operations.csv"
    text = path.read_text(encoding="utf-8").replace("resoak_hours\n", "resoak_hours,attempts_most\n")
    text = "\n".join(line if line.endswith("attempts_most") else f"{line}," for line in text.splitlines())
    path.write_text(text.replace("run,,0.05,4,hour,,,,", "run,,1,4,hour,,,,2"), encoding="utf-8")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.line, problem.column) == ("never-passed", 12, "fail_share")
    way = "routing,operation,next,share\nbox_cool,frame,test,0.2\nbox_cool,frame,pack,0.8\n"
    (tiny / "branches.csv").write_text(way, encoding="utf-8")
    assert load(tiny).branches
    assert asked_hours(load(tiny))["test_rig"] > 0
    (tiny / "branches.csv").unlink()
    alone = "source,product,interval_hours,destination\nboxes,box_cool,1000,nearby\n"
    (tiny / "sources.csv").write_text(alone, encoding="utf-8")
    (tiny / "orders.csv").unlink()
    shutil.rmtree(tiny / "state")
    (tiny / "bom.csv").write_text("parent,item,quantity,operation\n", encoding="utf-8")
    assert load(tiny).sources


def test_overload_names_the_ways_out(line: Path, load: Callable[..., Park], problems_of: Problems) -> None:
    """A stream that asks for more than there is says how much more is needed; an end of it or impatience allow it."""
    text = (line / "sources.csv").read_text(encoding="utf-8")
    _rewrite(line, sources=text.replace("exp(1)", "exp(0.5)"))
    (problem,) = problems_of(line)
    assert (problem.code, problem.line, problem.column) == ("overload", 2, "interval_hours")
    assert "more than 3.33 person of inspectors (there are 2), or more than 0.8325 h" in problem.fix
    _rewrite(line, sources=text.replace("exp(1),0,1,,", "exp(0.5),0,1,500,"))
    assert load(line).sources[0].most == 500
    _rewrite(line, sources=text.replace("exp(1)", "exp(0.5)"))
    steps = (line / "operations.csv").read_text(encoding="utf-8")
    _rewrite(line, operations=steps.replace("day,suspend,,,,,,,,,", "day,suspend,,,,,,,5,,"))
    assert load(line).sources


def test_orders_or_sources(line: Path, problems_of: Problems) -> None:
    """Without streams the order book must be there, also where the table of streams has no row."""
    _rewrite(line, sources="source,product,interval_hours\n")
    missing = {problem.file for problem in problems_of(line) if problem.code == "missing-file"}
    assert missing == {"line/orders.csv", "line/destinations.csv"}
    _rewrite(line, sources="")
    missing = {problem.file for problem in problems_of(line) if problem.code == "missing-file"}
    assert missing == {"line/orders.csv", "line/destinations.csv"}


def test_an_unknown_destination_of_arrivals(tiny: Path, problems_of: Problems) -> None:
    """What arrives may be made of other products; where it goes must be known."""
    _rewrite(tiny, sources="source,product,interval_hours,destination\nboxes,box_it,1000,nearbi\n")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.column) == ("unknown-reference", "destination")


def test_working_days_of_windows(line: Path, load: Callable[..., Park]) -> None:
    """A working day of windows is their mean open time of a day; 24 h where they have no common period."""
    assert hours_per_unit(load(LINE), "working_day", "day") == 8
    head = "calendar,window,opens_hours,closes_hours,every_hours\nday,a,8,16,24\n"
    for row, hours in (("day,b,12,20,24", 12), ("day,b,20,28,24", 16), ("day,b,0,5,0", 24), ("day,b,0,5,10", 24)):
        _rewrite(line, windows=f"{head}{row}\n")
        assert hours_per_unit(load(line), "working_day", "day") == hours


def test_a_batch_that_never_gathers(line: Path, load: Callable[..., Park], problems_of: Problems) -> None:
    """Units that hold what others need to come are too many for a batch that waits for ever; so are more than come."""
    steps = (line / "operations.csv").read_text(encoding="utf-8")
    _rewrite(line, operations=steps.replace("4,8,3", "4,8,"))
    (problem,) = problems_of(line)
    assert (problem.code, problem.found) == ("batch-never-full", "4 units, which hold 4 of saw from cut on")
    _rewrite(
        line,
        operations=steps.replace("4,8,3", "2,8,"),
        sources="source,product,interval_hours,most\nraw,part,1,1\n",
    )
    (problem,) = problems_of(line)
    assert (problem.code, problem.found) == ("batch-never-full", "2, and 1 units in all come to bake")
    _rewrite(line, sources="source,product,interval_hours,most\nraw,part,1,2\n")
    assert any("saw while waiting for a batch at part/bake" in text for text in load(line).notices)


def test_until_names_a_step_behind(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A need cannot last until a step that is done beside its own, or before it."""
    replace_in(tiny / "operations.csv", "box_it,test,Factory test,test,fit", "box_it,test,Factory test,test,frame")
    number = replace_in(tiny / "needs.csv", "box_it,fit,fitters,2,", "box_it,fit,fitters,2,test")
    (problem,) = [problem for problem in problems_of(tiny) if problem.column == "until"]
    assert (problem.code, problem.line) == ("until-beside", number)
    assert "test is done beside fit" in problem.fix


def test_a_step_of_the_factory_after_the_site(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A box does not come back from the site to be packed."""
    replace_in(tiny / "operations.csv", "box_it,pack,Pack,pack,test", "box_it,pack,Pack,pack,set")
    replace_in(tiny / "operations.csv", "box_it,set,Set on site,site,pack", "box_it,set,Set on site,site,test")
    problem = next(problem for problem in problems_of(tiny) if problem.code == "factory-after-site")
    assert (problem.column, problem.found) == ("after", "set of stage site, before pack of stage pack")


def test_held_and_down_machines(tiny: Path, problems_of: Problems) -> None:
    """One frame bay of two is down and the other in use: a third unit cannot be in one."""
    path = tiny / "state/operations.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "o1,box_cool,1,frame,under_way,3\n", encoding="utf-8")
    (problem,) = problems_of(tiny)
    assert problem.code == "state-exceeds-capacity"
    assert problem.found == "2 of frame_bay held by the units of the state, 1 of its machines down"
    assert "at most 1" in problem.allowed


def test_a_state_against_the_bill_of_materials(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A box that is fitted out has its pumps, and no pump is made before the design releases its box."""
    replace_in(tiny / "state/operations.csv", "o1,pump,2,proof,done,\n", "")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.found) == (
        "done-before-predecessor",
        "fit is under_way, unit 2 of pump not complete",
    )
    replace_in(tiny / "state/operations.csv", "o1,kit,1,design,done,\n", "")
    found = {problem.found for problem in problems_of(tiny)}
    assert {"machine is done, design of kit not done", "frame is done, design of kit not done"} <= found


def test_a_state_does_not_know_which_way(tiny: Path, problems_of: Problems) -> None:
    """A step behind which the way divides cannot be done in a state."""
    _rewrite(tiny, branches="routing,operation,next,share\nbox_it,frame,fit,0.9\nbox_it,frame,frame,0.1\n")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.line) == ("way-unknown", 8)


def test_scrap_is_no_way_out_for_an_order(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A unit of an order begins again as scrap: it needs a way to its end, and a loop through scrap needs time."""
    shutil.rmtree(tiny / "state")
    head = "routing,operation,next,share\n"
    _rewrite(tiny, branches=f"{head}pump,proof,scrap,1\n")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.file, problem.line) == ("no-way-out", "tiny/branches.csv", 2)
    _rewrite(tiny, branches=f"{head}pump,proof,scrap,0.5\npump,proof,end,0.5\n")
    replace_in(tiny / "operations.csv", "Machine,manufacture,,3,hour", "Machine,manufacture,,0,hour")
    replace_in(tiny / "operations.csv", "Proof,test,machine,1,hour", "Proof,test,machine,0,hour")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.found) == ("zero-time-loop", "machine→proof→machine")


def test_legs_follow_the_last_step_that_does_not_divide(tiny: Path, load: Callable[..., Park]) -> None:
    """A rework behind the test is no last step of the factory: lorries wait for the pack alone."""
    shutil.rmtree(tiny / "state")
    path = tiny / "operations.csv"
    path.write_text(
        path.read_text(encoding="utf-8") + "box_it,mend,Mend,manufacture,test,2,hour,,,,,,,,,\n", encoding="utf-8"
    )
    rows = "box_it,test,pack,0.9\nbox_it,test,mend,0.1\nbox_it,mend,test,1\n"
    _rewrite(tiny, branches=f"routing,operation,next,share\n{rows}")
    assert steps_of_unit(load(tiny), "box_it", "nearby")["truck"] == ("pack",)


def test_a_leg_seizes_nothing(tiny: Path, problems_of: Problems, replace_in: Replace) -> None:
    """A need of a leg would be passed over: it is refused."""
    number = replace_in(tiny / "needs.csv", "box_it,set,site_crew", "box_it,truck,site_crew")
    (problem,) = problems_of(tiny)
    assert (problem.code, problem.line, problem.found) == ("need-of-leg", number, "truck, a leg")
