"""How wide a text is where Chinese characters take two columns."""

from __future__ import annotations

import unicodedata


def width(shown: str) -> int:
    """Columns that a text takes on a terminal: wide characters such as 亿 take two."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in shown
    )


def cut(shown: str, columns: int, mark: str = "…") -> str:
    """Cut a text to a number of columns, ending in `mark` where something is left out."""
    if width(shown) <= columns:
        return shown
    kept = ""
    for letter in shown:
        if width(kept + letter + mark) > columns:
            break
        kept += letter
    return kept + mark
