"""The value chain drawn as inline SVG. Every text is escaped by markupsafe."""

from __future__ import annotations

from markupsafe import Markup, escape

from aidc_twin.errors import escape as printable
from aidc_twin.errors import shorten
from aidc_twin.report import wording
from aidc_twin.report.columns import cut
from aidc_twin.report.palette import GREY, INK, series
from aidc_twin.report.sankey import BOX, WIDTH, Layout, Ribbon
from aidc_twin.units.money import show_money

_LABEL_PX = 9.0
_TOP = 14.0


def draw(layout: Layout, prefix: str, label: str) -> Markup:
    """Draw a layout; ids begin with `prefix`, which is unique on the page."""
    height = layout.height + 2 * _TOP
    parts = [
        Markup('<svg viewBox="0 0 {} {}" style="max-width:{}px" role="img" aria-label="{}">').format(
            f"{WIDTH:.0f}", f"{height:.0f}", f"{WIDTH:.0f}", printable(label)
        ),
        _hatch(prefix),
    ]
    parts += [_ribbon(ribbon, prefix) for ribbon in sorted(layout.ribbons, key=lambda ribbon: ribbon.flow.eliminated)]
    parts += [_ribbon_label(ribbon) for ribbon in layout.ribbons if ribbon.height >= _LABEL_PX]
    last = max((box.layer for box in layout.boxes), default=0)
    for box in layout.boxes:
        x, anchor = (box.x - 8, "end") if box.layer < last else (box.x + BOX + 8, "start")
        inner = 0 < box.layer < last  # ribbons come in at the middle of such a box, so its name stands at the top
        middle = box.y + _TOP + (12 if inner else box.height / 2)
        parts.append(
            Markup(
                '<g><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="2" fill="{}"/>'
                '<text x="{}" y="{}" text-anchor="{}" class="firm">{}</text>'
                '<text x="{}" y="{}" text-anchor="{}" class="small">{}</text></g>'
            ).format(
                _hint(box.name, box.yuan),
                _px(box.x),
                _px(box.y + _TOP),
                _px(BOX),
                _px(max(1.5, box.height)),
                INK,
                _px(x),
                _px(middle - 2),
                anchor,
                _name(box.name, 20),
                _px(x),
                _px(middle + 12),
                anchor,
                wording.amount(box.yuan),
            )
        )
    return Markup("").join([*parts, Markup("</svg>")])


def legend(layout: Layout) -> list[tuple[str, str]]:
    """Colours and names of the items that have a ribbon in colour."""
    shown = {ribbon.flow.item for ribbon in layout.ribbons if not ribbon.flow.eliminated}
    return [(series(index), _name(item, 40)) for index, item in enumerate(layout.items) if item in shown]


def _hatch(prefix: str) -> Markup:
    return Markup(
        '<defs><pattern id="{}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" fill="#EEF0F2"/><rect width="2.2" height="7" fill="{}" fill-opacity=".6"/>'
        "</pattern></defs>"
    ).format(prefix, GREY)


def _ribbon(ribbon: Ribbon, prefix: str) -> Markup:
    flow = ribbon.flow
    middle = (ribbon.x0 + ribbon.x1) / 2
    top0, top1 = ribbon.y0 + _TOP, ribbon.y1 + _TOP
    path = (
        f"M{_px(ribbon.x0)},{_px(top0)}"
        f"C{_px(middle)},{_px(top0)} {_px(middle)},{_px(top1)} {_px(ribbon.x1)},{_px(top1)}"
        f"v{_px(ribbon.height)}C{_px(middle)},{_px(top1 + ribbon.height)} {_px(middle)},{_px(top0 + ribbon.height)} "
        f"{_px(ribbon.x0)},{_px(top0 + ribbon.height)}Z"
    )
    fill = f"url(#{prefix}-hatch)" if flow.eliminated else series(ribbon.colour)
    words = f"{flow.source} → {flow.target}, {flow.item}" + (
        " (eliminated in consolidated figures)" if flow.eliminated else ""
    )
    return Markup('<path d="{}" fill="{}" fill-opacity="{}"><title>{}</title></path>').format(
        path, fill, "1" if flow.eliminated else ".55", _hint(words, flow.yuan)
    )


def _ribbon_label(ribbon: Ribbon) -> Markup:
    words = f"{_name(ribbon.flow.item, 26)} {wording.bare(ribbon.flow.yuan)}"
    return Markup('<text x="{}" y="{}" class="ribbon">{}</text>').format(
        _px(ribbon.x0 + 8), _px(ribbon.y0 + ribbon.height / 2 + _TOP + 4), words
    )


def _hint(words: str, yuan: int) -> Markup:
    return escape(f"{printable(shorten(words, 200))}: {show_money(yuan)}")


def _name(shown: str, columns: int) -> str:
    return cut(printable(shown), columns)


def _px(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
