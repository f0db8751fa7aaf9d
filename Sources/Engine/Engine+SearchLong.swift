package import Inventory
internal import Sourcing

/// What a long search found for a request, to be carried out by ``EngineSession/longSearch``.
package struct LongSearch: Sendable {
    let found: FoundPlan
}

/// How a reserve ended.
package enum ReserveEnd {
    /// It is decided.
    case decided
    /// It is decided, and the session's searches have taken as many steps together as one may:
    /// whoever has others to serve should.
    case decidedAtLength
    /// It is left to a longer search: nothing has changed, and the answer means nothing.
    case left
}

// A search that takes longer than the thread that carries requests out may stand still.
extension Engine {
    /// Searches the plan of a prepared request as long as a dry run does; changes nothing.
    ///
    /// For a reserve that a session has left undecided (``EngineSession/leavesLongSearches``), on a
    /// thread that nothing else waits for and with a session of that thread. Whoever carries the
    /// request out then looks at the stock anew: if all that the plan follows from is as it was,
    /// its plan is the one that was found, and is committed as any other. Else its own search
    /// begins with what was found, and the request may be left again.
    ///
    /// Copies each SKU's cells under its own lock, one after the other; at one instant where the
    /// request replaces a hold, as with that hold's units free. Searches with no lock held.
    /// Allocates.
    /// - Returns: What was found; `nil` where the request makes no sense any more, or where the
    ///   network has changed with every copy.
    package func searchLong(
        _ request: ReserveRequest,
        now: Instant,
        session: EngineSession
    ) -> LongSearch? {
        let work = unsafe session.workspace
        unsafe work.pointee.orderedAt = unsafe request.orderedAt ?? now
        for _ in 0..<settings.planAttemptsMax {
            session.refreshNetwork()
            if unsafe refusal(of: request, session: session) != nil { return nil }
            unsafe work.pointee.stripes.clear()
            unsafe groupMore(request, work)
            guard var problem = unsafe problemToSearch(request, now, session) else { continue }
            let order = unsafe order(
                request.mode,
                session,
                stepsMax: SourcingLimits.workOfDryRun
            )
            return LongSearch(found: session.planner.find(&problem, order))
        }
        return nil
    }

    private func problemToSearch(
        _ request: ReserveRequest,
        _ now: Instant,
        _ session: EngineSession
    ) -> SourcingProblem? {
        if let oldID = unsafe request.replaces {
            return unsafe problemReplacing(oldID, request, now, session)
        }
        return unsafe problem(request, ofOneInstant: false, session)
    }
}
