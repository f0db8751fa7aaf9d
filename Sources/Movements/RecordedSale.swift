package import Inventory

/// A row about a sale, as movements and state records have it.
package struct RecordedSale: Hashable, Sendable {
    /// The number of the sale.
    package var number: UInt32
    /// The number of its pool.
    package var pool: UInt16
    /// Whether the pool is made by it.
    package var isNewPool: Bool
    /// The rules from now on, or the removal.
    package var change: SaleChange

    /// A row with all its fields.
    package init(number: UInt32, pool: UInt16, isNewPool: Bool = false, change: SaleChange) {
        self.number = number
        self.pool = pool
        self.isNewPool = isNewPool
        self.change = change
    }
}

/// What a movement says of the sale that its reservation belongs to: 12 bytes.
package struct SalePart: Hashable, Sendable {
    /// The number of the sale.
    package var sale: UInt32
    /// The window of time in which the units were taken, from 1 on; 0: none was limited.
    package var window: UInt32
    /// The client against whose budget the hold counts; 0 for none.
    package var client: UInt16
    /// Whether nothing of the reservation is held any more from now on.
    package var endsHold: Bool
    /// Whether the reservation is committed for the first time.
    package var isFirstCommit: Bool

    /// A part with all its fields.
    package init(
        sale: UInt32,
        window: UInt32,
        client: UInt16,
        endsHold: Bool = false,
        isFirstCommit: Bool = false
    ) {
        self.sale = sale
        self.window = window
        self.client = client
        self.endsHold = endsHold
        self.isFirstCommit = isFirstCommit
    }
}

extension MovementLayout {
    /// Bytes of a row of sales.
    package static let saleRowSizeBytes = 72
    /// Bytes of what a record says of its reservation's sale.
    package static let salePartSizeBytes = 12
    /// Bytes of that in a record that doesn't name the owner otherwise.
    @usableFromInline package static let ownedSalePartSizeBytes = 28

    /// Bit of a sale's flags: it is removed.
    static let isRemoved: UInt8 = 1
    /// Bit of a sale's flags: it opens at an instant.
    static let opens: UInt8 = 2
    /// Bit of a sale's flags: it closes at an instant.
    static let closes: UInt8 = 4
    /// Bit of a sale's flags: its rest goes back to `default`.
    static let returnsRest: UInt8 = 8
    /// Bit of a sale's flags: its pool is made.
    static let makesPool: UInt8 = 16
    /// Bit of a part's flags: the hold ends.
    static let endsHold: UInt8 = 1
    /// Bit of a part's flags: the first commit.
    static let isFirstCommit: UInt8 = 2
}

extension MovementWriter {
    /// Writes a row of sales.
    package mutating func put(_ row: RecordedSale) {
        var rules = SaleRules(pool: row.change.pool)
        var flags = row.isNewPool ? MovementLayout.makesPool : 0
        switch row.change {
        case .removal: flags |= MovementLayout.isRemoved
        case .rules(let given): rules = given
        case .opening, .closing:
            preconditionFailure("a step is recorded as the rules that it comes to")
        }
        if rules.opensAt != nil { flags |= MovementLayout.opens }
        if rules.closesAt != nil { flags |= MovementLayout.closes }
        if rules.returnsRest { flags |= MovementLayout.returnsRest }
        put(row.number)
        put(row.pool)
        put(flags)
        put(rules.wall.rawValue)
        put(rules.pool.high)
        put(rules.pool.low)
        put(rules.opensAt?.milliseconds ?? 0)
        put(rules.closesAt?.milliseconds ?? 0)
        for limit in rules.limits { put(limit) }
    }

    /// Writes what a record says of its reservation's sale.
    package mutating func put(_ part: SalePart) {
        var flags: UInt8 = part.endsHold ? MovementLayout.endsHold : 0
        if part.isFirstCommit { flags |= MovementLayout.isFirstCommit }
        put(part.sale)
        put(part.window)
        put(part.client)
        put(flags)
        put(UInt8(0))
    }
}

extension FieldReader {
    /// Reads a row of sales.
    ///
    /// - Throws: When a field is out of its range.
    package mutating func takeSale() throws(Failure) -> RecordedSale {
        let number = try take(UInt32.self)
        let pool = try take(UInt16.self)
        let flags = try take(UInt8.self)
        let wallNumber = try take(UInt8.self)
        let high = try take(UInt64.self)
        var rules = SaleRules(pool: PoolName(high: high, low: try take(UInt64.self)))
        let opensAt = Instant(milliseconds: try take(Int64.self))
        let closesAt = Instant(milliseconds: try take(Int64.self))
        var limits: [UInt32] = []
        for _ in 0..<SaleRules.limitCount { limits.append(try take(UInt32.self)) }
        rules.limits = limits
        guard let wall = SaleWall(rawValue: wallNumber), flags < MovementLayout.makesPool << 1,
            number > 0
        else { throw error("has sale \(number) with wall \(wallNumber) and flags \(flags)") }
        rules.wall = wall
        rules.returnsRest = flags & MovementLayout.returnsRest != 0
        if flags & MovementLayout.opens != 0 { rules.opensAt = opensAt }
        if flags & MovementLayout.closes != 0 { rules.closesAt = closesAt }
        if let fault = rules.fault { throw error("has a sale: \(fault.reason)") }
        let isRemoved = flags & MovementLayout.isRemoved != 0
        return RecordedSale(
            number: number,
            pool: pool,
            isNewPool: flags & MovementLayout.makesPool != 0,
            change: isRemoved ? .removal(rules.pool) : .rules(rules)
        )
    }

    /// Reads what a record says of its reservation's sale.
    ///
    /// - Throws: When a field is out of its range.
    package mutating func takeSalePart() throws(Failure) -> SalePart {
        let sale = try take(UInt32.self)
        let window = try take(UInt32.self)
        let client = try take(UInt16.self)
        let flags = try take(UInt16.self)
        let known = UInt16(MovementLayout.endsHold | MovementLayout.isFirstCommit)
        guard sale > 0, flags <= known else {
            throw error("is of sale \(sale) with flags \(flags)")
        }
        return SalePart(
            sale: sale,
            window: window,
            client: client,
            endsHold: flags & UInt16(MovementLayout.endsHold) != 0,
            isFirstCommit: flags & UInt16(MovementLayout.isFirstCommit) != 0
        )
    }
}
