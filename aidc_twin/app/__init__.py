"""The command line: effects only, nothing of the mathematics."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; never a traceback without ``--debug``."""
    from aidc_twin.app.entry import run

    sys.exit(run(sys.argv[1:]))
