package import Inventory

/// A request to make SKUs and to say what a unit of them weighs: all its rows or none.
///
/// Body: 16 bytes id, u16 zero, u16 rows, u32 zero, then each row: u32 grams, u8 size, SKU.
package struct SKUWrite: Hashable, Sendable, WireRequest {
    /// The id of the request.
    package var id: RequestID
    /// The SKUs, each once.
    package var rows: [SKUWeight]

    /// A request with all its fields.
    package init(id: RequestID, rows: [SKUWeight]) {
        self.id = id
        self.rows = rows
    }

    /// Always `sku_write`.
    package var operation: Operation { .skuWrite }

    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        rows.reduce(WireLayout.writeFixedSizeBytes) {
            $0 + WireLayout.skuRowFixedSizeBytes + $1.sku.utf8.count
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(id)
        writer.putZeros(2)
        try writer.putRowCount(rows.count)
        writer.putZeros(4)
        for (index, row) in rows.enumerated() {
            writer.put(row.weightGrams)
            try writer.putSized(row.sku, at: index)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        id = try reader.takeID()
        try reader.takeZeros(2)
        let count = try reader.takeRowCount()
        try reader.takeZeros(4)
        rows = []
        rows.reserveCapacity(min(count, reader.rest / WireLayout.skuRowFixedSizeBytes))
        for index in 0..<count {
            let weightGrams = try reader.take(UInt32.self)
            rows.append(
                SKUWeight(sku: try reader.takeSizedSKU(at: index), weightGrams: weightGrams)
            )
        }
    }

    /// The digest of the content, from the body of the frame.
    package static func digest(_ body: UnsafeRawBufferPointer) -> UInt64 {
        unsafe WireLayout.digest(body, of: .skuWrite)
    }
}
