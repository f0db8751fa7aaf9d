package import Inventory
internal import Movements

/// What came of the attempt to move a reservation's held units away from where they are.
package struct RerouteResult: Sendable {
    /// `accepted` where they moved or there are none, else why they stay.
    package var outcome: Outcome
    /// LSN of the movement; 0 where nothing moved.
    package var lsn: UInt64 = 0
    /// Held units that were to move; all of them did if ``lsn`` isn't 0.
    package var heldUnits: UInt64 = 0
    /// Committed units that stay there.
    package var committedUnits: UInt64 = 0
    /// Index of the line that a refusal speaks of, or −1.
    package var refusedLine: Int32 = -1
    /// Minutes by which the promised instant is later than before.
    package var minutesLater: UInt32 = 0
}

/// A request that moves a reservation's held units and is remembered with it.
package struct RerouteRequest: Hashable, Sendable {
    /// The reservation.
    package var reservation: ReservationID
    /// The id of the request.
    package var id: RequestID
    /// A digest of the whole content.
    package var digest: UInt64

    /// A request with all its fields.
    package init(reservation: ReservationID, id: RequestID, digest: UInt64) {
        self.reservation = reservation
        self.id = id
        self.digest = digest
    }
}

// A reservation's held units are sourced anew where their warehouse takes nothing any more: all of
// them or none, in one movement, planned under the locks of its stock as `replace` is.
extension Engine {
    /// Bytes of credit that moving a reservation's units may need now; 0 if it isn't known.
    package func rerouteCreditBytes(of reservation: ReservationID) -> Int {
        let warehouses = networkCount
        return withReservation(reservation) { place in
            guard let place else { return 0 }
            let shares = place.record.shareCount
            return MovementLayout.reroutedSize(
                left: shares,
                came: min(shares * max(1, warehouses), Limits.sharesPerReservationMax),
                isRemembered: true,
                hasPromise: true
            )
        }
    }

    /// Moves the held units of a reservation away from warehouses that aren't online.
    ///
    /// Accepted with LSN 0 where there are none. The session's credit covers
    /// ``rerouteCreditBytes(of:)``.
    /// - Complexity: O(shares + lines × warehouses of a SKU).
    package func reroute(
        _ request: RerouteRequest,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        answer.reset(.accepted)
        withReservation(request.reservation) { place in
            guard let place else { return answer.reset(.unknownReservation) }
            let record = place.record
            if let known = record.change(of: request.id), known.digest != request.digest {
                return answer.reset(.requestIDReused)
            }
            withStock(of: place, now: now, session) { instant in
                if let known = record.change(of: request.id) {
                    answer.isRepeated = true
                    fill(&answer, record, in: place.stripe, at: instant, session)
                    answer.lsn = known.lsn
                    return
                }
                let result = rerouteLocked(place, from: nil, request, instant, session)
                guard result.outcome == .accepted else {
                    answer.reset(result.outcome)
                    answer.refusedLine = result.refusedLine
                    answer.state = presentState(of: record, in: place.stripe, at: instant)
                    return
                }
                fill(&answer, record, in: place.stripe, at: instant, session)
                answer.lsn = result.lsn
            }
        }
    }

    /// Moves a reservation's held units away from one warehouse, unless that is online.
    ///
    /// Takes its own log credit and gives it back; `log_busy` where there is none.
    package func reroute(
        _ reservation: ReservationID,
        from warehouse: UInt16,
        now: Instant,
        session: EngineSession
    ) -> RerouteResult {
        defer { session.returnCredit() }
        return withReservation(reservation) { place in
            guard let place else { return RerouteResult(outcome: .unknownReservation) }
            let there = units(of: place.record, on: warehouse)
            guard there.held > 0 else {
                return RerouteResult(outcome: .accepted, committedUnits: there.committed)
            }
            return withStock(of: place, now: now, session) { instant in
                rerouteLocked(place, from: warehouse, nil, instant, session)
            }
        }
    }

    /// How many units of a reservation are held and committed on a warehouse.
    private func units(
        of record: ReservationRecord,
        on warehouse: UInt16
    ) -> (held: UInt64, committed: UInt64) {
        var units: (held: UInt64, committed: UInt64) = (0, 0)
        for index in 0..<record.shareCount where record.share(index).warehouse == warehouse {
            let progress = record.progress(index)
            units.held += UInt64(progress.held)
            units.committed += UInt64(progress.committed)
        }
        return units
    }

    /// Moves held units; the locks of the reservation and of its stock are held.
    ///
    /// `warehouse` is the one that they leave, unless it is online; `nil` for all that aren't.
    /// `request` is remembered with the reservation, if there is one.
    private func rerouteLocked(
        _ place: RecordPlace,
        from warehouse: UInt16?,
        _ request: RerouteRequest?,
        _ instant: Instant,
        _ session: EngineSession
    ) -> RerouteResult {
        // Under a stock lock the network can't change; it may have since the session looked.
        session.refreshNetwork()
        var result = RerouteResult(outcome: .accepted)
        let record = place.record
        let stranded = stranded(record, from: warehouse, session)
        if let warehouse { result.committedUnits = units(of: record, on: warehouse).committed }
        let state = presentState(of: record, in: place.stripe, at: instant)
        guard state == .held else {
            let ranOut =
                state == .expired || record.didRestExpire
                || isTimeOver(record, in: place.stripe, at: instant)
            result.outcome = ranOut ? .holdExpired : .wrongState
            return result
        }
        if stranded.isEmpty { return result }
        defer { unlockCapacity(session) }
        result.heldUnits = stranded.reduce(0) { $0 + UInt64($1.stored.quantity) }
        if request != nil, record.changeCount >= Limits.changesPerReservationMax {
            result.outcome = .tooManyChanges
            return result
        }
        do throws(UnitsStay) {
            let came = try source(stranded, place, instant, session)
            let promised = promisedMinute(of: record, without: stranded, session)
            if record.promisedMinute != 0, promised > record.promisedMinute {
                result.minutesLater = promised - record.promisedMinute
            }
            let size = MovementLayout.reroutedSize(
                left: stranded.count,
                came: came.count,
                isRemembered: request != nil,
                hasPromise: promised != 0
            )
            guard session.coversRecord(of: size) else {
                throw UnitsStay(outcome: .logBusy, line: -1)
            }
            unsafe session.workspace.pointee.promisedMinute = promised
            result.lsn = carryOut(stranded, came, place, request, instant, session)
        } catch {
            result.outcome = error.outcome
            result.refusedLine = error.line
        }
        return result
    }

    /// The held units of a reservation that have to move, share by share.
    private func stranded(
        _ record: ReservationRecord,
        from warehouse: UInt16?,
        _ session: EngineSession
    ) -> [MovedUnits] {
        let work = unsafe session.workspace
        var found: [MovedUnits] = []
        record.forEachShareByLine { _, sku, index in
            var stored = record.share(index)
            guard unsafe !work.pointee.isOpen[Int(stored.warehouse)],
                warehouse ?? stored.warehouse == stored.warehouse
            else { return }
            stored.quantity = record.progress(index).held
            if stored.quantity == 0 { return }
            // Those that aren't there go first, as those that are there were promised first.
            let backordered = min(record.backordered(index), stored.quantity)
            found.append(
                MovedUnits(index: index, sku: sku, stored: stored, backordered: backordered)
            )
        }
        return found
    }

    /// The promised arrival once `stranded` units come from where they are planned to.
    ///
    /// Of what stays nothing is known but the promise of the whole, so that is no earlier.
    private func promisedMinute(
        of record: ReservationRecord,
        without stranded: [MovedUnits],
        _ session: EngineSession
    ) -> UInt32 {
        let planned = unsafe session.workspace.pointee.promisedMinute
        if planned == 0 { return record.promisedMinute }
        var next = 0
        for index in 0..<record.shareCount {
            var progress = record.progress(index)
            if next < stranded.count, stranded[next].index == index {
                progress.held = 0
                next += 1
            }
            if progress.held > 0 || progress.committed > 0 {
                return max(planned, record.promisedMinute)
            }
        }
        return planned
    }

    // MARK: Carry out

    /// Moves units and appends the record; all locks are held, the credit covers it.
    ///
    /// From the first change on nothing here can fail.
    /// - Returns: LSN of the movement.
    private func carryOut(
        _ left: [MovedUnits],
        _ came: [MovedUnits],
        _ place: RecordPlace,
        _ request: RerouteRequest?,
        _ instant: Instant,
        _ session: EngineSession
    ) -> UInt64 {
        let work = unsafe session.workspace
        let promisedMinute = unsafe work.pointee.promisedMinute
        let size = MovementLayout.reroutedSize(
            left: left.count,
            came: came.count,
            isRemembered: request != nil,
            hasPromise: promisedMinute != 0
        )
        unsafe work.pointee.credit -= size
        let (lsn, bytes) = unsafe ring.append(size: size)
        var writer = unsafe MovementWriter(
            bytes,
            size: size,
            kind: .rerouted,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: request?.id ?? Engine.noRequest
        )
        writer.put(place.record.id.high)
        writer.put(place.record.id.low)
        writer.put(UInt16(left.count))
        writer.put(UInt16(came.count))
        var fields = request == nil ? 0 : MovementLayout.isRemembered
        if promisedMinute != 0 { fields |= MovementLayout.isPromised }
        writer.put(UInt32(fields))
        if let request { writer.put(request.digest) }
        if promisedMinute != 0 { writer.put(promisedMinute) }
        for units in left {
            let isFirst = unsafe work.pointee.touched.insert(units.sku, lsn &+ 1)
            if isFirst { directory.entry(units.sku).version += 1 }
            write(units, isFirst: isFirst, &writer)
        }
        for units in came { write(units, isFirst: false, &writer) }
        writer.finish()
        unsafe ring.publish(bytes, size: size)
        for units in came {
            let cell = cell(of: units.stored, directory.entry(units.sku))
            precondition(Int64(units.stored.quantity) <= cell.takeable, "a plan never oversells")
        }
        let remembered = request.map {
            RememberedChange(requestID: $0.id, digest: $0.digest, lsn: lsn)
        }
        move(left, to: came)
        move(left, to: came, of: place, promisedMinute: promisedMinute, remembered)
        unsafe note(instant, reservationStripe: place.stripe, stockStripes: work.pointee.stripes)
        session.counters.add(.reroutes)
        return lsn
    }

    private func write(
        _ units: MovedUnits,
        isFirst: Bool,
        _ writer: inout MovementWriter
    ) {
        writer.put(UInt32(units.index))
        writer.put(units.sku)
        writer.put(units.stored.warehouse)
        writer.put(units.stored.pool | (isFirst ? MovementLayout.firstTouchOfPool : 0))
        writer.put(units.stored.quantity)
        writer.put(units.backordered)
    }

    /// Moves held units in their cells.
    private func move(_ left: [MovedUnits], to came: [MovedUnits]) {
        for units in left {
            cell(of: units.stored, directory.entry(units.sku)).reserved -=
                Int64(units.stored.quantity)
        }
        for units in came {
            cell(of: units.stored, directory.entry(units.sku)).reserved +=
                Int64(units.stored.quantity)
        }
    }

    /// Moves held units in their reservation, and remembers the request.
    func move(
        _ left: [MovedUnits],
        to came: [MovedUnits],
        of place: RecordPlace,
        promisedMinute: UInt32,
        _ remembered: RememberedChange?
    ) {
        let open = openWarehouses(of: place.record)
        let stripe = unsafe reservations.state(place.stripe)
        unsafe stripe.pointee.move(left, to: came, place.slot, pool: pool)
        place.record.promisedMinute = promisedMinute
        recountShipments(open, of: place)
        if let remembered {
            unsafe stripe.pointee.remember(remembered, place.slot, pool: pool)
        }
    }
}
