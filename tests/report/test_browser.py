"""The page in a browser: its one script runs under its own policy and draws. Skips where there is no Chromium."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aidc_twin.report import write_report
from aidc_twin.report.chain import Chains

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


def test_the_chain_of_an_order_is_shown(
    frames: dict[str, pl.DataFrame], summary: dict[str, Any], tmp_path: Path
) -> None:
    """Who chooses an order sees its critical chain, link by link, and its own rows of the chart only."""
    write_report(frames, summary, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    chosen = """<script>var c = document.getElementById("gantt-order"); c.selectedIndex = 1;
        c.dispatchEvent(new Event("change"));</script></body>"""
    policy = page.index("<meta http-equiv")  # of no use to a reader: it would stop the hand of this test
    page = page[:policy] + page[page.index(">", policy) + 1 :].replace("</body>", chosen)
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    seen = browse(tmp_path, "--dump-dom")
    if seen.returncode != 0:
        pytest.skip("Chromium does not start here")
    told = seen.stdout.decode()
    chain = told[told.index('id="gantt-chain"') :]
    chain = chain[: chain.index("</table>")]
    order = sorted(set(frames["schedule_operations"]["order"]) - {""})[0]
    links = Chains(frames["schedule_operations"]).of(order)
    assert chain.count("<tr>") == 1 + len(links)
    assert links[-1].why in chain
    assert "hidden" not in chain[: chain.index(">")]
