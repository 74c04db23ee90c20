"""The warm-up of `simulate`: as the park says, as ``--warm-up`` says, or found by a pilot; or proposed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aidc_twin.app.accuracy import refusal
from aidc_twin.telemetry import Progress

if TYPE_CHECKING:
    from aidc_twin.app.flow import Case, Request
    from aidc_twin.loop.warm_up import Settling
    from aidc_twin.twin.result import SimResult

AUTO = "auto"
OPTION = "--warm-up"


def read_warm_up(text: str | None) -> int | str | None:
    """Read ``auto`` or a number of weeks; None if neither was asked for.

    Raises
    ------
    InputError
        If it is neither.
    """
    if text is None:
        return None
    asked = text.strip()
    if asked.casefold() == AUTO:
        return AUTO
    if not (asked.isascii() and asked.isdigit() and len(asked) < 5):
        raise refusal(OPTION, text, "auto, or a whole number of weeks", "write for example --warm-up 10")
    return int(asked)


def warmed(
    case: Case, request: Request, asked: int | str | None, progress: Progress
) -> tuple[Case, dict[str, Any] | None]:
    """The case with the warm-up that is asked for, and where that comes from; None: as the park says.

    Raises
    ------
    InputError
        If no week would be left, or ``auto`` is asked for where nothing settles.
    """
    from aidc_twin.loop.warm_up import with_warm_up

    if asked is None:
        return case, None
    found: dict[str, Any] = {"by": "option", "pilot_replications": None, "settles_after": None, "series": None}
    if isinstance(asked, int):
        weeks, horizon = asked, case.park.head.horizon_weeks
        if weeks >= horizon:
            fix = "warm up for less, or raise horizon_weeks: no week would be left for the figures"
            raise refusal(OPTION, str(weeks), f"fewer weeks than the {horizon} of the horizon", fix)
    else:
        weeks, settled = _found(case, request, progress)
        found |= {"by": "mser5", "pilot_replications": request.replications}
        found |= {"settles_after": settled.weeks, "series": settled.series}
    return replace(case, park=with_warm_up(case.park, weeks)), {"weeks": weeks} | found


def _found(case: Case, request: Request, progress: Progress) -> tuple[int, Settling]:
    """Weeks that a pilot with the seeds of the run takes to settle, in all and for each source."""
    from aidc_twin.loop import simulate_park
    from aidc_twin.loop.warm_up import FEWEST_WEEKS, series_of, settling

    head = case.park.head
    fix = "write a number of weeks, or raise horizon_weeks"
    if not series_of(case.park):
        allowed = "a park with a source that has no end, or whose units go round for ever"
        raise refusal(OPTION, AUTO, allowed, "write a number of weeks, or leave it out")
    if head.horizon_weeks < FEWEST_WEEKS:
        raise refusal(OPTION, f"auto, with a horizon of {head.horizon_weeks} weeks", f"{FEWEST_WEEKS} or more", fix)
    pilot = simulate_park(case.park, request.seed, request.replications, workers=request.workers, progress=progress)
    found = settling(pilot)
    if found.cut is None:
        told = f"auto: {found.told(found.unsettled)} do not settle"
        raise refusal(OPTION, told, f"a line that settles in the first half of {head.horizon_weeks} weeks", fix)
    return found.cut, found


def proposal(result: SimResult) -> list[str]:
    """What to set where a park that has no warm-up takes one, in words."""
    from aidc_twin.loop.warm_up import settling

    found = settling(result)
    if result.factory.park.head.warm_up_weeks or not found.cut:
        return []
    told = found.told(source for source, weeks in found.weeks.items() if weeks == found.cut)
    return [
        f"{told} settle after {found.cut} weeks (MSER-5), but these figures hold the weeks before:"
        f" set warm_up_weeks = {found.cut} in park.toml, or pass --warm-up {found.cut} or --warm-up auto"
    ]
