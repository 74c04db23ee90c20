"""Figures that the benchmarks find beside their times, printed as one table at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Note = Callable[[str, str, float], None]
_ROWS = pytest.StashKey[list[tuple[str, str, float]]]()


@pytest.fixture
def note(request: pytest.FixtureRequest, benchmark: object) -> Note:
    """Keep a figure of the case: ``note(verb, case, value)``; the unit and the goal stand in the registry."""

    def keep(verb: str, case: str, value: float) -> None:
        request.config.stash.setdefault(_ROWS, []).append((verb, case, value))
        benchmark.extra_info[verb] = value  # type: ignore[attr-defined]  because the plugin has no types

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures with their goals."""
    from bench.registry import VERBS

    rows = config.stash.get(_ROWS, [])
    if rows:
        terminalreporter.section("figures")
    for name, case, value in rows:
        verb = VERBS.get(name)
        row, unit, goal = (verb.row, verb.unit, verb.goal) if verb else ("", "", "")
        terminalreporter.write_line(f"{row:<5}{name:<24}{case:<6}{value:>10.3f} {unit:<30}{goal}")
