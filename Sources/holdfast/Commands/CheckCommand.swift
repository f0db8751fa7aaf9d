internal import ArgumentParser
internal import HoldfastClient

/// `holdfast check`: sweeps all invariants of a running server.
struct CheckCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check all invariants of a server.",
        discussion: """
            The server takes an image of its state, which it doesn't keep, and checks that, beside \
            all traffic. --exclusive sweeps the tables themselves instead, with what they count \
            beside reservations and stock; the server answers nothing else meanwhile.
            """
    )

    @OptionGroup var options: ServerOptions

    @Flag(help: "Sweep the tables themselves; the server answers nothing else meanwhile.")
    var exclusive = false

    /// Checks the server.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let result = try await exclusive ? checkTables(over: client) : checkImage(over: client)
        if options.json {
            Terminal.writeLine(json(result).text)
        } else {
            for violation in result.violations {
                Terminal.writeLine(Terminal.styled(violation, .red))
            }
            let verdict =
                result.isClean
                ? Terminal.styled("clean", .green) : Terminal.styled("broken", .red)
            Terminal.writeLine(
                "\(verdict) at LSN \(result.lsn): \(counted(result.cells, "cell")), "
                    + "\(counted(result.openReservations, "open reservation"))"
            )
        }
        guard result.isClean else {
            throw CommandFailure(
                .refused,
                "invariants_broken",
                "\(options.server): invariants are broken — keep its data directory and report it"
            )
        }
    }

    private func checkTables(
        over client: HoldfastClient
    ) async throws(CommandFailure) -> CheckResult {
        try await accepted("check") { () throws(ClientError) in try await client.check() }
    }

    private func checkImage(
        over client: HoldfastClient
    ) async throws(CommandFailure) -> CheckResult {
        let report = try await image("check") { () throws(CommandFailure) in
            try await accepted("check") { () throws(ClientError) in
                try await client.startCheck()
            }
        } next: { () throws(CommandFailure) in
            try await accepted("check") { () throws(ClientError) in
                try await client.checkReport()
            }
        } reading: {
            $0.image
        }
        guard let result = report.result else {
            throw CommandFailure(.inputOutput, "check_failed", "check: \(report.image.failure)")
        }
        return result
    }

    private func json(_ result: CheckResult) -> JSON {
        .object([
            ("ok", .boolean(result.isClean)),
            ("lsn", .count(result.lsn)),
            ("cells", .count(result.cells)),
            ("open_reservations", .count(result.openReservations)),
            ("state_hash", .string(String(result.stateHash, radix: 16))),
            ("violations", .array(result.violations.map { .string($0) })),
        ])
    }
}

/// `holdfast stats`: counters and gauges of a running server.
struct StatsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Print the counters and gauges of a server."
    )

    @OptionGroup var options: ServerOptions

    /// Prints the figures.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let statistics = try await accepted("stats") { () throws(ClientError) in
            try await client.statistics()
        }
        if options.json {
            let members = statistics.figures.map { ($0.name, JSON.integer($0.value)) }
            return Terminal.writeLine(JSON.object(members).text)
        }
        var table = TextTable(.text("figure"), .number("value"))
        for figure in statistics.figures { table.add(figure.name, figure.value.grouped) }
        Terminal.writeLines(table.lines)
        Terminal.writeLine(counted(statistics.figures.count, "figure"))
    }
}
