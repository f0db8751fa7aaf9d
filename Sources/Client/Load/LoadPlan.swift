internal import NIOCore

/// What a load is made of: so many requests, so many outstanding, over so many connections.
package struct LoadPlan: Sendable {
    /// What each life of the load is made of: its requests follow one another in one slot.
    package enum Work: Sendable {
        /// Holds one unit of a SKU drawn from the first so many of the plan's SKUs.
        case holds(skuCount: Int)
        /// The same, then each of the changes of that reservation, once its turn comes.
        case lives(skuCount: Int, changes: [ReservationChangeKind])
        /// Changes the reservations that an earlier plan with the same seed made.
        case changes(ReservationChangeKind)

        /// The requests of one life.
        var phaseCount: Int {
            switch self {
            case .holds, .changes: 1
            case .lives(_, let changes): 1 + changes.count
            }
        }
    }

    /// When to stop sending.
    package enum End: Sendable {
        /// After so many lives, spread evenly over the connections.
        case count(Int)
        /// After so many seconds; lives that have begun are ended.
        case seconds(Double)
        /// After so many lives on each connection.
        case counts([Int])
    }

    /// What each life of the load is made of.
    package var work: Work
    /// When to stop sending.
    package var end: End
    /// How many connections share the load.
    package var connections: Int
    /// How many requests each connection keeps without an answer.
    package var outstanding: Int
    /// How many event loops serve the connections.
    package var threads: Int
    /// Draws SKUs and makes ids; two runs with one seed make the same requests.
    package var seed: UInt64
    /// Milliseconds that a hold lives.
    package var timeToLiveMilliseconds: UInt32

    /// A plan with all its fields.
    package init(
        work: Work,
        end: End,
        connections: Int,
        outstanding: Int,
        threads: Int = 1,
        seed: UInt64,
        timeToLiveMilliseconds: UInt32 = 3_600_000
    ) {
        self.work = work
        self.end = end
        self.connections = connections
        self.outstanding = outstanding
        self.threads = threads
        self.seed = seed
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
    }

    /// The most requests that one connection may keep outstanding.
    package static let outstandingMax = 65_536
    /// The most SKUs that names have digits for.
    package static let skuCountMax = 10_000_000

    /// The name of a SKU of the load: 12 bytes.
    package static func skuName(_ index: Int) -> String {
        let digits = String(index)
        return "BENCH" + String(repeating: "0", count: 7 - digits.count) + digits
    }

    /// How many lives the connection at `index` begins, at most.
    func livesMax(ofConnection index: Int) -> Int {
        switch end {
        case .seconds: Int.max
        case .counts(let counts): counts[index]
        case .count(let count):
            count / connections + (index < count % connections ? 1 : 0)
        }
    }
}

/// What came of a load.
package struct LoadResult: Sendable {
    /// Requests sent and answered.
    package var requests = 0
    /// Those that were accepted, for the first time.
    package var accepted = 0
    /// Lives all of whose requests were accepted for the first time.
    package var lives = 0
    /// Those that were accepted before and answered again.
    package var repeated = 0
    /// Those that were refused, by outcome number.
    package var refusals: [UInt16: Int] = [:]
    /// From the first request to the last answer.
    package var seconds = 0.0
    /// How long each answer took.
    package var latency = LatencyHistogram()
    /// How many lives each connection began.
    package var livesByConnection: [Int] = []

    /// Adds what one connection did.
    mutating func add(_ other: LoadConnectionResult) {
        requests += other.requests
        accepted += other.accepted
        lives += other.lives
        repeated += other.repeated
        refusals.merge(other.refusals, uniquingKeysWith: +)
        latency.add(other.latency)
        livesByConnection.append(other.begun)
    }
}

/// What one connection of a load did.
struct LoadConnectionResult: Sendable {
    var requests = 0
    var accepted = 0
    var lives = 0
    var begun = 0
    var repeated = 0
    var refusals: [UInt16: Int] = [:]
    var latency = LatencyHistogram()
    var lastAnswerNanoseconds: UInt64 = 0
}
