internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import warehouses`: makes or replaces warehouses.
struct ImportWarehousesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "warehouses",
        abstract: "Make or replace the warehouses of a file.",
        discussion: """
            Columns: code, city, lat, lon, priority, shipment_cost_minor, unit_cost_minor, \
            cutoff_hour_utc, handling_hours; and where there are any per_km_minor (0), \
            capacity_shipments (any number), regions (GB;IE — all), closed_weekdays (sat;sun or \
            6;7 — none) and utc_offset_minutes (0). A warehouse that is there is online \
            afterwards, and what the file doesn't say is as in brackets.
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
        try await run.send(rows, isStrict: input.strict, asJSON: options.json)
    }
}

/// Reads warehouses from a file.
enum WarehouseRows {
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
        let sourcing = SourcingColumns(file)
        let shipmentCosts = 0...Limits.shipmentCostMinorMax
        let unitCosts = 0...Limits.unitCostMinorMax
        var lineOfCode: [WarehouseCode: Int] = [:]
        return ImportRows(file) { row throws(RowFault) in
            let warehouseCode = try row.warehouse(code)
            let degrees = (try row.number(latitude), try row.number(longitude))
            guard let position = Position(latitude: degrees.0, longitude: degrees.1) else {
                throw row.fault("lat \(degrees.0), lon \(degrees.1) is no place on Earth")
            }
            var result = Warehouse(
                code: warehouseCode,
                city: row.text(city),
                position: position,
                priority: Int32(try row.integer(priority, in: 0...Int64(Int32.max))),
                shipmentCostMinor: try row.integer(shipmentCost, in: shipmentCosts),
                unitCostMinor: try row.integer(unitCost, in: unitCosts),
                cutoffHourUTC: UInt8(try row.integer(cutoff, in: 0...24)),
                handlingHours: try row.integer(handling, as: UInt16.self)
            )
            guard result.city.utf8.count <= Limits.cityNameSizeBytesMax else {
                throw row.fault("city \(result.city.shown) — give at most 64 bytes")
            }
            try sourcing.read(row, into: &result)
            if let fault = result.fault { throw row.fault("\(fault.reason)") }
            if let first = lineOfCode[warehouseCode] {
                throw row.fault("warehouse \(warehouseCode) stands on line \(first) already")
            }
            lineOfCode[warehouseCode] = row.line
            return result
        }
    }
}

/// The columns of a warehouse file that it may leave out.
private struct SourcingColumns {
    private let perKilometre: CSVFile.Column?
    private let capacity: CSVFile.Column?
    private let regions: CSVFile.Column?
    private let closedWeekdays: CSVFile.Column?
    private let utcOffset: CSVFile.Column?

    init(_ file: CSVFile) {
        perKilometre = file.optionalColumn("per_km_minor")
        capacity = file.optionalColumn("capacity_shipments")
        regions = file.optionalColumn("regions")
        closedWeekdays = file.optionalColumn("closed_weekdays")
        utcOffset = file.optionalColumn("utc_offset_minutes")
    }

    /// Reads the fields that there are; an empty one is as if it weren't there.
    func read(_ row: CSVFile.Row, into warehouse: inout Warehouse) throws(RowFault) {
        func given(_ column: CSVFile.Column?) -> CSVFile.Column? {
            column.flatMap { row.text($0).isEmpty ? nil : $0 }
        }
        if let perKilometre = given(perKilometre) {
            let costs = 0...Limits.unitCostMinorMax
            warehouse.perKilometreMinor = try row.integer(perKilometre, in: costs)
        }
        if let capacity = given(capacity) {
            let shipments = 0...Int64(Warehouse.shipmentCountMax)
            warehouse.capacityShipments = UInt32(try row.integer(capacity, in: shipments))
        }
        if let regions = given(regions) {
            for part in row.text(regions).split(separator: ";") {
                warehouse.regions.append(try row.region(String(part), "regions"))
            }
        }
        if let closedWeekdays = given(closedWeekdays) {
            let text = row.text(closedWeekdays)
            guard let bits = WeekdayNames.bits(text) else {
                throw row.fault("closed_weekdays \(text.shown) — give days like sat;sun or 6;7")
            }
            guard bits != Warehouse.allWeekdays else {
                throw row.fault(
                    "closed_weekdays \(text.shown) — leave one day open at least"
                )
            }
            warehouse.closedWeekdays = bits
        }
        if let utcOffset = given(utcOffset) {
            let offsets = Warehouse.utcOffsetsMinutes
            let range = Int64(offsets.lowerBound)...Int64(offsets.upperBound)
            warehouse.utcOffsetMinutes = Int16(try row.integer(utcOffset, in: range))
        }
    }
}
