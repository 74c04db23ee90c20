"""Where the shipped folders are: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import aidc_twin
from aidc_twin.errors import EnvironmentFault

__all__ = ["FOLDERS", "folder"]

FOLDERS = ("data", "models", "solvers")


def folder(name: str) -> Path:
    """Folder ``data``, ``models`` or ``solvers``.

    Raises
    ------
    EnvironmentFault
        The installation lacks it.
    """
    if name not in FOLDERS:
        raise ValueError(f"no shipped folder is called {name!r}; there are {', '.join(FOLDERS)}")
    package = Path(aidc_twin.__file__).resolve().parent
    installed, checkout = package / "share" / name, package.parent / name
    if installed.is_dir():
        return installed
    if (package.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    raise EnvironmentFault(f"the shipped folder {name!r} is missing from this installation; install aidc-twin again")
