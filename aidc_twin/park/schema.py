"""The tables of a park folder: one frozen row model per table, with unit, Chinese aliases and meaning of every column.

This module is the documented schema: ``docs/park-folder.md`` and ``aidc-twin check --schema`` are made from it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from aidc_twin.park.accounts import Account as Account
from aidc_twin.park.investing import Finance as Finance
from aidc_twin.park.investing import Investment as Investment
from aidc_twin.park.investing import InvestmentGain as InvestmentGain
from aidc_twin.park.investing import Outlook as Outlook
from aidc_twin.park.making import BomLine as BomLine
from aidc_twin.park.making import Branch as Branch
from aidc_twin.park.making import Breakdown as Breakdown
from aidc_twin.park.making import Need as Need
from aidc_twin.park.making import Operation as Operation
from aidc_twin.park.making import Output as Output
from aidc_twin.park.making import Product as Product
from aidc_twin.park.making import Setup as Setup
from aidc_twin.park.making import Source as Source
from aidc_twin.park.making import Window as Window
from aidc_twin.park.periods import Bucket as Bucket
from aidc_twin.park.periods import NotBefore as NotBefore
from aidc_twin.park.periods import Overlap as Overlap
from aidc_twin.park.row import ONE, ZERO, Ledger, ResourceKind, Rule, column
from aidc_twin.park.row import DurationUnit as DurationUnit
from aidc_twin.park.row import Row as Row
from aidc_twin.park.transfers import Transfer as Transfer
from aidc_twin.resources.cells import Id, Text, TimeOfDay
from aidc_twin.resources.unread import Lacking
from aidc_twin.units.quantity import Quantity, When


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
    wages_yuan_day: Annotated[
        Quantity | None,
        Field(**column("paid out for one day of this shift where the park has `accounts`; blank: `cost_yuan_day` above "
                       "level 1, nothing at level 1", "日工资", unit="yuan/day")),
    ] = None  # fmt: skip
    chosen_weeks: Annotated[
        int | None,
        Field(**column("the plan raises the level for so many weeks at a time, 1: overtime; the least of the calendar "
                       "counts; blank: as its formulation says", "决策周数", unit="week", ge=1, le=520)),
    ] = None  # fmt: skip


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
        Field(
            **column(
                "identical machines or bays, people, kW, places, yuan of working capital, or work shared out by period",
                "类型",
            )
        ),
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
    choice: Annotated[
        Literal["lowest", "idle_longest", "idle_longest_last", "first_to_call"],
        Field(
            **column(
                "which idle machine is taken: the lowest, the one idle longest (of equals the lowest), "
                "or so, but of those just left the highest, or besides at an opening the one that stopped first",
                "选机规则",
            )
        ),
    ] = "lowest"
    ties: Annotated[
        tuple[Rule, ...],
        Field(**column("rules that break ties of `dispatch`, one after the other, separated by `;`", "次级规则")),
    ] = ()
    period_hours: Annotated[
        float | None,
        Field(**column("kind `bucketed`: length of a period, at whose start the capacity is shared out", "时段长度",
                       unit="hour", gt=0, le=87_600)),
    ] = None  # fmt: skip
    first_hours: Annotated[
        float, Field(**column("kind `bucketed`: the first period begins", "首个时段", unit="hour", ge=0, le=1e6))
    ] = 0.0
    window_hours: Annotated[
        float | None,
        Field(**column("kind `bucketed`: due so soon after the earliest, work shares alike; blank: all", "交期窗口",
                       unit="hour", ge=0, le=1e7)),
    ] = None  # fmt: skip
    beyond_window: Annotated[
        Literal["yes", "no"], Field(**column("kind `bucketed`: what is left goes to later due dates", "窗口外分配"))
    ] = "yes"
    finish_first: Annotated[
        Literal["yes", "no"],
        Field(**column("kind `bucketed`: where it is short, steps that can be finished go first", "可完工优先")),
    ] = "no"
    members: Annotated[
        Literal["alike", "named"],
        Field(
            **column(
                "people of a crew are alike, or each by himself: who has been idle longest chooses his work first",
                "成员",
            )
        ),
    ] = "alike"
    preempt: Annotated[
        Literal["no", "resume", "repeat"],
        Field(
            **column(
                "work of a smaller `priority` stops work of a larger one, which later goes on, or begins anew",
                "抢占方式",
            )
        ),
    ] = "no"


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
    payment_days: Annotated[
        Quantity, Field(**column("payment after receipt; counts where the park has `accounts`", "账期", unit="day"))
    ] = ZERO
    supplier: Annotated[Text, Field(**column("who supplies it", "供应商"))] = ""


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
    refuse_yuan: Annotated[
        Quantity | None,
        Field(**column("what refusing the order costs, before anything of it has begun; blank: it is not refused",
                       "拒单费用", unit="yuan")),
    ] = None  # fmt: skip
    split_yuan: Annotated[
        Quantity,
        Field(**column("what each further week costs in which the plan releases part of a release group of it",
                       "拆单费用", unit="yuan")),
    ] = ZERO  # fmt: skip


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


class PostedState(Row):
    """What was posted for a goal in its year before the state's time; the goal is then what remains."""

    __key__ = ("goal",)
    goal: Annotated[Id, Field(**column("goal of the profile", "目标"))]
    posted_yuan: Annotated[
        float, Field(**column("posted for it in its year so far", "已过账金额", unit="yuan", ge=0, le=1e15))
    ]


class ParkHead(Lacking):
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
    starts: Annotated[
        Literal["by_key", "crews_last"],
        Field(
            **column(
                "what starts first at one instant: the smallest key of all queues, or, queue rule by queue rule in "
                "the order of arrival, work without people before work that needs a crew"
            )
        ),
    ] = "by_key"


TABLES: dict[str, type[Row]] = {
    "phases": Phase,
    "calendars": Shift,
    "holidays": Holiday,
    "windows": Window,
    "entities": Entity,
    "accounts": Account,
    "resources": Resource,
    "capacity": Capacity,
    "buckets": Bucket,
    "materials": Material,
    "products": Product,
    "bom": BomLine,
    "operations": Operation,
    "needs": Need,
    "overlaps": Overlap,
    "setups": Setup,
    "breakdowns": Breakdown,
    "branches": Branch,
    "outputs": Output,
    "sources": Source,
    "transfers": Transfer,
    "destinations": Destination,
    "legs": Leg,
    "sales": Sale,
    "orders": Order,
    "not_before": NotBefore,
    "investments": Investment,
    "investment_gains": InvestmentGain,
    "outlook": Outlook,
    "finance": Finance,
    "state/operations": OperationState,
    "state/stocks": StockState,
    "state/purchase_orders": PurchaseOrderState,
    "state/machines": MachineState,
    "state/posted": PostedState,
}
"""Every table of a park folder by its file name without ending."""

INVESTING = ("investments", "investment_gains", "outlook", "finance")
"""Tables that only `invest` reads: no run, plan or schedule rests on them."""

REQUIRED = ("entities", "products", "operations")
"""Tables that a park cannot be without."""

ORDERED = ("orders", "destinations")
"""Tables that a park cannot be without unless its units come from `sources`."""
