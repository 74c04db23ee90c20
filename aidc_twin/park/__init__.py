"""Parks: definition folders, scenarios and goals read, resolved and checked."""

from aidc_twin.park.check import CheckReport, check_park
from aidc_twin.park.goals import Goal, GoalProfile, load_goals
from aidc_twin.park.load import examine_park, load_park
from aidc_twin.park.park import FactUse, Park
from aidc_twin.park.scenario import Patch, Scenario, load_scenario

__all__ = [
    "CheckReport",
    "FactUse",
    "Goal",
    "GoalProfile",
    "Park",
    "Patch",
    "Scenario",
    "check_park",
    "examine_park",
    "load_goals",
    "load_park",
    "load_scenario",
]
