public import Inventory

/// A request to say what may be offered in the place of SKUs: all its rows or none.
///
/// Body: 16 bytes id, u16 zero, u16 rows, u32 zero, then the rows.
package struct SubstitutesWrite: Hashable, Sendable, WireRequest {
    /// The id of the request.
    package var id: RequestID
    /// The SKUs, each once.
    package var rows: [SKUSubstitutes]

    /// A request with all its fields.
    package init(id: RequestID, rows: [SKUSubstitutes]) {
        self.id = id
        self.rows = rows
    }

    /// Always `substitutes_write`.
    package var operation: Operation { .substitutesWrite }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        rows.reduce(WireLayout.writeFixedSizeBytes) { $0 + $1.wireSizeBytes }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        if let (index, fault) = SKUSubstitutes.fault(of: rows) { throw WireFault(fault, at: index) }
        writer.put(id)
        writer.putZeros(2)
        try writer.putRowCount(rows.count)
        writer.putZeros(4)
        for (index, row) in rows.enumerated() { try writer.put(row, at: index) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        id = try reader.takeID()
        try reader.takeZeros(2)
        let count = try reader.takeRowCount()
        try reader.takeZeros(4)
        rows = []
        rows.reserveCapacity(min(count, reader.rest / WireLayout.substitutesFixedSizeBytes))
        for index in 0..<count { rows.append(try reader.takeSubstitutes(at: index)) }
        if let (index, fault) = SKUSubstitutes.fault(of: rows) { throw WireFault(fault, at: index) }
    }

    /// The digest of the content, from the body of the frame.
    package static func digest(_ body: UnsafeRawBufferPointer) -> UInt64 {
        unsafe WireLayout.digest(body, of: .substitutesWrite)
    }
}

/// A request for the substitutes of one SKU, or for a page of all.
///
/// Body: u32 number of the first SKU, u32 limit, u8 SKU size, SKU.
package struct SubstitutesListRequest: Hashable, Sendable, WireRequest {
    /// The number of the SKU to start with; 0 for the first page, and with a SKU.
    package var cursor: UInt32
    /// How many SKUs to answer, 1–1,024.
    package var limit: Int
    /// The only SKU; `nil` for a page of all that have substitutes.
    package var sku: String?

    /// A request for a page from `cursor` on, or for one SKU.
    package init(
        cursor: UInt32 = 0,
        limit: Int = Limits.rowsPerRequestMax,
        sku: String? = nil
    ) {
        self.cursor = cursor
        self.limit = limit
        self.sku = sku
    }

    /// Always `substitutes_list`.
    package var operation: Operation { .substitutesList }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 9 + (sku?.utf8.count ?? 0) }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        try check()
        writer.put(cursor)
        writer.put(UInt32(limit))
        if let sku { try writer.putSized(sku, at: -1) } else { writer.put(UInt8(0)) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        cursor = try reader.take(UInt32.self)
        limit = Int(try reader.take(UInt32.self))
        let size = Int(try reader.take(UInt8.self))
        sku = size == 0 ? nil : try reader.takeSKU(size)
        try check()
    }

    private func check() throws(WireFault) {
        guard limit >= 1, limit <= Limits.rowsPerRequestMax else {
            throw WireFault(.invalidQuantity, "the limit of a page is 1-1024 SKUs")
        }
        guard cursor == 0 || sku == nil else { throw .reserved }
    }
}

/// SKUs with their substitutes.
///
/// Body: u32 number of the next SKU or 4,294,967,295 at the end, u32 SKUs, then the rows.
public struct SubstitutesPage: Hashable, Sendable {
    /// The SKUs.
    public var rows: [SKUSubstitutes]
    /// Where the next page starts; `nil` at the end.
    public var next: UInt32?

    /// A page with all its fields.
    public init(rows: [SKUSubstitutes], next: UInt32? = nil) {
        self.rows = rows
        self.next = next
    }
}

extension SubstitutesPage: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int { rows.reduce(8) { $0 + $1.wireSizeBytes } }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(rows.count <= Limits.rowsPerRequestMax, "more SKUs than a page has")
        writer.put(next ?? WireLayout.cursorEnd)
        writer.put(UInt32(rows.count))
        for (index, row) in rows.enumerated() { try writer.put(row, at: index) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let next = try reader.take(UInt32.self)
        let count = Int(try reader.take(UInt32.self))
        guard count <= Limits.rowsPerRequestMax else {
            throw WireFault(.malformedFrame, "more SKUs than a page has")
        }
        var rows: [SKUSubstitutes] = []
        for index in 0..<count { rows.append(try reader.takeSubstitutes(at: index)) }
        self.init(rows: rows, next: next == WireLayout.cursorEnd ? nil : next)
    }
}

extension SKUSubstitutes {
    /// Bytes that the row takes in a frame.
    var wireSizeBytes: Int {
        substitutes.reduce(WireLayout.substitutesFixedSizeBytes + sku.utf8.count) {
            $0 + 1 + $1.utf8.count
        }
    }
}

extension ByteWriter {
    /// Writes a row: u8 SKU size, u8 substitutes, SKU, then each substitute: u8 size and SKU.
    fileprivate mutating func put(_ row: SKUSubstitutes, at index: Int) throws(WireFault) {
        try putSKUSize(row.sku, at: index)
        precondition(row.substitutes.count <= Limits.substitutesPerSKUMax, "checked before")
        put(UInt8(row.substitutes.count))
        put(row.sku)
        for sku in row.substitutes { try putSized(sku, at: index) }
    }
}

extension ByteReader {
    /// Reads a row; whether it makes sense is for the caller to ask.
    fileprivate mutating func takeSubstitutes(
        at index: Int
    ) throws(WireFault) -> SKUSubstitutes {
        let size = Int(try take(UInt8.self))
        let count = Int(try take(UInt8.self))
        guard count <= Limits.substitutesPerSKUMax else {
            throw WireFault(.invalidSubstitute, at: index, "a SKU has at most 8 substitutes")
        }
        var row = SKUSubstitutes(sku: try takeSKU(size, at: index), substitutes: [])
        for _ in 0..<count { row.substitutes.append(try takeSizedSKU(at: index)) }
        return row
    }
}
