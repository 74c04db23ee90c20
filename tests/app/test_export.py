"""CSV for spreadsheets: inert, and whole or not there."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from aidc_twin.errors import EnvironmentFault
from aidc_twin.store.export import write_csv

LIVE = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")']
TAME = ["plain", "a=1", "", "o1/box_it/1", "亿元", "'=1", "line\nbreak", 'quote "x", comma', " =1"]


def read(path: Path) -> list[dict[str, str]]:
    """Rows as a spreadsheet would read them."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


@pytest.mark.parametrize("text", LIVE)
def test_no_text_is_run(text: str, tmp_path: Path) -> None:
    """What a spreadsheet would run gets an apostrophe before it, and is otherwise as it was."""
    write_csv(pl.DataFrame({"name": [text], "yuan": [-5]}), tmp_path / "x.csv")
    assert read(tmp_path / "x.csv") == [{"name": f"'{text}", "yuan": "-5"}]


def test_other_text_is_left_alone(tmp_path: Path) -> None:
    """Plain text, quotes, commas and breaks come back as they went; numbers stay numbers, nulls stay empty."""
    frame = pl.DataFrame({"name": [*TAME, None], "tick": [-1, *range(len(TAME))], "share": [-0.5] * (len(TAME) + 1)})
    write_csv(frame, tmp_path / "x.csv")
    rows = read(tmp_path / "x.csv")
    assert [row["name"] for row in rows] == [*TAME, ""]
    assert [int(row["tick"]) for row in rows] == frame["tick"].to_list()
    assert {row["share"] for row in rows} == {"-0.5"}


def test_an_empty_frame_is_a_header(tmp_path: Path) -> None:
    """An empty frame writes its header and nothing else."""
    write_csv(pl.DataFrame(schema={"unit_id": pl.String, "tick": pl.Int64}), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == b"unit_id,tick\n"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever step fails, the file of before stays whole and no draft is left beside it."""
    target = tmp_path / "x.csv"
    frame = pl.DataFrame({"name": ["a"]})
    write_csv(frame, target)
    before = target.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("polars.DataFrame.write_csv", "os.replace"):
        with monkeypatch.context() as patch:
            patch.setattr(name, full)
            with pytest.raises(EnvironmentFault, match="the disk is full"):
                write_csv(pl.DataFrame({"name": ["b"]}), target)
        assert target.read_bytes() == before
        assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("place", ["nowhere/x.csv", ".", "folder"])
def test_a_place_that_cannot_be_written_is_named(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such folder, or a folder in place of the file: one fault with the reason in words, and nothing is left."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(
        EnvironmentFault, match=r"cannot write .*: (No such file|Is a directory|Device or resource busy)"
    ):
        write_csv(pl.DataFrame({"name": ["a"]}), Path(place))
    assert list(tmp_path.rglob("*")) == [tmp_path / "folder"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """A shorter frame leaves nothing of the longer one of before."""
    target = tmp_path / "x.csv"
    write_csv(pl.DataFrame({"n": range(1000)}), target)
    write_csv(pl.DataFrame({"n": [1]}), target)
    assert target.read_bytes() == b"n\n1\n"
