"""The table of docs/queueing.md: every case of a file through the twin, as Markdown on standard output.

Run it as ``python tests/queueing/queueing_table.py [FILE.json] [--seeds 200] [--only TEXT]``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from queueing_cases import FILE, name_of, read_cases
from queueing_runs import Result, run_case

from aidc_twin.twin.run import seeds_of

HEAD = """\
| case | figure | true | mean | bias | covered | time | events | CPU s |
|---|---|---:|---:|---:|---:|---:|---:|---:|"""


def rows_of(result: Result, seeds: int) -> list[str]:
    """Lines of the table for a case; those after its first do not say its name again."""
    lines: list[str] = []
    for i, one in enumerate(result.verdicts):
        name = result.name if i == 0 else ""
        cost = f"{result.time:,.0f} | {result.events / seeds:,.0f} | {result.cpu_s:.1f}" if i == 0 else "| |"
        mark = "" if one.holds(seeds) else " **missed**"
        numbers = f"{one.true:.6g} | {one.mean:.6g} | {one.bias:+.2%} | {one.covered}{mark}"
        lines.append(f"| {name} | {one.figure} | {numbers} | {cost} |")
    return lines


def main() -> None:
    """Print the table and what it comes to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    given = parser.parse_args()
    cases = [case for case in read_cases(given.file) if given.only in name_of(case)]
    if not cases:
        parser.error(f"no case is called {given.only!r}")
    results: list[Result] = []
    print(HEAD)
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            results.append(run_case(case, Path(folder), seeds_of(20_261_005, given.seeds)))
        print("\n".join(rows_of(results[-1], given.seeds)), flush=True)
    print(f"\n{summary(results, given.seeds)}")


def summary(results: list[Result], seeds: int) -> str:
    """What the table comes to, in one line."""
    verdicts = [one for result in results for one in result.verdicts]
    covered = [one.covered for one in verdicts]
    return (
        f"{len(results)} cases, {len(verdicts)} figures, {sum(not one.holds(seeds) for one in verdicts)} missed; "
        f"{sum(covered) / seeds / len(verdicts):.1%} of all intervals hold the true value, at least {min(covered)} of "
        f"{seeds}; greatest bias {max(abs(one.bias) for one in verdicts):.2%}; "
        f"{sum(result.events for result in results) / 1e9:.2f} thousand million events, "
        f"{sum(result.cpu_s for result in results):,.0f} s CPU"
    )


if __name__ == "__main__":
    main()
