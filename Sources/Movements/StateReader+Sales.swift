package import Inventory

// What state records say of sales.
extension StateReader {
    /// Reads a sales record; `pools` are the pools by number.
    ///
    /// - Returns: The sales, and the number that the next one gets.
    /// - Throws: When a row makes no sense.
    package mutating func takeSales(
        _ pools: [PoolName]
    ) throws(StateError) -> (sales: [Sale], next: UInt32) {
        let next = try take(UInt32.self)
        _ = try take(UInt32.self)
        guard half <= Limits.salesMax else { throw error("has \(half) sales") }
        var sales: [Sale] = []
        for _ in 0..<half {
            let row = try takeSale()
            guard case .rules(let rules) = row.change, Int(row.pool) < pools.count,
                pools[Int(row.pool)] == rules.pool, row.number < next,
                row.number > sales.last?.number ?? 0,
                !sales.contains(where: { $0.rules.pool == rules.pool })
            else { throw error("gives pool \(row.change.pool) the sale \(row.number)") }
            sales.append(Sale(number: row.number, rules: rules))
        }
        return (sales, next)
    }

    /// Reads a shares record.
    ///
    /// - Throws: When it is cut short.
    package mutating func takeShares() throws(StateError) -> [StateShare] {
        var shares: [StateShare] = []
        for _ in 0..<half {
            let words = try takeID()
            let sale = try take(UInt32.self)
            let sku = try take(UInt32.self)
            let owner = OwnerID(high: words.high, low: words.low)
            let holder: StateShare.Holder =
                switch sku {
                case StateLayout.allSKUs: .owner(owner)
                case StateLayout.ofClient: .client(UInt16(truncatingIfNeeded: words.high))
                default: .ownerOfSKU(owner, sku: sku)
                }
            shares.append(
                StateShare(
                    lsn: header.lsn,
                    sale: sale,
                    holder: holder,
                    openUnits: try take(),
                    fulfilledUnits: try take(),
                    windowUnits: try take(),
                    window: try take(),
                    holds: try take(),
                    committedHolds: try take(),
                    openHolds: try take()
                )
            )
        }
        return shares
    }

    /// Reads what a reservation's record says of its sale.
    ///
    /// - Throws: When it makes no sense.
    package mutating func takeSaleOfReservation() throws(StateError) -> SalePart {
        let part = try takeSalePart()
        _ = try take(UInt32.self)
        return part
    }
}
