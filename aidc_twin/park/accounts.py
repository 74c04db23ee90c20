"""Table of a park folder about money in hand; what is paid when stands beside the things that are paid.

Part of the documented schema; `aidc_twin.park.schema` hands all of it on.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aidc_twin.park.row import ZERO, Row, column
from aidc_twin.resources.cells import Id, Text
from aidc_twin.units.quantity import Quantity


class Account(Row):
    """Money in hand at the epoch, or a line of credit; where there is a row, the plan keeps to what can be paid."""

    __key__ = ("account",)
    account: Annotated[Id, Field(**column("name of the account or credit line", "账户"))]
    title: Annotated[Text, Field(**column("what it is", "名称"))] = ""
    opening_yuan: Annotated[
        Quantity, Field(**column("money in it at the epoch; its nominal value counts", "期初余额", unit="yuan"))
    ] = ZERO
    credit_yuan: Annotated[
        Quantity, Field(**column("how far it can be overdrawn; its nominal value counts", "授信额度", unit="yuan"))
    ] = ZERO
    interest_share: Annotated[
        Quantity, Field(**column("price of credit in use, a share of it for a year", "年利率"))
    ] = ZERO
