internal import Inventory
internal import Movements
internal import Sourcing

// A plan becomes state, a record of the log, and an answer.
extension Engine {
    // MARK: Hot path

    /// Applies a plan that stands, appends its record and fills the answer; all locks are held.
    ///
    /// From the first change on nothing here can fail.
    @inline(__always)
    func carryOut(
        _ request: ReserveRequest,
        _ problem: borrowing SourcingProblem,
        _ idHash: UInt64,
        _ idStripe: Int,
        replacing replaced: ReplacedHold? = nil,
        instant: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        let work = unsafe session.workspace
        let size = unsafe recordSize(request, problem, replacing: replaced, session)
        let heldSince = replaced?.place.record.heldSince ?? instant
        let expiresAt = unsafe expiry(of: request, instant, replacing: replaced, session)
        var (lsn, record, writer) = unsafe append(
            replaced == nil ? .reserved : .replaced,
            size: size,
            instant: instant,
            request.id,
            session
        )
        let counts = unsafe PlanCounts(
            lines: problem.lines.count,
            shares: problem.shareCount,
            hasBackordered: problem.hasBackordered
        )
        let timeToLive = UInt32(expiresAt.milliseconds - instant.milliseconds)
        let marks = replaced?.place.record.chainMarks ?? []
        unsafe writeHead(
            request,
            counts,
            timeToLive,
            marks: marks,
            replacedSale: replaced?.sale != nil,
            session,
            &writer
        )
        let movement = lsn &+ 1
        if let replaced { giveBack(replaced, heldSince, instant, movement, &writer, session) }
        unsafe take(problem, work, replaced == nil ? nil : movement, &writer)
        writer.finish()
        unsafe ring.publish(record, size: size)

        let answered = HoldAnswered(
            lsn: lsn,
            expiresAt: expiresAt,
            heldSince: heldSince,
            didReplace: replaced != nil
        )
        unsafe fill(&answer, answered, work)
        let (slot, reservation) =
            unsafe makeReservation(request, counts, idHash, idStripe, answered, session)
        if !marks.isEmpty { reservation.chainMarks = marks }
        unsafe remember(problem, in: reservation, work)
        openShipments(of: reservation, in: idStripe)
        if unsafe work.pointee.sale.isOfSale { countHold(of: reservation, instant) }
        reservations.schedule(slot, reservation, in: idStripe, now: instant)
        if let replaced {
            settle(replaced.place, to: .released, instant: instant, isScheduled: true)
            recountShipments(replaced.open, of: replaced.place)
        }
        unsafe note(instant, reservationStripe: idStripe, stockStripes: work.pointee.stripes)
        unsafe fill(&answer, problem, work)
    }

    /// Takes the place of a record in the log, out of the session's credit, and writes its header.
    @inline(__always)
    func append(
        _ kind: MovementKind,
        size: Int,
        instant: Instant,
        _ id: RequestID,
        _ session: EngineSession
    ) -> (lsn: UInt64, record: UnsafeMutableRawPointer, writer: MovementWriter) {
        let work = unsafe session.workspace
        unsafe precondition(size <= work.pointee.credit, "a reserve needs credit for its record")
        unsafe work.pointee.credit -= size
        let (lsn, record) = unsafe ring.append(size: size)
        let writer = unsafe MovementWriter(
            record,
            size: size,
            kind: kind,
            cause: 0,
            actor: work.pointee.actor,
            instant: instant,
            requestID: id
        )
        return unsafe (lsn, record, writer)
    }

    /// Writes what a reserved record says before its lines.
    @inline(__always)
    func writeHead(
        _ request: ReserveRequest,
        _ counts: PlanCounts,
        _ timeToLiveMilliseconds: UInt32,
        marks: ChainMarks = [],
        replacedSale: Bool = false,
        _ session: EngineSession,
        _ writer: inout MovementWriter
    ) {
        unsafe writer.put(request.owner.high)
        unsafe writer.put(request.owner.low)
        unsafe writer.put(request.digest)
        writer.put(timeToLiveMilliseconds)
        writer.put(UInt16(counts.lines))
        writer.put(UInt16(counts.shares))
        let work = unsafe session.workspace
        let promisedMinute = unsafe work.pointee.promisedMinute
        let constraintsSize = unsafe work.pointee.constraintsSize
        var fields: UInt8 = counts.hasBackordered ? MovementLayout.hasBackordered : 0
        if unsafe request.destination != nil { fields |= MovementLayout.hasDestination }
        if promisedMinute != 0 { fields |= MovementLayout.hasPromise }
        if constraintsSize != 0 { fields |= MovementLayout.hasConstraints }
        let isOfSale = unsafe work.pointee.sale.isOfSale
        if isOfSale { fields |= MovementLayout.hasSale }
        if replacedSale { fields |= MovementLayout.replacedSale }
        unsafe writer.put(
            UInt32(request.mode.rawValue) | UInt32(work.pointee.policy.rawValue) << 8
                | UInt32(fields) << 16 | UInt32(marks.rawValue) << 24
        )
        if let destination = unsafe request.destination {
            writer.put(destination.position.latitudeMicrodegrees)
            writer.put(destination.position.longitudeMicrodegrees)
            writer.put(destination.region.word)
        }
        if promisedMinute != 0 { writer.put(promisedMinute) }
        if constraintsSize != 0 { putConstraints(&writer, session) }
        if isOfSale { unsafe writer.put(work.pointee.sale.part) }
    }

    @inline(never)
    private func putConstraints(_ writer: inout MovementWriter, _ session: EngineSession) {
        let bytes = unsafe session.workspace.pointee.constraints
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe writer.put(start, size: bytes.count, paddedTo: 8)
        }
    }

    /// Moves the units of a plan from available to reserved and writes lines and shares.
    @inline(__always)
    private func take(
        _ problem: borrowing SourcingProblem,
        _ work: UnsafeMutablePointer<Workspace>,
        _ touchedMovement: UInt64?,
        _ writer: inout MovementWriter
    ) {
        for index in unsafe 0..<problem.lines.count {
            let line = unsafe problem.lines[index]
            let group = unsafe work.pointee.groups + Int(work.pointee.groupOfLine[index])
            var flags: UInt16 = 0
            if line.warehouse != SourcingLine.anyWarehouse {
                flags = UInt16(MovementLayout.fixedWarehouse)
            }
            if line.shareCount > 0 {
                let entry = unsafe directory.entry(group.pointee.number)
                if unsafe !group.pointee.isTouched {
                    unsafe group.pointee.isTouched = true
                    // What a replaced hold gave back of the SKU may have been the first touch.
                    let isFirst =
                        touchedMovement.map {
                            unsafe work.pointee.touched.insert(group.pointee.number, $0)
                        } ?? true
                    if isFirst {
                        entry.version += 1
                        flags |= UInt16(MovementLayout.firstTouch)
                    }
                }
                for share in line.shareStart..<line.shareStart + line.shareCount {
                    let planned = unsafe problem.shares[share]
                    let cell = unsafe entry.cell(Int(problem.supplies[planned.supply].cell))
                    precondition(
                        Int64(planned.quantity) <= cell.takeable,
                        "a plan never oversells"
                    )
                    cell.reserved += Int64(planned.quantity)
                }
            }
            unsafe writer.put(group.pointee.number)
            writer.put(line.requested)
            writer.put(UInt16(line.shareCount))
            writer.put(flags)
        }
        for index in unsafe 0..<problem.lines.count {
            let line = unsafe problem.lines[index]
            for share in line.shareStart..<line.shareStart + line.shareCount {
                let supply = unsafe problem.supplies[problem.shares[share].supply]
                writer.put(supply.warehouse)
                writer.put(supply.pool)
                unsafe writer.put(problem.shares[share].quantity)
            }
        }
        if problem.hasBackordered {
            for index in unsafe 0..<problem.lines.count {
                let line = unsafe problem.lines[index]
                for share in line.shareStart..<line.shareStart + line.shareCount {
                    unsafe writer.put(problem.shares[share].backordered)
                }
            }
        }
    }

    /// Writes the lines and shares of a plan into its reservation's record.
    @inline(__always)
    private func remember(
        _ problem: borrowing SourcingProblem,
        in record: ReservationRecord,
        _ work: UnsafeMutablePointer<Workspace>
    ) {
        var share = 0
        for index in unsafe 0..<problem.lines.count {
            let line = unsafe problem.lines[index]
            let group = unsafe work.pointee.groups[Int(work.pointee.groupOfLine[index])]
            record.setLine(
                index,
                StoredLine(
                    sku: group.number,
                    requested: line.requested,
                    shareCount: UInt32(line.shareCount),
                    isFixed: line.warehouse != SourcingLine.anyWarehouse
                )
            )
            for planned in line.shareStart..<line.shareStart + line.shareCount {
                let supply = unsafe problem.supplies[problem.shares[planned].supply]
                unsafe record.setShare(
                    share,
                    StoredShare(
                        warehouse: supply.warehouse,
                        pool: supply.pool,
                        quantity: problem.shares[planned].quantity
                    )
                )
                if problem.hasBackordered {
                    let planned = unsafe problem.shares[planned]
                    record.setProgress(share, ShareProgress(held: planned.quantity))
                    record.setBackordered(share, planned.backordered)
                }
                share += 1
            }
        }
    }

    @inline(__always)
    private func fill(
        _ answer: inout ReservationAnswer,
        _ problem: borrowing SourcingProblem,
        _ work: UnsafeMutablePointer<Workspace>
    ) {
        var share = 0
        for index in unsafe 0..<problem.lines.count {
            let line = unsafe problem.lines[index]
            unsafe answer.lines[index] = LineResult(
                requested: line.requested,
                reserved: line.reserved,
                shareStart: UInt32(share),
                shareCount: UInt32(line.shareCount)
            )
            for planned in line.shareStart..<line.shareStart + line.shareCount {
                let supply = unsafe problem.supplies[problem.shares[planned].supply]
                unsafe answer.shares[share] = unsafe Share(
                    warehouse: work.pointee.codes[Int(supply.warehouse)],
                    quantity: problem.shares[planned].quantity,
                    pool: work.pointee.poolNames[Int(supply.pool)],
                    backordered: problem.shares[planned].backordered
                )
                share += 1
            }
        }
        answer.lineCount = unsafe problem.lines.count
        answer.shareCount = share
    }

    // MARK: Answers given before

    /// Answers a request whose id is known; else leaves the answer accepted and not repeated.
    func answerKnown(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        _ = unsafe answerKnownLocked(request, idHash, idStripe, now, session, &answer)
    }

    /// Answers a request whose id is known or can't be admitted; its stripe's lock is held.
    /// - Returns: Whether the answer is final.
    @inline(__always)
    func answerKnownLocked(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        let stripe = unsafe reservations.state(idStripe)
        guard let slot = unsafe stripe.pointee.find(request.id, hash: idHash) else {
            if unsafe stripe.pointee.recordCount < recordsPerStripeMax { return false }
            answer.reset(.tooManyReservations)
            return true
        }
        let record = unsafe stripe.pointee.records.record(slot)
        guard record.kind == .reservation, unsafe record.digest == request.digest else {
            answer.reset(.requestIDReused)
            return true
        }
        answer.isRepeated = true
        let instant = unsafe max(now, stripe.pointee.lastInstant)
        fill(&answer, record, in: idStripe, at: instant, session)
        if let first = record.firstAnswer { fill(&answer, first, session) }
        answer.expiresAt = record.answeredExpiresAt
        return true
    }

    /// Fills an answer from a reservation's record; its stripe's lock is held.
    @inline(never)
    func fill(
        _ answer: inout ReservationAnswer,
        _ record: ReservationRecord,
        in idStripe: Int,
        at instant: Instant,
        _ session: EngineSession
    ) {
        session.refreshNetwork()
        answer.lsn = record.lsn
        answer.expiresAt = record.expiresAt
        answer.promisedAt = Instant(minute: record.promisedMinute)
        answer.owner = record.owner
        answer.heldSince = record.heldSince
        answer.didReplace = record.didReplace
        answer.didReroute = record.firstAnswer != nil
        let isOver = isTimeOver(record, in: idStripe, at: instant)
        answer.state = isOver ? stateAfterExpiry(of: record) : record.state
        answer.didRestExpire = record.didRestExpire || isOver && answer.state != .expired
        let work = unsafe session.workspace
        var share = 0
        for index in 0..<record.lineCount {
            let line = record.line(index)
            let start = share
            var reserved: UInt32 = 0
            for _ in 0..<line.shareCount {
                let stored = record.share(share)
                reserved += stored.quantity
                var progress: ShareProgress?
                if record.hasDetail {
                    var present = record.progress(share)
                    if isOver { present.held = 0 }
                    progress = present
                }
                unsafe answer.shares[share] = unsafe Share(
                    warehouse: work.pointee.codes[Int(stored.warehouse)],
                    quantity: stored.quantity,
                    pool: work.pointee.poolNames[Int(stored.pool)],
                    backordered: record.backordered(share),
                    progress: progress,
                    isOffline: work.pointee.isOffline[Int(stored.warehouse)]
                )
                share += 1
            }
            unsafe answer.skuNumbers[index] = line.sku
            unsafe answer.lines[index] = LineResult(
                requested: line.requested,
                reserved: reserved,
                shareStart: UInt32(start),
                shareCount: line.shareCount
            )
        }
        answer.lineCount = record.lineCount
        answer.shareCount = share
    }

    /// Puts the shares as first answered in the place of the present ones.
    ///
    /// What became of their units isn't told share by share: some of them are elsewhere.
    @inline(never)
    private func fill(
        _ answer: inout ReservationAnswer,
        _ first: FirstAnswer,
        _ session: EngineSession
    ) {
        let work = unsafe session.workspace
        answer.promisedAt = Instant(minute: first.promisedMinute)
        var share = 0
        for index in 0..<answer.lineCount {
            let count = first.shareCount(ofLine: index)
            unsafe answer.lines[index].shareStart = UInt32(share)
            unsafe answer.lines[index].shareCount = UInt32(count)
            for _ in 0..<count {
                let (stored, backordered) = first.share(share)
                unsafe answer.shares[share] = unsafe Share(
                    warehouse: work.pointee.codes[Int(stored.warehouse)],
                    quantity: stored.quantity,
                    pool: work.pointee.poolNames[Int(stored.pool)],
                    backordered: backordered,
                    isOffline: work.pointee.isOffline[Int(stored.warehouse)]
                )
                share += 1
            }
        }
        answer.shareCount = share
    }

    /// The state that a reservation is in at an instant: a hold is over from its millisecond on.
    func presentState(
        of record: ReservationRecord,
        in idStripe: Int,
        at instant: Instant
    ) -> ReservationState {
        isTimeOver(record, in: idStripe, at: instant) ? stateAfterExpiry(of: record) : record.state
    }

    /// Whether held units have run out of time, swept or not.
    ///
    /// A hold that was once found over stays so for every caller, also for one whose reading of
    /// the clock is a moment older: the stripe keeps the instant. Its lock is held.
    @inline(__always)
    func isTimeOver(
        _ record: ReservationRecord,
        in idStripe: Int,
        at instant: Instant
    ) -> Bool {
        guard record.state == .held, instant >= record.expiresAt else { return false }
        let stripe = unsafe reservations.state(idStripe)
        unsafe stripe.pointee.lastInstant = unsafe max(stripe.pointee.lastInstant, instant)
        return true
    }
}
