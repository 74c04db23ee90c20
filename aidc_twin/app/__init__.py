"""The command line: effects only, nothing of the mathematics."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line; never a traceback without ``--debug``."""
    gc.disable()  # until a park is read: what is made by then stays
    from aidc_twin.app.entry import run

    try:
        sys.exit(run(sys.argv[1:]))
    finally:
        gc.freeze()  # Python need not look for garbage in all that is left: 0.2 s
