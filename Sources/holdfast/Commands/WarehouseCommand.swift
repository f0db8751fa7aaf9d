internal import ArgumentParser
internal import HoldfastClient

/// `holdfast warehouse`: reads and changes warehouses.
struct WarehouseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warehouse",
        abstract: "Read and change warehouses.",
        subcommands: [
            WarehouseListCommand.self, WarehouseShowCommand.self, WarehouseSetCommand.self,
            WarehouseSetStateCommand.self,
        ]
    )
}

extension WarehouseState {
    /// The name that people and programs read.
    var name: String {
        switch self {
        case .online: "online"
        case .draining: "draining"
        case .offline: "offline"
        }
    }
}

/// `holdfast warehouse list`: all warehouses.
struct WarehouseListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all warehouses."
    )

    @OptionGroup var options: ServerOptions

    @Flag(help: "Tell what stands in each; the server sweeps all stock for it.")
    var fill = false

    /// Lists the warehouses.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        if fill { return try await listFill(over: client) }
        let warehouses = try await accepted("warehouse list") { () throws(ClientError) in
            try await client.warehouses()
        }
        if options.json { return Terminal.writeLines(warehouses.map { json($0).text }) }
        var table = TextTable(
            .text("code"),
            .text("city"),
            .number("latitude"),
            .number("longitude"),
            .number("priority"),
            .number("shipment cost"),
            .number("per km"),
            .number("unit cost"),
            .number("cut-off UTC"),
            .number("handling hours"),
            .text("closed"),
            .text("clock"),
            .number("capacity"),
            .text("regions"),
            .text("state")
        )
        for warehouse in warehouses {
            table.add(
                warehouse.code.description,
                warehouse.city,
                warehouse.position.latitude.rounded(toPlaces: 4),
                warehouse.position.longitude.rounded(toPlaces: 4),
                warehouse.priority.grouped,
                warehouse.shipmentCostMinor.grouped,
                warehouse.perKilometreMinor.grouped,
                warehouse.unitCostMinor.grouped,
                "\(warehouse.cutoffHourUTC):00",
                warehouse.handlingHours.grouped,
                warehouse.closedText,
                warehouse.offsetText,
                warehouse.capacityText,
                warehouse.regionsText,
                warehouse.state.name
            )
        }
        Terminal.writeLines(table.lines)
        Terminal.writeLine(counted(warehouses.count, "warehouse"))
    }

    private func listFill(over client: HoldfastClient) async throws(CommandFailure) {
        let list = try await accepted("warehouse list --fill") { () throws(ClientError) in
            try await client.warehouseFill()
        }
        if options.json { return Terminal.writeLines(list.map { json($0).text }) }
        var table = TextTable(
            [.text("code"), .text("state"), .number("open"), .number("limit")]
                + [.number("cells")] + CellFigures.columns
        )
        for fill in list {
            table.add(
                [
                    fill.warehouse.description, fill.state.name, fill.openShipments.grouped,
                    fill.capacityShipments?.grouped ?? "-", fill.cells.grouped,
                ] + fill.figures.entries
            )
        }
        Terminal.writeLines(table.lines)
        let units = list.reduce(0) { $0 + $1.figures.onHand }
        Terminal.writeLine(
            "\(counted(list.count, "warehouse")), \(counted(units, "unit")) on hand"
        )
    }

    private func json(_ fill: WarehouseFill) -> JSON {
        let head: [(name: String, value: JSON)] = [
            ("code", .string(fill.warehouse.description)),
            ("state", .string(fill.state.name)),
            ("open_shipments", .count(fill.openShipments)),
            ("capacity_shipments", fill.capacityShipments.map { .count($0) } ?? .null),
            ("cells", .count(fill.cells)),
        ]
        return .object(head + fill.figures.jsonMembers)
    }

    private func json(_ warehouse: Warehouse) -> JSON { .object(warehouse.jsonMembers) }
}

extension Warehouse {
    /// The warehouse for programs.
    var jsonMembers: [(name: String, value: JSON)] {
        [
            ("code", .string(code.description)),
            ("city", .string(city)),
            ("lat", .degrees(position.latitudeMicrodegrees)),
            ("lon", .degrees(position.longitudeMicrodegrees)),
            ("priority", .count(priority)),
            ("shipment_cost_minor", .integer(shipmentCostMinor)),
            ("per_km_minor", .integer(perKilometreMinor)),
            ("unit_cost_minor", .integer(unitCostMinor)),
            ("cutoff_hour_utc", .count(cutoffHourUTC)),
            ("handling_hours", .count(handlingHours)),
            (
                "closed_weekdays",
                .array(WeekdayNames.names(closedWeekdays).map { .string($0) })
            ),
            ("utc_offset_minutes", .count(utcOffsetMinutes)),
            ("capacity_shipments", capacityShipments.map { .count($0) } ?? .null),
            ("regions", .array(regions.map { .string($0.description) })),
            ("state", .string(state.name)),
        ]
    }
}

extension Position {
    /// Degrees north.
    var latitude: Double { Double(latitudeMicrodegrees) / 1_000_000 }
    /// Degrees east.
    var longitude: Double { Double(longitudeMicrodegrees) / 1_000_000 }
}
