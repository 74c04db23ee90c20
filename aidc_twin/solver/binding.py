"""Highspy: how it is loaded, and which options HiGHS knows."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

from aidc_twin.errors import EnvironmentFault

__all__ = ["highspy", "knows_option", "option_names", "quiet_model", "takes_option"]

QUIET = {"output_flag": False, "log_to_console": False}
"""Options of a model that prints nothing."""


def highspy() -> ModuleType:
    """The binding of HiGHS, imported when first needed.

    Raises
    ------
    EnvironmentFault
        It is not installed.
    """
    try:
        import highspy as binding
    except ImportError as error:
        cure = "install it with: python -m pip install 'highspy~=1.15'"
        raise EnvironmentFault(f"the solver HiGHS cannot be loaded ({error}); {cure}") from error
    return binding


def knows_option(name: str) -> bool:
    """Whether HiGHS has an option of this name."""
    binding = highspy()
    model = quiet_model(binding)
    return model.getOptionType(name)[0] == binding.HighsStatus.kOk


def takes_option(name: str, value: object) -> bool:
    """Whether HiGHS takes this value for an option that it has."""
    binding = highspy()
    return quiet_model(binding).setOptionValue(name, value) == binding.HighsStatus.kOk


@cache
def option_names() -> tuple[str, ...]:
    """Options that highspy lists (HiGHS knows a few more)."""
    return tuple(sorted(name for name in dir(highspy().HighsOptions()) if not name.startswith("_")))


def quiet_model(binding: ModuleType) -> Any:
    """A new model of HiGHS that prints nothing."""
    model = binding.Highs()
    for option, value in QUIET.items():
        model.setOptionValue(option, value)
    return model
