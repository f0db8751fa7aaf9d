/// Holds that are sent as bots send them: so many a second, whatever becomes of them.
///
/// What is refused isn't asked for again.
///
/// A flood costs its sender little, so that it can be many times what it stands beside: its frames
/// are made ahead, and answers are only counted.
package struct FloodPlan: Sendable {
    /// How many SKUs there are, named as a ``LoadPlan`` does.
    package var skuCount: Int
    /// Holds a second over all connections.
    package var perSecond: Int
    /// Seconds that are measured.
    package var seconds: Double
    /// Seconds before these, in which the flood is the same.
    package var warmUpSeconds = 0.0
    /// How many connections share it.
    package var connections: Int
    /// Owners that each connection's holds are for in turn.
    package var ownersPerConnection: Int
    /// Milliseconds that a hold lives.
    package var timeToLiveMilliseconds: UInt32 = 1_000
    /// How many holds a connection sends ahead of their answers, at most.
    package var outstanding = 4_096
    /// Draws SKUs and makes ids and owners.
    package var seed: UInt64

    /// A flood of holds of one unit each, over SKUs drawn evenly.
    package init(
        skuCount: Int,
        perSecond: Int,
        seconds: Double,
        connections: Int,
        ownersPerConnection: Int,
        seed: UInt64
    ) {
        self.skuCount = skuCount
        self.perSecond = perSecond
        self.seconds = seconds
        self.connections = connections
        self.ownersPerConnection = ownersPerConnection
        self.seed = seed
    }

    /// The most owners of a connection: there is a frame made ahead for each.
    package static let ownersPerConnectionMax = 10_000
}

/// What came of a flood.
package struct FloodResult: Sendable {
    /// Holds that were sent, the warm-up included; all were answered.
    package var sent = 0
    /// Answers that came within the measured time.
    package var answersMeasured = 0
    /// Seconds that were measured.
    package var seconds = 0.0
    /// Holds that were accepted.
    package var accepted = 0
    /// Holds that were refused, by outcome number.
    package var refusals: [UInt16: Int] = [:]

    /// Nothing sent yet.
    package init() {}

    /// Requests a second that the server answered within the measured time.
    package var perSecond: Double { seconds > 0 ? Double(answersMeasured) / seconds : 0 }
}
