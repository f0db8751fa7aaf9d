internal import Movements

/// A SKU that a movement makes.
struct MadeSKU {
    /// The number that it has from now on.
    let number: UInt32
    /// Its name.
    let name: String

    /// Calls `body` with each SKU that a record makes.
    ///
    /// - Throws: A `MovementError` when the record makes no sense.
    static func forEach(
        in record: UnsafeRawBufferPointer,
        lsn: UInt64,
        _ body: (MadeSKU) -> Void
    ) throws(MovementError) {
        var reader = try MovementReader(record, lsn: lsn)
        let figuresSizeBytes: Int
        let rows: UInt32
        switch reader.header.kind {
        case .stockChanged:
            _ = try reader.take(UInt64.self)
            rows = try reader.take(UInt32.self)
            // Cells in a shortfall, on hand, available, version, rows of the request.
            try reader.skip(4 + 8 + 8 + 8 + 4)
            let pools = Int(try reader.take(UInt16.self))
            let reasonSize = Int(try reader.take(UInt8.self))
            let poolsSizeBytes = pools * MovementLayout.poolSizeBytes
            try reader.skip(1 + MovementLayout.padded(reasonSize) + poolsSizeBytes)
            // Warehouse, pool, and three changes.
            figuresSizeBytes = 2 + 2 + 3 * 4
        case .skusChanged:
            _ = try reader.take(UInt64.self)
            rows = try reader.take(UInt32.self)
            try reader.skip(4 + 8)
            // The weight.
            figuresSizeBytes = 4
        case .warehousesChanged, .reserved, .committed, .released, .expired, .forgotten, .replaced,
            .fulfilled, .cancelled, .extended, .actorNamed, .policiesChanged, .ratesChanged,
            .substitutesChanged, .rerouted, .salesChanged:
            return
        }
        for _ in 0..<rows {
            let number = try reader.take(UInt32.self)
            try reader.skip(figuresSizeBytes)
            let flags = try reader.take(UInt8.self)
            let size = Int(try reader.take(UInt8.self))
            _ = try reader.take(UInt16.self)
            guard flags & MovementLayout.newSKU != 0 else { continue }
            let name = try reader.takeBytes(size: size, paddedTo: 4)
            body(MadeSKU(number: number, name: String(decoding: name, as: UTF8.self)))
        }
    }
}
