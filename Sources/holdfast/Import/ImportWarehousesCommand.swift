internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import warehouses`: makes or replaces warehouses.
struct ImportWarehousesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "warehouses",
        abstract: "Make or replace the warehouses of a file.",
        discussion: """
            Columns: code, city, lat, lon, priority, shipment_cost_minor, unit_cost_minor, \
            cutoff_hour_utc, handling_hours. A warehouse that is there is online afterwards.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var input: ImportOptions

    /// Imports the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: input.file)
        let rows = try WarehouseRows.read(CSVFile(path: input.file, bytes: bytes))
        let content = DerivedID.Content(bytes)
        var run = ImportRun<Warehouse>(path: input.file, noun: "warehouse") { rows, number in
            let id = DerivedID.request("import warehouses", content, number)
            return client.start(WarehouseWrite(id: id, warehouses: rows))
        }
        try await run.send(rows, input, asJSON: options.json)
    }
}

/// Reads warehouses from a file.
enum WarehouseRows {
    private static let costMinorMax: Int64 = 1_000_000_000_000

    /// The warehouses of a file with the lines they stand on.
    static func read(_ file: CSVFile) throws(CommandFailure) -> ImportRows<Warehouse> {
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
        return ImportRows(file) { row throws(RowFault) in
            let warehouseCode = try row.warehouse(code)
            let degrees = (try row.number(latitude), try row.number(longitude))
            guard let position = Position(latitude: degrees.0, longitude: degrees.1) else {
                throw row.fault("lat \(degrees.0), lon \(degrees.1) is no place on Earth")
            }
            let result = Warehouse(
                code: warehouseCode,
                city: row.text(city),
                position: position,
                priority: try row.integer(priority, as: Int32.self),
                shipmentCostMinor: try row.integer(shipmentCost, in: 0...costMinorMax),
                unitCostMinor: try row.integer(unitCost, in: 0...costMinorMax),
                cutoffHourUTC: UInt8(try row.integer(cutoff, in: 0...24)),
                handlingHours: try row.integer(handling, as: UInt16.self)
            )
            guard result.city.utf8.count <= Limits.cityNameSizeBytesMax else {
                throw row.fault("city \(result.city.shown) — give at most 64 bytes")
            }
            if let first = lineOfCode[warehouseCode] {
                throw row.fault("warehouse \(warehouseCode) stands on line \(first) already")
            }
            lineOfCode[warehouseCode] = row.line
            return result
        }
    }
}
