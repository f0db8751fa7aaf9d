import Engine
import Inventory
import Support
import Testing

@Suite struct ReserveRaceTests {
    /// Credit is taken before a request's first lock; warehouses may come in between.
    @Test func requestSurvivesWarehousesThatComeAfterItsCredit() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 1])
        let engine = shop.harness.engine
        let session = EngineSession(engine: engine)
        let command = shop.command([ReserveShop.line("shirt", 5)])
        let credit = engine.reserveCreditBytes(lines: 1)
        let isTaken = session.takeCredit(credit)
        shop.harness.creditHeldElsewhere = credit
        #expect(isTaken)
        shop.setWarehouses(["B", "C", "D", "E"])
        shop.stock("shirt", ["B": 1, "C": 1, "D": 1, "E": 1])
        var answer = ReservationAnswer()
        withReserveRequest(command) { request in
            engine.prepare(&request)
            engine.reserve(request, now: shop.now, session: session, answer: &answer)
        }
        session.returnCredit()
        shop.harness.creditHeldElsewhere = 0
        shop.harness.drain()
        #expect(shop.harness.isCreditWhole)
        #expect(answer.outcome == .accepted)
        #expect(answer.shareCount == 5)
        try shop.expectSound()
    }

    /// A record of the same batch may have used more credit than was foreseen for it.
    @Test func holdSurvivesACommitThatFindsNoCredit() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 5])
        let command = shop.command([ReserveShop.line("shirt", 2)])
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        let engine = shop.harness.engine
        let before = engine.stateHash()

        let blocker = EngineSession(engine: engine)
        var held = 0
        for bit in (0...22).reversed() {
            while blocker.takeCredit(1 << bit) { held += 1 << bit }
        }
        #expect(held > 0)
        let session = EngineSession(engine: engine)
        var answer = ReservationAnswer()
        engine.close(
            command.id,
            by: .commit,
            requestID: shop.newID(),
            now: shop.now,
            session: session,
            answer: &answer
        )
        #expect(answer.outcome == .logBusy)
        #expect(engine.stateHash() == before)

        blocker.returnCredit()
        engine.close(
            command.id,
            by: .commit,
            requestID: shop.newID(),
            now: shop.now,
            session: session,
            answer: &answer
        )
        session.returnCredit()
        #expect(answer.outcome == .accepted)
        #expect(answer.state == .committed)
        shop.harness.drain()
        #expect(shop.harness.isCreditWhole)
    }
}
