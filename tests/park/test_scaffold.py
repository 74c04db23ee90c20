"""The example park of `aidc-twin init`, and the exported schema."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import InputError
from aidc_twin.facts import Facts
from aidc_twin.park import Park, load_park
from aidc_twin.park.json_schema import DRAFT, park_schema, schema_markdown
from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.park.schema import TABLES

TINY = Path(__file__).parents[1] / "parks" / "tiny"
LINE = Path(__file__).parent / "line"
SHOPS = Path(__file__).parents[1] / "parks" / "buckets"
ROUNDS = Path(__file__).parents[1] / "parks" / "transfers"
CREDIT = Path(__file__).parents[1] / "parks" / "credit"
EXPANSION = Path(__file__).parents[1] / "parks" / "expansion"
PAGE = Path(__file__).parents[2] / "docs" / "park-folder.md"


def test_scaffold_loads_clean(tmp_path: Path) -> None:
    """The example has six orders, one calendar and a quota, and neither problem nor notice."""
    files = write_scaffold(tmp_path / "mine")
    park = load_park(tmp_path / "mine", facts=Facts())
    assert park.notices == ()
    assert len(park.orders) == 6
    assert {row.calendar for row in park.calendars} == {"plant"}
    assert [row.material for row in park.materials if row.weekly_quota] == ["accelerators"]
    assert {path.name for path in files} == {path.name for path in (tmp_path / "mine").iterdir()}


def test_scaffold_spares_what_is_there(tmp_path: Path) -> None:
    """A folder with files and a file are refused and left alone; an empty folder is used."""
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="empty folder"):
        write_scaffold(tmp_path)
    with pytest.raises(InputError, match="empty folder"):
        write_scaffold(tmp_path / "notes.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    assert write_scaffold(tmp_path / "empty")


def test_page_is_up_to_date() -> None:
    """The page of the schema is what the schema says."""
    assert PAGE.read_text(encoding="utf-8") == schema_markdown(), "run: python -m aidc_twin.park.json_schema"


def test_json_schema_covers_every_table() -> None:
    """Each table and column is there with description, and units and Chinese names where it has them."""
    schema = json.loads(json.dumps(park_schema()))
    assert schema["$schema"] == DRAFT
    assert set(schema["properties"]) == {"park", *TABLES}
    for name, model in TABLES.items():
        columns = schema["properties"][name]["items"]["properties"]
        assert set(columns) == set(model.model_fields)
        assert all("description" in column and column["aliases"] for column in columns.values())
    assert schema["properties"]["legs"]["items"]["properties"]["duration_days"]["unit"] == "day"
    assert schema["properties"]["orders"]["items"]["key"] == ["order"]


@pytest.mark.parametrize(
    "source", [TINY, LINE, SHOPS, ROUNDS, EXPANSION], ids=["tiny", "line", "shops", "rounds", "expansion"]
)
def test_chinese_headers_read_the_same(tmp_path: Path, load: Callable[..., Park], source: Path) -> None:
    """A table headed by the Chinese names of its columns gives the same park, also as GBK."""
    folder = tmp_path / source.name
    shutil.copytree(source, folder)
    expected = load(folder).hash
    for name, model in TABLES.items():
        path = folder / f"{name}.csv"
        if not path.is_file():
            continue
        header, body = path.read_text(encoding="utf-8").split("\n", 1)
        extras = {field: model.model_fields[field].json_schema_extra for field in model.model_fields}
        aliases = [extras[word]["aliases"][0] for word in header.split(",")]
        path.write_text(",".join(aliases) + "\n" + body, encoding="gbk")
    park = load(folder)
    assert park.hash == expected
    assert any("GB18030" in notice for notice in park.notices)


def test_every_table_stands_in_one_of_the_parks() -> None:
    """No table is left out of these tests."""
    parks = (TINY, LINE, SHOPS, ROUNDS, CREDIT, EXPANSION)
    assert all(any((park / f"{name}.csv").is_file() for park in parks) for name in TABLES)
