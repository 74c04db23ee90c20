"""The bench line: six products on fifteen centres with shifts, breakdowns, rework, blocking and test power.

It is described once. `write_plant` says it as a park folder for the twin, and `bench.by_simpy` builds it by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True)
class Centre:
    """Identical machines that take a unit each, first come first served.

    Attributes
    ----------
    hours : mean work of a unit in hours; triangular between 0.7 and 1.5 times its mode.
    shifts : whether it works in shifts only; else at all hours.
    blocks : whether a finished unit stays on its machine until its next step starts.
    uptime_hours : mean hours at work between breakdowns, exponential; 0 for none.
    repair_hours : mean of a repair, lognormal with `SPREAD`; one fitter does it.
    fails : share of units that fail here, are mended for `MEND_HOURS` and come again: by a mender in shifts, by an
        analyst at all hours.
    powered : whether a unit takes its product's test power while it is worked on.
    """

    name: str
    machines: int
    hours: float
    shifts: bool = True
    blocks: bool = False
    uptime_hours: float = 0.0
    repair_hours: float = 0.0
    fails: float = 0.0
    powered: bool = False


@dataclass(frozen=True)
class Product:
    """What is made: hours between arrivals (exponential), factor on all its work, test power, centres it leaves out."""

    name: str
    every_hours: float
    factor: float
    power_kw: int
    value_yuan: int
    skips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plant:
    """Centres in the order in which every unit passes those of its product, and what they share."""

    centres: tuple[Centre, ...]
    products: tuple[Product, ...]
    power_kw: int
    fitters: int
    menders: int
    analysts: int
    weeks: int

    def route(self, product: Product) -> tuple[Centre, ...]:
        """Centres that a unit of the product passes."""
        return tuple(centre for centre in self.centres if centre.name not in product.skips)

    def with_machines(self, centre: str, machines: int) -> Plant:
        """The same plant with another number of machines in a centre."""
        return replace(
            self, centres=tuple(replace(c, machines=machines) if c.name == centre else c for c in self.centres)
        )


LOW, HIGH = 0.7, 1.5
"""Ends of the triangle of all work, as shares of its mode."""
MODE = 3 / (LOW + 1 + HIGH)
"""Mode of work with mean 1."""
SPREAD = 0.6
"""Coefficient of variation of repairs."""
MEND_HOURS = (0.5, 1.0, 3.0)
"""Triangle of mending a unit that failed."""
SHIFT_DAYS, SHIFT_OPENS, SHIFT_CLOSES = 6, 6, 22
"""Shifts: days of a week from Monday, and the hours in which they work."""
DUE_HOURS = 72

PLANT = Plant(
    centres=(
        Centre("cut", 2, 0.75, blocks=True, uptime_hours=90, repair_hours=2),
        Centre("punch", 2, 0.7, uptime_hours=60, repair_hours=1.5),
        Centre("bend", 2, 0.7, blocks=True),
        Centre("weld", 5, 2.0, blocks=True, uptime_hours=70, repair_hours=2, fails=0.05),
        Centre("grind", 2, 0.7),
        Centre("paint", 3, 1.1, uptime_hours=120, repair_hours=6),
        Centre("frame", 4, 1.6),
        Centre("pipe", 4, 1.7, blocks=True),
        Centre("wire", 5, 2.1),
        Centre("fit", 4, 1.5, fails=0.03),
        Centre("leak", 2, 1.3, shifts=False, uptime_hours=100, repair_hours=4, fails=0.04),
        Centre("fill", 2, 0.9),
        Centre("load", 5, 4.5, shifts=False, uptime_hours=150, repair_hours=5, fails=0.08, powered=True),
        Centre("soak", 4, 2.6, shifts=False, fails=0.04, powered=True),
        Centre("pack", 2, 0.7),
    ),
    products=(
        Product("cabinet", 5.6, 0.8, 60, 400_000, ("pipe", "leak", "fill")),
        Product("busway", 6.2, 0.7, 80, 250_000, ("pipe", "leak", "fill", "frame", "soak")),
        Product("cooler", 6.0, 1.0, 120, 600_000, ("punch",)),
        Product("pump-set", 6.6, 0.9, 90, 350_000, ("bend", "punch")),
        Product("rack", 5.8, 0.6, 40, 300_000, ("pipe", "leak", "grind", "fill")),
        Product("module", 8.0, 1.6, 150, 2_000_000),
    ),
    power_kw=760,
    fitters=2,
    menders=2,
    analysts=1,
    weeks=52,
)


def write_plant(folder: Path, plant: Plant = PLANT) -> Path:
    """The plant as a park folder; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (head, rows) in _tables(plant).items():
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    head = f'schema_version = 1\nid = "bench-line"\nepoch = 2026-10-05\nhorizon_weeks = {plant.weeks}\n'
    (folder / "park.toml").write_text(head, "utf-8")
    return folder


def triangle(mean: float) -> str:
    """Work of a mean in hours, as a cell."""
    mode = mean * MODE
    return f'"tri({LOW * mode:.9g},{mode:.9g},{HIGH * mode:.9g})"'


def _tables(plant: Plant) -> Mapping[str, tuple[str, list[str]]]:
    """Heads and rows of the tables by name."""
    pools = {
        "power": plant.power_kw, "fitters": plant.fitters, "menders": plant.menders, "analysts": plant.analysts,
    }  # fmt: skip
    breaking = [centre for centre in plant.centres if centre.uptime_hours]
    return MappingProxyType({
        "entities": ("entity,kind", ["maker,integrator"]),
        "calendars": (
            "calendar,shift,days,start,end",
            [f"shifts,1,mon-sat,{SHIFT_OPENS:02}:00,{SHIFT_CLOSES:02}:00"],
        ),
        "resources": (
            "resource,kind,dispatch",
            [f"{centre.name},servers,fifo" for centre in plant.centres]
            + [f"{name},{'cumulative' if name == 'power' else 'crew'},fifo" for name in pools],
        ),
        "capacity": (
            "resource,amount",
            [f"{centre.name},{centre.machines}" for centre in plant.centres]
            + [f"{name},{amount}" for name, amount in pools.items()],
        ),
        "products": (
            "product,kind,routing,maker,value_yuan",
            [f"{one.name},component,{one.name},maker,{one.value_yuan}" for one in plant.products],
        ),
        "operations": (
            "routing,operation,stage,after,duration,duration_unit,calendar,fail_share,rework,rework_unit",
            list(_operations(plant)),
        ),
        "needs": ("routing,operation,resource,amount,until,during", list(_needs(plant))),
        "breakdowns": (
            "resource,breakdown,clock,uptime_hours,repair_hours,crew",
            [
                f'{centre.name},stop,busy,exp({centre.uptime_hours}),"lognormal({centre.repair_hours},{SPREAD})",fitters'
                for centre in breaking
            ],
        ),
        "sources": (
            "source,product,interval_hours,due_hours",
            [f"{one.name},{one.name},exp({one.every_hours}),{DUE_HOURS}" for one in plant.products],
        ),
    })  # fmt: skip


def _operations(plant: Plant) -> Iterator[str]:
    mend = ",".join(map(str, MEND_HOURS))
    for product in plant.products:
        before = ""
        for centre in plant.route(product):
            fails = f'{centre.fails},"tri({mend})",hour' if centre.fails else ",,"
            work, hours = triangle(centre.hours * product.factor), "shifts" if centre.shifts else ""
            yield f"{product.name},{centre.name},manufacture,{before},{work},hour,{hours},{fails}"
            before = centre.name


def _needs(plant: Plant) -> Iterator[str]:
    for product in plant.products:
        for centre in plant.route(product):
            yield f"{product.name},{centre.name},{centre.name},1,{'next' if centre.blocks else ''},operation"
            if centre.powered:
                yield f"{product.name},{centre.name},power,{product.power_kw},,operation"
            if centre.fails:
                yield f"{product.name},{centre.name},{'menders' if centre.shifts else 'analysts'},1,,rework"
