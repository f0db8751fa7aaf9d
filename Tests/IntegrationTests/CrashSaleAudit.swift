import HoldfastClient
import Inventory

/// Asks a restarted server what owners have of sales, and holds it against the book: no counter
/// came back other than it was, and no owner or client is above a limit.
struct CrashSaleAudit {
    let client: HoldfastClient
    let book: CrashBook

    /// Asks everything; whatever is wrong goes into the book.
    func run() async throws {
        for pool in CrashSales.pools {
            try await learnWhen(pool)
            try await auditShares(of: pool)
            auditClients(of: pool)
            auditWindows(of: pool)
        }
        try await auditStates()
    }

    private func holds(of pool: PoolName) -> [CrashBook.Hold] {
        book.withPages { pages in
            pages.saleIDs.compactMap { pages.holds[$0] }.filter {
                $0.receipt != nil && $0.request.salePool == pool
            }
        }
    }

    /// Asks when holds were made of which it isn't known.
    private func learnWhen(_ pool: PoolName) async throws {
        for hold in holds(of: pool) where hold.heldSince == nil {
            let id = hold.request.id
            switch try await client.show(id) {
            case .success(let report):
                book.note(id, shows: report.receipt)
                book.withPages { $0.holds[id]?.heldSince = report.heldSince }
            case .failure(let refusal): book.complain("hold \(id) is \(refusal)")
            }
        }
    }

    // MARK: Owners

    private func auditShares(of pool: PoolName) async throws {
        var expected: [OwnerID: CrashShare] = [:]
        for hold in holds(of: pool) {
            expected[hold.request.owner, default: CrashShare()].add(hold)
        }
        let rules = CrashSales.rules(of: pool)
        let overview = try await client.saleOverview(
            of: pool,
            limit: Limits.ownerSharesPerPageMax
        ).get()
        if overview.report.figures.owners != UInt64(expected.count) {
            book.complain(
                "\(pool) has \(overview.report.figures.owners) owners, the book \(expected.count)"
            )
        }
        for share in overview.report.top {
            let known = expected[share.owner] ?? CrashShare()
            if !known.allows(share) { book.complain("\(pool): \(share), the book says \(known)") }
            let limits = known.limitsPassed(rules) + share.limitsPassed(rules)
            if !limits.isEmpty {
                book.complain("\(pool): \(share) and \(known) are above \(limits)")
            }
        }
    }

    // MARK: Windows and clients

    /// No owner has taken more within a window than it allows.
    ///
    /// What took another hold's place is left out: when it was made isn't told.
    private func auditWindows(of pool: PoolName) {
        struct Window: Hashable {
            var owner: OwnerID
            var number: Int64
        }
        let rules = CrashSales.rules(of: pool)
        var units: [Window: UInt32] = [:]
        for hold in holds(of: pool) where hold.request.replaces == nil {
            guard let heldSince = hold.heldSince, let total = hold.units?.total else { continue }
            let number = heldSince.milliseconds / Int64(rules.windowMilliseconds)
            // Of those that run out only what was committed is sure to count still.
            let held = hold.request.isBrief ? 0 : total.held
            units[Window(owner: hold.request.owner, number: number), default: 0] +=
                held + total.committed + total.fulfilled
        }
        for (window, units) in units where units > rules.unitsPerWindow {
            book.complain("\(pool): \(window.owner) took \(units) units in a window")
        }
    }

    /// No client has more holds open than its budget allows.
    private func auditClients(of pool: PoolName) {
        let rules = CrashSales.rules(of: pool)
        var open: [String: UInt32] = [:]
        for hold in holds(of: pool) where !hold.request.isBrief {
            if hold.units?.total.held ?? 0 > 0 { open[hold.client ?? "", default: 0] += 1 }
        }
        for (client, holds) in open where holds > rules.openHoldsPerCredential {
            book.complain("\(pool): client \(client) has \(holds) holds open")
        }
    }

    // MARK: Open or closed

    /// A sale is open or closed as its last change said.
    private func auditStates() async throws {
        let list = try await client.sales().get()
        let orders = book.withPages { pages in
            pages.orders.values.sorted { ($0.receipt?.lsn ?? 0) < ($1.receipt?.lsn ?? 0) }
        }
        for rules in list.sales {
            let last = orders.flatMap(\.changes).last { $0.pool == rules.pool }
            var isClosed = false
            if case .closing = last { isClosed = true }
            if (rules.state(at: list.instant) == .closed) != isClosed {
                book.complain("\(rules) after \(String(describing: last))")
            }
            var expected = CrashSales.rules(of: rules.pool)
            expected.closesAt = rules.closesAt
            if rules != expected { book.complain("\(rules), written as \(expected)") }
        }
        if list.sales.count != CrashSales.pools.count {
            book.complain("there are \(list.sales.count) sales")
        }
    }
}

/// What the book says that an owner has of a sale; of holds that run out it knows bounds.
struct CrashShare {
    /// Units of each SKU held or committed, at least and at most.
    private var unitsBySKU: [String: (least: UInt64, most: UInt64)] = [:]
    private var fulfilledBySKU: [String: UInt64] = [:]
    private var openHolds: (least: UInt32, most: UInt32) = (0, 0)
    private var holds: UInt32 = 0
    private var committedHolds: UInt32 = 0

    /// Adds a hold of the owner.
    mutating func add(_ hold: CrashBook.Hold) {
        guard let units = hold.units else { return }
        for (line, shares) in zip(hold.request.lines, units.lines) {
            for share in shares {
                let committed = UInt64(share.committed)
                let held = UInt64(share.held)
                unitsBySKU[line.sku, default: (0, 0)].most += committed + held
                unitsBySKU[line.sku, default: (0, 0)].least +=
                    committed + (hold.request.isBrief ? 0 : held)
                fulfilledBySKU[line.sku, default: 0] += UInt64(share.fulfilled)
            }
        }
        let total = units.total
        holds += 1
        if total.committed | total.fulfilled | total.cancelled != 0 { committedHolds += 1 }
        if total.held == 0 { return }
        openHolds.most += 1
        if !hold.request.isBrief { openHolds.least += 1 }
    }

    private var units: (least: UInt64, most: UInt64) {
        unitsBySKU.values.reduce((0, 0)) { ($0.least + $1.least, $0.most + $1.most) }
    }

    private var fulfilled: UInt64 { fulfilledBySKU.values.reduce(0, +) }

    /// Whether it may be what a server tells.
    func allows(_ share: OwnerShare) -> Bool {
        (units.least...units.most).contains(share.openUnits) && fulfilled == share.fulfilledUnits
            && (openHolds.least...openHolds.most).contains(share.openHolds)
            && holds == share.holds && committedHolds == share.committedHolds
    }

    /// The limits that it is surely above.
    func limitsPassed(_ rules: SaleRules) -> [String] {
        var limits: [String] = []
        for (sku, units) in unitsBySKU
        where units.least + fulfilledBySKU[sku, default: 0] > UInt64(rules.unitsPerOwnerAndSKU) {
            limits.append("units of \(sku)")
        }
        if units.least + fulfilled > UInt64(rules.unitsPerOwner) { limits.append("units") }
        if openHolds.least > rules.openHoldsPerOwner { limits.append("open holds") }
        return limits
    }
}

extension OwnerShare {
    /// The limits that it is above.
    fileprivate func limitsPassed(_ rules: SaleRules) -> [String] {
        var limits: [String] = []
        if openUnits + fulfilledUnits > UInt64(rules.unitsPerOwner) { limits.append("units told") }
        if openHolds > rules.openHoldsPerOwner { limits.append("open holds told") }
        return limits
    }
}
