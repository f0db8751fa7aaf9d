internal import HoldfastClient

/// What the client and the server say, as failures of a command.
extension CommandFailure {
    /// No answer came, or the server doesn't know who asks.
    init(_ error: ClientError) {
        if let refusal = error.refusal, refusal.outcome == .authenticationFailed {
            self.init(refusal, error.address)
            return
        }
        let remedy =
            switch error.code {
            case .connectFailed: "start one with `holdfast serve`, or name it with --server"
            case .connectionLost: "look at the server's output; the same request can be repeated"
            case .timedOut: "give more time with --timeout-seconds; the request can be repeated"
            case .handshakeRefused: "use a client and a server of one version"
            case .protocolViolation: "is this a Holdfast server?"
            case .tooManyWaiting: "send fewer requests at once"
            case .closed: "try again"
            }
        self.init(
            .noServer,
            error.code.rawValue,
            "no answer from \(error.address): \(error.detail) — \(remedy)"
        )
    }

    /// The server refused.
    init(_ refusal: Refusal, _ subject: String) {
        var text = "\(subject): refused with \(refusal.outcome.name)"
        if let index = refusal.index { text += " at line \(index + 1) of the request" }
        if let state = refusal.state { text += ", state \(state)" }
        if let conflict = refusal.conflict {
            let figures = conflict.figures
            text +=
                ", it is at version \(conflict.version) with \(figures.onHand.grouped) on hand and "
                + "\(figures.available.grouped) available"
        }
        if !refusal.detail.isEmpty { text += " (\(refusal.detail))" }
        if let remedy = refusal.outcome.remedy { text += " — \(remedy)" }
        self.init(.refused, refusal.outcome.name, text)
        if let index = refusal.index { members.append(("line", .count(index + 1))) }
        if let state = refusal.state { members.append(("state", .string(state.name))) }
        if let conflict = refusal.conflict {
            members.append(("version", .count(conflict.version)))
            members += conflict.figures.jsonMembers
        }
        if !refusal.alternatives.isEmpty {
            members.append(("alternatives", AlternativesText(refusal.alternatives).json))
        }
    }
}

extension Outcome {
    /// What a person can do about a refusal; `nil` where its name says it.
    fileprivate var remedy: String? {
        switch self {
        case .insufficientStock: "ask for less, or use --mode best_effort"
        case .unknownSKU, .unknownCell: "see `holdfast stock list`, or receive stock first"
        case .unknownWarehouse: "see `holdfast warehouse list`"
        case .unknownReservation: "check the id; closed ones are forgotten after a while"
        case .requestIDReused: "use a new --id for a new request"
        case .holdExpired: "reserve again"
        case .wrongState: "see `holdfast show`"
        case .readOnlyDiskFull: "make room on the server's disk; it goes on by itself"
        case .shuttingDown: "try again when the server is back"
        case .logBusy: "try again"
        case .tooManyReservations: "wait for holds to expire, or raise --reservations-max"
        case .authenticationFailed:
            "give the --name and the --secret-file that the server's list has"
        case .unknownPool: "see `holdfast stock show`; a transfer makes a pool"
        case .versionConflict: "look at the present figures and decide again"
        case .stockLost: "commit the lines that are there with --line, or reserve others"
        case .wrongOwner: "a hold can be replaced by its own owner only"
        case .insufficientUnits: "see `holdfast show` for the units that are left"
        case .tooManyChanges: "change the whole reservation, or make a new one"
        case .tooManyConnections: "close connections, or raise --connections-max"
        case .tooManyBackups: "wait until one has ended"
        case .unknownBackup: "begin the backup again"
        case .warehouseOnline: "drain it or take it offline first"
        case .unknownPolicy: "see `holdfast policy list`"
        case .constraintsUnmet, .capacityExhausted:
            "see `holdfast source --explain`; loosen the constraints, or use --mode best_effort"
        case .unknownSale: "see `holdfast sale list`"
        case .saleInUse: "close it, and wait until its holds have ended"
        case .tooManyOwners: "forget sales that are over, or raise --owners-max"
        case .saleNotOpen: "see `holdfast sale list` for when it opens"
        case .mixedSale: "reserve the lines of each sale by themselves"
        case .ownerHoldBudget, .credentialHoldBudget: "commit or release holds first"
        case .windowLimit, .rateLimited: "try again later"
        case .accepted, .malformedFrame, .unknownOperation, .frameTooLarge, .helloExpected,
            .unsupportedVersion, .invalidSKU, .invalidQuantity, .noLines, .tooManyLines,
            .invalidTimeToLive, .invalidWarehouseCode, .invalidPosition, .unknownMode,
            .invalidPolicy, .invalidRate, .invalidConstraints, .invalidSubstitute, .tooManyPolicies,
            .unknownCause, .invalidPool, .unknownLine, .invalidReason,
            .warehouseClosed, .quantityOverflow,
            .negativeOnHand, .tooManySKUs, .tooManyWarehouses, .tooManyShares, .tooManyCells,
            .tooManyPools, .fileUnreadable, .invalidSale, .unknownReason, .tooManySales,
            .saleClosed, .ownerSKULimit, .ownerLimit, .orderLimit, .frozenBefore:
            nil
        }
    }
}
