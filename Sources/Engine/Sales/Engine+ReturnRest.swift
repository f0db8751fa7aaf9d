package import Inventory

/// Where giving the rest of a sale back goes on.
package struct RestPosition: Hashable, Sendable {
    var sku = 0
    /// The first cell of that SKU that is looked at: those before it were passed over.
    var cell = 0
    /// Rows of the next movement: fewer where one behind them was refused.
    var rowsMax = 2 * Limits.restCellsPerMovementMax
    /// Units that went back since the beginning.
    package fileprivate(set) var units: Int64 = 0
    /// Whether a cell was passed over since the beginning, and keeps units that are free.
    package fileprivate(set) var hasPassedOver = false

    /// The beginning.
    package init() {}
}

/// What one batch of giving back came to.
package struct RestResult: Sendable {
    /// `accepted`, or why nothing was given back; the next attempt may go better.
    package var outcome = Outcome.accepted
    /// Units that are in `default` again.
    package var units: Int64 = 0
    /// Whether all SKUs of the pool were looked at.
    package var isAtEnd = false
}

// What is free of a sale that is over goes back to `default`: plain transfers, in bounded batches.
extension Engine {
    /// Bytes of credit that one batch of giving back needs.
    package static var restCreditBytes: Int {
        stockCreditBytes(rows: 2 * Limits.restCellsPerMovementMax, cause: .transferred)
    }

    /// How many SKUs one batch looks at.
    private static var restSKUsPerBatchMax: Int { 1_024 }

    /// Gives units that are free in a pool's cells back to `default`, those of at most 64 cells, in
    /// one movement without a request.
    ///
    /// What is held or committed stays, and so does safety stock. A cell that can't be given back,
    /// as `default` has no room for its units or another cell, is passed over. The session's credit
    /// covers ``restCreditBytes``.
    /// - Parameters:
    ///   - pool: A pool that isn't `default`.
    ///   - position: Where to begin; where to go on afterwards.
    ///   - now: The engine's instant.
    ///   - session: The calling thread's session.
    /// - Returns: What it came to.
    /// - Complexity: O(SKUs looked at, at most 1,024, and their cells), one lock at a time, but for
    ///   the movement.
    package func returnRest(
        of pool: PoolName,
        from position: inout RestPosition,
        now: Instant,
        session: EngineSession
    ) -> RestResult {
        var result = RestResult()
        let network = self.network
        guard let number = network.poolNumber(of: pool), number != 0 else {
            result.isAtEnd = true
            return result
        }
        let looked = poolSKUs.numbers(
            of: number,
            from: position.sku,
            limit: Engine.restSKUsPerBatchMax
        )
        let rows = UnsafeMutableBufferPointer<StockRow>.allocate(capacity: position.rowsMax)
        defer { unsafe rows.deallocate() }
        var count = 0
        var passed = 0
        // Where the cell of the first two rows stands.
        var first = (sku: 0, cell: 0)
        for sku in looked {
            let before = count
            let start = passed == 0 ? position.cell : 0
            let end = unsafe addRest(of: sku, from: start, in: number, network, to: rows, &count)
            if before == 0, count > 0 { first = (passed, end.firstCell) }
            if !end.isWhole { break }
            passed += 1
        }
        result.isAtEnd = looked.count < Engine.restSKUsPerBatchMax && passed == looked.count
        if count > 0 {
            let answer = unsafe writeStock(
                StockRequest(
                    id: Engine.noRequest,
                    digest: 0,
                    cause: .transferred,
                    reason: "rest of a sale",
                    rows: UnsafeMutableBufferPointer(rebasing: rows[..<count])
                ),
                now: now,
                session: session
            )
            result.outcome = answer.outcome
            guard answer.outcome == .accepted else {
                // Those before the one that is refused come first next time; itself it is passed.
                if answer.refusedRow == 0 || answer.refusedRow == 1 {
                    position.sku += first.sku
                    position.cell = first.cell + 1
                    position.hasPassedOver = true
                } else if answer.refusedRow > 1 {
                    position.rowsMax = Int(answer.refusedRow) & ~1
                }
                return result
            }
            position.rowsMax = RestPosition().rowsMax
            for index in stride(from: 1, to: count, by: 2) {
                unsafe result.units += rows[index].onHand
            }
            position.units += result.units
        }
        if passed > 0 { position.cell = 0 }
        position.sku += passed
        return result
    }

    /// Adds the rows that give back what is free of a SKU in a pool, from a cell on.
    /// - Returns: The cell of the first rows, and whether there was room for all of them.
    private func addRest(
        of sku: UInt32,
        from start: Int,
        in pool: UInt16,
        _ network: Network,
        to rows: UnsafeMutableBufferPointer<StockRow>,
        _ count: inout Int
    ) -> (firstCell: Int, isWhole: Bool) {
        var firstCell: Int?
        var isWhole = true
        withEntry(sku) { entry in
            let name = unsafe entry.name
            guard let bytes = name.baseAddress else { preconditionFailure("a SKU's name") }
            // Cells never go and keep their places.
            for index in min(start, entry.cellCount)..<entry.cellCount {
                let cell = entry.cell(index)
                // A warehouse that was made since waits for the next look.
                guard cell.pool == pool, cell.present > 0,
                    Int(cell.warehouse) < network.warehouses.count
                else { continue }
                guard count + 2 <= rows.count else {
                    isWhole = false
                    return
                }
                firstCell = firstCell ?? index
                for (pool, units) in [
                    (network.pools[Int(pool)], -cell.present),
                    (PoolName.default, cell.present),
                ] {
                    unsafe rows.initializeElement(
                        at: count,
                        to: StockRow(
                            // Names never move and never go.
                            sku: SKUView(bytes: bytes, size: name.count),
                            warehouse: network.warehouses[Int(cell.warehouse)].code,
                            pool: pool,
                            onHand: units,
                            safetyStock: nil,
                            isAbsolute: false
                        )
                    )
                    count += 1
                }
            }
        }
        return (firstCell ?? 0, isWhole)
    }

    /// How many units of a sale's owners haven't left, and how many of their reservations are held.
    package func openUnits(ofSale number: UInt32) -> (units: UInt64, holds: UInt64) {
        let sum = sum(ofSale: number)
        return (sum.openUnits, sum.openHolds)
    }
}
