"""A line of three stations that is fed by a source, as a park folder of any length."""

from __future__ import annotations

from pathlib import Path

TABLES = {
    "entities": ("entity,kind", "maker,integrator"),
    "resources": ("resource,kind", "saw,servers", "lathe,servers", "press,servers"),
    "capacity": ("resource,amount", "saw,2", "lathe,3", "press,1"),
    "products": ("product,kind,routing,maker", "shaft,component,shaft,maker"),
    "operations": (
        "routing,operation,stage,after,duration,duration_unit",
        "shaft,cut,manufacture,,exp(7.2),minute",
        'shaft,turn,manufacture,cut,"gamma(2,12)",minute',
        'shaft,push,manufacture,turn,"tri(1.8,3.6,5.4)",minute',
    ),
    "needs": ("routing,operation,resource", "shaft,cut,saw", "shaft,turn,lathe", "shaft,push,press"),
    "sources": ("source,product,interval_hours", "blanks,shaft,exp(0.1)"),
}
JOBS_A_WEEK = 1680


def write_line(folder: Path, jobs: int) -> Path:
    """The line with about `jobs` arrivals, in whole weeks; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in TABLES.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", "utf-8")
    weeks = max(1, round(jobs / JOBS_A_WEEK))
    head = f'schema_version = 1\nid = "line"\nepoch = 2026-10-05\nhorizon_weeks = {weeks}\n'
    (folder / "park.toml").write_text(head, "utf-8")
    return folder
