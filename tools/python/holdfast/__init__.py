"""Client of Holdfast, the inventory reservation engine.

``Client`` blocks, ``AsyncClient`` is for asyncio. Both have one method for each operation, mend
broken connections and send a request again, with the same bytes, until it has an answer. What the
server refuses is raised as ``Refusal``; ``NoAnswer`` says that it isn't known what became of a
request.
"""

from holdfast.aio import AsyncClient
from holdfast.client import Client, Pending, Pipeline
from holdfast.ids import new_id, owner_id
from holdfast.outcomes import Figures, MissingUnits, Outcome, OutcomeKind, Refusal
from holdfast.retry import DEFAULT_PORT, NO_RETRIES, NoAnswer, RetryPolicy
from holdfast.stock import (
    AvailableCell,
    Cell,
    CheckReport,
    Holder,
    HoldersReport,
    SkuAvailability,
    SkuRow,
    StockPage,
    StockReport,
    StockRow,
    Warehouse,
    WarehouseFill,
    WriteReceipt,
)
from holdfast.values import (
    Destination,
    Durability,
    Item,
    Line,
    OwnerReport,
    Progress,
    Reservation,
    ReservationReport,
    ReservationState,
    ReservedLine,
    ReserveMode,
    ServerLimits,
    Share,
    SourcingPolicy,
    StockCause,
    WarehouseState,
    instant_of,
    moment_of,
)
from holdfast.wire import DEFAULT_POOL, HoldfastError, MalformedFrame

__all__ = [
    "DEFAULT_POOL",
    "DEFAULT_PORT",
    "NO_RETRIES",
    "AsyncClient",
    "AvailableCell",
    "Cell",
    "CheckReport",
    "Client",
    "Destination",
    "Durability",
    "Figures",
    "Holder",
    "HoldersReport",
    "HoldfastError",
    "Item",
    "Line",
    "MalformedFrame",
    "MissingUnits",
    "NoAnswer",
    "Outcome",
    "OutcomeKind",
    "OwnerReport",
    "Pending",
    "Pipeline",
    "Progress",
    "Refusal",
    "Reservation",
    "ReservationReport",
    "ReservationState",
    "ReserveMode",
    "ReservedLine",
    "RetryPolicy",
    "ServerLimits",
    "Share",
    "SkuAvailability",
    "SkuRow",
    "SourcingPolicy",
    "StockCause",
    "StockPage",
    "StockReport",
    "StockRow",
    "Warehouse",
    "WarehouseFill",
    "WarehouseState",
    "WriteReceipt",
    "instant_of",
    "moment_of",
    "new_id",
    "owner_id",
]
