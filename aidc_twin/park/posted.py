"""Goals of a park whose state says what was posted of them before its day: what remains is to be reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from aidc_twin.errors import InputError, Problem
from aidc_twin.park.goals import Goal, GoalProfile
from aidc_twin.park.park import Park
from aidc_twin.park.schema import PostedState
from aidc_twin.resources.suggest import cure, listed

__all__ = ["remaining", "told"]

YI = 1e8


def remaining(park: Park, profile: GoalProfile) -> tuple[Goal, ...]:
    """Goals of a profile, each less what ``state/posted`` says was posted of it; one that is met already is left out.

    Raises
    ------
    InputError
        With every row that names no goal of the profile, or one whose year has not begun; or if all goals are met.
    """
    problems = [problem for row in park.state_posted if (problem := _refused(park, profile, row)) is not None]
    if problems:
        raise InputError(problems)
    posted = {row.goal: round(row.posted_yuan) for row in park.state_posted}
    goals = tuple(
        _less(goal, posted.get(goal.id, 0)) for goal in profile.goals if goal.target_yuan > posted.get(goal.id, 0)
    )
    if not goals:
        place = park.place(park.state_posted[0])
        found = f"all goals of {profile.id} met before {park.head.epoch}"
        fix = "name goals of a later year with --goals, or higher ones"
        raise InputError(Problem(place.file, place.line, "posted_yuan", found, "a goal that is open", fix, "all-met"))
    return goals


def _less(goal: Goal, posted: int) -> Goal:
    """The goal less an amount below its target, which is taken from the base of an increment first."""
    base = max(0, goal.increment_over_yuan - posted)
    rest = posted - (goal.increment_over_yuan - base)
    return replace(goal, amount_yuan=goal.amount_yuan - rest, increment_over_yuan=base)


def told(park: Park, profile: GoalProfile) -> tuple[str, ...]:
    """A line for each goal of which something was posted before the state's day."""
    goals = {goal.id: goal for goal in profile.goals}
    return tuple(
        f"{row.goal}: {row.posted_yuan / YI:,.2f} of {goals[row.goal].target_yuan / YI:,.2f} 亿元 were posted before "
        f"{park.head.epoch}: the goal is "
        + ("met and left out" if row.posted_yuan >= goals[row.goal].target_yuan else "what remains")
        for row in park.state_posted
        if row.posted_yuan > 0
    )


def _refused(park: Park, profile: GoalProfile, row: PostedState) -> Problem | None:
    name, place, goals = row.goal, park.place(row), {goal.id: goal for goal in profile.goals}
    if name not in goals:
        allowed = f"a goal of {profile.id}: {listed(goals)}"
        return Problem(place.file, place.line, "goal", name, allowed, cure(name, goals), "unknown-goal")
    begins = date(goals[name].year, 1, 1)
    if row.posted_yuan > 0 and begins >= park.head.epoch:
        found = f"{row.posted_yuan / YI:,.2f} 亿元 of {name}, whose year begins on {begins}"
        fix = f"leave {name} out, or correct the day of the state"
        return Problem(place.file, place.line, "posted_yuan", found, f"0 on {park.head.epoch}", fix, "posted-too-early")
    return None
