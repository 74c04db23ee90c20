"""Variations of lines: stations, buffers, sources, rules, interruptions and people."""

from __future__ import annotations

from typing import Any

from made import away, failing, fixed, kept_up, machine, node, resting, shifts, source
from variations import Node, Variation

V = Variation
LOAD, ALL = "MT-Load-Processing", "MT-Load-Setup-Processing"


def part(name: str, **row: Any) -> Node:
    """A part of the starting stock."""
    return {"_class": "Dream.Part", "id": name, "name": name} | row


LINES: dict[str, Variation] = {
    # lines: servers, places, repairmen, failures
    "buffer-of-five": V("Topology06", {"Q1": {"capacity": 5}}),
    "two-repairmen": V("Topology06", {"W1": {"capacity": 2}}),
    "no-repairman": V("Topology06", {"W1": None}),
    "third-machine-fails": V("Topology06", {"M3": {"interruptions": failing(25, 3)}}, edges=(("W1", "M3"),)),
    "repairman-of-one": V("Topology06", cut=(("W1", "M1"),)),
    "failures-often": V(
        "Topology06", {"M1": {"interruptions": failing(7, 2)}, "M2": {"interruptions": failing(11, 4)}}
    ),
    "failures-by-work": V("Topology17", {"M2": {"interruptions": failing(40, 10, deteriorationType="working")}}),
    "failures-by-shift": V("FailureAndShift3", {"M1": {"interruptions.failure.deteriorationType": "onShift"}}),
    "failures-by-shift-alone": V("Topology17", {"M2": {"interruptions": failing(40, 10, deteriorationType="onShift")}}),
    "failures-and-finish": V("FailureAndShift3", {"M1": {"interruptions.shift.endUnfinished": 1}}),
    "failures-at-once": V("FailureAndShift1", {"M1": {"interruptions.failure.TTF": fixed(2)}}),
    "failures-not-repaired": V("Topology17", {"M1": {"interruptions.failure.TTR": fixed(10000)}}),
    "failures-offshift": V("FailureAndShift4", {"M1": {"interruptions.failure.offshift": 1}}),
    "maintenance": V("Topology17", {"M1": {"interruptions": kept_up(60, 5)}}),
    "maintenance-alone": V("MachineBreak1", {"M1": {"interruptions": kept_up(10, 2)}}),
    "maintenance-and-failure": V(
        "Topology17", {"M1": {"interruptions.periodicMaintenance": {"TTF": fixed(31), "TTR": fixed(2)}}}
    ),
    "maintenance-and-shift": V(
        "FailureAndShift3",
        {
            "M1": {
                "interruptions.failure": None,
                "interruptions.periodicMaintenance": {"TTF": fixed(3), "TTR": fixed(1)},
            }
        },
    ),
    "maintenance-by-repairman": V("Topology31", {"M1": {"interruptions": kept_up(60, 5)}}),
    "exponential-work": V("Topology17", {"M1": {"processingTime": {"Exp": {"mean": 0.25}}}}),
    "normal-work": V(
        "Topology17", {"M1": {"processingTime": {"Normal": {"mean": 0.25, "stdev": 0.1, "min": 0.1, "max": 1}}}}
    ),
    "triangular-work": V(
        "Topology17", {"M1": {"processingTime": {"Triangular": {"mean": 0.25, "min": 0.1, "max": 1}}}}
    ),
    "exponential-arrivals": V("Topology17", {"S1": {"interArrivalTime": {"Exp": {"mean": 0.5}}}}),
    "exponential-failures": V(
        "Topology17",
        {"M1": {"interruptions": {"failure": {"TTF": {"Exp": {"mean": 60}}, "TTR": {"Exp": {"mean": 5}}}}}},
    ),
    "old-distribution-words": V("Topology17", {"M1": {"processingTime": {"distributionType": "Fixed", "mean": 0.25}}}),
    "replications": V("Topology17", general={"numberOfReplications": 5, "confidenceLevel": "0.95"}),
    "longer": V("Topology31", general={"maxSimTime": 5000}),
    "fractions-of-hours": V("Topology31", {"M2": {"processingTime": fixed(1.37)}}),
    "thirds": V("Topology31", {"M2": {"processingTime": fixed(0.333333)}}),
    "no-work": V("Topology31", {"M1": {"processingTime": fixed(0)}}),
    "unlimited-buffer": V("Topology31", {"Q1": {"capacity": -1}}),
    "dummy-behind": V("Topology31", {"Q1": {"isDummy": "1"}}),
    "no-dummy": V("Topology31", {"DummyQ": {"isDummy": "0"}}),
    "source-to-machine": V("Topology31", {"DummyQ": None}, edges=(("S1", "M1"),)),
    "machine-to-machine": V("Topology31", {"Q1": None}, edges=(("M1", "M2"),)),
    "buffer-to-buffer": V(
        "Topology31", {"Q3": node("Queue", capacity=3)}, edges=(("M1", "Q3"), ("Q3", "Q1")), cut=(("M1", "Q1"),)
    ),
    "buffer-before-exit": V(
        "Topology31", {"Q3": node("Queue", capacity=3)}, edges=(("M2", "Q3"), ("Q3", "E1")), cut=(("M2", "E1"),)
    ),
    "machine-with-two-places": V("Topology31", {"M2": {"capacity": 2}}),
    "stop-after-ten": V("CancellingExit01", {"E1": {"cancelCondition.number": 10}}),
    "stop-when-empty": V("Topology29", {"E1": {"cancelCondition": {"reason": "empty"}}}),
    # parallel stations
    "parallel-equal": V(
        "Topology31",
        {"M3": machine(1.5, interruptions=failing(40, 10))},
        edges=(("Q1", "M3"), ("M3", "E1"), ("W1", "M3")),
    ),
    "parallel-fast-and-slow": V("Topology31", {"M3": machine(2.25)}, edges=(("Q1", "M3"), ("M3", "E1"))),
    "parallel-three": V(
        "Topology17",
        {"M3": machine(2.25), "M4": machine(3)},
        edges=(("Q1", "M3"), ("M3", "E1"), ("Q1", "M4"), ("M4", "E1")),
    ),
    "parallel-first": V("Topology17", {"M3": machine(0.5)}, edges=(("DummyQ", "M3"), ("M3", "Q1"))),
    "two-exits": V("Topology17", {"M3": machine(2), "E2": node("Exit")}, edges=(("Q1", "M3"), ("M3", "E2"))),
    "two-buffers": V(
        "Topology17",
        {"Q3": node("Queue", capacity=1), "M3": machine(2)},
        edges=(("M1", "Q3"), ("Q3", "M3"), ("M3", "E1")),
    ),
    "two-buffers-large": V(
        "Topology17",
        {"Q3": node("Queue", capacity=3), "M3": machine(2)},
        edges=(("M1", "Q3"), ("Q3", "M3"), ("M3", "E1")),
    ),
    "two-buffers-before-one": V(
        "Topology08", {"Q2": node("Queue", capacity=1)}, edges=(("M3", "Q2"), ("Q2", "M4")), cut=(("M3", "Q1"),)
    ),
    "buffer-or-exit": V("Topology17", {"E2": node("Exit")}, edges=(("M1", "E2"),)),
    "source-to-two-machines": V(
        "Topology17", {"DummyQ": None, "M3": machine(2)}, edges=(("S1", "M1"), ("S1", "M3"), ("M3", "Q1"))
    ),
    # several sources
    "two-sources": V("Topology31", {"S2": source(1.25)}, edges=(("S2", "DummyQ"),)),
    "two-sources-one-machine": V("Topology17", {"DummyQ": None, "S2": source(3)}, edges=(("S1", "M1"), ("S2", "M1"))),
    "sources-of-other-speeds": V(
        "Topology08", {"S1": {"interArrivalTime": fixed(0.75)}, "M4": {"processingTime": fixed(0.4)}}
    ),
    "merge-with-room": V("Topology08", {"Q1": {"capacity": 4}}),
    "never-starving": V(
        "Topology17",
        {"DummyQ": None, "S1": None, "NS": node("NonStarvingEntry", entityData={"_class": "Dream.Part"}, initialWIP=1)},
        edges=(("NS", "M1"),),
    ),
    # queue rules on lines
    "stock-by-due-date": V(
        "Topology29",
        {
            "Q1": {
                "capacity": 5,
                "schedulingRule": "EDD",
                "wip": [part("P1", dueDate=9), part("P2", dueDate=3), part("P3", dueDate=5)],
            }
        },
    ),
    "stock-by-priority": V(
        "Topology29",
        {
            "Q1": {
                "capacity": 5,
                "schedulingRule": "Priority",
                "wip": [part("P1", priority=2), part("P2", priority=3), part("P3", priority=1)],
            }
        },
    ),
    "stock-by-order-date": V(
        "Topology29",
        {"Q1": {"capacity": 5, "schedulingRule": "EOD", "wip": [part("P1", orderDate=9), part("P2", orderDate=3)]}},
    ),
    "priority-of-a-stream": V("Topology31", {"Q1": {"schedulingRule": "Priority", "capacity": 3}}),
    "due-dates-on-a-line": V("Topology31", {"Q1": {"schedulingRule": "EDD", "capacity": 3}}),
    "rules-before-parallel": V(
        "DeliverOnInterruption4",
        {"Q1": {"schedulingRule": "EDD", "wip": [part("P1", dueDate=4), part("P0", dueDate=2), part("P5", dueDate=3)]}},
    ),
    "stock-in-a-machine": V("Topology29", {"M2": {"wip": [part("P7", remainingProcessingTime=fixed(0.5))]}}),
    "stock-of-six": V("Topology29", {"Q1": {"capacity": 10, "wip": [part(f"P{i}") for i in range(6)]}}),
    # shifts and breaks
    "shifts-later": V("Topology54", {"M1": {"interruptions": shifts([1, 3], [4, 6], finish=0)}}),
    "shifts-of-both": V("Topology55", {"M2": {"interruptions": shifts([0, 3], [4, 6])}}),
    "shifts-again": V(
        "Topology54", {"M1": {"interruptions": shifts([0, 2], finish=0, rolling=1, lastOffShiftDuration=1)}}
    ),
    "shifts-locked": V("ShiftThreshold1", {"M1": {"interruptions.shift.receiveBeforeEndThreshold": 2}}),
    "shifts-with-load": V("Topology55", {"M1": {"setupTime": fixed(0.25)}}),
    "shift-and-break": V(
        "MachineBreak1", {"M1": {"interruptions": shifts([0, 40], [50, 100], finish=0) | resting(7, 1, 0)}}
    ),
    "shift-finished-and-break": V(
        "MachineBreak1", {"M1": {"interruptions": shifts([0, 40], [50, 100]) | resting(7, 1, 1)}}
    ),
    "breaks-often": V("MachineBreak4", {"M1": {"interruptions": resting(4, 2, 1)}}),
    "break-and-failure": V("MachineBreak4", {"M1": {"interruptions": resting(14, 2, 1) | failing(31, 5)}}),
    "planned-breaks-of-a-machine": V("MachineBreak4", {"M1": {"interruptions": away([10, 12], [40, 45], finish=0)}}),
    "planned-breaks-finished": V("MachineBreak4", {"M1": {"interruptions": away([10, 12], [40, 45])}}),
    "delivers-when-off": V("Topology55", {"M1": {"canDeliverOnInterruption": 1}}),
    # people
    "operator-of-two": V("Topology28", {"M2": {"operationType": LOAD}}),
    "operators-each-his-own": V(
        "Topology28", {"O2": node("Operator", capacity=1)}, edges=(("O2", "M2"),), cut=(("O1", "M2"),)
    ),
    "two-operators-for-both": V("Topology28", {"O2": node("Operator", capacity=1)}, edges=(("O2", "M2"), ("O2", "M1"))),
    "two-operators-for-one": V("Topology28", {"O2": node("Operator", capacity=1)}, edges=(("O2", "M2"),)),
    "operator-load": V("Topology28", {"M1": {"operationType": "Load", "loadTime": fixed(1)}}),
    "operator-load-and-work": V("Topology28", {"M1": {"operationType": LOAD, "loadTime": fixed(1)}}),
    "operator-setup": V("Topology28", {"M1": {"operationType": "MT-Load-Setup", "setupTime": fixed(2)}}),
    "operator-setup-alone": V("Topology28", {"M1": {"operationType": "Setup", "setupTime": fixed(2)}}),
    "operator-all": V("Topology28", {"M1": {"operationType": ALL, "setupTime": fixed(2), "loadTime": fixed(1)}}),
    "operator-shift": V("OperatorShift3", {"O1": {"interruptions.shift.endUnfinished": 0}}),
    "operator-shift-load": V("OperatorShift3", {"M1": {"operationType": LOAD}}),
    "operator-shifts-long": V(
        "OperatorShift3", {"O1": {"interruptions": shifts([0, 4], [6, 11], finish=0)}}, general={"maxSimTime": 20}
    ),
    "operator-breaks": V("OperatorBreak2", {"O1": {"interruptions": resting(4, 2, 1)}}),
    "operator-planned-breaks": V("OperatorScheduledBreak3", {"O1": {"interruptions": away([2, 3], [7, 8], finish=0)}}),
    "operator-shift-and-breaks": V("OperatorBreakShift2", {"O1": {"interruptions.break.offShiftAnticipation": 0}}),
    "operator-shift-finished-and-breaks": V("OperatorBreakShift2", {"O1": {"interruptions.shift.endUnfinished": 1}}),
    "operator-break-setup": V("OperatorBreak3", {"M1": {"setupTime": fixed(1), "operationType": ALL}}),
    "operator-and-failure": V("Topology28", {"M2": {"interruptions": failing(50, 7)}}),
    "operator-and-machine-shift": V("OperatorShift3", {"M1": {"interruptions": shifts([0, 3])}}),
    "operator-rule": V("Topology28", {"O1": {"schedulingRule": "Priority"}}),
    "operator-longest-waiting": V("Topology28", {"O1": {"schedulingRule": "WT"}}),
    "pool-of-two": V("Topology43", {"O1": None, "O2": None, "OP1": {"capacity": 2}}),
    "pool-on-a-line": V("Topology28", {"O1": node("OperatorPool", capacity=1)}),
    "skills-on-a-line": V("Topology28", {"O1": {"skillDict": {"process": {"stationIdList": ["M1", "M2"]}}}}),
}
