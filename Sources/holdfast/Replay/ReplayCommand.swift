internal import ArgumentParser
internal import HoldfastClient

/// `holdfast replay`: plays an order file as a checkout would.
struct ReplayCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play an order file as a checkout would: reserve, commit, take goods back.",
        discussion: """
            Columns: order_id, sku, quantity; placed_at, customer_id, dest_lat, dest_lon where \
            known. All rows of one order are one reservation at its first row. Negative \
            quantities in orders whose id begins with C are goods sent back, to the warehouse \
            nearest the destination; other rows that ask for nothing are skipped and listed. Ids \
            come from the order ids: playing a file again changes nothing.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The order file (.gz is unpacked); - is standard input.")
    var file: String

    @Option(help: "What to do when not all of an order is there.")
    var mode = ModeArgument.bestEffort

    @Option(help: "How to choose the warehouses.")
    var policy = PolicyArgument.nearest

    @Flag(help: "Ship every order as well: its units leave.")
    var fulfil = false

    @Option(
        help: """
            Hold every so many-th order with half of its lines first, then replace that by the \
            whole.
            """
    )
    var replaceEvery: Int?

    @Flag(help: "Throw every answer away once and ask again; the repeat must be equal.")
    var loseAnswers = false

    @Option(help: "How many orders are under way at once.")
    var outstanding = 64

    private static let outstandingMax = 16_384
    private static let replaceEveryMax = 1_000_000_000

    /// Plays the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        try check(outstanding, "--outstanding", 1...ReplayCommand.outstandingMax)
        if let replaceEvery {
            try check(replaceEvery, "--replace-every", 1...ReplayCommand.replaceEveryMax)
        }
        let orders = try OrderFile(CSVFile(path: file))
        let warehouses = try await accepted("warehouse list") { () throws(ClientError) in
            try await client.warehouses()
        }
        var run = ReplayRun(
            client: client,
            network: ReplayNetwork(warehouses),
            manner: ReplayManner(
                mode: mode.mode,
                policy: policy,
                isFulfilling: fulfil,
                replaceEvery: replaceEvery,
                losesAnswers: loseAnswers
            )
        )
        try await run.play(orders.orders, outstanding: outstanding)
        var report = run.report
        report.skipped = orders.skipped
        Terminal.writeLines(options.json ? [report.json.text] : report.textLines)
        guard report.unexpectedRefusals == 0 else {
            let count = report.unexpectedRefusals
            let refused = counted(count, "change or return", "changes or returns")
            throw CommandFailure(
                .refused,
                "replay_refused",
                "\(file): \(refused) refused — see `refusals` in the report"
            )
        }
        guard report.answersDiffering == 0 else {
            throw CommandFailure(
                .refused,
                "answers_differ",
                "\(file): \(counted(report.answersDiffering, "answer")) differed when asked again"
                    + " — keep the server's data directory and report it"
            )
        }
    }
}
