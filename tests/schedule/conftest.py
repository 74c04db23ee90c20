"""Modules that these tests share with others."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent / "twin")]  # makers of parks are no test modules
