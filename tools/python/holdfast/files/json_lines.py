"""Movements, cells and state records as JSON for programs, one object each.

Movements and cells have the members that ``holdfast journal inspect --json`` and ``holdfast stock
list --json`` give them; state records have those of their classes, by number.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import IntEnum
from typing import Any

from holdfast.files.cells import SettledCell
from holdfast.files.movements import (
    Changed,
    Extended,
    Forgotten,
    LineRow,
    MovedUnits,
    Movement,
    PoliciesChanged,
    RatesChanged,
    Rerouted,
    Reserved,
    SalesChanged,
    SkusChanged,
    StockChange,
    StockChanged,
    SubstitutesChanged,
    UnitChange,
    WarehousesChanged,
)
from holdfast.files.names import Names
from holdfast.files.rows import ConstraintsRow, RateRow
from holdfast.files.sales import SaleRow
from holdfast.files.state import StateRecord
from holdfast.stock import Policy, Warehouse
from holdfast.values import moment_of
from holdfast.wire import DEFAULT_POOL

JSONObject = dict[str, Any]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def cell_object(cell: SettledCell) -> JSONObject:
    """A cell with its figures."""
    figures = cell.figures
    return {
        "sku": cell.sku,
        "warehouse": cell.warehouse,
        "pool": cell.pool,
        "on_hand": figures.on_hand,
        "reserved": figures.reserved,
        "committed": figures.committed,
        "safety_stock": figures.safety_stock,
        "backorder_limit": figures.backorder_limit,
        "available": figures.available,
        "version": cell.version,
    }


def state_object(record: StateRecord) -> JSONObject:
    """A state record as it was copied."""
    return {"kind": record.kind.label, "lsn": record.lsn} | _plain_members(record.body)


def _plain_members(value: Any) -> JSONObject:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    """A value of a record as JSON has it: bytes in hex, enumerations by name."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if is_dataclass(value):
        return _plain_members(value)
    return value


def movement_object(movement: Movement, names: Names) -> JSONObject:
    """A movement with only the members that its kind has; ``names`` knows it already."""
    head = {
        "lsn": movement.lsn,
        "instant": instant_text(movement.instant),
        "kind": movement.word,
        "actor": names.actor(movement.actor),
        "request": movement.request.hex(),
    }
    return head | {
        name: value for name, value in _members(movement, names).items() if value is not None
    }


def instant_text(instant: int) -> str:
    """An instant as ``2010-12-01T08:26:00.000Z``."""
    return moment_of(instant).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1_000:03}Z"


def _members(movement: Movement, names: Names) -> JSONObject:
    body = movement.body
    match body:
        case Reserved():
            return _of_reserved(movement, body, names)
        case Changed():
            return {
                "reservation": body.reservation.hex(),
                "owner": body.owner.hex() if body.owner else None,
                "sale": body.sale.sale if body.sale else None,
                "part": None if body.digest is None else True,
                "changes": _list(_change(change, names) for change in body.changes),
            }
        case Extended():
            return {
                "reservation": body.reservation.hex(),
                "expires_at": instant_text(body.expires_at),
            }
        case StockChanged():
            return {
                "reason": body.reason or None,
                "rows": _list(_stock_row(row, names) for row in body.rows),
            }
        case Rerouted():
            return {
                "reservation": body.reservation.hex(),
                "promised_at": _promise(body.promised_at),
                "from": _list(_moved(row, names) for row in body.left),
                "to": _list(_moved(row, names) for row in body.came),
            }
        case Forgotten():
            return {"forgotten": _list(entry.hex() for entry in body.ids)}
    return _of_configuration(movement, names)


def _of_configuration(movement: Movement, names: Names) -> JSONObject:
    body = movement.body
    match body:
        case SkusChanged():
            rows = ({"sku": names.sku(row.sku), "weight_grams": row.weight} for row in body.rows)
            return {"skus": _list(rows)}
        case WarehousesChanged():
            return {"warehouses": _list(_warehouse(row) for _, row in body.rows)}
        case PoliciesChanged():
            return {"policies": _list(_policy(row) for row in body.rows)}
        case RatesChanged():
            return {"rates": [_rate(row, names) for row in body.rows]}
        case SalesChanged():
            return {"sales": _list(_sale(row) for row in body.rows)}
        case SubstitutesChanged():
            return {
                "substitutes": _list(
                    {"sku": names.sku(sku), "substitutes": [names.sku(other) for other in others]}
                    for sku, others in body.rows
                )
            }
    return {}


def _list(values: Any) -> list[Any] | None:
    """The values, or None if there are none."""
    return list(values) or None


def _promise(instant: int | None) -> str | None:
    return None if instant is None else instant_text(instant)


def _of_reserved(movement: Movement, body: Reserved, names: Names) -> JSONObject:
    destination, replacement = body.destination, body.replacement
    changes = replacement.changes if replacement else ()
    return {
        "reservation": movement.request.hex(),
        "owner": body.owner.hex(),
        "replaces": replacement.reservation.hex() if replacement else None,
        "expires_at": instant_text(movement.instant + body.milliseconds_to_live),
        "lat": destination.latitude / 1e6 if destination else None,
        "lon": destination.longitude / 1e6 if destination else None,
        "policy": names.policy(body.policy),
        "promised_at": _promise(body.promised_at),
        "constraints": _constraints(body.constraints, names) if body.constraints else None,
        "sale": body.sale.sale if body.sale else None,
        "lines": _list(_line(line, names) for line in body.lines),
        "changes": _list(_change(change, names) for change in changes),
    }


def _place(warehouse: int, pool: int, units: int, names: Names) -> JSONObject:
    return {"warehouse": names.warehouse(warehouse), "pool": names.pool(pool), "units": units}


def _line(line: LineRow, names: Names) -> JSONObject:
    return {
        "sku": None if line.sku is None else names.sku(line.sku),
        "requested": line.requested,
        "shares": [
            _place(share.warehouse, share.pool, share.units, names)
            | {"backordered": share.backordered}
            for share in line.shares
        ],
    }


def _change(change: UnitChange, names: Names) -> JSONObject:
    place = _place(change.warehouse, change.pool, change.units, names)
    return {"sku": names.sku(change.sku)} | place | {"were_held": change.were_held}


def _moved(row: MovedUnits, names: Names) -> JSONObject:
    place = _place(row.warehouse, row.pool, row.units, names)
    return {"sku": names.sku(row.sku)} | place | {"backordered": row.backordered}


def _constraints(row: ConstraintsRow, names: Names) -> JSONObject:
    def codes(numbers: Sequence[int]) -> list[str]:
        return [names.warehouse(number) for number in numbers]

    return {
        "splits_max": row.splits_max,
        "splits_per_line_max": row.splits_per_line_max,
        "metres_max": row.metres_max,
        "latest_promise": _promise(row.latest_promise),
        "ships_complete": row.ships_complete,
        "excluded": codes(row.excluded),
        "required": codes(row.required),
        "preferred": codes(row.preferred),
    }


def _stock_row(row: StockChange, names: Names) -> JSONObject:
    return {
        "sku": names.sku(row.sku),
        "warehouse": names.warehouse(row.warehouse),
        "pool": names.pool(row.pool),
        "on_hand_change": row.on_hand,
        "safety_stock_change": row.safety_stock,
        "backorder_limit_change": row.backorder_limit,
        "new_cell": row.is_new_cell,
        "shortfall": row.has_shortfall,
    }


def _warehouse(row: Warehouse) -> JSONObject:
    closed = [day for bit, day in enumerate(_WEEKDAYS) if row.closed_weekdays >> bit & 1]
    return {
        "code": row.code,
        "city": row.city,
        "lat": row.latitude / 1e6,
        "lon": row.longitude / 1e6,
        "priority": row.priority,
        "shipment_cost_minor": row.shipment_cost,
        "per_km_minor": row.kilometre_cost,
        "unit_cost_minor": row.unit_cost,
        "cutoff_hour_utc": row.cutoff_hour,
        "handling_hours": row.handling_hours,
        "closed_weekdays": closed,
        "utc_offset_minutes": row.utc_offset,
        "capacity_shipments": row.capacity,
        "regions": list(row.regions),
        "state": row.state.label,
    }


def _policy(row: Policy) -> JSONObject:
    tiers = [
        {
            "terms": {term.label: weight for term, weight in tier.terms},
            "tolerance_percent": tier.tolerance / 100,
        }
        for tier in row.tiers
    ]
    return {"name": row.name, "tiers": tiers}


def _sale(row: SaleRow) -> JSONObject:
    head = {"number": row.number, "pool": row.pool or DEFAULT_POOL}
    if row.is_removed:
        return head | {"forgotten": True}
    return head | {
        "opens_at": _promise(row.opens_at),
        "closes_at": _promise(row.closes_at),
        "wall": row.wall,
        "returns_rest": row.returns_rest,
        "units_per_owner_and_sku": row.units_per_owner_and_sku,
        "units_per_owner": row.units_per_owner,
        "units_per_order": row.units_per_order,
        "units_per_window": row.units_per_window,
        "window_ms": row.window_ms,
        "open_holds_per_owner": row.open_holds_per_owner,
        "open_holds_per_credential": row.open_holds_per_credential,
        "first_hold_ms": row.first_hold_ms,
    }


def _rate(row: RateRow, names: Names) -> JSONObject:
    return {
        "warehouse": "*" if row.warehouse is None else names.warehouse(row.warehouse),
        "region": row.region or "*",
        "up_to_km": None if row.metres_max is None else row.metres_max / 1_000,
        "base_minor": row.base_cost,
        "per_km_minor": row.kilometre_cost,
        "per_kg_minor": row.kilogram_cost,
        "transit_hours": row.transit_hours,
    }
