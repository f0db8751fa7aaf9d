/// Sales: what holds for what is reserved from a pool, and what became of it.
extension HoldfastClient {
    /// Defines, opens, closes or forgets sales: all changes or none.
    ///
    /// Rules replace those that the sale had; what its owners have of it stays.
    public func write(
        _ changes: [SaleChange],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(SaleWrite(id: requestID, changes: changes)).value
    }

    /// All sales, and the server's instant, which says whether each of them sells.
    public func sales() async throws(ClientError) -> Result<SaleList, Refusal> {
        try await start(PlainRequest(.saleList)).value
    }

    /// What became of a sale so far.
    ///
    /// The server looks at every SKU of the pool, on a thread of its own: ask once a second, not
    /// for each order.
    public func saleStatus(
        of pool: PoolName
    ) async throws(ClientError) -> Result<SaleStatus, Refusal> {
        try await start(SaleQuestion.status(pool)).value
    }

    /// What became of a sale so far, and who got what share of it.
    ///
    /// The server looks at what each owner has, on a thread of its own.
    /// - Parameters:
    ///   - pool: The pool of the sale.
    ///   - limit: How many owners to list, those with most units, 0–1,024.
    /// - Returns: The figures, how many owners have how many units, and the owners listed.
    /// - Throws: When no answer came.
    public func saleOverview(
        of pool: PoolName,
        limit: Int = 10
    ) async throws(ClientError) -> Result<SaleOverview, Refusal> {
        try await start(SaleQuestion.report(pool, limit: limit)).value
    }

    /// Moves units of many SKUs from one pool to another: all rows or none, in one movement.
    ///
    /// It fences the stock of a sale off (from ``PoolName/default``), or gives it back. Units that
    /// are held, committed or kept as safety stock don't move: a row that asks for more than is
    /// free is refused, with its index.
    /// - Parameters:
    ///   - rows: SKU, warehouse and units, up to 16,384 rows that together fit a frame of 1 MiB.
    ///   - giving: The pool that gives.
    ///   - taking: The pool that takes; it is made where nobody knows it.
    ///   - reason: What is said of it in the audit trail.
    ///   - requestID: The id of this request.
    /// - Returns: What was done, or why nothing was.
    /// - Throws: When no answer came.
    public func fence(
        _ rows: [Fence.Row],
        from giving: PoolName = .default,
        to taking: PoolName,
        reason: String = "",
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(
            Fence(id: requestID, from: giving, to: taking, reason: reason, rows: rows)
        ).value
    }
}
