"""What is held and given back: batches, needs that outlast their step, and needs that are left at closing time."""

from __future__ import annotations

from aidc_twin.park.checks.capacity import most_capacity
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.deadlock import possible_deadlocks
from aidc_twin.park.flow import Flow, flow_of
from aidc_twin.park.holding import kept, while_held
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Need, Operation
from aidc_twin.park.units_of_order import units_for, units_of

NEARLY = 1 + 1e-9


def check(findings: Findings) -> None:
    """Batches that cannot gather, needs given back at no time, and units that would wait for themselves."""
    park = findings.park
    findings.each(park.operations, _check_batch)
    if not findings.readable("operations"):
        return
    rows = {(row.routing, row.operation): row for row in park.operations}
    for need in park.needs:
        row = rows.get((need.routing, need.operation))
        if row is not None:
            findings.part(_check_give_back, need, row)
            findings.part(_check_batch_need, need, row)
    if findings.readable("orders", "products", "bom", "sources"):
        findings.each(park.operations, _check_company)
    if findings.readable("needs", "resources", "capacity", "phases", "branches"):
        findings.each(park.routings, _check_own_waits)
    findings.part(_note_deadlocks)


def _check_batch(findings: Findings, row: Operation) -> None:
    if row.batch_min > row.batch_max:
        findings.add(
            row,
            "batch_min",
            f"{row.batch_min}, batch_max {row.batch_max}",
            allowed=f"at most {row.batch_max}, the batch_max",
            fix="raise batch_max: a batch of so many would never fit",
            code="batch-reversed",
        )
    elif row.batch_wait_hours is not None and row.batch_min == 1:
        findings.add(
            row,
            "batch_wait_hours",
            f"{row.batch_wait_hours.text} without a batch_min above 1",
            allowed="blank, where one unit may go alone at once",
            fix="write in batch_min how many are waited for, or leave batch_wait_hours blank",
            code="wait-without-batch",
        )


def _check_give_back(findings: Findings, need: Need, row: Operation) -> None:
    if need.when_closed == "keep":
        return
    reason = ""
    if not row.calendar:
        reason = "which has no calendar and never closes"
    elif row.when_closed != "suspend":
        reason = "whose work runs on when closed"
    elif row.batch_max > 1:
        reason = "whose units go together and keep what they hold"
    elif need.until:
        reason = f"which keeps it until {need.until}"
    if reason:
        findings.add(
            need,
            "when_closed",
            f"give_back at {need.operation}, {reason}",
            allowed="keep; or give_back where the operation has a calendar, suspends, and `until` is blank",
            fix="write keep, or change the operation",
            code="nothing-to-give-back",
        )


def _check_batch_need(findings: Findings, need: Need, row: Operation) -> None:
    if row.batch_max == 1:
        return
    park = findings.park
    if kept(need):
        findings.add(
            need,
            "until",
            f"{need.until}, at {need.operation}, whose units go together",
            allowed="blank",
            fix=f"leave it blank: a batch has one set of needs, and its units part behind {need.operation}",
            code="batch-keeps",
        )
    if park.has("resources", need.resource) and park.resource(need.resource).queue == "strict":
        findings.add(
            need,
            "resource",
            f"{need.resource}, whose queue is strict, at {need.operation}, whose units go together",
            allowed="a resource whose queue is backfill",
            fix=f"write backfill for {need.resource} in resources.csv, or batch_max 1",
            code="batch-in-strict-queue",
        )


def _check_company(findings: Findings, row: Operation) -> None:
    """Enough units must come to an operation that waits for company for ever."""
    if row.batch_min == 1 or row.batch_wait_hours is not None:
        return
    count = _units_to_come(findings.park, row.routing)
    if count is not None and count < row.batch_min:
        findings.add(
            row,
            "batch_min",
            f"{row.batch_min}, and {number(count)} units in all come to {row.operation}",
            allowed=f"at most {number(count)}",
            fix="wait for fewer, or write in batch_wait_hours after how long a smaller batch goes",
            code="batch-never-full",
        )


def _units_to_come(park: Park, routing: str) -> int | None:
    """Units that orders and sources bring to a routing; None where there is no end of them."""
    names = {row.product for row in park.products if row.routing == routing}
    each = {row.source: units_for(park, row.product, 1.0) for row in park.sources}
    streams = [(row, sum(each[row.source].get(name, 0) for name in names)) for row in park.sources]
    if any(count and not row.most for row, count in streams):
        return None
    made = sum(units_of(park, order).get(name, 0) for order in park.orders for name in sorted(names))
    return made + sum(row.most * row.units * count for row, count in streams)


def _check_own_waits(findings: Findings, routing: str) -> None:
    """What a unit holds already and what it asks for again must fit into the capacity together."""
    park = findings.park
    flow = flow_of(park, routing)
    names = {row.operation for row in park.steps_of(routing)}
    rows = [row for name in sorted(names) for row in park.needs_of(routing, name)]
    for held in rows:
        if not kept(held) or not park.has("resources", held.resource):
            continue
        later = flow.reached(flow.next_of(held.operation))
        if held.until in flow.after and held.until not in later:
            continue
        ahead = while_held(flow, held) & later
        most = most_capacity(park, held.resource)
        for need in rows:
            shared = need.per == held.per != "unit"
            if need.resource == held.resource and need.operation in ahead and not shared:
                _check_own_wait(findings, held, need, most)
        for name in sorted(ahead & names):
            _check_gathering(findings, flow, held, park.operation(routing, name), most)


def _check_own_wait(findings: Findings, held: Need, need: Need, most: float) -> None:
    total = held.amount.value + need.amount.value
    if held.amount.value <= most and need.amount.value <= most and total > most * NEARLY:
        findings.add(
            need,
            "amount",
            f"{number(need.amount.value)} of {need.resource} for {need.operation}, while the unit holds "
            f"{number(held.amount.value)} of it from {held.operation} until {held.until}",
            allowed=f"at most {number(most)} in all, the most that there is at any time of the horizon",
            fix=f"the unit would wait for itself for ever: add capacity, or give back {need.resource} before",
            code="waits-for-itself",
        )


def _check_gathering(findings: Findings, flow: Flow, held: Need, row: Operation, most: float) -> None:
    """Units that wait for a batch hold what they hold, each of them."""
    total = held.amount.value * row.batch_min
    if row.batch_min > 1 and row.batch_wait_hours is None and held.amount.value <= most and total > most * NEARLY:
        findings.add(
            row,
            "batch_min",
            f"{row.batch_min} units, which hold {number(total)} of {held.resource} from {held.operation} on",
            allowed=f"at most {number(most)} of {held.resource}, the most that there is at any time of the horizon",
            fix=f"wait for fewer, add capacity, or give back {held.resource} before {row.operation}",
            code="batch-never-full",
        )


def _note_deadlocks(findings: Findings) -> None:
    """Tell which circles of waiting there are, where nothing else is wrong."""
    if findings.problems or findings.park.incomplete:
        return
    for ring in possible_deadlocks(findings.park):
        steps = zip(ring, (*ring[1:], ring[0]), strict=True)
        told = ", ".join(f"{held} while waiting for {wanted}" for held, wanted in steps)
        findings.note(f"units may block each other for good: they hold {told}")
