internal import ArgumentParser
internal import HoldfastClient

/// `holdfast stock list`: all cells, page by page.
struct StockListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all cells; each SKU is read at one instant, not all SKUs at the same."
    )

    @OptionGroup var options: ServerOptions

    @Option(help: "List only the SKUs that begin with this.")
    var prefix = ""

    /// Lists the cells.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        var text = StockText()
        var cursor: UInt32? = 0
        while let start = cursor {
            let page = try await accepted("stock list") { () throws(ClientError) in
                try await client.stockPage(from: start)
            }
            let reports = page.reports.filter { $0.sku.hasPrefix(prefix) }
            if options.json {
                Terminal.writeLines(reports.flatMap(StockText.jsonLines))
            } else {
                for report in reports { text.add(report) }
            }
            cursor = page.next
        }
        guard !options.json else { return }
        Terminal.writeLines(text.lines)
        Terminal.writeLine(
            "\(counted(text.cellCount, "cell")) of \(counted(text.skuCount, "SKU")), "
                + "\(counted(text.availableUnits, "unit")) available"
        )
    }
}
