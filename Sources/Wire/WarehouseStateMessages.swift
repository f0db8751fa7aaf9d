package import Inventory

/// A request to open, drain or close a warehouse.
///
/// Body: 16 bytes id, u8 state, u8 size, code.
package struct WarehouseStateWrite: Hashable, Sendable, WireRequest {
    /// The id of the request.
    package var id: RequestID
    /// The state from now on.
    package var state: WarehouseState
    /// The warehouse.
    package var warehouse: WarehouseCode

    /// A request with all its fields.
    package init(id: RequestID, warehouse: WarehouseCode, state: WarehouseState) {
        self.id = id
        self.state = state
        self.warehouse = warehouse
    }

    /// Always `warehouse_set_state`.
    package var operation: Operation { .warehouseSetState }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 18 + warehouse.size }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(id)
        writer.put(state.rawValue)
        try writer.putSized(warehouse, at: -1)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        id = try reader.takeID()
        state = try reader.takeCase(
            WarehouseState.self,
            else: WireFault(.malformedFrame, "the state is 0, 1 or 2")
        )
        warehouse = try reader.takeSizedWarehouse()
    }

    /// The digest of the content, from the body of the frame.
    package static func digest(_ body: UnsafeRawBufferPointer) -> UInt64 {
        unsafe WireLayout.digest(body, of: .warehouseSetState)
    }
}

/// What stands in each warehouse.
///
/// Body: u16 count, then each: u64 cells, i64 on hand, reserved, committed, safety stock, backorder
/// limit, u8 state, u8 size, code.
package struct WarehouseFillList: Hashable, Sendable, WireAnswer {
    /// The warehouses.
    package var warehouses: [WarehouseFill]

    /// A list of warehouses.
    package init(_ warehouses: [WarehouseFill]) { self.warehouses = warehouses }

    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        warehouses.reduce(2) { $0 + WireLayout.fillFixedSizeBytes + $1.warehouse.size }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(warehouses.count <= Limits.warehousesMax, "more warehouses than may be")
        writer.put(UInt16(warehouses.count))
        for (index, fill) in warehouses.enumerated() {
            writer.put(fill.cells)
            writer.put(fill.figures)
            writer.put(fill.openShipments)
            writer.put(fill.capacityShipments ?? .max)
            writer.put(fill.state.rawValue)
            try writer.putSized(fill.warehouse, at: index)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.warehousesMax else {
            throw WireFault(.malformedFrame, "more warehouses than may be")
        }
        warehouses = []
        warehouses.reserveCapacity(min(count, reader.rest / WireLayout.fillFixedSizeBytes))
        for index in 0..<count {
            let cells = try reader.take(UInt64.self)
            let figures = try reader.takeFigures()
            let open = try reader.take(UInt64.self)
            let capacity = try reader.take(UInt32.self)
            let state = try reader.takeCase(
                WarehouseState.self,
                else: WireFault(.malformedFrame, at: index, "the state is 0, 1 or 2")
            )
            warehouses.append(
                WarehouseFill(
                    warehouse: try reader.takeSizedWarehouse(at: index),
                    state: state,
                    cells: cells,
                    figures: figures,
                    openShipments: open,
                    capacityShipments: capacity == .max ? nil : capacity
                )
            )
        }
    }
}
