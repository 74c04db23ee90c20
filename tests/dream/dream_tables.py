"""From a model of the other simulator to a park folder: every unit is an order or comes from a source and has its way.

One unit of the model's time is one hour of the park, whatever the model calls it. A way is a list of stops; a stop
becomes the operations of a routing (`tables.Tables`), and the plan (`Plan`) tells `measure` what stands for what.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, lcm
from pathlib import Path
from typing import Any

from dream_belts import is_belt, metre
from dream_model import Inexpressible, Model, Pause, Shift, exact
from dream_routing import Routing
from dream_rules import settle_rules
from dream_upkeep import check_together, interrupted
from dream_way import Machine, Plan, Span, Stream, Way, cell, intersection

EPOCH = date(2026, 10, 5)
HOUR_US = 3_600_000_000
WEEK = 168
WEEKS_MOST = 1040
REPAIR_MOST = 8760
INTERRUPTED = {"failure", "shift", "break", "scheduledBreak", "periodicMaintenance"}
RANDOM_GRAIN = 3_600_000
"""Ticks of an hour where times are random: a millisecond each."""
FOREVER = Fraction(10**6)
ZERO = Fraction(0)


class Tables:
    """Rows of a park that grow with the ways of its units."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.plan = Plan(model, {}, {}, {}, {}, {}, {})
        self.calendars: dict[tuple[Any, ...], str] = {}
        self.resources: dict[str, dict[str, Any]] = {}
        self.grain = 2 * self._denominator()
        self.add("entities", entity="maker", kind="integrator")

    def _denominator(self) -> int:
        """Ticks in a unit of time that make all numbers of the model whole."""
        found = 1
        stack: list[Any] = [self.model.nodes, self.model.orders, self.model.general.get("maxSimTime")]
        while stack:
            what = stack.pop()
            if isinstance(what, dict):
                stack += [value for key, value in what.items() if key not in ("top", "left", "name", "id")]
            elif isinstance(what, list):
                stack += what
            elif isinstance(what, (int, float, str)) and not isinstance(what, bool):
                try:
                    found = lcm(found, exact(what).denominator)
                except ValueError:
                    continue
        for node in self.model.nodes:
            if is_belt(self.model, node):
                found = lcm(found, metre(self.model, node).denominator)
        if self.model.random:
            found = lcm(found, RANDOM_GRAIN)
        if HOUR_US % (2 * found):
            raise Inexpressible("times that are no multiples of a tick")
        return found

    def add(self, table: str, **row: Any) -> None:
        """A row of a table."""
        self.rows.setdefault(table, []).append(row)

    # ------------------------------------------------------------------------------------------------- resources

    def resource(self, name: str, kind: str, amount: int, rule: str = "") -> str:
        """A resource, once; a blank rule is that of whoever names one."""
        if name not in self.resources:
            self.resources[name] = {"resource": name, "kind": kind, "dispatch": rule, "choice": "", "preempt": ""}
            self.add("capacity", resource=name, amount=amount)
        row = self.resources[name]
        if rule and row["dispatch"] not in ("", rule):
            raise Inexpressible("two rules in one queue")
        row["dispatch"] = row["dispatch"] or rule
        return name

    def station(self, nodes: tuple[str, ...], rule: str = "") -> str:
        """Servers for a station, or for several that are alternatives of each other."""
        model, name = self.model, "-or-".join(nodes)
        known = {resource for node in nodes if node in self.plan.machines
                 for resource in [self.plan.machines[node].resource]}  # fmt: skip
        if known - {name}:
            raise Inexpressible("stations that are alternatives for some units only")
        self.resource(name, "servers", len(nodes), rule)
        if known:
            return name
        self.resources[name]["choice"] = self.choice(nodes) if len(nodes) > 1 else ""
        for node in nodes:
            unknown = {key for key, row in (model.nodes[node].get("interruptions") or {}).items() if row}
            if unknown - INTERRUPTED:
                raise Inexpressible(f"interruptions of a station by {min(unknown - INTERRUPTED)}")
        for number, node in enumerate(nodes, 1):
            men = [other for other in model.before(node) if model.kind(other) == "Repairman"]
            if len(men) > 1:
                raise Inexpressible("a station with several repairmen of its own")
            there = self._presence(node)
            machine = Machine(
                node, name, number, there[0] if there else None, model.failure(node), model.rest(node),
                men[0] if men else "", bool(model.nodes[node].get("canDeliverOnInterruption")),
                bool(model.planned_breaks(node)[0]), model.maintenance(node),
            )  # fmt: skip
            check_together(machine)
            self.plan.machines[node] = machine
        first = self.plan.machines[nodes[0]]
        for node in nodes[1:]:
            other = self.plan.machines[node]
            if interrupted(other) != interrupted(first):
                raise Inexpressible("alternative stations with interruptions of their own")
        self._breakdowns(first)
        return name

    def choice(self, nodes: tuple[str, ...]) -> str:
        """Which of alternative stations is taken: people who load one go to the first of those idle longest."""
        loaded = {
            any(self.model.kind(other) in ("OperatorPool", "Operator") for other in self.model.before(node))
            and "Load" in str(self.model.nodes[node].get("operationType", ""))
            for node in nodes
        }
        if len(loaded) > 1:
            raise Inexpressible("alternative stations of which people load only some")
        return "idle_longest" if loaded.pop() else "first_to_call"

    def others(self, kinds: tuple[str, ...]) -> None:
        """Stations, and people who serve them, that no unit comes to."""
        for node in self.model.nodes:
            if self.model.kind(node) in kinds and node not in self.plan.machines:
                self.station((node,))
        known = {one for people in self.plan.crews.values() for one in people}
        for node in self.model.nodes:
            if self.model.kind(node) in ("Operator", "OperatorManagedJob") and node not in known:
                self.plan.crews[node] = (node,)

    def _breakdowns(self, machine: Machine) -> None:
        """Failures and breaks of servers."""
        failure, rest = machine.failure, machine.rest
        if failure is not None:
            crew = self._clock(machine, failure)
            if machine.repairman:
                capacity = int(exact(self.model.nodes[machine.repairman].get("capacity", 1)))
                crew |= {"crew": self.resource(machine.repairman, "crew", capacity, "fifo")}
                self.plan.repairmen[machine.repairman] = capacity
            self._stops(machine.resource, "failure", failure, **crew)
        if machine.maintenance is not None:
            self._stops(machine.resource, "maintenance", machine.maintenance, effect="finish", tie="in_order")
        if rest is not None:
            self._breaks(machine.resource, rest, machine.shift)

    def _stops(self, resource: str, name: str, pause: Pause, **more: str) -> None:
        """What stops servers: times beyond the end of the run are as good as the end."""
        up, down = (time if self.model.end is None else min(time, self.model.end) for time in (pause.up, pause.down))
        if down > REPAIR_MOST:
            raise Inexpressible("repairs of more than a year of hours")
        texts = pause.drawn[0] or cell(up), pause.drawn[1] or cell(down)
        self.add("breakdowns", resource=resource, breakdown=name, uptime_hours=texts[0], repair_hours=texts[1], **more)

    def _breaks(self, resource: str, rest: Pause, shift: Shift | None) -> None:
        """Breaks of a station or a person, counted anew in every shift and over with it."""
        anew: dict[str, str] = {}
        if shift is not None:
            if rest.finish or shift.finish or shift.early:
                raise Inexpressible("breaks in shifts at whose end work is finished first")
            if shift.spans[0][0] > 0:
                raise Inexpressible("breaks whose first count runs off shift")
            anew = {
                "clock_calendar": self.calendar(list(shift.spans), shift.every), "restart": "opening",
                "skip_hours": cell(rest.skipped), "at_closing": "end",
            }  # fmt: skip
            if rest.up >= max(b - a for a, b in shift.spans) - rest.skipped:
                return
        self.add(
            "breakdowns", resource=resource, breakdown="break", uptime_hours=cell(rest.up),
            repair_hours=cell(rest.down), effect="finish" if rest.finish else "keep", **anew,
        )  # fmt: skip

    def _clock(self, machine: Machine, failure: Pause) -> dict[str, str]:
        """Which time counts until a failure, and what comes first where it falls on the end of work."""
        if failure.clock == "working":
            return {"clock": "busy"}
        if failure.clock == "constant":
            return {"tie": "work_first" if failure.tie else "in_order"}
        if failure.clock != "onShift":
            raise Inexpressible(f"failures by the time {failure.clock}")
        if machine.shift is None:
            return {}
        if machine.shift.spans[0][0] > 0:
            raise Inexpressible("failures by the time on shift whose first count runs off shift")
        return {"clock_calendar": self.calendar(list(machine.shift.spans), machine.shift.every)}

    def crew(self, people: tuple[str, ...], rule: str = "fifo") -> str:
        """A crew of people of whom any will do."""
        for name, others in self.plan.crews.items():
            if set(others) & set(people) and others != people:
                raise Inexpressible(f"people of {name} who serve other stations than each other")
        name = "-or-".join(people)
        rest = self.model.rest(name)
        if name not in self.plan.crews and rest is not None:
            self._breaks(name, rest, self.model.shift(name))
        self.plan.crews[name] = people
        return self.resource(name, "crew", len(people), rule)

    def prefer(self, crew: str) -> None:
        """People of a crew are asked by name."""
        self.resources[crew]["members"] = "named"

    # ------------------------------------------------------------------------------------------------- calendars

    def calendar(self, spans: list[Span], every: Fraction = Fraction(0)) -> str:
        """A calendar that is open in some spans."""
        key = (tuple(spans), every)
        if key not in self.calendars:
            name = self.calendars[key] = f"hours-{len(self.calendars) + 1}"
            for i, (start, end) in enumerate(spans, 1):
                self.add(
                    "windows", calendar=name, window=f"w{i}", opens_hours=cell(start), closes_hours=cell(end),
                    every_hours=cell(every),
                )  # fmt: skip
        return self.calendars[key]

    def hours(self, machine: Machine | None, people: tuple[str, ...]) -> tuple[list[Span], bool, Fraction, Fraction]:
        """Spans in which work goes on, whether it is finished when they end, the period, and before how much of their
        end nothing begins.

        Empty spans: always.
        """
        during: list[Span] = []
        finish, every = True, ZERO
        shifts = [machine.shift] if machine is not None and machine.shift is not None else []
        if len(people) == 1:
            shifts += self._presence(people[0])
        elif people:
            hours = [(self._presence(one), self.model.rest(one)) for one in people]
            if any(one != hours[0] or one[1] for one in hours):
                raise Inexpressible("hours of single people of a crew")
            shifts += hours[0][0]
        if len({shift.finish for shift in shifts}) > 1 or (len(shifts) > 1 and any(shift.every for shift in shifts)):
            raise Inexpressible("a station and its operator with different ways to end a shift")
        if any(shift.locked for shift in shifts) and len({shift.spans for shift in shifts}) > 1:
            raise Inexpressible("a station and its operator with hours before closing in which nothing begins")
        for shift in shifts:
            during = intersection(during, shift.spans) if during else list(shift.spans)
            finish, every = shift.finish, shift.every
            if not any(b - shift.locked > a for a, b in during):
                raise Inexpressible("a station that never opens")
        return during, finish, every, max((shift.locked for shift in shifts), default=ZERO)

    def _presence(self, person: str) -> list[Shift]:
        """When a person or a station is there: the shift, or all time but the planned breaks."""
        shift, (breaks, finish) = self.model.shift(person), self.model.planned_breaks(person)
        if self.model.rest(person) is not None and breaks:
            raise Inexpressible("two kinds of breaks of one person or station")
        if shift is not None and breaks:
            raise Inexpressible("shifts and planned breaks of one person or station")
        if breaks:
            marks = [ZERO, *(x for span in sorted(breaks) for x in span), FOREVER]
            spans = tuple((a, b) for a, b in zip(marks[::2], marks[1::2], strict=True) if a < b)
            return [Shift(spans, finish, ZERO, ZERO)]
        return [shift] if shift is not None else []

    # ------------------------------------------------------------------------------------------------- ways

    def way(self, way: Way, *, component: bool = False) -> None:
        """Product, routing and needs of a way."""
        self.plan.ways[way.product] = way
        kind = "component" if component else "solution"
        self.add("products", product=way.product, kind=kind, routing=way.product, maker="maker", value_yuan=1_000_000)
        Routing(self, way).write()

    def stream(self, stream: Stream) -> None:
        """A source."""
        self.plan.streams[stream.node] = stream
        self.add(
            "sources", source=stream.node, product=stream.product,
            interval_hours=stream.drawn or cell(stream.interval), first_hours=0, most=stream.most,
        )  # fmt: skip

    def book(self, ways: list[Way]) -> None:
        """An order for each way."""
        dues, ranks = sorted({way.due for way in ways}), sorted({way.priority for way in ways})
        for way in ways:
            self.add(
                "orders", order=way.product, product=way.product, quantity_mw=1, ordered=EPOCH,
                due=EPOCH + timedelta(days=1 + dues.index(way.due)), destination="home",
                priority=ranks.index(way.priority),
            )  # fmt: skip
        if ways:
            self.rows["destinations"] = [{"destination": "home", "market": "domestic"}]

    def write(self, folder: Path, end: Fraction) -> Plan:
        """The park folder."""
        folder.mkdir(parents=True, exist_ok=True)
        weeks = ceil(end / WEEK) + 1
        if weeks > WEEKS_MOST:
            raise Inexpressible("more than twenty years of hours")
        tick = HOUR_US // self.grain
        settle_rules(self)
        self.rows["resources"] = list(self.resources.values())
        self.plan.per_unit = self.grain
        head = [
            "schema_version = 1",
            'id = "model"',
            f"epoch = {EPOCH}",
            f"horizon_weeks = {weeks}",
            f"tick_us = {tick}",
            'starts = "crews_last"',
        ]
        (folder / "park.toml").write_text("\n".join(head) + "\n", encoding="utf-8")
        for name, rows in self.rows.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                out = csv.DictWriter(file, columns, restval="")
                out.writeheader()
                out.writerows(rows)
        return self.plan
