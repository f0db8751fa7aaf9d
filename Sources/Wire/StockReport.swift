public import Inventory

/// All cells of one SKU.
///
/// Body: u64 version, u16 cells, u8 SKU size, u8 0, u32 grams, SKU, then each cell: i64 on hand,
/// reserved, committed, safety stock, backorder limit, u8 code size, u8 pool size, code, pool.
public struct StockReport: Hashable, Sendable {
    /// The figures of one cell.
    public struct Cell: Hashable, Sendable {
        /// The warehouse.
        public var warehouse: WarehouseCode
        /// The pool.
        public var pool: PoolName
        /// The figures.
        public var figures: CellFigures

        /// A cell with all its fields.
        public init(warehouse: WarehouseCode, pool: PoolName = .default, figures: CellFigures) {
            self.warehouse = warehouse
            self.pool = pool
            self.figures = figures
        }
    }

    /// The name of the SKU.
    public var sku: String
    /// Its version: +1 for each movement that touches it.
    public var version: UInt64
    /// The weight of a unit in grams; 0 where it isn't known.
    public var weightGrams: UInt32
    /// Its cells.
    public var cells: [Cell]

    /// A report with all its fields.
    public init(sku: String, version: UInt64, weightGrams: UInt32 = 0, cells: [Cell]) {
        self.sku = sku
        self.weightGrams = weightGrams
        self.version = version
        self.cells = cells
    }
}

extension StockReport: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        cells.reduce(WireLayout.stockFixedSizeBytes + sku.utf8.count) { size, cell in
            size + WireLayout.cellFixedSizeBytes + cell.warehouse.size + cell.pool.size
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(cells.count <= Limits.cellsPerSKUMax, "more cells than a SKU may have")
        writer.put(version)
        writer.put(UInt16(cells.count))
        try writer.putSKUSize(sku, at: -1)
        writer.putZeros(1)
        writer.put(weightGrams)
        writer.put(sku)
        for (index, cell) in cells.enumerated() {
            writer.put(cell.figures)
            try writer.putSize(of: cell.warehouse, at: index)
            writer.put(UInt8(cell.pool.size))
            writer.put(cell.warehouse)
            writer.put(cell.pool)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let version = try reader.take(UInt64.self)
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.cellsPerSKUMax else {
            throw WireFault(.malformedFrame, "more cells than a SKU may have")
        }
        let skuSize = Int(try reader.take(UInt8.self))
        try reader.takeZeros(1)
        let weightGrams = try reader.take(UInt32.self)
        let sku = try reader.takeSKU(skuSize)
        var cells: [Cell] = []
        cells.reserveCapacity(min(count, reader.rest / WireLayout.cellFixedSizeBytes))
        for index in 0..<count { cells.append(try Cell(from: &reader, at: index)) }
        self.init(sku: sku, version: version, weightGrams: weightGrams, cells: cells)
    }
}

extension StockReport.Cell {
    /// Reads one cell.
    init(from reader: inout ByteReader, at index: Int) throws(WireFault) {
        let figures = try reader.takeFigures()
        let codeSize = Int(try reader.take(UInt8.self))
        let poolSize = Int(try reader.take(UInt8.self))
        let warehouse = try reader.takeWarehouse(codeSize, at: index)
        let pool = try reader.takePool(poolSize, at: index)
        self.init(warehouse: warehouse, pool: pool, figures: figures)
    }
}

/// A page of all stock: whole SKUs in the order of their numbers.
///
/// Body: u32 number of the next SKU or 4,294,967,295 at the end, u32 SKUs, then each as in
/// ``StockReport``.
public struct StockPage: Hashable, Sendable {
    /// The SKUs of the page.
    public var reports: [StockReport]
    /// Where the next page starts; `nil` at the end.
    public var next: UInt32?

    /// A page with all its fields.
    public init(reports: [StockReport], next: UInt32?) {
        self.reports = reports
        self.next = next
    }
}

extension StockPage: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int { reports.reduce(8) { $0 + $1.bodySizeMax } }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(next ?? WireLayout.cursorEnd)
        writer.put(UInt32(reports.count))
        for report in reports { try report.write(to: &writer) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let next = try reader.take(UInt32.self)
        let count = Int(try reader.take(UInt32.self))
        guard count <= reader.rest / WireLayout.stockFixedSizeBytes else { throw .truncated }
        var reports: [StockReport] = []
        reports.reserveCapacity(count)
        for _ in 0..<count {
            reports.append(try StockReport(from: &reader, isRepeated: false))
        }
        self.init(reports: reports, next: next == WireLayout.cursorEnd ? nil : next)
    }
}

/// A request for all cells of one SKU.
///
/// Body: u8 SKU size, SKU.
package struct StockShowRequest: Hashable, Sendable, WireRequest {
    /// The name of the SKU.
    package var sku: String

    /// A request for the cells of `sku`.
    package init(sku: String) { self.sku = sku }

    /// Always `stock_show`.
    package var operation: Operation { .stockShow }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 1 + sku.utf8.count }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        try writer.putSized(sku, at: -1)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        sku = try reader.takeSizedSKU()
    }
}

/// A request for a page of all stock.
///
/// Body: u32 number of the first SKU, u32 limit.
package struct StockListRequest: Hashable, Sendable, WireRequest {
    /// The number of the SKU to start with; 0 for the first page.
    package var cursor: UInt32
    /// About how many cells to answer, 1–4,096; whole SKUs are answered.
    package var limit: Int

    /// A request for a page from `cursor` on.
    package init(cursor: UInt32 = 0, limit: Int = WireLayout.cellsPerPageMax) {
        self.cursor = cursor
        self.limit = limit
    }

    /// Always `stock_list`.
    package var operation: Operation { .stockList }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 8 }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        guard limit >= 1, limit <= WireLayout.cellsPerPageMax else {
            throw WireFault(.invalidQuantity, "the limit of a page is 1-4096 cells")
        }
        writer.put(cursor)
        writer.put(UInt32(limit))
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        cursor = try reader.take(UInt32.self)
        limit = Int(try reader.take(UInt32.self))
        guard limit >= 1, limit <= WireLayout.cellsPerPageMax else {
            throw WireFault(.invalidQuantity, "the limit of a page is 1-4096 cells")
        }
    }
}
