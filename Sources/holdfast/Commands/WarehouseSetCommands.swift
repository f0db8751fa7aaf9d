internal import ArgumentParser
internal import HoldfastClient

/// `holdfast warehouse set-state`: opens, drains or closes a warehouse.
struct WarehouseSetStateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-state",
        abstract: "Open, drain or close a warehouse.",
        discussion: """
            Once this is answered nothing new is taken from a warehouse that isn't online. What \
            is held there can still be committed, or moves to other warehouses with --reroute: \
            each hold in one step, or it stays until it expires and is told with why. Run the same \
            command again to go on after an interruption.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The code of the warehouse.")
    var warehouse: WarehouseArgument

    @Argument(help: "The state from now on.")
    var state: WarehouseStateArgument

    @Flag(help: "Move what is held there to other warehouses, and tell what became of it.")
    var reroute = false

    @Option(help: "The id of the request; drawn when not given.")
    var id: IDArgument?

    /// Refuses to move units away from where they may stay.
    func validate() throws {
        if reroute, state.state == .online {
            throw ValidationError("--reroute goes with draining or offline.")
        }
    }

    /// Sets the state.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let id = id?.id ?? .random()
        let receipt = try await accepted("warehouse \(warehouse.code)") {
            () throws(ClientError) in
            try await client.setState(of: warehouse.code, to: state.state, requestID: id)
        }
        let text = "\(warehouse.code) is \(state.rawValue)"
        var members: [(name: String, value: JSON)] = [
            ("code", .string(warehouse.code.description)), ("state", .string(state.rawValue)),
        ]
        guard reroute else { return report(receipt, id, text, members) }
        let moved = RerouteText(
            warehouse: warehouse.code,
            report: try await self.reroute(warehouse.code, over: client)
        )
        members.append(("reroute", moved.json))
        if !options.json { Terminal.writeLines(moved.lines) }
        report(receipt, id, text, members)
    }
}

/// `holdfast warehouse set`: changes what is given and leaves the rest.
struct WarehouseSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change where a warehouse stands or what it costs.",
        discussion: """
            Reads the warehouse, changes what is given, and writes it: of two people who change \
            the same warehouse at the same instant the later one counts wholly. `import \
            warehouses` makes new ones. Example: holdfast warehouse set COV1 --unit-cost 15
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The code of the warehouse.")
    var warehouse: WarehouseArgument

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where it stands, in degrees.", valueName: "lat,lon")
    )
    var position: PlaceArgument?

    @Option(help: "The city it stands in.")
    var city: String?

    @Option(help: "The cost of a shipment in minor units of money.")
    var shipmentCost: Int64?

    @Option(help: "The cost of picking a unit in minor units of money.")
    var unitCost: Int64?

    @Option(help: "The cost of a kilometre in minor units of money, where no rate says it.")
    var perKm: Int64?

    @Option(parsing: .unconditional, help: "Its rank, 0 or more, lower first.")
    var priority: Int32?

    @Option(help: "The hour (UTC, 0-24) up to which an order leaves the same day; 24: any time.")
    var cutoffHour: UInt8?

    @Option(help: "Hours from order to dispatch.")
    var handlingHours: UInt16?

    @Option(
        help: ArgumentHelp("The days it is closed: sat;sun or 6;7.", valueName: "day;day…")
    )
    var closedWeekdays: WeekdaysArgument?

    @Option(parsing: .unconditional, help: "Minutes by which its clock is ahead of UTC.")
    var utcOffset: Int16?

    @Option(help: "Shipments open at once, or any.")
    var capacity: CapacityArgument?

    @Option(
        help: ArgumentHelp("The only regions it serves; '' for all.", valueName: "region;region…")
    )
    var regions: RegionsArgument?

    @Option(help: "The id of the request; drawn when not given.")
    var id: IDArgument?

    /// Refuses to change nothing.
    func validate() throws {
        let isNothing =
            position == nil && city == nil && shipmentCost == nil && unitCost == nil
            && priority == nil && cutoffHour == nil && handlingHours == nil
        let isNothingOfSourcing =
            perKm == nil && closedWeekdays == nil && utcOffset == nil && capacity == nil
            && regions == nil
        if isNothing, isNothingOfSourcing { throw ValidationError("Give what is to be changed.") }
    }

    /// Changes the warehouse.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let all = try await accepted("warehouse list") { () throws(ClientError) in
            try await client.warehouses()
        }
        guard let before = all.first(where: { $0.code == warehouse.code }) else {
            throw CommandFailure(Refusal(.unknownWarehouse), "warehouse \(warehouse.code)")
        }
        let after = changed(before)
        let id = id?.id ?? .random()
        let receipt = try await accepted("warehouse \(warehouse.code)") {
            () throws(ClientError) in try await client.write([after], requestID: id)
        }
        report(receipt, id, "\(after.code) changed", after.jsonMembers)
    }

    private func changed(_ before: Warehouse) -> Warehouse {
        var after = before
        after.position = position?.position ?? before.position
        after.city = city ?? before.city
        after.shipmentCostMinor = shipmentCost ?? before.shipmentCostMinor
        after.unitCostMinor = unitCost ?? before.unitCostMinor
        after.priority = priority ?? before.priority
        after.cutoffHourUTC = cutoffHour ?? before.cutoffHourUTC
        after.handlingHours = handlingHours ?? before.handlingHours
        after.perKilometreMinor = perKm ?? before.perKilometreMinor
        after.closedWeekdays = closedWeekdays?.bits ?? before.closedWeekdays
        after.utcOffsetMinutes = utcOffset ?? before.utcOffsetMinutes
        if let capacity { after.capacityShipments = capacity.shipments }
        after.regions = regions?.regions ?? before.regions
        return after
    }
}

extension ClientCommand {
    /// Prints what came of a change of a warehouse.
    fileprivate func report(
        _ receipt: WriteReceipt,
        _ id: RequestID,
        _ text: String,
        _ members: [(name: String, value: JSON)]
    ) {
        guard options.json else {
            return Terminal.writeLine(receipt.isRepeated ? text + " (repeated)" : text)
        }
        let head: [(name: String, value: JSON)] = [
            ("id", .string(id.description)),
            ("outcome", .string(Outcome.accepted.name)),
            ("repeated", .boolean(receipt.isRepeated)),
            ("lsn", .count(receipt.lsn)),
        ]
        Terminal.writeLine(JSON.object(head + members).text)
    }
}
