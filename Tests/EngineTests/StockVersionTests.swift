import Engine
import Inventory
import Support
import Testing

@Suite struct StockVersionTests {
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B"])
        shop.rows(.imported, [("shirt", "A", "", 10), ("shirt", "A", "flash", 5)])
        return shop
    }

    @Test func aWriteThatExpectsThePresentVersionIsCarriedOut() {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "", 12)
        row.expectedVersion = shop.version("shirt")
        let answer = shop.write(.imported, [row])
        #expect(answer.outcome == .accepted)
        #expect(answer.conflict == nil)
    }

    @Test func aLostRaceIsToldWithThePresentFigures() throws {
        let shop = shop()
        let hold = shop.command([ReserveShop.line("shirt", 3)])
        #expect(shop.perform(.reserve(hold)).outcome == .accepted)
        var row = ReserveShop.row("shirt", "A", "", 12)
        row.expectedVersion = 1
        let answer = shop.write(.imported, [ReserveShop.row("sock", "A", "", 1), row])
        var expected = WriteAnswer(.versionConflict, refusedRow: 1)
        expected.conflict = VersionConflict(
            version: 2,
            figures: CellFigures(
                onHand: 10,
                reserved: 3,
                committed: 0,
                safetyStock: 0,
                backorderLimit: 0
            )
        )
        #expect(answer == expected)
        #expect(shop.harness.engine.stock(of: "sock") == nil)
        try shop.expectSound()
    }

    @Test func aCountThatLostItsRaceIsToldTheFiguresOfAllPools() {
        let shop = shop()
        var row = ReserveShop.row("shirt", "A", "", 12)
        row.expectedVersion = 0
        #expect(shop.write(.counted, [row]).conflict?.figures.onHand == 15)
    }

    @Test func versionZeroMeansThatTheSKUMustNotBeThere() {
        let shop = shop()
        var row = ReserveShop.row("new", "A", "", 1)
        row.expectedVersion = 0
        #expect(shop.write(.received, [row]).version == 1)
        #expect(shop.write(.received, [row]).outcome == .versionConflict)
        var ghost = ReserveShop.row("ghost", "A", "", 1)
        ghost.expectedVersion = 4
        let answer = shop.write(.adjusted, [ghost])
        #expect(answer.outcome == .versionConflict)
        #expect(answer.conflict?.version == 0)
    }

    @Test func anExpectedVersionIsLookedAtAfterTheNamesAndBeforeAllElse() {
        let shop = shop()
        var row = ReserveShop.row("shirt", "Z", "", -5)
        row.expectedVersion = 99
        #expect(shop.write(.received, [row]).outcome == .unknownWarehouse)
        row.warehouse = ReserveShop.code("A")
        #expect(shop.write(.received, [row]).outcome == .versionConflict)
        row.expectedVersion = nil
        #expect(shop.write(.received, [row]).outcome == .invalidQuantity)
    }

    @Test func allRowsOfAWriteExpectTheVersionBeforeIt() throws {
        let shop = shop()
        var rows = [
            ReserveShop.row("shirt", "A", "", 1), ReserveShop.row("shirt", "B", "", 1),
        ]
        for index in rows.indices { rows[index].expectedVersion = 1 }
        #expect(shop.write(.received, rows).version == 2)
        try shop.expectSound()
    }

    // MARK: Reasons

    @Test(arguments: [
        (String(repeating: "x", count: 64), Outcome.accepted),
        (String(repeating: "é", count: 32), .accepted),
        (String(repeating: "é", count: 32) + "x", .invalidReason),
        ("two\nlines", .invalidReason), ("\u{7F}", .invalidReason), ("", .accepted),
    ])
    func aReasonIsAShortTextWithoutControlCharacters(reason: String, outcome: Outcome) throws {
        let shop = shop()
        var command = StockCommand(
            id: shop.newID(),
            cause: .adjusted,
            rows: [ReserveShop.row("shirt", "A", "", 1)]
        )
        command.reason = reason
        let answer = shop.write(.stock(command))
        #expect(answer.outcome == outcome)
        #expect(answer.refusedRow == -1)
        let bytes = Array(reason.utf8)
        let isLogged = bytes.isEmpty || shop.harness.log.split(separator: bytes).count > 1
        #expect(isLogged == (outcome == .accepted))
        try shop.expectSound()
    }
}
