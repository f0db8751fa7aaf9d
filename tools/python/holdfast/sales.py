"""What holds for what is reserved from one pool, and what became of it."""

from dataclasses import dataclass, field

from holdfast.labels import LabelledEnum
from holdfast.outcomes import Outcome
from holdfast.wire import DEFAULT_POOL


class SaleWall(LabelledEnum):
    """Whether a sale may take units from beyond its own pool."""

    HARD = 0
    BORROWS = 1
    """Once the sale's pool has none left for a line, units of ``default`` are sold as well."""


class SaleState(LabelledEnum):
    """Whether a sale sells."""

    WAITING = 0
    OPEN = 1
    CLOSED = 2


class SaleStep(LabelledEnum):
    """What a change does to a sale that is there."""

    OPENING = 1
    """Opens it now, if it isn't open."""
    CLOSING = 2
    """Closes it now, if it isn't closed."""
    REMOVAL = 3
    """Forgets it: it is closed, and nothing of it is held any more."""


@dataclass(frozen=True, slots=True)
class SaleRules:
    """What holds for everything that is reserved from ``pool``: when, how much, for how long.

    In every limit 0 stands for no limit. Limits count units that are held, committed or fulfilled.
    ``units_per_window`` are those that one owner may take within each ``window_milliseconds``.
    ``first_hold_milliseconds`` is how long a hold lives, at most, before its payment begins.
    """

    pool: str = DEFAULT_POOL
    opens_at: int | None = None
    closes_at: int | None = None
    wall: SaleWall = SaleWall.HARD
    returns_rest: bool = False
    units_per_owner_and_sku: int = 0
    units_per_owner: int = 0
    units_per_order: int = 0
    units_per_window: int = 0
    window_milliseconds: int = 0
    open_holds_per_owner: int = 0
    open_holds_per_credential: int = 0
    first_hold_milliseconds: int = 0

    def state_at(self, instant: int) -> SaleState:
        """Whether the sale sells at an instant in milliseconds since 1970."""
        if self.opens_at is not None and instant < self.opens_at:
            return SaleState.WAITING
        if self.closes_at is not None and instant >= self.closes_at:
            return SaleState.CLOSED
        return SaleState.OPEN


@dataclass(frozen=True, slots=True)
class SaleStepChange:
    """Opens, closes or forgets the sale of a pool."""

    step: SaleStep
    pool: str


SaleChange = SaleRules | SaleStepChange
"""A change of one sale: its rules from now on, or a step."""


@dataclass(frozen=True, slots=True)
class SaleList:
    """All sales, and the server's instant, which says whether each of them sells."""

    instant: int
    sales: tuple[SaleRules, ...]


@dataclass(frozen=True, slots=True)
class SaleFigures:
    """What became of a sale's units and holds so far.

    The first five are sums over the pool's cells. ``owners`` ever held something of the sale,
    ``holds`` were ever held, ``committed_holds`` of them were committed, ``open_holds`` hold units
    now. ``returned_units``, which went back to ``default``, and ``refusals``, requests by outcome,
    count since the server started.
    """

    on_hand: int = 0
    reserved: int = 0
    committed: int = 0
    safety_stock: int = 0
    backorder_limit: int = 0
    owners: int = 0
    holds: int = 0
    committed_holds: int = 0
    open_holds: int = 0
    open_units: int = 0
    fulfilled_units: int = 0
    returned_units: int = 0
    refusals: dict[Outcome, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaleStatus:
    """What became of a sale so far, and its rules."""

    instant: int
    rules: SaleRules
    figures: SaleFigures

    @property
    def state(self) -> SaleState:
        """Whether the sale sells."""
        return self.rules.state_at(self.instant)


@dataclass(frozen=True, slots=True)
class SaleBand:
    """Owners who have ``units_min`` to ``units_max`` units, None for any number, and all those."""

    units_min: int
    units_max: int | None
    owners: int
    units: int


@dataclass(frozen=True, slots=True)
class OwnerShare:
    """What one owner has of a sale."""

    owner: bytes
    open_units: int
    fulfilled_units: int
    holds: int
    committed_holds: int
    open_holds: int


@dataclass(frozen=True, slots=True)
class SaleOverview:
    """What became of a sale, and who got what share of it.

    ``bands`` ascend, and each owner who took part is in one; ``top`` are those with most units.
    """

    status: SaleStatus
    bands: tuple[SaleBand, ...]
    top: tuple[OwnerShare, ...]


@dataclass(frozen=True, slots=True)
class FenceRow:
    """Units of one SKU in one warehouse that move to another pool."""

    sku: str
    warehouse: str
    units: int
