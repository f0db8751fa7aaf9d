public import Inventory

/// A request to change the stock of cells: all its rows or none.
public struct StockWrite: Hashable, Sendable {
    /// The change of one cell.
    public struct Row: Hashable, Sendable {
        /// The name of the SKU.
        public var sku: String
        /// The warehouse whose stock changes.
        public var warehouse: WarehouseCode
        /// What the cause says: a difference, or the units that there are.
        ///
        /// `received`, `returned`, `adjusted`: a difference. `imported`: the units on hand from now
        /// on, or a difference. `counted`: what a person counted, over all pools, committed units
        /// too. `transferred`: below 0 where they go from, above 0 where they go to, in pairs.
        /// `configured`: 0.
        public var units: Int64
        /// The pool whose stock changes.
        public var pool: PoolName
        /// With `imported` and `configured` the safety stock from now on; `nil` leaves it.
        public var safetyStock: Int64?
        /// With `imported` and `configured` the backorder limit from now on; `nil` leaves it.
        public var backorderLimit: Int64?
        /// The version that the SKU must have; 0 for one that isn't known yet, `nil` for any.
        public var expectedVersion: UInt64?
        /// With `imported`: whether the units are a difference and not the figure from now on.
        public var isDifference: Bool

        /// A row with all its fields.
        public init(
            sku: String,
            warehouse: WarehouseCode,
            units: Int64,
            safetyStock: Int64? = nil,
            pool: PoolName = .default,
            backorderLimit: Int64? = nil,
            expectedVersion: UInt64? = nil,
            isDifference: Bool = false
        ) {
            self.pool = pool
            self.backorderLimit = backorderLimit
            self.expectedVersion = expectedVersion
            self.isDifference = isDifference
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
    /// What is said of it in the audit trail: at most 64 bytes, no control characters.
    public var reason: String
    /// The rows; no two of the same cell.
    public var rows: [Row]

    /// A request with all its fields.
    public init(id: RequestID, cause: StockCause, reason: String = "", rows: [Row]) {
        self.id = id
        self.reason = reason
        self.cause = cause
        self.rows = rows
    }
}

extension StockWrite: WireRequest {
    /// Always `stock_write`.
    package var operation: Operation { .stockWrite }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        rows.reduce(WireLayout.writeFixedSizeBytes + reason.utf8.count) { size, row in
            size + WireLayout.stockRowFixedSizeBytes + 24 + Limits.warehouseCodeSizeBytesMax
                + Limits.poolNameSizeBytesMax + row.sku.utf8.count
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(id)
        writer.put(cause.rawValue)
        guard reason.utf8.count <= Limits.reasonSizeBytesMax,
            reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw .invalidReason }
        writer.put(UInt8(reason.utf8.count))
        try writer.putRowCount(rows.count)
        writer.putZeros(4)
        writer.put(reason)
        for (index, row) in rows.enumerated() {
            if let fault = cause.fault(of: row.fields, pool: row.pool, at: index) { throw fault }
            try writer.put(row, at: index)
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
            reason: decoded.reason,
            rows: decoded.rows.map {
                unsafe Row(
                    sku: $0.sku.text,
                    warehouse: $0.warehouse,
                    units: $0.onHand,
                    safetyStock: $0.safetyStock,
                    pool: $0.pool,
                    backorderLimit: $0.backorderLimit,
                    expectedVersion: $0.expectedVersion,
                    isDifference: decoded.cause == .imported && !$0.isAbsolute
                )
            }
        )
    }
}

extension StockWrite.Row {
    /// The field bits of the row.
    fileprivate var fields: UInt8 {
        var fields: UInt8 = safetyStock == nil ? 0 : WireLayout.safetyStockField
        if backorderLimit != nil { fields |= WireLayout.backorderLimitField }
        if expectedVersion != nil { fields |= WireLayout.rowVersionField }
        if isDifference { fields |= WireLayout.differenceField }
        return fields
    }
}

extension StockCause {
    /// What is wrong with a row of this cause that has `fields` and `pool`, or `nil`.
    fileprivate func fault(of fields: UInt8, pool: PoolName, at index: Int) -> WireFault? {
        let settings = WireLayout.safetyStockField | WireLayout.backorderLimitField
        var known = WireLayout.rowVersionField
        if self == .imported { known |= settings | WireLayout.differenceField }
        if self == .configured { known |= settings }
        guard fields & ~known == 0 else {
            return WireFault(.malformedFrame, at: index, "the row has a field not of its cause")
        }
        if self == .configured, fields & settings == 0 {
            return WireFault(.malformedFrame, at: index, "the row sets neither figure")
        }
        if self == .counted, pool != .default {
            return WireFault(.malformedFrame, at: index, "a count is of all pools; name none")
        }
        return nil
    }
}

extension WireFault {
    /// A reason that no change of stock can have.
    static var invalidReason: WireFault {
        WireFault(.invalidReason, "a reason is at most 64 bytes without control characters")
    }
}

extension ByteWriter {
    /// Writes a row: i64 units, u8 fields, 3 × u8 size, then what the fields say, names.
    fileprivate mutating func put(_ row: StockWrite.Row, at index: Int) throws(WireFault) {
        put(row.units)
        put(row.fields)
        try putSize(of: row.warehouse, at: index)
        try putSKUSize(row.sku, at: index)
        guard row.pool != WireLayout.defaultInLetters else { throw .invalidPool(at: index) }
        put(UInt8(row.pool.size))
        if let safetyStock = row.safetyStock { put(safetyStock) }
        if let backorderLimit = row.backorderLimit { put(backorderLimit) }
        if let expectedVersion = row.expectedVersion { put(expectedVersion) }
        put(row.warehouse)
        put(row.sku)
        put(row.pool)
    }

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
    /// Reads `size` bytes as what is said of a change of stock.
    mutating func takeReason(_ size: Int) throws(WireFault) -> String {
        guard size <= Limits.reasonSizeBytesMax else { throw .invalidReason }
        guard let bytes = unsafe nextBytes(size) else { throw .truncated }
        guard unsafe bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            let text = unsafe String(validating: bytes, as: UTF8.self)
        else { throw .invalidReason }
        return text
    }

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
/// | 17 | u8 | size of the reason |
/// | 18 | u16 | number of rows |
/// | 20 | u32 | zero |
/// | 24 | bytes | reason |
/// | … | rows | i64 units, u8 fields, u8 code size, u8 SKU size, u8 pool size, with bit 0 i64 |
/// | … | | safety stock, bit 1 i64 backorder limit, bit 2 u64 expected version, code, SKU, pool |
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
            else: WireFault(.unknownCause, "the cause is 0 to 6")
        )
        let reasonSize = Int(try reader.take(UInt8.self))
        let count = try reader.takeRowCount()
        try reader.takeZeros(4)
        let reason = try reader.takeReason(reasonSize)
        for index in 0..<count {
            let row = unsafe try takeRow(from: &reader, at: index, cause: cause)
            unsafe rows.initializeElement(at: index, to: row)
        }
        try reader.finish()
        return unsafe StockRequest(
            id: id,
            digest: WireLayout.digest(body, of: .stockWrite),
            cause: cause,
            reason: reason,
            rows: UnsafeMutableBufferPointer(rebasing: rows[0..<count])
        )
    }

    private static func takeRow(
        from reader: inout ByteReader,
        at index: Int,
        cause: StockCause
    ) throws(WireFault) -> StockRow {
        let units = try reader.take(Int64.self)
        let fields = try reader.take(UInt8.self)
        let codeSize = Int(try reader.take(UInt8.self))
        let skuSize = Int(try reader.take(UInt8.self))
        let poolSize = Int(try reader.take(UInt8.self))
        guard fields <= 15 else { throw .reserved }
        var safetyStock: Int64?
        var backorderLimit: Int64?
        var expectedVersion: UInt64?
        if fields & WireLayout.safetyStockField != 0 { safetyStock = try reader.take(Int64.self) }
        if fields & WireLayout.backorderLimitField != 0 {
            backorderLimit = try reader.take(Int64.self)
        }
        if fields & WireLayout.rowVersionField != 0 {
            expectedVersion = try reader.take(UInt64.self)
        }
        let warehouse = try reader.takeWarehouse(codeSize, at: index)
        guard skuSize >= 1, skuSize <= Limits.skuSizeBytesMax else {
            throw .invalidSKU(at: index)
        }
        guard let bytes = unsafe reader.nextBytes(skuSize), let start = bytes.baseAddress
        else { throw .truncated }
        let pool = try reader.takePool(poolSize, at: index)
        if let fault = cause.fault(of: fields, pool: pool, at: index) { throw fault }
        let isDifference = fields & WireLayout.differenceField != 0
        return unsafe StockRow(
            sku: SKUView(bytes: start, size: skuSize),
            warehouse: warehouse,
            pool: pool,
            onHand: units,
            safetyStock: safetyStock,
            backorderLimit: backorderLimit,
            expectedVersion: expectedVersion,
            isAbsolute: cause == .counted || (cause == .imported && !isDifference)
        )
    }
}
