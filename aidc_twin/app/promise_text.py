"""What ``promise`` prints: dates first, then what binds and whom the order pushes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from aidc_twin.errors import escape

__all__ = ["text"]

_NAMED, _WAITS, _LEAST_DAYS = 3, 3, 1.0
"""Orders that are named, waits that are told, and days from which they are."""
_LEAST_WEEKS = 0.05
"""Order-weeks from which they are told."""

_STANDS = {
    "ordinary": "stands in every queue where an order due on {due} stands",
    "rush": "goes first everywhere",
    "behind": "takes what all other orders leave",
}
_KINDS = {
    "quota": "quota", "bought": "bought", "hours": "closed hours", "departure": "departures", "servers": "work centre",
    "crew": "people", "space": "places", "cumulative": "supply", "cash": "working capital",
    "other": "batch, round or period",
}  # fmt: skip


def text(found: dict[str, Any]) -> str:
    """One promise in sentences, or many as a table."""
    promises = found["promises"]
    lines = _table(found) if len(promises) > 1 else _one(found, promises[0])
    lines += [f"note: {escape(line)}" for line in found["notices"]]
    lines += [f"written to {escape(found['file'])}"] if "file" in found else []
    return "\n".join(lines)


def _around(found: dict[str, Any]) -> str:
    """What the order comes to stand beside."""
    run = found["run"]
    how = "no plan: everything as early as it can be" if run is None else f"while {escape(run)} goes on"
    return (
        f"asked on {found['now']} beside {found['orders']} orders, {how}; up to {found['replications']} futures from"
        f" seed {found['seed']}"
    )


def _one(found: dict[str, Any], one: dict[str, Any]) -> list[str]:
    """Dates of each place in the queues side by side, then each place in a few lines."""
    places: dict[str, Any] = one["places"]
    rows = [["", *places], [f"by {one['due']}", *(_likely(row["wished"]) for row in places.values())]]
    for i, date in enumerate(next(iter(places.values()))["dates"]):
        cells = (_date(row["dates"][i], row, found["horizon_end"]) for row in places.values())
        rows.append([f"{100 * date['probability']:.0f} %", *cells])
    widths = [max(len(row[k]) for row in rows) + 2 for k in range(len(places) + 1)]
    lines = [
        f"{escape(found['park'])}: {one['quantity_mw']:g} MW {escape(one['product'])} to {escape(one['destination'])},"
        f" wished by {one['due']}",
        _around(found),
        "",
        *("".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows),
    ]
    for name, row in places.items():
        lines += ["", f"{name}: {_STANDS[name].format(due=one['due'])}", *_lead(row), *_price(row["price"])]
    return [*lines, *_priority(places)]


def _likely(row: dict[str, Any]) -> str:
    """A probability with its interval."""
    share = f"{100 * row['probability']:.0f} % ({100 * row['low']:.0f} to {100 * row['high']:.0f})"
    return f"{share}, at least" if row["beyond_horizon"] and row["probability"] < 1 else share


def _date(date: dict[str, Any], row: dict[str, Any], end: str) -> str:
    """A promised day with its interval, or why there is none."""
    if not date["enough"]:
        return f"takes {date['fewest_futures']} futures or more"
    if date["date"] is None:
        return f"not before {end}: the horizon ends ({100 * row['within_horizon']['probability']:.0f} %)"
    low, high = date["low"], date["high"]
    between = f"{low} to {high}" if low and high else f"from {low}" if low else f"to {high}" if high else ""
    return f"{date['date']} ({between})" if between else str(date["date"])


def _lead(row: dict[str, Any]) -> list[str]:
    """Where the order's time goes."""
    lead = row["lead"]
    waits = [wait for wait in lead["waits"] if wait["days"] >= _LEAST_DAYS][:_WAITS]
    told = ", ".join(
        f"{escape(wait['name'] or 'a common start')} ({_KINDS.get(wait['kind'], wait['kind'])}) {wait['days']:.0f}"
        for wait in waits
    )
    until = "" if row["within_horizon"]["probability"] == 1 else ", to the end of the horizon where it is not delivered"
    head = f"  {lead['days']:.0f} days on average{until}: {lead['work_days']:.0f} of its own work"
    return [head + (f", longest waits {told}" if told else ", hardly any wait")]


def _price(price: dict[str, Any]) -> list[str]:
    """Who is pushed and what it costs."""
    pushed = price["pushed"]
    names = ", ".join(
        f"{escape(row['order'])} by {row['days']:.1f}{_width(row['half_width_95'])} days" for row in pushed[:_NAMED]
    )
    more = f" and {len(pushed) - _NAMED} more" if len(pushed) > _NAMED else ""
    worth = price["pushed_value_yuan"] / 1e8
    plural = "s" if len(pushed) != 1 else ""
    lines = (
        [f"  pushes {len(pushed)} order{plural} worth {worth:,.1f} 亿元: {names}{more}"]
        if pushed
        else ["  pushes nobody that these futures can tell from chance"]
    )
    lines.append(f"  lateness of the others, weighted: {_amount(price['late_order_weeks'])} order-weeks")
    gone = price["beyond_horizon"]["mean"]
    lines += [f"  {gone:.1f} orders on average are no longer delivered within the horizon"] if gone >= 0.05 else []
    for goal in price["goals"]:
        others, own, both = (_amount(goal[key], 1e8) for key in ("others_yuan", "own_yuan", "together_yuan"))
        who = _movers(goal["orders"])
        lines.append(f"  {escape(goal['id'])} {goal['year']}: others {others}{who}, itself {own}, together {both} 亿元")
    return lines


def _movers(rows: list[dict[str, Any]]) -> str:
    """Whose amounts within the goal's year change the most."""
    if not rows:
        return ""
    names = ", ".join(f"{escape(row['order'])} {row['yuan'] / 1e8:+,.2f}" for row in rows[:_NAMED])
    return f" ({names}{f' and {len(rows) - _NAMED} more' if len(rows) > _NAMED else ''})"


def _amount(row: dict[str, Any], scale: float = 1.0) -> str:
    return f"{row['mean'] / scale:+,.2f}" + _width(row["half_width_95"], scale)


def _width(width: float | None, scale: float = 1.0) -> str:
    return "" if width is None or width / scale < 0.005 else f" ± {width / scale:,.2f}"


def _priority(places: dict[str, Any]) -> list[str]:
    """The price of priority in a sentence: what rush brings, and what others pay for it beyond an ordinary order."""
    if not {"ordinary", "rush"} <= set(places):
        return []
    first, second = places["ordinary"], places["rush"]
    days = [next(row["date"] for row in one["dates"] if row["probability"] == 0.9) for one in (first, second)]
    late = second["price"]["late_order_weeks"]["mean"] - first["price"]["late_order_weeks"]["mean"]
    if first["dates"] == second["dates"] and first["price"] == second["price"]:
        return ["", "price of priority: none, for rush changes nothing here"]
    gain = f"{_earlier(*map(dt.date.fromisoformat, days))} and " if days[0] and days[1] else ""
    lines = ["", f"price of priority: rush {gain}{_later(late)} than ordinary"]
    for one, two in zip(first["price"]["goals"], second["price"]["goals"], strict=True):
        yuan = two["others_yuan"]["mean"] - one["others_yuan"]["mean"]
        lines.append(f"  {escape(two['id'])} {two['year']} of the others: {yuan / 1e8:+,.2f} 亿元 against ordinary")
    return lines


def _earlier(first: dt.date, second: dt.date) -> str:
    """What a rush order does to the day of 90 %."""
    days = (first - second).days
    if days == 0:
        return "leaves the 90 % day as it is"
    way = "brings the 90 % day forward" if days > 0 else "puts the 90 % day back"
    return f"{way} by {abs(days)} day{'' if abs(days) == 1 else 's'}"


def _later(weeks: float) -> str:
    """What it does to the lateness of the others."""
    if abs(weeks) < _LEAST_WEEKS:
        return "makes the others no later"
    return f"makes the others {'later' if weeks > 0 else 'less late'} by {abs(weeks):,.1f} order-weeks"


def _table(found: dict[str, Any]) -> list[str]:
    """Many promises, one line for each place in the queues."""
    heads = f"{'by due':>8}  {'50 %':<12}{'90 %':<12}{'waits longest for':<22}{'pushed':>7}{'order-weeks':>13}"
    lines = [f"{escape(found['park'])}: {len(found['promises'])} inquiries, each alone", _around(found), ""]
    lines.append(f"{'inquiry':<14}{'product':<12}{'MW':>7}  {'due':<12}{'priority':<10}{heads}")
    for one in found["promises"]:
        for name, row in one["places"].items():
            dates = {date["probability"]: date["date"] or "–" for date in row["dates"]}
            waits = row["lead"]["waits"]
            late = row["price"]["late_order_weeks"]["mean"]
            lines.append(
                f"{escape(one['inquiry']):<14}{escape(one['product']):<12}{one['quantity_mw']:>7g}  {one['due']:<12}"
                f"{name:<10}{100 * row['wished']['probability']:>6.0f} %  {dates[0.5]:<12}{dates[0.9]:<12}"
                f"{escape(waits[0]['name']) if waits else '':<22}{len(row['price']['pushed']):>7}{late:>+13.1f}"
            )
    rows = [row for one in found["promises"] for row in one["places"].values()]
    if any(date["date"] is None for row in rows for date in row["dates"] if date["probability"] in (0.5, 0.9)):
        lines += ["", f"– is not before {found['horizon_end']}, where the horizon ends, or takes more futures"]
    return lines
