/// How far the rerouting of a warehouse has come.
///
/// The numbers are stable on the wire.
@frozen
public enum RerouteState: UInt8, Sendable, CaseIterable {
    /// Nobody asked for it since the server started.
    case none = 0
    /// Another warehouse's turn comes first.
    case waiting = 1
    /// Reservations are looked through and moved.
    case running = 2
    /// Every reservation was looked at.
    case done = 3
    /// It ended early, because the warehouse went online again.
    case stopped = 4
}

/// What rerouting made of a reservation's units on the warehouse.
///
/// The numbers are stable on the wire.
@frozen
public enum RerouteFate: UInt8, Sendable, CaseIterable {
    /// Held units moved; the promised instant is kept, or there is none.
    case kept = 0
    /// Held units moved; the promised instant is later than it was.
    case later = 1
    /// Held units found no other place and stay until they expire.
    case stuck = 2
    /// Committed units stay where they are.
    case committed = 3

    /// The name in answers, in snake case.
    public var name: String {
        switch self {
        case .kept: "kept"
        case .later: "later"
        case .stuck: "stuck"
        case .committed: "committed"
        }
    }
}

/// How the rerouting of a warehouse goes, or what came of it.
public struct RerouteReport: Hashable, Sendable {
    /// How many reservations, and how many of their units.
    public struct Sum: Hashable, Sendable {
        /// Reservations.
        public var reservations: UInt64
        /// Units.
        public var units: UInt64

        /// A sum with both figures.
        public init(reservations: UInt64 = 0, units: UInt64 = 0) {
            self.reservations = reservations
            self.units = units
        }
    }

    /// How many reservations are stuck for one reason.
    public struct Reason: Hashable, Sendable {
        /// Why.
        public var outcome: Outcome
        /// How many reservations.
        public var reservations: UInt64

        /// A reason with its count.
        public init(_ outcome: Outcome, reservations: UInt64) {
            self.outcome = outcome
            self.reservations = reservations
        }
    }

    /// One reservation and what became of its units.
    public struct Entry: Hashable, Sendable {
        /// The reservation.
        public var reservation: ReservationID
        /// What became of the units.
        public var fate: RerouteFate
        /// Why they are stuck; `accepted` for those that aren't.
        public var reason: Outcome
        /// Index of the line that found no place, or −1.
        public var line: Int32
        /// How many units.
        public var units: UInt64
        /// Minutes by which the promised instant is later than it was.
        public var minutesLater: UInt32

        /// An entry with all its fields.
        public init(
            _ reservation: ReservationID,
            _ fate: RerouteFate,
            units: UInt64,
            reason: Outcome = .accepted,
            line: Int32 = -1,
            minutesLater: UInt32 = 0
        ) {
            self.reservation = reservation
            self.fate = fate
            self.reason = reason
            self.line = line
            self.units = units
            self.minutesLater = minutesLater
        }
    }

    /// The number of the run, from 1 since the server started; 0 where there was none.
    public var run: UInt64
    /// How far it has come.
    public var state: RerouteState
    /// Why it doesn't go on just now, as `log_busy`; `accepted` while it does.
    public var pausedBy: Outcome
    /// When it was asked for.
    public var startedAt: Instant
    /// When it ended; `distantPast` as long as it hasn't.
    public var endedAt: Instant
    /// How many remembered requests it has looked at.
    public var looked: UInt64
    /// How many there were when it began, about.
    public var toLookAt: UInt64
    /// Reservations and units by fate, in the order of the fates' numbers.
    public private(set) var sums: [Sum]
    /// Why reservations are stuck, in the order of the outcomes' numbers.
    public private(set) var reasons: [Reason]
    /// The first reservations of each fate, at most ``Limits/rerouteEntriesMax`` of it.
    public private(set) var entries: [Entry]

    /// A report on nothing yet.
    public init(run: UInt64 = 0, state: RerouteState = .none, startedAt: Instant = .distantPast) {
        self.run = run
        self.state = state
        self.startedAt = startedAt
        pausedBy = .accepted
        endedAt = .distantPast
        looked = 0
        toLookAt = 0
        sums = RerouteFate.allCases.map { _ in Sum() }
        reasons = []
        entries = []
    }

    /// A report with sums, reasons and entries as they were told.
    package init(told base: RerouteReport, sums: [Sum], reasons: [Reason], entries: [Entry]) {
        precondition(sums.count == RerouteFate.allCases.count, "a sum for each fate")
        self = base
        self.sums = sums
        self.reasons = reasons
        self.entries = entries
    }

    /// Reservations and units of a fate.
    public subscript(fate: RerouteFate) -> Sum { sums[Int(fate.rawValue)] }

    /// Reservations that moved, and their units.
    public var moved: Sum {
        Sum(
            reservations: self[.kept].reservations + self[.later].reservations,
            units: self[.kept].units + self[.later].units
        )
    }

    /// Whether it has come to its end.
    public var isOver: Bool { state == .none || state == .done || state == .stopped }

    /// Counts a reservation, and keeps it as long as there is room for its fate.
    public mutating func add(_ entry: Entry) {
        let index = Int(entry.fate.rawValue)
        sums[index].reservations += 1
        sums[index].units += entry.units
        if sums[index].reservations <= UInt64(Limits.rerouteEntriesMax) { entries.append(entry) }
        guard entry.fate == .stuck else { return }
        if let known = reasons.firstIndex(where: { $0.outcome == entry.reason }) {
            reasons[known].reservations += 1
        } else {
            reasons.append(Reason(entry.reason, reservations: 1))
            reasons.sort { $0.outcome.rawValue < $1.outcome.rawValue }
        }
    }
}
