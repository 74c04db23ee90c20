"""Rules of a plan about money: every payment has its reason, weeks add up, accounts keep to their credit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from aidc_twin.park.calendars import weekdays
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Material, Order
from aidc_twin.park.units_of_order import rounded
from aidc_twin.verify.certificate import Findings, Tally

CASH = ("plan_cash", "plan_payments")
YI = 1e8
DAYS, YEAR_DAYS = 7, 365
ROOM = 1e-6
"""Relative slack of figures that a solver gives."""
BEGUN, BEYOND, EXPORT = "(begun)", "(beyond)", "@export"
COLUMNS = {
    "opening": "received_yuan", "deposit": "received_yuan", "delivery": "received_yuan", "supplier": "suppliers_yuan",
    "wages": "wages_yuan", "interest": "interest_yuan",
}  # fmt: skip

Frames = Mapping[str, pl.DataFrame]
Weeks = list[float]


def check_cash(park: Park, frames: Frames, inputs: Frames, findings: Findings) -> None:
    """Check the payments of a plan; nothing of it where the park has no accounts.

    Parameters
    ----------
    inputs
        ``income`` (family, lag, yuan: what 1 MW brings so many weeks after its release) and ``begun`` (week,
        received_yuan, suppliers_yuan: of the work under way, if nothing is released), where they are known.
    """
    if not park.accounts:
        return
    book = _Book(park, frames, inputs)
    tally = findings.rule("plan-payments")
    known = dict(zip(COLUMNS, [_openings, _deposits, _deliveries, _suppliers, _wages, _interest], strict=True))
    for kind in sorted(book.kinds() - known.keys()):
        tally.fail(f"{kind!r} is no kind of payment")
    for check in known.values():
        check(book, tally)
    _add_up(book, findings.rule("plan-cash"))
    _credit(book, findings.rule("plan-credit"))


@dataclass
class _Book:
    """Payments by kind and name, and what they are to be compared with."""

    park: Park
    frames: Frames
    inputs: Frames
    paid: dict[tuple[str, str], Weeks] = field(init=False)
    balance: Weeks = field(init=False)
    scale: float = field(init=False)

    def __post_init__(self) -> None:
        self.paid = {}
        for kind, name, week, yuan in self.frames["plan_payments"].select("kind", "name", "week", "yuan").rows():
            if 0 <= week < self.weeks:
                self.paid.setdefault((kind, name), [0.0] * self.weeks)[week] += yuan
        rows = dict(self.frames["plan_cash"].select("week", "balance_yuan").rows())
        self.balance = [rows.get(week, math.nan) for week in range(self.weeks)]
        self.scale = max((abs(yuan) for row in self.paid.values() for yuan in row), default=1.0)

    @property
    def weeks(self) -> int:
        return self.park.head.horizon_weeks

    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.paid}

    def of(self, kind: str) -> dict[str, Weeks]:
        return {name: row for (other, name), row in self.paid.items() if other == kind}

    def refused(self) -> set[str]:
        rows = self.frames.get("plan_exceptions")
        return set() if rows is None else set(rows.filter(pl.col("kind") == "refused")["order"].to_list())

    def same(self, one: float, other: float) -> bool:
        """Whether two amounts are equal, up to the slack of a solver; what is no number is equal to nothing."""
        return abs(one - other) <= ROOM * max(1.0, abs(one), abs(other)) + ROOM * ROOM * self.scale

    def compare(self, kind: str, expected: Mapping[str, Weeks], tally: Tally) -> None:
        """Payments of a kind must be these and no others."""
        told = self.of(kind)
        for name in sorted(told.keys() | expected.keys()):
            nothing = [0.0] * self.weeks
            pairs = zip(told.get(name, nothing), expected.get(name, nothing), strict=True)
            for week, (yuan, true) in enumerate(pairs):
                tally.checked += 1
                if not self.same(yuan, true):
                    tally.fail(f"{kind} {name} in week {week}: {yuan:,.0f} yuan told, {true:,.0f} true")


def _openings(book: _Book, tally: Tally) -> None:
    """All that is in the accounts at the epoch, in week 0."""
    opening = sum(row.opening_yuan.value for row in book.park.accounts)
    book.compare("opening", {"": [opening] + [0.0] * (book.weeks - 1)}, tally)


def _deposits(book: _Book, tally: Tally) -> None:
    """Deposits of orders placed within the horizon and not refused, each in the week of its order."""
    park, gone, expected = book.park, book.refused(), dict[str, Weeks]()
    for order in park.orders:
        share = park.product(order.product).deposit_share.value
        week = _week(park, order.ordered)
        if order.order not in gone and share > 0 and 0 <= week < book.weeks:
            expected[order.order] = [0.0] * book.weeks
            expected[order.order][week] = share * sum(_prices(park, order).values())
    book.compare("deposit", expected, tally)


def _week(park: Park, day: date) -> int:
    return (day - park.head.epoch).days // DAYS


def _prices(park: Park, order: Order) -> dict[str, float]:
    """Price of what is made for an order, by release group; of the order itself where nothing is."""
    found: dict[str, float] = {}
    for line in park.bom_of(order.product):
        if park.has("products", line.item):
            units = math.ceil(rounded(order.quantity_mw * line.quantity.value, line.rounding) - ROOM / 1000)
            own = round(line.value_yuan.value * order.quantity_mw)
            price = own or round(park.product(line.item).value_yuan.value) * units
            found[line.group or "all"] = found.get(line.group or "all", 0.0) + (price if units else 0.0)
    if not any(park.has("products", line.item) for line in park.bom_of(order.product)):
        lines = sum(round(line.value_yuan.value * order.quantity_mw) for line in park.bom_of(order.product))
        return {"": lines or round(park.product(order.product).value_yuan.value * order.quantity_mw)}
    return found


def _deliveries(book: _Book, tally: Tally) -> None:
    """What customers pay follows from releases and what was measured; it never is more than the price of all of it."""
    released = _released(book)
    income, begun = book.inputs.get("income"), book.inputs.get("begun")
    if income is not None and begun is not None:
        expected = {BEGUN: [0.0] * book.weeks}
        for week, yuan in begun.select("week", "received_yuan").rows():
            expected[BEGUN][week] = yuan
        for family, lag, yuan in income.select("family", "lag", "yuan").rows():
            row = expected.setdefault(family, [0.0] * book.weeks)
            for week, mw in enumerate(released.get(family, ())):
                if mw and week + lag < book.weeks:
                    row[week + lag] += mw * yuan
        book.compare("delivery", expected, tally)
    for family, row in book.of("delivery").items():
        tally.checked += 1
        most = _most(book, family, released.get(family, []))
        if family != BEGUN and not sum(row) <= most * (1 + ROOM) + 1.0:
            tally.fail(f"customers pay {sum(row):,.0f} yuan for {family}, {most:,.0f} at most is the price of it")


def _released(book: _Book) -> dict[str, Weeks]:
    """MW released by family and week."""
    found: dict[str, Weeks] = {}
    columns = ("order", "group", "week", "quantity_mw")
    for order, group, week, mw in book.frames["plan_releases"].select(columns).rows():
        if book.park.has("orders", order) and 0 <= week < book.weeks:
            own = book.park.order(order)
            family = f"{own.product}/{group or 'all'}{EXPORT if _apart(book.park, own) else ''}"
            found.setdefault(family, [0.0] * book.weeks)[week] += mw
    return found


def _apart(park: Park, order: Order) -> bool:
    """Whether an order counts among the exports of its solution: where sales tell markets apart and both have it."""
    where = {park.destination(other.destination).market for other in park.orders if other.product == order.product}
    told_apart = any(sale.market != "all" for sale in park.sales) and len(where) > 1
    return told_apart and park.destination(order.destination).market == "export"


def _most(book: _Book, family: str, released: Sequence[float]) -> float:
    """Price of what is released of a family, at what a megawatt of it costs at most, less deposits."""
    product, _, group = family.removesuffix(EXPORT).rpartition("/")
    if not book.park.has("products", product):
        return 0.0
    per_mw = max((_prices(book.park, order).get(group, 0.0) / order.quantity_mw
                  for order in book.park.orders if order.product == product), default=0.0)  # fmt: skip
    return (1.0 - book.park.product(product).deposit_share.value) * per_mw * sum(released)


def _suppliers(book: _Book, tally: Tally) -> None:
    """Quota is paid for when it is used; what is ordered is paid for when it can have come, plus the days of credit."""
    told = book.of("supplier")
    for name in sorted(told.keys() - {row.material for row in book.park.materials}):
        tally.fail(f"there is no material {name}")
    for row in book.park.materials:
        paid = told.get(row.material, [0.0] * book.weeks)
        limits = _quota(book, row) if row.weekly_quota is not None else _ordered(book, row)
        so_far = 0.0
        for week, (least, most) in enumerate(limits):
            tally.checked += 1
            so_far -= paid[week]
            room = 10 * ROOM * max(1.0, most) + ROOM * ROOM * book.scale
            if not least - room <= so_far <= most + room:
                between = f"{least:,.0f} to {most:,.0f}" if most - least > room else f"{most:,.0f}"
                tally.fail(f"{row.material}: {so_far:,.0f} yuan paid up to week {week}, {between} are due")


def _quota(book: _Book, row: Material) -> Iterator[tuple[float, float]]:
    """Yuan due up to each week for a quota: for what has been used, but for what lay in stock."""
    stock = sum(state.quantity for state in book.park.state_stocks if state.material == row.material)
    used = [0.0] * book.weeks
    for kind, name, week, amount in book.frames["plan_load"].select("kind", "name", "week", "used").rows():
        if kind == "material" and name == row.material and 0 <= week < book.weeks:
            used[week] += amount
    late = int(row.payment_days.value // DAYS)
    for week in range(book.weeks):
        due = max(0.0, sum(used[: max(0, week - late + 1)]) - stock) * row.price_yuan.value
        yield due, due


def _ordered(book: _Book, row: Material) -> Iterator[tuple[float, float]]:
    """Yuan due up to each week for purchase orders, by the longest and by the shortest time that they may take."""
    late, lots = int(row.payment_days.value // DAYS), list[tuple[int, int, float]]()
    if row.lead_weeks is not None and row.base_stock is None:
        soon, at_last = math.ceil(row.lead_weeks.low - ROOM), math.ceil(row.lead_weeks.high - ROOM)
        for name, week, quantity in book.frames["plan_purchases"].select("material", "week", "quantity").rows():
            if name == row.material:
                lots.append((week + soon, week + at_last, quantity))
    for state in book.park.state_purchase_orders:
        if state.material == row.material:
            first, last = (max(0, _week(book.park, day)) for day in (state.arrives.low, state.arrives.high))
            lots.append((first, last, state.quantity))
    for week in range(book.weeks):
        sums = [sum(lot[2] for lot in lots if lot[n] + late <= week) * row.price_yuan.value for n in (1, 0)]
        yield sums[0], sums[1]


def _wages(book: _Book, tally: Tally) -> None:
    """Wages of the shifts that are worked, by calendar and week."""
    park, expected = book.park, dict[str, Weeks]()
    for name, week, level in book.frames["plan_shifts"].select("calendar", "week", "level").rows():
        if 0 <= week < book.weeks:
            basic, more = _weekly(park, name)
            expected.setdefault(name, [0.0] * book.weeks)[week] = -(basic + more * (level - 1))
    book.compare("wages", expected, tally)


def _weekly(park: Park, calendar: str) -> tuple[float, float]:
    """Yuan of a week at level 1, and the mean of each level above it."""
    sums, levels = [0.0, 0.0], set[int]()
    for row in park.shifts_of(calendar):
        given = row.wages_yuan_day
        day = given.value if given is not None else row.cost_yuan_day.value if row.level > 1 else 0.0
        sums[row.level > 1] += day * len(weekdays(row.days))
        levels |= {row.level} - {1}
    return sums[0], sums[1] / max(1, len(levels))


def _interest(book: _Book, tally: Tally) -> None:
    """Interest of the credit that was in use at the end of the week before, the cheapest first."""
    accounts = sorted(book.park.accounts, key=lambda row: row.interest_share.value)
    dearest = max(row.interest_share.value for row in accounts)
    expected = {name: [0.0] * book.weeks for name in (*(row.account for row in accounts), BEYOND)}
    for week, before in enumerate(book.balance[:-1]):
        short = max(0.0, -before)
        for row in accounts:
            drawn = min(short, row.credit_yuan.value)
            short -= drawn
            expected[row.account][week + 1] = -drawn * row.interest_share.value * DAYS / YEAR_DAYS
        expected[BEYOND][week + 1] = -short * dearest * DAYS / YEAR_DAYS
    book.compare("interest", expected, tally)


def _add_up(book: _Book, tally: Tally) -> None:
    """Each week is told once, its columns are the sums of its payments, and the balance goes on."""
    rows = {row["week"]: row for row in book.frames["plan_cash"].iter_rows(named=True)}
    for week in sorted(rows.keys() - set(range(book.weeks))):
        tally.fail(f"week {week} is not in the horizon")
    before = 0.0
    for week in range(book.weeks):
        tally.checked += 1
        if week not in rows:
            tally.fail(f"week {week} is missing")
            return
        sums = dict.fromkeys(COLUMNS.values(), 0.0)
        for (kind, _), row in book.paid.items():
            if kind in COLUMNS:
                sums[COLUMNS[kind]] += row[week]
        for name, yuan in sums.items():
            if not book.same(rows[week][name], yuan):
                tally.fail(f"{name} of week {week}: {rows[week][name]:,.0f} told, its payments are {yuan:,.0f}")
        now = before + sum(sums.values())
        if not book.same(rows[week]["balance_yuan"], now):
            tally.fail(f"balance of week {week}: {rows[week]['balance_yuan']:,.0f} told, {now:,.0f} true")
        before = rows[week]["balance_yuan"]


def _credit(book: _Book, tally: Tally) -> None:
    """The balance never falls below the credit, but for what nothing can be done about."""
    lines = sum(row.credit_yuan.value for row in book.park.accounts)
    idle = _idle(book, lines)
    columns = ("week", "balance_yuan", "credit_yuan", "forced_yuan")
    for week, balance, credit, forced in book.frames["plan_cash"].select(columns).rows():
        tally.checked += 1
        if not book.same(credit, lines):
            tally.fail(f"credit of week {week}: {credit:,.0f} yuan told, {lines:,.0f} true")
        if idle is not None and not book.same(forced, idle[week] if 0 <= week < book.weeks else 0.0):
            tally.fail(f"forced_yuan of week {week}: {forced:,.0f} told, {idle[week]:,.0f} true")
        if not balance >= -(lines + forced) * (1 + ROOM) - 1.0 - ROOM * book.scale:
            tally.fail(f"balance of week {week}: {balance:,.0f} yuan, the accounts may be overdrawn by {lines:,.0f}")


def _idle(book: _Book, lines: float) -> Weeks | None:
    """How far beyond all credit the accounts would be overdrawn if nothing were released; None: unknown."""
    begun = book.inputs.get("begun")
    if begun is None:
        return None
    flow = [0.0] * book.weeks
    for week, received, suppliers in begun.select("week", "received_yuan", "suppliers_yuan").rows():
        flow[week] += received + suppliers
    flow[0] += sum(row.opening_yuan.value for row in book.park.accounts)
    for order in book.park.orders:
        week = _week(book.park, order.ordered)
        if 0 <= week < book.weeks:
            flow[week] += book.park.product(order.product).deposit_share.value * sum(_prices(book.park, order).values())
    basic = sum(
        _weekly(book.park, name)[0] for name in sorted(book.frames["plan_shifts"]["calendar"].unique().to_list())
    )
    return _overdrawn(book, [yuan - basic for yuan in flow], lines)


def _overdrawn(book: _Book, flow: Weeks, lines: float) -> Weeks:
    """What is overdrawn beyond all credit, with interest on what is drawn."""
    accounts = sorted(book.park.accounts, key=lambda row: row.interest_share.value)
    found, balance, interest = Weeks(), 0.0, 0.0
    for yuan in flow:
        balance += yuan - interest
        short = max(0.0, -balance)
        found.append(max(0.0, short - lines))
        drawn = [min(row.credit_yuan.value, max(0.0, short - sum(a.credit_yuan.value for a in accounts[:n])))
                 for n, row in enumerate(accounts)]  # fmt: skip
        prices = [row.interest_share.value * DAYS / YEAR_DAYS for row in accounts]
        interest = sum(a * b for a, b in zip(drawn, prices, strict=True)) + found[-1] * max(prices)
    return found
