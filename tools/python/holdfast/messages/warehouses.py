"""Requests about warehouses."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from holdfast.ids import new_id
from holdfast.messages.base import Operation, Request
from holdfast.messages.members import member
from holdfast.messages.writes import WriteRequest
from holdfast.stock import Warehouse, WarehouseFill
from holdfast.values import WarehouseState
from holdfast.wire import TEXT_BYTES_MAX, Reader, Writer, ascii_bytes

_ANY_CAPACITY = 0xFFFF_FFFF


@dataclass(frozen=True)
class WarehouseWrite(WriteRequest):
    """Makes warehouses, or makes them what they are from now on: 1–1,024, all or none."""

    operation: ClassVar[Operation] = Operation.WAREHOUSE_WRITE

    rows: tuple[Warehouse, ...]
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.id)
        writer.zeros(2)
        writer.u16(len(self.rows))
        writer.zeros(4)
        for row in self.rows:
            _write_warehouse(row, writer)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id = reader.id()
        reader.zeros(2)
        count = reader.u16()
        reader.zeros(4)
        return cls(tuple(_read_warehouse(reader) for _ in range(count)), request_id)


@dataclass(frozen=True)
class WarehouseList(Request[tuple[Warehouse, ...]]):
    """All warehouses."""

    operation: ClassVar[Operation] = Operation.WAREHOUSE_LIST

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> tuple[Warehouse, ...]:
        """See ``Request``."""
        return tuple(_read_warehouse(reader) for _ in range(reader.u16()))

    @staticmethod
    def write_answer(answer: tuple[Warehouse, ...], writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(len(answer))
        for warehouse in answer:
            _write_warehouse(warehouse, writer)


def _write_warehouse(warehouse: Warehouse, writer: Writer) -> None:
    code, city = ascii_bytes(warehouse.code), warehouse.city.encode("utf-8")
    writer.i32(warehouse.latitude)
    writer.i32(warehouse.longitude)
    writer.i32(warehouse.priority)
    writer.u16(warehouse.handling_hours)
    writer.u8(warehouse.cutoff_hour)
    writer.u8(warehouse.state)
    writer.i64(warehouse.shipment_cost)
    writer.i64(warehouse.unit_cost)
    writer.i64(warehouse.kilometre_cost)
    writer.u32(_ANY_CAPACITY if warehouse.capacity is None else warehouse.capacity)
    writer.i16(warehouse.utc_offset)
    writer.u8(warehouse.closed_weekdays)
    writer.u8(len(warehouse.regions))
    writer.u8(len(code))
    writer.u8(len(city))
    writer.raw(code + city)
    for region in warehouse.regions:
        writer.region(region)


def _read_warehouse(reader: Reader) -> Warehouse:
    latitude, longitude, priority = reader.i32(), reader.i32(), reader.i32()
    handling_hours, cutoff_hour = reader.u16(), reader.u8()
    state = member(WarehouseState, reader.u8())
    shipment_cost, unit_cost, kilometre_cost = reader.i64(), reader.i64(), reader.i64()
    capacity, utc_offset, closed_weekdays = reader.u32(), reader.i16(), reader.u8()
    region_count, code_size, city_size = reader.u8(), reader.u8(), reader.u8()
    return Warehouse(
        reader.warehouse(code_size),
        latitude,
        longitude,
        reader.people_text(city_size, TEXT_BYTES_MAX),
        priority,
        handling_hours,
        cutoff_hour,
        state,
        shipment_cost,
        unit_cost,
        kilometre_cost,
        None if capacity == _ANY_CAPACITY else capacity,
        utc_offset,
        closed_weekdays,
        tuple(reader.region() for _ in range(region_count)),
    )


@dataclass(frozen=True)
class WarehouseSetState(WriteRequest):
    """Opens a warehouse or closes it. Units held there can still be committed."""

    operation: ClassVar[Operation] = Operation.WAREHOUSE_SET_STATE

    code: str
    state: WarehouseState
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.id)
        writer.u8(self.state)
        writer.name(self.code)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id, state = reader.id(), member(WarehouseState, reader.u8())
        return cls(reader.warehouse(reader.u8()), state, request_id)


@dataclass(frozen=True)
class WarehouseFillShow(Request[tuple[WarehouseFill, ...]]):
    """The sums over the cells of every warehouse. Sweeps all stock: for people."""

    operation: ClassVar[Operation] = Operation.WAREHOUSE_FILL

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> tuple[WarehouseFill, ...]:
        """See ``Request``."""
        return tuple(_read_fill(reader) for _ in range(reader.u16()))

    @staticmethod
    def write_answer(answer: tuple[WarehouseFill, ...], writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(len(answer))
        for fill in answer:
            writer.u64(fill.cells)
            for value in (fill.on_hand, fill.reserved, fill.committed, fill.safety_stock):
                writer.i64(value)
            writer.i64(fill.backorder_limit)
            writer.u64(fill.open_shipments)
            writer.u32(_ANY_CAPACITY if fill.capacity is None else fill.capacity)
            writer.u8(fill.state)
            writer.name(fill.code)


def _read_fill(reader: Reader) -> WarehouseFill:
    cells, on_hand, reserved, committed = reader.u64(), reader.i64(), reader.i64(), reader.i64()
    safety_stock, backorder_limit = reader.i64(), reader.i64()
    open_shipments, capacity = reader.u64(), reader.u32()
    state, code = member(WarehouseState, reader.u8()), reader.warehouse(reader.u8())
    return WarehouseFill(
        code,
        state,
        cells,
        on_hand,
        reserved,
        committed,
        safety_stock,
        backorder_limit,
        open_shipments,
        None if capacity == _ANY_CAPACITY else capacity,
    )
