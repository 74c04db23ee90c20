"""`compare` of two expansion plans of the store: what was asked, what differs, and the same in text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aidc_twin.errors import escape
from aidc_twin.report import wording

if TYPE_CHECKING:
    from aidc_twin.park import Park
    from aidc_twin.store import Run

__all__ = ["compared", "text"]

YI = 1e8
_LINES = 12
"""Changed cells that are printed; all of them are in the JSON."""
_WORDS = {
    "value_yi": "present value, 亿元", "bound_yi": "proven bound", "gap": "gap", "without_yi": "with nothing begun",
    "gain_yi": "what it brings", "irr": "return a year", "payback_years": "paid back, years",
}  # fmt: skip
_SHARES = ("gap", "irr")


def compared(base: Run, other: Run) -> dict[str, Any]:
    """What differs between two expansion plans."""
    from aidc_twin.app.invest import told
    from aidc_twin.loop.compare_expansions import compare_expansions

    samples = [run.frame("invest_samples") if "invest_samples.parquet" in run.files else None for run in (base, other)]
    found = compare_expansions(told(base), told(other), samples)
    inputs, moved = _inputs(base, other)
    found["notices"] += moved
    return {"base": base.id, "other": other.id, "kind": base.kind, "inputs": inputs, **found}


def _inputs(base: Run, other: Run) -> tuple[list[dict[str, Any]], list[str]]:
    """Cells in which the parks of two runs differ, and a notice of each whose park is no longer as it was."""
    from aidc_twin.app.flow import differences

    if base.manifest["park_hash"] == other.manifest["park_hash"]:
        return [], []
    parks = [_park(run) for run in (base, other)]
    moved = [f"the park of {run.id} has changed since: what the inputs differ in is not told"
             for run, park in zip((base, other), parks, strict=True) if park is None]  # fmt: skip
    if parks[0] is None or parks[1] is None:
        return [], moved
    rows = differences(parks[0], parks[1])
    return [{"path": path, "base": before, "other": after} for path, before, after in rows], []


def _park(run: Run) -> Park | None:
    """The park of a run as it was; None where its files have changed, or are gone."""
    from aidc_twin.app.flow import Request, open_case
    from aidc_twin.errors import InputError

    asked: dict[str, Any] = dict(run.request)
    try:
        park = open_case(replace(Request(**asked), scenarios=tuple(asked["scenarios"]))).park
    except InputError:  # the caller tells that it cannot be compared
        return None
    return park if park.hash == run.manifest["park_hash"] else None


def text(found: dict[str, Any]) -> str:
    """Two expansion plans side by side."""
    lines = [f"{found['base']} (base) and {found['other']} (other), expansion plans"]
    lines += [f"note: {escape(line)}" for line in found["notices"]]
    lines += [f"  {row['what']}: {_asked(row['base'])} → {_asked(row['other'])}" for row in found["asked"]]
    shown = found["inputs"][:_LINES]
    lines += [f"  {escape(row['path'])}: {escape(row['base'])} → {escape(row['other'])}" for row in shown]
    lines += [f"  and {len(found['inputs']) - _LINES} more cells"] if len(found["inputs"]) > _LINES else []
    lines += ["", f"{'':<22}{'base':>12}{'other':>12}{'difference':>12}"]
    lines += [_figure(row) for row in found["figures"]]
    sure = found["surely"]
    lines.append(
        f"  {sure} is worth more, whatever their gaps leave" if sure else "  their gaps leave open which is worth more"
    )
    lines += ["", *_investments(found["investments"]), "", *_goals(found["goals"])]
    return "\n".join(lines)


def _asked(value: Any) -> str:
    return escape(" + ".join(value) or "none") if isinstance(value, list) else escape(str(value))


def _figure(row: dict[str, Any]) -> str:
    values = [row[key] for key in ("base", "other", "difference")]
    shown = [wording.percent(x) if row["figure"] in _SHARES else wording.figure(x, 5) for x in values]
    cells = "".join(f"{cell:>12}" for cell in shown)
    return f"  {_WORDS[row['figure']]:<20}{cells}"


def _investments(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["neither begins anything"]
    lines = [f"{'begun':<22}{'base':>12}{'other':>12}{'first':>10}{'first':>10}"]
    for row in rows:
        first = "".join(f"{row[key] or wording.NOTHING:>10}" for key in ("base_first", "other_first"))
        lines.append(f"  {escape(row['investment']):<20}{row['base_units']:>12,.4g}{row['other_units']:>12,.4g}{first}")
    return lines


def _goals(rows: list[dict[str, Any]]) -> list[str]:
    """Planned and simulated amounts of each goal by year, in 亿元."""
    lines: list[str] = []
    for name in dict.fromkeys(row["goal"] for row in rows):
        lines.append(f"{escape(name)}, 亿元: planned; in the twin, difference ± 95 %; P(met)")
        lines += [f"  {row['year']}  {_planned(row)}{_simulated(row)}" for row in rows if row["goal"] == name]
    return lines


def _planned(row: dict[str, Any]) -> str:
    before, after = (wording.figure(row[f"{side}_amount_yuan"] / YI, 5) for side in ("base", "other"))
    return f"{before} → {after}"


def _simulated(row: dict[str, Any]) -> str:
    if row["difference_yuan"] is None:
        return ""
    before, after, change, width = (
        wording.figure(None if row[key] is None else row[key] / YI, 5)
        for key in ("base_mean_yuan", "other_mean_yuan", "difference_yuan", "half_width_95_yuan")
    )
    chances = " → ".join(wording.percent(row[f"{side}_probability"]) for side in ("base", "other"))
    return f"; {before} → {after}, {change} ± {width}; {chances}"
