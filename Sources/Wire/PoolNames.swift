public import Inventory

// Names of pools: a u8 size and as many bytes of printable ASCII; size 0 for `default`, which is
// never written by name.

extension ByteReader {
    /// The next `size` bytes as the name of a pool.
    ///
    /// `nil` unless they are 0–16 printable bytes; also for `default` in letters.
    @inlinable
    package mutating func nextPool(_ size: Int) -> PoolName? {
        if size == 0 { return .default }
        guard let code = nextWarehouse(size) else { return nil }
        let name = PoolName(high: code.high, low: code.low)
        return name == WireLayout.defaultInLetters ? nil : name
    }

    /// The next u8 size and name of a pool; `index` is that of the line, item or row.
    package mutating func takeSizedPool(at index: Int) throws(WireFault) -> PoolName {
        let size = Int(try take(UInt8.self))
        return try takePool(size, at: index)
    }

    /// The next `size` bytes as the name of a pool.
    package mutating func takePool(_ size: Int, at index: Int) throws(WireFault) -> PoolName {
        guard rest >= size else { throw .truncated }
        guard let pool = nextPool(size) else { throw .invalidPool(at: index) }
        return pool
    }
}

extension ByteWriter {
    /// Writes the size and the bytes of a pool's name; one byte for `default`.
    package mutating func putSized(_ pool: PoolName, at index: Int) throws(WireFault) {
        guard pool != WireLayout.defaultInLetters else { throw .invalidPool(at: index) }
        put(UInt8(pool.size))
        put(pool)
    }

    /// Writes the bytes of a pool's name without their number.
    package mutating func put(_ pool: PoolName) {
        put(WarehouseCode(high: pool.high, low: pool.low))
    }
}

extension WireLayout {
    /// The eight bytes of `default` in letters, which no pool may be called.
    @inlinable package static var defaultInLetters: PoolName {
        PoolName(high: 0x0074_6C75_6166_6564, low: 0)
    }
}

extension WireFault {
    /// A name that no pool can have, or one that stands twice.
    @inlinable
    package static func invalidPool(at index: Int) -> WireFault {
        WireFault(
            .invalidPool,
            at: index,
            "a pool is 1-16 bytes of printable ASCII, not \"default\", and named once"
        )
    }
}
