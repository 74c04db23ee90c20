"""Every property of a node, an interruption, a unit or a step is one that is read, or one that changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dream_model import Inexpressible, Model, Node, exact, listed

SHOWN = {"_class", "id", "name", "top", "left", "element_id", "family", "gatherWipStat"}
"""What is said for people who look at a model, and what is written down besides."""
PLACE = {"capacity", "isDummy", "schedulingRule", "level"}
WORK = {
    "processingTime", "setupTime", "loadTime", "operationType", "scrapQuantity", "canDeliverOnInterruption",
    "preemption", "capacity", "technology",
}  # fmt: skip
BATCH = {"processingTime", "numberOfSubBatches", "outputResults"}
PLACES = ("Queue", "Buffer", "LineClearance")
NODES = {
    "Source": {"entity", "interArrivalTime"}, "BatchSource": {"entity", "interArrivalTime", "batchNumberOfUnits"},
    "Exit": {"cancelCondition", "capacity"}, "ExitJobShop": {"cancelCondition", "capacity"},
    "Conveyer": {"length", "speed", "capacity"},
    "EventGenerator": {"method", "argumentDict", "start", "stop", "interval", "duration"}, "OrderDecomposition": set(),
    "Repairman": {"capacity"}, "OperatorPool": {"capacity"}, "Router": set(), "SkilledRouter": set(),
    "Operator": {"capacity", "schedulingRule", "skills", "skillDict"},
    "OperatorManagedJob": {"capacity", "schedulingRule"},
}  # fmt: skip
INTERRUPTIONS = {
    "failure": {"TTF", "TTR", "deteriorationType", "waitOnTie"}, "periodicMaintenance": {"TTF", "TTR"},
    "shift": {"shiftPattern", "endUnfinished", "receiveBeforeEndThreshold", "thresholdTimeIsOnShift", "rolling",
              "lastOffShiftDuration"},
    "break": {"TTB", "TTR", "endUnfinished", "offShiftAnticipation"},
    "scheduledBreak": {"breakPattern", "endUnfinished"},
}  # fmt: skip
UNIT = {
    "numberOfUnits", "unitsToProcess", "remainingProcessingTime", "remainingSetupTime", "parentBatchId",
    "parentBatchName", "receiver", "sequence", "route", "priority", "dueDate", "orderDate", "isCritical",
    "componentsList", "componentType", "manager",
}  # fmt: skip
STEP = {
    "stationIdsList", "stepNumber", "sequence", "processingTime", "setupTime", "loadTime", "operationType", "operator",
    "requiredParts",
}  # fmt: skip


def check_words(model: Model) -> None:
    """Raise where something is said that is not read.

    Raises
    ------
    Inexpressible
        With the property and what has it.
    """
    for node, row in model.nodes.items():
        kind = model.kind(node)
        known = NODES.get(kind, PLACE if any(word in kind for word in PLACES) else WORK | BATCH)
        _only(row, known | {"interruptions", "failures", "wip"}, kind)
        if any((row.get("failures") or {}).values()):
            raise Inexpressible(f"failures of a {kind} in the words of earlier versions")
        if known >= WORK and exact(row.get("capacity", 1)) != 1:
            raise Inexpressible(f"a {kind} for several units")
        if any((row.get("interruptions") or {}).values()) and not _may_stop(kind):
            raise Inexpressible(f"interruptions of a {kind}")
        for name, what in (row.get("interruptions") or {}).items():
            _only(what or {}, INTERRUPTIONS.get(name, set()), f"{name} of a {kind}")
    rows = [row for node in model.nodes.values() for row in listed(node.get("wip"))] + model.orders
    for row in [*rows, *(part for one in rows for part in listed(one.get("componentsList")))]:
        kind = str(row.get("_class", "unit")).rsplit(".", 1)[-1]
        _only(row, UNIT, kind)
        for step in listed(row.get("route")):
            _only(step, STEP, f"step of a {kind}")


def _may_stop(kind: str) -> bool:
    """Whether interruptions of a node are read; conveyors and assemblies tell of theirs themselves."""
    places = kind in NODES or any(word in kind for word in (*PLACES, "Decomposition", "Reassembly"))
    return not places or kind in ("Operator", "OperatorManagedJob", "Conveyer")


def _only(row: Node, known: Iterable[str], what: str) -> None:
    unknown = sorted(key for key, value in row.items() if key not in {*known, *SHOWN} and _says(value))
    if unknown:
        raise Inexpressible(f"{unknown[0]} of a {what}")


def _says(value: Any) -> bool:
    """Whether a property says anything: blank, 0 and no are as if it were not there."""
    return value not in (None, "", 0, "0", {}, [])
