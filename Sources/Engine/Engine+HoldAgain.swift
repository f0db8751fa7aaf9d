package import Inventory
internal import Movements

/// Which reservation an accepted request to hold again speaks of.
package enum HoldAgainEnd: Sendable {
    /// The older one: it is still held, and untouched.
    case stillHeld
    /// The new one, which has what the older one held when it expired.
    case heldAnew
}

// A payment that comes too late: what an expired hold held is held again, or is gone. The older
// hold is looked at under its lock alone: once it has expired it stays so, and what it held doesn't
// change any more, so it is reserved anew as any other request is.
extension Engine {
    /// Bytes of credit that holding again may need now; 0 if the older hold isn't known.
    package func holdAgainCreditBytes(of reservation: ReservationID) -> Int {
        let (lines, shares, hasConstraints) = withReservation(reservation) { place in
            guard let record = place?.record else { return (0, 0, false) }
            return (record.lineCount, record.shareCount, record.hasConstraints)
        }
        guard lines > 0 else { return 0 }
        // Each share may be of a pool of its own; before it the older hold may have to expire.
        let reserved = reserveCreditBytes(
            lines: lines,
            pools: max(0, shares - 1),
            hasConstraints: hasConstraints
        )
        return reserved + MovementLayout.closedSize(changes: shares, isOfSale: true)
    }

    /// Answers with a hold that is still held, or holds anew, all or nothing, what it held when it
    /// expired.
    ///
    /// One that hasn't been swept expires here, in a movement of its own before the other: what it
    /// held is free then, for others too.
    /// What is held anew is for the same owner, destination, policy and constraints, from the pools
    /// that served it or by the rules of its sale, as a new chain of holds. Of lines those are left
    /// out of which nothing had expired. A search that is cut off ends with the plan that it has
    /// found.
    /// - Parameters:
    ///   - request: Which hold, and the id of the new one.
    ///   - now: The engine's instant.
    ///   - session: The calling thread's session; its credit covers
    ///     ``holdAgainCreditBytes(of:)``.
    ///   - answer: Filled in place; with LSN 0 where the older one is still held.
    /// - Returns: Which reservation an accepted answer speaks of.
    /// - Complexity: That of a reserve of as many lines.
    @discardableResult
    package func holdAgain(
        _ request: HoldAgain,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) -> HoldAgainEnd {
        answer.reset(.accepted)
        session.refreshNetwork()
        if isAnsweredAgain(request, now, session, &answer) { return .heldAnew }
        // Who forgot what was made of the request noted the instant there: a clock that was read
        // before doesn't take that back.
        let now = max(now, lastInstant(ofID: request.id))
        guard Int64(request.timeToLiveMilliseconds) <= Limits.timeToLiveMillisecondsMax else {
            answer.reset(.invalidTimeToLive)
            return .heldAnew
        }
        let found = withReservation(request.reservation) { place in
            expiredUnits(of: request, at: place, now, session, &answer)
        }
        guard let found else { return .stillHeld }
        let leavesLongSearches = session.leavesLongSearches
        session.leavesLongSearches = false
        defer { session.leavesLongSearches = leavesLongSearches }
        unsafe withReserve(of: found, request, session.network) { reserve in
            unsafe prepare(&reserve)
            unsafe self.reserve(reserve, now: now, session: session, answer: &answer)
        }
        return .heldAnew
    }

    /// Whether the request was carried out before, or its id is another's, and is answered so.
    private func isAnsweredAgain(
        _ request: HoldAgain,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        let blank = unsafe ReserveRequest(
            id: request.id,
            owner: request.owner,
            digest: request.digest,
            timeToLiveMilliseconds: 0,
            mode: .allOrNothing,
            policy: .nearest,
            destination: nil,
            orderedAt: nil,
            lines: UnsafeMutableBufferPointer(start: nil, count: 0)
        )
        let idHash = hash.hash(request.id.high, request.id.low)
        unsafe answerKnown(blank, idHash, now: now, session: session, answer: &answer)
        if answer.outcome == .requestIDReused || answer.isRepeated {
            if answer.isRepeated { session.counters.add(.repeated) }
            return true
        }
        // That there is no room for a new one matters only where one is to be made.
        answer.reset(.accepted)
        return false
    }

    /// The instant of the last movement that touched the stripe of an id.
    private func lastInstant(ofID id: RequestID) -> Instant {
        let index = reservations.index(of: hash.hash(id.high, id.low))
        let lock = reservations.lock(index)
        lock.lock()
        defer { lock.unlock() }
        return unsafe reservations.state(index).pointee.lastInstant
    }

    // MARK: What the older hold held

    /// What was held when a hold expired.
    private struct ExpiredUnits {
        /// Units of one line.
        struct Line {
            var sku: UInt32
            var quantity: UInt32
            /// The only warehouse that may serve it.
            var warehouse: UInt16?
            /// The pools that served it, in their order.
            var pools: [UInt16]
        }

        var destination: Destination?
        var policy: SourcingPolicy
        var constraints: SourcingConstraints?
        var lines: [Line]
    }

    /// What a hold, whose lock is held, held when it expired; `nil` where the answer is final.
    private func expiredUnits(
        of request: HoldAgain,
        at place: RecordPlace?,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> ExpiredUnits? {
        guard let place else {
            answer.reset(.unknownReservation)
            return nil
        }
        let record = place.record
        // No older than what the record names by number.
        session.refreshNetwork()
        guard record.owner == request.owner else {
            answer.reset(.wrongOwner)
            return nil
        }
        let instant = unsafe max(now, reservations.state(place.stripe).pointee.lastInstant)
        let state = presentState(of: record, in: place.stripe, at: instant)
        if state == .held {
            fill(&answer, record, in: place.stripe, at: instant, session)
            answer.lsn = 0
            return nil
        }
        guard state == .expired else {
            answer.reset(.wrongState)
            answer.state = state
            return nil
        }
        // Its time is over, whenever the sweep comes to it, and no later than that of any hold that
        // was made of it, whatever the steps in which their stripes forget.
        let step = settings.forgettingStepMilliseconds
        let end = record.due.advanced(byMilliseconds: 1 - step)
        guard record.state != .expired || instant < end else {
            answer.reset(.unknownReservation)
            return nil
        }
        guard record.state == .expired || expireNow(place, instant, session) else {
            answer.reset(.logBusy)
            return nil
        }
        return ExpiredUnits(
            destination: record.destination,
            policy: record.policy,
            constraints: record.constraints(in: session.network),
            lines: expiredLines(of: record, salePool: salePool(of: record, session.network))
        )
    }

    /// Ends a hold whose time is over ahead of the sweep, so that its own units count as free.
    /// - Returns: Whether there was credit for it.
    private func expireNow(
        _ place: RecordPlace,
        _ instant: Instant,
        _ session: EngineSession
    ) -> Bool {
        unsafe reservations.state(place.stripe).pointee.unschedule(place.slot)
        // It ends by itself, whoever asks.
        var caller: UInt16 = 0
        swap(&caller, &session.actor)
        defer { session.actor = caller }
        guard expire(place, instant, session) else {
            reservations.schedule(place.slot, place.record, in: place.stripe, now: instant)
            return false
        }
        session.counters.add(.expiries)
        return true
    }

    /// The number of the pool that lines of a sale name, whatever pools served them.
    private func salePool(of record: ReservationRecord, _ network: Network) -> UInt16? {
        guard let part = record.sale, let sale = network.book.sale(part.sale) else { return nil }
        return network.poolNumber(of: sale.rules.pool)
    }

    private func expiredLines(
        of record: ReservationRecord,
        salePool: UInt16?
    ) -> [ExpiredUnits.Line] {
        var lines: [ExpiredUnits.Line] = []
        var share = 0
        for index in 0..<record.lineCount {
            let line = record.line(index)
            var units = ExpiredUnits.Line(sku: line.sku, quantity: 0, warehouse: nil, pools: [])
            for _ in 0..<line.shareCount {
                let stored = record.share(share)
                let quantity = record.unitsWhenExpired(share)
                share += 1
                if quantity == 0 { continue }
                units.quantity += quantity
                if line.isFixed { units.warehouse = stored.warehouse }
                if !units.pools.contains(stored.pool) { units.pools.append(stored.pool) }
            }
            if let salePool { units.pools = [salePool] }
            if units.quantity > 0 { lines.append(units) }
        }
        return lines
    }

    // MARK: The request that holds it anew

    /// Calls `body` with the request that holds units anew, in memory that is valid meanwhile.
    private func withReserve(
        of units: ExpiredUnits,
        _ request: HoldAgain,
        _ network: Network,
        _ body: (inout ReserveRequest) -> Void
    ) {
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: units.lines.count)
        defer { unsafe lines.deallocate() }
        let (pools, starts) = poolLists(of: units.lines, network)
        let constraints = units.constraints?.viewBytes ?? []
        unsafe pools.withUnsafeBytes { pools in
            for (index, line) in units.lines.enumerated() {
                var wanted = unsafe self.line(line, network)
                if let start = starts[index], let base = pools.baseAddress {
                    unsafe wanted.pools = unsafe PoolListView(bytes: base + start)
                }
                unsafe lines.initializeElement(at: index, to: wanted)
            }
            unsafe constraints.withUnsafeBytes { constraints in
                // Of an empty array the address points at nothing.
                let view =
                    unsafe units.constraints == nil
                    ? nil : constraints.baseAddress.map { unsafe ConstraintsView(bytes: $0) }
                var reserve = unsafe ReserveRequest(
                    id: request.id,
                    owner: request.owner,
                    digest: request.digest,
                    timeToLiveMilliseconds: request.timeToLiveMilliseconds,
                    mode: .allOrNothing,
                    policy: units.policy,
                    destination: units.destination,
                    orderedAt: nil,
                    constraints: view,
                    lines: lines
                )
                unsafe body(&reserve)
            }
        }
    }

    /// The line of a request for units of one SKU, without its pools.
    private func line(_ line: ExpiredUnits.Line, _ network: Network) -> RequestLine {
        let name = unsafe directory.entry(line.sku).name
        guard let bytes = name.baseAddress else { preconditionFailure("a SKU's name") }
        return unsafe RequestLine(
            sku: SKUView(bytes: bytes, size: name.count),
            quantity: line.quantity,
            warehouse: line.warehouse.map { network.warehouses[Int($0)].code } ?? .none
        )
    }

    /// The lists of pools of lines as they stand in a frame, and where each line's list begins;
    /// lines that `default` alone served have none.
    private func poolLists(
        of lines: [ExpiredUnits.Line],
        _ network: Network
    ) -> (bytes: [UInt8], starts: [Int?]) {
        var bytes: [UInt8] = []
        let starts = lines.map { line -> Int? in
            if line.pools == [0] { return nil }
            let start = bytes.count
            bytes.append(UInt8(line.pools.count))
            for pool in line.pools {
                let name = network.pools[Int(pool)]
                bytes.append(UInt8(name.size))
                if name != .default { bytes.append(contentsOf: name.description.utf8) }
            }
            return start
        }
        return (bytes, starts)
    }
}
