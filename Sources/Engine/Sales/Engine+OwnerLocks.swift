internal import Inventory
internal import Movements

// The owner stripes that a movement about a sale's reservation touches. Their locks are taken
// before those of the stock, so that a movement takes its LSN under them as well.
extension Engine {
    /// The owner stripes of a request of a sale.
    func ownerStripes(of claim: SaleClaim) -> OwnerStripeSet {
        var stripes = OwnerStripeSet()
        stripes.insert(owners.index(of: claim.ownerHash))
        if claim.client != 0 { stripes.insert(ownerStripe(ofClient: claim.client)) }
        return stripes
    }

    /// Adds the owner stripes of a reservation; none where it isn't of a sale.
    func insertOwnerStripes(of record: ReservationRecord, into stripes: inout OwnerStripeSet) {
        guard let sale = record.sale else { return }
        let owner = record.owner
        stripes.insert(owners.index(of: hash.hash(owner.high, owner.low)))
        if sale.client != 0 { stripes.insert(ownerStripe(ofClient: sale.client)) }
    }

    /// The stripe in which a client's entries lie.
    func ownerStripe(ofClient client: UInt16) -> Int {
        let owner = OwnerEntryKey.owner(ofClient: client)
        return owners.index(of: hash.hash(owner.high, owner.low))
    }

    /// The hash of an entry's key; `ownerHash` is the hash of its owner.
    @inline(__always)
    func entryHash(_ key: OwnerEntryKey, _ ownerHash: UInt64) -> UInt64 {
        hash.hash(ownerHash, UInt64(key.sale) << 32 | UInt64(key.sku))
    }

    /// Takes the locks of the owner stripes in the workspace; mostly there are none.
    /// - Returns: The latest instant of a movement on them.
    @inline(__always)
    func lockOwners(_ work: UnsafeMutablePointer<Workspace>) -> Instant {
        if unsafe work.pointee.owners.count == 0 { return .distantPast }
        return unsafe lock(work.pointee.owners)
    }

    /// Gives the locks of the owner stripes in the workspace back.
    @inline(__always)
    func unlockOwners(_ work: UnsafeMutablePointer<Workspace>) {
        if unsafe work.pointee.owners.count > 0 { unsafe unlock(work.pointee.owners) }
    }

    /// Takes the locks of owner stripes, lowest first.
    /// - Returns: The latest instant of a movement on them.
    @inline(never)
    func lock(_ stripes: OwnerStripeSet) -> Instant {
        var latest = Instant.distantPast
        for index in 0..<stripes.count {
            owners.lock(stripes[index]).lock()
            latest = unsafe max(latest, owners.state(stripes[index]).pointee.lastInstant)
        }
        return latest
    }

    /// Gives the locks of owner stripes back.
    @inline(never)
    func unlock(_ stripes: OwnerStripeSet) {
        for index in 0..<stripes.count { owners.lock(stripes[index]).unlock() }
    }

    /// Takes the locks of all owner stripes.
    /// - Returns: The latest instant of a movement on them.
    func lockAllOwners() -> Instant {
        var latest = Instant.distantPast
        for index in 0..<owners.count {
            owners.lock(index).lock()
            latest = unsafe max(latest, owners.state(index).pointee.lastInstant)
        }
        return latest
    }

    /// Gives the locks of all owner stripes back.
    func unlockAllOwners() {
        for index in 0..<owners.count { owners.lock(index).unlock() }
    }

    /// The sale that a reservation's movement has to tell of: `nil` where it is of none, or of one
    /// that was forgotten; the locks of its owner stripes are held, so that none is forgotten.
    @inline(__always)
    func presentSale(of record: ReservationRecord, _ session: EngineSession) -> SalePart? {
        record.isOfSale ? knownSale(of: record, session) : nil
    }

    @inline(never)
    private func knownSale(of record: ReservationRecord, _ session: EngineSession) -> SalePart? {
        session.refreshNetwork()
        guard let sale = record.sale, session.network.book.sale(sale.sale) != nil else {
            return nil
        }
        return sale
    }
}
