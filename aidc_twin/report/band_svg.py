"""A series by week as a small inline SVG: P10 to P90 as a band, P50 as a line, capacity in steps.

A page holds many of them, which a chart library would make ten times slower and twice as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil, floor, log10

from markupsafe import Markup

from aidc_twin.errors import escape as printable
from aidc_twin.report import wording
from aidc_twin.report.palette import BLUE, RED, SKY

_WIDTH, _HEIGHT = 340, 146
_TOP, _BOTTOM, _RIGHT = 6, 20, 14
_LEFT, _LETTER, _LABEL = 40.0, 6.6, 34
"""Least room for labels of values, widest letter of one, and room of a label of months, px."""
_GRID, _AXIS = "#E8ECF0", "#C3CAD2"
_TICKS = 5
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Reals = Sequence[float]
Points = list[tuple[float, float]]


def draw(
    days: Sequence[date], bands: tuple[Reals, Reals, Reals], limits: Sequence[float | None], label: str,
    names: tuple[str, str] = ("P50", "capacity"),
) -> Markup:  # fmt: skip
    """Draw a series; each week stands at its last day, what there is from the lowest of all or 0 up to the highest.

    Parameters
    ----------
    days, bands
        Last days of the weeks, at least one, and P10, P50 and P90 of each.
    limits
        Capacity of each week, None where it is not to be drawn.
    label
        What the chart shows, for readers who do not see it.
    names
        What the line and the steps are called. There is no band where P10 and P90 are the same.
    """
    low, middle, high = bands
    lines = [limit for limit in limits if limit is not None]
    bottom, top = 1.06 * min(0.0, *low, *lines), 1.06 * max(*high, *lines, 1e-9)
    steps = ticks(bottom, top)
    left = max(_LEFT, 12 + _LETTER * max(len(wording.figure(step)) for step in steps))
    span = max(1, (days[-1] - days[0]).days)

    def x(day: date) -> float:
        return left + (day - days[0]).days / span * (_WIDTH - _RIGHT - left)

    def y(value: float) -> float:
        return _TOP + (top - value) / (top - bottom) * (_HEIGHT - _TOP - _BOTTOM)

    def points(values: Reals) -> Points:
        found = [(x(day), y(value)) for day, value in zip(days, values, strict=True)]
        return found if len(found) > 1 else [found[0], (_WIDTH - _RIGHT, found[0][1])]

    stairs = [(x(day), y(limit)) for day, limit in zip(days, limits, strict=True) if limit is not None]
    marks = [_level(left, y(step), wording.figure(step)) for step in steps]
    marks += [_month(x(day), text) for day, text in months(days[0], days[-1], int((_WIDTH - _RIGHT - left) / _LABEL))]
    if tuple(low) != tuple(high):
        band = Markup('<path d="{}Z" fill="{}" fill-opacity=".4"><title>P10 to P90</title></path>')
        marks.append(band.format(_path(points(low) + points(high)[::-1]), SKY))
    marks += [_line(_stairs(stairs), RED, 1.4, names[1])] if stairs else []
    marks.append(_line(_path(points(middle)), BLUE, 1.6, names[0]))
    opening = Markup('<svg viewBox="0 0 {} {}" style="max-width:{}px" role="img" aria-label="{}">')
    return Markup("").join([opening.format(_WIDTH, _HEIGHT, _WIDTH, printable(label)), *marks, Markup("</svg>")])


def ticks(bottom: float, top: float) -> list[float]:
    """Round values from bottom to top: multiples of 1, 2 or 5 times a power of ten, five apart at most."""
    raw = (top - bottom) / _TICKS
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    return [number * step for number in range(ceil(bottom / step - 1e-9), floor(top / step + 1e-9) + 1)]


def months(first: date, last: date, most: int) -> list[tuple[date, str]]:
    """Beginnings of months from first to last, at most `most` evenly apart, and what stands there: a January's year."""
    count = 12 * (last.year - first.year) + last.month - first.month
    years = ceil(count / 12 / max(1, most))
    step = next((step for step in (1, 3, 6) if count <= step * most), 12 * years)
    found: list[tuple[date, str]] = []
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        day = date(number // 12, number % 12 + 1, 1)
        if number % step == 0 and first <= day <= last:
            found.append((day, str(day.year) if day.month == 1 else _MONTHS[day.month - 1]))
    return found


def _level(left: float, y: float, text: str) -> Markup:
    """A line across the chart at a value."""
    drawn = Markup('<path d="M{} {}H{}" stroke="{}"/><text x="{}" y="{}" text-anchor="end" class="small">{}</text>')
    return drawn.format(_px(left), _px(y), _WIDTH - _RIGHT, _GRID, _px(left - 6), _px(y + 4), text)


def _month(x: float, text: str) -> Markup:
    """A mark below the chart."""
    drawn = Markup('<path d="M{} {}v4" stroke="{}"/><text x="{}" y="{}" text-anchor="middle" class="small">{}</text>')
    return drawn.format(_px(x), _HEIGHT - _BOTTOM, _AXIS, _px(x), _HEIGHT - _BOTTOM + 15, text)


def _line(path: str, colour: str, width: float, what: str) -> Markup:
    drawn = Markup('<path d="{}" fill="none" stroke="{}" stroke-width="{}"><title>{}</title></path>')
    return drawn.format(path, colour, width, what)


def _path(points: Points) -> str:
    return "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in points)


def _stairs(points: Points) -> str:
    """Steps that hold in the days up to each point; equal ones are one."""
    path = f"M{_px(points[0][0])} {_px(points[0][1])}"
    for i, (x, y) in enumerate(points[1:], 1):
        path += "" if y == points[i - 1][1] else f"V{_px(y)}"
        path += "" if i + 1 < len(points) and points[i + 1][1] == y else f"H{_px(x)}"
    return path


def _px(value: float) -> str:
    """A length to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
