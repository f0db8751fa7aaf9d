"""Requests about stock and SKUs."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from holdfast.ids import new_id
from holdfast.messages.base import Operation, Request
from holdfast.messages.members import member
from holdfast.messages.writes import WriteRequest
from holdfast.stock import (
    AvailableCell,
    Cell,
    Holder,
    HoldersReport,
    SkuAvailability,
    SkuRow,
    StockPage,
    StockReport,
    StockRow,
)
from holdfast.values import StockCause, WarehouseState
from holdfast.wire import (
    TEXT_BYTES_MAX,
    Reader,
    Writer,
    ascii_bytes,
    pool_bytes,
)

_SAFETY_STOCK, _BACKORDER_LIMIT, _EXPECTED_VERSION, _DIFFERENCE = 1, 2, 4, 8
_OWNER = 1
_NO_CURSOR = 0xFFFF_FFFF


@dataclass(frozen=True)
class StockWrite(WriteRequest):
    """A change of stock: all rows or none, 1–1,024 of them, no two of the same cell."""

    operation: ClassVar[Operation] = Operation.STOCK_WRITE

    cause: StockCause
    rows: tuple[StockRow, ...]
    reason: str = ""
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        reason = self.reason.encode("utf-8")
        writer.id(self.id)
        writer.u8(self.cause)
        writer.u8(len(reason))
        writer.u16(len(self.rows))
        writer.zeros(4)
        writer.raw(reason)
        for row in self.rows:
            _write_row(row, writer)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id, cause = reader.id(), member(StockCause, reader.u8())
        size, count = reader.u8(), reader.u16()
        reader.zeros(4)
        reason = reader.people_text(size, TEXT_BYTES_MAX)
        return cls(cause, tuple(_read_row(reader) for _ in range(count)), reason, request_id)


def _write_row(row: StockRow, writer: Writer) -> None:
    names = (ascii_bytes(row.warehouse), ascii_bytes(row.sku), pool_bytes(row.pool))
    fields = _SAFETY_STOCK if row.safety_stock is not None else 0
    fields |= _BACKORDER_LIMIT if row.backorder_limit is not None else 0
    fields |= _EXPECTED_VERSION if row.expected_version is not None else 0
    writer.i64(row.units)
    writer.u8(fields | (_DIFFERENCE if row.is_difference else 0))
    for name in names:
        writer.u8(len(name))
    if row.safety_stock is not None:
        writer.i64(row.safety_stock)
    if row.backorder_limit is not None:
        writer.i64(row.backorder_limit)
    if row.expected_version is not None:
        writer.u64(row.expected_version)
    for name in names:
        writer.raw(name)


def _read_row(reader: Reader) -> StockRow:
    units = reader.i64()
    fields = reader.flags(_SAFETY_STOCK | _BACKORDER_LIMIT | _EXPECTED_VERSION | _DIFFERENCE)
    warehouse_size, sku_size, pool_size = reader.u8(), reader.u8(), reader.u8()
    safety_stock = reader.i64() if fields & _SAFETY_STOCK else None
    backorder_limit = reader.i64() if fields & _BACKORDER_LIMIT else None
    expected_version = reader.u64() if fields & _EXPECTED_VERSION else None
    return StockRow(
        reader.warehouse(warehouse_size),
        reader.sku(sku_size),
        units,
        reader.pool(pool_size),
        safety_stock,
        backorder_limit,
        expected_version,
        bool(fields & _DIFFERENCE),
    )


@dataclass(frozen=True)
class StockShow(Request[StockReport]):
    """All cells of a SKU."""

    operation: ClassVar[Operation] = Operation.STOCK_SHOW

    sku: str

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.name(self.sku)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls(reader.sku(reader.u8()))

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> StockReport:
        """See ``Request``."""
        return _read_report(reader)

    @staticmethod
    def write_answer(answer: StockReport, writer: Writer) -> None:
        """See ``Request``."""
        _write_report(answer, writer)


@dataclass(frozen=True)
class StockList(Request[StockPage]):
    """A page of all stock: from ``cursor`` on (0 first), about ``limit`` (1 … 4,096) cells."""

    operation: ClassVar[Operation] = Operation.STOCK_LIST

    cursor: int = 0
    limit: int = 1_000

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.u32(self.cursor)
        writer.u32(self.limit)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls(reader.u32(), reader.u32())

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> StockPage:
        """See ``Request``."""
        cursor, count = reader.u32(), reader.u32()
        reports = []
        for _ in range(count):
            reports.append(_read_report(reader))
        return StockPage(None if cursor == _NO_CURSOR else cursor, tuple(reports))

    @staticmethod
    def write_answer(answer: StockPage, writer: Writer) -> None:
        """See ``Request``."""
        writer.u32(_NO_CURSOR if answer.next_cursor is None else answer.next_cursor)
        writer.u32(len(answer.reports))
        for report in answer.reports:
            _write_report(report, writer)


def _read_report(reader: Reader) -> StockReport:
    version, count, size = reader.u64(), reader.u16(), reader.u8()
    reader.zeros(1)
    weight_grams, sku = reader.u32(), reader.sku(size)
    return StockReport(sku, version, weight_grams, tuple(_read_cell(reader) for _ in range(count)))


def _read_cell(reader: Reader) -> Cell:
    on_hand, reserved, committed, safety, backorder = (reader.i64() for _ in range(5))
    warehouse_size, pool_size = reader.u8(), reader.u8()
    warehouse, pool = reader.warehouse(warehouse_size), reader.pool(pool_size)
    return Cell(warehouse, pool, on_hand, reserved, committed, safety, backorder)


def _write_report(report: StockReport, writer: Writer) -> None:
    sku = ascii_bytes(report.sku)
    writer.u64(report.version)
    writer.u16(len(report.cells))
    writer.u8(len(sku))
    writer.zeros(1)
    writer.u32(report.weight_grams)
    writer.raw(sku)
    for cell in report.cells:
        code, pool = ascii_bytes(cell.warehouse), pool_bytes(cell.pool)
        for value in (cell.on_hand, cell.reserved, cell.committed, cell.safety_stock):
            writer.i64(value)
        writer.i64(cell.backorder_limit)
        writer.u8(len(code))
        writer.u8(len(pool))
        writer.raw(code + pool)


@dataclass(frozen=True)
class SkuWrite(WriteRequest):
    """Sets what SKUs weigh and makes those that aren't known: 1–1,024 rows, all or none."""

    operation: ClassVar[Operation] = Operation.SKU_WRITE

    rows: tuple[SkuRow, ...]
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.id)
        writer.zeros(2)
        writer.u16(len(self.rows))
        writer.zeros(4)
        for row in self.rows:
            writer.u32(row.weight_grams)
            writer.name(row.sku)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id = reader.id()
        reader.zeros(2)
        count = reader.u16()
        reader.zeros(4)
        return cls(tuple(_read_sku_row(reader) for _ in range(count)), request_id)


def _read_sku_row(reader: Reader) -> SkuRow:
    weight_grams = reader.u32()
    return SkuRow(reader.sku(reader.u8()), weight_grams)


@dataclass(frozen=True)
class Availability(Request[tuple[SkuAvailability, ...]]):
    """What a reservation could take now of 1–4,096 SKUs.

    ``warehouses`` (256 at most; none: all) and ``pools`` (8 at most; none: ``default``) narrow it.
    The units that ``owner`` holds count as free.
    """

    operation: ClassVar[Operation] = Operation.AVAILABILITY

    skus: tuple[str, ...]
    warehouses: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    owner: bytes | None = None

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(len(self.skus))
        writer.u16(len(self.warehouses))
        writer.u8(len(self.pools))
        writer.u8(_OWNER if self.owner is not None else 0)
        writer.zeros(2)
        if self.owner is not None:
            writer.id(self.owner)
        for code in self.warehouses:
            writer.name(code)
        for pool in self.pools:
            writer.sized(pool_bytes(pool))
        for sku in self.skus:
            writer.name(sku)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        sku_count, warehouse_count, pool_count = reader.u16(), reader.u16(), reader.u8()
        fields = reader.flags(_OWNER)
        reader.zeros(2)
        owner = reader.id() if fields & _OWNER else None
        warehouses = tuple(reader.warehouse(reader.u8()) for _ in range(warehouse_count))
        pools = tuple(reader.pool(reader.u8()) for _ in range(pool_count))
        skus = tuple(reader.sku(reader.u8()) for _ in range(sku_count))
        return cls(skus, warehouses, pools, owner)

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> tuple[SkuAvailability, ...]:
        """See ``Request``."""
        count = reader.u16()
        reader.zeros(2)
        return tuple(_read_availability(reader) for _ in range(count))

    @staticmethod
    def write_answer(answer: tuple[SkuAvailability, ...], writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(len(answer))
        writer.zeros(2)
        for one in answer:
            writer.u64(one.version)
            writer.i64(one.available)
            writer.u16(len(one.cells))
            for cell in one.cells:
                writer.i64(cell.available)
                writer.i64(cell.on_hand)
                writer.u8(cell.state)
                writer.name(cell.warehouse)


def _read_availability(reader: Reader) -> SkuAvailability:
    version, available, count = reader.u64(), reader.i64(), reader.u16()
    cells = tuple(_read_available_cell(reader) for _ in range(count))
    return SkuAvailability(version, available, cells)


def _read_available_cell(reader: Reader) -> AvailableCell:
    available, on_hand = reader.i64(), reader.i64()
    state = member(WarehouseState, reader.u8())
    return AvailableCell(reader.warehouse(reader.u8()), state, available, on_hand)


@dataclass(frozen=True)
class StockHolds(Request[HoldersReport]):
    """The open reservations with units of a SKU: 1–1,024 of them, oldest first.

    The server looks through all reservations for it.
    """

    operation: ClassVar[Operation] = Operation.STOCK_HOLDS

    sku: str
    warehouse: str | None = None
    limit: int = 1_024

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        sku, warehouse = ascii_bytes(self.sku), ascii_bytes(self.warehouse or "")
        writer.u16(self.limit)
        writer.u8(len(sku))
        writer.u8(len(warehouse))
        writer.raw(sku + warehouse)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        limit, sku_size, warehouse_size = reader.u16(), reader.u8(), reader.u8()
        sku = reader.sku(sku_size)
        return cls(sku, reader.warehouse(warehouse_size) if warehouse_size else None, limit)

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> HoldersReport:
        """See ``Request``."""
        total, count, held, committed = reader.u32(), reader.u32(), reader.u64(), reader.u64()
        holders = []
        for _ in range(count):
            holders.append(_read_holder(reader))
        return HoldersReport(total, held, committed, tuple(holders))

    @staticmethod
    def write_answer(answer: HoldersReport, writer: Writer) -> None:
        """See ``Request``."""
        writer.u32(answer.total)
        writer.u32(len(answer.holders))
        writer.u64(answer.held)
        writer.u64(answer.committed)
        for holder in answer.holders:
            writer.id(holder.reservation)
            writer.id(holder.owner)
            writer.i64(holder.expires_at)
            writer.u32(holder.held)
            writer.u32(holder.committed)


def _read_holder(reader: Reader) -> Holder:
    reservation, owner, expires_at = reader.id(), reader.id(), reader.instant()
    return Holder(reservation, owner, expires_at, reader.u32(), reader.u32())
