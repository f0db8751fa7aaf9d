internal import HoldfastClient
internal import Movements

/// Records that change warehouses and what sourcing goes by.
extension MovementDecoder {
    /// Reads the warehouses of a record.
    mutating func readWarehouses(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        _ = try reader.take(UInt64.self)
        let count = try reader.take(UInt32.self)
        _ = try reader.take(UInt32.self)
        for _ in 0..<count {
            let number = try reader.take(UInt16.self)
            let warehouse = try takeWarehouse(&reader)
            warehouses[number] = warehouse.code.description
            movement.warehouses.append(warehouse)
        }
    }

    private func takeWarehouse(
        _ reader: inout MovementReader
    ) throws(MovementError) -> Warehouse {
        let number = try reader.take(UInt8.self)
        guard let state = WarehouseState(rawValue: number) else {
            throw reader.error("has a warehouse of state \(number)")
        }
        let cutoff = try reader.take(UInt8.self)
        let handling = try reader.take(UInt16.self)
        let citySize = Int(try reader.take(UInt8.self))
        let closedWeekdays = try reader.take(UInt8.self)
        let code = try reader.takeID()
        let latitude = try reader.take(Int32.self)
        let longitude = try reader.take(Int32.self)
        let priority = try reader.take(Int32.self)
        let utcOffset = try reader.take(Int16.self)
        let regionCount = try reader.take(UInt8.self)
        _ = try reader.take(UInt8.self)
        let shipment = try reader.take(Int64.self)
        let unit = try reader.take(Int64.self)
        let perKilometre = try reader.take(Int64.self)
        let capacity = try reader.take(UInt32.self)
        _ = try reader.take(UInt32.self)
        var regions: [RegionCode] = []
        for _ in 0..<regionCount { regions.append(RegionCode(word: try reader.take())) }
        return Warehouse(
            code: WarehouseCode(high: code.high, low: code.low),
            city: try takeName(&reader, size: citySize, paddedTo: 8),
            position: Position(latitudeMicrodegrees: latitude, longitudeMicrodegrees: longitude),
            priority: priority,
            shipmentCostMinor: shipment,
            perKilometreMinor: perKilometre,
            unitCostMinor: unit,
            cutoffHourUTC: cutoff,
            handlingHours: handling,
            closedWeekdays: closedWeekdays,
            utcOffsetMinutes: utcOffset,
            capacityShipments: capacity == MovementLayout.anyCapacity ? nil : capacity,
            regions: regions,
            state: state
        )
    }

    // MARK: Policies

    /// Reads the policies of a record.
    func readPolicies(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        let count = try takeRowCount(&reader)
        for _ in 0..<count {
            _ = try reader.take(UInt8.self)
            let tierCount = try reader.take(UInt8.self)
            _ = try reader.take(UInt16.self)
            _ = try reader.take(UInt32.self)
            let name = try reader.takeID()
            var tiers: [SourcingTier] = []
            for _ in 0..<tierCount { tiers.append(try takeTier(&reader)) }
            movement.policies.append(
                PolicyDefinition(name: PolicyName(high: name.high, low: name.low), tiers: tiers)
            )
        }
    }

    private func takeTier(_ reader: inout MovementReader) throws(MovementError) -> SourcingTier {
        var tier = SourcingTier([], tolerance: try reader.take())
        let count = try reader.take(UInt8.self)
        _ = try reader.take(UInt8.self)
        _ = try reader.take(UInt32.self)
        for _ in 0..<count {
            let weight = try reader.take(UInt32.self)
            let number = try reader.take(UInt32.self)
            guard let term = SourcingTerm(rawValue: UInt8(truncatingIfNeeded: number)) else {
                throw reader.error("has a policy with a term of number \(number)")
            }
            tier.parts.append(SourcingTier.Part(term, weight: weight))
        }
        return tier
    }

    /// Passes over the digest and reads the number of rows.
    private func takeRowCount(_ reader: inout MovementReader) throws(MovementError) -> UInt32 {
        _ = try reader.take(UInt64.self)
        let count = try reader.take(UInt32.self)
        _ = try reader.take(UInt32.self)
        return count
    }

    // MARK: Rates

    /// Reads the rate card of a record.
    func readRates(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        let count = try takeRowCount(&reader)
        var rows: [LoggedMovement.LoggedRate] = []
        for _ in 0..<count {
            let number = try reader.take(UInt16.self)
            let transitHours = try reader.take(UInt16.self)
            let metresMax = try reader.take(UInt32.self)
            let region = RegionCode(word: try reader.take())
            rows.append(
                LoggedMovement.LoggedRate(
                    warehouse: number == MovementLayout.anyWarehouse
                        ? "*" : warehouses[number] ?? "#\(number)",
                    row: RateRow(
                        region: region,
                        metresMax: metresMax,
                        baseMinor: try reader.take(),
                        perKilometreMinor: try reader.take(),
                        perKilogramMinor: try reader.take(),
                        transitHours: transitHours
                    )
                )
            )
        }
        movement.rates = rows
    }

    // MARK: Substitutes

    /// Reads the substitutes of a record.
    func readSubstitutes(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        let count = try takeRowCount(&reader)
        _ = try reader.take(UInt64.self)
        for _ in 0..<count {
            var row = SKUSubstitutes(sku: sku(try reader.take()), substitutes: [])
            let size = try reader.take(UInt32.self)
            for _ in 0..<size { row.substitutes.append(sku(try reader.take())) }
            movement.substitutes.append(row)
        }
    }

    // MARK: Sales

    /// Reads the sales of a record.
    mutating func readSales(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        let count = try takeRowCount(&reader)
        for _ in 0..<count {
            let row = try reader.takeSale()
            if row.isNewPool { pools[row.pool] = row.change.pool }
            movement.sales.append(row)
        }
    }
}
