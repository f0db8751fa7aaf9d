import Engine
import Inventory
import Sourcing
import Support
import Testing

@Suite struct ConfigurationTests {
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B"])
        for sku in ["shirt", "blouse", "jumper"] { shop.stock(sku, ["A": 10]) }
        return shop
    }

    private func policy(_ name: String, _ tiers: [SourcingTier]) throws -> PolicyDefinition {
        PolicyDefinition(name: try #require(PolicyName(name)), tiers: tiers)
    }

    private func define(_ shop: ReserveShop, _ policies: [PolicyDefinition]) -> WriteAnswer {
        let command = PoliciesCommand(id: shop.newID(), policies: policies)
        return shop.write(.configuration(.policies(command)))
    }

    private func price(_ shop: ReserveShop, _ rows: [RateRow]) -> WriteAnswer {
        shop.write(.configuration(.rates(RatesCommand(id: shop.newID(), rows: rows))))
    }

    private func substitute(_ shop: ReserveShop, _ rows: [(String, [String])]) -> WriteAnswer {
        let rows = rows.map { SKUSubstitutes(sku: $0.0, substitutes: $0.1) }
        let command = SubstitutesCommand(id: shop.newID(), rows: rows)
        return shop.write(.configuration(.substitutes(command)))
    }

    private let green = SourcingTier(
        [.init(.costMinor, weight: 3), .init(.metres)],
        tolerance: 250
    )

    // MARK: Policies

    @Test func aPolicyKeepsItsNumberWhenItIsDefinedAnew() throws {
        let shop = shop()
        let name = try #require(PolicyName("two"))
        #expect(define(shop, [try policy("one", [green]), try policy("two", [green])]).rows == 2)
        #expect(shop.harness.engine.network.policyNumber(of: name)?.rawValue == 17)
        let tiers = [SourcingTier([.init(.priority)]), green]
        #expect(define(shop, [try policy("two", tiers), try policy("three", [green])]).rows == 2)
        try shop.restart()
        let network = shop.harness.engine.network
        let number = try #require(network.policyNumber(of: name))
        #expect(number.rawValue == 17)
        #expect(network.definition(of: number)?.tiers == tiers)
        let objective = try #require(network.objective(of: number))
        #expect(objective.tierCount == 2)
        #expect(objective.weights[1][1] == 3)
        #expect(objective.tolerances[1] == 250)
        #expect(network.policies.map(\.name.description) == ["one", "two", "three"])
        try shop.expectSound()
    }

    @Test func thePoliciesThatAreAlwaysThereHaveNumbersAndObjectives() throws {
        let network = shop().harness.engine.network
        for (number, name) in [
            "nearest", "cheapest", "fastest", "fewest_shipments", "balanced", "priority",
        ].enumerated() {
            let policy = SourcingPolicy(rawValue: UInt8(number))
            #expect(network.policyNumber(of: try #require(PolicyName(name))) == policy)
            #expect(network.objective(of: policy) != nil)
        }
        for number in [6, 15, 16, 79, 80, 254, 255] {
            #expect(network.objective(of: SourcingPolicy(rawValue: UInt8(number))) == nil)
            #expect(network.definition(of: SourcingPolicy(rawValue: UInt8(number))) == nil)
        }
    }

    @Test func badPoliciesRefuseAll() throws {
        let shop = shop()
        let hash = shop.harness.engine.stateHash()
        let good = try policy("good", [green])
        #expect(define(shop, []) == WriteAnswer(.noLines))
        let empty = SourcingTier([])
        let cases: [PolicyDefinition] = [
            PolicyDefinition(name: .none, tiers: [green]),
            try policy("x", []),
            try policy("x", [green, green, green, green, green]),
            try policy("x", [green, empty]),
            try policy("x", [SourcingTier([.init(.metres), .init(.metres)])]),
            try policy("x", [SourcingTier([.init(.metres, weight: 0)])]),
            try policy("x", [SourcingTier([.init(.metres, weight: 1_000_001)])]),
            try policy("x", [SourcingTier([.init(.metres)], tolerance: 10_001)]),
            try policy("balanced", [green]),
            good,
        ]
        for bad in cases {
            #expect(define(shop, [good, bad]) == WriteAnswer(.invalidPolicy, refusedRow: 1))
        }
        #expect(shop.harness.engine.stateHash() == hash)
    }

    @Test func sixtyFourPoliciesHaveRoomAndNoMore() throws {
        let shop = shop()
        let all = try (0..<Limits.policiesMax).map { try policy("p\($0)", [green]) }
        #expect(define(shop, all).outcome == .accepted)
        let more = try [policy("p3", [green]), policy("p64", [green])]
        #expect(define(shop, more) == WriteAnswer(.tooManyPolicies, refusedRow: 1))
        try shop.expectSound()
    }

    // MARK: Rates

    @Test func aRateCardReplacesTheOneBefore() throws {
        let shop = shop()
        let place = try #require(RegionCode("GB"))
        let code = try #require(WarehouseCode("B"))
        let first = [
            RateRow(warehouse: code, region: place, baseMinor: 5, transitHours: 9),
            RateRow(metresMax: 10, baseMinor: 6, transitHours: 8),
        ]
        #expect(price(shop, first).rows == 2)
        shop.setWarehouses(["C"])
        try shop.restart()
        #expect(shop.harness.engine.rates() == first)
        let rates = shop.harness.engine.network.rates
        #expect(rates.rate(warehouse: 1, region: place, metres: 99)?.baseMinor == 5)
        #expect(rates.rate(warehouse: 2, region: place, metres: 9)?.baseMinor == 6)
        #expect(price(shop, [first[1]]).rows == 1)
        #expect(shop.harness.engine.rates() == [first[1]])
        #expect(price(shop, []).outcome == .accepted)
        #expect(shop.harness.engine.rates().isEmpty)
        try shop.expectSound()
    }

    @Test func badRatesRefuseAll() throws {
        let shop = shop()
        let hash = shop.harness.engine.stateHash()
        let good = RateRow(baseMinor: 1, transitHours: 24)
        let tooDear: Int64 = 1_000_000_001
        let cases = [
            RateRow(metresMax: 1, baseMinor: -1, transitHours: 1),
            RateRow(metresMax: 1, baseMinor: 1_000_000_000_001, transitHours: 1),
            RateRow(metresMax: 1, perKilometreMinor: tooDear, transitHours: 1),
            RateRow(metresMax: 1, perKilometreMinor: -1, transitHours: 1),
            RateRow(metresMax: 1, perKilogramMinor: tooDear, transitHours: 1),
            RateRow(baseMinor: 2, transitHours: 1),
        ]
        for bad in cases {
            #expect(price(shop, [good, bad]) == WriteAnswer(.invalidRate, refusedRow: 1))
        }
        let ghost = RateRow(warehouse: try #require(WarehouseCode("GHOST")), transitHours: 1)
        #expect(price(shop, [good, ghost]) == WriteAnswer(.unknownWarehouse, refusedRow: 1))
        #expect(shop.harness.engine.stateHash() == hash)
    }

    @Test func theLargestCardStaysWithinItsCredit() throws {
        let shop = shop()
        let rows = (0..<Limits.ratesMax).map { RateRow(metresMax: UInt32($0), transitHours: 1) }
        #expect(price(shop, rows).outcome == .accepted)
        let more = rows + [RateRow(transitHours: 1)]
        #expect(price(shop, more) == WriteAnswer(.tooManyLines))
        try shop.expectSound()
    }

    // MARK: Substitutes

    @Test func substitutesAreKeptInTheirOrder() throws {
        let shop = shop()
        let answer = substitute(
            shop,
            [("shirt", ["jumper", "blouse"]), ("blouse", ["shirt"])]
        )
        #expect(answer.rows == 2)
        #expect(answer.version == shop.version("blouse"))
        #expect(shop.version("shirt") == 2)
        #expect(shop.version("jumper") == 1)
        try shop.restart()
        #expect(shop.harness.engine.substitutes(of: "shirt") == ["jumper", "blouse"])
        #expect(shop.harness.engine.substitutes(of: "jumper") == [])
        #expect(substitute(shop, [("shirt", [])]).outcome == .accepted)
        var rows: [SKUSubstitutes] = []
        #expect(shop.harness.engine.substitutes(fromSKU: 0, limit: 9, into: &rows) == nil)
        #expect(rows == [SKUSubstitutes(sku: "blouse", substitutes: ["shirt"])])
        try shop.expectSound()
    }

    @Test func badSubstitutesRefuseAll() {
        let shop = shop()
        let hash = shop.harness.engine.stateHash()
        let good = ("blouse", ["jumper"])
        #expect(substitute(shop, []) == WriteAnswer(.noLines))
        let cases: [((String, [String]), Outcome)] = [
            (("shirt", ["shirt"]), .invalidSubstitute),
            (("shirt", ["jumper", "jumper"]), .invalidSubstitute),
            (("shirt", (0..<9).map { "s\($0)" }), .invalidSubstitute),
            (("blouse", []), .invalidSubstitute),
            (("shirt", ["ghost"]), .unknownSKU),
            (("ghost", []), .unknownSKU),
            (("shirt", ["a b"]), .invalidSKU),
            (("", []), .invalidSKU),
        ]
        for (bad, outcome) in cases {
            #expect(substitute(shop, [good, bad]) == WriteAnswer(outcome, refusedRow: 1))
        }
        #expect(shop.harness.engine.stateHash() == hash)
    }

    // MARK: Warehouses

    @Test func allColumnsOfAWarehouseOutliveARestart() throws {
        let shop = shop()
        var warehouse = Warehouse(
            code: try #require(WarehouseCode("FULL")),
            city: "Coventry",
            position: Position(latitudeMicrodegrees: -1, longitudeMicrodegrees: 2),
            priority: .max,
            shipmentCostMinor: 1_000_000_000_000,
            perKilometreMinor: 1_000_000_000,
            unitCostMinor: 1_000_000_000,
            cutoffHourUTC: 24,
            handlingHours: .max,
            closedWeekdays: 0b011_1111,
            utcOffsetMinutes: -720,
            capacityShipments: .max - 1,
            regions: (0..<32).compactMap { RegionCode("R-\($0)") },
            state: .draining
        )
        for _ in 0..<2 {
            let command = WarehousesCommand(id: shop.newID(), warehouses: [warehouse])
            #expect(shop.write(.warehouses(command)).outcome == .accepted)
            try shop.restart()
            #expect(shop.harness.engine.warehouses().last == warehouse)
            try shop.expectSound()
            warehouse.capacityShipments = nil
            warehouse.regions = []
        }
    }

    @Test func regionsOfAllWarehousesHaveALimit() throws {
        let shop = shop()
        func write(_ start: Int, _ count: Int, regions: Int) -> WriteAnswer {
            let warehouses = (start..<start + count).compactMap { number in
                WarehouseCode("W\(number)").map { code in
                    Warehouse(
                        code: code,
                        position: Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0),
                        regions: (0..<regions).compactMap { RegionCode("R\($0)") }
                    )
                }
            }
            let command = WarehousesCommand(id: shop.newID(), warehouses: warehouses)
            return shop.write(.warehouses(command))
        }
        #expect(write(0, 1_024, regions: 32).outcome == .accepted)
        #expect(write(1_023, 2, regions: 1).outcome == .accepted)
        #expect(write(2_000, 2, regions: 16) == WriteAnswer(.tooManyWarehouses, refusedRow: 1))
        try shop.expectSound()
    }
}
