import Engine
import Inventory
import Support
import Testing

@Suite struct StockReadTests {
    /// A is online, B draining, C online; `shirt` in all of them, in `default` and `flash`.
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["C", "A"])
        shop.setWarehouses(["B"], state: .draining)
        shop.rows(
            .imported,
            [
                ("shirt", "C", "", 3), ("shirt", "C", "flash", 30), ("shirt", "A", "", 1),
                ("shirt", "B", "", 2), ("sock", "A", "flash", 9),
            ]
        )
        return shop
    }

    private func cells(_ answer: SKUAvailability) -> [String] {
        answer.cells.map { "\($0.warehouse) \($0.available)/\($0.onHand)" }
    }

    private func ask(_ shop: ReserveShop, _ query: AvailabilityQuery) -> [SKUAvailability] {
        shop.harness.engine.availability(query, now: shop.now)
    }

    @Test func availabilityTellsWarehousesByCodeAndNothingOfClosedOnes() {
        let shop = shop()
        let answers = ask(shop, AvailabilityQuery(skus: ["shirt", "ghost", "sock"]))
        #expect(cells(answers[0]) == ["A 1/1", "B 0/2", "C 3/3"])
        #expect(answers[0].available == 4)
        #expect(answers[0].version == 1)
        #expect(answers[0].cells.map(\.state) == [.online, .draining, .online])
        #expect(answers[1] == SKUAvailability(version: 0, cells: []))
        #expect(answers[2] == SKUAvailability(version: 1, cells: []))
    }

    @Test func availabilityKeepsTheOrderAskedAndTellsAWarehouseOnce() {
        let shop = shop()
        let codes = ["C", "Z", "A", "C"].map { ReserveShop.code($0) }
        let answers = ask(shop, AvailabilityQuery(skus: ["shirt"], warehouses: codes))
        #expect(cells(answers[0]) == ["C 3/3", "A 1/1"])
    }

    @Test func availabilitySumsOverThePoolsAskedAndNeverLendsFromOneToAnother() throws {
        let shop = shop()
        let flash = try #require(PoolName("flash"))
        let ghost = try #require(PoolName("ghost"))
        let both = AvailabilityQuery(skus: ["shirt"], pools: [flash, .default])
        #expect(cells(ask(shop, both)[0]) == ["A 1/1", "B 0/2", "C 33/33"])
        let named = AvailabilityQuery(skus: ["shirt"], pools: [ghost, flash])
        #expect(cells(ask(shop, named)[0]) == ["C 30/30"])
        var row = ReserveShop.row("shirt", "C", "", 0)
        row.safetyStock = 10
        #expect(shop.write(.configured, [row]).shortfalls == 1)
        #expect(cells(ask(shop, both)[0]) == ["A 1/1", "B 0/2", "C 30/33"])
    }

    @Test func whatIsAvailableCanBeReservedAndNoUnitMore() {
        let shop = shop()
        var row = ReserveShop.row("shirt", "C", "", 0)
        row.backorderLimit = 5
        shop.write(.configured, [row])
        let sum = ask(shop, AvailabilityQuery(skus: ["shirt"]))[0].available
        #expect(sum == 9)
        let more = shop.command([ReserveShop.line("shirt", UInt32(sum) + 1)])
        #expect(shop.perform(.reserve(more)).outcome == .insufficientStock)
        let all = shop.command([ReserveShop.line("shirt", UInt32(sum))])
        #expect(shop.perform(.reserve(all)).outcome == .accepted)
        #expect(ask(shop, AvailabilityQuery(skus: ["shirt"]))[0].available == 0)
    }

    // MARK: Holds

    @Test func holdsAreToldOldestFirstWithTheirOwnerAndCutOffAtTheLimit() {
        let shop = shop()
        var ids: [ReservationID] = []
        for _ in 0..<3 {
            let hold = shop.command([ReserveShop.line("shirt", 1)])
            #expect(shop.perform(.reserve(hold)).outcome == .accepted)
            ids.append(hold.id)
            shop.now = shop.now.advanced(byMilliseconds: 10)
        }
        let engine = shop.harness.engine
        let two = engine.holds(of: "shirt", warehouse: nil, limit: 2, now: shop.now)
        #expect(two?.count == 3)
        #expect(two?.held == 3)
        #expect(two?.holds.map(\.id) == Array(ids.prefix(2)))
        #expect(two?.holds.first?.owner == OwnerID(high: 7, low: 8))
        let inA = engine.holds(
            of: "shirt",
            warehouse: ReserveShop.code("A"),
            limit: 9,
            now: shop.now
        )
        #expect(inA?.holds.map(\.id) == [ids[0]])
        let inZ = engine.holds(
            of: "shirt",
            warehouse: ReserveShop.code("Z"),
            limit: 9,
            now: shop.now
        )
        #expect(inZ == StockHolds(count: 0, held: 0, committed: 0, holds: []))
        #expect(engine.holds(of: "ghost", warehouse: nil, limit: 9, now: shop.now) == nil)
    }

    @Test func aHoldIsNotToldFromItsMillisecondOnSweptOrNot() {
        let shop = shop()
        let hold = shop.command([ReserveShop.line("shirt", 1)], timeToLive: 100)
        #expect(shop.perform(.reserve(hold)).outcome == .accepted)
        let engine = shop.harness.engine
        let end = shop.now.advanced(byMilliseconds: 100)
        let before = end.advanced(byMilliseconds: -1)
        #expect(engine.holds(of: "shirt", warehouse: nil, limit: 9, now: before)?.count == 1)
        #expect(engine.holds(of: "shirt", warehouse: nil, limit: 9, now: end)?.count == 0)
    }

    @Test func recordsThatServeAgainAreToldAsWhatTheyAreNow() throws {
        let shop = ReserveShop(stripes: 1) { $0.closedRetentionMilliseconds = 1 }
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 10_000])
        let holds = (0..<2_000).map { _ in shop.command([ReserveShop.line("shirt", 1)]) }
        for hold in holds { #expect(shop.perform(.reserve(hold)).outcome == .accepted) }
        for hold in holds.prefix(1_500) {
            _ = shop.perform(.release(hold.id, requestID: shop.newID()))
        }
        shop.now = shop.now.advanced(byMilliseconds: 10)
        #expect(shop.sweep().forgotten == 1_500)
        let later = shop.command([ReserveShop.line("shirt", 2)])
        #expect(shop.perform(.reserve(later)).outcome == .accepted)
        let found = shop.harness.engine.holds(
            of: "shirt",
            warehouse: nil,
            limit: 600,
            now: shop.now
        )
        #expect(found?.count == 501)
        #expect(found?.held == 502)
        #expect(found?.holds.last?.id == later.id)
        try shop.expectSound()
    }

    // MARK: Warehouses

    @Test func fillSumsTheCellsOfEachWarehouseByCode() {
        let shop = shop()
        let fill = shop.harness.engine.warehouseFill()
        #expect(
            fill.map { "\($0.warehouse) \($0.cells) \($0.figures.onHand)" }
                == ["A 2 10", "B 1 2", "C 2 33"]
        )
        #expect(fill.map(\.state) == [.online, .draining, .online])
    }

    @Test func aStateIsSetWithoutTouchingTheRestOfTheWarehouse() throws {
        let shop = shop()
        let before = shop.harness.engine.warehouses()
        let command = WarehouseStateCommand(
            id: shop.newID(),
            code: ReserveShop.code("A"),
            state: .offline
        )
        let answer = shop.write(.warehouseState(command))
        #expect(answer.outcome == .accepted)
        #expect(answer.rows == 1)
        var expected = before
        expected[1].state = .offline
        #expect(shop.harness.engine.warehouses() == expected)
        let hold = shop.command([ReserveShop.line("shirt", 1, at: "A")])
        #expect(shop.perform(.reserve(hold)).outcome == .warehouseClosed)
        try shop.restart()
        #expect(shop.harness.engine.warehouses() == expected)
        var repeated = answer
        repeated.isRepeated = true
        #expect(shop.write(.warehouseState(command)) == repeated)
        try shop.expectSound()
    }

    @Test func aStateOfAnUnknownWarehouseIsRefused() {
        let shop = shop()
        let command = WarehouseStateCommand(
            id: shop.newID(),
            code: ReserveShop.code("Z"),
            state: .offline
        )
        #expect(shop.write(.warehouseState(command)) == WriteAnswer(.unknownWarehouse))
    }
}
