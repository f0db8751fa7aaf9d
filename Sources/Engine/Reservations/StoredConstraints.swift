internal import Inventory
internal import Movements

// What the plan of a reservation kept to, for those that plan it anew. It stands at the end of the
// reservation's block, at a multiple of 8, in the bytes that the log has (see `MovementRecord`):
// warehouses by number, which are given once and never again.

/// Constraints as reservations and the log keep them.
enum StoredConstraints {
    /// Where constraints begin in the block.
    static func offset(lines: Int, shares: Int, hasDetail: Bool) -> Int {
        let before =
            hasDetail
            ? ReservationDetail.blockSize(lines: lines, shares: shares) : lines * 12 + shares * 8
        return (before + 7) & ~7
    }

    /// The bytes that stand for constraints all of whose warehouses `network` knows; `nil` if it
    /// doesn't know one.
    static func bytes(of constraints: SourcingConstraints, in network: Network) -> [UInt8]? {
        var numbers: [UInt16] = []
        for list in [constraints.excluded, constraints.required, constraints.preferred] {
            for code in list {
                guard let number = network.number(of: code) else { return nil }
                numbers.append(number)
            }
        }
        let size = MovementLayout.padded(
            MovementLayout.constraintsFixedSizeBytes + 2 * numbers.count
        )
        var flags = constraints.shipsComplete ? RecordedConstraints.shipsCompleteFlag : 0
        if constraints.latestPromise != nil { flags |= RecordedConstraints.latestPromiseFlag }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        append(UInt16(size), to: &bytes)
        bytes += [flags, 0]
        append(constraints.splitsMax, to: &bytes)
        append(constraints.splitsPerLineMax, to: &bytes)
        append(constraints.metresMax, to: &bytes)
        bytes += [
            UInt8(constraints.excluded.count), UInt8(constraints.required.count),
            UInt8(constraints.preferred.count), 0,
        ]
        append(constraints.latestPromise?.milliseconds ?? 0, to: &bytes)
        for number in numbers { append(number, to: &bytes) }
        bytes += Array(repeating: 0, count: size - bytes.count)
        return bytes
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for index in 0..<(value.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> (index * 8)))
        }
    }

    /// The constraints that bytes stand for; `nil` if they make no sense in `network`.
    static func constraints(from bytes: [UInt8], in network: Network) -> SourcingConstraints? {
        RecordedConstraints.decoded(bytes, warehouses: network.warehouses)
    }
}

extension ReservationRecord {
    private var constraintsPlace: UnsafeMutableRawPointer {
        unsafe block
            + StoredConstraints.offset(
                lines: lineCount,
                shares: shareCount,
                hasDetail: hasDetail
            )
    }

    /// Bytes of its constraints; 0 without any.
    var constraintsSize: Int {
        guard hasConstraints else { return 0 }
        return unsafe Int(constraintsPlace.loadUnaligned(as: UInt16.self))
    }

    /// The bytes of its constraints; empty without any.
    var constraintsBytes: [UInt8] {
        let size = constraintsSize
        guard size > 0 else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: constraintsPlace, count: size))
    }

    /// Writes its constraints behind all else in its block, where there is room for them.
    func setConstraints(_ bytes: [UInt8]) {
        precondition(hasConstraints, "record without constraints")
        let place = unsafe constraintsPlace
        for (index, byte) in bytes.enumerated() {
            unsafe place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
    }

    /// What its plan kept to; `nil` for nothing.
    func constraints(in network: Network) -> SourcingConstraints? {
        guard hasConstraints else { return nil }
        guard let constraints = StoredConstraints.constraints(from: constraintsBytes, in: network)
        else { preconditionFailure("record with broken constraints") }
        return constraints
    }
}
