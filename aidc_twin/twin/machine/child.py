"""Starting a process that helps to compile, and hands over what it makes in a file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from typing import IO


def begun(module: str, *words: str, apart: bool = False) -> tuple[subprocess.Popen[bytes], IO[bytes]] | None:
    """A process that runs a module, told the id of this one, and the file that it writes to.

    Parameters
    ----------
    words
        What it is told besides.
    apart
        In a session of its own, of which Ctrl-C at the terminal is not told.

    Returns
    -------
    tuple or None
        None where no process or no file can be made.
    """
    if not sys.executable:
        return None
    with ExitStack() as opened:
        try:
            told = opened.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(
                [sys.executable, "-m", module, str(os.getpid()), *words],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.DEVNULL, start_new_session=apart,
            )  # fmt: skip
        except OSError:
            return None
        opened.pop_all()
    return process, told
