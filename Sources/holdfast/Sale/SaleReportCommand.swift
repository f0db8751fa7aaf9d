internal import ArgumentParser
internal import HoldfastClient

/// `holdfast sale report`: what became of a sale.
struct SaleReportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Report a sale: what was sold, who got what share, what was refused.",
        discussion: """
            Owners are named by the first ten digits of a hash of their id, the same in every \
            report; --owners tells the ids themselves. Refusals, and units that went back to \
            default, are counted since the server's start. The Gini index is 0 where all who got \
            units got the same, towards 1 where one got all.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var sale: SaleArgument

    @Option(help: "How many owners to list, those with most units, 0 to 1024.")
    var top = 10

    @Flag(help: "Tell the ids of the owners listed.")
    var owners = false

    /// Reports the sale.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        try check(top, "--top", 0...Limits.ownerSharesPerPageMax)
        let overview = try await accepted("sale \(sale.pool)") { () throws(ClientError) in
            try await client.saleOverview(of: sale.pool, limit: top)
        }
        let text = SaleReportText(overview, tellsOwners: owners)
        Terminal.writeLines(options.json ? [text.json.text] : text.lines)
    }
}
