internal import Inventory
package import Movements
internal import Synchronization

/// The reservation engine: stock and reservations in memory, decided under striped locks, each
/// change appended to the log's ring before its locks are given back.
///
/// Lock order: reservation stripes, then owner stripes, then stock stripes, then the capacity of
/// warehouses, each in ascending order, then the network's, then that of the actors or of a pool's
/// SKUs.
/// Isolation: any thread, each with an ``EngineSession`` of its own. No I/O, no clock: the instant
/// comes in with each call.
@safe
package final class Engine: @unchecked Sendable {
    // Safe to share: all `let`s; what they point to is guarded by the stripes' locks, the network
    // by `networkLock` (and replaced only while all stock locks are held as well).

    /// What the engine was made with.
    package let settings: EngineSettings
    /// Where movements go.
    package let ring: MovementRing
    let hash: KeyedHash
    let pool: ExtentPool
    let directory: SKUDirectory
    let stock: StockStripes
    let reservations: ReservationStripes
    let owners: OwnerStripes
    let capacity = CapacityTable()
    let poolSKUs = PoolSKUs()
    let saleRefusals = SaleRefusals()
    /// How many units of each sale went back to `default`.
    let saleReturns = SaleReturns()
    /// What is left to be freed of forgotten sales.
    let forgottenEntries = ForgottenEntries()
    let actors = ActorTable()
    let recordsPerStripeMax: Int
    let entriesPerStripeMax: Int

    private let networkLock: StripeLock
    private let lockMemory: UnsafeMutableRawPointer
    private var presentNetwork = Network(warehouses: [], version: 0)
    private var sessionCounters: [EngineCounters] = []
    private let goneCounters = EngineCounters()
    private let networkVersionWord = Atomic<UInt64>(0)
    private let networkCountWord = Atomic<Int>(0)
    private let poolCountWord = Atomic<Int>(1)
    /// 0: no sale, 1: sales, 2: some that borrow.
    private let salesWord = Atomic<Int>(0)
    /// The stripe at which the next sweep begins.
    let sweepStart = Atomic<Int>(0)

    /// An empty engine that appends to `ring`.
    package init(settings: EngineSettings, ring: MovementRing) {
        let step = settings.forgettingStepMilliseconds
        precondition(
            1...EngineSettings.forgettingStepMillisecondsMax ~= step && step.nonzeroBitCount == 1,
            "a step of forgetting is a power of two up to its limit"
        )
        self.settings = settings
        self.ring = ring
        hash = KeyedHash(key: settings.hashKey)
        pool = ExtentPool()
        directory = SKUDirectory(pool: pool, skusMax: settings.skusMax)
        let pool = pool
        stock = StockStripes(count: settings.stockStripes) { StockStripe(number: $0, pool: pool) }
        reservations = ReservationStripes(count: settings.reservationStripes, pool: pool)
        owners = OwnerStripes(count: settings.ownerStripes) { OwnerStripe(number: $0, pool: pool) }
        entriesPerStripeMax = max(1, settings.ownerEntriesMax / settings.ownerStripes)
        recordsPerStripeMax = max(1, settings.reservationsMax / settings.reservationStripes)
        unsafe lockMemory = .allocate(byteCount: StripeLock.sizeBytes, alignment: 128)
        networkLock = unsafe StripeLock(at: lockMemory)
        networkLock.create()
        keepMemoryReady()
    }

    deinit {
        stock.destroy()
        reservations.destroy()
        owners.destroy()
        saleRefusals.destroy()
        saleReturns.destroy()
        capacity.destroy()
        networkLock.destroy()
        unsafe lockMemory.deallocate()
    }

    /// Touches memory ahead of what the tables need next, so that no request waits for pages.
    ///
    /// For a thread that nobody waits for, every few milliseconds.
    package func keepMemoryReady() { pool.keepReady(settings.readyMemoryBytes) }

    // MARK: Network and counters

    /// The version of the present network.
    var networkVersion: UInt64 {
        @inline(__always) get { networkVersionWord.load(ordering: .acquiring) }
    }

    /// How many warehouses there are at present.
    var networkCount: Int {
        @inline(__always) get { networkCountWord.load(ordering: .relaxed) }
    }

    /// How many pools there are at present.
    var poolCount: Int {
        @inline(__always) get { poolCountWord.load(ordering: .relaxed) }
    }

    /// Whether there is a sale at present.
    var hasSales: Bool { salesWord.load(ordering: .relaxed) > 0 }

    /// Whether there is a sale at present that sells units of `default` as well.
    var hasBorrowingSales: Bool { salesWord.load(ordering: .relaxed) > 1 }

    /// The present warehouses.
    package var network: Network {
        networkLock.lock()
        defer { networkLock.unlock() }
        return presentNetwork
    }

    /// Replaces the warehouses; all stock locks are held (or nothing else runs yet).
    func replaceNetwork(_ network: Network) {
        setCapacities(network)
        networkLock.lock()
        defer { networkLock.unlock() }
        presentNetwork = network
        networkCountWord.store(network.warehouses.count, ordering: .relaxed)
        poolCountWord.store(network.pools.count, ordering: .relaxed)
        let borrows = network.sales.contains { $0.rules.wall == .borrows }
        salesWord.store(borrows ? 2 : network.hasSales ? 1 : 0, ordering: .relaxed)
        networkVersionWord.store(network.version, ordering: .releasing)
    }

    /// Adds a session's counters to those that are summed.
    func register(_ counters: EngineCounters) {
        networkLock.lock()
        defer { networkLock.unlock() }
        sessionCounters.append(counters)
    }

    /// Takes over what a session counted that is no more, so that sessions may come and go.
    func unregister(_ counters: EngineCounters) {
        networkLock.lock()
        defer { networkLock.unlock() }
        for counter in EngineCounter.allCases { goneCounters.add(counter, counters.value(counter)) }
        sessionCounters.removeAll { $0 === counters }
    }

    /// How many sessions there are at present.
    package var sessionCount: Int {
        networkLock.lock()
        defer { networkLock.unlock() }
        return sessionCounters.count
    }

    /// The sum of a counter over all sessions there ever were.
    func total(of counter: EngineCounter) -> Int {
        networkLock.lock()
        defer { networkLock.unlock() }
        return sessionCounters.reduce(goneCounters.value(counter)) { $0 + $1.value(counter) }
    }

    // MARK: Locks

    /// Takes the locks of a set of stock stripes, lowest first.
    /// - Returns: The latest instant of a movement on them.
    @inline(__always)
    func lock(_ stripes: StripeSet) -> Instant {
        var latest = Instant.distantPast
        stripes.forEach {
            stock.lock($0).lock()
            latest = unsafe max(latest, stock.state($0).pointee.lastInstant)
        }
        return latest
    }

    /// Gives the locks of a set of stock stripes back.
    @inline(__always)
    func unlock(_ stripes: StripeSet) {
        stripes.forEach { stock.lock($0).unlock() }
    }

    /// Notes the instant of a movement on all its stripes; their locks are held.
    @inline(__always)
    func note(_ instant: Instant, reservationStripe: Int, stockStripes: StripeSet) {
        unsafe reservations.state(reservationStripe).pointee.lastInstant = instant
        stockStripes.forEach { unsafe stock.state($0).pointee.lastInstant = instant }
    }
}
