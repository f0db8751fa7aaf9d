import Engine
import Glibc
import Inventory
import Movements
import Storage
import Support
import Synchronization

/// What all threads of a test share: the engine, the ring and a clock that only rises.
final class ThreadShop: Sendable {
    let engine: Engine
    let ring: MovementRing
    private let clock = Atomic<Int64>(1_750_000_000_000)
    private let violations = Monitor<[String]>([])

    init(_ harness: EngineHarness) {
        engine = harness.engine
        ring = harness.ring
    }

    /// The instant that a caller reads; it may be late by the time it is used.
    var now: Instant { Instant(milliseconds: clock.load(ordering: .relaxed)) }

    func advance(byMilliseconds milliseconds: Int64) {
        clock.add(milliseconds, ordering: .relaxed)
    }

    /// Notes what must not be; expectations belong to the test's own thread.
    func note(_ violation: String) {
        violations.withLock { if $0.count < 20 { $0.append(violation) } }
    }

    var noted: [String] { violations.withLock { $0 } }
}

/// Runs `body` on `count` threads and drains the ring on the calling one until all have ended.
func runThreads(
    _ count: Int,
    draining harness: EngineHarness,
    _ body: @escaping @Sendable (Int) -> Void
) {
    let state = ThreadCount()
    let threads = (0..<count).map { index in
        SystemThread(name: "crowd-\(index)") {
            body(index)
            state.ended.add(1, ordering: .releasing)
        }
    }
    while state.ended.load(ordering: .acquiring) < count {
        harness.drain()
        sched_yield()
    }
    for thread in threads { thread.join() }
    harness.drain()
}

private final class ThreadCount: Sendable {
    let ended = Atomic<Int>(0)
}

/// One thread of the crowd: its session, its dice and what it knows to be its own.
struct ThreadShopper: ~Copyable {
    let shop: ThreadShop
    let session: EngineSession
    var generator: SplitMix64
    var answer = ReservationAnswer()
    private let index: UInt64
    private var idCount: UInt64 = 0

    init(_ shop: ThreadShop, index: Int, seed: UInt64) {
        self.shop = shop
        self.index = UInt64(index)
        session = EngineSession(engine: shop.engine)
        generator = SplitMix64(seed: seed &+ UInt64(index) &* 0x1234_5677)
    }

    mutating func roll(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }

    mutating func newID() -> RequestID {
        idCount += 1
        return RequestID(high: index + 1, low: idCount)
    }

    private func takeCredit(_ bytes: Int) {
        while !session.takeCredit(bytes) { sched_yield() }
    }

    mutating func reserve(_ command: ReserveCommand) -> ReservationReply {
        takeCredit(shop.engine.reserveCreditBytes(lines: command.lines.count))
        withReserveRequest(command) { request in
            shop.engine.prepare(&request)
            shop.engine.reserve(request, now: shop.now, session: session, answer: &answer)
        }
        session.returnCredit()
        return ReservationReply(answer)
    }

    mutating func commit(_ id: ReservationID) -> ReservationReply {
        takeCredit(Engine.closeCreditBytesMax)
        shop.engine.close(
            id,
            by: .commit,
            requestID: newID(),
            now: shop.now,
            session: session,
            answer: &answer
        )
        session.returnCredit()
        return ReservationReply(answer)
    }

    mutating func release(_ id: ReservationID) -> ReservationReply {
        takeCredit(Engine.closeCreditBytesMax)
        shop.engine.close(
            id,
            by: .release,
            requestID: newID(),
            now: shop.now,
            session: session,
            answer: &answer
        )
        session.returnCredit()
        return ReservationReply(answer)
    }

    mutating func write(_ command: StockCommand) -> WriteAnswer {
        takeCredit(Engine.stockCreditBytes(rows: command.rows.count))
        let answer = withStockRequest(command) { request in
            shop.engine.writeStock(request, now: shop.now, session: session)
        }
        session.returnCredit()
        return answer
    }

    mutating func write(_ command: WarehousesCommand) -> WriteAnswer {
        takeCredit(Engine.warehouseCreditBytes(rows: command.warehouses.count))
        let answer = shop.engine.writeWarehouses(
            id: command.id,
            digest: command.digest,
            command.warehouses,
            now: shop.now,
            session: session
        )
        session.returnCredit()
        return answer
    }

    func sweep(limit: Int) -> SweepResult {
        let result = shop.engine.sweep(now: shop.now, session: session, limit: limit)
        session.returnCredit()
        return result
    }
}
