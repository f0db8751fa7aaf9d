"""Reads the state records of a snapshot, laid out as the head of ``StateRecord.swift`` says."""

from collections.abc import Callable

from holdfast.files.faults import Malformed
from holdfast.files.fields import Fields, chosen
from holdfast.files.movement_records import MINUTE_MILLISECONDS, NO_SKU
from holdfast.files.rows import take_constraints, take_policy, take_rate, take_warehouse
from holdfast.files.sales import take_sale, take_sale_part
from holdfast.files.state import (
    ActorsState,
    CellRow,
    Detail,
    FirstAnswer,
    NetworkState,
    RatesState,
    RememberedChange,
    ReservationStateRecord,
    SalesState,
    ShareEntry,
    ShareProgress,
    SharesState,
    SkuState,
    StateBody,
    StateKind,
    StateRecord,
    StoredLine,
    StoredShare,
    WarehousesState,
    WriteState,
)
from holdfast.values import Destination, ReservationState, ReserveMode

_SHORTFALL = 1
_MODE, _DETAIL, _DID_REPLACE, _DID_REST_EXPIRE, _CONSTRAINTS = 0x0F, 0x10, 0x20, 0x40, 0x80
_NO_POSITION = -(1 << 31)
_FIXED_WAREHOUSE = 1 << 31
_OF_SALE = 0x80
_ALL_SKUS, _OF_CLIENT = 0xFFFF_FFFF, 0xFFFF_FFFE


def read_state(record: bytes) -> StateRecord:
    """What a whole state record says. Raises ``Malformed``."""
    fields = Fields(record)
    if fields.u32() != len(record):
        raise Malformed(f"a record of {len(record)} bytes says another size")
    number, byte, half, lsn = fields.u8(), fields.u8(), fields.u16(), fields.u64()
    kind = chosen(StateKind, number)
    if byte != 0 and kind not in (StateKind.SKU, StateKind.RESERVATION):
        raise Malformed(f"the state of {kind.label} has flags {byte:#x}")
    body = _READERS[kind](fields, byte, half)
    fields.finish()
    return StateRecord(kind, lsn, body)


def _take_network(fields: Fields, _: int, pool_count: int) -> NetworkState:
    instant, policy_count = fields.i64(), fields.u16()
    fields.zeros(6)
    return NetworkState(
        instant=instant,
        pools=tuple(fields.name(16) for _ in range(pool_count)),
        policies=tuple(take_policy(fields) for _ in range(policy_count)),
    )


def _take_warehouses(fields: Fields, _: int, count: int) -> WarehousesState:
    return WarehousesState(tuple(take_warehouse(fields) for _ in range(count)))


def _take_rates(fields: Fields, _: int, count: int) -> RatesState:
    return RatesState(tuple(take_rate(fields) for _ in range(count)))


def _take_actors(fields: Fields, _: int, count: int) -> ActorsState:
    first = fields.u16()
    fields.zeros(6)
    instant = fields.i64()
    return ActorsState(instant, first, tuple(fields.text(fields.u8()) for _ in range(count)))


def _take_sku(fields: Fields, flags: int, cell_count: int) -> SkuState:
    version, number, weight = fields.u64(), fields.u32(), fields.u32()
    name_size, substitute_count = fields.u8(), fields.u8()
    fields.zeros(6)
    return SkuState(
        number=number,
        name=fields.text(name_size, alignment=8),
        version=version,
        weight=weight,
        has_shortfall=bool(flags & _SHORTFALL),
        cells=tuple(_take_cell(fields) for _ in range(cell_count)),
        substitutes=tuple(fields.u32() for _ in range(substitute_count)),
    )


def _take_cell(fields: Fields) -> CellRow:
    return CellRow(
        warehouse=fields.u16(),
        pool=fields.u16(),
        on_hand=fields.i32(),
        reserved=fields.i32(),
        committed=fields.i32(),
        safety_stock=fields.i32(),
        backorder_limit=fields.i32(),
    )


def _take_reservation(fields: Fields, state: int, half: int) -> ReservationStateRecord:
    flags, policy = half & 0xFF, half >> 8
    reservation, owner, digest, lsn = fields.raw(16), fields.raw(16), fields.u64(), fields.u64()
    due, expires_at, held_milliseconds = fields.i64(), fields.i64(), fields.u32()
    promised_minute = fields.u32()
    latitude, longitude, region = fields.i32(), fields.i32(), fields.name(8)
    line_count, share_count = fields.u16(), fields.u16()
    change_count, constraints_size = fields.u16(), fields.u16()
    has_constraints = bool(flags & _CONSTRAINTS)
    if has_constraints != (constraints_size > 0):
        raise Malformed(f"a reservation has constraints of {constraints_size} bytes")
    lines = tuple(_take_line(fields) for _ in range(line_count))
    shares = tuple(_take_share(fields) for _ in range(share_count))
    if sum(line.share_count for line in lines) != share_count:
        raise Malformed(f"the lines of a reservation don't have {share_count} shares together")
    has_detail = bool(flags & _DETAIL)
    detail = _take_detail(fields, line_count, share_count, change_count) if has_detail else None
    fields.pad()
    constraints = take_constraints(fields) if has_constraints else None
    sale = None
    if state & _OF_SALE:
        sale = take_sale_part(fields)
        fields.zeros(4)
    return ReservationStateRecord(
        id=reservation,
        owner=owner,
        digest=digest,
        lsn=lsn,
        state=chosen(ReservationState, state & ~_OF_SALE),
        mode=chosen(ReserveMode, flags & _MODE),
        policy=policy,
        did_replace=bool(flags & _DID_REPLACE),
        did_rest_expire=bool(flags & _DID_REST_EXPIRE),
        due=due,
        expires_at=expires_at,
        held_milliseconds=held_milliseconds,
        promised_at=promised_minute * MINUTE_MILLISECONDS or None,
        destination=(
            None if latitude == _NO_POSITION else Destination(latitude, longitude, region or None)
        ),
        lines=lines,
        shares=shares,
        detail=detail,
        constraints=constraints,
        sale=sale,
    )


def _take_line(fields: Fields) -> StoredLine:
    sku, requested, share_count = fields.u32(), fields.u32(), fields.u32()
    return StoredLine(
        sku=None if sku == NO_SKU else sku,
        requested=requested & ~_FIXED_WAREHOUSE,
        is_fixed=bool(requested & _FIXED_WAREHOUSE),
        share_count=share_count,
    )


def _take_share(fields: Fields) -> StoredShare:
    return StoredShare(fields.u16(), fields.u16(), fields.u32())


def _take_detail(fields: Fields, lines: int, shares: int, changes: int) -> Detail:
    fields.pad()
    expires_at_first, extension, answered = fields.i64(), _take_change(fields), fields.u32()
    fields.zeros(4)
    return Detail(
        expires_at_first=expires_at_first,
        extension=extension if extension.lsn else None,
        progress=tuple(_take_progress(fields) for _ in range(shares)),
        changes=tuple(_take_change(fields) for _ in range(changes)),
        first_answer=_take_first_answer(fields, lines, answered - 1) if answered else None,
    )


def _take_progress(fields: Fields) -> ShareProgress:
    return ShareProgress(fields.u32(), fields.u32(), fields.u32(), fields.u32(), fields.u32())


def _take_change(fields: Fields) -> RememberedChange:
    return RememberedChange(fields.raw(16), fields.u64(), fields.u64())


def _take_first_answer(fields: Fields, lines: int, shares: int) -> FirstAnswer:
    return FirstAnswer(
        promised_at=fields.u32() * MINUTE_MILLISECONDS or None,
        share_counts=tuple(fields.u32() for _ in range(lines)),
        shares=tuple((_take_share(fields), fields.u32()) for _ in range(shares)),
    )


def _take_write(fields: Fields, _: int, half: int) -> WriteState:
    if half != 0:
        raise Malformed("bytes that should be zero aren't")
    return WriteState(
        request=fields.raw(16),
        digest=fields.u64(),
        lsn=fields.u64(),
        due=fields.i64(),
        on_hand=fields.i64(),
        available=fields.i64(),
        version=fields.u64(),
        rows=fields.u32(),
        shortfalls=fields.u32(),
    )


def _take_sales(fields: Fields, _: int, count: int) -> SalesState:
    next_number = fields.u32()
    fields.zeros(4)
    return SalesState(next_number, tuple(take_sale(fields) for _ in range(count)))


def _take_shares(fields: Fields, _: int, count: int) -> SharesState:
    return SharesState(tuple(_take_entry(fields) for _ in range(count)))


def _take_entry(fields: Fields) -> ShareEntry:
    owner, sale, sku = fields.raw(16), fields.u32(), fields.u32()
    is_of_client = sku == _OF_CLIENT
    return ShareEntry(
        owner=None if is_of_client else owner,
        client=int.from_bytes(owner[:2], "little") if is_of_client else None,
        sale=sale,
        sku=None if sku in (_ALL_SKUS, _OF_CLIENT) else sku,
        open_units=fields.u64(),
        fulfilled_units=fields.u64(),
        window_units=fields.u64(),
        window=fields.u32(),
        holds=fields.u32(),
        committed_holds=fields.u32(),
        open_holds=fields.u32(),
    )


_READERS: dict[int, Callable[[Fields, int, int], StateBody]] = {
    StateKind.NETWORK: _take_network,
    StateKind.WAREHOUSES: _take_warehouses,
    StateKind.RATES: _take_rates,
    StateKind.ACTORS: _take_actors,
    StateKind.SKU: _take_sku,
    StateKind.RESERVATION: _take_reservation,
    StateKind.WRITE: _take_write,
    StateKind.SALES: _take_sales,
    StateKind.SHARES: _take_shares,
}
