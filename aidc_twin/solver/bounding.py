"""Two forms of one program: an improver finds plans in the weak one, a bounder proves by the strong one how good.

The weak form is small, so that windows of it are searched quickly; the strong form has rows (and columns) more, which
cut off fractions and no plan. Its relaxed program gives the first bound and tells the improver what whole columns would
like to be; its search tree, with the improver's plan as start, gets what is left of the limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aidc_twin.errors import InfeasibleError, NoPlanError, SolverFault
from aidc_twin.solver.arrays import Floats, Indices
from aidc_twin.solver.improving import Search, Step, bounded, improve, point_of
from aidc_twin.solver.live import Live
from aidc_twin.solver.recheck import check_bound
from aidc_twin.solver.result import SolveResult
from aidc_twin.solver.windows import Grid
from aidc_twin.telemetry import Deadline

__all__ = ["Bracketed", "bracket"]


@dataclass(frozen=True)
class Bracketed:
    """The best plan with the best bound.

    Attributes
    ----------
    result : of the weak form; `gap` is relative to the objective.
    root : bound of the strong relaxed program, before its tree.
    steps : windows that were searched.
    """

    result: SolveResult
    root: float
    steps: tuple[Step, ...]


def bracket(
    weak: Live, strong: Live, grid: Grid, search: Search, *, objective: str | None = None, improving: float = 0.6,
) -> Bracketed:  # fmt: skip
    """Search for a plan and for its bound inside one limit.

    Whole columns of both forms are found by the names of their variables; the profiles of the two limit a window and
    the tree.

    Parameters
    ----------
    search
        Its deadline is that of everything together.
    improving
        Share of the time for the improver; the tree has the rest. Work limits do not share: iterations are the
        improver's, nodes of the strong profile the tree's.

    Raises
    ------
    InfeasibleError
        Nothing meets the constraints.
    NoPlanError
        A limit came before the first plan.
    SolverFault
        The forms do not fit together, or a bound crosses the objective: the strong form cuts off plans.
    """
    deadline = search.deadline
    places = _places(weak, strong)
    relaxed = strong.solve(objective, relaxed=True, time_s=_left(deadline))
    guide = np.full(weak.arrays.lower.size, np.nan)
    guide[places[:, 0]] = point_of(strong, relaxed)[places[:, 1]]
    found = improve(weak, grid, replace(search, deadline=_part(deadline, improving)), objective=objective, guide=guide)
    best, bound, stopped_by = found.result, relaxed.bound, found.stopped_by
    if stopped_by != "interrupt" and not deadline.passed:
        best, bound, stopped_by = _grown(weak, strong, places, best, relaxed.bound, objective, _left(deadline))
    aim = weak.target(objective)
    bound = check_bound(aim, best.objective, bound, abs(best.objective), optimal_lp=False)
    stopped_by = stopped_by if found.replayable else found.stopped_by
    result = replace(bounded(best, bound, strong.profile.gap), stopped_by=stopped_by)
    return Bracketed(result, relaxed.bound, found.steps)


def _grown(
    weak: Live, strong: Live, places: Indices, best: SolveResult, root: float, objective: str | None,
    time_s: float | None,
) -> tuple[SolveResult, float, str]:  # fmt: skip
    """Best plan, best bound and what stopped the search after the tree of the strong form."""
    x = np.full(strong.arrays.lower.size, np.nan)
    x[places[:, 1]] = np.round(point_of(weak, best)[places[:, 0]])
    start = {piece.name: x[piece.start : piece.stop] for piece in strong.arrays.column_pieces}
    try:
        tree = strong.solve(objective, start=start, time_s=time_s, explained=False)
    except NoPlanError:  # the limit came before the tree took the start
        return best, root, "time" if time_s is not None else "nodes"
    except InfeasibleError as error:
        raise SolverFault("the strong form cuts off every plan of the weak form") from error
    except KeyboardInterrupt:
        return best, root, "interrupt"
    sense = strong.target(objective).sense
    bound = sense * max(sense * tree.bound, sense * root)
    if sense * tree.objective < sense * best.objective:
        best = _carried(weak, places, point_of(strong, tree), objective) or best
    return best, bound, tree.stopped_by


def _carried(weak: Live, places: Indices, x: Floats, objective: str | None) -> SolveResult | None:
    """The plan of the weak form with the whole columns of a point of the strong one; None if there is none in time."""
    columns = places[:, 0].astype(np.int32)
    lower, upper = weak.arrays.lower[columns].copy(), weak.arrays.upper[columns].copy()
    values = np.round(x[places[:, 1]])
    weak.bound_columns(columns, values, values)
    try:
        return weak.solve(objective, relaxed=True, explained=False)
    except (InfeasibleError, NoPlanError):
        return None
    finally:
        weak.bound_columns(columns, lower, upper)


def _places(weak: Live, strong: Live) -> Indices:
    """Columns of the weak form that must be whole, and those of the strong form of the same name, shape (n, 2)."""
    pairs: list[tuple[int, int]] = []
    names = {piece.name: piece for piece in strong.arrays.column_pieces}
    for piece in weak.arrays.column_pieces:
        whole = np.flatnonzero(weak.arrays.integral[piece.start : piece.stop])
        other = names.get(piece.name)
        if whole.size and (other is None or other.size != piece.size):
            raise SolverFault(
                f"the strong form has no variable {piece.name} of {piece.size} members, as the weak one has"
            )
        if other is not None:
            pairs += [(piece.start + w, other.start + w) for w in whole.tolist()]
    return np.array(pairs, dtype=np.int32).reshape(-1, 2)


def _part(deadline: Deadline, share: float) -> Deadline:
    """A limit that is over after a share of what is left."""
    if not deadline.limited:
        return deadline
    return Deadline(deadline.clock() + share * deadline.left_seconds, deadline.clock)


def _left(deadline: Deadline) -> float | None:
    return deadline.left_seconds if deadline.limited else None
