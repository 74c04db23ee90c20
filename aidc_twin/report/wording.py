"""Numbers and sentences, the same in the page and on the terminal."""

from __future__ import annotations

import math

from aidc_twin.report.reading import GoalResult, Run
from aidc_twin.units.money import YI, show_money, yi

NOTHING = "–"
LEDGERS = {"industrial_output": "Industrial output", "wholesale_trade": "Wholesale trade"}
BASES = {
    "entity_gross": "entity-gross (sales between the park's own firms count)",
    "consolidated": "consolidated (sales between the park's own firms are eliminated)",
}
PAYLOADS = {
    "owned": "accelerators owned (counted at full value)",
    "consigned": "accelerators consigned by the customer (only the processing fee counts)",
    "both": "owned and consigned accelerators",
}


def count(number: int | None) -> str:
    """Show an integer in groups of three digits."""
    return NOTHING if number is None else f"{number:,}"


def figure(number: float | None, digits: int = 4) -> str:
    """Show a number with `digits` significant digits, grouped, without an exponent in the ordinary range."""
    if number is None or not math.isfinite(number):
        return NOTHING
    if number == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(number)))
    if not -4 <= magnitude < 12:
        return f"{number:.{digits - 1}e}"
    decimals = max(0, digits - 1 - magnitude)
    shown = f"{number:,.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def percent(share: float | None) -> str:
    """Show a share as per cent; a rounded 0 or 100 is never shown for what is not exactly that."""
    if share is None or not math.isfinite(share):
        return NOTHING
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    shown = f"{100 * share:.1f}".removesuffix(".0")
    return f"{shown} %"


def gap(share: float | None) -> str:
    """Show a relative gap as per cent, in as many digits as it needs."""
    if share is None or not math.isfinite(share):
        return NOTHING
    return f"{figure(100 * share, 2)} %"


def amount(yuan: int | None) -> str:
    """Show an amount in 亿元, grouped: `1,000.0 亿元`."""
    if yuan is None:
        return NOTHING
    number, _, unit = yi(yuan).partition(" ")
    whole, _, decimal = number.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}.{decimal} {unit}"


def bare(yuan: int | None) -> str:
    """Show an amount in 亿元 without the unit."""
    return amount(yuan).partition(" ")[0]


def signed(yuan: int | None) -> str:
    """Show a difference in 亿元, with its sign."""
    if yuan is None:
        return NOTHING
    return amount(yuan) if yuan < 0 else f"+{amount(yuan)}"


def three_forms(yuan: int | None) -> str:
    """Show an amount in its three forms."""
    return "" if yuan is None else show_money(yuan)


def in_yi(yuan: float | None) -> float:
    """Give yuan in 亿元 for the axis of a chart."""
    return 0.0 if yuan is None else float(yuan) / YI


def scale(unit: str) -> tuple[float, str]:
    """What an amount in a unit of the park is divided by in the page, and its unit there."""
    return {"yuan": (float(YI), "亿元"), "kW": (1000.0, "MW")}.get(unit, (1.0, unit))


def ledger(goal: GoalResult) -> str:
    """Name the ledger and the year of a goal: `Industrial output 2027`."""
    name = LEDGERS.get(goal.ledger, goal.ledger or "Goal")
    return f"{name} {goal.year}" if goal.year is not None else name


def heading(goal: GoalResult) -> str:
    """Name a goal as its park does, or by ledger and year."""
    return goal.title or ledger(goal)


def basis(goal: GoalResult) -> str:
    """Spell the basis out."""
    return BASES.get(goal.basis, goal.basis or "basis not named")


def payload(goal: GoalResult) -> str:
    """Spell the payload switch out."""
    return PAYLOADS.get(goal.payload, goal.payload or "payload not named")


def outcome(goal: GoalResult) -> str:
    """Give the verdict in few words."""
    share = goal.probability
    if share is None:
        return "not simulated"
    if share <= 0:
        return "missed in every replication"
    if share >= 1:
        return "reached in every replication"
    steps = (
        (0.05, "almost surely missed"),
        (0.45, "more likely missed than reached"),
        (0.55, "about as likely reached as missed"),
    )
    for limit, words in (*steps, (0.95, "more likely reached than missed")):
        if share < limit:
            return words
    return "almost surely reached"


def standing(goal: GoalResult) -> str:
    """Give one of `reached`, `open`, `missed`, `unknown`, for colours and marks."""
    if goal.probability is None:
        return "unknown"
    if goal.probability >= 0.8:
        return "reached"
    return "missed" if goal.probability <= 0.2 else "open"


def replications(goal: GoalResult, run: Run) -> str:
    """Say in how many replications the goal is reached."""
    if goal.probability is None or run.replications is None:
        return ""
    return f"reached in {count(round(goal.probability * run.replications))} of {count(run.replications)} replications"


def distance(goal: GoalResult) -> str:
    """Say how far the median is from the goal."""
    if goal.p50 is None or goal.target is None:
        return ""
    difference = goal.p50 - goal.target
    words = "above the goal" if difference >= 0 else "short of the goal"
    return f"the median year is {amount(abs(difference))} {words}"


def sentence(goal: GoalResult, run: Run) -> str:
    """Give the verdict on a goal as one sentence."""
    chance = replications(goal, run) or outcome(goal)
    parts = [f"{ledger(goal)} against {amount(goal.target)}: {chance}"]
    if where := distance(goal):
        parts.append(where)
    if goal.planned is not None:
        parts.append(f"the plan itself reaches {amount(goal.planned)}")
    return "; ".join(parts) + "."


_ASSUMED = {"price": "its prices", "limit": "what limits its quantity"}


def assumed(run: Run) -> str:
    """Say which share of the result rests on assumptions."""
    share = run.assumption_share
    if share is None:
        return "the run does not say"
    parts = [f"{percent(run.assumed[name])} by {words}" for name, words in _ASSUMED.items() if name in run.assumed]
    return f"{percent(share)} of the result rests on assumptions" + (f" ({', '.join(parts)})" if parts else "")


def bottlenecks(run: Run, most: int = 3) -> str:
    """Say what binds, the longest first as the run lists it."""
    if not run.binding:
        return "nothing is full in any week, or the run does not say"
    shown = [
        entry.name + (f" ({count(entry.weeks_full)} weeks full)" if entry.weeks_full is not None else "")
        for entry in run.binding[:most]
    ]
    rest = len(run.binding) - most
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def one_more(run: Run, most: int = 3) -> str:
    """Say what one unit more of the dearest things brings at most."""
    shown: list[str] = []
    for price in run.prices[:most]:
        goal, margin = (price.goal_yi, "亿元 of the goals"), (price.margin_yi, "亿元 of margin")
        gains = (goal, (price.late_weeks, "order-weeks"), margin)
        gain, unit = next((pair for pair in gains if pair[0] > 0), gains[-1])
        shown.append(f"{price.name} ({price.unit}: {figure(gain, 3)} {unit})")
    rest = len(run.prices) - most
    return "at most " + ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")
