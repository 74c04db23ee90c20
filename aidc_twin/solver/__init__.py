"""Pyomo models to HiGHS and back: compiled to arrays, guarded, solved on one thread, every answer rechecked.

The only package that imports highspy, and only when something is solved.
"""

from __future__ import annotations

from aidc_twin.solver.bounding import Bracketed, bracket
from aidc_twin.solver.improving import Improved, Search, improve
from aidc_twin.solver.irreducible import Group, Irreducible, irreducible
from aidc_twin.solver.live import Live, solve
from aidc_twin.solver.mps import read_mps
from aidc_twin.solver.parameters import table
from aidc_twin.solver.profile import Profile, load_profile
from aidc_twin.solver.result import Incumbent, SolveResult
from aidc_twin.solver.templates import templates
from aidc_twin.solver.windows import Grid, Window, windows

__all__ = [
    "Bracketed",
    "Grid",
    "Group",
    "Improved",
    "Incumbent",
    "Irreducible",
    "Live",
    "Profile",
    "Search",
    "SolveResult",
    "Window",
    "bracket",
    "improve",
    "irreducible",
    "load_profile",
    "read_mps",
    "solve",
    "table",
    "templates",
    "windows",
]
