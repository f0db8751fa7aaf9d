/// The operations. Each answers with a value: what was done, or why not.
extension HoldfastClient {
    // MARK: Reservations

    /// Holds lines for an owner until the hold expires, is committed or released.
    public func reserve(
        _ request: ReservationRequest
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await start(request).value
    }

    /// Makes a hold an order.
    ///
    /// Harmless to repeat.
    public func commit(
        _ reservation: ReservationID,
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await start(ReservationChange.commit(reservation, requestID: requestID)).value
    }

    /// Gives a hold back.
    ///
    /// Harmless to repeat.
    public func release(
        _ reservation: ReservationID,
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await start(ReservationChange.release(reservation, requestID: requestID)).value
    }

    /// Tells what became of a reservation.
    public func show(
        _ reservation: ReservationID
    ) async throws(ClientError) -> Result<ReservationReport, Refusal> {
        try await start(ShowRequest(reservation)).value
    }

    // MARK: Stock and warehouses

    /// Changes or sets the stock of cells: all rows or none.
    public func write(
        _ request: StockWrite
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(request).value
    }

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

    /// Makes or replaces warehouses: all of them or none.
    public func write(
        _ warehouses: [Warehouse],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(WarehouseWrite(id: requestID, warehouses: warehouses)).value
    }

    /// All warehouses.
    public func warehouses() async throws(ClientError) -> Result<[Warehouse], Refusal> {
        let list = try await start(
            PlainRequest(.warehouseList),
            answeredBy: WarehouseList.self
        ).value
        return list.map(\.warehouses)
    }

    // MARK: The server

    /// Counters and gauges of the server.
    public func statistics() async throws(ClientError) -> Result<ServerStatistics, Refusal> {
        try await start(PlainRequest(.stats)).value
    }

    /// Sweeps all invariants under all locks: the server does nothing else meanwhile.
    public func check() async throws(ClientError) -> Result<CheckResult, Refusal> {
        try await start(PlainRequest(.check)).value
    }
}
