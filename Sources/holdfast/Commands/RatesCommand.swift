internal import ArgumentParser
internal import HoldfastClient

/// `holdfast rates`: reads the rate card; `import rates` replaces it.
struct RatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rates",
        abstract: "Read the rate card.",
        subcommands: [RatesListCommand.self]
    )
}

/// `holdfast rates list`: the rate card.
struct RatesListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the rate card; a star stands for all."
    )

    @OptionGroup var options: ServerOptions

    /// Lists the rows.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let rows = try await accepted("rates list") { () throws(ClientError) in
            try await client.rates()
        }
        if options.json { return Terminal.writeLines(rows.map(\.json.text)) }
        var table = TextTable(
            .text("warehouse"),
            .text("region"),
            .number("up to km"),
            .number("base"),
            .number("per km"),
            .number("per kg"),
            .number("transit hours")
        )
        for row in rows {
            table.add(
                row.warehouse == .none ? "*" : row.warehouse.description,
                row.region == .none ? "*" : row.region.description,
                row.metresMax == .max ? "*" : row.kilometresText,
                row.baseMinor.grouped,
                row.perKilometreMinor.grouped,
                row.perKilogramMinor.grouped,
                row.transitHours.grouped
            )
        }
        Terminal.writeLines(table.lines)
        Terminal.writeLine(counted(rows.count, "rate"))
    }
}

extension RateRow {
    /// The longest distance in kilometres, with a point only where it is no whole number.
    fileprivate var kilometresText: String {
        metresMax % 1_000 == 0
            ? (metresMax / 1_000).grouped : (Double(metresMax) / 1_000).rounded(toPlaces: 3)
    }
}

/// `holdfast substitutes`: reads what may be offered in the place of SKUs.
struct SubstitutesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "substitutes",
        abstract: "Read what may be offered in the place of SKUs.",
        subcommands: [SubstitutesListCommand.self]
    )
}

/// `holdfast substitutes list`: the substitutes of one SKU, or of all.
struct SubstitutesListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what may be offered in the place of a SKU, or of all, the best first."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The SKU; all that have substitutes where not given.")
    var sku: String?

    /// Lists the substitutes.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        var rows: [SKUSubstitutes] = []
        if let sku {
            let names = try await accepted(sku) { () throws(ClientError) in
                try await client.substitutes(of: sku)
            }
            rows = [SKUSubstitutes(sku: sku, substitutes: names)]
        } else {
            var cursor: UInt32? = 0
            while let start = cursor {
                let page = try await accepted("substitutes list") { () throws(ClientError) in
                    try await client.substitutesPage(from: start)
                }
                rows += page.rows
                cursor = page.next
            }
        }
        if options.json { return Terminal.writeLines(rows.map(\.json.text)) }
        var table = TextTable(.text("SKU"), .number("rank"), .text("substitute"))
        for row in rows {
            for (index, substitute) in row.substitutes.enumerated() {
                table.add(row.sku, "\(index + 1)", substitute)
            }
        }
        Terminal.writeLines(table.lines)
        let count = rows.reduce(0) { $0 + $1.substitutes.count }
        Terminal.writeLine(
            "\(counted(count, "substitute")) of \(counted(rows.count, "SKU"))"
        )
    }
}
