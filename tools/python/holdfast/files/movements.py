"""What one movement of the log did, by number as the log has it.

A number stands for a name that an earlier record gave to it; ``holdfast.files.names`` remembers
them. Instants are milliseconds since 1970, weights grams.
"""

from dataclasses import dataclass

from holdfast.files.rows import ConstraintsRow, RateRow
from holdfast.files.sales import SalePart, SaleRow
from holdfast.stock import Policy, Warehouse
from holdfast.values import Destination, LabelledEnum, ReserveMode, StockCause


class MovementKind(LabelledEnum):
    """What a movement did."""

    STOCK_CHANGED = 1
    WAREHOUSES_CHANGED = 2
    RESERVED = 3
    COMMITTED = 4
    RELEASED = 5
    EXPIRED = 6
    FORGOTTEN = 7
    REPLACED = 8
    FULFILLED = 9
    CANCELLED = 10
    EXTENDED = 11
    SKUS_CHANGED = 12
    ACTOR_NAMED = 13
    POLICIES_CHANGED = 14
    RATES_CHANGED = 15
    SUBSTITUTES_CHANGED = 16
    REROUTED = 17
    SALES_CHANGED = 18


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Units from one warehouse's pool."""

    warehouse: int
    pool: int
    units: int
    backordered: int = 0


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a reservation; ``sku`` is None where nobody knew it."""

    sku: int | None
    requested: int
    is_first_touch: bool
    is_fixed: bool
    shares: tuple[ShareRow, ...]


@dataclass(frozen=True, slots=True)
class UnitChange:
    """Units of a share that went on; ``share`` is its index, in records of a part."""

    sku: int
    warehouse: int
    pool: int
    units: int
    is_first_touch: bool
    were_held: bool
    share: int | None = None


@dataclass(frozen=True, slots=True)
class MovedUnits:
    """Units that left the share, or came to the line, of an index."""

    index: int
    sku: int
    warehouse: int
    pool: int
    units: int
    backordered: int
    is_first_touch: bool


@dataclass(frozen=True, slots=True)
class Replacement:
    """The hold that went, the first instant of its chain, and where its units went back to."""

    reservation: bytes
    held_since: int
    changes: tuple[UnitChange, ...]
    sale: SalePart | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """A hold: the body of ``RESERVED`` and, with a replacement, of ``REPLACED``."""

    owner: bytes
    digest: int
    milliseconds_to_live: int
    mode: ReserveMode
    policy: int
    destination: Destination | None
    promised_at: int | None
    constraints: ConstraintsRow | None
    replacement: Replacement | None
    lines: tuple[LineRow, ...]
    sale: SalePart | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """Units of a reservation that were committed, released, expired, fulfilled or cancelled.

    ``digest`` is None unless it was a part; ``owner`` is told of a sale's reservation.
    """

    reservation: bytes
    digest: int | None
    changes: tuple[UnitChange, ...]
    owner: bytes | None = None
    sale: SalePart | None = None


@dataclass(frozen=True, slots=True)
class Extended:
    """A hold that lives longer."""

    reservation: bytes
    digest: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class StockChange:
    """A change of one cell's own figures."""

    sku: int
    warehouse: int
    pool: int
    on_hand: int
    safety_stock: int
    backorder_limit: int
    is_first_touch: bool
    is_new_cell: bool
    has_shortfall: bool
    new_name: str | None


@dataclass(frozen=True, slots=True)
class StockChanged:
    """Changes of stock, the pools that they made, and what was answered."""

    digest: int
    shortfalls: int
    on_hand: int
    available: int
    version: int
    request_rows: int
    reason: str
    pools: tuple[tuple[int, str], ...]
    rows: tuple[StockChange, ...]


@dataclass(frozen=True, slots=True)
class SkuChange:
    """A SKU that was made or weighed."""

    sku: int
    weight: int
    new_name: str | None


@dataclass(frozen=True, slots=True)
class SkusChanged:
    """SKUs that were made or weighed."""

    digest: int
    version: int
    rows: tuple[SkuChange, ...]


@dataclass(frozen=True, slots=True)
class WarehousesChanged:
    """Warehouses by number, as they are from now on."""

    digest: int
    rows: tuple[tuple[int, Warehouse], ...]


@dataclass(frozen=True, slots=True)
class PoliciesChanged:
    """Policies that are defined by name, as they are from now on."""

    digest: int
    rows: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class RatesChanged:
    """The whole rate card from now on."""

    digest: int
    rows: tuple[RateRow, ...]


@dataclass(frozen=True, slots=True)
class SubstitutesChanged:
    """Of SKUs the numbers of what may be offered in their place, the best first."""

    digest: int
    version: int
    rows: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class SalesChanged:
    """Sales that got rules or were forgotten."""

    digest: int
    rows: tuple[SaleRow, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Ids whose retention is over."""

    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ActorNamed:
    """The name of the client whose number is the header's actor."""

    name: str


@dataclass(frozen=True, slots=True)
class Rerouted:
    """Held units that moved to other warehouses; ``digest`` is None unless it is remembered."""

    reservation: bytes
    digest: int | None
    promised_at: int | None
    left: tuple[MovedUnits, ...]
    came: tuple[MovedUnits, ...]


Body = (
    Reserved
    | Changed
    | Extended
    | StockChanged
    | SkusChanged
    | WarehousesChanged
    | PoliciesChanged
    | RatesChanged
    | SubstitutesChanged
    | Forgotten
    | ActorNamed
    | Rerouted
    | SalesChanged
)


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement; ``actor`` is 0 where nobody named asked for it."""

    lsn: int
    kind: MovementKind
    cause: StockCause | None
    actor: int
    instant: int
    request: bytes
    body: Body

    @property
    def word(self) -> str:
        """What happened in one word: the cause of a change of stock, else the kind."""
        return self.kind.label if self.cause is None else self.cause.label
