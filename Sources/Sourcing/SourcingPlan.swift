/// What one warehouse and pool can give of one SKU, and what a plan takes of it.
@frozen
@usableFromInline
package struct Supply {
    /// Units that can be promised; what a plan takes is subtracted.
    @usableFromInline package var available: Int64
    /// How many of them are there now, not only promised within the backorder limit.
    @usableFromInline package var present: Int64
    /// Cost of a unit, in minor units of money.
    @usableFromInline package var unitCostMinor: Int64
    /// 1000 × promised ÷ on hand of the cell before the order; 1000 with nothing on hand.
    @usableFromInline package var balance: UInt32
    /// Number of the warehouse.
    @usableFromInline package var warehouse: UInt16
    /// Number of the pool.
    @usableFromInline package var pool: UInt16
    /// Index of the cell in its SKU's cells, for whoever carries the plan out.
    @usableFromInline package var cell: UInt32

    /// A supply with all its fields.
    @inlinable
    package init(
        available: Int64,
        present: Int64,
        unitCostMinor: Int64 = 0,
        balance: UInt32 = 0,
        warehouse: UInt16,
        pool: UInt16,
        cell: UInt32
    ) {
        self.unitCostMinor = unitCostMinor
        self.balance = balance
        self.available = available
        self.present = present
        self.warehouse = warehouse
        self.pool = pool
        self.cell = cell
    }
}

/// One line to be sourced, and what it got.
@frozen
@usableFromInline
package struct SourcingLine {
    /// Index of the first supply of the line's SKU.
    @usableFromInline package var supplyStart: Int
    /// Number of supplies of the line's SKU.
    @usableFromInline package var supplyCount: Int
    /// Units asked for.
    @usableFromInline package var requested: UInt32
    /// Units it got.
    @usableFromInline package var reserved: UInt32
    /// The only warehouse that may serve it, or ``anyWarehouse``.
    @usableFromInline package var warehouse: UInt16
    /// Index of the first pool that it names, in the problem's pools.
    @usableFromInline package var poolStart: Int32
    /// How many pools it names; 0 for `default` alone.
    @usableFromInline package var poolCount: Int32
    /// Index of its first share.
    @usableFromInline package var shareStart: Int
    /// Number of its shares.
    @usableFromInline package var shareCount: Int

    /// Stands for "whichever warehouse is best".
    @inlinable package static var anyWarehouse: UInt16 { .max }

    /// A line that has got nothing yet.
    @inlinable
    package init(
        supplyStart: Int,
        supplyCount: Int,
        requested: UInt32,
        warehouse: UInt16,
        poolStart: Int32 = 0,
        poolCount: Int32 = 0
    ) {
        self.poolStart = poolStart
        self.poolCount = poolCount
        self.supplyStart = supplyStart
        self.supplyCount = supplyCount
        self.requested = requested
        self.reserved = 0
        self.warehouse = warehouse
        self.shareStart = 0
        self.shareCount = 0
    }
}

/// Units that a line takes from a supply.
@frozen
@usableFromInline
package struct PlannedShare {
    /// Index of the supply.
    @usableFromInline package var supply: Int
    /// How many units.
    @usableFromInline package var quantity: UInt32
    /// How many of them aren't there now.
    @usableFromInline package var backordered: UInt32

    /// A share of `quantity` units from the supply at index `supply`.
    @inlinable
    package init(supply: Int, quantity: UInt32, backordered: UInt32) {
        self.supply = supply
        self.quantity = quantity
        self.backordered = backordered
    }
}

/// The lines, supplies and shares of one request, in memory that the caller owns and uses again.
@safe
package struct SourcingProblem: ~Copyable {
    /// The lines in the order of the request.
    package let lines: UnsafeMutableBufferPointer<SourcingLine>
    /// The supplies, those of one SKU side by side.
    package let supplies: UnsafeMutableBufferPointer<Supply>
    /// The numbers of the pools that lines name, in the order of preference.
    package let pools: UnsafePointer<UInt16>
    /// The terms of each warehouse that a supply or line names, at the place of its number.
    package let warehouses: UnsafePointer<WarehouseTerms>
    /// Room for the shares.
    package let shares: UnsafeMutableBufferPointer<PlannedShare>
    /// How many shares are planned.
    package private(set) var shareCount = 0
    /// Whether some line got less than it asked for.
    package private(set) var isShort = false
    /// Whether some share has units that aren't there now.
    package private(set) var hasBackordered = false
    /// Whether the shares didn't fit in their room; the plan is void then.
    package private(set) var hasTooManyShares = false

    /// A problem over `lines` and `supplies`.
    package init(
        lines: UnsafeMutableBufferPointer<SourcingLine>,
        supplies: UnsafeMutableBufferPointer<Supply>,
        pools: UnsafePointer<UInt16>,
        warehouses: UnsafePointer<WarehouseTerms>,
        shares: UnsafeMutableBufferPointer<PlannedShare>
    ) {
        unsafe self.lines = unsafe lines
        unsafe self.supplies = unsafe supplies
        unsafe self.pools = unsafe pools
        unsafe self.warehouses = unsafe warehouses
        unsafe self.shares = unsafe shares
    }

    /// Takes up to `quantity` units that are there for a line from a supply.
    /// - Returns: The units taken.
    @inline(__always)
    mutating func takePresent(_ quantity: UInt32, from supply: Int) -> UInt32 {
        let present = unsafe min(supplies[supply].present, supplies[supply].available)
        guard present > 0, quantity > 0 else { return 0 }
        let taken = UInt32(min(present, Int64(quantity)))
        guard add(PlannedShare(supply: supply, quantity: taken, backordered: 0)) else { return 0 }
        // Read and written whole: the compiler of Swift 6.3 fails on a change in place under the
        // thread sanitizer.
        let rest = unsafe supplies[supply]
        unsafe supplies[supply].present = rest.present - Int64(taken)
        unsafe supplies[supply].available = rest.available - Int64(taken)
        return taken
    }

    /// Takes up to `quantity` units that can only be promised for a line from a supply, into the
    /// share that the line may have there.
    /// - Returns: The units taken.
    mutating func takeBackordered(_ quantity: UInt32, from supply: Int, shareStart: Int) -> UInt32 {
        let available = unsafe supplies[supply].available
        guard available > 0, quantity > 0 else { return 0 }
        let taken = UInt32(min(available, Int64(quantity)))
        var index = shareStart
        while index < shareCount, unsafe shares[index].supply != supply { index += 1 }
        if index < shareCount {
            let share = unsafe shares[index]
            unsafe shares[index].quantity = share.quantity + taken
            unsafe shares[index].backordered = share.backordered + taken
        } else {
            let share = PlannedShare(supply: supply, quantity: taken, backordered: taken)
            guard add(share) else { return 0 }
        }
        unsafe supplies[supply].available = available - Int64(taken)
        hasBackordered = true
        return taken
    }

    @inline(__always)
    private mutating func add(_ share: PlannedShare) -> Bool {
        guard unsafe shareCount < shares.count else {
            hasTooManyShares = true
            return false
        }
        unsafe shares[shareCount] = share
        shareCount += 1
        return true
    }

    /// Notes that a line got less than it asked for.
    mutating func noteShort() { isShort = true }

    /// Takes everything back that lines have got.
    mutating func takeBack() {
        for index in 0..<shareCount {
            let share = unsafe shares[index]
            let rest = unsafe supplies[share.supply]
            unsafe supplies[share.supply].available = rest.available + Int64(share.quantity)
            unsafe supplies[share.supply].present =
                rest.present + Int64(share.quantity - share.backordered)
        }
        for index in unsafe lines.indices {
            var line = unsafe lines[index]
            line.reserved = 0
            line.shareStart = 0
            line.shareCount = 0
            unsafe lines[index] = line
        }
        shareCount = 0
        isShort = false
        hasBackordered = false
        hasTooManyShares = false
    }
}
