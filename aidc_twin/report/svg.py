"""Altair charts as inline SVG: rendered offline, the same bytes each time, no script and no link inside."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

from aidc_twin.errors import escape as printable
from aidc_twin.errors import shorten
from aidc_twin.report.palette import INK, MUTED

FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
"""Vega measures text with the first of these that there is; the page then draws it in its own font."""

_ID = re.compile(r'(?:(?<=id=")|(?<=url\(#))([A-Za-z_][\w-]*)')
_ATTRIBUTES = re.compile(
    r" (?:xmlns(?::xlink)?|version|class|role|aria-hidden|aria-roledescription|pointer-events|font-family"
    r'|stroke-miterlimit)="[^"]*"'
)
_LABELLED = re.compile(r'<(path|rect) aria-label="([^"]*)"([^>]*?)(?:/>|></\1>)')
_OTHER_LABELS = re.compile(r' aria-label="[^"]*"')
_HIDDEN = re.compile(r'<path[^>]*(?:display="none"|d="M0,0h0v0h0Z"|d="")[^>]*/>')
_DECIMALS = re.compile(r"(?<![#\w])-?\d+\.\d{3,}")
_SIZE = re.compile(r'<svg width="([\d.]+)" height="([\d.]+)" viewBox="([^"]*)">')


def render(chart: Any, prefix: str, label: str) -> Markup:
    """Render an Altair chart to inline SVG.

    Parameters
    ----------
    chart
        Any Altair chart; a mark's `description` becomes its tooltip.
    prefix
        Unique on the page; the chart's ids begin with it.
    label
        What the chart shows, for readers who do not see it.
    """
    import altair as alt
    import vl_convert as converter

    dressed = chart.configure(
        font=FONT,
        background="transparent",
        padding={"left": 14, "top": 6, "right": 22, "bottom": 2},  # readers' fonts are wider than the one measured here
        axis=alt.AxisConfig(
            labelColor=MUTED,
            titleColor=MUTED,
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
            gridColor="#E8ECF0",
            domainColor="#C3CAD2",
            tickColor="#C3CAD2",
            labelLimit=230,
        ),
        legend=alt.LegendConfig(
            labelColor=INK,
            titleColor=MUTED,
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
            symbolType="square",
        ),
        view=alt.ViewConfig(stroke=None),
    )
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return Markup(tidy(converter.vegalite_to_svg(dressed.to_dict(), vl_version=version), prefix, label))


def tidy(source: str, prefix: str, label: str) -> str:
    """Strip Vega's SVG of what the page does not need, make its ids unique and the same each time, and let it scale."""
    thin = _ATTRIBUTES.sub("", _HIDDEN.sub("", source))
    thin = _LABELLED.sub(r"<\1\3><title>\2</title></\1>", thin)
    thin = _OTHER_LABELS.sub("", thin)
    numbers: dict[str, str] = {}
    thin = _ID.sub(lambda found: numbers.setdefault(found.group(1), f"{prefix}-{len(numbers)}"), thin)
    thin = _DECIMALS.sub(lambda found: f"{float(found.group(0)):.2f}", thin)
    opening = f'<svg viewBox="\\3" style="max-width:\\1px" role="img" aria-label="{_as_template(label)}">'
    return _SIZE.sub(opening, thin, count=1)


def name(shown: str, characters: int = 36) -> str:
    """Text from data for a chart: short, without control characters (the renderer escapes the rest)."""
    return printable(shorten(shown, characters))


def _as_template(label: str) -> str:
    return str(escape(printable(label))).replace("\\", "\\\\")
