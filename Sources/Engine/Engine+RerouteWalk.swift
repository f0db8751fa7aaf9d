package import Inventory

/// Where a walk over all reservations goes on.
package struct ReservationCursor: Sendable {
    fileprivate var stripe = 0
    fileprivate var slot: UInt32 = 0
    fileprivate(set) package var isAtEnd = false

    /// The beginning.
    package init() {}
}

extension Engine {
    /// The reservations with held or committed units on a warehouse, a slice of them a call.
    ///
    /// A slice holds one stripe's lock for a few hundred records at most. One that has units there
    /// before the walk begins and until it comes by is found, as records stay where they are.
    /// - Returns: How many records the slice looked at.
    package func findReservations(
        on warehouse: UInt16,
        from cursor: inout ReservationCursor,
        into found: inout [ReservationID]
    ) -> Int {
        if cursor.stripe == reservations.count { cursor.isAtEnd = true }
        if cursor.isAtEnd { return 0 }
        let lock = reservations.lock(cursor.stripe)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe reservations.state(cursor.stripe)
        let end = unsafe stripe.pointee.records.slotCount
        var looked = 0
        var sharesLeft = Engine.sharesPerSlice
        while cursor.slot < end, looked < Engine.recordsPerSlice, sharesLeft > 0 {
            let record = unsafe stripe.pointee.records.record(cursor.slot)
            cursor.slot += 1
            if record.isFree { continue }
            looked += 1
            guard record.kind == .reservation, record.state == .held || record.state == .committed
            else { continue }
            sharesLeft -= record.shareCount
            if hasOpenUnits(record, on: warehouse) { found.append(record.id) }
        }
        if cursor.slot >= end {
            cursor.stripe += 1
            cursor.slot = 0
        }
        return looked
    }

    private func hasOpenUnits(_ record: ReservationRecord, on warehouse: UInt16) -> Bool {
        for index in 0..<record.shareCount where record.share(index).warehouse == warehouse {
            let progress = record.progress(index)
            if progress.held > 0 || progress.committed > 0 { return true }
        }
        return false
    }

    /// How many reservations and requests are remembered.
    package func rememberedCount() -> Int {
        var count = 0
        for index in 0..<reservations.count {
            let lock = reservations.lock(index)
            lock.lock()
            count += unsafe reservations.state(index).pointee.recordCount
            lock.unlock()
        }
        return count
    }
}
