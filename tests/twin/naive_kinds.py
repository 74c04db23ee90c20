"""Kinds of work of a park, each once, as the plain-Python twin sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from naive_chance import near
from naive_model import Kind, Need, Unit
from naive_times import Times

from aidc_twin.park import Park
from aidc_twin.park.schema import Breakdown, Leg, Operation


class Kinds:
    """Finds the kind of a step."""

    def __init__(self, park: Park, times: Times) -> None:
        self.park, self.times = park, times
        self.servers = {row.resource for row in park.resources if row.kind == "servers"}
        self.fine = {row.resource for row in park.resources if row.kind in ("cumulative", "space", "bucketed")}
        self.bucketed = {row.resource for row in park.resources if row.kind == "bucketed"}
        crews = {row.resource for row in park.resources if row.kind == "crew"}
        self.leaving = {row.resource for row in park.breakdowns if row.effect == "keep"} & crews
        self.known: dict[tuple[Any, ...], Kind] = {}
        self.repairs: dict[tuple[str, str, str], Kind] = {}

    def of(self, unit: Unit, row: Operation | Leg, names: set[str]) -> Kind:
        """Kind of a step of a unit that has the steps `names`."""
        if isinstance(row, Leg):
            mean = near(row.duration_days.mean * self.times.day)
            return self.known.setdefault(("leg", row.destination, row.leg), Kind(row, [], [], mean))
        needs = self._needs(row, "operation", names)
        materials = [
            (line.item, round(line.quantity.value * unit.each * 1000))
            for line in self.park.bom_of(unit.product)
            if line.operation == row.operation and any(m.material == line.item for m in self.park.materials)
        ]
        key = (row.routing, row.operation, tuple(needs), tuple(materials))
        if key not in self.known:
            self.known[key] = self._kind(row, needs, materials, names)
        return self.known[key]

    def all(self) -> list[Kind]:
        """Kinds that can occur: first attempts, reworks and later attempts where it can fail, rests, repairs."""
        found = dict.fromkeys(self.repair(row) for row in self.park.breakdowns)
        for kind in self.known.values():
            fails = isinstance(kind.row, Operation) and kind.row.fail_share.value > 0
            tries = [kind, kind.failed, kind.again] if fails else [kind]
            for one in tries:
                if one is not None:
                    found[one] = None
                    for rest in (one.rest, one.put_back):
                        if rest is not None:
                            found[rest] = None
        return list(found)

    def repair(self, row: Breakdown) -> Kind:
        """Kind of the repair of a breakdown."""
        key = ("repair", row.resource, row.breakdown)
        if key not in self.repairs:
            needs = [Need(row.crew, self._amount(row.crew, row.crew_amount.value))] if row.crew else []
            if row.resource not in self.servers:
                needs = [Need(row.resource, 1)]
            self.repairs[key] = Kind(row, needs, [], self.times.ticks(row.repair_hours.mean))
        return self.repairs[key]

    def _kind(self, row: Operation, needs: list[Need], materials: list[tuple[str, int]], names: set[str]) -> Kind:
        mean = near(row.duration.mean * self.times.unit(row.duration_unit, row.calendar))
        rounds = [one for one in self.park.transfers if (one.routing, one.operation) == (row.routing, row.operation)]
        kind = again = Kind(row, needs, materials, mean, server=self._server(needs), transfer=next(iter(rounds), None))
        for need in self.park.needs:
            if (need.routing, need.operation) == (row.routing, row.operation) and need.resource in self.bucketed:
                kind.bucket, kind.rank = need.resource, need.rank
                kind.content = self._amount(need.resource, need.amount.value)
        own = [need for need in needs if not need.until]
        if materials or own != needs:
            kept = all(need.resource != kind.server for need in own)  # then it is still on its machine
            again = Kind(row, own, [], mean, server="" if kept else kind.server)
        extra = [replace(need, until="") for need in self._needs(row, "rework", names)]
        spent = near(row.rework.mean * self.times.unit(row.rework_unit, row.calendar))
        failed = Kind(row, extra, [], spent, True, None, again, server=self._server(extra))
        for one in (kind, again, failed):
            one.rest = self._rest(one)
            one.put_back = self._put_back(one)
            if one is not failed:
                one.failed, one.again = failed, again
        return kind

    def _rest(self, kind: Kind) -> Kind | None:
        """Kind of the rest of work that gave back some needs when its calendar closed."""
        marked = [need for need in kind.needs if need.gives]
        if not marked or not kind.pauses:
            return None
        server = kind.server if any(need.resource == kind.server for need in marked) else ""
        rest = Kind(kind.row, marked, [], kind.mean, kind.rework, is_rest=True, server=server)
        rest.rest = rest
        return rest

    def _put_back(self, kind: Kind) -> Kind | None:
        """Kind of the rest of work that more urgent work stopped, or that its people left for a break."""
        if kind.server and self.park.resource(kind.server).preempt != "no":
            needs = [need for need in kind.needs if not need.looks]
        else:
            needs = [need for need in kind.needs if need.resource in self.leaving and not need.looks]
        if not needs:
            return None
        server = kind.server if any(need.resource == kind.server for need in needs) else ""
        rest = Kind(kind.row, needs, [], kind.mean, kind.rework, is_rest=True, server=server)
        rest.put_back = rest
        return rest

    def _needs(self, row: Operation, during: str, names: set[str]) -> list[Need]:
        found: list[Need] = []
        for need in self.park.needs:
            if need.resource in self.bucketed:
                continue
            if (need.routing, need.operation, need.during) == (row.routing, row.operation, during):
                words = names | {"end", "next", "parts", "joined"}
                until = need.until if need.until in words and need.until != row.operation else ""
                amount = self._amount(need.resource, need.amount.value)
                gives, looks = need.when_closed == "give_back", need.hold == "look"
                up = need.leave != "any", need.leave == "at_once"
                how = *up, need.per, need.same == "parent", need.prefer, need.who
                found.append(Need(need.resource, amount, until, gives, looks, *how))
        return found

    def _amount(self, resource: str, amount: float) -> int:
        return math.ceil(amount * (1000 if resource in self.fine else 1) - 1e-9)

    def _server(self, needs: Iterable[Need]) -> str:
        return next((need.resource for need in needs if need.resource in self.servers and not need.looks), "")
