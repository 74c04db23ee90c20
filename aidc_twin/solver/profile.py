"""How hard to search: profiles of gaps, work limits and HiGHS options, read from ``solvers/*.toml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aidc_twin.errors import InputError, Problem
from aidc_twin.resources.defects import display_name
from aidc_twin.resources.nested import Place, meant
from aidc_twin.resources.share import folder
from aidc_twin.resources.suggest import cure
from aidc_twin.resources.toml_file import check_tree, read_toml_tree
from aidc_twin.solver.binding import knows_option, option_names, takes_option

__all__ = ["Profile", "load_profile"]

_OURS = {
    "mip_rel_gap": "gap",
    "mip_abs_gap": "gap",
    "mip_max_nodes": "nodes",
    "simplex_iteration_limit": "simplex_iterations",
    "time_limit": "time_limit_s",
    "threads": "nothing: one thread always, so that runs can be replayed",
    "parallel": "nothing: one thread always, so that runs can be replayed",
    "random_seed": "seed",
}


class Profile(BaseModel):
    """Search budget of a solve. Gap, nodes and iterations stop it; the time limit is a safety net."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = ""
    title: Annotated[str, Field(description="what it is for")] = ""
    gap: Annotated[float, Field(description="accepted gap, relative to the reference of the level", ge=0, le=1)] = 1e-4
    nodes: Annotated[int, Field(description="of the search tree, 1: root only", ge=0, le=2_000_000_000)] = 1000
    simplex_iterations: Annotated[int, Field(description="of one linear program", ge=1, le=2_000_000_000)] = 5_000_000
    time_limit_s: Annotated[float, Field(description="safety net; a run that it stops is not replayable", gt=0)] = 300.0
    warm: Annotated[bool, Field(description="whether a new objective goes on from the last basis")] = False
    seed: Annotated[int, Field(description="of HiGHS", ge=0, le=2_000_000_000)] = 0
    highs: Annotated[dict[str, bool | int | float | str], Field(description="options handed to HiGHS as they are")] = {}


def load_profile(name: str | Path) -> Profile:
    """Profile by the name of a shipped one, or from a TOML file.

    Raises
    ------
    InputError
        No such profile, or every defect of the file.
    """
    path = _find(name)
    problems: list[Problem] = []
    read = read_toml_tree(path, problems)
    if read is None:
        raise InputError(problems)
    profile = check_tree(read[0], Profile, problems, display_name(path), read[1])
    problems += _option_problems(meant(read[0])[0].get("highs"), display_name(path), read[1])
    if profile is None or problems:
        raise InputError(problems)
    return profile.model_copy(update={"name": profile.name or path.stem})


def _find(name: str | Path) -> Path:
    text = str(name)
    if text.endswith(".toml"):
        return Path(text)
    shipped = {path.stem: path for path in sorted(folder("solvers").glob("*.toml"))}
    if text not in shipped:
        allowed = ", ".join(shipped) + ", or a .toml file"
        raise InputError(Problem("--profile", 0, "", text, allowed, cure(text, shipped), "unknown-profile"))
    return shipped[text]


def _option_problems(options: object, file: str, lines: Mapping[Place, int]) -> Iterator[Problem]:
    """What HiGHS would not take of a profile's options, by line; whatever is no table of options is told elsewhere."""
    for option, value in sorted(options.items()) if isinstance(options, dict) else ():
        line, place = lines.get(("highs", option), 0), f"highs.{option}"
        if option in _OURS:
            fix = f"say it with {_OURS[option]}"
            yield Problem(
                file, line, place, option, "options that the profile does not set itself", fix, "option-taken"
            )
        elif not knows_option(option):
            yield Problem(file, line, place, option, "options of HiGHS", cure(option, option_names()), "unknown-option")
        elif isinstance(value, (bool, int, float, str)) and not takes_option(option, value):
            fix = "look it up in the options of HiGHS: https://ergo-code.github.io/HiGHS/dev/options/definitions/"
            yield Problem(file, line, place, repr(value), "a value that HiGHS takes", fix, "option-value")
