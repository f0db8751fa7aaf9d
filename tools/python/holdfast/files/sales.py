"""Sales in records: their rules, and which of them a reservation belongs to."""

from dataclasses import dataclass

from holdfast.files.faults import Malformed
from holdfast.files.fields import Fields

_REMOVED, _OPENS, _CLOSES, _RETURNS_REST, _NEW_POOL = 1, 2, 4, 8, 16
_SALE_FLAGS = _REMOVED | _OPENS | _CLOSES | _RETURNS_REST | _NEW_POOL
_ENDS_HOLD, _IS_FIRST_COMMIT = 1, 2
_WALLS = ("hard", "borrows")


@dataclass(frozen=True, slots=True)
class SaleRow:
    """The rules of a sale; 0 for no limit, None for an instant that isn't set."""

    number: int
    pool_number: int
    pool: str
    is_removed: bool
    is_new_pool: bool
    opens_at: int | None
    closes_at: int | None
    wall: str
    returns_rest: bool
    units_per_owner_and_sku: int
    units_per_owner: int
    units_per_order: int
    units_per_window: int
    window_ms: int
    open_holds_per_owner: int
    open_holds_per_credential: int
    first_hold_ms: int


@dataclass(frozen=True, slots=True)
class SalePart:
    """The sale of a reservation, the window that its units count in, and the client it counts for.

    ``window`` and ``client`` are 0 for none.
    """

    sale: int
    window: int
    client: int
    ends_hold: bool
    is_first_commit: bool


def take_sale(fields: Fields) -> SaleRow:
    """A row of sales."""
    number, pool_number = fields.u32(), fields.u16()
    flags, wall = fields.flags(_SALE_FLAGS), fields.u8()
    pool, opens_at, closes_at = fields.name(16), fields.i64(), fields.i64()
    if wall >= len(_WALLS):
        raise Malformed(f"a sale has wall {wall}")
    return SaleRow(
        number=number,
        pool_number=pool_number,
        pool=pool,
        is_removed=bool(flags & _REMOVED),
        is_new_pool=bool(flags & _NEW_POOL),
        opens_at=opens_at if flags & _OPENS else None,
        closes_at=closes_at if flags & _CLOSES else None,
        wall=_WALLS[wall],
        returns_rest=bool(flags & _RETURNS_REST),
        units_per_owner_and_sku=fields.u32(),
        units_per_owner=fields.u32(),
        units_per_order=fields.u32(),
        units_per_window=fields.u32(),
        window_ms=fields.u32(),
        open_holds_per_owner=fields.u32(),
        open_holds_per_credential=fields.u32(),
        first_hold_ms=fields.u32(),
    )


def take_sale_part(fields: Fields) -> SalePart:
    """The sale that a reservation belongs to."""
    sale, window, client = fields.u32(), fields.u32(), fields.u16()
    flags = fields.flags(_ENDS_HOLD | _IS_FIRST_COMMIT)
    fields.zeros(1)
    return SalePart(
        sale=sale,
        window=window,
        client=client,
        ends_hold=bool(flags & _ENDS_HOLD),
        is_first_commit=bool(flags & _IS_FIRST_COMMIT),
    )
