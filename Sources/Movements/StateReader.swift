package import Inventory

/// Reads a state record field by field, each length checked before use.
@safe
package struct StateReader: FieldReader {
    private let record: UnsafeRawBufferPointer
    private var offset: Int
    /// The header of the record.
    package let header: StateHeader
    /// The byte behind the kind.
    package let byte: UInt8
    /// The two bytes behind that one.
    package let half: UInt16
    /// What the record is of, for errors.
    package var subject: String { unsafe StateReader.subject(of: record, header.kind) }

    /// A reader behind the header of a whole record.
    ///
    /// - Throws: A `StateError` when size or kind make no sense.
    package init(_ record: UnsafeRawBufferPointer) throws(StateError) {
        unsafe self.record = unsafe record
        offset = StateLayout.headerSizeBytes
        guard record.count >= StateLayout.headerSizeBytes else {
            throw StateError("", "is shorter than a header")
        }
        let size = unsafe record.loadUnaligned(as: UInt32.self)
        guard Int(size) == record.count, size % 8 == 0 else {
            throw StateError("", "says \(size) bytes and has \(record.count)")
        }
        let number = unsafe record[4]
        guard let kind = StateKind(rawValue: number) else {
            throw StateError("", "of kind \(number) isn't known to this version")
        }
        header = unsafe StateHeader(
            kind: kind,
            lsn: record.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
        byte = unsafe record[5]
        half = unsafe record.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
    }

    /// The record that begins at an offset of a run.
    ///
    /// - Throws: A `StateError` when it doesn't end within the run.
    package static func record(
        at offset: Int,
        in records: UnsafeRawBufferPointer
    ) throws(StateError) -> UnsafeRawBufferPointer {
        guard records.count - offset >= StateLayout.headerSizeBytes else {
            throw StateError("", "is cut short")
        }
        let size = unsafe Int(records.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        guard size >= StateLayout.headerSizeBytes, size % 8 == 0, size <= records.count - offset
        else { throw StateError("", "says \(size) bytes, \(records.count - offset) are left") }
        return unsafe UnsafeRawBufferPointer(rebasing: records[offset..<offset + size])
    }

    /// Bytes that are left.
    package var remainingBytes: Int { unsafe record.count - offset }

    /// Reads one integer and goes on behind it.
    package mutating func take<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type = T.self
    ) throws(StateError) -> T {
        guard remainingBytes >= MemoryLayout<T>.size else { throw error("is cut short") }
        let value = unsafe record.loadUnaligned(fromByteOffset: offset, as: T.self)
        offset += MemoryLayout<T>.size
        return value
    }

    /// Reads a 128-bit id.
    package mutating func takeID() throws(StateError) -> RequestID {
        let high = try take(UInt64.self)
        return RequestID(high: high, low: try take(UInt64.self))
    }

    /// Reads `size` bytes that are padded to a multiple of `alignment`.
    package mutating func takeBytes(
        size: Int,
        paddedTo alignment: Int
    ) throws(StateError) -> UnsafeRawBufferPointer {
        let padded = (size + alignment - 1) / alignment * alignment
        guard padded <= remainingBytes else { throw error("is cut short") }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: record[offset..<offset + size])
        offset += padded
        return unsafe bytes
    }

    /// Passes what pads the fields so far to a multiple of 8 bytes.
    package mutating func pad() throws(StateError) {
        let padded = MovementLayout.padded(offset)
        guard unsafe padded <= record.count else { throw error("is cut short") }
        offset = padded
    }

    /// Checks that nothing is left but what pads the record.
    package func finish() throws(StateError) {
        guard remainingBytes < 8 else { throw error("has \(remainingBytes) bytes too many") }
    }

    /// An error about this record.
    package func error(_ reason: String) -> StateError { StateError(subject, reason) }

    /// What a record is of, in words, as far as it can be told.
    @inline(never)
    package static func subject(of record: UnsafeRawBufferPointer, _ kind: StateKind) -> String {
        switch kind {
        case .network, .warehouses, .rates, .actors, .sales, .shares:
            return "\(kind)"
        case .sku:
            guard record.count >= StateLayout.skuSizeBytes else { return "\(kind)" }
            return unsafe "sku \(record.loadUnaligned(fromByteOffset: 24, as: UInt32.self))"
        case .reservation, .write:
            guard record.count >= 32 else { return "\(kind)" }
            let id = unsafe RequestID(
                high: record.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                low: record.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
            return "\(kind) \(id)"
        }
    }
}
