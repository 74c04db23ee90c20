"""A process that compiles the kernels of a search, so that it can be ended at any instant.

Numba keeps them where the process that has started this one looks for them.
"""

from __future__ import annotations

import sys
from threading import Thread

from aidc_twin.twin.machine.child import begun
from aidc_twin.twin.machine.maker import Maker, end_with


def started(family: str) -> Maker | None:
    """Start it for a kind of problem; None where no process or no file can be made."""
    child = begun(__name__, family, apart=True)
    return None if child is None else Maker(*child)


def main() -> None:
    """Call all kernels of a family once."""
    Thread(target=end_with, args=(int(sys.argv[1]),), daemon=True).start()
    from aidc_twin.schedule.prepare import CALLS

    CALLS[sys.argv[2]]()


if __name__ == "__main__":
    main()
