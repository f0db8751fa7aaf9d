internal import Inventory
internal import Synchronization

/// The ids that hash to one reservation stripe: records, index, expiry wheel.
///
/// Isolation: the stripe's lock is held across every call.
struct ReservationStripe: ~Copyable {
    /// From hashes of ids to record numbers.
    var index: HashIndex
    /// The records.
    var records: RecordSlab
    /// What is due when.
    var wheel: ExpiryWheel
    /// Lines and shares that don't fit their record.
    var arena = BlockArena()
    /// Instant of the last movement that touched the stripe.
    var lastInstant = Instant.distantPast
    /// How many records there are.
    var recordCount = 0
    /// How many of them are held reservations.
    var heldCount = 0
    /// How many of them are committed reservations.
    var committedCount = 0

    /// An empty stripe.
    init(phaseMilliseconds: UInt64, pool: ExtentPool) {
        index = HashIndex(pool: pool, isHinted: false)
        records = RecordSlab(pool: pool)
        wheel = ExpiryWheel(phaseMilliseconds: phaseMilliseconds, pool: pool)
    }

    /// The number of the record of an id.
    @inline(__always)
    func find(_ id: RequestID, hash: UInt64) -> UInt32? {
        index.find(hash) { records.record($0).id == id }
    }

    /// Makes a record for an id that has none, in no list of the wheel.
    @inline(__always)
    mutating func add(_ id: RequestID, hash: UInt64, pool: ExtentPool) -> UInt32 {
        let slot = records.allocate(pool: pool)
        index.insert(hash, number: slot, pool: pool)
        recordCount += 1
        records.record(slot).id = id
        return slot
    }

    /// Forgets a record that stands in no list of the wheel.
    mutating func forget(_ slot: UInt32, hash: UInt64, pool: ExtentPool) {
        let record = records.record(slot)
        let size = ReservationRecord.blockSize(lines: record.lineCount, shares: record.shareCount)
        if record.kind == .reservation, size > 0 { unsafe arena.free(record.block, size, to: pool) }
        index.remove(hash, number: slot)
        records.free(slot)
        recordCount -= 1
    }

    /// Puts a record into the wheel for its `due`.
    @inline(__always)
    mutating func schedule(_ slot: UInt32, now: Instant) {
        wheel.insert(slot, records.record(slot), now: now, records: records)
    }

    /// Takes a record that is due out of the wheel; see ``ExpiryWheel``.
    mutating func nextDue(at now: Instant, budget: inout Int) -> UInt32? {
        wheel.nextDue(at: now, budget: &budget, records: records)
    }

    /// Takes a record out of the wheel.
    @inline(__always)
    mutating func unschedule(_ slot: UInt32) {
        wheel.remove(records.record(slot), records: records)
    }
}

/// All reservation stripes: locks, first due instants and states in one block.
@safe
struct ReservationStripes: @unchecked Sendable {
    // Safe to share: the base never changes; a stripe's state is touched under its lock only, its
    // first due instant atomically.
    private let base: UnsafeMutableRawPointer
    /// How many stripes there are, a power of two.
    let count: Int

    private static let dueOffset = 56
    private static let stateOffset = 64
    private static let strideBytes =
        (stateOffset + MemoryLayout<ReservationStripe>.stride + 127) / 128 * 128
    private static let phaseSpanMilliseconds = 65_536

    /// `count` empty stripes.
    init(count: Int, pool: ExtentPool) {
        precondition(count.nonzeroBitCount == 1, "the number of stripes is a power of two")
        precondition(StripeLock.sizeBytes <= ReservationStripes.dueOffset, "a lock fits its line")
        self.count = count
        unsafe base = .allocate(byteCount: count * ReservationStripes.strideBytes, alignment: 128)
        for index in 0..<count {
            lock(index).create()
            let phase = UInt64(index * ReservationStripes.phaseSpanMilliseconds / count)
            unsafe state(index).initialize(
                to: ReservationStripe(phaseMilliseconds: phase, pool: pool)
            )
            unsafe earliestWork(index).initialize(to: Atomic(.max))
        }
    }

    /// Gives back locks and memory.
    func destroy() {
        for index in 0..<count {
            lock(index).destroy()
            unsafe state(index).deinitialize(count: 1)
        }
        unsafe base.deallocate()
    }

    /// The stripe of a hash.
    @inline(__always)
    func index(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (count &- 1) }

    /// The lock of a stripe.
    @inline(__always)
    func lock(_ index: Int) -> StripeLock {
        unsafe StripeLock(at: base + index &* ReservationStripes.strideBytes)
    }

    /// The state of a stripe.
    @inline(__always)
    func state(_ index: Int) -> UnsafeMutablePointer<ReservationStripe> {
        unsafe (base + (index &* ReservationStripes.strideBytes &+ ReservationStripes.stateOffset))
            .assumingMemoryBound(to: ReservationStripe.self)
    }

    /// Milliseconds of the instant before which a sweep of the stripe has nothing to do.
    @inline(__always)
    func earliestWork(_ index: Int) -> UnsafeMutablePointer<Atomic<Int64>> {
        unsafe (base + (index &* ReservationStripes.strideBytes &+ ReservationStripes.dueOffset))
            .assumingMemoryBound(to: Atomic<Int64>.self)
    }

    /// Puts a record into the wheel and brings the stripe's first due instant forward.
    @inline(__always)
    func schedule(_ slot: UInt32, in index: Int, now: Instant) {
        let stripe = unsafe state(index)
        unsafe stripe.pointee.schedule(slot, now: now)
        let due = unsafe stripe.pointee.records.record(slot).due.milliseconds
        let earliest = unsafe earliestWork(index)
        if unsafe due < earliest.pointee.load(ordering: .relaxed) {
            // The wheel may have to move the record down before it is due.
            unsafe earliest.pointee.store(
                stripe.pointee.wheel.earliestWork.milliseconds,
                ordering: .relaxed
            )
        }
    }
}
