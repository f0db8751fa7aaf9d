package import Inventory
internal import Movements

/// How a hold ends.
enum HoldEnd {
    case committed, released, expired

    /// The kind of the movement.
    var kind: MovementKind {
        switch self {
        case .committed: .committed
        case .released: .released
        case .expired: .expired
        }
    }

    /// The state after it.
    var state: ReservationState {
        switch self {
        case .committed: .committed
        case .released: .released
        case .expired: .expired
        }
    }
}

extension Engine {
    /// Bytes of credit that any commit, release or expiry may need.
    package static var closeCreditBytesMax: Int {
        MovementLayout.closedSize(changes: Limits.sharesPerReservationMax)
    }

    /// Bytes of credit that commit or release of a reservation need now; 0 if it isn't known.
    package func closeCreditBytes(of reservation: ReservationID) -> Int {
        let idHash = hash.hash(reservation.high, reservation.low)
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe reservations.state(idStripe)
        guard let slot = unsafe stripe.pointee.find(reservation, hash: idHash) else { return 0 }
        return unsafe MovementLayout.closedSize(
            changes: stripe.pointee.records.record(slot).shareCount
        )
    }

    // MARK: Hot path

    /// Brings what a commit or release of a reservation looks up close.
    package func prepare(_ reservation: ReservationID) {
        let idHash = hash.hash(reservation.high, reservation.low)
        unsafe reservations.state(reservations.index(of: idHash)).pointee.index.prefetch(idHash)
    }

    /// Makes a hold an order's: its reserved units become committed ones.
    ///
    /// Accepted and repeated if it was committed before. The session's credit covers the record.
    package func commit(
        _ reservation: ReservationID,
        requestID: RequestID,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        close(reservation, .committed, requestID: requestID, now, session, &answer)
        if answer.outcome == .accepted { session.counters.add(.commits) }
    }

    /// Gives a hold's units back.
    ///
    /// Accepted and repeated if it was released before. The session's credit covers the record.
    package func release(
        _ reservation: ReservationID,
        requestID: RequestID,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        close(reservation, .released, requestID: requestID, now, session, &answer)
        if answer.outcome == .accepted { session.counters.add(.releases) }
    }

    /// Shows a reservation with its owner, present state, lines and shares.
    package func show(
        _ reservation: ReservationID,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        answer.reset(.accepted)
        let idHash = hash.hash(reservation.high, reservation.low)
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe reservations.state(idStripe)
        guard let slot = unsafe stripe.pointee.find(reservation, hash: idHash),
            unsafe stripe.pointee.records.record(slot).kind == .reservation
        else { return answer.reset(.unknownReservation) }
        unsafe fill(
            &answer,
            stripe.pointee.records.record(slot),
            in: idStripe,
            at: max(now, stripe.pointee.lastInstant),
            session
        )
    }

    @inline(__always)
    private func close(
        _ reservation: ReservationID,
        _ ending: HoldEnd,
        requestID: RequestID,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        answer.reset(.accepted)
        let idHash = hash.hash(reservation.high, reservation.low)
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe reservations.state(idStripe)
        guard let slot = unsafe stripe.pointee.find(reservation, hash: idHash),
            unsafe stripe.pointee.records.record(slot).kind == .reservation
        else { return answer.reset(.unknownReservation) }
        let record = unsafe stripe.pointee.records.record(slot)
        mark(stripesOf: record, session)
        var instant = unsafe max(now, stripe.pointee.lastInstant)
        instant = unsafe max(instant, self.lock(session.workspace.pointee.stripes))
        defer { unsafe unlock(session.workspace.pointee.stripes) }

        let state = presentState(of: record, in: idStripe, at: instant)
        if state == ending.state {
            answer.isRepeated = true
            fill(&answer, record, in: idStripe, at: instant, session)
            answer.lsn = 0
            return
        }
        guard state == .held else {
            answer.reset(state == .expired ? .holdExpired : .wrongState)
            answer.state = state
            return
        }
        guard session.coversRecord(of: MovementLayout.closedSize(changes: record.shareCount)) else {
            return answer.reset(.logBusy)
        }
        unsafe stripe.pointee.unschedule(slot)
        let lsn = end(
            record,
            slot,
            ending,
            idStripe,
            requestID: requestID,
            instant: instant,
            session
        )
        fill(&answer, record, in: idStripe, at: instant, session)
        answer.lsn = lsn
    }

    /// Marks the stock stripes on which a reservation has shares.
    @inline(__always)
    func mark(stripesOf record: ReservationRecord, _ session: EngineSession) {
        let work = unsafe session.workspace
        unsafe work.pointee.stripes.clear()
        record.forEachShare { sku, _ in
            unsafe work.pointee.stripes.insert(stock.index(of: directory.entry(sku).hash))
        }
    }

    /// Ends a hold that stands in no list of the wheel: units, record of the log, state, retention.
    ///
    /// The locks of the reservation and of the stripes in the workspace are held.
    /// - Returns: LSN of the movement.
    @inline(__always)
    func end(
        _ record: ReservationRecord,
        _ slot: UInt32,
        _ ending: HoldEnd,
        _ idStripe: Int,
        requestID: RequestID,
        instant: Instant,
        _ session: EngineSession
    ) -> UInt64 {
        let work = unsafe session.workspace
        let size = MovementLayout.closedSize(changes: record.shareCount)
        unsafe precondition(
            size <= work.pointee.credit,
            "ending a hold needs credit for its record"
        )
        unsafe work.pointee.credit -= size
        let (lsn, bytes) = unsafe ring.append(size: size)
        var writer = unsafe MovementWriter(
            bytes,
            size: size,
            kind: ending.kind,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: requestID
        )
        writer.put(record.id.high)
        writer.put(record.id.low)
        writer.put(UInt32(record.shareCount))
        let movement = lsn &+ 1
        record.forEachShare { sku, share in
            let entry = directory.entry(sku)
            var pool = share.pool
            if unsafe record.shareCount == 1 || work.pointee.touched.insert(sku, movement) {
                entry.version += 1
                pool |= MovementLayout.firstTouchOfPool
            }
            applyEnd(ending, to: entry, share)
            writer.put(sku)
            writer.put(share.warehouse)
            writer.put(pool)
            writer.put(share.quantity)
        }
        writer.finish()
        unsafe ring.publish(bytes, size: size)
        close(record, slot, ending, idStripe, instant: instant)
        unsafe note(instant, reservationStripe: idStripe, stockStripes: work.pointee.stripes)
        return lsn
    }

    /// Moves the units of one share out of reserved.
    @inline(__always)
    func applyEnd(_ ending: HoldEnd, to entry: StockEntry, _ share: StoredShare) {
        guard let index = entry.cellIndex(warehouse: share.warehouse, pool: share.pool) else {
            preconditionFailure("a share's cell is always there")
        }
        let cell = entry.cell(index)
        cell.reserved -= Int64(share.quantity)
        if ending == .committed { cell.committed += Int64(share.quantity) }
    }

    /// Gives a record the state and the retention that its end asks for.
    @inline(__always)
    func close(
        _ record: ReservationRecord,
        _ slot: UInt32,
        _ ending: HoldEnd,
        _ idStripe: Int,
        instant: Instant
    ) {
        let stripe = unsafe reservations.state(idStripe)
        record.state = ending.state
        unsafe stripe.pointee.heldCount -= 1
        if ending == .committed {
            unsafe stripe.pointee.committedCount += 1
            return
        }
        record.due = instant.advanced(byMilliseconds: settings.closedRetentionMilliseconds)
        reservations.schedule(slot, in: idStripe, now: instant)
    }
}
