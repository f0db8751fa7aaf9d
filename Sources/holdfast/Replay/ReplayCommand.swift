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

    @Option(help: "How many orders are under way at once.")
    var outstanding = 64

    private static let outstandingMax = 16_384

    /// Plays the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        try check(outstanding, "--outstanding", 1...ReplayCommand.outstandingMax)
        let orders = try OrderFile(CSVFile(path: file))
        let warehouses = try await accepted("warehouse list") { () throws(ClientError) in
            try await client.warehouses()
        }
        var run = ReplayRun(
            client: client,
            network: ReplayNetwork(warehouses),
            mode: mode.mode,
            policy: policy.policy
        )
        try await run.play(orders.orders, outstanding: outstanding)
        var report = run.report
        report.skipped = orders.skipped
        Terminal.writeLines(options.json ? [report.json.text] : report.textLines)
        guard report.unexpectedRefusals == 0 else {
            let count = report.unexpectedRefusals
            let refused = counted(count, "commit or return", "commits or returns")
            throw CommandFailure(
                .refused,
                "replay_refused",
                "\(file): \(refused) refused — see `refusals` in the report"
            )
        }
    }
}
