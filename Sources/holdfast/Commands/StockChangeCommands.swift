internal import ArgumentParser
internal import HoldfastClient

/// `holdfast stock receive`: goods came in.
struct StockReceiveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive",
        abstract: "Note goods that came in; makes the SKU and the cell where they are missing."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The SKU.")
    var sku: String

    @Argument(help: "The code of the warehouse.")
    var warehouse: WarehouseArgument

    @Argument(help: "How many units came in.")
    var quantity: Int64

    @Option(help: "The id of the request; drawn when not given.")
    var id: IDArgument?

    /// Receives the goods.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let row = StockWrite.Row(sku: sku, warehouse: warehouse.code, units: quantity)
        try await change(client, StockWrite(id: id?.id ?? .random(), cause: .received, rows: [row]))
    }
}

/// `holdfast stock adjust`: somebody corrects a figure.
struct StockAdjustCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjust",
        abstract: "Correct the units on hand of a cell by a difference.",
        discussion: "Example: holdfast stock adjust MUG-BLUE COV1 --by -3"
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The SKU.")
    var sku: String

    @Argument(help: "The code of the warehouse.")
    var warehouse: WarehouseArgument

    @Option(parsing: .unconditional, help: "The difference in units, below zero for fewer.")
    var by: Int64

    @Option(help: "The id of the request; drawn when not given.")
    var id: IDArgument?

    /// Adjusts the cell.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let row = StockWrite.Row(sku: sku, warehouse: warehouse.code, units: by)
        try await change(client, StockWrite(id: id?.id ?? .random(), cause: .adjusted, rows: [row]))
    }
}

extension ClientCommand {
    /// Sends a change of one cell and prints what came of it.
    fileprivate func change(
        _ client: HoldfastClient,
        _ request: StockWrite
    ) async throws(CommandFailure) {
        let row = request.rows[0]
        let receipt = try await accepted("\(row.sku) in \(row.warehouse)") {
            () throws(ClientError) in try await client.write(request)
        }
        if options.json {
            let json = JSON.object([
                ("id", .string(request.id.description)),
                ("outcome", .string(Outcome.accepted.name)),
                ("repeated", .boolean(receipt.isRepeated)),
                ("sku", .string(row.sku)),
                ("warehouse", .string(row.warehouse.description)),
                ("on_hand", .integer(receipt.onHand)),
                ("available", .integer(receipt.available)),
                ("version", .count(receipt.version)),
                ("shortfalls", .count(receipt.shortfalls)),
                ("lsn", .count(receipt.lsn)),
            ])
            return Terminal.writeLine(json.text)
        }
        var text =
            "\(row.sku) in \(row.warehouse): \(receipt.onHand.grouped) on hand, "
            + "\(receipt.available.grouped) available"
        if receipt.shortfalls > 0 { text += ", promises more than it has" }
        Terminal.writeLine(receipt.isRepeated ? text + " (repeated)" : text)
    }
}
