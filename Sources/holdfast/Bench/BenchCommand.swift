internal import ArgumentParser
internal import HoldfastClient

/// `holdfast bench`: loads a server and measures.
struct BenchCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Load a server with holds and measure it.",
        discussion: """
            uniform    each request holds one unit of a SKU drawn at random
            hot        all connections hold units of one SKU
            pairs      each life is a hold and its commit
            lifecycle  each life is a hold, its commit and its fulfilment
            reroute    one of 12 warehouses goes offline with --count holds open, while \
            --connections shoppers hold and give back

            SKUs and stock are made first. What is counted a second are whole lives, every \
            request of them accepted; --count is in lives. The server's own figure \
            (units_reserved, reservations_committed or fulfilments) must grow by exactly these; \
            then what is still open is given back, outside the measured time. Run it against a \
            server that nobody else uses. A server remembers what was fulfilled for an hour: \
            after some millions of lives its table is full.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "What to do.")
    var scenario: BenchScenario

    @Option(help: "How many SKUs; 100,000 when not given, and always 1 with hot.")
    var skus: Int?

    @Option(help: "How many connections.")
    var connections = 16

    @Option(help: "How many requests each connection keeps without an answer.")
    var outstanding = 128

    @Option(help: "For how long, in seconds; 3 where no --count is given.")
    var duration: Double?

    @Option(help: "How many requests, or lives, instead of --duration.")
    var count: Int?

    @Option(help: "How many event loops send.")
    var threads = 1

    @Flag(name: .customLong("no-release"), help: "Leave open what the load made.")
    var skipsRelease = false

    /// Runs the scenario.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        if scenario == .reroute { return try await reroute(over: client) }
        let plan = try plan
        let bench = BenchRun(client: client, configuration: try options.configuration())
        try await bench.makeStock(skuCount: try skuCount)
        let before = try await bench.figure(scenario.countedFigure)
        let result = try await bench.play(plan)
        let grown = try await bench.figure(scenario.countedFigure) - before
        if let kind = scenario.cleanUp, !skipsRelease {
            try await bench.cleanUp(result, plan, by: kind)
        }
        let report = BenchReport(scenario: scenario, result: result)
        Terminal.writeLines(options.json ? [report.json.text] : report.textLines)
        guard grown == Int64(result.lives) else {
            throw CommandFailure(
                .refused,
                "figures_differ",
                "\(options.server): \(result.lives) \(scenario.noun) accepted and "
                    + "\(scenario.countedFigure) grew by \(grown) — is somebody else using the "
                    + "server?"
            )
        }
    }

    private func reroute(over client: HoldfastClient) async throws(CommandFailure) {
        try check(count ?? 100_000, "--count", 1...1_000_000)
        try check(connections, "--connections", 1...4_096)
        let outcome = try await BenchReroute(
            client: client,
            openCount: count ?? 100_000,
            skuCount: skus ?? 4_000,
            shoppers: connections,
            seconds: duration ?? 3
        ).run()
        Terminal.writeLines(options.json ? [outcome.json.text] : outcome.textLines)
        guard outcome.isClean else {
            throw CommandFailure(.refused, "broken", "\(options.server): check found violations")
        }
    }

    private var skuCount: Int {
        get throws(CommandFailure) {
            if scenario == .hot {
                guard (skus ?? 1) == 1 else { throw .usage("--skus \(skus ?? 1): hot is one SKU") }
                return 1
            }
            try check(skus ?? 100_000, "--skus", 1...LoadPlan.skuCountMax)
            return skus ?? 100_000
        }
    }

    private var plan: LoadPlan {
        get throws(CommandFailure) {
            try check(connections, "--connections", 1...4_096)
            try check(outstanding, "--outstanding", 1...LoadPlan.outstandingMax)
            try check(threads, "--threads", 1...64)
            let end: LoadPlan.End
            switch (count, duration) {
            case (let count?, nil):
                try check(count, "--count", 1...1_000_000_000)
                end = .count(count)
            case (nil, let duration):
                let seconds = duration ?? 3
                guard seconds > 0, seconds <= 3_000 else {
                    throw .usage("--duration \(seconds): give up to 3000 seconds")
                }
                end = .seconds(seconds)
            case (_?, _?): throw .usage("--count and --duration: give one of them")
            }
            return LoadPlan(
                work: scenario.work(skuCount: try skuCount),
                end: end,
                connections: connections,
                outstanding: outstanding,
                threads: threads,
                seed: .random(in: 0 ... .max)
            )
        }
    }
}
