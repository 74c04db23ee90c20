"""Bytes of a file to text: UTF-8, UTF-16 by its byte-order mark, GB18030 only on proof; nothing is guessed.

A wrongly guessed encoding gives text that looks like text (mojibake), so each doubt is a problem with byte and line.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
import unicodedata
from collections.abc import Callable
from pathlib import Path

from aidc_twin.resources.defects import Defects

__all__ = ["MAX_BYTES", "decode", "read_bytes", "read_text"]

MAX_BYTES = 64 * 2**20
SAVE_AS = "save it as CSV UTF-8 (Excel: Save as, CSV UTF-8)"
HeaderTest = Callable[[str], bool]
"""Whether the first line of a text, as decoded, is a header of known names."""

_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "a gzip archive (never unpacked)"),
    (b"BZh", "a bzip2 archive (never unpacked)"),
    (b"\xfd7zXZ", "an xz archive (never unpacked)"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive (never unpacked)"),
    (b"7z\xbc\xaf", "a 7z archive (never unpacked)"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3\0", "an SQLite database"),
)
_MARKS = (
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE_END = re.compile(r"\r\n|\r|\n")


def read_bytes(path: Path, defects: Defects, limit: int = MAX_BYTES) -> bytes | None:
    """Content of a regular file of at most `limit` bytes; otherwise a problem and None."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                defects.add(0, "", "not a regular file", allowed="a file", fix="give a file", code="not-a-file")
                return None
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        _unreadable(error, defects)
        return None
    if len(data) > limit:
        size = f"more than {limit:,} bytes"
        defects.add(0, "", size, allowed=f"at most {limit:,} bytes", fix="split the file", code="too-large")
        return None
    return data


def read_text(path: Path, defects: Defects, *, limit: int = MAX_BYTES, notices: list[str] | None = None,
              header_test: HeaderTest | None = None) -> str | None:  # fmt: skip
    """Text of a file, byte-order mark stripped; otherwise a problem and None.

    Without `header_test` only UTF-8 and UTF-16 are read; with it also GB18030, and then a notice says so.
    """
    data = read_bytes(path, defects, limit)
    return None if data is None else decode(data, defects, notices=notices, header_test=header_test)


def decode(data: bytes, defects: Defects, *, notices: list[str] | None = None,
           header_test: HeaderTest | None = None) -> str | None:  # fmt: skip
    """Text of the bytes of a file; a problem and None if they are not certainly text."""
    if not data:
        defects.add(0, "", "an empty file (0 bytes)", fix="export it again", code="empty-file")
        return None
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            defects.add(0, "", kind, allowed="text", fix="export it as text", code="wrong-file-kind")
            return None
    text = _by_mark(data, defects) if _mark(data) else _by_trial(data, defects, notices, header_test)
    return None if text is None or _has_nul(text, defects) else text


def _unreadable(error: OSError | ValueError, defects: Defects) -> None:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, FileNotFoundError):
        defects.add(0, "", "no such file", fix="create it or correct the name", code="missing-file")
    elif isinstance(error, IsADirectoryError):
        defects.add(0, "", "a folder", allowed="a file", fix="give a file", code="not-a-file")
    else:
        defects.add(0, "", f"unreadable: {reason}", fix="make the file readable", code="unreadable-file")


def _mark(data: bytes) -> bytes:
    """Byte-order mark that the data begin with, or nothing."""
    return next((mark for mark, _ in _MARKS if data.startswith(mark)), b"")


def _by_mark(data: bytes, defects: Defects) -> str | None:
    mark = _mark(data)
    encoding = dict(_MARKS)[mark]
    if not encoding:
        defects.add(0, "", "UTF-32 text", allowed="UTF-8 or UTF-16", fix=SAVE_AS, code="bad-encoding")
        return None
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = error.start + len(mark)
        line = _lines_before(data[len(mark) : offset].decode(encoding, "replace"))
        _refuse(defects, line, offset, f"not valid {encoding.upper()}")
        return None


def _by_trial(data: bytes, defects: Defects, notices: list[str] | None, header_test: HeaderTest | None) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start
    if (nul := data.find(0)) >= 0:
        _refuse(defects, _byte_line(data, nul), nul, "NUL (UTF-16 without a byte-order mark?)")
        return None
    if header_test is None:
        _refuse(defects, _byte_line(data, offset), offset, "not valid UTF-8")
        return None
    text = _gb18030(data, defects, offset, header_test)
    if text is not None and notices is not None:
        notices.append(f"{defects.file}: read as GB18030 (GBK), since it is not UTF-8 and its header is known")
    return text


def _gb18030(data: bytes, defects: Defects, offset: int, header_test: HeaderTest) -> str | None:
    """Text by GB18030 if its header proves the encoding and no character speaks against it."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        _refuse(defects, _byte_line(data, error.start), error.start, "neither UTF-8 nor GB18030")
        return None
    header = _LINE_END.split(text, maxsplit=1)[0]
    if not header_test(header):
        _refuse(defects, _byte_line(data, offset), offset, "not UTF-8, and no known header when read as GB18030")
        return None
    if (at := _mixed_line(data)) >= 0:
        _refuse(defects, _byte_line(data, at), at, "UTF-8 and GB18030 in one file")
        return None
    narrow = header.isascii()
    if odd := [text.index(c) for c in set(text) if not c.isascii() and not _common(c, narrow)]:
        offset = len(text[: min(odd)].encode("gb18030"))
        why = f"rare character {text[min(odd)]!r} when read as GB18030 (Big5, or another encoding?)"
        _refuse(defects, _lines_before(text[: min(odd)]), offset, why)
        return None
    return text


def _common(character: str, narrow: bool) -> bool:
    """Whether GB18030 text by Excel plausibly holds the character; with an ASCII header only GB2312 counts as proof."""
    try:
        coded = character.encode("gb2312" if narrow else "gbk")
    except UnicodeEncodeError:
        return character == "€"
    return len(coded) == 2 and unicodedata.category(character) not in ("Co", "Cn")


def _mixed_line(data: bytes) -> int:
    """Offset of the first line that is Chinese in UTF-8; -1 if none is."""
    offset = 0
    for line in re.split(rb"(?<=[\r\n])", data):
        if not line.isascii() and _is_chinese_utf8(line):
            return offset
        offset += len(line)
    return -1


def _is_chinese_utf8(line: bytes) -> bool:
    try:
        return any("\u3000" <= character <= "\uffef" for character in line.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _has_nul(text: str, defects: Defects) -> bool:
    position = text.find("\0")
    if position < 0:
        return False
    line = _lines_before(text[:position])
    defects.add(line, "", "a NUL character", allowed="text", fix="delete it", code="nul-character")
    return True


def _refuse(defects: Defects, line: int, offset: int, why: str) -> None:
    defects.add(line, "", f"byte {offset}: {why}", allowed="UTF-8", fix=SAVE_AS, code="bad-encoding")


def _lines_before(text: str) -> int:
    """Line number, from 1, of what follows `text`."""
    return 1 + sum(1 for _ in _LINE_END.finditer(text))


def _byte_line(data: bytes, offset: int) -> int:
    return _lines_before(data[:offset].decode("latin-1"))
