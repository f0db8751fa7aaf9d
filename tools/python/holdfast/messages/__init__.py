"""One encoder and one decoder for each operation, in both directions.

Every request is a frozen dataclass; ``client.call`` takes any of them.
"""

from typing import Any

from holdfast.messages.base import (
    Operation,
    Request,
    answer_frame,
    read_answer,
    read_request,
    request_frame,
)
from holdfast.messages.operating import Check, Hello, Stats
from holdfast.messages.payment import HoldAgain
from holdfast.messages.rerouting import RerouteStart, RerouteStatus
from holdfast.messages.reservations import (
    Cancel,
    Commit,
    Extend,
    Fulfil,
    OwnerShow,
    Release,
    Reroute,
    Reserve,
    Show,
)
from holdfast.messages.sales import (
    Fence,
    SaleListShow,
    SaleReportShow,
    SaleStatusShow,
    SaleWrite,
)
from holdfast.messages.snapshots import (
    BackupEnd,
    BackupRead,
    BackupStart,
    CheckStart,
    CheckStatus,
    SnapshotList,
    SnapshotStart,
    SnapshotStatus,
)
from holdfast.messages.source import Source
from holdfast.messages.sourcing import (
    PolicyList,
    PolicyWrite,
    RatesList,
    RatesWrite,
    SubstitutesList,
    SubstitutesWrite,
)
from holdfast.messages.stock import (
    Availability,
    SkuWrite,
    StockHolds,
    StockList,
    StockShow,
    StockWrite,
)
from holdfast.messages.warehouses import (
    WarehouseFillShow,
    WarehouseList,
    WarehouseSetState,
    WarehouseWrite,
)

REQUESTS: dict[Operation, type[Request[Any]]] = {
    kind.operation: kind
    for kind in (
        Hello,
        Stats,
        Check,
        Reserve,
        Commit,
        Release,
        Show,
        Fulfil,
        HoldAgain,
        Cancel,
        Extend,
        OwnerShow,
        StockWrite,
        StockShow,
        StockList,
        SkuWrite,
        Availability,
        StockHolds,
        WarehouseWrite,
        WarehouseList,
        WarehouseSetState,
        WarehouseFillShow,
        PolicyWrite,
        PolicyList,
        RatesWrite,
        RatesList,
        SubstitutesWrite,
        SubstitutesList,
        Source,
        Reroute,
        RerouteStart,
        RerouteStatus,
        SnapshotStart,
        SnapshotStatus,
        SnapshotList,
        CheckStart,
        CheckStatus,
        BackupStart,
        BackupRead,
        BackupEnd,
        SaleWrite,
        SaleListShow,
        SaleStatusShow,
        SaleReportShow,
        Fence,
    )
}
"""The request of each operation."""

__all__ = [
    "REQUESTS",
    "Availability",
    "BackupEnd",
    "BackupRead",
    "BackupStart",
    "Cancel",
    "Check",
    "CheckStart",
    "CheckStatus",
    "Commit",
    "Extend",
    "Fence",
    "Fulfil",
    "Hello",
    "HoldAgain",
    "Operation",
    "OwnerShow",
    "PolicyList",
    "PolicyWrite",
    "RatesList",
    "RatesWrite",
    "Release",
    "Request",
    "Reroute",
    "RerouteStart",
    "RerouteStatus",
    "Reserve",
    "SaleListShow",
    "SaleReportShow",
    "SaleStatusShow",
    "SaleWrite",
    "Show",
    "SkuWrite",
    "SnapshotList",
    "SnapshotStart",
    "SnapshotStatus",
    "Source",
    "Stats",
    "StockHolds",
    "StockList",
    "StockShow",
    "StockWrite",
    "SubstitutesList",
    "SubstitutesWrite",
    "WarehouseFillShow",
    "WarehouseList",
    "WarehouseSetState",
    "WarehouseWrite",
    "answer_frame",
    "read_answer",
    "read_request",
    "request_frame",
]
