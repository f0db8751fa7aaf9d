package import Inventory
internal import Movements
internal import Sourcing

extension Engine {
    /// Bytes of credit that a reserve of `lines` lines may need.
    ///
    /// - Parameters:
    ///   - lines: Lines of the request.
    ///   - pools: Pools that lines name beyond their first.
    ///   - hasConstraints: Whether the request has constraints.
    ///   - replacing: The hold whose place it takes.
    /// - Returns: Bytes, at most those of the largest record.
    package func reserveCreditBytes(
        lines: Int,
        pools: Int = 0,
        hasConstraints: Bool = false,
        replacing: ReservationID? = nil
    ) -> Int {
        // A line takes at most one share from each warehouse and pool.
        let pools = hasBorrowingSales ? pools + lines : pools
        let shares = (lines + pools) * max(1, networkCount)
        let size = MovementLayout.reservedSize(
            lines: lines,
            shares: min(shares, Limits.sharesPerReservationMax),
            hasDestination: true,
            hasBackordered: true,
            hasPromise: true,
            constraintsSize: (hasConstraints ? MovementLayout.constraintsSizeBytesMax : 0)
                + (hasSales ? MovementLayout.salePartSizeBytes : 0)
        )
        guard let replacing else { return min(Limits.recordSizeBytesMax, size) }
        return size + MovementLayout.replacedSizeBytes + changeCreditBytes(of: replacing, items: 0)
    }

    // MARK: Hot path

    /// Hashes the names and the id of a request and brings what they point to close.
    ///
    /// Call it for some dozens of requests, then ``reserve(_:now:session:answer:)`` for each.
    package func prepare(_ request: inout ReserveRequest) {
        let idHash = unsafe hash.hash(request.id.high, request.id.low)
        let stripe = unsafe reservations.state(reservations.index(of: idHash))
        unsafe stripe.pointee.index.prefetch(idHash)
        unsafe stripe.pointee.records.prefetchNext()
        unsafe stripe.pointee.owners.prefetch(hash.hash(request.owner.high, request.owner.low))
        for index in unsafe request.lines.indices {
            let sku = unsafe request.lines[index].sku
            let skuHash = unsafe hash.hash(sku.bytes, size: sku.size)
            unsafe request.lines[index].hash = skuHash
            unsafe stock.state(stock.index(of: skuHash)).pointee.index.prefetch(skuHash)
        }
    }

    /// Brings the SKUs of a prepared request close: a second pass, after ``prepare(_:)`` of all.
    package func prefetchStock(_ request: ReserveRequest) {
        for index in unsafe request.lines.indices {
            let skuHash = unsafe request.lines[index].hash
            let stripe = unsafe stock.state(stock.index(of: skuHash))
            if let number = unsafe stripe.pointee.index.hint(skuHash) { directory.prefetch(number) }
        }
    }

    /// Holds the lines of a prepared request for its owner, or says why not.
    ///
    /// The session's credit covers ``reserveCreditBytes(lines:)``.
    /// - Parameters:
    ///   - request: A request that went through ``prepare(_:)``.
    ///   - now: The engine's instant.
    ///   - session: The calling thread's session.
    ///   - answer: Filled in place.
    /// - Returns: That it is decided, unless the session leaves long searches.
    /// - Complexity: O(lines × warehouses of a SKU); more after lost races.
    @discardableResult
    package func reserve(
        _ request: ReserveRequest,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) -> ReserveEnd {
        answer.reset(.accepted)
        session.refreshNetwork()
        let work = unsafe session.workspace
        unsafe work.pointee.orderedAt = unsafe request.orderedAt ?? now
        let idHash = unsafe hash.hash(request.id.high, request.id.low)
        let idStripe = reservations.index(of: idHash)
        if let refusal = unsafe refusal(of: request, session: session) {
            unsafe answerKnown(request, idHash, now: now, session: session, answer: &answer)
            if answer.outcome == .accepted, !answer.isRepeated {
                answer.reset(refusal.outcome)
                answer.refusedLine = refusal.line
            }
        } else {
            unsafe group(request, work)
            guard unsafe plan(request, idHash, idStripe, now, session, &answer) else {
                unsafe work.pointee.stepsTaken = 0
                return .left
            }
            if unsafe request.wantsAlternatives {
                unsafe addAlternatives(of: request, session, to: &answer)
            }
        }
        count(answer, session.counters)
        if unsafe work.pointee.hasSales, answer.outcome != .accepted {
            countSaleRefusal(answer.outcome, session)
        }
        if unsafe work.pointee.stepsTaken < work.pointee.searchStepsMax { return .decided }
        unsafe work.pointee.stepsTaken = 0
        return .decidedAtLength
    }

    /// Plans and carries out a request with which nothing is wrong, in the way that suits it.
    /// - Returns: Whether it is decided; not so where the session leaves a long search.
    @inline(__always)
    private func plan(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        if unsafe request.replaces != nil {
            return unsafe reserveReplacing(request, idHash, idStripe, now, session, &answer)
        }
        let expectsVersions = unsafe session.workspace.pointee.expectsVersions
        if unsafe request.lines.count > 1 && !expectsVersions {
            return unsafe reserveOptimistically(request, idHash, idStripe, now, session, &answer)
        }
        // One line is mostly quick to plan; versions are compared under the locks.
        let isDone = unsafe reserveUnderLocks(
            request,
            idHash,
            idStripe,
            now,
            session,
            &answer,
            mayGiveUp: !expectsVersions || session.leavesLongSearches
        )
        if isDone { return true }
        if session.leavesLongSearches { return false }
        return unsafe reserveOptimistically(request, idHash, idStripe, now, session, &answer)
    }

    @inline(__always)
    private func count(_ answer: borrowing ReservationAnswer, _ counters: EngineCounters) {
        if answer.outcome != .accepted {
            counters.add(.reservesRefused)
        } else {
            counters.add(answer.isRepeated ? .repeated : .reservesAccepted)
        }
    }

    /// What is wrong with a request whatever the stock.
    @inline(__always)
    func refusal(
        of request: ReserveRequest,
        session: EngineSession
    ) -> (outcome: Outcome, line: Int32)? {
        let work = unsafe session.workspace
        unsafe work.pointee.expectsVersions = false
        if unsafe !work.pointee.givenBack.isEmpty { unsafe work.pointee.givenBack = [] }
        unsafe work.pointee.policy = unsafe request.policy
        unsafe work.pointee.promisedMinute = 0
        unsafe work.pointee.constraintsSize = 0
        unsafe work.pointee.sale.terms.number = 0
        unsafe work.pointee.owners.clear()
        let count = unsafe request.lines.count
        if count == 0 { return (.noLines, -1) }
        if count > Limits.linesPerReservationMax { return (.tooManyLines, -1) }
        if unsafe Int64(request.timeToLiveMilliseconds) > Limits.timeToLiveMillisecondsMax {
            return (.invalidTimeToLive, -1)
        }
        for index in 0..<count {
            let line = unsafe request.lines[index]
            if unsafe !line.sku.isValid { return (.invalidSKU, Int32(index)) }
            if unsafe line.quantity == 0 || line.quantity > Limits.unitsPerLineMax {
                return (.invalidQuantity, Int32(index))
            }
            if unsafe line.warehouse != .none,
                unsafe session.network.number(of: line.warehouse) == nil
            {
                return (.unknownWarehouse, Int32(index))
            }
            if let pools = unsafe line.pools, unsafe !areKnown(pools, session) {
                return (.unknownPool, Int32(index))
            }
            if unsafe line.expectedVersion != RequestLine.anyVersion {
                unsafe work.pointee.expectsVersions = true
            }
        }
        if unsafe request.policy != .nearest || request.constraints != nil,
            let refusal = unsafe refusalOfSourcing(request, session)
        {
            return refusal
        }
        return unsafe work.pointee.hasSales ? unsafe claimSale(request, session) : nil
    }

    @inline(never)
    private func areKnown(_ pools: PoolListView, _ session: EngineSession) -> Bool {
        var areKnown = true
        unsafe pools.forEach { pool in
            if session.network.poolNumber(of: pool) == nil { areKnown = false }
        }
        return areKnown
    }

    /// Finds the distinct SKUs of a request and the stripes they lie in.
    @inline(__always)
    private func group(_ request: ReserveRequest, _ work: UnsafeMutablePointer<Workspace>) {
        unsafe work.pointee.stripes.clear()
        unsafe groupMore(request, work)
    }

    /// Finds the distinct SKUs of a request; adds the stripes they lie in to those marked already.
    @inline(__always)
    func groupMore(_ request: ReserveRequest, _ work: UnsafeMutablePointer<Workspace>) {
        if unsafe request.lines.count == 1 {
            unsafe addGroup(of: request.lines[0], line: 0, work)
            unsafe work.pointee.groupOfLine[0] = 0
            unsafe work.pointee.groupCount = 1
            return
        }
        unsafe groupMany(request, work)
    }

    @inline(__always)
    private func addGroup(
        of line: RequestLine,
        line index: Int,
        at group: Int = 0,
        _ work: UnsafeMutablePointer<Workspace>
    ) {
        unsafe (work.pointee.groups + group).initialize(
            to: SKUGroup(
                hash: line.hash,
                version: 0,
                line: index,
                number: .max,
                supplyStart: 0,
                supplyCount: 0,
                isTouched: false
            )
        )
        unsafe work.pointee.stripes.insert(stock.index(of: line.hash))
    }

    private func groupMany(_ request: ReserveRequest, _ work: UnsafeMutablePointer<Workspace>) {
        unsafe work.pointee.distinct.clear()
        let groups = unsafe work.pointee.groups
        var count = 0
        for index in unsafe request.lines.indices {
            let line = unsafe request.lines[index]
            let group = unsafe work.pointee.distinct.value(for: line.hash, orInsert: Int32(count)) {
                let other = unsafe request.lines[groups[Int($0)].line]
                return unsafe other.hash == line.hash && other.sku.hasSameBytes(as: line.sku)
            }
            if Int(group) == count {
                unsafe addGroup(of: line, line: index, at: count, work)
                count += 1
            }
            unsafe work.pointee.groupOfLine[index] = group
        }
        unsafe work.pointee.groupCount = count
    }

    // MARK: Under the locks

    /// Plans and carries out a request with all its locks held from start to end.
    ///
    /// - Returns: Whether the answer is final; with `mayGiveUp` a long search is left to be done
    ///   without locks.
    @inline(__always)
    func reserveUnderLocks(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer,
        mayGiveUp: Bool
    ) -> Bool {
        while true {
            let isDone = unsafe reserveOnceUnderLocks(
                request,
                idHash,
                idStripe,
                now,
                session,
                &answer,
                mayGiveUp: mayGiveUp
            )
            if let isDone { return isDone }
            // The request may be of another sale now, or of none.
            session.refreshNetwork()
            if let refusal = unsafe refusal(of: request, session: session) {
                answer.reset(refusal.outcome)
                answer.refusedLine = refusal.line
                return true
            }
        }
    }

    /// Plans and carries out a request with all its locks held, unless the network was replaced
    /// since the session looked.
    /// - Returns: Whether the answer is final; `nil` where the network was replaced.
    @inline(__always)
    private func reserveOnceUnderLocks(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer,
        mayGiveUp: Bool
    ) -> Bool? {
        let work = unsafe session.workspace
        let lock = reservations.lock(idStripe)
        lock.lock()
        var isDone: Bool? = true
        if unsafe !answerKnownLocked(request, idHash, idStripe, now, session, &answer) {
            var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
            instant = unsafe max(instant, lockOwners(work))
            instant = unsafe max(instant, self.lock(work.pointee.stripes))
            if unsafe work.pointee.networkVersion != networkVersion {
                isDone = nil
            } else if unsafe !reserveAlone(request, idHash, idStripe, instant, session, &answer) {
                isDone = unsafe decide(
                    request,
                    idHash,
                    idStripe,
                    nil,
                    instant,
                    session,
                    &answer,
                    mayGiveUp: mayGiveUp
                )
            }
            unsafe unlock(work.pointee.stripes)
            unsafe unlockOwners(work)
        }
        lock.unlock()
        return isDone
    }

    /// Plans and carries out a request; all its locks are held.
    ///
    /// With `mayGiveUp` a search that would hold them for long is left.
    /// - Returns: Whether the answer is final; if not, nothing changed.
    @inline(__always)
    @discardableResult
    func decide(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ replaced: ReplacedHold?,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer,
        mayGiveUp: Bool = false
    ) -> Bool {
        defer { unlockCapacity(session) }
        for attempt in 0..<Engine.capacityAttemptsMax {
            // Who lost the last shipments to others often enough shuts them out.
            if attempt == Engine.capacityAttemptsMax - 1 { shutOthersOut(session) }
            let verdict = unsafe decideOnce(
                request,
                idHash,
                idStripe,
                replaced,
                instant,
                session,
                &answer,
                mayGiveUp: mayGiveUp
            )
            if let verdict { return verdict }
        }
        preconditionFailure("a plan whose shipments nobody else takes stands")
    }

    /// Plans of one request under its locks before others can't take shipments any more.
    static var capacityAttemptsMax: Int { 4 }

    /// Plans and carries out a request once.
    /// - Returns: Whether the answer is final; `nil` where others took the last shipments.
    @inline(__always)
    private func decideOnce(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ replaced: ReplacedHold?,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer,
        mayGiveUp: Bool
    ) -> Bool? {
        unsafe gatherAll(request, session)
        if unsafe session.workspace.pointee.sale.isOfSale,
            let refusal = unsafe saleRefusal(request, instant, replaced, session)
        {
            answer.reset(refusal.outcome)
            answer.refusedLine = refusal.line
            return true
        }
        if unsafe session.workspace.pointee.expectsVersions,
            unsafe hasConflict(request, session, &answer)
        {
            return true
        }
        var problem = unsafe problem(request, session)
        let isSearched = unsafe search(
            &problem,
            mode: request.mode,
            session,
            isUnderLocks: true
        )
        if !isSearched, mayGiveUp { return false }
        if problem.isShort, isBlamedOnStaleCapacity(session) {
            shutOthersOut(session)
            return nil
        }
        if let refusal = unsafe judge(request, problem, session) {
            answer.reset(refusal.outcome)
            answer.refusedLine = refusal.line
            return true
        }
        if capacity.hasLimits, unsafe session.workspace.pointee.lockedCapacity.isEmpty,
            !lockCapacity(of: problem, session)
        {
            return nil
        }
        let size = unsafe recordSize(request, problem, replacing: replaced, session)
        guard session.coversRecord(of: size) else {
            answer.reset(.logBusy)
            return true
        }
        unsafe carryOut(
            request,
            problem,
            idHash,
            idStripe,
            replacing: replaced,
            instant: instant,
            session: session,
            answer: &answer
        )
        return true
    }

    /// Refuses a request one of whose lines expects another version of its SKU.
    @inline(never)
    private func hasConflict(
        _ request: ReserveRequest,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        let work = unsafe session.workspace
        for index in unsafe request.lines.indices {
            let expected = unsafe request.lines[index].expectedVersion
            let group = unsafe work.pointee.groups[Int(work.pointee.groupOfLine[index])]
            if expected == UInt64.max || expected == group.version { continue }
            answer.reset(.versionConflict)
            answer.refusedLine = Int32(index)
            answer.conflict = VersionConflict(
                version: group.version,
                figures: group.number == .max ? .zero : directory.entry(group.number).sums
            )
            return true
        }
        return false
    }

    /// Bytes of the record that carries a plan out.
    @inline(__always)
    func recordSize(
        _ request: ReserveRequest,
        _ problem: borrowing SourcingProblem,
        replacing replaced: ReplacedHold?,
        _ session: EngineSession
    ) -> Int {
        let size = unsafe MovementLayout.reservedSizeUnpadded(
            lines: problem.lines.count,
            shares: problem.shareCount,
            hasDestination: request.destination != nil,
            hasBackordered: problem.hasBackordered,
            hasPromise: session.workspace.pointee.promisedMinute != 0,
            constraintsSize: session.workspace.pointee.constraintsSize
        )
        let isOfSale = unsafe session.workspace.pointee.sale.isOfSale
        let saleSize = isOfSale ? MovementLayout.salePartSizeBytes : 0
        guard let replaced else { return MovementLayout.padded(size + saleSize) }
        return MovementLayout.padded(
            size + saleSize + MovementLayout.replacedSizeBytes
                + replaced.changes.count * MovementLayout.changeSizeBytes
                + (replaced.sale == nil ? 0 : MovementLayout.salePartSizeBytes)
        )
    }
}
