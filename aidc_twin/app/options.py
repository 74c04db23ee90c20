"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

import typer

P = ParamSpec("P")
T = TypeVar("T")

PARK = "wuxi-aidc"
ParkOption = Annotated[str, typer.Option("--park", help="A shipped park's name or a park folder.")]
Scenarios = Annotated[
    list[str] | None, typer.Option("--scenario", "-s", help="Scenario name or TOML file; repeat to stack.")
]
Goals = Annotated[str | None, typer.Option("--goals", help="Goal profile name or TOML file.")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**64 - 1, help="Seed of the first replication.")]
Workers = Annotated[int, typer.Option("--workers", min=1, max=256, help="Threads; results do not depend on them.")]
Store = Annotated[Path, typer.Option("--store", help="Folder of the run store.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback when something unexpected happens.")]
State = Annotated[
    str | None,
    typer.Option("--state", help="Start from this state of the floor: an imported one's id, or a folder; its day is "
                 "today."),
]  # fmt: skip


def one_park(first: str | None, option: str) -> str:
    """The park of a command that takes it as its first word or with ``--park``.

    Raises
    ------
    InputError
        Two parks are named.
    """
    if first is not None and option not in (PARK, first):
        from aidc_twin.errors import InputError, Problem

        found = f"{first}, and {option} with --park"
        raise InputError(Problem("command line", 0, "PARK", found, "one park", "leave one of them out", "two-parks"))
    return option if first is None else first


def simulating(command: Callable[P, T]) -> Callable[P, T]:
    """A command that simulates: where the kernel is not kept, it is compiled from the first moment on, beside the
    heavy imports and the reading of the park.
    """

    @wraps(command)
    def begun(*args: P.args, **kwargs: P.kwargs) -> T:
        from aidc_twin.twin.machine import foresee

        foresee()
        return command(*args, **kwargs)

    return begun
