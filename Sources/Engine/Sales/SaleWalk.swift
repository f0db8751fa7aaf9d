package import Inventory
internal import Movements

/// A walk over what owners and cells have of a sale, some of them at a time.
///
/// Each slice of an owner stripe and each SKU is read at an instant of its own.
package struct SaleWalk: Sendable {
    /// What was found so far; whole once the walk is at its end.
    package private(set) var report = SaleReport()
    /// The number of the sale.
    let sale: UInt32
    /// The number of its pool.
    let pool: UInt16
    private let topMax: Int
    private var stripe = 0
    private var slot: UInt32 = 0
    private var cells = 0

    /// A walk over a sale from the beginning.
    init(sale: UInt32, pool: UInt16, topMax: Int) {
        precondition(topMax >= 0 && topMax <= Limits.ownerSharesPerPageMax, "owners of a page")
        self.sale = sale
        self.pool = pool
        self.topMax = topMax
    }

    /// Adds an owner to its band and, if there is room, to those with most.
    ///
    /// - Complexity: O(log topMax + bands), taken over many owners.
    private mutating func note(_ share: OwnerShare) {
        report.count(ownerWith: share.openUnits + share.fulfilledUnits)
        report.top.append(share)
        if report.top.count >= 2 * topMax + SaleWalk.spareOwners { cutTop() }
    }

    private static let spareOwners = 64

    private mutating func cutTop() {
        report.top.sort { $0.isBefore($1) }
        if report.top.count > topMax { report.top.removeLast(report.top.count - topMax) }
    }
}

extension OwnerShare {
    /// Whether it stands before another in a list of those with most units.
    fileprivate func isBefore(_ other: OwnerShare) -> Bool {
        let units = openUnits + fulfilledUnits
        let others = other.openUnits + other.fulfilledUnits
        if units != others { return units > others }
        return (owner.high, owner.low) < (other.owner.high, other.owner.low)
    }
}

extension SaleWalk {
    /// Goes on over at most `limit` owners' entries or SKUs, one lock at a time.
    /// - Returns: Whether the walk is at its end.
    mutating func advance(_ engine: Engine, limit: Int) -> Bool {
        var left = limit
        // Without a page nobody asks for the bands either: the stripes' sums say all else.
        if topMax == 0 { stripe = engine.owners.count }
        while left > 0, stripe < engine.owners.count { left -= readOwners(engine, limit: left) }
        guard stripe == engine.owners.count else { return false }
        while left > 0 {
            let read = readCells(engine, limit: left)
            if read == 0 {
                end(engine)
                return true
            }
            left -= read
        }
        return false
    }

    /// Reads entries of one stripe.
    /// - Returns: How many were looked at, at least one.
    private mutating func readOwners(_ engine: Engine, limit: Int) -> Int {
        // Memory is taken before, and shares are sorted behind the lock that reserves need.
        var shares: [OwnerShare] = []
        shares.reserveCapacity(limit)
        let lock = engine.owners.lock(stripe)
        lock.lock()
        let state = unsafe engine.owners.state(stripe)
        let count = unsafe state.pointee.entries.slotCount
        let end = min(count, slot + UInt32(limit))
        let read = Int(end - slot)
        while slot < end {
            let entry = unsafe state.pointee.entries.entry(slot)
            if entry.sale == sale, entry.isOfAllSKUs { shares.append(entry.share) }
            slot += 1
        }
        lock.unlock()
        for share in shares { note(share) }
        if end == count {
            stripe += 1
            slot = 0
        }
        return max(1, read)
    }

    /// Reads the cells of some SKUs.
    /// - Returns: How many were looked at; 0 at the end.
    private mutating func readCells(_ engine: Engine, limit: Int) -> Int {
        var numbers: [UInt32] = []
        if pool == 0 {
            let first = UInt32(cells)
            let end = min(engine.directory.count, first + UInt32(limit))
            if first < end { numbers = Array(first..<end) }
        } else {
            numbers = engine.poolSKUs.numbers(of: pool, from: cells, limit: limit)
        }
        for number in numbers {
            engine.withEntry(number) { entry in
                for index in 0..<entry.cellCount where entry.cell(index).pool == pool {
                    report.figures.cells.add(entry.cell(index).figures)
                }
            }
        }
        cells += numbers.count
        return numbers.count
    }

    /// Adds what the stripes have added up.
    private mutating func end(_ engine: Engine) {
        cutTop()
        let sum = engine.sum(ofSale: sale)
        report.figures.owners = sum.owners
        report.figures.holds = sum.holds
        report.figures.committedHolds = sum.committedHolds
        report.figures.openHolds = sum.openHolds
        report.figures.openUnits = sum.openUnits
        report.figures.fulfilledUnits = sum.fulfilledUnits
        report.figures.returnedUnits = engine.saleReturns.units(of: pool)
        report.figures.refusals = engine.saleRefusals.counts(of: pool)
    }
}

extension Engine {
    /// A walk over what owners and cells have of a sale, from its beginning.
    ///
    /// - Parameters:
    ///   - pool: The pool that names the sale.
    ///   - topMax: How many owners to list, at most ``Limits/ownerSharesPerPageMax``; with 0 no
    ///     owner is looked at, and all figures but the bands are told all the same.
    /// - Returns: `nil` for a sale that isn't known.
    package func saleWalk(of pool: PoolName, topMax: Int) -> SaleWalk? {
        let network = self.network
        guard let sale = network.sale(of: pool), let number = network.poolNumber(of: pool) else {
            return nil
        }
        return SaleWalk(sale: sale.number, pool: number, topMax: topMax)
    }

    /// Goes on with a walk over at most `limit` owners' entries or SKUs, one lock at a time.
    /// - Returns: Whether it is at its end.
    package func advance(_ walk: inout SaleWalk, limit: Int) -> Bool {
        precondition(limit > 0, "a walk goes on")
        return walk.advance(self, limit: limit)
    }

    /// What owners have of a sale, added up; each stripe is read at an instant of its own.
    ///
    /// - Complexity: O(owner stripes).
    func sum(ofSale sale: UInt32) -> SaleSum {
        var sum = SaleSum(sale: sale)
        for index in 0..<owners.count {
            let lock = owners.lock(index)
            lock.lock()
            unsafe sum.add(owners.state(index).pointee.sum(of: sale))
            lock.unlock()
        }
        return sum
    }

    /// Calls `body` with a SKU under its stripe's lock, unless there is none of the number.
    func withEntry(_ number: UInt32, _ body: (StockEntry) -> Void) {
        let entry = directory.entry(number)
        let hash = entry.hash
        if hash == 0 { return }
        let lock = stock.lock(stock.index(of: hash))
        lock.lock()
        defer { lock.unlock() }
        body(entry)
    }
}
