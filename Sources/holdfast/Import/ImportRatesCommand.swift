internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import rates`: replaces the rate card.
struct ImportRatesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rates",
        abstract: "Replace the rate card by that of a file: all of it or nothing.",
        discussion: """
            Columns: warehouse, region, up_to_km, base_minor, per_km_minor, per_kg_minor, \
            transit_hours. A star or nothing stands for all warehouses, all regions and any \
            distance. A file of the first line alone empties the card.

            The row for an order is that of its warehouse and region, else of the warehouse and \
            all regions, else of all warehouses and the region, else of all; among these the \
            shortest distance that reaches. `GB` is also for `GB-LND`, unless that has its own.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(
        help: "The file; - is standard input.",
        completion: .file(extensions: ["csv", "gz"])
    )
    var file: String

    /// Imports the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: file)
        let rows = try RateRows.read(CSVFile(path: file, bytes: bytes))
        guard rows.rows.count <= Limits.ratesMax else {
            throw .file("\(file): more than \(Limits.ratesMax) rows — a rate card has no more")
        }
        // The card may have been another one in between, so the same file isn't the same request.
        let id = RequestID.random()
        var run = ImportRun<RateRow>(path: file, noun: "rate", isWhole: true) { rows, _ in
            client.start(RatesWrite(id: id, rows: rows))
        }
        try await run.send(rows, isStrict: true, asJSON: options.json)
    }
}

/// Reads rates from a file.
enum RateRows {
    private static let kilometresMax = 4_294_967.0

    /// The rates of a file with the lines they stand on.
    static func read(_ file: CSVFile) throws(CommandFailure) -> ImportRows<RateRow> {
        let warehouse = try file.column("warehouse")
        let region = try file.column("region")
        let distance = try file.column("up_to_km")
        let base = try file.column("base_minor")
        let perKilometre = try file.column("per_km_minor")
        let perKilogram = try file.column("per_kg_minor")
        let transit = try file.column("transit_hours")
        let unitCosts = 0...Limits.unitCostMinorMax
        var lineOfZone: [RateRow.Zone: Int] = [:]
        return ImportRows(file) { row throws(RowFault) in
            let result = RateRow(
                warehouse: row.isAll(warehouse) ? .none : try row.warehouse(warehouse),
                region: row.isAll(region) ? .none : try row.region(row.text(region), "region"),
                metresMax: try metres(row, distance),
                baseMinor: try row.integer(base, in: 0...Limits.shipmentCostMinorMax),
                perKilometreMinor: try row.integer(perKilometre, in: unitCosts),
                perKilogramMinor: try row.integer(perKilogram, in: unitCosts),
                transitHours: try row.integer(transit, as: UInt16.self)
            )
            if let first = lineOfZone[result.zone] {
                throw row.fault("its warehouse, region and distance stand on line \(first) already")
            }
            lineOfZone[result.zone] = row.line
            return result
        }
    }

    /// The longest distance in whole metres.
    private static func metres(
        _ row: CSVFile.Row,
        _ column: CSVFile.Column
    ) throws(RowFault) -> UInt32 {
        if row.isAll(column) { return .max }
        let kilometres = try row.number(column)
        guard (0...kilometresMax).contains(kilometres) else {
            throw row.fault("up_to_km \(row.text(column).shown) — give 0 to 4294967, or *")
        }
        return UInt32((kilometres * 1_000).rounded())
    }
}

extension CSVFile.Row {
    /// Whether a field stands for all.
    fileprivate func isAll(_ column: CSVFile.Column) -> Bool {
        let text = text(column)
        return text.isEmpty || text == "*"
    }

    /// A region; `what` says where it stands.
    func region(_ text: String, _ what: String) throws(RowFault) -> RegionCode {
        guard let region = RegionCode(text), region != .none else {
            throw fault("\(what) \(text.shown) — give 1 to 8 characters of ASCII, no spaces")
        }
        return region
    }
}
