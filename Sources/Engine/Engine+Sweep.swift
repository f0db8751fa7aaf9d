package import Inventory
internal import Movements
internal import Synchronization

/// What one bounded sweep did.
package struct SweepResult: Sendable {
    /// Holds that expired.
    package var expired = 0
    /// Committed reservations that were fulfilled because their time was over.
    package var fulfilled = 0
    /// Ids that were forgotten.
    package var forgotten = 0
    /// Whether more is due than the limit, or the log's credit, let through.
    package var hasMore = false
}

extension Engine {
    private static var forgottenPerRecordMax: Int { 64 }

    /// Ends holds whose time is over and forgets ids whose retention is over, stripe by stripe.
    ///
    /// Takes and gives back its own log credit; stops when there is none.
    /// - Parameters:
    ///   - now: The engine's instant.
    ///   - session: The calling thread's session.
    ///   - limit: Records touched at most, moves inside the wheel included.
    /// - Returns: What was done, and whether more is due.
    package func sweep(now: Instant, session: EngineSession, limit: Int) -> SweepResult {
        var result = SweepResult()
        var budget = limit
        // Where the last sweep that ran out left off, so that no stripe waits for all others.
        let first = sweepStart.load(ordering: .relaxed)
        for offset in 0..<reservations.count {
            let stripe = (first + offset) & (reservations.count - 1)
            let earliest = unsafe reservations.earliestWork(stripe).pointee.load(ordering: .relaxed)
            if earliest > now.milliseconds { continue }
            if budget == 0 {
                result.hasMore = true
                sweepStart.store(stripe, ordering: .relaxed)
                break
            }
            let hasCredit = sweep(stripe, now, session, &budget, &result)
            // The budget may have ended inside the stripe, also while records moved down in it.
            let next = unsafe reservations.earliestWork(stripe).pointee.load(ordering: .relaxed)
            if !hasCredit || next <= now.milliseconds { result.hasMore = true }
            if !hasCredit { break }
        }
        session.returnCredit()
        session.counters.add(.expiries, result.expired)
        session.counters.add(.fulfilments, result.fulfilled)
        session.counters.add(.forgotten, result.forgotten)
        return result
    }

    /// Sweeps one stripe.
    /// - Returns: Whether credit sufficed.
    private func sweep(
        _ index: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ budget: inout Int,
        _ result: inout SweepResult
    ) -> Bool {
        let lock = reservations.lock(index)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe reservations.state(index)
        let instant = unsafe max(now, stripe.pointee.lastInstant)
        var forgotten: [UInt32] = []
        var hasCredit = session.takeCredit(Engine.forgottenCreditBytes)
        while hasCredit, forgotten.count < Engine.forgottenPerRecordMax {
            guard let slot = unsafe stripe.pointee.nextDue(at: instant, budget: &budget) else {
                break
            }
            let record = unsafe stripe.pointee.records.record(slot)
            let place = RecordPlace(record: record, slot: slot, stripe: index)
            if record.kind == .reservation, record.state == .held {
                hasCredit = expire(place, instant, session)
                if hasCredit { result.expired += 1 }
            } else if record.kind == .reservation, record.state == .committed {
                hasCredit = fulfil(place, instant, session, &result)
            } else {
                forgotten.append(slot)
                continue
            }
            if !hasCredit { unsafe stripe.pointee.schedule(slot, record, now: instant) }
        }
        if hasCredit {
            unsafe stripe.pointee.takeClosed(
                due: instant,
                limit: Engine.forgottenPerRecordMax,
                budget: &budget,
                into: &forgotten
            )
        }
        if !forgotten.isEmpty { forget(forgotten, index, instant, session) }
        result.forgotten += forgotten.count
        unsafe reservations.earliestWork(index).pointee.store(
            stripe.pointee.earliestWork.milliseconds,
            ordering: .relaxed
        )
        if forgotten.count == Engine.forgottenPerRecordMax { result.hasMore = true }
        return hasCredit
    }

    private static var forgottenCreditBytes: Int {
        MovementLayout.forgottenSizeBytes + forgottenPerRecordMax * 16
    }

    /// Ends what is held of a reservation whose time is over; it stands in no list of the wheel.
    /// - Returns: Whether there was credit for it.
    func expire(
        _ place: RecordPlace,
        _ instant: Instant,
        _ session: EngineSession
    ) -> Bool {
        guard session.takeCredit(closedSize(of: place.record)) else {
            return false
        }
        withStock(of: place, now: instant, session) { latest in
            if place.record.hasDetail {
                let changes = units(of: place.record, in: [.held])
                carryOutDue(changes, to: .expired, place, latest, session)
            } else {
                precondition(place.record.state == .held, "only what is held expires")
                _ = end(
                    place,
                    from: .held,
                    .expired,
                    requestID: Engine.noRequest,
                    instant: latest,
                    session
                )
            }
        }
        return true
    }

    /// Fulfils what nobody has fulfilled in all the time that a committed reservation has; it
    /// stands in no list of the wheel.
    ///
    /// Where units aren't on hand it is looked at again later.
    /// - Returns: Whether there was credit for it.
    private func fulfil(
        _ place: RecordPlace,
        _ instant: Instant,
        _ session: EngineSession,
        _ result: inout SweepResult
    ) -> Bool {
        guard session.takeCredit(closedSize(of: place.record)) else {
            return false
        }
        withStock(of: place, now: instant, session) { latest in
            let changes = units(of: place.record, in: [.committed])
            guard firstNotOnHand(changes) == nil else {
                let pause = min(settings.fulfilAfterMilliseconds, Engine.fulfilAgainMilliseconds)
                place.record.due = latest.advanced(byMilliseconds: pause)
                return reservations.schedule(
                    place.slot,
                    place.record,
                    in: place.stripe,
                    now: latest
                )
            }
            carryOutDue(changes, to: .fulfilled, place, latest, session)
            result.fulfilled += 1
        }
        return true
    }

    /// Carries out what the time of a reservation, which stands in no list of the wheel, asks for.
    private func carryOutDue(
        _ changes: [UnitChange],
        to target: UnitTarget,
        _ place: RecordPlace,
        _ instant: Instant,
        _ session: EngineSession
    ) {
        _ = carryOut(
            changes,
            to: target,
            place,
            part: nil,
            isScheduled: false,
            requestID: Engine.noRequest,
            instant: instant,
            session
        )
    }

    /// The request id of what the engine does by itself.
    static var noRequest: RequestID { RequestID(high: 0, low: 0) }
    /// Milliseconds after which a fulfilment that lacked units is looked at again: a day.
    private static var fulfilAgainMilliseconds: Int64 { 86_400_000 }

    /// Forgets a record that is due at no instant; its stripe's lock is held.
    func forget(_ slot: UInt32, hash idHash: UInt64, in index: Int) {
        let stripe = unsafe reservations.state(index)
        let record = unsafe stripe.pointee.records.record(slot)
        if record.kind == .reservation {
            let ownerHash = hash.hash(record.owner.high, record.owner.low)
            unsafe stripe.pointee.unlink(slot, ownerHash: ownerHash, pool: pool)
        }
        unsafe stripe.pointee.forget(slot, hash: idHash, pool: pool)
    }

    /// Brings what names a record in its stripe's indexes close to the processor.
    private func prefetchEntries(of slot: UInt32, in index: Int) {
        let stripe = unsafe reservations.state(index)
        let record = unsafe stripe.pointee.records.record(slot)
        unsafe stripe.pointee.index.prefetch(hash.hash(record.id.high, record.id.low))
        if record.kind == .reservation {
            let owner = record.owner
            unsafe stripe.pointee.owners.prefetch(hash.hash(owner.high, owner.low))
        }
    }

    /// Forgets ids in one movement; their records are due at no instant.
    private func forget(
        _ slots: [UInt32],
        _ idStripe: Int,
        _ instant: Instant,
        _ session: EngineSession
    ) {
        let stripe = unsafe reservations.state(idStripe)
        // An expiry just before may have taken a later instant from its stock stripes.
        let instant = unsafe max(instant, stripe.pointee.lastInstant)
        // All at once: each index entry is far from the last, and one miss takes as long as all.
        for slot in slots { prefetchEntries(of: slot, in: idStripe) }
        let size = MovementLayout.forgottenSizeBytes + slots.count * 16
        unsafe session.workspace.pointee.credit -= size
        let (_, bytes) = unsafe ring.append(size: size)
        var writer = unsafe MovementWriter(
            bytes,
            size: size,
            kind: .forgotten,
            cause: 0,
            actor: 0,
            instant: instant,
            requestID: RequestID(high: 0, low: 0)
        )
        writer.put(UInt32(slots.count))
        writer.put(UInt32(0))
        for slot in slots {
            let id = unsafe stripe.pointee.records.record(slot).id
            writer.put(id.high)
            writer.put(id.low)
            forget(slot, hash: hash.hash(id.high, id.low), in: idStripe)
        }
        writer.finish()
        unsafe ring.publish(bytes, size: size)
        unsafe stripe.pointee.lastInstant = instant
    }
}
