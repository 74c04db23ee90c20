"""Base units: whole yuan, whole ticks, and quantities that may be uncertain."""

from aidc_twin.units.clock import Clock
from aidc_twin.units.money import AmountError, parse_goal_amounts, parse_money, show_money, yi

__all__ = ["AmountError", "Clock", "parse_goal_amounts", "parse_money", "show_money", "yi"]
