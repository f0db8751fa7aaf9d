"""Rows that movements and state records share: warehouses, policies, rates, constraints."""

from dataclasses import dataclass

from holdfast.files.faults import Malformed
from holdfast.files.fields import Fields, chosen, padded
from holdfast.stock import Policy, Tier, Warehouse
from holdfast.values import SourcingTerm, WarehouseState

_ANY_NUMBER = 0xFFFF
_ANY_COUNT = 0xFFFF_FFFF
_SHIPS_COMPLETE, _LATEST_PROMISE = 1, 2
_CONSTRAINTS_BYTES_MIN = 24


@dataclass(frozen=True, slots=True)
class RateRow:
    """A row of the rate card; None stands for all warehouses, all regions, any distance."""

    warehouse: int | None
    region: str | None
    metres_max: int | None
    transit_hours: int
    base_cost: int
    kilometre_cost: int
    kilogram_cost: int


@dataclass(frozen=True, slots=True)
class ConstraintsRow:
    """What a plan kept to: 0 for no limit, warehouses by number, the promise in milliseconds."""

    splits_max: int
    splits_per_line_max: int
    metres_max: int
    latest_promise: int | None
    ships_complete: bool
    excluded: tuple[int, ...]
    required: tuple[int, ...]
    preferred: tuple[int, ...]


def take_warehouse(fields: Fields) -> tuple[int, Warehouse]:
    """A warehouse and its number."""
    number = fields.u16()
    state = fields.u8()
    cutoff_hour, handling_hours = fields.u8(), fields.u16()
    city_size, closed_weekdays = fields.u8(), fields.u8()
    code = fields.name(16)
    latitude, longitude, priority = fields.i32(), fields.i32(), fields.i32()
    utc_offset, region_count = fields.i16(), fields.u8()
    fields.zeros(1)
    shipment_cost, unit_cost, kilometre_cost = fields.i64(), fields.i64(), fields.i64()
    capacity = fields.u32()
    fields.zeros(4)
    regions = tuple(fields.name(8) for _ in range(region_count))
    return number, Warehouse(
        code=code,
        latitude=latitude,
        longitude=longitude,
        city=fields.text(city_size, alignment=8),
        priority=priority,
        handling_hours=handling_hours,
        cutoff_hour=cutoff_hour,
        state=chosen(WarehouseState, state),
        shipment_cost=shipment_cost,
        unit_cost=unit_cost,
        kilometre_cost=kilometre_cost,
        capacity=None if capacity == _ANY_COUNT else capacity,
        utc_offset=utc_offset,
        closed_weekdays=closed_weekdays,
        regions=regions,
    )


def take_policy(fields: Fields) -> Policy:
    """A policy that was defined by name."""
    number, tier_count = fields.u8(), fields.u8()
    fields.zeros(6)
    name = fields.name(16)
    tiers = tuple(_take_tier(fields) for _ in range(tier_count))
    return Policy(name=name, tiers=tiers, number=number)


def _take_tier(fields: Fields) -> Tier:
    tolerance, part_count = fields.u16(), fields.u8()
    fields.zeros(5)
    terms = []
    for _ in range(part_count):
        weight, term = fields.u32(), fields.u8()
        fields.zeros(3)
        terms.append((chosen(SourcingTerm, term), weight))
    return Tier(terms=tuple(terms), tolerance=tolerance)


def take_rate(fields: Fields) -> RateRow:
    """A row of the rate card."""
    warehouse, transit_hours, metres_max = fields.u16(), fields.u16(), fields.u32()
    return RateRow(
        warehouse=None if warehouse == _ANY_NUMBER else warehouse,
        region=fields.name(8) or None,
        metres_max=None if metres_max == _ANY_COUNT else metres_max,
        transit_hours=transit_hours,
        base_cost=fields.i64(),
        kilometre_cost=fields.i64(),
        kilogram_cost=fields.i64(),
    )


def take_constraints(fields: Fields) -> ConstraintsRow:
    """The constraints of a reservation's plan."""
    size, flags = fields.u16(), fields.flags(_SHIPS_COMPLETE | _LATEST_PROMISE)
    fields.zeros(1)
    splits_max, splits_per_line_max, metres_max = fields.u16(), fields.u16(), fields.u32()
    counts = fields.u8(), fields.u8(), fields.u8()
    fields.zeros(1)
    latest_promise = fields.i64()
    excluded, required, preferred = (tuple(fields.u16() for _ in range(count)) for count in counts)
    used = _CONSTRAINTS_BYTES_MIN + 2 * sum(counts)
    if size != padded(used, 8):
        raise Malformed(f"constraints of {used} bytes say that they have {size}")
    fields.zeros(size - used)
    return ConstraintsRow(
        splits_max=splits_max,
        splits_per_line_max=splits_per_line_max,
        metres_max=metres_max,
        latest_promise=latest_promise if flags & _LATEST_PROMISE else None,
        ships_complete=bool(flags & _SHIPS_COMPLETE),
        excluded=excluded,
        required=required,
        preferred=preferred,
    )
