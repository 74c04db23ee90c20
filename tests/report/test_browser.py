"""The page in a browser: its one script runs under its own policy and draws. Skips where there is no Chromium."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aidc_twin.report import write_report

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=2000",
)

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")


def browse(folder: Path, *flags: str) -> subprocess.CompletedProcess[bytes]:
    """Open the report in the folder with a profile of its own."""
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", *flags, (folder / "report.html").as_uri()]
    return subprocess.run(command, capture_output=True, timeout=90, check=False)


def test_script_runs_under_its_policy(frames: dict[str, pl.DataFrame], summary: dict[str, Any], tmp_path: Path) -> None:
    """The policy lets the script in, the script draws, and nothing is reported to the console."""
    write_report(frames, summary, tmp_path / "report.html")
    seen = browse(tmp_path, "--dump-dom")
    if seen.returncode != 0:
        pytest.skip("Chromium does not start here")
    assert b"<canvas" in seen.stdout
    assert b'aria-pressed="false"' in seen.stdout
    assert b"CONSOLE" not in seen.stderr


def test_first_screen_is_drawn(frames: dict[str, pl.DataFrame], summary: dict[str, Any], tmp_path: Path) -> None:
    """A picture of the first screen is no blank sheet."""
    write_report(frames, summary, tmp_path / "report.html")
    picture = tmp_path / "screen.png"
    seen = browse(tmp_path, f"--screenshot={picture}", "--window-size=1400,1000")
    if seen.returncode != 0 or not picture.exists():
        pytest.skip("Chromium does not start here")
    assert picture.stat().st_size > 60_000
