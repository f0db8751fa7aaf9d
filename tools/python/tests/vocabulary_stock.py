"""What stock and warehouses look like in a conversation."""

from typing import Any

from holdfast import StockReport, WarehouseFill
from tests.vocabulary_sourcing import Json, fields


def stock_seen(report: StockReport) -> Json:
    names = "warehouse pool on_hand reserved committed safety_stock backorder_limit available"
    cells = [fields(cell, names) for cell in report.cells]
    return fields(report, "sku version") | {"weight": report.weight_grams, "cells": cells}


def availability_seen(one: Any) -> Json:
    cells = [
        fields(cell, "warehouse available on_hand") | {"state": cell.state.label}
        for cell in one.cells
    ]
    return fields(one, "version available") | {"cells": cells}


def warehouse_seen(one: Any) -> Json:
    if isinstance(one, WarehouseFill):
        names = "code cells on_hand reserved committed safety_stock backorder_limit"
    else:
        names = "code latitude longitude city priority handling_hours cutoff_hour"
        names += " shipment_cost unit_cost kilometre_cost capacity utc_offset closed_weekdays"
        more = {"regions": list(one.regions), "state": one.state.label}
        return fields(one, names) | more
    return fields(one, names) | {"state": one.state.label}
