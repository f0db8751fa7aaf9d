internal import ArgumentParser
internal import HoldfastClient

/// `holdfast availability`: what a reservation could take now.
struct AvailabilityCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "availability",
        abstract: "Tell what could be reserved now, of one SKU or of thousands.",
        discussion: """
            Sums over the pools that are named, else of `default`; nothing of a warehouse that \
            isn't online. Each SKU is told as it is at one instant, with its version.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The SKUs.")
    var skus: [String] = []

    @Option(
        help: ArgumentHelp("A CSV file with a column sku, for more of them.", valueName: "file"),
        completion: .file(extensions: ["csv", "gz"])
    )
    var file: String?

    @Option(parsing: .upToNextOption, help: "Only these warehouses, told in this order.")
    var warehouse: [WarehouseArgument] = []

    @Option(parsing: .upToNextOption, help: "The pools that count.")
    var pool: [PoolArgument] = []

    @Option(help: "The owner whose own holds count as free: 32 digits, or any text.")
    var owner: String?

    /// Refuses a question about nothing.
    func validate() throws {
        if skus.isEmpty, file == nil { throw ValidationError("Give a SKU, or --file.") }
    }

    /// Asks and prints.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        var query = AvailabilityQuery(
            skus: try allSKUs,
            warehouses: warehouse.map(\.code),
            pools: pool.map(\.pool),
            owner: owner.map(DerivedID.owner)
        )
        let all = query.skus
        var text = AvailabilityText(asJSON: options.json)
        var first = 0
        var step = Limits.availabilitySKUsMax
        while first < all.count {
            query.skus = Array(all[first..<min(first + step, all.count)])
            let answer = try await answered { () throws(ClientError) in
                try await client.availability(query)
            }
            switch answer {
            case .success(let told):
                for (sku, availability) in zip(query.skus, told) { text.add(sku, availability) }
                first += query.skus.count
            case .failure(let refusal) where refusal.outcome == .frameTooLarge && step > 1:
                step /= 2
            case .failure(let refusal): throw CommandFailure(refusal, "availability")
            }
        }
        text.finish()
    }

    private var allSKUs: [String] {
        get throws(CommandFailure) {
            guard let file else { return skus }
            let rows = try CSVFile(path: file)
            let column = try rows.column("sku")
            return skus + (0..<rows.rowCount).map { rows.row($0).text(column) }
        }
    }
}

/// Availabilities as they are printed: lines for programs at once, one table for people at the end.
private struct AvailabilityText {
    private let asJSON: Bool
    private var table = TextTable(
        .text("sku"),
        .text("warehouse"),
        .text("state"),
        .number("available"),
        .number("on hand"),
        .number("version")
    )
    private var skus = 0
    private var unknown = 0
    private var units: Int64 = 0

    init(asJSON: Bool) { self.asJSON = asJSON }

    mutating func add(_ sku: String, _ availability: SKUAvailability) {
        skus += 1
        units += availability.available
        if availability.version == 0 { unknown += 1 }
        if asJSON { return Terminal.writeLine(json(sku, availability).text) }
        for cell in availability.cells {
            table.add(
                sku,
                cell.warehouse.description,
                cell.state.name,
                cell.available.grouped,
                cell.onHand.grouped,
                availability.version.grouped
            )
        }
        if availability.cells.isEmpty {
            let version = availability.version == 0 ? "unknown" : availability.version.grouped
            table.add(sku, "-", "-", "0", "0", version)
        }
    }

    /// Prints what is left.
    func finish() {
        guard !asJSON else { return }
        Terminal.writeLines(table.lines)
        let strange = unknown > 0 ? ", \(unknown.grouped) of them unknown" : ""
        Terminal.writeLine("\(counted(skus, "SKU"))\(strange): \(counted(units, "unit")) available")
    }

    private func json(_ sku: String, _ availability: SKUAvailability) -> JSON {
        let cells = availability.cells.map { cell in
            JSON.object([
                ("warehouse", .string(cell.warehouse.description)),
                ("state", .string(cell.state.name)),
                ("available", .integer(cell.available)),
                ("on_hand", .integer(cell.onHand)),
            ])
        }
        return .object([
            ("sku", .string(sku)),
            ("version", .count(availability.version)),
            ("available", .integer(availability.available)),
            ("cells", .array(cells)),
        ])
    }
}
