internal import Inventory
internal import Movements
internal import Sourcing

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
    /// The sale that it belongs to, as its movement tells it.
    var sale: SalePart?
}

extension Engine {
    /// Holds the lines of a request in the place of the hold that it names, or says why not.
    /// - Returns: Whether it is decided; not so where the session leaves a long search.
    @inline(never)
    func reserveReplacing(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        while true {
            let isDecided = unsafe replaceOnce(request, idHash, idStripe, now, session, &answer)
            if let isDecided { return isDecided }
            // The request may be of another sale now, or of none.
            session.refreshNetwork()
            if let refusal = unsafe refusal(of: request, session: session) {
                answer.reset(refusal.outcome)
                answer.refusedLine = refusal.line
                return true
            }
        }
    }

    /// Does so unless the network was replaced since the session looked: then it says `nil`.
    private func replaceOnce(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool? {
        guard let oldID = unsafe request.replaces else { preconditionFailure("replaces nothing") }
        let oldHash = hash.hash(oldID.high, oldID.low)
        let oldStripe = reservations.index(of: oldHash)
        lockReservations(idStripe, oldStripe)
        defer { unlockReservations(idStripe, oldStripe) }
        if unsafe answerKnownLocked(request, idHash, idStripe, now, session, &answer) {
            return true
        }
        let stripe = unsafe reservations.state(oldStripe)
        let place = reservation(oldID, oldHash, oldStripe)
        let work = unsafe session.workspace
        var owners = unsafe work.pointee.owners
        if let place {
            guard unsafe place.record.owner == request.owner else {
                answer.reset(.wrongOwner)
                return true
            }
            markMore(stripesOf: place.record, session)
            insertOwnerStripes(of: place.record, into: &owners)
        }
        var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
        instant = unsafe max(instant, stripe.pointee.lastInstant)
        instant = max(instant, self.lock(owners))
        defer { unlock(owners) }
        instant = unsafe max(instant, self.lock(work.pointee.stripes))
        defer { unsafe unlock(work.pointee.stripes) }
        guard unsafe work.pointee.networkVersion == networkVersion else { return nil }

        let held = place.flatMap { heldUnits(at: $0, instant, session) }
        unsafe work.pointee.givenBack = held?.closing ?? []
        // Nobody sees this: either the movement makes it so, or it is undone below.
        if let held { put(held, back: true) }
        let isDecided = unsafe decide(
            request,
            idHash,
            idStripe,
            held,
            instant,
            session,
            &answer,
            mayGiveUp: session.leavesLongSearches
        )
        guard let held else { return isDecided }
        if isDecided, answer.outcome == .accepted {
            unsafe stripe.pointee.lastInstant = instant
            session.counters.add(.replacements)
        } else {
            put(held, back: false)
        }
        return isDecided
    }

    /// The problem of a request, copied at one instant at which the units of the hold that it
    /// replaces are free.
    func problemReplacing(
        _ oldID: ReservationID,
        _ request: ReserveRequest,
        _ now: Instant,
        _ session: EngineSession
    ) -> SourcingProblem {
        let oldHash = hash.hash(oldID.high, oldID.low)
        let oldStripe = reservations.index(of: oldHash)
        let lock = reservations.lock(oldStripe)
        lock.lock()
        defer { lock.unlock() }
        let place = reservation(oldID, oldHash, oldStripe)
        if let place { markMore(stripesOf: place.record, session) }
        let work = unsafe session.workspace
        let instant = unsafe max(now, self.lock(work.pointee.stripes))
        defer { unsafe unlock(work.pointee.stripes) }
        session.refreshNetwork()
        let held = place.flatMap { heldUnits(at: $0, instant, session) }
        unsafe work.pointee.givenBack = held?.closing ?? []
        if let held { put(held, back: true) }
        unsafe gatherAll(request, session)
        if let held { put(held, back: false) }
        return unsafe problem(request, session)
    }

    /// What there is to give back of a hold, all of whose locks are held.
    /// - Returns: `nil` if it isn't one any more.
    private func heldUnits(
        at place: RecordPlace,
        _ instant: Instant,
        _ session: EngineSession
    ) -> ReplacedHold? {
        guard presentState(of: place.record, in: place.stripe, at: instant) == .held else {
            return nil
        }
        let open = openWarehouses(of: place.record)
        let committed = Set(units(of: place.record, in: [.committed]).map(\.stored.warehouse))
        var sale = presentSale(of: place.record, session)
        sale?.endsHold = true
        return ReplacedHold(
            place: place,
            changes: units(of: place.record, in: [.held]),
            open: open,
            closing: open.filter { !committed.contains($0) },
            sale: sale
        )
    }

    /// Gives the held units of a hold back to their cells, or takes them again.
    private func put(_ held: ReplacedHold, back: Bool) {
        for change in held.changes { put(change, back: back) }
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
        _ instant: Instant,
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
        if let sale = replaced.sale {
            writer.put(sale)
            countChange(of: record, sale, to: .released, instant, replaced.changes)
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
