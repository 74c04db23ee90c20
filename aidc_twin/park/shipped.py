"""Where definitions are: shipped ones by name, a user's own by path."""

from __future__ import annotations

from pathlib import Path

from aidc_twin.errors import Problem
from aidc_twin.resources import folder, refuse_yaml
from aidc_twin.resources.suggest import cure, listed

NOT_PARKS = ("scenarios", "goals", "formulations")
"""Folders of ``models`` that hold other definitions."""


def park_names() -> list[str]:
    """Names of the shipped parks."""
    return sorted(path.parent.name for path in folder("models").glob("*/park.toml"))


def names_of(kind: str) -> list[str]:
    """Names of the shipped definitions of a kind: ``scenarios`` or ``goals``."""
    return sorted(path.stem for path in (folder("models") / kind).glob("*.toml"))


def is_path(name: str | Path) -> bool:
    """Whether a caller means a place in the file system, not a shipped name."""
    return isinstance(name, Path) or any(mark in name for mark in "/\\") or name in (".", "..", "~") or "." in name


def definition(kind: str, name: str | Path, problems: list[Problem]) -> Path | None:
    """File of a scenario or goal profile; a problem and None if there is none."""
    if is_path(name):
        path = Path(name)
        if refuse_yaml(path, problems) if path.is_file() else False:
            return None
        if path.suffix != ".toml":
            problems.append(
                Problem(str(name), 0, "", "no .toml file", "a TOML file", f"name {path.stem}.toml", "not-toml")
            )
            return None
        return path
    known = names_of(kind)
    if str(name) in known:
        return folder("models") / kind / f"{name}.toml"
    fix = cure(str(name), known)
    allowed = f"a shipped name ({listed(known)}) or the path of a .toml file"
    problems.append(Problem(kind, 0, "", str(name), allowed, fix, f"unknown-{kind.rstrip('s')}"))
    return None


def park_folder(source: str | Path, problems: list[Problem]) -> Path | None:
    """Folder of a shipped park by name, or a folder by path; a problem and None if there is none."""
    path = Path(source)
    known = park_names() if isinstance(source, str) and not is_path(source) else None
    if known and source in known:
        return folder("models") / source
    if path.is_dir():
        return path
    if known is not None and not path.exists():
        allowed = f"a shipped park ({listed(known)}) or a folder"
        problems.append(Problem(str(source), 0, "", "no such park", allowed, cure(str(source), known), "unknown-park"))
        return None
    found = "a file" if path.exists() else "no such folder"
    fix = (
        "name the folder that holds park.toml" if path.exists() else "correct the path, or make one with aidc-twin init"
    )
    problems.append(Problem(str(source), 0, "", found, "a folder with park.toml", fix, "no-park-folder"))
    return None


def display_path(path: Path) -> str:
    """File of a definition as messages call it: its folder and name."""
    return f"{path.parent.name}/{path.name}" if path.parent.name else path.name
