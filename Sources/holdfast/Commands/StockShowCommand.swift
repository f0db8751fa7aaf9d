internal import ArgumentParser
internal import Engine
internal import HoldfastClient
internal import Node

/// `holdfast stock show`: the cells of one SKU.
struct StockShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the cells of one SKU, and its open reservations on request.",
        discussion: """
            --holds makes the server look through all reservations: for people, not for a \
            checkout's path.

            With --as-of the state at a past moment is told from the files of --data-dir, without \
            a server: with an instant, the log up to the first movement later than it; with an \
            LSN, all movements below it.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The SKU.")
    var sku: String

    @Option(help: "Only this warehouse.")
    var warehouse: WarehouseArgument?

    @Flag(help: "List the open reservations that have units there, oldest first.")
    var holds = false

    @Option(
        help: ArgumentHelp(
            "The moment whose state is shown, as 2026-11-27T08:00:00Z or an LSN.",
            valueName: "time|lsn"
        )
    )
    var asOf: MomentArgument?

    @Option(help: "With --as-of: the data directory of a server, which may be running.")
    var dataDir: String?

    @OptionGroup var archives: ArchiveOptions

    /// Refuses contradicting options.
    func validate() throws {
        if (asOf == nil) != (dataDir == nil) {
            throw ValidationError("--as-of and --data-dir go together.")
        }
    }

    /// Shows the cells of the server, or of a past moment.
    func perform() async throws(CommandFailure) {
        guard let asOf, let dataDir else { return try await performConnected() }
        let sources = try PastSources(reading: dataDir, archives.archiveDir)
        let state = try past { () throws(TimeTravelError) in
            let subject: PastSubject = holds ? .everything : .skus([sku])
            let moment = asOf.moment
            let state = try PastState.load(sources, before: moment, subject, upTo: moment)
            try state.advance(to: moment)
            return state
        }
        state.notePassedOver()
        guard let stock = state.engine.stock(of: sku) else {
            throw CommandFailure(
                .refused,
                Outcome.unknownSKU.name,
                "\(sku): wasn't known at LSN \(state.lsn), \(state.instant.text)"
            )
        }
        var found: StockHolds?
        if holds {
            found = state.engine.holds(
                of: sku,
                warehouse: warehouse?.code,
                limit: Limits.holdsPerListMax,
                now: state.instant
            )
        }
        show(
            StockReport(sku, stock),
            found,
            asOf: " at LSN \(state.lsn), \(state.instant.text)"
        )
    }

    /// Shows the cells.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let report = try await accepted("stock show \(sku)") { () throws(ClientError) in
            try await client.stock(of: sku)
        }
        var found: StockHolds?
        if holds {
            found = try await accepted("holds of \(sku)") { () throws(ClientError) in
                try await client.holds(of: sku, at: warehouse?.code)
            }
        }
        show(report, found)
    }

    private func show(_ whole: StockReport, _ holds: StockHolds?, asOf: String = "") {
        var report = whole
        if let warehouse { report.cells.removeAll { $0.warehouse != warehouse.code } }
        let found = holds.map { HoldsText(holds: $0) }
        if options.json {
            Terminal.writeLines(StockText.jsonLines(report))
            if let found {
                let sku = JSON.string(report.sku)
                Terminal.writeLine(JSON.object([("sku", sku)] + found.members).text)
            }
            return
        }
        var text = StockText()
        text.add(report)
        Terminal.writeLines(text.lines)
        if let found { Terminal.writeLines([""] + found.lines) }
        var result =
            "\(report.sku) version \(report.version)\(asOf): "
            + "\(counted(text.availableUnits, "unit")) available"
        if report.weightGrams > 0 { result += ", \(report.weightGrams.grouped) g each" }
        Terminal.writeLine(result)
    }
}

extension StockReport {
    /// The stock of a SKU as an engine tells it.
    init(_ sku: String, _ stock: StockOfSKU) {
        self.init(
            sku: sku,
            version: stock.version,
            weightGrams: stock.weightGrams,
            cells: stock.cells.map {
                Cell(warehouse: $0.warehouse, pool: $0.pool, figures: $0.figures)
            }
        )
    }
}

/// The open reservations of a SKU, as people and programs read them.
struct HoldsText {
    let holds: StockHolds

    /// The reservations as a table, and their sum.
    var lines: [String] {
        var table = TextTable(
            .text("reservation"),
            .text("owner"),
            .text("expires"),
            .number("held"),
            .number("committed")
        )
        for hold in holds.holds {
            table.add(
                hold.id.description,
                hold.owner.description,
                hold.held > 0 ? hold.expiresAt.text : "-",
                hold.held.grouped,
                hold.committed.grouped
            )
        }
        let told = holds.holds.count
        let rest = told < Int(holds.count) ? ", the oldest \(told.grouped) are told" : ""
        return table.lines + [
            "\(counted(holds.count, "open reservation")): \(holds.held.grouped) held, "
                + "\(holds.committed.grouped) committed\(rest)"
        ]
    }

    /// The same for programs.
    var members: [(name: String, value: JSON)] {
        let list = holds.holds.map { hold in
            JSON.object([
                ("reservation", .string(hold.id.description)),
                ("owner", .string(hold.owner.description)),
                ("expires_at", .string(hold.expiresAt.text)),
                ("held", .count(hold.held)),
                ("committed", .count(hold.committed)),
            ])
        }
        return [
            ("open_reservations", .count(holds.count)),
            ("units_held", .count(holds.held)),
            ("units_committed", .count(holds.committed)),
            ("holds", .array(list)),
        ]
    }
}
