"""The album of a park: its plans checked, told in words, and as published frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.frames import (
    AlbumLevels,
    AlbumMeasures,
    AlbumPlans,
    AlbumPurchases,
    AlbumReleases,
    AlbumShifts,
    build,
)
from aidc_twin.loop.checked import checked_with
from aidc_twin.park import Park
from aidc_twin.plan.album import APART, Album, Page
from aidc_twin.plan.measures import Measure
from aidc_twin.twin.inputs import PlanInputs
from aidc_twin.verify import Certificate, check_plan

__all__ = ["album_certificates", "album_frames", "album_object", "markets_of"]

_TOLD = 3
"""So many further differences of a plan are told."""

_SMALLEST = 5e-4
"""Share of a level below which nothing is said to be lost or gained."""

_WHAT = {"shortfall": "of what the goals reach", "tardiness": "more tardiness", "margin": "of the margin"}
_GAINED = {"shortfall": "more of the goals", "tardiness": "less tardiness", "margin": "more margin"}


def markets_of(park: Park) -> dict[str, str]:
    """Order -> ``domestic`` or ``export``."""
    return {order.order: park.destination(order.destination).market for order in park.orders}


def album_certificates(park: Park, album: Album, inputs: PlanInputs) -> list[Certificate]:
    """Verdict of the independent checker on each plan, the best one first."""
    given = checked_with(inputs)
    return [check_plan(park, page.frames, given) for page in album.pages]


def album_frames(album: Album, certificates: Sequence[Certificate]) -> dict[str, pl.DataFrame]:
    """Frames of an album."""
    plans = [
        (n, page.name, words(album, page), certificate.violations)
        for n, (page, certificate) in enumerate(zip(album.pages, certificates, strict=True))
    ]
    levels = [
        (n, name, objective, album.pages[0].levels[name], lost(album, page, name), allowed(album, name))
        for n, page in enumerate(album.pages)
        for name, objective in page.levels.items()
    ]
    measures = [
        (n, one.name, one.group, one.unit, float(page.measures[m]), float(album.pages[0].measures[m]),
         float(album.scales[m]))
        for n, page in enumerate(album.pages) for m, one in enumerate(album.measures)
    ]  # fmt: skip
    stacked = {
        f"album_{name}": [(n, *row) for n, page in enumerate(album.pages) if n
                          for row in page.frames[f"plan_{name}"].select(columns).iter_rows()]
        for name, columns in (
            ("releases", ("order", "group", "week", "quantity_mw")), ("shifts", ("calendar", "week", "level")),
            ("purchases", ("material", "week", "quantity")),
        )
    }  # fmt: skip
    return {
        "album_plans": build(AlbumPlans, plans),
        "album_levels": build(AlbumLevels, levels),
        "album_measures": build(AlbumMeasures, measures),
        "album_releases": build(AlbumReleases, stacked["album_releases"]),
        "album_shifts": build(AlbumShifts, stacked["album_shifts"]),
        "album_purchases": build(AlbumPurchases, stacked["album_purchases"]),
    }


def album_object(album: Album, certificates: Sequence[Certificate]) -> dict[str, Any]:
    """The album as an object."""
    return {
        "plans": [
            {
                "plan": n, "name": page.name, "words": words(album, page), "violations": certificate.violations,
                "levels": dict(page.levels),
                "lost": {name: lost(album, page, name) for name in page.levels},
                "measures": {one.name: float(page.measures[m]) for m, one in enumerate(album.measures)},
            }
            for n, (page, certificate) in enumerate(zip(album.pages, certificates, strict=True))
        ],
        "nothing_else": list(album.tried),
        "complete": album.complete,
    }  # fmt: skip


def lost(album: Album, page: Page, level: str) -> float:
    """Share of a level's value that a plan loses; below 0 what it gains."""
    worth = album.worth[level]
    change = page.levels[level] - album.pages[0].levels[level]
    return (-change if level == "margin" else change) / worth if worth > 0 else 0.0


def allowed(album: Album, level: str) -> float:
    """Share of a level's value that a plan may lose."""
    return album.allowed[level] / album.worth[level] if album.worth[level] > 0 else 0.0


def words(album: Album, page: Page) -> str:
    """How a plan differs from the best one, and what that costs."""
    first = album.pages[0]
    if page is first:
        return "the best plan, level by level"
    away = (page.measures - first.measures) / album.scales
    named = next(n for n, one in enumerate(album.measures) if page.name.endswith(f": {one.name}"))
    order = [named, *(n for n in np.argsort(-np.abs(away), kind="stable").tolist() if n != named)]
    told = [n for n in order if abs(away[n]) >= APART or n == named][: 1 + _TOLD]
    differs = [_difference(album.measures[n], first.measures[n], page.measures[n]) for n in told]
    return f"{'; '.join(differs)}. {_cost({level: lost(album, page, level) for level in page.levels})}"


def _difference(measure: Measure, before: float, after: float) -> str:
    return f"{measure.name} {_figure(after)} instead of {_figure(before)} {measure.unit}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value + 0.0:,.3g}"


def _cost(shares: Mapping[str, float]) -> str:
    """What a plan gives up and gains."""
    gives = [f"{share:.1%} {_WHAT[level]}" for level, share in shares.items() if share > _SMALLEST]
    gains = [f"{-share:.1%} {_GAINED[level]}" for level, share in shares.items() if share < -_SMALLEST]
    said = f"It costs {', '.join(gives)}" if gives else "It costs nothing"
    return f"{said} and brings {', '.join(gains)}." if gains else f"{said}."
