internal import Inventory

extension Workload {
    /// A request about SKUs, warehouses or clients that isn't a change of stock.
    mutating func otherWrite() -> Command {
        switch roll(42) {
        case ..<10: .warehouses(warehousesCommand())
        case ..<13: .warehouses(repeatedWarehouses())
        case ..<18: .warehouseState(warehouseStateCommand())
        case ..<26: .skus(skusCommand())
        case ..<38: .configuration(configurationCommand())
        default: .actor(Workload.actors[roll(Workload.actors.count)])
        }
    }

    private static let actors = ["shop", "till-7", String(repeating: "a", count: 64), "x"]

    private mutating func warehouseStateCommand() -> WarehouseStateCommand {
        let states: [WarehouseState] = [.online, .online, .online, .draining, .offline]
        var command = WarehouseStateCommand(
            id: newID(),
            code: codes[roll(codes.count)],
            state: states[roll(states.count)]
        )
        switch roll(40) {
        case 0..<3: command.code = WarehouseCode(high: 0x5A5A, low: 0)
        case 3: command.code = .none
        case 4..<8: command.id = knownID()
        case 8..<12:
            // A client that asks the very same again.
            if let last = lastWarehouseState { command = last }
        default: break
        }
        lastWarehouseState = command
        return command
    }

    private mutating func skusCommand() -> SKUsCommand {
        let count =
            switch roll(120) {
            case 0: 0
            case 1: Limits.rowsPerRequestMax
            case 2: Limits.rowsPerRequestMax + 1
            default: 1 + roll(4)
            }
        var rows: [SKUWeight] = []
        for _ in 0..<count {
            // Now and then a SKU that a reserve asked for before it was known.
            let sku =
                roll(20) == 0
                ? Workload.name(index: settings.skuCount + roll(20)) : skus[roll(skus.count)]
            let row = SKUWeight(
                sku: String(decoding: sku, as: UTF8.self),
                weightGrams: roll(10) == 0 ? .max : UInt32(roll(5_000))
            )
            if count > 10 || roll(12) == 0 || !rows.contains(where: { $0.sku == row.sku }) {
                rows.append(row)
            }
        }
        if roll(25) == 0, !rows.isEmpty {
            let names = ["", "a b", "\u{7F}", "ä", String(repeating: "A", count: 65)]
            rows[rows.count - 1].sku = names[roll(names.count)]
        }
        var command = SKUsCommand(id: roll(30) == 0 ? knownID() : newID(), rows: rows)
        if roll(8) == 0, let last = lastSKUs { command = last }
        lastSKUs = command
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
            case 5: warehouses[0].cutoffHourUTC = 25
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
        var warehouse = Warehouse(
            code: codes[index],
            city: index % 2 == 0 ? "City \(index)" : "",
            position: positions[index],
            priority: Int32(roll(5)),
            shipmentCostMinor: Int64(roll(900)),
            unitCostMinor: Int64(roll(90)),
            cutoffHourUTC: UInt8(roll(25)),
            handlingHours: UInt16(roll(48)),
            state: state
        )
        vary(&warehouse)
        return warehouse
    }
}
