package import Inventory

/// A question what could be reserved now.
///
/// Body: u16 SKUs, u16 warehouses (0: all), u8 pools (0: `default`), u8 fields (bit 0 owner),
/// u16 0, [16 bytes owner], then the warehouses, the pools and the SKUs: u8 size and bytes each.
extension AvailabilityQuery: WireRequest {
    /// Always `availability`.
    package var operation: Operation { .availability }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        skus.reduce(
            WireLayout.availabilityFixedSizeBytes + 16 + warehouses.count * 17 + pools.count * 17
        ) { $0 + 1 + $1.utf8.count }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        guard !skus.isEmpty else { throw .noSKUs }
        guard skus.count <= Limits.availabilitySKUsMax else { throw .tooManySKUs }
        guard warehouses.count <= Limits.availabilityWarehousesMax else {
            throw .tooManyWarehouses
        }
        guard pools.count <= Limits.poolsPerLineMax, Set(pools).count == pools.count else {
            throw .invalidPool(at: -1)
        }
        guard Set(warehouses).count == warehouses.count else { throw .warehouseTwice(at: -1) }
        writer.put(UInt16(skus.count))
        writer.put(UInt16(warehouses.count))
        writer.put(UInt8(pools.count))
        writer.put(owner == nil ? 0 : WireLayout.ownerField)
        writer.putZeros(2)
        if let owner { writer.put(owner) }
        for (index, code) in warehouses.enumerated() { try writer.putSized(code, at: index) }
        for pool in pools { try writer.putSized(pool, at: -1) }
        for (index, sku) in skus.enumerated() { try writer.putSized(sku, at: index) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        let skuCount = Int(try reader.take(UInt16.self))
        let warehouseCount = Int(try reader.take(UInt16.self))
        let poolCount = Int(try reader.take(UInt8.self))
        let fields = try reader.take(UInt8.self)
        guard fields & ~WireLayout.ownerField == 0 else { throw .reserved }
        try reader.takeZeros(2)
        guard skuCount >= 1 else { throw .noSKUs }
        guard skuCount <= Limits.availabilitySKUsMax else { throw .tooManySKUs }
        guard warehouseCount <= Limits.availabilityWarehousesMax else {
            throw .tooManyWarehouses
        }
        guard poolCount <= Limits.poolsPerLineMax else { throw .invalidPool(at: -1) }
        self.init(skus: [])
        if fields != 0 { owner = try reader.takeOwner() }
        var seen: Set<WarehouseCode> = []
        for index in 0..<warehouseCount {
            let code = try reader.takeSizedWarehouse(at: index)
            guard seen.insert(code).inserted else { throw .warehouseTwice(at: index) }
            warehouses.append(code)
        }
        for _ in 0..<poolCount {
            let pool = try reader.takeSizedPool(at: -1)
            guard !pools.contains(pool) else { throw .invalidPool(at: -1) }
            pools.append(pool)
        }
        skus.reserveCapacity(min(skuCount, reader.rest / 2))
        for index in 0..<skuCount { skus.append(try reader.takeSizedSKU(at: index)) }
    }
}

extension WireFault {
    fileprivate static var noSKUs: WireFault { WireFault(.noLines, "ask for at least one SKU") }

    fileprivate static var tooManySKUs: WireFault {
        WireFault(.tooManyLines, "ask for at most 4096 SKUs")
    }

    fileprivate static var tooManyWarehouses: WireFault {
        WireFault(.tooManyLines, "ask for at most 256 warehouses, or for all")
    }

    fileprivate static func warehouseTwice(at index: Int) -> WireFault {
        WireFault(.malformedFrame, at: index, "a warehouse is asked for twice")
    }
}

/// What could be reserved of each SKU, in the order asked.
///
/// Body: u16 SKUs, u16 0, then each: u64 version, i64 sum of available, u16 cells, then each cell:
/// i64 available, i64 on hand, u8 state, u8 size, code.
package struct AvailabilityReport: Hashable, Sendable, WireAnswer {
    /// The SKUs.
    package var skus: [SKUAvailability]

    /// A report of SKUs.
    package init(_ skus: [SKUAvailability]) { self.skus = skus }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { skus.reduce(4) { $0 + $1.wireSizeBytes } }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(skus.count <= Limits.availabilitySKUsMax, "more SKUs than may be asked for")
        writer.put(UInt16(skus.count))
        writer.putZeros(2)
        for sku in skus {
            precondition(sku.cells.count <= Limits.warehousesMax, "a cell for each warehouse")
            writer.put(sku.version)
            writer.put(sku.available)
            writer.put(UInt16(sku.cells.count))
            for (index, cell) in sku.cells.enumerated() {
                writer.put(cell.available)
                writer.put(cell.onHand)
                writer.put(cell.state.rawValue)
                try writer.putSized(cell.warehouse, at: index)
            }
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.availabilitySKUsMax else {
            throw WireFault(.malformedFrame, "more SKUs than may be asked for")
        }
        try reader.takeZeros(2)
        skus = []
        skus.reserveCapacity(min(count, reader.rest / WireLayout.availableFixedSizeBytes))
        for index in 0..<count { skus.append(try reader.takeAvailability(at: index)) }
    }
}

extension SKUAvailability {
    /// Bytes that the SKU takes in a frame.
    package var wireSizeBytes: Int {
        cells.reduce(WireLayout.availableFixedSizeBytes) {
            $0 + WireLayout.availableCellFixedSizeBytes + $1.warehouse.size
        }
    }
}

extension ByteReader {
    fileprivate mutating func takeAvailability(
        at index: Int
    ) throws(WireFault) -> SKUAvailability {
        var sku = SKUAvailability(version: try take(UInt64.self), cells: [])
        let available = try take(Int64.self)
        let count = Int(try take(UInt16.self))
        guard count <= Limits.warehousesMax else {
            throw WireFault(.malformedFrame, at: index, "more warehouses than may be")
        }
        sku.cells.reserveCapacity(min(count, rest / WireLayout.availableCellFixedSizeBytes))
        var sum: Int64 = 0
        for _ in 0..<count {
            let cellAvailable = try take(Int64.self)
            let onHand = try take(Int64.self)
            let state = try takeCase(
                WarehouseState.self,
                else: WireFault(.malformedFrame, at: index, "the state is 0, 1 or 2")
            )
            sku.cells.append(
                SKUAvailability.Cell(
                    warehouse: try takeSizedWarehouse(at: index),
                    state: state,
                    available: cellAvailable,
                    onHand: onHand
                )
            )
            let (total, overflow) = sum.addingReportingOverflow(cellAvailable)
            sum = total
            guard !overflow else { throw .wrongSum(at: index) }
        }
        guard sum == available else { throw .wrongSum(at: index) }
        return sku
    }
}

extension WireFault {
    fileprivate static func wrongSum(at index: Int) -> WireFault {
        WireFault(.malformedFrame, at: index, "the sum isn't that of the cells")
    }
}

/// A request for the open reservations of a SKU.
///
/// Body: u16 limit, u8 SKU size, u8 code size (0: all warehouses), SKU, code.
package struct StockHoldsRequest: Hashable, Sendable, WireRequest {
    /// The name of the SKU.
    package var sku: String
    /// The warehouse; `nil` for all.
    package var warehouse: WarehouseCode?
    /// How many to answer, 1–1,024.
    package var limit: Int

    /// A request with all its fields.
    package init(
        sku: String,
        warehouse: WarehouseCode? = nil,
        limit: Int = Limits.holdsPerListMax
    ) {
        self.sku = sku
        self.warehouse = warehouse
        self.limit = limit
    }

    /// Always `stock_holds`.
    package var operation: Operation { .stockHolds }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int { 4 + sku.utf8.count + Limits.warehouseCodeSizeBytesMax }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        guard limit >= 1, limit <= Limits.holdsPerListMax else { throw badLimit }
        writer.put(UInt16(limit))
        try writer.putSKUSize(sku, at: -1)
        if let warehouse {
            try writer.putSize(of: warehouse, at: -1)
        } else {
            writer.putZeros(1)
        }
        writer.put(sku)
        if let warehouse { writer.put(warehouse) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        limit = Int(try reader.take(UInt16.self))
        let skuSize = Int(try reader.take(UInt8.self))
        let codeSize = Int(try reader.take(UInt8.self))
        sku = try reader.takeSKU(skuSize)
        if codeSize > 0 { warehouse = try reader.takeWarehouse(codeSize) }
        guard limit >= 1, limit <= Limits.holdsPerListMax else { throw badLimit }
    }

    private var badLimit: WireFault {
        WireFault(.invalidQuantity, "the limit of a list of holds is 1-1024")
    }
}

/// The open reservations of a SKU.
///
/// Body: u32 how many there are, u32 how many follow, u64 held, u64 committed, then each: 16 bytes
/// id, 16 bytes owner, i64 expiry, u32 held, u32 committed.
extension StockHolds: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        WireLayout.holdsFixedSizeBytes + holds.count * WireLayout.holdSizeBytes
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(holds.count <= Limits.holdsPerListMax, "a list has a limit")
        writer.put(count)
        writer.put(UInt32(holds.count))
        writer.put(held)
        writer.put(committed)
        for hold in holds {
            writer.put(hold.id)
            writer.put(hold.owner)
            writer.put(hold.expiresAt.milliseconds)
            writer.put(hold.held)
            writer.put(hold.committed)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let count = try reader.take(UInt32.self)
        let following = try reader.take(UInt32.self)
        guard following <= Limits.holdsPerListMax, following <= count else {
            throw WireFault(.malformedFrame, "more reservations follow than there are")
        }
        let held = try reader.take(UInt64.self)
        self.init(count: count, held: held, committed: try reader.take(UInt64.self), holds: [])
        for _ in 0..<following {
            holds.append(
                Hold(
                    id: try reader.takeID(),
                    owner: try reader.takeOwner(),
                    expiresAt: try reader.takeInstant(),
                    held: try reader.take(UInt32.self),
                    committed: try reader.take(UInt32.self)
                )
            )
        }
    }
}
