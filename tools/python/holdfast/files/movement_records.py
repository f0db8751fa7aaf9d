"""Reads the records of the log, laid out as the head of ``MovementRecord.swift`` says."""

from collections.abc import Callable

from holdfast.files.faults import Malformed
from holdfast.files.fields import Fields, chosen
from holdfast.files.movements import (
    ActorNamed,
    Body,
    Changed,
    Extended,
    Forgotten,
    LineRow,
    MovedUnits,
    Movement,
    MovementKind,
    PoliciesChanged,
    RatesChanged,
    Replacement,
    Rerouted,
    Reserved,
    SalesChanged,
    ShareRow,
    SkuChange,
    SkusChanged,
    StockChange,
    StockChanged,
    SubstitutesChanged,
    UnitChange,
    WarehousesChanged,
)
from holdfast.files.rows import take_constraints, take_policy, take_rate, take_warehouse
from holdfast.files.sales import take_sale, take_sale_part
from holdfast.values import Destination, ReserveMode, StockCause

NO_SKU = 0xFFFF_FFFF
"""The number of a SKU that nobody knew: a line without shares."""

MINUTE_MILLISECONDS = 60_000
"""Promises are whole minutes, instants milliseconds."""

_FIRST_TOUCH, _NEW_SKU, _FIXED_WAREHOUSE, _NEW_CELL, _SHORTFALL = 1, 2, 2, 4, 8
_FIRST_TOUCH_OF_POOL, _WERE_HELD, _POOL_NUMBER = 0x8000, 0x4000, 0x3FFF
_HAS_DESTINATION, _HAS_BACKORDERED, _HAS_PROMISE, _HAS_CONSTRAINTS = 1, 2, 4, 8
_HAS_SALE, _REPLACED_SALE = 16, 32
_IS_PART, _IS_OF_SALE = 1, 2
_IS_REMEMBERED, _IS_PROMISED = 1, 2
_LINE_FLAGS = _FIRST_TOUCH | _FIXED_WAREHOUSE
_HOLD_FLAGS = (
    _HAS_DESTINATION
    | _HAS_BACKORDERED
    | _HAS_PROMISE
    | _HAS_CONSTRAINTS
    | _HAS_SALE
    | _REPLACED_SALE
)
_STOCK_FLAGS = _FIRST_TOUCH | _NEW_SKU | _NEW_CELL | _SHORTFALL


def read_movement(record: bytes, lsn: int) -> Movement:
    """The movement of a whole record. Raises ``Malformed``."""
    fields = Fields(record)
    if fields.u32() != len(record):
        raise Malformed(f"a record of {len(record)} bytes says another size")
    number, cause, actor = fields.u8(), fields.u8(), fields.u16()
    kind = chosen(MovementKind, number)
    instant, request = fields.i64(), fields.raw(16)
    is_of_stock = kind is MovementKind.STOCK_CHANGED
    if cause != 0 and not is_of_stock:
        raise Malformed(f"{kind.label} has cause {cause}")
    body = _READERS[kind](fields)
    fields.finish()
    return Movement(
        lsn=lsn,
        kind=kind,
        cause=chosen(StockCause, cause) if is_of_stock else None,
        actor=actor,
        instant=instant,
        request=request,
        body=body,
    )


def _take_reserved(fields: Fields) -> Reserved:
    return _take_hold(fields, is_replacement=False)


def _take_replaced(fields: Fields) -> Reserved:
    return _take_hold(fields, is_replacement=True)


def _take_hold(fields: Fields, *, is_replacement: bool) -> Reserved:
    owner, digest, milliseconds_to_live = fields.raw(16), fields.u64(), fields.u32()
    line_count, share_count = fields.u16(), fields.u16()
    mode, policy, flags = fields.u8(), fields.u8(), fields.flags(_HOLD_FLAGS)
    fields.zeros(1)
    destination = _take_destination(fields) if flags & _HAS_DESTINATION else None
    promised_at = fields.u32() * MINUTE_MILLISECONDS if flags & _HAS_PROMISE else None
    constraints = take_constraints(fields) if flags & _HAS_CONSTRAINTS else None
    sale = take_sale_part(fields) if flags & _HAS_SALE else None
    replacement = None
    if flags & _REPLACED_SALE and not is_replacement:
        raise Malformed("a hold replaces none, and yet one of a sale")
    if is_replacement:
        old, held_since, count = fields.raw(16), fields.i64(), fields.u32()
        changes = tuple(_take_change(fields, is_part=False) for _ in range(count))
        old_sale = take_sale_part(fields) if flags & _REPLACED_SALE else None
        replacement = Replacement(old, held_since, changes, old_sale)
    return Reserved(
        owner=owner,
        digest=digest,
        milliseconds_to_live=milliseconds_to_live,
        mode=chosen(ReserveMode, mode),
        policy=policy,
        destination=destination,
        promised_at=promised_at,
        constraints=constraints,
        replacement=replacement,
        lines=_take_lines(fields, line_count, share_count, bool(flags & _HAS_BACKORDERED)),
        sale=sale,
    )


def _take_destination(fields: Fields) -> Destination:
    latitude, longitude = fields.i32(), fields.i32()
    return Destination(latitude, longitude, fields.name(8) or None)


def _take_lines(
    fields: Fields, line_count: int, share_count: int, has_backordered: bool
) -> tuple[LineRow, ...]:
    heads = []
    for _ in range(line_count):
        heads.append((fields.u32(), fields.u32(), fields.u16(), fields.flags(_LINE_FLAGS)))
        fields.zeros(1)
    if sum(count for _, _, count, _ in heads) != share_count:
        raise Malformed(f"the lines of a hold don't have {share_count} shares together")
    shares = [(fields.u16(), fields.u16(), fields.u32()) for _ in range(share_count)]
    backordered = [fields.u32() if has_backordered else 0 for _ in range(share_count)]
    rows = iter(ShareRow(*share, units) for share, units in zip(shares, backordered, strict=True))
    return tuple(
        LineRow(
            sku=None if sku == NO_SKU else sku,
            requested=requested,
            is_first_touch=bool(flags & _FIRST_TOUCH),
            is_fixed=bool(flags & _FIXED_WAREHOUSE),
            shares=tuple(next(rows) for _ in range(count)),
        )
        for sku, requested, count, flags in heads
    )


def _take_change(fields: Fields, *, is_part: bool) -> UnitChange:
    sku, warehouse, pool, units = fields.u32(), fields.u16(), fields.u16(), fields.u32()
    return UnitChange(
        sku=sku,
        warehouse=warehouse,
        pool=pool & _POOL_NUMBER,
        units=units,
        is_first_touch=bool(pool & _FIRST_TOUCH_OF_POOL),
        were_held=bool(pool & _WERE_HELD),
        share=fields.u32() if is_part else None,
    )


def _take_changed(fields: Fields) -> Changed:
    reservation, count = fields.raw(16), fields.u16()
    flags = fields.flags(_IS_PART | _IS_OF_SALE)
    fields.zeros(1)
    is_part = bool(flags & _IS_PART)
    digest = fields.u64() if is_part else None
    changes = tuple(_take_change(fields, is_part=is_part) for _ in range(count))
    if not flags & _IS_OF_SALE:
        return Changed(reservation, digest, changes)
    owner = fields.raw(16)
    return Changed(reservation, digest, changes, owner, take_sale_part(fields))


def _take_extended(fields: Fields) -> Extended:
    return Extended(fields.raw(16), fields.u64(), fields.i64())


def _take_stock(fields: Fields) -> StockChanged:
    digest, row_count, shortfalls = fields.u64(), fields.u32(), fields.u32()
    on_hand, available, version = fields.i64(), fields.i64(), fields.u64()
    request_rows, pool_count, reason_size = fields.u32(), fields.u16(), fields.u8()
    fields.zeros(1)
    reason = fields.text(reason_size, alignment=8)
    pools = []
    for _ in range(pool_count):
        number = fields.u16()
        fields.zeros(6)
        pools.append((number, fields.name(16)))
    return StockChanged(
        digest=digest,
        shortfalls=shortfalls,
        on_hand=on_hand,
        available=available,
        version=version,
        request_rows=request_rows,
        reason=reason,
        pools=tuple(pools),
        rows=tuple(_take_stock_row(fields) for _ in range(row_count)),
    )


def _take_stock_row(fields: Fields) -> StockChange:
    sku, warehouse, pool = fields.u32(), fields.u16(), fields.u16()
    on_hand, safety_stock, backorder_limit = fields.i32(), fields.i32(), fields.i32()
    flags, new_name = _take_flags_and_name(fields, _STOCK_FLAGS)
    return StockChange(
        sku=sku,
        warehouse=warehouse,
        pool=pool,
        on_hand=on_hand,
        safety_stock=safety_stock,
        backorder_limit=backorder_limit,
        is_first_touch=bool(flags & _FIRST_TOUCH),
        is_new_cell=bool(flags & _NEW_CELL),
        has_shortfall=bool(flags & _SHORTFALL),
        new_name=new_name,
    )


def _take_flags_and_name(fields: Fields, known: int) -> tuple[int, str | None]:
    """The end of a row: its flags and, of a new SKU, the name."""
    flags, name_size = fields.flags(known), fields.u8()
    fields.zeros(2)
    return flags, fields.text(name_size, alignment=4) if flags & _NEW_SKU else None


def _take_skus(fields: Fields) -> SkusChanged:
    digest, count = _take_digest_and_count(fields)
    version = fields.u64()
    rows = []
    for _ in range(count):
        sku, weight = fields.u32(), fields.u32()
        rows.append(SkuChange(sku, weight, _take_flags_and_name(fields, _NEW_SKU)[1]))
    return SkusChanged(digest, version, tuple(rows))


def _take_digest_and_count(fields: Fields) -> tuple[int, int]:
    digest, count = fields.u64(), fields.u32()
    fields.zeros(4)
    return digest, count


def _take_warehouses(fields: Fields) -> WarehousesChanged:
    digest, count = _take_digest_and_count(fields)
    return WarehousesChanged(digest, tuple(take_warehouse(fields) for _ in range(count)))


def _take_policies(fields: Fields) -> PoliciesChanged:
    digest, count = _take_digest_and_count(fields)
    return PoliciesChanged(digest, tuple(take_policy(fields) for _ in range(count)))


def _take_rates(fields: Fields) -> RatesChanged:
    digest, count = _take_digest_and_count(fields)
    return RatesChanged(digest, tuple(take_rate(fields) for _ in range(count)))


def _take_substitutes(fields: Fields) -> SubstitutesChanged:
    digest, count = _take_digest_and_count(fields)
    version = fields.u64()
    rows = []
    for _ in range(count):
        sku, others = fields.u32(), fields.u32()
        rows.append((sku, tuple(fields.u32() for _ in range(others))))
    return SubstitutesChanged(digest, version, tuple(rows))


def _take_sales(fields: Fields) -> SalesChanged:
    digest, count = _take_digest_and_count(fields)
    return SalesChanged(digest, tuple(take_sale(fields) for _ in range(count)))


def _take_forgotten(fields: Fields) -> Forgotten:
    count = fields.u32()
    fields.zeros(4)
    return Forgotten(tuple(fields.raw(16) for _ in range(count)))


def _take_actor(fields: Fields) -> ActorNamed:
    return ActorNamed(fields.text(fields.u8()))


def _take_rerouted(fields: Fields) -> Rerouted:
    reservation, left, came = fields.raw(16), fields.u16(), fields.u16()
    flags = fields.flags(_IS_REMEMBERED | _IS_PROMISED)
    fields.zeros(3)
    return Rerouted(
        reservation=reservation,
        digest=fields.u64() if flags & _IS_REMEMBERED else None,
        promised_at=fields.u32() * MINUTE_MILLISECONDS if flags & _IS_PROMISED else None,
        left=tuple(_take_moved(fields) for _ in range(left)),
        came=tuple(_take_moved(fields) for _ in range(came)),
    )


def _take_moved(fields: Fields) -> MovedUnits:
    index, sku, warehouse, pool = fields.u32(), fields.u32(), fields.u16(), fields.u16()
    return MovedUnits(
        index=index,
        sku=sku,
        warehouse=warehouse,
        pool=pool & _POOL_NUMBER,
        units=fields.u32(),
        backordered=fields.u32(),
        is_first_touch=bool(pool & _FIRST_TOUCH_OF_POOL),
    )


_READERS: dict[int, Callable[[Fields], Body]] = {
    MovementKind.STOCK_CHANGED: _take_stock,
    MovementKind.WAREHOUSES_CHANGED: _take_warehouses,
    MovementKind.RESERVED: _take_reserved,
    MovementKind.COMMITTED: _take_changed,
    MovementKind.RELEASED: _take_changed,
    MovementKind.EXPIRED: _take_changed,
    MovementKind.FORGOTTEN: _take_forgotten,
    MovementKind.REPLACED: _take_replaced,
    MovementKind.FULFILLED: _take_changed,
    MovementKind.CANCELLED: _take_changed,
    MovementKind.EXTENDED: _take_extended,
    MovementKind.SKUS_CHANGED: _take_skus,
    MovementKind.ACTOR_NAMED: _take_actor,
    MovementKind.POLICIES_CHANGED: _take_policies,
    MovementKind.RATES_CHANGED: _take_rates,
    MovementKind.SUBSTITUTES_CHANGED: _take_substitutes,
    MovementKind.REROUTED: _take_rerouted,
    MovementKind.SALES_CHANGED: _take_sales,
}
