"""Functions that worker processes can import by name."""

from __future__ import annotations

import os
import signal
import time

from aidc_twin.errors import InputError, Problem


def square(number: int) -> int:
    """Square a number, the small ones later, so that tasks end out of order."""
    time.sleep(0.02 if number < 2 else 0.0)
    return number * number


def fail_on_odd(number: int) -> int:
    """Refuse odd numbers, the first of them last."""
    time.sleep(0.1 if number == 1 else 0.0)
    if number % 2:
        raise InputError(Problem("numbers", number, "", str(number), "even", "double it", "odd"))
    return number


def be_killed(number: int) -> int:
    """End the worker as the kernel does when memory runs out."""
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number
