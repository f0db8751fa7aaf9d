internal import Inventory

extension Workload {
    /// A request to change stock that nobody made before.
    mutating func stockCommand() -> StockCommand {
        let cause: StockCause =
            switch roll(10) {
            case 0..<4: .imported
            case 4..<6: .received
            case 6: .returned
            default: .adjusted
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
        for _ in 0..<count { rows.append(row(cause: cause)) }
        if count > 1 && count < 10 && roll(8) > 0 { rows = withoutDoubles(rows) }
        let command = StockCommand(
            id: roll(60) == 0 ? knownID() : newID(),
            cause: cause,
            rows: rows
        )
        if stockCommands.count < 200 {
            stockCommands.append(command)
        } else {
            stockCommands[roll(200)] = command
        }
        return command
    }

    private mutating func row(cause: StockCause) -> CommandRow {
        var row = CommandRow(
            sku: skus[roll(skus.count)],
            warehouse: codes[roll(codes.count)],
            onHand: figure(cause: cause)
        )
        switch roll(200) {
        case 0: row.sku = Workload.invalidNames[roll(Workload.invalidNames.count)]
        case 1: row.warehouse = WarehouseCode(high: 0x5A5A, low: 0)
        case 2: row.warehouse = .none
        default: break
        }
        switch roll(60) {
        case 0..<6: row.safetyStock = Int64(roll(6))
        case 6 where roll(4) == 0: row.safetyStock = -1
        case 7 where roll(4) == 0: row.safetyStock = Limits.unitsPerCellMax
        case 8 where roll(4) == 0: row.safetyStock = Limits.unitsPerCellMax + 1
        case 9 where roll(4) == 0: row.safetyStock = .max
        default: break
        }
        return row
    }

    /// Units of a row: an absolute figure for an import, else a difference.
    private mutating func figure(cause: StockCause) -> Int64 {
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
        case .imported, .counted, .transferred, .configured: Int64(roll(60))
        case .received, .returned: Int64(1 + roll(10))
        case .adjusted: Int64(roll(20)) - 10
        }
    }

    private func withoutDoubles(_ rows: [CommandRow]) -> [CommandRow] {
        var kept: [CommandRow] = []
        for row in rows {
            let isKnown = kept.contains { $0.sku == row.sku && $0.warehouse == row.warehouse }
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

    /// A change of a few warehouses: mostly their state.
    mutating func warehousesCommand() -> WarehousesCommand {
        let count = roll(10) == 0 ? 0 : 1 + roll(3)
        var warehouses: [Warehouse] = []
        for _ in 0..<count {
            let states: [WarehouseState] = [.online, .online, .online, .draining, .offline]
            warehouses.append(
                warehouse(index: roll(codes.count), state: states[roll(states.count)])
            )
        }
        if count > 0 {
            switch roll(40) {
            case 0..<4:
                warehouses[0].position = Position(
                    latitudeMicrodegrees: 90_000_001,
                    longitudeMicrodegrees: 0
                )
            case 4: warehouses[0].code = .none
            case 5: warehouses[0].cutoffHourUTC = 24
            case 6: warehouses[0].unitCostMinor = -1
            case 7: warehouses[0].city = String(repeating: "x", count: 65)
            default: break
            }
        }
        let command = WarehousesCommand(
            id: roll(30) == 0 ? knownID() : newID(),
            warehouses: warehouses
        )
        if warehouseCommands.count < 30 {
            warehouseCommands.append(command)
        } else {
            warehouseCommands[roll(30)] = command
        }
        return command
    }

    /// A warehouse request made before.
    mutating func repeatedWarehouses() -> WarehousesCommand {
        guard var command = warehouseCommands.randomElement(using: &generator) else {
            return warehousesCommand()
        }
        if roll(6) == 0 { command.warehouses.append(warehouse(index: 0, state: .online)) }
        return command
    }

    /// The warehouse at `index` with figures that follow from it.
    mutating func warehouse(index: Int, state: WarehouseState) -> Warehouse {
        Warehouse(
            code: codes[index],
            city: index % 2 == 0 ? "City \(index)" : "",
            position: positions[index],
            priority: Int32(roll(5)),
            shipmentCostMinor: Int64(roll(900)),
            unitCostMinor: Int64(roll(90)),
            cutoffHourUTC: UInt8(roll(24)),
            handlingHours: UInt16(roll(48)),
            state: state
        )
    }
}
