/// Sizes and flags of constraints in a frame.
public enum ConstraintsLayout {
    /// Bytes before the latest promise.
    public static let fixedSizeBytes = 12
    /// Bit of the flags: nothing may be backordered.
    public static let shipsCompleteFlag: UInt8 = 1
    /// Bit of the flags: the latest promise follows.
    public static let latestPromiseFlag: UInt8 = 2
}

/// A view of a request's constraints where they stand in a frame.
///
/// Layout: u8 flags (bit 0: ships complete, bit 1: a latest promise), u8 zero, u16 most
/// warehouses, u16 most warehouses of a line, u16 zero, u32 most metres, with bit 1 the i64 latest
/// promise in milliseconds since 1970, then u8 numbers of excluded, required and preferred
/// warehouses, u8 zero, and their codes in this order, each u8 size and bytes; little-endian.
///
/// Whoever makes one has checked counts, sizes and bytes.
@frozen
@unsafe
public struct ConstraintsView {
    /// Where the flags stand.
    public var bytes: UnsafeRawPointer

    /// A view of the constraints at `bytes`.
    @inlinable
    public init(bytes: UnsafeRawPointer) { unsafe self.bytes = unsafe bytes }

    /// The constraints as values of their own.
    ///
    /// Allocates; not for the hot path.
    public var value: SourcingConstraints {
        let flags = unsafe bytes.load(as: UInt8.self)
        var constraints = SourcingConstraints(
            splitsMax: unsafe load(2),
            splitsPerLineMax: unsafe load(4),
            metresMax: unsafe load(8),
            shipsComplete: flags & ConstraintsLayout.shipsCompleteFlag != 0
        )
        var offset = ConstraintsLayout.fixedSizeBytes
        if flags & ConstraintsLayout.latestPromiseFlag != 0 {
            constraints.latestPromise = unsafe Instant(milliseconds: load(offset))
            offset += 8
        }
        let counts = (0..<3).map { unsafe Int(load(offset + $0) as UInt8) }
        offset += 4
        constraints.excluded = unsafe codes(counts[0], &offset)
        constraints.required = unsafe codes(counts[1], &offset)
        constraints.preferred = unsafe codes(counts[2], &offset)
        return constraints
    }

    private func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Value {
        unsafe Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    private func codes(_ count: Int, _ offset: inout Int) -> [WarehouseCode] {
        var codes: [WarehouseCode] = []
        for _ in 0..<count {
            let size = unsafe Int(load(offset) as UInt8)
            precondition(size <= Limits.warehouseCodeSizeBytesMax, "a code is too long")
            var words: (UInt64, UInt64) = (0, 0)
            for index in 0..<size {
                let shifted =
                    unsafe UInt64(load(offset + 1 + index) as UInt8) << (UInt64(index % 8) * 8)
                if index < 8 { words.0 |= shifted } else { words.1 |= shifted }
            }
            codes.append(WarehouseCode(high: words.0, low: words.1))
            offset += 1 + size
        }
        return codes
    }
}

extension SourcingConstraints {
    /// The bytes that a ``ConstraintsView`` of these constraints looks at.
    public var viewBytes: [UInt8] {
        var flags = shipsComplete ? ConstraintsLayout.shipsCompleteFlag : 0
        if latestPromise != nil { flags |= ConstraintsLayout.latestPromiseFlag }
        var bytes: [UInt8] = [flags, 0]
        func append(_ value: some FixedWidthInteger) {
            for index in 0..<(value.bitWidth / 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> (index * 8)))
            }
        }
        append(splitsMax)
        append(splitsPerLineMax)
        append(UInt16(0))
        append(metresMax)
        if let latestPromise { append(latestPromise.milliseconds) }
        let lists = [excluded, required, preferred]
        for list in lists {
            precondition(list.count <= Limits.warehousesPerConstraintMax, "a list has a limit")
            bytes.append(UInt8(list.count))
        }
        bytes.append(0)
        for code in lists.joined() {
            bytes.append(UInt8(code.size))
            for index in 0..<code.size {
                let word = index < 8 ? code.high : code.low
                bytes.append(UInt8(truncatingIfNeeded: word >> (UInt64(index % 8) * 8)))
            }
        }
        return bytes
    }
}
