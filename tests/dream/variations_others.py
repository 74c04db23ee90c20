"""Variations of batches, conveyors, assemblies, shops, orders and capacity by period."""

from __future__ import annotations

from made import failing, fixed, kept_up, machine, node, shifts, source
from variations import Variation

V = Variation
LOAD = "MT-Load-Processing"

OTHERS: dict[str, Variation] = {
    # batches
    "batches-of-two": V("Topology22", {"BD1": {"numberOfSubBatches": 2}, "BR1": {"numberOfSubBatches": 2}}),
    "batches-uneven": V("Topology22", {"BD1": {"numberOfSubBatches": 3}, "BR1": {"numberOfSubBatches": 3}}),
    "batches-other-merge": V("Topology22", {"BR1": {"numberOfSubBatches": 2}}),
    "batches-that-take-time": V("Topology22", {"BR1": {"processingTime": fixed(0.5)}}),
    "batches-never-merged": V("Topology22", {"BR1": None, "M3": None}, edges=(("M2", "E1"),)),
    "batches-cleared": V("Topology22", {"Q2": {"_class": "Dream.LineClearance"}}),
    "batch-scrap": V("Topology24", {"M1": {"scrapQuantity": fixed(5)}}),
    "batch-scrap-one": V("Topology24", {"M2": {"scrapQuantity": None}}),
    "batch-fails": V("Topology24", {"M1": {"interruptions": failing(100, 20)}}),
    "batch-scrap-in-parts": V("Topology64", {"M1": {"scrapQuantity": fixed(1)}}),
    "batches-with-shifts": V("Topology22", {"M2": {"interruptions": shifts([0, 400], [500, 900])}}),
    "batch-stock-left": V("WipInBatchDecomposition3", {"M2": {"processingTime": fixed(0.3)}}),
    "batches-in-parallel": V("RoutingQueue01", {"Q2": {"_class": "Dream.Queue"}}),
    "batches-of-two-routed": V("RoutingQueue01", {"BD1": {"numberOfSubBatches": 2}, "BR1": {"numberOfSubBatches": 2}}),
    "batch-places": V("BatchBlocking01", {"M1": {"processingTime": fixed(0.4)}, "Q2": {"capacity": 1}}),
    "batch-places-fails": V("BatchBlocking01", {"M2": {"interruptions": failing(4, 2)}}),
    "splits-that-fail": V("Topology22", {"BD1": {"interruptions": failing(100, 10)}}),
    # conveyors, assemblies
    "conveyor-short": V("Topology16", {"C1": {"length": "3"}}),
    "conveyor-slow": V("Topology16", {"C1": {"speed": "0.1"}}),
    "conveyor-half": V("Topology16", {"C1": {"length": "4.5"}}),
    "conveyor-two": V(
        "Topology16",
        {"C2": node("Conveyer", length="4", speed="1")},
        edges=(("M2", "C2"), ("C2", "M3")),
        cut=(("M2", "M3"),),
    ),
    "conveyor-then-buffer": V(
        "Topology16", {"Q9": node("Queue", capacity=2)}, edges=(("C1", "Q9"), ("Q9", "M2")), cut=(("C1", "M2"),)
    ),
    "conveyor-from-two": V("Topology16", {"M9": machine(2), "S9": source(5)}, edges=(("S9", "M9"), ("M9", "C1"))),
    "assembly-alone": V("Topology13", {"D1": None, "E2": None}, edges=(("M1", "E1"),)),
    "assembly-buffered": V(
        "Topology13",
        {"Q9": node("Queue", capacity=-1)},
        edges=(("S1", "Q9"), ("Q9", "A1", "Part")),
        cut=(("S1", "A1"),),
    ),
    "assembly-buffer-small": V(
        "Topology13", {"Q9": node("Queue", capacity=8)}, edges=(("S1", "Q9"), ("Q9", "A1", "Part")), cut=(("S1", "A1"),)
    ),
    "assembly-fails": V("Topology13", {"A1": {"interruptions": failing(50, 5)}}),
    "assembly-of-machined-parts": V(
        "Topology13",
        {"M9": machine(0.4), "Q9": node("Queue", capacity=-1)},
        edges=(("S1", "M9"), ("M9", "Q9"), ("Q9", "A1", "Part")),
        cut=(("S1", "A1"),),
    ),
    "assembly-slower-parts": V("Topology13", {"S1": {"interArrivalTime": fixed(0.9)}}),
    "dismantled-to-machines": V(
        "Topology13", {"M9": machine(0.4)}, edges=(("D1", "M9", "Part"), ("M9", "E2")), cut=(("D1", "E2"),)
    ),
    # moves
    "moves-of-ten": V("Topology27", {"EV": {"argumentDict.consumption": 10, "argumentDict.safetyStock": 20}}),
    "moves-stopped": V("Topology27", {"EV": {"stop": "200"}}),
    "moves-to-a-buffer": V(
        "Topology27",
        {"Q9": node("Queue", capacity=-1), "M9": machine(1), "EV": {"argumentDict.receiverId": "Q9"}},
        edges=(("Q9", "M9"), ("M9", "E1")),
    ),
    # shops
    **{
        f"shop-{rule}": V(
            "Topology26",
            {q: {"schedulingRule": rule} for q in ("Q1", "Q2", "Q3")},
            jobs={
                "J1": {"dueDate": 90, "orderDate": 5},
                "J2": {"dueDate": 70, "orderDate": 9},
                "J3": {"dueDate": 80, "orderDate": 1},
            },
        )
        for rule in (
            "EDD",
            "EOD",
            "NumStages",
            "RPC",
            "LPT",
            "SPT",
            "MS",
            "WINQ",
            "MC-Priority-EDD",
            "MC-Priority-WINQ",
        )
    },
    "shop-two-machines": V(
        "Topology26", {"M4": node("MachineJobShop")}, route={"M1": {"stationIdsList": ["M1", "M4"]}}
    ),
    "shop-small-buffers": V("Topology19", {"Q3": {"capacity": 1}, "Q2": {"capacity": 1}}),
    "shop-setups": V("Topology19", route={"M2": {"setupTime": fixed(0.5)}}),
    "shop-fails": V("Topology19", {"M2": {"interruptions": failing(4, 2)}}),
    "shop-shifts": V("Topology19", {"M2": {"interruptions": shifts([0, 4], [5, 20], finish=0)}}),
    "shop-maintenance": V("Topology19", {"M2": {"interruptions": kept_up(4, 2)}}),
    "shop-one-operator": V("Topology43", {"O2": None}),
    "shop-operator-load": V(
        "Topology43", {m: {"operationType": LOAD} for m in ("M1", "M2", "M3")}, route={"M2": {"loadTime": fixed(0.5)}}
    ),
    "shop-operator-setup": V(
        "Topology43",
        {m: {"operationType": "MT-Load-Setup"} for m in ("M1", "M2", "M3")},
        route={"M2": {"setupTime": fixed(0.5)}},
    ),
    "shop-operator-shift": V("Topology43", {"O1": {"interruptions": shifts([0, 4], [5, 20], finish=0)}}),
    "shop-critical": V("Topology69", {"M2": {"preemption.resetOnPreemption": "0"}}),
    "shop-critical-waits": V("Topology69", {"M2": {"preemption.isPreemptive": "0"}}),
    "shop-critical-setup": V("Topology69", route={"M2": {"setupTime": fixed(0.5)}}),
    "shop-random": V(
        "Topology26", route={"M1": {"processingTime": {"Normal": {"mean": 10, "stdev": 2, "min": 5, "max": 15}}}}
    ),
    "shop-stop-when-empty": V("Topology26", {"E1": {"cancelCondition": {"reason": "empty"}}}),
    "shop-ends": V("Topology26", general={"maxSimTime": 50}),
    "shop-pool": V("Topology43", {"O1": {"schedulingRule": "EDD"}, "O2": {"schedulingRule": "EDD"}}),
    "shop-pool-winq": V("Topology43", {"O1": {"schedulingRule": "WINQ"}, "O2": {"schedulingRule": "WINQ"}}),
    # orders
    "order-one-machine": V("Topology37", route={"M2": {"stationIdsList": ["M1"]}}),
    "order-times": V("Topology41", route={"M1": {"processingTime": fixed(3)}}),
    "order-longer-design": V("Topology41", route={"M0": {"processingTime": fixed(4)}}),
    "order-design-fails": V("Topology41", {"M0": {"interruptions": failing(0.5, 2)}}),
    "bom-setup": V("BOMOps2", route={"M1": {"setupTime": fixed(1), "operationType": {"Setup": 1, "Processing": 1}}}),
    "bom-manual": V("BOMOps2", route={"M1": {"operationType": {"Processing": 0}}}),
    "bom-one-operator": V("BOMOps1", {"O2": None}),
    "bom-rule": V("BOMOps1", {"Q1": {"schedulingRule": "EDD"}}),
    "bom-skills-less": V("BOMSkilledOps02", {"O2": {"skillDict.process.stationIdList": ["M0"]}}),
    "bom-skills-technology": V("BOMSkilledOps02", {"O2": {"skillDict.process.technologyList": ["T1"]}}),
    "bom-operator-away": V("BOMOps1", {"O1": {"interruptions": shifts([0, 3], [4, 30], finish=0)}}),
    "managed-times": V("Topology67", route={"M1": {"processingTime": fixed(3)}}),
    "parts-of-other-times": V("requiredPartsConditionalBuffer1", route={"M2": {"processingTime": fixed(5)}}),
    "parts-by-rule": V("requiredPartsConditionalBuffer1", {"Q2": {"schedulingRule": "SPT"}}),
    # stations with capacity by period
    "periods-other-threshold": V("CapacityStationEDDThreshold1", {"CSC": {"dueDateThreshold": 1}}),
    "periods-finish": V("CapacityStationEDDThreshold3", {"CSC": {"prioritizeIfCanFinish": 1}}),
    "periods-of-two": V("CapacityStationSpace2", {"CSC": {"interval": "2"}}),
    "periods-space": V("CapacityStationSpace3", general={"extraPropertyDict.assemblySpace": 60}),
    "periods-later": V("CapacityStationEarliestStart1", {"CSC": {"start": "3"}}),
    "periods-capacity": V("CapacityStationSharedResources2", {"CS1": {"intervalCapacity": [100, 50, 70]}}),
}
