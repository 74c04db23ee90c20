"""Pyomo models to HiGHS and back: compiled to arrays, guarded, solved on one thread, every answer rechecked.

The only package that imports highspy, and only when something is solved.
"""

from __future__ import annotations

from aidc_twin.solver.live import Live, solve
from aidc_twin.solver.parameters import table
from aidc_twin.solver.profile import Profile, load_profile
from aidc_twin.solver.result import Incumbent, SolveResult
from aidc_twin.solver.templates import templates

__all__ = ["Incumbent", "Live", "Profile", "SolveResult", "load_profile", "solve", "table", "templates"]
