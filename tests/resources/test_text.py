"""Bytes to text: encodings are proved, never guessed, and what is no text is named."""

import os
import random
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, Field

from aidc_twin.errors import Problem
from aidc_twin.resources import Id, read_table
from aidc_twin.resources.defects import Defects
from aidc_twin.resources.text import decode, read_bytes


class Item(BaseModel, frozen=True):
    """A row with a Chinese alias."""

    __key__: ClassVar[tuple[str, ...]] = ("id",)
    id: Id = Field(json_schema_extra={"aliases": ["编号"]})
    name: str = Field(json_schema_extra={"aliases": ["名称"]})


def read(folder: Path, data: bytes) -> tuple[list[str], list[Problem], list[str]]:
    """Names, problems and notices of a table of these bytes."""
    path = folder / "items.csv"
    path.write_bytes(data)
    problems: list[Problem] = []
    notices: list[str] = []
    return [row.name for _, row in read_table(path, Item, problems, notices)], problems, notices


CHINESE = "编号,名称\nA-1,服务器\n"


@pytest.mark.parametrize(
    "data",
    [
        CHINESE.encode(),
        b"\xef\xbb\xbf" + CHINESE.encode(),
        b"\xff\xfe" + CHINESE.encode("utf-16-le"),
        b"\xfe\xff" + CHINESE.encode("utf-16-be"),
    ],
)
def test_unicode(tmp_path: Path, data: bytes) -> None:
    """UTF-8 and UTF-16 by their marks read the same, and the mark never joins a column name."""
    assert read(tmp_path, data) == (["服务器"], [], [])


@pytest.mark.parametrize("text", [CHINESE, "编号,名称\nA-1,朱镕基\n", "id,name\nA-1,服务器\n", "编号,name\nA-1,x\n"])
def test_gbk_with_a_known_header(tmp_path: Path, text: str) -> None:
    """GBK is read where the header proves it, and a notice says so."""
    names, problems, notices = read(tmp_path, text.encode("gbk"))
    assert (names, problems) == ([text.split(",")[-1].strip()], [])
    assert "GB18030" in notices[0]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("编号,名称,价格\nA-1,x,1\n".encode("gbk"), 1),
        ("編號,名稱\nA-1,伺服器\n".encode("big5"), 1),
        ("id,name\nA-1,伺服器\n".encode("big5"), 2),
        ("编号,名称\nA-1,㐀\n".encode("gb18030"), 2),
        ("编号,名称\n".encode("gbk") + "A-1,服务器\n".encode(), 2),
        ("编号,名称\n".encode() + "A-1,服务器\n".encode("gbk"), 2),
        (b"\xef\xbb\xbf" + CHINESE.encode("gbk"), 1),
        (b"id,name\nA-1,\xed\xa0\x80\n", 2),
        (b"id,name\nA-1,\xff\n", 2),
        (b"\xff\xfe" + "id,name\nA,b\n".encode("utf-16-le") + b"\x00", 3),
        (b"\xff\xfe\x00\x00" + CHINESE.encode("utf-32-le"), 0),
    ],
)
def test_doubtful_encodings_are_refused(tmp_path: Path, data: bytes, line: int) -> None:
    """Whatever is not proved is refused, with byte and line, and no row is returned."""
    names, problems, _ = read(tmp_path, data)
    assert (names, [(p.code, p.line) for p in problems]) == ([], [("bad-encoding", line)])


def test_nul_is_refused_with_its_line(tmp_path: Path) -> None:
    """A NUL is refused, also as the sign of UTF-16 without its mark."""
    assert [(p.code, p.line) for p in read(tmp_path, b"id,name\nA-1,a\0b\n")[1]] == [("nul-character", 2)]
    assert read(tmp_path, "id,name\n".encode("utf-16-le"))[1][0].code == "nul-character"
    assert "NUL" in read(tmp_path, CHINESE.encode("utf-16-le"))[1][0].found


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"\x89PNG\r\n", b"\x1f\x8b\x08", b"PAR1", b"%PDF-1.7", b"7z\xbc\xaf"])
def test_other_kinds_of_files(tmp_path: Path, magic: bytes) -> None:
    """A workbook, picture or archive under the name of a table is named for what it is."""
    assert [p.code for p in read(tmp_path, magic + bytes(range(256)))[1]] == ["wrong-file-kind"]


def test_files_that_are_none(tmp_path: Path) -> None:
    """A folder, a pipe, a missing, an empty and an oversized file are each one problem, without waiting."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "empty.csv").touch()
    for name, code in [
        (".", "not-a-file"),
        ("pipe.csv", "not-a-file"),
        ("none.csv", "missing-file"),
        ("empty.csv", "empty-file"),
    ]:
        problems: list[Problem] = []
        assert read_table(tmp_path / name, Item, problems, []) == []
        assert [problem.code for problem in problems] == [code]
    (tmp_path / "big.csv").write_bytes(b"x" * 101)
    problems = []
    assert read_bytes(tmp_path / "big.csv", Defects("big.csv", problems), limit=100) is None
    assert problems[0].code == "too-large"


def test_no_bytes_decode_to_mojibake() -> None:
    """Random bytes under a known header give a text that encodes back to them, or a problem."""
    generator = random.Random(7)
    for _ in range(300):
        data = "编号,名称\nA,".encode("gbk") + generator.randbytes(12)
        problems: list[Problem] = []
        text = decode(data, Defects("f", problems), header_test=lambda line: line == "编号,名称")
        assert (text is None) == bool(problems)
        assert text is None or text.encode("gbk") == data
