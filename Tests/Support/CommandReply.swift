package import Inventory

/// The answer to `reserve`, `commit`, `release` or `show`, as plain values.
package struct ReservationReply: Hashable, Sendable {
    /// What became of the request.
    package var outcome: Outcome
    /// Whether this answer was given before to the same request.
    package var isRepeated = false
    /// The present state of the reservation.
    package var state = ReservationState.held
    /// The movement that the answer speaks of: an LSN from the engine, an ordinal from the model.
    package var lsn: UInt64 = 0
    /// When the hold expires.
    package var expiresAt = Instant.distantPast
    /// When the last of its shipments is promised to arrive; `distantPast` without a promise.
    package var promisedAt = Instant.distantPast
    /// Index of the line that a refusal speaks of, or −1.
    package var refusedLine: Int32 = -1
    /// The results by line.
    package var lines: [LineResult] = []
    /// The shares of all lines.
    package var shares: [Share] = []
    /// Whether it took the place of the hold that its request named.
    package var didReplace = false
    /// Whether units ran out of time after others were committed.
    package var didRestExpire = false
    /// Whether units of it have moved to other warehouses.
    package var didReroute = false
    /// For `hold_again`: whether it speaks of the new reservation.
    package var isHeldAnew = false
    /// For `version_conflict`: the present figures.
    package var conflict: VersionConflict?
    /// For `stock_lost`: by line what is missing.
    package var lostUnits: [LostUnits] = []
    /// What could serve short lines instead, by line.
    package var alternatives: [LineAlternatives] = []
    /// For `show`: the owner.
    package var owner: OwnerID?
    /// For `show`: the instant of the first hold of the chain.
    package var heldSince: Instant?
    /// For `show`: the names of the lines' SKUs, empty where the name wasn't known.
    package var skus: [String] = []

    /// An answer without figures.
    package init(_ outcome: Outcome, refusedLine: Int32 = -1) {
        self.outcome = outcome
        self.refusedLine = refusedLine
    }

    /// Copies an answer that the engine filled in; `skuName` only for `show`.
    package init(_ answer: borrowing ReservationAnswer, skuName: ((UInt32) -> String)? = nil) {
        outcome = answer.outcome
        isRepeated = answer.isRepeated
        state = answer.state
        lsn = answer.lsn
        expiresAt = answer.expiresAt
        promisedAt = answer.promisedAt
        refusedLine = answer.refusedLine
        didReplace = answer.didReplace
        didRestExpire = answer.didRestExpire
        didReroute = answer.didReroute
        conflict = answer.conflict
        lostUnits = answer.lostUnits
        alternatives = answer.alternatives
        for index in 0..<answer.lineCount { lines.append(answer.lines[index]) }
        for index in 0..<answer.shareCount { shares.append(answer.shares[index]) }
        if let skuName, answer.outcome == .accepted {
            owner = answer.owner
            heldSince = answer.heldSince
            for index in 0..<answer.lineCount { skus.append(skuName(answer.skuNumbers[index])) }
        }
    }
}

/// The answer to any command.
package enum CommandReply: Hashable, Sendable {
    /// To `reserve`, `commit`, `release` or `show`.
    case reservation(ReservationReply)
    /// To a change of stock or warehouses.
    case write(WriteAnswer)
    /// To `actor`: its number.
    case actor(UInt16?)
    /// To a list of an owner's reservations, newest first.
    case owner(count: Int, ids: [ReservationID])
    /// To `sweep`: how many holds expired and how many ids were forgotten.
    case swept(expired: Int, forgotten: Int)

    /// What became of the request.
    package var outcome: Outcome {
        switch self {
        case .reservation(let reply): reply.outcome
        case .write(let answer): answer.outcome
        case .swept, .actor, .owner: .accepted
        }
    }

    /// The movement that the answer speaks of.
    package var lsn: UInt64 {
        get {
            switch self {
            case .reservation(let reply): reply.lsn
            case .write(let answer): answer.lsn
            case .swept, .actor, .owner: 0
            }
        }
        set {
            switch self {
            case .reservation(var reply):
                reply.lsn = newValue
                self = .reservation(reply)
            case .write(var answer):
                answer.lsn = newValue
                self = .write(answer)
            case .swept, .actor, .owner: break
            }
        }
    }
}
