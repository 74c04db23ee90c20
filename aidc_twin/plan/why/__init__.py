"""Why not, and what would it take: which limits keep a plan from what is asked of it."""

from __future__ import annotations

from aidc_twin.plan.why.answer import Answer, Cause, Cure, Lot
from aidc_twin.plan.why.asking import Asking
from aidc_twin.plan.why.enough import lifted
from aidc_twin.plan.why.questions import explain

__all__ = ["Answer", "Asking", "Cause", "Cure", "Lot", "explain", "lifted"]
