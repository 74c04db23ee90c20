"""The compiled factory: arrays in, arrays and a status out. Knows numpy and numba only.

Numba's cache notices a change in the file of a function but not in the helpers that it imports, so the cache folder is
keyed by a hash of every kernel source.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from numba.core import config


def _cache_folder() -> str:
    """First writable place for compiled kernels, named after the sources' hash."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    for parent in (base, tempfile.gettempdir()):
        folder = Path(parent) / "aidc-twin" / f"kernel-{digest.hexdigest()[:16]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return ""


if "NUMBA_CACHE_DIR" not in os.environ:
    setattr(config, "CACHE_DIR", _cache_folder())  # noqa: B010  because numba does not declare its settings
