internal import ArgumentParser
internal import HoldfastClient

/// What every change of stock takes besides its figures.
struct StockChangeOptions: ParsableArguments {
    @Option(help: "The id of the request; drawn when not given.")
    var id: IDArgument?

    @Option(help: "What the audit trail says of it, at most 64 bytes.")
    var reason = ""

    @Option(help: "The version that the SKU must have; another one refuses.")
    var expectedVersion: UInt64?
}

/// A command that changes the stock of cells of one SKU.
protocol StockChangeCommand: ClientCommand {
    /// Why stock changes.
    static var cause: StockCause { get }

    /// The id and what the trail says.
    var change: StockChangeOptions { get }

    /// The cells that change; the last one is reported.
    var rows: [StockWrite.Row] { get }
}

extension StockChangeCommand {
    /// Sends the change and prints what came of it.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        guard change.reason.utf8.count <= Limits.reasonSizeBytesMax else {
            throw .usage("--reason: give at most \(Limits.reasonSizeBytesMax) bytes")
        }
        var rows = rows
        for index in rows.indices { rows[index].expectedVersion = change.expectedVersion }
        let row = rows[rows.count - 1]
        let request = StockWrite(
            id: change.id?.id ?? .random(),
            cause: Self.cause,
            reason: change.reason,
            rows: rows
        )
        let receipt = try await accepted("\(row.sku) in \(row.place)") {
            () throws(ClientError) in try await client.write(request)
        }
        // Whose holds are touched: the units that are missing were promised to them.
        var holds: StockHolds?
        if receipt.shortfalls > 0 {
            holds = try await accepted("holds of \(row.sku)") { () throws(ClientError) in
                try await client.holds(of: row.sku, at: row.warehouse)
            }
        }
        let text = StockChangeText(id: request.id, row: row, receipt: receipt, holds: holds)
        Terminal.writeLines(options.json ? [text.json.text] : text.lines)
    }
}

/// What came of a change of stock.
struct StockChangeText {
    let id: RequestID
    /// The row that the receipt's figures are of.
    let row: StockWrite.Row
    let receipt: WriteReceipt
    /// The open reservations of a cell that promises more than it has.
    let holds: StockHolds?

    /// For people, the result on the last line.
    var lines: [String] {
        var text =
            "\(row.sku) in \(row.place): \(receipt.onHand.grouped) on hand, "
            + "\(receipt.available.grouped) available"
        if receipt.shortfalls > 0 { text += ", promises more than it has" }
        if receipt.isRepeated { text += " (repeated)" }
        return (holds.map { HoldsText(holds: $0).lines } ?? []) + [text]
    }

    /// For programs.
    var json: JSON {
        var members: [(name: String, value: JSON)] = [
            ("id", .string(id.description)),
            ("outcome", .string(Outcome.accepted.name)),
            ("repeated", .boolean(receipt.isRepeated)),
            ("sku", .string(row.sku)),
            ("warehouse", .string(row.warehouse.description)),
            ("pool", .string(row.pool.description)),
            ("on_hand", .integer(receipt.onHand)),
            ("available", .integer(receipt.available)),
            ("version", .count(receipt.version)),
            ("shortfalls", .count(receipt.shortfalls)),
            ("lsn", .count(receipt.lsn)),
        ]
        if let holds { members += HoldsText(holds: holds).members }
        return .object(members)
    }
}

extension StockWrite.Row {
    /// The warehouse, and the pool where it isn't `default`.
    fileprivate var place: String {
        pool == .default ? warehouse.description : "\(warehouse)/\(pool)"
    }

    /// A row of units at a place.
    fileprivate init(_ sku: String, at place: StockPlace, units: Int64) {
        self.init(sku: sku, warehouse: place.warehouse, units: units, pool: place.pool)
    }
}

/// `holdfast stock receive`: goods came in.
struct StockReceiveCommand: StockChangeCommand {
    static let cause = StockCause.received
    static let configuration = CommandConfiguration(
        commandName: "receive",
        abstract: "Note goods that came in; makes SKU, pool and cell where they are missing.",
        discussion: "Example: holdfast stock receive MUG-BLUE COV1/flash 40"
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The SKU.")
    var sku: String

    @Argument(help: ArgumentHelp("Where they are.", valueName: "warehouse[/pool]"))
    var place: StockPlaceArgument

    @Argument(help: "How many units came in.")
    var quantity: Int64

    @OptionGroup var change: StockChangeOptions

    var rows: [StockWrite.Row] { [.init(sku, at: place.place, units: quantity)] }
}

/// `holdfast stock adjust`: somebody corrects a figure.
struct StockAdjustCommand: StockChangeCommand {
    static let cause = StockCause.adjusted
    static let configuration = CommandConfiguration(
        commandName: "adjust",
        abstract: "Correct the units on hand of a cell by a difference.",
        discussion: "Example: holdfast stock adjust MUG-BLUE COV1 --by -3 --reason broken"
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The SKU.")
    var sku: String

    @Argument(help: ArgumentHelp("Where they are.", valueName: "warehouse[/pool]"))
    var place: StockPlaceArgument

    @Option(parsing: .unconditional, help: "The difference in units, below zero for fewer.")
    var by: Int64

    @OptionGroup var change: StockChangeOptions

    var rows: [StockWrite.Row] { [.init(sku, at: place.place, units: by)] }
}

/// `holdfast stock count`: a person counted what is there.
struct StockCountCommand: StockChangeCommand {
    static let cause = StockCause.counted
    static let configuration = CommandConfiguration(
        commandName: "count",
        abstract: "Tell how many units a person counted in a warehouse.",
        discussion: """
            All units that are there count, of all pools, those of orders that haven't left too. \
            Read the version before counting and give it as --expected-version: then a sale in \
            between refuses the count. Where the count leaves less than was promised, the \
            reservations that are touched are listed. Example: holdfast stock count MUG=17 \
            --warehouse COV1
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: ArgumentHelp("What was counted.", valueName: "sku=units"))
    var count: StockUnitsArgument

    @Option(help: "The warehouse.")
    var warehouse: WarehouseArgument

    @OptionGroup var change: StockChangeOptions

    var rows: [StockWrite.Row] {
        [.init(count.sku, at: StockPlace(warehouse.code), units: count.units)]
    }
}

/// `holdfast stock transfer`: units go from one place to another.
struct StockTransferCommand: StockChangeCommand {
    static let cause = StockCause.transferred
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Move available units to another warehouse or pool.",
        discussion: "Example: holdfast stock transfer MUG=50 --from COV1 --to COV1/flash"
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: ArgumentHelp("What is moved.", valueName: "sku=units"))
    var moved: StockUnitsArgument

    @Option(help: ArgumentHelp("Where they are.", valueName: "warehouse[/pool]"))
    var from: StockPlaceArgument

    @Option(help: ArgumentHelp("Where they are to be.", valueName: "warehouse[/pool]"))
    var to: StockPlaceArgument

    @OptionGroup var change: StockChangeOptions

    var rows: [StockWrite.Row] {
        [
            .init(moved.sku, at: from.place, units: -moved.units),
            .init(moved.sku, at: to.place, units: moved.units),
        ]
    }
}

/// `holdfast stock safety`: sets the units that are never offered.
struct StockSafetyCommand: StockChangeCommand {
    static let cause = StockCause.configured
    static let configuration = CommandConfiguration(
        commandName: "safety",
        abstract: "Set how many units of a cell are never offered.",
        discussion: "Example: holdfast stock safety MUG=5 --warehouse COV1"
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: ArgumentHelp("The safety stock from now on.", valueName: "sku=units"))
    var safety: StockUnitsArgument

    @Option(help: ArgumentHelp("The cell's place.", valueName: "warehouse[/pool]"))
    var warehouse: StockPlaceArgument

    @OptionGroup var change: StockChangeOptions

    var rows: [StockWrite.Row] {
        var row = StockWrite.Row(safety.sku, at: warehouse.place, units: 0)
        row.safetyStock = safety.units
        return [row]
    }
}

/// `holdfast stock backorder`: sets the units that may be promised beyond what is there.
struct StockBackorderCommand: StockChangeCommand {
    static let cause = StockCause.configured
    static let configuration = CommandConfiguration(
        commandName: "backorder",
        abstract: "Set how many units of a cell may be promised beyond what is there.",
        discussion: "Example: holdfast stock backorder MUG=20 --warehouse COV1"
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: ArgumentHelp("The limit from now on.", valueName: "sku=units"))
    var limit: StockUnitsArgument

    @Option(help: ArgumentHelp("The cell's place.", valueName: "warehouse[/pool]"))
    var warehouse: StockPlaceArgument

    @OptionGroup var change: StockChangeOptions

    var rows: [StockWrite.Row] {
        var row = StockWrite.Row(limit.sku, at: warehouse.place, units: 0)
        row.backorderLimit = limit.units
        return [row]
    }
}
