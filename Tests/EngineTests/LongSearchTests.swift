import Engine
import Inventory
import Support
import Testing

/// Reserves that a session leaves to a longer search, and what comes of them.
@Suite struct LongSearchTests {
    /// What a request asks for beside its lines.
    enum Kind: CaseIterable {
        case plain, oneLine, replacing, expecting
    }

    /// A shop with scarce stock that follows from a seed, and an order that wants most of it.
    private func shop(_ kind: Kind, seed: UInt64) -> (ReserveShop, ReserveCommand) {
        var dice = SplitMix64(seed: seed)
        let shop = ReserveShop()
        let codes = (0..<14).map { String(UnicodeScalar(UInt8(65 + $0))) }
        shop.setWarehouses(codes)
        var lines: [ReserveLine] = []
        for line in 0..<(kind == .oneLine ? 1 : 5) {
            let sku = "sku-\(line)"
            var rows: [(String, String, String, Int64)] = []
            for code in codes where Int.random(in: 0..<2, using: &dice) == 0 || code == "A" {
                rows.append((sku, code, "", Int64.random(in: 1...20, using: &dice)))
            }
            shop.rows(.imported, rows)
            let there = rows.reduce(0) { $0 + $1.3 }
            lines.append(ReserveShop.line(sku, UInt32(max(1, there * 2 / 3))))
            if kind == .expecting { lines[line].expectedVersion = 1 }
        }
        var command = shop.command(lines)
        command.policy = kind == .oneLine ? .fewestShipments : .nearest
        if kind == .replacing {
            let old = shop.command(lines)
            #expect(shop.perform(.reserve(old)).outcome == .accepted)
            command.replaces = old.id
        }
        return (shop, command)
    }

    /// Carries a command out with a session that leaves each search that isn't over at once.
    /// - Returns: Whether it was left and then decided as the long search found it.
    private func carryOut(_ command: ReserveCommand, _ shop: ReserveShop) -> Bool {
        let engine = shop.harness.engine
        let session = EngineSession(engine: engine)
        session.searchStepsMax = 1
        session.leavesLongSearches = true
        var answer = ReservationAnswer()
        var wasLeft = false
        withReserveRequest(command) { request in
            engine.prepare(&request)
            let credit = engine.reserveCreditBytes(
                lines: command.lines.count,
                replacing: command.replaces
            )
            let isTaken = session.takeCredit(credit)
            #expect(isTaken)
            let before = engine.stateHash()
            let end = engine.reserve(
                request,
                now: shop.now,
                session: session,
                answer: &answer
            )
            if end == .left {
                wasLeft = true
                #expect(engine.stateHash() == before)
                let planning = EngineSession(engine: engine)
                let found = engine.searchLong(request, now: shop.now, session: planning)
                #expect(engine.stateHash() == before)
                session.longSearch = found
                let end = engine.reserve(
                    request,
                    now: shop.now,
                    session: session,
                    answer: &answer
                )
                #expect(end != .left)
            }
            session.returnCredit()
        }
        shop.harness.drain()
        #expect(shop.harness.isCreditWhole)
        #expect(answer.outcome == .accepted)
        return wasLeft
    }

    @Test(arguments: Kind.allCases)
    func whatIsLeftIsCarriedOutAsItIsFound(_ kind: Kind) throws {
        var left = 0
        for seed in 0..<30 as Range<UInt64> {
            let (shop, command) = shop(kind, seed: seed)
            if carryOut(command, shop) { left += 1 }
            try shop.expectSound()
            // Whoever searches to the end by itself comes to the same state.
            let (other, same) = self.shop(kind, seed: seed)
            #expect(other.perform(.reserve(same)).outcome == .accepted)
            #expect(other.harness.engine.stateHash() == shop.harness.engine.stateHash())
        }
        #expect(left > 5)
    }

    @Test func aSessionThatLeavesNothingDecidesByItself() {
        let (shop, command) = shop(.plain, seed: 3)
        let engine = shop.harness.engine
        let session = EngineSession(engine: engine)
        session.searchStepsMax = 1
        var answer = ReservationAnswer()
        withReserveRequest(command) { request in
            engine.prepare(&request)
            let isTaken = session.takeCredit(engine.reserveCreditBytes(lines: 5))
            #expect(isTaken)
            let end = engine.reserve(
                request,
                now: shop.now,
                session: session,
                answer: &answer
            )
            #expect(end == .decidedAtLength && answer.outcome == .accepted)
            session.returnCredit()
        }
        shop.harness.drain()
    }

    @Test func aSearchThatStockHasOvertakenIsLeftAgain() throws {
        var again = 0
        for seed in 0..<30 as Range<UInt64> {
            let (shop, command) = shop(.plain, seed: seed)
            let engine = shop.harness.engine
            let session = EngineSession(engine: engine)
            session.searchStepsMax = 1
            session.leavesLongSearches = true
            var answer = ReservationAnswer()
            var isDecided = false
            var searches = 0
            withReserveRequest(command) { request in
                engine.prepare(&request)
                while !isDecided {
                    let isTaken = session.takeCredit(engine.reserveCreditBytes(lines: 5))
                    #expect(isTaken)
                    let end = engine.reserve(
                        request,
                        now: shop.now,
                        session: session,
                        answer: &answer
                    )
                    isDecided = end != .left
                    session.returnCredit()
                    if isDecided { break }
                    session.longSearch = engine.searchLong(
                        request,
                        now: shop.now,
                        session: session
                    )
                    searches += 1
                    if searches == 1 { shop.stock("sku-0", ["A": 30]) }
                }
            }
            shop.harness.drain()
            #expect(answer.outcome == .accepted)
            if searches > 1 { again += 1 }
            let (other, same) = self.shop(.plain, seed: seed)
            if searches > 0 { other.stock("sku-0", ["A": 30]) }
            #expect(other.perform(.reserve(same)).outcome == .accepted)
            #expect(other.harness.engine.stateHash() == engine.stateHash())
        }
        #expect(again > 0)
    }
}
