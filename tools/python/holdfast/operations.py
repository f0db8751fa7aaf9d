"""One method for each operation of the server, for the synchronous client.

``operations_async`` is the same with ``async`` and ``await``; a test holds them together.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TypeVar

from holdfast.ids import new_id
from holdfast.messages import (
    Availability,
    BackupEnd,
    BackupRead,
    BackupStart,
    Cancel,
    Check,
    CheckStart,
    CheckStatus,
    Commit,
    Extend,
    Fence,
    Fulfil,
    HoldAgain,
    OwnerShow,
    PolicyList,
    PolicyWrite,
    RatesList,
    RatesWrite,
    Release,
    Request,
    Reroute,
    RerouteStart,
    RerouteStatus,
    Reserve,
    SaleListShow,
    SaleReportShow,
    SaleStatusShow,
    SaleWrite,
    Show,
    SkuWrite,
    SnapshotList,
    SnapshotStart,
    SnapshotStatus,
    Source,
    Stats,
    StockHolds,
    StockList,
    StockShow,
    StockWrite,
    SubstitutesList,
    SubstitutesWrite,
    WarehouseFillShow,
    WarehouseList,
    WarehouseSetState,
    WarehouseWrite,
)
from holdfast.payment import ExtendReason, HeldReservation
from holdfast.rerouting import RerouteReport
from holdfast.sales import FenceRow, SaleChange, SaleList, SaleOverview, SaleStatus
from holdfast.snapshots import BackupPlan, ImageCheckReport, SnapshotEntry, SnapshotReport
from holdfast.sourcing import SourcingReport
from holdfast.stock import (
    CheckReport,
    HoldersReport,
    Policy,
    Rate,
    SkuAvailability,
    SkuRow,
    StockPage,
    StockReport,
    StockRow,
    SubstitutesPage,
    SubstitutesRow,
    Warehouse,
    WarehouseFill,
    WriteReceipt,
)
from holdfast.values import (
    Constraints,
    Destination,
    Item,
    Line,
    OwnerReport,
    Reservation,
    ReservationReport,
    ReserveMode,
    SourcingPolicy,
    StockCause,
    WarehouseState,
)
from holdfast.wire import DEFAULT_POOL

AnswerT = TypeVar("AnswerT")


class Operations(ABC):
    """The server's operations. Every method raises what ``call`` raises.

    Arguments named ``request`` and ``id`` are the request's own id: give it to repeat a request
    that may have been carried out already; it is drawn at random otherwise.
    """

    @abstractmethod
    def call(self, request: Request[AnswerT]) -> AnswerT:
        """Sends a request and returns its answer."""

    def reserve(
        self,
        lines: Iterable[Line],
        *,
        owner: bytes,
        id: bytes | None = None,
        time_to_live: int = 0,
        mode: ReserveMode = ReserveMode.ALL_OR_NOTHING,
        policy: SourcingPolicy | str = SourcingPolicy.NEAREST,
        destination: Destination | None = None,
        ordered_at: int | None = None,
        replaces: bytes | None = None,
        constraints: Constraints | None = None,
        alternatives: bool = False,
    ) -> Reservation:
        """Holds lines for an owner; ``id`` becomes the reservation's.

        ``time_to_live`` is in milliseconds, 0 for the server's default of 15 minutes, 86,400,000 at
        most. ``policy`` says which warehouses serve: one that is always there, or the name of one
        that the server's operator made; ``constraints`` what their choice has to keep to.
        ``replaces`` names a hold of the same owner that this one takes the place of. With
        ``alternatives`` the answer, accepted or refused, tells what could serve short lines.
        Refused ``insufficient_stock``, ``constraints_unmet`` and ``capacity_exhausted``
        (``all_or_nothing``), ``warehouse_closed``, ``invalid_constraints``, ``unknown_policy``,
        ``unknown_sku``, ``unknown_warehouse``, ``unknown_pool``, ``version_conflict`` (with
        figures), ``wrong_owner``, ``request_id_reused`` and for what is out of range.
        """
        request = Reserve(
            tuple(lines),
            owner,
            id or new_id(),
            time_to_live,
            mode,
            policy,
            destination,
            ordered_at,
            replaces,
            constraints,
            alternatives,
        )
        return self.call(request)

    def commit(
        self,
        reservation: bytes,
        items: Iterable[Item] = (),
        *,
        fulfil: bool = False,
        request: bytes | None = None,
    ) -> Reservation:
        """Makes held units an order's own: those of ``items``, or all of them.

        With ``fulfil`` they leave the warehouse at once. Refused ``hold_expired``, ``wrong_state``,
        ``insufficient_units``, ``unknown_line``, ``stock_lost`` (with the missing units; the hold
        stays), ``negative_on_hand``, ``too_many_changes``, ``unknown_reservation``.
        """
        return self.call(Commit(reservation, tuple(items), request or new_id(), fulfil))

    def release(
        self, reservation: bytes, items: Iterable[Item] = (), *, request: bytes | None = None
    ) -> Reservation:
        """Gives held units back. Refused as ``commit`` is."""
        return self.call(Release(reservation, tuple(items), request or new_id()))

    def fulfil(
        self, reservation: bytes, items: Iterable[Item] = (), *, request: bytes | None = None
    ) -> Reservation:
        """Committed units leave: on hand falls. ``negative_on_hand`` where they aren't there."""
        return self.call(Fulfil(reservation, tuple(items), request or new_id()))

    def cancel(
        self, reservation: bytes, items: Iterable[Item] = (), *, request: bytes | None = None
    ) -> Reservation:
        """Frees committed units."""
        return self.call(Cancel(reservation, tuple(items), request or new_id()))

    def extend(
        self,
        reservation: bytes,
        time_to_live: int = 0,
        *,
        reason: ExtendReason = ExtendReason.SHOPPER,
        request: bytes | None = None,
    ) -> Reservation:
        """Lets a hold live until now + ``time_to_live`` milliseconds, if that is later.

        A payment that is pending freezes it: once, refused ``frozen_before`` after that, for ten
        minutes at most, and beyond the server's cap.
        """
        return self.call(Extend(reservation, time_to_live, request or new_id(), reason))

    def hold_again(
        self, reservation: bytes, *, owner: bytes, id: bytes, time_to_live: int = 0
    ) -> HeldReservation:
        """Holds again what an older hold held, in case it has expired: all of it, or nothing.

        The answer names the hold that is there to be committed: the older one where it is still
        held, else the one that ``id`` becomes. Derive ``id`` from the order, so that whoever asks
        again asks with the same. Refused as ``reserve`` is where the units are gone,
        ``wrong_state`` where the older one was committed or released, ``wrong_owner``,
        ``unknown_reservation``.
        """
        return self.call(HoldAgain(reservation, owner, id, time_to_live))

    def source(self, reserve: Reserve) -> SourcingReport:
        """What plan a reserve would get, and all that it was chosen from; nothing is held.

        The reserve's id, owner and time to live don't matter. Where no plan would be accepted the
        report's ``outcome`` says why; an order that makes no sense is refused as by ``reserve``.
        """
        return self.call(Source(reserve))

    def reroute(self, reservation: bytes, *, request: bytes | None = None) -> Reservation:
        """Moves a hold's units away from warehouses that aren't online: all of them or none.

        LSN 0 where there was nothing to move. Refused ``insufficient_stock``,
        ``constraints_unmet``, ``capacity_exhausted`` or ``warehouse_closed`` (a fixed one) with the
        line that finds no place; ``wrong_state``, ``hold_expired``, ``unknown_reservation``.
        """
        return self.call(Reroute(reservation, request or new_id()))

    def show(self, reservation: bytes) -> ReservationReport:
        """A reservation as it is now. Refused ``unknown_reservation``."""
        return self.call(Show(reservation))

    def owner_show(
        self, owner: bytes, *, limit: int = 256, with_closed: bool = False
    ) -> OwnerReport:
        """The reservations of an owner, newest first; ``limit`` is 1–256."""
        return self.call(OwnerShow(owner, limit, with_closed))

    def stock_write(
        self,
        cause: StockCause,
        rows: Iterable[StockRow],
        *,
        reason: str = "",
        id: bytes | None = None,
    ) -> WriteReceipt:
        """Changes stock: all rows or none. ``reason`` (64 bytes at most) is for the audit trail."""
        return self.call(StockWrite(cause, tuple(rows), reason, id or new_id()))

    def stock_show(self, sku: str) -> StockReport:
        """All cells of a SKU. Refused ``unknown_sku``."""
        return self.call(StockShow(sku))

    def stock_list(self, cursor: int = 0, *, limit: int = 1_000) -> StockPage:
        """A page of all stock, about ``limit`` (1 … 4,096) cells. Go on until ``next_cursor`` is
        None; a page may be empty and not the last."""
        return self.call(StockList(cursor, limit))

    def sku_write(self, rows: Iterable[SkuRow], *, id: bytes | None = None) -> WriteReceipt:
        """Sets what SKUs weigh, and makes those that aren't known."""
        return self.call(SkuWrite(tuple(rows), id or new_id()))

    def availability(
        self,
        skus: Iterable[str],
        *,
        warehouses: Iterable[str] = (),
        pools: Iterable[str] = (),
        owner: bytes | None = None,
    ) -> tuple[SkuAvailability, ...]:
        """What a reservation could take now, for each SKU in the order asked.

        All warehouses unless some are named, and the pool ``default`` unless others are. Units that
        ``owner`` holds count as free.
        """
        request = Availability(tuple(skus), tuple(warehouses), tuple(pools), owner)
        return self.call(request)

    def stock_holds(
        self, sku: str, *, warehouse: str | None = None, limit: int = 1_024
    ) -> HoldersReport:
        """The open reservations with units of a SKU, oldest first; ``limit`` is 1–1,024."""
        return self.call(StockHolds(sku, warehouse, limit))

    def warehouse_write(
        self, rows: Iterable[Warehouse], *, id: bytes | None = None
    ) -> WriteReceipt:
        """Makes warehouses, or makes them what they are from now on: all rows or none."""
        return self.call(WarehouseWrite(tuple(rows), id or new_id()))

    def warehouse_list(self) -> tuple[Warehouse, ...]:
        """All warehouses."""
        return self.call(WarehouseList())

    def warehouse_set_state(
        self, code: str, state: WarehouseState, *, id: bytes | None = None
    ) -> WriteReceipt:
        """Opens or closes a warehouse. Refused ``unknown_warehouse``."""
        return self.call(WarehouseSetState(code, state, id or new_id()))

    def warehouse_fill(self) -> tuple[WarehouseFill, ...]:
        """The sums over all cells of every warehouse. Sweeps all stock: for people."""
        return self.call(WarehouseFillShow())

    def policy_write(
        self, rows: Iterable[Policy], *, id: bytes | None = None
    ) -> WriteReceipt:
        """Defines policies by name, or replaces those whose name is known: all rows or none.

        Refused ``invalid_policy`` and ``too_many_policies``, with the row.
        """
        return self.call(PolicyWrite(tuple(rows), id or new_id()))

    def policy_list(self) -> tuple[Policy, ...]:
        """All policies with their numbers, those that are always there first."""
        return self.call(PolicyList())

    def rates_write(self, rows: Iterable[Rate], *, id: bytes | None = None) -> WriteReceipt:
        """Replaces the rate card; without a row it is empty afterwards.

        Refused ``invalid_rate`` and ``unknown_warehouse``, with the row.
        """
        return self.call(RatesWrite(tuple(rows), id or new_id()))

    def rates_list(self) -> tuple[Rate, ...]:
        """The rate card, in the order in which it was given."""
        return self.call(RatesList())

    def substitutes_write(
        self, rows: Iterable[SubstitutesRow], *, id: bytes | None = None
    ) -> WriteReceipt:
        """Says what may be offered in the place of SKUs: all rows or none.

        Refused ``invalid_substitute`` and ``unknown_sku``, with the row.
        """
        return self.call(SubstitutesWrite(tuple(rows), id or new_id()))

    def substitutes_list(
        self, cursor: int = 0, *, limit: int = 1_024, sku: str | None = None
    ) -> SubstitutesPage:
        """The substitutes of ``sku``, or a page of all SKUs that have some; ``limit`` is 1–1,024.

        Go on until ``next_cursor`` is None; a page may be empty and not the last.
        """
        return self.call(SubstitutesList(cursor, limit, sku))

    def reroute_start(self, warehouse: str) -> RerouteReport:
        """Begins to move all held units away from a warehouse; the server goes on by itself.

        What is under way goes on. Refused ``unknown_warehouse``, ``warehouse_online``.
        """
        return self.call(RerouteStart(warehouse))

    def reroute_status(self, warehouse: str) -> RerouteReport:
        """How that goes, or what came of it last. Refused ``unknown_warehouse``."""
        return self.call(RerouteStatus(warehouse))

    def stats(self) -> dict[str, int]:
        """Counters and gauges of the server by name. Also keeps an idle connection open."""
        return self.call(Stats())

    def check(self) -> CheckReport:
        """Sweeps every invariant. The server answers nobody else meanwhile."""
        return self.call(Check())

    def check_start(self) -> ImageCheckReport:
        """Begins to check every invariant on an image of the state, beside all traffic."""
        return self.call(CheckStart())

    def check_status(self) -> ImageCheckReport:
        """How that goes, or what the last one since the server started found."""
        return self.call(CheckStatus())

    def snapshot_start(self) -> SnapshotReport:
        """Begins to take a snapshot beside all traffic; one that is under way goes on."""
        return self.call(SnapshotStart())

    def snapshot_status(self) -> SnapshotReport:
        """How that goes, or what came of the last one since the server started."""
        return self.call(SnapshotStatus())

    def snapshot_list(self) -> tuple[SnapshotEntry, ...]:
        """The snapshots that the server keeps, the newest first. Refused ``file_unreadable``."""
        return self.call(SnapshotList())

    def backup_start(self) -> BackupPlan:
        """Says what a backup copies; the server keeps these files for the plan's lease.

        Refused ``too_many_backups``, ``file_unreadable``.
        """
        return self.call(BackupStart())

    def backup_read(self, token: int, file: int, offset: int, size_bytes: int) -> bytes:
        """Bytes of a file of the plan, 1 to 524,288, and a new lease; fewer at the file's end.

        Refused ``unknown_backup``, ``file_unreadable``.
        """
        return self.call(BackupRead(token, file, offset, size_bytes))

    def backup_end(self, token: int) -> None:
        """Says that a backup has all it wants. Refused ``unknown_backup``."""
        return self.call(BackupEnd(token))

    def sale_write(
        self, rows: Iterable[SaleChange], *, id: bytes | None = None
    ) -> WriteReceipt:
        """Defines, opens, closes or forgets sales: all rows or none.

        Rules replace those that the sale had; what its owners have of it stays. Refused
        ``invalid_sale``, ``unknown_sale``, ``sale_in_use`` and ``too_many_sales``, with the row.
        """
        return self.call(SaleWrite(tuple(rows), id or new_id()))

    def sale_list(self) -> SaleList:
        """All sales, and the server's instant, which says whether each of them sells."""
        return self.call(SaleListShow())

    def sale_status(self, pool: str) -> SaleStatus:
        """What became of a sale so far. Looks at all its SKUs: ask once a second, at most.

        Refused ``unknown_sale``.
        """
        return self.call(SaleStatusShow(pool))

    def sale_report(self, pool: str, *, limit: int = 10) -> SaleOverview:
        """What became of a sale, and who got what share of it; ``limit`` owners, 0–1,024.

        Refused ``unknown_sale``.
        """
        return self.call(SaleReportShow(pool, limit))

    def fence(
        self,
        rows: Iterable[FenceRow],
        *,
        taking: str,
        giving: str = DEFAULT_POOL,
        reason: str = "",
        id: bytes | None = None,
    ) -> WriteReceipt:
        """Moves units of many SKUs from one pool to another: all rows or none, in one movement.

        Up to 16,384 rows. Refused, with the row: ``insufficient_stock`` where fewer are free,
        ``unknown_sku``, ``unknown_warehouse``, ``unknown_cell``.
        """
        return self.call(Fence(tuple(rows), giving, taking, reason, id or new_id()))
