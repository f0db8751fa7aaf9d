internal import ArgumentParser
internal import HoldfastClient

/// Weekdays as files and people write them: `sat;sun` or `6;7`, Monday first.
enum WeekdayNames {
    private static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// The bits of weekdays, bit 0 Monday; `nil` unless each is a name or a number of 1 to 7.
    static func bits(_ text: String) -> UInt8? {
        var bits: UInt8 = 0
        for part in text.split(separator: ";") {
            let day = part.lowercased().filter { $0 != " " }
            let number = names.firstIndex { day.hasPrefix($0) }.map { $0 + 1 } ?? Int(day) ?? 0
            guard (1...7).contains(number) else { return nil }
            bits |= 1 << UInt8(number - 1)
        }
        return bits
    }

    /// The names of weekdays, Monday first.
    static func names(_ bits: UInt8) -> [String] {
        names.indices.filter { bits >> UInt8($0) & 1 != 0 }.map { names[$0] }
    }
}

/// Weekdays on the command line.
struct WeekdaysArgument: ExpressibleByArgument {
    let bits: UInt8

    /// Reads `sat;sun` or `6;7`; nothing is no day.
    init?(argument: String) {
        guard let bits = WeekdayNames.bits(argument) else { return nil }
        self.bits = bits
    }
}

/// Regions on the command line.
struct RegionsArgument: ExpressibleByArgument {
    let regions: [RegionCode]

    /// Reads `GB;IE`; nothing is all regions.
    init?(argument: String) {
        var regions: [RegionCode] = []
        for part in argument.split(separator: ";") {
            guard let region = RegionCode(String(part)) else { return nil }
            regions.append(region)
        }
        self.regions = regions
    }
}

/// A number of shipments on the command line.
struct CapacityArgument: ExpressibleByArgument {
    /// `nil` for any number.
    let shipments: UInt32?

    /// Reads a number, or `any`.
    init?(argument: String) {
        if argument == "any" {
            shipments = nil
            return
        }
        guard let shipments = UInt32(argument), shipments <= Warehouse.shipmentCountMax else {
            return nil
        }
        self.shipments = shipments
    }
}

extension Warehouse {
    /// The weekdays on which it is closed, for people.
    var closedText: String {
        closedWeekdays == 0 ? "-" : WeekdayNames.names(closedWeekdays).joined(separator: " ")
    }

    /// How far its clock is ahead of UTC: `+01:00`.
    var offsetText: String {
        let minutes = Int(utcOffsetMinutes.magnitude)
        func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return (utcOffsetMinutes < 0 ? "-" : "+") + digits(minutes / 60) + ":"
            + digits(minutes % 60)
    }

    /// The shipments that it takes at once, for people.
    var capacityText: String { capacityShipments?.grouped ?? "any" }

    /// The regions that it serves, for people.
    var regionsText: String {
        regions.isEmpty ? "all" : regions.map(\.description).joined(separator: " ")
    }
}

/// `holdfast warehouse show`: one warehouse.
struct WarehouseShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show all that is known of a warehouse."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The code of the warehouse.")
    var warehouse: WarehouseArgument

    /// Shows the warehouse.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let all = try await accepted("warehouse list") { () throws(ClientError) in
            try await client.warehouses()
        }
        guard let found = all.first(where: { $0.code == warehouse.code }) else {
            throw CommandFailure(Refusal(.unknownWarehouse), "warehouse \(warehouse.code)")
        }
        if options.json { return Terminal.writeLine(JSON.object(found.jsonMembers).text) }
        var table = TextTable(.text("field"), .text("value"))
        table.add("code", found.code.description)
        table.add("city", found.city)
        table.add("latitude", found.position.latitude.rounded(toPlaces: 6))
        table.add("longitude", found.position.longitude.rounded(toPlaces: 6))
        table.add("state", found.state.name)
        table.add("priority", found.priority.grouped)
        table.add("shipment cost", found.shipmentCostMinor.grouped)
        table.add("cost per km", found.perKilometreMinor.grouped)
        table.add("unit cost", found.unitCostMinor.grouped)
        table.add("cut-off UTC", "\(found.cutoffHourUTC):00")
        table.add("handling hours", found.handlingHours.grouped)
        table.add("closed on", found.closedText)
        table.add("clock", "UTC" + found.offsetText)
        table.add("capacity", found.capacityText)
        table.add("regions", found.regionsText)
        Terminal.writeLines(table.lines)
    }
}
