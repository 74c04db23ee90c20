"""Where machine code is kept, and how it comes into the process without numba."""

# llvmlite has no types
# pyright: basic

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm

SOURCES = Path(__file__).parents[1]
NO_LOCK = -1


class Code(NamedTuple):
    """Machine code as an object file, and the name of the function in it that is called."""

    symbol: str
    image: bytes


def folder() -> Path | None:
    """First writable place for machine code, named after all that it is made of."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    places = [Path(base) / "aidc-twin", Path(tempfile.gettempdir()) / "aidc-twin"]
    if own := os.environ.get("NUMBA_CACHE_DIR"):
        places.insert(0, Path(own))
    for place in places:
        found = place / f"kernel-{key()[:16]}"
        try:
            found.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(found, os.W_OK):
            return found
    return None


@cache
def key() -> str:
    """Hash of the sources, of what compiles them and of the processor."""
    digest = hashlib.sha256()
    for part in ("kernel", "machine"):
        for source in sorted((SOURCES / part).glob("*.py")):
            digest.update(source.read_bytes())
    for package in ("numba", "llvmlite"):
        digest.update(version(package).encode())
    digest.update(f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}".encode())
    return digest.hexdigest()


def read() -> Code | None:
    """What was kept; None if there is nothing, or it is damaged."""
    place = folder()
    try:
        data = (place / "simulate.code").read_bytes() if place else b""
    except OSError:
        return None
    return unpacked(data)


def packed(code: Code) -> bytes:
    """Code after a line that tells its function and whether it is whole."""
    return f"{code.symbol} {hashlib.sha256(code.image).hexdigest()}\n".encode("ascii") + code.image


def unpacked(data: bytes) -> Code | None:
    """What was packed; None if it is damaged."""
    head, _, image = data.partition(b"\n")
    symbol, _, digest = head.decode("ascii", "replace").partition(" ")
    return Code(symbol, image) if hashlib.sha256(image).hexdigest() == digest else None


def write(code: Code) -> None:
    """Keep it, if there is a place; another process that does the same is not disturbed, and nothing half is left."""
    place = folder()
    if place is None:
        return
    try:
        with tempfile.TemporaryDirectory(dir=place) as draft:
            file = Path(draft) / "simulate.code"
            file.write_bytes(packed(code))
            os.replace(file, place / file.name)
    except OSError:
        return


def claim(patience_s: float) -> int | None:
    """Say that this process compiles, so that others wait for it.

    Returns
    -------
    int or None
        What `give_up` takes; None if another process compiles and has not ended after `patience_s`. Where files cannot
        be locked nobody waits for anybody.
    """
    place = folder()
    try:
        import fcntl

        file = os.open(place / "simulate.lock" if place else os.devnull, os.O_RDWR | os.O_CREAT)
    except (ImportError, OSError):
        return NO_LOCK
    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(file)
                return None
            time.sleep(0.05)
        except OSError:
            os.close(file)
            return NO_LOCK
        else:
            return file


def give_up(claimed: int | None) -> None:
    """Let others compile; the system does so for a process that has died."""
    if claimed is not None and claimed != NO_LOCK:
        os.close(claimed)


def load(code: Code) -> int:
    """Address of the function in memory, where the code stays until the process ends."""
    _engine().add_object_file(llvm.ObjectFileRef.from_data(code.image))
    _engine().finalize_object()
    address = _engine().get_function_address(code.symbol)
    if not address:
        raise RuntimeError(f"the kernel's machine code in {folder()} has no function {code.symbol}")
    return address


@cache
def _engine() -> Any:
    """What links machine code with the mathematical functions of the process."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
