internal import Inventory
internal import Movements

/// A hold whose place another takes in the same movement.
struct ReplacedHold {
    /// The hold.
    var place: RecordPlace
    /// Its held units.
    var changes: [UnitChange]
    /// The warehouses on which it has open units.
    var open: [UInt16]
    /// Those of them on which it will have none.
    var closing: [UInt16]
}

extension Engine {
    /// Holds the lines of a request in the place of the hold that it names, or says why not.
    @inline(never)
    func reserveReplacing(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        guard let oldID = unsafe request.replaces else { preconditionFailure("replaces nothing") }
        let oldHash = hash.hash(oldID.high, oldID.low)
        let oldStripe = reservations.index(of: oldHash)
        lockReservations(idStripe, oldStripe)
        defer { unlockReservations(idStripe, oldStripe) }
        if unsafe answerKnownLocked(request, idHash, idStripe, now, session, &answer) { return }
        var place: RecordPlace?
        let stripe = unsafe reservations.state(oldStripe)
        if let slot = unsafe stripe.pointee.find(oldID, hash: oldHash) {
            let record = unsafe stripe.pointee.records.record(slot)
            if record.kind == .reservation {
                guard unsafe record.owner == request.owner else {
                    return answer.reset(.wrongOwner)
                }
                place = RecordPlace(record: record, slot: slot, stripe: oldStripe)
                markMore(stripesOf: record, session)
            }
        }
        let work = unsafe session.workspace
        var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
        instant = unsafe max(instant, stripe.pointee.lastInstant)
        instant = unsafe max(instant, self.lock(work.pointee.stripes))
        defer { unsafe unlock(work.pointee.stripes) }

        guard let place, presentState(of: place.record, in: oldStripe, at: instant) == .held else {
            unsafe decide(request, idHash, idStripe, nil, instant, session, &answer)
            return
        }
        let open = openWarehouses(of: place.record)
        let committed = Set(units(of: place.record, in: [.committed]).map(\.stored.warehouse))
        let held = ReplacedHold(
            place: place,
            changes: units(of: place.record, in: [.held]),
            open: open,
            closing: open.filter { !committed.contains($0) }
        )
        unsafe work.pointee.givenBack = held.closing
        // Nobody sees this: either the movement makes it so, or it is undone below.
        for change in held.changes { put(change, back: true) }
        unsafe decide(request, idHash, idStripe, held, instant, session, &answer)
        if answer.outcome == .accepted {
            unsafe stripe.pointee.lastInstant = instant
            session.counters.add(.replacements)
        } else {
            for change in held.changes { put(change, back: false) }
        }
    }

    /// Gives the held units of a change back to their cell, or takes them again.
    private func put(_ change: UnitChange, back: Bool) {
        let cell = cell(of: change.stored, directory.entry(change.sku))
        let units = Int64(change.stored.quantity)
        cell.reserved += back ? -units : units
    }

    /// Writes what became of a replaced hold, whose units are back in their cells, and notes it.
    func giveBack(
        _ replaced: ReplacedHold,
        _ heldSince: Instant,
        _ movement: UInt64,
        _ writer: inout MovementWriter,
        _ session: EngineSession
    ) {
        let record = replaced.place.record
        writer.put(record.id.high)
        writer.put(record.id.low)
        writer.put(heldSince.milliseconds)
        writer.put(UInt32(replaced.changes.count))
        for change in replaced.changes {
            let isFirst = unsafe session.workspace.pointee.touched.insert(change.sku, movement)
            if isFirst { directory.entry(change.sku).version += 1 }
            write(change, isFirst: isFirst, to: .released, &writer)
            note(change, to: .released, record)
        }
    }

    private func lockReservations(_ first: Int, _ second: Int) {
        reservations.lock(min(first, second)).lock()
        if first != second { reservations.lock(max(first, second)).lock() }
    }

    private func unlockReservations(_ first: Int, _ second: Int) {
        if first != second { reservations.lock(max(first, second)).unlock() }
        reservations.lock(min(first, second)).unlock()
    }
}
