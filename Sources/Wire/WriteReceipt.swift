public import Inventory

/// What an accepted write of stock or warehouses did.
///
/// Body: u64 LSN, u32 rows, u32 shortfalls, i64 on hand, i64 available, u64 version.
public struct WriteReceipt: Hashable, Sendable {
    /// Whether this answer was given before to the same request.
    public var isRepeated: Bool
    /// LSN of the movement.
    public var lsn: UInt64
    /// How many rows the request had.
    public var rows: UInt32
    /// How many of its cells promise more than they have after the change.
    public var shortfalls: UInt32
    /// Units on hand after the change in the cell of the last row.
    public var onHand: Int64
    /// Units available after the change in the cell of the last row.
    public var available: Int64
    /// The version of the last row's SKU after the change.
    public var version: UInt64

    /// The receipt of an accepted write.
    public init(_ answer: WriteAnswer) {
        isRepeated = answer.isRepeated
        lsn = answer.lsn
        rows = answer.rows
        shortfalls = answer.shortfalls
        onHand = answer.onHand
        available = answer.available
        version = answer.version
    }
}

extension WriteReceipt: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int { WireLayout.writeReceiptSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(lsn)
        writer.put(rows)
        writer.put(shortfalls)
        writer.put(onHand)
        writer.put(available)
        writer.put(version)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        self.init(WriteAnswer(.accepted))
        self.isRepeated = isRepeated
        lsn = try reader.take(UInt64.self)
        rows = try reader.take(UInt32.self)
        shortfalls = try reader.take(UInt32.self)
        onHand = try reader.take(Int64.self)
        available = try reader.take(Int64.self)
        version = try reader.take(UInt64.self)
    }
}
