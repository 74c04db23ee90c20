"""Tables of a park folder about what could be built: its costs, what it adds, demand of later years, and money's terms.

Part of the documented schema; `aidc_twin.park.schema` hands all of it on. Only `invest` reads them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from aidc_twin.park.row import ZERO, Row, column
from aidc_twin.resources.cells import Id, Text
from aidc_twin.units.quantity import Quantity


class Investment(Row):
    """Something that the park could build, buy or sign for, unit by unit; with `phase` it opens a phase."""

    __key__ = ("investment",)
    investment: Annotated[Id, Field(**column("name of the investment", "投资项目"))]
    title: Annotated[Text, Field(**column("what it is", "名称"))] = ""
    unit: Annotated[Text, Field(**column("one of it", "单位"))] = "each"
    phase: Annotated[
        Text, Field(**column("phase that it opens, with its capacity, land and floor; blank: none", "期次"))
    ] = ""
    once_yuan: Annotated[
        Quantity, Field(**column("cost of one unit, paid evenly while it is built", "投资额", unit="yuan"))
    ] = ZERO
    yearly_yuan: Annotated[
        Quantity, Field(**column("cost of one unit for each year of use", "年运行费", unit="yuan/year"))
    ] = ZERO
    lead_quarters: Annotated[
        Quantity,
        Field(
            **column("from its beginning to its use; its nominal value, rounded up, counts", "建设周期", unit="quarter")
        ),
    ] = ZERO
    earliest: Annotated[
        date | None, Field(**column("not in use before; of a phase not before it opens either", "最早投用"))
    ] = None
    most: Annotated[float, Field(**column("units in all, at most", "上限", gt=0, le=1e9))]
    most_quarter: Annotated[
        float | None, Field(**column("units begun in one quarter, at most; blank: any", "每季上限", gt=0, le=1e9))
    ] = None
    whole: Annotated[Literal["yes", "no"], Field(**column("whether it comes in whole units", "整数"))] = "yes"
    land_mu: Annotated[
        float, Field(**column("land that a unit takes, besides that of its phase", "占地", unit="mu", ge=0, le=1e6))
    ] = 0.0
    floor_m2: Annotated[
        float, Field(**column("plant floor that a unit brings, besides that of its phase", "建筑面积", unit="m2", ge=0,
                              le=1e8))
    ] = 0.0  # fmt: skip
    life_years: Annotated[
        int, Field(**column("years in which its cost is written off evenly", "折旧年限", unit="year", ge=1, le=100))
    ] = 10


class InvestmentGain(Row):
    """What one unit of an investment adds to a resource or a weekly quota, or takes from it (below 0)."""

    __key__ = ("investment", "name")
    investment: Annotated[Id, Field(**column("investment", "投资项目"))]
    name: Annotated[Id, Field(**column("resource, or material with a quota", "资源或物料"))]
    amount: Annotated[
        Quantity, Field(**column("how much more, of a quota in a week; its nominal value counts", "数量"))
    ]


class Outlook(Row):
    """What can be sold of a solution in the years after the order book."""

    __key__ = ("product",)
    product: Annotated[Id, Field(**column("solution", "产品"))]
    mw_year: Annotated[
        Quantity | None,
        Field(**column("demand of the first year; blank: the order book over the years of the horizon", "首年需求",
                       unit="MW/year")),
    ] = None  # fmt: skip
    growth_share: Annotated[
        Quantity, Field(**column("growth of demand from year to year, a share", "年增长率", unit="fraction"))
    ] = ZERO


class Finance(Row):
    """Terms under which the park invests: one row."""

    __key__ = ("finance",)
    finance: Annotated[Id, Field(**column("name of the terms", "方案"))]
    discount_share: Annotated[
        Quantity, Field(**column("what an investor asks for a year, a share", "折现率", unit="fraction"))
    ]
    tax_share: Annotated[Quantity, Field(**column("tax on a year's profit, a share", "所得税率", unit="fraction"))] = (
        ZERO
    )
    overhead_yuan_year: Annotated[
        Quantity, Field(**column("sales, development and offices, whatever is made", "期间费用", unit="yuan/year"))
    ] = ZERO
    residual_share: Annotated[
        Quantity, Field(**column("share of the book value that counts at the end", "残值率", unit="fraction"))
    ] = ZERO
    land_mu: Annotated[
        Quantity | None, Field(**column("land of the park in all; blank: no limit", "土地总量", unit="mu"))
    ] = None
    land_yuan_mu: Annotated[
        Quantity, Field(**column("price of the land that an investment takes", "地价", unit="yuan/mu"))
    ] = ZERO
