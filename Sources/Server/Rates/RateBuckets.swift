internal import NIOConcurrencyHelpers
internal import Synchronization

/// A token bucket that several event loops take from.
final class RateBucket: Sendable {
    private let arrivalNanoseconds = Atomic<UInt64>(0)

    /// Takes a token; `now` is in nanoseconds, as the rule is.
    /// - Returns: 0 where there was one, else the nanoseconds after which there will be.
    func take(_ rule: ArrivalRule, now: UInt64) -> UInt64 {
        var arrival = arrivalNanoseconds.load(ordering: .relaxed)
        while true {
            let (next, wait) = rule.decide(arrival, now: now)
            if wait > 0 { return wait }
            let exchange = arrivalNanoseconds.weakCompareExchange(
                expected: arrival,
                desired: next,
                ordering: .relaxed
            )
            if exchange.exchanged { return 0 }
            arrival = exchange.original
        }
    }

    /// The theoretical arrival of its next request.
    var arrival: UInt64 { arrivalNanoseconds.load(ordering: .relaxed) }
}

/// The buckets of clients by their names.
///
/// There are at most as many as a list of credentials has names; where that isn't enough, as every
/// name is admitted, the least indebted goes.
final class RateBuckets: Sendable {
    private let buckets = NIOLockedValueBox<[String: RateBucket]>([:])

    /// The bucket of a client; connections keep it.
    func bucket(of name: String) -> RateBucket {
        buckets.withLockedValue { buckets in
            if let known = buckets[name] { return known }
            if buckets.count >= ServerLimits.credentialsMax,
                let least = buckets.min(by: { $0.value.arrival < $1.value.arrival })
            {
                buckets[least.key] = nil
            }
            let bucket = RateBucket()
            buckets[name] = bucket
            return bucket
        }
    }
}
