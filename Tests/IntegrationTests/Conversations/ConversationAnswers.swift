import HoldfastClient

/// The answers as patterns see them.
enum ConversationAnswers {
    typealias Value = ConversationValue

    private static func name(_ value: some Any) -> Value { .string(snakeCase("\(value)")) }

    static func receipt(_ receipt: ReservationReceipt) -> [String: Value] {
        [
            "lsn": .count(receipt.lsn), "expires_at": .integer(receipt.expiresAt.milliseconds),
            "state": name(receipt.state), "repeated": .boolean(receipt.isRepeated),
            "replaced": .boolean(receipt.didReplace),
            "rest_expired": .boolean(receipt.didRestExpire),
            "rerouted": .boolean(receipt.didReroute),
            "lines": .array(
                receipt.lines.map { line in
                    .object([
                        "requested": .count(line.requested), "reserved": .count(line.reserved),
                        "shares": .array(line.shares.map { share($0, of: receipt) }),
                    ])
                }
            ),
            "alternatives": alternatives(receipt.alternatives),
        ]
    }

    private static func share(_ share: Share, of receipt: ReservationReceipt) -> Value {
        let progress = receipt.progress(of: share)
        return .object([
            "units": .count(share.quantity), "warehouse": .string("\(share.warehouse)"),
            "pool": .string("\(share.pool)"), "backordered": .count(share.backordered),
            "offline": .boolean(share.isOffline), "held": .count(progress.held),
            "committed": .count(progress.committed), "fulfilled": .count(progress.fulfilled),
            "cancelled": .count(progress.cancelled),
        ])
    }

    static func held(_ held: HeldReservation) -> [String: Value] {
        var fields = receipt(held.receipt)
        fields["id"] = .string("\(held.id)")
        return fields
    }

    static func report(_ report: ReservationReport) -> [String: Value] {
        var fields = receipt(report.receipt)
        fields["repeated"] = nil
        fields["owner"] = .string("\(report.owner)")
        fields["first_held_at"] = .integer(report.heldSince.milliseconds)
        fields["skus"] = .array(report.skus.map { $0.isEmpty ? .null : .string($0) })
        return fields
    }

    static func owner(_ list: OwnerReservations) -> [String: Value] {
        [
            "total": .count(list.count),
            "reservations": .array(
                list.reservations.map { entry in
                    var fields = report(entry.report)
                    fields["id"] = .string("\(entry.id)")
                    return .object(fields)
                }
            ),
        ]
    }

    static func write(_ receipt: WriteReceipt) -> [String: Value] {
        [
            "lsn": .count(receipt.lsn), "rows": .count(receipt.rows),
            "shortfalls": .count(receipt.shortfalls), "on_hand": .integer(receipt.onHand),
            "available": .integer(receipt.available), "version": .count(receipt.version),
            "repeated": .boolean(receipt.isRepeated),
        ]
    }

    private static func figures(_ figures: CellFigures) -> [String: Value] {
        [
            "on_hand": .integer(figures.onHand), "reserved": .integer(figures.reserved),
            "committed": .integer(figures.committed),
            "safety_stock": .integer(figures.safetyStock),
            "backorder_limit": .integer(figures.backorderLimit),
        ]
    }

    static func stock(_ report: StockReport) -> [String: Value] {
        [
            "sku": .string(report.sku), "version": .count(report.version),
            "weight": .count(report.weightGrams),
            "cells": .array(
                report.cells.map { cell in
                    var fields = figures(cell.figures)
                    fields["warehouse"] = .string("\(cell.warehouse)")
                    fields["pool"] = .string("\(cell.pool)")
                    fields["available"] = .integer(cell.figures.available)
                    return .object(fields)
                }
            ),
        ]
    }

    static func page(_ page: StockPage) -> [String: Value] {
        [
            "next_cursor": page.next.map { .count($0) } ?? .null,
            "reports": .array(page.reports.map { .object(stock($0)) }),
        ]
    }

    static func availability(_ skus: [SKUAvailability]) -> [String: Value] {
        [
            "skus": .array(
                skus.map { sku in
                    .object([
                        "version": .count(sku.version), "available": .integer(sku.available),
                        "cells": .array(
                            sku.cells.map { cell in
                                .object([
                                    "warehouse": .string("\(cell.warehouse)"),
                                    "state": name(cell.state),
                                    "available": .integer(cell.available),
                                    "on_hand": .integer(cell.onHand),
                                ])
                            }
                        ),
                    ])
                }
            )
        ]
    }

    static func holds(_ holds: StockHolds) -> [String: Value] {
        [
            "total": .count(holds.count), "held": .count(holds.held),
            "committed": .count(holds.committed),
            "holders": .array(
                holds.holds.map { hold in
                    .object([
                        "id": .string("\(hold.id)"), "owner": .string("\(hold.owner)"),
                        "expires_at": .integer(hold.expiresAt.milliseconds),
                        "held": .count(hold.held), "committed": .count(hold.committed),
                    ])
                }
            ),
        ]
    }

    static func warehouses(_ warehouses: [Warehouse]) -> [String: Value] {
        [
            "warehouses": .array(
                warehouses.map { warehouse in
                    .object([
                        "code": .string("\(warehouse.code)"), "city": .string(warehouse.city),
                        "latitude": .count(warehouse.position.latitudeMicrodegrees),
                        "longitude": .count(warehouse.position.longitudeMicrodegrees),
                        "priority": .count(warehouse.priority),
                        "handling_hours": .count(warehouse.handlingHours),
                        "cutoff_hour": .count(warehouse.cutoffHourUTC),
                        "state": name(warehouse.state),
                        "shipment_cost": .integer(warehouse.shipmentCostMinor),
                        "unit_cost": .integer(warehouse.unitCostMinor),
                        "kilometre_cost": .integer(warehouse.perKilometreMinor),
                        "capacity": warehouse.capacityShipments.map { .count($0) } ?? .null,
                        "utc_offset": .count(warehouse.utcOffsetMinutes),
                        "closed_weekdays": .count(warehouse.closedWeekdays),
                        "regions": .array(warehouse.regions.map { .string("\($0)") }),
                    ])
                }
            )
        ]
    }

    static func fill(_ warehouses: [WarehouseFill]) -> [String: Value] {
        [
            "warehouses": .array(
                warehouses.map { fill in
                    var fields = figures(fill.figures)
                    fields["code"] = .string("\(fill.warehouse)")
                    fields["state"] = name(fill.state)
                    fields["cells"] = .count(fill.cells)
                    return .object(fields)
                }
            )
        ]
    }

    static func statistics(_ statistics: ServerStatistics) -> [String: Value] {
        let pairs = statistics.figures.map { ($0.name, Value.integer($0.value)) }
        return ["values": .object(Dictionary(pairs, uniquingKeysWith: { $1 }))]
    }

    static func check(_ result: CheckResult) -> [String: Value] {
        [
            "lsn": .count(result.lsn), "cells": .count(result.cells),
            "open_reservations": .count(result.openReservations),
            "clean": .boolean(result.isClean),
            "violations": .array(result.violations.map { .string($0) }),
        ]
    }

    static func refusal(_ refusal: Refusal) -> Value {
        var conflict = Value.null
        if let found = refusal.conflict {
            var fields = figures(found.figures)
            fields["version"] = .count(found.version)
            conflict = .object(fields)
        }
        return .object([
            "index": refusal.index.map { .count($0) } ?? .null,
            "state": refusal.state.map { name($0) } ?? .null, "figures": conflict,
            "missing": .array(
                refusal.lostUnits.map {
                    .object([
                        "line": .count($0.line), "needed": .count($0.needed),
                        "there": .count($0.present),
                    ])
                }
            ),
            "alternatives": alternatives(refusal.alternatives),
        ])
    }
}
