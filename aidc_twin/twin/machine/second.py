"""A second process that makes the kernel's parts from the last to the first, while this one begins with the first.

Each takes what comes next, so that neither need know how long a part takes, and nobody waits: what the second process
has not made when this one comes to it is made here. Where there is no second process, that is everything.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from typing import IO, NamedTuple

from aidc_twin.twin.machine.child import begun
from aidc_twin.twin.machine.store import key


class Made(NamedTuple):
    """What a process has made of a part: its place, its code and the names of the parts that it calls."""

    place: int
    code: bytes
    calls: tuple[str, ...]

    def told(self) -> bytes:
        """As it is handed over, after a key that tells whether both processes have the same kernel."""
        words = key(), str(self.place), str(len(self.code)), *self.calls
        return " ".join(words).encode("ascii") + b"\n" + self.code


class Second:
    """A running process, and what it has handed over in a file, so that nobody waits for a reader."""

    def __init__(self, process: subprocess.Popen[bytes], told: IO[bytes]) -> None:
        self._process, self._told = process, told
        self._seen = 0
        self._made: dict[int, Made] = {}
        atexit.register(self.end)

    @classmethod
    def start(cls) -> Second | None:
        """Start it; None where there is only one core, or no process or no file can be made."""
        child = begun(__name__) if cores() > 1 else None
        return None if child is None else cls(*child)

    def made(self, place: int) -> Made | None:
        """What it has made of the part in a place; None if it has not come to it."""
        self._read()
        return self._made.get(place)

    def _read(self) -> None:
        """Take what has been handed over since, as far as it is whole."""
        file = self._told.fileno()
        rest = os.pread(file, os.fstat(file).st_size - self._seen, self._seen)
        while True:
            head, line, rest = rest.partition(b"\n")
            words = head.decode("ascii", "replace").split()
            if not line or words[:1] != [key()] or len(rest) < int(words[2]):
                return
            size = int(words[2])
            code, rest = rest[:size], rest[size:]
            self._made[int(words[1])] = Made(int(words[1]), code, tuple(words[3:]))
            self._seen += len(head) + 1 + size

    def end(self) -> None:
        """End it."""
        atexit.unregister(self.end)
        self._process.kill()
        self._process.wait()
        self._told.close()


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main() -> None:
    """Make parts and hand them over, as long as the process that has started this one is there."""
    from aidc_twin.twin.machine.build import backwards

    for made in backwards():
        if os.getppid() != int(sys.argv[1]):
            return
        sys.stdout.buffer.write(made.told())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
