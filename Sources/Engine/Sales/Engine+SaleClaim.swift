internal import Inventory
internal import Movements

// Which sale a request belongs to, and whether that allows it.
extension Engine {
    /// Finds the sale that a request belongs to and notes it with the session.
    /// - Returns: The refusal of a request that mixes a sale with something else.
    @inline(never)
    func claimSale(
        _ request: ReserveRequest,
        _ session: EngineSession
    ) -> (outcome: Outcome, line: Int32)? {
        let work = unsafe session.workspace
        let pool = unsafe firstPool(of: request.lines[0], session)
        let terms = unsafe work.pointee.saleTerms[Int(pool)]
        unsafe work.pointee.sale.pool = pool
        var units: UInt64 = 0
        for index in unsafe request.lines.indices {
            let line = unsafe request.lines[index]
            if let other = unsafe otherSale(of: line, than: pool, terms, session) {
                // Counted as a refusal of the sale that it isn't wholly of.
                if terms.number == 0 { unsafe work.pointee.sale.pool = other }
                return (.mixedSale, Int32(index))
            }
            unsafe units += UInt64(line.quantity)
        }
        guard terms.number != 0 else { return nil }
        unsafe work.pointee.sale.terms = terms
        unsafe work.pointee.sale.units = units
        unsafe work.pointee.sale.ownerHash = hash.hash(request.owner.high, request.owner.low)
        let isCounted = terms.openHoldsPerCredential != .max
        unsafe work.pointee.sale.client = isCounted ? session.actor : 0
        unsafe work.pointee.owners = unsafe ownerStripes(of: work.pointee.sale)
        return nil
    }

    /// The number of the pool that a line names first.
    private func firstPool(of line: RequestLine, _ session: EngineSession) -> UInt16 {
        guard let pools = unsafe line.pools else { return 0 }
        var first: UInt16?
        unsafe pools.forEach { pool in first = first ?? session.network.poolNumber(of: pool) }
        return first ?? 0
    }

    /// A pool for which a line doesn't belong to the sale of `pool` alone, or to none if that has
    /// none; `nil` if it does.
    private func otherSale(
        of line: RequestLine,
        than pool: UInt16,
        _ terms: SaleTerms,
        _ session: EngineSession
    ) -> UInt16? {
        let saleTerms = unsafe session.workspace.pointee.saleTerms
        let first = unsafe firstPool(of: line, session)
        let isFirstOfSale = unsafe terms.number != 0 || saleTerms[Int(first)].number != 0
        if first != pool, isFirstOfSale { return first }
        guard let pools = unsafe line.pools else { return nil }
        var found: UInt16?
        unsafe pools.forEach { name in
            guard let other = session.network.poolNumber(of: name), other != first else { return }
            let isOfSale = unsafe saleTerms[Int(other)].number != 0
            let isAllowed =
                terms.number == 0 ? !isOfSale : terms.borrows && (other == 0 || !isOfSale)
            if !isAllowed { found = found ?? other }
        }
        return found
    }

    /// Counts a refused request with the sale that it belongs to, if any.
    @inline(never)
    func countSaleRefusal(_ outcome: Outcome, _ session: EngineSession) {
        let sale = unsafe session.workspace.pointee.sale
        guard sale.isOfSale || outcome == .mixedSale else { return }
        let isOfStockOrSale = outcome.rawValue / 100 == 2 || outcome.rawValue / 100 == 5
        if isOfStockOrSale || outcome == .tooManyOwners {
            saleRefusals.count(outcome, of: sale.pool)
        }
    }

    // MARK: Under the owner's lock

    /// Why the sale of the session's request doesn't allow it, if it doesn't.
    ///
    /// The locks of the owner stripes are held; the SKUs of the request are known by number. Where
    /// it is decided for good the stock's locks are held as well: the instant is the movement's.
    @inline(never)
    func saleRefusal(
        _ request: ReserveRequest,
        _ instant: Instant,
        _ replaced: ReplacedHold?,
        _ session: EngineSession
    ) -> (outcome: Outcome, line: Int32)? {
        let work = unsafe session.workspace
        let terms = unsafe work.pointee.sale.terms
        let window = terms.window(at: instant)
        unsafe work.pointee.sale.window = window
        if instant < terms.opensAt { return (.saleNotOpen, -1) }
        if instant >= terms.closesAt { return (.saleClosed, -1) }
        let asked = unsafe work.pointee.sale.units
        if asked > terms.unitsPerOrder { return (.orderLimit, -1) }
        let freed = FreedShare(replaced, ofSale: terms.number)
        if terms.countsShares {
            if let line = unsafe lineOverLimit(request, freed, session) {
                return (.ownerSKULimit, line)
            }
            if let outcome = unsafe shareRefusal(of: request.owner, freed, session) {
                return (outcome, -1)
            }
        }
        return unsafe hasRoomForOwner(request.owner, session) ? nil : (.tooManyOwners, -1)
    }

    /// The first line with which the owner would have more units of its SKU than the sale allows.
    private func lineOverLimit(
        _ request: ReserveRequest,
        _ freed: FreedShare,
        _ session: EngineSession
    ) -> Int32? {
        let work = unsafe session.workspace
        let limit = unsafe work.pointee.sale.terms.unitsPerOwnerAndSKU
        if limit == .max { return nil }
        let owned = unsafe work.pointee.ownedUnits
        for index in unsafe request.lines.indices {
            let number = unsafe Int(work.pointee.groupOfLine[index])
            let group = unsafe work.pointee.groups[number]
            if group.line == index {
                unsafe owned[number] = 0
                if group.number != .max,
                    let entry = unsafe ownerEntry(request.owner, sku: group.number, session)
                {
                    let free = freed.bySKU[group.number] ?? 0
                    unsafe owned[number] = entry.units - min(entry.units, free)
                }
            }
            unsafe owned[number] += UInt64(request.lines[index].quantity)
            if unsafe owned[number] > limit { return Int32(index) }
        }
        return nil
    }

    /// Why the owner, or the client, may not have as much more of the sale.
    private func shareRefusal(
        of owner: OwnerID,
        _ freed: FreedShare,
        _ session: EngineSession
    ) -> Outcome? {
        let claim = unsafe session.workspace.pointee.sale
        let terms = claim.terms
        let entry = ownerEntry(owner, sku: StateLayout.allSKUs, session)
        let units = entry?.units ?? 0
        if units - min(units, freed.units) + claim.units > terms.unitsPerOwner {
            return .ownerLimit
        }
        let isSameWindow = claim.window != 0 && entry?.window == claim.window
        let taken = isSameWindow ? entry?.windowUnits ?? 0 : 0
        let freedOfWindow = freed.window == claim.window ? min(taken, freed.units) : 0
        if taken - freedOfWindow + claim.units > terms.unitsPerWindow { return .windowLimit }
        let holds = UInt64(entry?.openHolds ?? 0) - freed.holds
        if holds >= terms.openHoldsPerOwner { return .ownerHoldBudget }
        guard claim.client != 0 else { return nil }
        let held = clientEntry(claim)?.openHolds ?? 0
        let freedHolds = freed.client == claim.client ? freed.holds : 0
        return UInt64(held) - freedHolds >= terms.openHoldsPerCredential
            ? .credentialHoldBudget : nil
    }

    private func ownerEntry(
        _ owner: OwnerID,
        sku: UInt32,
        _ session: EngineSession
    ) -> OwnerEntry? {
        let claim = unsafe session.workspace.pointee.sale
        let key = OwnerEntryKey(owner, sale: claim.terms.number, sku: sku)
        let stripe = unsafe owners.state(owners.index(of: claim.ownerHash))
        return unsafe stripe.pointee.find(key, hash: entryHash(key, claim.ownerHash))
            .map { unsafe stripe.pointee.entries.entry($0) }
    }

    private func clientEntry(_ claim: SaleClaim) -> OwnerEntry? {
        let key = OwnerEntryKey(client: claim.client, sale: claim.terms.number)
        let clientHash = hash.hash(key.owner.high, key.owner.low)
        let stripe = unsafe owners.state(owners.index(of: clientHash))
        return unsafe stripe.pointee.find(key, hash: entryHash(key, clientHash))
            .map { unsafe stripe.pointee.entries.entry($0) }
    }

    /// Whether the table has room for the entries that a hold may make.
    private func hasRoomForOwner(_ owner: OwnerID, _ session: EngineSession) -> Bool {
        let work = unsafe session.workspace
        let claim = unsafe work.pointee.sale
        let stripe = owners.index(of: claim.ownerHash)
        let groups = unsafe work.pointee.groupCount
        // Mostly there is plenty, whatever entries there are already.
        var most = groups + 1
        if claim.client != 0 {
            let clientStripe = ownerStripe(ofClient: claim.client)
            if clientStripe == stripe {
                most += 1
            } else if clientEntry(claim) == nil, isFull(clientStripe, with: 1) {
                return false
            }
        }
        if !isFull(stripe, with: most) { return true }
        var needed = ownerEntry(owner, sku: StateLayout.allSKUs, session) == nil ? 1 : 0
        if most == groups + 2, clientEntry(claim) == nil { needed += 1 }
        for index in 0..<groups {
            let number = unsafe work.pointee.groups[index].number
            if number == .max { continue }
            if ownerEntry(owner, sku: number, session) == nil { needed += 1 }
        }
        return needed == 0 || !isFull(stripe, with: needed)
    }

    /// Whether a stripe hasn't room for `count` more entries.
    private func isFull(_ stripe: Int, with count: Int) -> Bool {
        unsafe owners.state(stripe).pointee.entryCount + count > entriesPerStripeMax
    }
}

/// What the hold that a request replaces has of a sale: all that counts as free.
private struct FreedShare {
    var units: UInt64 = 0
    var bySKU: [UInt32: UInt64] = [:]
    var holds: UInt64 = 0
    var window: UInt32 = 0
    var client: UInt16 = 0

    /// Of a replaced hold what is of the sale of a number.
    init(_ replaced: ReplacedHold?, ofSale number: UInt32) {
        guard let replaced, let sale = replaced.sale, sale.sale == number else { return }
        holds = 1
        window = sale.window
        client = sale.client
        for change in replaced.changes {
            units += UInt64(change.stored.quantity)
            bySKU[change.sku, default: 0] += UInt64(change.stored.quantity)
        }
    }
}
