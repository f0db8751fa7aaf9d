internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import warehouses`: makes or replaces warehouses.
struct ImportWarehousesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "warehouses",
        abstract: "Make or replace the warehouses of a file.",
        discussion: """
            Columns: code, city, lat, lon, priority, shipment_cost_minor, unit_cost_minor, \
            cutoff_hour_utc, handling_hours.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The file; - is standard input.")
    var file: String

    /// Imports the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: file)
        let rows = try WarehouseRows.read(CSVFile(path: file, bytes: bytes))
        var run = ImportRun(path: file, noun: "warehouse")
        try await run.send(ImportChunk.chunks(rows)) { chunk, number in
            let id = DerivedID.request("import warehouses", bytes, number)
            return client.start(WarehouseWrite(id: id, warehouses: chunk.rows))
        }
        run.report(asJSON: options.json)
    }
}

/// Reads warehouses from a file.
enum WarehouseRows {
    /// The warehouses of a file with the lines they stand on.
    static func read(
        _ file: CSVFile
    ) throws(CommandFailure) -> [(row: Warehouse, line: Int)] {
        let code = try file.column("code")
        let city = try file.column("city")
        let latitude = try file.column("lat")
        let longitude = try file.column("lon")
        let priority = try file.column("priority")
        let shipmentCost = try file.column("shipment_cost_minor")
        let unitCost = try file.column("unit_cost_minor")
        let cutoff = try file.column("cutoff_hour_utc")
        let handling = try file.column("handling_hours")
        var lineOfCode: [WarehouseCode: Int] = [:]
        var rows: [(row: Warehouse, line: Int)] = []
        for index in 0..<file.rowCount {
            let row = file.row(index)
            guard let warehouseCode = WarehouseCode(row.text(code)) else {
                throw row.failure(
                    "code `\(row.text(code))` — give 1 to 16 characters of ASCII without spaces"
                )
            }
            if let first = lineOfCode.updateValue(row.line, forKey: warehouseCode) {
                throw row.failure("warehouse \(warehouseCode) stands on line \(first) already")
            }
            let degrees = (try row.number(latitude), try row.number(longitude))
            guard let position = Position(latitude: degrees.0, longitude: degrees.1) else {
                throw row.failure("lat \(degrees.0), lon \(degrees.1) is no place on Earth")
            }
            rows.append(
                (
                    Warehouse(
                        code: warehouseCode,
                        city: row.text(city),
                        position: position,
                        priority: try row.integer(priority, as: Int32.self),
                        shipmentCostMinor: try row.integer(shipmentCost),
                        unitCostMinor: try row.integer(unitCost),
                        cutoffHourUTC: try row.integer(cutoff, as: UInt8.self),
                        handlingHours: try row.integer(handling, as: UInt16.self)
                    ),
                    row.line
                )
            )
        }
        return rows
    }
}
