import Engine
import Inventory
import Support
import Testing

/// Sales that are opened and closed by hand, and what is told of units that went back.
@Suite struct SaleStepTests {
    private static let hour: Int64 = 3_600_000

    private func pool(_ name: String) -> PoolName { PoolName(name) ?? .default }

    private func rules(_ name: String, opensAt: Instant? = nil) -> SaleRules {
        var rules = SaleRules(pool: pool(name))
        rules.opensAt = opensAt
        return rules
    }

    private func write(_ changes: [SaleChange], to shop: ReserveShop) -> WriteAnswer {
        let engine = shop.harness.engine
        let session = EngineSession(engine: engine)
        #expect(session.takeCredit(Engine.saleCreditBytes(rows: changes.count)))
        let answer = engine.writeSales(
            id: shop.newID(),
            digest: 1,
            changes,
            now: shop.now,
            session: session
        )
        session.returnCredit()
        shop.harness.drain()
        return answer
    }

    private func sale(_ name: String, of shop: ReserveShop) throws -> SaleRules {
        try #require(shop.harness.engine.network.sale(of: pool(name))).rules
    }

    private func report(_ name: String, of shop: ReserveShop) throws -> SaleReport {
        let engine = shop.harness.engine
        var walk = try #require(engine.saleWalk(of: pool(name), topMax: 1))
        while !engine.advance(&walk, limit: 1) {}
        return walk.report
    }

    @Test func aSaleOpensAndClosesAtTheMovementsInstant() throws {
        let shop = ReserveShop()
        let later = shop.now.advanced(byMilliseconds: SaleStepTests.hour)
        #expect(write([.rules(rules("drop", opensAt: later))], to: shop).outcome == .accepted)
        #expect(try sale("drop", of: shop).state(at: shop.now) == .waiting)

        #expect(write([.opening(pool("drop"))], to: shop).outcome == .accepted)
        #expect(try sale("drop", of: shop).opensAt == shop.now)
        let opened = shop.now
        shop.now = shop.now.advanced(byMilliseconds: 5)
        #expect(write([.opening(pool("drop"))], to: shop).outcome == .accepted)
        #expect(try sale("drop", of: shop).opensAt == opened, "an open sale stays as it is")

        #expect(write([.closing(pool("drop"))], to: shop).outcome == .accepted)
        let closed = shop.now
        #expect(try sale("drop", of: shop).closesAt == closed)
        shop.now = shop.now.advanced(byMilliseconds: 5)
        #expect(write([.closing(pool("drop"))], to: shop).outcome == .accepted)
        #expect(try sale("drop", of: shop).closesAt == closed, "a closed sale stays as it is")

        #expect(write([.opening(pool("drop"))], to: shop).outcome == .accepted)
        #expect(try sale("drop", of: shop).closesAt == nil)
        let rules = try sale("drop", of: shop)
        try shop.restart()
        #expect(try sale("drop", of: shop) == rules)
        try shop.expectSound()
    }

    @Test func aSaleThatNeverOpenedCloses() throws {
        let shop = ReserveShop()
        let later = shop.now.advanced(byMilliseconds: SaleStepTests.hour)
        #expect(write([.rules(rules("drop", opensAt: later))], to: shop).outcome == .accepted)
        #expect(write([.closing(pool("drop"))], to: shop).outcome == .accepted)
        let rules = try sale("drop", of: shop)
        #expect(rules.state(at: shop.now) == .closed)
        #expect(rules.fault == nil)
    }

    @Test func aStepOfAnUnknownSaleRefusesAll() {
        let shop = ReserveShop()
        for step in [SaleChange.opening(pool("gone")), .closing(pool("gone"))] {
            let answer = write([.rules(rules("drop")), step], to: shop)
            #expect(answer == WriteAnswer(.unknownSale, refusedRow: 1))
            #expect(shop.harness.engine.network.sales.isEmpty)
        }
    }

    @Test func unitsThatGoBackToDefaultAreCounted() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.rows(.received, [("shirt", "A", "", 10)])
        #expect(write([.rules(rules("drop"))], to: shop).outcome == .accepted)
        shop.rows(.transferred, [("shirt", "A", "", -8), ("shirt", "A", "drop", 8)])
        #expect(try report("drop", of: shop).figures.returnedUnits == 0)
        shop.rows(.transferred, [("shirt", "A", "drop", -3), ("shirt", "A", "", 3)])
        shop.rows(.transferred, [("shirt", "A", "drop", -2), ("shirt", "A", "other", 2)])
        let figures = try report("drop", of: shop).figures
        #expect(figures.returnedUnits == 3)
        #expect(figures.cells.onHand == 3)
    }

    @Test func eachOwnerIsInTheBandOfItsUnits() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.rows(.received, [("shirt", "A", "drop", 100)])
        #expect(write([.rules(rules("drop"))], to: shop).outcome == .accepted)
        for (owner, units) in [(1, 1), (2, 2), (3, 2), (4, 30)] as [(UInt64, UInt32)] {
            var line = ReserveShop.line("shirt", units)
            line.pools = [pool("drop")]
            var command = shop.command([line])
            command.owner = OwnerID(high: owner, low: 0)
            #expect(shop.perform(.reserve(command)).outcome == .accepted)
        }
        let report = try report("drop", of: shop)
        let owners = report.bands.filter { $0.owners > 0 }.map {
            [$0.unitsMin, $0.owners, $0.units]
        }
        #expect(owners == [[1, 1, 1], [2, 2, 4], [26, 1, 30]])
        #expect(report.top.map(\.owner) == [OwnerID(high: 4, low: 0)])
    }
}
