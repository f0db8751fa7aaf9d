package import Inventory
internal import Movements

extension Engine {
    /// Bytes of credit that any change of a whole reservation may need.
    package static var closeCreditBytesMax: Int {
        MovementLayout.closedSize(changes: Limits.sharesPerReservationMax, isOfSale: true)
    }

    /// Bytes of credit that a change of the whole of a reservation needs now; 0 if it isn't known.
    ///
    /// Brings what the change is going to touch close.
    package func closeCreditBytes(of reservation: ReservationID) -> Int {
        withReservation(reservation) { place in
            guard let place else { return 0 }
            prefetchTouched(by: place)
            return closedSize(of: place.record)
        }
    }

    /// Brings the neighbours of a reservation in the wheel, and its first SKU, close.
    @inline(__always)
    private func prefetchTouched(by place: RecordPlace) {
        let record = place.record
        unsafe reservations.state(place.stripe).pointee.prefetchNeighbours(of: record)
        if record.shareCount > 0 { directory.prefetch(record.line(0).sku) }
    }

    // MARK: Hot path

    /// Brings what the look-up of a reservation reads close.
    ///
    /// The first of three passes over some dozens of requests, each of which reads what the one
    /// before has fetched: then ``prefetchRecord(of:)`` of all, ``closeCreditBytes(of:)`` of all.
    package func prepare(_ reservation: ReservationID) {
        let idHash = hash.hash(reservation.high, reservation.low)
        unsafe reservations.state(reservations.index(of: idHash)).pointee.index.prefetch(idHash)
    }

    /// Brings the record of a prepared reservation close.
    package func prefetchRecord(of reservation: ReservationID) {
        let idHash = hash.hash(reservation.high, reservation.low)
        let index = reservations.index(of: idHash)
        let lock = reservations.lock(index)
        lock.lock()
        let stripe = unsafe reservations.state(index)
        if let slot = unsafe stripe.pointee.index.hint(idHash) {
            unsafe stripe.pointee.records.record(slot).prefetch()
        }
        lock.unlock()
    }

    /// Commits, releases, fulfils or cancels the whole of a reservation.
    ///
    /// Accepted and repeated if that was done before. The session's credit covers the record, see
    /// ``closeCreditBytes(of:)``.
    /// - Complexity: O(shares).
    package func close(
        _ reservation: ReservationID,
        by kind: ReservationChangeKind,
        requestID: RequestID,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        answer.reset(.accepted)
        withReservation(reservation) { place in
            guard let place else { return answer.reset(.unknownReservation) }
            withStock(of: place, now: now, session) { instant in
                // Each with a kind that is known ahead: a commit has 2 % less instructions so, a
                // release 4 %.
                switch kind {
                case .commit: closeLocked(place, .commit, requestID, instant, session, &answer)
                case .release: closeLocked(place, .release, requestID, instant, session, &answer)
                case .fulfil: closeLocked(place, .fulfil, requestID, instant, session, &answer)
                case .cancel: closeLocked(place, .cancel, requestID, instant, session, &answer)
                }
            }
        }
        count(kind, answer.outcome, answer.isRepeated, session.counters)
    }

    /// Shows a reservation with its owner, present state, lines and shares.
    package func show(
        _ reservation: ReservationID,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        answer.reset(.accepted)
        withReservation(reservation) { place in
            guard let place else { return answer.reset(.unknownReservation) }
            let instant = unsafe max(now, reservations.state(place.stripe).pointee.lastInstant)
            fill(&answer, place.record, in: place.stripe, at: instant, session)
        }
    }

    /// Changes the whole of a reservation; its lock and those of its stock are held.
    @inline(__always)
    private func closeLocked(
        _ place: RecordPlace,
        _ kind: ReservationChangeKind,
        _ requestID: RequestID,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        let record = place.record
        guard isPlain(record, for: kind, at: instant) else {
            return closeByParts(place, kind, requestID, instant, session, &answer)
        }
        guard session.coversRecord(of: closedSize(of: record)) else {
            return answer.reset(.logBusy)
        }
        unsafe reservations.state(place.stripe).pointee.unschedule(place.slot)
        let lsn = end(
            place,
            from: kind.source,
            kind.target,
            requestID: requestID,
            instant: instant,
            session
        )
        fill(&answer, record, in: place.stripe, at: instant, session)
        answer.lsn = lsn
    }

    /// Changes the whole of what isn't plain; all its locks are held.
    @inline(never)
    private func closeByParts(
        _ place: RecordPlace,
        _ kind: ReservationChangeKind,
        _ requestID: RequestID,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        let request = ChangeRequest(
            reservation: place.record.id,
            id: requestID,
            digest: 0,
            kind: kind
        )
        changeLocked(request, place, instant: instant, session, &answer)
    }

    /// Whether a change takes all units of a reservation at once from where they all are, with
    /// nothing in its way.
    @inline(__always)
    private func isPlain(
        _ record: ReservationRecord,
        for kind: ReservationChangeKind,
        at instant: Instant
    ) -> Bool {
        if record.hasDetail { return false }
        switch kind {
        case .release: return record.state == .held && instant < record.expiresAt
        case .commit:
            return record.state == .held && instant < record.expiresAt && !mayHaveLost(record)
        case .fulfil: return record.state == .committed && isOnHand(record)
        case .cancel: return record.state == .committed
        }
    }

    /// Whether the units of a reservation are surely on hand: several of its shares may be of one
    /// cell.
    @inline(__always)
    private func isOnHand(_ record: ReservationRecord) -> Bool {
        var units: Int64 = 0
        var least = Int64.max
        record.forEachShare { sku, share in
            units += Int64(share.quantity)
            least = min(least, cell(of: share, directory.entry(sku)).onHand)
        }
        return units <= least
    }

    /// Whether a stock change may have taken units away that a hold needs.
    @inline(__always)
    private func mayHaveLost(_ record: ReservationRecord) -> Bool {
        var mayHave = false
        record.forEachShare { sku, _ in
            if directory.entry(sku).hasShortfall { mayHave = true }
        }
        return mayHave
    }

    /// Marks the stock stripes on which a reservation has shares.
    @inline(__always)
    func mark(stripesOf record: ReservationRecord, _ session: EngineSession) {
        unsafe session.workspace.pointee.stripes.clear()
        markMore(stripesOf: record, session)
    }

    /// Marks the stock stripes on which a reservation has shares, besides those marked already.
    @inline(__always)
    func markMore(stripesOf record: ReservationRecord, _ session: EngineSession) {
        let work = unsafe session.workspace
        record.forEachShare { sku, _ in
            unsafe work.pointee.stripes.insert(stock.index(of: directory.entry(sku).hash))
        }
    }

    /// Takes all units of a held or committed reservation on that has no detail and stands in no
    /// list of the wheel: units, record of the log, state, retention.
    ///
    /// The locks of the reservation and of the stripes in the workspace are held.
    /// - Returns: LSN of the movement.
    @inline(__always)
    func end(
        _ place: RecordPlace,
        from source: UnitSource,
        _ target: UnitTarget,
        requestID: RequestID,
        instant: Instant,
        _ session: EngineSession
    ) -> UInt64 {
        let work = unsafe session.workspace
        let record = place.record
        let sale = presentSale(of: record, session)
        let size = MovementLayout.closedSize(changes: record.shareCount, isOfSale: sale != nil)
        unsafe precondition(
            size <= work.pointee.credit,
            "a change needs credit for its record"
        )
        unsafe work.pointee.credit -= size
        let (lsn, bytes) = unsafe ring.append(size: size)
        var writer = unsafe MovementWriter(
            bytes,
            size: size,
            kind: target.kind,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: requestID
        )
        writer.put(record.id.high)
        writer.put(record.id.low)
        let fields = UInt32(sale == nil ? 0 : MovementLayout.isOfSale)
        writer.put(UInt32(record.shareCount) | fields << 16)
        let movement = lsn &+ 1
        record.forEachShare { sku, share in
            let entry = directory.entry(sku)
            var pool = share.pool
            if unsafe record.shareCount == 1 || work.pointee.touched.insert(sku, movement) {
                entry.version += 1
                pool |= MovementLayout.firstTouchOfPool
            }
            move(share.quantity, in: cell(of: share, entry), from: source, to: target)
            writer.put(sku)
            writer.put(share.warehouse)
            writer.put(pool)
            writer.put(share.quantity)
        }
        if let sale { end(sale, of: record, from: source, target, instant, &writer) }
        writer.finish()
        unsafe ring.publish(bytes, size: size)
        if target != .committed { closeShipments(of: record, in: place.stripe) }
        settle(place, to: target, instant: instant, isScheduled: false)
        unsafe note(instant, reservationStripe: place.stripe, stockStripes: work.pointee.stripes)
        return lsn
    }

    /// Writes and counts what becomes of all units of a sale's reservation.
    @inline(never)
    private func end(
        _ sale: SalePart,
        of record: ReservationRecord,
        from source: UnitSource,
        _ target: UnitTarget,
        _ instant: Instant,
        _ writer: inout MovementWriter
    ) {
        var sale = sale
        sale.endsHold = source == .held
        sale.isFirstCommit = target == .committed
        write(sale, of: record.owner, &writer)
        let movement = SaleMovement(owner: record.owner, part: sale, instant: instant)
        let isCounted = countChange(movement, to: target) { body in
            record.forEachShare { sku, share in body(sku, share.quantity) }
        }
        precondition(isCounted, "what an owner holds is counted")
    }

    /// Bytes of a record that ends all of a reservation.
    @inline(__always)
    func closedSize(of record: ReservationRecord) -> Int {
        MovementLayout.closedSize(changes: record.shareCount, isOfSale: record.isOfSale)
    }
}
