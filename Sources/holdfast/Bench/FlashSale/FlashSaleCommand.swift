internal import ArgumentParser
internal import HoldfastClient

/// `holdfast bench flash-sale`: lets a crowd come to a sale, or asks what a crowd can tell.
struct FlashSaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flash-sale",
        abstract: "Let a crowd come to a sale on a real server, and check what came of it.",
        subcommands: [
            FlashSaleRunCommand.self, FairnessCommand.self, GoodputCommand.self,
            EnduranceCommand.self,
        ],
        defaultSubcommand: FlashSaleRunCommand.self
    )
}

/// What is changed of a scenario on the command line.
struct ScenarioOptions: ParsableArguments {
    @Option(help: "What decides who does what and when.")
    var seed: Int?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Change a figure of the scenario.", valueName: "name=value")
    )
    var changes: [String] = []

    /// A scenario with the changes.
    func changed(
        _ original: FlashSaleScenario
    ) throws(CommandFailure) -> FlashSaleScenario {
        var scenario = original
        if let seed { try ScenarioFile.set("seed=\(seed)", in: &scenario) }
        for change in changes { try ScenarioFile.set(change, in: &scenario) }
        if let fault = scenario.fault { throw .usage("\(original.name): \(fault)") }
        return scenario
    }
}

/// `holdfast bench flash-sale run`, which needn't be written: plays a scenario.
struct FlashSaleRunCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Play a scenario: a crowd, bots, payments that fail, kills; then check it all.",
        discussion: """
            SCENARIO is one of those that are always there, or a file as \
            Benchmarks/flash-sale/README.md describes it:

            sneaker-drop       much too many shoppers for six models, bots among them
            ticket-sale        groups of four want seats of one block, all or nothing
            marketplace-day    10,000 SKUs, baskets of up to four, a few of them very popular
            bot-attack         bots send nearly all requests
            demo               the sneaker drop, small, with the server killed once

            It starts a server of its own in a temporary directory, or uses --server, which must \
            be one that runs for tests: the sale's goods stay there. With a server of its own the \
            log is read at the end. Exit code 1 means that a check failed, and names it.
            """
    )

    @Argument(help: "A scenario's name or file.")
    var scenario = "sneaker-drop"

    @OptionGroup var options: ScenarioOptions

    @Option(help: "How many shoppers, instead of the scenario's.")
    var shoppers: Int?

    @Option(help: "How often the server is killed and started again, instead of the scenario's.")
    var kills: Int?

    @Option(help: ArgumentHelp("A server that runs already.", valueName: "host:port"))
    var server: String?

    @Flag(help: "Start a server of its own, as it is without --server.")
    var ownServer = false

    @Flag(help: "Tell no progress.")
    var quiet = false

    @Flag(name: .long, help: "Print JSON for programs, the result on the last line.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    /// Plays the scenario.
    func perform() async throws(CommandFailure) {
        let scenario = try chosen
        let result = try await SaleRun(
            scenario: scenario,
            address: try address(for: scenario),
            tellsProgress: !quiet
        ).play()
        let report = CrowdReport(result)
        Terminal.writeLines(json ? [report.json.text] : report.lines)
        guard report.isGood else {
            throw CommandFailure(
                .refused,
                "sale_failed",
                "\(scenario.title): " + (report.complaints.first ?? "a check failed")
            )
        }
    }

    private var chosen: FlashSaleScenario {
        get throws(CommandFailure) {
            var scenario = try ReadyScenario.named(scenario)
            if let shoppers { try ScenarioFile.set("shoppers=\(shoppers)", in: &scenario) }
            if let kills { try ScenarioFile.set("kills=\(kills)", in: &scenario) }
            return try options.changed(scenario)
        }
    }

    private func address(
        for scenario: FlashSaleScenario
    ) throws(CommandFailure) -> ClientConfiguration? {
        guard let server else { return nil }
        guard !ownServer else { throw .usage("--own-server and --server: give one of them") }
        guard scenario.kills == 0 else { throw .usage("--kills: only a server of its own") }
        guard scenario.serveOptions.isEmpty else {
            throw .usage("serve: only a server of its own is started with options")
        }
        let address = try NetworkAddress(server, of: "--server")
        var configuration = ClientConfiguration(host: address.host, port: address.port)
        configuration.name = "holdfast-crowd"
        return configuration
    }
}
