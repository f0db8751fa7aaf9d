package import Inventory
internal import Movements

extension Engine {
    /// Bytes of credit that any commit, release or expiry may need.
    package static var closeCreditBytesMax: Int {
        MovementLayout.closedSize(changes: Limits.sharesPerReservationMax, isOfSale: true)
    }

    /// Bytes of credit that commit or release of a reservation need now; 0 if it isn't known.
    package func closeCreditBytes(of reservation: ReservationID) -> Int {
        withReservation(reservation) { place in
            place.map { closedSize(of: $0.record) } ?? 0
        }
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
        count(.commit, answer, session.counters)
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
        count(.release, answer, session.counters)
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

    @inline(__always)
    private func close(
        _ reservation: ReservationID,
        _ target: UnitTarget,
        requestID: RequestID,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        answer.reset(.accepted)
        withReservation(reservation) { place in
            guard let place else { return answer.reset(.unknownReservation) }
            withStock(of: place, now: now, session) { instant in
                closeLocked(place, target, requestID, instant, session, &answer)
            }
        }
    }

    /// Commits or releases a reservation; its lock and those of its stock are held.
    @inline(__always)
    private func closeLocked(
        _ place: RecordPlace,
        _ target: UnitTarget,
        _ requestID: RequestID,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        let record = place.record
        let isPlain = record.state == .held && instant < record.expiresAt && !record.hasDetail
        guard isPlain, target != .committed || !mayHaveLost(record) else {
            return closeByParts(place, target, requestID, instant, session, &answer)
        }
        guard session.coversRecord(of: closedSize(of: record)) else {
            return answer.reset(.logBusy)
        }
        unsafe reservations.state(place.stripe).pointee.unschedule(place.slot)
        let lsn = end(place, target, requestID: requestID, instant: instant, session)
        fill(&answer, record, in: place.stripe, at: instant, session)
        answer.lsn = lsn
    }

    /// Whether a stock change may have taken units away that a hold needs.
    @inline(__always)
    private func mayHaveLost(_ record: ReservationRecord) -> Bool {
        for index in 0..<record.lineCount {
            let line = record.line(index)
            if line.shareCount > 0, directory.entry(line.sku).hasShortfall { return true }
        }
        return false
    }

    /// Commits or releases what isn't a plain hold; all its locks are held.
    @inline(never)
    private func closeByParts(
        _ place: RecordPlace,
        _ target: UnitTarget,
        _ requestID: RequestID,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        let request = ChangeRequest(
            reservation: place.record.id,
            id: requestID,
            digest: 0,
            kind: target == .committed ? .commit : .release
        )
        changeLocked(request, place, instant: instant, session, &answer)
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

    /// Ends a plain hold, one without a detail that stands in no list of the wheel: units, record
    /// of the log, state, retention.
    ///
    /// The locks of the reservation and of the stripes in the workspace are held.
    /// - Returns: LSN of the movement.
    @inline(__always)
    func end(
        _ place: RecordPlace,
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
            "ending a hold needs credit for its record"
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
            move(share.quantity, in: cell(of: share, entry), from: .held, to: target)
            writer.put(sku)
            writer.put(share.warehouse)
            writer.put(pool)
            writer.put(share.quantity)
        }
        if let sale { end(sale, of: record, target, instant, &writer) }
        writer.finish()
        unsafe ring.publish(bytes, size: size)
        if target != .committed { closeShipments(of: record, in: place.stripe) }
        settle(place, to: target, instant: instant, isScheduled: false)
        unsafe note(instant, reservationStripe: place.stripe, stockStripes: work.pointee.stripes)
        return lsn
    }

    /// Writes and counts that a plain hold of a sale ends.
    @inline(never)
    private func end(
        _ sale: SalePart,
        of record: ReservationRecord,
        _ target: UnitTarget,
        _ instant: Instant,
        _ writer: inout MovementWriter
    ) {
        var sale = sale
        sale.endsHold = true
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
