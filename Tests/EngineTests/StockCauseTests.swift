import Engine
import Inventory
import Support
import Testing

@Suite struct StockCauseTests {
    /// `shirt` in warehouse A: 10 in `default`, 6 in `flash`, 4 in `vip`; none in B.
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B"])
        shop.rows(.imported, [("shirt", "A", "", 10), ("shirt", "A", "vip", 4)])
        shop.rows(.imported, [("shirt", "A", "flash", 6)])
        return shop
    }

    // MARK: Counts

    @Test func aCountOfMoreGoesToTheDefaultPool() throws {
        let shop = shop()
        let answer = shop.rows(.counted, [("shirt", "A", "", 25)])
        #expect(answer.outcome == .accepted)
        #expect(answer.onHand == 25)
        #expect(answer.available == 25)
        #expect(answer.rows == 1)
        #expect(shop.onHand("shirt") == ["A": 15, "A/flash": 6, "A/vip": 4])
        try shop.expectSound()
    }

    @Test func aCountOfLessEmptiesTheDefaultPoolAndThenTheOthersByName() throws {
        let shop = shop()
        #expect(shop.rows(.counted, [("shirt", "A", "", 7)]).onHand == 7)
        #expect(shop.onHand("shirt") == ["A": 0, "A/flash": 3, "A/vip": 4])
        #expect(shop.rows(.counted, [("shirt", "A", "", 0)]).onHand == 0)
        #expect(shop.onHand("shirt") == ["A": 0, "A/flash": 0, "A/vip": 0])
        try shop.expectSound()
    }

    @Test func aCountThatFindsWhatIsThereIsAMovementAllTheSame() throws {
        let shop = shop()
        let version = try #require(shop.version("shirt"))
        let size = shop.harness.log.count
        let answer = shop.rows(.counted, [("shirt", "A", "", 20)])
        #expect(answer.outcome == .accepted)
        #expect(answer.version == version + 1)
        #expect(shop.harness.log.count > size)
        try shop.expectSound()
    }

    @Test func aCountMakesTheCellButNotTheSKU() throws {
        let shop = shop()
        #expect(shop.rows(.counted, [("shirt", "B", "", 3)]).onHand == 3)
        #expect(shop.onHand("shirt")["B"] == 3)
        #expect(shop.rows(.counted, [("ghost", "B", "", 3)]).outcome == .unknownSKU)
        try shop.expectSound()
    }

    @Test func aCountBelowWhatIsPromisedTellsTheShortfallAndWhoseHoldsItTouches() throws {
        let shop = shop()
        let hold = shop.command([ReserveShop.line("shirt", 8)])
        let order = shop.command([ReserveShop.line("shirt", 2)])
        #expect(shop.perform(.reserve(order)).outcome == .accepted)
        #expect(shop.perform(.reserve(hold)).outcome == .accepted)
        #expect(shop.perform(.commit(order.id, requestID: shop.newID())).outcome == .accepted)
        let answer = shop.rows(.counted, [("shirt", "A", "", 15)])
        #expect(answer.shortfalls == 1)
        #expect(answer.available == 5)
        let holds = shop.harness.engine.holds(
            of: "shirt",
            warehouse: ReserveShop.code("A"),
            limit: 10,
            now: shop.now
        )
        #expect(holds?.count == 2)
        #expect(holds?.held == 8)
        #expect(holds?.committed == 2)
        #expect(holds?.holds.map(\.id) == [order.id, hold.id])
        try shop.expectSound()
    }

    @Test func aCountCountsCommittedUnits() throws {
        let shop = shop()
        let order = shop.command([ReserveShop.line("shirt", 4)])
        #expect(shop.perform(.reserve(order)).outcome == .accepted)
        #expect(shop.perform(.commit(order.id, requestID: shop.newID())).outcome == .accepted)
        let answer = shop.rows(.counted, [("shirt", "A", "", 20)])
        #expect(answer.onHand == 20)
        #expect(answer.available == 16)
        try shop.expectSound()
    }

    // MARK: Transfers

    @Test func aTransferMovesUnitsBetweenWarehousesAndPools() throws {
        let shop = shop()
        let answer = shop.rows(
            .transferred,
            [
                ("shirt", "A", "", -4), ("shirt", "B", "", 4),
                ("shirt", "A", "vip", -1), ("shirt", "A", "late", 1),
            ]
        )
        #expect(answer.outcome == .accepted)
        #expect(answer.onHand == 1)
        #expect(
            shop.onHand("shirt") == ["A": 6, "B": 4, "A/flash": 6, "A/vip": 3, "A/late": 1]
        )
        try shop.expectSound()
    }

    @Test func aTransferTakesOnlyWhatIsAvailableWithoutBackorder() throws {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "", 0)
        row.safetyStock = 2
        row.backorderLimit = 50
        #expect(shop.write(.configured, [row]).available == 58)
        let hold = shop.command([ReserveShop.line("shirt", 3)])
        #expect(shop.perform(.reserve(hold)).outcome == .accepted)
        let tooMany = shop.rows(.transferred, [("shirt", "A", "", -6), ("shirt", "B", "", 6)])
        #expect(tooMany == WriteAnswer(.insufficientStock, refusedRow: 0))
        let all = shop.rows(.transferred, [("shirt", "A", "", -5), ("shirt", "B", "", 5)])
        #expect(all.outcome == .accepted)
        #expect(all.shortfalls == 0)
        #expect(shop.onHand("shirt")["A"] == 5)
        try shop.expectSound()
    }

    @Test(arguments: [
        [("shirt", "A", "", Int64(-1))],
        [("shirt", "A", "", -1), ("shirt", "B", "", 2)],
        [("shirt", "A", "", 1), ("shirt", "B", "", -1)],
        [("shirt", "A", "", 0), ("shirt", "B", "", 0)],
        [("shirt", "A", "", -1), ("sock", "B", "", 1)],
        [("shirt", "A", "", .min), ("shirt", "B", "", .max)],
    ])
    func aTransferThatIsNoPairIsRefused(rows: [(String, String, String, Int64)]) {
        let shop = shop()
        shop.rows(.imported, [("sock", "B", "", 5)])
        #expect(shop.rows(.transferred, rows) == WriteAnswer(.invalidQuantity, refusedRow: 0))
    }

    @Test func aTransferToItselfIsRefused() {
        let answer = shop().rows(.transferred, [("shirt", "A", "", -1), ("shirt", "A", "", 1)])
        #expect(answer == WriteAnswer(.invalidQuantity, refusedRow: 1))
    }

    @Test func aTransferThatWouldOverflowIsRefusedAtTheTakingRow() {
        let shop = shop()
        shop.rows(.imported, [("shirt", "B", "", Limits.unitsPerCellMax)])
        let answer = shop.rows(.transferred, [("shirt", "A", "", -1), ("shirt", "B", "", 1)])
        #expect(answer == WriteAnswer(.quantityOverflow, refusedRow: 1))
    }

    @Test(arguments: [
        (("ghost", "A", ""), Outcome.unknownSKU), (("shirt", "Z", ""), .unknownWarehouse),
        (("shirt", "A", "nowhere"), .unknownPool), (("shirt", "B", "flash"), .unknownCell),
    ])
    func aTransferNeedsTheGivingCell(from: (String, String, String), outcome: Outcome) {
        let rows = [(from.0, from.1, from.2, Int64(-1)), (from.0, "A", "", 1)]
        #expect(shop().rows(.transferred, rows) == WriteAnswer(outcome, refusedRow: 0))
    }

    // MARK: Settings

    @Test func aSettingChangesSafetyStockAndBackorderLimitOnly() throws {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "flash", 0)
        row.backorderLimit = 7
        let answer = shop.write(.configured, [row])
        #expect(answer.onHand == 6)
        #expect(answer.available == 13)
        row.backorderLimit = nil
        row.safetyStock = 9
        #expect(shop.write(.configured, [row]).available == 4)
        try shop.expectSound()
    }

    @Test func aSettingMayLeaveAShortfall() throws {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "", 0)
        row.safetyStock = 11
        let answer = shop.write(.configured, [row])
        #expect(answer.shortfalls == 1)
        #expect(answer.available == -1)
        try shop.expectSound()
    }

    @Test func aSettingOfNothingOrOfUnitsIsRefused() {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "", 0)
        #expect(shop.write(.configured, [row]).outcome == .invalidQuantity)
        row.safetyStock = 1
        row.onHand = 1
        #expect(shop.write(.configured, [row]).outcome == .invalidQuantity)
    }

    @Test(arguments: [StockCause.received, .returned, .adjusted, .counted, .transferred])
    func onlyImportsAndSettingsSetSafetyStockAndBackorderLimit(cause: StockCause) {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "", cause == .transferred ? -1 : 1)
        row.safetyStock = 1
        #expect(shop.write(cause, [row]).outcome == .invalidQuantity)
        row.safetyStock = nil
        row.backorderLimit = 1
        #expect(shop.write(cause, [row]).outcome == .invalidQuantity)
    }

    @Test(arguments: [
        (Int64(-1), Outcome.invalidQuantity), (.min, .invalidQuantity),
        (Limits.unitsPerCellMax + 1, .quantityOverflow), (.max, .quantityOverflow),
        (Limits.unitsPerCellMax, .accepted), (0, .accepted),
    ])
    func settingsHaveTheirRanges(units: Int64, outcome: Outcome) throws {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "", 0)
        row.safetyStock = units
        #expect(shop.write(.configured, [row]).outcome == outcome)
        row.safetyStock = nil
        row.backorderLimit = units
        #expect(shop.write(.imported, [row]).outcome == outcome)
        try shop.expectSound()
    }

    // MARK: Imports of differences

    @Test func anImportedDifferenceAddsUpAndMayBeNegative() throws {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "", -3)
        row.isDifference = true
        #expect(shop.write(.imported, [row]).onHand == 7)
        row.onHand = -8
        #expect(shop.write(.imported, [row]).outcome == .negativeOnHand)
        row.onHand = 0
        #expect(shop.write(.imported, [row]).outcome == .invalidQuantity)
        row.safetyStock = 1
        #expect(shop.write(.imported, [row]).available == 6)
        try shop.expectSound()
    }
}
