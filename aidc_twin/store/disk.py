"""Writing that either lands whole and stays, or says in one line what the disk refused."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from aidc_twin.errors import EnvironmentFault, escape

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EFBIG: "the largest allowed file size is reached",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EIO: "the disk reports an error",
    errno.EMFILE: "too many files are open",
}


@contextmanager
def faults(doing: str, path: Path) -> Generator[None, None, None]:
    """Turn an OSError of the block into an EnvironmentFault that names the path, on one line."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
        raise EnvironmentFault(
            escape(f"cannot {doing} {path}: {reason}; what was stored before is unchanged")
        ) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a new file and force it to the disk.

    Raises
    ------
    EnvironmentFault
        If the disk refuses.
    """
    with faults("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Force the entries of a folder to the disk, where the system can do that."""
    if os.name != "posix":  # elsewhere a folder cannot be opened for this
        return
    with faults("write", path):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_tree(path: Path) -> None:
    """Force the entries of a folder and of every folder in it to the disk."""
    for folder, _, _ in os.walk(path):
        sync_folder(Path(folder))
