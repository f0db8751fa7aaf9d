package import Inventory

/// A request to make or replace warehouses: all its rows or none.
///
/// Body: 16 bytes id, u16 zero, u16 rows, u32 zero, then the warehouses.
package struct WarehouseWrite: Hashable, Sendable, WireRequest {
    /// The id of the request.
    package var id: RequestID
    /// The warehouses as they are from now on.
    package var warehouses: [Warehouse]

    /// A request with all its fields.
    package init(id: RequestID, warehouses: [Warehouse]) {
        self.id = id
        self.warehouses = warehouses
    }

    /// Always `warehouse_write`.
    package var operation: Operation { .warehouseWrite }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        warehouses.reduce(WireLayout.writeFixedSizeBytes) { $0 + $1.wireSizeBytes }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(id)
        writer.putZeros(2)
        try writer.putRowCount(warehouses.count)
        writer.putZeros(4)
        for (index, warehouse) in warehouses.enumerated() {
            try writer.put(warehouse, at: index)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        id = try reader.takeID()
        try reader.takeZeros(2)
        let count = try reader.takeRowCount()
        try reader.takeZeros(4)
        warehouses = []
        warehouses.reserveCapacity(min(count, reader.rest / WireLayout.warehouseFixedSizeBytes))
        for index in 0..<count { warehouses.append(try reader.takeWarehouseRow(at: index)) }
    }

    /// The digest of the content, from the body of the frame.
    package static func digest(_ body: UnsafeRawBufferPointer) -> UInt64 {
        unsafe WireLayout.digest(body, of: .warehouseWrite)
    }
}

/// All warehouses.
///
/// Body: u16 count, then the warehouses.
package struct WarehouseList: Hashable, Sendable, WireAnswer {
    /// The warehouses.
    package var warehouses: [Warehouse]

    /// A list of warehouses.
    package init(_ warehouses: [Warehouse]) { self.warehouses = warehouses }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { warehouses.reduce(2) { $0 + $1.wireSizeBytes } }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(warehouses.count <= Limits.warehousesMax, "more warehouses than may be")
        writer.put(UInt16(warehouses.count))
        for (index, warehouse) in warehouses.enumerated() {
            try writer.put(warehouse, at: index)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.warehousesMax else {
            throw WireFault(.malformedFrame, "more warehouses than may be")
        }
        warehouses = []
        warehouses.reserveCapacity(min(count, reader.rest / WireLayout.warehouseFixedSizeBytes))
        for index in 0..<count { warehouses.append(try reader.takeWarehouseRow(at: index)) }
    }
}

extension Warehouse {
    /// Bytes that the warehouse takes in a frame.
    var wireSizeBytes: Int {
        WireLayout.warehouseFixedSizeBytes + code.size + city.utf8.count
            + regions.count * WireLayout.regionSizeBytes
    }
}

extension ByteWriter {
    /// Writes a warehouse: i32 latitude, i32 longitude, i32 priority, u16 handling hours,
    /// u8 cut-off hour, u8 state, i64 shipment cost, i64 unit cost, i64 cost of a kilometre,
    /// u32 capacity, i16 minutes ahead of UTC, u8 closed weekdays, u8 regions, u8 code size,
    /// u8 city size, code, city, regions of 8 bytes.
    mutating func put(_ warehouse: Warehouse, at index: Int) throws(WireFault) {
        if let fault = warehouse.fault { throw WireFault(fault, at: index) }
        put(warehouse.position.latitudeMicrodegrees)
        put(warehouse.position.longitudeMicrodegrees)
        put(warehouse.priority)
        put(warehouse.handlingHours)
        put(warehouse.cutoffHourUTC)
        put(warehouse.state.rawValue)
        put(warehouse.shipmentCostMinor)
        put(warehouse.unitCostMinor)
        put(warehouse.perKilometreMinor)
        put(warehouse.capacityShipments ?? WireLayout.anyCapacity)
        put(warehouse.utcOffsetMinutes)
        put(warehouse.closedWeekdays)
        put(UInt8(warehouse.regions.count))
        put(UInt8(warehouse.code.size))
        put(UInt8(warehouse.city.utf8.count))
        put(warehouse.code)
        put(warehouse.city)
        for region in warehouse.regions { put(region.word) }
    }
}

extension ByteReader {
    /// Reads a warehouse.
    mutating func takeWarehouseRow(at index: Int) throws(WireFault) -> Warehouse {
        let position = Position(
            latitudeMicrodegrees: try take(Int32.self),
            longitudeMicrodegrees: try take(Int32.self)
        )
        let priority = try take(Int32.self)
        let handlingHours = try take(UInt16.self)
        let cutoffHour = try take(UInt8.self)
        let state = try takeCase(
            WarehouseState.self,
            else: WireFault(.malformedFrame, at: index, "the state is 0, 1 or 2")
        )
        let shipmentCost = try take(Int64.self)
        let unitCost = try take(Int64.self)
        let perKilometre = try take(Int64.self)
        let capacity = try take(UInt32.self)
        let utcOffset = try take(Int16.self)
        let closedWeekdays = try take(UInt8.self)
        let regionCount = Int(try take(UInt8.self))
        let codeSize = Int(try take(UInt8.self))
        let citySize = Int(try take(UInt8.self))
        let code = try takeWarehouse(codeSize, at: index)
        let city = try takeText(citySize, sizeMax: Limits.cityNameSizeBytesMax)
        let regions = try takeRegions(regionCount, at: index)
        let warehouse = Warehouse(
            code: code,
            city: city,
            position: position,
            priority: priority,
            shipmentCostMinor: shipmentCost,
            perKilometreMinor: perKilometre,
            unitCostMinor: unitCost,
            cutoffHourUTC: cutoffHour,
            handlingHours: handlingHours,
            closedWeekdays: closedWeekdays,
            utcOffsetMinutes: utcOffset,
            capacityShipments: capacity == WireLayout.anyCapacity ? nil : capacity,
            regions: regions,
            state: state
        )
        if let fault = warehouse.fault { throw WireFault(fault, at: index) }
        return warehouse
    }

    private mutating func takeRegions(
        _ count: Int,
        at index: Int
    ) throws(WireFault) -> [RegionCode] {
        var regions: [RegionCode] = []
        for _ in 0..<count {
            let word = try take(UInt64.self)
            guard ReserveDecoder.isRegion(word) else {
                throw WireFault(
                    .invalidQuantity,
                    at: index,
                    "a region is 1-8 bytes of printable ASCII, each named once"
                )
            }
            regions.append(RegionCode(word: word))
        }
        return regions
    }
}
