"""What is drawn ahead for the first attempt of a step tells whether it fails, as the uniform itself would."""

from __future__ import annotations

import math

import pytest

from aidc_twin.twin.chance import Parameters
from aidc_twin.twin.classes import WorkClass
from aidc_twin.twin.first_draws import MOST, UNTOLD, fail_limits, work_of_steps
from aidc_twin.twin.kernel.draws import TRIANGULAR, UNIFORM
from aidc_twin.twin.kernel.layout import DRAWN, DRAWN_BITS, REWORK, WORK

LAST = (1 << DRAWN_BITS) - 1
SHARES = (
    0.0, 2.0**-54, 2.0**-53, 1e-9, 0.03, 0.1, 1 / 3, 0.5, math.nextafter(0.5, 1.0), 0.75, 0.97,
    math.nextafter(1.0, 0.0), 1.0,
)  # fmt: skip


def of_share(fail: float, *, learning: int = -1, exponent: float = 0.0) -> WorkClass:
    """A class of which a share fails."""
    return WorkClass("test", (0, 1.0, 0.0, 0.0, 1.0), fail=fail, learning=learning, exponents=(0.0, exponent))


def fails(drawn: int, share: float) -> bool:
    """Whether a draw fails, by its uniform as the kernel makes it."""
    return (float(drawn) + 0.5) * 2.0**-DRAWN_BITS < share


@pytest.mark.parametrize("share", SHARES)
def test_the_limit_parts_what_fails(share: float) -> None:
    """The draw before the limit fails and the limit does not; at the ends all or none do."""
    limit = int(fail_limits([of_share(share)])[0])
    assert 0 <= limit <= LAST + 1
    assert limit == 0 or fails(limit - 1, share)
    assert limit > LAST or not fails(limit, share)


def test_what_learning_changes_is_not_told() -> None:
    """A share that changes with the units made has no limit, unless it changes by nothing."""
    rows = [of_share(0.1, learning=0, exponent=-0.2), of_share(0.1, learning=0), of_share(0.1, exponent=-0.2)]
    limits = fail_limits(rows).tolist()
    assert limits[0] == UNTOLD
    assert limits[1] == limits[2] > 0


@pytest.mark.parametrize(
    ("law", "kind", "fault", "largest", "ahead"),
    [
        (TRIANGULAR, WORK, 0.0, 20.0, True),
        (TRIANGULAR, WORK, 0.0, MOST, False),
        (TRIANGULAR, WORK, 0.1, 20.0, False),
        (TRIANGULAR, REWORK, 0.0, 20.0, False),
        (UNIFORM, WORK, 0.0, 20.0, False),
    ],
)
def test_which_work_is_drawn_ahead(law: int, kind: int, fault: float, largest: float, *, ahead: bool) -> None:
    """Triangular work of a first attempt, unless faults prolong it or its ticks leave no room beside them."""
    work = Parameters(law, (0.0, 5.0, largest, 25 / 3))
    columns = work_of_steps([WorkClass("test", work, fault=fault, kind=kind)])
    assert columns.shape == (4, 1 + DRAWN)
    assert columns[:, 0].tolist() == ([0.0, 5.0, largest, 0.25] if ahead else [0.0] * 4)
