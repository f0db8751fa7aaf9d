internal import Inventory

extension ModelInventory {
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
        if warehouse.code == .none { return .invalidWarehouseCode }
        if !warehouse.position.isValid { return .invalidPosition }
        if warehouse.city.utf8.count > 64 { return .malformedFrame }
        let isInRange =
            warehouse.priority >= 0 && (0...1_000_000_000_000).contains(warehouse.shipmentCostMinor)
            && (0...1_000_000_000).contains(warehouse.unitCostMinor)
            && (0...1_000_000_000).contains(warehouse.perKilometreMinor)
            && warehouse.cutoffHourUTC <= 24 && warehouse.capacityShipments != .max
        let isOpenSomeDay = (0..<7).contains { warehouse.closedWeekdays >> $0 & 1 == 0 }
        let isCalendar =
            isOpenSomeDay && warehouse.closedWeekdays < 128
            && (-720...840).contains(warehouse.utcOffsetMinutes)
        let regions = warehouse.regions
        let areRegions =
            regions.count <= 32 && !regions.contains(.none)
            && Set(regions).count == regions.count
        if !isInRange || !isCalendar || !areRegions { return .invalidQuantity }
        let isSecond = command.warehouses[..<index].contains { $0.code == warehouse.code }
        return isSecond ? .invalidWarehouseCode : nil
    }

    /// Sets what may be taken from a warehouse.
    mutating func setWarehouseState(_ command: WarehouseStateCommand, now: Instant) -> WriteAnswer {
        if let known = remembered(command.id, digest: command.digest) { return known }
        guard var warehouse = warehouses[command.code] else {
            return WriteAnswer(.unknownWarehouse)
        }
        warehouse.state = command.state
        let instant = instant(now)
        var answer = WriteAnswer(.accepted)
        answer.lsn = beginMovement(at: instant)
        answer.rows = 1
        warehouses[command.code] = warehouse
        writes[command.id] = Write(digest: command.digest, answer: answer, writtenAt: instant)
        return answer
    }

    /// Makes SKUs or changes their weights, all or none.
    mutating func writeSKUs(_ command: SKUsCommand, now: Instant) -> WriteAnswer {
        if let known = remembered(command.id, digest: command.digest) { return known }
        if command.rows.isEmpty { return WriteAnswer(.noLines) }
        if command.rows.count > Limits.rowsPerRequestMax { return WriteAnswer(.tooManyLines) }
        for (index, row) in command.rows.enumerated() {
            if !isValidName(Array(row.sku.utf8)) {
                return WriteAnswer(.invalidSKU, refusedRow: Int32(index))
            }
            if command.rows[..<index].contains(where: { $0.sku == row.sku }) {
                return WriteAnswer(.invalidQuantity, refusedRow: Int32(index))
            }
        }
        let instant = instant(now)
        var answer = WriteAnswer(.accepted)
        answer.lsn = beginMovement(at: instant)
        answer.rows = UInt32(command.rows.count)
        for row in command.rows {
            var sku = skus[Array(row.sku.utf8)] ?? SKU()
            sku.weightGrams = row.weightGrams
            sku.version += 1
            skus[Array(row.sku.utf8)] = sku
            answer.version = sku.version
        }
        writes[command.id] = Write(digest: command.digest, answer: answer, writtenAt: instant)
        return answer
    }

    /// The number of a client's name; naming isn't a movement of any reservation or stock.
    mutating func number(ofActor name: String) -> UInt16 {
        if let index = actors.firstIndex(of: name) { return UInt16(index + 1) }
        actors.append(name)
        return UInt16(actors.count)
    }
}
