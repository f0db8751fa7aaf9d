public import Inventory

/// Why a record of the log can't be applied.
@usableFromInline
package struct MovementError: Error, Hashable, Sendable, CustomStringConvertible {
    /// LSN of the record.
    package let lsn: UInt64
    /// What is wrong with it.
    package let reason: String

    /// An error about the record at `lsn`.
    package init(lsn: UInt64, reason: String) {
        self.lsn = lsn
        self.reason = reason
    }

    /// The error in one line.
    @usableFromInline package var description: String { "movement at LSN \(lsn): \(reason)" }
}

/// What stands in the header of every record.
@frozen
@usableFromInline
package struct MovementHeader: Hashable, Sendable {
    /// What the movement did.
    @usableFromInline package let kind: MovementKind
    /// Why, for stock changes.
    @usableFromInline package let cause: UInt8
    /// Number of the client that asked.
    @usableFromInline package let actor: UInt16
    /// When.
    @usableFromInline package let instant: Instant
    /// The request it answered.
    @usableFromInline package let requestID: RequestID

    /// Whether an instant is one that a movement can have: from 1970 on, for 2,200 years.
    @inlinable @inline(__always)
    package static func holds(_ instant: Instant) -> Bool {
        UInt64(bitPattern: instant.milliseconds) < 1 << 46
    }

    /// The instant of a whole record.
    package static func instant(of record: UnsafeRawBufferPointer) -> Instant {
        unsafe Instant(
            milliseconds: record.loadUnaligned(fromByteOffset: 8, as: Int64.self)
        )
    }
}

/// Reads a record field by field, each length checked before use.
@frozen
@usableFromInline
@safe
package struct MovementReader: FieldReader {
    @usableFromInline let record: UnsafeRawBufferPointer
    @usableFromInline let lsn: UInt64
    @usableFromInline var offset: Int
    /// The header of the record.
    @usableFromInline package let header: MovementHeader

    /// A reader behind the header of a whole record.
    ///
    /// - Throws: A `MovementError` when size or kind make no sense.
    package init(_ record: UnsafeRawBufferPointer, lsn: UInt64) throws(MovementError) {
        unsafe self.record = unsafe record
        self.lsn = lsn
        offset = MovementLayout.headerSizeBytes
        guard record.count >= MovementLayout.headerSizeBytes else {
            throw MovementError(lsn: lsn, reason: "shorter than a header")
        }
        let size = unsafe record.loadUnaligned(as: UInt32.self)
        guard Int(size) == record.count else {
            throw MovementError(
                lsn: lsn,
                reason: "says \(size) bytes and has \(record.count)"
            )
        }
        let number = unsafe record[4]
        guard let kind = MovementKind(rawValue: number) else {
            throw MovementError(lsn: lsn, reason: "kind \(number) isn't known to this version")
        }
        header = unsafe MovementHeader(
            kind: kind,
            cause: record[5],
            actor: record.loadUnaligned(fromByteOffset: 6, as: UInt16.self),
            instant: MovementHeader.instant(of: record),
            requestID: RequestID(
                high: record.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                low: record.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
        )
        guard MovementHeader.holds(header.instant) else {
            throw MovementError(lsn: lsn, reason: "is of instant \(header.instant.milliseconds)")
        }
    }

    /// Reads one integer and goes on behind it.
    @inlinable @inline(__always)
    package mutating func take<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type = T.self
    ) throws(MovementError) -> T {
        guard unsafe offset + MemoryLayout<T>.size <= record.count else {
            throw error("is cut short")
        }
        let value = unsafe record.loadUnaligned(fromByteOffset: offset, as: T.self)
        offset += MemoryLayout<T>.size
        return value
    }

    /// Reads a 128-bit id.
    @inlinable @inline(__always)
    package mutating func takeID() throws(MovementError) -> RequestID {
        let high = try take(UInt64.self)
        return RequestID(high: high, low: try take(UInt64.self))
    }

    /// Passes `size` bytes.
    package mutating func skip(_ size: Int) throws(MovementError) {
        guard unsafe size <= record.count - offset else { throw error("is cut short") }
        offset += size
    }

    /// Reads `size` bytes that are padded to a multiple of `alignment`.
    @usableFromInline
    package mutating func takeBytes(
        size: Int,
        paddedTo alignment: Int
    ) throws(MovementError) -> UnsafeRawBufferPointer {
        let padded = (size + alignment - 1) / alignment * alignment
        guard unsafe offset + padded <= record.count else { throw error("is cut short") }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: record[offset..<offset + size])
        offset += padded
        return unsafe bytes
    }

    /// An error about this record.
    @inline(never)
    @usableFromInline
    package func error(_ reason: String) -> MovementError {
        MovementError(lsn: lsn, reason: "\(header.kind) \(reason)")
    }
}
