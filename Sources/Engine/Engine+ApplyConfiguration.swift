internal import Inventory
internal import Movements
internal import Sourcing

// Recovery of warehouses, policies, rates and substitutes.
extension Engine {
    /// Applies a change of warehouses.
    func applyWarehouses(
        _ reader: inout MovementReader,
        _ lsn: UInt64
    ) throws(MovementError) {
        let header = reader.header
        let digest = try reader.take(UInt64.self)
        var answer = WriteAnswer(.accepted)
        answer.lsn = lsn
        answer.rows = try reader.take()
        _ = try reader.take(UInt32.self)
        var all = network.warehouses
        for _ in 0..<answer.rows {
            let number = Int(try reader.take(UInt16.self))
            let warehouse = try takeWarehouse(&reader)
            guard number <= all.count, number < Limits.warehousesMax else {
                throw reader.error("leaves a gap before warehouse \(number)")
            }
            if number == all.count { all.append(warehouse) } else { all[number] = warehouse }
        }
        replaceNetwork(network.replacing(warehouses: all))
        noteOnAllStripes(header.instant)
        try rememberApplied(answer, digest: digest, header, reader)
    }

    private func takeWarehouse(
        _ reader: inout MovementReader
    ) throws(MovementError) -> Warehouse {
        let state = try reader.take(UInt8.self)
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
        let city = try unsafe reader.takeBytes(size: citySize, paddedTo: 8)
        guard let state = WarehouseState(rawValue: state) else {
            throw reader.error("has a warehouse of state \(state)")
        }
        let warehouse = unsafe Warehouse(
            code: WarehouseCode(high: code.high, low: code.low),
            city: String(decoding: city, as: UTF8.self),
            position: Position(
                latitudeMicrodegrees: latitude,
                longitudeMicrodegrees: longitude
            ),
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
        if let fault = warehouse.fault { throw reader.error("has a warehouse: \(fault.reason)") }
        return warehouse
    }

    // MARK: Policies

    /// Applies a definition of policies.
    func applyPolicies(_ reader: inout MovementReader, _ lsn: UInt64) throws(MovementError) {
        let header = reader.header
        let digest = try reader.take(UInt64.self)
        var answer = WriteAnswer(.accepted)
        answer.lsn = lsn
        answer.rows = try reader.take()
        _ = try reader.take(UInt32.self)
        var all = network.policies
        for _ in 0..<answer.rows {
            let number = try reader.take(UInt8.self)
            let policy = try takePolicy(&reader)
            let index = Int(number) - Int(SourcingPolicy.namedMin)
            let isGiven = all.firstIndex { $0.name == policy.name } ?? all.count == index
            guard isGiven, index < Limits.policiesMax else {
                throw reader.error("gives policy \(policy.name) the number \(number)")
            }
            if index == all.count { all.append(policy) } else { all[index] = policy }
        }
        replaceNetwork(network.replacing(policies: all))
        noteOnAllStripes(header.instant)
        try rememberApplied(answer, digest: digest, header, reader)
    }

    private func takePolicy(
        _ reader: inout MovementReader
    ) throws(MovementError) -> PolicyDefinition {
        let tierCount = try reader.take(UInt8.self)
        _ = try reader.take(UInt16.self)
        _ = try reader.take(UInt32.self)
        let name = try reader.takeID()
        var policy = PolicyDefinition(
            name: PolicyName(high: name.high, low: name.low),
            tiers: []
        )
        for _ in 0..<tierCount {
            var tier = SourcingTier([], tolerance: try reader.take())
            let partCount = try reader.take(UInt8.self)
            _ = try reader.take(UInt8.self)
            _ = try reader.take(UInt32.self)
            for _ in 0..<partCount {
                let weight = try reader.take(UInt32.self)
                let number = try reader.take(UInt32.self)
                guard let term = SourcingTerm(rawValue: UInt8(truncatingIfNeeded: number)) else {
                    throw reader.error("has a policy with a term of number \(number)")
                }
                tier.parts.append(SourcingTier.Part(term, weight: weight))
            }
            policy.tiers.append(tier)
        }
        if let fault = policy.fault { throw reader.error("has a policy: \(fault.reason)") }
        if PolicyDefinition.builtIn.contains(where: { $0.name == policy.name }) {
            throw reader.error("defines policy \(policy.name), which is always there")
        }
        return policy
    }

    // MARK: Rates

    /// Applies a rate card.
    func applyRates(_ reader: inout MovementReader, _ lsn: UInt64) throws(MovementError) {
        let header = reader.header
        let digest = try reader.take(UInt64.self)
        var answer = WriteAnswer(.accepted)
        answer.lsn = lsn
        answer.rows = try reader.take()
        _ = try reader.take(UInt32.self)
        guard answer.rows <= Limits.ratesMax else {
            throw reader.error("has \(answer.rows) rates")
        }
        let codes = network.warehouses.map(\.code)
        var rows: [RateRow] = []
        for _ in 0..<answer.rows { rows.append(try takeRate(&reader, codes)) }
        if let (index, fault) = RateRow.fault(of: rows) {
            throw reader.error("has at row \(index) a rate: \(fault.reason)")
        }
        replaceNetwork(network.replacing(rates: RateCard(rows, codes: codes)))
        noteOnAllStripes(header.instant)
        try rememberApplied(answer, digest: digest, header, reader)
    }

    private func takeRate(
        _ reader: inout MovementReader,
        _ codes: [WarehouseCode]
    ) throws(MovementError) -> RateRow {
        let number = try reader.take(UInt16.self)
        let transitHours = try reader.take(UInt16.self)
        guard number == MovementLayout.anyWarehouse || Int(number) < codes.count else {
            throw reader.error("names warehouse \(number), never made")
        }
        let metresMax = try reader.take(UInt32.self)
        let region = RegionCode(word: try reader.take())
        return RateRow(
            warehouse: number == MovementLayout.anyWarehouse ? .none : codes[Int(number)],
            region: region,
            metresMax: metresMax,
            baseMinor: try reader.take(),
            perKilometreMinor: try reader.take(),
            perKilogramMinor: try reader.take(),
            transitHours: transitHours
        )
    }

    // MARK: Substitutes

    /// Applies a change of substitutes.
    func applySubstitutes(_ reader: inout MovementReader, _ lsn: UInt64) throws(MovementError) {
        let header = reader.header
        let digest = try reader.take(UInt64.self)
        var answer = WriteAnswer(.accepted)
        answer.lsn = lsn
        answer.rows = try reader.take()
        _ = try reader.take(UInt32.self)
        answer.version = try reader.take()
        for _ in 0..<answer.rows {
            let sku = try reader.take(UInt32.self)
            let entry = try entry(sku, at: header.instant, reader)
            let count = try reader.take(UInt32.self)
            guard count <= Limits.substitutesPerSKUMax else {
                throw reader.error("has \(count) substitutes of one SKU")
            }
            var list = SubstituteList()
            for _ in 0..<count {
                let number = try reader.take(UInt32.self)
                guard number < directory.count, directory.entry(number).hash != 0 else {
                    throw reader.error("names SKU \(number), never made")
                }
                list.append(number)
            }
            entry.version += 1
            setSubstitutes(list, of: sku)
        }
        try rememberApplied(answer, digest: digest, header, reader)
    }
}
