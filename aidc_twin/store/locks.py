"""Locks that die with their process, so that kill -9 leaves nothing locked."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from aidc_twin.store.disk import faults

try:
    import fcntl
except ImportError:  # not a POSIX system: drafts of killed runs then stay until someone removes them
    fcntl = None


class Lock:
    """An open lock file; held until `release` or the end of the process."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    def release(self) -> None:
        """Remove the file and let go."""
        with suppress(FileNotFoundError):
            self.path.unlink()
        os.close(self._handle)


def try_lock(path: Path) -> Lock | None:
    """Lock a file, made if it is missing; None if another process, or another draft of this one, holds it."""
    with faults("write", path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    if _take(handle, wait=False) and _is_same(handle, path):
        return Lock(path, handle)
    os.close(handle)
    return None


@contextmanager
def turn(path: Path) -> Generator[None, None, None]:
    """Wait for one's turn, one process at a time; raises OSError if the file cannot be made."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle, wait=True)
        yield
    finally:
        os.close(handle)


def can_tell() -> bool:
    """Whether this system can tell a held lock from one left behind."""
    return fcntl is not None


def _take(handle: int, wait: bool) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        # A network file system without locks: the id's random part and the catalogue's own locks must do.
        return True
    return True


def _is_same(handle: int, path: Path) -> bool:
    """Whether the locked file is still the one at `path`, not one that its last holder has just removed."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
