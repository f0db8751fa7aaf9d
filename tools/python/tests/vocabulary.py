"""Requests from the arguments of a conversation, and answers as a conversation sees them."""

from collections.abc import Callable
from typing import Any

from holdfast import (
    DEFAULT_POOL,
    CheckReport,
    Constraints,
    Destination,
    HoldersReport,
    ImageCheckReport,
    Item,
    Line,
    OwnerReport,
    Policy,
    Progress,
    Rate,
    Refusal,
    Reservation,
    ReservationReport,
    ReserveMode,
    SaleList,
    SaleOverview,
    SaleStatus,
    SkuRow,
    SnapshotReport,
    SourcingPolicy,
    SourcingReport,
    SourcingTerm,
    StockCause,
    StockPage,
    StockReport,
    StockRow,
    SubstitutesPage,
    SubstitutesRow,
    Tier,
    Warehouse,
    WarehouseState,
    WriteReceipt,
    new_id,
)
from holdfast.messages import (
    Availability,
    Cancel,
    Check,
    CheckStart,
    CheckStatus,
    Commit,
    Extend,
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
    Reserve,
    SaleListShow,
    SaleStatusShow,
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
from tests.vocabulary_sales import (
    fence,
    overview_seen,
    sale_report,
    sale_write,
    sales_seen,
    status_seen,
)
from tests.vocabulary_sourcing import (
    alternatives_by_line_seen,
    fields,
    sourcing_seen,
)
from tests.vocabulary_stock import availability_seen, stock_seen, warehouse_seen

Json = dict[str, Any]

ID_ARGUMENTS = frozenset({"id", "request", "reservation", "owner", "replaces"})


class Arguments:
    """The arguments of one step. Those that nobody took are an error of the file."""

    def __init__(self, values: Json) -> None:
        self._values = dict(values)

    def take(self, name: str, *default: Any) -> Any:
        """An argument, or its default where it may be missing."""
        if name in self._values or not default:
            return self._values.pop(name)
        return default[0]

    def id(self, name: str) -> bytes:
        """The id of a request, drawn if it is missing."""
        return bytes(self.take(name, b"")) or new_id()

    def each(self, name: str, make: Callable[["Arguments"], Any], *default: Any) -> tuple[Any, ...]:
        """An array of objects, each made into a value."""
        made = []
        for value in self.take(name, *default):
            inner = Arguments(value)
            made.append(make(inner))
            inner.finish(name)
        return tuple(made)

    def finish(self, where: str) -> None:
        """Raises for arguments that nobody knows."""
        if self._values:
            raise KeyError(f"{where} knows no {sorted(self._values)}")


def request_of(call: str, values: Json) -> Request[Any]:
    """The request that a step sends. Raises ``KeyError`` for what the format doesn't know."""
    arguments = Arguments(values)
    request = _REQUESTS[call](arguments)
    arguments.finish(call)
    return request


def _line(of: Arguments) -> Line:
    pools = tuple(of.take("pools", ()))
    version = of.take("expected_version", None)
    return Line(of.take("sku"), of.take("units"), of.take("warehouse", None), pools, version)


def _destination(value: Json | None) -> Destination | None:
    if value is None:
        return None
    of = Arguments(value)
    made = Destination(of.take("latitude"), of.take("longitude"), of.take("region", None))
    of.finish("destination")
    return made


def _reserve(of: Arguments) -> Reserve:
    return Reserve(
        of.each("lines", _line),
        of.id("owner"),
        of.id("id"),
        of.take("time_to_live", 0),
        ReserveMode[of.take("mode", "all_or_nothing").upper()],
        destination=_destination(of.take("destination", None)),
        ordered_at=of.take("ordered_at", None),
        replaces=of.take("replaces", None),
        policy=_policy_named(of.take("policy", "nearest")),
        constraints=_constraints(of.take("constraints", None)),
        alternatives=of.take("alternatives", False),
    )


def _policy_named(name: str) -> SourcingPolicy | str:
    return next((one for one in SourcingPolicy if one.label == name), name)


def _constraints(value: Json | None) -> Constraints | None:
    if value is None:
        return None
    of = Arguments(value)
    made = Constraints(
        of.take("splits_max", 0),
        of.take("splits_per_line_max", 0),
        of.take("metres_max", 0),
        of.take("latest_promise", None),
        of.take("ships_complete", False),
        tuple(of.take("excluded", ())),
        tuple(of.take("required", ())),
        tuple(of.take("preferred", ())),
    )
    of.finish("constraints")
    return made


def _item(of: Arguments) -> Item:
    units, warehouse = of.take("units", 0), of.take("warehouse", None)
    return Item(of.take("line"), units, warehouse, of.take("pool", None))


def _change(kind: type[Release | Fulfil | Cancel]) -> Callable[[Arguments], Request[Any]]:
    return lambda of: kind(of.take("reservation"), of.each("items", _item, ()), of.id("request"))


def _commit(of: Arguments) -> Request[Any]:
    items, request = of.each("items", _item, ()), of.id("request")
    return Commit(of.take("reservation"), items, request, of.take("fulfil", False))


def _extend(of: Arguments) -> Request[Any]:
    return Extend(
        of.take("reservation"),
        of.take("time_to_live", 0),
        of.id("request"),
        ExtendReason[of.take("reason", "shopper").upper()],
    )


def _hold_again(of: Arguments) -> Request[Any]:
    return HoldAgain(
        of.take("reservation"), of.take("owner"), of.id("id"), of.take("time_to_live", 0)
    )


def _owner_show(of: Arguments) -> Request[Any]:
    return OwnerShow(of.take("owner"), of.take("limit", 256), of.take("closed", False))


def _stock_row(of: Arguments) -> StockRow:
    return StockRow(
        of.take("warehouse"),
        of.take("sku"),
        of.take("units", 0),
        of.take("pool", DEFAULT_POOL),
        of.take("safety_stock", None),
        of.take("backorder_limit", None),
        of.take("expected_version", None),
        of.take("difference", False),
    )


def _stock_write(of: Arguments) -> Request[Any]:
    cause = StockCause[of.take("cause").upper()]
    return StockWrite(cause, of.each("rows", _stock_row), of.take("reason", ""), of.id("id"))


def _stock_list(of: Arguments) -> Request[Any]:
    return StockList(of.take("cursor", 0), of.take("limit", 1_000))


def _sku_write(of: Arguments) -> Request[Any]:
    rows = of.each("rows", lambda row: SkuRow(row.take("sku"), row.take("weight")))
    return SkuWrite(rows, of.id("id"))


def _availability(of: Arguments) -> Request[Any]:
    skus, warehouses = tuple(of.take("skus")), tuple(of.take("warehouses", ()))
    return Availability(skus, warehouses, tuple(of.take("pools", ())), of.take("owner", None))


def _stock_holds(of: Arguments) -> Request[Any]:
    return StockHolds(of.take("sku"), of.take("warehouse", None), of.take("limit", 1_024))


def _warehouse(of: Arguments) -> Warehouse:
    return Warehouse(
        of.take("code"),
        of.take("latitude", 0),
        of.take("longitude", 0),
        of.take("city", ""),
        of.take("priority", 0),
        of.take("handling_hours", 0),
        of.take("cutoff_hour", 0),
        WarehouseState[of.take("state", "online").upper()],
        of.take("shipment_cost", 0),
        of.take("unit_cost", 0),
        of.take("kilometre_cost", 0),
        of.take("capacity", None),
        of.take("utc_offset", 0),
        of.take("closed_weekdays", 0),
        tuple(of.take("regions", ())),
    )


def _tier(of: Arguments) -> Tier:
    terms = of.each("terms", lambda one: (_term(one.take("term")), one.take("weight", 1)))
    return Tier(terms, of.take("tolerance", 0))


def _term(name: str) -> SourcingTerm:
    return SourcingTerm[name.upper()]


def _policy(of: Arguments) -> Policy:
    return Policy(of.take("name"), of.each("tiers", _tier))


def _rate(of: Arguments) -> Rate:
    return Rate(
        of.take("transit_hours", 0),
        of.take("warehouse", None),
        of.take("region", None),
        of.take("metres_max", None),
        of.take("base_cost", 0),
        of.take("kilometre_cost", 0),
        of.take("kilogram_cost", 0),
    )


def _substitutes(of: Arguments) -> SubstitutesRow:
    return SubstitutesRow(of.take("sku"), tuple(of.take("substitutes", ())))


def _substitutes_list(of: Arguments) -> Request[Any]:
    return SubstitutesList(of.take("cursor", 0), of.take("limit", 1_024), of.take("sku", None))


def _warehouse_set_state(of: Arguments) -> Request[Any]:
    state = WarehouseState[of.take("state").upper()]
    return WarehouseSetState(of.take("code"), state, of.id("id"))


_REQUESTS: dict[str, Callable[[Arguments], Request[Any]]] = {
    "reserve": _reserve,
    "source": lambda of: Source(_reserve(of)),
    "commit": _commit,
    "release": _change(Release),
    "fulfil": _change(Fulfil),
    "cancel": _change(Cancel),
    "extend": _extend,
    "hold_again": _hold_again,
    "reroute": lambda of: Reroute(of.take("reservation"), of.id("request")),
    "show": lambda of: Show(of.take("reservation")),
    "owner_show": _owner_show,
    "stock_write": _stock_write,
    "stock_show": lambda of: StockShow(of.take("sku")),
    "stock_list": _stock_list,
    "sku_write": _sku_write,
    "availability": _availability,
    "stock_holds": _stock_holds,
    "warehouse_write": lambda of: WarehouseWrite(of.each("rows", _warehouse), of.id("id")),
    "warehouse_set_state": _warehouse_set_state,
    "warehouse_list": lambda of: WarehouseList(),
    "warehouse_fill": lambda of: WarehouseFillShow(),
    "policy_write": lambda of: PolicyWrite(of.each("rows", _policy), of.id("id")),
    "policy_list": lambda of: PolicyList(),
    "rates_write": lambda of: RatesWrite(of.each("rows", _rate), of.id("id")),
    "rates_list": lambda of: RatesList(),
    "substitutes_write": lambda of: SubstitutesWrite(of.each("rows", _substitutes), of.id("id")),
    "substitutes_list": _substitutes_list,
    "sale_write": sale_write,
    "sale_list": lambda of: SaleListShow(),
    "sale_status": lambda of: SaleStatusShow(of.take("pool")),
    "sale_report": sale_report,
    "fence": fence,
    "stats": lambda of: Stats(),
    "check": lambda of: Check(),
    "snapshot_start": lambda of: SnapshotStart(),
    "snapshot_status": lambda of: SnapshotStatus(),
    "snapshot_list": lambda of: SnapshotList(),
    "check_start": lambda of: CheckStart(),
    "check_status": lambda of: CheckStatus(),
}


def answer_seen(answer: Any) -> Json:
    """An answer as patterns and captures see it."""
    match answer:
        case Reservation():
            return _reservation_seen(answer) | {"repeated": answer.is_repeated}
        case ReservationReport():
            return _report_seen(answer)
        case HeldReservation():
            seen = _reservation_seen(answer.reservation)
            return seen | {"id": answer.id, "repeated": answer.is_repeated}
        case SourcingReport():
            return sourcing_seen(answer)
        case OwnerReport():
            seen = [{"id": key} | _report_seen(report) for key, report in answer.reservations]
            return {"total": answer.total, "reservations": seen}
        case WriteReceipt():
            return fields(answer, "lsn rows shortfalls on_hand available version") | {
                "repeated": answer.is_repeated
            }
        case StockReport():
            return stock_seen(answer)
        case SubstitutesPage():
            rows = [{"sku": one.sku, "substitutes": list(one.substitutes)} for one in answer.rows]
            return {"next_cursor": answer.next_cursor, "rows": rows}
        case StockPage():
            reports = [stock_seen(report) for report in answer.reports]
            return {"next_cursor": answer.next_cursor, "reports": reports}
        case HoldersReport():
            names = "owner expires_at held committed"
            holders = [{"id": one.reservation} | fields(one, names) for one in answer.holders]
            return fields(answer, "total held committed") | {"holders": holders}
        case CheckReport():
            return fields(answer, "lsn cells open_reservations") | {
                "clean": answer.is_clean,
                "violations": list(answer.violations),
            }
        case SnapshotReport():
            names = "run lsn skus cells remembered name failure"
            return fields(answer, names) | {"state": answer.state.name.lower()}
        case ImageCheckReport():
            result = answer_seen(answer.result) if answer.result is not None else None
            state = answer.image.state.name.lower()
            return {"state": state, "failure": answer.image.failure, "result": result}
        case SaleList():
            return sales_seen(answer)
        case SaleStatus():
            return status_seen(answer)
        case SaleOverview():
            return overview_seen(answer)
        case dict():
            return {"values": answer}
    raise TypeError(f"an answer of an unknown kind: {answer!r}")


def rows_seen(call: str, answer: tuple[Any, ...]) -> Json:
    """An answer that is a list of rows as patterns and captures see it."""
    if call == "availability":
        return {"skus": [availability_seen(one) for one in answer]}
    if call == "snapshot_list":
        rows = [fields(one, "name lsn fault") | {"size": one.size_bytes} for one in answer]
        return {"snapshots": rows}
    if call == "policy_list":
        return {"policies": [_policy_seen(one) for one in answer]}
    if call == "rates_list":
        names = "transit_hours warehouse region metres_max base_cost kilometre_cost kilogram_cost"
        return {"rows": [fields(one, names) for one in answer]}
    return {"warehouses": [warehouse_seen(one) for one in answer]}


def _policy_seen(policy: Policy) -> Json:
    tiers = []
    for tier in policy.tiers:
        terms = [{"term": term.label, "weight": weight} for term, weight in tier.terms]
        tiers.append({"terms": terms, "tolerance": tier.tolerance})
    return fields(policy, "name number") | {"tiers": tiers}


def refusal_seen(refusal: Refusal) -> Json:
    """A refusal as patterns see it."""
    names = "version on_hand reserved committed safety_stock backorder_limit"
    return {
        "index": refusal.index,
        "state": refusal.state.label if refusal.state is not None else None,
        "figures": fields(refusal.figures, names) if refusal.figures is not None else None,
        "missing": [fields(one, "line needed there") for one in refusal.missing],
        "alternatives": alternatives_by_line_seen(refusal.alternatives),
    }


def _reservation_seen(reservation: Reservation) -> Json:
    lines = []
    for line in reservation.lines:
        shares = []
        for share in line.shares:
            progress = share.progress_in(reservation.state)
            if reservation.is_rerouted and share.progress is None:
                progress = Progress(0, 0, 0, 0)
            shares.append(
                fields(share, "units warehouse pool")
                | {"backordered": share.backordered or 0, "offline": share.is_offline}
                | fields(progress, "held committed fulfilled cancelled")
            )
        lines.append(fields(line, "requested reserved") | {"shares": shares})
    return fields(reservation, "lsn expires_at") | {
        "state": reservation.state.label,
        "replaced": reservation.is_replaced,
        "rest_expired": reservation.is_rest_expired,
        "rerouted": reservation.is_rerouted,
        "lines": lines,
        "alternatives": alternatives_by_line_seen(reservation.alternatives),
    }


def _report_seen(report: ReservationReport) -> Json:
    more = fields(report, "owner first_held_at") | {"skus": list(report.skus)}
    return _reservation_seen(report.reservation) | more
