internal import ArgumentParser
internal import HoldfastClient

/// `holdfast bench flash-sale goodput`: what real buyers get while bots send many times as much.
struct GoodputCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "goodput",
        abstract: "Measure what real buyers get with and without bots beside them.",
        discussion: """
            Buyers hold and pay, so many a second whatever the answers do, each for an owner of \
            their own. Bots send --factor times as many requests on connections of their own, each \
            for many owners in turn: holds that nobody pays, and that live for a second. What is \
            refused they don't ask for again. --serve tells the server what it lets them do, for \
            example --serve=--rate-owner --serve=10/s:20.

            Runs without and with bots take turns, each on a fresh server; what is compared is the \
            holds of buyers that were paid each second. Exit code 1 means that the median ratio is \
            below --bar (goodput_lost), or that it isn't but says nothing, since in the median the \
            bots reached less than nine tenths of --factor (bots_too_slow).
            """
    )

    @Option(help: "Buyers that come each second, for example a fifth of what the server can do.")
    var rate: Int

    @Option(help: "How many times the buyers' requests the bots send.")
    var factor = 50

    @Option(help: "How many pairs of runs.")
    var rounds = 5

    @Option(help: "Seconds of each run that are measured.")
    var duration = 4.0

    @Option(help: "Connections of the buyers.")
    var connections = 16

    @Option(help: "Connections of the bots.")
    var botConnections = 8

    @Option(help: "Owners that each of the bots' connections goes by.")
    var botOwners = 100

    @Option(help: "SKUs, of which there is enough.")
    var skus = 10_000

    @Option(help: "The least median ratio that is good enough.")
    var bar = 0.9

    @OptionGroup var ownServer: OwnServerOptions

    /// As the flag says.
    var printsJSON: Bool { ownServer.json }

    private static let warmUpSeconds = 1.0
    private static let outstanding = 1_024
    /// The part of --factor that bots must reach for the bar to be judged.
    private static let reachMin = 0.9
    private static let requestsPerBuyer = 2

    /// What came of one run.
    struct Run {
        var holdsPerSecond = 0.0
        var latency = LatencyHistogram()
        var bots = FloodResult()
    }

    /// A run without bots and one with them.
    private struct Round {
        let without: Run
        let with: Run

        /// The part of what buyers get alone that they get beside bots.
        var ratio: Double {
            without.holdsPerSecond > 0 ? with.holdsPerSecond / without.holdsPerSecond : 0
        }
    }

    /// Measures.
    func perform() async throws(CommandFailure) {
        try check(rate, "--rate", 1...1_000_000)
        try check(factor, "--factor", 1...1_000)
        try check(rounds, "--rounds", 1...100)
        try check(connections, "--connections", 1...1_000)
        try check(botConnections, "--bot-connections", 1...1_000)
        try check(botOwners, "--bot-owners", 1...FloodPlan.ownersPerConnectionMax)
        try check(skus, "--skus", 1...LoadPlan.skuCountMax)
        guard duration >= 0.5, duration <= 600 else {
            throw .usage("--duration \(duration): give 0.5 to 600 seconds")
        }
        var rounds: [Round] = []
        var progress = ProgressBar("\(self.rounds) rounds", total: 2 * self.rounds)
        for round in 0..<self.rounds {
            let without = try await play(round, withBots: false)
            progress.show(2 * round + 1)
            let with = try await play(round, withBots: true)
            progress.show(2 * round + 2)
            rounds.append(Round(without: without, with: with))
        }
        progress.clear()
        Terminal.writeLines(ownServer.json ? [report(rounds).text] : lines(rounds))
        try judge(rounds)
    }

    private func judge(_ rounds: [Round]) throws(CommandFailure) {
        let ratio = rounds.map(\.ratio).median
        guard ratio >= bar else {
            throw CommandFailure(
                .refused,
                "goodput_lost",
                "buyers got \(ratio.rounded(toPlaces: 3)) of what they get without bots, less than "
                    + "\(bar.rounded(toPlaces: 2))"
            )
        }
        guard isJudged(rounds) else {
            throw CommandFailure(
                .refused,
                "bots_too_slow",
                "the bar isn't judged: bots sent "
                    + "\(rounds.map(multiple).median.rounded(toPlaces: 1)) times the buyers' "
                    + "requests, not \(factor) times — a lower --rate?"
            )
        }
    }

    /// How many times the buyers' requests the bots sent.
    private func multiple(_ round: Round) -> Double {
        round.with.bots.perSecond / Double(GoodputCommand.requestsPerBuyer * rate)
    }

    /// Whether the bar was missed, or is reached beside as many bots as there were to be.
    private func isJudged(_ rounds: [Round]) -> Bool {
        rounds.map(\.ratio).median < bar
            || rounds.map(multiple).median >= GoodputCommand.reachMin * Double(factor)
    }

    private func play(_ round: Int, withBots: Bool) async throws(CommandFailure) -> Run {
        let options = try ownServer.serveOptions
        return try await LoadServer.with(skuCount: skus, options: options) {
            (load) async throws(CommandFailure) in
            let buyers = buyerPlan(round)
            let bench = load.bench
            guard withBots else { return run(try await bench.play(buyers)) }
            async let attack = GoodputCommand.played(flood(round), bench)
            let result = try await bench.play(buyers)
            var run = run(result)
            run.bots = try await attack.get()
            return run
        }
    }

    /// A flood as a value, so that it can run beside a load.
    private static func played(
        _ plan: FloodPlan,
        _ bench: BenchRun
    ) async -> Result<FloodResult, CommandFailure> {
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

    private func flood(_ round: Int) -> FloodPlan {
        let perSecond = rate * GoodputCommand.requestsPerBuyer * factor
        var plan = FloodPlan(
            skuCount: skus,
            perSecond: min(perSecond, LoadPlan.perSecondMax),
            seconds: duration,
            connections: botConnections,
            ownersPerConnection: botOwners,
            seed: UInt64(2 * round + 2)
        )
        plan.warmUpSeconds = GoodputCommand.warmUpSeconds
        return plan
    }

    private func run(_ buyers: LoadResult) -> Run {
        var run = Run()
        run.holdsPerSecond = Double(buyers.measured.lives) / max(buyers.seconds, 1e-9)
        run.latency = buyers.measured.latency
        return run
    }

    // MARK: Report

    private func lines(_ rounds: [Round]) -> [String] {
        var table = TextTable(
            .number("round"),
            .number("paid holds/s alone"),
            .number("with bots"),
            .number("ratio"),
            .number("p99 alone"),
            .number("with bots"),
            .number("bots' requests/s"),
            .number("let through"),
            .number("of buyers'")
        )
        for (index, round) in rounds.enumerated() {
            let bots = round.with.bots
            let accepted = Double(bots.accepted) / Double(max(1, bots.sent)) * 100
            table.add(
                "\(index + 1)",
                round.without.holdsPerSecond.groupedWhole,
                round.with.holdsPerSecond.groupedWhole,
                round.ratio.rounded(toPlaces: 3),
                p99Text(round.without),
                p99Text(round.with),
                bots.perSecond.groupedWhole,
                accepted.rounded(toPlaces: 1) + " %",
                "× " + multiple(round).rounded(toPlaces: 1)
            )
        }
        let ratios = rounds.map(\.ratio)
        let reached = rounds.map(multiple).median
        return table.lines + [
            "bots: \(reached.rounded(toPlaces: 1)) times the buyers' requests (median), "
                + "\(factor) wanted\(isJudged(rounds) ? "" : ": bar not judged")",
            "goodput with bots: \(ratios.median.rounded(toPlaces: 3)) of that without (median of "
                + "\(counted(ratios.count, "round")), lowest "
                + "\((ratios.min() ?? 0).rounded(toPlaces: 3)))",
        ]
    }

    private func p99Text(_ run: Run) -> String {
        guard run.latency.count > 0 else { return "-" }
        let microseconds = Double(run.latency.nanoseconds(atFraction: 0.99)) / 1_000
        return durationText(microseconds: microseconds)
    }

    private func report(_ rounds: [Round]) -> JSON {
        let ratios = rounds.map(\.ratio)
        let rows = rounds.map { round in
            let bots = round.with.bots
            let refusals = bots.refusals.sorted { $0.key < $1.key }.map {
                (Outcome(rawValue: $0.key)?.name ?? "\($0.key)", JSON.count($0.value))
            }
            return JSON.object([
                ("per_second_without", .number(round.without.holdsPerSecond)),
                ("per_second_with", .number(round.with.holdsPerSecond)),
                ("ratio", .number(round.ratio)),
                ("latency_without_us", round.without.latency.json),
                ("latency_with_us", round.with.latency.json),
                ("bot_requests_per_second", .number(bots.perSecond)),
                ("bot_multiple", .number(multiple(round))),
                ("bot_requests", .count(bots.sent)),
                ("bot_holds", .count(bots.accepted)),
                ("bot_refusals", .object(refusals)),
            ])
        }
        return .object([
            ("rate", .count(rate)),
            ("factor", .count(factor)),
            ("rounds", .array(rows)),
            ("bot_multiple_median", .number(rounds.map(multiple).median)),
            ("judged", .boolean(isJudged(rounds))),
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
