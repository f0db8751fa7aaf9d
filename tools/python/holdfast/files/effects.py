"""What movements do to cells, by number: the table of ``MovementRecords.md``."""

from collections.abc import Iterator
from typing import NamedTuple

from holdfast.files.movements import (
    Changed,
    Movement,
    MovementKind,
    Rerouted,
    Reserved,
    SkusChanged,
    StockChanged,
    SubstitutesChanged,
    UnitChange,
)


class Effect(NamedTuple):
    """One step: it may make a SKU, raise its version, make a cell and change its figures."""

    sku: int
    place: tuple[int, int] | None = None
    """Warehouse and pool; None where no cell is touched."""
    raises_version: bool = False
    on_hand: int = 0
    reserved: int = 0
    committed: int = 0
    safety_stock: int = 0
    backorder_limit: int = 0
    new_name: str | None = None
    is_new_cell: bool = False
    has_shortfall: bool | None = None
    """Whether the SKU is left in a shortfall; None where the movement doesn't say."""


def effects_of(movement: Movement) -> Iterator[Effect]:
    """The steps of a movement, in the order of its record."""
    body = movement.body
    if isinstance(body, Reserved):
        yield from _of_reserved(body)
    elif isinstance(body, Changed):
        for change in body.changes:
            yield _of_change(movement.kind, change)
    elif isinstance(body, StockChanged):
        yield from _of_stock(body)
    elif isinstance(body, SkusChanged):
        for row in body.rows:
            yield Effect(row.sku, raises_version=True, new_name=row.new_name)
    elif isinstance(body, SubstitutesChanged):
        for sku, _ in body.rows:
            yield Effect(sku, raises_version=True)
    elif isinstance(body, Rerouted):
        yield from _of_rerouted(body)


def _of_reserved(body: Reserved) -> Iterator[Effect]:
    if body.replacement is not None:
        for change in body.replacement.changes:
            yield _of_change(MovementKind.RELEASED, change)
    for line in body.lines:
        if line.sku is None:
            continue
        raises_version = line.is_first_touch
        for share in line.shares:
            place = share.warehouse, share.pool
            yield Effect(line.sku, place, raises_version, reserved=share.units)
            raises_version = False


def _of_change(kind: MovementKind, change: UnitChange) -> Effect:
    is_from_held = kind is not MovementKind.CANCELLED and (
        kind is not MovementKind.FULFILLED or change.were_held
    )
    to_committed = change.units if kind is MovementKind.COMMITTED else 0
    return Effect(
        change.sku,
        (change.warehouse, change.pool),
        change.is_first_touch,
        on_hand=-change.units if kind is MovementKind.FULFILLED else 0,
        reserved=-change.units if is_from_held else 0,
        committed=to_committed if is_from_held else -change.units,
    )


def _of_stock(body: StockChanged) -> Iterator[Effect]:
    for row in body.rows:
        yield Effect(
            row.sku,
            (row.warehouse, row.pool),
            row.is_first_touch,
            on_hand=row.on_hand,
            safety_stock=row.safety_stock,
            backorder_limit=row.backorder_limit,
            new_name=row.new_name,
            is_new_cell=row.is_new_cell,
            has_shortfall=row.has_shortfall,
        )


def _of_rerouted(body: Rerouted) -> Iterator[Effect]:
    for sign, rows in ((-1, body.left), (1, body.came)):
        for row in rows:
            place = row.warehouse, row.pool
            yield Effect(row.sku, place, row.is_first_touch, reserved=sign * row.units)
