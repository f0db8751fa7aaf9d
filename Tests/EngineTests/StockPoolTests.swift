import Engine
import Inventory
import Support
import Testing

@Suite struct StockPoolTests {
    private func shop(stripes: Int = 4) -> ReserveShop {
        let shop = ReserveShop(stripes: stripes)
        shop.setWarehouses(["A", "B"])
        return shop
    }

    @Test func aPoolIsMadeByTheMovementThatFirstMakesACellInIt() throws {
        let shop = shop()
        #expect(shop.harness.engine.network.pools == [.default])
        #expect(shop.rows(.received, [("shirt", "A", "flash", 5)]).outcome == .accepted)
        let flash = try #require(PoolName("flash"))
        #expect(shop.harness.engine.network.pools == [.default, flash])
        try shop.restart()
        #expect(shop.harness.engine.network.pools == [.default, flash])
        #expect(shop.onHand("shirt") == ["A/flash": 5])
        try shop.expectSound()
    }

    @Test func aRefusedWriteMakesNoPool() {
        let shop = shop()
        let answer = shop.rows(.received, [("shirt", "A", "flash", 5), ("shirt", "Z", "vip", 5)])
        #expect(answer == WriteAnswer(.unknownWarehouse, refusedRow: 1))
        #expect(shop.harness.engine.network.pools == [.default])
    }

    @Test func warehousesThatChangeKeepThePools() throws {
        let shop = shop()
        shop.rows(.received, [("shirt", "A", "flash", 5)])
        shop.setWarehouses(["A", "C"])
        #expect(shop.harness.engine.network.pools.count == 2)
        shop.rows(.received, [("shirt", "C", "flash", 2)])
        #expect(shop.onHand("shirt") == ["A/flash": 5, "C/flash": 2])
        try shop.expectSound()
    }

    @Test(arguments: [StockCause.adjusted, .configured])
    func anUnknownPoolIsRefusedWhereNoCellIsMade(cause: StockCause) {
        let shop = shop()
        shop.rows(.received, [("shirt", "A", "", 5)])
        var row = ReserveShop.row("shirt", "A", "flash", cause == .adjusted ? 1 : 0)
        if cause == .configured { row.safetyStock = 1 }
        #expect(shop.write(cause, [row]) == WriteAnswer(.unknownPool, refusedRow: 0))
        shop.rows(.received, [("sock", "A", "flash", 5)])
        #expect(shop.write(cause, [row]) == WriteAnswer(.unknownCell, refusedRow: 0))
    }

    @Test func defaultIsNeverNamedAndACountNamesNoPool() {
        let shop = shop()
        shop.rows(.received, [("shirt", "A", "", 5), ("shirt", "A", "flash", 5)])
        var row = ReserveShop.row("shirt", "A", "", 1)
        row.pool = PoolName(high: 0x0074_6C75_6166_6564, low: 0)
        #expect(shop.write(.received, [row]) == WriteAnswer(.invalidPool, refusedRow: 0))
        let count = shop.rows(.counted, [("shirt", "A", "flash", 1)])
        #expect(count == WriteAnswer(.invalidPool, refusedRow: 0))
    }

    @Test func onePlaceOfAWarehousesPoolsIsKeptForDefault() throws {
        let shop = shop()
        let named = Limits.poolsPerCellMax - 1
        let rows = (0..<named).map { ("shirt", "A", "p\($0)", Int64(1)) }
        let tooMany = shop.rows(.received, rows + [("shirt", "A", "more", 1)])
        #expect(tooMany == WriteAnswer(.tooManyPools, refusedRow: Int32(named)))
        #expect(shop.rows(.received, rows).outcome == .accepted)
        let more = shop.rows(.received, [("shirt", "A", "more", 1)])
        #expect(more == WriteAnswer(.tooManyPools, refusedRow: 0))
        // Another warehouse has room, and a count finds the place that was kept.
        #expect(shop.rows(.received, [("shirt", "B", "more", 1)]).outcome == .accepted)
        #expect(shop.rows(.counted, [("shirt", "A", "", 99)]).onHand == 99)
        #expect(shop.onHand("shirt")["A"] == 99 - Int64(named))
        try shop.expectSound()
    }

    @Test func anEngineHasOnlySoManyPools() throws {
        let shop = shop()
        let rows = (1..<Limits.poolsMax).map { ("sku-\($0)", "A", "pool-\($0)", Int64($0)) }
        #expect(shop.rows(.received, rows).outcome == .accepted)
        #expect(shop.harness.engine.network.pools.count == Limits.poolsMax)
        let more = shop.rows(.received, [("shirt", "A", "", 1), ("shirt", "A", "more", 1)])
        #expect(more == WriteAnswer(.tooManyPools, refusedRow: 1))
        #expect(shop.rows(.received, [("shirt", "A", "pool-7", 1)]).outcome == .accepted)
        try shop.expectSound()
    }

    @Test func theLargestCountStaysWithinItsCredit() throws {
        let shop = shop(stripes: 16)
        let named = Limits.poolsPerCellMax - 1
        let skus = (0..<Limits.rowsPerRequestMax).map { "sku-\($0)" }
        for pool in 0...named {
            let rows = skus.map { ($0, "A", pool == 0 ? "" : "pool-\(pool)", Int64(1)) }
            #expect(shop.rows(.received, rows).outcome == .accepted)
        }
        let answer = shop.rows(.counted, skus.map { ($0, "A", "", 0) })
        #expect(answer.outcome == .accepted)
        #expect(answer.rows == UInt32(skus.count))
        #expect(shop.onHand("sku-1023").values.allSatisfy { $0 == 0 })
        try shop.expectSound()
    }

    @Test func aWriteWithTheLongestNamesStaysWithinItsCredit() throws {
        let shop = shop()
        let rows = (0..<Limits.rowsPerRequestMax).map { index in
            let name = String(index)
            let sku = String(repeating: "N", count: 64 - name.utf8.count) + name
            return (sku, "A", "pool-of-16-bytes".prefix(13) + String(index % 200), Int64(1))
        }
        let texts = rows.map { ($0.0, $0.1, String($0.2), $0.3) }
        var command = StockCommand(
            id: shop.newID(),
            cause: .received,
            rows: texts.map { ReserveShop.row($0.0, $0.1, $0.2, $0.3) }
        )
        command.reason = String(repeating: "r", count: 64)
        #expect(shop.write(.stock(command)).outcome == .accepted)
        try shop.expectSound()
    }
}
