"""Values of stock, warehouses and operating."""

from dataclasses import dataclass, field

from holdfast.values import SourcingTerm, WarehouseState
from holdfast.wire import DEFAULT_POOL


@dataclass(frozen=True, slots=True)
class StockRow:
    """One row of a stock write: the cell, its units, and what else changes.

    What ``units`` means depends on the write's cause. ``is_difference`` (only ``imported``) makes
    them a difference instead of the units from now on. ``safety_stock`` and ``backorder_limit``
    (only ``imported`` and ``configured``) stay as they are where None.
    """

    warehouse: str
    sku: str
    units: int = 0
    pool: str = DEFAULT_POOL
    safety_stock: int | None = None
    backorder_limit: int | None = None
    expected_version: int | None = None
    is_difference: bool = False


@dataclass(frozen=True, slots=True)
class WriteReceipt:
    """What a write did. All but ``lsn`` and ``rows`` are 0 unless it wrote stock.

    ``shortfalls`` counts cells of the request that now promise more than they have. The last three
    figures are those of the last row's cell and SKU.
    """

    lsn: int
    rows: int
    shortfalls: int = 0
    on_hand: int = 0
    available: int = 0
    version: int = 0
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """The stock of a SKU in one pool of one warehouse, in units."""

    warehouse: str
    pool: str
    on_hand: int
    reserved: int
    committed: int
    safety_stock: int
    backorder_limit: int

    @property
    def available(self) -> int:
        """The units that can still be promised; below 0 after a shortfall."""
        promised = self.reserved + self.committed + self.safety_stock
        return self.on_hand - promised + self.backorder_limit


@dataclass(frozen=True, slots=True)
class StockReport:
    """All cells of a SKU. ``version`` rises by 1 with each movement that touches the SKU."""

    sku: str
    version: int
    weight_grams: int
    """Grams a unit weighs; 0 where that isn't known."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class StockPage:
    """One page of the list of all stock. ``next_cursor`` is None after the last page."""

    next_cursor: int | None
    reports: tuple[StockReport, ...]


@dataclass(frozen=True, slots=True)
class SkuRow:
    """A SKU and the grams that a unit weighs, 0 for not known."""

    sku: str
    weight_grams: int


@dataclass(frozen=True, slots=True)
class AvailableCell:
    """What a warehouse can give of a SKU now, summed over the pools that were asked for."""

    warehouse: str
    state: WarehouseState
    available: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class SkuAvailability:
    """What can be had of a SKU: in all and by warehouse. ``version`` 0: it isn't known."""

    version: int
    available: int
    cells: tuple[AvailableCell, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """An open reservation that has units of a SKU."""

    reservation: bytes
    owner: bytes
    expires_at: int
    held: int
    committed: int


@dataclass(frozen=True, slots=True)
class HoldersReport:
    """Who has units of a SKU, oldest first; the sums count holders that were left out too."""

    total: int
    held: int
    committed: int
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse; positions in millionths of a degree, costs in minor units of money."""

    code: str
    latitude: int
    longitude: int
    city: str = ""
    priority: int = 0
    """Lower goes first."""
    handling_hours: int = 0
    """Hours from order to dispatch."""
    cutoff_hour: int = 0
    """The hour (UTC, 0–24) up to which an order leaves on the same day; 24: whenever it comes."""
    state: WarehouseState = WarehouseState.ONLINE
    shipment_cost: int = 0
    unit_cost: int = 0
    kilometre_cost: int = 0
    """What one kilometre of a shipment costs where no rate says it."""
    capacity: int | None = None
    """The shipments that may be open at once; None for any number."""
    utc_offset: int = 0
    """Minutes by which its clock is ahead of UTC, −720 … 840."""
    closed_weekdays: int = 0
    """The weekdays on which it doesn't work: bit 0 is Monday, bit 6 Sunday; never all seven."""
    regions: tuple[str, ...] = ()
    """The only regions it serves, each with those inside it; none for all."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A weighted sum of terms that plans are judged by; less is better.

    ``tolerance`` is in hundredths of a percent of the best: so much worse plans stay, and the next
    tier decides among them.
    """

    terms: tuple[tuple[SourcingTerm, int], ...]
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What sourcing minimises: tiers in the order in which they decide."""

    name: str
    tiers: tuple[Tier, ...]
    number: int | None = None
    """Its number as the server tells it; nothing that a client sets."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the rate card: what a carrier takes from a warehouse into a region.

    None stands for all warehouses, all regions and any distance (in metres). Costs are in minor
    units of money: of a shipment, of a kilometre, of a kilogram.
    """

    transit_hours: int
    warehouse: str | None = None
    region: str | None = None
    metres_max: int | None = None
    base_cost: int = 0
    kilometre_cost: int = 0
    kilogram_cost: int = 0


@dataclass(frozen=True, slots=True)
class SubstitutesRow:
    """A SKU and what may be offered in its place, the best first; none takes them away."""

    sku: str
    substitutes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubstitutesPage:
    """SKUs with their substitutes. ``next_cursor`` is None after the last page."""

    next_cursor: int | None
    rows: tuple[SubstitutesRow, ...]


@dataclass(frozen=True, slots=True)
class WarehouseFill:
    """The sums over all cells of a warehouse, and its open shipments.

    An open shipment is a reservation with units held or committed there; ``capacity`` is how many
    of them it takes, None for any number.
    """

    code: str
    state: WarehouseState
    cells: int
    on_hand: int
    reserved: int
    committed: int
    safety_stock: int
    backorder_limit: int
    open_shipments: int = 0
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of a sweep over every invariant; 100 violations are told at most."""

    lsn: int
    cells: int
    open_reservations: int
    state_hash: int
    is_clean: bool
    violations: tuple[str, ...] = field(default=())
