package import Inventory

/// Reads the fields of a record one after the other, whatever the record is of.
package protocol FieldReader {
    /// What is thrown when the record makes no sense.
    associatedtype Failure: Error

    /// Reads one integer and goes on behind it.
    mutating func take<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws(Failure) -> T

    /// Reads `size` bytes that are padded to a multiple of `alignment`.
    mutating func takeBytes(
        size: Int,
        paddedTo alignment: Int
    ) throws(Failure) -> UnsafeRawBufferPointer

    /// An error about the record.
    func error(_ reason: String) -> Failure
}

// The rows that movements and state records share, see `MovementRecord.swift`.
extension FieldReader {
    private mutating func takeWords() throws(Failure) -> (high: UInt64, low: UInt64) {
        let high = try take(UInt64.self)
        return (high, try take(UInt64.self))
    }

    /// Reads a row of warehouses.
    ///
    /// - Throws: When a field is out of its range.
    package mutating func takeWarehouse() throws(Failure) -> (number: UInt16, Warehouse) {
        let number = try take(UInt16.self)
        let state = try take(UInt8.self)
        let cutoff = try take(UInt8.self)
        let handling = try take(UInt16.self)
        let citySize = Int(try take(UInt8.self))
        let closedWeekdays = try take(UInt8.self)
        let code = try takeWords()
        let latitude = try take(Int32.self)
        let longitude = try take(Int32.self)
        let priority = try take(Int32.self)
        let utcOffset = try take(Int16.self)
        let regionCount = try take(UInt8.self)
        _ = try take(UInt8.self)
        let shipment = try take(Int64.self)
        let unit = try take(Int64.self)
        let perKilometre = try take(Int64.self)
        let capacity = try take(UInt32.self)
        _ = try take(UInt32.self)
        var regions: [RegionCode] = []
        for _ in 0..<regionCount { regions.append(RegionCode(word: try take(UInt64.self))) }
        let city = try unsafe takeBytes(size: citySize, paddedTo: 8)
        guard let state = WarehouseState(rawValue: state) else {
            throw error("has a warehouse of state \(state)")
        }
        let warehouse = unsafe Warehouse(
            code: WarehouseCode(high: code.high, low: code.low),
            city: String(decoding: city, as: UTF8.self),
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
        if let fault = warehouse.fault { throw error("has a warehouse: \(fault.reason)") }
        return (number, warehouse)
    }

    /// Reads a row of policies.
    ///
    /// - Throws: When a field is out of its range.
    package mutating func takePolicy() throws(Failure) -> (number: UInt8, PolicyDefinition) {
        let number = try take(UInt8.self)
        let tierCount = try take(UInt8.self)
        _ = try take(UInt16.self)
        _ = try take(UInt32.self)
        let name = try takeWords()
        var policy = PolicyDefinition(name: PolicyName(high: name.high, low: name.low), tiers: [])
        for _ in 0..<tierCount {
            var tier = SourcingTier([], tolerance: try take(UInt16.self))
            let partCount = try take(UInt8.self)
            _ = try take(UInt8.self)
            _ = try take(UInt32.self)
            for _ in 0..<partCount {
                let weight = try take(UInt32.self)
                let termNumber = try take(UInt32.self)
                guard let term = SourcingTerm(rawValue: UInt8(truncatingIfNeeded: termNumber))
                else { throw error("has a policy with a term of number \(termNumber)") }
                tier.parts.append(SourcingTier.Part(term, weight: weight))
            }
            policy.tiers.append(tier)
        }
        if let fault = policy.fault { throw error("has a policy: \(fault.reason)") }
        if PolicyDefinition.builtIn.contains(where: { $0.name == policy.name }) {
            throw error("defines policy \(policy.name), which is always there")
        }
        return (number, policy)
    }

    /// Reads a row of rates; `codes` are the warehouses by number.
    ///
    /// - Throws: When it names another warehouse.
    package mutating func takeRate(_ codes: [WarehouseCode]) throws(Failure) -> RateRow {
        let number = try take(UInt16.self)
        let transitHours = try take(UInt16.self)
        guard number == MovementLayout.anyWarehouse || Int(number) < codes.count else {
            throw error("names warehouse \(number), never made")
        }
        let metresMax = try take(UInt32.self)
        let region = RegionCode(word: try take(UInt64.self))
        let base = try take(Int64.self)
        let perKilometre = try take(Int64.self)
        return RateRow(
            warehouse: number == MovementLayout.anyWarehouse ? .none : codes[Int(number)],
            region: region,
            metresMax: metresMax,
            baseMinor: base,
            perKilometreMinor: perKilometre,
            perKilogramMinor: try take(Int64.self),
            transitHours: transitHours
        )
    }
}

extension MovementWriter {
    /// Writes a row of warehouses.
    package mutating func put(_ warehouse: Warehouse, number: UInt16) {
        let city = Array(warehouse.city.utf8)
        put(number)
        put(warehouse.state.rawValue)
        put(warehouse.cutoffHourUTC)
        put(warehouse.handlingHours)
        put(UInt8(city.count))
        put(warehouse.closedWeekdays)
        put(warehouse.code.high)
        put(warehouse.code.low)
        put(warehouse.position.latitudeMicrodegrees)
        put(warehouse.position.longitudeMicrodegrees)
        put(warehouse.priority)
        put(warehouse.utcOffsetMinutes)
        put(UInt8(warehouse.regions.count))
        put(UInt8(0))
        put(warehouse.shipmentCostMinor)
        put(warehouse.unitCostMinor)
        put(warehouse.perKilometreMinor)
        put(warehouse.capacityShipments ?? MovementLayout.anyCapacity)
        put(UInt32(0))
        for region in warehouse.regions { put(region.word) }
        unsafe city.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe put(base, size: bytes.count, paddedTo: 8)
        }
    }

    /// Writes a row of policies.
    package mutating func put(_ policy: PolicyDefinition, number: UInt8) {
        put(number)
        put(UInt8(policy.tiers.count))
        put(UInt16(0))
        put(UInt32(0))
        put(policy.name.high)
        put(policy.name.low)
        for tier in policy.tiers {
            put(tier.tolerance)
            put(UInt8(tier.parts.count))
            put(UInt8(0))
            put(UInt32(0))
            for part in tier.parts {
                put(part.weight)
                put(UInt32(part.term.rawValue))
            }
        }
    }

    /// Writes a row of rates; `warehouse` is the number of the one that it is for.
    package mutating func put(_ row: RateRow, warehouse: UInt16) {
        put(warehouse)
        put(row.transitHours)
        put(row.metresMax)
        put(row.region.word)
        put(row.baseMinor)
        put(row.perKilometreMinor)
        put(row.perKilogramMinor)
    }
}

extension MovementLayout {
    /// Bytes of the row of a warehouse.
    package static func warehouseRowSize(_ warehouse: Warehouse) -> Int {
        warehouseRowSizeBytes + warehouse.regions.count * MemoryLayout<UInt64>.size
            + padded(warehouse.city.utf8.count)
    }

    /// Bytes of the row of a policy.
    package static func policyRowSize(_ policy: PolicyDefinition) -> Int {
        policy.tiers.reduce(policyRowSizeBytes) {
            $0 + tierSizeBytes + $1.parts.count * tierSizeBytes
        }
    }
}
