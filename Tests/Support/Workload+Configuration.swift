internal import Inventory

extension Workload {
    /// A change of what sourcing goes by; now and then one that was asked before, or another under
    /// an id that is taken.
    mutating func configurationCommand() -> ConfigurationCommand {
        var command: ConfigurationCommand =
            switch roll(3) {
            case 0: .policies(PoliciesCommand(id: newID(), policies: policies()))
            case 1: .rates(RatesCommand(id: newID(), rows: rates()))
            default: .substitutes(SubstitutesCommand(id: newID(), rows: substitutes()))
            }
        if roll(8) == 0, let last = lastConfiguration { command = last }
        if roll(30) == 0 { command.id = knownID() }
        lastConfiguration = command
        return command
    }

    // MARK: Policies

    private static let policyNamesCount = 90

    private mutating func policies() -> [PolicyDefinition] {
        let count =
            switch roll(30) {
            case 0: 0
            case 1: Limits.rowsPerRequestMax + 1
            case 2..<6: 25
            default: 1 + roll(3)
            }
        let first = roll(Workload.policyNamesCount)
        var policies = (0..<count).map { index in
            let number = (first + index) % Workload.policyNamesCount
            return PolicyDefinition(
                name: PolicyName("policy-\(number)") ?? .none,
                tiers: (0..<1 + roll(4)).map { _ in tier() }
            )
        }
        guard roll(5) == 0, count > 0 else { return policies }
        let index = roll(count)
        switch roll(9) {
        case 0: policies[index].name = .none
        case 1: policies[index].name = PolicyName("cheapest") ?? .none
        case 2: policies[index].tiers = []
        case 3: policies[index].tiers += Array(repeating: tier(), count: 4)
        case 4: policies[index].tiers[0].parts = []
        case 5: policies[index].tiers[0].parts[0].weight = roll(2) == 0 ? 0 : 1_000_001
        case 6: policies[index].tiers[0].tolerance = 10_001
        case 7: policies[index].tiers[0].parts += policies[index].tiers[0].parts
        default: policies[index].name = policies[0].name
        }
        return policies
    }

    private mutating func tier() -> SourcingTier {
        var terms = SourcingTerm.allCases
        terms.removeSubrange(..<roll(terms.count))
        let weights: [UInt32] = [1, 2, 7, 1_000_000]
        let parts = terms.map { SourcingTier.Part($0, weight: weights[roll(4)]) }
        return SourcingTier(parts, tolerance: [0, 0, 250, 10_000][roll(4)])
    }

    // MARK: Rates

    private static let regions = ["", "GB", "GB-LND", "FR", "US-CA", "US"].compactMap {
        RegionCode($0)
    }

    private mutating func rates() -> [RateRow] {
        let count =
            switch roll(60) {
            case 0..<5: 0
            case 5: Limits.ratesMax
            case 6: Limits.ratesMax + 1
            default: 1 + roll(12)
            }
        var rows = (0..<count).map { index in
            RateRow(
                warehouse: roll(3) == 0 ? .none : codes[roll(codes.count - 3)],
                region: Workload.regions[roll(Workload.regions.count)],
                metresMax: roll(9) == 0 ? .max - UInt32(index) : UInt32(index) * 1_000,
                baseMinor: Int64(roll(2_000)),
                perKilometreMinor: Int64(roll(50)),
                perKilogramMinor: Int64(roll(50)),
                transitHours: UInt16(roll(300))
            )
        }
        guard roll(5) == 0, count > 0 else { return rows }
        let index = roll(count)
        switch roll(6) {
        case 0: rows[index].baseMinor = -1
        case 1: rows[index].baseMinor = 1_000_000_000_001
        case 2: rows[index].perKilometreMinor = 1_000_000_001
        case 3: rows[index].perKilogramMinor = -1
        case 4: rows[index].warehouse = WarehouseCode(high: 0x5A5A, low: 0)
        default: rows.append(rows[index])
        }
        return rows
    }

    // MARK: Substitutes

    private mutating func substitutes() -> [SKUSubstitutes] {
        let count =
            switch roll(60) {
            case 0: 0
            case 1: Limits.rowsPerRequestMax + 1
            default: 1 + roll(4)
            }
        let first = roll(skus.count)
        var rows = (0..<count).map { index in
            let own = (first + index) % skus.count
            let start = roll(skus.count)
            let names = (0..<roll(9)).map { (start + $0 * 7) % skus.count }.filter { $0 != own }
            return SKUSubstitutes(sku: text(own), substitutes: names.map { text($0) })
        }
        guard roll(6) == 0, count > 0 else { return rows }
        let index = roll(count)
        switch roll(6) {
        case 0: rows[index].sku = ""
        case 1: rows[index].substitutes = ["a b"]
        case 2: rows[index].substitutes = [rows[index].sku]
        case 3: rows[index].substitutes = [text(0), text(1), text(0)]
        case 4: rows[index].substitutes = (0..<9).map { "no-\($0)" }
        default: rows.append(rows[index])
        }
        return rows
    }

    private func text(_ index: Int) -> String { String(decoding: skus[index], as: UTF8.self) }

    // MARK: Warehouses

    /// Gives a warehouse a calendar, a capacity and regions.
    mutating func vary(_ warehouse: inout Warehouse) {
        warehouse.perKilometreMinor = Int64(roll(40))
        warehouse.closedWeekdays = [0, 0b110_0000, 0b111_1110, 0b000_0001][roll(4)]
        warehouse.utcOffsetMinutes = [0, 60, -720, 840, 330][roll(5)]
        warehouse.capacityShipments = roll(4) == 0 ? UInt32(roll(40)) : nil
        warehouse.regions = roll(3) == 0 ? Array(Workload.regions.dropFirst(1 + roll(3))) : []
        if roll(30) == 0 { spoil(&warehouse) }
    }

    private mutating func spoil(_ warehouse: inout Warehouse) {
        switch roll(11) {
        case 0: warehouse.priority = -1
        case 1: warehouse.shipmentCostMinor = 1_000_000_000_001
        case 2: warehouse.perKilometreMinor = roll(2) == 0 ? -1 : 1_000_000_001
        case 3: warehouse.unitCostMinor = 1_000_000_001
        case 4: warehouse.closedWeekdays = 0x7F
        case 5: warehouse.closedWeekdays = 0x80
        case 6: warehouse.utcOffsetMinutes = roll(2) == 0 ? -721 : 841
        case 7: warehouse.capacityShipments = .max
        case 8: warehouse.regions = [.none]
        case 9: warehouse.regions = [Workload.regions[1], Workload.regions[1]]
        default: warehouse.regions = (0..<33).compactMap { RegionCode("R\($0)") }
        }
    }
}
