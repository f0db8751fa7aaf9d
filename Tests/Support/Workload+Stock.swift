package import Inventory

extension Workload {
    /// Pools that exist sooner or later, most of the time.
    package static let pools: [PoolName] = ["flash", "vip", "web-2026-11-27", "~"].compactMap {
        PoolName($0)
    }

    /// A request to change stock that nobody made before.
    mutating func stockCommand() -> StockCommand {
        var command: StockCommand
        switch roll(1000) {
        case ..<120: command = freshCommand()
        case ..<123: command = crowdedCommand()
        default: command = usualStockCommand()
        }
        switch roll(100) {
        case 0..<10: command.reason = "counted by Ada, aisle 7 → 9"
        case 10: command.reason = String(repeating: "é", count: 32)
        case 11 where roll(3) == 0: command.reason = String(repeating: "é", count: 32) + "x"
        case 12 where roll(3) == 0: command.reason = "two\nlines"
        case 13 where roll(3) == 0: command.reason = "\u{7F}"
        default: break
        }
        // The version that the next one expects is known only if this one is accepted.
        if command.rows.allSatisfy({ $0.expectedVersion == nil }), roll(60) == 0 {
            command.id = knownID()
        }
        if stockCommands.count < 200 {
            stockCommands.append(command)
        } else {
            stockCommands[roll(200)] = command
        }
        return command
    }

    private mutating func usualStockCommand() -> StockCommand {
        let cause: StockCause =
            switch roll(100) {
            case ..<30: .imported
            case ..<45: .received
            case ..<52: .returned
            case ..<67: .adjusted
            case ..<77: .counted
            case ..<90: .transferred
            default: .configured
            }
        let count =
            switch roll(500) {
            case 0: 0
            case 1: Limits.rowsPerRequestMax
            case 2: Limits.rowsPerRequestMax + 1
            case 3..<300: 1
            default: 1 + roll(6)
            }
        var rows: [CommandRow] = []
        while rows.count < count {
            let row = row(cause: cause)
            rows.append(row)
            if cause == .transferred, roll(30) > 0 { rows.append(taker(of: row)) }
        }
        if count > 1 && count < 10 && cause != .transferred && roll(8) > 0 {
            rows = withoutDoubles(rows)
        }
        return StockCommand(id: newID(), cause: cause, rows: rows)
    }

    /// Writes to a SKU that nothing else touches, so that its version is known: mostly with the
    /// right one, sometimes with another.
    private mutating func freshCommand() -> StockCommand {
        if fresh.isEmpty || roll(6) == 0 {
            fresh.append(Fresh(sku: Workload.name(index: settings.skuCount + 30 + fresh.count)))
        }
        let index = max(0, fresh.count - 1 - roll(4))
        var rows = (0..<1 + roll(2)).map { number in
            var row = CommandRow(
                sku: fresh[index].sku,
                warehouse: codes[number],
                onHand: Int64(roll(9))
            )
            row.expectedVersion = fresh[index].version
            return row
        }
        if roll(4) == 0 {
            rows[rows.count - 1].expectedVersion =
                [0, 1, 2, .max - 1, fresh[index].version + 1][roll(5)]
        }
        // Opening warehouses stay, and new ids are new: what expects the right version is accepted.
        if rows.allSatisfy({ $0.expectedVersion == fresh[index].version }) {
            fresh[index].version += 1
        }
        return StockCommand(id: newID(), cause: .imported, rows: rows)
    }

    /// As many pools in one warehouse as there may be, or one too many.
    private mutating func crowdedCommand() -> StockCommand {
        let sku = skus[roll(skus.count)]
        let count = Limits.poolsPerCellMax - 2 + roll(4)
        let rows = (0..<count).map { index in
            var row = CommandRow(sku: sku, warehouse: codes[0], onHand: Int64(index))
            row.pool = index == 0 ? .default : PoolName("crowd-\(index)") ?? .default
            return row
        }
        return StockCommand(id: newID(), cause: .imported, rows: rows)
    }

    /// The row that takes what `row` of a transfer gives; sometimes it doesn't fit.
    private mutating func taker(of row: CommandRow) -> CommandRow {
        var taker = row
        taker.onHand = 0 &- row.onHand
        if roll(3) == 0 {
            taker.pool = pool()
        } else {
            taker.warehouse = codes[roll(codes.count)]
            if roll(4) == 0 { taker.pool = pool() }
        }
        switch roll(80) {
        case 0: taker.onHand += 1
        case 1: taker.sku = skus[roll(skus.count)]
        case 2: taker.safetyStock = 1
        default: break
        }
        return taker
    }

    private mutating func row(cause: StockCause) -> CommandRow {
        var row = CommandRow(
            sku: skus[roll(skus.count)],
            warehouse: codes[roll(codes.count)],
            onHand: figure(cause: cause)
        )
        if cause != .counted || roll(50) == 0 { row.pool = pool() }
        switch cause {
        case .received, .returned, .imported: note(row)
        case .adjusted, .configured, .transferred, .counted:
            // Without this hardly a row would hit a cell in a named pool, or one with units.
            if roll(4) > 0, let cell = stockedCells.randomElement(using: &generator) {
                row.sku = cell.sku
                row.warehouse = cell.warehouse
                if cause != .counted { row.pool = cell.pool }
            }
        }
        switch roll(200) {
        case 0: row.sku = Workload.invalidNames[roll(Workload.invalidNames.count)]
        case 1: row.warehouse = WarehouseCode(high: 0x5A5A, low: 0)
        case 2: row.warehouse = .none
        case 3..<8: row.expectedVersion = UInt64(roll(5))
        default: break
        }
        let mayBeSet = cause == .imported || cause == .configured
        if cause == .configured && roll(30) > 0 || roll(mayBeSet ? 6 : 90) == 0 {
            let choice = 1 + roll(3)
            if choice & 1 != 0 { row.safetyStock = setting() }
            if choice & 2 != 0 { row.backorderLimit = setting() }
        }
        if cause == .imported, roll(5) == 0 {
            row.isDifference = true
            row.onHand = Int64(roll(20)) - 8
        }
        return row
    }

    /// Remembers a row whose cell is there once the row is accepted: mostly in a named pool.
    private mutating func note(_ row: CommandRow) {
        if row.pool == .default, roll(3) > 0 { return }
        if stockedCells.count < 40 {
            stockedCells.append(row)
        } else {
            stockedCells[roll(40)] = row
        }
    }

    private mutating func pool() -> PoolName {
        switch roll(100) {
        case ..<60: .default
        case ..<97: Workload.pools[roll(Workload.pools.count)]
        case 97: PoolName("pool-\(roll(40))") ?? .default
        case 98: PoolName("~\(roll(4))") ?? .default
        // The name of `default` in letters, which no request may use.
        default: roll(4) == 0 ? PoolName(high: 0x0074_6C75_6166_6564, low: 0) : .default
        }
    }

    private mutating func setting() -> Int64 {
        switch roll(150) {
        case 0: -1
        case 1: Limits.unitsPerCellMax
        case 2: Limits.unitsPerCellMax + 1
        case 3: .max
        case 4: .min
        case ..<50: 0
        case ..<60: Int64(roll(60))
        default: Int64(roll(8))
        }
    }

    /// Units of a row: an absolute figure for an import or a count, else a difference.
    private mutating func figure(cause: StockCause) -> Int64 {
        if cause == .configured, roll(40) > 0 { return 0 }
        switch roll(250) {
        case 0: return .max
        case 1: return .min
        case 2: return Limits.unitsPerCellMax
        case 3: return Limits.unitsPerCellMax + 1
        case 4: return -1
        case 5: return 0
        case 6: return -Limits.unitsPerCellMax
        default: break
        }
        return switch cause {
        case .imported, .counted: Int64(roll(60))
        case .received, .returned: Int64(1 + roll(10))
        case .adjusted: Int64(roll(24)) - 14
        case .transferred: -Int64(1 + roll(6))
        case .configured: Int64(roll(3)) - 1
        }
    }

    private func withoutDoubles(_ rows: [CommandRow]) -> [CommandRow] {
        var kept: [CommandRow] = []
        for row in rows {
            let isKnown = kept.contains {
                $0.sku == row.sku && $0.warehouse == row.warehouse && $0.pool == row.pool
            }
            if !isKnown { kept.append(row) }
        }
        return kept
    }

    /// A stock request made before: mostly the very same, sometimes with other content.
    mutating func repeatedStock() -> StockCommand {
        guard var command = stockCommands.randomElement(using: &generator) else {
            return stockCommand()
        }
        if roll(6) == 0 { command.rows = Array(command.rows.reversed()) + [row(cause: .imported)] }
        return command
    }

}
