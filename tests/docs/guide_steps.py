"""Reads the guides: console lines with the exit code they should have, and files they tell the reader to write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"(?:^<!-- (exit|file): (\S+) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One thing that a guide asks for: a command line with its exit code, a file with its text, or some Python."""

    line: int
    command: str = ""
    exit_code: int = 0
    file: str = ""
    text: str = ""
    python: str = ""


def steps(guide: Path) -> Iterator[Step]:
    """Give what a guide asks for, in order.

    ``<!-- exit: 2 -->`` before a console block is the exit code of its last command, ``<!-- file: name -->`` before
    a block names the file to write.
    """
    page = guide.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(page):
        kind, value, language, text = block.groups()
        line = page.count("\n", 0, block.start()) + 1
        if kind == "file":
            yield Step(line, file=value, text=text)
        if language == "python":
            yield Step(line, python=text)
        if language != "console":
            continue
        commands = [row[2:].strip() for row in text.splitlines() if row.startswith("$ ")]
        for n, command in enumerate(commands):
            last = kind == "exit" and n == len(commands) - 1
            yield Step(line, command=command, exit_code=int(value) if last else 0)
