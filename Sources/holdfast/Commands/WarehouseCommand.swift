internal import ArgumentParser
internal import HoldfastClient

/// `holdfast warehouse`: reads warehouses.
struct WarehouseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warehouse",
        abstract: "Read warehouses.",
        subcommands: [WarehouseListCommand.self]
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

    /// Lists the warehouses.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
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
            .number("unit cost"),
            .number("cut-off UTC"),
            .number("handling hours"),
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
                warehouse.unitCostMinor.grouped,
                "\(warehouse.cutoffHourUTC):00",
                warehouse.handlingHours.grouped,
                warehouse.state.name
            )
        }
        Terminal.writeLines(table.lines)
        Terminal.writeLine(counted(warehouses.count, "warehouse"))
    }

    private func json(_ warehouse: Warehouse) -> JSON {
        .object([
            ("code", .string(warehouse.code.description)),
            ("city", .string(warehouse.city)),
            ("lat", .degrees(warehouse.position.latitudeMicrodegrees)),
            ("lon", .degrees(warehouse.position.longitudeMicrodegrees)),
            ("priority", .count(warehouse.priority)),
            ("shipment_cost_minor", .integer(warehouse.shipmentCostMinor)),
            ("unit_cost_minor", .integer(warehouse.unitCostMinor)),
            ("cutoff_hour_utc", .count(warehouse.cutoffHourUTC)),
            ("handling_hours", .count(warehouse.handlingHours)),
            ("state", .string(warehouse.state.name)),
        ])
    }
}

extension Position {
    /// Degrees north.
    var latitude: Double { Double(latitudeMicrodegrees) / 1_000_000 }
    /// Degrees east.
    var longitude: Double { Double(longitudeMicrodegrees) / 1_000_000 }
}
