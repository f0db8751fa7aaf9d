internal import ArgumentParser
internal import HoldfastClient

/// `holdfast bench`: loads a server and measures.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Load a server and measure it.",
        discussion: """
            holdfast bench uniform, hot, zipf, orders, pairs, lifecycle or reroute loads a server \
            with requests of one kind; holdfast bench flash-sale lets a crowd come.
            """,
        subcommands: [BenchLoadCommand.self, FlashSaleCommand.self],
        defaultSubcommand: BenchLoadCommand.self
    )
}

/// `holdfast bench load`, which needn't be written: loads a server with requests of one kind.
struct BenchLoadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Load a server with holds and measure it.",
        discussion: """
            uniform    each request holds one unit of a SKU drawn evenly
            hot        all connections hold units of one SKU
            zipf       SKUs are drawn by Zipf's law, with --exponent
            orders     each request holds one unit in each of --lines lines, all or nothing
            pairs      each life is a hold and its commit
            lifecycle  each life is a hold, then its commit, its release, or nothing until it \
            expires, by --mix
            reroute    one of 12 warehouses goes offline with --count holds open, while \
            --connections shoppers hold and give back

            SKUs and stock are made first. What is counted a second are whole lives, every \
            request of them accepted; --count is in lives. The server's own figures must grow by \
            exactly these; then what is still open is given back, outside the measured time. Run \
            it against a server that nobody else uses. A server remembers what was released, \
            expired or fulfilled for an hour: after some millions of lives its table is full.

            Without --rate the load is closed: each answer makes room for the next request. With \
            it the load is open, and latency counts from when a request was to be sent.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "What to do.")
    var scenario: BenchScenario

    @OptionGroup var load: BenchOptions

    @Flag(
        name: .customLong("no-stock"),
        help: "Don't make SKUs and stock: an earlier run on this server has made them."
    )
    var skipsStock = false

    @Flag(name: .customLong("no-release"), help: "Leave open what the load made.")
    var skipsRelease = false

    @Option(
        name: .customLong("histogram-log"),
        help: "Write the latencies of each second to a file in HdrHistogram's log format."
    )
    var histogramLog: String?

    /// Runs the scenario.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        if scenario == .reroute { return try await reroute(over: client) }
        let plan = try load.plan(for: scenario)
        let units = try load.unitsOfEach
        let bench = BenchRun(client: client, configuration: try options.configuration())
        if !skipsStock { try await bench.makeStock(skuCount: plan.skuCount, units: units) }
        let expectations = BenchExpectation.all(of: scenario, plan)
        let before = try await bench.figures(expectations)
        let result = try await bench.play(plan)
        let growth = try await bench.growth(expectations, since: before, result.counts)
        if !skipsRelease {
            for expectation in expectations {
                guard let kind = expectation.cleanUp else { continue }
                try await bench.cleanUp(result, plan, course: expectation.course, by: kind)
            }
        }
        if let histogramLog { try OutputFile.write(HistogramLog.text(result), to: histogramLog) }
        let report = BenchReport(scenario: scenario, plan: plan, result: result)
        Terminal.writeLines(
            options.json
                ? [report.json.text]
                : report.textLines(showsSeries: Terminal.isTerminal)
        )
        for (expectation, grown) in zip(expectations, growth) {
            let expected = expectation.growth(of: result.counts)
            guard grown == expected else {
                throw CommandFailure(
                    .refused,
                    "figures_differ",
                    "\(options.server): \(expectation.figure) grew by \(grown) where the answers "
                        + "make it \(expected) — is somebody else using the server?"
                )
            }
        }
    }

    private func reroute(over client: HoldfastClient) async throws(CommandFailure) {
        try check(load.count ?? 100_000, "--count", 1...1_000_000)
        try check(load.connections, "--connections", 1...4_096)
        let outcome = try await BenchReroute(
            client: client,
            openCount: load.count ?? 100_000,
            skuCount: load.skus ?? 4_000,
            shoppers: load.connections,
            seconds: load.duration ?? 3
        ).run()
        Terminal.writeLines(options.json ? [outcome.json.text] : outcome.textLines)
        guard outcome.isClean else {
            throw CommandFailure(.refused, "broken", "\(options.server): check found violations")
        }
    }
}
