"""Fingerprints of what was computed, not of how it was stored.

Two runs that found the same have the same hash on any machine and at any time: Parquet bytes, which vary with the
library's version and threads, do not enter, nor do measured seconds and time stamps.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl

TIMING_NAMES = frozenset(["seconds", "wall_s", "cpu_s", "timestamp"])
TIMING_ENDINGS = ("_seconds", "_timestamp")


class Digest(Protocol):
    """The part of a hashlib object that is used here."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        ...

    def hexdigest(self) -> str:
        """Return the fingerprint."""
        ...


def is_timing(name: str) -> bool:
    """Whether a column or key holds measured time and so stays out of every content hash.

    Times of the park are not meant: those end in ``_s``, ``_tick`` or ``_at``.
    """
    return name in TIMING_NAMES or name.endswith(TIMING_ENDINGS)


def file_hash(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def frame_hash(frame: pl.DataFrame) -> str:
    """SHA-256 over the schema and the values of a frame, row order counting, measured times left out.

    Raises
    ------
    TypeError
        For Python objects in a column, which have no canonical bytes.
    """
    digest = hashlib.sha256(b"frame 1")
    kept = [column for column in frame.get_columns() if not is_timing(column.name)]
    _put(digest, json.dumps([[column.name, str(column.dtype)] for column in kept], ensure_ascii=False).encode())
    _put(digest, str(frame.height).encode())
    for column in kept:
        _hash_column(digest, column)
    return digest.hexdigest()


def json_hash(value: Any) -> str:
    """SHA-256 of a JSON value with sorted keys, measured times left out at every depth."""
    return file_hash(json.dumps(_untimed(value), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())


def joint_hash(parts: Mapping[str, str]) -> str:
    """SHA-256 over named hashes, in order of the names."""
    return json_hash(sorted(parts.items()))


def _hash_column(digest: Digest, column: pl.Series) -> None:
    import polars as pl

    _put(digest, _bits(column.is_not_null()))
    dtype = column.dtype
    if isinstance(dtype, pl.Struct):
        for field in column.struct.fields:
            _hash_column(digest, column.struct.field(field))
    elif isinstance(dtype, pl.List | pl.Array):
        lists = column.cast(pl.List(dtype.inner)) if isinstance(dtype, pl.Array) else column
        _put(digest, _numbers(lists.list.len().fill_null(0).cast(pl.Int64)))
        _hash_column(digest, lists.filter(lists.list.len().fill_null(0) > 0).explode())
    elif isinstance(dtype, pl.Object | pl.Unknown):
        raise TypeError(f"column {column.name!r} of {dtype} has no canonical bytes")
    elif dtype != pl.Null:
        _put(digest, _plain_bytes(column))


def _plain_bytes(column: pl.Series) -> bytes:
    import polars as pl

    dtype = column.dtype
    if dtype == pl.Boolean:
        return _bits(column.fill_null(False))
    if dtype.is_float():
        return _numbers(_canonical_floats(column.fill_null(0.0)))
    if dtype.is_temporal():
        return _numbers(column.to_physical().cast(pl.Int64).fill_null(0))
    if dtype.is_integer() and not isinstance(dtype, pl.Int128 | pl.UInt128):
        return _numbers(column.fill_null(0))
    if dtype == pl.Binary:
        return _joined([value or b"" for value in column.to_list()])
    return _joined([value.encode() for value in column.cast(pl.String).fill_null("").to_list()])


def _canonical_floats(column: pl.Series) -> pl.Series:
    """One zero and one not-a-number: equal values must have equal bytes."""
    import polars as pl

    nan, zero = (pl.lit(value, column.dtype) for value in (float("nan"), 0.0))
    return pl.select(pl.when(column.is_nan()).then(nan).when(column == 0.0).then(zero).otherwise(column)).to_series()


def _numbers(column: pl.Series) -> bytes:
    values = column.to_numpy()
    return (values if sys.byteorder == "little" else values.byteswap()).tobytes()


def _bits(column: pl.Series) -> bytes:
    return column.to_numpy().tobytes()


def _joined(values: Sequence[bytes]) -> bytes:
    lengths = b",".join(str(len(value)).encode() for value in values)
    return lengths + b";" + b"".join(values)


def _put(digest: Digest, data: bytes) -> None:
    """Length first, so that bytes cannot wander from one part to the next unnoticed."""
    digest.update(len(data).to_bytes(8, "little"))
    digest.update(data)


def _untimed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _untimed(inner) for key, inner in value.items() if not is_timing(str(key))}
    if isinstance(value, list | tuple):
        return [_untimed(inner) for inner in value]
    return value
