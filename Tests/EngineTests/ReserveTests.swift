import Engine
import Inventory
import Support
import Testing

@Suite struct ReserveTests {
    private func shop(stripes: Int = 4) -> ReserveShop {
        let shop = ReserveShop(stripes: stripes)
        shop.setWarehouses(["A", "B", "C"])
        shop.stock("shirt", ["A": 2, "B": 3, "C": 10])
        shop.stock("shoe", ["C": 4])
        return shop
    }

    @Test func lineTakesTheFewestMetresInAllAndSplitsWhereItMust() throws {
        let shop = shop()
        let command = shop.command([ReserveShop.line("shirt", 2)])
        #expect(text(of: 0, in: shop.perform(.reserve(command))) == "A:2")
        _ = shop.perform(.release(command.id, requestID: shop.newID()))
        let split = shop.perform(.reserve(shop.command([ReserveShop.line("shirt", 14)])))
        #expect(text(of: 0, in: split) == "A:2 B:3 C:9")
        #expect(shop.available("shirt") == ["A": 0, "B": 0, "C": 1])
        try shop.expectSound()
    }

    @Test func withoutDestinationTheFewestShipmentsDecideThenTheCode() {
        let shop = shop()
        var command = shop.command([ReserveShop.line("shirt", 3)])
        command.destination = nil
        #expect(text(of: 0, in: shop.perform(.reserve(command))) == "B:3")
    }

    @Test func equalDistancesGoByCode() {
        let shop = ReserveShop()
        // Codes beginning alike stand in one place.
        shop.setWarehouses(["B2", "B10", "B1", "BB"])
        shop.stock("shirt", ["BB": 1, "B2": 1, "B10": 1, "B1": 1])
        let reply = shop.perform(.reserve(shop.command([ReserveShop.line("shirt", 4)])))
        #expect(text(of: 0, in: reply) == "B1:1 B10:1 B2:1 BB:1")
    }

    @Test func shortAllOrNothingChangesNothing() {
        let shop = shop()
        let hash = shop.harness.engine.stateHash()
        let end = shop.harness.endLSN
        let lines = [ReserveShop.line("shoe", 1), ReserveShop.line("shirt", 16)]
        let reply = shop.perform(.reserve(shop.command(lines)))
        #expect(reply == ReservationReply(.insufficientStock, refusedLine: 1))
        #expect(shop.harness.engine.stateHash() == hash)
        #expect(shop.harness.endLSN == end)
    }

    @Test func refusedRequestMaySucceedLater() {
        let shop = shop()
        let command = shop.command([ReserveShop.line("shoe", 5)])
        #expect(shop.perform(.reserve(command)).outcome == .insufficientStock)
        shop.stock("shoe", ["C": 1], cause: .received)
        let reply = shop.perform(.reserve(command))
        #expect(reply.outcome == .accepted)
        #expect(!reply.isRepeated)
    }

    @Test func wholeLinesTakesALineWholeOrNotAtAll() throws {
        let shop = shop()
        let lines = [
            ReserveShop.line("shirt", 16), ReserveShop.line("shoe", 4),
            ReserveShop.line("shirt", 15),
            ReserveShop.line("shirt", 1),
        ]
        let reply = shop.perform(.reserve(shop.command(lines, mode: .wholeLines)))
        #expect(reply.lines.map(\.reserved) == [0, 4, 15, 0])
        try shop.expectSound()
    }

    @Test func bestEffortTakesWhatThereIs() throws {
        let shop = shop()
        let lines = [
            ReserveShop.line("shoe", 9), ReserveShop.line("ghost", 1), ReserveShop.line("shoe", 1),
            ReserveShop.line("shirt", 1),
        ]
        let reply = shop.perform(.reserve(shop.command(lines, mode: .bestEffort)))
        #expect(reply.outcome == .accepted)
        #expect(reply.lines.map(\.requested) == [9, 1, 1, 1])
        #expect(reply.lines.map(\.reserved) == [4, 0, 0, 1])
        try shop.expectSound()
    }

    @Test func emptyHoldIsAcceptedAndRemembered() throws {
        let shop = shop()
        let command = shop.command([ReserveShop.line("ghost", 1)], mode: .bestEffort)
        let reply = shop.perform(.reserve(command))
        #expect(reply.outcome == .accepted)
        #expect(reply.shares.isEmpty)
        #expect(shop.perform(.reserve(command)).isRepeated)
        #expect(shop.perform(.commit(command.id, requestID: shop.newID())).state == .committed)
        try shop.expectSound()
    }

    @Test func fixedLinesAreDealtFirstAndAnsweredInPlace() throws {
        let shop = shop()
        let lines = [
            ReserveShop.line("shirt", 3), ReserveShop.line("shirt", 2, at: "A"),
            ReserveShop.line("shirt", 1, at: "B"),
        ]
        let reply = shop.perform(.reserve(shop.command(lines)))
        #expect(text(of: 0, in: reply) == "B:2 C:1")
        #expect(text(of: 1, in: reply) == "A:2")
        #expect(text(of: 2, in: reply) == "B:1")
        #expect(reply.lines.map(\.shareStart) == [0, 2, 3])
        try shop.expectSound()
    }

    @Test func firstShortLineIsNamedInRequestOrder() {
        let shop = shop()
        let lines = [
            ReserveShop.line("shirt", 14), ReserveShop.line("shirt", 99, at: "A"),
        ]
        let reply = shop.perform(.reserve(shop.command(lines)))
        #expect(reply == ReservationReply(.insufficientStock, refusedLine: 0))
    }

    @Test(arguments: [WarehouseState.draining, .offline])
    func closedWarehouseGivesNothingNew(state: WarehouseState) throws {
        let shop = shop()
        let before = shop.command([ReserveShop.line("shirt", 1)])
        #expect(text(of: 0, in: shop.perform(.reserve(before))) == "A:1")
        shop.setWarehouses(["A"], state: state)
        let any = shop.perform(.reserve(shop.command([ReserveShop.line("shirt", 1)])))
        #expect(text(of: 0, in: any) == "B:1")
        let fixed = shop.command([ReserveShop.line("shirt", 1, at: "A")])
        #expect(shop.perform(.reserve(fixed)).outcome == .warehouseClosed)
        // What it promised it still serves.
        #expect(shop.perform(.commit(before.id, requestID: shop.newID())).outcome == .accepted)
        try shop.expectSound()
    }

    @Test func safetyStockIsNeverOffered() {
        let shop = shop()
        shop.stock("shirt", ["A": 5, "B": 5, "C": 5], safety: 4)
        let command = shop.command([ReserveShop.line("shirt", 100)], mode: .bestEffort)
        #expect(text(of: 0, in: shop.perform(.reserve(command))) == "A:1 B:1 C:1")
    }

    @Test func lineWithUnknownSKUStaysShortWhenTheSKUComes() throws {
        let shop = shop()
        let command = shop.command([ReserveShop.line("ghost", 3)], mode: .bestEffort)
        _ = shop.perform(.reserve(command))
        shop.stock("ghost", ["A": 9])
        #expect(shop.perform(.reserve(command)).lines[0].reserved == 0)
        #expect(shop.perform(.show(command.id)).skus == [""])
        try shop.restart()
        #expect(shop.perform(.show(command.id)).skus == [""])
        #expect(shop.available("ghost") == ["A": 9])
    }

    @Test func sameRequestGetsTheSameAnswerBeforeAndAfterARestart() throws {
        let shop = shop()
        let lines = [ReserveShop.line("shirt", 6), ReserveShop.line("shoe", 1)]
        let command = shop.command(lines)
        let first = shop.perform(.reserve(command))
        var repeated = first
        repeated.isRepeated = true
        #expect(shop.perform(.reserve(command)) == repeated)
        try shop.restart()
        #expect(shop.perform(.reserve(command)) == repeated)
        _ = shop.perform(.commit(command.id, requestID: shop.newID()))
        try shop.restart()
        repeated.state = .committed
        #expect(shop.perform(.reserve(command)) == repeated)
        try shop.expectSound()
    }

    @Test func otherContentUnderTheSameIDIsRefused() {
        let shop = shop()
        var command = shop.command([ReserveShop.line("shirt", 1)])
        _ = shop.perform(.reserve(command))
        command.lines[0].quantity = 2
        #expect(shop.perform(.reserve(command)) == ReservationReply(.requestIDReused))
        let rows = [
            CommandRow(sku: Array("shirt".utf8), warehouse: ReserveShop.code("A"), onHand: 1)
        ]
        let write = StockCommand(id: command.id, cause: .received, rows: rows)
        #expect(shop.write(.stock(write)).outcome == .requestIDReused)
    }

    @Test func versionRisesOnceAMovementHoweverManyCells() {
        let shop = shop()
        let version = shop.version("shirt") ?? 0
        let lines = [ReserveShop.line("shirt", 6), ReserveShop.line("shirt", 1)]
        let command = shop.command(lines)
        _ = shop.perform(.reserve(command))
        #expect(shop.version("shirt") == version + 1)
        _ = shop.perform(.release(command.id, requestID: shop.newID()))
        #expect(shop.version("shirt") == version + 2)
    }
}
