"""Names that may become files in the store: an allowlist, so that nothing can be written elsewhere."""

from __future__ import annotations

import datetime as dt
import re

from aidc_twin.errors import InputError, Problem

LATEST = "latest"
"""Stands for the run published last; no run may be called so."""

_ALLOWED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_DEVICES = frozenset(["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))])
_LONGEST_FILE = 200
_RULE = "1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter, digit or _, not ending in a dot, no Windows device name"


def checked_id(text: str) -> str:
    """Return `text` if it may name a run.

    Raises
    ------
    InputError
        Otherwise, with the rule.
    """
    if _is_safe(text) and text.lower() != LATEST:
        return text
    raise InputError(
        Problem("run id", 0, "", repr(text), _RULE, "choose another id, or let the store make one", "bad-run-id")
    )


def checked_file(text: str) -> str:
    """Return `text` if it may name a file of a run; folders are parted by ``/`` and follow the same rule.

    Raises
    ------
    InputError
        Otherwise, with the rule.
    """
    if is_file_name(text):
        return text
    raise InputError(Problem("run file", 0, "", repr(text), _RULE, "choose another file name", "bad-file-name"))


def is_file_name(text: str) -> bool:
    """Whether `text` may name a file of a run."""
    return len(text) <= _LONGEST_FILE and all(_is_safe(part) for part in text.split("/"))


def made_id(at: dt.datetime, suffix: str) -> str:
    """Name of a run begun at local time `at`, such as ``20270131-081500-a1b2c3``."""
    return f"{at:%Y%m%d-%H%M%S}-{suffix}"


def _is_safe(text: str) -> bool:
    usable = _ALLOWED.fullmatch(text) is not None and text[0] not in "-." and text[-1] != "."
    return usable and text.partition(".")[0].lower() not in _DEVICES
