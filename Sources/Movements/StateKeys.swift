package import Inventory

// What a whole state record is of, told without reading the rest of it.
extension StateReader {
    /// The SKU number of a SKU's record.
    package static func skuNumber(of record: UnsafeRawBufferPointer) -> UInt32 {
        guard record.count >= StateLayout.skuSizeBytes else { return .max }
        return unsafe record.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
    }

    /// Whether a record tells what owners have of sales.
    package static func isOfShares(_ record: UnsafeRawBufferPointer) -> Bool {
        guard record.count >= StateLayout.headerSizeBytes else { return false }
        return unsafe record[4] == StateKind.shares.rawValue
    }

    /// The id of a reservation's or a write's record.
    package static func id(of record: UnsafeRawBufferPointer) -> RequestID {
        guard record.count >= 32 else { return RequestID(high: 0, low: 0) }
        return unsafe RequestID(
            high: record.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
            low: record.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
    }
}
