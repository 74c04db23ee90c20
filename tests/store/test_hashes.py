"""Content hashes say what was found, not when, how fast or in which bytes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidc_twin.store import RunStore, frame_hash, json_hash

BASE = {"unit": ["a", None, "c"], "tick": [1, 2, 3], "load": [0.5, None, 1.5]}
FIXED = "7750752ffaaf251c72fe689a93655a9ea6903decb78de574ae260d33ac492f3e"


def frame(**changed: object) -> pl.DataFrame:
    """A small frame with columns changed or added."""
    return pl.DataFrame({**BASE, **changed})


def test_hash_is_fixed() -> None:
    """The hash is part of the store's format: it may not move between versions and machines."""
    assert frame_hash(frame()) == FIXED


def test_measured_time_stays_out(store: RunStore) -> None:
    """Two runs that differ in begin, seconds and time stamps only have one content hash."""
    hashes: set[str] = set()
    for hour, seconds in ((8, 1.5), (9, 2.5)):
        at = dt.datetime(2026, 10, 1, hour)
        with store.begin("plan", "tiny", at) as draft:
            draft.write_frame("output", frame(wall_seconds=[seconds] * 3))
            draft.write_json("summary", {"gap": 0, "steps": [{"seconds": seconds, "timestamp": at.isoformat()}]})
            draft.write_text("log.txt", f"took {seconds} s", counts=False)
            hashes.add(draft.publish({"started": at.isoformat()}).content_hash)
    assert len(hashes) == 1


def test_results_count(store: RunStore) -> None:
    """Another value, or another name, gives another content hash."""
    hashes: set[str] = set()
    for name, tick in (("output", 3), ("output", 4), ("other", 3)):
        with store.begin("plan", "tiny", dt.datetime(2026, 10, 1)) as draft:
            draft.write_frame(name, frame(tick=[1, 2, tick]))
            hashes.add(draft.publish({}).content_hash)
    assert len(hashes) == 3


def test_storage_does_not_count() -> None:
    """Chunks, slices and a way through Parquet leave the hash alone."""
    whole = frame()
    chunked = pl.concat([whole[:1], whole[1:]], rechunk=False)
    sliced = pl.concat([whole, whole])[3:]
    assert frame_hash(whole) == frame_hash(chunked) == frame_hash(sliced)


@pytest.mark.parametrize(
    "other",
    [
        frame(unit=["a", "", "c"]),
        frame(unit=["a", None, "C"]),
        frame(load=[0.5, 0.0, 1.5]),
        frame(load=[0.5, float("nan"), 1.5]),
        frame(tick=[1.0, 2.0, 3.0]),
        frame(more=[0, 0, 0]),
        frame()[::-1],
        frame().rename({"load": "share"}),
        frame().select("tick", "unit", "load"),
        frame()[:2],
    ],
    ids=range(10),
)
def test_each_difference_counts(other: pl.DataFrame) -> None:
    """Values, nulls, types, names and the order of rows and columns all enter."""
    assert frame_hash(other) != frame_hash(frame())


def test_equal_floats_are_equal() -> None:
    """Minus zero equals zero, and all not-a-numbers are one."""
    assert frame_hash(pl.DataFrame({"x": [-0.0]})) == frame_hash(pl.DataFrame({"x": [0.0]}))
    nan = pl.DataFrame({"x": [float("inf")]}).select(x=pl.col("x") - pl.col("x"))
    assert frame_hash(nan) == frame_hash(pl.DataFrame({"x": [float("nan")]}))


COLUMNS = {
    "date": [dt.date(2027, 1, 1), None],
    "datetime": [dt.datetime(2027, 1, 1, 8), None],
    "duration": [dt.timedelta(1), None],
    "time": [dt.time(8), None],
    "boolean": [True, None],
    "decimal": [Decimal("1.25"), None],
    "binary": [b"a", None],
    "list": [[1, 2], None],
    "nested": [[["a"], []], None],
    "struct": [{"a": 1, "b": [1.5]}, None],
    "null": [None, None],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_type_has_canonical_bytes(name: str) -> None:
    """Each type has a hash that follows its values."""
    both = pl.DataFrame({name: COLUMNS[name]}, strict=False)
    assert frame_hash(both) == frame_hash(both.clone())
    assert frame_hash(both) != frame_hash(both[:1])
    if name != "null":
        assert frame_hash(both) != frame_hash(both[::-1])


@pytest.mark.parametrize("kind", [pl.Categorical(), pl.Enum(["b", "a"]), pl.Array(pl.Int64, 2)], ids=str)
def test_categories_and_arrays_count_by_value(kind: pl.DataType) -> None:
    """Codes of categories, which depend on what was seen before, do not enter."""
    values = [[1, 2], [3, 4]] if isinstance(kind, pl.Array) else ["a", "b"]
    first, second = (pl.DataFrame({"x": v}, schema={"x": kind}) for v in (values, values[::-1]))
    assert frame_hash(first) == frame_hash(second[::-1])
    assert frame_hash(first) != frame_hash(second)


def test_objects_are_refused() -> None:
    """A Python object has no bytes that mean the same tomorrow."""
    with pytest.raises(TypeError, match="canonical bytes"):
        frame_hash(pl.DataFrame({"x": pl.Series([object()], dtype=pl.Object)}))


def test_strings_cannot_wander() -> None:
    """The border between two cells is part of the hash."""
    assert frame_hash(pl.DataFrame({"x": ["ab", "c"]})) != frame_hash(pl.DataFrame({"x": ["a", "bc"]}))
    assert frame_hash(pl.DataFrame({"x": [[1], [2, 3]]})) != frame_hash(pl.DataFrame({"x": [[1, 2], [3]]}))


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none(), max_size=5))
def test_json_hash_ignores_the_order_of_keys(value: dict[str, object]) -> None:
    """Keys are sorted before hashing."""
    assert json_hash(value) == json_hash(dict(reversed(value.items())))
