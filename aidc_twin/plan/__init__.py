"""The master plan: calibrated weekly data to releases, shift levels and purchases, by levels with proven bounds."""

from __future__ import annotations

from aidc_twin.plan.formulation import Formulation, load_formulation
from aidc_twin.plan.goal import Goal
from aidc_twin.plan.make import Plan, make_plan
from aidc_twin.plan.model import build
from aidc_twin.plan.moves import moved_object, moves

__all__ = ["Formulation", "Goal", "Plan", "build", "load_formulation", "make_plan", "moved_object", "moves"]
