package import Inventory
internal import Movements

extension Engine {
    /// Bytes of credit that an extension needs.
    package static var extendCreditBytes: Int { MovementLayout.extendedSizeBytes }

    /// When a hold of a chain expires: now + time to live, cut to the cap on the chain.
    ///
    /// Never before now: a hold made under a longer cap may have outlived the present one.
    @inline(__always)
    func expiry(_ timeToLiveMilliseconds: UInt32, _ instant: Instant, _ heldSince: Instant)
        -> Instant
    {
        let timeToLive =
            timeToLiveMilliseconds == 0
            ? Limits.timeToLiveMillisecondsDefault : Int64(timeToLiveMilliseconds)
        return max(
            instant,
            min(
                instant.advanced(byMilliseconds: timeToLive),
                heldSince.advanced(byMilliseconds: settings.holdCapMilliseconds)
            )
        )
    }

    /// When a hold expires that a request makes: as its time to live says, but of a sale with a
    /// limit on first holds no later than that allows.
    ///
    /// In the place of another hold of the sale it may live as long as a hold that began with the
    /// chain, or as the one that it replaces.
    @inline(__always)
    func expiry(
        of request: ReserveRequest,
        _ instant: Instant,
        replacing replaced: ReplacedHold?,
        _ session: EngineSession
    ) -> Instant {
        let heldSince = replaced?.place.record.heldSince ?? instant
        let expiresAt = unsafe expiry(request.timeToLiveMilliseconds, instant, heldSince)
        let sale = unsafe session.workspace.pointee.sale
        guard sale.isOfSale, sale.terms.firstHoldMilliseconds != 0 else { return expiresAt }
        let limit = Int64(sale.terms.firstHoldMilliseconds)
        guard let replaced, replaced.sale?.sale == sale.terms.number else {
            return min(expiresAt, instant.advanced(byMilliseconds: limit))
        }
        let latest = max(
            heldSince.advanced(byMilliseconds: limit),
            replaced.place.record.expiresAt
        )
        return max(instant, min(expiresAt, latest))
    }

    /// Until when a hold may be extended: the instant at which a first hold of its sale ends.
    private func firstHoldEnd(
        of record: ReservationRecord,
        _ session: EngineSession
    ) -> Instant? {
        guard let part = record.sale, let sale = session.network.book.sale(part.sale) else {
            return nil
        }
        let limit = Int64(sale.rules.firstHoldMilliseconds)
        return limit == 0 ? nil : record.heldSince.advanced(byMilliseconds: limit)
    }

    /// Lets a hold live longer: to the later of its expiry and now + time to live, within the cap.
    ///
    /// Accepted with LSN 0 where that changes nothing; the last extension is remembered by the id
    /// of its request. The session's credit covers ``extendCreditBytes``.
    package func extend(
        _ reservation: ReservationID,
        requestID: RequestID,
        digest: UInt64,
        timeToLiveMilliseconds: UInt32,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        answer.reset(.accepted)
        session.refreshNetwork()
        withReservation(reservation) { place in
            guard let place else { return answer.reset(.unknownReservation) }
            let instant = unsafe max(now, reservations.state(place.stripe).pointee.lastInstant)
            extendLocked(
                place,
                RememberedChange(requestID: requestID, digest: digest, lsn: 0),
                timeToLiveMilliseconds,
                instant,
                session,
                &answer
            )
        }
    }

    /// Lets a hold live longer; its stripe's lock is held, the LSN of `change` isn't given yet.
    private func extendLocked(
        _ place: RecordPlace,
        _ change: RememberedChange,
        _ timeToLiveMilliseconds: UInt32,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        let record = place.record
        let idStripe = place.stripe
        if let last = record.lastExtension, last.requestID == change.requestID {
            guard last.digest == change.digest else { return answer.reset(.requestIDReused) }
            answer.isRepeated = true
            fill(&answer, record, in: idStripe, at: instant, session)
            answer.lsn = last.lsn
            return
        }
        guard Int64(timeToLiveMilliseconds) <= Limits.timeToLiveMillisecondsMax else {
            return answer.reset(.invalidTimeToLive)
        }
        let state = presentState(of: record, in: idStripe, at: instant)
        guard state == .held else {
            let ranOut =
                state == .expired || record.didRestExpire
                || isTimeOver(record, in: idStripe, at: instant)
            answer.reset(ranOut ? .holdExpired : .wrongState)
            answer.state = state
            return
        }
        var expiresAt = expiry(timeToLiveMilliseconds, instant, record.heldSince)
        if let end = firstHoldEnd(of: record, session) { expiresAt = min(expiresAt, end) }
        guard expiresAt > record.expiresAt else {
            fill(&answer, record, in: idStripe, at: instant, session)
            answer.lsn = 0
            return
        }
        guard session.coversRecord(of: Engine.extendCreditBytes) else {
            return answer.reset(.logBusy)
        }
        var carriedOut = change
        carriedOut.lsn = append(extensionOf: record.id, to: expiresAt, change, instant, session)
        applyExtension(carriedOut, to: expiresAt, place, instant: instant)
        unsafe reservations.state(idStripe).pointee.lastInstant = instant
        session.counters.add(.extensions)
        fill(&answer, record, in: idStripe, at: instant, session)
        answer.lsn = carriedOut.lsn
    }

    private func append(
        extensionOf reservation: ReservationID,
        to expiresAt: Instant,
        _ change: RememberedChange,
        _ instant: Instant,
        _ session: EngineSession
    ) -> UInt64 {
        let size = Engine.extendCreditBytes
        unsafe session.workspace.pointee.credit -= size
        let (lsn, bytes) = unsafe ring.append(size: size)
        var writer = unsafe MovementWriter(
            bytes,
            size: size,
            kind: .extended,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: change.requestID
        )
        writer.put(reservation.high)
        writer.put(reservation.low)
        writer.put(change.digest)
        writer.put(expiresAt.milliseconds)
        writer.finish()
        unsafe ring.publish(bytes, size: size)
        return lsn
    }

    /// Gives a hold its new expiry and remembers the request; its stripe's lock is held.
    func applyExtension(
        _ change: RememberedChange,
        to expiresAt: Instant,
        _ place: RecordPlace,
        instant: Instant
    ) {
        let stripe = unsafe reservations.state(place.stripe)
        unsafe stripe.pointee.addDetail(place.slot, pool: pool)
        unsafe stripe.pointee.unschedule(place.slot)
        place.record.setTimes(expiresAt: expiresAt, heldSince: place.record.heldSince)
        place.record.due = expiresAt
        place.record.lastExtension = change
        reservations.schedule(place.slot, place.record, in: place.stripe, now: instant)
    }
}
