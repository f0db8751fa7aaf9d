package import Inventory

/// Constraints as reservations and records keep them, see `MovementRecord.swift`.
package enum RecordedConstraints {
    /// Bit of the flags: everything ships, or nothing does.
    package static let shipsCompleteFlag: UInt8 = 1
    /// Bit of the flags: there is a latest promise.
    package static let latestPromiseFlag: UInt8 = 2

    private static func value<Value: FixedWidthInteger>(
        _ bytes: [UInt8],
        _ offset: Int,
        _: Value.Type = Value.self
    ) -> Value {
        var value: Value = 0
        for index in 0..<(Value.bitWidth / 8) {
            value |= Value(truncatingIfNeeded: bytes[offset + index]) << (index * 8)
        }
        return value
    }

    /// The constraints that bytes stand for; `nil` if they make no sense.
    ///
    /// `warehouses` are those that there are, by number.
    package static func decoded(
        _ bytes: [UInt8],
        warehouses: [Warehouse]
    ) -> SourcingConstraints? {
        guard bytes.count >= MovementLayout.constraintsFixedSizeBytes,
            Int(value(bytes, 0, UInt16.self)) == bytes.count
        else { return nil }
        let counts = [Int(bytes[12]), Int(bytes[13]), Int(bytes[14])]
        let size = MovementLayout.padded(
            MovementLayout.constraintsFixedSizeBytes + 2 * counts.reduce(0, +)
        )
        guard size == bytes.count, bytes[2] <= shipsCompleteFlag | latestPromiseFlag,
            counts.allSatisfy({ $0 <= Limits.warehousesPerConstraintMax })
        else { return nil }
        var constraints = SourcingConstraints(
            splitsMax: value(bytes, 4),
            splitsPerLineMax: value(bytes, 6),
            metresMax: value(bytes, 8),
            shipsComplete: bytes[2] & shipsCompleteFlag != 0
        )
        if bytes[2] & latestPromiseFlag != 0 {
            constraints.latestPromise = Instant(milliseconds: value(bytes, 16))
        }
        var codes: [WarehouseCode] = []
        for index in 0..<counts.reduce(0, +) {
            let offset = MovementLayout.constraintsFixedSizeBytes + 2 * index
            let number: UInt16 = value(bytes, offset)
            guard Int(number) < warehouses.count else { return nil }
            codes.append(warehouses[Int(number)].code)
        }
        constraints.excluded = Array(codes.prefix(counts[0]))
        constraints.required = Array(codes.dropFirst(counts[0]).prefix(counts[1]))
        constraints.preferred = Array(codes.suffix(counts[2]))
        return constraints
    }
}
