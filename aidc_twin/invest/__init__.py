"""What years of cash are worth, and what the park yields per area and worker."""

from __future__ import annotations

from aidc_twin.invest.density import Density, per_area
from aidc_twin.invest.finance import irr, npv, payback_years

__all__ = ["Density", "irr", "npv", "payback_years", "per_area"]
