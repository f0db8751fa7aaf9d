/// What one warehouse and pool can give of one SKU, and what a plan takes of it.
@frozen
@usableFromInline
package struct Supply {
    /// Units that can be promised; what a plan takes is subtracted.
    @usableFromInline package var available: Int64
    /// Distance to the destination; 0 without one.
    @usableFromInline package var metres: UInt32
    /// The place of the warehouse in the order of codes: breaks ties.
    @usableFromInline package var rank: UInt16
    /// Number of the warehouse.
    @usableFromInline package var warehouse: UInt16
    /// Number of the pool.
    @usableFromInline package var pool: UInt16
    /// Whether new units may be taken there.
    @usableFromInline package var isOpen: Bool
    /// Index of the cell in its SKU's cells, for whoever carries the plan out.
    @usableFromInline package var cell: UInt32

    /// A supply with all its fields.
    @inlinable
    package init(
        available: Int64,
        metres: UInt32,
        rank: UInt16,
        warehouse: UInt16,
        pool: UInt16,
        isOpen: Bool,
        cell: UInt32
    ) {
        self.available = available
        self.metres = metres
        self.rank = rank
        self.warehouse = warehouse
        self.pool = pool
        self.isOpen = isOpen
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
    /// Index of its first share.
    @usableFromInline package var shareStart: Int
    /// Number of its shares.
    @usableFromInline package var shareCount: Int

    /// Stands for "whichever warehouse is best".
    @inlinable package static var anyWarehouse: UInt16 { .max }

    /// A line that has got nothing yet.
    @inlinable
    package init(supplyStart: Int, supplyCount: Int, requested: UInt32, warehouse: UInt16) {
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

    /// A share of `quantity` units from the supply at index `supply`.
    @inlinable
    package init(supply: Int, quantity: UInt32) {
        self.supply = supply
        self.quantity = quantity
    }
}

/// The lines, supplies and shares of one request, in memory that the caller owns and uses again.
@safe
package struct SourcingProblem: ~Copyable {
    /// The lines in the order of the request.
    package let lines: UnsafeMutableBufferPointer<SourcingLine>
    /// The supplies, those of one SKU side by side.
    package let supplies: UnsafeMutableBufferPointer<Supply>
    /// Room for the shares.
    package let shares: UnsafeMutableBufferPointer<PlannedShare>
    /// How many shares are planned.
    package private(set) var shareCount = 0
    /// Whether some line got less than it asked for.
    package private(set) var isShort = false
    /// Whether the shares didn't fit in their room; the plan is void then.
    package private(set) var hasTooManyShares = false

    /// A problem over `lines` and `supplies`.
    package init(
        lines: UnsafeMutableBufferPointer<SourcingLine>,
        supplies: UnsafeMutableBufferPointer<Supply>,
        shares: UnsafeMutableBufferPointer<PlannedShare>
    ) {
        unsafe self.lines = unsafe lines
        unsafe self.supplies = unsafe supplies
        unsafe self.shares = unsafe shares
    }

    /// Takes up to `quantity` units for a line from a supply.
    /// - Returns: The units taken.
    mutating func take(_ quantity: UInt32, from supply: Int) -> UInt32 {
        let available = unsafe supplies[supply].available
        guard available > 0, quantity > 0 else { return 0 }
        guard unsafe shareCount < shares.count else {
            hasTooManyShares = true
            return 0
        }
        let taken = UInt32(min(available, Int64(quantity)))
        unsafe supplies[supply].available = available - Int64(taken)
        unsafe shares[shareCount] = PlannedShare(supply: supply, quantity: taken)
        shareCount += 1
        return taken
    }

    /// Notes that a line got less than it asked for.
    mutating func noteShort() { isShort = true }
}
