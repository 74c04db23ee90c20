"""The shop schedule of the near weeks: dispatching rules decoded by the twin's own kernel, one model of the factory."""

from aidc_twin.schedule.dispatch import Schedule, make_schedule

__all__ = ["Schedule", "make_schedule"]
