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
        let instant = unsafe max(now, stripe.pointee.lastInstant)
        if let last = record.lastExtension, last.requestID == requestID {
            guard last.digest == digest else { return answer.reset(.requestIDReused) }
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
        let expiresAt = expiry(timeToLiveMilliseconds, instant, record.heldSince)
        guard expiresAt > record.expiresAt else {
            fill(&answer, record, in: idStripe, at: instant, session)
            answer.lsn = 0
            return
        }
        guard session.coversRecord(of: Engine.extendCreditBytes) else {
            return answer.reset(.logBusy)
        }
        let lsn = append(
            extensionOf: reservation,
            to: expiresAt,
            requestID: requestID,
            digest: digest,
            instant,
            session
        )
        let place = RecordPlace(record: record, slot: slot, stripe: idStripe)
        let change = RememberedChange(requestID: requestID, digest: digest, lsn: lsn)
        applyExtension(change, to: expiresAt, place, instant: instant)
        unsafe stripe.pointee.lastInstant = instant
        session.counters.add(.extensions)
        fill(&answer, record, in: idStripe, at: instant, session)
        answer.lsn = lsn
    }

    private func append(
        extensionOf reservation: ReservationID,
        to expiresAt: Instant,
        requestID: RequestID,
        digest: UInt64,
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
            requestID: requestID
        )
        writer.put(reservation.high)
        writer.put(reservation.low)
        writer.put(digest)
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
        reservations.schedule(place.slot, in: place.stripe, now: instant)
    }
}
