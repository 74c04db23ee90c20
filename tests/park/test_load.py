"""What the order book asks of the park, against what there is."""

from __future__ import annotations

from dataclasses import replace

from aidc_twin.park import Park, check_park, load_park
from aidc_twin.park.checks.load import asked_hours, offered_hours
from aidc_twin.units.quantity import Quantity

TINY = "tests/parks/tiny"


def test_hours_of_one_crew_by_hand() -> None:
    """Designers: four orders, one each, for a mean of 6.67 working days of 8 hours."""
    park = load_park(TINY)
    assert round(asked_hours(park)["designers"], 6) == round(4 * (4 + 6 + 10) / 3 * 8, 6)
    assert offered_hours(park, park.resource("designers")) == 2 * 66 * 48


def _with_designers(park: Park, amount: float) -> Park:
    rows = (
        row.model_copy(update={"amount": Quantity("constant", (amount,))}) if row.resource == "designers" else row
        for row in park.capacity
    )
    return replace(park, capacity=tuple(rows))


def _crowded(park: Park, times: int) -> Park:
    orders = (order.model_copy(update={"order": f"{order.order}-{n}"}) for n in range(times) for order in park.orders)
    return replace(_with_designers(park, 1), orders=tuple(orders), state_operations=())


def test_more_than_there_is_becomes_a_notice() -> None:
    """A book that asks for more hours than a resource has is named with its load, and is no problem."""
    park = load_park(TINY)
    hours = asked_hours(park)["designers"] / (66 * 48)
    few, many = check_park(_crowded(park, 8)), check_park(_crowded(park, 20))
    assert 8 * hours < 1 < 20 * hours
    assert few.ok
    assert many.ok
    assert not any(text.startswith("designers") for text in few.notices)
    assert any(text.startswith(f"designers: the order book asks for {round(2000 * hours)} %") for text in many.notices)
