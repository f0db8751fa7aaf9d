import Engine
import Inventory
import Support
import Testing

/// A line that one cell alone may serve is held without the planner, and no otherwise than by it.
///
/// A request that wants alternatives always goes to the planner; where all is there it gets none.
@Suite struct ReserveAloneTests {
    /// `A` and `B` are online, `D` takes no orders; one SKU for each way in which cells can lie.
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B"])
        shop.setWarehouses(["D"])
        shop.stock("lone", ["A": 10], safety: 3)
        shop.stock("pair", ["A": 10, "B": 10])
        shop.stock("shut", ["D": 10])
        shop.rows(.imported, [("pooled", "A", "flash", 10)])
        shop.rows(.imported, [("fenced", "A", "", 4), ("fenced", "A", "flash", 10)])
        #expect(shop.write(.stock(backordered(shop))).outcome == .accepted)
        shop.setWarehouses(["D"], state: .offline)
        return shop
    }

    private func backordered(_ shop: ReserveShop) -> StockCommand {
        var row = CommandRow(sku: Array("late".utf8), warehouse: ReserveShop.code("A"), onHand: 5)
        row.backorderLimit = 5
        return StockCommand(id: shop.newID(), cause: .imported, rows: [row])
    }

    @Test(
        arguments: ["lone", "pair", "shut", "pooled", "fenced", "late", "unknown"],
        [nil, "A", "B", "D"]
    )
    func planIsThePlanners(sku: String, warehouse: String?) throws {
        for mode in [ReserveMode.allOrNothing, .wholeLines, .bestEffort] {
            let (alone, planned) = (shop(), shop())
            for (number, quantity) in ([11, 1, 3, 2, 8, 4, 1, 5] as [UInt32]).enumerated() {
                let line = [ReserveShop.line(sku, quantity, at: warehouse)]
                var command = alone.command(line, mode: mode)
                command.id = RequestID(high: 1, low: UInt64(number))
                command.forcedDigest = 5
                let reply = alone.perform(.reserve(command))
                command.wantsAlternatives = true
                var expected = planned.perform(.reserve(command))
                expected.alternatives = reply.alternatives
                #expect(reply == expected, "\(quantity) \(mode)")
            }
            let report = alone.harness.engine.check()
            #expect(report.violations == [])
            #expect(report.stateHash == planned.harness.engine.check().stateHash)
        }
    }

    @Test func aHoldOfOneLineSurvivesARestart() throws {
        let shop = shop()
        let reply = shop.perform(.reserve(shop.command([ReserveShop.line("lone", 7)])))
        #expect(reply.outcome == .accepted)
        #expect(shop.available("lone") == ["A": 0])
        let refused = shop.perform(.reserve(shop.command([ReserveShop.line("lone", 1)])))
        #expect(refused.outcome == .insufficientStock)
        try shop.expectSound()
    }
}
