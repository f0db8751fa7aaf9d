package import Engine
package import Inventory

/// Carries commands out with an engine's session and copies the answers.
///
/// Isolation: none; one runner belongs to one thread.
package final class CommandRunner {
    /// The engine.
    package let engine: Engine
    /// The session that is used.
    package let session: EngineSession
    private var answer = ReservationAnswer()

    /// Ids that a list of an owner's reservations gives.
    package static let ownerListMax = 10

    /// A runner with a session of its own.
    package init(engine: Engine) {
        self.engine = engine
        session = EngineSession(engine: engine)
    }

    /// Bytes of log credit that a command may need now.
    package func creditBytes(of command: Command) -> Int {
        switch command {
        case .reserve(let command):
            engine.reserveCreditBytes(
                lines: command.lines.count,
                pools: command.lines.reduce(0) { $0 + max(0, $1.pools.count - 1) },
                hasConstraints: command.constraints != nil,
                replacing: command.replaces
            )
        case .commit(let id, _), .release(let id, _):
            engine.closeCreditBytes(of: id)
        case .change(let request):
            isWhole(request)
                ? engine.closeCreditBytes(of: request.reservation)
                : engine.changeCreditBytes(of: request.reservation, items: request.items.count)
        case .extend: Engine.extendCreditBytes
        case .holdAgain(let command): engine.holdAgainCreditBytes(of: command.reservation)
        case .reroute(let command): engine.rerouteCreditBytes(of: command.reservation)
        case .show, .owner, .sweep: 0
        case .stock, .warehouses, .warehouseState, .skus, .configuration, .actor:
            command.writeCreditBytes ?? 0
        }
    }

    /// Carries a command out; the session's credit covers it.
    ///
    /// A sweep is one of `sweepLimit`.
    package func run(_ command: Command, now: Instant, sweepLimit: Int = 1) -> CommandReply {
        switch command {
        case .reserve(let command):
            session.actor = command.client
            defer { session.actor = 0 }
            withReserveRequest(command) { request in
                engine.prepare(&request)
                engine.reserve(request, now: now, session: session, answer: &answer)
            }
        case .commit(let id, let requestID): close(id, by: .commit, requestID, now)
        case .release(let id, let requestID): close(id, by: .release, requestID, now)
        case .change(let request):
            // As a server does: what is of the whole, and nothing else, has a way of its own.
            if isWhole(request) {
                close(request.reservation, by: request.kind, request.id, now)
            } else {
                engine.change(request, now: now, session: session, answer: &answer)
            }
        case .extend(let command): extend(command, now: now)
        case .holdAgain(let command): return .reservation(holdAgain(command, now: now))
        case .reroute(let command):
            engine.reroute(
                RerouteRequest(
                    reservation: command.reservation,
                    id: command.id,
                    digest: command.digest
                ),
                now: now,
                session: session,
                answer: &answer
            )
        case .show(let id):
            engine.show(id, now: now, session: session, answer: &answer)
            return .reservation(ReservationReply(answer) { self.engine.skuName($0) })
        case .owner(let owner, let includesClosed):
            let found = engine.reservations(
                of: owner,
                includesClosed: includesClosed,
                limit: CommandRunner.ownerListMax,
                now: now
            )
            return .owner(count: found.count, ids: found.ids)
        case .stock, .warehouses, .warehouseState, .skus, .configuration, .actor:
            let reply = command.performWrite(now: now, session: session, on: engine)
            guard let reply else { preconditionFailure("a write is carried out") }
            return reply
        case .sweep:
            let result = engine.sweep(now: now, session: session, limit: sweepLimit)
            return .swept(expired: result.expired, forgotten: result.forgotten)
        }
        return .reservation(ReservationReply(answer))
    }

    private func isWhole(_ request: ChangeRequest) -> Bool {
        request.items.isEmpty && !request.isFulfilling
    }

    private func close(
        _ id: ReservationID,
        by kind: ReservationChangeKind,
        _ requestID: RequestID,
        _ now: Instant
    ) {
        engine.close(
            id,
            by: kind,
            requestID: requestID,
            now: now,
            session: session,
            answer: &answer
        )
    }

    private func extend(_ command: ExtendCommand, now: Instant) {
        engine.extend(
            HoldExtension(
                command.reservation,
                id: command.id,
                digest: command.digest,
                timeToLiveMilliseconds: command.timeToLiveMilliseconds,
                reason: command.reason
            ),
            now: now,
            session: session,
            answer: &answer
        )
    }

    private func holdAgain(_ command: HoldAgainCommand, now: Instant) -> ReservationReply {
        let end = engine.holdAgain(
            HoldAgain(
                command.reservation,
                as: command.id,
                owner: command.owner,
                digest: command.digest,
                timeToLiveMilliseconds: command.timeToLiveMilliseconds
            ),
            now: now,
            session: session,
            answer: &answer
        )
        var reply = ReservationReply(answer)
        reply.isHeldAnew = reply.outcome == .accepted && end == .heldAnew
        return reply
    }
}
