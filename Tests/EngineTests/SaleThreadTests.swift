import Engine
import Glibc
import Inventory
import Movements
import Support
import Synchronization
import Testing

/// Few owners buy many SKUs of sales on many threads, while sales come and go.
@Suite(.serialized) struct SaleThreadTests {
    static let skuCount = 40
    static let ownerCount = 3
    static let pools = ["flash", "vip"].compactMap { PoolName($0) }
    static let unitsPerOwner: UInt32 = 25
    static let rounds = isFullRun ? 100 : 4

    /// What an owner may have; `flash` stays, `vip` is closed and forgotten again and again.
    static func rules(_ pool: PoolName) -> SaleRules {
        var rules = SaleRules(pool: pool)
        rules.unitsPerOwner = unitsPerOwner
        rules.unitsPerOwnerAndSKU = 4
        rules.openHoldsPerOwner = 6
        rules.openHoldsPerCredential = 9
        return rules
    }

    private func stocked(stripes: Int) -> ReserveShop {
        let shop = ReserveShop(stripes: stripes) {
            $0.ownerStripes = 4
            $0.closedRetentionMilliseconds = 20
        }
        shop.setWarehouses(["A"])
        for index in 0..<SaleThreadTests.skuCount {
            let rows = SaleThreadTests.pools.map { ("s-\(index)", "A", "\($0)", Int64(10_000)) }
            shop.rows(.imported, rows)
        }
        let changes = SaleThreadTests.pools.map { SaleChange.rules(SaleThreadTests.rules($0)) }
        let command = SalesCommand(id: shop.newID(), changes: changes)
        #expect(shop.write(.configuration(.sales(command))).outcome == .accepted)
        return shop
    }

    @Test(.timeLimit(.minutes(30)), arguments: [2, 64])
    func noOwnerEverPassesALimitAndCountersStayExact(stripes: Int) throws {
        let shop = stocked(stripes: stripes)
        let crowd = ThreadShop(shop.harness)
        let images = Mutex<[EngineImage]>([])
        let isOver = ThreadFlag()
        let refused = ThreadCounts(firsts: 0, closings: 0)
        runThreads(6, draining: shop.harness) { index in
            if index == 0 {
                var keeper = SaleThreadKeeper(ThreadShopper(crowd, index: index, seed: 11))
                for round in 0..<SaleThreadTests.rounds {
                    var capture = ImageCapture(crowd.engine, limit: round % 2 == 0 ? 3 : .max)
                    let image = capture.finish()
                    images.withLock { $0.append(image) }
                    keeper.turnOver(refused)
                }
                isOver.value.store(true, ordering: .releasing)
                return
            }
            var buyer = SaleThreadBuyer(ThreadShopper(crowd, index: index, seed: 12))
            while !isOver.value.load(ordering: .acquiring) { buyer.step(refused) }
        }
        #expect(crowd.noted == [])
        #expect(shop.harness.engine.check().violations == [])
        for (number, image) in images.withLock({ $0 }).enumerated() {
            var other = shop.settings
            other.ownerStripes = 16
            other.hashKey = UInt64(number) &+ 77
            let now = try shop.harness.restored(
                from: image,
                settings: other,
                upTo: shop.harness.endLSN,
                order: SplitMix64(seed: UInt64(number))
            )
            #expect(now.engine.stateHash() == shop.harness.engine.stateHash(), "image \(number)")
            #expect(now.engine.check().violations == [])
        }
        try shop.expectSound()
    }
}

/// Closes, forgets and opens the sale `vip`, and looks whether any owner has too much of `flash`.
private struct SaleThreadKeeper: ~Copyable {
    private var shopper: ThreadShopper

    init(_ shopper: consuming ThreadShopper) { self.shopper = shopper }

    /// One life of the sale `vip`: limits are met before it ends, and requests come too late after.
    mutating func turnOver(_ refused: ThreadCounts) {
        let met = refused.firsts.load(ordering: .relaxed)
        while refused.firsts.load(ordering: .relaxed) == met { sched_yield() }
        let vip = SaleThreadTests.pools[1]
        var rules = SaleThreadTests.rules(vip)
        rules.closesAt = shopper.shop.now
        write(.rules(rules))
        let late = refused.closings.load(ordering: .relaxed)
        while refused.closings.load(ordering: .relaxed) == late { sched_yield() }
        var attempts = 0
        while write(.removal(vip)) != .accepted {
            attempts += 1
            if attempts > 100_000 { return shopper.shop.note("the sale never ends") }
            shopper.shop.advance(byMilliseconds: 1)
            _ = shopper.sweep(limit: 64)
            lookAtOwners()
        }
        write(.rules(SaleThreadTests.rules(vip)))
    }

    @discardableResult
    private mutating func write(_ change: SaleChange) -> Outcome {
        while !shopper.session.takeCredit(Engine.saleCreditBytes(rows: 1)) {}
        defer { shopper.session.returnCredit() }
        return shopper.shop.engine.writeSales(
            id: shopper.newID(),
            digest: 5,
            [change],
            now: shopper.shop.now,
            session: shopper.session
        ).outcome
    }

    private func lookAtOwners() {
        let engine = shopper.shop.engine
        guard var walk = engine.saleWalk(of: SaleThreadTests.pools[0], topMax: 8) else {
            return shopper.shop.note("the sale is gone")
        }
        while !engine.advance(&walk, limit: 64) {}
        for share in walk.report.top {
            if share.openUnits + share.fulfilledUnits > UInt64(SaleThreadTests.unitsPerOwner)
                || share.openHolds > 6
            {
                shopper.shop.note("an owner has \(share)")
            }
        }
    }
}

/// Buys for one of few owners, and gives most of it back.
private struct SaleThreadBuyer: ~Copyable {
    private var shopper: ThreadShopper
    private var holds: [ReservationID] = []
    private var answer = ReservationAnswer()
    init(_ shopper: consuming ThreadShopper) { self.shopper = shopper }

    /// One request; counts what limits refuse, and what comes after a sale's close.
    mutating func step(_ refused: ThreadCounts) {
        switch shopper.roll(10) {
        case ..<5: reserve(refused)
        case ..<8:
            guard !holds.isEmpty else { return }
            let id = holds.remove(at: shopper.roll(holds.count))
            let outcome = shopper.release(id).outcome
            if outcome != .accepted, outcome != .holdExpired, outcome != .unknownReservation {
                shopper.shop.note("released: \(outcome)")
            }
        case 8:
            guard let id = holds.popLast() else { return }
            _ = shopper.commit(id)
            cancel(id)
        default: _ = shopper.sweep(limit: 16)
        }
    }

    private mutating func reserve(_ refused: ThreadCounts) {
        let pool = SaleThreadTests.pools[shopper.roll(2)]
        let first = shopper.roll(SaleThreadTests.skuCount)
        var command = ReserveCommand(id: shopper.newID(), lines: [])
        for index in 0..<1 + shopper.roll(4) {
            let sku = "s-\((first + index * 7) % SaleThreadTests.skuCount)"
            var line = ReserveShop.line(sku, UInt32(1 + shopper.roll(2)))
            line.pools = [pool]
            command.lines.append(line)
        }
        command.owner = OwnerID(high: UInt64(shopper.roll(SaleThreadTests.ownerCount)), low: 1)
        command.timeToLiveMilliseconds = 30
        if shopper.roll(4) == 0, let old = holds.popLast() { command.replaces = old }
        let client = UInt16(shopper.roll(3))
        shopper.session.actor = client
        let outcome = shopper.reserve(command).outcome
        shopper.session.actor = 0
        switch outcome {
        case .accepted: holds.append(command.id)
        case .ownerLimit, .ownerSKULimit, .ownerHoldBudget, .credentialHoldBudget:
            refused.firsts.add(1, ordering: .relaxed)
        case .saleClosed: refused.closings.add(1, ordering: .relaxed)
        case .wrongOwner, .logBusy: break
        default: shopper.shop.note("reserved: \(outcome)")
        }
    }

    private mutating func cancel(_ id: ReservationID) {
        let request = ChangeRequest(
            reservation: id,
            id: shopper.newID(),
            digest: 0,
            kind: .cancel
        )
        while !shopper.session.takeCredit(Engine.closeCreditBytesMax) {}
        shopper.shop.engine.change(
            request,
            now: shopper.shop.now,
            session: shopper.session,
            answer: &answer
        )
        shopper.session.returnCredit()
    }
}
