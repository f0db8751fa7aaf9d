internal import ArgumentParser
internal import HoldfastClient

/// `holdfast bench`: loads a server and measures.
struct BenchCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Load a server with holds and measure it.",
        discussion: """
            Scenario `uniform`: each request holds one unit of a SKU drawn at random; SKUs and \
            stock are made first. The server's `units_reserved` must grow by exactly the \
            accepted requests; then all are released, outside the measured time. Run it against \
            a server that nobody else uses.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "What to do; `uniform`.")
    var scenario: BenchScenario

    @Option(help: "How many SKUs.")
    var skus = 100_000

    @Option(help: "How many connections.")
    var connections = 16

    @Option(help: "How many requests each connection keeps without an answer.")
    var outstanding = 128

    @Option(help: "For how long, in seconds; 3 where no --count is given.")
    var duration: Double?

    @Option(help: "How many requests, instead of --duration.")
    var count: Int?

    @Option(help: "How many event loops send.")
    var threads = 1

    @Flag(name: .customLong("no-release"), help: "Leave the holds to their expiry.")
    var skipsRelease = false

    /// Runs the scenario.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let plan = try plan
        let bench = BenchRun(client: client, configuration: try options.configuration())
        try await bench.makeStock(skuCount: skus)
        let before = try await bench.unitsReserved
        let result = try await bench.play(plan)
        let grown = try await bench.unitsReserved - before
        let report = BenchReport(scenario: scenario.rawValue, result: result)
        if !skipsRelease { try await bench.release(result, plan) }
        Terminal.writeLines(options.json ? [report.json.text] : report.textLines)
        guard grown == Int64(result.accepted) else {
            throw CommandFailure(
                .refused,
                "reserved_differs",
                "\(options.server): \(result.accepted) holds accepted and units_reserved grew by "
                    + "\(grown) — is somebody else using the server?"
            )
        }
    }

    private var plan: LoadPlan {
        get throws(CommandFailure) {
            try check(skus, "--skus", 1...LoadPlan.skuCountMax)
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
                work: .holds(skuCount: skus),
                end: end,
                connections: connections,
                outstanding: outstanding,
                threads: threads,
                seed: .random(in: 0 ... .max)
            )
        }
    }
}

/// What a benchmark does.
enum BenchScenario: String, ExpressibleByArgument, CaseIterable {
    case uniform
}
