internal import Engine
internal import Inventory
internal import Journal
internal import Movements
internal import Storage

/// Does what sales that are over ask for: gives what is free of them back to `default`, and forgets
/// them after their retention, in bounded batches; one that gives its rest back not before nothing
/// of it is held, ordered and not yet fulfilled, or left for want of room.
///
/// What it knows lives in memory alone: after a restart it looks at all again.
/// Isolation: none; belongs to its thread, or to the one thread that steps it.
final class SaleKeeper {
    /// Batches that one step carries out of one sale at most.
    private static let batchesPerStepMax = 256
    /// Entries of owners that are looked at under one lock, and how often in one step.
    private static let entriesPerSlice = 256
    private static let slicesPerStepMax = 4_096
    /// Milliseconds between two looks at a sale of which nothing was free and nothing is open.
    private static let idleMilliseconds: Int64 = 60_000

    /// A walk over the SKUs of a sale, over several steps where there are many.
    private struct Walk {
        /// Units that were open when it began: what comes back meanwhile may lie behind it.
        var openUnits: UInt64
        var position = RestPosition()
    }

    /// What was found at the last look at a sale.
    private struct Look {
        var openUnits: UInt64
        /// Whether something is free in the pool that `default` had no room for.
        var isLeft: Bool
        var at: Instant
    }

    private let engine: Engine
    private let session: EngineSession
    private let ring: MovementRing
    private let journal: Journal
    private let clock: EngineClock
    private let intervalMilliseconds: Int64
    private var nextStep = Instant.distantPast
    /// By number of the sale where giving back goes on.
    private var walks: [UInt32: Walk] = [:]
    /// By number of the sale the last look that found nothing.
    private var looks: [UInt32: Look] = [:]

    init(_ core: NodeCore, intervalMilliseconds: Int) {
        engine = core.engine
        ring = core.ring
        journal = core.journal
        clock = core.clock
        self.intervalMilliseconds = Int64(intervalMilliseconds)
        session = EngineSession(engine: core.engine)
    }

    /// Looks at all sales that are over, once an interval.
    func step(unless shouldStop: () -> Bool) {
        let now = clock.now()
        guard now >= nextStep, !journal.isDiskFull else { return }
        nextStep = now.advanced(byMilliseconds: intervalMilliseconds)
        let sales = engine.network.sales
        let numbers = Set(sales.map(\.number))
        walks = walks.filter { numbers.contains($0.key) }
        looks = looks.filter { numbers.contains($0.key) }
        for sale in sales where !shouldStop() {
            guard let closesAt = sale.rules.closesAt, now >= closesAt else { continue }
            if sale.rules.returnsRest { returnRest(of: sale, now, unless: shouldStop) }
            if now >= closesAt.advanced(byMilliseconds: Limits.saleRetentionMilliseconds),
                hasReturnedAll(of: sale)
            {
                forget(sale, now)
            }
        }
        freeForgotten(unless: shouldStop)
    }

    /// Whether nothing of a sale is left, or can come back to its pool, that would have to go on to
    /// `default`: orders may be called off long after the sale.
    private func hasReturnedAll(of sale: Sale) -> Bool {
        guard sale.rules.returnsRest else { return true }
        guard let look = looks[sale.number] else { return false }
        return look.openUnits == 0 && !look.isLeft
    }

    /// Frees what owners had of forgotten sales, some entries at a time.
    private func freeForgotten(unless shouldStop: () -> Bool) {
        for _ in 0..<SaleKeeper.slicesPerStepMax where !shouldStop() {
            if engine.freeForgottenEntries(limit: SaleKeeper.entriesPerSlice) { return }
        }
    }

    private func returnRest(of sale: Sale, _ now: Instant, unless shouldStop: () -> Bool) {
        let open = engine.openUnits(ofSale: sale.number).units
        if let look = looks[sale.number], look.openUnits == open,
            now < look.at.advanced(byMilliseconds: SaleKeeper.idleMilliseconds)
        {
            return
        }
        var walk = walks[sale.number] ?? Walk(openUnits: open)
        for _ in 0..<SaleKeeper.batchesPerStepMax where !shouldStop() {
            // It may be open again, or another sale may have its pool.
            guard let present = engine.network.sale(of: sale.rules.pool),
                present.number == sale.number, present.rules.returnsRest,
                let closesAt = present.rules.closesAt, clock.now() >= closesAt
            else { break }
            guard session.takeCredit(Engine.restCreditBytes) else { break }
            defer { session.returnCredit() }
            let result = engine.returnRest(
                of: sale.rules.pool,
                from: &walk.position,
                now: clock.now(),
                session: session
            )
            if result.units > 0 { ring.ringDoorbell() }
            if result.outcome == .logBusy { break }
            guard result.outcome == .accepted, result.isAtEnd else { continue }
            let isLeft = walk.position.hasPassedOver
            // What ended meanwhile stands behind, or has been passed: one look more tells.
            looks[sale.number] =
                walk.position.units == 0
                ? Look(openUnits: walk.openUnits, isLeft: isLeft, at: now) : nil
            walks[sale.number] = nil
            return
        }
        walks[sale.number] = walk
    }

    /// Forgets a sale, unless something of it is still held.
    private func forget(_ sale: Sale, _ now: Instant) {
        guard engine.openUnits(ofSale: sale.number).holds == 0,
            session.takeCredit(Engine.saleCreditBytes(rows: 1))
        else { return }
        defer { session.returnCredit() }
        let answer = engine.writeSales(
            id: RequestID(high: 0, low: 0),
            digest: 0,
            [.removal(sale.rules.pool)],
            now: now,
            session: session
        )
        if answer.outcome == .accepted { ring.ringDoorbell() }
    }
}
