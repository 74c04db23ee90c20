"""Progress on stderr: one bar a stage on a terminal, one line a stage elsewhere, nothing on stdout."""

from __future__ import annotations

import io
import re

import pytest

from aidc_twin.app.show import Bar, progress
from aidc_twin.telemetry import SILENT


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def two_stages(bar: Bar) -> None:
    """Simulate in three steps, then plan without a known number of steps."""
    bar.begin("simulate", 3)
    for _ in range(3):
        bar.advance()
    bar.end()
    bar.begin("plan")
    bar.advance(1, "model")
    bar.end()


def test_a_terminal_sees_each_stage_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A stage that has ended is not drawn again under the next one, and the cursor comes back."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stderr", terminal)
    bar = progress(quiet=True)
    assert isinstance(bar, Bar)
    two_stages(bar)
    drawn = terminal.getvalue()
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 2
    before, after = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn).split("plan", 1)
    assert "3/3" in before
    assert "simulate" not in after
    assert capsys.readouterr().out == ""


def test_a_file_gets_a_line_a_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stderr is no terminal there is no bar and no escape sequence."""
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    two_stages(Bar())
    assert file.getvalue() == "simulate …\nplan …\n"


def test_json_without_a_terminal_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that reads the object gets nothing on stderr either."""
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert progress(quiet=True) is SILENT
