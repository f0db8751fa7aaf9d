/// What came of a load.
///
/// ``counts`` tells all that was sent, so that it can be held against the server's own figures;
/// the rest tells only what was answered behind the warm-up.
package struct LoadResult: Sendable {
    /// What was sent and answered, the warm-up included.
    package var counts = LoadCounts()
    /// How many lives each connection went through.
    package var livesByConnection: [Int] = []
    /// Lives that an open-loop load was to begin before its end and couldn't, because the answers
    /// to others were missing.
    package var livesNotBegun = 0
    /// From the end of the warm-up to the last answer.
    package var seconds = 0.0
    /// Answers and whole lives that came, and how long each answer took.
    package var measured = LoadInterval()
    /// The same for each second, the last one begun being as long as the load took.
    package var intervals: [LoadInterval] = []
    /// When the measurement began, in milliseconds since 1970.
    package var startMilliseconds: Int64 = 0

    /// Adds what one connection did.
    mutating func add(_ other: LoadConnectionResult) {
        counts.add(other.counts)
        livesByConnection.append(other.begun)
        livesNotBegun += other.notBegun
    }

    /// Adds what was measured on one event loop.
    mutating func add(_ others: [LoadInterval]) {
        for (index, other) in others.enumerated() {
            if index == intervals.count { intervals.append(LoadInterval()) }
            intervals[index].add(other)
            measured.add(other)
        }
    }
}

/// Requests and answers of a load, counted.
package struct LoadCounts: Sendable, Equatable {
    /// Requests sent and answered.
    package var requests = 0
    /// Those that were accepted, for the first time.
    package var accepted = 0
    /// Those that were accepted before and answered again.
    package var repeated = 0
    /// Those that were refused, by outcome number.
    package var refusals: [UInt16: Int] = [:]
    /// Lives all of whose requests were accepted for the first time, by course.
    package var livesByCourse: [Int] = []

    /// Lives all of whose requests were accepted for the first time.
    package var lives: Int { livesByCourse.reduce(0, +) }

    /// Adds what another one counted.
    mutating func add(_ other: LoadCounts) {
        requests += other.requests
        accepted += other.accepted
        repeated += other.repeated
        refusals.merge(other.refusals, uniquingKeysWith: +)
        while livesByCourse.count < other.livesByCourse.count { livesByCourse.append(0) }
        for (course, lives) in other.livesByCourse.enumerated() { livesByCourse[course] += lives }
    }
}

/// What was answered in a part of a load.
package struct LoadInterval: Sendable {
    /// Lives that ended well.
    package var lives = 0
    /// How long the answers took; of the first request of an open-loop life from when it was to
    /// be sent, else from when it was sent.
    package var latency = LatencyHistogram()

    /// Nothing answered yet.
    init() {}

    /// Adds what another part of the load did in the same time.
    mutating func add(_ other: LoadInterval) {
        lives += other.lives
        latency.add(other.latency)
    }
}

/// What one connection of a load did.
struct LoadConnectionResult: Sendable {
    var counts = LoadCounts()
    var begun = 0
    var notBegun = 0
}
