"""The page about mechanisms: every table in it can be read, and its whole line is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park
from aidc_twin.park.schema import INVESTING, TABLES
from aidc_twin.resources import read_table

PAGE = Path(__file__).parents[2] / "docs" / "mechanisms.md"
LINE = Path(__file__).parent / "line"
WHOLE = "## A whole line"
_TABLE = re.compile(r"^`([\w/]+)\.csv`:\n\n```csv\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = [found.groups() for found in _TABLE.finditer(TEXT)]


@pytest.mark.parametrize(("table", "text"), EXAMPLES, ids=[f"{table}-{n}" for n, (table, _) in enumerate(EXAMPLES)])
def test_each_example_can_be_read(tmp_path: Path, table: str, text: str) -> None:
    """Columns and cells of an example are as the schema has them."""
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    problems: list[Problem] = []
    rows = read_table(path, TABLES[table], problems, [], "table.csv")
    assert not problems
    assert len(rows) == text.count("\n") - 1


def test_the_page_shows_every_table() -> None:
    """No table of a park is left out but what only investments, the money, the start or the orders need."""
    assert TEXT.count("```csv") == len(EXAMPLES)
    shown = {table for table, _ in EXAMPLES}
    assert set(TABLES) - shown == {"state/purchase_orders", *INVESTING}


def test_the_whole_line_loads(tmp_path: Path, load: Callable[..., Park]) -> None:
    """The last section is a park: the line of these tests."""
    (tmp_path / "state").mkdir()
    for table, text in _TABLE.findall(TEXT[TEXT.index(WHOLE) :]):
        (tmp_path / f"{table}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "park.toml").write_text((LINE / "park.toml").read_text(encoding="utf-8"), encoding="utf-8")
    park = load(tmp_path)
    assert park.notices == ()
    assert park.hash == load(LINE).hash
