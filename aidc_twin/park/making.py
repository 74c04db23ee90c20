"""Tables of a park folder that say how products are made: products, operations and what befalls them.

Part of the documented schema; `aidc_twin.park.schema` hands all of it on.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aidc_twin.park.row import ONE, ZERO, DurationUnit, Row, Stage, column
from aidc_twin.resources.cells import Id, Text
from aidc_twin.units.quantity import Quantity


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
    deposit_share: Annotated[
        Quantity, Field(**column("solution: share of an order's price that is paid when it is placed", "定金比例"))
    ] = ZERO
    acceptance_share: Annotated[
        Quantity,
        Field(**column("solution: share that is paid at acceptance; what is left is paid for each unit with its last "
                       "step", "验收款比例")),
    ] = ZERO  # fmt: skip
    payment_days: Annotated[
        Quantity, Field(**column("solution: payment after delivery or acceptance", "账期", unit="day"))
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
        Literal["suspend", "run", "finish"],
        Field(
            **column(
                "work pauses (keeping its needs) or runs on when closed; `finish`: it runs on, but after a stop of its "
                "machine it goes on only when open",
                "停班方式",
            )
        ),
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
    turn: Annotated[
        Literal["ready", "first_part"],
        Field(**column("its place in the queue: since nothing is missing, or since its first part came", "排队起点")),
    ] = "ready"
    priority: Annotated[
        int | None,
        Field(
            **column(
                "for the rule `priority`, smaller first; blank: that of its order or source",
                "工序优先级",
                ge=-1000,
                le=1000,
            )
        ),
    ] = None
    on: Annotated[
        Text, Field(**column("servers kept from an earlier step on which it is done; it stops with them", "所在设备"))
    ] = ""
    last_start_hours: Annotated[
        float,
        Field(**column("no start in the last hours before closing", "停班前停止开工", unit="hour", ge=0, le=8760)),
    ] = 0.0
    ways: Annotated[
        Literal["chance", "free", "idle_longest", "idle_longest_last", "first_to_call"],
        Field(
            **column(
                "what decides among its branches: chance, or which can start first; of several the first row, or the "
                "machine that has been idle longest (of those only just left the last; or at an opening that which "
                "stopped first)",
                "选路方式",
            )
        ),
    ] = "chance"
    same_way: Annotated[
        Literal["any", "parent"],
        Field(
            **column("any of its ways; `parent`: the one on whose machine the first part of its parent began", "同路线")
        ),
    ] = "any"


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
                "operation at whose end it is given back; `next`: when its next step starts; `end`: with its last; "
                "`parts`: when all parts that it releases have started; `joined`: when the step that joins it starts",
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
    hold: Annotated[
        Literal["take", "look"],
        Field(**column("taken, or only looked at: so much must be free when the operation starts", "占用方式")),
    ] = "take"
    leave: Annotated[
        Literal["any", "up", "at_once"],
        Field(
            **column(
                "a kept machine is left at any time, or only while it is up and its calendar open: with work that ends "
                "at its closing within that instant, or `at_once`, with what is free as it ends",
                "离机条件",
            )
        ),
    ] = "any"
    per: Annotated[
        Literal["unit", "parent", "parts"],
        Field(
            **column(
                "taken by each unit; `parent`: once for all parts of a parent; `parts`: once with its own parts",
                "占用单位",
            )
        ),
    ] = "unit"
    same: Annotated[
        Literal["any", "parent"],
        Field(**column("any machine; `parent`: the one that the first part of its parent took", "同机台")),
    ] = "any"
    rank: Annotated[
        int,
        Field(
            **column("kind `bucketed`: turn among those of one due date, smaller first", "同期次序", ge=-1000, le=1000)
        ),
    ] = 0
    prefer: Annotated[
        int,
        Field(
            ge=0, **column("person of a crew, from 1, who chooses this work before other work; 0: nobody", "优先人员")
        ),
    ] = 0
    who: Annotated[
        tuple[int, ...],
        Field(**column("people of a crew, from 1, who may do it, separated by `;`; blank: all of them", "可担任人员")),
    ] = ()


class Breakdown(Row):
    """What stops the machines of some servers, one by one: failures, maintenance; or breaks of a crew's people."""

    __key__ = ("resource", "breakdown")
    resource: Annotated[Id, Field(**column("servers whose machines stop, or a crew whose people have breaks", "资源"))]
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
        Literal["keep", "repeat", "lose", "finish"],
        Field(
            **column("the work goes on afterwards, begins anew, its unit is scrapped, or it is finished before", "影响")
        ),
    ] = "keep"
    crew: Annotated[Text, Field(**column("who repairs it; blank: nobody is needed", "维修班组"))] = ""
    crew_amount: Annotated[Quantity, Field(**column("how many of them", "人数"))] = ONE
    calendar: Annotated[Text, Field(**column("when it is repaired; blank: always", "日历"))] = ""
    priority: Annotated[
        int, Field(**column("turn at the crew, smaller first, before other work", "优先级", ge=0, le=1000))
    ] = 0
    tie: Annotated[
        Literal["work_first", "in_order"],
        Field(**column("when it falls on the very end of work: work first, or what was foreseen first", "同时发生")),
    ] = "work_first"
    clock_calendar: Annotated[
        Text, Field(**column("calendar whose open hours count until the stop; blank: all hours", "计时日历"))
    ] = ""
    restart: Annotated[
        Literal["never", "opening"],
        Field(**column("whether the time to the stop is counted anew at each opening of `clock_calendar`", "重新计时")),
    ] = "never"
    skip_hours: Annotated[
        float,
        Field(
            **column(
                "no stop comes in the last hours before `clock_calendar` closes: it is left out, and the time to the "
                "next one counts from there",
                "收工前免停",
                unit="hour",
                ge=0,
                le=8760,
            )
        ),
    ] = 0.0
    at_closing: Annotated[
        Literal["go_on", "end"],
        Field(**column("what becomes of a stop when `clock_calendar` closes: it goes on, or is over", "收工时")),
    ] = "go_on"


class Branch(Row):
    """Where a unit goes after an operation, by chance or as it is free; what has it in `after` does not follow then."""

    __key__ = ("routing", "operation", "next")
    routing: Annotated[Id, Field(**column("routing", "工艺路线"))]
    operation: Annotated[Id, Field(**column("operation after which the way divides", "工序"))]
    next: Annotated[
        Id, Field(**column("operation that follows; `end`: none, `scrap`: the unit is scrapped", "后续工序"))
    ]
    share: Annotated[
        Quantity,
        Field(**column("probability, or an estimate where `ways` is not chance; an operation's sum to 1", "概率")),
    ] = ONE


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
