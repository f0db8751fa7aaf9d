internal import ArgumentParser
internal import HoldfastClient

/// What the figures of a stock file are, by its name on the command line.
enum ImportModeArgument: String, ExpressibleByArgument, CaseIterable {
    case absolute
    case delta
}

/// `holdfast import stock`: sets or changes the units on hand of cells.
struct ImportStockCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock",
        abstract: "Import the stock of cells; what is held and committed stays as it is.",
        discussion: """
            Columns: sku, warehouse, on_hand; pool, safety_stock and backorder_limit where there \
            are any. An empty pool is `default`; an empty safety_stock or backorder_limit leaves \
            the figure as it is. Mode absolute: on_hand is what there is from now on. Mode delta: \
            on_hand is the difference, below zero for fewer.

            Importing the same file again in the same mode changes nothing twice, in delta mode \
            either: see `holdfast help import`. A file that is to be added a second time on \
            purpose needs a byte that differs, an empty line for example.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var input: ImportOptions

    @Option(help: "What the figures are.")
    var mode = ImportModeArgument.absolute

    /// Imports the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: input.file)
        let rows = try StockRows.read(CSVFile(path: input.file, bytes: bytes), mode)
        let content = DerivedID.Content(bytes)
        // A refused row costs a round trip: the most common mistake is found without one.
        let warehouses = try await accepted("warehouse list") { () throws(ClientError) in
            try await client.warehouses()
        }
        let known = Set(warehouses.map(\.code))
        func objection(_ row: StockWrite.Row) -> String? {
            guard !known.contains(row.warehouse) else { return nil }
            return "warehouse \(row.warehouse) isn't known — see `holdfast warehouse list`"
        }
        var run = ImportRun(path: input.file, noun: "cell", objection: objection) { rows, number in
            let id =
                switch mode {
                case .absolute: DerivedID.request("import stock", content, number)
                case .delta: DerivedID.request("import stock delta", content, number)
                }
            return client.start(StockWrite(id: id, cause: .imported, rows: rows))
        }
        try await run.send(rows, isStrict: input.strict, asJSON: options.json)
    }
}

/// Reads stock figures from a file.
enum StockRows {
    private struct Cell: Hashable {
        let sku: String
        let warehouse: WarehouseCode
        let pool: PoolName
    }

    /// The cells of a file with the lines they stand on.
    static func read(
        _ file: CSVFile,
        _ mode: ImportModeArgument
    ) throws(CommandFailure) -> ImportRows<StockWrite.Row> {
        let sku = try file.column("sku")
        let warehouse = try file.column("warehouse")
        let onHand = try file.column("on_hand")
        let pool = file.optionalColumn("pool")
        let safetyStock = file.optionalColumn("safety_stock")
        let backorderLimit = file.optionalColumn("backorder_limit")
        let most = Limits.unitsPerCellMax
        let range = mode == .absolute ? 0...most : -most...most
        var lineOfCell: [Cell: Int] = [:]
        return ImportRows(file) { row throws(RowFault) in
            let cell = Cell(
                sku: try row.sku(sku),
                warehouse: try row.warehouse(warehouse),
                pool: try row.pool(pool)
            )
            let result = StockWrite.Row(
                sku: cell.sku,
                warehouse: cell.warehouse,
                units: try row.integer(onHand, in: range),
                safetyStock: try row.units(safetyStock),
                pool: cell.pool,
                backorderLimit: try row.units(backorderLimit),
                isDifference: mode == .delta
            )
            if let first = lineOfCell[cell] {
                let place = cell.pool == .default ? "" : ", pool \(cell.pool),"
                throw row.fault(
                    "\(cell.sku) in \(cell.warehouse)\(place) stands on line \(first) already"
                )
            }
            lineOfCell[cell] = row.line
            return result
        }
    }
}

extension CSVFile.Row {
    /// A number of units in an optional field; `nil` where it is empty.
    fileprivate func units(_ column: CSVFile.Column?) throws(RowFault) -> Int64? {
        guard let column, !text(column).isEmpty else { return nil }
        return try integer(column, in: 0...Limits.unitsPerCellMax)
    }

    /// The pool in an optional field; `default` where it is empty.
    fileprivate func pool(_ column: CSVFile.Column?) throws(RowFault) -> PoolName {
        guard let column, !text(column).isEmpty else { return .default }
        guard let pool = PoolName(text(column)) else {
            throw fault(
                "pool \(text(column).shown) — give 1 to 16 characters of ASCII, no spaces"
            )
        }
        return pool
    }
}
