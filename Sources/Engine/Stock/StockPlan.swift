internal import Inventory

/// What a stock change does to one cell, worked out before anything changes.
struct StockCellChange {
    /// Index of the row that asks for it.
    var row: Int
    /// Number of the SKU; `.max` for a new one until numbers are given.
    var number: UInt32
    /// Index of the row that makes the SKU, or −1 if it is there.
    var maker: Int
    /// Index of the cell, or −1 if it is missing.
    var cell: Int
    /// Number of the warehouse.
    var warehouse: UInt16
    /// Number of the pool.
    var pool: UInt16
    /// Change of units on hand.
    var onHand: Int64 = 0
    /// Change of the safety stock.
    var safetyStock: Int64 = 0
    /// Change of the backorder limit.
    var backorderLimit: Int64 = 0

    /// Whether this is the change that makes its SKU.
    var makesSKU: Bool { maker == row }
}

/// All that a stock change does, in the order of its record.
struct StockPlan {
    /// The cells that change: one a row, but for counts, which may change several.
    var changes: [StockCellChange] = []
    /// The pools that are made, with numbers that follow the present ones.
    var pools: [PoolName] = []
    /// How many cells in named pools the rows so far make, by SKU and warehouse.
    private var namedCells: [NamedCells: Int] = [:]
    /// How many cells the rows so far make of SKUs that are there, by their numbers.
    private var madeCells: [UInt32: Int] = [:]

    private struct NamedCells: Hashable {
        var number: UInt32
        var maker: Int
        var warehouse: UInt16
    }

    /// A plan with room for the changes of `rows` rows.
    init(rows: Int) { changes.reserveCapacity(rows) }

    /// Counts a cell in a named pool, unless that is one too many beside `existing` ones.
    ///
    /// One place is kept for the pool `default`, so that a count can always make its cell.
    mutating func admitNamedCell(of change: StockCellChange, existing: Int) -> Bool {
        let key = NamedCells(
            number: change.number,
            maker: change.maker,
            warehouse: change.warehouse
        )
        let made = namedCells[key] ?? 0
        guard existing + made < Limits.poolsPerCellMax - 1 else { return false }
        namedCells[key] = made + 1
        return true
    }

    /// Counts one more cell of a SKU that is there and has `existing` ones, unless it may have no
    /// more.
    mutating func admitCell(of number: UInt32, existing: Int) -> Bool {
        let made = madeCells[number, default: 0]
        guard existing + made < Limits.cellsPerSKUMax else { return false }
        madeCells[number] = made + 1
        return true
    }

    /// The number of a pool, which is made here if `network` doesn't know it.
    /// - Returns: `nil` when there are as many pools as there may be.
    mutating func poolNumber(of pool: PoolName, _ network: Network) -> UInt16? {
        if let number = network.poolNumber(of: pool) { return number }
        let first = network.pools.count
        // At most 255 of them, and rarely more than one.
        if let index = pools.firstIndex(of: pool) { return UInt16(first + index) }
        guard first + pools.count < Limits.poolsMax else { return nil }
        pools.append(pool)
        return UInt16(first + pools.count - 1)
    }
}
