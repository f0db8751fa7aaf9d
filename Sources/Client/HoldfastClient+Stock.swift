/// A pool of a warehouse: where stock comes from or goes to.
public struct StockPlace: Hashable, Sendable {
    /// The warehouse.
    public var warehouse: WarehouseCode
    /// The pool.
    public var pool: PoolName

    /// A pool of a warehouse.
    public init(_ warehouse: WarehouseCode, pool: PoolName = .default) {
        self.warehouse = warehouse
        self.pool = pool
    }
}

/// Stock.
extension HoldfastClient {
    // MARK: Changes

    /// Changes or sets the stock of cells: all rows or none.
    public func write(
        _ request: StockWrite
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(request).value
    }

    /// Tells how many units of a SKU a person counted in a warehouse.
    ///
    /// - Parameters:
    ///   - sku: The SKU.
    ///   - warehouse: The warehouse.
    ///   - units: All units that are there, of all pools, committed ones too.
    ///   - expectedVersion: The version of the SKU when counting began; another one refuses.
    ///   - reason: What is said of it in the audit trail.
    ///   - requestID: The id of this request.
    /// - Returns: What is there now, and whether more is promised than that, or why nothing was
    ///   done.
    /// - Throws: When no answer came.
    public func count(
        _ sku: String,
        at warehouse: WarehouseCode,
        units: Int64,
        expectedVersion: UInt64? = nil,
        reason: String = "",
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        let row = StockWrite.Row(
            sku: sku,
            warehouse: warehouse,
            units: units,
            expectedVersion: expectedVersion
        )
        return try await write(
            StockWrite(id: requestID, cause: .counted, reason: reason, rows: [row])
        )
    }

    /// Moves available units of a SKU from one warehouse or pool to another.
    ///
    /// - Parameters:
    ///   - units: How many.
    ///   - sku: The SKU.
    ///   - origin: Where they are.
    ///   - destination: Where they are to be.
    ///   - reason: What is said of it in the audit trail.
    ///   - requestID: The id of this request.
    /// - Returns: What is at the destination then, or why nothing was done.
    /// - Throws: When no answer came.
    public func transfer(
        _ units: Int64,
        of sku: String,
        from origin: StockPlace,
        to destination: StockPlace,
        reason: String = "",
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        // Wraps for one number only, which the server refuses as it does any that isn't above 0.
        let taken = 0 &- units
        let rows = [
            StockWrite.Row(
                sku: sku,
                warehouse: origin.warehouse,
                units: taken,
                pool: origin.pool
            ),
            StockWrite.Row(
                sku: sku,
                warehouse: destination.warehouse,
                units: units,
                pool: destination.pool
            ),
        ]
        return try await write(
            StockWrite(id: requestID, cause: .transferred, reason: reason, rows: rows)
        )
    }

    /// Sets safety stock or backorder limit of a cell, or both.
    ///
    /// - Parameters:
    ///   - sku: The SKU.
    ///   - place: The cell's warehouse and pool.
    ///   - safetyStock: Units never offered from now on; `nil` leaves it as it is.
    ///   - backorderLimit: Units that may be promised beyond what is there; `nil` leaves it.
    ///   - reason: What is said of it in the audit trail.
    ///   - requestID: The id of this request.
    /// - Returns: What is available then, or why nothing was done.
    /// - Throws: When no answer came.
    public func configure(
        _ sku: String,
        at place: StockPlace,
        safetyStock: Int64? = nil,
        backorderLimit: Int64? = nil,
        reason: String = "",
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        let row = StockWrite.Row(
            sku: sku,
            warehouse: place.warehouse,
            units: 0,
            safetyStock: safetyStock,
            pool: place.pool,
            backorderLimit: backorderLimit
        )
        return try await write(
            StockWrite(id: requestID, cause: .configured, reason: reason, rows: [row])
        )
    }

    /// Makes SKUs that aren't known, and sets what a unit of each weighs: all rows or none.
    public func write(
        _ skus: [SKUWeight],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(SKUWrite(id: requestID, rows: skus)).value
    }

    // MARK: Reads

    /// All cells of one SKU.
    public func stock(
        of sku: String
    ) async throws(ClientError) -> Result<StockReport, Refusal> {
        try await start(StockShowRequest(sku: sku)).value
    }

    /// A page of all stock, each SKU at one instant; the next page starts at the answer's `next`.
    public func stockPage(
        from cursor: UInt32 = 0,
        cellsMax: Int = 4_096
    ) async throws(ClientError) -> Result<StockPage, Refusal> {
        try await start(StockListRequest(cursor: cursor, limit: cellsMax)).value
    }

    /// What a reservation could take now, in the order of the SKUs asked for.
    ///
    /// With an owner the owner's own held units count as free.
    public func availability(
        _ query: AvailabilityQuery
    ) async throws(ClientError) -> Result<[SKUAvailability], Refusal> {
        try await start(query, answeredBy: AvailabilityReport.self).value.map(\.skus)
    }

    /// The open reservations that have units of a SKU, oldest first.
    ///
    /// The server looks through all reservations: not for a checkout's path.
    /// - Parameters:
    ///   - sku: The SKU.
    ///   - warehouse: Only units there; `nil` for all warehouses.
    ///   - limit: How many to tell, 1–1,024.
    /// - Returns: How many there are, their units, and the oldest of them.
    /// - Throws: When no answer came.
    public func holds(
        of sku: String,
        at warehouse: WarehouseCode? = nil,
        limit: Int = 1_024
    ) async throws(ClientError) -> Result<StockHolds, Refusal> {
        try await start(StockHoldsRequest(sku: sku, warehouse: warehouse, limit: limit)).value
    }
}

/// Warehouses.
extension HoldfastClient {
    /// Makes or replaces warehouses: all of them or none.
    public func write(
        _ warehouses: [Warehouse],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(WarehouseWrite(id: requestID, warehouses: warehouses)).value
    }

    /// Opens, drains or closes a warehouse.
    ///
    /// Once this is answered nothing new is taken from one that isn't online.
    public func setState(
        of warehouse: WarehouseCode,
        to state: WarehouseState,
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(
            WarehouseStateWrite(id: requestID, warehouse: warehouse, state: state)
        ).value
    }

    /// Begins to move all held units away from a warehouse that isn't online.
    ///
    /// The server goes on by itself; ``rerouteReport(on:)`` tells how. What is under way goes on.
    public func startReroute(
        of warehouse: WarehouseCode
    ) async throws(ClientError) -> Result<RerouteReport, Refusal> {
        try await start(WarehouseReroute.start(warehouse)).value
    }

    /// How moving held units away from a warehouse goes, or what came of it last.
    public func rerouteReport(
        on warehouse: WarehouseCode
    ) async throws(ClientError) -> Result<RerouteReport, Refusal> {
        try await start(WarehouseReroute.status(warehouse)).value
    }

    /// All warehouses.
    public func warehouses() async throws(ClientError) -> Result<[Warehouse], Refusal> {
        try await start(
            PlainRequest(.warehouseList),
            answeredBy: WarehouseList.self
        ).value.map(\.warehouses)
    }

    /// What stands in each warehouse: sums over its cells.
    ///
    /// The server sweeps all stock: for people.
    public func warehouseFill() async throws(ClientError) -> Result<[WarehouseFill], Refusal> {
        try await start(
            PlainRequest(.warehouseFill),
            answeredBy: WarehouseFillList.self
        ).value.map(\.warehouses)
    }
}
