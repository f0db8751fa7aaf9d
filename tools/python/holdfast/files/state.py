"""State records of a snapshot as values: what one thing was when it was copied.

Movements from the LSN of a record on aren't in it. Instants are milliseconds since 1970, weights
grams.
"""

from dataclasses import dataclass

from holdfast.files.rows import ConstraintsRow, RateRow
from holdfast.files.sales import SalePart, SaleRow
from holdfast.stock import Policy, Warehouse
from holdfast.values import Destination, LabelledEnum, ReservationState, ReserveMode


class StateKind(LabelledEnum):
    """What a state record is of."""

    NETWORK = 1
    WAREHOUSES = 2
    RATES = 3
    ACTORS = 4
    SKU = 5
    RESERVATION = 6
    WRITE = 7
    SALES = 8
    SHARES = 9


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Pools by number, the first without a name, and the policies that are defined by name."""

    instant: int
    pools: tuple[str, ...]
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class WarehousesState:
    """Some of the warehouses, by number."""

    rows: tuple[tuple[int, Warehouse], ...]


@dataclass(frozen=True, slots=True)
class RatesState:
    """Some rows of the rate card, in its order."""

    rows: tuple[RateRow, ...]


@dataclass(frozen=True, slots=True)
class ActorsState:
    """Names of clients, numbered from ``first`` on."""

    instant: int
    first: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellRow:
    """The figures of a SKU in one warehouse's pool."""

    warehouse: int
    pool: int
    on_hand: int
    reserved: int
    committed: int
    safety_stock: int
    backorder_limit: int


@dataclass(frozen=True, slots=True)
class SkuState:
    """A SKU with its cells and the numbers of its substitutes."""

    number: int
    name: str
    version: int
    weight: int
    has_shortfall: bool
    cells: tuple[CellRow, ...]
    substitutes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line of a reservation; ``sku`` is None where nobody knew it."""

    sku: int | None
    requested: int
    is_fixed: bool
    share_count: int


@dataclass(frozen=True, slots=True)
class StoredShare:
    """What one warehouse's pool gives to a line."""

    warehouse: int
    pool: int
    units: int


@dataclass(frozen=True, slots=True)
class ShareProgress:
    """What became of a share's units."""

    held: int
    committed: int
    fulfilled: int
    cancelled: int
    backordered: int


@dataclass(frozen=True, slots=True)
class RememberedChange:
    """A change of a reservation whose repetition is known by its id."""

    request: bytes
    digest: int
    lsn: int


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """Shares as first answered, of a reservation whose units have moved since."""

    promised_at: int | None
    share_counts: tuple[int, ...]
    shares: tuple[tuple[StoredShare, int], ...]
    """With the units of each that were backordered."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What a reservation has beside its lines once it was changed in parts."""

    expires_at_first: int
    extension: RememberedChange | None
    progress: tuple[ShareProgress, ...]
    changes: tuple[RememberedChange, ...]
    first_answer: FirstAnswer | None


@dataclass(frozen=True, slots=True)
class ReservationStateRecord:
    """A reservation, open or closed and retained."""

    id: bytes
    owner: bytes
    digest: int
    lsn: int
    state: ReservationState
    mode: ReserveMode
    policy: int
    did_replace: bool
    did_rest_expire: bool
    due: int
    expires_at: int
    held_milliseconds: int
    promised_at: int | None
    destination: Destination | None
    lines: tuple[StoredLine, ...]
    shares: tuple[StoredShare, ...]
    detail: Detail | None
    constraints: ConstraintsRow | None
    sale: SalePart | None


@dataclass(frozen=True, slots=True)
class WriteState:
    """The remembered answer to a change of stock or configuration."""

    request: bytes
    digest: int
    lsn: int
    due: int
    on_hand: int
    available: int
    version: int
    rows: int
    shortfalls: int


@dataclass(frozen=True, slots=True)
class SalesState:
    """The sales, and the number that the next one gets."""

    next_number: int
    rows: tuple[SaleRow, ...]


@dataclass(frozen=True, slots=True)
class ShareEntry:
    """What an owner has of a sale, or of one SKU of it, or how much a client holds.

    ``owner`` is None for a client's entry, ``client`` for an owner's; ``sku`` is None for all SKUs.
    """

    owner: bytes | None
    client: int | None
    sale: int
    sku: int | None
    open_units: int
    fulfilled_units: int
    window_units: int
    window: int
    holds: int
    committed_holds: int
    open_holds: int


@dataclass(frozen=True, slots=True)
class SharesState:
    """Some of what owners and clients have of sales."""

    entries: tuple[ShareEntry, ...]


StateBody = (
    NetworkState
    | WarehousesState
    | RatesState
    | ActorsState
    | SkuState
    | ReservationStateRecord
    | WriteState
    | SalesState
    | SharesState
)


@dataclass(frozen=True, slots=True)
class StateRecord:
    """One state record; movements from ``lsn`` on apply to what it is of."""

    kind: StateKind
    lsn: int
    body: StateBody
