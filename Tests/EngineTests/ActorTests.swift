import Engine
import Inventory
import Movements
import Support
import Testing

@Suite struct ActorTests {
    private func actor(_ shop: ReserveShop, _ name: String) -> UInt16? {
        let command = TimedCommand(.actor(name), now: shop.now)
        guard case .actor(let number) = shop.harness.perform(command) else {
            preconditionFailure("a name is answered with its number")
        }
        return number
    }

    @Test func aNameKeepsItsNumberOverARestart() throws {
        let shop = ReserveShop()
        let long = String(repeating: "n", count: 64)
        #expect(actor(shop, "shop") == 1)
        #expect(actor(shop, long) == 2)
        let size = shop.harness.log.count
        #expect(actor(shop, "shop") == 1)
        #expect(shop.harness.log.count == size)
        try shop.restart()
        #expect(actor(shop, long) == 2)
        #expect(actor(shop, "x") == 3)
        #expect((0...4).map { shop.harness.engine.actorName($0) } == ["", "shop", long, "x", ""])
        try shop.expectSound()
    }

    @Test func namesAreAPartOfTheState() {
        let shop = ReserveShop()
        let hash = shop.harness.engine.stateHash()
        _ = actor(shop, "shop")
        #expect(shop.harness.engine.stateHash() != hash)
    }

    @Test func theInstantOfANameIsTheLastOneAfterARestart() throws {
        let shop = ReserveShop()
        _ = actor(shop, "shop")
        try shop.restart()
        #expect(shop.harness.engine.lastInstant == shop.now)
    }

    @Test func movementsCarryTheActorOfTheirSession() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        let session = EngineSession(engine: shop.harness.engine)
        #expect(session.takeCredit(Engine.stockCreditBytes(rows: 1)))
        session.actor = 7
        let command = StockCommand(
            id: shop.newID(),
            cause: .received,
            rows: [ReserveShop.row("shirt", "A", "", 1)]
        )
        let start = shop.harness.log.count
        _ = withStockRequest(command) {
            shop.harness.engine.writeStock($0, now: shop.now, session: session)
        }
        session.returnCredit()
        shop.harness.drain()
        #expect(shop.harness.log[start + 6] == 7)
    }

    @Test func aNewNameWaitsForRoomInTheLog() {
        let harness = EngineHarness(settings: EngineSettings(hashKey: 1))
        let session = EngineSession(engine: harness.engine)
        let other = EngineSession(engine: harness.engine)
        #expect(other.takeCredit(harness.ring.capacityBytes))
        let now = Instant(milliseconds: 1)
        #expect(harness.engine.actor(named: "shop", now: now, session: session) == nil)
        other.returnCredit()
        #expect(harness.engine.actor(named: "shop", now: now, session: session) == 1)
    }

    @Test func namesBeyondTheTableAreNobodys() {
        let shop = ReserveShop()
        for index in 1...Limits.actorsMax where actor(shop, "n\(index)") != UInt16(index) {
            Issue.record("name \(index) has another number")
            return
        }
        #expect(actor(shop, "one more") == 0)
        #expect(actor(shop, "n65535") == 65_535)
    }
}
