import Engine
import Inventory
import Support
import Testing

@Suite struct StockTests {
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B"])
        shop.stock("shirt", ["A": 10])
        return shop
    }

    @Test func receivedStockMakesSKUAndCell() {
        let shop = shop()
        let answer = shop.stock("new", ["B": 3], cause: .received)
        #expect(answer.outcome == .accepted)
        #expect(answer.onHand == 3)
        #expect(answer.available == 3)
        #expect(answer.version == 1)
        #expect(shop.available("new") == ["B": 3])
    }

    @Test(arguments: [
        (StockCause.received, Int64(0), Outcome.invalidQuantity),
        (.received, -1, .invalidQuantity),
        (.received, .min, .invalidQuantity),
        (.received, Limits.unitsPerCellMax - 9, .quantityOverflow),
        (.received, .max, .invalidQuantity),
        (.returned, 0, .invalidQuantity),
        (.adjusted, 0, .invalidQuantity),
        (.adjusted, -11, .negativeOnHand),
        (.adjusted, .min, .invalidQuantity),
        (.adjusted, .max, .invalidQuantity),
        (.imported, -1, .invalidQuantity),
        (.imported, Limits.unitsPerCellMax + 1, .quantityOverflow),
        (.received, Limits.unitsPerCellMax - 10, .accepted),
        (.adjusted, -10, .accepted),
        (.imported, 0, .accepted),
        (.imported, Limits.unitsPerCellMax, .accepted),
    ])
    func figuresHaveTheirRanges(cause: StockCause, units: Int64, outcome: Outcome) throws {
        let shop = shop()
        let hash = shop.harness.engine.stateHash()
        let answer = shop.stock("shirt", ["A": units], cause: cause)
        #expect(answer.outcome == outcome)
        if outcome != .accepted {
            #expect(answer == WriteAnswer(outcome, refusedRow: 0))
            #expect(shop.harness.engine.stateHash() == hash)
        }
        try shop.expectSound()
    }

    @Test func adjustmentNeedsSKUAndCell() {
        let shop = shop()
        #expect(shop.stock("ghost", ["A": 1], cause: .adjusted).outcome == .unknownSKU)
        #expect(shop.stock("shirt", ["B": 1], cause: .adjusted).outcome == .unknownCell)
        #expect(shop.stock("shirt", ["Z": 1], cause: .adjusted).outcome == .unknownWarehouse)
    }

    @Test func oneBadRowRefusesAll() {
        let shop = shop()
        let hash = shop.harness.engine.stateHash()
        let answer = shop.stock("new", ["A": 1, "B": 2, "Z": 3])
        #expect(answer == WriteAnswer(.unknownWarehouse, refusedRow: 2))
        #expect(shop.harness.engine.stateHash() == hash)
        #expect(shop.harness.engine.stock(of: "new") == nil)
    }

    @Test func twoRowsOfOneCellAreRefused() {
        let shop = shop()
        let answer = shop.stock("shirt", ["A": 1, "B": 2, "A": 3])
        #expect(answer == WriteAnswer(.invalidQuantity, refusedRow: 2))
    }

    @Test func absoluteFigureUnderHoldsIsAShortfall() throws {
        let shop = shop()
        let command = shop.command([ReserveShop.line("shirt", 7)])
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        let answer = shop.stock("shirt", ["A": 4])
        #expect(answer.outcome == .accepted)
        #expect(answer.shortfalls == 1)
        #expect(answer.onHand == 4)
        #expect(answer.available == -3)
        // The promise stands; nothing more is promised until there is enough again.
        let more = shop.command([ReserveShop.line("shirt", 1)])
        #expect(shop.perform(.reserve(more)).outcome == .insufficientStock)
        try shop.expectSound()
        #expect(shop.perform(.commit(command.id, requestID: shop.newID())).outcome == .stockLost)
        #expect(shop.stock("shirt", ["A": 4], cause: .received).shortfalls == 0)
        #expect(shop.perform(.commit(command.id, requestID: shop.newID())).outcome == .accepted)
        #expect(shop.perform(.reserve(more)).outcome == .accepted)
        try shop.expectSound()
    }

    @Test func repeatedWriteChangesNothingAndAnswersTheSame() throws {
        let shop = shop()
        let rows = [
            CommandRow(sku: Array("shirt".utf8), warehouse: ReserveShop.code("A"), onHand: 5)
        ]
        let write = StockCommand(id: shop.newID(), cause: .received, rows: rows)
        let first = shop.write(.stock(write))
        shop.stock("shirt", ["A": 1], cause: .received)
        var repeated = first
        repeated.isRepeated = true
        #expect(shop.write(.stock(write)) == repeated)
        try shop.restart()
        #expect(shop.write(.stock(write)) == repeated)
        #expect(shop.available("shirt") == ["A": 16])
    }

    @Test func stockIDIsNoReservation() {
        let shop = shop()
        let rows = [
            CommandRow(sku: Array("shirt".utf8), warehouse: ReserveShop.code("A"), onHand: 5)
        ]
        let write = StockCommand(id: shop.newID(), cause: .received, rows: rows)
        _ = shop.write(.stock(write))
        #expect(shop.perform(.show(write.id)) == ReservationReply(.unknownReservation))
        let commit = shop.perform(.commit(write.id, requestID: shop.newID()))
        #expect(commit == ReservationReply(.unknownReservation))
    }

    @Test func unknownSKUHasNoStock() {
        let shop = shop()
        #expect(shop.harness.engine.stock(of: "ghost") == nil)
        #expect(shop.harness.engine.stock(of: "") == nil)
        #expect(shop.harness.engine.skuName(.max).isEmpty)
    }

    @Test func manySKUsAreListedOnceEach() throws {
        let shop = ReserveShop(stripes: 8)
        shop.setWarehouses(["A", "B"])
        let count = 5_000
        for start in stride(from: 0, to: count, by: 1_000) {
            let rows = (start..<start + 1_000).map { index in
                CommandRow(
                    sku: Array("sku-\(index)".utf8),
                    warehouse: ReserveShop.code("A"),
                    onHand: Int64(index)
                )
            }
            _ = shop.write(.stock(StockCommand(id: shop.newID(), cause: .imported, rows: rows)))
        }
        var reports: [CellReport] = []
        var next: UInt32? = 0
        while let start = next {
            next = shop.harness.engine.cells(fromSKU: start, limit: 333, into: &reports)
        }
        #expect(Set(reports.map(\.sku)).count == count)
        #expect(reports.count == count)
        #expect(reports.allSatisfy { $0.sku == "sku-\($0.figures.onHand)" })
        try shop.expectSound()
    }
}
