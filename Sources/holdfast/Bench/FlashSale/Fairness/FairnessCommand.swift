internal import ArgumentParser
internal import HoldfastClient

/// `holdfast bench flash-sale fairness`: tests whether connections or requests buy a better chance.
struct FairnessCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "fairness",
        abstract: "Test whether more connections or more requests give a better chance to buy.",
        discussion: """
            Over --seeds sales of one SKU, enough for a quarter of the shoppers. All come within \
            0.4 s behind the opening; a quarter of them open two to four tabs, each on a \
            connection of its own, a quarter ask 500 times a second, the others ask, pause and ask \
            again. Shoppers are compared by whether they bought anything, each sale in itself. Who \
            asks while there are units has one with the first request, so what is compared is \
            first requests where nobody queues; Benchmarks/flash-sale/README.md says how, and what \
            such a test can't tell. Exit code 1 means that a difference was found (unfair).

            --control plays sales in which there is one: everybody asks before the opening, until \
            it comes. Exit code 1 means that it wasn't found (advantage_missed).
            """
    )

    @Option(help: "How many sales, each with a seed of its own.")
    var seeds = 30

    @Option(help: "The first seed.")
    var firstSeed = 1

    @Option(help: "How many shoppers each time.")
    var shoppers = 4_000

    @Option(help: "How many connections.")
    var connections = 1_000

    @Option(help: "The level at which a difference counts as found, in all.")
    var alpha = 0.01

    @Option(help: "The ratio of chances for which the test's power is told.")
    var alternative = 1.1

    @Flag(help: "Play sales in which many requests and tabs are of advantage, to be found.")
    var control = false

    @OptionGroup var ownServer: OwnServerOptions

    /// As the flag says.
    var printsJSON: Bool { ownServer.json }

    /// Plays the sales and tests.
    func perform() async throws(CommandFailure) {
        try check(seeds, "--seeds", 1...1_000)
        try check(firstSeed, "--first-seed", 0...1_000_000)
        try check(shoppers, "--shoppers", 8...100_000)
        try check(connections, "--connections", 1...FlashSaleScenario.connectionsMax)
        guard alpha > 0, alpha < 1 else { throw .usage("--alpha \(alpha): give 0 to 1") }
        guard alternative > 0, alternative <= 4 else {
            throw .usage("--alternative \(alternative): give up to 4")
        }
        let test = try await SaleServer.with(options: try ownServer.serveOptions) {
            (server) async throws(CommandFailure) in
            try await playAll(on: server)
        }
        Terminal.writeLines(ownServer.json ? [report(test).text] : lines(test))
        if control {
            guard !test.isAdvantageFound else { return }
            throw CommandFailure(
                .refused,
                "advantage_missed",
                "a class of shoppers that had a better chance wasn't found to have one"
            )
        }
        guard test.isFair else {
            throw CommandFailure(
                .refused,
                "unfair",
                "a class of shoppers had another chance than those with one tab and pauses"
            )
        }
    }

    private func playAll(on server: SaleServer) async throws(CommandFailure) -> FairnessTest {
        let configuration = SaleRun.configuration(port: server.port)
        let client = try await SaleRun.connect(configuration)
        var test = FairnessTest(alpha: alpha, alternative: alternative)
        var progress = ProgressBar("\(seeds) sales", total: seeds)
        for seed in firstSeed..<(firstSeed + seeds) {
            let make = control ? FairnessTest.control : FairnessTest.scenario
            let scenario = make(shoppers, connections, seed)
            let run = SaleRun(scenario: scenario, address: nil, tellsProgress: false)
            let outcome = try await run.comeAndGo(configuration, client, server)
            guard outcome.tally.surprises.isEmpty, outcome.tally.soldUnits <= scenario.units else {
                throw CommandFailure(
                    .refused,
                    "sale_failed",
                    "seed \(seed): \(outcome.tally.soldUnits) units sold of \(scenario.units); "
                        + outcome.tally.surprises.joined(separator: "; ")
                )
            }
            test.add(outcome)
            progress.show(seed - firstSeed + 1)
        }
        progress.clear()
        try await SaleRun.expectClean(client)
        await client.close()
        return test
    }

    // MARK: Report

    private func lines(_ test: FairnessTest) -> [String] {
        var table = TextTable(
            .text("compared with one tab and pauses"),
            .number("shoppers"),
            .number("requests each"),
            .number("chance"),
            .number("z"),
            .number("p"),
            .number("power")
        )
        for comparison in test.comparisons {
            let part = test.classes[comparison.manner] ?? ShopperClass()
            table.add(
                comparison.name,
                part.shoppers.grouped,
                (Double(part.requests) / Double(max(1, part.shoppers))).rounded(toPlaces: 1),
                "× " + (comparison.test.ratio ?? 0).rounded(toPlaces: 3),
                comparison.test.z.rounded(toPlaces: 2),
                comparison.test.pValue.rounded(toPlaces: 4),
                test.power(comparison).rounded(toPlaces: 4)
            )
        }
        let level = alpha / Double(test.comparisons.count)
        let isGood = control ? test.isAdvantageFound : test.isFair
        let found = test.isFair ? "no difference found" : "a difference was found"
        let verdict = Terminal.styled(
            found + (control ? ", where there is one" : ""),
            isGood ? .green : .red
        )
        return table.lines + [
            "\(counted(seeds, "sale")), two-sided, level \(level.rounded(toPlaces: 4)) each; power "
                + "where the chance is × \(alternative.rounded(toPlaces: 2))",
            verdict,
        ]
    }

    private func report(_ test: FairnessTest) -> JSON {
        .object([
            ("seeds", .count(seeds)),
            ("shoppers", .count(shoppers)),
            ("alpha", .decimal(alpha, 6)),
            ("alternative", .number(alternative)),
            ("control", .boolean(control)),
            ("fair", .boolean(test.isFair)),
            ("advantage_found", .boolean(test.isAdvantageFound)),
            (
                "comparisons",
                .array(
                    test.comparisons.map { comparison in
                        .object([
                            ("class", .string(comparison.name)),
                            ("ratio", comparison.test.ratio.map { .decimal($0, 6) } ?? .null),
                            ("z", .decimal(comparison.test.z, 6)),
                            ("p", .decimal(comparison.test.pValue, 9)),
                            ("power", .decimal(test.power(comparison), 6)),
                        ])
                    }
                )
            ),
        ])
    }
}
