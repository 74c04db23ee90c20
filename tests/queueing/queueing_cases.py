"""Cases of queueing theory as they stand in a file: three lists of objects, of which the textbook's say the model in a
line of text.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Case = Mapping[str, Any]

FILE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "queueing_truth.json"
GROUPS = ("textbook", "closed_form", "ctmc_exact")

_ASSIGNMENT = re.compile(r"(\w+) *= *(\[.*?\](?=\s+\w+ *=|\s*$)|\S+)")


def read_cases(path: Path = FILE) -> list[Case]:
    """All cases of a file in its order."""
    groups = json.loads(path.read_text(encoding="utf-8"))
    return [case for group in GROUPS for case in groups.get(group, [])]


def numbers(text: str) -> dict[str, Any]:
    """Numbers, lists and matrices of a model's line, as ``closed N=3 S=[.5,1] servers=[2,inf]``."""
    return {name: ast.literal_eval(re.sub(r"\binf\b", "1e999", value)) for name, value in _ASSIGNMENT.findall(text)}


def truths(case: Case) -> dict[str, float]:
    """True numbers of a case by the name of the figure; those of lists are numbered from 1."""
    found: dict[str, float] = {}
    for name, value in case.get("recomputed", case).items():
        for i, number in enumerate(value if isinstance(value, list) else [value], 1):
            if isinstance(number, int | float):
                found[f"{name}{i}" if isinstance(value, list) else name] = float(number)
    return found


def name_of(case: Case) -> str:
    """What a case is called in reports: its source or model, and its numbers where the model does not say them."""
    if "source" in case:
        return f"{case['source'].split(';')[0].split(' (')[0]}: {case['model'].split(' S=')[0]}"
    given = {key: case[key] for key in INPUTS if key in case}
    return f"{case['model'].split(', level')[0]} " + " ".join(f"{key}={_short(value)}" for key, value in given.items())


INPUTS = ("lam", "l1", "l2", "mu", "ES", "SCV", "fail", "repair", "S", "c", "a", "buffers", "p", "r", "N")
"""Names of inputs of the cases without a line of numbers."""


def _short(value: object) -> str:
    return str(value).replace(" ", "")
