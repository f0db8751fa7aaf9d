public import Inventory

/// Reads fields one after the other from the body of a frame; every length is checked before use.
///
/// Isolation: none. Valid only as long as the memory of the frame.
@frozen
@usableFromInline
@safe
package struct ByteReader {
    @usableFromInline let base: UnsafeRawPointer?
    @usableFromInline let end: Int
    @usableFromInline var offset = 0

    /// A reader at the first byte of `body`.
    @inlinable
    package init(_ body: UnsafeRawBufferPointer) {
        unsafe base = body.baseAddress
        end = body.count
    }

    /// Bytes not read yet.
    @inlinable package var rest: Int { end &- offset }

    /// The next integer, or `nil` when the body ends before it.
    @inlinable
    @inline(__always)
    package mutating func next<Value: FixedWidthInteger & BitwiseCopyable>(
        _: Value.Type
    ) -> Value? {
        guard rest >= MemoryLayout<Value>.size, let base = unsafe base else { return nil }
        let value = unsafe base.loadUnaligned(fromByteOffset: offset, as: Value.self)
        offset &+= MemoryLayout<Value>.size
        return Value(littleEndian: value)
    }

    /// The next `size` bytes where they stand, or `nil` when the body ends before.
    @inlinable
    @inline(__always)
    package mutating func nextBytes(_ size: Int) -> UnsafeRawBufferPointer? {
        guard size >= 0, rest >= size else { return nil }
        guard let base = unsafe base else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: base + offset, count: size)
        offset &+= size
        return unsafe bytes
    }

    /// The next `size` bytes as a warehouse code, or `nil` unless they are 1–16 printable bytes.
    @inlinable
    package mutating func nextWarehouse(_ size: Int) -> WarehouseCode? {
        guard size >= 1, size <= 16, let bytes = unsafe nextBytes(size) else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<size {
            let byte = unsafe bytes[index]
            if byte <= 0x20 || byte >= 0x7F { return nil }
            let shifted = UInt64(byte) << UInt64((index & 7) &* 8)
            if index < 8 { high |= shifted } else { low |= shifted }
        }
        return WarehouseCode(high: high, low: low)
    }
}

/// Reading that throws the fault; off the hot path.
extension ByteReader {
    /// The next integer.
    package mutating func take<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type
    ) throws(WireFault) -> Value {
        guard let value = next(type) else { throw .truncated }
        return value
    }

    /// The next 16 bytes as an id.
    package mutating func takeID() throws(WireFault) -> RequestID {
        RequestID(high: try take(UInt64.self), low: try take(UInt64.self))
    }

    /// The next 16 bytes as an owner.
    package mutating func takeOwner() throws(WireFault) -> OwnerID {
        OwnerID(high: try take(UInt64.self), low: try take(UInt64.self))
    }

    /// The next instant, refused outside 1970 … 9999.
    package mutating func takeInstant() throws(WireFault) -> Instant {
        let milliseconds = try take(Int64.self)
        guard milliseconds >= 0, milliseconds <= WireLayout.instantMax else {
            throw WireFault(.malformedFrame, "an instant lies outside 1970 to 9999")
        }
        return Instant(milliseconds: milliseconds)
    }

    /// Passes over `count` bytes that must be zero.
    package mutating func takeZeros(_ count: Int) throws(WireFault) {
        for _ in 0..<count where try take(UInt8.self) != 0 { throw .reserved }
    }

    /// The next `size` bytes as text of printable ASCII without a space.
    package mutating func takeName(_ size: Int, sizeMax: Int) throws(WireFault) -> String {
        guard size <= sizeMax else {
            throw WireFault(.malformedFrame, "a name is longer than its limit")
        }
        guard let bytes = unsafe nextBytes(size) else { throw .truncated }
        guard unsafe bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw WireFault(.malformedFrame, "a name holds more than printable ASCII")
        }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// The next `size` bytes as a sentence of printable ASCII with spaces.
    package mutating func takeSentence(_ size: Int, sizeMax: Int) throws(WireFault) -> String {
        guard size <= sizeMax else {
            throw WireFault(.malformedFrame, "a text is longer than its limit")
        }
        guard let bytes = unsafe nextBytes(size) else { throw .truncated }
        guard unsafe bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw WireFault(.malformedFrame, "a text holds more than printable ASCII")
        }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// The next u8 size and name of a SKU; `index` is that of the row.
    package mutating func takeSizedSKU(at index: Int = -1) throws(WireFault) -> String {
        try takeSKU(Int(try take(UInt8.self)), at: index)
    }

    /// The next `size` bytes as the name of a SKU; `index` is that of the row.
    package mutating func takeSKU(_ size: Int, at index: Int = -1) throws(WireFault) -> String {
        guard size >= 1, size <= Limits.skuSizeBytesMax else { throw .invalidSKU(at: index) }
        guard let bytes = unsafe nextBytes(size) else { throw .truncated }
        guard unsafe bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidSKU(at: index)
        }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// The next u8 size and code of a warehouse; `index` is that of the line, item or row.
    package mutating func takeSizedWarehouse(
        at index: Int = -1
    ) throws(WireFault) -> WarehouseCode {
        try takeWarehouse(Int(try take(UInt8.self)), at: index)
    }

    /// The next `size` bytes as UTF-8 text without control characters.
    package mutating func takeText(_ size: Int, sizeMax: Int) throws(WireFault) -> String {
        guard size <= sizeMax else {
            throw WireFault(.malformedFrame, "a text is longer than its limit")
        }
        guard let bytes = unsafe nextBytes(size) else { throw .truncated }
        guard let text = unsafe String(validating: bytes, as: UTF8.self),
            unsafe bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else {
            throw WireFault(.malformedFrame, "a text is not UTF-8 without control characters")
        }
        return text
    }

    /// The next `size` bytes as a warehouse code; `index` is that of the line or row.
    package mutating func takeWarehouse(
        _ size: Int,
        at index: Int = -1
    ) throws(WireFault) -> WarehouseCode {
        guard rest >= size else { throw .truncated }
        guard let code = nextWarehouse(size) else {
            throw .invalidWarehouse(at: index)
        }
        return code
    }

    /// The next byte as the number of a known case.
    package mutating func takeCase<Value: RawRepresentable>(
        _: Value.Type,
        else fault: WireFault
    ) throws(WireFault) -> Value where Value.RawValue == UInt8 {
        guard let value = Value(rawValue: try take(UInt8.self)) else { throw fault }
        return value
    }

    /// Refuses a body that goes on behind its last field.
    package func finish() throws(WireFault) {
        guard rest == 0 else { throw .trailing }
    }
}
