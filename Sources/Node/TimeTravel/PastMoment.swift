package import Inventory

/// A moment in the life of a data directory.
package enum PastMoment: Hashable, Sendable {
    /// The state before the first movement at this LSN or behind it.
    case lsn(UInt64)
    /// The state of the log up to the first movement later than this instant.
    ///
    /// Threads log their movements a little out of the order of their instants: some behind that
    /// one may not be later. They don't count, so that the state is one that there was.
    case instant(Instant)

    /// The state before the first movement at this instant or later.
    package static func before(_ instant: Instant) -> PastMoment {
        .instant(instant.advanced(byMilliseconds: -1))
    }

    /// Whether a movement is beyond this moment.
    package func isBefore(lsn: UInt64, instant: Instant) -> Bool {
        switch self {
        case .lsn(let end): lsn >= end
        case .instant(let latest): instant > latest
        }
    }

    /// Whether the state of a snapshot is at or before this moment.
    func admits(endLSN: UInt64, instant: Instant) -> Bool {
        switch self {
        case .lsn(let end): endLSN <= end
        // Whatever is in the snapshot was made at its instant or before.
        case .instant(let latest): instant <= latest
        }
    }
}

/// What a past state began from.
package enum PastBase: Hashable, Sendable {
    /// Nothing: the log from its very first record.
    case beginning
    /// A snapshot.
    case snapshot(path: String, lsn: UInt64, instant: Instant)

    /// LSN whose state it is.
    package var lsn: UInt64 {
        switch self {
        case .beginning: PastBase.firstLSN
        case .snapshot(_, let lsn, _): lsn
        }
    }

    /// Whether it is later than a moment, which can't be told then.
    package func isAfter(_ moment: PastMoment) -> Bool {
        switch self {
        case .beginning: false
        case .snapshot(_, let lsn, let instant): !moment.admits(endLSN: lsn, instant: instant)
        }
    }

    /// The LSN that every log's numbering begins at.
    private static let firstLSN: UInt64 = 8
}

/// What the snapshots and the log of a data directory can tell without a gap.
package struct PastSpan: Hashable, Sendable {
    /// LSN of the earliest state.
    package let firstLSN: UInt64
    /// Instant of it: that of the snapshot, or of the first movement.
    package let firstInstant: Instant
    /// LSN behind the last movement.
    package let endLSN: UInt64
    /// Instant of it.
    package let lastInstant: Instant
}
