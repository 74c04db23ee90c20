"""Did you mean …? The nearest known word for a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["cure", "nearest"]

LISTED = 12
"""Known words that a message lists at most."""


def nearest(word: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Up to `count` known words most like `word`, best first; spelling first, then one inside the other."""
    folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    target = word.casefold()[:100]
    close = difflib.get_close_matches(target, sorted(folded), n=count, cutoff=0.6 if target.isascii() else 0.5)
    if len(target) > 1:
        inside = sorted((abs(len(k) - len(target)), k) for k in folded if len(k) > 1 and (target in k or k in target))
        close += [name for _, name in inside if name not in close]
    return [folded[name] for name in close[:count]]


def cure(word: str, known: Iterable[str]) -> str:
    """What to do about an unknown word: the nearest known one, or all there are."""
    names = sorted(set(known))
    if close := nearest(word, names):
        return f"did you mean {close[0]!r}?"
    return f"use one of {listed(names)}" if names else "remove it"


def listed(names: Iterable[str]) -> str:
    """Words separated by commas; a long list is cut and says so."""
    words = list(names)
    more = len(words) - LISTED
    return ", ".join(words[:LISTED]) + (f" … and {more} more" if more > 0 else "")
