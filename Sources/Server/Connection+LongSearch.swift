internal import Engine
internal import Inventory
internal import NIOCore
internal import NIOPosix
internal import Node
internal import Synchronization
internal import Wire

// Reserves whose plan isn't found quickly. Their frame stays where it is, in front of all that the
// connection sent after it, until the planning thread has searched the plan; then it is decoded and
// carried out as if it had just come, with what was found. So requests of a connection keep their
// order, and only this loop's turn ever changes anything for it.
extension Connection {
    /// Has the next reserve searched on the planning thread; the connection waits, the loop goes on
    /// for others.
    ///
    /// - Parameter body: The body of its frame, which is copied.
    /// - Returns: `false` where it was searched often enough, or too many wait for the thread: then
    ///   it is to be carried out with the plan that is found here.
    func searchElsewhere(_ body: UnsafeRawBufferPointer) -> Bool {
        guard let context, searches < ServerLimits.longSearchesPerReserveMax else { return false }
        let shared = loop.shared
        guard shared.beginSearching() else {
            loop.signal.longSearchesRefused.wrappingAdd(1, ordering: .relaxed)
            return false
        }
        loop.signal.longSearches.wrappingAdd(1, ordering: .relaxed)
        searches += 1
        pauses.insert(.longSearch)
        let bytes = Array(body)
        let ticket = WaitTicket()
        searchTicket = ticket
        shared.planner.runIfActive(eventLoop: context.eventLoop) {
            ticket.isReturned ? nil : shared.searchLong(bytes)
        }.assumeIsolated().whenComplete { result in
            shared.endSearching()
            guard self.searchTicket === ticket else { return }
            self.searchTicket = nil
            if case .success(let found) = result { self.longSearch = found }
            self.unpause(.longSearch)
        }
        return true
    }

    /// Carries out the reserve at the head of a batch by what was found for it.
    /// - Returns: 1, or 0 where the connection must pause.
    func runSearched(_ bytes: UnsafeRawBufferPointer, _ now: Instant) -> Int {
        loop.session.longSearch = longSearch
        defer { loop.session.longSearch = nil }
        let done = run(1, bytes, now)
        if done > 0 { forgetSearch() }
        return done
    }

    /// Carries out a reserve that was left, and that isn't searched any longer, with the plan that
    /// is found here; its answer stands in the batch's memory.
    func runUnsearched(_ progress: inout BatchProgress, _ now: Instant) {
        loop.session.leavesLongSearches = false
        defer { loop.session.leavesLongSearches = true }
        loop.batch.reserve(now: now, &progress)
        progress.isLeft = false
        progress.hasAnswer = true
        // Its search was the second: others get their turn.
        progress.count = progress.index + 1
    }

    /// Forgets the search of a reserve that was carried out or dropped.
    func forgetSearch() {
        searches = 0
        longSearch = nil
        searchTicket?.giveBack()
        searchTicket = nil
    }
}

extension ServerShared {
    /// Searches the plan of the reserve in the body of a frame; on the planning thread.
    func searchLong(_ body: [UInt8]) -> LongSearch? {
        defer { settings.didSearchLong?() }
        let engine = node.engine
        let session = EngineSession(engine: engine)
        let found = withReserve(body) { request in
            engine.searchLong(request, now: node.now(), session: session)
        }
        switch found {
        case .success(let found): return found
        // It was decoded before, so this can't be.
        case .failure: return nil
        }
    }

    /// Calls `use` with the prepared request in the body of a frame.
    func withReserve<Answer>(
        _ body: [UInt8],
        _ use: (ReserveRequest) -> Answer
    ) -> Result<Answer, WireFault> {
        body.withUnsafeBytes { body in
            let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(
                capacity: Limits.linesPerReservationMax
            )
            let place = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: 1)
            defer {
                lines.deallocate()
                place.deallocate()
            }
            if let fault = ReserveDecoder.decode(body, lines: lines, into: place) {
                return .failure(fault)
            }
            node.engine.prepare(&place.pointee)
            return .success(use(place.pointee))
        }
    }
}
