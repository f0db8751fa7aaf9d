internal import NIOCore

/// How often owners, connections and clients may ask.
package struct RateSettings: Hashable, Sendable {
    /// Requests that name one owner, on whatever connections.
    package var owner: RateLimit?
    /// Requests of one connection.
    package var connection: RateLimit?
    /// Requests of one client's name, on all its connections.
    package var credential: RateLimit?
    /// Owners whose rate is remembered at once.
    package var ownersMax = ServerLimits.rateOwnersMaxDefault

    /// No limits.
    package init() {}

    /// Whether there is any limit.
    package var isEmpty: Bool { owner == nil && connection == nil && credential == nil }

    /// Traps on limits that can't be kept.
    func check() {
        precondition(ownersMax > 0, "a table of owners has room")
        if let owner {
            precondition(owner.requestsPerSecond <= ServerLimits.ownerRateMax, "an owner's rate")
        }
    }
}

/// The rates of a server, shared by its event loops; in memory only.
final class ServerRates: Sendable {
    let owners: RateTable?
    let connection: ArrivalRule?
    let credential: ArrivalRule?
    let buckets = RateBuckets()
    private let startNanoseconds: UInt64

    /// Empty buckets; `nil` where nothing is limited.
    init?(_ settings: RateSettings, nowNanoseconds: UInt64) {
        if settings.isEmpty { return nil }
        settings.check()
        owners = settings.owner.map {
            RateTable(
                limit: $0,
                ownersMax: settings.ownersMax,
                hashKey: .random(in: .min ... .max)
            )
        }
        connection = settings.connection?.rule(tickNanoseconds: 1)
        credential = settings.credential?.rule(tickNanoseconds: 1)
        startNanoseconds = nowNanoseconds
    }

    /// Ticks of the owners' table since the server's start.
    func ticks(_ nowNanoseconds: UInt64) -> UInt64 {
        (max(nowNanoseconds, startNanoseconds) - startNanoseconds) / RateTable.tickNanoseconds
    }
}
