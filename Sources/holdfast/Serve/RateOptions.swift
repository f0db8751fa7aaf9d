internal import ArgumentParser
internal import Server

/// A rate on the command line: `10/s:20` is 10 a second on average and 20 at once; `/m` a minute.
struct RateArgument: ExpressibleByArgument {
    let limit: RateLimit

    /// Reads a rate; without a burst it is one second's, or minute's.
    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        let units = ["/s": 1, "/m": 60]
        guard let unit = units.first(where: { parts[0].hasSuffix($0.key) }), parts.count <= 2,
            let requests = Int(parts[0].dropLast(2)),
            let burst = parts.count == 2 ? Int(parts[1]) : requests,
            RateArgument.requestsRange.contains(requests),
            RateArgument.burstRange.contains(burst)
        else { return nil }
        limit = RateLimit(requests: requests, periodSeconds: unit.value, burst: burst)
    }

    private static let requestsRange = 1...1_000_000
    private static let burstRange = 1...1_000_000
}

/// What `serve` lets owners, connections and clients ask.
struct RateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How often one owner may ask, for example 10/s:20.",
            discussion: """
                20 at once and 10 a second on average; /m for a minute. Counts what names an \
                owner: reserve, source, owner_show and availability for one.
                """,
            valueName: "rate:burst"
        )
    )
    var rateOwner: RateArgument?

    @Option(
        help: ArgumentHelp("How often one connection may ask.", valueName: "rate:burst")
    )
    var rateConnection: RateArgument?

    @Option(
        help: ArgumentHelp(
            "How often one client's name may ask, on all its connections.",
            valueName: "rate:burst"
        )
    )
    var rateCredential: RateArgument?

    @Option(help: "Owners whose rate is remembered at once, 8 bytes each.")
    var rateOwnersMax: Int?

    /// The settings that the options say.
    func settings() throws(CommandFailure) -> RateSettings {
        var settings = RateSettings()
        settings.connection = rateConnection?.limit
        settings.credential = rateCredential?.limit
        if let limit = rateOwner?.limit {
            guard limit.requestsPerSecond <= ServerLimits.ownerRateMax else {
                throw .usage("--rate-owner: give at most \(ServerLimits.ownerRateMax)/s")
            }
            settings.owner = limit
        }
        if let rateOwnersMax {
            guard rateOwner != nil else {
                throw .usage("--rate-owners-max: give it with --rate-owner only")
            }
            try check(rateOwnersMax, "--rate-owners-max", RateOptions.ownersRange)
            settings.ownersMax = rateOwnersMax
        }
        return settings
    }

    private static let ownersRange = 1...268_435_456
}
