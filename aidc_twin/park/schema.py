"""The tables of a park folder: one frozen row model per table, with unit, Chinese aliases and meaning of every column.

This module is the documented schema: ``docs/park-folder.md`` and ``aidc-twin check --schema`` are made from it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from aidc_twin.resources.cells import Id, Text, TimeOfDay
from aidc_twin.units.quantity import Quantity, When

DurationUnit = Literal["second", "minute", "hour", "working_day", "day", "week"]
Stage = Literal["design", "order", "procurement", "manufacture", "test", "pack", "transport", "site", "acceptance"]
ResourceKind = Literal["servers", "crew", "cumulative", "space", "cash"]
Ledger = Literal["industrial_output", "wholesale_trade"]
Rule = Literal["edd", "fifo", "lifo", "priority", "spt", "atc", "critical_ratio"]

ZERO = Quantity("constant", (0.0,))
ONE = Quantity("constant", (1.0,))


def column(description: str, *aliases: str, unit: str = "", **constraints: float | str) -> dict[str, Any]:
    """Field arguments of a table column: its meaning, its Chinese header names and its unit."""
    extra: dict[str, object] = {"unit": unit, "aliases": list(aliases)}
    return {"description": description, "json_schema_extra": extra, **constraints}


class Row(BaseModel):
    """A frozen row of a park table."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    __key__: ClassVar[tuple[str, ...]] = ()
    __allow_empty__: ClassVar[bool] = True


class Phase(Row):
    """A stage of the park's construction; capacity that belongs to it appears when it opens."""

    __key__ = ("phase",)
    phase: Annotated[Id, Field(**column("name of the phase", "期次"))]
    title: Annotated[Text, Field(**column("what it is", "名称"))] = ""
    land_mu: Annotated[float, Field(**column("land", "占地", unit="mu", ge=0, le=1e6))] = 0.0
    floor_m2: Annotated[float, Field(**column("plant floor", "建筑面积", unit="m2", ge=0, le=1e8))] = 0.0
    opens: Annotated[When, Field(**column("opening day, certain or uncertain", "投用日期"))]
    delay_days: Annotated[Quantity, Field(**column("days later than `opens`", "延误天数", unit="day"))] = ZERO


class Shift(Row):
    """Opening hours of a calendar: one row per shift."""

    __key__ = ("calendar", "shift")
    calendar: Annotated[Id, Field(**column("name of the calendar", "日历"))]
    shift: Annotated[int, Field(**column("number of the shift, from 1", "班次", ge=1, le=9))]
    days: Annotated[Text, Field(**column("weekdays, as `mon-sat` or `mon;wed`", "星期"))] = "mon-sun"
    start: Annotated[TimeOfDay, Field(**column("first minute of the shift", "开始时间", unit="HH:MM"))]
    end: Annotated[TimeOfDay, Field(**column("end of the shift; 24:00 is midnight", "结束时间", unit="HH:MM"))]
    level: Annotated[int, Field(**column("1: always worked; more: when the plan raises it", "级别", ge=1, le=9))] = 1
    cost_yuan_day: Annotated[
        Quantity, Field(**column("cost of working this shift one day above level 1", "加班成本", unit="yuan/day"))
    ] = ZERO


class Holiday(Row):
    """Days on which a calendar is closed."""

    __key__ = ("calendar", "start")
    calendar: Annotated[Id, Field(**column("calendar that is closed", "日历"))]
    start: Annotated[date, Field(**column("first closed day", "开始"))]
    end: Annotated[date, Field(**column("last closed day", "结束"))]
    title: Annotated[Text, Field(**column("why", "名称"))] = ""


class Entity(Row):
    """A legal entity of the park."""

    __key__ = ("entity",)
    entity: Annotated[Id, Field(**column("name of the entity", "企业"))]
    kind: Annotated[
        Literal["integrator", "component_maker", "trading"], Field(**column("what it does in the chain", "类型"))
    ]
    title: Annotated[Text, Field(**column("full name", "名称"))] = ""


class Resource(Row):
    """Something that operations seize for a while."""

    __key__ = ("resource",)
    resource: Annotated[Id, Field(**column("name of the resource", "资源"))]
    kind: Annotated[
        ResourceKind,
        Field(**column("identical machines or bays, people, kW, places, or yuan of working capital", "类型")),
    ]
    title: Annotated[Text, Field(**column("what it is", "名称"))] = ""
    unit: Annotated[Text, Field(**column("unit of its capacity", "单位"))] = "each"
    calendar: Annotated[Text, Field(**column("calendar of its shares; blank: always open", "日历"))] = ""
    entity: Annotated[Text, Field(**column("owner", "企业"))] = ""
    queue: Annotated[
        Literal["backfill", "strict"],
        Field(**column("the first that fits starts, or the first of all waiting work blocks the rest", "排队方式")),
    ] = "backfill"
    dispatch: Annotated[Rule, Field(**column("which waiting work goes first; ties by arrival", "派工规则"))] = "edd"


class Capacity(Row):
    """An amount of a resource that a phase brings, or that comes and goes on given days."""

    __key__ = ("resource", "part")
    resource: Annotated[Id, Field(**column("resource that it adds to", "资源"))]
    part: Annotated[Id, Field(**column("name of this part", "部分"))] = "all"
    amount: Annotated[Quantity, Field(**column("how much; its nominal value counts", "数量"))]
    phase: Annotated[Text, Field(**column("phase that brings it; blank: there from the start", "期次"))] = ""
    start: Annotated[date | None, Field(**column("first day, where no phase says it", "开始"))] = None
    end: Annotated[date | None, Field(**column("last day; blank: stays", "结束"))] = None


class Material(Row):
    """A bought item, held in stock: by purchase order with a lead time, or by a weekly quota."""

    __key__ = ("material",)
    material: Annotated[Id, Field(**column("name of the material", "物料"))]
    title: Annotated[Text, Field(**column("what it is", "名称"))] = ""
    unit: Annotated[Text, Field(**column("unit of its quantity", "单位"))] = "each"
    price_yuan: Annotated[Quantity, Field(**column("purchase price of a unit", "单价", unit="yuan"))] = ZERO
    lead_weeks: Annotated[
        Quantity | None, Field(**column("order to receipt; blank for a quota", "交货周期", unit="week"))
    ] = None
    weekly_quota: Annotated[
        Quantity | None, Field(**column("units that become available each Monday", "每周配额", unit="unit/week"))
    ] = None
    carry_weeks: Annotated[
        Quantity, Field(**column("weeks of quota that can be kept uncollected", "结转周数", unit="week"))
    ] = ONE
    base_stock: Annotated[
        Quantity | None,
        Field(**column("stock and orders on their way are kept at this level", "基准库存")),
    ] = None
    payment_days: Annotated[Quantity, Field(**column("payment after receipt", "账期", unit="day"))] = ZERO
    supplier: Annotated[Text, Field(**column("who supplies it", "供应商"))] = ""


class Product(Row):
    """A thing that is sold or made: a solution (an order's content), a module, a payload or a component."""

    __key__ = ("product",)
    product: Annotated[Id, Field(**column("name of the product", "产品"))]
    kind: Annotated[
        Literal["solution", "module", "payload", "component"], Field(**column("place in the chain", "类型"))
    ]
    title: Annotated[Text, Field(**column("what it is", "名称"))] = ""
    routing: Annotated[Id, Field(**column("routing by which it is made", "工艺路线"))]
    maker: Annotated[Id, Field(**column("entity that makes it", "制造企业"))]
    it_kw: Annotated[float, Field(**column("IT power of a unit", "IT功率", unit="kW", ge=0, le=1e6))] = 0.0
    value_yuan: Annotated[
        Quantity, Field(**column("ex-works or transfer price of a unit, where no parent gives it", "价值", unit="yuan"))
    ] = ZERO


class BomLine(Row):
    """What one unit of a parent takes: a product that is made for it, or a material from stock."""

    __key__ = ("parent", "item")
    parent: Annotated[Id, Field(**column("product that takes it", "父件"))]
    item: Annotated[Id, Field(**column("product or material that is taken", "子件"))]
    quantity: Annotated[Quantity, Field(**column("how many for a unit of the parent; a solution's is 1 MW", "用量"))]
    rounding: Annotated[
        Literal["up", "nearest", "exact"], Field(**column("how an order's total becomes whole units", "取整"))
    ] = "exact"
    operation: Annotated[Id, Field(**column("operation of the parent that joins or consumes it", "工序"))]
    released_by: Annotated[
        Text, Field(**column("operation of the parent whose end releases it; blank: with the parent", "下达工序"))
    ] = ""
    group: Annotated[Text, Field(**column("items of one group are released together by the plan", "下达组"))] = ""
    value_yuan: Annotated[
        Quantity, Field(**column("ex-works price of the item for a unit of the parent", "价值", unit="yuan"))
    ] = ZERO
    cost_yuan: Annotated[
        Quantity, Field(**column("cost of the item for a unit of the parent", "成本", unit="yuan"))
    ] = ZERO


class Operation(Row):
    """One step of a routing."""

    __key__ = ("routing", "operation")
    routing: Annotated[Id, Field(**column("routing that it belongs to", "工艺路线"))]
    operation: Annotated[Id, Field(**column("name of the step", "工序"))]
    title: Annotated[Text, Field(**column("what is done", "名称"))] = ""
    stage: Annotated[Stage, Field(**column("stage of the chain", "阶段"))]
    after: Annotated[
        tuple[str, ...], Field(**column("steps that must be done before, separated by `;`", "前序工序"))
    ] = ()
    duration: Annotated[Quantity, Field(**column("work content in `duration_unit`, sampled", "工期"))] = ZERO
    duration_unit: Annotated[
        DurationUnit, Field(**column("working_day is a mean open day of the calendar", "工期单位"))
    ] = "hour"
    calendar: Annotated[Text, Field(**column("when it can be worked on; blank: always", "日历"))] = ""
    when_closed: Annotated[
        Literal["suspend", "run"], Field(**column("work pauses (keeping its needs) or runs on when closed", "停班方式"))
    ] = "suspend"
    setup_family: Annotated[Text, Field(**column("family for changeovers on its servers", "换型族"))] = ""
    fail_share: Annotated[Quantity, Field(**column("probability of failing and being reworked", "不合格率"))] = ZERO
    rework: Annotated[Quantity, Field(**column("duration of a rework in `rework_unit`, sampled", "返工工期"))] = ZERO
    rework_unit: Annotated[DurationUnit, Field(**column("unit of `rework`", "返工单位"))] = "hour"
    fault_rate_hour: Annotated[
        Quantity, Field(**column("faults that arrive during the step, repaired in place", "故障率", unit="1/hour"))
    ] = ZERO
    repair_hours: Annotated[Quantity, Field(**column("repair of a fault, sampled", "修复时间", unit="hour"))] = ZERO
    resoak_hours: Annotated[
        Quantity, Field(**column("soak of the repaired part after its repair", "复测时间", unit="hour"))
    ] = ZERO
    attempts_most: Annotated[
        int, Field(**column("a unit that failed so often is scrapped; 0: never", "最多次数", ge=0, le=1000))
    ] = 0
    batch_min: Annotated[int, Field(**column("fewest units that go together", "最小批量", ge=1, le=1_000_000))] = 1
    batch_max: Annotated[
        int, Field(**column("most units that go together on one set of needs", "最大批量", ge=1, le=1_000_000))
    ] = 1
    batch_wait_hours: Annotated[
        Quantity | None,
        Field(
            **column("after this wait of its first unit a smaller batch goes; blank: never", "最长等批", unit="hour")
        ),
    ] = None
    patience_hours: Annotated[
        Quantity | None,
        Field(**column("a unit that waited so long leaves and is lost; blank: stays", "最长等待", unit="hour")),
    ] = None
    learning: Annotated[
        Quantity, Field(**column("factor on the duration for every doubling of units made", "学习率"))
    ] = ONE
    fail_learning: Annotated[
        Quantity, Field(**column("factor on `fail_share` for every doubling of units made", "合格学习率"))
    ] = ONE
    learned_units: Annotated[float, Field(**column("units made before the epoch", "已产件数", ge=1, le=1e9))] = 1.0


class Need(Row):
    """What an operation seizes, all at once, and until when it keeps it."""

    __key__ = ("routing", "operation", "resource", "during")
    routing: Annotated[Id, Field(**column("routing", "工艺路线"))]
    operation: Annotated[Id, Field(**column("operation that seizes it", "工序"))]
    resource: Annotated[Id, Field(**column("what is seized", "资源"))]
    amount: Annotated[Quantity, Field(**column("how much; its nominal value counts", "数量"))] = ONE
    until: Annotated[
        Text,
        Field(
            **column(
                "operation at whose end it is given back; `next`: when its next step starts; `end`: with its last",
                "占用至工序",
            )
        ),
    ] = ""
    during: Annotated[
        Literal["operation", "rework"], Field(**column("needed by the operation or by its rework", "用于"))
    ] = "operation"
    when_closed: Annotated[
        Literal["keep", "give_back"],
        Field(**column("kept or given back while the operation's calendar is closed", "停班占用")),
    ] = "keep"


class Breakdown(Row):
    """What stops the machines of some servers, one by one: failures, or maintenance."""

    __key__ = ("resource", "breakdown")
    resource: Annotated[Id, Field(**column("servers whose machines stop", "资源"))]
    breakdown: Annotated[Id, Field(**column("name of the failure or maintenance", "故障"))] = "breakdown"
    clock: Annotated[
        Literal["calendar", "busy"], Field(**column("time that counts: all of it, or that at work", "计时方式"))
    ] = "calendar"
    first_hours: Annotated[
        Quantity | None,
        Field(**column("time to the first stop, sampled; blank: as `uptime_hours`", "首次间隔", unit="hour")),
    ] = None
    uptime_hours: Annotated[
        Quantity, Field(**column("time from repair to the next stop, sampled", "间隔", unit="hour"))
    ]
    repair_hours: Annotated[Quantity, Field(**column("repair, sampled", "修复时间", unit="hour"))]
    effect: Annotated[
        Literal["keep", "repeat", "lose"],
        Field(**column("the work goes on afterwards, begins anew, or its unit is scrapped", "影响")),
    ] = "keep"
    crew: Annotated[Text, Field(**column("who repairs it; blank: nobody is needed", "维修班组"))] = ""
    crew_amount: Annotated[Quantity, Field(**column("how many of them", "人数"))] = ONE
    calendar: Annotated[Text, Field(**column("when it is repaired; blank: always", "日历"))] = ""
    priority: Annotated[
        int, Field(**column("turn at the crew, smaller first, before other work", "优先级", ge=0, le=1000))
    ] = 0


class Branch(Row):
    """Where a unit goes after an operation, by chance; then no step that has it in `after` follows by itself."""

    __key__ = ("routing", "operation", "next")
    routing: Annotated[Id, Field(**column("routing", "工艺路线"))]
    operation: Annotated[Id, Field(**column("operation after which the way divides", "工序"))]
    next: Annotated[
        Id, Field(**column("operation that follows; `end`: none, `scrap`: the unit is scrapped", "后续工序"))
    ]
    share: Annotated[Quantity, Field(**column("probability; an operation's shares sum to 1", "概率"))] = ONE


class Output(Row):
    """What an operation puts into stock at its end."""

    __key__ = ("routing", "operation", "material")
    routing: Annotated[Id, Field(**column("routing", "工艺路线"))]
    operation: Annotated[Id, Field(**column("operation at whose end it is there", "工序"))]
    material: Annotated[Id, Field(**column("material that is stocked", "物料"))]
    quantity: Annotated[Quantity, Field(**column("how much", "数量"))] = ONE


class Source(Row):
    """A stream of units that arrive by themselves, without an order."""

    __key__ = ("source",)
    source: Annotated[Id, Field(**column("name of the stream", "来源"))]
    product: Annotated[Id, Field(**column("what arrives", "产品"))]
    interval_hours: Annotated[Quantity, Field(**column("between arrivals, sampled", "到达间隔", unit="hour"))]
    first_hours: Annotated[
        Quantity | None,
        Field(**column("first arrival after the epoch, sampled; blank: an interval", "首次到达", unit="hour")),
    ] = None
    units: Annotated[int, Field(**column("units of one arrival", "每次件数", ge=1, le=1_000_000))] = 1
    most: Annotated[int, Field(**column("arrivals in all; 0: no end", "总次数", ge=0, le=1_000_000_000))] = 0
    due_hours: Annotated[Quantity, Field(**column("from arrival to due date", "交付期", unit="hour"))] = ZERO
    priority: Annotated[int, Field(**column("for the rule `priority`, smaller first", "优先级", ge=-1000, le=1000))] = 0
    weight: Annotated[float, Field(**column("weight of tardiness", "权重", ge=0, le=1000))] = 1.0
    destination: Annotated[Text, Field(**column("where it goes; blank: it does not ship", "目的地"))] = ""


class Window(Row):
    """An opening of a calendar by the hour since the epoch, once or again and again; it adds to the shifts."""

    __key__ = ("calendar", "window")
    calendar: Annotated[Id, Field(**column("name of the calendar", "日历"))]
    window: Annotated[Id, Field(**column("name of the opening", "时段"))]
    opens_hours: Annotated[float, Field(**column("opens", "开始", unit="hour", ge=0, le=1e6))]
    closes_hours: Annotated[float, Field(**column("closes", "结束", unit="hour", gt=0, le=1e6))]
    every_hours: Annotated[
        float, Field(**column("again after so long; 0: once", "周期", unit="hour", ge=0, le=1e6))
    ] = 0.0


class Setup(Row):
    """Changeover time of a server between two families."""

    __key__ = ("resource", "from_family", "to_family")
    resource: Annotated[Id, Field(**column("servers that are changed over", "资源"))]
    from_family: Annotated[Id, Field(**column("family made last", "原族"))]
    to_family: Annotated[Id, Field(**column("family made next", "新族"))]
    hours: Annotated[Quantity, Field(**column("changeover; its nominal value counts", "换型时间", unit="hour"))]


class Destination(Row):
    """Where orders are delivered."""

    __key__ = ("destination",)
    destination: Annotated[Id, Field(**column("name of the destination", "目的地"))]
    title: Annotated[Text, Field(**column("where it is", "名称"))] = ""
    market: Annotated[Literal["domestic", "export"], Field(**column("home or abroad", "市场"))]


class Leg(Row):
    """One leg of the way to a destination; it stands between the pack and the site stages of a unit that ships."""

    __key__ = ("destination", "leg")
    destination: Annotated[Id, Field(**column("destination", "目的地"))]
    leg: Annotated[Id, Field(**column("name of the leg, an operation of the unit", "运输段"))]
    position: Annotated[int, Field(**column("order of the legs", "顺序", ge=1, le=99))]
    title: Annotated[Text, Field(**column("what happens", "名称"))] = ""
    kind: Annotated[Literal["delay", "sailing"], Field(**column("a duration, or fixed departures", "方式"))] = "delay"
    duration_days: Annotated[Quantity, Field(**column("travelling time, sampled", "运输时间", unit="day"))]
    interval_days: Annotated[Quantity, Field(**column("between departures of a sailing", "班期", unit="day"))] = ZERO
    capacity_units: Annotated[Quantity, Field(**column("units that one sailing takes", "舱位", unit="unit"))] = ZERO
    first_departure: Annotated[date | None, Field(**column("first sailing", "首航日期"))] = None


class Sale(Row):
    """Who sells what to whom, and which ledger it posts to when the operation ends."""

    __key__ = ("sale",)
    sale: Annotated[Id, Field(**column("name of the posting rule", "过账规则"))]
    ledger: Annotated[Ledger, Field(**column("statistic that it counts in", "账目"))]
    seller: Annotated[Id, Field(**column("entity that sells", "卖方"))]
    buyer: Annotated[Id, Field(**column("entity that buys, or `outside`", "买方"))]
    item: Annotated[Id, Field(**column("product, or material that the operation consumes", "品目"))]
    operation: Annotated[Id, Field(**column("operation at whose end it posts", "过账工序"))]
    market: Annotated[Literal["all", "domestic", "export"], Field(**column("orders that it holds for", "市场"))] = "all"
    share: Annotated[Quantity, Field(**column("share of the item's value that is posted", "比例"))] = ONE
    consigned_share: Annotated[
        Quantity | None, Field(**column("the same where the customer owns the payload; blank: as `share`", "来料比例"))
    ] = None


class Order(Row):
    """A line of the order book."""

    __key__ = ("order",)
    order: Annotated[Id, Field(**column("order number", "订单号"))]
    customer: Annotated[Text, Field(**column("customer", "客户"))] = ""
    region: Annotated[Text, Field(**column("region of the demand", "地区"))] = ""
    product: Annotated[Id, Field(**column("solution that is ordered", "产品"))]
    quantity_mw: Annotated[float, Field(**column("IT power that is ordered", "数量", unit="MW", gt=0, le=100_000))]
    ordered: Annotated[date, Field(**column("day of the inquiry or award", "下单日期"))]
    due: Annotated[date, Field(**column("agreed day of acceptance", "交期"))]
    destination: Annotated[Id, Field(**column("where it goes", "目的地"))]
    weight: Annotated[float, Field(**column("weight of a week of tardiness", "权重", ge=0, le=1000))] = 1.0
    basis: Annotated[
        Literal["contract", "forecast", "synthetic"], Field(**column("where the line comes from", "依据"))
    ] = "contract"
    priority: Annotated[int, Field(**column("for the rule `priority`, smaller first", "优先级", ge=-1000, le=1000))] = 0


class OperationState(Row):
    """Progress of one unit at the state's time: steps that are not named are not done."""

    __key__ = ("order", "product", "unit", "operation")
    order: Annotated[Id, Field(**column("order number", "订单号"))]
    product: Annotated[Id, Field(**column("product of the unit; the solution itself for order-level steps", "产品"))]
    unit: Annotated[int, Field(**column("number within order and product, from 1", "件号", ge=1, le=1_000_000))]
    operation: Annotated[Id, Field(**column("step", "工序"))]
    status: Annotated[Literal["done", "under_way"], Field(**column("finished, or being worked on", "状态"))]
    remaining_hours: Annotated[
        float, Field(**column("open hours of work left, where under way", "剩余工时", unit="hour", ge=0, le=100_000))
    ] = 0.0


class StockState(Row):
    """Quantity of a material in stock at the state's time."""

    __key__ = ("material",)
    material: Annotated[Id, Field(**column("material", "物料"))]
    quantity: Annotated[float, Field(**column("in stock", "库存", unit="unit", ge=0, le=1e12))]


class PurchaseOrderState(Row):
    """A purchase order on its way at the state's time."""

    __key__ = ("purchase_order",)
    purchase_order: Annotated[Id, Field(**column("number", "采购单号"))]
    material: Annotated[Id, Field(**column("material", "物料"))]
    quantity: Annotated[float, Field(**column("ordered quantity", "数量", unit="unit", gt=0, le=1e12))]
    placed: Annotated[date, Field(**column("day of the order", "下单日期"))]
    arrives: Annotated[When, Field(**column("expected receipt, certain or uncertain", "到货日期"))]


class MachineState(Row):
    """A machine that is down at the state's time."""

    __key__ = ("resource", "machine")
    resource: Annotated[Id, Field(**column("servers that it belongs to", "资源"))]
    machine: Annotated[int, Field(**column("number of the machine, from 1", "机台", ge=1, le=1_000_000))]
    status: Annotated[Literal["up", "down"], Field(**column("working or not", "状态"))]
    until: Annotated[date | None, Field(**column("expected back", "恢复日期"))] = None


class ParkHead(BaseModel):
    """The file ``park.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    schema_version: Annotated[int, Field(**column("version of this schema", ge=1, le=1))]
    id: Annotated[Id, Field(**column("name of the park"))]
    title: Annotated[Text, Field(**column("what it is"))] = ""
    epoch: Annotated[date, Field(**column("first day of the model and time of the state"))]
    timezone: Annotated[Literal["Asia/Shanghai"], Field(**column("zone of every local time"))] = "Asia/Shanghai"
    horizon_weeks: Annotated[int, Field(**column("weeks that are simulated and planned", unit="week", ge=1, le=1040))]
    warm_up_weeks: Annotated[
        int, Field(**column("first weeks, left out of the figures of `simulate`", unit="week", ge=0, le=1040))
    ] = 0
    tick_us: Annotated[int, Field(**column("length of a tick", unit="us", ge=1, le=86_400_000_000))] = 1_000_000
    goals: Annotated[Id, Field(**column("goal profile that is used by default"))] = "shuang-qianyi"
    order_book: Annotated[Text, Field(**column("label of the order book, shown on every report"))] = ""


TABLES: dict[str, type[Row]] = {
    "phases": Phase,
    "calendars": Shift,
    "holidays": Holiday,
    "windows": Window,
    "entities": Entity,
    "resources": Resource,
    "capacity": Capacity,
    "materials": Material,
    "products": Product,
    "bom": BomLine,
    "operations": Operation,
    "needs": Need,
    "setups": Setup,
    "breakdowns": Breakdown,
    "branches": Branch,
    "outputs": Output,
    "sources": Source,
    "destinations": Destination,
    "legs": Leg,
    "sales": Sale,
    "orders": Order,
    "state/operations": OperationState,
    "state/stocks": StockState,
    "state/purchase_orders": PurchaseOrderState,
    "state/machines": MachineState,
}
"""Every table of a park folder by its file name without ending."""

REQUIRED = ("entities", "products", "operations")
"""Tables that a park cannot be without."""

ORDERED = ("orders", "destinations")
"""Tables that a park cannot be without unless its units come from `sources`."""
