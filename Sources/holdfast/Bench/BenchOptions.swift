internal import ArgumentParser
internal import HoldfastClient

/// How a load looks: its size, its pace and its shape.
struct BenchOptions: ParsableArguments {
    @Option(help: "How many SKUs; 100,000 when not given, and always 1 with hot.")
    var skus: Int?

    @Option(help: "Units of each SKU; as many as a cell can have when not given.")
    var units: Int?

    @Option(help: "How many connections.")
    var connections = 16

    @Option(help: "How many requests each connection keeps without an answer, at most.")
    var outstanding = 128

    @Option(help: "For how long, in seconds; 3 where no --count is given.")
    var duration: Double?

    @Option(help: "How many requests, or lives, instead of --duration.")
    var count: Int?

    @Option(
        help: """
            Lives that begin each second, whatever the answers do. Latency then counts from when \
            a life was to begin, so that a server that stalls can't hide what it made wait. \
            Without it every answer makes room for the next request.
            """
    )
    var rate: Int?

    @Option(help: "Seconds of the same load before the measurement begins.")
    var warmup = 0.0

    @Option(help: "How many event loops send.")
    var threads = 1

    @Option(help: "How orders, pairs and lives spread over the SKUs: uniform, zipf or hot.")
    var distribution: BenchDistribution?

    @Option(help: "With zipf: the SKU of rank k is held as often as 1 / k to this power.")
    var exponent = 0.99

    @Option(help: "Lines of each hold; 4 with orders, else 1.")
    var lines: Int?

    @Option(help: "With lifecycle: percent of lives committed, released, left to expire.")
    var mix = BenchMix.usual

    @Option(
        name: .customLong("expire-after"),
        help: "With lifecycle: how long a hold lives that is left to expire; 1s when not given."
    )
    var expireAfter: DurationArgument?

    @Flag(help: "With lifecycle: what is committed is fulfilled as well.")
    var fulfil = false

    /// The load of a scenario.
    /// - Throws: `usage` where options contradict each other or a figure is out of its range.
    func plan(for scenario: BenchScenario) throws(CommandFailure) -> LoadPlan {
        try check(connections, "--connections", 1...4_096)
        try check(outstanding, "--outstanding", 1...LoadPlan.outstandingMax)
        try check(threads, "--threads", 1...64)
        guard (0...600).contains(warmup) else {
            throw .usage("--warmup \(warmup): give up to 600 seconds")
        }
        var plan = LoadPlan(
            skuCount: try skuCount(for: scenario),
            end: try end,
            connections: connections,
            outstanding: outstanding,
            seed: .random(in: 0 ... .max)
        )
        plan.threads = threads
        plan.warmUpSeconds = warmup
        plan.distribution = try spread(of: scenario)
        plan.courses = try courses(of: scenario)
        plan.lines = lines ?? (scenario == .orders ? 4 : 1)
        try check(plan.lines, "--lines", 1...LoadPlan.linesMax)
        if let rate {
            try check(rate, "--rate", 1...LoadPlan.perSecondMax)
            plan.perSecond = rate
        }
        return plan
    }

    /// Units that each SKU begins with.
    var unitsOfEach: Int64 {
        get throws(CommandFailure) {
            let most = Int(Limits.unitsPerCellMax)
            try check(units ?? most, "--units", 0...most)
            return Int64(units ?? most)
        }
    }

    private func skuCount(for scenario: BenchScenario) throws(CommandFailure) -> Int {
        if scenario == .hot {
            guard (skus ?? 1) == 1 else { throw .usage("--skus \(skus ?? 1): hot is one SKU") }
            return 1
        }
        try check(skus ?? 100_000, "--skus", 1...LoadPlan.skuCountMax)
        return skus ?? 100_000
    }

    private var end: LoadPlan.End {
        get throws(CommandFailure) {
            switch (count, duration) {
            case (let count?, nil):
                try check(count, "--count", 1...1_000_000_000)
                return .count(count)
            case (nil, let duration):
                let seconds = duration ?? 3
                guard seconds > 0, seconds <= 3_000 else {
                    throw .usage("--duration \(seconds): give up to 3000 seconds")
                }
                return .seconds(seconds)
            case (_?, _?): throw .usage("--count and --duration: give one of them")
            }
        }
    }

    private func spread(of scenario: BenchScenario) throws(CommandFailure) -> SKUDistribution {
        if let own = scenario.ownDistribution, let distribution {
            throw .usage("--distribution \(distribution): \(scenario) is \(own) already")
        }
        switch scenario.ownDistribution ?? distribution ?? .uniform {
        case .uniform: return .uniform
        case .hot: return .hot
        case .zipf:
            let exponents = SKUDistribution.exponents
            guard exponents.contains(exponent) else {
                let range = "\(exponents.lowerBound) to \(exponents.upperBound)"
                throw .usage("--exponent \(exponent): give \(range)")
            }
            return .zipf(exponent: exponent)
        }
    }

    private func courses(of scenario: BenchScenario) throws(CommandFailure) -> [LoadPlan.Course] {
        switch scenario {
        case .uniform, .hot, .zipf, .orders, .reroute: return [LoadPlan.Course()]
        case .pairs: return [LoadPlan.Course(changes: [.commit])]
        case .lifecycle:
            let lifetime = Int(clamping: expireAfter?.milliseconds ?? 1_000)
            try check(lifetime, "--expire-after, in ms,", 1...600_000)
            return [
                LoadPlan.Course(
                    percent: mix.committed,
                    changes: fulfil ? [.commit, .fulfil] : [.commit]
                ),
                LoadPlan.Course(percent: mix.released, changes: [.release]),
                LoadPlan.Course(
                    percent: mix.expired,
                    timeToLiveMilliseconds: UInt32(lifetime)
                ),
            ]
        }
    }
}
