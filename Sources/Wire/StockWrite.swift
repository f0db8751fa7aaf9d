public import Inventory

/// A request to change the stock of cells: all its rows or none.
public struct StockWrite: Hashable, Sendable {
    /// The change of one cell.
    public struct Row: Hashable, Sendable {
        /// The name of the SKU.
        public var sku: String
        /// The warehouse whose stock changes.
        public var warehouse: WarehouseCode
        /// With cause `imported` the units on hand from now on, else the difference.
        public var units: Int64
        /// The safety stock from now on; `nil` leaves it as it is.
        public var safetyStock: Int64?

        /// A row with all its fields.
        public init(
            sku: String,
            warehouse: WarehouseCode,
            units: Int64,
            safetyStock: Int64? = nil
        ) {
            self.sku = sku
            self.warehouse = warehouse
            self.units = units
            self.safetyStock = safetyStock
        }
    }

    /// The id of the request.
    public var id: RequestID
    /// Why stock changes.
    public var cause: StockCause
    /// The rows; no two of the same cell.
    public var rows: [Row]

    /// A request with all its fields.
    public init(id: RequestID, cause: StockCause, rows: [Row]) {
        self.id = id
        self.cause = cause
        self.rows = rows
    }
}

extension StockWrite: WireRequest {
    /// Always `stock_write`.
    package var operation: Operation { .stockWrite }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        rows.reduce(WireLayout.writeFixedSizeBytes) { size, row in
            size + WireLayout.stockRowFixedSizeBytes + 8 + Limits.warehouseCodeSizeBytesMax
                + row.sku.utf8.count
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(id)
        writer.put(cause.rawValue)
        writer.putZeros(1)
        try writer.putRowCount(rows.count)
        writer.putZeros(4)
        for (index, row) in rows.enumerated() {
            guard row.warehouse != .none else {
                throw WireFault(
                    .invalidWarehouseCode,
                    at: index,
                    "a warehouse is 1-16 bytes of printable ASCII"
                )
            }
            writer.put(row.units)
            writer.put(row.safetyStock == nil ? 0 : WireLayout.safetyStockField)
            writer.put(UInt8(row.warehouse.size))
            try writer.putSKUSize(row.sku, at: index)
            writer.putZeros(1)
            if let safetyStock = row.safetyStock { writer.put(safetyStock) }
            writer.put(row.warehouse)
            writer.put(row.sku)
        }
    }

    /// Reads the body into values of its own.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        let capacity = Limits.rowsPerRequestMax
        let rows = UnsafeMutableBufferPointer<StockRow>.allocate(capacity: capacity)
        defer { unsafe rows.deallocate() }
        guard let body = unsafe reader.nextBytes(reader.rest) else { throw .truncated }
        let decoded = unsafe try StockDecoder.decode(body, rows: rows)
        unsafe self.init(
            id: decoded.id,
            cause: decoded.cause,
            rows: decoded.rows.map {
                unsafe Row(
                    sku: $0.sku.text,
                    warehouse: $0.warehouse,
                    units: $0.onHand,
                    safetyStock: $0.safetyStock
                )
            }
        )
    }
}

extension ByteWriter {
    /// Writes the number of rows of a write, refused unless it is 1–1,024.
    mutating func putRowCount(_ count: Int) throws(WireFault) {
        guard count > 0 else { throw WireFault(.noLines, "a write needs a row") }
        guard count <= Limits.rowsPerRequestMax else {
            throw WireFault(.tooManyLines, "a write has at most 1024 rows")
        }
        put(UInt16(count))
    }
}

extension ByteReader {
    /// Reads the number of rows of a write, refused unless it is 1–1,024.
    mutating func takeRowCount() throws(WireFault) -> Int {
        let count = Int(try take(UInt16.self))
        guard count > 0 else { throw WireFault(.noLines, "a write needs a row") }
        guard count <= Limits.rowsPerRequestMax else {
            throw WireFault(.tooManyLines, "a write has at most 1024 rows")
        }
        return count
    }
}

/// Reads stock writes where they stand in the frame.
///
/// | offset | type | field |
/// |---|---|---|
/// | 0 | 16 bytes | id of the request |
/// | 16 | u8 | cause |
/// | 17 | u8 | zero |
/// | 18 | u16 | number of rows |
/// | 20 | u32 | zero |
/// | 24 | rows | i64 units, u8 fields (bit 0 safety stock), u8 code size, u8 SKU size, u8 0, |
/// | … | | [i64 safety stock], code, SKU |
package enum StockDecoder {
    /// Decodes a stock write, with its rows in `rows`.
    ///
    /// SKUs stay where they are in the frame; their bytes and the units are the engine's to check.
    /// - Parameters:
    ///   - body: The frame behind its header.
    ///   - rows: Room for the most rows that a request may have.
    /// - Returns: The request, which points into `body` and `rows`.
    /// - Throws: What is wrong with the body.
    package static func decode(
        _ body: UnsafeRawBufferPointer,
        rows: UnsafeMutableBufferPointer<StockRow>
    ) throws(WireFault) -> StockRequest {
        precondition(rows.count >= Limits.rowsPerRequestMax, "no room for the rows")
        var reader = unsafe ByteReader(body)
        let id = try reader.takeID()
        let cause = try reader.takeCase(
            StockCause.self,
            else: WireFault(.unknownCause, "the cause is 0, 1, 2 or 3")
        )
        try reader.takeZeros(1)
        let count = try reader.takeRowCount()
        try reader.takeZeros(4)
        for index in 0..<count {
            let row = unsafe try takeRow(
                from: &reader,
                at: index,
                isAbsolute: cause == .imported
            )
            unsafe rows.initializeElement(at: index, to: row)
        }
        try reader.finish()
        return unsafe StockRequest(
            id: id,
            digest: WireLayout.digest(body, of: .stockWrite),
            cause: cause,
            rows: UnsafeMutableBufferPointer(rebasing: rows[0..<count])
        )
    }

    private static func takeRow(
        from reader: inout ByteReader,
        at index: Int,
        isAbsolute: Bool
    ) throws(WireFault) -> StockRow {
        let units = try reader.take(Int64.self)
        let fields = try reader.take(UInt8.self)
        guard fields & ~WireLayout.safetyStockField == 0 else { throw .reserved }
        let codeSize = Int(try reader.take(UInt8.self))
        let skuSize = Int(try reader.take(UInt8.self))
        try reader.takeZeros(1)
        var safetyStock: Int64?
        if fields & WireLayout.safetyStockField != 0 { safetyStock = try reader.take(Int64.self) }
        let warehouse = try reader.takeWarehouse(codeSize, at: index)
        guard skuSize >= 1, skuSize <= Limits.skuSizeBytesMax else {
            throw WireFault(.invalidSKU, at: index, "a SKU is 1-64 bytes of printable ASCII")
        }
        guard let bytes = unsafe reader.nextBytes(skuSize), let start = bytes.baseAddress
        else { throw .truncated }
        return unsafe StockRow(
            sku: SKUView(bytes: start, size: skuSize),
            warehouse: warehouse,
            onHand: units,
            safetyStock: safetyStock,
            isAbsolute: isAbsolute
        )
    }
}
