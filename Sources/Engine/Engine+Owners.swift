package import Inventory

// What an owner has. Reservations of one owner lie in all stripes, so each is asked in turn.
extension Engine {
    private static var spareReservations: Int { 1_024 }

    /// The reservations of an owner, newest first.
    ///
    /// Each stripe is read at an instant of its own.
    /// - Parameters:
    ///   - owner: The owner.
    ///   - includesClosed: Whether to list those that are neither held nor committed as well.
    ///   - limit: How many ids to give, at most.
    ///   - now: The engine's instant.
    /// - Returns: How many there are, and the ids of the newest of them.
    /// - Complexity: O(stripes + n log n) for n reservations of the owner.
    package func reservations(
        of owner: OwnerID,
        includesClosed: Bool,
        limit: Int,
        now: Instant
    ) -> (count: Int, ids: [ReservationID]) {
        var found: [(lsn: UInt64, id: ReservationID)] = []
        var count = 0
        func cut() {
            found.sort { $0.lsn > $1.lsn }
            if found.count > limit { found.removeLast(found.count - limit) }
        }
        forEachReservation(of: owner, now: now) { record, state in
            guard includesClosed || state == .held || state == .committed else { return }
            count += 1
            found.append((record.lsn, record.id))
            // However many an owner has, memory stays within what is asked for.
            if found.count >= limit + Engine.spareReservations { cut() }
        }
        cut()
        return (count, found.map(\.id))
    }

    /// Calls `body` with each share in which an owner holds units now.
    package func ownerHeldUnits(
        _ owner: OwnerID,
        now: Instant,
        _ body: (_ sku: UInt32, _ warehouse: UInt16, _ pool: UInt16, _ units: UInt32) -> Void
    ) {
        forEachReservation(of: owner, now: now) { record, state in
            guard state == .held else { return }
            for change in units(of: record, in: [.held]) {
                let share = change.stored
                body(change.sku, share.warehouse, share.pool, share.quantity)
            }
        }
    }

    private func forEachReservation(
        of owner: OwnerID,
        now: Instant,
        _ body: (ReservationRecord, ReservationState) -> Void
    ) {
        let ownerHash = hash.hash(owner.high, owner.low)
        for index in 0..<reservations.count {
            let lock = reservations.lock(index)
            lock.lock()
            let stripe = unsafe reservations.state(index)
            let instant = unsafe max(now, stripe.pointee.lastInstant)
            unsafe stripe.pointee.forEach(of: owner, hash: ownerHash) {
                let record = unsafe stripe.pointee.records.record($0)
                body(record, presentState(of: record, in: index, at: instant))
            }
            lock.unlock()
        }
    }
}
