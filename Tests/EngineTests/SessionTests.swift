import Engine
import Inventory
import Support
import Testing

@Suite struct SessionTests {
    @Test func sessionsComeAndGoAndWhatTheyCountedStays() {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 1])
        let engine = shop.harness.engine
        let before = engine.sessionCount
        for _ in 0..<100 {
            let session = EngineSession(engine: engine)
            var answer = ReservationAnswer()
            #expect(session.takeCredit(Engine.closeCreditBytesMax))
            engine.close(
                RequestID(high: 1, low: 1),
                by: .commit,
                requestID: RequestID(high: 1, low: 2),
                now: shop.now,
                session: session,
                answer: &answer
            )
            #expect(answer.outcome == .unknownReservation)
        }
        #expect(engine.sessionCount == before)
        let writes = engine.statistics().first { $0.name == "stock_writes" }
        #expect(writes?.value == 2)
    }

    @Test func whatASessionThatIsGoneCountedIsStillTold() {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        let engine = shop.harness.engine
        do {
            let session = EngineSession(engine: engine)
            #expect(session.takeCredit(Engine.skuCreditBytes(rows: 1)))
            let answer = engine.writeSKUs(
                id: shop.newID(),
                digest: 1,
                [SKUWeight(sku: "shirt", weightGrams: 200)],
                now: shop.now,
                session: session
            )
            #expect(answer.outcome == .accepted)
        }
        #expect(engine.sessionCount == 1)
        let writes = engine.statistics().first { $0.name == "stock_writes" }
        #expect(writes?.value == 2)
        shop.harness.drain()
    }
}
