package import Inventory
internal import Movements

extension Engine {
    /// Bytes of credit that an extension needs.
    package static var extendCreditBytes: Int { MovementLayout.extendedSizeBytes }

    /// When a hold of a chain expires: now + time to live, cut to the cap on the chain.
    ///
    /// Never before now: a hold made under a longer cap may have outlived the present one. What a
    /// frozen hold that is replaced had beyond the cap its successor may have as well.
    @inline(__always)
    func expiry(
        _ timeToLiveMilliseconds: UInt32,
        _ instant: Instant,
        _ heldSince: Instant,
        replacing replaced: ReservationRecord? = nil
    ) -> Instant {
        let timeToLive =
            timeToLiveMilliseconds == 0
            ? Limits.timeToLiveMillisecondsDefault : Int64(timeToLiveMilliseconds)
        var cap = heldSince.advanced(byMilliseconds: settings.holdCapMilliseconds)
        if let replaced, replaced.wasFrozen { cap = max(cap, replaced.expiresAt) }
        return max(instant, min(instant.advanced(byMilliseconds: timeToLive), cap))
    }

    /// When a hold expires that a request makes: as its time to live says, but of a sale with a
    /// limit on first holds no later than that allows.
    ///
    /// In the place of another hold of the sale it may live as long as a hold that began with the
    /// chain, or as the one that it replaces; once a payment has begun, as long as any other.
    @inline(__always)
    func expiry(
        of request: ReserveRequest,
        _ instant: Instant,
        replacing replaced: ReplacedHold?,
        _ session: EngineSession
    ) -> Instant {
        let old = replaced?.place.record
        let heldSince = old?.heldSince ?? instant
        let expiresAt = unsafe expiry(
            request.timeToLiveMilliseconds,
            instant,
            heldSince,
            replacing: old
        )
        let work = unsafe session.workspace
        guard unsafe work.pointee.sale.isOfSale, old?.hasPaymentStarted != true else {
            return expiresAt
        }
        let limit = unsafe Int64(work.pointee.sale.terms.firstHoldMilliseconds)
        if limit == 0 { return expiresAt }
        guard let replaced, unsafe replaced.sale?.sale == work.pointee.sale.terms.number else {
            return min(expiresAt, instant.advanced(byMilliseconds: limit))
        }
        let latest = max(
            heldSince.advanced(byMilliseconds: limit),
            replaced.place.record.expiresAt
        )
        return max(instant, min(expiresAt, latest))
    }

    /// Until when a hold may be extended before its payment begins: the instant at which a first
    /// hold of its sale ends.
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
    /// A payment that begins marks the chain as well. A freeze, which a chain has once, may pass
    /// the cap. Accepted with LSN 0 where nothing changes. The last extension is remembered by the
    /// id of its request, a freeze as long as the reservation. The session's credit covers
    /// ``extendCreditBytes``.
    package func extend(
        _ request: HoldExtension,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        answer.reset(.accepted)
        session.refreshNetwork()
        withReservation(request.reservation) { place in
            guard let place else { return answer.reset(.unknownReservation) }
            let instant = unsafe max(now, reservations.state(place.stripe).pointee.lastInstant)
            extendLocked(request, place, instant, session, &answer)
        }
    }

    /// Lets a hold live longer; its stripe's lock is held.
    private func extendLocked(
        _ request: HoldExtension,
        _ place: RecordPlace,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        let record = place.record
        let idStripe = place.stripe
        if let known = knownExtension(request.id, record) {
            guard known.digest == request.digest else { return answer.reset(.requestIDReused) }
            answer.isRepeated = true
            fill(&answer, record, in: idStripe, at: instant, session)
            answer.lsn = known.lsn
            return
        }
        guard Int64(request.timeToLiveMilliseconds) <= request.reason.timeToLiveMillisecondsMax
        else { return answer.reset(.invalidTimeToLive) }
        let state = presentState(of: record, in: idStripe, at: instant)
        guard state == .held else {
            let ranOut =
                state == .expired || record.didRestExpire
                || isTimeOver(record, in: idStripe, at: instant)
            answer.reset(ranOut ? .holdExpired : .wrongState)
            answer.state = state
            return
        }
        if let refusal = refusal(of: request.reason, record) { return answer.reset(refusal) }
        let expiresAt = max(record.expiresAt, expiry(of: request, record, instant, session))
        let isMarked = record.chainMarks.isSuperset(of: request.reason.marks)
        guard expiresAt > record.expiresAt || !isMarked else {
            fill(&answer, record, in: idStripe, at: instant, session)
            answer.lsn = 0
            return
        }
        guard session.coversRecord(of: Engine.extendCreditBytes) else {
            return answer.reset(.logBusy)
        }
        let lsn = append(request, to: expiresAt, instant, session)
        applyExtension(
            RememberedChange(requestID: request.id, digest: request.digest, lsn: lsn),
            to: expiresAt,
            request.reason,
            place,
            instant: instant
        )
        unsafe reservations.state(idStripe).pointee.lastInstant = instant
        session.counters.add(.extensions)
        fill(&answer, record, in: idStripe, at: instant, session)
        answer.lsn = lsn
    }

    /// What is remembered of an extension with this id, or of another change of parts.
    private func knownExtension(_ id: RequestID, _ record: ReservationRecord) -> RememberedChange? {
        if let last = record.lastExtension, last.requestID == id { return last }
        return record.change(of: id)
    }

    /// Why a hold isn't extended for a reason, if it isn't.
    private func refusal(of reason: ExtendReason, _ record: ReservationRecord) -> Outcome? {
        guard reason == .paymentPending else { return nil }
        if record.wasFrozen { return .frozenBefore }
        return record.changeCount < Limits.changesPerReservationMax ? nil : .tooManyChanges
    }

    /// When a hold is to expire for a request, unless it lives longer already.
    private func expiry(
        of request: HoldExtension,
        _ record: ReservationRecord,
        _ instant: Instant,
        _ session: EngineSession
    ) -> Instant {
        guard request.reason == .paymentPending else {
            let wanted = expiry(request.timeToLiveMilliseconds, instant, record.heldSince)
            guard request.reason == .shopper, !record.hasPaymentStarted,
                let end = firstHoldEnd(of: record, session)
            else { return wanted }
            return min(wanted, end)
        }
        let timeToLive = Int64(request.timeToLiveMilliseconds)
        return instant.advanced(
            byMilliseconds: timeToLive == 0 ? Limits.freezeMillisecondsMax : timeToLive
        )
    }

    private func append(
        _ request: HoldExtension,
        to expiresAt: Instant,
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
            cause: request.reason.rawValue,
            actor: session.actor,
            instant: instant,
            requestID: request.id
        )
        writer.put(request.reservation.high)
        writer.put(request.reservation.low)
        writer.put(request.digest)
        writer.put(expiresAt.milliseconds)
        writer.finish()
        unsafe ring.publish(bytes, size: size)
        return lsn
    }

    /// Gives a hold its new expiry and remembers the request; its stripe's lock is held.
    func applyExtension(
        _ change: RememberedChange,
        to expiresAt: Instant,
        _ reason: ExtendReason,
        _ place: RecordPlace,
        instant: Instant
    ) {
        let stripe = unsafe reservations.state(place.stripe)
        unsafe stripe.pointee.addDetail(place.slot, pool: pool)
        unsafe stripe.pointee.unschedule(place.slot)
        place.record.setTimes(expiresAt: expiresAt, heldSince: place.record.heldSince)
        place.record.due = expiresAt
        place.record.chainMarks.formUnion(reason.marks)
        if reason == .paymentPending {
            unsafe stripe.pointee.remember(change, place.slot, pool: pool)
        } else {
            place.record.lastExtension = change
        }
        reservations.schedule(place.slot, place.record, in: place.stripe, now: instant)
    }
}
