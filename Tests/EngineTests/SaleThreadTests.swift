import Engine
import Glibc
import Inventory
import Movements
import Storage
import Support
import Synchronization
import Testing

/// Few owners buy many SKUs of sales on many threads, while sales come and go.
@Suite(.serialized) struct SaleThreadTests {
    static let skuCount = 40
    static let ownerCount = 3
    static let pools = ["flash", "vip"].compactMap { PoolName($0) }
    static let unitsPerOwner: UInt32 = 25
    static let unitsPerOwnerAndSKU: UInt32 = 4
    static let unitsPerOrder: UInt32 = 7
    static let unitsPerWindow: UInt32 = 20
    static let windowMilliseconds: Int64 = 1_000
    static let holdMilliseconds: Int64 = 30
    static let owners = (0..<ownerCount).map { OwnerID(high: UInt64($0), low: 1) }
    static let rounds = isFullRun ? 100 : 4

    /// What an owner may have; `flash` stays, `vip` is closed and forgotten again and again.
    ///
    /// Only `flash` limits what is taken in a window, so that owners come to the end of both
    /// limits.
    static func rules(_ pool: PoolName) -> SaleRules {
        var rules = SaleRules(pool: pool)
        rules.unitsPerOwner = unitsPerOwner
        rules.unitsPerOwnerAndSKU = unitsPerOwnerAndSKU
        rules.unitsPerOrder = unitsPerOrder
        if pool == pools[0] {
            rules.unitsPerWindow = unitsPerWindow
            rules.windowMilliseconds = UInt32(windowMilliseconds)
        }
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
        let images = Monitor<[EngineImage]>([])
        let isOver = ThreadFlag()
        let refused = ThreadCounts(firsts: 0, closings: 0)
        let limited = ThreadCounts(firsts: 0, closings: 0)
        let looks = ThreadCounts(firsts: 0, closings: 0)
        let door = SaleDoor()
        runThreads(6, draining: shop.harness) { index in
            if index == 0 {
                var keeper = SaleThreadKeeper(ThreadShopper(crowd, index: index, seed: 11), door)
                for round in 0..<SaleThreadTests.rounds {
                    keeper.meetLimits(refused, limited)
                    var capture = ImageCapture(crowd.engine, limit: round % 2 == 0 ? 3 : .max)
                    let image = capture.finish()
                    images.withLock { $0.append(image) }
                    keeper.turnOver(refused, looks)
                }
                isOver.value.store(true, ordering: .releasing)
                return
            }
            var buyer = SaleThreadBuyer(ThreadShopper(crowd, index: index, seed: 12), door)
            while !isOver.value.load(ordering: .acquiring) { buyer.step(refused, limited) }
        }
        #expect(crowd.noted == [])
        #expect(looks.firsts.load(ordering: .relaxed) >= SaleThreadTests.rounds)
        #expect(limited.firsts.load(ordering: .relaxed) > 0, "no window was ever used up")
        #expect(limited.closings.load(ordering: .relaxed) > 0, "no order was ever too large")
        #expect(shop.harness.engine.check().violations == [])
        var holds = 0
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
            let then = try shop.harness.restored(from: image, settings: other, upTo: image.endLSN)
            for owner in SaleThreadTests.owners {
                expectSKULimit(of: owner, in: then.engine, "image \(number)")
                holds += expectWindowAndOrderLimit(of: owner, in: then.engine, "image \(number)")
            }
        }
        #expect(holds > 0, "nobody ever held anything")
        try shop.expectSound()
    }

    /// Adds up what an owner holds of each SKU in each sale.
    private func expectSKULimit(of owner: OwnerID, in engine: Engine, _ place: Comment) {
        var units: [UInt64: UInt32] = [:]
        engine.ownerHeldUnits(owner, now: .distantPast) { sku, _, pool, count in
            units[UInt64(pool) << 32 | UInt64(sku), default: 0] += count
        }
        #expect(units.values.allSatisfy { $0 <= SaleThreadTests.unitsPerOwnerAndSKU }, place)
    }

    /// Adds up what an owner took in each window of `flash` and still holds.
    /// - Returns: How many holds there are.
    private func expectWindowAndOrderLimit(
        of owner: OwnerID,
        in engine: Engine,
        _ place: Comment
    ) -> Int {
        let session = EngineSession(engine: engine)
        let flash = SaleThreadTests.pools[0]
        var answer = ReservationAnswer()
        var windows: [Int64: UInt32] = [:]
        var holds = 0
        let found = engine.reservations(
            of: owner,
            includesClosed: false,
            limit: 10_000,
            now: .distantPast
        )
        for id in found.ids {
            engine.show(id, now: .distantPast, session: session, answer: &answer)
            let reply = ReservationReply(answer)
            let units = reply.shares.reduce(0) { $0 + $1.quantity }
            #expect(units <= SaleThreadTests.unitsPerOrder, place)
            guard reply.state == .held, reply.shares.contains(where: { $0.pool == flash }) else {
                continue
            }
            holds += 1
            let taken = reply.expiresAt.milliseconds - SaleThreadTests.holdMilliseconds
            windows[taken / SaleThreadTests.windowMilliseconds, default: 0] += units
        }
        #expect(windows.values.allSatisfy { $0 <= SaleThreadTests.unitsPerWindow }, place)
        return holds
    }
}

/// Lets buyers in, any number at a time, or the keeper alone: while a sale is removed and not yet
/// made anew its pool is nobody's, and nothing limits who holds of it.
private final class SaleDoor: @unchecked Sendable {
    // Safe to share: the lock is made for that, and is at one place all its life.
    private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

    init() {
        // Else buyers, of whom one is always in, would keep the keeper out.
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        pthread_rwlockattr_setkind_np(
            &attributes,
            Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP)
        )
        pthread_rwlock_init(lock, &attributes)
        pthread_rwlockattr_destroy(&attributes)
    }

    deinit {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    func enter() { pthread_rwlock_rdlock(lock) }
    func leave() { pthread_rwlock_unlock(lock) }
    func shut() { pthread_rwlock_wrlock(lock) }
    func open() { pthread_rwlock_unlock(lock) }
}

/// Closes, forgets and opens the sale `vip`, and looks whether any owner has too much of `flash`.
private struct SaleThreadKeeper: ~Copyable {
    private var shopper: ThreadShopper
    private let door: SaleDoor

    init(_ shopper: consuming ThreadShopper, _ door: SaleDoor) {
        self.shopper = shopper
        self.door = door
    }

    /// Lets others go on until an owner met a limit, and one has used up a window of `flash`.
    func meetLimits(_ refused: ThreadCounts, _ limited: ThreadCounts) {
        let met = refused.firsts.load(ordering: .relaxed)
        letOthers(until: "a limit") { refused.firsts.load(ordering: .relaxed) != met }
        let used = limited.firsts.load(ordering: .relaxed)
        letOthers(until: "a used window") { limited.firsts.load(ordering: .relaxed) != used }
    }

    /// The end of a life of the sale `vip`, after which requests come too late, and another life.
    mutating func turnOver(_ refused: ThreadCounts, _ looks: ThreadCounts) {
        lookAtOwners()
        looks.firsts.add(1, ordering: .relaxed)
        let vip = SaleThreadTests.pools[1]
        var rules = SaleThreadTests.rules(vip)
        rules.closesAt = shopper.shop.now
        write(.rules(rules))
        let late = refused.closings.load(ordering: .relaxed)
        letOthers(until: "a request that comes too late") {
            refused.closings.load(ordering: .relaxed) != late
        }
        var attempts = 0
        while !replace(vip) {
            attempts += 1
            if attempts > 100_000 { return shopper.shop.note("the sale never ends") }
            shopper.shop.advance(byMilliseconds: 1)
            _ = shopper.sweep(limit: 64)
            lookAtOwners()
        }
    }

    /// Removes a sale whose time is over and makes it anew, if nobody holds anything of it.
    private mutating func replace(_ pool: PoolName) -> Bool {
        door.shut()
        defer { door.open() }
        guard write(.removal(pool)) == .accepted else { return false }
        write(.rules(SaleThreadTests.rules(pool)))
        return true
    }

    /// Lets the others go on until something has happened; notes it when that never comes.
    private func letOthers(until what: String, _ hasHappened: () -> Bool) {
        let deadline = ContinuousClock.now + .seconds(60)
        while !hasHappened() {
            if ContinuousClock.now > deadline { return shopper.shop.note("\(what) never comes") }
            sched_yield()
        }
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
    private let door: SaleDoor

    init(_ shopper: consuming ThreadShopper, _ door: SaleDoor) {
        self.shopper = shopper
        self.door = door
    }

    /// One request; counts what limits refuse, and what comes after a sale's close.
    mutating func step(_ refused: ThreadCounts, _ limited: ThreadCounts) {
        switch shopper.roll(10) {
        case ..<5: reserve(refused, limited)
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

    private mutating func reserve(_ refused: ThreadCounts, _ limited: ThreadCounts) {
        let pool = SaleThreadTests.pools[shopper.roll(2)]
        let first = shopper.roll(SaleThreadTests.skuCount)
        var command = ReserveCommand(id: shopper.newID(), lines: [])
        for index in 0..<1 + shopper.roll(4) {
            let sku = "s-\((first + index * 7) % SaleThreadTests.skuCount)"
            var line = ReserveShop.line(sku, UInt32(1 + shopper.roll(2)))
            line.pools = [pool]
            command.lines.append(line)
        }
        command.owner = SaleThreadTests.owners[shopper.roll(SaleThreadTests.ownerCount)]
        command.timeToLiveMilliseconds = UInt32(SaleThreadTests.holdMilliseconds)
        if shopper.roll(4) == 0, let old = holds.popLast() { command.replaces = old }
        let client = UInt16(shopper.roll(3))
        shopper.session.actor = client
        door.enter()
        let outcome = shopper.reserve(command).outcome
        door.leave()
        shopper.session.actor = 0
        switch outcome {
        case .accepted: holds.append(command.id)
        case .ownerLimit, .ownerSKULimit, .ownerHoldBudget, .credentialHoldBudget:
            refused.firsts.add(1, ordering: .relaxed)
        case .windowLimit: limited.firsts.add(1, ordering: .relaxed)
        case .orderLimit: limited.closings.add(1, ordering: .relaxed)
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
