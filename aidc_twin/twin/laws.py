"""What must hold after every replication: nothing is lost, nothing comes from nowhere, Little's law.

The kernel keeps its sums by other ways than those that are compared here, so that an error in one of them shows. All of
it is exact, in whole numbers, but for money (postings are rounded one by one) and where it is said to be a bound:

- a resource is used no more than it is there, works no longer than it is used, holds no more than its capacity, in
  each week as in all;
- material that is left and taken is what there was and came (a bound where purchases are still on their way);
- units that came are in the park, done, lost or (of sources) scrapped, at the end of each week too;
- Little's law as an identity: the integral of the units in the park is the flow time of those done and the age of those
  still there; with units lost or scrapped, whose time in the park is not kept, it is a bound. At the end of each week
  it holds in the same way for a group that has nothing in the park then;
- money posted lies between that of the units done and that of all units that came.

The clock, which never goes back, is watched by the kernel's event loop itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import SimulationFault
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.figures import ARRIVED, DONE, FLOW, LOST, SCRAPPED, STARTS, UNIT_TICKS
from aidc_twin.twin.kernel.layout import (
    A_JOB,
    A_SIZE,
    C_NEED,
    C_NEED_END,
    C_SERVER,
    CAP,
    CAP_DELTA,
    CAP_RES,
    CLASS,
    D_AMOUNT,
    D_KIND,
    D_RES,
    FAULTS,
    GR_ARRIVED,
    GR_COUNT,
    GR_DONE,
    GR_FLOW,
    GR_LOST,
    GR_MOST,
    GR_SCRAPPED,
    GR_TAKEN,
    HORIZON,
    I64,
    J_GATES,
    J_GROUP,
    J_ROUTE,
    J_VALUE,
    JOB,
    JOBS,
    MATERIAL,
    NEED,
    O_QTY,
    O_RES,
    P_PPM,
    P_RULE,
    P_YUAN,
    PO,
    POST,
    QL_RES,
    QL_WEEKLY,
    QUOTA_LINE,
    R_AVAIL,
    R_BASE,
    R_CAP,
    R_KIND,
    RES,
    ROUTE,
    RULES,
    S_BRANCH,
    S_BRANCH_END,
    S_POST,
    S_POST_END,
    SERVERS,
    SOURCE,
    STEP,
    T_STEPS,
    V_JOB,
    W_ARRIVAL,
    W_TOKENS,
    WEEK_TICKS,
    WR_IDLE,
    WR_IDLE_OPEN,
    WR_TOTAL,
    WR_TOTAL_OPEN,
    table,
)
from aidc_twin.twin.memory import Ints, Reals
from aidc_twin.twin.replication import Replication

ENDLESS = 1 << 62
"""More than can be counted: no bound."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Book:
    """Money that units post in all; T routes, S posting rules.

    Attributes
    ----------
    yuan, share : shape (T, S, 2), constant amounts and shares of the unit's value, owned and consigned; 0 on routes
        with branches.
    posts : shape (T, S), postings, each rounded down by less than a yuan.
    route, value : shape (J,), of each unit of an order: its route counted from 1, 0 if it had begun at the epoch; yuan.
    free : shape (S,), whether units may post by the rule again and again, so that there is no upper bound.
    ordered : shape (S, 2), what all units of orders post.
    streamed, parted : shape (sources, S, 2), what one unit of each source posts, and the parts that are made for it.
    """

    yuan: Reals
    share: Reals
    posts: Reals
    route: Ints
    value: Reals
    free: Flags
    ordered: Reals
    streamed: Reals
    parted: Reals


@dataclass(frozen=True)
class Laws:
    """What the arrays of a park allow; R resources with its materials, G groups.

    Attributes
    ----------
    names : of resources and materials.
    groups : of products and sources, in words.
    whole : the arrays' memory.
    sourced : shape (G,), whether it is a source's.
    ordered : shape (G,), whether all of its units are those of orders.
    group : shape (jobs,), group of each unit.
    counted : shape (R,), resources whose integrals are not too large for whole numbers.
    greatest : shape (R,), most that there can be at once, `ENDLESS` where it cannot be told.
    steady : shape (R,), resources whose capacity never changes.
    taken : shape (C, M), material that one start of a class takes.
    most : shape (M,), material that can come with what there is, `ENDLESS` where it cannot be told.
    book : of money.
    """

    names: list[str]
    groups: list[str]
    whole: I64
    sourced: Flags
    ordered: Flags
    group: Ints
    counted: Flags
    greatest: Ints
    steady: Flags
    taken: Ints
    most: Ints
    book: Book

    @classmethod
    def of(cls, factory: Factory, whole: I64) -> Laws:
        """Laws of a factory's arrays."""
        park = factory.park
        groups = [f"units of {row.product}" for row in park.products]
        groups += [f"units of the source {row.source}" for row in park.sources]
        numbers, group = np.arange(len(groups)), table(whole, JOB)[:, J_GROUP].copy()
        sourced = numbers >= len(park.products)
        return cls(
            [*factory.resources, *factory.materials], groups, whole, sourced,
            ~sourced & ~np.isin(numbers, group[int(whole[JOBS]) :]), group, *_capacity(whole),
            _material_taken(factory, whole), _material_most(factory, whole), _book(whole),
        )  # fmt: skip

    def check(self, m: I64, run: Replication) -> None:
        """Check a replication against its final state.

        Raises
        ------
        SimulationFault
            If anything does not hold; it can only be an error of the twin.
        """
        for found in (
            _resources(self, run), _materials(self, run), _units(self, m, run), _weeks(self, run), _jobs(self, run),
            _money(self, run),
        ):  # fmt: skip
            if found:
                raise SimulationFault(
                    f"the twin contradicts itself with seed {run.seed}: {found}. This is an error of aidc-twin and not"
                    " of the park; please report it together with the park's folder"
                )


def _first(wrong: Flags | np.bool_) -> int:
    """Index of the first that is wrong, -1 if none is."""
    return int(wrong.argmax()) if wrong.any() else -1


def _broken(rules: Sequence[tuple[Flags | np.bool_, str]]) -> tuple[int, str]:
    """What is wrong by the first rule by which anything is, and that rule's words; -1 if nothing is."""
    if not reduce(or_, [wrong for wrong, _ in rules]).any():
        return -1, ""
    return next((_first(wrong), what) for wrong, what in rules if wrong.any())


def _shrinks(sums: Ints) -> Flags:
    """Things of which any sum becomes less from week to week; sums of shape (weeks, things, columns)."""
    flat = sums.reshape(len(sums), -1)
    return ((flat[1:] < flat[:-1]).any(axis=0) | (flat[0] < 0)).reshape(sums.shape[1:]).any(axis=1)


def _capacity(whole: I64) -> tuple[Flags, Ints, Flags]:
    """`counted`, `greatest` and `steady` of the laws."""
    res, change = table(whole, RES), table(whole, CAP)
    greatest = res[:, R_CAP].copy()
    np.add.at(greatest, change[:, CAP_RES], np.maximum(0, change[:, CAP_DELTA]))
    counted = (res[:, R_KIND] != MATERIAL) & (greatest.astype(np.float64) * float(whole[HORIZON]) < ENDLESS)
    if len(table(whole, FAULTS)):  # a machine that nobody sits on can fail while its place is taken by such work
        needs = table(whole, NEED)
        beside = np.isin(
            np.arange(len(res)), needs[needs[:, D_RES] != table(whole, CLASS)[_owner(whole), C_SERVER], D_RES]
        )
        greatest[beside & (res[:, R_KIND] == SERVERS)] = ENDLESS
    steady = ~np.isin(np.arange(len(res)), change[:, CAP_RES]) & (greatest < ENDLESS) & (res[:, R_AVAIL] >= 0)
    return counted, greatest, steady & counted


def _owner(whole: I64) -> Ints:
    """Class of each need."""
    classes = table(whole, CLASS)
    return np.repeat(np.arange(len(classes)), classes[:, C_NEED_END] - classes[:, C_NEED])


def _material_taken(factory: Factory, whole: I64) -> Ints:
    """Material that one start of each class takes, shape (C, M)."""
    needs, owner = table(whole, NEED), _owner(whole)
    taken = np.zeros((len(table(whole, CLASS)), len(factory.materials)), np.int64)
    own = needs[:, D_KIND] == MATERIAL
    np.add.at(taken, (owner[own], needs[own, D_RES] - len(factory.resources)), needs[own, D_AMOUNT])
    return taken


def _material_most(factory: Factory, whole: I64) -> Ints:
    """Stock with all that is bought and all quotas; no bound where work or base stock brings more."""
    base = len(factory.resources)
    res, orders, quotas = table(whole, RES)[base:], table(whole, PO), table(whole, QUOTA_LINE)
    most = res[:, R_AVAIL].copy()
    np.add.at(most, orders[:, O_RES] - base, orders[:, O_QTY])
    weeks = int(whole[HORIZON]) // int(whole[WEEK_TICKS]) + 1
    np.add.at(most, quotas[:, QL_RES] - base, quotas[:, QL_WEEKLY] * weeks)
    most[res[:, R_BASE] > 0] = ENDLESS
    made = {row.material for row in factory.park.outputs}
    most[np.array([name in made for name in factory.materials], bool)] = ENDLESS
    return most


def _book(whole: I64) -> Book:
    """What units of each route post."""
    jobs, steps, posts = table(whole, JOB), table(whole, STEP), table(whole, POST)
    length = table(whole, ROUTE)[:, T_STEPS]
    routes, rules = np.repeat(np.arange(len(length)), length), int(whole[RULES])
    yuan, share = np.zeros((len(length), rules, 2)), np.zeros((len(length), rules, 2))
    number = np.zeros((len(length), rules))
    where = np.repeat(routes, steps[:, S_POST_END] - steps[:, S_POST]), posts[:, P_RULE]
    np.add.at(yuan, where, posts[:, P_YUAN : P_YUAN + 2])
    np.add.at(share, where, posts[:, P_PPM : P_PPM + 2] / 1e6)
    np.add.at(number, where, 1.0)
    turning = np.zeros(len(length), bool)
    turning[routes[steps[:, S_BRANCH_END] > steps[:, S_BRANCH]]] = True
    free = np.asarray((number[turning] > 0).any(axis=0))
    yuan[turning] = share[turning] = 0.0
    ordered = jobs[: int(whole[JOBS])]
    worth = ordered[:, J_VALUE].astype(np.float64)
    units, value = _by_route(ordered[:, J_ROUTE] + 1, worth, len(length))
    route = np.where(ordered[:, J_GATES] > 0, ordered[:, J_ROUTE] + 1, 0)
    first = jobs[table(whole, SOURCE)[:, A_JOB]]
    streamed = yuan[first[:, J_ROUTE]] + share[first[:, J_ROUTE]] * first[:, J_VALUE, None, None]
    parted = np.zeros_like(streamed)
    for s, (job, size) in enumerate(table(whole, SOURCE)[:, [A_JOB, A_SIZE]].tolist()):
        parts = jobs[job + 1 : job + size]
        parted[s] = (yuan[parts[:, J_ROUTE]] + share[parts[:, J_ROUTE]] * parts[:, J_VALUE, None, None]).sum(axis=0)
    ordering = _amount(units, yuan) + _amount(value, share)
    return Book(yuan, share, number, route, worth, free, ordering, streamed, parted)


def _by_route(route: Ints, value: Reals, routes: int) -> tuple[Reals, Reals]:
    """Units and their value by route, shape (routes,) each; routes count from 1, 0 is left out."""
    units = np.bincount(route, minlength=routes + 1)[1:].astype(np.float64)
    return units, np.bincount(route, value, minlength=routes + 1)[1:].astype(np.float64)


def _amount(count: Reals, each: Reals) -> Reals:
    """Sum over the first axis of `each`, so often."""
    return (count @ each.reshape(len(each), math.prod(each.shape[1:]))).reshape(each.shape[1:])


def _resources(laws: Laws, run: Replication) -> str:
    """Use of capacity."""
    idle, total, held = run.idle, run.total, run.work + run.setup
    there = total.sum(axis=1)
    used = there - idle.sum(axis=1)
    weeks = run.resource_weeks
    taken = (
        weeks[:-1, :, WR_TOTAL] + weeks[:-1, :, WR_TOTAL_OPEN] - weeks[:-1, :, WR_IDLE] - weeks[:-1, :, WR_IDLE_OPEN]
    )
    before = run.warm_up_work.T
    rules = (
        ((idle < 0) | (idle > total)).any(axis=1), "is idle for less than no time or for more than there is",
    ), (
        (run.used < 0).any(axis=1) | (run.used.sum(axis=1) != used), "is used by week for another time than in all",
    ), (
        _shrinks(weeks) | (run.used.cumsum(axis=1) != taken.T).any(axis=1),
        "is used in a week for another time than it is there less idle",
    ), (
        ((before < 0) | (before > np.stack([run.work, run.setup, run.elapsed]))).any(axis=0),
        "is worked at in the warm-up for another time than in all",
    ), (
        (run.work < 0) | (run.setup < 0) | (held > run.elapsed), "is worked at for longer than work takes",
    ), (
        (run.down < 0) | (run.elapsed + run.down > used), "is worked at or down for longer than it is used",
    ), (
        laws.steady & (there != table(laws.whole, RES)[:, R_CAP] * laws.whole[HORIZON]),
        "is there for another time than its capacity",
    )  # fmt: skip
    i, what = _broken([(wrong & laws.counted, what) for wrong, what in rules])
    if i >= 0:
        return f"resource {laws.names[i]} {what}"
    i = _first((run.peak > laws.greatest) & laws.counted)
    return f"resource {laws.names[i]}: {run.peak[i]} in use of {laws.greatest[i]}" if i >= 0 else ""


def _materials(laws: Laws, run: Replication) -> str:
    """Stock is never negative, and what was taken had come."""
    base = len(laws.names) - laws.taken.shape[1]
    left = run.available[base:]
    sum_ = left + run.class_weeks[-1, :, STARTS] @ laws.taken
    i, what = _broken((
        (left < 0, "is below nothing at the horizon"),
        (sum_ < table(laws.whole, RES)[base:, R_AVAIL], "has been lost"),
        (sum_ > laws.most, "has come from nowhere"),
    ))  # fmt: skip
    return f"stock of {laws.names[base + i]} {what}" if i >= 0 else ""


def _units(laws: Laws, m: I64, run: Replication) -> str:
    """Units are somewhere, and Little's law over the whole run."""
    groups, state, horizon = run.groups, table(m, V_JOB), int(laws.whole[HORIZON])
    present = np.flatnonzero(state[:, W_TOKENS])
    where = laws.group[present]
    gone = groups[:, GR_LOST] + groups[:, GR_SCRAPPED] * laws.sourced
    age = np.zeros(len(groups), np.int64)
    np.add.at(age, where, horizon - state[present, W_ARRIVAL])
    done = np.bincount(laws.group[: len(run.job_done)][run.job_done >= 0], minlength=len(groups))
    rest = groups[:, GR_TAKEN] + groups[:, GR_COUNT] * horizon - groups[:, GR_FLOW] - age
    i, what = _broken((
        (groups[:, GR_ARRIVED] != groups[:, GR_COUNT] + groups[:, GR_DONE] + gone, "have come and are nowhere"),
        (groups[:, GR_COUNT] != np.bincount(where, minlength=len(groups)), "in the park are not those with work"),
        ((groups[:, GR_MOST] < groups[:, GR_COUNT]) | (groups[:, GR_MOST] > groups[:, GR_ARRIVED]),
         "in the park at once are more than the most, or more than came"),
        (laws.ordered & (groups[:, GR_DONE] != done), "done are not those with a completion"),
        ((rest < 0) | ((rest != 0) & (gone == 0)), "are in the park for another time than they flow (Little's law)"),
    ))  # fmt: skip
    return f"{laws.groups[i]} {what}" if i >= 0 else ""


def _weeks(laws: Laws, run: Replication) -> str:
    """Sums by week only grow, and Little's law at the end of each week."""
    sums = run.group_weeks
    rest = sums[..., UNIT_TICKS] - sums[..., FLOW]
    tick = np.minimum(np.arange(1, len(sums) + 1) * laws.whole[WEEK_TICKS], laws.whole[HORIZON])
    left = sums[..., ARRIVED] - sums[..., DONE]
    most = left * tick[:, None]
    present = left - sums[..., LOST] - sums[..., SCRAPPED] * laws.sourced
    last = run.groups[:, [GR_ARRIVED, GR_DONE, GR_FLOW, GR_SCRAPPED, GR_LOST]]
    i, what = _broken((
        (_shrinks(sums), "become fewer from week to week"),
        ((sums[-1][:, ARRIVED:] != last).any(axis=1), "by week are not those of the whole run"),
        ((present < 0).any(axis=0), "have left in a week and had not come"),
        (((rest < 0) | (rest > most)).any(axis=0), "in a week do not flow as they should (Little's law)"),
    ))  # fmt: skip
    if i >= 0:
        return f"{laws.groups[i]} {what}"
    return "work is started fewer than no times" if _shrinks(run.class_weeks).any() else ""


def _jobs(laws: Laws, run: Replication) -> str:
    """A unit is done after it was begun."""
    done = run.job_done
    wrong = (done >= 0) & ((run.job_start < 0) | (run.job_start > done) | (done > laws.whole[HORIZON]))
    i = _first(wrong)
    return f"one of the {laws.groups[laws.group[i]]} is done before it was begun" if i >= 0 else ""


def _money(laws: Laws, run: Replication) -> str:
    """Postings lie between those of the units done and those of all that came."""
    book, groups = laws.book, run.groups
    posted = np.ones(run.posted.shape[1], np.int64) @ run.posted  # a sum over the middle axis takes ten times as long
    units, value = _by_route(book.route * (run.job_done >= 0), book.value, len(book.posts))
    streams = groups[laws.sourced].astype(np.float64)
    least = _amount(units, book.yuan) + _amount(value, book.share) + _amount(streams[:, GR_DONE], book.streamed)
    most = book.ordered + _amount(streams[:, GR_ARRIVED], book.streamed + book.parted)
    rounded = 1.0 + _amount(units, book.posts)[:, None] + streams[:, GR_DONE].sum() * book.posts.sum()
    free = book.free | bool(groups[~laws.sourced, GR_SCRAPPED].any())
    i, what = _broken((
        ((run.posted < 0).any(axis=(1, 2)), "less than nothing"),
        ((posted < least * (1 - 1e-9) - rounded).any(axis=1), "less than the units done have brought"),
        ((posted > most * (1 + 1e-9) + 1.0).any(axis=1) & ~free, "more than all units can bring"),
    ))  # fmt: skip
    return f"sale number {i + 1} of the park's sales has posted {what}" if i >= 0 else ""
