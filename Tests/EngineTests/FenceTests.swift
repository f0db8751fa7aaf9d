import Engine
import Inventory
import Support
import Testing

/// The stock of a whole sale moves from one pool to another in one movement.
@Suite struct FenceTests {
    private static let pairs = Limits.fenceRowsMax

    /// A shop with so many SKUs, 10 units of each in A.
    private func shop(skus: Int) -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B"])
        for start in stride(from: 0, to: skus, by: Limits.rowsPerRequestMax) {
            let numbers = start..<min(start + Limits.rowsPerRequestMax, skus)
            let answer = shop.rows(.received, numbers.map { ("sku-\($0)", "A", "", 10) })
            #expect(answer.outcome == .accepted)
        }
        return shop
    }

    /// Two rows for each of so many SKUs: `units` of it from `giving` to `taking`.
    private func transfer(
        _ numbers: Range<Int>,
        units: Int64,
        from giving: String,
        to taking: String
    ) -> [(String, String, String, Int64)] {
        numbers.flatMap { number in
            [
                ("sku-\(number)", "A", giving, -units), ("sku-\(number)", "A", taking, units),
            ]
        }
    }

    @Test func theStockOfThousandsOfSKUsMovesInOneMovementAndBack() throws {
        let shop = shop(skus: FenceTests.pairs)
        let before = shop.harness.engine.stateHash()
        shop.harness.drain()
        let logged = shop.harness.log.count
        let there = shop.rows(
            .transferred,
            transfer(0..<FenceTests.pairs, units: 4, from: "", to: "flash")
        )
        #expect(there.outcome == .accepted)
        #expect(there.rows == UInt32(2 * FenceTests.pairs))
        shop.harness.drain()
        #expect(shop.harness.log.count - logged <= Limits.recordSizeBytesMax)
        for number in [0, 1, 8_191, 8_192, FenceTests.pairs - 1] {
            #expect(shop.onHand("sku-\(number)") == ["A": 6, "A/flash": 4])
        }
        #expect(shop.version("sku-77") == 2)
        try shop.expectSound()
        let back = shop.rows(
            .transferred,
            transfer(0..<FenceTests.pairs, units: 4, from: "flash", to: "")
        )
        #expect(back.outcome == .accepted)
        #expect(shop.onHand("sku-9") == ["A": 10, "A/flash": 0])
        #expect(shop.harness.engine.stateHash() != before)
        try shop.expectSound()
    }

    @Test func oneRowThatCannotBeDoneRefusesAll() throws {
        let shop = shop(skus: 3_000)
        var rows = transfer(0..<3_000, units: 10, from: "", to: "flash")
        rows[2 * 2_500].3 = -11
        rows[2 * 2_500 + 1].3 = 11
        #expect(
            shop.rows(.transferred, rows)
                == WriteAnswer(.insufficientStock, refusedRow: 2 * 2_500)
        )
        #expect(shop.onHand("sku-0") == ["A": 10])
        #expect(shop.onHand("sku-2500") == ["A": 10])
        #expect(shop.harness.engine.network.pools == [.default])
        rows[2 * 2_500].0 = "nobody"
        rows[2 * 2_500 + 1].0 = "nobody"
        #expect(
            shop.rows(.transferred, rows) == WriteAnswer(.unknownSKU, refusedRow: 2 * 2_500)
        )
        try shop.expectSound()
    }

    @Test func aCellThatStandsTwiceAmongThousandsIsRefused() {
        let shop = shop(skus: 6_000)
        var rows = transfer(0..<6_000, units: 1, from: "", to: "flash")
        rows += transfer(17..<18, units: 1, from: "", to: "flash")
        #expect(
            shop.rows(.transferred, rows)
                == WriteAnswer(.invalidQuantity, refusedRow: 2 * 6_000)
        )
    }

    @Test func onlyTransfersMayHaveSoManyRows() {
        let shop = shop(skus: 1)
        let many = (0...Limits.rowsPerRequestMax).map { ("sku-\($0)", "A", "", Int64(1)) }
        #expect(shop.rows(.received, many).outcome == .tooManyLines)
        let tooMany = transfer(0..<(FenceTests.pairs + 1), units: 1, from: "", to: "flash")
        #expect(shop.rows(.transferred, tooMany).outcome == .tooManyLines)
    }
}
