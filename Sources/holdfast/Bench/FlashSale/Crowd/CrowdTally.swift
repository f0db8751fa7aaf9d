internal import HoldfastClient

/// What one side of a crowd, people or bots, sent and was told.
struct CrowdSide: Sendable {
    /// Requests sent, repeated ones too.
    var requests = 0
    /// Requests sent again for want of an answer.
    var resent = 0
    /// Requests sent twice at once.
    var doubled = 0
    /// Holds acknowledged, each counted once.
    var holds = 0
    /// Holds that had run out and were held again for a late payment.
    var holdsAgain = 0
    /// Orders acknowledged.
    var orders = 0
    /// Units of these.
    var units = 0
    /// Refusals by outcome.
    var refusals: [UInt16: Int] = [:]

    /// Adds what others of the same side did.
    mutating func add(_ other: CrowdSide) {
        requests += other.requests
        resent += other.resent
        doubled += other.doubled
        holds += other.holds
        holdsAgain += other.holdsAgain
        orders += other.orders
        units += other.units
        refusals.merge(other.refusals, uniquingKeysWith: +)
    }

    /// Refusals by name, the most frequent first.
    var refusalsByName: [(name: String, count: Int)] {
        refusals.map { (Outcome(rawValue: $0.key)?.name ?? "\($0.key)", $0.value) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }
}

/// What a crowd, or the part of it on one event loop, sent and was told so far.
struct CrowdTally: Sendable {
    var people = CrowdSide()
    var bots = CrowdSide()
    /// Answers that came, late and repeated ones too.
    var answers = 0
    /// Answers that were given before.
    var repeated = 0
    /// Holds acknowledged to somebody who had gone: they expire.
    var orphans = 0
    /// Connections that broke.
    var breaks = 0
    /// Units in open holds.
    var openUnits = 0
    /// When the last order was acknowledged, in milliseconds since the start.
    var lastOrderTick: UInt32 = 0
    /// What must not happen, in words; the first few.
    var surprises: [String] = []
    /// How often it happened.
    var surpriseCount = 0
    /// From when a reserve was due to its answer.
    var reserveLatency = LatencyHistogram()
    /// From when a payment was due to its answer.
    var commitLatency = LatencyHistogram()

    private static let surprisesMax = 20

    /// Units sold.
    var soldUnits: Int { people.units + bots.units }

    /// Requests sent.
    var requests: Int { people.requests + bots.requests }

    /// Adds what the part on another event loop did.
    mutating func add(_ other: CrowdTally) {
        people.add(other.people)
        bots.add(other.bots)
        answers += other.answers
        repeated += other.repeated
        orphans += other.orphans
        breaks += other.breaks
        openUnits += other.openUnits
        lastOrderTick = max(lastOrderTick, other.lastOrderTick)
        for surprise in other.surprises { note(surprise) }
        surpriseCount += other.surpriseCount - other.surprises.count
        reserveLatency.add(other.reserveLatency)
        commitLatency.add(other.commitLatency)
    }

    /// Notes what must not happen.
    mutating func note(_ surprise: String) {
        surpriseCount += 1
        if surprises.count < CrowdTally.surprisesMax { surprises.append(surprise) }
    }
}
