"""What a translated model consists of: ways with their stops, streams, machines, and what stands for what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from dream_model import Inexpressible, Model, Pause, Shift
from dream_skills import Skills

Span = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Mover:
    """What moves `amount` units from a buffer to another at intervals, if more than `above` wait there."""

    node: str
    giver: str
    receiver: str
    amount: int
    above: int
    first: Fraction
    every: Fraction


@dataclass
class Stop:
    """A place on the way of a unit.

    `nodes` are alternatives. A ``buffer`` has room for `room` units (None: any number), a ``station`` works, an
    ``exit`` ends the way, a ``belt`` has that many places behind its entry, and at a ``gate`` the unit passes in no
    time. At a ``split`` a batch comes apart, at a
    ``merge`` its parts come, at the same node it is ``whole`` again. `load`, `setup` and `work` are times;
    `attended` are those phases that need one of `crew`, if possible
    the one it `prefers`. `enter`, `first` and `last` are filled in by the tables: the
    operation with which the unit enters ("" where it does so with the end of the stop before; `entered_at_end` if it
    does so at the end of it), the first one that needs the crew, and the last one. `managed`: a certain person
    serves it; `keys` are those by which a queue rule of the other simulator sorts who goes there. A `single` buffer has
    parts of one batch at a time, the `same` station takes all parts of one batch, `looks` are places that must be
    empty, with how many there are, and a `forced` stop has an operation though a unit can always come here. A unit goes
    on to one of its `forks`, if there are any, all parts of one batch `together`; the last stop of such a way `leads`
    to those that follow; at a `chosen` split a batch may have another choice. Parts that are joined have `lost` pieces,
    and the unit waits for its turn from when they are `complete`;
    `preempt` is what becomes of work that urgent work stops ("": none is stopped);
    its people may have `left` their work for a break; at a gate with a `mover` units pass in rounds;
    work that `gathers` materials begins when they are there, with the unit inside;
    `skills` say who of the crew may do what; `drawn` is the work where it is random, and `rule` is that by which a
    buffer sorts what goes on from it.
    """

    nodes: tuple[str, ...]
    kind: str
    room: int | None = None
    load: Fraction = Fraction(0)
    setup: Fraction = Fraction(0)
    work: Fraction = Fraction(0)
    attended: frozenset[str] = frozenset()
    crew: tuple[str, ...] = ()
    prefers: str = ""
    dummy: bool = False
    joins: list[str] = field(default_factory=list)
    frees: list[str] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)
    makes: dict[str, int] = field(default_factory=dict)
    enter: str = ""
    owner: str = ""
    entered_at_end: bool = False
    loading: str = ""
    working: tuple[str, ...] = ()
    attended_ops: tuple[str, ...] = ()
    last: str = ""
    managed: bool = False
    keys: dict[str, Fraction] = field(default_factory=dict)
    operations: tuple[str, ...] = ()
    single: bool = False
    same: bool = False
    looks: dict[str, int] = field(default_factory=dict)
    forced: bool = False
    forks: list[Stop] = field(default_factory=list)
    leads: list[Stop] | None = None
    preempt: str = ""
    left: bool = False
    mover: Mover | None = None
    gathers: dict[str, int] = field(default_factory=dict)
    skills: Skills | None = None
    together: bool = False
    chosen: bool = False
    drawn: str = ""
    rule: str = ""
    lost: Fraction = Fraction(0)
    complete: bool = False

    @property
    def hands_over(self) -> bool:
        """Whether he who sets up may have to hand over to somebody else."""
        return self.skills is not None and self.skills.apart and {"Load", "Processing"} <= self.attended

    @property
    def name(self) -> str:
        """Its resource."""
        return "-or-".join(self.nodes)

    @property
    def always(self) -> bool:
        """Whether a unit can always come here."""
        return self.kind in ("exit", "gate") or (self.kind == "buffer" and self.room is None)


@dataclass
class Way:
    """A product: the stops of its units.

    `joined` is the stop of another way where its unit is taken in; `shown`: as a stop of its own, too. Of its `pieces`
    so many are `lost` in its parts; `stamps`: the time of its batch in the system counts from its first start.
    """

    product: str
    stops: list[Stop]
    joined: Stop | None = None
    shown: bool = False
    due: Fraction = Fraction(0)
    priority: Fraction = Fraction(0)
    ordered: Fraction = Fraction(0)
    pieces: Fraction = Fraction(1)
    lost: Fraction = Fraction(0)
    stamps: bool = False

    def following(self, stop: Stop) -> list[Stop]:
        """Stops to one of which a unit goes from a stop."""
        if stop.forks or stop.leads is not None:
            return stop.forks or stop.leads or []
        place = next(i for i, one in enumerate(self.stops) if one is stop)
        return self.stops[place + 1 : place + 2]


@dataclass
class Stream:
    """A source: its product, interval (`drawn` where it is random) and number of arrivals."""

    node: str
    product: str
    interval: Fraction
    most: int
    drawn: str = ""


@dataclass
class Machine:
    """A station: machine `number` of `resource`, and what interrupts it; `planned`: its shift has breaks at given times
    between its spans.
    """

    node: str
    resource: str
    number: int
    shift: Shift | None
    failure: Pause | None
    rest: Pause | None
    repairman: str
    delivers: bool
    planned: bool = False
    maintenance: Pause | None = None


@dataclass
class Plan:
    """What stands for what in a translated model."""

    model: Model
    ways: dict[str, Way]
    streams: dict[str, Stream]
    machines: dict[str, Machine]
    crews: dict[str, tuple[str, ...]]
    repairmen: dict[str, int]
    closed: dict[str, tuple[list[Span], bool]]
    per_unit: int = 1
    movers: list[Mover] = field(default_factory=list)


def cell(value: Fraction) -> str:
    """Text of a number."""
    text = f"{float(value):.15g}"
    if Fraction(text) != value and abs(Fraction(text) - value) > Fraction(1, 10**12):
        raise Inexpressible(f"{value} is no decimal number")
    return text


def intersection(left: Iterable[Span], right: Iterable[Span]) -> list[Span]:
    """Spans that lie in both."""
    right = list(right)
    found = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return sorted((a, b) for a, b in found if a < b)
