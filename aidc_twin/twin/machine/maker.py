"""A process that compiles the kernel, so that it can be ended at any instant.

LLVM works on the whole kernel in calls of many seconds, and Python hears of no signal before one of them ends. So who
needs the kernel waits for another process, and where Ctrl-C comes that one is killed, together with its helper.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import time
from threading import Thread
from typing import IO

from aidc_twin.twin.machine import store
from aidc_twin.twin.machine.child import begun

LOOKS_S = 0.05
"""How often either process looks whether the other one is still there."""


def told(code: store.Code) -> bytes:
    """Code as it is handed over, after a key that tells whether both processes have the same kernel."""
    return store.key().encode("ascii") + b"\n" + store.packed(code)


class Maker:
    """A running process, and the file in which it hands over what it has made."""

    def __init__(self, process: subprocess.Popen[bytes], file: IO[bytes]) -> None:
        self._process, self._file = process, file
        atexit.register(self.end)

    @classmethod
    def start(cls) -> Maker | None:
        """Start it; None where no process or no file can be made."""
        child = begun(__name__, apart=True)
        return None if child is None else cls(*child)

    def code(self) -> store.Code | None:
        """Wait for what it makes; None if it has failed."""
        while self._process.poll() is None:
            time.sleep(LOOKS_S)  # polars has the system go on with any other wait after Ctrl-C
        if self._process.returncode:
            return None
        self._file.seek(0)
        key, _, data = self._file.read().partition(b"\n")
        return store.unpacked(data) if key == store.key().encode("ascii") else None

    def end(self) -> None:
        """End it, and what it has started."""
        atexit.unregister(self.end)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._file.close()


def end_with(parent: int) -> None:
    """End this process and what it has started when the process that has started it is there no more."""
    while os.getppid() == parent:
        time.sleep(LOOKS_S)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Compile the kernel and hand it over."""
    Thread(target=end_with, args=(int(sys.argv[1]),), daemon=True).start()
    from aidc_twin.twin.machine.second import Second

    second = Second.start()
    from aidc_twin.twin.machine.build import compiled

    sys.stdout.buffer.write(told(compiled(second)))
    sys.stdout.buffer.flush()
    os._exit(0)  # to take apart all that numba and LLVM have made would keep the command waiting for a second


if __name__ == "__main__":
    main()
