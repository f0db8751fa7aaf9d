import HoldfastClient
import Inventory

/// A change of a reservation that the crash driver asks for, and what it should make of its units.
enum CrashChange: Sendable, Hashable {
    /// Commit, release, fulfil or cancel, the whole or parts.
    case change(ReservationChangeKind, [ChangeItem], isFulfilling: Bool, RequestID)
    /// Let the hold live longer.
    case extend(UInt32, ExtendReason, RequestID)
    /// Let another hold take its place.
    case replace(by: ReservationID)

    /// Whether it leaves all units where they are.
    var isOfTime: Bool { if case .extend = self { true } else { false } }

    /// Whether its answer is remembered by the id of its request.
    var isRemembered: Bool {
        switch self {
        case .change(_, let items, _, _): !items.isEmpty
        case .extend: true
        case .replace: false
        }
    }

    /// Sends it.
    func send(
        _ reservation: ReservationID,
        with client: HoldfastClient
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        switch self {
        case .change(.commit, let items, let isFulfilling, let id):
            try await client.commit(
                reservation,
                items: items,
                fulfilling: isFulfilling,
                requestID: id
            )
        case .change(.release, let items, _, let id):
            try await client.release(reservation, items: items, requestID: id)
        case .change(.fulfil, let items, _, let id):
            try await client.fulfil(reservation, items: items, requestID: id)
        case .change(.cancel, let items, _, let id):
            try await client.cancel(reservation, items: items, requestID: id)
        case .extend(let milliseconds, let reason, let id):
            try await client.extend(
                reservation,
                for: reason,
                timeToLiveMilliseconds: milliseconds,
                requestID: id
            )
        case .replace: preconditionFailure("a replacement is another hold's request")
        }
    }

    /// The units of a reservation after it, share by share in each line.
    func applied(to units: CrashUnits) -> CrashUnits {
        switch self {
        case .extend: units
        case .replace: units.moved { $0.held = 0 }
        case .change(let kind, let items, let isFulfilling, _) where items.isEmpty:
            units.moved { share in
                if kind == .commit || kind == .release {
                    CrashChange.move(share.held, &share, kind, isFulfilling)
                }
                if kind == .fulfil || kind == .cancel || isFulfilling {
                    CrashChange.move(share.committed, &share, isFulfilling ? .fulfil : kind, false)
                }
            }
        case .change(let kind, let items, let isFulfilling, _):
            items.reduce(units) { CrashChange.applied($1, kind, isFulfilling, to: $0) }
        }
    }

    /// Moves units of one share as a change of `kind` does.
    private static func move(
        _ count: UInt32,
        _ share: inout ShareProgress,
        _ kind: ReservationChangeKind,
        _ isFulfilling: Bool
    ) {
        switch kind {
        case .commit:
            share.held -= count
            if isFulfilling { share.fulfilled += count } else { share.committed += count }
        case .release: share.held -= count
        case .fulfil:
            share.committed -= count
            share.fulfilled += count
        case .cancel:
            share.committed -= count
            share.cancelled += count
        }
    }

    private static func applied(
        _ item: ChangeItem,
        _ kind: ReservationChangeKind,
        _ isFulfilling: Bool,
        to units: CrashUnits
    ) -> CrashUnits {
        var after = units
        let line = Int(item.line)
        guard units.lines.indices.contains(line) else { return units }
        let takesHeld = kind == .commit || kind == .release
        let givesUp = kind == .release || kind == .cancel
        let places = Array(units.lines[line].indices)
        var missing = item.quantity == 0 ? UInt32.max : item.quantity
        for place in givesUp ? places.reversed() : places {
            let share = after.lines[line][place]
            let count = min(missing, takesHeld ? share.held : share.committed)
            move(count, &after.lines[line][place], kind, isFulfilling)
            missing -= count
        }
        return after
    }
}

/// What became of a reservation's units, share by share in each line.
struct CrashUnits: Hashable, Sendable {
    var lines: [[ShareProgress]]

    /// The units that an answer tells.
    init(_ receipt: ReservationReceipt) {
        lines = receipt.lines.map { line in line.shares.map { receipt.progress(of: $0) } }
    }

    /// The units after each share has been changed.
    func moved(_ body: (inout ShareProgress) -> Void) -> CrashUnits {
        var after = self
        for line in lines.indices {
            for share in lines[line].indices { body(&after.lines[line][share]) }
        }
        return after
    }

    /// All units together.
    var total: ShareProgress {
        lines.joined().reduce(
            into: ShareProgress(held: 0, committed: 0, fulfilled: 0, cancelled: 0)
        ) {
            $0.held += $1.held
            $0.committed += $1.committed
            $0.fulfilled += $1.fulfilled
            $0.cancelled += $1.cancelled
        }
    }

    /// Whether units are left to be changed.
    var isOpen: Bool { lines.joined().contains { $0.held > 0 || $0.committed > 0 } }
}
