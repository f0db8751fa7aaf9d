internal import ArgumentParser
internal import HoldfastClient

/// `holdfast stock show`: the cells of one SKU.
struct StockShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the cells of one SKU, and its open reservations on request.",
        discussion: """
            --holds makes the server look through all reservations: for people, not for a \
            checkout's path.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The SKU.")
    var sku: String

    @Option(help: "Only this warehouse.")
    var warehouse: WarehouseArgument?

    @Flag(help: "List the open reservations that have units there, oldest first.")
    var holds = false

    /// Shows the cells.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        var report = try await accepted("stock show \(sku)") { () throws(ClientError) in
            try await client.stock(of: sku)
        }
        if let warehouse { report.cells.removeAll { $0.warehouse != warehouse.code } }
        var found: HoldsText?
        if holds {
            let list = try await accepted("holds of \(sku)") { () throws(ClientError) in
                try await client.holds(of: sku, at: warehouse?.code)
            }
            found = HoldsText(holds: list)
        }
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
            "\(report.sku) version \(report.version): "
            + "\(counted(text.availableUnits, "unit")) available"
        if report.weightGrams > 0 { result += ", \(report.weightGrams.grouped) g each" }
        Terminal.writeLine(result)
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
