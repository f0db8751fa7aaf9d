/// How often something may be asked for: so often on average, and so much at once.
package struct RateLimit: Hashable, Sendable {
    /// Requests in one ``periodSeconds``.
    package let requests: Int
    /// Seconds that they are counted over.
    package let periodSeconds: Int
    /// Requests that may come at once after a while of silence.
    package let burst: Int

    /// `requests` a `periodSeconds` on average, `burst` of them at once.
    package init(requests: Int, periodSeconds: Int, burst: Int) {
        precondition(requests > 0 && burst > 0, "a limit lets something through")
        precondition(periodSeconds > 0, "a rate is of a length of time")
        self.requests = requests
        self.periodSeconds = periodSeconds
        self.burst = burst
    }

    /// Requests a second, rounded up.
    package var requestsPerSecond: Int { (requests + periodSeconds - 1) / periodSeconds }

    /// The limit as a rule on instants that are told in ticks of `tickNanoseconds`.
    func rule(tickNanoseconds: UInt64) -> ArrivalRule {
        let period = UInt64(periodSeconds) * 1_000_000_000
        let tick = tickNanoseconds * UInt64(requests)
        let interval = max(1, (period + tick / 2) / tick)
        return ArrivalRule(interval: interval, tolerance: interval * UInt64(burst))
    }
}

/// The generic cell rate algorithm: a token bucket that is one instant, the theoretical arrival.
///
/// A bucket whose instant has passed is full. Each request moves it on by one interval; it may lie
/// ahead of now by as much as the burst is long.
/// - Source: ITU-T I.371, Annex A, virtual scheduling.
struct ArrivalRule: Hashable, Sendable {
    /// Ticks between two requests at the full rate.
    let interval: UInt64
    /// Ticks that the arrival may lie ahead of now.
    let tolerance: UInt64

    /// What becomes of a request.
    /// - Returns: The theoretical arrival behind it and no wait; or, where it comes too early, the
    ///   arrival as it was and the ticks after which it would be let through.
    @inline(__always)
    func decide(_ arrival: UInt64, now: UInt64) -> (arrival: UInt64, wait: UInt64) {
        let next = max(arrival, now) &+ interval
        let ahead = next &- now
        return ahead <= tolerance ? (next, 0) : (arrival, ahead &- tolerance)
    }
}
