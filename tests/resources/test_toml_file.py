"""TOML and JSON definitions: strict types, unknown keys with their line, no recursion errors."""

from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from aidc_twin.errors import Problem
from aidc_twin.resources import Id, TimeOfDay, read_json, read_toml, refuse_yaml
from aidc_twin.resources.nested import key_lines
from aidc_twin.units.quantity import Quantity, When


class Station(BaseModel, frozen=True):
    """A table within a definition."""

    servers: int = Field(1, ge=1, le=10**6)
    time: float = 1.0
    opens: TimeOfDay = 0


class Definition(BaseModel, frozen=True):
    """A definition with every shape of value."""

    name: str = Field("", json_schema_extra={"aliases": ["名称"]})
    tags: tuple[Id, ...] = ()
    start: date | None = None
    hours: Quantity | None = None
    ready: When | None = None
    station: dict[str, Station] = {}
    step: tuple[Station, ...] = ()
    notes: Annotated[list[str], Field(max_length=3)] = []


def read(folder: Path, text: str | bytes) -> tuple[Definition | None, list[Problem]]:
    """Definition and problems of a text."""
    path = folder / "park.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    problems: list[Problem] = []
    return read_toml(path, Definition, problems), problems


def test_good_definition(tmp_path: Path) -> None:
    """Every shape reads into its frozen type, with a byte-order mark too."""
    text = """\ufeff
name = "Wuxi"
tags = ["a", "b"]
start = 2026-10-01
hours = {fact = "weld_days", factor = 8}
ready = "tri(2026-09-30,2026-09-30,2026-12-05)"
notes = ["x"]
[station.a]
servers = 2
opens = "08:30"
[[step]]
time = 3
"""
    got, problems = read(tmp_path, text)
    assert problems == []
    assert got is not None
    assert (got.tags, got.start, got.notes) == (("a", "b"), date(2026, 10, 1), ["x"])
    assert (got.hours.text if got.hours else "", got.station["a"].opens) == ("fact:weld_days*8", 510)
    assert got.step[0].time == 3.0


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("nam = 1", 1, "unknown-key"),
        ("\n[station.a]\nserverss = 3", 3, "unknown-key"),
        ("[[step]]\n[[step]]\nservers = true", 3, "int-type"),
        ("station.a.servers = '3'", 1, "int-type"),
        ("station.a.servers = 2.0", 1, "int-type"),
        ("station.a.servers = 0", 1, "greater-than-equal"),
        ("station.a.servers = 10000000000000", 1, "less-than-equal"),
        ("x = 1\nx = 2", 2, "duplicate-key"),
        ("[a]\n[a]", 2, "duplicate-key"),
        ("名称 = 'x'", 1, "bare-key"),
        ("[名称]\nx = 1", 1, "bare-key"),
        ("name = ", 1, "toml-syntax"),
        ("name = 'x", 1, "toml-syntax"),
        ("station.a.time = nan", 1, "nan"),
        ("\n\nstation.a.time = -inf", 3, "infinite"),
        ('name = "a\\u202Eb"', 1, "invisible-character"),
        ('name = "a\\u0000b"', 1, "invisible-character"),
        ("x = " + "[" * 100_000, 1, "too-deep"),
        ("x = " + "{a=" * 1000, 1, "too-deep"),
        (".".join("a" * 100_000) + " = 1", 1, "too-deep"),
        ("tags = ['a b']", 1, "bad-id"),
        ("hours = true", 1, "not-a-number"),
        ("hours = '5%'", 1, "percent"),
        ("station.a.opens = 8", 1, "bad-time"),
        ("include = '../../etc/passwd'", 1, "unknown-key"),
        ("start = 2026-10-01T08:00:00Z", 1, "date-type"),
        ("name = 'a'\n'名称' = 'b'", 2, "ambiguous-key"),
        ("name = " + "9" * 5000, 0, "toml-syntax"),
        (b"name = '\xff'", 1, "bad-encoding"),
        (b"name = '\x00'", 1, "nul-character"),
        (b"", 0, "empty-file"),
    ],
)
def test_bad_definitions(tmp_path: Path, text: str | bytes, line: int, code: str) -> None:
    """Each defect is named with its line and a cure, and no model is returned."""
    got, problems = read(tmp_path, text)
    assert got is None
    assert (code, line) in [(problem.code, problem.line) for problem in problems]
    assert all(problem.fix for problem in problems)


def test_all_defects_at_once(tmp_path: Path) -> None:
    """Unknown keys and wrong values of one file come together, each with a place a user knows."""
    _, problems = read(tmp_path, "nam = 1\n[[step]]\n[[step]]\nservers = '3'\n[station.b]\ntimee = 1\n")
    assert [(p.line, p.column) for p in sorted(problems)] == [
        (1, "nam"),
        (4, "step[2].servers"),
        (6, "station.b.timee"),
    ]
    assert "'name'" in sorted(problems)[0].fix


@pytest.mark.parametrize("value", ["nan", "-inf", '"a\\u202Eb"'])
def test_a_value_that_nobody_means_hides_no_other_defect(tmp_path: Path, value: str) -> None:
    """It is told once, wherever it stands, and neither as missing nor as of another type; there is no model."""
    text = f"nam = 1\n[station.a]\nservers = {value}\ntimee = 1\n[[step]]\n[[step]]\nservers = '3'\ntime = {value}\n"
    got, problems = read(tmp_path, text)
    assert got is None
    assert [(p.line, p.column) for p in sorted(problems)] == [
        (1, "nam"), (3, "station.a.servers"), (4, "station.a.timee"), (7, "step[2].servers"), (8, "step[2].time"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ['name = "a\\u202Eb"', '"名称" = "a\\u202Eb"', 'tags = ["a", "b\\u202E"]', "notes = [nan]"]
)
def test_a_value_that_nobody_means_is_no_default(tmp_path: Path, text: str) -> None:
    """A key that may be left out is not taken as left out."""
    got, problems = read(tmp_path, text)
    assert got is None
    assert len(problems) == 1


def test_a_quoted_chinese_alias_is_a_name(tmp_path: Path) -> None:
    """What the cure for a bare Chinese key asks for works."""
    got, problems = read(tmp_path, '"名称" = "无锡"')
    assert (got.name if got else "", problems) == ("无锡", [])
    assert 'quote the key: "名称"' in str(read(tmp_path, "名称 = 1")[1][0])


def test_key_lines() -> None:
    """Keys are found below tables, arrays of tables and dotted names."""
    lines = key_lines("a.b = 1\n[[s]]\nx = 1\n[[s]]\nx = 2\n[s.t]\n'k' = 3\n")
    assert (lines["a", "b"], lines["s", 1, "x"], lines["s", 1, "t", "k"]) == (1, 5, 7)


@pytest.mark.parametrize(
    "text",
    ['{"x":1}garbage', '{"x":NaN}', '{"x":-Infinity}', '{"x":1,"x":2}', "[" * 100_000, '{"x":1e400}', "{", '"\\ud800"'],
)
def test_bad_json(tmp_path: Path, text: str) -> None:
    """JSON beyond the standard, twice the same key, or too deep is one problem."""
    path = tmp_path / "state.json"
    path.write_text(text)
    problems: list[Problem] = []
    assert read_json(path, problems) is None
    assert len(problems) == 1


def test_good_json(tmp_path: Path) -> None:
    """Plain JSON is read."""
    path = tmp_path / "state.json"
    path.write_text('{"x": [1, 2.5, null, "服务器"]}', encoding="utf-8")
    problems: list[Problem] = []
    assert read_json(path, problems) == {"x": [1, 2.5, None, "服务器"]}
    assert problems == []


def test_yaml_is_refused(tmp_path: Path) -> None:
    """YAML of a folder is refused by name, and TOML is what to write."""
    (tmp_path / "park.yaml").touch()
    (tmp_path / "b.YML").touch()
    problems: list[Problem] = []
    assert refuse_yaml(tmp_path, problems)
    assert [problem.allowed for problem in problems] == ["TOML", "TOML"]
    assert not refuse_yaml(tmp_path / "park.toml", problems)
