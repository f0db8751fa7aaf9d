internal import Inventory

extension ModelInventory {
    /// Changes stock, all rows or none.
    mutating func writeStock(_ command: StockCommand, now: Instant) -> WriteAnswer {
        if let known = remembered(command.id, digest: command.digest) { return known }
        if command.rows.isEmpty { return WriteAnswer(.noLines) }
        let rowsMax = command.cause == .transferred ? 32_768 : 1_024
        if command.rows.count > rowsMax { return WriteAnswer(.tooManyLines) }
        let isReason =
            command.reason.utf8.count <= 64
            && command.reason.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        if !isReason { return WriteAnswer(.invalidReason) }
        for index in command.rows.indices {
            if let refusal = refusal(of: command, row: index) { return refusal }
        }
        let instant = instant(now)
        var answer = WriteAnswer(.accepted)
        answer.lsn = beginMovement(at: instant)
        answer.rows = UInt32(command.rows.count)
        for row in command.rows {
            pools.insert(row.pool)
            if command.cause == .counted { count(row) } else { change(row, command.cause) }
            answer.onHand = figures(of: row, command.cause).onHand
            answer.available = figures(of: row, command.cause).available
        }
        for row in command.rows {
            let cells = skus[row.sku]?.cells ?? [:]
            answer.shortfalls += UInt32(
                cells.count { key, figures in
                    key.warehouse == row.warehouse && figures.available < 0
                        && (key.pool == row.pool || command.cause == .counted)
                }
            )
        }
        for sku in Set(command.rows.map(\.sku)) { skus[sku]?.version += 1 }
        if let last = command.rows.last { answer.version = skus[last.sku]?.version ?? 0 }
        writes[command.id] = Write(digest: command.digest, answer: answer, writtenAt: instant)
        return answer
    }

    /// The answer given before to this id, or the refusal to use it again.
    func remembered(_ id: RequestID, digest: UInt64) -> WriteAnswer? {
        if reservations[id] != nil { return WriteAnswer(.requestIDReused) }
        guard let known = writes[id] else { return nil }
        guard known.digest == digest else { return WriteAnswer(.requestIDReused) }
        var answer = known.answer
        answer.isRepeated = true
        return answer
    }

    // MARK: Changes

    private mutating func change(_ row: CommandRow, _ cause: StockCause) {
        var figures = figures(of: row, cause)
        figures.onHand = onHand(after: row, cause)
        figures.safetyStock = row.safetyStock ?? figures.safetyStock
        figures.backorderLimit = row.backorderLimit ?? figures.backorderLimit
        skus[row.sku, default: SKU()].cells[CellKey(row.warehouse, row.pool)] = figures
    }

    /// Sets what a person counted: `default` takes the difference, other pools what it can't give.
    private mutating func count(_ row: CommandRow) {
        var missing = figures(of: row, .counted).onHand - row.onHand
        var cells = skus[row.sku]?.cells ?? [:]
        var inDefault = cells[CellKey(row.warehouse)] ?? .none
        let taken = min(missing, inDefault.onHand)
        inDefault.onHand -= taken
        missing -= taken
        cells[CellKey(row.warehouse)] = inDefault
        let pools = cells.keys.filter { $0.warehouse == row.warehouse }.map(\.pool).sorted()
        for pool in pools where missing > 0 {
            var figures = cells[CellKey(row.warehouse, pool)] ?? .none
            let taken = min(missing, figures.onHand)
            figures.onHand -= taken
            missing -= taken
            cells[CellKey(row.warehouse, pool)] = figures
        }
        skus[row.sku]?.cells = cells
    }

    /// The figures that a row speaks of: of its cell, for a count of all pools in its warehouse.
    private func figures(of row: CommandRow, _ cause: StockCause) -> CellFigures {
        let cells = skus[row.sku]?.cells ?? [:]
        guard cause == .counted else { return cells[CellKey(row.warehouse, row.pool)] ?? .none }
        var sum = CellFigures.none
        for (key, figures) in cells where key.warehouse == row.warehouse {
            sum.onHand += figures.onHand
            sum.reserved += figures.reserved
            sum.committed += figures.committed
            sum.safetyStock += figures.safetyStock
            sum.backorderLimit += figures.backorderLimit
        }
        return sum
    }

    /// Units on hand after a row that isn't a count.
    private func onHand(after row: CommandRow, _ cause: StockCause) -> Int64 {
        let isFigure = cause == .imported && !row.isDifference
        return isFigure ? row.onHand : figures(of: row, cause).onHand + row.onHand
    }

    // MARK: Refusals

    /// What is wrong with one row.
    private func refusal(of command: StockCommand, row index: Int) -> WriteAnswer? {
        let row = command.rows[index]
        let place = Int32(index)
        if !isValidName(row.sku) { return WriteAnswer(.invalidSKU, refusedRow: place) }
        if warehouses[row.warehouse] == nil {
            return WriteAnswer(.unknownWarehouse, refusedRow: place)
        }
        let version = skus[row.sku]?.version ?? 0
        if let expected = row.expectedVersion, expected != version {
            var answer = WriteAnswer(.versionConflict, refusedRow: place)
            answer.conflict = VersionConflict(
                version: version,
                figures: figures(of: row, command.cause)
            )
            return answer
        }
        let outcome =
            refusalOfPlace(command, index) ?? refusalOfForm(command, index)
            ?? refusalOfFigures(row, command.cause) ?? refusalOfPool(command, index)
        return outcome.map { WriteAnswer($0, refusedRow: place) }
    }

    private func refusalOfPlace(_ command: StockCommand, _ index: Int) -> Outcome? {
        let row = command.rows[index]
        if row.pool != .default, !row.pool.isProper || command.cause == .counted {
            return .invalidPool
        }
        let isTaking = command.cause == .transferred && index % 2 == 1
        switch command.cause {
        case .received, .returned, .imported: return nil
        case .adjusted, .configured, .counted, .transferred:
            guard let sku = skus[row.sku] else { return .unknownSKU }
            if command.cause == .counted || isTaking { return nil }
            if !pools.contains(row.pool) { return .unknownPool }
            return sku.cells[CellKey(row.warehouse, row.pool)] == nil ? .unknownCell : nil
        }
    }

    private func refusalOfForm(_ command: StockCommand, _ index: Int) -> Outcome? {
        let row = command.rows[index]
        let isSecond = command.rows[..<index].contains {
            $0.sku == row.sku && $0.warehouse == row.warehouse && $0.pool == row.pool
        }
        if isSecond { return .invalidQuantity }
        // No difference can pass twice the largest figure; beyond that it isn't a quantity.
        if row.onHand.magnitude > UInt64(Limits.unitsPerCellMax) * 2 { return .invalidQuantity }
        let isSetting = row.safetyStock != nil || row.backorderLimit != nil
        let isAllowed =
            switch command.cause {
            case .received, .returned: row.onHand > 0 && !isSetting
            case .adjusted: row.onHand != 0 && !isSetting
            case .imported: row.isDifference ? row.onHand != 0 || isSetting : row.onHand >= 0
            case .counted: row.onHand >= 0 && !isSetting
            case .configured: row.onHand == 0 && isSetting
            case .transferred: !isSetting && isPaired(command.rows, index)
            }
        return isAllowed ? nil : .invalidQuantity
    }

    /// Whether a row that gives is followed by one that takes as much of the same SKU.
    private func isPaired(_ rows: [CommandRow], _ index: Int) -> Bool {
        if index % 2 == 1 { return true }
        guard index + 1 < rows.count else { return false }
        return rows[index].onHand < 0 && rows[index + 1].onHand == -rows[index].onHand
            && rows[index + 1].sku == rows[index].sku
    }

    private func refusalOfFigures(_ row: CommandRow, _ cause: StockCause) -> Outcome? {
        if cause == .counted {
            return row.onHand > Limits.unitsPerCellMax ? .quantityOverflow : nil
        }
        let before = figures(of: row, cause)
        if cause == .transferred, row.onHand < 0,
            before.onHand - before.reserved - before.committed - before.safetyStock < -row.onHand
        {
            return .insufficientStock
        }
        let after = onHand(after: row, cause)
        if after < 0 { return .negativeOnHand }
        if after > Limits.unitsPerCellMax { return .quantityOverflow }
        if let safety = row.safetyStock {
            if safety < 0 { return .invalidQuantity }
            if safety > Limits.unitsPerCellMax { return .quantityOverflow }
        }
        if let limit = row.backorderLimit {
            if limit < 0 { return .invalidQuantity }
            if limit > Limits.unitsPerCellMax { return .quantityOverflow }
        }
        return nil
    }

    /// Whether a row makes one pool too many: in all, or for its SKU in its warehouse, where one
    /// place is kept for `default`.
    private func refusalOfPool(_ command: StockCommand, _ index: Int) -> Outcome? {
        let row = command.rows[index]
        let cells = skus[row.sku]?.cells ?? [:]
        if row.pool == .default || cells[CellKey(row.warehouse, row.pool)] != nil { return nil }
        let before = command.rows[..<index]
        let present = cells.keys.filter { $0.warehouse == row.warehouse }.map(\.pool)
        let made = before.filter { $0.sku == row.sku && $0.warehouse == row.warehouse }.map(\.pool)
        let named = Set(present + made).subtracting([.default])
        if named.count >= Limits.poolsPerCellMax - 1 { return .tooManyPools }
        let all = pools.union(before.map(\.pool))
        return all.count >= Limits.poolsMax && !all.contains(row.pool) ? .tooManyPools : nil
    }
}

extension CellFigures {
    /// The figures of a cell that isn't there.
    static var none: CellFigures {
        CellFigures(onHand: 0, reserved: 0, committed: 0, safetyStock: 0, backorderLimit: 0)
    }
}
