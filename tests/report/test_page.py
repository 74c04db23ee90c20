"""The page: complete, self-contained, inert, the same each time, and calm about what is absent."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aidc_twin.frames import PUBLISHED
from aidc_twin.report import write_report
from aidc_twin.report.page import render_report

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "</title></style>{{7*7}}{% raw %}${7*7}",
    "=cmd|'/c calc'!A1\" onmouseover=\"alert(1)",
    "http://evil.example/?a=1&b=<b>",
    "<!-- --> ]]> \u2028\u202e\x00\x1b[31m javascript:alert(1)",
    'url(#fan0-0) id="gantt" </svg></text>',
)
_TAGS = """
    html head meta title style body div nav strong a main header h1 h2 h3 ul li b span section article p dl dt dd i
    figure figcaption table caption thead tbody tr th td label select option button noscript pre footer script
    svg g path rect line text defs pattern clippath
"""
TAGS = frozenset(_TAGS.split())
SECTIONS = (
    "verdict",
    "chain",
    "binds",
    "schedule",
    "plan",
    "losses",
    "album",
    "resources",
    "weeks",
    "inputs",
    "assumptions",
    "goals",
    "certificate",
)


class Page(HTMLParser):
    """Elements, attributes and texts of a page, and the content of its scripts."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self._inside = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.texts.append(data)


def hostile(value: Any, bad: str) -> Any:
    """Append a hostile text to every text in a JSON value, except to dates that are read."""
    if isinstance(value, dict):
        return {key: entry if key == "park_epoch" else hostile(entry, bad) for key, entry in value.items()}
    if isinstance(value, list):
        return [hostile(entry, bad) for entry in value]
    return value + bad if isinstance(value, str) else value


def hostile_frames(frames: dict[str, pl.DataFrame], bad: str) -> dict[str, pl.DataFrame]:
    """Append a hostile text to every text in every frame, cut short to keep the test quick."""
    return {name: frame.head(40).with_columns(pl.col(pl.String) + bad) for name, frame in frames.items()}


def assert_inert(source: str) -> Page:
    """No element, handler, link or load beyond our own."""
    page = Page(source)
    assert page.tags <= TAGS, page.tags - TAGS
    assert len(page.scripts) == 2
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in ("src", "srcset", "data", "action", "formaction", "xlink:href", "background", "ping"), (
            tag,
            name,
        )
        if name == "href":
            assert value.removeprefix("#") in SECTIONS
        if name == "style":
            assert value.startswith(("background:#", "max-width:")), value
        if name in ("fill", "clip-path") and "url" in value:
            assert value.startswith("url(#")
    return page


def test_page_holds_every_section_and_figure(
    frames: dict[str, pl.DataFrame], summary: dict[str, Any], tmp_path: Path
) -> None:
    """All sections are there, filled, and the three forms, payload, basis and the synthetic label are named."""
    write_report(frames, summary, tmp_path / "report.html")
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    for section in SECTIONS:
        assert f'<section id="{section}">' in source
    assert '<p class="absent' not in source.split("<noscript>")[0] + source.split("</noscript>")[1]
    text = " ".join(Page(source).texts).replace("\u00a0", " ")
    for words in (
        "1000 亿元 = 100 billion yuan = 1.0e11 CNY",
        "832.4",
        "Entity-gross",
        "accelerators owned",
        "synthetic order book",
    ):
        assert words in text
    for words in (
        "accelerators (52 weeks full)",
        "61.2 %",
        "aidc-twin runs verify 20261121-0341-7f3a",
        "无锡算力装备产业园",
        "69 %",
        "largest peak 0.101 MW",
    ):
        assert words in text
    assert source.count("<svg") == 29


def test_page_loads_nothing(frames: dict[str, pl.DataFrame], summary: dict[str, Any]) -> None:
    """Nothing points outside the file, and the policy allows the one script by its hash alone."""
    source = render_report(frames, summary)
    page = assert_inert(source)
    assert "http:" not in source
    assert "https:" not in source
    assert "@import" not in source
    data, script = page.scripts
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and value.startswith("default-src"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith(
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:"
    )
    assert len(json.loads(data)["row"]) == 600


@pytest.mark.parametrize("bad", HOSTILE)
def test_names_are_inert(frames: dict[str, pl.DataFrame], summary: dict[str, Any], bad: str) -> None:
    """Hostile text in every text of every frame and of the summary adds no element, handler or link."""
    page = assert_inert(render_report(hostile_frames(frames, bad), hostile(summary, bad)))
    data = json.loads(page.scripts[0])
    assert page.scripts[1] == (Path(render_report.__code__.co_filename).parent / "templates" / "gantt.js").read_text(
        "utf-8"
    )
    shown = " ".join(page.texts)
    assert "\x00" not in shown
    assert "\u202e" not in shown
    if "{{7*7}}" in bad:
        assert "{{7*7}}" in shown
        assert "{{7*7}}" in data["products"][0]


def test_ledgers_of_other_names_are_shown(frames: dict[str, pl.DataFrame], summary: dict[str, Any]) -> None:
    """A ledger that the page does not know is drawn under its own name."""
    renamed = {
        **frames,
        "flows": frames["flows"]
        .with_columns(pl.lit("<services>").alias("ledger"))
        .unique(["source", "target", "item"]),
    }
    assert "<h3>&lt;services&gt;</h3>" in render_report(renamed, summary)


def test_same_input_gives_same_bytes(frames: dict[str, pl.DataFrame], summary: dict[str, Any], tmp_path: Path) -> None:
    """Two reports of one run are equal byte by byte, also with the frames handed over in another order."""
    write_report(frames, summary, tmp_path / "a.html")
    write_report(dict(reversed(frames.items())), dict(reversed(summary.items())), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize("given", ["absent", "empty"])
def test_empty_runs_say_what_is_absent(given: str) -> None:
    """Without frames each section says in a sentence what the run does not hold."""
    frames = {} if given == "absent" else {name: schema.create_empty() for name, schema in PUBLISHED.items()}
    source = render_report(dict(frames), {})
    for words in (
        *("evaluated no goal", "no money flows", "no planned load", "no simulated load", "no operation on a machine"),
        *("no levels of a plan", "no planned orders", "no rounds", "no shares", "no table of facts", "no certificate"),
    ):
        assert words in source
    assert "<script>" not in source
    assert "gantt-data" not in source


def test_each_frame_may_be_absent_alone(frames: dict[str, pl.DataFrame], summary: dict[str, Any]) -> None:
    """Whichever frames are missing, the page is still written; half of them are left out at a time."""
    names = sorted(frames)
    for kept in (names[::2], names[1::2]):
        assert 'id="certificate"' in render_report({name: frames[name] for name in kept}, summary)


def test_odd_summaries_do_not_break_the_page(frames: dict[str, pl.DataFrame]) -> None:
    """Missing, null, non-finite and mistyped entries are shown as absent."""
    odd: dict[str, Any] = {
        "goals": [{"id": "x", "target_yuan": None, "simulated_yuan": None, "probability": float("nan")}, "no goal", {}],
        "binding": [{"name": "quota"}, None],
        "assumption_share": float("inf"),
        "certificate": None,
        "plan": [],
        "replications": "many",
        "loop": {"converged": False, "rounds": 3},
        "park_epoch": "soon",
        "tick_us": 7,
        "versions": None,
        "scenarios": "one",
    }
    source = render_report(frames, odd)
    assert "not simulated" in source
    assert "The loop did not converge." in source
    assert "nan" not in " ".join(Page(source).texts).casefold().split()


def test_goals_come_from_the_frame_where_the_summary_has_none(
    frames: dict[str, pl.DataFrame], summary: dict[str, Any]
) -> None:
    """A summary without goals leaves the frame to speak."""
    source = render_report(frames, {**summary, "goals": []})
    assert "Consolidated (sales between the park" in source
    assert source.count('<article class="goal open">') == 2


def test_report_does_not_import_the_chart_libraries() -> None:
    """Importing the report costs no Altair and no renderer."""
    code = "import sys, aidc_twin.report; sys.exit(bool({'altair', 'vl_convert'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_prices_waits_and_purchases_are_shown(frames: dict[str, pl.DataFrame], summary: dict[str, Any]) -> None:
    """What one unit more is worth with its unit, what a late order waits for, and whom a purchase serves."""
    page = render_report(frames, summary)
    for cells in (
        ("test_power", "MW", "1.25\u00a0亿元", "3.5 weeks", "0.5\u00a0亿元"),
        ("o001", "o001", "2", "burnin-bay", "30", "75 %"),
        ("3", "steel", "12.5", "o001 12.5"),
    ):
        assert re.search(r"</td>\s*".join(rf"<td[^>]*>{re.escape(cell)}" for cell in cells), page), cells
    assert page.index(">test_power</td><td>MW") < page.index(">accelerators</td><td>100 chip a week")
