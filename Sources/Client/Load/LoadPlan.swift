/// What a load is made of: so many requests, so many outstanding, over so many connections.
package struct LoadPlan: Sendable {
    /// What becomes of some of the reservations of a load.
    package struct Course: Sendable, Equatable {
        /// How many of a hundred lives take this course.
        package var percent: Int
        /// What follows an accepted hold, one request after the answer to the one before.
        package var changes: [ReservationChangeKind]
        /// Milliseconds that the hold lives.
        package var timeToLiveMilliseconds: UInt32
        /// Whether the last change is sent once more when it is answered, with the same id, as by a
        /// client that the answer didn't reach.
        package var repeatsLast = false

        /// A course with all its fields.
        package init(
            percent: Int = 100,
            changes: [ReservationChangeKind] = [],
            timeToLiveMilliseconds: UInt32 = 3_600_000
        ) {
            self.percent = percent
            self.changes = changes
            self.timeToLiveMilliseconds = timeToLiveMilliseconds
        }
    }

    /// What the lives of a load do.
    package enum Work: Sendable {
        /// Holds units and takes one of the courses.
        case lives
        /// Changes the reservations of one course of an earlier plan with the same seed, courses
        /// and connections.
        case changes(ReservationChangeKind, course: Int)
    }

    /// When to stop sending.
    package enum End: Sendable {
        /// After so many lives, spread evenly over the connections.
        case count(Int)
        /// After so many seconds behind the warm-up; lives that have begun are ended.
        case seconds(Double)
        /// After so many lives on each connection.
        case counts([Int])
    }

    /// What the lives do.
    package var work = Work.lives
    /// The courses that lives take; their percentages make a hundred.
    package var courses = [Course()]
    /// How many SKUs there are.
    package var skuCount: Int
    /// How the holds spread over them.
    package var distribution = SKUDistribution.uniform
    /// Lines of each hold, of one unit each, all or nothing.
    package var lines = 1
    /// When to stop sending.
    package var end: End
    /// Seconds before the measurement begins, in which the load is the same.
    package var warmUpSeconds = 0.0
    /// Lives that begin each second over all connections, whatever the answers do; `nil` for as
    /// many as the answers let through.
    package var perSecond: Int?
    /// How many connections share the load.
    package var connections: Int
    /// How many requests each connection keeps without an answer, at most.
    package var outstanding: Int
    /// How many event loops serve the connections.
    package var threads = 1
    /// Draws SKUs and courses and makes ids; two runs with one seed make the same requests.
    package var seed: UInt64

    /// A plan of holds of one line over SKUs drawn evenly.
    package init(skuCount: Int, end: End, connections: Int, outstanding: Int, seed: UInt64) {
        self.skuCount = skuCount
        self.end = end
        self.connections = connections
        self.outstanding = outstanding
        self.seed = seed
    }

    /// The most requests that one connection may keep outstanding.
    package static let outstandingMax = 65_536
    /// The most SKUs that names have digits for.
    package static let skuCountMax = 10_000_000
    /// The most lives a second that may be asked for.
    package static let perSecondMax = 100_000_000
    /// The most lines of a hold.
    package static let linesMax = 64

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
