package import Inventory

extension ModelInventory {
    /// What could be reserved of SKUs.
    package mutating func availability(
        _ query: AvailabilityQuery,
        now: Instant
    ) -> [SKUAvailability] {
        let own = query.owner.map { heldUnits(of: $0, at: instant(now)) } ?? [:]
        let asked = Set(query.pools.isEmpty ? [.default] : query.pools)
        return query.skus.map { name in
            guard let sku = skus[Array(name.utf8)] else {
                return SKUAvailability(version: 0, cells: [])
            }
            var codes: [WarehouseCode] = []
            for code in query.warehouses.isEmpty ? warehouses.keys.sorted() : query.warehouses
            where !codes.contains(code) { codes.append(code) }
            var cells: [SKUAvailability.Cell] = []
            for code in codes {
                let keys = sku.cells.keys.filter {
                    $0.warehouse == code && asked.contains($0.pool)
                }
                guard !keys.isEmpty, let state = warehouses[code]?.state else { continue }
                var cell = SKUAvailability.Cell(
                    warehouse: code,
                    state: state,
                    available: 0,
                    onHand: 0
                )
                for key in keys {
                    guard let figures = sku.cells[key] else { continue }
                    cell.onHand += figures.onHand
                    if state != .online { continue }
                    cell.available += takeable(
                        figures,
                        own: own[Array(name.utf8)]?[key] ?? 0
                    )
                }
                cells.append(cell)
            }
            return SKUAvailability(version: sku.version, cells: cells)
        }
    }

    private func takeable(_ figures: CellFigures, own: Int64) -> Int64 {
        let countable = Limits.unitsPerCellMax - figures.reserved - figures.committed
        return max(0, min(figures.available, countable) + own)
    }

    /// Units that an owner's holds have, by SKU and cell.
    private mutating func heldUnits(
        of owner: OwnerID,
        at instant: Instant
    ) -> [[UInt8]: [CellKey: Int64]] {
        var units: [[UInt8]: [CellKey: Int64]] = [:]
        for reservation in reservations.values where reservation.command.owner == owner {
            if present(reservation, at: instant) != .held { continue }
            for line in reservation.lines {
                for (share, progress) in zip(line.shares, line.progress) {
                    let key = CellKey(share.warehouse, share.pool)
                    units[line.sku, default: [:]][key, default: 0] += Int64(progress.held)
                }
            }
        }
        return units
    }

    /// The open reservations that have units of a SKU.
    package func holds(
        of name: [UInt8],
        warehouse: WarehouseCode?,
        limit: Int,
        now: Instant
    ) -> StockHolds? {
        guard skus[name] != nil else { return nil }
        var holds = StockHolds(count: 0, held: 0, committed: 0, holds: [])
        for reservation in reservations.values.sorted(by: { $0.movement < $1.movement }) {
            var held: UInt32 = 0
            var committed: UInt32 = 0
            for line in reservation.lines where line.sku == name && line.isKnown {
                for (share, progress) in zip(line.shares, line.progress)
                where warehouse ?? share.warehouse == share.warehouse {
                    held += isTimeOver(reservation, at: instant(now)) ? 0 : progress.held
                    committed += progress.committed
                }
            }
            if held == 0, committed == 0 { continue }
            holds.count += 1
            holds.held += UInt64(held)
            holds.committed += UInt64(committed)
            if holds.holds.count == limit { continue }
            holds.holds.append(
                StockHolds.Hold(
                    id: reservation.command.id,
                    owner: reservation.command.owner,
                    expiresAt: reservation.expiresAt,
                    held: held,
                    committed: committed
                )
            )
        }
        return holds
    }

    /// The stock of each warehouse, in the order of codes.
    package func warehouseFill() -> [WarehouseFill] {
        warehouses.values.sorted { $0.code < $1.code }.map { warehouse in
            var fill = WarehouseFill(
                warehouse: warehouse.code,
                state: warehouse.state,
                cells: 0,
                figures: .none,
                openShipments: UInt64(openShipments(of: warehouse.code)),
                capacityShipments: warehouse.capacityShipments
            )
            for sku in skus.values {
                for (key, figures) in sku.cells where key.warehouse == warehouse.code {
                    fill.cells += 1
                    fill.figures.onHand += figures.onHand
                    fill.figures.reserved += figures.reserved
                    fill.figures.committed += figures.committed
                    fill.figures.safetyStock += figures.safetyStock
                    fill.figures.backorderLimit += figures.backorderLimit
                }
            }
            return fill
        }
    }
}
