package import Inventory

// What a record is about, told by the record alone: for looking a slice of the log through before
// it is applied, for histories, and for filters.
extension MovementReader {
    /// Calls `sku` with the number of each SKU that a record names and `id` with each id.
    ///
    /// Ids are those of reservations and of remembered writes, not those of requests that a
    /// reservation remembers. A number may come several times. Substitutes that a SKU is given
    /// count, lines whose name isn't known don't.
    /// - Throws: A `MovementError` when the record makes no sense.
    package static func forEachTouch(
        of record: UnsafeRawBufferPointer,
        lsn: UInt64,
        sku: (UInt32) -> Void,
        id: (RequestID) -> Void
    ) throws(MovementError) {
        var reader = try unsafe MovementReader(record, lsn: lsn)
        switch reader.header.kind {
        case .reserved, .replaced:
            id(reader.header.requestID)
            try reader.forEachReservedTouch(sku, id)
        case .committed, .released, .expired, .fulfilled, .cancelled:
            id(try reader.takeID())
            let count = Int(try reader.take(UInt16.self))
            let isPart = try reader.take(UInt16.self) & UInt16(MovementLayout.isPart) != 0
            if isPart { try reader.skip(MovementLayout.partSizeBytes) }
            let rest = isPart ? MovementLayout.partChangeSizeBytes : MovementLayout.changeSizeBytes
            try reader.forEachRow(count, sizeBytes: rest, sku)
        case .extended: id(try reader.takeID())
        case .rerouted: try reader.forEachReroutedTouch(sku, id)
        case .stockChanged:
            id(reader.header.requestID)
            try reader.forEachStockTouch(sku)
        case .skusChanged:
            id(reader.header.requestID)
            try reader.forEachSKUTouch(sku)
        case .substitutesChanged:
            id(reader.header.requestID)
            try reader.forEachSubstituteTouch(sku)
        case .warehousesChanged, .policiesChanged, .ratesChanged, .salesChanged:
            id(reader.header.requestID)
        case .forgotten:
            let count = try reader.take(UInt64.self)
            for _ in 0..<UInt32(truncatingIfNeeded: count) { id(try reader.takeID()) }
        case .actorNamed: break
        }
    }

    /// Reads rows of `sizeBytes` that begin with a SKU number.
    private mutating func forEachRow(
        _ count: Int,
        sizeBytes: Int,
        _ sku: (UInt32) -> Void
    ) throws(MovementError) {
        for _ in 0..<count {
            let number = try take(UInt32.self)
            try skip(sizeBytes - MemoryLayout<UInt32>.size)
            if number != .max { sku(number) }
        }
    }

    private mutating func forEachReservedTouch(
        _ sku: (UInt32) -> Void,
        _ id: (RequestID) -> Void
    ) throws(MovementError) {
        // Owner, digest, time to live.
        try skip(16 + 8 + 4)
        let lines = Int(try take(UInt16.self))
        _ = try take(UInt16.self)
        let fields = UInt8(truncatingIfNeeded: try take(UInt32.self) >> 16)
        if fields & MovementLayout.hasDestination != 0 {
            try skip(MovementLayout.destinationSizeBytes)
        }
        if fields & MovementLayout.hasPromise != 0 { try skip(MovementLayout.promiseSizeBytes) }
        if fields & MovementLayout.hasConstraints != 0 {
            let size = Int(try take(UInt16.self))
            guard size >= 2 else { throw error("has constraints of \(size) bytes") }
            try skip(size - 2)
        }
        if fields & MovementLayout.hasSale != 0 { try skip(MovementLayout.salePartSizeBytes) }
        if header.kind == .replaced {
            id(try takeID())
            _ = try take(Int64.self)
            let count = Int(try take(UInt32.self))
            try forEachRow(count, sizeBytes: MovementLayout.changeSizeBytes, sku)
            if fields & MovementLayout.replacedSale != 0 {
                try skip(MovementLayout.salePartSizeBytes)
            }
        }
        try forEachRow(lines, sizeBytes: MovementLayout.lineSizeBytes, sku)
    }

    private mutating func forEachReroutedTouch(
        _ sku: (UInt32) -> Void,
        _ id: (RequestID) -> Void
    ) throws(MovementError) {
        id(try takeID())
        let left = Int(try take(UInt16.self))
        let came = Int(try take(UInt16.self))
        let fields = UInt8(truncatingIfNeeded: try take(UInt32.self))
        if fields & MovementLayout.isRemembered != 0 { try skip(8) }
        if fields & MovementLayout.isPromised != 0 { try skip(4) }
        for _ in 0..<left + came {
            try skip(4)
            try forEachRow(1, sizeBytes: MovementLayout.movedShareSizeBytes - 4, sku)
        }
    }

    private mutating func forEachStockTouch(_ sku: (UInt32) -> Void) throws(MovementError) {
        _ = try take(UInt64.self)
        let rows = try take(UInt32.self)
        // Shortfalls, on hand, available, version, rows of the request.
        try skip(4 + 8 + 8 + 8 + 4)
        let pools = Int(try take(UInt16.self))
        let reasonSize = Int(try take(UInt8.self))
        try skip(1 + MovementLayout.padded(reasonSize) + pools * MovementLayout.poolSizeBytes)
        for _ in 0..<rows {
            sku(try take(UInt32.self))
            try skip(16)
            try skipName()
        }
    }

    /// Passes flags, size of a name, padding, and the name of a new SKU.
    private mutating func skipName() throws(MovementError) {
        let flags = try take(UInt8.self)
        let size = Int(try take(UInt8.self))
        _ = try take(UInt16.self)
        if flags & MovementLayout.newSKU != 0 { try skip((size + 3) & ~3) }
    }

    private mutating func forEachSKUTouch(_ sku: (UInt32) -> Void) throws(MovementError) {
        _ = try take(UInt64.self)
        let rows = try take(UInt32.self)
        try skip(4 + 8)
        for _ in 0..<rows {
            sku(try take(UInt32.self))
            try skip(4)
            try skipName()
        }
    }

    private mutating func forEachSubstituteTouch(_ sku: (UInt32) -> Void) throws(MovementError) {
        _ = try take(UInt64.self)
        let rows = try take(UInt32.self)
        try skip(4 + 8)
        for _ in 0..<rows {
            sku(try take(UInt32.self))
            let count = Int(try take(UInt32.self))
            guard count <= Limits.substitutesPerSKUMax else {
                throw error("has \(count) substitutes of one SKU")
            }
            try forEachRow(count, sizeBytes: 4, sku)
        }
    }
}
