import Engine
import Inventory
import Support
import Testing

@Suite struct SKUTests {
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B"])
        shop.stock("shirt", ["A": 10])
        return shop
    }

    private func weigh(_ shop: ReserveShop, _ rows: [(String, UInt32)]) -> WriteAnswer {
        let weights = rows.map { SKUWeight(sku: $0.0, weightGrams: $0.1) }
        return shop.write(.skus(SKUsCommand(id: shop.newID(), rows: weights)))
    }

    @Test func aSKUIsMadeWithItsWeightAndWithoutACell() throws {
        let shop = shop()
        let answer = weigh(shop, [("shirt", 250), ("anvil", 80_000)])
        #expect(answer.outcome == .accepted)
        #expect(answer.rows == 2)
        #expect(answer.version == 1)
        #expect(answer.onHand == 0)
        try shop.restart()
        let anvil = try #require(shop.harness.engine.stock(of: "anvil"))
        #expect(anvil.weightGrams == 80_000)
        #expect(anvil.version == 1)
        #expect(anvil.cells.isEmpty)
        #expect(shop.harness.engine.stock(of: "shirt")?.weightGrams == 250)
        #expect(shop.version("shirt") == 2)
        try shop.expectSound()
    }

    @Test func aWeightDoesNotDisturbNamesOfAnySize() throws {
        let shop = shop()
        let names = (1...64).map { String(repeating: "n", count: $0) }
        #expect(weigh(shop, names.map { ($0, .max) }).outcome == .accepted)
        for name in names {
            #expect(shop.stock(name, ["B": 1]).outcome == .accepted)
            let stock = try #require(shop.harness.engine.stock(of: name))
            #expect(stock.weightGrams == .max)
            #expect(stock.cells.map(\.sku) == [name])
        }
        try shop.expectSound()
    }

    @Test func badRowsRefuseAll() {
        let shop = shop()
        let hash = shop.harness.engine.stateHash()
        #expect(weigh(shop, []) == WriteAnswer(.noLines))
        let many = (0...Limits.rowsPerRequestMax).map { ("s\($0)", UInt32(1)) }
        #expect(weigh(shop, many) == WriteAnswer(.tooManyLines))
        #expect(weigh(shop, [("a", 1), ("b c", 2)]) == WriteAnswer(.invalidSKU, refusedRow: 1))
        #expect(weigh(shop, [("", 1)]) == WriteAnswer(.invalidSKU, refusedRow: 0))
        let twice = weigh(shop, [("a", 1), ("b", 2), ("a", 1)])
        #expect(twice == WriteAnswer(.invalidQuantity, refusedRow: 2))
        #expect(shop.harness.engine.stateHash() == hash)
    }

    @Test func theSameRequestIsAnsweredTheSame() throws {
        let shop = shop()
        var command = SKUsCommand(id: shop.newID(), rows: [SKUWeight(sku: "cup", weightGrams: 3)])
        let first = shop.write(.skus(command))
        _ = weigh(shop, [("cup", 9)])
        try shop.restart()
        var repeated = first
        repeated.isRepeated = true
        #expect(shop.write(.skus(command)) == repeated)
        command.rows[0].weightGrams = 4
        #expect(shop.write(.skus(command)) == WriteAnswer(.requestIDReused))
        #expect(shop.harness.engine.stock(of: "cup")?.weightGrams == 9)
    }

    @Test func theLargestRequestStaysWithinItsCredit() throws {
        let shop = shop()
        let rows = (0..<Limits.rowsPerRequestMax).map { index in
            let name = String(index)
            return (String(repeating: "N", count: 64 - name.utf8.count) + name, UInt32(index))
        }
        #expect(weigh(shop, rows).outcome == .accepted)
        try shop.expectSound()
    }
}
