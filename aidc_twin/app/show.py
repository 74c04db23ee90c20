"""Printing: results on stdout, progress on stderr."""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Callable
from typing import Any

from aidc_twin.app.near import near_lines
from aidc_twin.errors import escape
from aidc_twin.telemetry import SILENT, Progress


def result(found: dict[str, Any], *, as_json: bool, text: Callable[[dict[str, Any]], str] | None = None) -> None:
    """Print an object as JSON, or as text for people."""
    if as_json or text is None:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False, default=str))
    else:
        print(text(found).rstrip("\n"))


class Bar:
    """Progress of the open stage on stderr: a bar on a terminal, a line per stage elsewhere."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True)
        columns = (
            TextColumn("{task.description:<10}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=self._console, transient=False)
        self._task: Any = None

    def begin(self, stage: str, total: int | None = None) -> None:
        """Open a stage."""
        if not self._console.is_terminal:
            print(f"{stage} …", file=sys.stderr, flush=True)
            return
        self._bar.start()
        atexit.register(self._bar.stop)  # what ends within a stage must give the terminal its cursor back
        self._task = self._bar.add_task(stage, total=total or 1)

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.advance(self._task, steps)

    def end(self) -> None:
        """Close the stage."""
        if self._task is not None:
            self._bar.update(self._task, completed=self._bar.tasks[-1].total)
            self._bar.stop()
            atexit.unregister(self._bar.stop)
            self._bar.remove_task(self._task)  # or the next stage would print this one again
            self._task = None


def progress(*, quiet: bool) -> Progress:
    """Progress on stderr, or none (with ``--json`` only a terminal sees it)."""
    return SILENT if quiet and not sys.stderr.isatty() else Bar()


def verdict(found: dict[str, Any]) -> str:
    """The verdict of a run."""
    from aidc_twin.report import verdict as text

    notices = [f"note: {escape(line)}" for line in (*found.get("notices", ()), *found["plan"].get("notices", ()))]
    return "\n".join([text(found).rstrip("\n"), *near_lines(found.get("near")), *notices])


def comparison(found: dict[str, Any]) -> str:
    """The difference of two runs."""
    from aidc_twin.report import compare_text

    return compare_text(found, found["base"], found["other"])


def check(found: dict[str, Any]) -> str:
    """Problems and notices of a park."""
    lines = [f"note: {escape(line)}" for line in found["notices"]]
    if not found["problems"]:
        counts = ", ".join(f"{found[name]} {name}" for name in ("orders", "products", "operations") if name in found)
        return "\n".join([*lines, f"{escape(found['park'])}: no problem found ({counts})"])
    count = len(found["problems"])
    return "\n".join(
        [*lines, *(row["text"] for row in found["problems"]), f"{count} problem{'s' if count != 1 else ''}"]
    )


def simulation(found: dict[str, Any], *, by_week: bool = False) -> str:
    """Figures of a simulation, each with how sure it is."""
    how = ", no plan: every order as early as it can be" if found["orders"] else ", no orders: what the sources bring"
    warm = found["warm_up_weeks"]
    weeks = f"{warm} week{'s' if warm > 1 else ''}{_pilot(found)}"
    how += f"; figures of sources and shares of resources without the first {weeks}" if warm else ""
    lines = [
        f"{escape(found['park'])}, {found['replications']} replications from seed {found['seed']}{how}",
        *(f"note: {escape(line)}" for line in found["notices"]),
        "",
        "± 95 % is of the mean; P10, P50 and P90 are of single replications, and no interval of the mean",
        f"{'figure':<22}{'mean':>16}{'± 95 %':>14}{'of mean':>9}{'P10':>16}{'P50':>16}{'P90':>16}",
    ]
    lines += [_figure(name, row) for name, row in found["kpis"].items()]
    lines += _stopping(found)
    lines += _quantiles(found)
    lines += [line for series in found["weeks"] for line in _weeks(series)] if by_week else []
    shares = ("busy", "blocked", "starved", "down", "closed", "setup")
    heads = "".join(f"{name:>13}" for name in shares) + f"{'peak':>9}{'largest':>9}"
    lines += ["", f"{'resource, ± 95 %':<22}{heads}"]
    for name, row in found["resources"].items():
        told = "".join(_share(row[share], row["half_width_95"][share]) for share in shares)
        lines.append(f"{escape(name):<22}{told}{_peak(row['peak'])}")
    lines += _unit_peaks(found["unit_peaks"])
    rate = found["events_per_cpu_second"]
    lines += [
        "",
        f"{found['events']:,} events, {rate / 1e6:.2f} million a CPU second" if rate else f"{found['events']:,} events",
    ]
    return "\n".join([*lines, f"trace hash {found['trace_hash']}"])


def _pilot(found: dict[str, Any]) -> str:
    """How a warm-up was found, if it was not given."""
    warm = found["warm_up"]
    if not warm or not warm["pilot_replications"]:
        return ""
    series = " and on ".join(f"the {name}" for name in dict.fromkeys(warm["series"].values()))
    return f" (MSER-5 on {series}, a pilot of {warm['pilot_replications']} replications with these seeds)"


def _share(mean: float, width: float | None) -> str:
    """A share of a resource's time with its half-width, both in percent; a share that never moves has none."""
    return f"{mean:>8.1%}" + (f" ±{100 * width:<3.1f}" if width else "     ")


def _peak(row: dict[str, Any]) -> str:
    """The most of a resource in use at once, mean and largest of the replications, with its unit."""
    scale, unit = _scale(row["unit"])
    values = [row[key] / scale for key in ("mean", "greatest")]
    told = "".join(f"{value:>9,.{0 if value >= 100 or value == int(value) else 1}f}" for value in values)
    return f"{told}  {escape(unit)}"


def _unit_peaks(rows: list[dict[str, Any]]) -> list[str]:
    """The most units in the park at once, of each product and source."""
    lines = ["", f"{'most units at once':<22}{'mean':>16}{'± 95 %':>14}{'largest':>9}"] if rows else []
    for row in rows:
        width = "–" if row["half_width_95"] is None else f"{row['half_width_95']:,.1f}"
        name = row["id"] if row["kind"] == "product" else f"source {row['id']}"
        lines.append(f"{escape(name):<22}{row['mean']:>16,.1f}{width:>14}{row['greatest']:>9,.0f}")
    return lines


def _scale(unit: str) -> tuple[float, str]:
    """What a unit is divided by when it is shown, and its name then."""
    return (1e8, "亿元") if unit == "yuan" else (1.0, unit)


def _figure(name: str, row: dict[str, Any]) -> str:
    """One figure: mean, half-width (also as a share of the mean) and quantiles."""
    scale, unit = _scale(row["unit"])
    mean, width, *quantiles = (row[key] for key in ("mean", "half_width_95", "p10", "p50", "p90"))
    share = "–" if width is None or mean == 0 else f"{width / abs(mean):.2%}"
    places = 3 if 0 < abs(mean / scale) < 10 else 1
    shown = ["–" if cell is None else f"{cell / scale:,.{places}f}" for cell in (mean, width, *quantiles)]
    return f"{escape(name):<22}{shown[0]:>16}{shown[1]:>14}{share:>9}{shown[2]:>16}{shown[3]:>16}{shown[4]:>16}  {unit}"


def _stopping(found: dict[str, Any]) -> list[str]:
    """Whether the figures, or those of the goals, are as sure as was asked for."""
    rule = found["stopping"]
    if rule is None:
        return []
    asked = f"± {100 * rule['half_width']:.3g} %" if rule["relative"] else f"± {rule['half_width'] / 1e8:,.2f} 亿元"
    n = found["replications"]
    if rule["reached"]:
        names = ", ".join(row["id"] for row in rule["figures"])
        what = f"the mean of {escape(names)} is" if names else "every goal's mean is"
        return ["", f"sure enough: {what} known to {asked} (95 %) after {n} replications"]
    widths = [(row["id"], row["half_width_yuan"], row["allowed_yuan"]) for row in rule["goals"]]
    widths += [(row["id"], row["half_width"], row["allowed"]) for row in rule["figures"]]
    wide = ", ".join(name for name, width, allowed in widths if width is None or width > allowed)
    more = "no number would do" if rule["expected"] is None else f"about {rule['expected']:,} would do"
    return ["", f"NOT sure enough: {n} replications, the most allowed, leave {escape(wide)} wider than {asked}; {more}"]


def _quantiles(found: dict[str, Any]) -> list[str]:
    """The 95 % interval of each quantile that the figures above have, one line a figure."""
    rows = [(row["id"], row["unit"], row["low"], row["high"]) for row in found["figure_quantiles"]]
    rows += [(row["id"], "yuan", row["low_yuan"], row["high_yuan"]) for row in found["goal_quantiles"]]
    lines = ["", f"{'95 % interval of':<22}{'P10':>26}{'P50':>26}{'P90':>26}"] if rows else []
    for three in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        name, unit = three[0][:2]
        cells = "".join(f"{_between(unit, low, high):>26}" for _, _, low, high in three)
        lines.append(f"{escape(name):<22}{cells}  {_scale(unit)[1]}")
    return lines


def _between(unit: str, low: float | None, high: float | None) -> str:
    """Ends of an interval; one that too few replications leave open is not made up."""
    scale = _scale(unit)[0]
    most = max((abs(end) / scale for end in (low, high) if end is not None), default=0.0)
    first, last = (None if end is None else f"{end / scale:,.{3 if 0 < most < 10 else 1}f}" for end in (low, high))
    if first and last:
        return f"{first} to {last}"
    return f"below {last}" if last else f"above {first}" if first else "–"


WEEKLY = {"wip": " in the park", "output": " done"}
"""What a series of units tells, by the end of its kind."""


def _weeks(series: dict[str, Any]) -> list[str]:
    """One series week by week."""
    from aidc_twin.twin.statistics.warmup import BATCH, FEWEST_BATCHES

    scale, unit = _scale(series["unit"])
    settled = series["settled_week"]
    short = len(series["week"]) < BATCH * FEWEST_BATCHES
    told = "too short to say whether it settles" if short else "does not settle"
    told = told if settled is None else f"settles in week {settled}"
    what = WEEKLY.get(series["kind"].partition("_")[2], "")
    lines = ["", f"{escape(series['series'])}{what}, {unit} by week; {told} (MSER-5)"]
    lines.append(f"{'week':>6}  {'last day':<12}{'mean':>12}{'P10':>12}{'P50':>12}{'P90':>12}")
    columns = [series[key] for key in ("week", "day", "mean", "p10", "p50", "p90")]
    for week, day, *figures in zip(*columns, strict=True):
        lines.append(f"{week:>6}  {day!s:<12}" + "".join(f"{figure / scale:>12,.2f}" for figure in figures))
    return lines


def figures(found: dict[str, Any]) -> str:
    """All figures of two scenarios side by side."""
    lines = [
        f"{escape(found['park'])}: {escape(found['other'])} beside {escape(found['base'])}, no plan,"
        f" {found['replications']} replications from seed {found['seed']} for both",
        "",
        f"{'figure':<22}{'base':>14}{'other':>14}{'difference':>14}{'± 95 %':>12}",
    ]
    for row in found["figures"]:
        scale, unit = _scale(row["unit"])
        cells = [row[key] for key in ("base_mean", "other_mean", "difference", "half_width_95")]
        texts = ["–" if cell is None else f"{cell / scale:,.3f}" for cell in cells]
        clear = cells[3] is not None and abs(cells[2]) > cells[3]
        told = "" if clear else "   no difference that these replications can tell"
        numbers = f"{texts[0]:>14}{texts[1]:>14}{texts[2]:>14}{texts[3]:>12}"
        lines.append(f"{escape(row['figure']):<22}{numbers}  {unit}{told}")
    return "\n".join(lines)


def selection(found: dict[str, Any]) -> str:
    """Which scenario is best, how sure that is, and what it took."""
    rows = found["scenarios"]
    how = "each planned and executed" if found["planned"] else "no plan"
    end, unit = ("", found["unit"]) if "figure" in found else ("_yuan", "yuan")
    what = (
        f"{found['figure']}, {found['better']} is better" if "figure" in found else f"{found['goal']} {found['year']}"
    )
    head = f"{escape(found['park'])}: best of {len(rows)} scenarios for {escape(what)}, {how}"
    lines = [head, "", f"selected   {escape(found['selected'])}", f"sureness   {_sureness(found, end, unit)}"]
    others = [escape(name) for name in found["survivors"] if name != found["selected"]]
    lines += [f"not beaten {', '.join(others)}"] if others else []
    lines += ["", f"{'scenario':<28}{'replications':>13}{'mean':>12}{'behind':>12}{'± 95 %':>9}"]
    for row in rows:
        mean, behind, width = (_amount(row[f"{key}{end}"], unit) for key in ("mean", "behind", "behind_half_width_95"))
        shown = ("–", "–") if row["scenario"] == found["selected"] else (behind, width)
        cells = f"{row['replications']:>13,}{mean:>12}{shown[0]:>12}{shown[1]:>9}"
        lines.append(f"{escape(row['scenario']):<28}{cells}  {_scale(unit)[1]}")
    lines += ["", f"{'replications':<14}still in"]
    lines += [f"{row['replications']:<14,}{escape(', '.join(row['survivors']))}" for row in found["stages"]]
    return "\n".join(lines)


def _sureness(found: dict[str, Any], end: str, unit: str) -> str:
    """What may be said of a selection; `end` is that of the names of amounts."""
    delta = found[f"delta{end}"]
    lead = f"{_yi(delta) if unit == 'yuan' else f'{delta:g}'} {_scale(unit)[1]}"
    if found["reached"]:
        return f"the best with probability {100 * found['confidence']:.5g} % or more, if it leads by {lead} or more"
    return f"NONE: the most replications allowed do not tell a lead of {lead}; raise --max-replications or --delta"


def _amount(value: float | None, unit: str) -> str:
    """A figure for a table: money in 亿元, others with four digits or more."""
    if value is None or unit == "yuan":
        return _yi(value)
    return f"{value:,.{0 if abs(value) >= 1000 else 3}f}"


def _yi(yuan: float | None) -> str:
    """An amount in 亿元 for a table."""
    return "–" if yuan is None else f"{yuan / 1e8:,.2f}"


def plan(found: dict[str, Any]) -> str:
    """A master plan in a few lines."""
    lines = [
        f"{escape(found['park'])}: plan of {found['orders']} orders over {found['weeks']} weeks, {found['status']}"
        + ("; the time limit ended the search: not replayable" if _timed(found) else "")
    ]
    lines += [f"  {name}: planned {yuan / 1e8:,.1f} 亿元" for name, yuan in found["goals"].items()]
    lines += [
        f"  {row['name']}: objective {row['objective']:.6g}, bound {row['bound']:.6g}, gap {row['gap']:.3%}"
        for row in found["levels"]
    ]
    lines += _prices(found["prices"])
    lines += near_lines(found.get("near"))
    lines += _exceptions(found["exceptions"]) + _money(found.get("cash", []))
    lines += _album(found.get("album"))
    lines += [f"note: {escape(line)}" for line in found["notices"]]
    return "\n".join(
        [
            *lines,
            f"  built in {found['build_s']:.1f} s, solved in {found['solve_s']:.1f} s;"
            f" {found['violations']} violations",
        ]
    )


def _timed(found: dict[str, Any]) -> bool:
    """Whether the clock decided something of a plan; Ctrl-C is told by its status."""
    return not found["replayable"] and found["status"] != "interrupted"


def _exceptions(rows: list[dict[str, Any]]) -> list[str]:
    """Which orders are refused, and how many are split, at what cost."""
    gone = [row for row in rows if row["kind"] == "refused"]
    split = [row for row in rows if row["kind"] == "split"]
    lines: list[str] = []
    if gone:
        names = ", ".join(escape(row["order"]) for row in gone[:_PRICES]) + (" and more" if len(gone) > _PRICES else "")
        lines.append(f"  refused: {len(gone)} orders ({names}), {sum(row['cost_yi'] for row in gone):,.3g} 亿元")
    if split:
        lines.append(f"  split: {len(split)} release groups, {sum(row['cost_yi'] for row in split):,.3g} 亿元")
    return lines


def _money(weeks: list[dict[str, Any]]) -> list[str]:
    """The week with the least money, and what there is at the end."""
    if not weeks:
        return []
    low = min(weeks, key=lambda row: (row["balance_yuan"], row["week"]))
    amounts = low["balance_yuan"], weeks[-1]["balance_yuan"], low["credit_yuan"]
    least, end, credit = (round(yuan / 1e8, 2) + 0.0 for yuan in amounts)  # no money is not "-0.00"
    interest = -sum(row["interest_yuan"] for row in weeks) / 1e8
    return [
        f"  money: least in week {low['week']}, {least:,.2f} 亿元 (credit up to {credit:,.2f}); at the end {end:,.2f}; "
        f"interest {interest:,.4f}"
    ]


def _album(album: dict[str, Any] | None) -> list[str]:
    """The plans of an album, one in a line."""
    if album is None:
        return []
    lines = [f"  plan {row['plan']}, {escape(row['name'])}: {escape(row['words'])}" for row in album["plans"][1:]]
    bad = sum(row["violations"] for row in album["plans"])
    lines.append(f"  {len(lines)} plans beside the best one, {bad} violations")
    if album["nothing_else"]:
        lines.append(f"  nothing else within the loss for {escape(', '.join(album['nothing_else']))}")
    return lines if album["complete"] else [*lines, "  the album is not complete: a limit or Ctrl-C ended it"]


_PRICES = 5


def _prices(rows: list[dict[str, Any]]) -> list[str]:
    """What a unit more in every week is worth, the dearest first: of goals if one is missed, else of margin."""
    key, what = ("goal_yi", "goals") if any(row["goal_yi"] > 1e-6 for row in rows) else ("margin_yi", "margin")
    dear = sorted((row for row in rows if row[key] > 1e-6), key=lambda row: (-row[key], row["name"]))[:_PRICES]
    told = [f"{escape(row['name'])} {row[key]:,.3g}" for row in dear]
    return [f"  one unit more in every week is worth at most, 亿元 of {what}: {', '.join(told)}"] if told else []


def runs(found: dict[str, Any]) -> str:
    """Runs of a store."""
    rows = [
        f"{row['run']}  {row['at']}  {row['kind']:<9} {row['park']:<16} {row['status']:<14} {row['hash'][:12]}"
        for row in found["runs"]
    ]
    return "\n".join(rows) or f"no runs in {escape(found['store'])}"


def verified(found: dict[str, Any]) -> str:
    """Verdict of a replay."""
    if found["same"]:
        return f"{found['run']}: files intact, and its replay gives the same {found['frames']} frames"
    lines = [f"{found['run']}: NOT the same", *(f"  damaged: {escape(line)}" for line in found["damaged"])]
    lines += ["  the park's files have changed since the run"] if found["inputs_moved"] else []
    return "\n".join([*lines, *(f"  differs: {name}" for name in found["differ"])])
