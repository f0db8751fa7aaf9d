internal import Inventory

extension ModelInventory {
    /// Changes stock, all rows or none.
    mutating func writeStock(_ command: StockCommand, now: Instant) -> WriteAnswer {
        if let known = remembered(command.id, digest: command.digest) { return known }
        if command.rows.isEmpty { return WriteAnswer(.noLines) }
        if command.rows.count > Limits.rowsPerRequestMax { return WriteAnswer(.tooManyLines) }
        for index in command.rows.indices {
            if let outcome = refusal(of: command, row: index) {
                return WriteAnswer(outcome, refusedRow: Int32(index))
            }
        }
        let instant = instant(now)
        var answer = WriteAnswer(.accepted)
        answer.lsn = beginMovement(at: instant)
        answer.rows = UInt32(command.rows.count)
        for row in command.rows {
            var figures = cell(of: row)
            figures.onHand = onHand(after: row, cause: command.cause)
            figures.safetyStock = row.safetyStock ?? figures.safetyStock
            skus[row.sku, default: SKU()].cells[CellKey(row.warehouse)] = figures
            if figures.available < 0 { answer.shortfalls += 1 }
            answer.onHand = figures.onHand
            answer.available = figures.available
        }
        for sku in Set(command.rows.map(\.sku)) { skus[sku]?.version += 1 }
        if let last = command.rows.last { answer.version = skus[last.sku]?.version ?? 0 }
        writes[command.id] = Write(digest: command.digest, answer: answer, writtenAt: instant)
        return answer
    }

    /// The answer given before to this id, or the refusal to use it again.
    private func remembered(_ id: RequestID, digest: UInt64) -> WriteAnswer? {
        if reservations[id] != nil { return WriteAnswer(.requestIDReused) }
        guard let known = writes[id] else { return nil }
        guard known.digest == digest else { return WriteAnswer(.requestIDReused) }
        var answer = known.answer
        answer.isRepeated = true
        return answer
    }

    /// The figures of a row's cell as they are; zeroes where there is none.
    private func cell(of row: CommandRow) -> CellFigures {
        skus[row.sku]?.cells[CellKey(row.warehouse)]
            ?? CellFigures(
                onHand: 0,
                reserved: 0,
                committed: 0,
                safetyStock: 0,
                backorderLimit: 0
            )
    }

    /// Units on hand after a row.
    private func onHand(after row: CommandRow, cause: StockCause) -> Int64 {
        cause == .imported ? row.onHand : cell(of: row).onHand + row.onHand
    }

    /// What is wrong with one row.
    private func refusal(of command: StockCommand, row index: Int) -> Outcome? {
        let row = command.rows[index]
        if !isValidName(row.sku) { return .invalidSKU }
        if warehouses[row.warehouse] == nil { return .unknownWarehouse }
        if command.cause == .adjusted {
            guard let sku = skus[row.sku] else { return .unknownSKU }
            if sku.cells[CellKey(row.warehouse)] == nil { return .unknownCell }
        }
        let isSecond = command.rows[..<index].contains {
            $0.sku == row.sku && $0.warehouse == row.warehouse
        }
        if isSecond { return .invalidQuantity }
        // No difference can pass twice the largest figure; beyond that it isn't a quantity.
        if row.onHand.magnitude > UInt64(Limits.unitsPerCellMax) * 2 { return .invalidQuantity }
        switch command.cause {
        case .received, .returned: if row.onHand <= 0 { return .invalidQuantity }
        case .adjusted: if row.onHand == 0 { return .invalidQuantity }
        case .imported: if row.onHand < 0 { return .invalidQuantity }
        case .counted, .transferred, .configured: return .invalidQuantity
        }
        let after = onHand(after: row, cause: command.cause)
        if after < 0 { return .negativeOnHand }
        if after > Limits.unitsPerCellMax { return .quantityOverflow }
        guard let safety = row.safetyStock else { return nil }
        if safety < 0 { return .invalidQuantity }
        return safety > Limits.unitsPerCellMax ? .quantityOverflow : nil
    }

    /// Adds warehouses or changes them, all or none.
    mutating func writeWarehouses(_ command: WarehousesCommand, now: Instant) -> WriteAnswer {
        if let known = remembered(command.id, digest: command.digest) { return known }
        if command.warehouses.isEmpty { return WriteAnswer(.noLines) }
        if command.warehouses.count > Limits.rowsPerRequestMax {
            return WriteAnswer(.tooManyLines)
        }
        for index in command.warehouses.indices {
            if let outcome = refusal(of: command, warehouse: index) {
                return WriteAnswer(outcome, refusedRow: Int32(index))
            }
        }
        let instant = instant(now)
        var answer = WriteAnswer(.accepted)
        answer.lsn = beginMovement(at: instant)
        answer.rows = UInt32(command.warehouses.count)
        for warehouse in command.warehouses { warehouses[warehouse.code] = warehouse }
        writes[command.id] = Write(digest: command.digest, answer: answer, writtenAt: instant)
        return answer
    }
    /// What is wrong with one warehouse.
    private func refusal(of command: WarehousesCommand, warehouse index: Int) -> Outcome? {
        let warehouse = command.warehouses[index]
        let isSecond = command.warehouses[..<index].contains { $0.code == warehouse.code }
        if warehouse.code == .none || isSecond { return .invalidWarehouseCode }
        if !warehouse.position.isValid { return .invalidPosition }
        let isInRange =
            warehouse.city.utf8.count <= Limits.cityNameSizeBytesMax
            && warehouse.shipmentCostMinor >= 0 && warehouse.unitCostMinor >= 0
            && warehouse.cutoffHourUTC <= 23
        return isInRange ? nil : .invalidQuantity
    }
}
