internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import stock`: sets the units on hand of cells.
struct ImportStockCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock",
        abstract: "Set the stock of the cells of a file: the file's figures count from now on.",
        discussion: "Columns: sku, warehouse, on_hand, and safety_stock where there is one."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The file; - is standard input.")
    var file: String

    /// Imports the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: file)
        let rows = try StockRows.read(CSVFile(path: file, bytes: bytes))
        var run = ImportRun(path: file, noun: "cell")
        try await run.send(ImportChunk.chunks(rows)) { chunk, number in
            let id = DerivedID.request("import stock", bytes, number)
            return client.start(StockWrite(id: id, cause: .imported, rows: chunk.rows))
        }
        run.report(asJSON: options.json)
    }
}

/// Reads stock figures from a file.
enum StockRows {
    private struct Cell: Hashable {
        let sku: String
        let warehouse: WarehouseCode
    }

    /// The cells of a file with the lines they stand on.
    static func read(
        _ file: CSVFile
    ) throws(CommandFailure) -> [(row: StockWrite.Row, line: Int)] {
        let sku = try file.column("sku")
        let warehouse = try file.column("warehouse")
        let onHand = try file.column("on_hand")
        let safetyStock = file.optionalColumn("safety_stock")
        var lineOfCell: [Cell: Int] = [:]
        var rows: [(row: StockWrite.Row, line: Int)] = []
        for index in 0..<file.rowCount {
            let row = file.row(index)
            let name = row.text(sku)
            guard name.isSKU else {
                throw row.failure("sku `\(name)` — give 1 to 64 characters of ASCII, no spaces")
            }
            guard let code = WarehouseCode(row.text(warehouse)) else {
                throw row.failure(
                    "warehouse `\(row.text(warehouse))` — give 1 to 16 characters of ASCII"
                )
            }
            let cell = Cell(sku: name, warehouse: code)
            if let first = lineOfCell.updateValue(row.line, forKey: cell) {
                throw row.failure("\(name) in \(code) stands on line \(first) already")
            }
            var safety: Int64?
            if let safetyStock { safety = try row.units(safetyStock) }
            rows.append(
                (
                    StockWrite.Row(
                        sku: name,
                        warehouse: code,
                        units: try row.units(onHand),
                        safetyStock: safety
                    ),
                    row.line
                )
            )
        }
        return rows
    }
}

extension String {
    /// Whether this can be the name of a SKU.
    var isSKU: Bool {
        (1...Limits.skuSizeBytesMax).contains(utf8.count)
            && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

extension CSVFile.Row {
    /// A number of units in a field.
    func units(_ column: CSVFile.Column) throws(CommandFailure) -> Int64 {
        let value = try integer(column)
        guard (0...Limits.unitsPerCellMax).contains(value) else {
            throw failure("\(column.name) \(value) — give 0 to \(Limits.unitsPerCellMax)")
        }
        return value
    }

    /// The number in a field, in a narrower width.
    func integer<Value: FixedWidthInteger>(
        _ column: CSVFile.Column,
        as type: Value.Type
    ) throws(CommandFailure) -> Value {
        let value = try integer(column)
        guard let narrow = type.init(exactly: value) else {
            throw failure("\(column.name) \(value) — give \(type.min) to \(type.max)")
        }
        return narrow
    }
}
