internal import Inventory
internal import Movements
internal import Sourcing

// Planning without locks, and what makes such a plan stand.
extension Engine {
    // MARK: Without locks

    /// Plans without locks and commits if the plan still stands; after some lost races plans under
    /// the locks.
    /// - Returns: Whether it is decided; not so where the session leaves a long search.
    @inline(never)
    func reserveOptimistically(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        var isOfOneInstant = false
        for _ in 0..<settings.planAttemptsMax {
            unsafe answerKnown(request, idHash, now: now, session: session, answer: &answer)
            if answer.outcome != .accepted || answer.isRepeated { return true }
            session.counters.add(.plans)
            if unsafe session.workspace.pointee.networkVersion != networkVersion {
                session.refreshNetwork()
                // The request may be of another sale now, or of none.
                if let refusal = unsafe refusal(of: request, session: session) {
                    answer.reset(refusal.outcome)
                    answer.refusedLine = refusal.line
                    return true
                }
            }
            guard
                var problem = unsafe problem(request, ofOneInstant: isOfOneInstant, session)
            else {
                session.counters.add(.conflicts)
                continue
            }
            if unsafe session.workspace.pointee.sale.isOfSale,
                unsafe isRefusedEarly(request, idHash, now, session, &answer)
            {
                return true
            }
            let isSearched = unsafe search(
                &problem,
                mode: request.mode,
                session,
                isUnderLocks: false
            )
            if !isSearched, session.leavesLongSearches { return false }
            // What follows from one SKU alone was true when that was copied, all else may never
            // have been.
            if !isOfOneInstant, problem.isShort, isAcrossInstants(session) {
                isOfOneInstant = true
                session.counters.add(.conflicts)
                continue
            }
            if let refusal = unsafe judge(request, problem, session) {
                answer.reset(refusal.outcome)
                answer.refusedLine = refusal.line
                return true
            }
            if unsafe commitPlan(request, problem, idHash, idStripe, now, session, &answer) {
                return true
            }
            session.counters.add(.conflicts)
        }
        session.counters.add(.fallbacks)
        return unsafe reserveUnderLocks(
            request,
            idHash,
            idStripe,
            now,
            session,
            &answer,
            mayGiveUp: session.leavesLongSearches
        )
    }

    /// The problem of a request whose SKUs are copied one after the other, or all at one instant.
    /// - Returns: `nil` where the network was replaced meanwhile.
    func problem(
        _ request: ReserveRequest,
        ofOneInstant isOfOneInstant: Bool,
        _ session: EngineSession
    ) -> SourcingProblem? {
        if !isOfOneInstant {
            guard unsafe gatherOneByOne(request, session) else { return nil }
            return unsafe problem(request, session)
        }
        let stripes = unsafe session.workspace.pointee.stripes
        _ = lock(stripes)
        defer { unlock(stripes) }
        // What was found of the request, its sale above all, was found by the session's network.
        guard unsafe session.workspace.pointee.networkVersion == networkVersion else { return nil }
        shutOthersOut(session)
        defer { unlockCapacity(session) }
        unsafe gatherAll(request, session)
        return unsafe problem(request, session)
    }

    /// Whether a short plan may be so because its SKUs and the open shipments of warehouses were
    /// copied one after the other.
    ///
    /// What a SKU has is judged by its own copy; not so full warehouses, and warehouses that a
    /// limit lets serve one SKU or another.
    func isAcrossInstants(_ session: EngineSession) -> Bool {
        let work = unsafe session.workspace
        if unsafe work.pointee.hasFull { return true }
        return unsafe work.pointee.groupCount > 1 && work.pointee.constraintsSize != 0
            && work.pointee.planConstraints.splitsMax > 0
    }

    /// Carries a plan out if it still stands.
    /// - Returns: Whether the answer is final; if not, the race was lost and nothing changed.
    private func commitPlan(
        _ request: ReserveRequest,
        _ problem: borrowing SourcingProblem,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        let work = unsafe session.workspace
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if unsafe answerKnownLocked(request, idHash, idStripe, now, session, &answer) {
            return true
        }
        var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
        let owners = unsafe ownerStripes(of: work.pointee.sale)
        instant = max(instant, self.lock(owners))
        defer { unlock(owners) }
        instant = unsafe max(instant, self.lock(work.pointee.stripes))
        defer { unsafe unlock(work.pointee.stripes) }
        guard unsafe work.pointee.networkVersion == networkVersion,
            unsafe stands(problem, request, work)
        else { return false }
        if unsafe work.pointee.sale.isOfSale,
            let refusal = unsafe saleRefusal(request, instant, nil, session)
        {
            answer.reset(refusal.outcome)
            answer.refusedLine = refusal.line
            return true
        }
        if capacity.hasLimits, !lockCapacity(of: problem, session) { return false }
        defer { unlockCapacity(session) }
        let size = unsafe recordSize(request, problem, replacing: nil, session)
        guard session.coversRecord(of: size) else {
            answer.reset(.logBusy)
            return true
        }
        unsafe carryOut(
            request,
            problem,
            idHash,
            idStripe,
            instant: instant,
            session: session,
            answer: &answer
        )
        return true
    }

    /// Refuses what the request's sale doesn't allow before a plan is searched for.
    ///
    /// Looks at the id under the same lock: who asked twice at the same time isn't refused because
    /// of the units that the first of the two has got.
    /// - Returns: Whether the answer is final.
    @inline(never)
    private func isRefusedEarly(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ now: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if unsafe answerKnownLocked(request, idHash, idStripe, now, session, &answer) {
            return true
        }
        var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
        let owners = unsafe ownerStripes(of: session.workspace.pointee.sale)
        instant = max(instant, self.lock(owners))
        defer { unlock(owners) }
        // What owners have may have been taken by other rules than those that were looked up.
        guard unsafe session.workspace.pointee.networkVersion == networkVersion else {
            return false
        }
        guard let refusal = unsafe saleRefusal(request, instant, nil, session) else {
            return false
        }
        answer.reset(refusal.outcome)
        answer.refusedLine = refusal.line
        return true
    }

    /// Whether a plan made without locks can be carried out as it is; all its locks are held.
    private func stands(
        _ problem: borrowing SourcingProblem,
        _ request: ReserveRequest,
        _ work: UnsafeMutablePointer<Workspace>
    ) -> Bool {
        var hasMoved = false
        for index in unsafe 0..<work.pointee.groupCount {
            let group = unsafe work.pointee.groups[index]
            if group.number == .max {
                // A SKU that wasn't known may have been made since.
                if unsafe find(request.lines[group.line].sku, hash: group.hash) != nil {
                    return false
                }
                continue
            }
            let entry = directory.entry(group.number)
            if entry.version == group.version { continue }
            if problem.isShort { return false }
            hasMoved = true
        }
        return unsafe !hasMoved || fits(problem, work)
    }

    /// Whether the cells of a plan still have the units that it takes; all its locks are held.
    ///
    /// - Complexity: O(supplies + shares).
    private func fits(
        _ problem: borrowing SourcingProblem,
        _ work: UnsafeMutablePointer<Workspace>
    ) -> Bool {
        // What the plan left of each supply isn't needed any more: its place counts what it takes.
        let supplies = unsafe work.pointee.supplies
        for supply in unsafe 0..<work.pointee.supplyCount {
            unsafe supplies[supply].available = 0
        }
        for index in 0..<problem.shareCount {
            let share = unsafe problem.shares[index]
            unsafe supplies[share.supply].available += Int64(share.quantity)
        }
        for index in unsafe 0..<work.pointee.groupCount {
            let group = unsafe work.pointee.groups[index]
            if group.number == .max { continue }
            let entry = directory.entry(group.number)
            for supply in group.supplyStart..<group.supplyStart + group.supplyCount {
                let taken = unsafe supplies[supply].available
                if taken == 0 { continue }
                let cell = unsafe entry.cell(Int(supplies[supply].cell))
                // Which units are there and which are backordered was planned: plan it again.
                if cell.takeable < taken || cell.backorderLimit > 0 { return false }
            }
        }
        return true
    }
}
