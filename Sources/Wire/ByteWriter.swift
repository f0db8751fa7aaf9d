package import Inventory

/// Writes fields one after the other into memory whose room is known.
///
/// Isolation: none. Valid only as long as the memory. Passing the room is a bug and traps.
@frozen
@usableFromInline
@safe
package struct ByteWriter {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let capacity: Int
    /// Bytes written so far.
    package private(set) var size = 0

    /// A writer at the first byte of `room`, which isn't empty.
    package init(_ room: UnsafeMutableRawBufferPointer) {
        guard let start = room.baseAddress else { preconditionFailure("no room to write to") }
        unsafe base = unsafe start
        capacity = room.count
    }

    /// Writes an integer.
    package mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let valueSize = MemoryLayout<Value>.size
        precondition(capacity - size >= valueSize, "a message outgrew its room")
        unsafe base.storeBytes(of: value.littleEndian, toByteOffset: size, as: Value.self)
        size += valueSize
    }

    /// Writes the halves of an id.
    package mutating func put(_ id: RequestID) {
        put(id.high)
        put(id.low)
    }

    /// Writes the halves of an owner.
    package mutating func put(_ owner: OwnerID) {
        put(owner.high)
        put(owner.low)
    }

    /// Writes `count` zero bytes.
    package mutating func putZeros(_ count: Int) {
        for _ in 0..<count { put(UInt8(0)) }
    }

    /// Writes the bytes of a text without its size.
    package mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            precondition(capacity - size >= bytes.count, "a message outgrew its room")
            guard let start = bytes.baseAddress else { return }
            unsafe (base + size).copyMemory(from: start, byteCount: bytes.count)
            size += bytes.count
        }
    }

    /// Writes bytes as they are.
    package mutating func put(_ bytes: [UInt8]) {
        precondition(capacity - size >= bytes.count, "a message outgrew its room")
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe (base + size).copyMemory(from: start, byteCount: bytes.count)
        }
        size += bytes.count
    }

    /// Writes the bytes of a warehouse code without its size.
    package mutating func put(_ code: WarehouseCode) {
        for index in 0..<code.size {
            let word = index < 8 ? code.high : code.low
            put(UInt8(truncatingIfNeeded: word >> UInt64((index & 7) * 8)))
        }
    }
}

/// Names with their sizes.
extension ByteWriter {
    /// Writes the size of a SKU's name, refused unless it is a valid name.
    mutating func putSKUSize(_ sku: String, at index: Int) throws(WireFault) {
        let size = sku.utf8.count
        guard size >= 1, size <= Limits.skuSizeBytesMax,
            sku.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .invalidSKU(at: index) }
        put(UInt8(size))
    }

    /// Writes the size and the bytes of a SKU's name.
    mutating func putSized(_ sku: String, at index: Int) throws(WireFault) {
        try putSKUSize(sku, at: index)
        put(sku)
    }

    /// Writes the size of a warehouse code, refused unless there is one.
    mutating func putSize(of code: WarehouseCode, at index: Int) throws(WireFault) {
        guard code != .none else { throw .invalidWarehouse(at: index) }
        put(UInt8(code.size))
    }

    /// Writes the size and the bytes of a policy's name.
    mutating func putSized(_ name: PolicyName) throws(WireFault) {
        guard name != .none else { throw .invalidPolicyName }
        put(UInt8(name.size))
        put(WarehouseCode(high: name.high, low: name.low))
    }

    /// Writes the size and the bytes of a warehouse code.
    mutating func putSized(_ code: WarehouseCode, at index: Int) throws(WireFault) {
        try putSize(of: code, at: index)
        put(code)
    }
}
