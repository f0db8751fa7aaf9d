public import Inventory

/// A request to move units of many SKUs from one pool to another: all its rows or none.
///
/// It fences the stock of a sale off, or gives it back. One movement carries it, so that it is
/// wholly there or not at all, whatever happens. Fewer bytes a row than a `stock_write` that
/// transfers, and up to 16,384 rows: the stock of a large sale fits one frame and one record.
public struct Fence: Hashable, Sendable {
    /// The units of one SKU in one warehouse.
    public struct Row: Hashable, Sendable {
        /// The name of the SKU.
        public var sku: String
        /// The warehouse in which the units are and stay.
        public var warehouse: WarehouseCode
        /// How many of them, 1–2,147,483,647.
        public var units: UInt32

        /// A row with all its fields.
        public init(sku: String, warehouse: WarehouseCode, units: UInt32) {
            self.sku = sku
            self.warehouse = warehouse
            self.units = units
        }
    }

    /// The id of the request.
    public var id: RequestID
    /// The pool that gives.
    public var giving: PoolName
    /// The pool that takes; it is made where nobody knows it.
    public var taking: PoolName
    /// What is said of it in the audit trail: at most 64 bytes, no control characters.
    public var reason: String
    /// The rows; no two of the same SKU and warehouse.
    public var rows: [Row]

    /// A request with all its fields.
    public init(
        id: RequestID,
        from giving: PoolName,
        to taking: PoolName,
        reason: String = "",
        rows: [Row]
    ) {
        self.id = id
        self.giving = giving
        self.taking = taking
        self.reason = reason
        self.rows = rows
    }
}

extension Fence: WireRequest {
    /// Always `fence`.
    package var operation: Operation { .fence }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        rows.reduce(WireLayout.fenceFixedSizeBytes + 32 + reason.utf8.count) {
            $0 + WireLayout.fenceRowFixedSizeBytes + $1.warehouse.size + $1.sku.utf8.count
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        for pool in [giving, taking] where pool == WireLayout.defaultInLetters {
            throw .invalidPool(at: -1)
        }
        guard giving != taking else { throw .samePool }
        guard (1...Limits.fenceRowsMax).contains(rows.count) else {
            throw .rowCount(isEmpty: rows.isEmpty)
        }
        guard reason.utf8.count <= Limits.reasonSizeBytesMax,
            reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw .invalidReason }
        writer.put(id)
        writer.put(UInt16(rows.count))
        writer.put(UInt8(reason.utf8.count))
        writer.put(UInt8(giving.size))
        writer.put(UInt8(taking.size))
        writer.putZeros(3)
        writer.put(reason)
        writer.put(giving)
        writer.put(taking)
        for (index, row) in rows.enumerated() { try writer.put(row, at: index) }
    }

    /// Reads the body into values of its own.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        guard let body = unsafe reader.nextBytes(reader.rest) else { throw .truncated }
        let rows = unsafe FenceDecoder.makeRoom()
        defer { unsafe rows.deallocate() }
        let decoded = unsafe try FenceDecoder.decode(body, rows: rows)
        unsafe self.init(
            id: decoded.id,
            from: decoded.rows[0].pool,
            to: decoded.rows[1].pool,
            reason: decoded.reason,
            rows: stride(from: 1, to: decoded.rows.count, by: 2).map { index in
                let row = unsafe decoded.rows[index]
                return unsafe Row(
                    sku: row.sku.text,
                    warehouse: row.warehouse,
                    units: UInt32(row.onHand)
                )
            }
        )
    }
}

/// Reads fences where they stand in the frame.
///
/// | offset | type | field |
/// |---|---|---|
/// | 0 | 16 bytes | id of the request |
/// | 16 | u16 | number of rows, 1–16,384 |
/// | 18 | u8 | size of the reason |
/// | 19 | u8, u8 | size of the pool that gives, of the one that takes; 0 for `default` |
/// | 21 | 3 bytes | zero |
/// | 24 | bytes | reason, pool that gives, pool that takes |
/// | … | rows | u32 units, u8 code size, u8 SKU size, code, SKU |
package enum FenceDecoder {
    /// Room for the rows of one fence; the caller deallocates it.
    package static func makeRoom() -> UnsafeMutableBufferPointer<StockRow> {
        .allocate(capacity: 2 * Limits.fenceRowsMax)
    }

    /// Decodes a fence as a transfer of stock: two rows, giving and taking, for each of its own.
    ///
    /// SKUs stay where they are in the frame; their bytes are the engine's to check.
    /// - Parameters:
    ///   - body: The frame behind its header.
    ///   - rows: Room from ``makeRoom()``.
    /// - Returns: The request, which points into `body` and `rows`.
    /// - Throws: What is wrong with the body.
    package static func decode(
        _ body: UnsafeRawBufferPointer,
        rows: UnsafeMutableBufferPointer<StockRow>
    ) throws(WireFault) -> StockRequest {
        precondition(rows.count >= 2 * Limits.fenceRowsMax, "no room for the rows")
        var reader = unsafe ByteReader(body)
        let id = try reader.takeID()
        let count = Int(try reader.take(UInt16.self))
        guard (1...Limits.fenceRowsMax).contains(count) else {
            throw .rowCount(isEmpty: count == 0)
        }
        let reasonSize = Int(try reader.take(UInt8.self))
        let givingSize = Int(try reader.take(UInt8.self))
        let takingSize = Int(try reader.take(UInt8.self))
        try reader.takeZeros(3)
        let reason = try reader.takeReason(reasonSize)
        let giving = try reader.takePool(givingSize, at: -1)
        let taking = try reader.takePool(takingSize, at: -1)
        guard giving != taking else { throw .samePool }
        for index in 0..<count {
            var row = unsafe try takeRow(from: &reader, at: index)
            unsafe row.pool = taking
            unsafe rows.initializeElement(at: 2 * index + 1, to: row)
            unsafe row.pool = giving
            unsafe row.onHand = -row.onHand
            unsafe rows.initializeElement(at: 2 * index, to: row)
        }
        try reader.finish()
        return unsafe StockRequest(
            id: id,
            digest: WireLayout.digest(body, of: .fence),
            cause: .transferred,
            reason: reason,
            rows: UnsafeMutableBufferPointer(rebasing: rows[0..<(2 * count)])
        )
    }

    private static func takeRow(
        from reader: inout ByteReader,
        at index: Int
    ) throws(WireFault) -> StockRow {
        let units = Int64(try reader.take(UInt32.self))
        guard units >= 1, units <= Limits.unitsPerCellMax else {
            throw WireFault(.invalidQuantity, at: index, "units are 1 to 2,147,483,647")
        }
        let codeSize = Int(try reader.take(UInt8.self))
        let skuSize = Int(try reader.take(UInt8.self))
        let warehouse = try reader.takeWarehouse(codeSize, at: index)
        guard skuSize >= 1, skuSize <= Limits.skuSizeBytesMax else {
            throw .invalidSKU(at: index)
        }
        guard let bytes = unsafe reader.nextBytes(skuSize), let start = bytes.baseAddress
        else { throw .truncated }
        return unsafe StockRow(
            sku: SKUView(bytes: start, size: skuSize),
            warehouse: warehouse,
            onHand: units,
            safetyStock: nil,
            isAbsolute: false
        )
    }
}

extension ByteWriter {
    /// Writes a row: u32 units, u8 code size, u8 SKU size, code, SKU.
    fileprivate mutating func put(_ row: Fence.Row, at index: Int) throws(WireFault) {
        guard row.units >= 1, Int64(row.units) <= Limits.unitsPerCellMax else {
            throw WireFault(.invalidQuantity, at: index, "units are 1 to 2,147,483,647")
        }
        put(row.units)
        try putSize(of: row.warehouse, at: index)
        try putSKUSize(row.sku, at: index)
        put(row.warehouse)
        put(row.sku)
    }
}

extension WireFault {
    fileprivate static var samePool: WireFault {
        WireFault(.invalidPool, "units move from one pool to another one")
    }

    fileprivate static func rowCount(isEmpty: Bool) -> WireFault {
        isEmpty
            ? WireFault(.noLines, "a fence needs a row")
            : WireFault(.tooManyLines, "a fence has at most 16384 rows")
    }
}

extension WireLayout {
    /// Bytes of a fence before its reason: id, u16 rows, 3 × u8 size, 3 × 0.
    static var fenceFixedSizeBytes: Int { 24 }
    /// Bytes of a fence's row before its names: u32 units, 2 × u8 size.
    static var fenceRowFixedSizeBytes: Int { 6 }
}
