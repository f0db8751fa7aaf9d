internal import Glibc
internal import Inventory
internal import Synchronization

/// The warehouses that take so many open shipments only: how many, and how many are open.
///
/// Layout: 128 bytes for each warehouse: a lock, at 64 the open shipments as an atomic i64, at 72
/// an atomic u64: the limit plus one, 0 for none, and bit 40 once the lock is made. Behind the last
/// the number of warehouses with a limit. The memory of those without one is never touched.
/// Isolation: who takes holds the warehouse's lock from the look at what is open on; who gives back
/// needs none, as less that is open is in nobody's way. Both hold a stock lock, and limits change
/// under all of them; only a look without any lock may be stale.
@safe
struct CapacityTable: @unchecked Sendable {
    // Safe to share: the base never changes; what it points to is guarded as said above.
    private let base: UnsafeMutableRawPointer

    private static let strideBytes = 128
    private static let openOffset = 64
    private static let limitOffset = 72

    /// A table without limits.
    init() {
        precondition(StripeLock.sizeBytes <= CapacityTable.openOffset, "a lock fits its line")
        let size = (Limits.warehousesMax + 1) * CapacityTable.strideBytes
        guard let memory = unsafe calloc(1, size) else {
            preconditionFailure("no memory for the table of capacities")
        }
        unsafe base = unsafe memory
    }

    /// Gives locks and memory back.
    func destroy() {
        for number in 0..<UInt16(Limits.warehousesMax) where hasLock(number) {
            lock(number).destroy()
        }
        unsafe free(base)
    }

    private func place(_ number: UInt16) -> UnsafeMutableRawPointer {
        precondition(Int(number) < Limits.warehousesMax, "number of a warehouse")
        return unsafe base + Int(number) * CapacityTable.strideBytes
    }

    /// The limits, atomic because a look may be made without a lock.
    private func limitWord(_ number: UInt16) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (place(number) + CapacityTable.limitOffset)
            .assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    private func openWord(_ number: UInt16) -> UnsafeMutablePointer<Atomic<Int>> {
        unsafe (place(number) + CapacityTable.openOffset)
            .assumingMemoryBound(to: Atomic<Int>.self)
    }

    private var countWord: UnsafeMutablePointer<Atomic<Int>> {
        unsafe (base + Limits.warehousesMax * CapacityTable.strideBytes)
            .assumingMemoryBound(to: Atomic<Int>.self)
    }

    private func hasLock(_ number: UInt16) -> Bool {
        unsafe limitWord(number).pointee.load(ordering: .relaxed) & CapacityTable.lockBit != 0
    }

    // The word of a warehouse: the limit plus one, and whether its lock was ever made.
    private static let lockBit: UInt64 = 1 << 40

    /// Whether any warehouse has a limit.
    var hasLimits: Bool {
        @inline(__always) get { unsafe countWord.pointee.load(ordering: .relaxed) > 0 }
    }

    /// The open shipments that a warehouse takes; `.max` for any number.
    func limit(_ number: UInt16) -> UInt32 {
        let word = unsafe limitWord(number).pointee.load(ordering: .relaxed)
        return UInt32(truncatingIfNeeded: word) &- 1
    }

    /// The lock of a warehouse that has a limit.
    func lock(_ number: UInt16) -> StripeLock {
        unsafe StripeLock(at: place(number))
    }

    /// The open shipments of a warehouse that has a limit.
    func open(_ number: UInt16) -> Int {
        unsafe openWord(number).pointee.load(ordering: .relaxed)
    }

    /// Counts shipments that open, or end where `count` is negative; the warehouse has a limit.
    func add(_ count: Int, to number: UInt16) {
        unsafe openWord(number).pointee.wrappingAdd(count, ordering: .relaxed)
    }

    /// Sets the limit of a warehouse; all stock locks are held.
    ///
    /// `open` counts what is open where there was no limit before.
    func setLimit(_ limit: UInt32, of number: UInt16, open: () -> Int) {
        let before = self.limit(number)
        if before == limit { return }
        if !hasLock(number) { lock(number).create() }
        if before == .max {
            unsafe openWord(number).pointee.store(open(), ordering: .relaxed)
            unsafe countWord.pointee.wrappingAdd(1, ordering: .relaxed)
        }
        if limit == .max { unsafe countWord.pointee.wrappingSubtract(1, ordering: .relaxed) }
        let word = UInt64(limit &+ 1) | CapacityTable.lockBit
        unsafe limitWord(number).pointee.store(word, ordering: .relaxed)
    }
}

/// The open shipments of one stripe's reservations by number of the warehouse.
///
/// Isolation: the stripe's lock is held. Lives in the stripe's memory; its block comes from the
/// pool, which gives all memory back at once.
@safe
struct ShipmentCounts {
    private var counts: UnsafeMutablePointer<UInt32>?
    private var capacity = 0

    /// No shipment.
    init() { unsafe counts = nil }

    /// How many there are of a warehouse.
    func count(of number: UInt16) -> Int {
        guard Int(number) < capacity, let counts = unsafe counts else { return 0 }
        return unsafe Int(counts[Int(number)])
    }

    /// Counts one more.
    @inline(__always)
    mutating func open(_ number: UInt16, pool: ExtentPool) {
        if Int(number) >= capacity { grow(pool: pool) }
        guard let counts = unsafe counts else { preconditionFailure("counts without memory") }
        unsafe counts[Int(number)] += 1
    }

    /// Counts one less.
    @inline(__always)
    mutating func close(_ number: UInt16) {
        guard Int(number) < capacity, let counts = unsafe counts else {
            preconditionFailure("a shipment ends that was never open")
        }
        unsafe counts[Int(number)] -= 1
    }

    /// Takes as much memory as the smallest block of the pool has, then as all warehouses need.
    @inline(never)
    private mutating func grow(pool: ExtentPool) {
        let stride = MemoryLayout<UInt32>.stride
        let larger = capacity == 0 ? ExtentPool.blockSizeBytesMin / stride : Limits.warehousesMax
        let block = unsafe pool.allocateZeroed(larger * stride)
            .assumingMemoryBound(to: UInt32.self)
        if let counts = unsafe counts {
            unsafe block.update(from: counts, count: capacity)
            unsafe pool.free(UnsafeMutableRawPointer(counts), capacity * stride)
        }
        unsafe counts = unsafe block
        capacity = larger
    }
}
