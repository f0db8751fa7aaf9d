internal import ArgumentParser
internal import HoldfastClient

/// `holdfast bench flash-sale goodput`: what real buyers get while bots send many times as much.
struct GoodputCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "goodput",
        abstract: "Measure what real buyers get with and without bots beside them.",
        discussion: """
            Buyers hold and pay, so many a second whatever the answers do, each for an owner of \
            their own. Bots hold --factor times as often, for a few owners. Runs without and with \
            bots take turns, each on a fresh server; what is compared is the holds of buyers that \
            were accepted each second. Where the bots can't send as much as they were to, since \
            client and server share the machine, the report says what they sent. Exit code 1 means \
            that the median ratio is below --bar.
            """
    )

    @Option(help: "Buyers that come each second, for example a fifth of what the server can do.")
    var rate: Int

    @Option(help: "How many times as much the bots send.")
    var factor = 50

    @Option(help: "How many pairs of runs.")
    var rounds = 5

    @Option(help: "Seconds of each run that are measured.")
    var duration = 4.0

    @Option(help: "Connections of the buyers.")
    var connections = 16

    @Option(help: "Connections of the bots.")
    var botConnections = 64

    @Option(help: "Owners that each of the bots' connections goes by.")
    var botOwners = 4

    @Option(help: "SKUs, of which there is enough.")
    var skus = 10_000

    @Option(help: "The least median ratio that is good enough.")
    var bar = 0.9

    @OptionGroup var ownServer: OwnServerOptions

    /// As the flag says.
    var printsJSON: Bool { ownServer.json }

    private static let warmUpSeconds = 1.0
    private static let outstanding = 1_024
    private static let botHoldMilliseconds: UInt32 = 1_000

    /// What came of one run.
    struct Run {
        var holdsPerSecond = 0.0
        var latency = LatencyHistogram()
        var botRequestsPerSecond = 0.0
        var botRefusals: [UInt16: Int] = [:]
    }

    /// Measures.
    func perform() async throws(CommandFailure) {
        try check(rate, "--rate", 1...1_000_000)
        try check(factor, "--factor", 1...1_000)
        try check(rounds, "--rounds", 1...100)
        try check(connections, "--connections", 1...1_000)
        try check(botConnections, "--bot-connections", 1...1_000)
        try check(botOwners, "--bot-owners", 1...1_000_000)
        try check(skus, "--skus", 1...LoadPlan.skuCountMax)
        guard duration >= 0.5, duration <= 600 else {
            throw .usage("--duration \(duration): give 0.5 to 600 seconds")
        }
        var pairs: [(without: Run, with: Run)] = []
        var progress = ProgressBar("\(rounds) rounds", total: 2 * rounds)
        for round in 0..<rounds {
            let without = try await play(round, withBots: false)
            progress.show(2 * round + 1)
            let with = try await play(round, withBots: true)
            progress.show(2 * round + 2)
            pairs.append((without, with))
        }
        progress.clear()
        let ratios = pairs.map {
            $0.without.holdsPerSecond > 0 ? $0.with.holdsPerSecond / $0.without.holdsPerSecond : 0
        }
        Terminal.writeLines(ownServer.json ? [report(pairs, ratios).text] : lines(pairs, ratios))
        guard ratios.median >= bar else {
            throw CommandFailure(
                .refused,
                "goodput_lost",
                "buyers got \(ratios.median.rounded(toPlaces: 3)) of what they get without bots, "
                    + "less than \(bar.rounded(toPlaces: 2))"
            )
        }
    }

    private func play(_ round: Int, withBots: Bool) async throws(CommandFailure) -> Run {
        try await LoadServer.with(skuCount: skus, options: try ownServer.serveOptions) {
            (load) async throws(CommandFailure) in
            let buyers = buyerPlan(round)
            let bench = load.bench
            guard withBots else { return run(try await bench.play(buyers), bots: nil) }
            let bots = botPlan(round)
            async let attack = GoodputCommand.played(bots, bench)
            let result = try await bench.play(buyers)
            return run(result, bots: try await attack.get())
        }
    }

    /// A load as a value, so that it can run beside another one.
    private static func played(
        _ plan: LoadPlan,
        _ bench: BenchRun
    ) async -> Result<LoadResult, CommandFailure> {
        do throws(CommandFailure) {
            return .success(try await bench.play(plan))
        } catch {
            return .failure(error)
        }
    }

    private func buyerPlan(_ round: Int) -> LoadPlan {
        var plan = LoadPlan(
            skuCount: skus,
            end: .seconds(duration),
            connections: connections,
            outstanding: GoodputCommand.outstanding,
            seed: UInt64(2 * round + 1)
        )
        plan.warmUpSeconds = GoodputCommand.warmUpSeconds
        plan.perSecond = rate
        plan.courses = [LoadPlan.Course(changes: [.commit])]
        return plan
    }

    private func botPlan(_ round: Int) -> LoadPlan {
        var plan = LoadPlan(
            skuCount: skus,
            end: .seconds(duration),
            connections: botConnections,
            outstanding: GoodputCommand.outstanding,
            seed: UInt64(2 * round + 2)
        )
        plan.warmUpSeconds = GoodputCommand.warmUpSeconds
        plan.perSecond = min(rate * factor, LoadPlan.perSecondMax)
        plan.courses = [
            LoadPlan.Course(timeToLiveMilliseconds: GoodputCommand.botHoldMilliseconds)
        ]
        plan.ownersPerConnection = botOwners
        return plan
    }

    private func run(_ buyers: LoadResult, bots: LoadResult?) -> Run {
        var run = Run()
        run.holdsPerSecond = Double(buyers.measured.lives) / max(buyers.seconds, 1e-9)
        run.latency = buyers.measured.latency
        if let bots {
            let requests = Double(bots.measured.latency.count)
            run.botRequestsPerSecond = requests / max(bots.seconds, 1e-9)
            run.botRefusals = bots.counts.refusals
        }
        return run
    }

    // MARK: Report

    private func lines(_ pairs: [(without: Run, with: Run)], _ ratios: [Double]) -> [String] {
        var table = TextTable(
            .number("round"),
            .number("paid holds/s alone"),
            .number("with bots"),
            .number("ratio"),
            .number("p99 alone"),
            .number("with bots"),
            .number("bots' requests/s"),
            .number("of buyers'")
        )
        for (index, pair) in pairs.enumerated() {
            let p99 = [pair.without, pair.with].map {
                $0.latency.count == 0
                    ? "-"
                    : durationText(
                        microseconds: Double($0.latency.nanoseconds(atFraction: 0.99)) / 1_000
                    )
            }
            let multiple = pair.with.botRequestsPerSecond / Double(2 * rate)
            table.add(
                "\(index + 1)",
                pair.without.holdsPerSecond.groupedWhole,
                pair.with.holdsPerSecond.groupedWhole,
                ratios[index].rounded(toPlaces: 3),
                p99[0],
                p99[1],
                pair.with.botRequestsPerSecond.groupedWhole,
                "× " + multiple.rounded(toPlaces: 1)
            )
        }
        return table.lines + [
            "goodput with bots: \(ratios.median.rounded(toPlaces: 3)) of that without (median of "
                + "\(counted(ratios.count, "round")), lowest "
                + "\((ratios.min() ?? 0).rounded(toPlaces: 3)))"
        ]
    }

    private func report(_ pairs: [(without: Run, with: Run)], _ ratios: [Double]) -> JSON {
        let rounds = zip(pairs, ratios).map { pair, ratio in
            let refusals = pair.with.botRefusals.sorted { $0.key < $1.key }.map {
                (Outcome(rawValue: $0.key)?.name ?? "\($0.key)", JSON.count($0.value))
            }
            return JSON.object([
                ("per_second_without", .number(pair.without.holdsPerSecond)),
                ("per_second_with", .number(pair.with.holdsPerSecond)),
                ("ratio", .number(ratio)),
                ("latency_without_us", pair.without.latency.json),
                ("latency_with_us", pair.with.latency.json),
                ("bot_requests_per_second", .number(pair.with.botRequestsPerSecond)),
                ("bot_refusals", .object(refusals)),
            ])
        }
        return .object([
            ("rate", .count(rate)),
            ("factor", .count(factor)),
            ("rounds", .array(rounds)),
            ("ratio_median", .number(ratios.median)),
            ("ratio_min", .number(ratios.min() ?? 0)),
            ("bar", .number(bar)),
        ])
    }
}

extension [Double] {
    /// The middle value, or the mean of the two in the middle; 0 for none.
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = count / 2
        return count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
