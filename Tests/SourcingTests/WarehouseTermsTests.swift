import Inventory
import Sourcing
import Testing

@Suite("WarehouseTerms")
struct WarehouseTermsTests {
    private let origin = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
    /// A Monday, 2026-01-05, 10:00 UTC, and 30 seconds.
    private let ordered = Instant(milliseconds: 1_767_607_230_000)

    private func warehouse(_ change: (inout Warehouse) -> Void = { _ in }) -> Warehouse {
        var warehouse = Warehouse(
            code: WarehouseCode(high: 0x41, low: 0),
            position: origin,
            priority: 3,
            shipmentCostMinor: 200,
            perKilometreMinor: 7,
            unitCostMinor: 12,
            handlingHours: 2
        )
        change(&warehouse)
        return warehouse
    }

    private func terms(
        _ warehouse: Warehouse,
        region: RegionCode = .none,
        metres: UInt32 = 0,
        rate: RateRow? = nil
    ) -> WarehouseTerms {
        WarehouseTerms.of(
            WarehouseProfile(warehouse, rank: 5),
            destination: Destination(position: origin, region: region),
            metres: metres,
            orderedAt: ordered,
            rate: rate
        )
    }

    @Test(arguments: [
        // Minor units a kilometre, metres: what the way costs, halves up.
        (7, 0, 0), (7, 71, 0), (7, 72, 1), (1, 499, 0), (1, 500, 1), (1, 1_499, 1), (1, 1_500, 2),
        (0, 20_015_115, 0), (1_000_000_000, 20_015_115, 20_015_115_000_000),
    ])
    func kilometresCostHalvesUp(_ price: Int64, _ metres: UInt32, _ cost: Int64) {
        let found = terms(warehouse { $0.perKilometreMinor = price }, metres: metres)
        #expect(found.shipmentCostMinor == 200 + cost)
        #expect(found.metres == metres)
    }

    @Test func aRateSaysKilometreWeightBaseAndTransit() {
        let rate = RateRow(
            baseMinor: 1_000,
            perKilometreMinor: 3,
            perKilogramMinor: 40,
            transitHours: 30
        )
        let found = terms(warehouse(), metres: 100_000, rate: rate)
        #expect(found.shipmentCostMinor == 200 + 1_000 + 300)
        #expect(found.pickMinor == 12)
        #expect(found.perKilogramMinor == 40)
        // Two hours of work, thirty on the road, and half a minute rounded up.
        #expect(found.promiseMinutes == 32 * 60 + 1)
        #expect(found.promisedMinute == UInt32(1_767_607_200_000 / 60_000) + 32 * 60 + 1)
    }

    @Test func withoutARateTheWarehouseAndTheDistanceDecide() {
        let found = terms(warehouse(), metres: 300_000)
        #expect(found.shipmentCostMinor == 200 + 2_100)
        #expect(found.perKilogramMinor == 0)
        #expect(found.promiseMinutes == 50 * 60 + 1)
        #expect(found.priority == 3)
        #expect(found.rank == 5)
        #expect(found.isPreferred)
        #expect(found.exclusion == .none)
    }

    @Test(arguments: [
        (40, 0, 12), (40, 12, 12), (40, 13, 13), (1, 499, 12), (1, 500, 13), (1, 1_499, 13),
        (1_000_000_000, UInt32.max, 4_294_967_295_000_012),
    ])
    func weightCostsHalvesUp(_ price: Int64, _ grams: UInt32, _ cost: Int64) {
        let rate = RateRow(perKilogramMinor: price, transitHours: 0)
        #expect(terms(warehouse(), rate: rate).unitCostMinor(weightGrams: grams) == cost)
    }

    @Test func withoutADestinationThereIsNeitherWayNorPromise() {
        let card = RateCard([RateRow(baseMinor: 500, transitHours: 1)], codes: [])
        let found = WarehouseTerms.of(
            warehouse { $0.regions = ["GB"].compactMap { RegionCode($0) } },
            number: 0,
            rank: 0,
            destination: nil,
            orderedAt: ordered,
            rates: card
        )
        #expect(found.shipmentCostMinor == 200)
        #expect(found.metres == 0)
        #expect(found.promisedMinute == 0)
        #expect(found.promiseMinutes == 0)
        #expect(found.perKilogramMinor == 0)
        #expect(found.exclusion == .none)
    }

    @Test(arguments: [
        ("GB", "GB", true), ("GB", "GB-LND", true), ("GB", "GBX", false), ("GB", "G", false),
        ("GB", "", false), ("GB-LND", "GB", false), ("FR GB", "GB-LND", true),
        ("FR DE", "GB", false), ("", "GB", true), ("", "", true),
    ])
    func aWarehouseServesItsRegionsAndWhatLiesInThem(
        _ served: String,
        _ asked: String,
        _ isServed: Bool
    ) throws {
        let regions = served.split(separator: " ").compactMap { RegionCode(String($0)) }
        let found = terms(
            warehouse { $0.regions = regions },
            region: try #require(RegionCode(asked))
        )
        #expect(found.exclusion == (isServed ? .none : .regionNotServed))
    }

    @Test func aWarehouseThatIsNotOnlineIsExcludedBeforeItsRegions() {
        let regions = ["FR"].compactMap { RegionCode($0) }
        for (state, exclusion) in [
            (WarehouseState.draining, Exclusion.draining), (.offline, .offline),
        ] {
            let closed = warehouse {
                $0.state = state
                $0.regions = regions
            }
            #expect(terms(closed).exclusion == exclusion)
        }
    }

    @Test func thirtyTwoRegionsAreAllServed() {
        let regions = (0..<Limits.regionsPerWarehouseMax).compactMap { RegionCode("R\($0)") }
        let full = warehouse { $0.regions = regions }
        for region in regions { #expect(terms(full, region: region).exclusion == .none) }
    }

    @Test func distanceAndRateAreLookedUp() throws {
        let there = try #require(Position(latitude: 0, longitude: 1))
        let region = try #require(RegionCode("GB-LND"))
        let place = try #require(RegionCode("GB"))
        let row = RateRow(region: place, metresMax: 112_000, baseMinor: 50, transitHours: 9)
        let found = WarehouseTerms.of(
            warehouse(),
            number: 0,
            rank: 1,
            destination: Destination(position: there, region: region),
            orderedAt: ordered,
            rates: RateCard([row], codes: [])
        )
        #expect(found.metres == 111_195)
        #expect(found.shipmentCostMinor == 250)
        #expect(found.promiseMinutes == 11 * 60 + 1)
    }
}
