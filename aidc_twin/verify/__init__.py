"""The independent checker: the rules of the factory, written again from the specification.

It shares nothing with what it checks: no planner, scheduler, solver or twin is imported here.
"""

from aidc_twin.verify.certificate import Certificate, merge
from aidc_twin.verify.plan import check_plan
from aidc_twin.verify.schedule import check_schedule

__all__ = ["Certificate", "check_plan", "check_schedule", "merge"]
