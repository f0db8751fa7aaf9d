internal import HoldfastClient

/// The stock of a sale, read from a file: all its rows, or none.
struct SaleFile {
    /// The units of each SKU and warehouse.
    let rows: [Fence.Row]
    /// The line of the file that each row stands on.
    let lines: [Int]
    /// What stands for the file's bytes.
    let content: DerivedID.Content
    private let path: String

    private struct Place: Hashable {
        let sku: String
        let warehouse: WarehouseCode
    }

    /// Reads the file at `path`; bad rows are printed, and end the command.
    init(path: String) throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: path)
        let file = try CSVFile(path: path, bytes: bytes)
        let sku = try file.column("sku")
        let warehouse = try file.column("warehouse")
        let units = try file.column("units")
        var lineOfPlace: [Place: Int] = [:]
        let read = ImportRows(file) { row throws(RowFault) in
            let place = Place(sku: try row.sku(sku), warehouse: try row.warehouse(warehouse))
            let result = Fence.Row(
                sku: place.sku,
                warehouse: place.warehouse,
                units: UInt32(try row.integer(units, in: 1...Limits.unitsPerCellMax))
            )
            if let first = lineOfPlace[place] {
                throw row.fault(
                    "\(place.sku) in \(place.warehouse) stands on line \(first) already"
                )
            }
            lineOfPlace[place] = row.line
            return result
        }
        guard read.faults.isEmpty else {
            throw SaleFile.failure(read.faults, path)
        }
        guard !read.rows.isEmpty else {
            throw .file("\(path): no row — the first line names sku, warehouse, units")
        }
        guard read.rows.count <= Limits.fenceRowsMax else {
            throw .file(
                "\(path): \(read.rows.count.grouped) rows — one movement takes "
                    + "\(Limits.fenceRowsMax.grouped); make two files of it"
            )
        }
        self.path = path
        rows = read.rows.map(\.row)
        lines = read.rows.map(\.line)
        content = DerivedID.Content(bytes)
    }

    /// The units of all rows.
    var units: UInt64 { rows.reduce(0) { $0 + UInt64($1.units) } }

    /// What the server refused, with the row's line.
    func failure(_ refusal: Refusal) -> CommandFailure {
        guard let index = refusal.index, index < lines.count else {
            return CommandFailure(refusal, path)
        }
        var plain = refusal
        plain.index = nil
        let row = rows[index]
        return CommandFailure(
            plain,
            "\(path):\(lines[index]): \(row.units.grouped) of \(row.sku) in \(row.warehouse)"
        )
    }

    private static func failure(_ faults: [RowFault], _ path: String) -> CommandFailure {
        let faults = faults.sorted { $0.line < $1.line }
        var failure = CommandFailure(
            .refused,
            "bad_rows",
            "\(path): \(counted(faults.count, "bad row")) — nothing was done: mend them"
        )
        failure.table = faults.map { "\(path):\($0.line): \($0.reason)" }
        let rows = faults.map {
            JSON.object([("line", .count($0.line)), ("reason", .string($0.reason))])
        }
        failure.members.append(("bad_rows", .array(rows)))
        return failure
    }
}
