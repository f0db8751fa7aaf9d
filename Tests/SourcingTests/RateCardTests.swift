import Inventory
import Sourcing
import Testing

/// A card as text: one row a line, `warehouse region up_to_km base`; `*` for all.
///
/// The base tells the rows apart.
private func card(_ text: String, codes: [WarehouseCode]) throws -> RateCard {
    let rows = try text.split(separator: "\n").map { line in
        let fields = line.split(separator: " ").map(String.init)
        return RateRow(
            warehouse: fields[0] == "*" ? .none : try #require(WarehouseCode(fields[0])),
            region: fields[1] == "*" ? .none : try #require(RegionCode(fields[1])),
            metresMax: fields[2] == "*" ? .max : try #require(UInt32(fields[2])) * 1_000,
            baseMinor: try #require(Int64(fields[3])),
            transitHours: 24
        )
    }
    return RateCard(rows, codes: codes)
}

@Suite("RateCard")
struct RateCardTests {
    private let codes = ["A1", "B2", "C3"].compactMap { WarehouseCode($0) }

    private static let sample = """
        A1 GB-LND 50 1
        A1 GB-LND 10 2
        A1 GB 100 3
        A1 * 200 4
        A1 * 500 5
        * GB-LND 60 6
        * GB 300 7
        * FR * 8
        * * 1000 9
        B2 * 20 10
        """

    @Test(arguments: [
        // Number, region, kilometres, base of the row.
        (0, "GB-LND", 5, 2), (0, "GB-LND", 10, 2), (0, "GB-LND", 11, 1), (0, "GB-LND", 50, 1),
        // No band of the region reaches: the region around it, then all regions, then all
        // warehouses in the same order.
        (0, "GB-LND", 51, 3), (0, "GB-LND", 101, 4), (0, "GB-LND", 201, 5),
        (0, "GB-LND", 501, 9), (0, "GB-LND", 1_001, nil),
        (0, "GB", 5, 3), (0, "GB", 101, 4), (0, "GB-MAN", 90, 3), (0, "GBX", 90, 4),
        (0, "FR", 5, 4), (0, "FR", 501, 8), (0, "", 5, 4), (0, "", 501, 9),
        (1, "GB-LND", 5, 10), (1, "GB-LND", 21, 6), (1, "GB-LND", 61, 7), (1, "GB", 21, 7),
        (1, "GB", 301, 9), (1, "FR", 20_000, 8), (1, "FR-75", 20_000, 8), (1, "DE", 30, 9),
        (1, "", 20, 10), (1, "", 21, 9), (2, "GB-LND", 60, 6), (2, "DE", 1_001, nil),
        // A warehouse that came after the card.
        (3, "GB-LND", 60, 6), (400, "", 7, 9),
    ])
    func aRowIsFoundByWarehouseThenRegionThenBand(
        _ number: UInt16,
        _ region: String,
        _ kilometres: UInt32,
        _ base: Int64?
    ) throws {
        let card = try card(RateCardTests.sample, codes: codes)
        let row = card.rate(
            warehouse: number,
            region: try #require(RegionCode(region)),
            metres: kilometres * 1_000
        )
        #expect(row?.baseMinor == base)
    }

    @Test func aBandReachesItsLastMetre() throws {
        let card = try card("* * 10 1\n* * 20 2", codes: codes)
        #expect(card.rate(warehouse: 0, region: .none, metres: 10_000)?.baseMinor == 1)
        #expect(card.rate(warehouse: 0, region: .none, metres: 10_001)?.baseMinor == 2)
        #expect(card.rate(warehouse: 0, region: .none, metres: 20_001) == nil)
    }

    @Test func anEmptyCardHasNoRow() {
        let card = RateCard([], codes: codes)
        #expect(card.table.isEmpty)
        #expect(card.rate(warehouse: 0, region: .none, metres: 0) == nil)
        #expect(RateCard([], codes: []).rate(warehouse: 7, region: .none, metres: 0) == nil)
    }

    @Test func aCardKeepsTheOrderOfItsRows() throws {
        let bases = try card(RateCardTests.sample, codes: codes).rows.map(\.baseMinor)
        #expect(bases == Array(1...10))
    }

    @Test func aCardOfManyRowsAgreesWithItsRule() throws {
        var state: UInt64 = 7
        func draw(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        let regions = ["", "A", "A-B", "A-B-C", "A-BC", "B", "B-1", "-", "A-", "AAAAAA-1"]
            .compactMap { RegionCode($0) }
        var rows: [RateRow] = []
        for index in 0..<400 {
            let row = RateRow(
                warehouse: draw(3) == 0 ? .none : codes[draw(3)],
                region: regions[draw(10)],
                metresMax: draw(9) == 0 ? .max : UInt32(draw(900)),
                baseMinor: Int64(index),
                transitHours: 1
            )
            if !rows.contains(where: { $0.zone == row.zone }) { rows.append(row) }
        }
        let card = RateCard(rows, codes: codes)
        for _ in 0..<400 {
            let number = draw(4)
            let region = regions[draw(10)]
            let metres = UInt32(draw(1_000))
            let code = number < 3 ? codes[number] : WarehouseCode(high: 1, low: 1)
            let expected = rule(rows, code, "\(region)", metres)
            let found = card.rate(warehouse: UInt16(number), region: region, metres: metres)
            #expect(found == expected)
        }
    }

    /// The rule as it is written down, over text.
    private func rule(
        _ rows: [RateRow],
        _ code: WarehouseCode,
        _ region: String,
        _ metres: UInt32
    ) -> RateRow? {
        for warehouse in [code, .none] {
            for size in stride(from: region.utf8.count, through: 0, by: -1) {
                let prefix = String(region.prefix(size))
                let isPlace = size == 0 || prefix == region || region.hasPrefix(prefix + "-")
                guard isPlace else { continue }
                let row = rows.filter {
                    $0.warehouse == warehouse && "\($0.region)" == prefix && $0.metresMax >= metres
                }.min { $0.metresMax < $1.metresMax }
                if let row { return row }
            }
        }
        return nil
    }
}

@Suite("Regions")
struct RegionTests {
    @Test(arguments: [
        ("GB-LND", "GB"), ("GB", ""), ("", ""), ("A-B-C-D", "A-B-C"), ("GB-", "GB"), ("-GB", ""),
        ("A--B", "A-"), ("ABCDEF-8", "ABCDEF"), ("ABCDEFGH", ""), ("ABCDEFG-", "ABCDEFG"),
        ("--", "-"), ("M,-.", "M,"),
    ])
    func aRegionIsEnclosedByWhatStandsBeforeItsLastDash(_ text: String, _ around: String) throws {
        #expect(try #require(RegionCode(text)).enclosing.description == around)
    }

    @Test func aRegionLiesInItselfAndInThoseAroundIt() throws {
        let city = try #require(RegionCode("US-CA-LA"))
        for (name, isIn) in [
            ("US-CA-LA", true), ("US-CA", true), ("US", true), ("US-C", false), ("U", false),
            ("CA", false), ("", false),
        ] {
            #expect(city.lies(in: try #require(RegionCode(name))) == isIn, "\(name)")
        }
        #expect(!RegionCode.none.lies(in: .none))
    }
}
