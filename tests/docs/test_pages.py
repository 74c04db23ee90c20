"""README and pages: links lead somewhere, the two commands of the house stand there whole, the picture is small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from guide_steps import ROOT

FOLDERS = (".", "docs", "docs/decisions", "bench", "models", "models/wuxi-aidc", "data", "solvers")
PAGES = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
SETUP = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: str) -> set[str]:
    """Names of the headings of a page, as a browser of repositories makes them."""
    heads = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links(page: Path) -> None:
    """Each relative link of a page names a file that is there, and a heading that it has."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{page.name} links to {target}"


@pytest.mark.parametrize("end", ["aidc-twin run", "python -m pytest"])
def test_commands_of_the_house(end: str) -> None:
    """README holds each of the two commands on a line of its own."""
    assert SETUP + end in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()


def test_picture_is_small() -> None:
    """The one picture is a PNG that does not swell the repository."""
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert [path.name for path in pictures] == ["report.png"]
    data = pictures[0].read_bytes()
    assert data.startswith(b"\x89PNG")
    assert 60_000 < len(data) < 400_000


def test_decisions_have_their_parts() -> None:
    """A decision tells its context, what was decided, what was rejected and what follows."""
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        text = page.read_text(encoding="utf-8")
        for part in ("## Context", "## Decision", "## Rejected", "## Consequences"):
            assert part in text, f"{page.name} lacks {part}"
